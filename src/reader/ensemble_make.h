/* Making an ensemble from model files. */
#ifndef PX_READER_ENSEMBLE_MAKE_H
#define PX_READER_ENSEMBLE_MAKE_H

#include "ensemble.h"

/** A model file and, or NULL for 1 in everything, the CSV of its weights. */
typedef struct px_ensemble_source {
    const char *model;
    const char *weights;
} px_ensemble_source;

/**
 * Build an ensemble in memory, to be saved at `output`.
 *
 * Findings are the models' trained labels in order of appearance; one that nobody has a weight for
 * is left out. Thresholds are recorded with the hashes of the members.
 *
 * @param name        of the ensemble.
 * @param thresholds  CSV file, or NULL for scores without decisions.
 * @param output      where the file will be: the models lie in its folder or below.
 * @param ensemble    initialised; set on success, untouched on failure.
 * @param err         PX_ERR_USAGE: a model lies elsewhere, or a name is no name; PX_ERR_MISMATCH: a
 *                    CSV names a finding that the model, or the ensemble, does not have;
 *                    PX_ERR_INPUT, PX_ERR_IO of the files.
 */
bool px_ensemble_make(const px_ensemble_source *sources, int n, const char *name,
                      const char *thresholds, const char *output, px_ensemble *ensemble,
                      px_error *err);

#endif
