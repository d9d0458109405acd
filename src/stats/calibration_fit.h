/* The fits behind the calibration methods, on input that was checked. */
#ifndef PX_STATS_CALIBRATION_FIT_H
#define PX_STATS_CALIBRATION_FIT_H

#include "calibration.h"

/** Platt's a and b from logits, [n], which are not all equal.
 *  @param positives  how many of the labels are 1: 1 to n - 1. */
void px_fit_platt(const double *logits, const uint8_t *labels, size_t n, size_t positives,
                  px_calibration *out);

/** The temperature from logits, [n], which are not all equal. */
void px_fit_temperature(const double *logits, const uint8_t *labels, size_t n, px_calibration *out);

/** Isotonic knots and values from scores, [n]. PX_ERR_MEMORY. */
bool px_fit_isotonic(const double *scores, const uint8_t *labels, size_t n, px_calibration *out,
                     px_error *err);

#endif
