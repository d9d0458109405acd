/* A network that learns: forward in training mode, and the gradient of every weight. */
#ifndef PX_TRAIN_TRAINING_NET_H
#define PX_TRAIN_TRAINING_NET_H

#include "../base/pool.h"
#include "../graph/graph.h"
#include "peers.h"

typedef struct px_training_net px_training_net;

typedef struct px_training_options {
    int batch;          /**< images of a step; a batch normalisation's statistics are over them */
    px_pool *pool;      /**< nullable, borrowed: results do not depend on its threads */
    float momentum;     /**< of moving statistics, as Keras has it (usually 0.99):
                             moving = momentum * moving + (1 - momentum) * batch */
    const bool *frozen; /**< nullable [n_nodes of the graph]: layers whose weights stay; a frozen
                             batch normalisation uses its moving statistics. Copied. */
    const px_peers *peers; /**< nullable, borrowed: processes whose batches together are a step's.
                             Gradients are summed over them on the way back */
    bool sync_norm; /**< with peers: a batch normalisation's statistics are over all their batches;
                             else each process has its own, and moving statistics differ */
} px_training_options;

/** One of the graph's tensors as float32. The arrays are the net's; who changes values (an
 * optimiser does) changes the network. */
typedef struct px_parameter {
    const char *name; /**< the tensor's */
    int n_dims;
    int64_t dims[PX_MAX_DIMS];
    size_t count;
    float *value;    /**< [count] */
    float *gradient; /**< [count]; NULL for moving statistics, frozen layers and what the answer
                          does not need */
} px_parameter;

/**
 * Lay out a network for training: which values are kept for the way back and which are worked out
 * again, and where everything lies. Nothing is allocated in a step.
 *
 * A sigmoid that ends the graph is left out: the net answers with logits, and losses take those.
 *
 * @param graph  with shapes inferred; its weights are copied, and it must outlive the net.
 * @param err    PX_ERR_USAGE: a batch below 1, or momentum outside [0, 1); PX_ERR_INPUT: a dropout
 *               rate of 1 or more; PX_ERR_LIMIT, PX_ERR_MEMORY.
 */
px_training_net *px_training_net_new(const px_graph *graph, const px_training_options *options,
                                     px_error *err);
void px_training_net_free(px_training_net *net);

/** The pool it was made with; may be NULL. */
px_pool *px_training_net_pool(const px_training_net *net);

/** Number of logits of an image. */
int px_training_net_outputs(const px_training_net *net);

/** All of the graph's tensors, in its order. */
int px_training_net_parameters(const px_training_net *net);
const px_parameter *px_training_net_parameter(const px_training_net *net, int index);
/** All gradients as one array, gaps filled with zeros: what several machines add up, what is
 *  clipped. @param count  its length. */
float *px_training_net_gradients(px_training_net *net, size_t *count);

/** Bytes of activations, gradients, weights and scratch memory. */
size_t px_training_net_bytes(const px_training_net *net);

/** What distinguishes one step from another beside its images: the seed of its dropout, and the
 *  number of the batch's first image where several machines share a batch. */
typedef struct px_training_pass {
    uint64_t seed;
    int first_image;
} px_training_pass;

/**
 * Run a batch in training mode: batch normalisations use the batch's mean and variance and move
 * their statistics (the variance with Bessel's correction, as Keras and PyTorch do) unless they
 * are not finite, dropout drops.
 *
 * @param images  [batch, h, w, c] float32; borrowed until the way back is done.
 * @param logits  [batch, outputs]; the caller's. For a network whose output is an image: all of
 *                its elements.
 */
void px_training_net_forward(px_training_net *net, const px_training_pass *pass,
                             const float *images, float *logits);

/**
 * Add the gradient of the loss to every parameter's, by reverse-mode differentiation of the forward
 * pass that came before. Once for each forward pass.
 *
 * With peers every process gets the sums over all of them, so that losses divide by the images of
 * all. Sums begin as soon as a part of the gradients is complete. Gradients must have been cleared
 * before: what is there would be summed again. When a peer has failed they are worth nothing.
 *
 * @param gradient  [batch, outputs]: of the loss with respect to the logits; borrowed.
 */
void px_training_net_backward(px_training_net *net, const float *gradient);

/** Set all gradients to zero. */
void px_training_net_clear_gradients(px_training_net *net);

/** With peers: put moving statistics back to what they were before the last forward pass, for a
 *  step that cannot be completed because a peer has failed. */
void px_training_net_undo(px_training_net *net);

/**
 * Write the weights back into a graph with the same float32 tensors, which must own them.
 *
 * @param err  PX_ERR_MISMATCH naming the tensor.
 */
bool px_training_net_store(const px_training_net *net, px_graph *graph, px_error *err);

#endif
