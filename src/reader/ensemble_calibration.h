/* Calibration in the ensemble file: from JSON and back, for each method. */
#ifndef PX_READER_ENSEMBLE_CALIBRATION_H
#define PX_READER_ENSEMBLE_CALIBRATION_H

#include <jansson.h>

#include "../stats/calibration.h"

enum { PX_ENSEMBLE_MAX_KNOTS = 1000 };

/** The method of this name. PX_ERR_UNSUPPORTED about `where`, naming those that are known. */
bool px_ensemble_calibration_method(const char *name, const char *where,
                                    px_calibration_method *method, px_error *err);

/**
 * One finding's calibration:
 *  - platt: [slope above 0, intercept];
 *  - temperature: a number from 0.01 to 100;
 *  - isotonic: [[score, probability], …], 1 to PX_ENSEMBLE_MAX_KNOTS knots in [0, 1], scores
 *    ascending, probabilities not descending;
 *  - of any other method than the block's: {"method": …, "parameters": as above}.
 *
 * @param method  of the block.
 * @param where   names the value in errors.
 * @param out     zeroed; set on success, to be released with px_calibration_clear.
 * @param err     PX_ERR_INPUT, PX_ERR_UNSUPPORTED: another method; PX_ERR_MEMORY.
 */
bool px_ensemble_calibration_parse(const json_t *value, px_calibration_method method,
                                   const char *where, px_calibration *out, px_error *err);

/** The same back, in a block of `method`. A new reference, or NULL without memory. */
json_t *px_ensemble_calibration_to_json(const px_calibration *calibration,
                                        px_calibration_method method);

#endif
