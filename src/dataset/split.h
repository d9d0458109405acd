/* Parts of a data set in which no patient is twice. */
#ifndef PX_DATASET_SPLIT_H
#define PX_DATASET_SPLIT_H

#include "perxeptron.h"

enum { PX_SPLIT_MAX_FOLDS = 1000 };

/**
 * Deal rows out to folds of about the same number of rows, all of one patient to the same fold.
 * Patients are shuffled by the seed, then each goes to the fold that has the fewest rows.
 * The same input gives the same folds on every machine.
 *
 * @param patients  [rows] index of a patient; below 0: a patient of its own.
 * @param folds     2 to PX_SPLIT_MAX_FOLDS.
 * @param fold      [rows] set to 0 … folds - 1; untouched on failure.
 * @param err       PX_ERR_USAGE: folds, or fewer patients than folds; PX_ERR_MEMORY.
 */
bool px_split_folds(const int32_t *patients, int64_t rows, int folds, uint64_t seed, int *fold,
                    px_error *err);

/**
 * Take a fraction of the patients, drawn by the seed, into a part of their own. Of at least two
 * patients, both parts get one.
 *
 * @param fraction  in (0, 1): of patients, rounded to the nearest number.
 * @param chosen    [rows] set to whether the row is in the part; untouched on failure.
 * @param err       PX_ERR_USAGE: the fraction, or fewer than two patients; PX_ERR_MEMORY.
 */
bool px_split_part(const int32_t *patients, int64_t rows, double fraction, uint64_t seed,
                   bool *chosen, px_error *err);

#endif
