/* What a training does: its configuration file, every key checked. docs/train.md has the table. */
#ifndef PX_TRAINER_TRAIN_CONFIG_H
#define PX_TRAINER_TRAIN_CONFIG_H

#include "../base/buffer.h"
#include "../dataset/label_table.h"
#include "../image/prepare.h"
#include "../model/builders.h"
#include "../train/learning_rate.h"
#include "../train/optimiser.h"
#include "augment.h"

/** A label table and its images. Paths are relative to the configuration file's folder, or
 *  absolute, and resolved already. */
typedef struct px_train_table {
    const char *labels; /**< NULL: no table */
    const char *images; /**< folder or ZIP; never NULL with labels (the table's folder) */
} px_train_table;

/** What evens out rare findings. */
typedef enum {
    PX_WEIGHTS_NONE,
    PX_WEIGHTS_BALANCED,    /**< positives count negatives / positives */
    PX_WEIGHTS_SQUARE_ROOT, /**< its square root */
} px_class_weights;

/** The side of the input up to an epoch, for progressive sizes. */
typedef struct px_size_stage {
    int size;   /**< pixels */
    int epochs; /**< how many epochs it is used; the last stage: until the end */
} px_size_stage;

enum { PX_TRAIN_MAX_STAGES = 16, PX_TRAIN_MAX_FREEZE = 64 };

/** One training. Texts and arrays belong to it. Released with px_train_config_clear. */
typedef struct px_train_config {
    char *path;   /**< of the file */
    char *output; /**< folder of the model, checkpoint, history and report */
    char *name;   /**< of the model */
    char *sha256; /**< of what determines the result: a checkpoint of other settings is not
                       resumed. Threads, output and the keys of "run" do not count */

    /* model */
    bool has_arch; /**< false: `start` is a model file whose own graph is trained */
    px_arch arch;
    px_head head;
    char *start;   /**< nullable: a model file (imported, or trained before); with an
                        architecture its weights are taken by name and shape, and what does
                        not fit (the head) begins anew */
    float dropout; /**< before the last dense layer of the plain head; 0: none */
    int n_freeze;
    char **freeze;       /**< layer names, or their beginnings followed by '*': not trained */
    float norm_momentum; /**< of moving statistics, Keras' 0.99 */

    /* data */
    px_train_table train, validation;
    double validation_fraction; /**< of patients, where there is no table to validate with */
    px_label_options labels;    /**< findings: first those of the model, then the auxiliary ones */
    int n_findings;             /**< that the model answers with */
    int n_auxiliary;            /**< further findings that are trained and cut off in the end */
    double most_unreadable;     /**< share of the images read that may be damaged */

    /* input, augmentation */
    px_input_spec input; /**< of the finished model; featurewise: mean and std still to be measured
                              unless given (std[0] > 0) */
    px_augmentation augmentation;

    /* loss */
    float focus; /**< 0: plain binary cross-entropy */
    float smoothing;
    px_class_weights class_weights;

    /* optimiser, schedule */
    px_optimiser_options optimiser;
    px_rate rate; /**< steps, half_cycle and warm_up are set when the set is known: */
    double warm_up_epochs;
    double half_cycle_epochs;

    /* training */
    int epochs, batch;
    int n_stages;
    px_size_stage stages[PX_TRAIN_MAX_STAGES]; /**< at least one */
    int stop_after; /**< epochs in a row without a better validation AUC; 0: never */
    uint64_t seed;

    /* run: does not change what is learned */
    int threads; /**< 0: all */
    int readers; /**< threads that read and augment ahead; 0: one for each thread */
    int ahead;   /**< batches ready in advance */
    double checkpoint_minutes;
    bool sync_norm; /**< several machines: statistics over the whole batch */

    void *owned; /**< what labels' arrays and other borrowed texts point into */
} px_train_config;

/**
 * Read a configuration. A key that is unknown, missing, of another type or out of its range is an
 * error which names it ("optimiser.rate") and what it may be.
 *
 * @param config  zeroed; set on success.
 * @param err     PX_ERR_IO; PX_ERR_INPUT: no JSON, a key (subject: the file); PX_ERR_LIMIT: a file
 *                over 1 MiB; PX_ERR_MEMORY.
 */
bool px_train_config_read(const char *path, px_train_config *config, px_error *err);
/** The same from a text; paths are relative to `path`'s folder. For fuzzing and tests. */
bool px_train_config_parse(const char *path, const char *text, size_t size, px_train_config *config,
                           px_error *err);
void px_train_config_clear(px_train_config *config);

/** The side of the input in an epoch, from 0. */
int px_train_config_size(const px_train_config *config, int epoch);

/** Append the table of all keys, as Markdown: docs/train.md has it. */
bool px_train_config_describe(px_buffer *out, px_error *err);

#endif
