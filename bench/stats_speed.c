/* How long bootstrap intervals take: stats_speed [ROWS FINDINGS ROUNDS THREADS]. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../src/base/clock.h"
#include "../src/base/random.h"
#include "../src/stats/bootstrap.h"

/* Each finding's rows: one in ten positive, scores in [0, 1) with AUC 0.8 or so. */
static void make_rows(size_t n, size_t n_sets, double *scores, uint8_t *labels) {
    px_random random;
    px_random_init(&random, 1, 0);
    for (size_t i = 0; i < n * n_sets; i++) {
        labels[i] = px_random_below(&random, 10) == 0;
        double u = px_random_uniform(&random);
        scores[i] = labels[i] ? 1 - u * u * 0.8 : u;
    }
}

/* Seconds of this process on all processors: what others run does not count. */
static double used_s(void) {
    return (double)clock() / CLOCKS_PER_SEC;
}

static void print_times(const char *what, double wall, double used,
                        const px_bootstrap_interval *last) {
    printf("%-34s %7.2f s, %7.2f s of processors   %.5f [%.5f, %.5f]\n", what, wall, used,
           last->interval.value, last->interval.low, last->interval.high);
}

/* The mean over all findings, the same patients drawn for each. */
static bool time_mean(const char *what, const px_bootstrap_set *sets, size_t n_sets, size_t n,
                      px_bootstrap_statistic statistic, const px_bootstrap_options *options) {
    px_bootstrap_interval out;
    px_error err = {0};
    double start = px_clock_s(), used = used_s();
    if (!px_bootstrap_mean(sets, n_sets, n, statistic, 0.5, options, 0.95, &out, &err)) {
        fprintf(stderr, "stats_speed: %s\n", err.message);
        return false;
    }
    print_times(what, px_clock_s() - start, used_s() - used, &out);
    return true;
}

/* Every finding by itself, its classes drawn apart. */
static bool time_stratified(const px_bootstrap_set *sets, size_t n_sets, size_t n,
                            const px_bootstrap_options *options) {
    px_bootstrap_interval out = {0};
    px_error err = {0};
    double start = px_clock_s(), used = used_s();
    for (size_t s = 0; s < n_sets; s++) {
        if (!px_bootstrap_one(&sets[s], n, PX_BOOTSTRAP_AUC, 0, options, 0.95, &out, &err)) {
            fprintf(stderr, "stats_speed: %s\n", err.message);
            return false;
        }
    }
    print_times("AUC of each, stratified", px_clock_s() - start, used_s() - used, &out);
    return true;
}

/* Every statistic of every finding in one run. */
static bool time_everything(const px_bootstrap_set *sets, size_t n_sets, size_t n,
                            const px_bootstrap_options *options) {
    enum { STATISTICS = PX_BOOTSTRAP_F1 + 1 };
    size_t n_terms = n_sets * STATISTICS;
    px_bootstrap_term *terms = calloc(n_terms, sizeof *terms);
    double *replicates = calloc(n_terms * options->rounds, sizeof *replicates);
    px_bootstrap_interval out = {0};
    px_error err = {0};
    double observed = 0;
    for (size_t t = 0; terms && t < n_terms; t++)
        terms[t] =
            (px_bootstrap_term){(px_bootstrap_statistic)(t % STATISTICS), t / STATISTICS, 0.5};
    double start = px_clock_s(), used = used_s();
    bool ok = terms && replicates &&
              px_bootstrap_run(sets, n_sets, n, terms, n_terms, options, replicates, &err) &&
              px_bootstrap_observe(sets, 1, n, terms, 1, &observed, &err) &&
              px_bootstrap_summarise(replicates, options->rounds, observed, 0.95, &out, &err);
    if (ok)
        print_times("all ten statistics of each", px_clock_s() - start, used_s() - used, &out);
    else
        fprintf(stderr, "stats_speed: %s\n", err.message);
    free(replicates);
    free(terms);
    return ok;
}

static bool time_all(const px_bootstrap_set *sets, size_t n_sets, size_t n,
                     const uint32_t *patients, size_t rounds, px_pool *pool) {
    px_bootstrap_options options = {PX_BOOTSTRAP_STRATIFIED, NULL, rounds, 7, pool};
    bool ok = time_stratified(sets, n_sets, n, &options);
    options.scheme = PX_BOOTSTRAP_CLUSTERED;
    options.clusters = patients;
    return ok && time_mean("mean AUC, patients", sets, n_sets, n, PX_BOOTSTRAP_AUC, &options) &&
           time_mean("mean average precision, patients", sets, n_sets, n,
                     PX_BOOTSTRAP_AVERAGE_PRECISION, &options) &&
           time_mean("mean Brier score, patients", sets, n_sets, n, PX_BOOTSTRAP_BRIER, &options) &&
           time_mean("mean sensitivity, patients", sets, n_sets, n, PX_BOOTSTRAP_SENSITIVITY,
                     &options) &&
           time_everything(sets, n_sets, n, &options);
}

static size_t argument(int argc, char **argv, int i, size_t otherwise) {
    return argc > i ? strtoul(argv[i], NULL, 10) : otherwise;
}

int main(int argc, char **argv) {
    size_t n = argument(argc, argv, 1, 220000), n_sets = argument(argc, argv, 2, 14);
    size_t rounds = argument(argc, argv, 3, 1000), threads = argument(argc, argv, 4, 2);
    double *scores = calloc(n * n_sets, sizeof *scores);
    uint8_t *labels = calloc(n * n_sets, sizeof *labels);
    uint32_t *patients = calloc(n, sizeof *patients);
    px_bootstrap_set *sets = calloc(n_sets, sizeof *sets);
    px_pool *pool = px_pool_new((int)threads, NULL);
    bool ok = scores && labels && patients && sets && pool;
    if (ok) {
        make_rows(n, n_sets, scores, labels);
        for (size_t s = 0; s < n_sets; s++)
            sets[s] = (px_bootstrap_set){scores + s * n, labels + s * n};
        for (size_t i = 0; i < n; i++)
            patients[i] = (uint32_t)(i / 3);
        printf("%zu rows, %zu findings, %zu rounds, %zu threads\n", n, n_sets, rounds, threads);
        ok = time_all(sets, n_sets, n, patients, rounds, pool);
    }
    px_pool_free(pool);
    free(sets);
    free(patients);
    free(labels);
    free(scores);
    return ok ? 0 : 1;
}
