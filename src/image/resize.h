/* Resizing samples of any type row by row, without a copy of the image. */
#ifndef PX_IMAGE_RESIZE_H
#define PX_IMAGE_RESIZE_H

#include "linear_u8.h"
#include "taps.h"

typedef enum { PX_SAMPLE_U8, PX_SAMPLE_U16, PX_SAMPLE_F32 } px_sample;

/** A rectangle of interleaved samples, borrowed. */
typedef struct px_view {
    const void *samples;
    px_sample type;
    int width, height, channels;
    size_t stride; /**< samples from one row to the next */
} px_view;

/** One resize under way. Not shared between threads. */
typedef struct px_resizer {
    px_view from;
    int to_width, to_height;
    px_pair *columns; /**< 8-bit bilinear: all it needs; NULL for the others, which have: */
    px_taps across, down;
    float *row; /**< one row of `from`'s width, reduced to the new height */
} px_resizer;

/** Sizes must be at least 1. The view must stay valid until px_resizer_clear. */
bool px_resizer_init(px_resizer *resizer, const px_view *from, int to_width, int to_height,
                     px_resize method, px_error *err);
void px_resizer_clear(px_resizer *resizer);
/** Make row y of the result: [to_width, channels] float32, in the source's units. */
void px_resizer_row(px_resizer *resizer, int y, float *to);

#endif
