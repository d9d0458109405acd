/* Bodies of every kind, fed in pieces of any size: fields, one image on disk, and what is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../src/base/file.h"
#include "../src/server/body.h"
#include "make_ensemble.h"

#define MAX_IMAGE 1000
#define FORM "multipart/form-data; boundary=XyZ"
#define PART(headers, content)                                                                     \
    "--XyZ\r\nContent-Disposition: form-data; " headers "\r\n\r\n" content "\r\n"
#define END "--XyZ--\r\n"

typedef struct fixture {
    char *folder;
    px_blobs *blobs;
} fixture;

static int set_up(void **state) {
    fixture *f = calloc(1, sizeof *f);
    f->folder = make_folder();
    f->blobs = px_blobs_open(f->folder, NULL, PX_BLOBS_ALONE, NULL);
    assert_non_null(f->blobs);
    *state = f;
    return 0;
}

static int tear_down(void **state) {
    fixture *f = *state;
    px_blobs_close(f->blobs);
    remove_folder(f->folder);
    free(f);
    return 0;
}

static int count_temporary(const fixture *f) {
    char *path = path_in(f->folder, "tmp");
    DIR *folder = opendir(path);
    int count = 0;
    assert_non_null(folder);
    for (const struct dirent *entry; (entry = readdir(folder));)
        count += entry->d_name[0] != '.';
    closedir(folder);
    free(path);
    return count;
}

/* A whole body, fed `piece` bytes at a time. */
static void take(px_body *body, px_blobs *blobs, const char *type, const void *bytes, size_t size,
                 size_t piece) {
    px_body_begin(body, blobs, type, MAX_IMAGE);
    for (size_t at = 0; at < size; at += piece)
        px_body_feed(body, (const char *)bytes + at, size - at < piece ? size - at : piece);
    px_body_finish(body);
}

static void expect_image(const fixture *f, const px_body *body, const char *content) {
    px_buffer bytes;
    px_buffer_init(&bytes, MAX_IMAGE);
    char *path = px_blobs_temporary_path(f->blobs, body->image, NULL);
    assert_true(px_file_read(path, &bytes, NULL));
    assert_int_equal(bytes.size, strlen(content));
    assert_memory_equal(bytes.data, content, bytes.size);
    assert_int_equal(body->image_size, bytes.size);
    px_buffer_clear(&bytes);
    free(path);
}

static void a_form_has_fields_and_an_image(void **state) {
    const fixture *f = *state;
    static const char whole[] = PART("name=\"title\"", "Chest \xe2\x98\x82")
        PART("name=\"image\"; filename=\"a.png\"", "bytes of it") PART("name=\"empty\"", "")
            PART("name=\"other\"; filename=\"b.png\"", "passed over") END;
    for (size_t piece = 1; piece < sizeof whole; piece = piece * 3 + 1) {
        px_body body;
        take(&body, f->blobs, FORM, whole, sizeof whole - 1, piece);
        assert_int_equal(body.error.code, PX_OK);
        assert_int_equal(body.kind, PX_BODY_MULTIPART);
        assert_string_equal(px_body_text(&body, "title"), "Chest \xe2\x98\x82");
        assert_string_equal(px_body_text(&body, "empty"), "");
        assert_int_equal(json_object_size(body.fields), 2);
        assert_true(body.has_image && !body.image_is_text);
        expect_image(f, &body, "bytes of it");
        assert_int_equal(count_temporary(f), 1);
        px_body_discard(&body);
        assert_int_equal(count_temporary(f), 0);
        px_body_discard(&body);
    }
}

static void other_kinds_of_bodies(void **state) {
    const fixture *f = *state;
    static const struct {
        const char *type, *text;
        px_body_kind kind;
        px_error_code code;
        const char *title;
    } cases[] = {
        {NULL, "", PX_BODY_NONE, PX_OK, NULL},
        {NULL, "x", PX_BODY_OTHER, PX_OK, NULL},
        {"text/plain", "x", PX_BODY_OTHER, PX_OK, NULL},
        {"image/png", "x", PX_BODY_RAW, PX_OK, NULL},
        {"APPLICATION/octet-stream", "x", PX_BODY_RAW, PX_OK, NULL},
        {"application/json; charset=utf-8", "{\"title\":\"t\"}", PX_BODY_JSON, PX_OK, "t"},
        {"application/json", "", PX_BODY_JSON, PX_OK, NULL},
        {"application/json", "{\"title\":", PX_BODY_JSON, PX_ERR_INPUT, NULL},
        {"application/json", "{\"title\":7}", PX_BODY_JSON, PX_OK, NULL},
        {"application/json", "{\"title\":\"a\\u0000b\"}", PX_BODY_JSON, PX_OK, NULL},
        {"application/x-www-form-urlencoded", "title=a+b", PX_BODY_FORM, PX_OK, "a b"},
        {"application/x-www-form-urlencoded", "title=%ff", PX_BODY_FORM, PX_ERR_INPUT, NULL},
        {FORM, END, PX_BODY_MULTIPART, PX_OK, NULL},
        {FORM, PART("name=\"title\"", "\xff") END, PX_BODY_MULTIPART, PX_ERR_INPUT, NULL},
        {FORM, PART("name=\"title\"", "t"), PX_BODY_MULTIPART, PX_ERR_INPUT, NULL},
        {"multipart/form-data", END, PX_BODY_MULTIPART, PX_ERR_INPUT, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        px_body body;
        take(&body, f->blobs, cases[i].type, cases[i].text, strlen(cases[i].text), 5);
        const char *title = px_body_text(&body, "title");
        if (body.kind != cases[i].kind || body.error.code != cases[i].code ||
            (title != NULL) != (cases[i].title != NULL) ||
            (title && strcmp(title, cases[i].title) != 0))
            fail_msg("case %zu: kind %d, %s, title %s", i, body.kind,
                     px_error_code_name(body.error.code), title ? title : "(none)");
        assert_true(body.has_image == (cases[i].kind == PX_BODY_RAW));
        px_body_discard(&body);
    }
    assert_int_equal(count_temporary(f), 0);
}

static void an_image_has_a_largest_size(void **state) {
    const fixture *f = *state;
    char bytes[MAX_IMAGE + 1];
    memset(bytes, 'x', sizeof bytes);
    for (size_t size = MAX_IMAGE - 1; size <= MAX_IMAGE + 1; size++) {
        px_body body;
        take(&body, f->blobs, "image/png", bytes, size, 7);
        assert_int_equal(body.error.code, size > MAX_IMAGE ? PX_ERR_LIMIT : PX_OK);
        assert_true(size > MAX_IMAGE || body.image_size == size);
        px_body_discard(&body);
    }
}

static void what_does_not_belong_is_refused(void **state) {
    const fixture *f = *state;
#define IMAGE PART("name=\"image\"; filename=\"a\"", "x")
    px_body body;
    take(&body, f->blobs, FORM, IMAGE IMAGE END, strlen(IMAGE IMAGE END), 9);
    assert_int_equal(body.error.code, PX_ERR_INPUT);
    px_body_discard(&body);
    take(&body, NULL, FORM, IMAGE END, strlen(IMAGE END), 9);
    assert_int_equal(body.error.code, PX_ERR_INPUT);
    px_body_discard(&body);
    take(&body, NULL, "image/png", "x", 1, 1);
    assert_int_equal(body.kind, PX_BODY_OTHER);
    px_body_discard(&body);
    static const char no_file[] = PART("name=\"image\"; filename=\"\"", "") END;
    take(&body, f->blobs, FORM, no_file, strlen(no_file), 9);
    assert_true(body.error.code == PX_OK && !body.has_image && !body.image_is_text);
    px_body_discard(&body);
    static const char text[] = PART("name=\"image\"", "x") END;
    take(&body, f->blobs, FORM, text, strlen(text), 9);
    assert_true(body.error.code == PX_OK && !body.has_image && body.image_is_text);
    px_body_discard(&body);
    assert_int_equal(count_temporary(f), 0);
}

static void all_fields_together_have_a_limit(void **state) {
    (void)state;
    char *text = malloc(PX_FIELDS_CAP + 1);
    assert_non_null(text);
    memset(text, 'x', PX_FIELDS_CAP + 1);
    memcpy(text, "title=", 6);
    for (size_t size = PX_FIELDS_CAP; size <= PX_FIELDS_CAP + 1; size++) {
        px_body body;
        take(&body, NULL, "application/x-www-form-urlencoded", text, size, 4096);
        assert_int_equal(body.error.code, size > PX_FIELDS_CAP ? PX_ERR_LIMIT : PX_OK);
        px_body_discard(&body);
    }
    free(text);
}

/* Cut short anywhere it is malformed, and nothing is left on disk. */
static void cut_forms_leave_nothing(void **state) {
    const fixture *f = *state;
    static const char whole[] =
        PART("name=\"title\"", "t") PART("name=\"image\"; filename=\"a\"", "some bytes") END;
    for (size_t i = 0; i < 16; i++) {
        px_body body;
        take(&body, f->blobs, FORM, whole, (sizeof whole - 1) * i / 16, 11);
        assert_int_equal(body.error.code, PX_ERR_INPUT);
        px_body_discard(&body);
    }
    assert_int_equal(count_temporary(f), 0);
}

/* Before an image begins, and while it comes: others may have filled the disk meanwhile. */
static void images_leave_space_on_the_disk(void **state) {
    const fixture *f = *state;
    static const char piece[1 << 16];
    px_body body;
    px_blobs_keep_free(f->blobs, UINT64_MAX);
    take(&body, f->blobs, "image/png", "x", 1, 1);
    assert_int_equal(body.error.code, PX_ERR_IO);
    assert_false(body.has_image);
    px_body_discard(&body);
    px_blobs_keep_free(f->blobs, 0);
    px_body_begin(&body, f->blobs, "image/png", (size_t)4 << 20);
    px_body_feed(&body, piece, sizeof piece);
    px_blobs_keep_free(f->blobs, UINT64_MAX);
    for (size_t i = 0; i < 32; i++)
        px_body_feed(&body, piece, sizeof piece);
    px_body_finish(&body);
    assert_int_equal(body.error.code, PX_ERR_IO);
    assert_true(body.image_size < (size_t)2 << 20);
    px_body_discard(&body);
    px_blobs_keep_free(f->blobs, 0);
    assert_int_equal(count_temporary(f), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_form_has_fields_and_an_image),
        cmocka_unit_test(other_kinds_of_bodies),
        cmocka_unit_test(an_image_has_a_largest_size),
        cmocka_unit_test(what_does_not_belong_is_refused),
        cmocka_unit_test(all_fields_together_have_a_limit),
        cmocka_unit_test(cut_forms_leave_nothing),
        cmocka_unit_test(images_leave_space_on_the_disk),
    };
    return cmocka_run_group_tests_name("body", tests, set_up, tear_down);
}
