/* From the bootstrap's rounds to intervals. */
#include <math.h>
#include <stdlib.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "bootstrap.h"
#include "samples.h"

static int compare_doubles(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double quantile(const double *sorted, size_t n, double p) {
    if (n == 0)
        return NAN;
    double at = p * (double)(n - 1);
    size_t below = (size_t)at;
    double low = sorted[below], high = sorted[below + 1 < n ? below + 1 : below];
    return low + (at - (double)below) * (high - low);
}

static double deviation(const double *values, size_t n) {
    double mean = 0, sum = 0;
    for (size_t i = 0; i < n; i++)
        mean += values[i] / (double)n;
    for (size_t i = 0; i < n; i++)
        sum += (values[i] - mean) * (values[i] - mean);
    return n < 2 ? NAN : sqrt(sum / (double)(n - 1));
}

bool px_bootstrap_summarise(const double *replicates, size_t rounds, double observed, double level,
                            px_bootstrap_interval *out, px_error *err) {
    if (!px_samples_check_level(level, err))
        return false;
    double *sorted = px_alloc(rounds, sizeof *sorted, err);
    if (!sorted)
        return false;
    size_t defined = 0;
    for (size_t r = 0; r < rounds; r++) {
        if (!isnan(replicates[r]))
            sorted[defined++] = replicates[r];
    }
    qsort(sorted, defined, sizeof *sorted, compare_doubles);
    *out = (px_bootstrap_interval){{observed, quantile(sorted, defined, (1 - level) / 2),
                                    quantile(sorted, defined, (1 + level) / 2)},
                                   deviation(sorted, defined),
                                   defined};
    free(sorted);
    return true;
}

void px_bootstrap_combine(const double *replicates, size_t n_terms, size_t rounds,
                          const double *weights, double *combined) {
    for (size_t r = 0; r < rounds; r++) {
        combined[r] = 0;
        for (size_t t = 0; t < n_terms; t++)
            combined[r] += weights[t] * replicates[t * rounds + r];
    }
}

/* The mean of all terms, with its interval. */
static bool summarise_mean(const px_bootstrap_set *sets, size_t n_sets, size_t n,
                           const px_bootstrap_term *terms, const double *weights,
                           const px_bootstrap_options *options, double level,
                           px_bootstrap_interval *out, px_error *err) {
    if (!px_bootstrap_check_options(options, err))
        return false;
    double *values = px_alloc(n_sets + 1, sizeof *values, err);
    double *replicates = px_alloc((n_sets + 1) * options->rounds, sizeof *replicates, err);
    bool ok = values && replicates &&
              px_bootstrap_observe(sets, n_sets, n, terms, n_sets, values, err) &&
              px_bootstrap_run(sets, n_sets, n, terms, n_sets, options, replicates, err);
    if (ok) {
        double *combined = replicates + n_sets * options->rounds;
        px_bootstrap_combine(replicates, n_sets, options->rounds, weights, combined);
        px_bootstrap_combine(values, n_sets, 1, weights, &values[n_sets]);
        ok = px_bootstrap_summarise(combined, options->rounds, values[n_sets], level, out, err);
    }
    free(replicates);
    free(values);
    return ok;
}

bool px_bootstrap_one(const px_bootstrap_set *set, size_t n, px_bootstrap_statistic statistic,
                      double threshold, const px_bootstrap_options *options, double level,
                      px_bootstrap_interval *out, px_error *err) {
    const px_bootstrap_term term = {statistic, 0, threshold};
    const double weight = 1;
    return summarise_mean(set, 1, n, &term, &weight, options, level, out, err);
}

bool px_bootstrap_mean(const px_bootstrap_set *sets, size_t n_sets, size_t n,
                       px_bootstrap_statistic statistic, double threshold,
                       const px_bootstrap_options *options, double level,
                       px_bootstrap_interval *out, px_error *err) {
    if (options->scheme != PX_BOOTSTRAP_CLUSTERED)
        return px_fail(err, PX_ERR_USAGE, NULL,
                       "a mean over sets needs the clustered bootstrap: the same rows for all");
    if (n_sets == 0 || n_sets > PX_BOOTSTRAP_MOST_SETS)
        return px_fail(err, PX_ERR_USAGE, NULL, "a mean of %zu sets", n_sets);
    px_bootstrap_term *terms = px_alloc(n_sets, sizeof *terms, err);
    double *weights = px_alloc(n_sets, sizeof *weights, err);
    for (size_t s = 0; terms && weights && s < n_sets; s++) {
        terms[s] = (px_bootstrap_term){statistic, s, threshold};
        weights[s] = 1.0 / (double)n_sets;
    }
    bool ok = terms && weights &&
              summarise_mean(sets, n_sets, n, terms, weights, options, level, out, err);
    free(weights);
    free(terms);
    return ok;
}
