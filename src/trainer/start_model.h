/* The network that a training begins with. */
#ifndef PX_TRAINER_START_MODEL_H
#define PX_TRAINER_START_MODEL_H

#include "../model/model.h"
#include "train_config.h"

/**
 * Build the configuration's network, or take the one of its start file; with an output for each
 * finding, the auxiliary ones last, in float32 and its own memory. Weights of the start file are
 * taken by name and shape; what does not fit begins anew. A Keras HDF5 file of weights
 * (keras.applications' "notop") serves as well as a model.
 *
 * @param tell  nullable: which weights were taken, a line.
 * @param err   PX_ERR_INPUT: none of the start file's weights fits; as px_model_load,
 *              px_hdf5_read.
 */
px_model *px_start_model(const px_train_config *config,
                         void (*tell)(void *context, const char *text), void *context,
                         px_error *err);

/** Append the first `count` of the configuration's findings, comma-separated, as
 *  px_model_set_labels takes them. */
bool px_start_labels(const px_train_config *config, int count, px_buffer *text, px_error *err);

/** Which layers the configuration freezes: [nodes of the graph], to be freed. NULL and
 *  PX_ERR_INPUT naming an entry that no layer has. */
bool *px_start_frozen(const px_train_config *config, const px_graph *graph, px_error *err);

#endif
