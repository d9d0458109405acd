/* What the trainer's files share: a training under way. */
#ifndef PX_TRAINER_TRAIN_PARTS_H
#define PX_TRAINER_TRAIN_PARTS_H

#include "../model/model.h"
#include "../train/loss.h"
#include "batch_feed.h"
#include "checkpoint.h"
#include "train_folder.h"
#include "trainer.h"

typedef struct px_trainer {
    const px_train_config *config;
    const px_train_hooks *hooks;
    const px_peers *peers;  /**< nullable */
    int rank, ranks, share; /**< share: images of a batch that are this process' */
    px_train_folder folder;
    px_training_set *set;
    char identity[65]; /**< of configuration, data and start file */
    int readers;
    px_pool *pool;
    px_model *model;     /**< with auxiliary outputs; shapes are of `side` */
    px_input_spec input; /**< of the finished model */
    int side;            /**< of the images that are trained with now */
    bool *frozen;
    px_training_net *net;
    px_optimiser *optimiser;
    px_loss loss;
    float *positive_weights; /**< [outputs] */
    px_rate rate;
    int64_t epoch_steps;
    float *logits, *gradient; /**< [share, outputs] */
    px_train_state state;
    px_history *history;          /**< the outcome's */
    bool resumed;                 /**< no epoch was finished since */
    char *advice;                 /**< what was told last; nullable */
    double began, seconds_before; /**< this stretch's begin; work before it */
    double saved;                 /**< when the last checkpoint was written */
    double work_done;    /**< since `began`: images times their pixels, for the time left */
    double epoch_began;  /**< this stretch's part of the epoch under way: when, and */
    int64_t epoch_first; /**< its first step */
    double speed;        /**< images a second of its steps */
    double last_auc;
} px_trainer;

/** Rank 0 writes files and validates. */
static inline bool px_trainer_leads(const px_trainer *t) {
    return t->rank == 0;
}

/* train_setup.c */
/** Everything up to the first step. */
bool px_trainer_open(px_trainer *t, px_train_start start, px_error *err);
void px_trainer_close(px_trainer *t);
/** Use the input size of the epoch under way: a net of that size goes on with the weights and the
 *  optimiser's state as they are. */
bool px_trainer_set_size(px_trainer *t, px_error *err);

/* train_peers.c */
/** Add up over all processes; nothing for one alone. */
void px_trainer_sum(const px_trainer *t, double *numbers, size_t count);
/** Whether a process is gone. */
bool px_trainer_alone(const px_trainer *t);
/** Agree on a failure: where any process has one, each returns false, with its own error or with
 *  PX_ERR_CANCELLED or PX_ERR_BUSY. @param ok  of this process, whose err, never NULL, says why
 *  not. */
bool px_trainer_agree(const px_trainer *t, bool ok, px_error *err);
/** Give rank 0's state, weights and optimiser to all. */
bool px_trainer_spread(px_trainer *t, px_error *err);

/* trainer.c */
/** Is no epoch left, or has nothing got better for too long? */
bool px_trainer_is_done(const px_trainer *t);

/* train_epoch.c */
/** The steps of the epoch under way that are still to be done. */
bool px_trainer_run_epoch(px_trainer *t, px_error *err);
/** Tell of progress. */
void px_trainer_report_progress(const px_trainer *t, int64_t step, int64_t steps, bool validating);

/* train_output.c */
/** Seconds of work, over all stretches. */
double px_trainer_seconds(const px_trainer *t);
/** Tell a person a line; rank 0 only. */
void px_trainer_tell(const px_trainer *t, const char *text);
/** Write the checkpoint; rank 0 only. */
bool px_trainer_save(px_trainer *t, px_error *err);
/** The model as it stands now: averaged weights, the findings asked for. */
px_model *px_trainer_make_model(px_trainer *t, px_error *err);
/** Note what was done in its provenance, and write it. */
bool px_trainer_write_model(const px_trainer *t, px_model *model, const char *path, px_error *err);
/** Rewrite history.csv and report.html. @param state  as px_train_summary has it. */
bool px_trainer_write_history(const px_trainer *t, const char *state, px_error *err);

#endif
