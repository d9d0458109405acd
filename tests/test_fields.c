/* Fields of URL-encoded forms and JSON objects. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "../src/server/fields.h"

typedef bool find_fn(const char *body, size_t size, const char *name, px_buffer *value, bool *found,
                     px_error *err);

static void check_value(find_fn *find, const char *body, const char *expected) {
    px_buffer value;
    px_buffer_init(&value, 100);
    bool found = !expected;
    px_error err = {0};
    if (!find(body, strlen(body), "a b", &value, &found, &err))
        fail_msg("%s: %s", body, err.message);
    assert_int_equal(found, expected != NULL);
    assert_int_equal(value.size, expected ? strlen(expected) : 0);
    if (value.size > 0)
        assert_memory_equal(value.data, expected, value.size);
    px_buffer_clear(&value);
}

static void check_failure(find_fn *find, const char *body, px_error_code code) {
    px_buffer value;
    px_buffer_init(&value, 4);
    bool found;
    px_error err = {0};
    assert_false(find(body, strlen(body), "a b", &value, &found, &err));
    assert_int_equal(err.code, code);
    px_buffer_clear(&value);
}

static void forms_are_decoded(void **state) {
    (void)state;
    check_value(px_fields_find_form, "", NULL);
    check_value(px_fields_find_form, "a=1&b=2", NULL);
    check_value(px_fields_find_form, "a b c=1&a%20=2", NULL);
    check_value(px_fields_find_form, "a+b", "");
    check_value(px_fields_find_form, "&&a%20b=&x", "");
    check_value(px_fields_find_form, "x=1&%61+b=%C3%bc+%2B=%26&y", "\xc3\xbc +=&");
    check_value(px_fields_find_form, "a b=1&a b=2", "2");
    check_value(px_fields_find_form, "a b=%zz%4", "%zz%4");
    check_failure(px_fields_find_form, "a b=12345", PX_ERR_LIMIT);
}

static void json_members_are_found(void **state) {
    (void)state;
    check_value(px_fields_find_json, "{}", NULL);
    check_value(px_fields_find_json, "{\"a\":\"x\"}", NULL);
    check_value(px_fields_find_json, "{\"a b\":\"\\u00fc\"}", "\xc3\xbc");
    check_value(px_fields_find_json, "{\"a b\":[1,{}]}", "[1,{}]");
    check_failure(px_fields_find_json, "", PX_ERR_INPUT);
    check_failure(px_fields_find_json, "[\"a b\"]", PX_ERR_INPUT);
    check_failure(px_fields_find_json, "{\"a b\":\"x\"", PX_ERR_INPUT);
    check_failure(px_fields_find_json, "{\"a b\":\"12345\"}", PX_ERR_LIMIT);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(forms_are_decoded),
                                       cmocka_unit_test(json_members_are_found)};
    return cmocka_run_group_tests_name("fields", tests, NULL, NULL);
}
