/* Augmentation: a radiograph turned, shifted, brightened at random, so that a network sees no image
 * twice. */
#ifndef PX_TRAINER_AUGMENT_H
#define PX_TRAINER_AUGMENT_H

#include "../base/random.h"
#include "perxeptron.h"

/** What a pixel from outside the image is. */
typedef enum {
    PX_FILL_NEAREST,  /**< the nearest pixel of the image: Keras' default */
    PX_FILL_CONSTANT, /**< black */
    PX_FILL_REFLECT,  /**< mirrored at the edge */
} px_fill;

/** "nearest", "constant", "reflect". */
const char *px_fill_name(px_fill fill);

/** All zero: none. Each is drawn uniformly in [-x, x] unless said otherwise. */
typedef struct px_augmentation {
    double rotation;         /**< degrees */
    double shift_x, shift_y; /**< shares of width and height */
    double zoom;             /**< the size is multiplied by exp of what is drawn */
    double shear;            /**< degrees */
    double flip;             /**< probability that left and right are exchanged */
    double brightness;       /**< added; 1 is from black to white */
    double contrast; /**< grey levels' distance from their mean, times exp of what is drawn */
    double gamma;    /**< grey level to the power of exp of what is drawn */
    double erase;    /**< probability of a grey box, of 2 to 20 % of the area */
    double mixup;    /**< alpha of the beta distribution by which two images of a batch and
                          their labels are mixed; 0: never (Zhang et al. 2018) */
    px_fill fill;
} px_augmentation;

/** PX_ERR_USAGE naming the first number that is out of its range. */
bool px_augmentation_check(const px_augmentation *augmentation, px_error *err);
/** Does px_augment leave every image as it is? Mixup may still be wanted. */
bool px_augmentation_is_none(const px_augmentation *augmentation);

/**
 * Augment one image; mixup is a batch's matter. Turning, shear, zoom, shift and flip are one
 * bilinear resampling about the centre; grey levels are then changed and clamped to [0, 1].
 * What is drawn depends on the random numbers alone, and always takes the same count of them.
 *
 * @param image    [height, width, channels] float32 in [0, 1]; changed.
 * @param scratch  of the same size; the caller's.
 */
void px_augment(const px_augmentation *augmentation, px_random *random, float *image,
                float *scratch, int width, int height, int channels);

#endif
