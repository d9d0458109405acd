/* Signed links open their path until they expire, and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../src/server/links.h"

static const unsigned char key[32] = "thirty-two bytes of a test's key";
static const unsigned char other_key[32] = "thirty-two bytes of a test's kez";
static const char path[] =
    "/media/heatmaps/heatmap_0123456789abcdef0123456789abcdef.jpg"; /* the longest there is */

#define END 1795000000

/* A link's parts, as a server finds them in a request. */
typedef struct parts {
    char text[PX_LINK_SIZE];
    char *path, *expires, *signature;
} parts;

static void take_apart(parts *p, const char *of, int64_t expires) {
    px_link_sign(key, of, expires, p->text);
    p->path = p->text;
    p->expires = strstr(p->text, "?expires=");
    assert_non_null(p->expires);
    *p->expires = '\0';
    p->expires += strlen("?expires=");
    p->signature = strstr(p->expires, "&signature=");
    assert_non_null(p->signature);
    *p->signature = '\0';
    p->signature += strlen("&signature=");
}

static bool opens(const parts *p, int64_t now) {
    return px_link_verify(key, p->path, p->expires, p->signature, now);
}

static void a_link_opens_its_path_until_it_expires(void **state) {
    (void)state;
    parts p;
    take_apart(&p, path, END);
    assert_string_equal(p.path, path);
    assert_string_equal(p.expires, "1795000000");
    assert_int_equal(strlen(p.signature), 64);
    assert_true(opens(&p, 0));
    assert_true(opens(&p, END - 1));
    assert_false(opens(&p, END));
    assert_false(opens(&p, END + 1));
    assert_false(opens(&p, INT64_MAX));
}

static void another_key_does_not_fit(void **state) {
    (void)state;
    parts p;
    take_apart(&p, path, END);
    assert_false(px_link_verify(other_key, p.path, p.expires, p.signature, 0));
}

static void nothing_may_be_missing(void **state) {
    (void)state;
    parts p;
    take_apart(&p, path, END);
    assert_false(px_link_verify(key, NULL, p.expires, p.signature, 0));
    assert_false(px_link_verify(key, p.path, NULL, p.signature, 0));
    assert_false(px_link_verify(key, p.path, p.expires, NULL, 0));
    assert_false(px_link_verify(key, p.path, p.expires, "", 0));
    assert_false(px_link_verify(key, p.path, "", p.signature, 0));
    assert_false(px_link_verify(key, "", p.expires, p.signature, 0));
}

/* Every bit of each part in turn; `field` points into `p`. */
static void check_flips(parts *p, char *field) {
    for (size_t bit = 0, bits = 8 * strlen(field); bit < bits; bit++) {
        const char kept = field[bit / 8];
        field[bit / 8] = (char)(kept ^ 1 << bit % 8);
        if (opens(p, 0))
            fail_msg("%s %s %s", p->path, p->expires, p->signature);
        field[bit / 8] = kept;
    }
    assert_true(opens(p, 0));
}

static void every_change_is_found(void **state) {
    (void)state;
    parts p;
    take_apart(&p, path, END);
    check_flips(&p, p.path);
    check_flips(&p, p.expires);
    check_flips(&p, p.signature);
    for (size_t size = 0; size < 64; size++) {
        char cut[65] = {0};
        memcpy(cut, p.signature, size);
        assert_false(px_link_verify(key, p.path, p.expires, cut, 0));
    }
}

static void times_are_written_in_one_way(void **state) {
    (void)state;
    static const char *const others[] = {
        "01795000000",  "+1795000000", " 1795000000", "1795000000 ",
        "1795000000.0", "0x6afd5cc0",  "1795000000a", "99999999999999999999999"};
    parts p;
    take_apart(&p, path, END);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(px_link_verify(key, p.path, others[i], p.signature, 0));
    take_apart(&p, "/media/x", INT64_MAX - 1);
    assert_false(px_link_verify(key, p.path, "9223372036854775807", p.signature, 0));
}

static void no_path_passes_for_a_time(void **state) {
    (void)state;
    parts p;
    take_apart(&p, "5 /media/x", 17);
    assert_true(opens(&p, 0));
    assert_false(px_link_verify(key, "/media/x", "175", p.signature, 0));
    assert_false(px_link_verify(key, "/media/x", "17", p.signature, 0));
}

static void long_paths_are_not_signed(void **state) {
    (void)state;
    char longer[1000], link[PX_LINK_SIZE];
    memset(longer, 'x', sizeof longer);
    for (size_t size = 0; size < sizeof longer; size++) {
        longer[size] = '\0';
        px_link_sign(key, longer, END, link);
        assert_int_equal(strlen(link), size <= 65 ? size + 94 : 0);
        longer[size] = 'x';
    }
    longer[sizeof longer - 1] = '\0';
    parts p;
    take_apart(&p, path, END);
    assert_false(px_link_verify(key, longer, p.expires, p.signature, 0));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_link_opens_its_path_until_it_expires),
                                       cmocka_unit_test(another_key_does_not_fit),
                                       cmocka_unit_test(nothing_may_be_missing),
                                       cmocka_unit_test(every_change_is_found),
                                       cmocka_unit_test(times_are_written_in_one_way),
                                       cmocka_unit_test(no_path_passes_for_a_time),
                                       cmocka_unit_test(long_paths_are_not_signed)};
    return cmocka_run_group_tests_name("links", tests, NULL, NULL);
}
