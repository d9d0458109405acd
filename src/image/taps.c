/* Resampling along one axis: which samples make each new one, and with what weights. */
#include "taps.h"

#include <math.h>
#include <stdlib.h>

#include "../base/memory.h"

/* One new sample being described: the span of old samples it covers. */
typedef struct span {
    int from;     /* samples along the axis */
    double scale; /* old samples for one new */
    int *first;
    int *count;
    float *weights;
} span;

static int clamp(int value, int low, int high) {
    return value < low ? low : value > high ? high : value;
}

/* The two neighbours of a position, weight `part` on the second; edges repeat. */
static void set_pair(span *s, int left, float part) {
    bool inside = left >= 0 && left < s->from - 1;
    *s->first = clamp(left, 0, s->from - 1);
    *s->count = inside ? 2 : 1;
    s->weights[0] = inside ? 1.0f - part : 1.0f;
    if (inside)
        s->weights[1] = part;
}

static void bilinear(span *s, int i) {
    double position = (i + 0.5) * s->scale - 0.5;
    int left = (int)floor(position);
    set_pair(s, left, (float)(position - left));
}

/* OpenCV's INTER_AREA where the image grows: a blend only across the edge between two pixels. */
static void sharp_bilinear(span *s, int i) {
    int left = (int)floor(i * s->scale);
    double part = (i + 1) - (left + 1) / s->scale;
    set_pair(s, left, part <= 0 ? 0.0f : (float)(part - floor(part)));
}

static void normalise(float *weights, int count) {
    double sum = 0;
    for (int k = 0; k < count; k++)
        sum += weights[k];
    for (int k = 0; k < count; k++)
        weights[k] = (float)(weights[k] / sum);
}

/* Each old sample weighs as much as it lies inside the new one. */
static void area(span *s, int i) {
    double low = i * s->scale;
    double high = fmin(low + s->scale, s->from);
    *s->first = clamp((int)floor(low + 1e-6), 0, s->from - 1);
    int last = clamp((int)ceil(high - 1e-6) - 1, *s->first, s->from - 1);
    *s->count = last - *s->first + 1;
    for (int k = 0; k < *s->count; k++) {
        double left = *s->first + k;
        s->weights[k] = (float)(fmin(high, left + 1) - fmax(low, left));
    }
    normalise(s->weights, *s->count);
}

static void triangle(span *s, int i) {
    double reach = fmax(s->scale, 1.0);
    double centre = (i + 0.5) * s->scale;
    *s->first = clamp((int)(centre - reach + 0.5), 0, s->from - 1);
    int end = clamp((int)(centre + reach + 0.5), *s->first + 1, s->from);
    *s->count = end - *s->first;
    for (int k = 0; k < *s->count; k++)
        s->weights[k] = (float)fmax(1.0 - fabs(*s->first + k + 0.5 - centre) / reach, 0.0);
    normalise(s->weights, *s->count);
}

bool px_taps_init(px_taps *taps, int from, int to, px_resize method, bool reduces, px_error *err) {
    double scale = (double)from / to;
    size_t width = 2 * (size_t)ceil(scale) + 2;
    px_taps made = {.width = width};
    made.first = px_alloc((size_t)to, sizeof *made.first, err);
    made.count = px_alloc((size_t)to, sizeof *made.count, err);
    made.weights = px_alloc((size_t)to, width * sizeof *made.weights, err);
    if (!made.first || !made.count || !made.weights) {
        px_taps_clear(&made);
        return false;
    }
    for (int i = 0; i < to; i++) {
        span s = {from, scale, made.first + i, made.count + i, made.weights + width * (size_t)i};
        if (method == PX_RESIZE_BILINEAR_ANTIALIAS)
            triangle(&s, i);
        else if (method == PX_RESIZE_BILINEAR)
            bilinear(&s, i);
        else if (reduces)
            area(&s, i);
        else
            sharp_bilinear(&s, i);
    }
    *taps = made;
    return true;
}

void px_taps_clear(px_taps *taps) {
    free(taps->first);
    free(taps->count);
    free(taps->weights);
    *taps = (px_taps){0};
}
