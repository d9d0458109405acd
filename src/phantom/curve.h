/* Smooth curves through a few points, tabulated: outlines of the anatomy. */
#ifndef PX_PHANTOM_CURVE_H
#define PX_PHANTOM_CURVE_H

#include "raster.h"

#define PX_CURVE_SAMPLES 256

/** y over x in [low, high]; constant outside. */
typedef struct px_curve {
    float low, high;
    float per_sample; /**< samples a unit of x */
    float value[PX_CURVE_SAMPLES + 1];
} px_curve;

/** Through points with growing x, at least two (cubic Hermite, slopes by Catmull and Rom). */
void px_curve_through(px_curve *curve, const px_point *points, int count);

static inline float px_curve_at(const px_curve *curve, float x) {
    const float at = (px_clamp(x, curve->low, curve->high) - curve->low) * curve->per_sample;
    int i = (int)at;
    i = i < PX_CURVE_SAMPLES - 1 ? i : PX_CURVE_SAMPLES - 1;
    const float t = at - (float)i;
    return curve->value[i] + t * (curve->value[i + 1] - curve->value[i]);
}

/** The largest value. */
float px_curve_max(const px_curve *curve);

#endif
