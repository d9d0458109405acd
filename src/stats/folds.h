/* Dividing rows into parts for cross-fitting: classes spread evenly, patients kept together. */
#ifndef PX_STATS_FOLDS_H
#define PX_STATS_FOLDS_H

#include "perxeptron.h"

enum { PX_FOLDS_MOST = 1000 };

/**
 * Assign each row to one of k folds. Rows of a group share a fold. Groups are shuffled, those with
 * most positives go first, each to the fold that lacks most (as scikit-learn's StratifiedGroupKFold
 * does): positives and rows are spread as evenly as the groups allow.
 *
 * @param labels  [n] 0 or 1.
 * @param groups  [n] any numbers; NULL: every row by itself.
 * @param k       2 to PX_FOLDS_MOST.
 * @param folds   [n] the caller's; in [0, k); untouched on failure.
 * @param err     PX_ERR_USAGE: k; PX_ERR_INPUT: no rows, a label that is none, or fewer than k
 *                groups with positives or fewer than k with negatives (both are needed to fit), or
 *                groups so uneven that all of a class fall into one fold.
 */
bool px_folds_assign(const uint8_t *labels, const uint32_t *groups, size_t n, int k, uint64_t seed,
                     int *folds, px_error *err);

#endif
