/* Kernels over rows of NHWC pixels, written once and compiled for each vector width.
 *
 * The including file defines VEC (a GCC vector of LANES floats), LANES, MULADD (fused where the
 * tier has it), MAXIMUM and KERNEL(name). Channels that do not fill a vector go through the same
 * code with a part of one, so that a channel's value never depends on its neighbours. */
#ifndef PX_KERNELS_ROW_KERNELS_H
#define PX_KERNELS_ROW_KERNELS_H

#include <string.h>

#include "kernels.h"

#define INLINE static inline __attribute__((always_inline))

INLINE VEC load(const float *p, int lanes) {
    VEC v = {0};
    memcpy(&v, p, (size_t)lanes * sizeof *p);
    return v;
}

INLINE void store(float *p, VEC v, int lanes) {
    memcpy(p, &v, (size_t)lanes * sizeof *p);
}

INLINE VEC spread(float value) {
    return value - (VEC){0};
}

INLINE VEC relu_if(bool relu, VEC v) {
    return relu ? MAXIMUM((VEC){0}, v) : v;
}

INLINE VEC apply(const px_affine *affine, int channel, VEC v, int lanes) {
    if (affine->scale)
        v = MULADD(v, load(affine->scale + channel, lanes), load(affine->shift + channel, lanes));
    return relu_if(affine->relu, v);
}

/* Run BODY for whole vectors, then once for what is left. */
#define FOR_CHANNELS(first, end, BODY)                                                             \
    do {                                                                                           \
        int c = (first);                                                                           \
        for (; c + LANES <= (end); c += LANES)                                                     \
            BODY(c, LANES);                                                                        \
        if (c < (end))                                                                             \
            BODY(c, (end)-c);                                                                      \
    } while (0)

static void KERNEL(affine)(const px_affine *affine, int channels, const float *x, float *y) {
#define BODY(c, lanes) store(y + (c), apply(affine, c, load(x + (c), lanes), lanes), lanes)
    FOR_CHANNELS(0, channels, BODY);
#undef BODY
}

static void KERNEL(add)(int channels, const float *a, const float *b, bool relu, float *y) {
#define BODY(c, lanes)                                                                             \
    store(y + (c), relu_if(relu, load(a + (c), lanes) + load(b + (c), lanes)), lanes)
    FOR_CHANNELS(0, channels, BODY);
#undef BODY
}

static void KERNEL(accumulate)(const px_affine *affine, int channels, const float *x, float *sum) {
#define BODY(c, lanes)                                                                             \
    store(sum + (c), load(sum + (c), lanes) + apply(affine, c, load(x + (c), lanes), lanes), lanes)
    FOR_CHANNELS(0, channels, BODY);
#undef BODY
}

/* The window of one output pixel, clipped to the image. */
typedef struct {
    const float *x; /* pixel at (first_y, first_x) */
    size_t row;     /* floats from a row to the next */
    int first_y, end_y, first_x, end_x;
} clipped;

INLINE clipped clip(const px_row_job *job, int column) {
    const px_geometry *g = job->geometry;
    int y0 = job->row * g->stride_h - g->top, x0 = column * g->stride_w - g->left;
    clipped w = {.row = (size_t)g->in_w * job->x_pixel};
    px_clip_window(y0, g->kernel_h, g->in_h, &w.first_y, &w.end_y);
    px_clip_window(x0, g->kernel_w, g->in_w, &w.first_x, &w.end_x);
    if (w.first_y < w.end_y && w.first_x < w.end_x)
        w.x = job->x + (size_t)(y0 + w.first_y) * w.row + (size_t)(x0 + w.first_x) * job->x_pixel;
    return w;
}

INLINE void max_channels(const px_row_job *job, const clipped *w, float *y, int c, int lanes) {
    const px_geometry *g = job->geometry;
    int inside = (w->end_y - w->first_y) * (w->end_x - w->first_x);
    bool zero = job->zero_pad && inside < g->kernel_h * g->kernel_w;
    VEC best = spread(zero ? 0 : -__builtin_inff());
    for (int ky = 0; ky < w->end_y - w->first_y; ky++) {
        for (int kx = 0; kx < w->end_x - w->first_x; kx++) {
            const float *p = w->x + (size_t)ky * w->row + (size_t)kx * job->x_pixel + c;
            best = MAXIMUM(best, apply(&job->before, c, load(p, lanes), lanes));
        }
    }
    store(y + c, best, lanes);
}

static void KERNEL(max_pool)(const px_row_job *job) {
    int end = job->first_channel + job->channels;
    for (int column = 0; column < job->geometry->out_w; column++) {
        clipped w = clip(job, column);
        float *y = job->y + (size_t)column * job->y_pixel;
#define BODY(c, lanes) max_channels(job, &w, y, c, lanes)
        FOR_CHANNELS(job->first_channel, end, BODY);
#undef BODY
    }
}

INLINE void avg_channels(const px_row_job *job, const clipped *w, float *y, int c, int lanes) {
    const px_geometry *g = job->geometry;
    int inside = (w->end_y - w->first_y) * (w->end_x - w->first_x);
    VEC sum = {0};
    for (int ky = 0; ky < w->end_y - w->first_y; ky++) {
        for (int kx = 0; kx < w->end_x - w->first_x; kx++) {
            const float *p = w->x + (size_t)ky * w->row + (size_t)kx * job->x_pixel + c;
            sum += apply(&job->before, c, load(p, lanes), lanes);
        }
    }
    int divisor = job->include_pad ? g->kernel_h * g->kernel_w : inside;
    store(y + c, sum / spread((float)divisor), lanes);
}

static void KERNEL(avg_pool)(const px_row_job *job) {
    int end = job->first_channel + job->channels;
    for (int column = 0; column < job->geometry->out_w; column++) {
        clipped w = clip(job, column);
        float *y = job->y + (size_t)column * job->y_pixel;
#define BODY(c, lanes) avg_channels(job, &w, y, c, lanes)
        FOR_CHANNELS(job->first_channel, end, BODY);
#undef BODY
    }
}

INLINE VEC depthwise_sum(const px_row_job *job, const clipped *w, int c, int lanes, int height,
                         int width) {
    const px_geometry *g = job->geometry;
    VEC sum = load(job->bias + c, lanes);
    for (int ky = 0; ky < height; ky++) {
        for (int kx = 0; kx < width; kx++) {
            const float *p = w->x + (size_t)ky * w->row + (size_t)kx * job->x_pixel + c;
            int tap = (w->first_y + ky) * g->kernel_w + w->first_x + kx;
            VEC k = load(job->kernel + (size_t)tap * (size_t)g->in_c + c, lanes);
            sum = MULADD(apply(&job->before, c, load(p, lanes), lanes), k, sum);
        }
    }
    return sum;
}

INLINE void depthwise_channels(const px_row_job *job, const clipped *w, float *y, int c,
                               int lanes) {
    int height = w->end_y - w->first_y, width = w->end_x - w->first_x;
    VEC sum = height == 3 && width == 3 ? depthwise_sum(job, w, c, lanes, 3, 3)
                                        : depthwise_sum(job, w, c, lanes, height, width);
    store(y + c, relu_if(job->relu, sum), lanes);
}

static void KERNEL(depthwise)(const px_row_job *job) {
    int end = job->first_channel + job->channels;
    for (int column = 0; column < job->geometry->out_w; column++) {
        clipped w = clip(job, column);
        float *y = job->y + (size_t)column * job->y_pixel;
#define BODY(c, lanes) depthwise_channels(job, &w, y, c, lanes)
        FOR_CHANNELS(job->first_channel, end, BODY);
#undef BODY
    }
}

static void use_row_kernels(px_kernels *kernels) {
    kernels->depthwise = KERNEL(depthwise);
    kernels->max_pool = KERNEL(max_pool);
    kernels->avg_pool = KERNEL(avg_pool);
    kernels->affine = KERNEL(affine);
    kernels->add = KERNEL(add);
    kernels->accumulate = KERNEL(accumulate);
}

#endif
