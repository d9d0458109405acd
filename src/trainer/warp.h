/* Resampling an image under an affine map. */
#ifndef PX_TRAINER_WARP_H
#define PX_TRAINER_WARP_H

#include "augment.h"

/** Where a pixel of the result comes from, counted in pixels from the image's centre:
 *  (from_x, from_y) = (xx x + xy y + x0, yx x + yy y + y0). */
typedef struct px_warp_map {
    double xx, xy, x0;
    double yx, yy, y0;
} px_warp_map;

/**
 * Bilinear resampling. A map that sends pixels onto pixels gives them exactly.
 *
 * @param from  [height, width, channels]
 * @param to    of the same size; not `from`.
 */
void px_warp(const float *from, int width, int height, int channels, const px_warp_map *map,
             px_fill fill, float *to);

#endif
