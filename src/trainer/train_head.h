/* A copy of a network for training: float32 weights of its own, and another head. */
#ifndef PX_TRAINER_TRAIN_HEAD_H
#define PX_TRAINER_TRAIN_HEAD_H

#include "../graph/graph.h"

/** What becomes of the last dense layer, which a sigmoid follows. */
typedef struct px_head_change {
    int outputs;   /**< its first so many; more than there are only with `anew` */
    bool anew;     /**< its weights are drawn anew: He-normal, biases zero */
    uint64_t seed; /**< for them */
    float dropout; /**< the share of its inputs that is dropped in training; 0: as the graph has it,
                        but for a dropout that was added here before */
} px_head_change;

/** The dense layer before the sigmoid that ends the graph. @return node, or -1 and
 *  PX_ERR_UNSUPPORTED. */
int px_graph_last_dense(const px_graph *graph, px_error *err);

/**
 * Copy a graph, whatever type its weights have. Tensors keep their numbers.
 *
 * @param to   initialised and empty; to be cleared on failure, too. Its input has a shape, all
 *             others are still to be inferred.
 * @param err  PX_ERR_UNSUPPORTED: it does not end in a dense layer and a sigmoid.
 */
bool px_graph_copy_with_head(const px_graph *from, const px_head_change *change, px_graph *to,
                             px_error *err);

#endif
