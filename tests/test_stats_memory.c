/* Statistics when memory runs out at each allocation in turn: an error, and nothing lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "../src/stats/auc.h"
#include "../src/stats/bootstrap.h"
#include "../src/stats/calibration.h"
#include "../src/stats/net_benefit.h"
#include "../src/stats/precision_recall.h"
#include "failing_memory.h"
#include "stats_rows.h"

static stats_rows rows;

static bool compare(px_error *err) {
    px_auc_comparison c;
    return px_auc_compare(rows.a, rows.b, rows.labels, rows.n, 0.95, &c, err);
}

static bool area(px_error *err) {
    double auc;
    return px_auc(rows.a, rows.labels, rows.n, &auc, err);
}

static bool curve(px_error *err) {
    px_pr pr = {0};
    bool ok = px_pr_compute(rows.a, rows.labels, rows.n, &pr, err);
    px_pr_clear(&pr);
    return ok;
}

static bool benefit(px_error *err) {
    px_net_benefit_point point;
    return px_net_benefit_compute(rows.a, rows.labels, rows.n, (const double[]){0.5}, 1, &point,
                                  err);
}

static bool bootstrap_of(px_bootstrap_scheme scheme, px_bootstrap_statistic statistic,
                         px_error *err) {
    const px_bootstrap_set sets[] = {{rows.a, rows.labels}, {rows.b, rows.labels}};
    const px_bootstrap_options options = {scheme, NULL, 10, 1, NULL};
    px_bootstrap_interval out;
    return scheme == PX_BOOTSTRAP_CLUSTERED
               ? px_bootstrap_mean(sets, 2, rows.n, statistic, 0.5, &options, 0.95, &out, err)
               : px_bootstrap_one(sets, rows.n, statistic, 0.5, &options, 0.95, &out, err);
}

static bool mean_brier(px_error *err) {
    return bootstrap_of(PX_BOOTSTRAP_CLUSTERED, PX_BOOTSTRAP_BRIER, err);
}

static bool stratified_log_loss(px_error *err) {
    return bootstrap_of(PX_BOOTSTRAP_STRATIFIED, PX_BOOTSTRAP_LOG_LOSS, err);
}

static bool cross_fit(px_calibration_method method, px_error *err) {
    double probabilities[STATS_MOST_ROWS];
    return px_calibration_cross_fit(method, rows.a, rows.labels, NULL, rows.n, 2, 1, probabilities,
                                    err);
}

static bool cross_fit_platt(px_error *err) {
    return cross_fit(PX_CALIBRATION_PLATT, err);
}

static bool cross_fit_isotonic(px_error *err) {
    return cross_fit(PX_CALIBRATION_ISOTONIC, err);
}

static void each_allocation_may_fail(void **state) {
    (void)state;
    const stats_case from = {50, 10, 0.4, 3};
    stats_rows_make(&from, &rows);
    exhaust(area, 2);
    exhaust(compare, 6);
    exhaust(curve, 4);
    exhaust(benefit, 3);
    exhaust(mean_brier, 20);
    exhaust(stratified_log_loss, 15);
    exhaust(cross_fit_platt, 10);
    exhaust(cross_fit_isotonic, 20);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_allocation_may_fail)};
    return cmocka_run_group_tests_name("stats_memory", tests, NULL, NULL);
}
