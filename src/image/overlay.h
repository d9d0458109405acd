/* Heat maps as pictures: colour map and overlay. */
#ifndef PX_IMAGE_OVERLAY_H
#define PX_IMAGE_OVERLAY_H

#include "colormap.h"
#include "image.h"

/**
 * Blend a heat map over a radiograph: (1 - a) * radiograph + a * map(heat), a = opacity.
 *
 * @param heat     [image height, image width] float32 in [0, 1]; borrowed.
 * @param map      its colours, of 256 levels of heat.
 * @param opacity  in [0, 1]; PX_ERR_USAGE for others.
 * @param overlay  initialised; becomes 8-bit RGB of the radiograph's size.
 */
bool px_image_overlay_map(const px_image *image, const float *heat, px_colormap map, float opacity,
                          px_image *overlay, px_error *err);
/** The same in TURBO's colours. */
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
