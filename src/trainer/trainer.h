/* A training from its configuration to a model file: the loop, and what keeps it safe. */
#ifndef PX_TRAINER_TRAINER_H
#define PX_TRAINER_TRAINER_H

#include "../train/peers.h"
#include "history.h"
#include "train_config.h"

/** What is going on, for a progress line. */
typedef struct px_train_progress {
    int epoch, epochs;   /**< from 1 */
    int64_t step, steps; /**< of the epoch, from 1 */
    bool validating;     /**< step and steps are then batches of the validation set */
    double loss;         /**< mean of the epoch so far */
    double mean_auc;     /**< of the last validation; NaN before */
    double rate;
    double images_per_second; /**< of the epoch's steps; NaN while not known */
    double seconds_left;      /**< of the whole training; NaN while not known */
} px_train_progress;

typedef struct px_train_hooks {
    bool (*stopped)(void); /**< nullable; true: write a checkpoint and return PX_ERR_CANCELLED */
    void (*progress)(void *context, const px_train_progress *progress); /**< nullable */
    void (*tell)(void *context, const char *text); /**< nullable: lines for a person */
    void *context;
    const px_peers *peers; /**< nullable: the processes that share the training; the first
                                      writes the files */
} px_train_hooks;

typedef enum {
    PX_START_RESUME, /**< from the output folder's checkpoint, or anew where there is none */
    PX_START_OVER,   /**< anew, replacing what is there */
} px_train_start;

typedef struct px_train_outcome {
    px_history history;
    bool stopped_early; /**< validation AUC had not risen */
    int best_epoch;     /**< from 1; 0: none */
    double best_auc;
} px_train_outcome;

/**
 * Train. One process at a time may train into a folder: a lock file sees to it. Files of the output
 * folder, each replaced as a whole:
 * - checkpoint.safetensors: everything to go on with;
 * - best.safetensors: the model of the best validation AUC, of averaged weights where the
 *   configuration averages;
 * - model.safetensors: the finished model, written at the end: the best, or the last without
 *   validation;
 * - history.csv, report.html: after each epoch.
 *
 * Interrupted (hooks->stopped) it writes a checkpoint. A loss or gradient that is no number stops
 * it: the error lists the batch's files, the last checkpoint stays as it was.
 *
 * @param outcome  zeroed; cleared with px_train_outcome_clear, set as far as it went.
 * @param err      PX_ERR_CANCELLED: stopped, a checkpoint was written (before the first step there
 *                 is nothing to keep); PX_ERR_INPUT: not a number (naming the files), too many
 *                 unreadable images, a start model that does not fit, a damaged checkpoint;
 *                 PX_ERR_BUSY: another process trains into the folder, or one that shares the
 *                 training is gone or has failed; PX_ERR_MISMATCH: the checkpoint is of another
 *                 configuration, start file or data; PX_ERR_USAGE: a batch that the processes
 * cannot share evenly; others of what it uses.
 */
bool px_train(const px_train_config *config, px_train_start start, const px_train_hooks *hooks,
              px_train_outcome *outcome, px_error *err);
void px_train_outcome_clear(px_train_outcome *outcome);

#endif
