/* OpenCV's INTER_LINEAR on 8-bit samples, to the last bit. */
#ifndef PX_IMAGE_LINEAR_U8_H
#define PX_IMAGE_LINEAR_U8_H

#include "perxeptron.h"

/** Two samples along an axis and their weights in 2048ths. */
typedef struct px_pair {
    int first, second;
    int weights[2];
} px_pair;

/** The columns that make column `i` of `to` out of `from`. */
px_pair px_linear_u8_column(int i, int from, int to);
/** The rows likewise: at the image's edge the weights differ in how they are rounded. */
px_pair px_linear_u8_row(int i, int from, int to);

/** One new row: [width, channels] whole levels, from the two rows of `down`. */
void px_linear_u8_blend(const uint8_t *first, const uint8_t *second, const px_pair *down,
                        const px_pair *columns, int width, int channels, float *to);

#endif
