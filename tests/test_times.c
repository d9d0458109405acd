/* Times of the interfaces: printed, read again, and refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "../src/server/times.h"

#define SECOND ((int64_t)1000000)

static void check_print(int64_t time, const char *expected) {
    char text[PX_TIME_SIZE];
    px_time_print(time, text);
    assert_string_equal(text, expected);
}

static void times_are_printed(void **state) {
    (void)state;
    check_print(0, "1970-01-01T00:00:00.000000Z");
    check_print(1593170971254584, "2020-06-26T11:29:31.254584Z");
    check_print(951782400 * SECOND, "2000-02-29T00:00:00.000000Z");
    check_print(-1, "1969-12-31T23:59:59.999999Z");
    check_print(INT64_C(253402300799) * SECOND + 999999, "9999-12-31T23:59:59.999999Z");
}

static void times_that_nobody_writes_still_end_in_time(void **state) {
    (void)state;
    char text[PX_TIME_SIZE];
    const int64_t extremes[] = {INT64_MIN, INT64_MAX};
    for (int i = 0; i < 2; i++) {
        memset(text, 'x', sizeof text);
        px_time_print(extremes[i], text);
        assert_non_null(memchr(text, '\0', sizeof text));
    }
}

static void never_is_null(void **state) {
    (void)state;
    json_t *never = px_time_to_json(0), *once = px_time_to_json(SECOND);
    assert_true(json_is_null(never));
    assert_string_equal(json_string_value(once), "1970-01-01T00:00:01.000000Z");
    json_decref(never);
    json_decref(once);
}

static void check_parse(const char *text, int64_t expected) {
    int64_t time = -1;
    if (!px_time_parse(text, &time))
        fail_msg("refused: %s", text);
    assert_int_equal(time, expected);
}

static void times_are_read(void **state) {
    (void)state;
    check_parse("1970-01-01T00:00:00Z", 0);
    check_parse("1970-01-01t00:00:01z", SECOND);
    check_parse("1970-01-01 00:00:01Z", SECOND);
    check_parse("2020-06-26T11:29:31.254584Z", 1593170971254584);
    check_parse("2020-06-26T11:29:31.2545849Z", 1593170971254584);
    check_parse("2020-06-26T11:29:31.25Z", 1593170971250000);
    check_parse("2020-06-26T13:29:31+02:00", 1593170971 * SECOND);
    check_parse("2020-06-26T05:59:31-05:30", 1593170971 * SECOND);
    check_parse("2000-02-29T00:00:00Z", 951782400 * SECOND);
}

static void what_is_read_prints_the_same(void **state) {
    (void)state;
    for (int64_t time = 0; time < INT64_C(250000000000) * SECOND;
         time += 7654321 * SECOND + 123457) {
        char text[PX_TIME_SIZE];
        px_time_print(time, text);
        check_parse(text, time);
    }
}

static void other_texts_are_refused(void **state) {
    (void)state;
    const char *const texts[] = {"",
                                 "now",
                                 "2020",
                                 "2020-06-26",
                                 "2020-06-26T11:29:31",
                                 "2020-06-26T11:29:31.Z",
                                 "2020-06-26T11:29Z",
                                 "2020-13-26T11:29:31Z",
                                 "2020-00-26T11:29:31Z",
                                 "2020-06-31T11:29:31Z",
                                 "2021-02-29T11:29:31Z",
                                 "2020-06-26T24:00:00Z",
                                 "2020-06-26T11:60:00Z",
                                 "2020-06-26T11:29:60Z",
                                 "1969-06-26T11:29:31Z",
                                 "2020-06-26T11:29:31+24:00",
                                 "2020-06-26T11:29:31+0200",
                                 "2020-06-26T11:29:31Zz",
                                 " 2020-06-26T11:29:31Z",
                                 "+020-06-26T11:29:31Z",
                                 "20200-06-26T11:29:31Z"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        int64_t time = 42;
        if (px_time_parse(texts[i], &time))
            fail_msg("taken: %s", texts[i]);
        assert_int_equal(time, 42);
    }
}

static void what_is_cut_short_is_refused(void **state) {
    (void)state;
    const char whole[] = "2020-06-26T13:29:31.254584+02:00";
    for (size_t size = 0; size < sizeof whole - 1; size++) {
        char text[sizeof whole];
        int64_t time;
        memcpy(text, whole, size);
        text[size] = '\0';
        assert_false(px_time_parse(text, &time));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_printed),
        cmocka_unit_test(times_that_nobody_writes_still_end_in_time),
        cmocka_unit_test(never_is_null),
        cmocka_unit_test(times_are_read),
        cmocka_unit_test(what_is_read_prints_the_same),
        cmocka_unit_test(other_texts_are_refused),
        cmocka_unit_test(what_is_cut_short_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
