/* The precision-recall curve and its summary, average precision. */
#ifndef PX_STATS_PRECISION_RECALL_H
#define PX_STATS_PRECISION_RECALL_H

#include "perxeptron.h"

typedef struct px_pr_point {
    double threshold; /**< positive: score >= threshold */
    double recall, precision;
} px_pr_point;

/** A precision-recall curve. Zeroed before use, released with px_pr_clear. */
typedef struct px_pr {
    size_t n_points;
    px_pr_point *points;      /**< thresholds descending; the first is INFINITY, at recall 0 and, by
                                   convention, precision 1; then one for each distinct score */
    double average_precision; /**< sum of (R_i - R_{i-1}) P_i: a step curve, because linear
                                   interpolation flatters (Davis & Goadrich 2006) */
    double prevalence;        /**< the precision of a guess */
} px_pr;

/**
 * The curve, with every distinct score as a threshold: the points of scikit-learn's
 * precision_recall_curve (which lists them the other way round). O(n log n).
 *
 * @param scores  [n] finite.
 * @param labels  [n] 0 or 1; both must occur.
 * @param pr      zeroed; untouched on failure.
 * @param err     PX_ERR_INPUT: no rows, one class only, a score or label that is none.
 */
bool px_pr_compute(const double *scores, const uint8_t *labels, size_t n, px_pr *pr, px_error *err);
void px_pr_clear(px_pr *pr);

/** Average precision alone, as scikit-learn's average_precision_score. */
bool px_average_precision(const double *scores, const uint8_t *labels, size_t n, double *value,
                          px_error *err);

#endif
