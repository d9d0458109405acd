/* Counts at a threshold, and the rates that follow, with intervals. */
#ifndef PX_STATS_RATES_H
#define PX_STATS_RATES_H

#include "interval.h"
#include "perxeptron.h"

/** Decisions against labels. */
typedef struct px_confusion {
    size_t tp, fp, tn, fn;
} px_confusion;

/** Rates, each NaN ("undefined") where its denominator is 0. */
typedef struct px_rates {
    px_interval sensitivity; /**< tp / (tp + fn) */
    px_interval specificity; /**< tn / (tn + fp) */
    px_interval ppv;         /**< tp / (tp + fp) */
    px_interval npv;         /**< tn / (tn + fn) */
    px_interval accuracy;    /**< (tp + tn) / n */
    px_interval prevalence;  /**< (tp + fn) / n */
    px_interval f1;          /**< 2 tp / (2 tp + fp + fn) */
} px_rates;

/**
 * Count decisions (score >= threshold) against labels.
 *
 * @param scores     [n] finite.
 * @param labels     [n] 0 or 1; one class alone will do.
 * @param threshold  not NaN.
 * @param err        PX_ERR_INPUT: no rows, a score or label that is none. PX_ERR_USAGE: threshold.
 */
bool px_confusion_count(const double *scores, const uint8_t *labels, size_t n, double threshold,
                        px_confusion *out, px_error *err);

/** Score interval of a proportion; NaN for no trials or a level that is none. Source: Wilson 1927
 *  (without continuity correction). */
px_interval px_wilson(size_t successes, size_t trials, double level);

/** All rates with Wilson intervals. That of F1 is the interval of tp / (tp + fp + fn), a proportion
 *  of which F1 is a rising function (F1 = 2 J / (1 + J)), carried over. */
px_rates px_rates_of(const px_confusion *counts, double level);

/** Positive predictive value at another prevalence, by Bayes' rule; NaN where nothing is positive.
 *  All in [0, 1]. */
double px_ppv_at(double sensitivity, double specificity, double prevalence);
/** Negative predictive value at another prevalence; NaN where nothing is negative. */
double px_npv_at(double sensitivity, double specificity, double prevalence);

/** The same with logit intervals. Source: Mercaldo, Lau & Zhou 2007. Ends are NaN where a rate is 0
 *  or 1 or undefined: the method has no answer there.
 *  @param prevalence  in (0, 1). */
px_interval px_ppv_interval_at(const px_confusion *counts, double prevalence, double level);
px_interval px_npv_interval_at(const px_confusion *counts, double prevalence, double level);

/** Difference of two proportions of different rows, a - b (subgroups). Source: Newcombe 1998,
 *  method 10 (from two Wilson intervals). NaN without trials. */
px_interval px_rate_difference(size_t successes_a, size_t trials_a, size_t successes_b,
                               size_t trials_b, double level);

#endif
