/* One set of labelled scores, sorted once so that a round's weights give each figure in O(n). */
#ifndef PX_STATS_BOOTSTRAP_SET_H
#define PX_STATS_BOOTSTRAP_SET_H

#include "bootstrap.h"

/** Rows with a label, by descending score. Zeroed before use, released with px_sorted_set_clear. */
typedef struct px_sorted_set {
    size_t n, positives;
    double *scores;
    uint8_t *marks;  /**< bit 0: the label; bit 1: the last row of its score */
    uint32_t *units; /**< what the row is drawn with: its index into a round's counts */
    double *squares; /**< (score - label)^2; NULL unless asked for */
    double *losses;  /**< -log of the label's probability; NULL unless asked for */
} px_sorted_set;

/**
 * Sort a set.
 *
 * @param units    [n] of each row, in the caller's order; NULL: positives are numbered from 0,
 *                 negatives from there on, each by descending score.
 * @param squares  whether to prepare for PX_BOOTSTRAP_BRIER; losses: for LOG_LOSS. Scores must then
 *                 lie in [0, 1].
 * @param err      PX_ERR_INPUT naming the row.
 */
bool px_sorted_set_make(const px_bootstrap_set *from, size_t n, const uint32_t *units, bool squares,
                        bool losses, px_sorted_set *out, px_error *err);
void px_sorted_set_clear(px_sorted_set *set);

/** Weights on either side of a threshold, kept for the next rate at the same one. */
typedef struct px_weighted_counts {
    double threshold; /**< NaN: nothing is kept */
    uint64_t tp, fp, tn, fn;
} px_weighted_counts;

/**
 * A figure under weights, NaN where it is undefined.
 *
 * @param weights  [set->n] in the set's order.
 * @param kept     threshold NaN for a set's first figure under new weights.
 */
double px_sorted_set_figure(const px_sorted_set *set, const uint8_t *weights,
                            const px_bootstrap_term *term, px_weighted_counts *kept);

#endif
