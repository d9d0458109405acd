/* A made-up training, as a report is on: forty epochs at three sizes that end in overfitting. */
#ifndef TESTS_MAKE_TRAINING_H
#define TESTS_MAKE_TRAINING_H

#include "../src/trainer/train_report.h"

enum { MADE_TRAINING_FINDINGS = 5, MADE_TRAINING_EPOCHS = 40 };

typedef struct made_training {
    px_train_config config; /* borrows everything */
    px_history history;
    px_train_count counts[MADE_TRAINING_FINDINGS];
    px_train_summary summary;
} made_training;

/** With its first `epochs` only, or with as many as are asked for. Cleared with clear_training,
 *  also after a failure. */
bool make_training(int epochs, made_training *made, px_error *err);
void clear_training(made_training *made);

#endif
