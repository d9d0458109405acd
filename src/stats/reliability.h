/* How far probabilities can be believed: Brier score, log loss, calibration error, reliability. */
#ifndef PX_STATS_RELIABILITY_H
#define PX_STATS_RELIABILITY_H

#include "interval.h"
#include "perxeptron.h"

enum { PX_RELIABILITY_MOST_BINS = 1000 };

/** One bar of a reliability diagram. */
typedef struct px_reliability_bin {
    double low, high; /**< scores in (low, high]; the first bin holds 0, too */
    size_t n, positives;
    double mean_score;    /**< NaN for an empty bin */
    px_interval observed; /**< share of positives, Wilson 1927; NaN for an empty bin */
} px_reliability_bin;

/** Mean squared difference of score and label, in [0, 1]; lower is better. Source: Brier 1950.
 *  Scores in [0, 1], one class alone will do; PX_ERR_INPUT otherwise (here and below). */
bool px_brier(const double *scores, const uint8_t *labels, size_t n, double *value, px_error *err);

/** Mean -log of the probability given to the label, scores kept 1e-15 from 0 and 1. */
bool px_log_loss(const double *scores, const uint8_t *labels, size_t n, double *value,
                 px_error *err);

/**
 * The reliability diagram in bins of equal width. Source: DeGroot & Fienberg 1983; bins as
 * Guo et al. 2017.
 *
 * @param n_bins  1 to PX_RELIABILITY_MOST_BINS (PX_ERR_USAGE); 10 to 15 are usual.
 * @param level   of the intervals.
 * @param bins    [n_bins] the caller's; untouched on failure.
 */
bool px_reliability_compute(const double *scores, const uint8_t *labels, size_t n, int n_bins,
                            double level, px_reliability_bin *bins, px_error *err);

/** Expected calibration error, the mean of |observed - mean score| over the rows' bins. Source:
 *  Guo et al. 2017. */
bool px_expected_calibration_error(const double *scores, const uint8_t *labels, size_t n,
                                   int n_bins, double *value, px_error *err);

#endif
