/* Statistics at the edges: no rows, one class, five images, equal scores, what is no number; folds
 * and cross-fitting. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../src/stats/agreement.h"
#include "../src/stats/auc.h"
#include "../src/stats/calibration.h"
#include "../src/stats/folds.h"
#include "../src/stats/net_benefit.h"
#include "../src/stats/operating_point.h"
#include "../src/stats/precision_recall.h"
#include "../src/stats/rates.h"
#include "../src/stats/reliability.h"
#include "../src/stats/roc.h"
#include "../src/stats/samples.h"
#include "must.h"
#include "stats_rows.h"

static stats_rows rows;

typedef bool (*statistic)(const double *scores, const uint8_t *labels, size_t n, px_error *err);

static bool try_roc(const double *scores, const uint8_t *labels, size_t n, px_error *err) {
    px_roc roc = {0};
    bool ok = px_roc_compute(scores, labels, n, &roc, err);
    assert_true(ok == (roc.points != NULL));
    px_roc_clear(&roc);
    return ok;
}

static bool try_pr(const double *scores, const uint8_t *labels, size_t n, px_error *err) {
    px_pr pr = {0};
    bool ok = px_pr_compute(scores, labels, n, &pr, err);
    assert_true(ok == (pr.points != NULL));
    px_pr_clear(&pr);
    return ok;
}

static bool try_average_precision(const double *scores, const uint8_t *labels, size_t n,
                                  px_error *err) {
    double value;
    return px_average_precision(scores, labels, n, &value, err);
}

static bool try_auc(const double *scores, const uint8_t *labels, size_t n, px_error *err) {
    double auc;
    return px_auc(scores, labels, n, &auc, err);
}

static bool try_delong(const double *scores, const uint8_t *labels, size_t n, px_error *err) {
    px_auc_estimate e;
    return px_auc_delong(scores, labels, n, 0.95, &e, err);
}

static bool try_compare(const double *scores, const uint8_t *labels, size_t n, px_error *err) {
    static const double good[] = {0.1, 0.2, 0.3, 0.4, 0.5};
    px_auc_comparison c;
    return px_auc_compare(good, scores, labels, n, 0.95, &c, err);
}

static bool try_isotonic(const double *scores, const uint8_t *labels, size_t n, px_error *err) {
    px_calibration fit = {0};
    bool ok = px_calibration_fit(PX_CALIBRATION_ISOTONIC, scores, labels, n, &fit, err);
    px_calibration_clear(&fit);
    return ok;
}

static bool try_platt(const double *scores, const uint8_t *labels, size_t n, px_error *err) {
    px_calibration fit = {0};
    return px_calibration_fit(PX_CALIBRATION_PLATT, scores, labels, n, &fit, err);
}

static bool try_confusion(const double *scores, const uint8_t *labels, size_t n, px_error *err) {
    px_confusion c;
    return px_confusion_count(scores, labels, n, 0.5, &c, err);
}

static bool try_brier(const double *scores, const uint8_t *labels, size_t n, px_error *err) {
    double value;
    return px_brier(scores, labels, n, &value, err);
}

static bool try_log_loss(const double *scores, const uint8_t *labels, size_t n, px_error *err) {
    double value;
    return px_log_loss(scores, labels, n, &value, err);
}

static bool try_reliability(const double *scores, const uint8_t *labels, size_t n, px_error *err) {
    double value;
    return px_expected_calibration_error(scores, labels, n, 10, &value, err);
}

static bool try_net_benefit(const double *scores, const uint8_t *labels, size_t n, px_error *err) {
    px_net_benefit_point point;
    return px_net_benefit_compute(scores, labels, n, (const double[]){0.5}, 1, &point, err);
}

static const struct {
    const char *name;
    statistic run;
    bool both, probabilities; /* needs both classes, scores in [0, 1] */
} statistics[] = {{"roc", try_roc, true, false},
                  {"pr", try_pr, true, false},
                  {"average precision", try_average_precision, true, false},
                  {"auc", try_auc, true, false},
                  {"delong", try_delong, true, false},
                  {"compare", try_compare, true, false},
                  {"isotonic", try_isotonic, true, true},
                  {"platt", try_platt, true, true},
                  {"confusion", try_confusion, false, false},
                  {"brier", try_brier, false, true},
                  {"log loss", try_log_loss, false, true},
                  {"reliability", try_reliability, false, true},
                  {"net benefit", try_net_benefit, false, true}};

static void expect(size_t i, const double *scores, const uint8_t *labels, size_t n, bool fine,
                   const char *says) {
    px_error err = {0};
    bool ok = statistics[i].run(scores, labels, n, &err);
    if (ok != fine || (!fine && (err.code != PX_ERR_INPUT || !strstr(err.message, says))))
        fail_msg("%s: %s: %d \"%s\"", statistics[i].name, says, err.code, err.message);
}

static void bad_rows_are_named(void **state) {
    (void)state;
    const double good[] = {0.1, 0.2, 0.3, 0.4, 0.5}, nan[] = {0.1, 0.2, NAN, 0.4, 0.5};
    const double infinite[] = {0.1, -INFINITY, 0.3, 0.4, 0.5}, wide[] = {0.1, 0.2, 0.3, 1.5, 0.5};
    const uint8_t labels[] = {0, 1, 0, 1, 1}, odd[] = {0, 1, 0, 1, 2};
    const uint8_t negative[5] = {0}, positive[] = {1, 1, 1, 1, 1};
    for (size_t i = 0; i < sizeof statistics / sizeof statistics[0]; i++) {
        bool both = statistics[i].both, probabilities = statistics[i].probabilities;
        expect(i, good, labels, 5, true, "good rows");
        expect(i, good, labels, 0, false, "there are no rows");
        expect(i, nan, labels, 5, false, "row 3: score nan is not a finite number");
        expect(i, infinite, labels, 5, false, "row 2: score -inf is not a finite number");
        expect(i, wide, labels, 5, !probabilities, "row 4: score 1.5 is not a probability");
        expect(i, good, odd, 5, false, "row 5: label 2 is neither 0 nor 1");
        expect(i, good, negative, 5, !both, "all 5 rows are negative: both classes");
        expect(i, good, positive, 5, !both, "all 5 rows are positive: both classes");
    }
}

static void equal_scores_say_nothing(void **state) {
    (void)state;
    const double same[] = {0.3, 0.3, 0.3, 0.3, 0.3};
    const uint8_t labels[] = {0, 1, 0, 1, 1};
    px_auc_estimate e;
    MUST(px_auc_delong(same, labels, 5, 0.95, &e, &err));
    assert_true(e.auc.value == 0.5 && e.variance == 0 && e.auc.low == 0.5);
    px_roc roc = {0};
    MUST(px_roc_compute(same, labels, 5, &roc, &err));
    assert_int_equal(roc.n_points, 2);
    px_operating_point point;
    MUST(px_operating_point_choose(&roc, &(px_operating_rule){.kind = PX_OPERATING_YOUDEN}, &point,
                                   &err));
    assert_true(point.threshold == 0.3 && point.merit == 0 && point.sensitivity == 1);
    px_operating_rule strict = {PX_OPERATING_SPECIFICITY, 0.9, 0, 0, 0};
    MUST_FAIL(px_operating_point_choose(&roc, &strict, &point, &err), PX_ERR_INPUT);
    px_roc_clear(&roc);
    double average;
    MUST(px_average_precision(same, labels, 5, &average, &err));
    assert_true(average == 0.6);
    px_calibration fit = {0};
    MUST_FAIL(px_calibration_fit(PX_CALIBRATION_PLATT, same, labels, 5, &fit, &err), PX_ERR_INPUT);
    MUST_FAIL(px_calibration_fit(PX_CALIBRATION_TEMPERATURE, same, labels, 5, &fit, &err),
              PX_ERR_INPUT);
    MUST(px_calibration_fit(PX_CALIBRATION_ISOTONIC, same, labels, 5, &fit, &err));
    assert_true(px_calibration_apply(&fit, 0) == 0.6 && px_calibration_apply(&fit, 1) == 0.6);
    px_calibration_clear(&fit);
}

/* Scores that hardly differ give the probabilities that scores further apart give. */
static void alike_scores_are_fitted(void **state) {
    (void)state;
    enum { N = 2000 };
    static double far[N], alike[N];
    static uint8_t labels[N];
    for (int i = 0; i < N; i++) {
        far[i] = 0.9 + i % 7 * 1e-5;
        alike[i] = 0.9 + i % 7 * 1e-9;
        labels[i] = i * 37 % 100 < 20 + i % 7 * 5;
    }
    px_calibration wide = {0}, narrow = {0};
    MUST(px_calibration_fit(PX_CALIBRATION_PLATT, far, labels, N, &wide, &err));
    MUST(px_calibration_fit(PX_CALIBRATION_PLATT, alike, labels, N, &narrow, &err));
    for (int i = 0; i < 7; i++)
        if (!(fabs(px_calibration_apply(&wide, far[i]) - px_calibration_apply(&narrow, alike[i])) <
              1e-4))
            fail_msg("slopes %g and %g", wide.a, narrow.a);
}

static void few_rows(void **state) {
    (void)state;
    const double scores[] = {0.1, 0.9};
    const uint8_t labels[] = {0, 1};
    px_auc_estimate e;
    MUST(px_auc_delong(scores, labels, 2, 0.95, &e, &err));
    assert_true(e.auc.value == 1 && isnan(e.variance) && isnan(e.auc.low) && isnan(e.auc.high));
    px_auc_comparison c;
    MUST(px_auc_compare(scores, scores, labels, 2, 0.95, &c, &err));
    assert_true(c.difference.value == 0 && isnan(c.p));
    px_calibration fit = {0};
    MUST(px_calibration_fit(PX_CALIBRATION_PLATT, scores, labels, 2, &fit, &err));
    assert_true(fit.a > 0 && isfinite(fit.a) && isfinite(fit.b)); /* although they are apart */
    MUST(px_calibration_fit(PX_CALIBRATION_TEMPERATURE, scores, labels, 2, &fit, &err));
    assert_true(fit.temperature == 0.01);
    MUST(px_calibration_fit(PX_CALIBRATION_TEMPERATURE, scores, (const uint8_t[]){1, 0}, 2, &fit,
                            &err));
    assert_true(fit.temperature == 100);
    MUST_FAIL(px_auc_delong(scores, labels, 2, 1, &e, &err), PX_ERR_USAGE);
    MUST_FAIL(px_auc_compare(scores, scores, labels, 2, NAN, &c, &err), PX_ERR_USAGE);
    MUST_FAIL(px_auc_compare_unpaired(&e, &e, 0, &c, &err), PX_ERR_USAGE);
}

static void comparisons_of_one_ranking(void **state) {
    (void)state;
    const double a[] = {0.1, 0.2, 0.3, 0.4, 0.5, 0.6}, b[] = {1, 2, 3, 4, 5, 6};
    const double apart[] = {0, 1, 0, 1, 1, 1}, reversed[] = {1, 0, 1, 0, 0, 0};
    const uint8_t labels[] = {0, 1, 0, 1, 1, 1};
    px_auc_comparison c;
    MUST(px_auc_compare(a, b, labels, 6, 0.95, &c, &err));
    assert_true(c.difference.value == 0 && c.variance == 0 && c.z == 0 && c.p == 1);
    MUST(px_auc_compare(apart, reversed, labels, 6, 0.95, &c, &err));
    assert_true(c.difference.value == 1 && c.z == INFINITY && c.p == 0);
    px_auc_estimate one, two;
    MUST(px_auc_delong(a, labels, 6, 0.95, &one, &err));
    MUST(px_auc_delong(apart, labels, 6, 0.95, &two, &err));
    MUST(px_auc_compare_unpaired(&one, &two, 0.95, &c, &err));
    assert_true(c.variance == one.variance && fabs(c.z * sqrt(c.variance) + 0.125) < 1e-15);
}

static void rates_without_rows_are_undefined(void **state) {
    (void)state;
    const px_confusion c = {.tn = 7, .fn = 0};
    px_rates rates = px_rates_of(&c, 0.95);
    assert_true(isnan(rates.sensitivity.value) && isnan(rates.ppv.low) && isnan(rates.f1.value));
    assert_true(rates.specificity.value == 1 && rates.specificity.high == 1 &&
                rates.specificity.low > 0.5);
    assert_true(rates.prevalence.value == 0 && rates.prevalence.low == 0);
    assert_true(isnan(px_wilson(1, 0, 0.95).value) && isnan(px_wilson(1, 2, 1).value));
    assert_true(isnan(px_ppv_at(0, 1, 0.1)) && px_npv_at(0, 1, 0.25) == 0.75);
    assert_true(isnan(px_ppv_interval_at(&c, 0.1, 0.95).value));
    assert_true(isnan(px_rate_difference(0, 0, 1, 2, 0.95).low));
    double score = 0.5;
    const uint8_t label = 1;
    px_confusion counts;
    MUST_FAIL(px_confusion_count(&score, &label, 1, NAN, &counts, &err), PX_ERR_USAGE);
    MUST(px_confusion_count(&score, &label, 1, 0.5, &counts, &err));
    assert_int_equal(counts.tp, 1); /* at the threshold is above */
}

static void rules_that_make_no_sense(void **state) {
    (void)state;
    const double scores[] = {0.1, 0.2, 0.3};
    const uint8_t labels[] = {0, 1, 0};
    px_roc roc = {0};
    px_operating_point point;
    MUST(px_roc_compute(scores, labels, 3, &roc, &err));
    const px_operating_rule bad[] = {
        {PX_OPERATING_SENSITIVITY, 1.1, 0, 0, 0}, {PX_OPERATING_SPECIFICITY, NAN, 0, 0, 0},
        {PX_OPERATING_COST, 0, 0, 0, 0.5},        {PX_OPERATING_COST, 0, -1, 2, 0.5},
        {PX_OPERATING_COST, 0, 1, 1, 1.5},        {(px_operating_rule_kind)9, 0, 0, 0, 0}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        MUST_FAIL(px_operating_point_choose(&roc, &bad[i], &point, &err), PX_ERR_USAGE);
    const px_operating_rule own = {PX_OPERATING_COST, 0, 1, 10, NAN};
    MUST(px_operating_point_choose(&roc, &own, &point, &err));
    assert_true(point.threshold == 0.2 && fabs(point.merit - 1.0 / 3) < 1e-15);
    assert_true(px_roc_tpr_at(&roc, 0) == 0 && px_roc_tpr_at(&roc, 0.5) == 1 &&
                px_roc_tpr_at(&roc, 0.25) == 0 && px_roc_tpr_at(&roc, 1) == 1);
    assert_string_equal(px_operating_rule_name(PX_OPERATING_COST), "cost");
    px_roc_clear(&roc);
}

static void readers_of_one_mind(void **state) {
    (void)state;
    const uint8_t same[] = {1, 1, 1}, mixed[] = {0, 1, 1}, odd[] = {0, 1, 3};
    px_agreement out;
    MUST(px_agreement_compute(same, same, 3, 0.95, &out, &err));
    assert_true(out.observed == 1 && isnan(out.kappa.value) && isnan(out.standard_error));
    MUST(px_agreement_compute(mixed, mixed, 3, 0.95, &out, &err));
    assert_true(fabs(out.kappa.value - 1) < 1e-15 && out.kappa.high <= 1);
    MUST(px_agreement_compute(same, mixed, 3, 0.95, &out, &err));
    assert_true(out.kappa.value == 0);
    MUST_FAIL(px_agreement_compute(same, odd, 3, 0.95, &out, &err), PX_ERR_INPUT);
    MUST_FAIL(px_agreement_compute(same, odd, 0, 0.95, &out, &err), PX_ERR_INPUT);
    MUST_FAIL(px_agreement_compute(same, same, 3, 2, &out, &err), PX_ERR_USAGE);
}

static void bins_hold_their_upper_edge(void **state) {
    (void)state;
    const double scores[] = {0, 0.25, 0.26, 0.75, 1};
    const uint8_t labels[] = {0, 1, 0, 1, 1};
    px_reliability_bin bins[4];
    MUST(px_reliability_compute(scores, labels, 5, 4, 0.95, bins, &err));
    assert_true(bins[0].n == 2 && bins[0].positives == 1 && bins[0].mean_score == 0.125);
    assert_true(bins[1].n == 1 && bins[2].n == 1 && bins[3].n == 1);
    MUST(px_reliability_compute(scores, labels, 1, 4, 0.95, bins, &err));
    assert_true(bins[3].n == 0 && isnan(bins[3].mean_score) && isnan(bins[3].observed.value));
    MUST_FAIL(px_reliability_compute(scores, labels, 5, 0, 0.95, bins, &err), PX_ERR_USAGE);
    MUST_FAIL(px_reliability_compute(scores, labels, 5, 4, 0, bins, &err), PX_ERR_USAGE);
    px_net_benefit_point point;
    MUST_FAIL(px_net_benefit_compute(scores, labels, 5, (const double[]){1}, 1, &point, &err),
              PX_ERR_USAGE);
}

static void orders_are_stable(void **state) {
    (void)state;
    const double scores[] = {0.0, -1.5, 1e300, -0.0, 3, -1e-300, 3};
    const uint32_t expected[] = {2, 4, 6, 0, 3, 5, 1};
    uint32_t *order = px_samples_order(scores, 7, NULL);
    assert_non_null(order);
    assert_memory_equal(order, expected, sizeof expected);
    assert_int_equal(px_samples_tie_end(scores, order, 7, 1), 3);
    free(order);
}

/* Rows of patients, three each. */
static void make_patients(int n, double prevalence, uint32_t *patients) {
    const stats_case from = {n, 0, prevalence, 31};
    stats_rows_make(&from, &rows);
    for (int i = 0; i < n; i++)
        patients[i] = (uint32_t)(i / 3) * 7919u;
}

static void folds_spread_classes_and_keep_patients(void **state) {
    (void)state;
    enum { N = 300, K = 5 };
    uint32_t patients[N];
    int folds[N], again[N], other[N];
    make_patients(N, 0.2, patients);
    MUST(px_folds_assign(rows.labels, patients, N, K, 1, folds, &err));
    MUST(px_folds_assign(rows.labels, patients, N, K, 1, again, &err));
    MUST(px_folds_assign(rows.labels, patients, N, K, 2, other, &err));
    assert_memory_equal(folds, again, sizeof folds);
    assert_memory_not_equal(folds, other, sizeof folds);
    int count[K] = {0}, positives[K] = {0}, all = 0;
    for (int i = 0; i < N; i++) {
        assert_in_range(folds[i], 0, K - 1);
        assert_int_equal(folds[i], folds[i / 3 * 3]);
        count[folds[i]]++;
        positives[folds[i]] += rows.labels[i];
        all += rows.labels[i];
    }
    for (int f = 0; f < K; f++) {
        assert_in_range(count[f], N / K - 6, N / K + 6);
        assert_in_range(positives[f], all / K - 1, all / K + 2);
    }
    MUST(px_folds_assign(rows.labels, NULL, N, K, 1, folds, &err));
    memset(rows.labels, 0, N);
    rows.labels[0] = rows.labels[1] = 1; /* one patient's */
    MUST(px_folds_assign(rows.labels, NULL, N, 2, 1, folds, &err));
    assert_int_not_equal(folds[0], folds[1]);
    MUST_FAIL(px_folds_assign(rows.labels, patients, N, 2, 1, folds, &err), PX_ERR_INPUT);
    MUST_FAIL(px_folds_assign(rows.labels, NULL, N, 1, 1, folds, &err), PX_ERR_USAGE);
    MUST_FAIL(px_folds_assign(rows.labels, NULL, 0, 2, 1, folds, &err), PX_ERR_INPUT);
}

/* Four patients of 15 positives fill a fold each; all that have a negative would share the fifth.
 */
static void each_fold_leaves_both_classes(void **state) {
    (void)state;
    enum { N = 80 };
    uint8_t labels[N];
    uint32_t patients[N];
    int folds[N];
    for (uint32_t i = 0; i < N; i++) {
        labels[i] = i < 60 || i % 2;
        patients[i] = i < 60 ? i / 15 : i / 2;
    }
    MUST_FAIL(px_folds_assign(labels, patients, N, 5, 1, folds, &err), PX_ERR_INPUT);
    MUST(px_folds_assign(labels, patients, N, 2, 1, folds, &err));
    int negatives[2] = {0};
    for (int i = 0; i < N; i++)
        negatives[folds[i]] += !labels[i];
    assert_true(negatives[0] > 0 && negatives[1] > 0);
}

/* A row's probability is that of a fit without its patient's fold: it does not change with its own
 * label, where the folds stay as they are. */
static void cross_fits_do_not_look_at_themselves(void **state) {
    (void)state;
    enum { N = 240, K = 4 };
    uint32_t patients[N];
    double probabilities[N], kept_scores[N];
    uint8_t kept_labels[N];
    int folds[N];
    make_patients(N, 0.4, patients);
    MUST(px_folds_assign(rows.labels, patients, N, K, 3, folds, &err));
    for (int m = PX_CALIBRATION_PLATT; m <= PX_CALIBRATION_ISOTONIC; m++) {
        px_calibration_method method = (px_calibration_method)m;
        MUST(px_calibration_cross_fit(method, rows.a, rows.labels, patients, N, K, 3, probabilities,
                                      &err));
        for (int f = 0; f < K; f++) {
            size_t kept = 0;
            for (int i = 0; i < N; i++) {
                if (folds[i] == f)
                    continue;
                kept_scores[kept] = rows.a[i];
                kept_labels[kept++] = rows.labels[i];
            }
            px_calibration fit = {0};
            MUST(px_calibration_fit(method, kept_scores, kept_labels, kept, &fit, &err));
            for (int i = 0; i < N; i++)
                assert_true(folds[i] != f ||
                            probabilities[i] == px_calibration_apply(&fit, rows.a[i]));
            px_calibration_clear(&fit);
        }
        MUST_FAIL(px_calibration_cross_fit(method, rows.a, rows.labels, patients, 6, K, 3,
                                           probabilities, &err),
                  PX_ERR_INPUT);
    }
    MUST_FAIL(px_calibration_fit((px_calibration_method)9, rows.a, rows.labels, N,
                                 &(px_calibration){0}, &err),
              PX_ERR_USAGE);
    assert_string_equal(px_calibration_method_name(PX_CALIBRATION_TEMPERATURE), "temperature");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_rows_are_named),
        cmocka_unit_test(equal_scores_say_nothing),
        cmocka_unit_test(alike_scores_are_fitted),
        cmocka_unit_test(few_rows),
        cmocka_unit_test(comparisons_of_one_ranking),
        cmocka_unit_test(rates_without_rows_are_undefined),
        cmocka_unit_test(rules_that_make_no_sense),
        cmocka_unit_test(readers_of_one_mind),
        cmocka_unit_test(bins_hold_their_upper_edge),
        cmocka_unit_test(orders_are_stable),
        cmocka_unit_test(folds_spread_classes_and_keep_patients),
        cmocka_unit_test(each_fold_leaves_both_classes),
        cmocka_unit_test(cross_fits_do_not_look_at_themselves),
    };
    return cmocka_run_group_tests_name("stats_edges", tests, NULL, NULL);
}
