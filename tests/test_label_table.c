/* Label tables: each format, each policy, what is left out and noted, what is refused and why. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../src/dataset/finding_names.h"
#include "../src/dataset/label_table.h"
#include "must.h"

#define CHEXPERT                                                                                   \
    "Path,Sex,Age,Frontal/Lateral,AP/PA,No Finding,Enlarged Cardiomediastinum,Cardiomegaly,Lung "  \
    "Opacity,Lung Lesion,Edema,Consolidation,Pneumonia,Atelectasis,Pneumothorax,Pleural "          \
    "Effusion,Pleural Other,Fracture,Support Devices\n"
#define P "CheXpert-v1.0-small/train/"
#define NIH                                                                                        \
    "Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,View "           \
    "Position,OriginalImage[Width,Height],OriginalImagePixelSpacing[x,y],\n"

static px_label_table *parse(const char *text, const px_label_options *options) {
    px_error err = {0};
    px_label_table *table = px_label_table_parse(text, strlen(text), "t.csv", options, &err);
    if (!table)
        fail_msg("%s: %s", err.subject, err.message);
    assert_int_equal(err.code, PX_OK);
    return table;
}

static void refuse(const char *text, const px_label_options *options, px_error_code code,
                   const char *message) {
    px_error err = {0};
    assert_null(px_label_table_parse(text, strlen(text), "t.csv", options, &err));
    if (err.code != code || !strstr(err.message, message))
        fail_msg("%s, %s: \"%s\" where \"%s\" should be", px_error_code_name(err.code), err.subject,
                 err.message, message);
}

static int label(const px_label_table *table, int64_t row, const char *finding) {
    const int f = px_label_table_finding(table, finding);
    assert_true(f >= 0);
    return table->labels[row * table->n_findings + f];
}

static const px_label_column *column(const px_label_table *table, const char *name) {
    for (int i = 0; i < table->n_columns; i++) {
        if (strcmp(table->columns[i].name, name) == 0)
            return &table->columns[i];
    }
    return NULL;
}

static const char *value(const px_label_table *table, const char *name, int64_t row) {
    const px_label_column *c = column(table, name);
    assert_non_null(c);
    return c->value[row] < 0 ? "" : c->values[c->value[row]];
}

/* What the notes of a kind say: "line: text;…". */
static void check_notes(const px_label_table *table, px_note_kind kind, const char *expected) {
    const px_note_list *list = &table->notes.kinds[kind];
    char seen[1000] = "";
    for (int i = 0; i < list->listed; i++) {
        const size_t used = strlen(seen);
        snprintf(seen + used, sizeof seen - used, "%d: %s;", (int)list->items[i].line,
                 list->items[i].text);
    }
    assert_string_equal(seen, expected);
    assert_int_equal(list->count, list->listed);
}

static const char chexpert[] = CHEXPERT P
    "patient00001/study1/view1_frontal.jpg,Female,68,Frontal,AP,1.0,,,,,,,,,0.0,,,,1.0\n" P
    "patient00002/study2/view1_frontal.jpg,Male,87,Frontal,PA,,,-1.0,1.0,,-1.0,-1.0,,-1.0,,-1.0,,"
    "1.0,\n" P
    "patient00002/study2/view2_lateral.jpg,Male,87,Lateral,,,,-1.0,1.0,,-1.0,-1.0,,-1.0,,"
    "-1.0,,1.0,\n" P
    "patient00002/study1/view1_frontal.jpg,Unknown,,Frontal,LL,,,,1.0,,,-1.0,,,,,,1.0,\n";

static void chexpert_with_its_own_conventions(void **state) {
    (void)state;
    px_label_table *t = parse(chexpert, NULL);
    assert_int_equal(t->format, PX_FORMAT_CHEXPERT);
    assert_int_equal(t->n_rows, 4);
    assert_int_equal(t->n_findings, 14);
    assert_string_equal(t->findings[10], "pleural_effusion");
    assert_int_equal(label(t, 0, "No Finding"), 1);
    assert_int_equal(label(t, 0, "Edema"), 0); /* blank */
    assert_int_equal(label(t, 1, "Edema"), PX_LABEL_MISSING);
    assert_int_equal(t->uncertain[14 + 5], 1);
    assert_int_equal(t->uncertain[14 + 3], 0);
    assert_int_equal(label(t, 1, "lung_opacity"), 1);
    assert_int_equal(t->n_patients, 2);
    assert_string_equal(t->patients[1], "patient00002");
    assert_int_equal(t->rows[3].patient, 1);
    assert_int_equal(t->n_studies, 3);
    assert_int_equal(t->rows[1].study, t->rows[2].study);
    assert_string_equal(t->studies[t->rows[3].study], P "patient00002/study1");
    assert_int_equal(t->rows[3].line, 5);
    assert_string_equal(value(t, "sex", 0), "female");
    assert_string_equal(value(t, "sex", 3), "");
    assert_string_equal(value(t, "view", 0), "AP");
    assert_string_equal(value(t, "view", 1), "PA");
    assert_string_equal(value(t, "view", 2), "lateral");
    assert_int_equal(column(t, "age")->kind, PX_COLUMN_AGE);
    assert_true(column(t, "age")->number[1] == 87);
    assert_true(isnan(column(t, "age")->number[3]));
    check_notes(t, PX_NOTE_VALUE_ODD, "");
    px_label_table_free(t);
}

static void every_policy_for_uncertain_and_blank(void **state) {
    (void)state;
    static const char *const asked[] = {"effusion", "cardiomegaly", "edema"};
    static const px_finding_policy own[] = {{"Oedema", PX_UNCERTAIN_ZEROS}};
    px_label_options options = {.findings = asked,
                                .n_findings = 3,
                                .uncertain = PX_UNCERTAIN_ONES,
                                .policies = own,
                                .n_policies = 1,
                                .blank = PX_BLANK_IGNORE};
    px_label_table *t = parse(chexpert, &options);
    assert_int_equal(t->n_findings, 3);
    assert_string_equal(t->findings[0], "effusion"); /* as asked for */
    assert_int_equal(label(t, 1, "effusion"), 1);
    assert_int_equal(label(t, 1, "edema"), 0);
    assert_int_equal(t->uncertain[3 + 2], 1);
    assert_int_equal(label(t, 3, "edema"), PX_LABEL_MISSING);
    check_notes(t, PX_NOTE_ROW_UNLABELLED,
                "2: " P "patient00001/study1/view1_frontal.jpg;5: " P
                "patient00002/study1/view1_frontal.jpg;");
    assert_int_equal(t->notes.kinds[PX_NOTE_FINDING_EXTRA].count, 11);
    px_label_table_free(t);
}

static void views_are_filtered(void **state) {
    (void)state;
    px_label_options options = {.views = PX_VIEWS_FRONTAL};
    px_label_table *t = parse(chexpert, &options);
    assert_int_equal(t->n_rows, 2); /* and LL is lateral, whatever the other column says */
    check_notes(t, PX_NOTE_ROW_FILTERED,
                "4: " P "patient00002/study2/view2_lateral.jpg;5: " P
                "patient00002/study1/view1_frontal.jpg;");
    assert_string_equal(value(t, "view", 1), "PA");
    px_label_table_free(t);
    options.views = PX_VIEWS_LATERAL;
    t = parse(chexpert, &options);
    assert_int_equal(t->n_rows, 2);
    assert_int_equal(t->rows[0].line, 4);
    assert_true(column(t, "age")->number[0] == 87);
    px_label_table_free(t);
    t = parse("path,edema\na.png,1\n", &options); /* nothing is known of views */
    assert_int_equal(t->n_rows, 1);
    px_label_table_free(t);
}

static void nih_with_its_words(void **state) {
    (void)state;
    static const char text[] =
        NIH "00000001_000.png,Cardiomegaly|Effusion,0,1,057Y,M,PA,2682,2749,0.143,0.143,\r\n"
            "00000001_001.png,No Finding,1,1,58,M,AP,2894,2729,0.143,0.143,\r\n"
            "00000002_000.png,Pleural_Thickening|Rare Thing,0,2,414,F,PA,2500,2048,0.168,0.168,\r\n"
            "00000003_000.png,,0,3,18M,F,XX,2500,2048,0.168,0.168,\r\n";
    px_label_table *t = parse(text, NULL);
    assert_int_equal(t->format, PX_FORMAT_NIH);
    assert_int_equal(t->n_findings, 15);
    assert_int_equal(label(t, 0, "Effusion"), 1);
    assert_int_equal(label(t, 0, "No Finding"), 0);
    assert_int_equal(label(t, 1, "No Finding"), 1);
    assert_int_equal(label(t, 1, "Hernia"), 0);
    assert_int_equal(label(t, 2, "pleural thickening"), 1);
    assert_int_equal(label(t, 3, "Hernia"), PX_LABEL_MISSING);
    assert_int_equal(t->n_patients, 3);
    assert_int_equal(t->rows[1].patient, 0);
    assert_true(column(t, "age")->number[0] == 57);
    assert_true(column(t, "age")->number[3] == 1.5f);
    assert_true(isnan(column(t, "age")->number[2]));
    assert_int_equal(t->n_columns, 3);
    check_notes(t, PX_NOTE_VALUE_ODD, "4: Patient Age \"414\";5: View Position \"XX\";");
    check_notes(t, PX_NOTE_FINDING_EXTRA, "0: Rare Thing (1 rows);");
    check_notes(t, PX_NOTE_ROW_UNLABELLED, "5: 00000003_000.png;");
    check_notes(
        t, PX_NOTE_COLUMN_UNUSED,
        "0: Follow-up #;0: OriginalImage[Width;0: Height];0: OriginalImagePixelSpacing[x;0: "
        "y];");
    px_label_table_free(t);
}

static void nih_and_findings_that_it_does_not_label(void **state) {
    (void)state;
    static const char *const asked[] = {"mass", "fracture", "rare_thing"};
    static const px_column_rename names[] = {{"Broken Bone", "fracture"}};
    px_label_options options = {.findings = asked, .n_findings = 3};
    static const char text[] = "Image Index,Finding Labels\na.png,No Finding\nb.png,Rare "
                               "Thing|Broken Bone\n";
    px_label_table *t = parse(text, &options);
    assert_true(t->has_finding[0] && !t->has_finding[1] && t->has_finding[2]);
    assert_int_equal(label(t, 0, "fracture"), PX_LABEL_MISSING);
    assert_int_equal(label(t, 1, "fracture"), PX_LABEL_MISSING);
    assert_int_equal(label(t, 0, "rare_thing"), 0); /* before the word was met */
    assert_int_equal(label(t, 1, "rare_thing"), 1);
    check_notes(t, PX_NOTE_FINDING_MISSING, "0: fracture;");
    check_notes(t, PX_NOTE_FINDING_EXTRA, "0: Broken Bone (1 rows);");
    assert_int_equal(t->n_patients, 0);
    assert_int_equal(t->rows[0].patient, -1);
    px_label_table_free(t);
    options.renames = names;
    options.n_renames = 1;
    t = parse(text, &options);
    assert_int_equal(label(t, 0, "fracture"), 0);
    assert_int_equal(label(t, 1, "fracture"), 1);
    px_label_table_free(t);
}

static void plain_tables(void **state) {
    (void)state;
    static const char text[] =
        "\xef\xbb\xbf"
        "Filename,patient,study,sex,age,view,hospital,notes,effusion,Mass\r\n"
        "\"a, b.png\",p1,s1,w,44.5,PA,North,,1,0.0\r\n"
        "c.png,p2,s1,m,,lateral,South,,,-1\r\n"
        "d.png,,s9,?,130,,North,,nan, 1 \r\n";
    px_label_table *t = parse(text, NULL);
    assert_int_equal(t->format, PX_FORMAT_PLAIN);
    assert_string_equal(t->rows[0].path, "a, b.png");
    assert_string_equal(t->findings[0], "pleural_effusion");
    assert_int_equal(label(t, 0, "mass"), 0);
    assert_int_equal(label(t, 1, "effusion"), PX_LABEL_MISSING);
    assert_int_equal(label(t, 1, "mass"), PX_LABEL_MISSING);
    assert_int_equal(label(t, 2, "effusion"), PX_LABEL_MISSING);
    assert_int_equal(label(t, 2, "mass"), 1);
    assert_int_equal(t->n_patients, 2);
    assert_int_equal(t->rows[2].patient, -1);
    assert_int_equal(t->n_studies, 3);
    assert_string_equal(t->studies[1], "p2/s1");
    assert_string_equal(t->studies[2], "s9");
    assert_int_equal(t->n_columns, 4);
    assert_string_equal(t->columns[0].name, "sex");
    assert_string_equal(value(t, "hospital", 2), "North");
    assert_string_equal(value(t, "sex", 0), "female");
    check_notes(t, PX_NOTE_VALUE_ODD, "4: sex \"?\";4: age \"130\";");
    check_notes(t, PX_NOTE_COLUMN_UNUSED, "0: notes: empty;");
    px_label_table_free(t);
}

static void columns_can_be_renamed(void **state) {
    (void)state;
    static const px_column_rename renames[] = {{"bild", "path"},
                                               {"Erguss rechts", "pleural_effusion"},
                                               {"path", "ignore"},
                                               {"fall-nr", "patient"},
                                               {"eigenes", "our_finding"}};
    px_label_options options = {.renames = renames, .n_renames = 5};
    px_label_table *t =
        parse("Bild,Path,Erguss Rechts,Fall_Nr,eigenes\na.png,/x,1,77,0\n", &options);
    assert_string_equal(t->rows[0].path, "a.png");
    assert_int_equal(label(t, 0, "effusion"), 1);
    assert_string_equal(t->findings[1], "our_finding");
    assert_int_equal(label(t, 0, "our_finding"), 0);
    assert_string_equal(t->patients[0], "77");
    px_label_table_free(t);
    refuse("bild,path,erguss rechts,fall_nr\na,b,1,2\n", &options, PX_ERR_USAGE,
           "t.csv has nothing called \"eigenes\"");
}

static void duplicates_are_merged_or_left_out(void **state) {
    (void)state;
    px_label_table *t = parse("path,patient,edema,mass\n"
                              "a.png,1,1,0\n"
                              "b.png,2,0,0\n"
                              "a.png,1,1.0,0\n"
                              "c.png,3,0,1\n"
                              "b.png,2,1,0\n"
                              "b.png,2,0,0\n"
                              "d.png,3,0,1\n"
                              "d.png,4,0,1\n",
                              NULL);
    assert_int_equal(t->rows_read, 8);
    assert_int_equal(t->n_rows, 2);
    assert_string_equal(t->rows[0].path, "a.png");
    assert_string_equal(t->rows[1].path, "c.png");
    assert_int_equal(label(t, 1, "mass"), 1);
    check_notes(t, PX_NOTE_ROW_DUPLICATE, "4: a.png (as in line 2);7: b.png (as in line 3);");
    check_notes(t, PX_NOTE_ROW_CONTRADICTORY, "3: b.png;6: b.png;8: d.png;9: d.png;");
    px_label_table_free(t);
}

static void long_lists_are_cut_but_counted(void **state) {
    (void)state;
    char text[4000] = "path,edema\n";
    for (int i = 0; i < 30; i++)
        snprintf(text + strlen(text), 32, "%d.png,\n", i);
    px_label_options options = {.notes_cap = 3};
    px_label_table *t = parse(text, &options);
    assert_int_equal(t->notes.kinds[PX_NOTE_ROW_UNLABELLED].count, 30);
    assert_int_equal(t->notes.kinds[PX_NOTE_ROW_UNLABELLED].listed, 3);
    px_buffer shown;
    px_buffer_init(&shown, 10000);
    MUST(px_notes_print(&t->notes, &shown, &err));
    assert_string_equal((char *)shown.data, "30 rows without a label of these findings\n"
                                            "  line 2: 0.png\n  line 3: 1.png\n  line 4: 2.png\n"
                                            "  \xe2\x80\xa6 and 27 more\n");
    px_buffer_clear(&shown);
    px_label_table_free(t);
}

/* More values than make subgroups, and a table that grows several times. */
static void many_rows(void **state) {
    (void)state;
    enum { ROWS = 3000 };
    char *text = malloc(ROWS * 64 + 100), *at = text;
    at += snprintf(at, 100, "path,patient,site,free text,mass,nodule\n");
    for (int i = 0; i < ROWS; i++)
        at += snprintf(at, 64, "f/%d.png,%d,s%d,t%d,%d,%d\n", i, i / 3, i % 64, i % 65, i % 2,
                       i % 3 == 0);
    px_label_table *t = parse(text, NULL);
    assert_int_equal(t->n_rows, ROWS);
    assert_int_equal(t->n_patients, ROWS / 3);
    assert_int_equal(t->n_columns, 1);
    assert_int_equal(column(t, "site")->n_values, 64);
    for (int i = 0; i < ROWS; i++) {
        char name[16];
        snprintf(name, sizeof name, "s%d", i % 64);
        assert_string_equal(value(t, "site", i), name);
        assert_int_equal(t->labels[2 * i], i % 2);
        assert_int_equal(t->labels[2 * i + 1], i % 3 == 0);
        assert_int_equal(t->rows[i].patient, i / 3);
    }
    check_notes(t, PX_NOTE_COLUMN_UNUSED, "0: free text: too many values;");
    px_label_table_free(t);
    free(text);
}

static void what_is_refused(void **state) {
    (void)state;
    static const char *const asked[] = {"mass"};
    static const char *const twice[] = {"effusion", "pleural_effusion"};
    static const px_finding_policy unknown[] = {{"mass", PX_UNCERTAIN_ONES}};
    const px_label_options mass = {.findings = asked, .n_findings = 1};
    const px_label_options same = {.findings = twice, .n_findings = 2};
    const px_label_options policy = {.policies = unknown, .n_policies = 1};
    const px_label_options nih = {.format = PX_FORMAT_NIH};
    refuse("", NULL, PX_ERR_INPUT, "empty");
    refuse("a,b\n", NULL, PX_ERR_INPUT, "line 1: not a header of a label table");
    refuse("path,colour\na.png,red\n", NULL, PX_ERR_INPUT, "line 1: no column is a finding");
    refuse("path,edema\n", NULL, PX_ERR_INPUT, "no row is left of 0");
    refuse("path,edema\na.png,1\nb.png,2\n", NULL, PX_ERR_INPUT,
           "line 3: column \"edema\": \"2\" is no label");
    refuse("path,edema\na.png,1x\n", NULL, PX_ERR_INPUT, "line 2: column");
    refuse("path,edema\na.png\n", NULL, PX_ERR_INPUT, "line 2: 1 fields, where the header has 2");
    refuse("path,edema\n\"a\nb\",1\nc,1,2\n", NULL, PX_ERR_INPUT, "line 4: 3 fields");
    refuse("path,edema\n,1\n", NULL, PX_ERR_INPUT, "line 2: no path");
    refuse("path,edema,Oedema\na,1,1\n", NULL, PX_ERR_INPUT,
           "the columns \"edema\" and \"Oedema\" mean the same finding");
    refuse("path,file,edema\na,b,1\n", NULL, PX_ERR_INPUT,
           "the columns \"path\" and \"file\" mean the same");
    refuse("path,edema\na.png,1\n", &mass, PX_ERR_INPUT, "none of the findings asked for");
    refuse("path,edema\na.png,1\n", &same, PX_ERR_USAGE, "mean the same");
    refuse("path,edema\na.png,1\n", &policy, PX_ERR_USAGE, "no finding of this table");
    refuse("path,edema\na.png,1\n", &nih, PX_ERR_INPUT, "no column Finding Labels");
    refuse("path,edema\na.png,0\na.png,1\n", NULL, PX_ERR_INPUT, "no row is left of 2");
    refuse("path,edema\nf\xfcr.png,1\n", NULL, PX_ERR_INPUT, "line 2: not UTF-8");
    px_error err = {0};
    assert_null(px_label_table_read("/nowhere/t.csv", NULL, &err));
    assert_int_equal(err.code, PX_ERR_IO);
    assert_string_equal(err.subject, "/nowhere/t.csv");
}

static void names_of_findings(void **state) {
    (void)state;
    static const char *const same[][2] = {
        {"Effusion", "pleural_effusion"},        {"Pleural-Effusion", "PLEURAL  EFFUSION"},
        {"Cardiac enlargement", "Cardiomegaly"}, {"Pleural_Thickening", "pleural thickening"},
        {"Lung Opacity", "lung_opacity"},        {"No Finding", "normal"},
        {"Infiltrate", "Infiltration"},          {"Pulmonary edema", "Oedema"},
        {"Support Devices", "support device"},   {"our thing", "Our_Thing"}};
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        if (!px_finding_same(same[i][0], same[i][1]))
            fail_msg("%s and %s", same[i][0], same[i][1]);
    }
    static const char *const different[][2] = {{"Mass", "Nodule"},
                                               {"Lung Lesion", "Mass"},
                                               {"Pleural Other", "Pleural Effusion"},
                                               {"Edema", "Emphysema"},
                                               {"", ""},
                                               {"fusion", "effusion"},
                                               {"mass nodule", "mass"},
                                               {"No Finding", "NoFinding"}};
    for (size_t i = 0; i < sizeof different / sizeof different[0]; i++)
        assert_false(px_finding_same(different[i][0], different[i][1]));
    char id[PX_FINDING_ID];
    px_finding_canonical(" ** Fibrosis, other (2)!", id);
    assert_string_equal(id, "fibrosis_other_2");
    px_finding_canonical("a234567890123456789012345678901234567890123456789012345678901234", id);
    assert_int_equal(strlen(id), 64);
    px_finding_canonical("a2345678901234567890123456789012345678901234567890123456789012345", id);
    assert_string_equal(id, "");
    assert_string_equal(px_finding_title("effusion"), "Pleural Effusion");
    assert_null(px_finding_title("our_finding"));
    assert_true(px_finding_is_known("hiatal hernia"));
    assert_false(px_finding_is_known("hiatal"));
}

/* The real tables, where they are: 1,458 and 323 rows of NIH's. */
static void real_tables(void **state) {
    (void)state;
    static const struct {
        const char *table, *folder;
        int rows;
    } sets[] = {{"train.csv", "train", 1458}, {"valid.csv", "valid", 323}};
    for (int i = 0; i < 2; i++) {
        char path[200];
        px_error failure = {0};
        snprintf(path, sizeof path, SHARED "/data/nih/%s", sets[i].table);
        px_label_table *t = px_label_table_read(path, NULL, &failure);
        if (!t && failure.code == PX_ERR_IO)
            skip();
        assert_non_null(t);
        assert_int_equal(t->n_rows, sets[i].rows);
        assert_true(t->n_patients > 50 && t->n_patients < t->n_rows);
        for (int f = 0; f < t->n_findings; f++)
            assert_true(t->has_finding[f]);
        assert_int_equal(t->notes.kinds[PX_NOTE_FINDING_EXTRA].count, 0);
        snprintf(path, sizeof path, SHARED "/data/nih/%s", sets[i].folder);
        px_image_source *source = px_image_source_open(path, &failure);
        assert_non_null(source);
        MUST(px_label_table_find_images(t, source, &err));
        assert_int_equal(t->n_rows, sets[i].rows);
        assert_int_equal(t->notes.kinds[PX_NOTE_IMAGE_UNLABELLED].count, 0);
        px_image_source_free(source);
        px_label_table_free(t);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chexpert_with_its_own_conventions),
        cmocka_unit_test(every_policy_for_uncertain_and_blank),
        cmocka_unit_test(views_are_filtered),
        cmocka_unit_test(nih_with_its_words),
        cmocka_unit_test(nih_and_findings_that_it_does_not_label),
        cmocka_unit_test(plain_tables),
        cmocka_unit_test(columns_can_be_renamed),
        cmocka_unit_test(duplicates_are_merged_or_left_out),
        cmocka_unit_test(long_lists_are_cut_but_counted),
        cmocka_unit_test(many_rows),
        cmocka_unit_test(what_is_refused),
        cmocka_unit_test(names_of_findings),
        cmocka_unit_test(real_tables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
