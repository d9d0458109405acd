/* Boxes of findings, rows by path, and splits in which no patient is twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../src/dataset/box_table.h"
#include "../src/dataset/names.h"
#include "../src/dataset/row_index.h"
#include "../src/dataset/split.h"
#include "must.h"

static px_label_table *make_table(const char *text) {
    px_error err = {0};
    px_label_table *table = px_label_table_parse(text, strlen(text), "t.csv", NULL, &err);
    if (!table)
        fail_msg("%s: %s", err.subject, err.message);
    return table;
}

static px_box_table *parse(const char *text, const px_label_table *table) {
    px_error err = {0};
    px_box_table *boxes = px_box_table_parse(text, strlen(text), "b.csv", table, 0, &err);
    if (!boxes)
        fail_msg("%s: %s", err.subject, err.message);
    return boxes;
}

static void check_fractions(const px_label_box *box, int width, int height, double x, double y,
                            double w, double h) {
    double f[4];
    assert_true(px_label_box_fractions(box, width, height, f));
    assert_true(fabs(f[0] - x) < 1e-12 && fabs(f[1] - y) < 1e-12);
    assert_true(fabs(f[2] - w) < 1e-12 && fabs(f[3] - h) < 1e-12);
}

static void phantoms_boxes(void **state) {
    (void)state;
    px_label_table *t = make_table("path,edema,mass\na/1.png,1,0\n2.png,0,1\n");
    px_box_table *b = parse("path,finding,x,y,width,height\n"
                            "2.png,mass,10,20,30,40\n"
                            "a/1.png,Oedema,0,0,64,32\n"
                            "1.png,edema,-10,90,30,40\n"
                            "3.png,edema,1,1,1,1\n"
                            "2.png,hernia,1,1,1,1\n2.png,hernia,1,1,1,1\n"
                            "2.png,mass,5,5,0,3\n2.png,mass,-9,5,9,3\n",
                            t);
    assert_int_equal(b->rows_read, 8);
    assert_int_equal(b->n_boxes, 3);
    assert_int_equal(b->boxes[0].row, 0);
    assert_int_equal(b->boxes[0].line, 3);
    assert_int_equal(b->boxes[1].line, 4);
    assert_int_equal(b->boxes[2].row, 1);
    assert_int_equal(b->boxes[2].finding, 1);
    check_fractions(&b->boxes[2], 100, 200, 0.1, 0.1, 0.3, 0.2);
    check_fractions(&b->boxes[0], 64, 32, 0, 0, 1, 1);
    check_fractions(&b->boxes[1], 100, 100, 0, 0.9, 0.2, 0.1); /* cut at two sides */
    double f[4] = {7, 7, 7, 7};
    assert_false(px_label_box_fractions(&b->boxes[1], 100, 90, f));
    assert_true(f[0] == 7);
    assert_int_equal(b->notes.kinds[PX_NOTE_BOX_UNMATCHED].count, 1);
    assert_int_equal(b->notes.kinds[PX_NOTE_BOX_UNMATCHED].items[0].line, 5);
    assert_int_equal(b->notes.kinds[PX_NOTE_BOX_OUTSIDE].count, 2);
    assert_string_equal(b->notes.kinds[PX_NOTE_FINDING_EXTRA].items[0].text, "hernia (2 boxes)");
    px_box_table_free(b);
    px_label_table_free(t);
}

static void nih_boxes(void **state) {
    (void)state;
    static const char *const headers[] = {"Image Index,Finding Label,Bbox [x,y,w,h],,,\n",
                                          "Image Index,Finding Label,x,y,w,h (pixels)\n"};
    px_label_table *t = make_table("Image Index,Finding Labels\n00000013_005.jpg,Infiltration\n");
    for (int i = 0; i < 2; i++) {
        char text[300];
        snprintf(text, sizeof text, "%s00000013_005.png,Infiltrate,512,256.5,128,64%s\n",
                 headers[i], i ? "" : ",,,");
        px_box_table *b = parse(text, t);
        assert_int_equal(b->n_boxes, 1);
        assert_int_equal(b->boxes[0].reference_side, 1024);
        check_fractions(&b->boxes[0], 320, 320, 0.5, 256.5 / 1024, 0.125, 0.0625);
        px_box_table_free(b);
    }
    px_label_table_free(t);
}

static void bad_boxes(void **state) {
    (void)state;
    static const char *const bad[][2] = {
        {"", "line 1: not a table of boxes"},
        {"path,finding,x,y,width\n", "line 1: not a table of boxes"},
        {"path,finding,x,y,w,h\n", "line 1: not a table of boxes"},
        {"path,finding_label,x,y,width,height\n", "line 1: not a table of boxes"},
        {"path,finding,x,y,width,height\na.png,mass,1,2,3\n", "line 2: 5 fields"},
        {"path,finding,x,y,width,height\na.png,mass,1,2,3,4\na.png,mass,1,2,3,x\n",
         "line 3: field 6 is no number"},
        {"path,finding,x,y,width,height\na.png,mass,nan,2,3,4\n", "line 2: field 3"},
        {"path,finding,x,y,width,height\na.png,mass,1,2,-3,4\n", "line 2: a side below 0"},
        {"path,finding,x,y,width,height\na.png,mass,1,2,1e9,4\n", "line 2: field 5 is more"}};
    px_label_table *t = make_table("path,mass\na.png,1\n");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        px_error err = {0};
        assert_null(px_box_table_parse(bad[i][0], strlen(bad[i][0]), "b.csv", t, 0, &err));
        if (err.code != PX_ERR_INPUT || !strstr(err.message, bad[i][1]))
            fail_msg("%s where %s should be", err.message, bad[i][1]);
        assert_string_equal(err.subject, "b.csv");
    }
    px_error err = {0};
    assert_null(px_box_table_read("/nowhere/b.csv", t, 0, &err));
    assert_int_equal(err.code, PX_ERR_IO);
    px_label_table_free(t);
}

static void rows_by_path(void **state) {
    (void)state;
    px_label_table *t =
        make_table("path,mass\nb/1.png,1\na/"
                   "1.png,1\n2.jpg,1\n10.png,1\n1,1\n3.b.png,1\n3.c.png,1\nc/d/p1/v.png,1\n");
    px_error err = {0};
    px_row_index *index = px_row_index_new(t, &err);
    assert_non_null(index);
    assert_int_equal(px_row_index_find(index, "b/1.png"), 0);
    assert_int_equal(px_row_index_find(index, "a/1.png"), 1);
    assert_int_equal(px_row_index_find(index, "1"), 4);
    assert_int_equal(px_row_index_find(index, "1.png"), -1); /* three of that name */
    assert_int_equal(px_row_index_find(index, "2.png"), 2);
    assert_int_equal(px_row_index_find(index, "x\\y\\2.dcm"), 2);
    assert_int_equal(px_row_index_find(index, "d\\p1/v.jpg"), 7);
    assert_int_equal(px_row_index_find(index, "p2/v.png"), -1); /* another patient's */
    assert_int_equal(px_row_index_find(index, "10.png"), 3);
    assert_int_equal(px_row_index_find(index, "3.b"), 5);
    assert_int_equal(px_row_index_find(index, "3.png"), -1);
    assert_int_equal(px_row_index_find(index, "z.png"), -1);
    assert_int_equal(px_row_index_find(index, ""), -1);
    px_row_index_free(index);
    px_label_table_free(t);
}

enum { ROWS = 1000, PATIENTS = 150 };

/* Patients of 1 to about 20 rows, and every tenth row without one. */
static void make_patients(int32_t patients[ROWS]) {
    for (int i = 0; i < ROWS; i++)
        patients[i] = i % 10 == 0 ? -1 : (i * i / 7 + i / 50) % PATIENTS;
}

static void folds(void **state) {
    (void)state;
    int32_t patients[ROWS];
    int fold[ROWS], again[ROWS], other[ROWS], of_patient[PATIENTS], sizes[5] = {0};
    make_patients(patients);
    MUST(px_split_folds(patients, ROWS, 5, 42, fold, &err));
    MUST(px_split_folds(patients, ROWS, 5, 42, again, &err));
    MUST(px_split_folds(patients, ROWS, 5, 43, other, &err));
    assert_memory_equal(fold, again, sizeof fold);
    assert_memory_not_equal(fold, other, sizeof fold);
    memset(of_patient, -1, sizeof of_patient);
    for (int i = 0; i < ROWS; i++) {
        assert_true(fold[i] >= 0 && fold[i] < 5);
        sizes[fold[i]]++;
        if (patients[i] >= 0 && of_patient[patients[i]] < 0)
            of_patient[patients[i]] = fold[i];
        assert_true(patients[i] < 0 || of_patient[patients[i]] == fold[i]);
    }
    for (int f = 0; f < 5; f++)
        assert_in_range(sizes[f], 180, 220);
    MUST_FAIL(px_split_folds(patients, ROWS, 1, 1, fold, &err), PX_ERR_USAGE);
    MUST_FAIL(px_split_folds(patients, ROWS, 1001, 1, fold, &err), PX_ERR_USAGE);
    const int32_t two[] = {7, 7, 9};
    MUST_FAIL(px_split_folds(two, 3, 3, 1, fold, &err), PX_ERR_USAGE);
    MUST_FAIL(px_split_folds(two, 0, 2, 1, fold, &err), PX_ERR_USAGE);
    assert_memory_equal(fold, again, sizeof fold);
    MUST(px_split_folds(two, 3, 2, 1, fold, &err));
    assert_true(fold[0] == fold[1] && fold[0] != fold[2]);
}

static void parts(void **state) {
    (void)state;
    int32_t patients[ROWS];
    bool chosen[ROWS], again[ROWS];
    make_patients(patients);
    MUST(px_split_part(patients, ROWS, 0.2, 7, chosen, &err));
    MUST(px_split_part(patients, ROWS, 0.2, 7, again, &err));
    assert_memory_equal(chosen, again, sizeof chosen);
    int seen[PATIENTS], count[2] = {0};
    memset(seen, -1, sizeof seen);
    for (int i = 0; i < ROWS; i++) {
        if (patients[i] < 0) {
            count[chosen[i]]++;
        } else if (seen[patients[i]] < 0) {
            seen[patients[i]] = chosen[i];
            count[chosen[i]]++;
        } else {
            assert_int_equal(seen[patients[i]], chosen[i]);
        }
    }
    const int all = count[0] + count[1];
    assert_int_equal(count[1], (int)lround(0.2 * all));
    const int32_t two[] = {3, 3, 5};
    MUST(px_split_part(two, 3, 0.01, 1, chosen, &err));
    assert_true(chosen[0] == chosen[1] && chosen[0] != chosen[2]);
    MUST(px_split_part(two, 3, 0.99, 1, chosen, &err));
    assert_true(chosen[0] == chosen[1] && chosen[0] != chosen[2]);
    MUST_FAIL(px_split_part(two, 2, 0.5, 1, chosen, &err), PX_ERR_USAGE);
    MUST_FAIL(px_split_part(two, 3, 1, 1, chosen, &err), PX_ERR_USAGE);
    MUST_FAIL(px_split_part(two, 3, NAN, 1, chosen, &err), PX_ERR_USAGE);
}

static void texts_are_kept_once(void **state) {
    (void)state;
    px_names names = {0};
    px_error err = {0};
    char *large = malloc(1 << 20), text[32];
    memset(large, 'x', 1 << 20);
    large[(1 << 20) - 1] = '\0';
    assert_int_equal(px_names_find(&names, "a"), -1);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 20000; i++) {
            bool added;
            snprintf(text, sizeof text, "text number %d", i);
            const char *t = i == 1000 ? large : text;
            assert_int_equal(px_names_add(&names, t, &added, &err), i);
            assert_int_equal(added, round == 0);
        }
    }
    assert_int_equal(names.count, 20000);
    assert_string_equal(names.texts[19999], "text number 19999");
    assert_string_equal(names.texts[1000], large);
    assert_int_equal(px_names_find(&names, "text number 77"), 77);
    assert_int_equal(px_names_find(&names, "text number 1000"), -1);
    px_names_clear(&names);
    free(large);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(phantoms_boxes),
        cmocka_unit_test(nih_boxes),
        cmocka_unit_test(bad_boxes),
        cmocka_unit_test(rows_by_path),
        cmocka_unit_test(folds),
        cmocka_unit_test(parts),
        cmocka_unit_test(texts_are_kept_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
