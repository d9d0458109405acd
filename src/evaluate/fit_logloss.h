/* Weights that minimise the log loss of a linear pool: convex, solved to a certificate. */
#ifndef PX_EVALUATE_FIT_LOGLOSS_H
#define PX_EVALUATE_FIT_LOGLOSS_H

#include "fit_weights.h"

/** @param weights  [n_members] the caller's, sum 1.
 *  @param gap      nullable: a bound on how far the mean log loss is above its minimum.
 *  PX_ERR_MEMORY. */
bool px_fit_logloss(const px_weights_data *data, double *weights, double *gap, px_error *err);

#endif
