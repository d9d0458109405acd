/* The ensemble file: what is read, what is refused and with which words, and writing it back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../src/base/file.h"
#include "../src/reader/ensemble.h"
#include "../src/reader/ensemble_calibration.h"

#define HASH_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HASH_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static const char good[] =
    "{\"format\":\"perxeptron-ensemble/1\",\"name\":\"Two\",\n"
    "\"findings\":[{\"id\":\"edema\",\"name\":\"Edema\"},{\"id\":\"mass_1\",\"name\":\"Mass\"}],\n"
    "\"members\":[{\"name\":\"a\",\"file\":\"a.safetensors\",\"sha256\":\"" HASH_A "\",\n"
    "\"weights\":{\"edema\":0.5,\"mass_1\":1}},\n"
    "{\"name\":\"b\",\"file\":\"below/b.safetensors\",\"sha256\":\"" HASH_B "\",\n"
    "\"weights\":{\"edema\":1.5}}],\n"
    "\"operating_points\":{\"method\":\"youden\",\"data\":\"valid\",\"images\":234,\n"
    "\"thresholds\":{\"edema\":0.2412},\"members\":{\"a\":\"" HASH_A "\",\"b\":\"" HASH_B "\"}},\n"
    "\"calibration\":{\"method\":\"platt\",\"parameters\":{\"mass_1\":[1.5,-0.25]}},\n"
    "\"card\":{\"anything\":[1,{\"goes\":null}]}}\n";

static bool parse(const char *text, px_ensemble *ensemble, px_error *err) {
    px_ensemble_init(ensemble);
    *err = (px_error){0};
    return px_ensemble_parse(text, strlen(text), ensemble, err);
}

static void check_good(const px_ensemble *e) {
    assert_string_equal(e->name, "Two");
    assert_int_equal(e->n_findings, 2);
    assert_int_equal(e->n_members, 2);
    assert_string_equal(e->findings[1].id, "mass_1");
    assert_string_equal(e->findings[1].name, "Mass");
    assert_true(e->findings[0].has_threshold);
    assert_true(e->findings[0].threshold == 0.2412);
    assert_false(e->findings[1].has_threshold);
    assert_false(e->findings[0].has_calibration);
    assert_true(e->findings[1].has_calibration);
    assert_int_equal(e->findings[1].calibration.method, PX_CALIBRATION_PLATT);
    assert_true(e->findings[1].calibration.a == 1.5 && e->findings[1].calibration.b == -0.25);
    assert_string_equal(e->members[1].file, "below/b.safetensors");
    assert_string_equal(e->members[1].sha256, HASH_B);
    assert_true(e->members[1].weights[0] == 1.5);
    assert_true(e->members[1].weights[1] == 0);
    assert_true(px_ensemble_total_weight(e, 0) == 2.0);
    assert_int_equal(px_ensemble_find(e, "mass_1"), 1);
    assert_int_equal(px_ensemble_find(e, "mass"), -1);
    assert_int_equal(json_array_size(json_object_get(e->card, "anything")), 2);
}

static void a_whole_file_is_read(void **state) {
    (void)state;
    px_ensemble e;
    px_error err;
    assert_true(parse(good, &e, &err));
    check_good(&e);
    assert_int_equal(strlen(e.version), 16);
    assert_true(px_ensemble_check_measured(&e, &err));
    px_ensemble_clear(&e);
}

static void written_files_are_read_back(void **state) {
    (void)state;
    char folder[] = "/tmp/px_ensemble_XXXXXX";
    assert_non_null(mkdtemp(folder));
    char file[64];
    snprintf(file, sizeof file, "%s/e.json", folder);
    px_ensemble e, again;
    px_error err;
    assert_true(parse(good, &e, &err));
    assert_true(px_ensemble_save(&e, file, &err));
    px_ensemble_init(&again);
    assert_true(px_ensemble_load(file, &again, &err));
    check_good(&again);
    assert_true(json_equal(e.operating_points, again.operating_points));
    assert_string_not_equal(e.version, again.version); /* other bytes */
    px_ensemble_clear(&again);
    px_ensemble_clear(&e);
    unlink(file);
    assert_false(px_ensemble_load(file, &again, &err));
    assert_int_equal(err.code, PX_ERR_IO);
    assert_string_equal(err.subject, file);
    static char long_text[(4 << 20) + 1];
    memset(long_text, 'x', sizeof long_text - 1);
    err = (px_error){0};
    assert_true(parse(good, &e, &err));
    json_object_set_new(e.card, "long", json_string(long_text));
    assert_false(px_ensemble_save(&e, file, &err));
    assert_int_equal(err.code, PX_ERR_LIMIT);
    assert_int_equal(access(file, F_OK), -1);
    px_ensemble_clear(&e);
    rmdir(folder);
}

static void truncated_files_are_refused(void **state) {
    (void)state;
    for (size_t i = 0; i < 16; i++) {
        px_ensemble e;
        px_ensemble_init(&e);
        px_error err = {0};
        assert_false(px_ensemble_parse(good, (sizeof good - 1) * i / 16, &e, &err));
        assert_int_equal(err.code, PX_ERR_INPUT);
        assert_non_null(strstr(err.message, "line "));
        assert_null(e.name);
        assert_null(e.findings);
    }
}

/* A copy of the good file with one piece replaced. */
static char *edit(const char *piece, const char *by) {
    const char *at = strstr(good, piece);
    assert_non_null(at);
    size_t before = (size_t)(at - good);
    char *text = NULL;
    assert_true(asprintf(&text, "%.*s%s%s", (int)before, good, by, at + strlen(piece)) > 0);
    return text;
}

#define ISOTONIC(knots) "{\"method\":\"isotonic\",\"parameters\":" knots "}"

typedef struct bad_edit {
    const char *piece, *by;
    px_error_code code;
    const char *says;
} bad_edit;

static const bad_edit bad_edits[] = {
    {"perxeptron-ensemble/1", "perxeptron-ensemble/2", PX_ERR_UNSUPPORTED, "ensemble/2"},
    {"perxeptron-ensemble/1", "onnx", PX_ERR_INPUT, "not an ensemble file"},
    {"\"name\":\"Two\"", "\"nom\":\"Two\"", PX_ERR_INPUT, "unknown key \"nom\""},
    {"\"name\":\"Two\"", "\"name\":\"\"", PX_ERR_INPUT, "the file.name"},
    {"\"name\":\"Two\"", "\"name\":\"T\\u0007\"", PX_ERR_INPUT, "control character"},
    {"\"name\":\"Two\"", "\"name\":\"Two\",\"name\":\"T\"", PX_ERR_INPUT, "duplicate"},
    {"\"id\":\"edema\"", "\"id\":\"Edema/..\"", PX_ERR_INPUT, "findings[0].id"},
    {"\"id\":\"mass_1\"", "\"id\":\"edema\"", PX_ERR_INPUT, "findings[1].id \"edema\" is there"},
    {"{\"id\":\"edema\",\"name\":\"Edema\"}", "7", PX_ERR_INPUT, "findings[0]"},
    {"\"name\":\"b\"", "\"name\":\"a\"", PX_ERR_INPUT, "members[1].name \"a\" is there twice"},
    {"below/b", "../b", PX_ERR_INPUT, "members[1].file"},
    {"below/b", "/b", PX_ERR_INPUT, "members[1].file"},
    {"below/b", "below//b", PX_ERR_INPUT, "members[1].file"},
    {"below/b.safetensors", "below/..", PX_ERR_INPUT, "members[1].file"},
    {HASH_A, "AAAA", PX_ERR_INPUT, "members[0].sha256"},
    {"\"edema\":1.5", "\"edema\":-1", PX_ERR_INPUT, "members[1].weights.edema"},
    {"\"edema\":1.5", "\"edema\":\"1\"", PX_ERR_INPUT, "members[1].weights.edema"},
    {"\"edema\":1.5", "\"oedema\":1", PX_ERR_INPUT, "members[1].weights.oedema"},
    {"\"mass_1\":1}", "\"mass_1\":0}", PX_ERR_INPUT, "finding mass_1"},
    {"\"weights\":{\"edema\":1.5}", "\"weight\":{}", PX_ERR_INPUT, "unknown key \"weight\""},
    {"\"edema\":0.2412", "\"edema\":1.2", PX_ERR_INPUT, "operating_points.thresholds.edema"},
    {"\"edema\":0.2412", "\"e\":0.2", PX_ERR_INPUT, "operating_points.thresholds.e"},
    {"\"images\":234", "\"images\":-1", PX_ERR_INPUT, "operating_points.images"},
    {"\"images\":234", "\"imges\":1", PX_ERR_INPUT, "unknown key \"imges\""},
    {"\"b\":\"" HASH_B, "\"b\":\"x", PX_ERR_INPUT, "operating_points.members.b"},
    {"\"platt\"", "\"beta\"", PX_ERR_UNSUPPORTED, "calibration.method is \"beta\""},
    {"\"platt\"", "\"isotonic\"", PX_ERR_INPUT, "calibration.parameters.mass_1[0]"},
    {"\"platt\"", "\"temperature\"", PX_ERR_INPUT, "calibration.parameters.mass_1"},
    {"\"platt\"", "7", PX_ERR_INPUT, "calibration.method"},
    {"[1.5,-0.25]", "{\"method\":\"beta\",\"parameters\":1}", PX_ERR_UNSUPPORTED, "mass_1"},
    {"[1.5,-0.25]", "{\"method\":\"platt\"}", PX_ERR_INPUT, "\"parameters\""},
    {"[1.5,-0.25]", "{\"method\":\"platt\",\"parameters\":[1,0],\"a\":1}", PX_ERR_INPUT, "mass_1"},
    {"[1.5,-0.25]", "{\"method\":\"temperature\",\"parameters\":0}", PX_ERR_INPUT, "0.01"},
    {"[1.5,-0.25]", "{\"method\":\"temperature\",\"parameters\":101}", PX_ERR_INPUT, "100"},
    {"[1.5,-0.25]", ISOTONIC("[]"), PX_ERR_INPUT, "knots"},
    {"[1.5,-0.25]", ISOTONIC("[[0.1,0.2],[0.1,0.3]]"), PX_ERR_INPUT, "mass_1[1]"},
    {"[1.5,-0.25]", ISOTONIC("[[0.1,0.2],[0.2,0.1]]"), PX_ERR_INPUT, "mass_1[1]"},
    {"[1.5,-0.25]", ISOTONIC("[[0.1,1.2]]"), PX_ERR_INPUT, "mass_1[0]"},
    {"[1.5,-0.25]", ISOTONIC("[[-0.1,0.2]]"), PX_ERR_INPUT, "mass_1[0]"},
    {"[1.5,-0.25]", ISOTONIC("[[0.1,0.2,0.3]]"), PX_ERR_INPUT, "mass_1[0]"},
    {"[1.5,-0.25]", ISOTONIC("{\"0.1\":0.2}"), PX_ERR_INPUT, "knots"},
    {"[1.5,-0.25]", "[1.5]", PX_ERR_INPUT, "calibration.parameters.mass_1"},
    {"[1.5,-0.25]", "[0,1]", PX_ERR_INPUT, "calibration.parameters.mass_1"},
    {"{\"anything\":[1,{\"goes\":null}]}", "[]", PX_ERR_INPUT, "card"},
};

static void each_mistake_is_named(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof bad_edits / sizeof bad_edits[0]; i++) {
        const bad_edit *bad = &bad_edits[i];
        char *text = edit(bad->piece, bad->by);
        px_ensemble e;
        px_error err;
        if (parse(text, &e, &err) || err.code != bad->code || !strstr(err.message, bad->says))
            fail_msg("%s -> %s: %d \"%s\"", bad->piece, bad->by, err.code, err.message);
        assert_null(e.members);
        free(text);
    }
}

/* What a finding's calibration gives, when its parameters stand in the file as `text` does. */
static double probability(const char *method, const char *text, double score) {
    char block[256];
    snprintf(block, sizeof block, "{\"method\":\"%s\",\"parameters\":{\"mass_1\":%s}}", method,
             text);
    char *file = edit("{\"method\":\"platt\",\"parameters\":{\"mass_1\":[1.5,-0.25]}}", block);
    px_ensemble e;
    px_error err;
    if (!parse(file, &e, &err))
        fail_msg("%s: %s", text, err.message);
    assert_true(e.findings[1].has_calibration);
    double value = px_calibration_apply(&e.findings[1].calibration, score);
    px_ensemble_clear(&e);
    free(file);
    return value;
}

static double sigmoid(double x) {
    return 1 / (1 + exp(-x));
}

static void each_calibration_is_applied(void **state) {
    (void)state;
    const double logit = log(0.3 / 0.7), exact = 1e-12;
    assert_float_equal(probability("platt", "[1.5,-0.25]", 0.3), sigmoid(1.5 * logit - 0.25),
                       exact);
    assert_float_equal(probability("temperature", "2.5", 0.3), sigmoid(logit / 2.5), exact);
    assert_float_equal(probability("isotonic", "[[0.2,0.1],[0.4,0.6]]", 0.3), 0.35, exact);
    assert_float_equal(probability("isotonic", "[[0.2,0.1],[0.4,0.6]]", 0.9), 0.6, exact);
    assert_float_equal(probability("isotonic", "[[0.2,0.1],[0.4,0.6]]", 0.1), 0.1, exact);
    assert_float_equal(probability("isotonic", "[[0.5,0.5]]", 0.1), 0.5, exact);
    assert_float_equal(probability("platt", "{\"method\":\"temperature\",\"parameters\":2.5}", 0.3),
                       sigmoid(logit / 2.5), exact);
    assert_float_equal(probability("isotonic", "{\"method\":\"platt\",\"parameters\":[1,1]}", 0.3),
                       sigmoid(logit + 1), exact);
}

static void calibrations_are_written_as_they_are_read(void **state) {
    (void)state;
    static const char *const texts[] = {"[1.5, -0.25]", "2.5", "[[0.2, 0.1], [0.4, 0.6]]",
                                        "{\"method\": \"temperature\", \"parameters\": 2.5}"};
    static const px_calibration_method methods[] = {PX_CALIBRATION_PLATT,
                                                    PX_CALIBRATION_TEMPERATURE,
                                                    PX_CALIBRATION_ISOTONIC, PX_CALIBRATION_PLATT};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        json_t *value = json_loads(texts[i], JSON_DECODE_ANY, NULL);
        px_calibration calibration = {0};
        assert_true(px_ensemble_calibration_parse(value, methods[i], "x", &calibration, NULL));
        json_t *again = px_ensemble_calibration_to_json(&calibration, methods[i]);
        assert_true(json_equal(value, again));
        json_decref(value);
        json_decref(again);
        px_calibration_clear(&calibration);
    }
}

static void thresholds_of_other_members_are_refused(void **state) {
    (void)state;
    const char *const others[][2] = {
        {"\"b\":\"" HASH_B, "\"b\":\"" HASH_A},
        {",\"b\":\"" HASH_B "\"}", "}"},
        {"\"b\":\"" HASH_B "\"}", "\"b\":\"" HASH_B "\",\"c\":\"" HASH_B "\"}"}};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        char *text = edit(others[i][0], others[i][1]);
        px_ensemble e;
        px_error err;
        assert_true(parse(text, &e, &err));
        assert_false(px_ensemble_check_measured(&e, &err));
        assert_int_equal(err.code, PX_ERR_MISMATCH);
        assert_non_null(strstr(err.message, "operating_points"));
        px_ensemble_clear(&e);
        free(text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_whole_file_is_read),
                                       cmocka_unit_test(written_files_are_read_back),
                                       cmocka_unit_test(truncated_files_are_refused),
                                       cmocka_unit_test(each_mistake_is_named),
                                       cmocka_unit_test(each_calibration_is_applied),
                                       cmocka_unit_test(calibrations_are_written_as_they_are_read),
                                       cmocka_unit_test(thresholds_of_other_members_are_refused)};
    return cmocka_run_group_tests_name("ensemble", tests, NULL, NULL);
}
