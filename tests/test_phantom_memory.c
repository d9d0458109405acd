/* Phantoms when memory runs out at each allocation in turn: an error, nothing lost, and tables that
 * tell of the images that are there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../src/phantom/phantom_set.h"
#include "failing_memory.h"

static bool draw(px_error *err) {
    px_phantom_options options = px_phantom_default_options();
    options.size = 64;
    px_image image;
    px_image_init(&image);
    const bool done = px_phantom_draw(&options, 1, 1, &image, NULL, err);
    assert_int_equal(image.width, done ? 64 : 0);
    px_image_clear(&image);
    return done;
}

static void drawing(void **state) {
    (void)state;
    exhaust(draw, 7); /* seven planes and the pixels */
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
    allocations_left = allocations;
    const bool done = px_phantom_write_set(&set, &err);
    allocations_left = -1;
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
