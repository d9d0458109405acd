/* Colour maps: a heat map's values as colours. */
#ifndef PX_IMAGE_COLORMAP_H
#define PX_IMAGE_COLORMAP_H

#include "perxeptron.h"

typedef enum {
    PX_COLORMAP_TURBO,   /**< many hues: details stand out (Mikhailov, Google 2019) */
    PX_COLORMAP_VIRIDIS, /**< even steps for every kind of colour vision, and in print (van der Walt
                              and Smith 2015) */
    PX_COLORMAP_INFERNO, /**< the same from black to pale yellow */
    PX_COLORMAP_GREY,
    PX_COLORMAPS
} px_colormap;

/** "turbo", "viridis", "inferno", "grey"; false for no such name. */
bool px_colormap_from_name(const char *name, px_colormap *map);
const char *px_colormap_name(px_colormap map);

/** RGB of a value in [0, 1]; others are clamped, NaN is 0. */
void px_colormap_rgb(px_colormap map, float value, uint8_t rgb[3]);
/** px_colormap_rgb of PX_COLORMAP_TURBO. */
void px_colormap_turbo(float value, uint8_t rgb[3]);

#endif
