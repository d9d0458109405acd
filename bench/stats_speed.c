/* How long bootstrap intervals take: stats_speed [ROWS FINDINGS ROUNDS THREADS]. */
#include <stdio.h>
#include <stdlib.h>

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

static bool time_mean(const char *what, const px_bootstrap_set *sets, size_t n_sets, size_t n,
                      px_bootstrap_statistic statistic, const px_bootstrap_options *options) {
    px_bootstrap_interval out;
    px_error err = {0};
    double start = px_clock_s();
    bool ok = px_bootstrap_mean(sets, n_sets, n, statistic, 0.5, options, 0.95, &out, &err);
    if (!ok)
        fprintf(stderr, "stats_speed: %s\n", err.message);
    else
        printf("%-28s %6.2f s   %.5f [%.5f, %.5f]\n", what, px_clock_s() - start,
               out.interval.value, out.interval.low, out.interval.high);
    return ok;
}

/* Every set by itself, its classes drawn apart. */
static bool time_stratified(const px_bootstrap_set *sets, size_t n_sets, size_t n,
                            const px_bootstrap_options *options) {
    px_bootstrap_interval out = {0};
    px_error err = {0};
    double start = px_clock_s();
    for (size_t s = 0; s < n_sets; s++) {
        if (!px_bootstrap_one(&sets[s], n, PX_BOOTSTRAP_AUC, 0, options, 0.95, &out, &err)) {
            fprintf(stderr, "stats_speed: %s\n", err.message);
            return false;
        }
    }
    printf("%-28s %6.2f s   last: %.5f [%.5f, %.5f]\n", "AUC of each, stratified",
           px_clock_s() - start, out.interval.value, out.interval.low, out.interval.high);
    return true;
}

static bool time_all(const px_bootstrap_set *sets, size_t n_sets, size_t n,
                     const uint32_t *patients, size_t rounds, px_pool *pool) {
    px_bootstrap_options options = {PX_BOOTSTRAP_STRATIFIED, NULL, rounds, 7, pool};
    bool ok = time_stratified(sets, n_sets, n, &options);
    options.scheme = PX_BOOTSTRAP_CLUSTERED;
    options.clusters = patients;
    return ok && time_mean("mean AUC, patients", sets, n_sets, n, PX_BOOTSTRAP_AUC, &options) &&
           time_mean("mean average precision", sets, n_sets, n, PX_BOOTSTRAP_AVERAGE_PRECISION,
                     &options) &&
           time_mean("mean Brier score", sets, n_sets, n, PX_BOOTSTRAP_BRIER, &options) &&
           time_mean("mean sensitivity", sets, n_sets, n, PX_BOOTSTRAP_SENSITIVITY, &options);
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
