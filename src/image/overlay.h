/* Heat maps as pictures: colour map and overlay. */
#ifndef PX_IMAGE_OVERLAY_H
#define PX_IMAGE_OVERLAY_H

#include "image.h"

/** TURBO (Mikhailov, Google 2019; polynomial or table), RGB of a value in [0, 1] (clamped). */
void px_colormap_turbo(float value, uint8_t rgb[3]);

/**
 * Blend a heat map over a radiograph: (1 - a) * radiograph + a * TURBO(heat), a = opacity.
 *
 * @param heat     [image height, image width] float32 in [0, 1]; borrowed.
 * @param opacity  in [0, 1].
 * @param overlay  initialised; becomes 8-bit RGB of the radiograph's size.
 */
bool px_image_overlay(const px_image *image, const float *heat, float opacity, px_image *overlay,
                      px_error *err);

#endif
