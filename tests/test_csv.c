/* Comma-separated values: what RFC 4180 allows is read, anything else is refused with its line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../src/base/csv.h"
#include "../src/base/file.h"
#include "must.h"

/* All rows as "LINE:a|b;LINE:c;" or what is wrong. */
static void read_all(px_csv *csv, char *seen, size_t size, px_error *err) {
    assert_non_null(csv);
    px_csv_row row = {0};
    seen[0] = '\0';
    while (px_csv_next(csv, &row, err) && row.count > 0) {
        size_t used = strlen(seen);
        snprintf(seen + used, size - used, "%d:", (int)row.line);
        for (int i = 0; i < row.count; i++) {
            used = strlen(seen);
            snprintf(seen + used, size - used, "%s%c", row.fields[i],
                     i + 1 < row.count ? '|' : ';');
        }
    }
    px_csv_free(csv);
}

static void check(const char *text, const char *expected) {
    char seen[512];
    px_error err = {0};
    read_all(px_csv_open_bytes(text, strlen(text), "t.csv", &err), seen, sizeof seen, &err);
    assert_int_equal(err.code, PX_OK);
    assert_string_equal(seen, expected);
}

static void check_refused(const char *text, size_t size, px_error_code code, const char *message) {
    char seen[512];
    px_error err = {0};
    read_all(px_csv_open_bytes(text, size, "t.csv", &err), seen, sizeof seen, &err);
    assert_int_equal(err.code, code);
    assert_string_equal(err.subject, "t.csv");
    if (!strstr(err.message, message))
        fail_msg("\"%s\" does not hold \"%s\"", err.message, message);
}

static void rows_and_fields(void **state) {
    (void)state;
    check("", "");
    check("\xef\xbb\xbf", "");
    check("a", "1:a;");
    check("a,b\nc,d\n", "1:a|b;2:c|d;");
    check("a,b\r\nc,d\r\n", "1:a|b;2:c|d;");
    check("a,b\rc,d\r", "1:a|b;2:c|d;");
    check("\xef\xbb\xbf\"a\",b\n", "1:a|b;");
    check(",\n,,", "1:|;2:||;");
    check("\n\r\n\na\n\n", "4:a;");
    check("\"\"\n", "1:;");
    check("a, b ,\xc3\xa4\n", "1:a| b |\xc3\xa4;");
}

static void quotes(void **state) {
    (void)state;
    check("\"a,b\",\"c\"\"d\"\n", "1:a,b|c\"d;");
    check("\"a\r\nb\rc\nd\",e\nf,g", "1:a\nb\nc\nd|e;5:f|g;");
    check("\"a\"", "1:a;");
    check_refused("a\n\"b\"c\n", 7, PX_ERR_INPUT, "line 2: text behind a closing quote");
    check_refused("a\nb\n5\"\n", 7, PX_ERR_INPUT, "line 3: a quote inside");
    check_refused("a\n\"b\nc\nd", 8, PX_ERR_INPUT, "line 2: a quote that is never closed");
}

static void what_is_no_text(void **state) {
    (void)state;
    check_refused("a\nb\0c\n", 6, PX_ERR_INPUT, "line 2: a zero byte");
    check_refused("a\n\"b\0c\"\n", 8, PX_ERR_INPUT, "line 2: a zero byte");
    check_refused("a,b\nf\xfcr,d\n", 10, PX_ERR_INPUT, "line 2: not UTF-8");
}

static void limits(void **state) {
    (void)state;
    char *text = malloc(PX_CSV_MAX_FIELD + 2);
    memset(text, 'x', PX_CSV_MAX_FIELD + 2);
    px_error failure = {0};
    px_csv_row row;
    px_csv *csv = px_csv_open_bytes(text, PX_CSV_MAX_FIELD, "t.csv", &failure);
    MUST(px_csv_next(csv, &row, &err));
    assert_int_equal(strlen(row.fields[0]), PX_CSV_MAX_FIELD);
    px_csv_free(csv);
    csv = px_csv_open_bytes(text, PX_CSV_MAX_FIELD + 1, "t.csv", &failure);
    MUST_FAIL(px_csv_next(csv, &row, &err), PX_ERR_LIMIT);
    px_csv_free(csv);
    memset(text, ',', PX_CSV_MAX_FIELDS);
    csv = px_csv_open_bytes(text, PX_CSV_MAX_FIELDS - 1, "t.csv", &failure);
    MUST(px_csv_next(csv, &row, &err));
    assert_int_equal(row.count, PX_CSV_MAX_FIELDS);
    px_csv_free(csv);
    csv = px_csv_open_bytes(text, PX_CSV_MAX_FIELDS, "t.csv", &failure);
    MUST_FAIL(px_csv_next(csv, &row, &err), PX_ERR_LIMIT);
    px_csv_free(csv);
    free(text);
}

/* A file goes through in pieces: every kind of thing meets their edges. */
static void a_long_file(void **state) {
    (void)state;
    char path[] = "/tmp/px_csv_XXXXXX";
    const int fd = mkstemp(path);
    FILE *file = fdopen(fd, "w");
    fputs("\xef\xbb\xbfname,text\r\n", file);
    for (int i = 0; i < 20000; i++)
        fprintf(file, "row %d,\"a \"\"b\"\", \xc3\xa4\r\nc\"\r\n", i);
    fclose(file);
    px_error failure = {0};
    px_csv *csv = px_csv_open(path, &failure);
    px_csv_row row;
    MUST(px_csv_next(csv, &row, &err));
    assert_string_equal(row.fields[0], "name");
    for (int i = 0; i < 20000; i++) {
        char name[32];
        MUST(px_csv_next(csv, &row, &err));
        snprintf(name, sizeof name, "row %d", i);
        assert_int_equal(row.count, 2);
        assert_int_equal(row.line, 2 + 2 * i);
        assert_string_equal(row.fields[0], name);
        assert_string_equal(row.fields[1], "a \"b\", \xc3\xa4\nc");
    }
    MUST(px_csv_next(csv, &row, &err));
    assert_int_equal(row.count, 0);
    MUST(px_csv_next(csv, &row, &err)); /* and again */
    assert_int_equal(row.count, 0);
    px_csv_free(csv);
    unlink(path);
    assert_null(px_csv_open(path, &failure));
    assert_int_equal(failure.code, PX_ERR_IO);
    assert_string_equal(failure.subject, path);
    failure = (px_error){0};
    csv = px_csv_open("/tmp", &failure);
    MUST_FAIL(px_csv_next(csv, &row, &err), PX_ERR_IO);
    px_csv_free(csv);
}

static void what_is_written_is_read(void **state) {
    (void)state;
    static const char *const values[] = {"", "a", "a,b", "say \"x\"", "two\nlines", " \xc3\xa4 "};
    px_buffer text;
    px_buffer_init(&text, 1000);
    for (int i = 0; i < 6; i++) {
        MUST(px_csv_print_text(&text, values[i], &err));
        MUST(px_buffer_print(&text, &err, "%s", i < 5 ? "," : "\r\n"));
    }
    px_error failure = {0};
    px_csv *csv = px_csv_open_bytes(text.data, text.size, "t.csv", &failure);
    px_csv_row row;
    MUST(px_csv_next(csv, &row, &err));
    assert_int_equal(row.count, 6);
    for (int i = 0; i < 6; i++)
        assert_string_equal(row.fields[i], values[i]);
    px_csv_free(csv);
    px_buffer_clear(&text);
    px_buffer_init(&text, 2);
    MUST_FAIL(px_csv_print_text(&text, "a,b", &err), PX_ERR_LIMIT);
    px_buffer_clear(&text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_and_fields), cmocka_unit_test(quotes),
        cmocka_unit_test(what_is_no_text), cmocka_unit_test(limits),
        cmocka_unit_test(a_long_file),     cmocka_unit_test(what_is_written_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
