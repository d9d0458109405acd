/* The ROC curve. */
#ifndef PX_STATS_ROC_H
#define PX_STATS_ROC_H

#include "perxeptron.h"

/** What a threshold gives; a row counts as positive when score >= threshold. */
typedef struct px_roc_point {
    double threshold;
    double tpr, fpr; /**< sensitivity, 1 - specificity */
    uint32_t tp, fp;
} px_roc_point;

/** A ROC curve. Zeroed before use, released with px_roc_clear. */
typedef struct px_roc {
    uint32_t positives, negatives;
    size_t n_points;
    px_roc_point *points; /**< thresholds descending; the first is INFINITY, at (0, 0); then one for
                               each distinct score; the last is at (1, 1) */
} px_roc;

/**
 * The ROC curve with every distinct score as a threshold, ties taken together: the points of
 * scikit-learn's roc_curve(drop_intermediate=False). O(n log n). Source: Fawcett 2006, algorithm 1.
 *
 * @param scores  [n] finite; any range.
 * @param labels  [n] 0 or 1; both must occur.
 * @param roc     zeroed; untouched on failure.
 * @param err     PX_ERR_INPUT: no rows, one class only, a score or label that is none.
 */
bool px_roc_compute(const double *scores, const uint8_t *labels, size_t n, px_roc *roc,
                    px_error *err);
void px_roc_clear(px_roc *roc);

/** Area under the curve by the trapezoidal rule, which is exact with ties (Fawcett 2006). */
double px_roc_area(const px_roc *roc);

/** True positive rate at a false positive rate, linear between the curve's points, the highest
 *  where the curve is upright. Source: Fawcett 2006 (vertical averaging). */
double px_roc_tpr_at(const px_roc *roc, double fpr);

#endif
