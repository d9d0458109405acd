/* User names that may be chosen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "../src/server/usernames.h"

static void check(const char *const *names, size_t count, bool expected) {
    for (size_t i = 0; i < count; i++)
        if (px_username_is_valid(names[i]) != expected)
            fail_msg("%s: %s", expected ? "refused" : "taken", names[i]);
}

static void letters_and_numbers_of_any_script(void **state) {
    (void)state;
    const char *const names[] = {"a",
                                 "Z9",
                                 "a.b@c+d-e_f",
                                 "_",
                                 "-",
                                 "röntgen",
                                 "Ångström",
                                 "李小龙",
                                 "Ελένη",
                                 "Ольга",
                                 "محمد",
                                 "१२३" /* digits */,
                                 "²" /* a number that is no digit */,
                                 "Ⅷ",
                                 "𝔘" /* beyond the BMP */,
                                 "ª" /* the first of the table */,
                                 "\xf0\xb1\x8d\x8a" /* the last */};
    check(names, sizeof names / sizeof *names, true);
}

static void everything_else(void **state) {
    (void)state;
    const char *const names[] = {"",
                                 " ",
                                 "a b",
                                 "a\n",
                                 "a\t",
                                 "a!",
                                 "a/b",
                                 "a'--",
                                 "<b>",
                                 "a\x7f",
                                 "caf\xc3\xa9 ",
                                 "e\xcc\x81" /* a combining accent */,
                                 "a\xe2\x80\x8b" /* no width */,
                                 "a\xe2\x80\xae" /* right to left */,
                                 "\xf0\x9f\x99\x82" /* a picture */,
                                 "\xc2\xa9" /* copyright */,
                                 "a\xff",
                                 "a\xc3",
                                 "a\xe2\x82",
                                 "a\xf0\x9f\x99",
                                 "\x80"};
    check(names, sizeof names / sizeof *names, false);
}

static void ranges_are_in_order(void **state) {
    (void)state;
    assert_true(px_letter_ranges_count > 700);
    for (size_t i = 0; i < px_letter_ranges_count; i++) {
        assert_true(px_letter_ranges[i].first <= px_letter_ranges[i].last);
        if (i > 0)
            assert_true(px_letter_ranges[i - 1].last + 1 < px_letter_ranges[i].first);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_and_numbers_of_any_script),
        cmocka_unit_test(everything_else),
        cmocka_unit_test(ranges_are_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
