/* Fields of URL-encoded forms and JSON objects. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "../src/server/fields.h"

typedef json_t *parse_fn(const char *body, size_t size, px_error *err);

/* The field "a b" of a body; NULL: there must be none. */
static void check_value(parse_fn *parse, const char *body, const char *expected) {
    px_error err = {0};
    json_t *fields = parse(body, strlen(body), &err);
    if (!fields)
        fail_msg("%s: %s", body, err.message);
    const json_t *value = json_object_get(fields, "a b");
    if (expected)
        assert_string_equal(json_string_value(value), expected);
    else
        assert_null(value);
    json_decref(fields);
}

static void check_failure(parse_fn *parse, const char *body, size_t size) {
    px_error err = {0};
    assert_null(parse(body, size, &err));
    assert_int_equal(err.code, PX_ERR_INPUT);
    assert_true(err.message[0] != '\0');
}

static void forms_are_decoded(void **state) {
    (void)state;
    check_value(px_fields_from_form, "", NULL);
    check_value(px_fields_from_form, "&&", NULL);
    check_value(px_fields_from_form, "a=1", NULL);
    check_value(px_fields_from_form, "a+b=1", "1");
    check_value(px_fields_from_form, "a%20b=1+2%2b%2B", "1 2++");
    check_value(px_fields_from_form, "x=1&a+b=2&y=3", "2");
    check_value(px_fields_from_form, "a+b=1&a+b=2", "2");
    check_value(px_fields_from_form, "a+b", "");
    check_value(px_fields_from_form, "a+b=%", "%");
    check_value(px_fields_from_form, "a+b=%4", "%4");
    check_value(px_fields_from_form, "a+b=%zz", "%zz");
    check_value(px_fields_from_form, "a+b=c=d", "c=d");
    check_value(px_fields_from_form, "a+b=%c3%a9", "\xc3\xa9");
}

static void forms_that_are_no_text(void **state) {
    (void)state;
    check_failure(px_fields_from_form, "a=%ff", 5);
    check_failure(px_fields_from_form, "%ff=a", 5);
    check_failure(px_fields_from_form, "a%00b=1", 7);
}

static void zero_bytes_are_kept_in_values(void **state) {
    (void)state;
    json_t *fields = px_fields_from_form("a=1%002", 7, NULL);
    assert_int_equal(json_string_length(json_object_get(fields, "a")), 3);
    json_decref(fields);
}

static void json_members_are_kept(void **state) {
    (void)state;
    check_value(px_fields_from_json, "{}", NULL);
    check_value(px_fields_from_json, "{\"a b\":\"1\"}", "1");
    check_value(px_fields_from_json, " {\"a\":1,\"a b\":\"\\u00e9\"} ", "\xc3\xa9");
}

static void json_that_is_no_object(void **state) {
    (void)state;
    static const char *const bodies[] = {"",
                                         "[]",
                                         "1",
                                         "\"a\"",
                                         "{",
                                         "{\"a\"",
                                         "{}trail",
                                         "{\"a\":1,}",
                                         "nul",
                                         "{\"a\":\"\xff\"}",
                                         "{\"a\":1,\"a\":2}"};
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++)
        check_failure(px_fields_from_json, bodies[i], strlen(bodies[i]));
    char deep[8192];
    memset(deep, '[', sizeof deep);
    check_failure(px_fields_from_json, deep, sizeof deep);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms_are_decoded),
        cmocka_unit_test(forms_that_are_no_text),
        cmocka_unit_test(zero_bytes_are_kept_in_values),
        cmocka_unit_test(json_members_are_kept),
        cmocka_unit_test(json_that_is_no_object),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
