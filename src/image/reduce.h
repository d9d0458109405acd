/* Images made smaller: thumbnails, and pictures of reports. */
#ifndef PX_IMAGE_REDUCE_H
#define PX_IMAGE_REDUCE_H

#include "image.h"

/** The size of a picture of `width` x `height` whose longer side is `most` at most: its own, or one
 *  of the same shape. At least 1 x 1. */
void px_image_fit(int width, int height, int most, int *to_width, int *to_height);

/**
 * Reduce an image to that size by averaging, with 8 bits a sample.
 *
 * @param to  initialised; gets the channels of `from`.
 */
bool px_image_reduce(const px_image *from, int width, int height, px_image *to, px_error *err);

#endif
