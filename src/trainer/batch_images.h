/* What lies at each place of an epoch: which image, prepared, augmented, mixed. No threads. */
#ifndef PX_TRAINER_BATCH_IMAGES_H
#define PX_TRAINER_BATCH_IMAGES_H

#include <stdatomic.h>

#include "batch_feed.h"

/** An epoch's order. Read only once it is made. */
typedef struct px_batch_images {
    const px_training_set *set;
    px_batch_options options;
    int epoch, findings;
    int64_t images;
    size_t samples; /**< of an image's tensor */
    int64_t *order; /**< [images] */
} px_batch_images;

/** @param images  zeroed; released with px_batch_images_clear in every case. */
bool px_batch_images_init(px_batch_images *images, const px_training_set *set,
                          const px_batch_options *options, int epoch, px_error *err);
void px_batch_images_clear(px_batch_images *images);

/** Memory to work in: one thread's. */
typedef struct px_batch_scratch {
    float *levels, *turned; /**< [samples] */
} px_batch_scratch;

bool px_batch_scratch_init(px_batch_scratch *scratch, size_t samples, px_error *err);
void px_batch_scratch_clear(px_batch_scratch *scratch);

/** Where an image goes. */
typedef struct px_batch_place {
    float *tensor; /**< [samples] */
    float *labels; /**< [findings] */
    int64_t *row;
    char **failure; /**< set to a new text where the place's own image could not be read */
} px_batch_place;

/**
 * Make the image of a place, counted from the epoch's first.
 *
 * @param stop  nullable: true ends it with PX_ERR_CANCELLED.
 * @param err   PX_ERR_INPUT: so many unreadable images in a row that the limit is passed;
 *              PX_ERR_MEMORY, PX_ERR_USAGE.
 */
bool px_batch_images_make(const px_batch_images *images, int64_t place, const atomic_bool *stop,
                          px_batch_scratch *scratch, const px_batch_place *to, px_error *err);

/** Mix two neighbours, `place` being the even one. */
void px_batch_images_mix(const px_batch_images *images, int64_t place, const px_batch_place *a,
                         const px_batch_place *b);

/** Labels of a whole batch that are known. */
int64_t px_batch_images_count_known(const px_batch_images *images, int64_t step);

/** How many images may be unreadable of so many that were read. */
double px_batch_images_most_unreadable(const px_batch_images *images, int64_t read);

#endif
