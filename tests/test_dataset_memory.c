/* Data sets when memory runs out at each allocation in turn: an error, and nothing lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../src/base/file.h"
#include "../src/dataset/box_table.h"
#include "../src/dataset/split.h"
#include "failing_memory.h"
#include "must.h"

static bool read_label_table(px_error *err) {
    static const char text[] =
        "path,patient,study,sex,age,site,notes,edema,mass\na.png,1,1,f,300,x,,1,0\n"
        "b.png,2,1,m,3,y,,0,1\na.png,1,1,f,300,x,,1,0\nc.png,2,2,m,3,y,,0,\nc.png,2,2,m,3,y,,1,1\n";
    px_label_table *table = px_label_table_parse(text, sizeof text - 1, "t.csv", NULL, err);
    if (table)
        assert_int_equal(table->n_rows, 2);
    px_label_table_free(table);
    return table != NULL;
}

static bool read_nih_table(px_error *err) {
    static const char text[] = "Image Index,Finding Labels,Patient ID\na.png,Mass|Rare,1\n";
    px_label_table *table = px_label_table_parse(text, sizeof text - 1, "t.csv", NULL, err);
    px_label_table_free(table);
    return table != NULL;
}

static void tables(void **state) {
    (void)state;
    exhaust(read_label_table, 40);
    exhaust(read_nih_table, 30);
}

static bool read_boxes(px_error *err) {
    static const char text[] = "path,mass\na.png,1\n";
    static const char boxes[] = "path,finding,x,y,width,height\na.png,mass,1,1,1,1\n"
                                "a.png,edema,1,1,1,1\nb.png,mass,1,1,1,1\n";
    const int kept = allocations_left;
    allocations_left = -1;
    px_label_table *table = px_label_table_parse(text, sizeof text - 1, "t.csv", NULL, err);
    allocations_left = kept;
    px_box_table *b = px_box_table_parse(boxes, sizeof boxes - 1, "b.csv", table, 0, err);
    px_box_table_free(b);
    px_label_table_free(table);
    return b != NULL;
}

static bool split(px_error *err) {
    const int32_t patients[] = {0, 1, 1, 2, -1};
    int fold[] = {9, 9, 9, 9, 9};
    bool part[5];
    const bool done = px_split_folds(patients, 5, 2, 1, fold, err) &&
                      px_split_part(patients, 5, 0.5, 1, part, err);
    assert_true(fold[0] == 9 || fold[0] < 2);
    return done;
}

static void boxes_and_splits(void **state) {
    (void)state;
    exhaust(read_boxes, 10);
    exhaust(split, 8);
}

static char folder[] = "/tmp/px_dataset_XXXXXX";

static bool find_images(px_error *err) {
    static const char text[] = "path,mass\na.png,1\nb.jpg,1\nnone.png,1\n";
    px_image_source *source = px_image_source_open(folder, err);
    px_label_table *table =
        source ? px_label_table_parse(text, sizeof text - 1, "t.csv", NULL, err) : NULL;
    px_buffer bytes;
    px_buffer_init(&bytes, 100);
    bool ok = table && px_label_table_find_images(table, source, err) &&
              px_image_source_read(source, table->rows[0].image, &bytes, err);
    px_buffer_clear(&bytes);
    px_label_table_free(table);
    px_image_source_free(source);
    return ok;
}

static void images(void **state) {
    (void)state;
    static const char *const names[] = {"a.png", "b.png", "extra.png"};
    char path[64];
    assert_non_null(mkdtemp(folder));
    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        MUST(px_file_write(path, "x", 1, &err));
    }
    exhaust(find_images, 30);
    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
    rmdir(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables),
        cmocka_unit_test(boxes_and_splits),
        cmocka_unit_test(images),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
