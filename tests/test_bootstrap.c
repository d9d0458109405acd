/* Bootstrap intervals: what is drawn, what they cover, the same bits for any number of threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../src/base/random.h"
#include "../src/stats/auc.h"
#include "../src/stats/bootstrap.h"
#include "../src/stats/rates.h"
#include "../src/stats/reliability.h"
#include "must.h"
#include "stats_rows.h"

static stats_rows rows;

static void make_rows(int n, int levels, double prevalence) {
    const stats_case from = {n, levels, prevalence, 77};
    stats_rows_make(&from, &rows);
}

static void observed_figures_are_the_plain_ones(void **state) {
    (void)state;
    make_rows(500, 20, 0.3);
    const px_bootstrap_set set = {rows.a, rows.labels};
    const px_bootstrap_term terms[] = {
        {PX_BOOTSTRAP_AUC, 0, 0}, {PX_BOOTSTRAP_BRIER, 0, 0}, {PX_BOOTSTRAP_PPV, 0, 0.5}};
    double values[3], auc, brier;
    MUST(px_bootstrap_observe(&set, 1, rows.n, terms, 3, values, &err));
    MUST(px_auc(rows.a, rows.labels, rows.n, &auc, &err));
    MUST(px_brier(rows.a, rows.labels, rows.n, &brier, &err));
    px_confusion c;
    MUST(px_confusion_count(rows.a, rows.labels, rows.n, 0.5, &c, &err));
    assert_true(values[0] == auc);
    assert_true(fabs(values[1] - brier) < 1e-14);
    assert_true(values[2] == px_rates_of(&c, 0.95).ppv.value);
}

static void same_bits_for_any_threads(void **state) {
    (void)state;
    make_rows(600, 50, 0.2);
    enum { ROUNDS = 64, TERMS = 4 };
    const px_bootstrap_set sets[] = {{rows.a, rows.labels}, {rows.b, rows.labels}};
    const px_bootstrap_term terms[TERMS] = {{PX_BOOTSTRAP_AUC, 0, 0},
                                            {PX_BOOTSTRAP_LOG_LOSS, 1, 0},
                                            {PX_BOOTSTRAP_AVERAGE_PRECISION, 1, 0},
                                            {PX_BOOTSTRAP_F1, 0, 0.5}};
    uint32_t clusters[600];
    for (uint32_t i = 0; i < 600; i++)
        clusters[i] = 4000000000u - i / 3;
    for (int scheme = PX_BOOTSTRAP_STRATIFIED; scheme <= PX_BOOTSTRAP_CLUSTERED; scheme++) {
        double expected[TERMS * ROUNDS], other[TERMS * ROUNDS];
        px_bootstrap_options options = {(px_bootstrap_scheme)scheme,
                                        scheme == PX_BOOTSTRAP_CLUSTERED ? clusters : NULL, ROUNDS,
                                        5, NULL};
        MUST(px_bootstrap_run(sets, 2, 600, terms, TERMS, &options, expected, &err));
        for (int threads = 1; threads <= 5; threads += 2) {
            px_pool *pool = px_pool_new(threads, NULL);
            options.pool = pool;
            MUST(px_bootstrap_run(sets, 2, 600, terms, TERMS, &options, other, &err));
            assert_memory_equal(expected, other, sizeof expected);
            px_pool_free(pool);
        }
        options = (px_bootstrap_options){options.scheme, options.clusters, ROUNDS, 6, NULL};
        MUST(px_bootstrap_run(sets, 2, 600, terms, TERMS, &options, other, &err));
        assert_memory_not_equal(expected, other, sizeof expected); /* another seed */
    }
}

/* Rows of a cluster are copies of each other: the share of positives then moves in steps of whole
 * clusters, and its spread over the rounds is that of so many independent clusters. */
static void clusters_are_drawn_whole(void **state) {
    (void)state;
    enum { CLUSTERS = 40, SIZE = 5, N = CLUSTERS * SIZE, ROUNDS = 4000 };
    double scores[N], shares[ROUNDS], spread[2];
    uint8_t labels[N];
    uint32_t clusters[N];
    for (int i = 0; i < N; i++) {
        clusters[i] = (uint32_t)(i % CLUSTERS) * 1000;
        labels[i] = i % CLUSTERS % 4 == 0;
        scores[i] = 1; /* all are called positive: accuracy is the share of positives */
    }
    const px_bootstrap_set set = {scores, labels};
    const px_bootstrap_term term = {PX_BOOTSTRAP_ACCURACY, 0, 0.5};
    for (int whole = 0; whole < 2; whole++) {
        const px_bootstrap_options options = {PX_BOOTSTRAP_CLUSTERED, whole ? clusters : NULL,
                                              ROUNDS, 3, NULL};
        MUST(px_bootstrap_run(&set, 1, N, &term, 1, &options, shares, &err));
        for (int r = 0; whole && r < ROUNDS; r++)
            assert_true(fabs(shares[r] * CLUSTERS - round(shares[r] * CLUSTERS)) < 1e-9);
        px_bootstrap_interval out;
        MUST(px_bootstrap_summarise(shares, ROUNDS, 0.25, 0.95, &out, &err));
        spread[whole] = out.standard_error;
    }
    assert_true(fabs(spread[0] / sqrt(0.25 * 0.75 / N) - 1) < 0.05);
    assert_true(fabs(spread[1] / sqrt(0.25 * 0.75 / CLUSTERS) - 1) < 0.05);
}

static void classes_keep_their_numbers_when_stratified(void **state) {
    (void)state;
    make_rows(200, 0, 0.1);
    double always[200], shares[500];
    for (int i = 0; i < 200; i++)
        always[i] = 1;
    const px_bootstrap_set set = {always, rows.labels};
    const px_bootstrap_term term = {PX_BOOTSTRAP_ACCURACY, 0, 0.5};
    const px_bootstrap_options options = {PX_BOOTSTRAP_STRATIFIED, NULL, 500, 3, NULL};
    MUST(px_bootstrap_run(&set, 1, 200, &term, 1, &options, shares, &err));
    for (int r = 1; r < 500; r++)
        assert_true(shares[r] == shares[0]);
}

static void quantiles_are_numpys(void **state) {
    (void)state;
    const double values[] = {NAN, 5, 1, 4, NAN, 2, 10}; /* numpy.quantile([1, 2, 4, 5, 10], …) */
    px_bootstrap_interval out;
    MUST(px_bootstrap_summarise(values, 7, 3, 0.5, &out, &err));
    assert_int_equal(out.defined, 5);
    assert_true(out.interval.value == 3 && out.interval.low == 2 && out.interval.high == 5);
    MUST(px_bootstrap_summarise(values, 7, 3, 0.9, &out, &err));
    assert_true(fabs(out.interval.low - 1.2) < 1e-12 && fabs(out.interval.high - 9) < 1e-12);
    assert_true(fabs(out.standard_error - sqrt(12.3)) < 1e-12);
    MUST(px_bootstrap_summarise(values, 1, 3, 0.9, &out, &err));
    assert_true(out.defined == 0 && isnan(out.interval.low) && isnan(out.standard_error));
    MUST_FAIL(px_bootstrap_summarise(values, 7, 3, 1, &out, &err), PX_ERR_USAGE);
}

/* Findings of which one has gaps: the gaps count neither in what is observed nor in the rounds. */
static void means_over_findings_with_gaps(void **state) {
    (void)state;
    make_rows(400, 0, 0.4);
    static double scores[400], dense[400];
    static uint8_t gaps[400], dense_labels[400];
    size_t kept = 0;
    for (size_t i = 0; i < 400; i++) {
        bool gap = i % 3 == 0;
        gaps[i] = gap ? PX_BOOTSTRAP_NO_LABEL : rows.labels[i];
        scores[i] = gap ? NAN : rows.b[i];
        if (!gap) {
            dense[kept] = rows.b[i];
            dense_labels[kept++] = rows.labels[i];
        }
    }
    const px_bootstrap_set sets[] = {{rows.a, rows.labels}, {scores, gaps}};
    px_bootstrap_options options = {PX_BOOTSTRAP_CLUSTERED, NULL, 800, 9, NULL};
    px_bootstrap_interval mean, one, other;
    double auc[2];
    MUST(px_auc(rows.a, rows.labels, 400, &auc[0], &err));
    MUST(px_auc(dense, dense_labels, kept, &auc[1], &err));
    MUST(px_bootstrap_mean(sets, 2, 400, PX_BOOTSTRAP_AUC, 0, &options, 0.95, &mean, &err));
    assert_true(fabs(mean.interval.value - (auc[0] + auc[1]) / 2) < 1e-14);
    assert_int_equal(mean.defined, 800);
    MUST(px_bootstrap_one(&sets[0], 400, PX_BOOTSTRAP_AUC, 0, &options, 0.95, &one, &err));
    MUST(px_bootstrap_one(&sets[1], 400, PX_BOOTSTRAP_AUC, 0, &options, 0.95, &other, &err));
    assert_true(mean.standard_error < fmax(one.standard_error, other.standard_error));
    assert_true(one.interval.low < auc[0] && auc[0] < one.interval.high);
    options.scheme = PX_BOOTSTRAP_STRATIFIED;
    MUST_FAIL(px_bootstrap_mean(sets, 2, 400, PX_BOOTSTRAP_AUC, 0, &options, 0.95, &mean, &err),
              PX_ERR_USAGE);
}

/* The same patients are drawn for all sets: a set differs from itself by nothing, in every round.
 */
static void differences_are_paired(void **state) {
    (void)state;
    make_rows(300, 0, 0.4);
    const px_bootstrap_set sets[] = {{rows.a, rows.labels}, {rows.a, rows.labels}};
    const px_bootstrap_term terms[] = {{PX_BOOTSTRAP_AUC, 0, 0}, {PX_BOOTSTRAP_AUC, 1, 0}};
    const px_bootstrap_options options = {PX_BOOTSTRAP_CLUSTERED, NULL, 100, 9, NULL};
    double replicates[200], difference[100];
    MUST(px_bootstrap_run(sets, 2, 300, terms, 2, &options, replicates, &err));
    px_bootstrap_combine(replicates, 2, 100, (const double[]){1, -1}, difference);
    for (int r = 0; r < 100; r++)
        assert_true(difference[r] == 0 && (r == 0 || replicates[r] != replicates[0]));
}

static void rounds_without_a_class_do_not_count(void **state) {
    (void)state;
    const double scores[] = {0.1, 0.2, 0.9, 0.3, 0.4};
    const uint8_t labels[] = {0, 0, 1, 0, 0}, none[5] = {0};
    const px_bootstrap_set set = {scores, labels}, negative = {scores, none};
    px_bootstrap_options options = {PX_BOOTSTRAP_CLUSTERED, NULL, 2000, 1, NULL};
    px_bootstrap_interval out;
    MUST(px_bootstrap_one(&set, 5, PX_BOOTSTRAP_AUC, 0, &options, 0.95, &out, &err));
    double both = 1 - pow(0.8, 5) - pow(0.2, 5); /* chance of a round with both classes */
    assert_true(fabs((double)out.defined / 2000 - both) < 0.04);
    assert_true(out.interval.low == 1 && out.interval.high == 1);
    options.scheme = PX_BOOTSTRAP_STRATIFIED;
    MUST(px_bootstrap_one(&set, 5, PX_BOOTSTRAP_AUC, 0, &options, 0.95, &out, &err));
    assert_int_equal(out.defined, 2000);
    MUST(px_bootstrap_one(&negative, 5, PX_BOOTSTRAP_AUC, 0, &options, 0.95, &out, &err));
    assert_true(out.defined == 0 && isnan(out.interval.value) && isnan(out.interval.high));
    MUST(
        px_bootstrap_one(&negative, 5, PX_BOOTSTRAP_SPECIFICITY, 0.35, &options, 0.95, &out, &err));
    assert_true(out.interval.value == 0.6 && out.defined == 2000);
    MUST(px_bootstrap_one(&set, 1, PX_BOOTSTRAP_BRIER, 0, &options, 0.95, &out, &err));
    assert_true(fabs(out.interval.low - 0.01) < 1e-15 && out.interval.high == out.interval.low);
}

static void what_makes_no_sense_is_refused(void **state) {
    (void)state;
    double scores[] = {0.1, 0.2, 0.9}, replicates[2];
    uint8_t labels[] = {0, 1, 1};
    const uint32_t clusters[3] = {0};
    const px_bootstrap_set set = {scores, labels};
    px_bootstrap_term term = {PX_BOOTSTRAP_AUC, 0, 0};
    const px_bootstrap_options good = {PX_BOOTSTRAP_STRATIFIED, NULL, 2, 1, NULL};
    const px_bootstrap_options bad[] = {
        {PX_BOOTSTRAP_STRATIFIED, NULL, 0, 1, NULL},
        {PX_BOOTSTRAP_STRATIFIED, NULL, PX_BOOTSTRAP_MOST_ROUNDS + 1, 1, NULL},
        {PX_BOOTSTRAP_STRATIFIED, clusters, 2, 1, NULL},
        {(px_bootstrap_scheme)7, NULL, 2, 1, NULL}};
    for (int i = 0; i < 4; i++)
        MUST_FAIL(px_bootstrap_run(&set, 1, 3, &term, 1, &bad[i], replicates, &err), PX_ERR_USAGE);
    MUST_FAIL(px_bootstrap_run(&set, 1, 0, &term, 1, &good, replicates, &err), PX_ERR_INPUT);
    MUST_FAIL(px_bootstrap_run(&set, 1, 3, &term, 0, &good, replicates, &err), PX_ERR_USAGE);
    term.set = 1;
    MUST_FAIL(px_bootstrap_run(&set, 1, 3, &term, 1, &good, replicates, &err), PX_ERR_USAGE);
    term = (px_bootstrap_term){PX_BOOTSTRAP_PPV, 0, NAN};
    MUST_FAIL(px_bootstrap_run(&set, 1, 3, &term, 1, &good, replicates, &err), PX_ERR_USAGE);
    term = (px_bootstrap_term){PX_BOOTSTRAP_BRIER, 0, 0};
    scores[1] = 1.5;
    MUST_FAIL(px_bootstrap_run(&set, 1, 3, &term, 1, &good, replicates, &err), PX_ERR_INPUT);
    term.statistic = PX_BOOTSTRAP_AUC;
    scores[1] = INFINITY;
    MUST_FAIL(px_bootstrap_run(&set, 1, 3, &term, 1, &good, replicates, &err), PX_ERR_INPUT);
    labels[1] = 2;
    px_error said = {0};
    assert_false(px_bootstrap_run(&set, 1, 3, &term, 1, &good, replicates, &said));
    assert_string_equal(said.message, "row 2: label 2 is neither 0 nor 1");
    memset(labels, PX_BOOTSTRAP_NO_LABEL, sizeof labels);
    MUST_FAIL(px_bootstrap_run(&set, 1, 3, &term, 1, &good, replicates, &err), PX_ERR_INPUT);
}

/* Coverage at n = 300 of a binormal model, positives higher by 1: AUC = Phi(1 / sqrt 2). In pairs
 * (patients of two images) both share a label and half of the score's variance. */
enum { IMAGES = 300 };

static void draw_model(px_random *random, bool pairs, double *scores, uint8_t *labels) {
    double shared = 0;
    for (int i = 0; i < IMAGES; i++) {
        bool first = !pairs || i % 2 == 0;
        if (first)
            shared = px_random_normal(random);
        labels[i] = first ? px_random_uniform(random) < 0.3 : labels[i - 1];
        double noise = pairs ? M_SQRT1_2 * (shared + px_random_normal(random)) : shared;
        scores[i] = labels[i] + noise;
    }
}

static bool covers(px_interval interval, double value) {
    return interval.low <= value && value <= interval.high;
}

static void intervals_cover(void **state) {
    (void)state;
    const char *more = getenv("COVERAGE_SIMULATIONS"); /* 1000, with 200 rounds, are the test's */
    long simulations = more ? strtol(more, NULL, 10) : 1000;
    const double truth = 0.5 * erfc(-0.5);
    double scores[IMAGES], covered[4] = {0};
    uint8_t labels[IMAGES];
    uint32_t patients[IMAGES];
    for (uint32_t i = 0; i < IMAGES; i++)
        patients[i] = i / 2;
    for (long s = 0; s < simulations; s++) {
        px_random random;
        px_random_init(&random, 2026, (uint64_t)s);
        px_bootstrap_options options = {PX_BOOTSTRAP_STRATIFIED, NULL, more ? 1000 : 200,
                                        (uint64_t)s, NULL};
        const px_bootstrap_set set = {scores, labels};
        px_auc_estimate delong;
        px_bootstrap_interval out;
        draw_model(&random, false, scores, labels);
        MUST(px_auc_delong(scores, labels, IMAGES, 0.95, &delong, &err));
        covered[0] += covers(delong.auc, truth);
        MUST(px_bootstrap_one(&set, IMAGES, PX_BOOTSTRAP_AUC, 0, &options, 0.95, &out, &err));
        covered[1] += covers(out.interval, truth);
        draw_model(&random, true, scores, labels);
        options.scheme = PX_BOOTSTRAP_CLUSTERED;
        options.clusters = patients;
        MUST(px_bootstrap_one(&set, IMAGES, PX_BOOTSTRAP_AUC, 0, &options, 0.95, &out, &err));
        covered[2] += covers(out.interval, truth);
        MUST(px_auc_delong(scores, labels, IMAGES, 0.95, &delong, &err));
        covered[3] += covers(delong.auc, truth); /* as if images were independent */
    }
    for (int k = 0; k < 4; k++)
        covered[k] /= (double)simulations;
    if (more)
        print_message("DeLong %.4f, stratified %.4f, clustered %.4f; DeLong on pairs %.4f\n",
                      covered[0], covered[1], covered[2], covered[3]);
    for (int k = 0; k < 3; k++) {
        if (!(covered[k] >= 0.93 && covered[k] <= 0.97))
            fail_msg("interval %d covers %.3f", k, covered[k]);
    }
    assert_true(covered[3] < covered[2]); /* what patients are resampled for */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(observed_figures_are_the_plain_ones),
        cmocka_unit_test(same_bits_for_any_threads),
        cmocka_unit_test(clusters_are_drawn_whole),
        cmocka_unit_test(classes_keep_their_numbers_when_stratified),
        cmocka_unit_test(quantiles_are_numpys),
        cmocka_unit_test(means_over_findings_with_gaps),
        cmocka_unit_test(differences_are_paired),
        cmocka_unit_test(rounds_without_a_class_do_not_count),
        cmocka_unit_test(what_makes_no_sense_is_refused),
        cmocka_unit_test(intervals_cover),
    };
    return cmocka_run_group_tests_name("bootstrap", tests, NULL, NULL);
}
