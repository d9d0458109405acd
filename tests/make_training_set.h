/* A folder of small radiographs with label tables, for tests of the trainer. A failure to make one
 * ends the test. Include cmocka.h first. */
#ifndef MAKE_TRAINING_SET_H
#define MAKE_TRAINING_SET_H

#include "../src/trainer/training_set.h"

/** A new folder under /tmp; its path is kept until remove_folder. */
const char *make_folder(void);
void remove_folder(void);
/** Path of a file in it; of the last eight calls. */
const char *in_folder(const char *name);
/** Write a text file into it. */
void put_text(const char *name, const char *text);
/** Write a PNG into it whose pixels depend on the seed: grey, of 8 bits, unless said otherwise. */
void put_image(const char *name, int width, int height, uint64_t seed);
void put_colours(const char *name, int width, int height, uint64_t seed);

/** The findings of put_set's table, of which the last is auxiliary. */
enum { SET_FINDINGS = 3 };
extern const char *const set_findings[SET_FINDINGS];

/** Images 00.png, 01.png… of different sizes, and labels.csv: image i is of patient i / 2, its
 *  labels are bits of i, and some are unknown. */
void put_set(int images);

/** A configuration that trains with these tables (labels and images are names in the folder) and
 *  set_findings. @param validation  nullable. */
px_train_config make_config(const char *train, const char *validation);

#endif
