/* Readings as X-rays keep them: written, read back, damaged; and heat maps drawn from them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../src/base/memory.h"
#include "../src/server/drawn_map.h"
#include "../src/server/stored_reading.h"
#include "failing_memory.h"
#include "make_ensemble.h"

#define FINDINGS "[{\"id\":\"edema\",\"name\":\"Edema\"},{\"id\":\"mass\",\"name\":\"Mass\"}]"
#define POINTS ",\"operating_points\":{\"method\":\"youden\",\"thresholds\":{\"edema\":0.0}}"

static const test_member member = {
    "one", PX_ARCH_DENSENET121,       PX_HEAD_PLAIN, "Edema,Mass", 1, PX_SCALING_UNIT, PX_CROP_NONE,
    true,  "{\"edema\":1,\"mass\":1}"};

typedef struct fixture {
    char *folder, *ensemble;
    px_app app;
    px_buffer png; /* 120 x 90 */
    px_image_result result;
} fixture;

static fixture shared;

static int set_up(void **state) {
    (void)state;
    fixture *f = &shared;
    f->folder = make_folder();
    f->ensemble = make_ensemble(f->folder, &member, 1, FINDINGS, POINTS);
    f->app.reader = px_reader_open(f->ensemble, &(px_reader_options){.threads = 1}, NULL);
    f->app.metrics = px_metrics_new(NULL);
    px_buffer_init(&f->png, 1 << 20);
    make_png(120, 90, 1, &f->png);
    px_error err = {0};
    assert_non_null(f->app.reader);
    assert_int_equal(px_read_image(&f->app, f->png.data, f->png.size, true, &f->result, &err),
                     PX_IMAGE_READ);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    px_reading_free(shared.result.reading);
    px_metrics_free(shared.app.metrics);
    px_reader_free(shared.app.reader);
    px_buffer_clear(&shared.png);
    free(shared.ensemble);
    remove_folder(shared.folder);
    return 0;
}

static px_xray keep(const px_image_result *result, const char *failure) {
    px_xray xray = {0};
    px_error why = {.code = PX_ERR_MEMORY}, err = {0};
    snprintf(why.message, sizeof why.message, "%s", failure);
    if (!px_xray_take_result(&shared.app, &xray, "test", result, &why, &err))
        fail_msg("%s", err.message);
    return xray;
}

static void an_image_says_what_it_is(void **state) {
    (void)state;
    px_error err = {0};
    px_image_result result = {0};
    assert_string_equal(shared.result.media_type, "image/png");
    assert_true(shared.result.width == 120 && shared.result.height == 90);
    assert_int_equal(strlen(shared.result.reading->sha256), 64);
    assert_true(shared.result.reading->times.decode > 0);
    for (size_t i = 0; i < 16; i++) {
        err = (px_error){0};
        assert_int_equal(px_read_image(&shared.app, shared.png.data, shared.png.size * i / 16, true,
                                       &result, &err),
                         PX_IMAGE_UNREADABLE);
        assert_true(px_image_is_at_fault(&err));
        assert_null(result.reading);
    }
}

static void a_kept_reading_comes_back(void **state) {
    (void)state;
    px_xray xray = keep(&shared.result, "");
    assert_int_equal(xray.status, PX_XRAY_DONE);
    assert_string_equal(xray.failure, "");
    assert_string_equal(xray.media_type, "image/png");
    assert_true(xray.width == 120 && xray.height == 90);
    json_t *reading = px_xray_get_reading(&xray, NULL);
    const json_t *edema = px_reading_find(reading, "edema");
    assert_true((float)json_real_value(json_object_get(edema, "score")) ==
                shared.result.reading->findings[0].score);
    assert_non_null(json_object_get(edema, "map"));
    assert_null(px_reading_find(reading, "pneumonia"));
    px_decisions decisions = {0};
    assert_true(px_xray_get_decisions(&xray, &decisions, NULL));
    assert_int_equal(decisions.count, 2);
    assert_string_equal(decisions.items[0].id, "edema");
    assert_true(decisions.items[0].decision); /* its threshold is 0 */
    assert_false(decisions.items[1].decision);
    assert_true((float)decisions.items[1].score == shared.result.reading->findings[1].score);
    px_decisions_clear(&decisions);
    json_decref(reading);
    px_xray_clear(&xray);
}

static void a_failure_takes_the_place_of_a_reading(void **state) {
    (void)state;
    px_xray xray = keep(&shared.result, "");
    const px_image_result failed = {"image/jpeg", 7, 9, NULL};
    const px_error why = {.code = PX_ERR_MEMORY, .message = "out of memory"};
    assert_true(px_xray_take_result(&shared.app, &xray, "test", &failed, &why, NULL));
    assert_int_equal(xray.status, PX_XRAY_FAILED);
    assert_string_equal(xray.failure, "Reading it failed: out of memory.");
    assert_string_equal(xray.reading, "");
    assert_true(xray.width == 7 && xray.height == 9);
    px_decisions decisions = {0};
    assert_true(px_xray_get_decisions(&xray, &decisions, NULL));
    assert_int_equal(decisions.count, 0);
    px_xray_clear(&xray);
}

static void damaged_readings_are_told(void **state) {
    (void)state;
    px_xray xray = keep(&shared.result, "");
    size_t size = strlen(xray.reading);
    char *whole = xray.reading;
    for (size_t i = 0; i < 16; i++) {
        px_error err = {0};
        xray.reading = strndup(whole, size * i / 16);
        assert_null(px_xray_get_reading(&xray, &err));
        assert_int_equal(err.code, PX_ERR_MISMATCH);
        free(xray.reading);
    }
    static const char *const others[] = {"[]", "{}", "7", "{\"findings\":{}}", "null"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        px_error err = {0};
        px_decisions decisions = {0};
        xray.reading = (char *)(uintptr_t)others[i];
        assert_false(px_xray_get_decisions(&xray, &decisions, &err));
        assert_int_equal(err.code, PX_ERR_MISMATCH);
    }
    xray.reading = whole;
    px_xray_clear(&xray);
}

static void nothing_is_found_in_no_reading(void **state) {
    (void)state;
    assert_null(px_reading_find(NULL, "a"));
}

/* ---- Drawing ---- */

static json_t *map_of(const px_xray *xray) {
    json_t *reading = px_xray_get_reading(xray, NULL);
    json_t *map = json_incref(json_object_get(px_reading_find(reading, "edema"), "map"));
    json_decref(reading);
    assert_non_null(map);
    return map;
}

static void draw(const px_image *image, const json_t *map, float opacity, px_image *overlay) {
    px_error err = {0};
    px_image_clear(overlay);
    if (!px_draw_heat_map(image, map, PX_COLORMAP_TURBO, opacity, overlay, &err))
        fail_msg("%s", err.message);
    assert_true(overlay->width == image->width && overlay->height == image->height);
    assert_true(overlay->channels == 3 && overlay->depth == 8);
}

/* The same overlay as from the reading itself; also on a radiograph of another size than the map's
 * picture. */
static void a_map_is_drawn_over_any_size(void **state) {
    (void)state;
    const px_reading *reading = shared.result.reading;
    px_xray xray = keep(&shared.result, "");
    json_t *map = map_of(&xray);
    px_image image, expected, overlay;
    px_image_init(&image);
    px_image_init(&expected);
    px_image_init(&overlay);
    assert_true(px_image_decode(shared.png.data, shared.png.size, NULL, &image, NULL));
    assert_true(px_image_overlay(&image, reading->findings[0].heat, 0.5f, &expected, NULL));
    draw(&image, map, 0.5f, &overlay);
    assert_memory_equal(overlay.pixels, expected.pixels, (size_t)120 * 90 * 3);
    draw(&image, NULL, 0.5f, &overlay);
    assert_true(px_image_overlay(&image, reading->findings[0].heat, 0, &expected, NULL));
    assert_memory_equal(overlay.pixels, expected.pixels, (size_t)120 * 90 * 3);
    assert_true(px_image_new(&image, 301, 7, 1, 16, NULL));
    draw(&image, map, 1, &overlay);
    px_image_clear(&image);
    px_image_clear(&expected);
    px_image_clear(&overlay);
    json_decref(map);
    px_xray_clear(&xray);
}

/* ---- When memory runs out ---- */

static bool take_again(px_error *err) {
    px_xray xray = {0};
    const px_error why = {0};
    bool ok = px_xray_take_result(&shared.app, &xray, "test", &shared.result, &why, err);
    assert_true(ok || !xray.reading);
    px_xray_clear(&xray);
    return ok;
}

static bool draw_again(px_error *err) {
    static px_xray xray;
    static px_image image;
    if (!xray.reading) {
        int left = allocations_left;
        allocations_left = -1;
        xray = keep(&shared.result, "");
        assert_true(px_image_new(&image, 50, 40, 1, 8, NULL));
        allocations_left = left;
    }
    px_image overlay;
    px_image_init(&overlay);
    json_t *map = map_of(&xray);
    bool ok = px_draw_heat_map(&image, map, PX_COLORMAP_GREY, 0.5f, &overlay, err);
    px_image_clear(&overlay);
    json_decref(map);
    if (ok) {
        px_image_clear(&image);
        px_xray_clear(&xray);
    }
    return ok;
}

static void memory_that_runs_out(void **state) {
    (void)state;
    exhaust(take_again, 3);
    exhaust(draw_again, 4);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_image_says_what_it_is),
        cmocka_unit_test(a_kept_reading_comes_back),
        cmocka_unit_test(a_failure_takes_the_place_of_a_reading),
        cmocka_unit_test(damaged_readings_are_told),
        cmocka_unit_test(nothing_is_found_in_no_reading),
        cmocka_unit_test(a_map_is_drawn_over_any_size),
        cmocka_unit_test(memory_that_runs_out),
    };
    return cmocka_run_group_tests_name("stored_reading", tests, set_up, tear_down);
}
