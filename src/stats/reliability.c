/* How far probabilities can be believed: Brier score, log loss, calibration error, reliability. */
#include "reliability.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "rates.h"
#include "samples.h"

bool px_brier(const double *scores, const uint8_t *labels, size_t n, double *value, px_error *err) {
    if (!px_samples_check_probabilities(scores, labels, n, NULL, err))
        return false;
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (scores[i] - labels[i]) * (scores[i] - labels[i]);
    *value = sum / (double)n;
    return true;
}

bool px_log_loss(const double *scores, const uint8_t *labels, size_t n, double *value,
                 px_error *err) {
    if (!px_samples_check_probabilities(scores, labels, n, NULL, err))
        return false;
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        double p = fmin(fmax(scores[i], 1e-15), 1 - 1e-15);
        sum -= log(labels[i] ? p : 1 - p);
    }
    *value = sum / (double)n;
    return true;
}

static double edge(int i, int n_bins) {
    return (double)i / n_bins;
}

static int bin_of(double score, int n_bins) {
    int bin = (int)(score * n_bins);
    if (bin >= n_bins)
        bin = n_bins - 1;
    while (bin > 0 && score <= edge(bin, n_bins))
        bin--;
    while (bin < n_bins - 1 && score > edge(bin + 1, n_bins))
        bin++;
    return bin;
}

static void fill_bins(const double *scores, const uint8_t *labels, size_t n, int n_bins,
                      double level, px_reliability_bin *bins) {
    for (int b = 0; b < n_bins; b++)
        bins[b] = (px_reliability_bin){.low = edge(b, n_bins), .high = edge(b + 1, n_bins)};
    for (size_t i = 0; i < n; i++) {
        px_reliability_bin *bin = &bins[bin_of(scores[i], n_bins)];
        bin->n++;
        bin->positives += labels[i];
        bin->mean_score += scores[i]; /* a sum, until all are there */
    }
    for (int b = 0; b < n_bins; b++) {
        bins[b].mean_score = bins[b].n ? bins[b].mean_score / (double)bins[b].n : NAN;
        bins[b].observed = px_wilson(bins[b].positives, bins[b].n, level);
    }
}

bool px_reliability_compute(const double *scores, const uint8_t *labels, size_t n, int n_bins,
                            double level, px_reliability_bin *bins, px_error *err) {
    if (n_bins < 1 || n_bins > PX_RELIABILITY_MOST_BINS)
        return px_fail(err, PX_ERR_USAGE, NULL, "%d bins: 1 to %d are possible", n_bins,
                       PX_RELIABILITY_MOST_BINS);
    if (!px_samples_check_level(level, err) ||
        !px_samples_check_probabilities(scores, labels, n, NULL, err))
        return false;
    fill_bins(scores, labels, n, n_bins, level, bins);
    return true;
}

bool px_expected_calibration_error(const double *scores, const uint8_t *labels, size_t n,
                                   int n_bins, double *value, px_error *err) {
    px_reliability_bin bins[PX_RELIABILITY_MOST_BINS];
    if (!px_reliability_compute(scores, labels, n, n_bins, 0.95, bins, err))
        return false;
    double sum = 0;
    for (int b = 0; b < n_bins; b++) {
        if (bins[b].n)
            sum += fabs(bins[b].observed.value - bins[b].mean_score) * (double)bins[b].n;
    }
    *value = sum / (double)n;
    return true;
}
