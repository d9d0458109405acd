/* Reading radiographs with small ensembles: scores, decisions, heat maps, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../src/base/file.h"
#include "../src/base/json_fields.h"
#include "../src/base/sha256.h"
#include "../src/graph/plan.h"
#include "../src/reader/reader.h"
#include "../src/reader/stored_map.h"
#include "make_ensemble.h"

#define FINDINGS                                                                                   \
    "[{\"id\":\"edema\",\"name\":\"Edema\"},{\"id\":\"mass\",\"name\":\"Mass\"},"                  \
    "{\"id\":\"nodule\",\"name\":\"Nodule\"}]"

/* Label orders differ; only the second knows nodules. */
static const test_member two_members[2] = {
    {"plain", PX_ARCH_DENSENET121, PX_HEAD_PLAIN, "Mass,Edema", 1, PX_SCALING_UNIT, PX_CROP_NONE,
     true, "{\"edema\":0.5,\"mass\":1.0}"},
    {"old", PX_ARCH_XCEPTION, PX_HEAD_2020, "Edema,Mass,Nodule", 2, PX_SCALING_TF, PX_CROP_CENTRE,
     true, "{\"edema\":1.5,\"nodule\":2}"},
};

#define MORE                                                                                       \
    ",\"operating_points\":{\"method\":\"youden\",\"thresholds\":{\"edema\":0.0,\"mass\":1.0}},"   \
    "\"calibration\":{\"method\":\"platt\",\"parameters\":{\"mass\":[1.0,0.0],"                    \
    "\"edema\":[2.0,0.5]}}"

typedef struct fixture {
    char *folder, *ensemble;
    px_reader *reader;
    px_buffer png; /* 120 x 90 */
} fixture;

static int set_up(void **state) {
    fixture *f = calloc(1, sizeof *f);
    f->folder = make_folder();
    f->ensemble = make_ensemble(f->folder, two_members, 2, FINDINGS, MORE);
    px_error err = {0};
    f->reader = px_reader_open(f->ensemble, &(px_reader_options){.threads = 2}, &err);
    if (!f->reader)
        fail_msg("%s: %s", err.subject, err.message);
    px_buffer_init(&f->png, 1 << 20);
    make_png(120, 90, 1, &f->png);
    *state = f;
    return 0;
}

static int tear_down(void **state) {
    fixture *f = *state;
    px_reader_free(f->reader);
    px_buffer_clear(&f->png);
    free(f->ensemble);
    remove_folder(f->folder);
    free(f);
    return 0;
}

static px_reading *read_png(const fixture *f, bool heat_maps) {
    px_error err = {0};
    px_reading *reading = px_reader_read(f->reader, f->png.data, f->png.size,
                                         &(px_read_options){.heat_maps = heat_maps}, &err);
    if (!reading)
        fail_msg("%s: %s", err.subject, err.message);
    return reading;
}

static void scores_are_weighted_averages(void **state) {
    const fixture *f = *state;
    px_reading *r = read_png(f, false);
    char hash[PX_SHA256_HEX];
    px_sha256_bytes(f->png.data, f->png.size, hash);
    assert_string_equal(r->sha256, hash);
    assert_int_equal(r->width, 120);
    assert_int_equal(r->height, 90);
    assert_int_equal(r->n_findings, 3);
    const px_finding *edema = &r->findings[0], *mass = &r->findings[1], *nodule = &r->findings[2];
    assert_string_equal(edema->id, "edema");
    assert_string_equal(nodule->name, "Nodule");
    float expected = 0.25f * edema->member_scores[0] + 0.75f * edema->member_scores[1];
    assert_true(fabsf(edema->score - expected) < 1e-6f);
    assert_true(mass->score == mass->member_scores[0]); /* the other has no weight in it */
    assert_true(nodule->score == nodule->member_scores[1]);
    assert_true(isnan(nodule->member_scores[0]));
    assert_false(isnan(mass->member_scores[1]));          /* but answers */
    assert_true(edema->has_threshold && edema->decision); /* score >= 0 */
    assert_true(mass->has_threshold && !mass->decision);
    assert_false(nodule->has_threshold || nodule->decision);
    assert_true(fabsf(mass->probability - mass->score) < 1e-6f);
    double logit = log((double)edema->score / (1 - (double)edema->score));
    assert_true(fabs((double)edema->probability - 1 / (1 + exp(-2 * logit - 0.5))) < 1e-6);
    assert_false(nodule->has_probability);
    assert_null(edema->heat);
    px_reading_free(r);
}

/* Labels map by id, and a member's network alone says the very same. */
static void labels_map_by_id(void **state) {
    const fixture *f = *state;
    px_error err = {0};
    char *path = path_in(f->folder, "plain.safetensors");
    px_model *model = px_model_load(path, &err);
    assert_non_null(model);
    px_image image;
    px_image_init(&image);
    assert_true(px_image_decode(f->png.data, f->png.size, NULL, &image, &err));
    float *tensor = calloc(75 * 75 * 3, sizeof *tensor), answer[2];
    assert_true(px_image_prepare(&image, &model->input, tensor, &err));
    const px_plan_options options = {.batch = 1, .tier = px_cpu_best()};
    px_plan *plan = px_plan_new(&model->graph, &options, &err);
    px_workspace *workspace = px_workspace_new(plan, &err);
    px_plan_run(plan, workspace, NULL, tensor, answer, NULL);
    px_reading *r = read_png(f, false);
    assert_true(r->findings[1].member_scores[0] == answer[0]); /* bit-identical */
    assert_true(r->findings[0].member_scores[0] == answer[1]);
    assert_true(answer[0] != answer[1]);
    px_reading_free(r);
    px_workspace_free(workspace);
    px_plan_free(plan);
    free(tensor);
    px_image_clear(&image);
    px_model_unref(model);
    free(path);
}

static void check_heat(const px_reading *r, const px_finding *f) {
    assert_non_null(f->heat);
    assert_true(f->raw_width > 1 && f->raw_height > 1);
    float most = 0, most_raw = -INFINITY;
    for (int i = 0; i < f->raw_width * f->raw_height; i++)
        most_raw = fmaxf(most_raw, f->raw_heat[i]);
    for (int i = 0; i < r->width * r->height; i++) {
        assert_true(f->heat[i] >= 0 && f->heat[i] <= 1);
        most = fmaxf(most, f->heat[i]);
    }
    assert_true(most == (most_raw > 0 ? 1.0f : 0.0f));
    const int *box = f->box;
    if (most == 0) {
        assert_true(box[2] == 0 && box[3] == 0);
        return;
    }
    assert_true(box[0] >= 0 && box[1] >= 0 && box[2] > 0 && box[3] > 0);
    assert_true(box[0] + box[2] <= r->width && box[1] + box[3] <= r->height);
    float inside = 0;
    for (int y = box[1]; y < box[1] + box[3]; y++) {
        for (int x = box[0]; x < box[0] + box[2]; x++)
            inside = fmaxf(inside, f->heat[y * r->width + x]);
    }
    assert_true(inside == 1);
}

static void heat_maps_cover_the_radiograph(void **state) {
    const fixture *f = *state;
    px_reading *plain = read_png(f, false), *r = read_png(f, true);
    for (int i = 0; i < 3; i++) {
        assert_true(r->findings[i].score == plain->findings[i].score);
        check_heat(r, &r->findings[i]);
    }
    const px_finding *nodule = &r->findings[2]; /* of the member that sees the central square */
    for (int y = 0; y < 90; y++) {
        assert_true(nodule->heat[y * 120 + 14] == 0);
        assert_true(nodule->heat[y * 120 + 105] == 0);
    }
    assert_true(nodule->box[2] == 0 || (nodule->box[0] >= 15 && nodule->box[2] <= 90));
    px_reading_free(plain);
    px_reading_free(r);
}

/* Half as fine a map: its box may be off by the pixels that one of its own covers, on either edge.
 */
static void a_limited_heat_map_finds_the_same_box(void **state) {
    const fixture *f = *state;
    const px_read_options half = {.heat_maps = true, .heat_side = 60},
                          ample = {.heat_maps = true, .heat_side = 5000};
    px_reading *full = read_png(f, true);
    px_reading *small = px_reader_read(f->reader, f->png.data, f->png.size, &half, NULL);
    px_reading *same = px_reader_read(f->reader, f->png.data, f->png.size, &ample, NULL);
    assert_true(small && same);
    assert_true(small->heat_width == 60 && small->heat_height == 45);
    assert_true(same->heat_width == 120 && same->heat_height == 90);
    for (int i = 0; i < 3; i++) {
        const int *box = full->findings[i].box, *near = small->findings[i].box;
        assert_memory_equal(box, same->findings[i].box, sizeof full->findings[i].box);
        assert_true(small->findings[i].score == full->findings[i].score);
        for (int k = 0; k < 2; k++) {
            assert_true(abs(box[k] - near[k]) <= 2);
            assert_true(abs(box[k] + box[k + 2] - near[k] - near[k + 2]) <= 2);
            assert_true(near[k] + near[k + 2] <= (k ? 90 : 120));
        }
    }
    px_reading_free(full);
    px_reading_free(small);
    px_reading_free(same);
}

typedef struct concurrent_read {
    const fixture *f;
    float scores[3];
} concurrent_read;

static void *read_in_thread(void *context) {
    concurrent_read *c = context;
    px_reading *r = px_reader_read(c->f->reader, c->f->png.data, c->f->png.size,
                                   &(px_read_options){.heat_maps = true}, NULL);
    for (int i = 0; r && i < 3; i++)
        c->scores[i] = r->findings[i].score;
    px_reading_free(r);
    return NULL;
}

static void concurrent_calls_take_turns(void **state) {
    const fixture *f = *state;
    px_reading *r = read_png(f, false);
    concurrent_read reads[4];
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) {
        reads[i] = (concurrent_read){.f = f};
        assert_int_equal(pthread_create(&threads[i], NULL, read_in_thread, &reads[i]), 0);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        for (int k = 0; k < 3; k++)
            assert_true(reads[i].scores[k] == r->findings[k].score);
    }
    px_reading_free(r);
}

static void thread_counts_change_nothing(void **state) {
    const fixture *f = *state;
    px_reading *r = read_png(f, true);
    px_reader *one = px_reader_open(f->ensemble, &(px_reader_options){.threads = 1}, NULL);
    assert_non_null(one);
    px_reading *again =
        px_reader_read(one, f->png.data, f->png.size, &(px_read_options){.heat_maps = true}, NULL);
    assert_non_null(again);
    for (int i = 0; i < 3; i++) {
        const px_finding *a = &r->findings[i], *b = &again->findings[i];
        assert_true(a->score == b->score);
        assert_memory_equal(a->heat, b->heat, 120 * 90 * sizeof(float));
        assert_memory_equal(a->box, b->box, sizeof a->box);
    }
    px_reading_free(again);
    px_reading_free(r);
    px_reader_free(one);
}

static void tensors_go_to_every_member(void **state) {
    const fixture *f = *state;
    float *tensor = calloc(76 * 76 * 3, sizeof *tensor);
    for (int i = 0; i < 75 * 75 * 3; i++)
        tensor[i] = (float)(i % 7) / 7.0f;
    px_error err = {0};
    px_reading *r =
        px_reader_read_tensor(f->reader, tensor, 75, &(px_read_options){.heat_maps = true}, &err);
    assert_non_null(r);
    assert_int_equal(r->width, 75);
    check_heat(r, &r->findings[2]);
    assert_true(r->findings[2].raw_width == 3); /* the tensor is not cropped again */
    px_reading_free(r);
    assert_null(px_reader_read_tensor(f->reader, tensor, 76, NULL, &err));
    assert_int_equal(err.code, PX_ERR_MISMATCH);
    err = (px_error){0};
    assert_null(px_reader_read_tensor(f->reader, tensor, 0, NULL, &err));
    assert_int_equal(err.code, PX_ERR_USAGE);
    free(tensor);
}

static void damaged_images_are_refused(void **state) {
    const fixture *f = *state;
    for (size_t i = 0; i < 16; i++) {
        px_error err = {0};
        assert_null(px_reader_read(f->reader, f->png.data, f->png.size * i / 16, NULL, &err));
        assert_true(err.code == PX_ERR_INPUT || err.code == PX_ERR_UNSUPPORTED);
    }
    px_error err = {0};
    assert_null(px_reader_read(f->reader, "GIF89a", 6, NULL, &err));
    assert_int_equal(err.code, PX_ERR_UNSUPPORTED);
}

static void json_has_what_there_is(void **state) {
    const fixture *f = *state;
    px_reading *r = read_png(f, true);
    json_t *list = px_reading_findings_to_json(f->reader, r, true, NULL);
    assert_int_equal(json_array_size(list), 3);
    const json_t *edema = json_array_get(list, 0), *nodule = json_array_get(list, 2);
    assert_string_equal(json_string_value(json_object_get(edema, "id")), "edema");
    assert_true((float)json_real_value(json_object_get(edema, "score")) == r->findings[0].score);
    assert_true(json_is_true(json_object_get(edema, "decision")));
    assert_int_equal(json_object_size(json_object_get(edema, "members")), 2);
    assert_int_equal(json_object_size(json_object_get(nodule, "members")), 1);
    assert_null(json_object_get(nodule, "threshold"));
    assert_null(json_object_get(nodule, "decision"));
    assert_int_equal(json_array_size(json_object_get(edema, "box")), 4);
    const json_t *map = json_object_get(edema, "map");
    assert_int_equal(json_array_size(json_object_get(map, "values")),
                     json_integer_value(json_object_get(map, "width")) *
                         json_integer_value(json_object_get(map, "height")));
    json_decref(list);
    px_reading_free(r);
}

static void a_whole_reading_says_what_read_it(void **state) {
    const fixture *f = *state;
    px_reading *r = read_png(f, false);
    json_t *whole = px_reading_to_json(f->reader, r, true, NULL);
    const json_t *ensemble = json_object_get(whole, "ensemble"),
                 *members = json_object_get(ensemble, "members");
    assert_string_equal(json_string_value(json_object_get(whole, "sha256")), r->sha256);
    assert_int_equal(json_integer_value(json_object_get(whole, "width")), 120);
    assert_true(json_is_null(json_object_get(whole, "notice")));
    assert_string_equal(json_string_value(json_object_get(ensemble, "version")),
                        px_reader_version(f->reader));
    assert_int_equal(json_array_size(members), 2);
    char *path = path_in(f->folder, "old.safetensors"), sha256[PX_SHA256_HEX];
    assert_true(px_sha256_file(path, sha256, NULL));
    const json_t *old = json_array_get(members, 1);
    assert_string_equal(json_string_value(json_object_get(old, "name")), "old");
    assert_string_equal(json_string_value(json_object_get(old, "sha256")), sha256);
    const json_t *findings = json_object_get(whole, "findings");
    assert_int_equal(json_array_size(findings), 3);
    assert_null(json_object_get(json_array_get(findings, 0), "map"));
    free(path);
    json_decref(whole);
    px_reading_free(r);
}

static void disagreement_weighs_as_the_ensemble_does(void **state) {
    const fixture *f = *state;
    px_reading *r = read_png(f, false);
    const px_finding *edema = &r->findings[0];
    double a = edema->member_scores[0], b = edema->member_scores[1];
    double mean = (0.5 * a + 1.5 * b) / 2;
    double variance = (0.5 * (a - mean) * (a - mean) + 1.5 * (b - mean) * (b - mean)) / 2;
    assert_true(a != b);
    assert_true(fabs(edema->disagreement - sqrt(variance)) < 1e-7);
    assert_true(r->findings[2].disagreement == 0); /* one member looks for it */
    px_reading_free(r);
}

static void stages_take_time(void **state) {
    const fixture *f = *state;
    px_reading *plain = read_png(f, false), *mapped = read_png(f, true);
    const px_reading_times *t = &mapped->times;
    assert_true(t->decode > 0 && t->prepare > 0 && t->networks > 0 && t->heat_maps > 0);
    assert_true(plain->times.networks > 0 && plain->times.heat_maps == 0);
    px_reading_free(plain);
    px_reading_free(mapped);
}

/* ---- Heat maps that are drawn again -----------------------------------------------------------
 */

/* As it comes back from where it was kept: as text. */
static json_t *keep_findings(const fixture *f, const px_reading *r) {
    json_t *list = px_reading_findings_to_json(f->reader, r, true, NULL);
    char *text = px_json_dump(list, NULL);
    json_t *kept = json_loads(text, 0, NULL);
    assert_non_null(kept);
    free(text);
    json_decref(list);
    return kept;
}

static void check_drawn_again(const fixture *f, int heat_side) {
    const px_read_options options = {.heat_maps = true, .heat_side = heat_side};
    px_reading *r = px_reader_read(f->reader, f->png.data, f->png.size, &options, NULL);
    json_t *kept = keep_findings(f, r);
    size_t bytes = (size_t)r->heat_width * (size_t)r->heat_height * sizeof(float);
    for (size_t i = 0; i < 3; i++) {
        int width, height;
        float *heat = px_heat_map_draw(json_object_get(json_array_get(kept, i), "map"), &width,
                                       &height, NULL);
        assert_non_null(heat);
        assert_true(width == r->heat_width && height == r->heat_height);
        assert_memory_equal(heat, r->findings[i].heat, bytes);
        free(heat);
    }
    const int *region = r->findings[2].raw_region; /* of the member that sees the central square */
    assert_int_equal(region[0], (r->heat_width - r->heat_height) / 2);
    assert_true(region[2] == r->heat_height && region[3] == r->heat_height);
    json_decref(kept);
    px_reading_free(r);
}

static void a_kept_map_gives_the_same_picture(void **state) {
    check_drawn_again(*state, 0);
    check_drawn_again(*state, 60);
    check_drawn_again(*state, 61);
}

/* Set one member of a map, in jansson's own words, and expect a refusal. */
static void expect_bad_map(const json_t *map, const char *key, const char *value) {
    json_t *bad = json_deep_copy(map);
    json_object_set_new(bad, key, json_loads(value, JSON_DECODE_ANY, NULL));
    px_error err = {0};
    int width = -1, height = -1;
    if (px_heat_map_draw(bad, &width, &height, &err) || err.code != PX_ERR_INPUT)
        fail_msg("%s = %s: %s", key, value, px_error_code_name(err.code));
    assert_true(width == -1 && height == -1);
    json_decref(bad);
}

static void damaged_maps_are_refused(void **state) {
    const fixture *f = *state;
    px_reading *r = read_png(f, true);
    json_t *kept = keep_findings(f, r);
    const json_t *map = json_object_get(json_array_get(kept, 0), "map");
    static const char *const bad[][2] = {{"width", "0"},
                                         {"width", "-1"},
                                         {"width", "1e9"},
                                         {"width", "100000"},
                                         {"height", "4096"},
                                         {"height", "null"},
                                         {"values", "[]"},
                                         {"values", "[1,\"x\"]"},
                                         {"values", "{}"},
                                         {"region", "[0,0,0,90]"},
                                         {"region", "[1,0,120,90]"},
                                         {"region", "[0,0,120]"},
                                         {"region", "[-1,0,120,90]"},
                                         {"region", "[0,65000,120,65000]"},
                                         {"whole", "[60,45]"},
                                         {"whole", "[65500,65500]"},
                                         {"whole", "[0,0]"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        expect_bad_map(map, bad[i][0], bad[i][1]);
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)map, key, value) expect_bad_map(map, key, "true");
    int width, height;
    assert_null(px_heat_map_draw(NULL, &width, &height, NULL));
    json_decref(kept);
    px_reading_free(r);
}

/* ---- What is refused when opening ----------------------------------------------------------- */

static void expect_refusal(const char *path, bool accept, px_error_code code, const char *says) {
    px_error err = {0};
    px_reader *reader =
        px_reader_open(path, &(px_reader_options){.threads = 1, .accept_mismatch = accept}, &err);
    if (reader || err.code != code || (!strstr(err.message, says) && !strstr(err.subject, says)))
        fail_msg("expected %s about \"%s\", not %s: %s: %s", px_error_code_name(code), says,
                 px_error_code_name(err.code), err.subject, err.message);
}

static const test_member small = {"small",
                                  PX_ARCH_DENSENET121,
                                  PX_HEAD_PLAIN,
                                  "Edema,Mass",
                                  1,
                                  PX_SCALING_UNIT,
                                  PX_CROP_NONE,
                                  false,
                                  "{\"edema\":1,\"mass\":1}"};
#define TWO "[{\"id\":\"edema\",\"name\":\"Edema\"},{\"id\":\"mass\",\"name\":\"Mass\"}]"

static void untrained_members_are_announced(void **state) {
    (void)state;
    char *folder = make_folder(), *path = make_ensemble(folder, &small, 1, TWO, "");
    px_reader *reader = px_reader_open(path, NULL, NULL);
    assert_non_null(reader);
    assert_false(px_reader_trained(reader));
    assert_string_equal(px_reader_notice(reader), "untrained weights: demonstration only");
    assert_string_equal(px_reader_name(reader), "Test");
    assert_int_equal(strlen(px_reader_version(reader)), 16);
    assert_int_equal(px_reader_members(reader), 1);
    assert_string_equal(px_reader_member_name(reader, 0), "small");
    assert_null(px_reader_member_name(reader, 1));
    px_reader_free(reader);
    free(path);
    remove_folder(folder);
}

static void changed_members_are_refused(void **state) {
    (void)state;
    char *folder = make_folder(), *path = make_ensemble(folder, &small, 1, TWO, "");
    char *model = path_in(folder, "small.safetensors");
    px_buffer bytes;
    px_buffer_init(&bytes, (size_t)1 << 30);
    assert_true(px_file_read(model, &bytes, NULL));
    bytes.data[bytes.size - 2] ^= 1; /* the last weight, a little */
    assert_true(px_file_write(model, bytes.data, bytes.size, NULL));
    expect_refusal(path, false, PX_ERR_MISMATCH, "small.safetensors");
    px_reader *reader = px_reader_open(path, &(px_reader_options){.accept_mismatch = true}, NULL);
    assert_non_null(reader);
    px_reader_free(reader);
    for (size_t i = 0; i < 16; i++) {
        assert_true(px_file_write(model, bytes.data, bytes.size * i / 16, NULL));
        expect_refusal(path, false, PX_ERR_MISMATCH, "small.safetensors");
        expect_refusal(path, true, PX_ERR_INPUT, "small.safetensors");
    }
    assert_int_equal(unlink(model), 0);
    expect_refusal(path, false, PX_ERR_IO, "small.safetensors");
    px_buffer_clear(&bytes);
    free(model);
    free(path);
    remove_folder(folder);
}

static void missing_labels_are_refused(void **state) {
    (void)state;
    char *folder = make_folder();
    char *path = make_ensemble(folder, &small, 1,
                               "[{\"id\":\"edema\",\"name\":\"E\"},{\"id\":\"hernia\",\"name\":"
                               "\"Hernia\"},{\"id\":\"mass\",\"name\":\"M\"}]",
                               "");
    expect_refusal(path, false, PX_ERR_INPUT, "hernia"); /* nobody has a weight for it */
    free(path);
    test_member wrong = small;
    wrong.weights = "{\"edema\":1,\"hernia\":1}";
    path =
        make_ensemble(folder, &wrong, 1,
                      "[{\"id\":\"edema\",\"name\":\"E\"},{\"id\":\"hernia\",\"name\":\"H\"}]", "");
    expect_refusal(path, false, PX_ERR_MISMATCH, "hernia");
    expect_refusal(path, true, PX_ERR_MISMATCH, "hernia");
    free(path);
    remove_folder(folder);
}

/* A network that ends before its sigmoid, with a hash to match. */
static void logits_are_refused(void **state) {
    (void)state;
    char *folder = make_folder(), *path = make_ensemble(folder, &small, 1, TWO, "");
    char *file = path_in(folder, "small.safetensors");
    px_model *model = px_model_build(small.arch, small.head, 75, small.labels, 1, NULL);
    assert_non_null(model);
    assert_int_equal(model->graph.nodes[model->graph.output].op, PX_OP_SIGMOID);
    model->graph.output = model->graph.nodes[model->graph.output].inputs[0];
    model->graph.n_nodes--;
    px_node sigmoid = model->graph.nodes[model->graph.n_nodes];
    assert_true(px_model_save(model, file, NULL));
    expect_refusal(path, true, PX_ERR_UNSUPPORTED, "not in a sigmoid");
    free(sigmoid.name);
    free(sigmoid.inputs);
    px_model_unref(model);
    free(file);
    free(path);
    remove_folder(folder);
}

static void points_of_other_members_are_refused(void **state) {
    (void)state;
    char *folder = make_folder();
    char *path = make_ensemble(
        folder, &small, 1, TWO,
        ",\"operating_points\":{\"method\":\"youden\",\"thresholds\":{\"edema\":0.5},\"members\":"
        "{\"small\":\"0123456789012345678901234567890123456789012345678901234567890123\"}}");
    expect_refusal(path, false, PX_ERR_MISMATCH, "operating_points");
    px_reader *reader = px_reader_open(path, &(px_reader_options){.accept_mismatch = true}, NULL);
    assert_non_null(reader);
    px_reader_free(reader);
    free(path);
    remove_folder(folder);
}

static void the_environment_names_the_default(void **state) {
    (void)state;
    char *kept = getenv("PERXEPTRON_ENSEMBLE") ? strdup(getenv("PERXEPTRON_ENSEMBLE")) : NULL;
    setenv("PERXEPTRON_ENSEMBLE", "/somewhere/e.json", 1);
    char *path = px_reader_default_path(NULL);
    assert_string_equal(path, "/somewhere/e.json");
    free(path);
    unsetenv("PERXEPTRON_ENSEMBLE");
    char *folder = make_folder(), back[4096];
    assert_non_null(getcwd(back, sizeof back));
    assert_int_equal(chdir(folder), 0);
    char *data = path_in(folder, "models/default");
    assert_true(px_path_make_folders(data, NULL));
    assert_true(px_file_write("models/default/ensemble.json", "{}", 2, NULL));
    path = px_reader_default_path(NULL);
    assert_string_equal(path, "models/default/ensemble.json");
    assert_int_equal(chdir(back), 0);
    free(path);
    free(data);
    remove_folder(folder);
    if (kept)
        setenv("PERXEPTRON_ENSEMBLE", kept, 1);
    free(kept);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scores_are_weighted_averages),
        cmocka_unit_test(labels_map_by_id),
        cmocka_unit_test(heat_maps_cover_the_radiograph),
        cmocka_unit_test(a_limited_heat_map_finds_the_same_box),
        cmocka_unit_test(concurrent_calls_take_turns),
        cmocka_unit_test(thread_counts_change_nothing),
        cmocka_unit_test(tensors_go_to_every_member),
        cmocka_unit_test(damaged_images_are_refused),
        cmocka_unit_test(json_has_what_there_is),
        cmocka_unit_test(a_whole_reading_says_what_read_it),
        cmocka_unit_test(disagreement_weighs_as_the_ensemble_does),
        cmocka_unit_test(stages_take_time),
        cmocka_unit_test(a_kept_map_gives_the_same_picture),
        cmocka_unit_test(damaged_maps_are_refused),
        cmocka_unit_test(untrained_members_are_announced),
        cmocka_unit_test(changed_members_are_refused),
        cmocka_unit_test(missing_labels_are_refused),
        cmocka_unit_test(logits_are_refused),
        cmocka_unit_test(points_of_other_members_are_refused),
        cmocka_unit_test(the_environment_names_the_default),
    };
    return cmocka_run_group_tests_name("reader", tests, set_up, tear_down);
}
