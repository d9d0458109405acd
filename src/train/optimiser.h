/* Steps down the gradient: SGD with momentum, Adam and AdamW, clipping, and averages of weights. */
#ifndef PX_TRAIN_OPTIMISER_H
#define PX_TRAIN_OPTIMISER_H

#include "training_net.h"

typedef enum {
    PX_OPTIMISER_SGD,   /**< v = momentum v + g, w -= rate v (Nesterov: rate (g + momentum v)) */
    PX_OPTIMISER_ADAM,  /**< Kingma & Ba 2015; decay is added to the gradient */
    PX_OPTIMISER_ADAMW, /**< Loshchilov & Hutter 2019; decay shrinks the weights directly */
    PX_OPTIMISERS
} px_optimiser_kind;

/** "sgd", "adam", "adamw"; static storage. */
const char *px_optimiser_name(px_optimiser_kind kind);

typedef struct px_optimiser_options {
    px_optimiser_kind kind;
    float momentum;     /**< sgd: in [0, 1) */
    bool nesterov;      /**< sgd: Sutskever et al. 2013, as PyTorch has it */
    float beta1, beta2; /**< adam: in [0, 1); usually 0.9 and 0.999 */
    float epsilon;      /**< adam: added to the root; usually 1e-8 */
    float decay;        /**< of weights: kernels only, not biases, gammas and betas */
    float clip;         /**< longest norm of all gradients together; 0: any */
    float average;      /**< of the moving average of weights, in [0, 1); 0: none */
} px_optimiser_options;

typedef struct px_optimiser px_optimiser;

/**
 * @param net  borrowed: whose parameters are trained.
 * @param err  PX_ERR_USAGE: an option out of its range; PX_ERR_MEMORY.
 */
px_optimiser *px_optimiser_new(px_training_net *net, const px_optimiser_options *options,
                               px_error *err);
void px_optimiser_free(px_optimiser *optimiser);

/**
 * Change the weights by the net's gradients, which stay. The average of weights follows:
 * average = a * average + (1 - a) * weights, with a = min(average, (1 + t) / (10 + t)) at step t,
 * so that the first steps are soon forgotten (as TensorFlow's with num_updates).
 *
 * @param rate  learning rate.
 * @return the gradients' norm before clipping. When it is not a finite number nothing was changed.
 */
double px_optimiser_step(px_optimiser *optimiser, double rate);

/** Steps that were done. */
int64_t px_optimiser_steps(const px_optimiser *optimiser);

/** The state beside the weights, for checkpoints: arrays of floats, as long as the weights that are
 *  trained. Their number depends on the options alone. */
typedef struct px_optimiser_state {
    const char *name; /**< "momentum", "mean", "square", "average" */
    float *values;
    size_t count;
} px_optimiser_state;
enum { PX_OPTIMISER_STATES = 3 };
/** @return how many there are, at most PX_OPTIMISER_STATES. */
int px_optimiser_get_state(px_optimiser *optimiser, px_optimiser_state states[PX_OPTIMISER_STATES]);
/** Go on as if so many steps had been done; after state and weights were set. */
void px_optimiser_set_steps(px_optimiser *optimiser, int64_t steps);

/** Exchange the weights with their average, and back the next time: to evaluate or to save what
 *  was averaged. Moving statistics are averaged too. Nothing without an average. */
void px_optimiser_swap_average(px_optimiser *optimiser);

#endif
