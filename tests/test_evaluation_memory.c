/* Measuring, submission file and lists when memory runs out at each allocation in turn: an error,
 * and nothing lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <unistd.h>

#include "../src/evaluate/evaluate_table.h"
#include "../src/evaluate/submission.h"
#include "failing_memory.h"

enum { N = 60 };

static double scores[2][N];
static int8_t labels[N];
static int32_t patients[N], groups[N];

static void make_rows(void) {
    for (int i = 0; i < N; i++) {
        labels[i] = (int8_t)(i % 2);
        scores[0][i] = (i * 7 % N) / (double)N;
        scores[1][i] = (i * 11 % N) / (double)N;
        patients[i] = i / 2;
        groups[i] = i / 30;
    }
}

static px_measure_input make_input(void) {
    static const char *const ids[] = {"edema"}, *const names[] = {"ensemble", "one"};
    static const double *const columns[] = {scores[0], scores[1]};
    return (px_measure_input){.n = N,
                              .n_findings = 1,
                              .n_scorers = 2,
                              .findings = ids,
                              .scorers = names,
                              .has_ensemble = true,
                              .labels = labels,
                              .scores = columns,
                              .patients = patients,
                              .level = 0.95,
                              .rounds = 5,
                              .seed = 1};
}

static bool measure(px_error *err) {
    static const char *const values[] = {"a", "b"};
    const px_measure_column column = {"site", 2, values, groups};
    const px_measure_input input = make_input();
    px_evaluation e;
    px_evaluation_init(&e);
    bool ok = px_measure_scorers(&input, &e, err) &&
              px_measure_subgroups(&input, &column, 1, &e, err) &&
              px_evaluation_add_left_out(&e, "rows", 3, err);
    px_evaluation_clear(&e);
    return ok;
}

static bool check_heat(px_error *err) {
    const px_prediction_heat map = {.there = true, .box = {0, 0, 1, 1}};
    const px_prediction_heat *const heat[] = {&map};
    const px_heat_box box = {0, 0, {0, 0, 1, 1}};
    px_evaluation e;
    px_evaluation_init(&e);
    e.findings = calloc(1, sizeof *e.findings);
    e.n_findings = e.findings ? 1 : 0;
    bool ok = e.findings && px_heat_check(heat, &box, 1, 0.5, &e, err);
    if (!e.findings) /* the test's own allocation is counted, too */
        err->code = PX_ERR_MEMORY;
    px_evaluation_clear(&e);
    return ok;
}

static bool submit(px_error *err) {
    static const char *const studies[] = {"s/2", "s/1", "s/2"}, *const titles[] = {"Edema"};
    static const double *const columns[] = {scores[0]};
    const px_submission submission = {3, studies, 1, titles, columns};
    return px_submission_write(&submission, "/tmp/px_submission_memory.csv", NULL, NULL, err);
}

static void measuring_survives(void **state) {
    (void)state;
    make_rows();
    exhaust(measure, 40);
}

static void heat_maps_survive(void **state) {
    (void)state;
    exhaust(check_heat, 4);
}

static void a_submission_survives(void **state) {
    (void)state;
    make_rows();
    exhaust(submit, 3);
    unlink("/tmp/px_submission_memory.csv");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(measuring_survives),
        cmocka_unit_test(heat_maps_survive),
        cmocka_unit_test(a_submission_survives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
