/* Reverse-mode differentiation through a network's head: what each feature adds to each finding. */
#ifndef PX_GRAPH_HEAD_GRADIENT_H
#define PX_GRAPH_HEAD_GRADIENT_H

#include "graph.h"

/** The layers after the last global average pool, with their weights copied as float32. Immutable:
 *  threads may share it. */
typedef struct px_head_layers px_head_layers;

/**
 * Copy the head of a network: a chain of dense, batch norm, relu, sigmoid, scale, dropout and
 * flatten layers from the pool to the output. A sigmoid that ends the network is left out: the head
 * answers with logits.
 *
 * @param graph  with shapes inferred; may be freed afterwards.
 * @param err    PX_ERR_UNSUPPORTED naming the layer when the head is no such chain, or there is no
 *               global average pool; PX_ERR_MEMORY.
 */
px_head_layers *px_head_new(const px_graph *graph, px_error *err);
void px_head_free(px_head_layers *head);

/** Length of the pooled features, and number of logits. */
int px_head_inputs(const px_head_layers *head);
int px_head_outputs(const px_head_layers *head);

/**
 * Logits of one image and their exact derivatives (reverse mode, all outputs at once).
 *
 * @param pooled    [inputs] float32: the global average pool's value; borrowed.
 * @param logits    [outputs] float32; the caller's.
 * @param gradient  [outputs, inputs] float32: d logit / d pooled; the caller's.
 * @param err       PX_ERR_MEMORY; both results are then untouched.
 */
bool px_head_gradient(const px_head_layers *head, const float *pooled, float *logits,
                      float *gradient, px_error *err);

#endif
