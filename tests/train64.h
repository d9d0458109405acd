/* A batch through a network in training mode in double precision, node by node as its definition
 * reads: what gradients are measured against. It shares no arithmetic with the trainer. */
#ifndef PX_TESTS_TRAIN64_H
#define PX_TESTS_TRAIN64_H

#include "../src/graph/graph.h"

typedef struct train64 {
    const px_graph *graph; /**< borrowed */
    int batch;
    const bool *frozen; /**< nullable [n_nodes]: batch norms that use their moving statistics */
    double **tensors;   /**< [n_tensors] the weights, to be changed at will */
    double *input;      /**< [batch, h, w, c] */
} train64;

/** Copy the weights and an input. Dropout is not applied. */
void train64_init(train64 *net, const px_graph *graph, int batch, const bool *frozen,
                  const float *input);
void train64_clear(train64 *net);

/** The value of a node, [batch, h, w, c], to be freed. */
double *train64_run(const train64 *net, int node);

/** Sum over all elements of weights[i] * value[i] of a node. */
double train64_loss(const train64 *net, int node, const float *weights);

/** d train64_loss / d element of a tensor by central differences; false where two steps disagree
 *  because a maximum or ReLU switches between them. */
bool train64_derivative(train64 *net, int node, const float *weights, int tensor, size_t element,
                        double *derivative);

#endif
