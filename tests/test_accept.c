/* What clients would rather have: lists with weights, codings, languages, pages; and cookies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../src/server/accept.h"
#include "../src/server/cookies.h"

#define ALL (1u << PX_CODING_IDENTITY | 1u << PX_CODING_GZIP | 1u << PX_CODING_BR)

static void expect_item(const char **at, const char *name, int weight) {
    px_weighted item;
    assert_true(px_weighted_next(at, &item));
    assert_int_equal(item.size, strlen(name));
    assert_memory_equal(item.name, name, item.size);
    assert_int_equal(item.weight, weight);
}

static void lists_are_split(void **state) {
    (void)state;
    const char *at = " ,, de-AT ;q=0.8,en; q=1.000 ;level=1,fr;Q=0,*;q=0.001, a b ,x;q";
    px_weighted item;
    expect_item(&at, "de-AT", 800);
    expect_item(&at, "en", 1000);
    expect_item(&at, "fr", 0);
    expect_item(&at, "*", 1);
    expect_item(&at, "a b", 1000);
    expect_item(&at, "x", 1000);
    assert_false(px_weighted_next(&at, &item));
    for (size_t i = 0; i < 2; i++) {
        at = i ? ", ,\t" : "";
        assert_false(px_weighted_next(&at, &item));
    }
    at = ";q=0.5";
    expect_item(&at, "", 500);
}

static void weights_that_are_none_want_nothing(void **state) {
    (void)state;
    static const char *const wrong[] = {"2",   "1.1",    "1.001", "0.1234", "-0.5", ".5",
                                        "0,5", "0.5e-1", "0x1",   "nan",    "1000"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char text[32] = "br;q=";
        strncat(text, wrong[i], 20);
        const char *at = text;
        px_weighted item;
        assert_true(px_weighted_next(&at, &item));
        if (item.weight != 0)
            fail_msg("\"%s\" weighs %d", wrong[i], item.weight);
    }
}

static void expect_coding(const char *header, unsigned available, px_coding wanted) {
    px_coding got = px_accept_coding(header, available);
    if (got != wanted)
        fail_msg("\"%s\" of %u gives %s", header ? header : "(none)", available,
                 px_coding_name(got));
}

static void the_coding_wanted_most_is_used(void **state) {
    (void)state;
    expect_coding(NULL, ALL, PX_CODING_IDENTITY);
    expect_coding("", ALL, PX_CODING_IDENTITY);
    expect_coding("gzip, deflate, br, zstd", ALL, PX_CODING_BR);
    expect_coding("gzip, deflate, br", ALL & ~(1u << PX_CODING_BR), PX_CODING_GZIP);
    expect_coding("gzip, br", 1u << PX_CODING_IDENTITY, PX_CODING_IDENTITY);
    expect_coding("br;q=0.5, gzip;q=0.8", ALL, PX_CODING_GZIP);
    expect_coding("br;q=0.5, x-gzip", ALL, PX_CODING_GZIP);
    expect_coding("BR", ALL, PX_CODING_BR);
    expect_coding("br;q=0", ALL, PX_CODING_IDENTITY);
    expect_coding("br;q=0, *", ALL, PX_CODING_GZIP);
    expect_coding("*", ALL, PX_CODING_BR);
    expect_coding("*;q=0", ALL, PX_CODING_IDENTITY);
    expect_coding("identity, br;q=0.5", ALL, PX_CODING_IDENTITY);
    expect_coding("identity;q=0.5, br;q=0.5", ALL, PX_CODING_BR);
    expect_coding("identity;q=0, gzip;q=0.1", ALL, PX_CODING_GZIP);
    expect_coding("brotli, gzipped, b", ALL, PX_CODING_IDENTITY);
}

static void expect_language(const char *header, const char *wanted) {
    static const char *const available[] = {"de", "en", "pt-BR", "zh"};
    const char *got = px_accept_language(header, available, 4);
    if (wanted ? !got || strcmp(got, wanted) != 0 : got != NULL)
        fail_msg("\"%s\" gives %s", header ? header : "(none)", got ? got : "the default");
}

static void languages_are_looked_up(void **state) {
    (void)state;
    expect_language(NULL, NULL);
    expect_language("", NULL);
    expect_language("de-AT", "de");
    expect_language("DE", "de");
    expect_language("de-AT,en;q=0.9", "de");
    expect_language("en;q=0.5, de;q=0.6", "de");
    expect_language("de, en", "de");
    expect_language("en, de", "en");
    expect_language("fr, it;q=0.9", NULL);
    expect_language("fr, de;q=0.1", "de");
    expect_language("*", NULL);
    expect_language("*, de;q=0.5", "de");
    expect_language("de;q=0", NULL);
    expect_language("de;q=0, en", "en");
    expect_language("pt", NULL);
    expect_language("pt-BR-x-north", "pt-BR");
    expect_language("pt-br", "pt-BR");
    expect_language("zh-Hant-CN-x-private1-private2", "zh");
    expect_language("deu, d, de_AT, -de, -", NULL);
}

static void pages_are_asked_for_by_name(void **state) {
    (void)state;
    assert_true(px_accept_names_html("text/html,application/xhtml+xml,*/*;q=0.8"));
    assert_true(px_accept_names_html("application/json, TEXT/HTML;q=0.1"));
    assert_false(px_accept_names_html("*/*"));
    assert_false(px_accept_names_html("text/*"));
    assert_false(px_accept_names_html("text/html;q=0"));
    assert_false(px_accept_names_html("text/html5"));
    assert_false(px_accept_names_html(NULL));
}

static void expect_cookie(const char *header, int count, const char *last) {
    const char *value = "";
    size_t size = 0;
    assert_int_equal(px_cookie_find(header, "language", &value, &size), count);
    assert_int_equal(size, strlen(last));
    assert_memory_equal(value, last, size);
}

static void cookies_are_found_by_their_name(void **state) {
    (void)state;
    expect_cookie(NULL, 0, "");
    expect_cookie("language", 0, "");
    expect_cookie("language=de", 1, "de");
    expect_cookie("a=1; language=de; b=2", 1, "de");
    expect_cookie(";; language=de;language=en", 2, "en");
    expect_cookie("xlanguage=de; languages=de; a=language=de", 0, "");
    expect_cookie("language=", 1, "");
    expect_cookie("language=a=b", 1, "a=b");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_are_split),
        cmocka_unit_test(weights_that_are_none_want_nothing),
        cmocka_unit_test(the_coding_wanted_most_is_used),
        cmocka_unit_test(languages_are_looked_up),
        cmocka_unit_test(pages_are_asked_for_by_name),
        cmocka_unit_test(cookies_are_found_by_their_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
