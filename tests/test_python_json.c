/* Sentences of Python's json module, as Python 3.11 wrote them for these texts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "../src/server/python_json.h"

/* From memory of exactly its size, so that reading on is found. */
static bool ask(const char *text, size_t size, char message[PX_PYTHON_JSON_SIZE]) {
    char *copy = malloc(size > 0 ? size : 1);
    assert_non_null(copy);
    memcpy(copy, text, size);
    bool found = px_python_json_problem(copy, size, message);
    free(copy);
    return found;
}

static void texts_that_are_not_json(void **state) {
    (void)state;
    static const struct {
        const char *text, *expected;
    } cases[] = {
        {"", "Expecting value: line 1 column 1 (char 0)"},
        {"{", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"},
        {"[", "Expecting value: line 1 column 2 (char 1)"},
        {"{\"a\"", "Expecting ':' delimiter: line 1 column 5 (char 4)"},
        {"{\"a\":", "Expecting value: line 1 column 6 (char 5)"},
        {"{\"a\":1", "Expecting ',' delimiter: line 1 column 7 (char 6)"},
        {"{\"a\":1,",
         "Expecting property name enclosed in double quotes: line 1 column 8 (char 7)"},
        {"{\"a\":1,}",
         "Expecting property name enclosed in double quotes: line 1 column 8 (char 7)"},
        {"[1,]", "Expecting value: line 1 column 4 (char 3)"},
        {"[1", "Expecting ',' delimiter: line 1 column 3 (char 2)"},
        {"[1,", "Expecting value: line 1 column 4 (char 3)"},
        {"\"abc", "Unterminated string starting at: line 1 column 1 (char 0)"},
        {"\"a\\", "Unterminated string starting at: line 1 column 1 (char 0)"},
        {"\"a\\x\"", "Invalid \\escape: line 1 column 3 (char 2)"},
        {"\"a\\u12\"", "Invalid \\uXXXX escape: line 1 column 4 (char 3)"},
        {"\"a\\u12g4\"", "Invalid \\uXXXX escape: line 1 column 4 (char 3)"},
        {"\"a\\u1234", "Invalid \\uXXXX escape: line 1 column 4 (char 3)"},
        {"\"a\x0a"
         "b\"",
         "Invalid control character at: line 1 column 3 (char 2)"},
        {"\"a\x01\"", "Invalid control character at: line 1 column 3 (char 2)"},
        {"nul", "Expecting value: line 1 column 1 (char 0)"},
        {"-", "Expecting value: line 1 column 1 (char 0)"},
        {"-a", "Expecting value: line 1 column 1 (char 0)"},
        {"1.", "Extra data: line 1 column 2 (char 1)"},
        {"1e", "Extra data: line 1 column 2 (char 1)"},
        {"01", "Extra data: line 1 column 2 (char 1)"},
        {"1 2", "Extra data: line 1 column 3 (char 2)"},
        {"{a:1}", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"},
        {"{'a':1}", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"},
        {"{\"a\" 1}", "Expecting ':' delimiter: line 1 column 6 (char 5)"},
        {"{\"a\":}", "Expecting value: line 1 column 6 (char 5)"},
        {"{\"a\":1 \"b\":2}", "Expecting ',' delimiter: line 1 column 8 (char 7)"},
        {"NaN", "Out of range float values are not JSON compliant: 'NaN'"},
        {"[NaN]", "Out of range float values are not JSON compliant: 'NaN'"},
        {"{\"a\":-Infinity}", "Out of range float values are not JSON compliant: '-Infinity'"},
        {"\xef\xbb\xbf{}",
         "Unexpected UTF-8 BOM (decode using utf-8-sig): line 1 column 1 (char 0)"},
        {" \x0a\x0a  x", "Expecting value: line 3 column 3 (char 5)"},
        {"{\"\xc3\xa9\":1,\x0a\"\xc3\xbc\" 2}",
         "Expecting ':' delimiter: line 2 column 5 (char 12)"},
        {"{\"a\":1}}", "Extra data: line 1 column 8 (char 7)"},
        {"[[1}]", "Expecting ',' delimiter: line 1 column 4 (char 3)"},
        {"+1", "Expecting value: line 1 column 1 (char 0)"},
        {"{,}", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char message[PX_PYTHON_JSON_SIZE] = "";
        if (!ask(cases[i].text, strlen(cases[i].text), message) ||
            strcmp(message, cases[i].expected) != 0)
            fail_msg("%s: \"%s\", expected \"%s\"", cases[i].text, message, cases[i].expected);
    }
}

static void texts_that_are(void **state) {
    (void)state;
    static const char *const texts[] = {"{}",
                                        "[]",
                                        "0",
                                        "-0",
                                        "1.5e-7",
                                        "\"\"",
                                        "\"\\ud800\"",
                                        "{\"a\":[1,2,{\"b\":null}],\"c\":\"\\u00e9\\n\"}",
                                        " [ true , false ] "};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char message[PX_PYTHON_JSON_SIZE] = "untouched";
        if (ask(texts[i], strlen(texts[i]), message))
            fail_msg("%s: %s", texts[i], message);
        assert_string_equal(message, "untouched");
    }
}

/* Every beginning of an object is wrong, and every other byte for one of it is survived. */
static void damaged_texts(void **state) {
    (void)state;
    const char whole[] = "{\"a\": [1, -2.5e3, true, {\"b\\u00e9\": null}], \"c\": \"\\n\"}";
    const size_t size = sizeof whole - 1;
    char message[PX_PYTHON_JSON_SIZE], damaged[sizeof whole];
    for (size_t cut = 0; cut < size; cut++)
        assert_true(ask(whole, cut, message));
    for (size_t at = 0; at < size; at++)
        for (int byte = 0; byte < 256; byte++) {
            memcpy(damaged, whole, sizeof whole);
            damaged[at] = (char)byte;
            ask(damaged, size, message);
        }
}

static void depth_is_bounded(void **state) {
    (void)state;
    static char deep[1 << 20];
    char message[PX_PYTHON_JSON_SIZE] = "untouched";
    memset(deep, '[', sizeof deep);
    assert_false(ask(deep, sizeof deep, message));
    assert_string_equal(message, "untouched");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_that_are_not_json),
        cmocka_unit_test(texts_that_are),
        cmocka_unit_test(damaged_texts),
        cmocka_unit_test(depth_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
