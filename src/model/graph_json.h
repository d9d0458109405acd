/* A graph as JSON, as the model file holds it: see docs/model-file.md. */
#ifndef PX_MODEL_GRAPH_JSON_H
#define PX_MODEL_GRAPH_JSON_H

#include <jansson.h>

#include "../graph/graph.h"

/** {"nodes": […], "output": NAME}; tensors by name. A new reference, or NULL and an error. */
json_t *px_graph_to_json(const px_graph *graph, px_error *err);

/**
 * Append the nodes of a JSON graph to `graph`, which has its tensors already and no nodes.
 * Shapes are not inferred. Every tensor must be used.
 *
 * @param err  PX_ERR_INPUT; PX_ERR_UNSUPPORTED: an operation or attribute it does not know;
 *             PX_ERR_MISMATCH: a tensor is missing or unused. Names the layer.
 */
bool px_graph_from_json(px_graph *graph, const json_t *json, px_error *err);

#endif
