/* Phantoms when memory runs out at each allocation in turn: an error, nothing lost, and tables that
 * tell of the images that are there. This program's calloc and realloc stand in for the library's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../src/phantom/phantom_set.h"

void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

static int left = -1; /* allocations until one fails; negative: none does */

static bool runs_out(void) {
    return left >= 0 && left-- == 0;
}

void *__wrap_calloc(size_t count, size_t size) {
    return runs_out() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size) {
    return runs_out() ? NULL : __real_realloc(old, size);
}

static void drawing(void **state) {
    (void)state;
    px_phantom_options options = px_phantom_default_options();
    options.size = 64;
    int failures = 0;
    for (bool done = false; !done; failures++) {
        px_error err = {0};
        px_image image;
        px_image_init(&image);
        left = failures;
        done = px_phantom_draw(&options, 1, 1, &image, NULL, &err);
        left = -1;
        assert_int_equal(err.code, done ? PX_OK : PX_ERR_MEMORY);
        assert_int_equal(image.width, done ? 64 : 0);
        px_image_clear(&image);
        assert_true(failures < 50);
    }
    assert_true(failures > 7); /* seven planes and the pixels */
}

/* Rows of labels.csv, each of which must have its image; 0 without the table. */
static int count_rows(const char *folder) {
    char path[96], line[96];
    int rows = -1; /* the header is none */
    snprintf(path, sizeof path, "%s/labels.csv", folder);
    FILE *table = fopen(path, "r");
    while (table && fgets(line, sizeof line, table)) {
        if (rows++ >= 0) {
            snprintf(path, sizeof path, "%s/%.17s", folder, line);
            assert_int_equal(access(path, F_OK), 0);
        }
    }
    if (table) {
        fclose(table);
    }
    return rows > 0 ? rows : 0;
}

static bool write_set(int allocations, int *rows) {
    char folder[] = "/tmp/px_phantom_XXXXXX", command[64];
    assert_non_null(mkdtemp(folder));
    px_phantom_set set = {.options = px_phantom_default_options(),
                          .seed = 1,
                          .count = 2,
                          .folder = folder,
                          .threads = 1};
    set.options.size = 64;
    px_error err = {0};
    left = allocations;
    const bool done = px_phantom_write_set(&set, &err);
    left = -1;
    assert_int_equal(err.code, done ? PX_OK : PX_ERR_MEMORY);
    *rows = count_rows(folder);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    assert_int_equal(system(command), 0);
    return done;
}

static void writing_a_set(void **state) {
    (void)state;
    int failures = 0, kept = 0, rows = 0;
    while (!write_set(failures, &rows)) {
        kept += rows;
        failures++;
        assert_true(failures < 500);
    }
    assert_int_equal(rows, 2);
    assert_true(failures > 20);
    assert_true(kept > 10); /* a failed image does not take the other with it */
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(drawing), cmocka_unit_test(writing_a_set)};
    return cmocka_run_group_tests_name("phantom_memory", tests, NULL, NULL);
}
