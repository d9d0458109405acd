/* Heat maps as pictures: colour map and overlay. */
#ifndef PX_IMAGE_OVERLAY_H
#define PX_IMAGE_OVERLAY_H

#include "image.h"

/** TURBO (Mikhailov, Google 2019), RGB of a value in [0, 1]; others are clamped, NaN is 0. */
void px_colormap_turbo(float value, uint8_t rgb[3]);

/**
 * Blend a heat map over a radiograph: (1 - a) * radiograph + a * TURBO(heat), a = opacity.
 *
 * @param heat     [image height, image width] float32 in [0, 1]; borrowed.
 * @param opacity  in [0, 1]; PX_ERR_USAGE for others.
 * @param overlay  initialised; becomes 8-bit RGB of the radiograph's size.
 */
bool px_image_overlay(const px_image *image, const float *heat, float opacity, px_image *overlay,
                      px_error *err);

/**
 * Draw the outline of a box inwards from its edges; what lies outside the image is not drawn.
 *
 * @param image      8-bit RGB; PX_ERR_USAGE for others.
 * @param box        x, y, width, height in pixels.
 * @param thickness  in pixels.
 */
bool px_image_draw_box(px_image *image, const int box[4], int thickness, const uint8_t rgb[3],
                       px_error *err);

#endif
