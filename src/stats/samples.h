/* What every statistic asks of its input: scores that are numbers, labels that are 0 or 1. */
#ifndef PX_STATS_SAMPLES_H
#define PX_STATS_SAMPLES_H

#include "perxeptron.h"

/** More rows than this are refused (PX_ERR_LIMIT): rows are numbered by 32 bits, with two to spare.
 */
#define PX_SAMPLES_MOST ((size_t)1 << 30)

/**
 * Check n labelled scores and count them.
 *
 * @param scores     [n] finite.
 * @param labels     [n] 0 or 1.
 * @param positives  nullable; how many labels are 1. Set on success, which 0 and n are, too.
 * @param err        PX_ERR_INPUT: no rows, or the first row that is wrong, counted from 1.
 */
bool px_samples_check(const double *scores, const uint8_t *labels, size_t n, size_t *positives,
                      px_error *err);

/** The same of labels alone. */
bool px_samples_check_labels(const uint8_t *labels, size_t n, size_t *positives, px_error *err);

/** As px_samples_check, and both classes must be there. PX_ERR_INPUT: "all 12 rows are negative".
 *  @param positives  not NULL. */
bool px_samples_check_both(const double *scores, const uint8_t *labels, size_t n, size_t *positives,
                           px_error *err);

/** As px_samples_check, and scores must be probabilities, in [0, 1]. */
bool px_samples_check_probabilities(const double *scores, const uint8_t *labels, size_t n,
                                    size_t *positives, px_error *err);

/** A confidence level must lie between 0 and 1, both excluded. PX_ERR_USAGE. */
bool px_samples_check_level(double level, px_error *err);

/**
 * Row numbers by descending score; equal scores stay in the order of the rows (radix sort: O(n)).
 *
 * @param scores  [n] finite; n at most PX_SAMPLES_MOST.
 * @return [n], the caller's, released with free(); NULL when memory ran out.
 */
uint32_t *px_samples_order(const double *scores, size_t n, px_error *err);

/** Past the last of the rows order[begin], order[begin + 1], … that have one score. */
size_t px_samples_tie_end(const double *scores, const uint32_t *order, size_t n, size_t begin);

/**
 * Number groups (patients) from 0 without gaps.
 *
 * @param groups  [n] rows of equal number belong together; any numbers. NULL: every row by itself.
 * @param count   how many groups there are.
 * @return [n], the caller's, released with free(); NULL when memory ran out.
 */
uint32_t *px_samples_number_groups(const uint32_t *groups, size_t n, size_t *count, px_error *err);

#endif
