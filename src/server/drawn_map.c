/* A kept map is enlarged to its radiograph and laid over it; one alone is reduced. */
#include "drawn_map.h"

#include <math.h>
#include <stdlib.h>

#include "../base/memory.h"
#include "../image/prepare.h"
#include "../image/reduce.h"
#include "../reader/stored_map.h"

/* The heat map at the radiograph's size; zeros without one. */
static float *draw_heat(const json_t *map, const px_image *image, px_error *err) {
    size_t pixels = (size_t)image->width * (size_t)image->height;
    int width = 0, height = 0;
    float *heat =
        map ? px_heat_map_draw(map, &width, &height, err) : px_alloc(pixels, sizeof *heat, err);
    if (!heat || !map || (width == image->width && height == image->height))
        return heat;
    float *large = px_alloc(pixels, sizeof *large, err);
    bool ok = large && px_resize_f32(heat, width, height, 1, large, image->width, image->height,
                                     PX_RESIZE_BILINEAR, err);
    free(heat);
    if (ok)
        return large;
    free(large);
    return NULL;
}

bool px_draw_heat_map(const px_image *image, const json_t *map, px_colormap colours, float opacity,
                      px_image *overlay, px_error *err) {
    float *heat = draw_heat(map, image, err);
    bool ok = heat && px_image_overlay_map(image, heat, colours, map ? opacity : 0, overlay, err);
    free(heat);
    return ok;
}

bool px_draw_bare_map(const float *heat, int width, int height, px_image *grey, px_error *err) {
    int to_width, to_height;
    px_image_fit(width, height, PX_BARE_MAP_SIDE, &to_width, &to_height);
    size_t pixels = (size_t)to_width * (size_t)to_height;
    float *reduced = px_alloc(pixels, sizeof *reduced, err);
    bool ok =
        reduced &&
        px_resize_f32(heat, width, height, 1, reduced, to_width, to_height, PX_RESIZE_AREA, err) &&
        px_image_new(grey, to_width, to_height, 1, 8, err);
    uint8_t *to = grey->pixels;
    for (size_t i = 0; ok && i < pixels; i++)
        to[i] = (uint8_t)lrintf(255 * fminf(fmaxf(reduced[i], 0), 1));
    free(reduced);
    return ok;
}
