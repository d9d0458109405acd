/* A network in double precision, node by node as the graph has it: what accuracy is measured
 * against. It shares no arithmetic with the engine. */
#ifndef PX_TESTS_FLOAT64_H
#define PX_TESTS_FLOAT64_H

#include "../src/base/pool.h"
#include "../src/graph/graph.h"

typedef struct float64_net float64_net;

/** Widen the weights. The graph, with shapes inferred, is borrowed. */
float64_net *float64_new(const px_graph *graph, px_error *err);
void float64_free(float64_net *net);

/** @param value  [h, w, c] of the node's shape; good until the call returns. */
typedef void (*float64_observer)(void *context, int node, const double *value);

/**
 * Run one image.
 *
 * @param pool     nullable; shared out are the output pixels of convolutions.
 * @param input    [h, w, c] float32, borrowed.
 * @param observe  called with each node's value, in the graph's order.
 * @param err      PX_ERR_MEMORY.
 */
bool float64_run(const float64_net *net, px_pool *pool, const float *input,
                 float64_observer observe, void *context, px_error *err);

#endif
