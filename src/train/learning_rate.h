/* The learning rate of each step. */
#ifndef PX_TRAIN_LEARNING_RATE_H
#define PX_TRAIN_LEARNING_RATE_H

#include "perxeptron.h"

typedef enum {
    PX_RATE_CONSTANT,  /**< high */
    PX_RATE_CYCLIC,    /**< triangles between low and high (Smith 2017) */
    PX_RATE_ONE_CYCLE, /**< up from low to high in the first `rise` of all steps and down to
                          `final`, each as half a cosine (Smith & Topin 2018) */
    PX_RATE_COSINE,    /**< half a cosine from high to low over all steps (Loshchilov & Hutter 2017)
                        */
    PX_RATE_PLATEAU,   /**< high, times `factor` whenever what is watched does not rise */
    PX_RATES
} px_rate_kind;

/** "constant", "cyclic", "one_cycle", "cosine", "plateau"; static storage. */
const char *px_rate_name(px_rate_kind kind);

typedef struct px_rate {
    px_rate_kind kind;
    double high, low;    /**< low: cyclic, one cycle, cosine and plateau's least */
    int64_t steps;       /**< of the whole training: one cycle, cosine */
    int64_t half_cycle;  /**< cyclic: steps from low to high */
    double rise;         /**< one cycle: share of the steps in (0, 1); usually 0.3 */
    double final;        /**< one cycle: rate of the last step */
    double factor;       /**< plateau: in (0, 1) */
    int patience;        /**< plateau: how many times in a row may bring nothing new */
    double least_change; /**< plateau: what counts as a rise */
    int64_t warm_up;     /**< steps that rise linearly to what the schedule says; 0: none */
} px_rate;

/** What a plateau's schedule has seen; zeroed at the start. Kept in checkpoints. */
typedef struct px_rate_state {
    bool seen;
    double best;
    int waited;     /**< times in a row without a rise */
    int reductions; /**< of the rate, so far */
} px_rate_state;

/** @param err  PX_ERR_USAGE: a number out of its range. */
bool px_rate_check(const px_rate *rate, px_error *err);

/** The learning rate of a step, counted from 0; steps after the last go on with its rate. */
double px_rate_at(const px_rate *rate, const px_rate_state *state, int64_t step);

/**
 * Tell a plateau's schedule what was measured (a mean AUC: more is better); other schedules only
 * remember it, for who asks how long nothing has risen. NaN is never a rise.
 *
 * @return whether the rate was reduced.
 */
bool px_rate_watch(const px_rate *rate, px_rate_state *state, double value);

#endif
