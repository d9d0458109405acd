/* A training small enough for tests: 48 images of two findings that can be seen, a network of a few
 * layers, and a configuration with any keys changed. Include cmocka.h first. */
#ifndef PX_TESTS_TINY_TRAINING_H
#define PX_TESTS_TINY_TRAINING_H

#include "../src/model/model.h"
#include "../src/trainer/train_config.h"
#include "../src/trainer/trainer.h"

enum { TINY_IMAGES = 48, TINY_BATCH = 8, TINY_EPOCHS = 4, TINY_STEPS = 4 /* of an epoch */ };

/* A new folder with 01.png and on, train.csv (the first 32), valid.csv and start.safetensors; all
 * is removed with tiny_remove. */
char *tiny_make(void);
void tiny_remove(char *folder);
/* "FOLDER/NAME"; good until the fourth next call. */
const char *tiny_path(const char *folder, const char *name);

/* The configuration that trains into FOLDER/out, with the keys of a JSON object ("schedule.rate",
 * ' for ") set in it. To be cleared. */
px_train_config tiny_config(const char *folder, const char *changes);

/* Train; must succeed. To be cleared. */
px_train_outcome tiny_train(const px_train_config *config, px_train_start start);
/* Train until `steps` steps were made, or the end; must be stopped, or succeed. @return whether it
 * was stopped. */
bool tiny_train_until(const px_train_config *config, int steps);

/* A hook that stops after as many looks as tiny_looks says; negative: never. */
extern int tiny_looks;
bool tiny_stopped(void);

/* Weights of two models must be the same bits. */
void tiny_assert_same_model(const char *a, const char *b);
/* All that was measured, but for times and restarts. */
void tiny_assert_same_history(const px_history *a, const px_history *b);

#endif
