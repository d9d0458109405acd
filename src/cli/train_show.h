/* What a person sees of a training: its progress, its epochs, its end, and the table of keys. */
#ifndef PX_CLI_TRAIN_SHOW_H
#define PX_CLI_TRAIN_SHOW_H

#include <stdio.h>

#include "../base/progress.h"
#include "../trainer/trainer.h"
#include "cli.h"

/** A training being watched on stderr: a bar on a terminal, and a line an epoch. Zeroed; released
 *  with px_train_show_end. Used by one thread at a time. */
typedef struct px_train_show {
    px_progress *bar;
    px_train_progress last; /**< epoch 0: nothing yet */
} px_train_show;

/** Take a report of the loop. */
void px_train_show_progress(px_train_show *show, const px_train_progress *progress);
/** Print a line for a person, above the bar. */
void px_train_show_line(px_train_show *show, const char *text);
/** The last epoch's line and the bar away. @param finished  NULL: it did not come to its end. */
void px_train_show_end(px_train_show *show, const px_history *finished);

/** Print where the model is, how good it is and how to use it. */
void px_train_show_outcome(FILE *out, const px_train_config *config,
                           const px_train_outcome *outcome);

/** Write the table of all keys of a training's configuration, as docs/train.md has it. */
px_exit px_train_document(FILE *out);

#endif
