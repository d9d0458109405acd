/* Weights that maximise the area under the ROC curve: line searches from several starts. */
#ifndef PX_EVALUATE_FIT_AUC_H
#define PX_EVALUATE_FIT_AUC_H

#include "fit_weights.h"

/** AUC of a pool. @param weights [n_members] sum 1. PX_ERR_MEMORY, PX_ERR_INPUT. */
bool px_fit_pool_auc(const px_weights_data *data, const double *weights, double *auc,
                     px_error *err);

/** The member of the largest AUC, or -1 and an error. */
int px_fit_best_member(const px_weights_data *data, px_error *err);

/** As px_fit_weights with PX_WEIGHTS_AUC; weights are not rounded yet. */
bool px_fit_auc(const px_weights_data *data, uint64_t seed, double *weights, px_error *err);

#endif
