/* Resampling along one axis: which samples make each new one, and with what weights. */
#ifndef PX_IMAGE_TAPS_H
#define PX_IMAGE_TAPS_H

#include "prepare.h"

/** New sample i is the sum over k < count[i] of weights[i * width + k] * sample[first[i] + k]. */
typedef struct px_taps {
    int *first;
    int *count;
    float *weights;
    size_t width; /**< most taps a sample has */
} px_taps;

/**
 * Weights that make `to` samples out of `from`, both at least 1. They sum to 1 for each sample.
 *
 * @param reduces  whether both axes of the image shrink or stay: OpenCV's INTER_AREA averages only
 *                 then, and otherwise interpolates between sharp-edged pixels.
 */
bool px_taps_init(px_taps *taps, int from, int to, px_resize method, bool reduces, px_error *err);
void px_taps_clear(px_taps *taps);

#endif
