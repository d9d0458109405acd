/* Heat maps blended over radiographs, and boxes drawn on them. */
#include "overlay.h"

#include <string.h>

#include "../base/error.h"

/* A sample as one of 256 levels. */
static float level_of(const px_image *image, size_t i) {
    return image->depth == 8 ? (float)((const uint8_t *)image->pixels)[i]
                             : (float)((const uint16_t *)image->pixels)[i] / (65535 / 255);
}

#define LEVELS 256

static int heat_level(float heat) {
    return heat >= 1 ? LEVELS - 1 : heat > 0 ? (int)(heat * (LEVELS - 1) + 0.5f) : 0;
}

bool px_image_overlay_map(const px_image *image, const float *heat, px_colormap map, float opacity,
                          px_image *overlay, px_error *err) {
    if (!image->pixels || !(opacity >= 0 && opacity <= 1))
        return px_fail(err, PX_ERR_USAGE, NULL,
                       "an overlay needs an image and an opacity from 0 to 1");
    px_image made;
    px_image_init(&made);
    if (!px_image_new(&made, image->width, image->height, 3, 8, err))
        return false;
    uint8_t colours[LEVELS][3];
    for (int i = 0; i < LEVELS; i++)
        px_colormap_rgb(map, (float)i / (LEVELS - 1), colours[i]);
    size_t pixels = (size_t)image->width * (size_t)image->height;
    uint8_t *to = made.pixels;
    for (size_t i = 0; i < pixels; i++, to += 3) {
        const uint8_t *colour = colours[heat_level(heat[i])];
        for (size_t c = 0; c < 3; c++) {
            float under = level_of(image, image->channels == 1 ? i : 3 * i + c);
            to[c] = (uint8_t)((1 - opacity) * under + opacity * (float)colour[c] + 0.5f);
        }
    }
    px_image_clear(overlay);
    *overlay = made;
    return true;
}

bool px_image_overlay(const px_image *image, const float *heat, float opacity, px_image *overlay,
                      px_error *err) {
    return px_image_overlay_map(image, heat, PX_COLORMAP_TURBO, opacity, overlay, err);
}

/* Paint columns [left, right) of rows [top, bottom), as far as the image reaches. */
static void fill(px_image *image, int64_t left, int64_t top, int64_t right, int64_t bottom,
                 const uint8_t rgb[3]) {
    left = left > 0 ? left : 0;
    top = top > 0 ? top : 0;
    right = right < image->width ? right : image->width;
    bottom = bottom < image->height ? bottom : image->height;
    for (int64_t y = top; y < bottom; y++)
        for (int64_t x = left; x < right; x++) {
            size_t at = 3 * ((size_t)y * (size_t)image->width + (size_t)x);
            memcpy((uint8_t *)image->pixels + at, rgb, 3);
        }
}

bool px_image_draw_box(px_image *image, const int box[4], int thickness, const uint8_t rgb[3],
                       px_error *err) {
    if (!image->pixels || image->channels != 3 || image->depth != 8)
        return px_fail(err, PX_ERR_USAGE, NULL, "boxes are drawn on 8-bit RGB images only");
    int64_t left = box[0], top = box[1], right = left + box[2], bottom = top + box[3];
    int shorter = box[2] < box[3] ? box[2] : box[3];
    int t = thickness < shorter ? thickness : shorter;
    fill(image, left, top, right, top + t, rgb);
    fill(image, left, bottom - t, right, bottom, rgb);
    fill(image, left, top, left + t, bottom, rgb);
    fill(image, right - t, top, right, bottom, rgb);
    return true;
}
