/* Checkpoints: all that a training needs to go on as if it had never stopped, in one file. */
#ifndef PX_TRAINER_CHECKPOINT_H
#define PX_TRAINER_CHECKPOINT_H

#include "../train/learning_rate.h"
#include "../train/optimiser.h"
#include "history.h"

/** Where a training is, beside its weights and its optimiser. */
typedef struct px_train_state {
    int epoch;                     /**< from 0: the one under way */
    int64_t step;                  /**< of the epoch: the next one */
    int64_t steps;                 /**< done in all */
    double loss_sum, gradient_sum; /**< of the epoch's steps so far: losses, gradients' norms */
    px_rate_state rate;
    double best_auc; /**< of validation; NaN before the first */
    int best_epoch;
    int epochs_without_rise; /**< of the full input size */
    float mean[3], std[3];   /**< of the input, featurewise scaling */
    int64_t unreadable;      /**< an image counts in each epoch again */
    double seconds;          /**< of work so far, over all stretches */
} px_train_state;

enum { PX_TRAIN_STATE_NUMBERS = 20 };
/** A state as numbers, for who adds up numbers over processes. */
void px_train_state_pack(const px_train_state *state, double numbers[PX_TRAIN_STATE_NUMBERS]);
/** @return false where they are no state's. */
bool px_train_state_unpack(const double numbers[PX_TRAIN_STATE_NUMBERS], px_train_state *state);
/** A number's name in a checkpoint. */
const char *px_train_state_name(int number);

/** Write it beside its destination, sync, rename: there is always a whole checkpoint.
 *  @param identity  hash of configuration, data and start file. */
bool px_checkpoint_save(const char *path, const char *identity, const px_train_state *state,
                        const px_training_net *net, px_optimiser *optimiser,
                        const px_history *history, px_error *err);

/**
 * Read one into a net and an optimiser of the same configuration.
 *
 * @param history  initialised; set on success.
 * @param err      PX_ERR_IO: there is none; PX_ERR_MISMATCH: of another configuration, start file
 *                 or data; PX_ERR_INPUT: damaged. On failure nothing has changed.
 */
bool px_checkpoint_load(const char *path, const char *identity, px_train_state *state,
                        px_training_net *net, px_optimiser *optimiser, px_history *history,
                        px_error *err);

#endif
