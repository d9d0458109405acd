/* Statistics against scikit-learn's, SciPy's and a published example. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>

#include "../src/stats/agreement.h"
#include "../src/stats/auc.h"
#include "../src/stats/bootstrap_set.h"
#include "../src/stats/calibration.h"
#include "../src/stats/net_benefit.h"
#include "../src/stats/normal.h"
#include "../src/stats/operating_point.h"
#include "../src/stats/precision_recall.h"
#include "../src/stats/rates.h"
#include "../src/stats/reliability.h"
#include "../src/stats/roc.h"
#include "must.h"
#include "stats_reference.h"

enum { N_REFERENCES = sizeof stats_references / sizeof stats_references[0] };

/* To 1e-9, of the value where that is above 1; NaN equals NaN. */
static bool near(double value, double expected) {
    return (isnan(value) && isnan(expected)) ||
           fabs(value - expected) <= 1e-9 * fmax(1, fabs(expected));
}

#define CLOSE(value, expected)                                                                     \
    do {                                                                                           \
        double is = (value), should = (expected);                                                  \
        if (!near(is, should))                                                                     \
            fail_msg("n %d: %s is %.17g, not %.17g", r->rows.n, #value, is, should);               \
    } while (0)
#define CLOSE_PAIR(interval, expected)                                                             \
    do {                                                                                           \
        px_interval pair = (interval);                                                             \
        CLOSE(pair.low, (expected)[0]);                                                            \
        CLOSE(pair.high, (expected)[1]);                                                           \
    } while (0)

/* Run a check on each case's rows. */
static void for_each(void (*check)(const stats_reference *r, const stats_rows *rows)) {
    static stats_rows rows;
    for (int i = 0; i < N_REFERENCES; i++) {
        stats_rows_make(&stats_references[i].rows, &rows);
        check(&stats_references[i], &rows);
    }
}

static void check_curves(const stats_reference *r, const stats_rows *rows) {
    px_roc roc = {0};
    px_pr pr = {0};
    MUST(px_roc_compute(rows->a, rows->labels, rows->n, &roc, &err));
    MUST(px_pr_compute(rows->a, rows->labels, rows->n, &pr, &err));
    CLOSE((double)roc.n_points, r->points);
    CLOSE((double)pr.n_points, r->points);
    double sums[5] = {0}, index = 1;
    for (size_t i = 0; i < roc.n_points; i++, index++) {
        sums[0] += index * roc.points[i].tpr;
        sums[1] += index * roc.points[i].fpr;
        sums[2] += i > 0 ? index * roc.points[i].threshold : 0;
        sums[3] += pr.points[i].precision;
        sums[4] += pr.points[i].recall;
        assert_true(pr.points[i].threshold == roc.points[i].threshold);
    }
    CLOSE(sums[0], r->sum_tpr);
    CLOSE(sums[1], r->sum_fpr);
    CLOSE(sums[2], r->sum_thresholds);
    CLOSE(sums[3], r->sum_precision);
    CLOSE(sums[4], r->sum_recall);
    CLOSE(px_roc_area(&roc), r->auc);
    CLOSE(pr.average_precision, r->average_precision);
    double average;
    MUST(px_average_precision(rows->a, rows->labels, rows->n, &average, &err));
    CLOSE(average, r->average_precision);
    px_roc_clear(&roc);
    px_pr_clear(&pr);
}

static void curves_are_scikit_learns(void **state) {
    (void)state;
    for_each(check_curves);
}

static void check_auc(const stats_reference *r, const stats_rows *rows) {
    double auc;
    px_auc_estimate estimate;
    px_auc_comparison c;
    MUST(px_auc(rows->a, rows->labels, rows->n, &auc, &err));
    CLOSE(auc, r->auc);
    MUST(px_auc_delong(rows->a, rows->labels, rows->n, 0.95, &estimate, &err));
    CLOSE(estimate.auc.value, r->auc);
    CLOSE(estimate.variance, r->variance);
    CLOSE(estimate.auc.low, r->auc_low);
    CLOSE(estimate.auc.high, r->auc_high);
    MUST(px_auc_compare(rows->a, rows->b, rows->labels, rows->n, 0.95, &c, &err));
    CLOSE(c.a, r->auc);
    CLOSE(c.b, r->auc_b);
    CLOSE(c.variance, r->difference_variance);
    CLOSE(c.z, r->difference_z);
    CLOSE(c.p, r->difference_p);
    CLOSE(c.difference.high - c.difference.low, 2 * 1.959963984540054 * sqrt(c.variance));
}

static void auc_and_delong_agree_with_all_pairs(void **state) {
    (void)state;
    for_each(check_auc);
}

static void check_point(const stats_reference *r, const px_roc *roc, px_operating_rule rule,
                        const double expected[2], double sign) {
    px_operating_point point;
    MUST(px_operating_point_choose(roc, &rule, &point, &err));
    CLOSE(sign * point.merit, expected[0]);
    CLOSE(point.threshold, expected[1]);
    CLOSE(point.sensitivity, (double)point.tp / (point.tp + point.fn));
    CLOSE(point.specificity, (double)point.tn / (point.tn + point.fp));
}

static void check_points(const stats_reference *r, const stats_rows *rows) {
    px_roc roc = {0};
    MUST(px_roc_compute(rows->a, rows->labels, rows->n, &roc, &err));
    check_point(r, &roc, (px_operating_rule){.kind = PX_OPERATING_YOUDEN}, r->youden, 1);
    check_point(r, &roc, (px_operating_rule){PX_OPERATING_SENSITIVITY, 0.8, 0, 0, 0},
                r->at_sensitivity, 1);
    check_point(r, &roc, (px_operating_rule){PX_OPERATING_SPECIFICITY, 0.5, 0, 0, 0},
                r->at_specificity, 1);
    check_point(r, &roc, (px_operating_rule){PX_OPERATING_COST, 0, 1, 5, 0.2}, r->at_cost, -1);
    check_point(r, &roc, (px_operating_rule){.kind = PX_OPERATING_F1}, r->at_f1, 1);
    px_roc_clear(&roc);
}

/* Without any difference of the classes it is the Mann-Whitney statistic's, (p + n + 1) / 12pn. */
static void the_expected_variance_is_that_of_ranks(void **state) {
    (void)state;
    for (int p = 1; p < 40; p += 3)
        for (int n = 1; n < 40; n += 5) {
            double ranks = (p + n + 1) / (12.0 * p * n);
            assert_true(fabs(px_auc_expected_variance(0.5, p, n) - ranks) < 1e-15);
        }
    assert_true(fabs(px_auc_expected_variance(0.9, 1, 1) - 0.09) < 1e-15);
    assert_true(fabs(px_auc_expected_variance(1, 20, 30)) < 1e-15);
    assert_true(px_auc_expected_variance(0.8, 20, 30) > px_auc_expected_variance(0.9, 20, 30));
}

static void operating_points_are_the_best(void **state) {
    (void)state;
    for_each(check_points);
}

static void check_rates(const stats_reference *r, const stats_rows *rows) {
    px_confusion c;
    MUST(px_confusion_count(rows->a, rows->labels, rows->n, 0.5, &c, &err));
    CLOSE((double)c.tp, r->tp);
    CLOSE((double)c.fp, r->fp);
    CLOSE((double)c.tn, r->tn);
    CLOSE((double)c.fn, r->fn);
    px_rates rates = px_rates_of(&c, 0.95);
    CLOSE_PAIR(rates.sensitivity, r->sensitivity);
    CLOSE_PAIR(rates.specificity, r->specificity);
    CLOSE_PAIR(rates.ppv, r->ppv);
    CLOSE_PAIR(rates.npv, r->npv);
    CLOSE_PAIR(rates.accuracy, r->accuracy);
    CLOSE(rates.f1.value, r->f1);
    CLOSE_PAIR(rates.f1, r->f1_interval);
    CLOSE(rates.prevalence.value, (r->tp + r->fn) / r->rows.n);
    CLOSE_PAIR(px_ppv_interval_at(&c, 0.1, 0.95), r->ppv_at_tenth);
    CLOSE_PAIR(px_npv_interval_at(&c, 0.1, 0.95), r->npv_at_tenth);
    double own = rates.prevalence.value; /* at the data's own prevalence nothing changes */
    CLOSE(px_ppv_at(rates.sensitivity.value, rates.specificity.value, own), rates.ppv.value);
    CLOSE(px_npv_at(rates.sensitivity.value, rates.specificity.value, own), rates.npv.value);
}

static void rates_have_wilson_intervals(void **state) {
    (void)state;
    for_each(check_rates);
}

static void check_calibration(const stats_reference *r, const stats_rows *rows) {
    double value;
    MUST(px_brier(rows->a, rows->labels, rows->n, &value, &err));
    CLOSE(value, r->brier);
    MUST(px_log_loss(rows->a, rows->labels, rows->n, &value, &err));
    CLOSE(value, r->log_loss);
    MUST(px_expected_calibration_error(rows->a, rows->labels, rows->n, 10, &value, &err));
    CLOSE(value, r->calibration_error);
    px_calibration fit = {0};
    MUST(px_calibration_fit(PX_CALIBRATION_PLATT, rows->a, rows->labels, rows->n, &fit, &err));
    CLOSE(fit.a, r->platt[0]);
    CLOSE(fit.b, r->platt[1]);
    MUST(
        px_calibration_fit(PX_CALIBRATION_TEMPERATURE, rows->a, rows->labels, rows->n, &fit, &err));
    CLOSE(fit.temperature, r->temperature);
    MUST(px_calibration_fit(PX_CALIBRATION_ISOTONIC, rows->a, rows->labels, rows->n, &fit, &err));
    static const double queries[] = {0, 0.123, 0.35, 0.5, 0.77, 0.9, 1};
    for (int i = 0; i < 7; i++)
        CLOSE(px_calibration_apply(&fit, queries[i]), r->isotonic[i]);
    px_calibration_clear(&fit);
}

static void calibration_is_the_most_likely(void **state) {
    (void)state;
    for_each(check_calibration);
}

static void check_kappa_and_benefit(const stats_reference *r, const stats_rows *rows) {
    static uint8_t a[STATS_MOST_ROWS], b[STATS_MOST_ROWS];
    for (size_t i = 0; i < rows->n; i++) {
        a[i] = rows->a[i] >= 0.5;
        b[i] = rows->b[i] >= 0.5;
    }
    px_agreement agreement;
    MUST(px_agreement_compute(a, b, rows->n, 0.95, &agreement, &err));
    CLOSE(agreement.kappa.value, r->kappa);
    CLOSE(agreement.standard_error, r->kappa_error);
    static const double thresholds[] = {0.1, 0.5, 0.8};
    px_net_benefit_point points[3];
    MUST(px_net_benefit_compute(rows->a, rows->labels, rows->n, thresholds, 3, points, &err));
    for (int i = 0; i < 3; i++) {
        double prevalence = (r->tp + r->fn) / r->rows.n, odds = thresholds[i] / (1 - thresholds[i]);
        CLOSE(points[i].model, r->net_benefit[i]);
        CLOSE(points[i].treat_all, prevalence - (1 - prevalence) * odds);
    }
}

static void kappa_and_net_benefit(void **state) {
    (void)state;
    for_each(check_kappa_and_benefit);
}

static void check_weighted(const stats_reference *r, const stats_rows *rows) {
    const px_bootstrap_set from = {rows->a, rows->labels};
    static uint32_t units[STATS_MOST_ROWS];
    for (size_t i = 0; i < rows->n; i++)
        units[i] = (uint32_t)i;
    px_sorted_set set = {0};
    MUST(px_sorted_set_make(&from, rows->n, units, true, true, &set, &err));
    uint8_t weights[STATS_MOST_ROWS];
    for (size_t i = 0; i < set.n; i++)
        weights[i] = rows->weights[set.units[i]];
    const double expected[] = {r->weighted_auc,         r->weighted_average_precision,
                               r->weighted_brier,       r->weighted_log_loss,
                               r->weighted_sensitivity, r->weighted_specificity,
                               r->weighted_ppv,         r->weighted_npv,
                               r->weighted_accuracy,    r->weighted_f1};
    px_weighted_counts kept = {.threshold = NAN};
    for (int i = PX_BOOTSTRAP_AUC; i <= PX_BOOTSTRAP_F1; i++) {
        const px_bootstrap_term term = {(px_bootstrap_statistic)i, 0, 0.5};
        CLOSE(px_sorted_set_figure(&set, weights, &term, &kept), expected[i]);
    }
    px_sorted_set_clear(&set);
}

static void figures_under_weights_are_scikit_learns(void **state) {
    (void)state;
    for_each(check_weighted);
}

static void quantiles_are_scipys(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof stats_quantiles / sizeof stats_quantiles[0]; i++) {
        double p = stats_quantiles[i][0], z = stats_quantiles[i][1];
        if (!(fabs(px_normal_quantile(p) - z) <= 1e-13 * fmax(1, fabs(z))))
            fail_msg("quantile of %g is %.17g, not %.17g", p, px_normal_quantile(p), z);
        assert_true(fabs(px_normal_cdf(z) - p) <= 1e-14);
    }
    assert_true(px_normal_quantile(0) == -INFINITY && px_normal_quantile(1) == INFINITY);
    assert_true(isnan(px_normal_quantile(-0.1)) && isnan(px_normal_quantile(NAN)));
    assert_true(fabs(px_normal_two_sided(-1.959963984540054) - 0.05) < 1e-15);
}

/* The example of DeLong, DeLong & Clarke-Pearson 1988: 43 patients with ovarian cancer and three
 * tests: Krebs-Goplerud score, and albumin and total protein in tenths of g/dl; figures as in the
 * SAS/STAT User's Guide, LOGISTIC procedure, "Comparing Receiver Operating Characteristic Curves".
 */
static const uint8_t ovarian[][4] =
    {/* score, albumin, protein, whether an operation failed */
     {10, 30, 58, 1}, {5, 32, 63, 0}, {3, 39, 68, 0}, {6, 28, 48, 1}, {3, 32, 58, 0},
     {5, 9, 40, 1},   {8, 25, 57, 1}, {5, 16, 56, 0}, {5, 38, 57, 0}, {6, 37, 67, 0},
     {4, 32, 54, 0},  {6, 38, 66, 0}, {5, 41, 66, 0}, {5, 36, 57, 0}, {4, 43, 70, 0},
     {4, 36, 67, 1},  {6, 23, 44, 0}, {4, 42, 76, 1}, {6, 40, 66, 1}, {6, 35, 58, 0},
     {7, 38, 68, 0},  {8, 30, 47, 1}, {5, 45, 74, 0}, {5, 37, 74, 0}, {6, 31, 66, 0},
     {6, 41, 82, 0},  {5, 43, 70, 0}, {4, 43, 65, 0}, {5, 32, 51, 0}, {6, 26, 47, 0},
     {6, 33, 68, 1},  {7, 17, 40, 1}, {5, 37, 61, 0}, {7, 33, 63, 0}, {6, 42, 77, 0},
     {5, 35, 62, 0},  {9, 29, 57, 1}, {7, 21, 48, 0}, {8, 28, 62, 1}, {7, 40, 70, 0},
     {6, 33, 57, 0},  {5, 37, 69, 0}, {5, 36, 66, 0}};
enum { PATIENTS = sizeof ovarian / sizeof ovarian[0] };

static void published(double value, double expected) {
    if (!(fabs(value - expected) <= 0.00005))
        fail_msg("%.6f was published as %.4f", value, expected);
}

static void delongs_own_example(void **state) {
    (void)state;
    double tests[3][PATIENTS];
    uint8_t labels[PATIENTS];
    for (int i = 0; i < PATIENTS; i++) {
        for (int k = 0; k < 3; k++)
            tests[k][i] = k == 0 ? ovarian[i][k] : -ovarian[i][k];
        labels[i] = ovarian[i][3];
    }
    static const double areas[3][4] = {{0.7258, 0.1028, 0.5243, 0.9273},
                                       {0.7366, 0.0927, 0.5549, 0.9182},
                                       {0.6478, 0.1000, 0.4518, 0.8439}};
    static const double differences[3][6] = {{0},
                                             {0.0108, 0.0953, -0.1761, 0.1976, 0.0127, 0.9102},
                                             {-0.0780, 0.1046, -0.2830, 0.1271, 0.5554, 0.4561}};
    for (int k = 0; k < 3; k++) {
        px_auc_estimate e;
        MUST(px_auc_delong(tests[k], labels, PATIENTS, 0.95, &e, &err));
        published(e.auc.value, areas[k][0]);
        published(sqrt(e.variance), areas[k][1]);
        published(e.auc.low, areas[k][2]);
        published(e.auc.high, areas[k][3]);
        px_auc_comparison c;
        MUST(px_auc_compare(tests[k], tests[0], labels, PATIENTS, 0.95, &c, &err));
        published(c.difference.value, differences[k][0]);
        published(sqrt(c.variance), differences[k][1]);
        published(c.difference.low, differences[k][2]);
        published(c.difference.high, differences[k][3]);
        published(c.z * c.z, differences[k][4]);
        published(c.p, k == 0 ? 1 : differences[k][5]);
    }
}

/* Newcombe 1998, table II, method 10: 56 of 70 against 48 of 80, and 9 of 10 against 3 of 10. */
static void newcombes_example(void **state) {
    (void)state;
    px_interval d = px_rate_difference(56, 70, 48, 80, 0.95);
    published(d.value, 0.2);
    published(d.low, 0.0524);
    published(d.high, 0.3339);
    d = px_rate_difference(9, 10, 3, 10, 0.95);
    published(d.low, 0.1705);
    published(d.high, 0.8090);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(curves_are_scikit_learns),
        cmocka_unit_test(auc_and_delong_agree_with_all_pairs),
        cmocka_unit_test(the_expected_variance_is_that_of_ranks),
        cmocka_unit_test(operating_points_are_the_best),
        cmocka_unit_test(rates_have_wilson_intervals),
        cmocka_unit_test(calibration_is_the_most_likely),
        cmocka_unit_test(kappa_and_net_benefit),
        cmocka_unit_test(figures_under_weights_are_scikit_learns),
        cmocka_unit_test(quantiles_are_scipys),
        cmocka_unit_test(delongs_own_example),
        cmocka_unit_test(newcombes_example),
    };
    return cmocka_run_group_tests_name("stats", tests, NULL, NULL);
}
