/* Histogram equalisation, of the whole image or by tiles. */
#ifndef PX_IMAGE_EQUALISE_H
#define PX_IMAGE_EQUALISE_H

#include "prepare.h"

/**
 * Spread grey levels in place. 8-bit images have 256 levels, 16-bit ones 65,536.
 * Global: OpenCV's equalizeHist. CLAHE: OpenCV's createCLAHE(2.0, (8, 8)); Zuiderveld 1994.
 * Colours: the luma (BT.601) is equalised, its change is added to the three channels.
 */
bool px_image_equalise(px_image *image, px_equalise method, px_error *err);

/** BT.601 luma of an RGB sample. */
static inline float px_luma(float red, float green, float blue) {
    return 0.299f * red + 0.587f * green + 0.114f * blue;
}

#endif
