/* The images and labels of a training: tables read, patients split, findings counted. */
#ifndef PX_TRAINER_TRAINING_SET_H
#define PX_TRAINER_TRAINING_SET_H

#include "../image/image.h"
#include "train_config.h"

typedef enum { PX_PART_TRAIN, PX_PART_VALIDATION, PX_PARTS } px_part;

/** Read only once it is open, and then safe for any number of threads. */
typedef struct px_training_set px_training_set;

/**
 * Read the tables, find their images, and split by patient where no table is given to validate
 * with; an image without a patient counts as a patient of its own. Without a table and a fraction
 * to validate with, that part is empty. The table to validate with may lack auxiliary findings.
 * Images without any label are left out.
 *
 * @param tell  nullable: what a person should know (rows without images, …), a line each; no names.
 * @param err   as px_label_table_read and px_image_source_open; PX_ERR_INPUT: a finding without a
 *              positive or a negative label in the part to train with, or that no column is of
 *              (naming it), a patient or an image in both tables (their number, no names),
 *              fewer than two patients to split.
 */
px_training_set *px_training_set_open(const px_train_config *config,
                                      void (*tell)(void *context, const char *text), void *context,
                                      px_error *err);
void px_training_set_free(px_training_set *set);

/** Findings of a row of labels: the model's, then the auxiliary ones. */
int px_training_set_findings(const px_training_set *set);
int64_t px_training_set_images(const px_training_set *set, px_part part);
/** 0: the table does not tell patients. */
int64_t px_training_set_patients(const px_training_set *set, px_part part);
/** [findings] in [0, 1], or PX_LABEL_UNKNOWN (loss.h); borrowed. */
const float *px_training_set_labels(const px_training_set *set, px_part part, int64_t image);
/** The image's path as its table has it; borrowed. Never to be logged where patients' names may be
 *  in it, but for a person at the terminal. */
const char *px_training_set_path(const px_training_set *set, px_part part, int64_t image);
/** Labels that are 1 and 0 of a finding. */
void px_training_set_count(const px_training_set *set, px_part part, int finding,
                           int64_t *positives, int64_t *negatives);
/** Positives' weights as configured: [findings], to be given to px_loss. */
void px_training_set_weights(const px_training_set *set, px_class_weights how, float *weights);
/** Decode an image. The error names it. */
bool px_training_set_read(const px_training_set *set, px_part part, int64_t image, px_image *out,
                          px_error *err);
/** Remember that an image cannot be read. True the first time: each is told once. */
bool px_training_set_note_unreadable(const px_training_set *set, px_part part, int64_t image);
/** Hash of both parts, in their order: paths, images' names, patients, labels. Not of pixels. A
 *  checkpoint of other data is not resumed. */
const char *px_training_set_sha256(const px_training_set *set);

/**
 * Mean and standard deviation of each channel over all images to train with, as `input` prepares
 * them before scaling: one streaming pass, by several threads, in constant memory. The same result
 * for every number of threads. Unreadable images are left out and counted.
 *
 * @param input     size, crop, equalisation and resize are used.
 * @param threads   0: all.
 * @param stopped   nullable: true ends it with PX_ERR_CANCELLED.
 * @param step      nullable: called after each image, one call at a time, by any thread.
 * @param mean      in grey levels, [0, 255]; of one channel for a one-channel input.
 * @param err       PX_ERR_INPUT: no image is readable, or all pixels are the same;
 *                  PX_ERR_CANCELLED, PX_ERR_MEMORY, PX_ERR_USAGE (input, threads).
 */
bool px_training_set_measure(const px_training_set *set, const px_input_spec *input, int threads,
                             bool (*stopped)(void), void (*step)(void *context), void *context,
                             float mean[3], float std[3], int64_t *unreadable, px_error *err);

#endif
