/* Batches made ahead of time by threads of their own: read, prepared, augmented. */
#ifndef PX_TRAINER_BATCH_FEED_H
#define PX_TRAINER_BATCH_FEED_H

#include "training_set.h"

typedef struct px_batch_options {
    px_part part;
    int batch;        /**< images of the whole batch */
    int first, share; /**< which of them are made here: several machines share a batch. With mixup
                           whole pairs: even, unless the share ends with the batch */
    px_input_spec input;          /**< width and height: this epoch's; featurewise numbers known */
    px_augmentation augmentation; /**< all zero for validation */
    bool shuffle;                 /**< a new order each epoch; else the set's */
    uint64_t seed;
    int threads;            /**< 1 or more */
    int ahead;              /**< batches ready in advance, 1 or more */
    double most_unreadable; /**< share of the images so far, beyond the first 10 */
    void (*tell)(void *context, const char *text); /**< nullable: an image that was passed over,
                                                      once in the set's life; called by the thread
                                                      that calls px_batch_feed_next */
    void *tell_context;
} px_batch_options;

/** A batch; borrowed until the next call of px_batch_feed_next. */
typedef struct px_batch {
    const float *images; /**< [share, height, width, channels] */
    const float *labels; /**< [share, findings] */
    const int64_t
        *rows;     /**< [share] images of the set's part; with mixup the one of its own place */
    int count;     /**< of these that are not repeated to fill the last batch (validation) */
    int64_t known; /**< labels that are known in the whole batch of all machines, as ordered:
                        what took the place of unreadable images does not count, so that all
                        machines know the number */
} px_batch;

typedef struct px_batch_feed px_batch_feed;

/**
 * Begin an epoch at one of its steps. The order of an epoch, what is drawn for a place in it and
 * what takes the place of an unreadable image depend on seed, epoch and place alone: not on
 * threads, nor on shares, nor on where the training was resumed. The last batch is filled up from
 * the beginning of the order. An unreadable image is replaced by the next one in the order that can
 * be read, which then comes twice. Mixup blends places 0 and 1 of a batch, 2 and 3, and so on, each
 * pair by a share of its own.
 *
 * Without augmentation an image's numbers are those of px_image_prepare.
 *
 * @param set  borrowed.
 * @param err  PX_ERR_USAGE: options that make no sense; PX_ERR_MEMORY.
 */
px_batch_feed *px_batch_feed_new(const px_training_set *set, const px_batch_options *options,
                                 int epoch, int64_t first_step, px_error *err);
/** Stops its threads, whatever they do. */
void px_batch_feed_free(px_batch_feed *feed);

/** Steps of an epoch: the images divided by the batch, rounded up. */
int64_t px_batch_feed_steps(const px_batch_feed *feed);

/**
 * The next batch, waiting for it where it is not ready.
 *
 * @return false at the end of the epoch with err untouched (err->code PX_OK), and on failure:
 *         PX_ERR_INPUT: too many images are unreadable; PX_ERR_MEMORY.
 */
bool px_batch_feed_next(px_batch_feed *feed, px_batch *batch, px_error *err);

/** Images passed over so far. */
int64_t px_batch_feed_unreadable(const px_batch_feed *feed);

#endif
