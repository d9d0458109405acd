/* How well a network does on the images to validate with: loss and AUC. */
#ifndef PX_TRAINER_VALIDATE_H
#define PX_TRAINER_VALIDATE_H

#include "../model/model.h"
#include "../train/loss.h"
#include "batch_feed.h"

typedef struct px_validation_options {
    const px_training_set *set;
    const px_model *model; /**< as it would be served: its findings are the first of the set's */
    const px_loss *loss;   /**< of the training; over the model's findings */
    px_pool *pool;
    int batch;
    int readers, ahead;
    double most_unreadable;
    bool (*stopped)(void); /**< nullable; true: PX_ERR_CANCELLED */
    /** Nullable; after each batch. */
    void (*progress)(void *context, int64_t step, int64_t steps);
    void (*tell)(void *context, const char *text); /**< nullable: an image that was passed over */
    void *context, *tell_context;
} px_validation_options;

typedef struct px_validation {
    double loss;
    double mean_auc; /**< over the findings that have one; NaN for none */
    double *auc;     /**< [findings of the model] NaN: one class only; the caller's memory */
} px_validation;

/** Run all images to validate with through the engine, as a reader does. PX_ERR_INPUT: an answer is
 *  no number, or too many images cannot be read. */
bool px_validate(const px_validation_options *options, px_validation *result, px_error *err);

#endif
