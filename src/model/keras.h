/* Keras 2.x models on their way to a graph: layers flattened out of nested models, weights found.
 */
#ifndef PX_MODEL_KERAS_H
#define PX_MODEL_KERAS_H

#include <jansson.h>

#include "hdf5_file.h"
#include "importers.h"

/** One layer. Texts and config are borrowed from the network's JSON. */
typedef struct px_keras_layer {
    const char *kind;  /**< class_name */
    const char *name;  /**< unique within its model only */
    const char *scope; /**< name of the outermost model's layer that it is, or is inside of */
    const json_t *config;
    int n_inputs;
    int *inputs;                  /**< earlier layers */
    int weights[PX_NODE_TENSORS]; /**< indexes into the file's tensors, set by px_keras_match */
} px_keras_layer;

/** A model with nested models unfolded, in the order of execution; layer 0 is the input. */
typedef struct px_keras_network {
    json_t *json;
    int n_layers;
    px_keras_layer *layers;
    int output;
    px_shape input;
} px_keras_network;

/**
 * Parse what `model.to_json()` wrote: Sequential or functional, nested or not.
 *
 * @param network  set on success, untouched on failure; clear with px_keras_clear.
 * @param err      PX_ERR_INPUT, PX_ERR_UNSUPPORTED; the subject is the layer.
 */
bool px_keras_parse(const char *json, size_t size, px_keras_network *network, px_error *err);
void px_keras_clear(px_keras_network *network);

/** What a layer's weights are called ("kernel", "bias"), in slots as Keras orders them; NULL ends.
 */
void px_keras_weight_names(const px_keras_layer *layer, const char *names[PX_NODE_TENSORS + 1]);

/**
 * Find every layer's weights: by name, or, when another session numbered the layers differently,
 * in the order of each kind as Keras itself does. Every tensor of the file must be used.
 *
 * @param by_order  set when order decided.
 * @param err       PX_ERR_MISMATCH naming the missing or superfluous tensor.
 */
bool px_keras_match(px_keras_network *network, const px_hdf5_file *file, bool *by_order,
                    px_error *err);

/** Build the graph, taking the tensors' data out of `file`. The subject of an error is the layer.
 */
bool px_keras_to_graph(const px_keras_network *network, px_hdf5_file *file, px_graph *graph,
                       px_error *err);

/** PX_ERR_UNSUPPORTED naming the first layer of a kind that cannot become part of a graph. */
bool px_keras_check_kinds(const px_keras_network *network, px_error *err);

/** Values of a layer's config: the default where absent or null, an error naming the layer where
 *  the type is wrong. A pair may be one number. */
bool px_keras_get_pair(const px_keras_layer *layer, const char *key, const int fallback[2],
                       int pair[2], px_error *err);
bool px_keras_read_pair(const px_keras_layer *layer, const char *key, const json_t *value,
                        const int fallback[2], int pair[2], px_error *err);
bool px_keras_get_text(const px_keras_layer *layer, const char *key, const char *fallback,
                       const char **text, px_error *err);
bool px_keras_get_number(const px_keras_layer *layer, const char *key, double fallback,
                         double *number, px_error *err);
bool px_keras_get_flag(const px_keras_layer *layer, const char *key, bool fallback);

#endif
