/* A training's report.html: what was trained, its curves, and how it does. */
#ifndef PX_TRAINER_TRAIN_REPORT_H
#define PX_TRAINER_TRAIN_REPORT_H

#include "history.h"
#include "train_config.h"

/** A finding's images in both parts. */
typedef struct px_train_count {
    int64_t train_positive, train_negative, valid_positive, valid_negative;
} px_train_count;

typedef struct px_train_summary {
    const px_train_config *config;
    const px_history *history;
    int64_t train_images, valid_images, train_patients, valid_patients; /**< patients: 0 unknown */
    const px_train_count *counts; /**< [findings of the model] */
    const char *state;            /**< "running", "stopped", "finished", "stopped early" */
    int64_t unreadable;           /**< an image counts in each epoch again */
} px_train_summary;

/** Append a page of HTML that needs no other file and runs no script. */
bool px_train_report_html(const px_train_summary *summary, px_buffer *out, px_error *err);

/** A line for a plateau or for overfitting, and what to try with this configuration; NULL for other
 *  trends. It tells what stays as it is while that lasts, so that the same words are not news. To
 * be freed. */
char *px_train_advice(const px_train_config *config, const px_history *history, px_error *err);

#endif
