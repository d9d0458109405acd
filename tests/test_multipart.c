/* multipart/form-data: the same events however the body is cut, and every malformed one refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "../src/base/buffer.h"
#include "../src/base/error.h"
#include "../src/server/multipart.h"

#define TYPE "multipart/form-data; boundary=XyZ"

static bool note_begin(void *context, const char *name, const char *filename, px_error *err) {
    return px_buffer_print(context, err, "[%s|%s]", name, filename ? filename : "-");
}

static bool note_data(void *context, const void *bytes, size_t size, px_error *err) {
    assert_true(size > 0);
    return px_buffer_append(context, bytes, size, err);
}

static bool note_end(void *context, px_error *err) {
    return px_buffer_print(context, err, "[end]");
}

static const px_multipart_handler note = {note_begin, note_data, note_end};

/* Feed `body` in three pieces, each in memory of its own so that reading past one is noticed. */
static bool parse_cut(const char *type, const char *body, size_t size, const size_t cuts[2],
                      px_buffer *events, px_error *err) {
    px_multipart parser;
    const size_t edges[4] = {0, cuts[0], cuts[1], size};
    bool ok = px_multipart_init(&parser, type, &note, events, err);
    for (int i = 0; ok && i < 3; i++) {
        size_t length = edges[i + 1] - edges[i];
        char *piece = malloc(length ? length : 1);
        assert_non_null(piece);
        memcpy(piece, body + edges[i], length);
        ok = px_multipart_feed(&parser, piece, length, err);
        free(piece);
    }
    return ok && px_multipart_finish(&parser, err);
}

static void expect_events(const char *type, const char *body, size_t size, const char *expected) {
    for (size_t first = 0; first <= size; first++) {
        size_t second = first + (size - first) / 2;
        px_buffer events;
        px_buffer_init(&events, 1 << 20);
        px_error err = {0};
        if (!parse_cut(type, body, size, (size_t[]){first, second}, &events, &err))
            fail_msg("cut at %zu and %zu: %s", first, second, err.message);
        assert_int_equal(events.size, strlen(expected));
        assert_memory_equal(events.data, expected, events.size);
        px_buffer_clear(&events);
    }
}

static void expect_refusal(const char *type, const char *body, size_t size, px_error_code code) {
    px_buffer events;
    px_buffer_init(&events, 1 << 20);
    px_error err = {0};
    if (parse_cut(type, body, size, (size_t[]){size / 3, size / 2}, &events, &err))
        fail_msg("accepted: %s", body);
    assert_int_equal(err.code, code);
    assert_true(err.message[0] != '\0');
    px_buffer_clear(&events);
}

#define EVENTS(type, body, expected) expect_events(type, body, sizeof(body) - 1, expected)
#define REFUSED(type, body) expect_refusal(type, body, sizeof(body) - 1, PX_ERR_INPUT)

static void a_form_with_a_file(void **state) {
    (void)state;
    EVENTS(TYPE,
           "--XyZ\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nChest-X-Ray\r\n"
           "--XyZ\r\ncontent-disposition:form-data;name=image;filename=\"a b.png\"\r\n"
           "Content-Type: image/png\r\n\r\n\x89PNG\r\n\r\n--Xy\r\r\n--X\r\n\r\n--XyZ--\r\n",
           "[title|-]Chest-X-Ray[end][image|a b.png]\x89PNG\r\n\r\n--Xy\r\r\n--X\r\n[end]");
}

static void what_clients_may_vary(void **state) {
    (void)state;
    EVENTS("Multipart/Form-Data ; charset=utf-8; boundary=\"a b'()+_,-./:=?\" ; x=y",
           "preamble\r\n--a b'()+_,-./:=? \t\r\nX: y\r\n"
           "Content-Disposition: form-data; name=\"q\\\"\\\\;\"; filename=\"\"\r\n\r\n\r\n"
           "--a b'()+_,-./:=?--epilogue --a b",
           "[q\"\\;|][end]");
    EVENTS(TYPE, "--XyZ--", "");
    EVENTS(TYPE "; ", "\r\n--XyZ\r\nContent-Disposition: form-data; name=a;\r\n\r\n\r\n\r\n--XyZ--",
           "[a|-]\r\n[end]");
}

static void malformed_bodies_are_refused(void **state) {
    (void)state;
    REFUSED(TYPE, "");
    REFUSED(TYPE, "no boundary at all");
    REFUSED(TYPE, "--XyZ\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\ncut short\r\n--XyZ-");
    REFUSED(TYPE, "--XyZjunk\r\n\r\n");
    REFUSED(TYPE, "--XyZ-\r\n");
    REFUSED(TYPE, "--XyZ\rx");
    REFUSED(TYPE, "--XyZ\r\n\r\nno headers\r\n--XyZ--");
    REFUSED(TYPE, "--XyZ\r\nContent-Type: text/plain\r\n\r\nx\r\n--XyZ--");
    REFUSED(TYPE, "--XyZ\r\nContent-Disposition: attachment; name=a\r\n\r\nx\r\n--XyZ--");
    REFUSED(TYPE, "--XyZ\r\nContent-Disposition: form-data\r\n\r\nx\r\n--XyZ--");
    REFUSED(TYPE, "--XyZ\r\nContent-Disposition: form-data; name=\"a\r\n\r\nx\r\n--XyZ--");
    REFUSED(TYPE, "--XyZ\r\nContent-Disposition: form-data; name\r\n\r\nx\r\n--XyZ--");
    REFUSED(TYPE, "--XyZ\r\nContent-Disposition: form-data; name=a b\r\n\r\nx\r\n--XyZ--");
    REFUSED(TYPE, "--XyZ\r\nContent-Disposition: form-data; name=\"a\0b\"\r\n\r\nx\r\n--XyZ--");
}

static void content_types_without_a_boundary_are_refused(void **state) {
    (void)state;
    px_multipart parser;
    char huge[1000];
    memset(huge, 'x', sizeof huge);
    huge[sizeof huge - 1] = '\0';
    const char *const types[] = {NULL,
                                 "",
                                 "text/plain",
                                 "multipart/mixed; boundary=x",
                                 "multipart/form-data",
                                 "multipart/form-datas; boundary=x",
                                 "multipart/form-data; boundary=",
                                 "multipart/form-data; boundary=\"\"",
                                 "multipart/form-data; boundary=\"x ",
                                 "multipart/form-data; boundary=\"x \"",
                                 "multipart/form-data; boundary=\"x\ty\"",
                                 "multipart/form-data; boundary=x y",
                                 "multipart/form-data; boundary="
                                 "123456789012345678901234567890123456789012345678901234567890"
                                 "12345678901",
                                 huge};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        px_error err = {0};
        if (px_multipart_init(&parser, types[i], &note, NULL, &err))
            fail_msg("accepted: %s", types[i]);
        assert_int_equal(err.code, PX_ERR_INPUT);
    }
}

/* A body of `repeats` copies of a piece between a head and a tail. */
static void expect_limit(const char *head, const char *piece, int repeats, const char *tail) {
    px_buffer body;
    px_buffer_init(&body, 1 << 20);
    assert_true(px_buffer_append(&body, head, strlen(head), NULL));
    for (int i = 0; i < repeats; i++)
        assert_true(px_buffer_append(&body, piece, strlen(piece), NULL));
    assert_true(px_buffer_append(&body, tail, strlen(tail), NULL));
    expect_refusal(TYPE, (const char *)body.data, body.size, PX_ERR_LIMIT);
    px_buffer_clear(&body);
}

static void limits_hold(void **state) {
    (void)state;
    const char *part = "--XyZ\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n";
    expect_limit("", part, PX_MULTIPART_PARTS + 1, "--XyZ--");
    expect_limit("--XyZ\r\nX: ", "y", PX_MULTIPART_HEADERS, "\r\n\r\n--XyZ--");
    expect_limit("", "preamble", PX_MULTIPART_PREAMBLE / 8 + 1, "\r\n--XyZ--");
}

static bool refuse_data(void *context, const void *bytes, size_t size, px_error *err) {
    (void)context, (void)bytes, (void)size;
    return px_fail(err, PX_ERR_IO, "disk", "full");
}

static void a_callbacks_failure_stays(void **state) {
    (void)state;
    static const px_multipart_handler full = {note_begin, refuse_data, note_end};
    const char body[] = "--XyZ\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n--XyZ--";
    px_buffer events;
    px_buffer_init(&events, 100);
    px_multipart parser;
    px_error err = {0};
    assert_true(px_multipart_init(&parser, TYPE, &full, &events, &err));
    assert_false(px_multipart_feed(&parser, body, sizeof body - 1, &err));
    assert_int_equal(err.code, PX_ERR_IO);
    px_error later = {0};
    assert_false(px_multipart_feed(&parser, body, sizeof body - 1, &later));
    assert_int_equal(later.code, PX_ERR_INPUT);
    assert_false(px_multipart_finish(&parser, NULL));
    px_buffer_clear(&events);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_form_with_a_file),
        cmocka_unit_test(what_clients_may_vary),
        cmocka_unit_test(malformed_bodies_are_refused),
        cmocka_unit_test(content_types_without_a_boundary_are_refused),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(a_callbacks_failure_stays),
    };
    return cmocka_run_group_tests_name("multipart", tests, NULL, NULL);
}
