/* Heat maps as pictures: over their radiographs, from what a reading kept of them, or alone. */
#ifndef PX_SERVER_DRAWN_MAP_H
#define PX_SERVER_DRAWN_MAP_H

#include <jansson.h>

#include "../image/overlay.h"

/**
 * Draw a heat map over a radiograph, in its size. Takes about 10 bytes of memory a pixel.
 *
 * @param map      as px_heat_map_to_json made it; NULL: the radiograph alone.
 * @param opacity  of the heat map, in [0, 1].
 * @param overlay  initialised; becomes 8-bit RGB.
 */
bool px_draw_heat_map(const px_image *image, const json_t *map, px_colormap colours, float opacity,
                      px_image *overlay, px_error *err);

#define PX_BARE_MAP_SIDE 512 /**< it is smooth: clients scale it up */

/**
 * Draw a heat map alone, in grey: 0 is no evidence, 255 the strongest.
 *
 * @param heat  [height, width] float32 in [0, 1].
 * @param grey  initialised; becomes 8-bit grey, whose longer side is PX_BARE_MAP_SIDE at most.
 */
bool px_draw_bare_map(const float *heat, int width, int height, px_image *grey, px_error *err);

#endif
