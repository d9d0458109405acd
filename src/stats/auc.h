/* The area under the ROC curve: its variance, interval and tests. */
#ifndef PX_STATS_AUC_H
#define PX_STATS_AUC_H

#include "interval.h"
#include "perxeptron.h"

/** An AUC with DeLong's variance. */
typedef struct px_auc_estimate {
    px_interval auc; /**< value -/+ z standard errors, cut to [0, 1] */
    double variance; /**< of the AUC; NaN with fewer than two positives or two negatives: then the
                          interval's ends are NaN, too. 0 where the classes are apart: the interval
                          is then one point and says nothing about the uncertainty. */
    uint32_t positives, negatives;
} px_auc_estimate;

/** Two AUCs and their difference. */
typedef struct px_auc_comparison {
    double a, b;
    px_interval difference; /**< a - b */
    double variance;        /**< of the difference */
    double z, p;            /**< two-sided. Variance 0: z 0 and p 1 where a equals b (the same
                                 ranking), otherwise z is infinite and p 0. NaN where the variance
                                 is NaN. */
} px_auc_comparison;

/**
 * The AUC alone: P(score of a positive > score of a negative) + P(equal) / 2. O(n log n).
 * Source: Hanley & McNeil 1982; Fawcett 2006.
 *
 * @param scores  [n] finite.
 * @param labels  [n] 0 or 1; both must occur.
 * @param err     PX_ERR_INPUT: no rows, one class only, a score or label that is none.
 */
bool px_auc(const double *scores, const uint8_t *labels, size_t n, double *auc, px_error *err);

/**
 * AUC, variance and Wald interval. O(n log n). Source: DeLong, DeLong & Clarke-Pearson 1988, by the
 * mid-ranks of Sun & Xu 2014.
 *
 * @param level  of confidence, as 0.95.
 * @param out    untouched on failure.
 * @param err    as px_auc; PX_ERR_USAGE: a level that is none.
 */
bool px_auc_delong(const double *scores, const uint8_t *labels, size_t n, double level,
                   px_auc_estimate *out, px_error *err);

/**
 * Compare two sets of scores of the same rows (paired). Sources as px_auc_delong.
 *
 * @param a, b  [n] finite.
 */
bool px_auc_compare(const double *a, const double *b, const uint8_t *labels, size_t n, double level,
                    px_auc_comparison *out, px_error *err);

/** Compare the AUCs of two sets without rows in common (subgroups): the variances add up.
 *  PX_ERR_USAGE: a level that is none. */
bool px_auc_compare_unpaired(const px_auc_estimate *a, const px_auc_estimate *b, double level,
                             px_auc_comparison *out, px_error *err);

/** The variance that an AUC has by chance at these numbers of either class, 1 or more, without
 *  looking at scores. Source: Hanley & McNeil 1982, equations 1 and 2. */
double px_auc_expected_variance(double auc, int64_t positives, int64_t negatives);

#endif
