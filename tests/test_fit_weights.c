/* Weights fitted to labels: optima that are known, rules that hold for any data, honest gains. And
 * a finding fitted to a site. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../src/base/random.h"
#include "../src/evaluate/fit_auc.h"
#include "../src/evaluate/fit_logloss.h"
#include "../src/evaluate/predictions.h"
#include "../src/evaluate/site_fit.h"
#include "../src/stats/auc.h"

enum { MOST = 6000, MEMBERS = 4 };

/* Members: 0 and 1 know half each, 2 is noise, 3 is a weak copy of 0. */
typedef struct set {
    double block[MEMBERS][MOST];
    const double *columns[MEMBERS];
    uint8_t labels[MOST];
    uint32_t patients[MOST];
    px_weights_data data;
} set;

static double squash(double x) {
    return px_predictions_score((float)(1 / (1 + exp(-x))));
}

static set *make_set(size_t n, int members, uint64_t seed) {
    set *s = calloc(1, sizeof *s);
    assert_non_null(s);
    px_random random;
    px_random_init(&random, seed, 0);
    for (size_t i = 0; i < n; i++) {
        double a = px_random_normal(&random), b = px_random_normal(&random);
        s->labels[i] = px_random_uniform(&random) < 1 / (1 + exp(1 - 1.5 * (a + b)));
        s->patients[i] = (uint32_t)(i / 2);
        s->block[0][i] = squash(a);
        s->block[1][i] = squash(b);
        s->block[2][i] = squash(px_random_normal(&random));
        s->block[3][i] = squash(a + 2 * px_random_normal(&random));
    }
    for (int m = 0; m < MEMBERS; m++)
        s->columns[m] = s->block[m];
    s->data =
        (px_weights_data){.n_members = members, .n = n, .scores = s->columns, .labels = s->labels};
    return s;
}

static double mean_log_loss(const px_weights_data *data, const double *weights) {
    double loss = 0;
    for (size_t i = 0; i < data->n; i++) {
        double pool = 0;
        for (int m = 0; m < data->n_members; m++)
            pool += weights[m] * fmin(fmax(data->scores[m][i], 1e-7), 1 - 1e-7);
        loss -= log(data->labels[i] ? pool : 1 - pool);
    }
    return loss / (double)data->n;
}

static void assert_simplex(int n, const double *weights) {
    double sum = 0;
    for (int m = 0; m < n; m++) {
        assert_true(weights[m] >= 0 && weights[m] <= 1);
        assert_true(fabs(weights[m] * 1e6 - round(weights[m] * 1e6)) < 1e-6);
        sum += weights[m];
    }
    assert_true(fabs(sum - 1) < 1e-9);
}

/* ---- Log loss -----------------------------------------------------------------------------------
 */

static void log_loss_reaches_its_minimum(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 8; seed++) {
        set *s = make_set(40 + 60 * seed, 2 + (int)(seed % 3), seed);
        double weights[MEMBERS], gap = 1;
        assert_true(px_fit_logloss(&s->data, weights, &gap, NULL));
        if (!(gap < 1e-9))
            fail_msg("seed %d: a gap of %g", (int)seed, gap);
        double least = mean_log_loss(&s->data, weights);
        px_random random;
        px_random_init(&random, seed, 9);
        for (int trial = 0; trial < 300; trial++) { /* nothing near or far is better */
            double other[MEMBERS], sum = 0, step = trial < 150 ? 0.02 : 1;
            for (int m = 0; m < s->data.n_members; m++)
                sum += other[m] =
                    (1 - step) * weights[m] + step * -log(1 - px_random_uniform(&random));
            for (int m = 0; m < s->data.n_members; m++)
                other[m] /= sum;
            assert_true(mean_log_loss(&s->data, other) >= least - 1e-9);
        }
        free(s);
    }
}

/* Two members that are right on different rows: w and 1 - w of rows 3 to 1 is the optimum. */
static void a_closed_form_is_found(void **state) {
    (void)state;
    const double a[] = {1, 1, 1, 0}, b[] = {0, 0, 0, 1};
    const double *columns[] = {a, b};
    const uint8_t labels[] = {1, 1, 1, 1};
    const px_weights_data data = {.n_members = 2, .n = 4, .scores = columns, .labels = labels};
    double weights[2];
    assert_true(px_fit_logloss(&data, weights, NULL, NULL));
    assert_true(fabs(weights[0] - 0.75) < 1e-6);
}

static void one_that_is_always_better_gets_all(void **state) {
    (void)state;
    const double a[] = {0.9, 0.8, 0.1, 0.3}, b[] = {0.6, 0.7, 0.4, 0.35};
    const double *columns[] = {b, a};
    const uint8_t labels[] = {1, 1, 0, 0};
    const px_weights_data data = {.n_members = 2, .n = 4, .scores = columns, .labels = labels};
    double weights[2];
    assert_true(px_fit_weights(PX_WEIGHTS_LOGLOSS, &data, 1, weights, NULL));
    assert_true(weights[0] == 0 && weights[1] == 1);
}

/* ---- AUC ----------------------------------------------------------------------------------------
 */

/* For two members every breakpoint can be tried. */
static double best_auc_of_two(const px_weights_data *data) {
    double best = 0, auc;
    for (size_t i = 0; i < data->n; i++) {
        for (size_t k = 0; k < data->n; k++) {
            double da = data->scores[0][i] - data->scores[0][k];
            double db = data->scores[1][i] - data->scores[1][k];
            if (!data->labels[i] || data->labels[k] || da * db >= 0)
                continue;
            double at = db / (db - da);
            for (int side = -1; side <= 1; side += 2) {
                double w = fmin(fmax(at + side * 1e-7, 0), 1), weights[] = {w, 1 - w};
                assert_true(px_fit_pool_auc(data, weights, &auc, NULL));
                best = fmax(best, auc);
            }
        }
    }
    return best;
}

static void the_auc_is_near_the_best_there_is(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        set *s = make_set(60, 2, seed);
        double weights[2], auc;
        assert_true(px_fit_weights(PX_WEIGHTS_AUC, &s->data, 1, weights, NULL));
        assert_true(px_fit_pool_auc(&s->data, weights, &auc, NULL));
        double best = best_auc_of_two(&s->data);
        if (auc < best - 0.003)
            fail_msg("seed %d: %.6f, possible %.6f", (int)seed, auc, best);
        free(s);
    }
}

static void the_auc_is_never_below_any_simple_choice(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        set *s = make_set(300, MEMBERS, seed);
        double weights[MEMBERS], other[MEMBERS], auc, less;
        assert_true(px_fit_weights(PX_WEIGHTS_AUC, &s->data, seed, weights, NULL));
        assert_simplex(MEMBERS, weights);
        assert_true(px_fit_pool_auc(&s->data, weights, &auc, NULL));
        for (int goal = PX_WEIGHTS_EQUAL; goal <= PX_WEIGHTS_LOGLOSS; goal++) {
            assert_true(px_fit_weights((px_weights_goal)goal, &s->data, seed, other, NULL));
            assert_simplex(MEMBERS, other);
            assert_true(px_fit_pool_auc(&s->data, other, &less, NULL));
            assert_true(auc >= less - 1e-6); /* rounding of weights may undo a tie */
        }
        assert_true(weights[0] + weights[1] > 0.7);
        free(s);
    }
}

static void equal_seeds_give_equal_weights(void **state) {
    (void)state;
    set *s = make_set(MOST, 3, 3); /* large enough to be sampled */
    double first[3], second[3];
    assert_true(px_fit_weights(PX_WEIGHTS_AUC, &s->data, 5, first, NULL));
    assert_true(px_fit_weights(PX_WEIGHTS_AUC, &s->data, 5, second, NULL));
    assert_memory_equal(first, second, sizeof first);
    assert_true(fabs(first[0] - first[1]) < 0.2 && first[2] < 0.15);
    free(s);
}

static void degenerate_sets_are_refused_or_survived(void **state) {
    (void)state;
    set *s = make_set(50, 3, 1);
    double weights[3] = {7, 7, 7};
    px_error err = {0};
    memset(s->labels, 1, sizeof s->labels);
    for (int goal = PX_WEIGHTS_EQUAL; goal <= PX_WEIGHTS_LOGLOSS; goal++) {
        assert_false(px_fit_weights((px_weights_goal)goal, &s->data, 1, weights, &err));
        assert_int_equal(err.code, PX_ERR_INPUT);
    }
    assert_true(weights[0] == 7);
    s->labels[3] = 0;
    s->block[1][4] = NAN;
    assert_false(px_fit_weights(PX_WEIGHTS_AUC, &s->data, 1, weights, NULL));
    for (int m = 0; m < 3; m++) {
        for (int i = 0; i < 50; i++)
            s->block[m][i] = m == 1 ? 0.0 : 0.5; /* all equal, and at the end of the range */
    }
    assert_true(px_fit_weights(PX_WEIGHTS_AUC, &s->data, 1, weights, NULL));
    assert_simplex(3, weights);
    assert_true(px_fit_weights(PX_WEIGHTS_LOGLOSS, &s->data, 1, weights, NULL));
    assert_simplex(3, weights);
    free(s);
}

/* ---- Cross-validation ---------------------------------------------------------------------------
 */

static void checks_are_honest(void **state) {
    (void)state;
    set *s = make_set(400, MEMBERS, 2);
    s->data.groups = s->patients;
    int fold_of[400];
    int folds = px_fit_weights_folds(&s->data, 5, 1, fold_of, NULL);
    assert_int_equal(folds, 5);
    for (int i = 0; i < 400; i += 2)
        assert_int_equal(fold_of[i], fold_of[i + 1]);
    px_weights_check check;
    double fold_weights[5 * MEMBERS];
    assert_true(px_fit_weights_check(PX_WEIGHTS_AUC, &s->data, folds, fold_of, 1, fold_weights,
                                     &check, NULL));
    for (int f = 0; f < 5; f++)
        assert_simplex(MEMBERS, fold_weights + f * MEMBERS);
    assert_true(check.fitted.auc > check.equal.auc && check.fitted.auc > check.single.auc);
    assert_true(check.auc_gain.value == check.fitted.auc - check.equal.auc);
    assert_true(check.auc_gain.low <= check.auc_gain.value &&
                check.auc_gain.value <= check.auc_gain.high);
    free(s);
    /* Of noise nothing is gained, whatever the fit believes. */
    double gains = 0;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        s = make_set(200, 3, seed);
        px_random random;
        px_random_init(&random, seed, 4);
        for (int i = 0; i < 200; i++)
            s->labels[i] = px_random_uniform(&random) < 0.5;
        folds = px_fit_weights_folds(&s->data, 5, 1, fold_of, NULL);
        assert_true(
            px_fit_weights_check(PX_WEIGHTS_AUC, &s->data, folds, fold_of, 1, NULL, &check, NULL));
        assert_true(check.fitted.auc < 0.62);
        gains += check.auc_gain.value;
        free(s);
    }
    assert_true(fabs(gains / 5) < 0.05);
}

static void fewer_folds_are_made_of_few(void **state) {
    (void)state;
    set *s = make_set(40, 2, 1);
    int fold_of[40];
    px_error err = {0};
    memset(s->labels, 0, sizeof s->labels);
    s->labels[3] = s->labels[10] = s->labels[20] = 1;
    assert_int_equal(px_fit_weights_folds(&s->data, 5, 1, fold_of, &err), 3);
    s->labels[10] = s->labels[20] = 0;
    assert_int_equal(px_fit_weights_folds(&s->data, 5, 1, fold_of, &err), 0);
    assert_int_equal(err.code, PX_ERR_INPUT);
    free(s);
}

/* ---- A site -------------------------------------------------------------------------------------
 */

static px_site_plan usual_plan(void) {
    return (px_site_plan){.calibrate = true,
                          .method = PX_CALIBRATION_PLATT,
                          .rule = {.kind = PX_OPERATING_YOUDEN},
                          .least = 10,
                          .folds = 5,
                          .seed = 1};
}

static void a_finding_is_fitted(void **state) {
    (void)state;
    set *s = make_set(1200, 2, 4);
    const double weights[] = {1, 1};
    double ensemble[1200];
    px_predictions_mix(2, 1200, s->columns, weights, ensemble);
    const px_ensemble_finding old = {.has_threshold = true, .threshold = 0.95};
    s->data.groups = s->patients;
    const px_site_data site = {s->data, weights, ensemble, &old};
    px_site_plan plan = usual_plan();
    px_site_fit fit = {0};
    assert_true(px_site_fit_finding(&site, &plan, &fit, NULL));
    assert_string_equal(fit.reason, "");
    assert_int_equal(fit.n, 1200);
    assert_int_equal(fit.positives + fit.negatives, 1200);
    assert_true(fit.positive_patients <= fit.positives && fit.positive_patients <= 600);
    assert_true(fit.before.sensitivity.value < 0.1 && fit.after.sensitivity.value > 0.7);
    assert_true(fit.after.specificity.value > 0.7);
    assert_true(fit.before.auc.value == fit.after.auc.value); /* the same scores */
    assert_true(fit.after.calibrated && fit.after.brier < fit.before.brier);
    assert_true(fit.after.ece < 0.06);
    assert_true(fit.weights[0] == 1 && !fit.weights_checked);
    bool is_score = false;
    for (int i = 0; i < 1200; i++)
        is_score = is_score || ensemble[i] == fit.threshold;
    assert_true(is_score);
    px_site_fit_clear(&fit);
    plan.rule = (px_operating_rule){.kind = PX_OPERATING_SENSITIVITY, .target = 0.9};
    plan.fit_weights = true;
    plan.weights = PX_WEIGHTS_LOGLOSS;
    plan.method = PX_CALIBRATION_ISOTONIC;
    assert_true(px_site_fit_finding(&site, &plan, &fit, NULL));
    assert_true(fabs(fit.after.sensitivity.value - 0.9) < 0.04);
    assert_true(fit.weights_checked && fit.check.folds == 5);
    assert_true(fabs(fit.weights[0] - 0.5) < 0.2);
    px_site_fit_clear(&fit);
    free(s);
}

static void too_few_or_useless_scores_are_told(void **state) {
    (void)state;
    set *s = make_set(200, 2, 4);
    const px_ensemble_finding old = {0};
    px_site_data site = {s->data, NULL, s->columns[0], &old};
    site.data.n_members = 0;
    px_site_plan plan = usual_plan();
    px_site_fit fit = {0};
    plan.least = 150;
    assert_true(px_site_fit_finding(&site, &plan, &fit, NULL));
    assert_non_null(strstr(fit.reason, "at least 150 are needed"));
    px_site_fit_clear(&fit);
    plan.least = 0; /* two are needed in any case */
    for (int i = 0; i < 200; i++)
        s->labels[i] = i == 0;
    assert_true(px_site_fit_finding(&site, &plan, &fit, NULL));
    assert_non_null(strstr(fit.reason, "1 positive image, at least 2"));
    px_site_fit_clear(&fit);
    for (int i = 0; i < 200; i++)
        s->labels[i] = s->block[0][i] < 0.4;
    assert_true(px_site_fit_finding(&site, &plan, &fit, NULL));
    assert_non_null(strstr(fit.reason, "turn them over"));
    px_site_fit_clear(&fit);
    px_error err = {0};
    plan.fit_weights = true;
    assert_false(px_site_fit_finding(&site, &plan, &fit, &err));
    assert_int_equal(err.code, PX_ERR_USAGE);
    free(s);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(log_loss_reaches_its_minimum),
                                       cmocka_unit_test(a_closed_form_is_found),
                                       cmocka_unit_test(one_that_is_always_better_gets_all),
                                       cmocka_unit_test(the_auc_is_near_the_best_there_is),
                                       cmocka_unit_test(the_auc_is_never_below_any_simple_choice),
                                       cmocka_unit_test(equal_seeds_give_equal_weights),
                                       cmocka_unit_test(degenerate_sets_are_refused_or_survived),
                                       cmocka_unit_test(checks_are_honest),
                                       cmocka_unit_test(fewer_folds_are_made_of_few),
                                       cmocka_unit_test(a_finding_is_fitted),
                                       cmocka_unit_test(too_few_or_useless_scores_are_told)};
    return cmocka_run_group_tests_name("fit_weights", tests, NULL, NULL);
}
