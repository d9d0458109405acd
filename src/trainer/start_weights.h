/* Weights of a file, taken over by name and shape. */
#ifndef PX_TRAINER_START_WEIGHTS_H
#define PX_TRAINER_START_WEIGHTS_H

#include "../model/model.h"
#include "train_config.h"

/** Who is told a line; tell is nullable. */
typedef struct px_start_tell {
    void (*tell)(void *context, const char *text);
    void *context;
} px_start_tell;

/** Whether a model answers the configuration's findings, the auxiliary ones included, in their
 *  order. */
bool px_start_same_findings(const px_train_config *config, const px_model *model);

/**
 * Write the weights of config->start that fit into a model which owns its own. The last dense
 * layer is left as it is unless the file is a model that answers the same findings.
 *
 * @param err  PX_ERR_INPUT: nothing fits; as px_model_load and px_hdf5_read.
 */
bool px_start_take_weights(const px_train_config *config, px_model *model, px_start_tell tell,
                           px_error *err);

#endif
