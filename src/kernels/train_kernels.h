/* The kernels that only training needs, in a table of their own; one table for a tier. */
#ifndef PX_KERNELS_TRAIN_KERNELS_H
#define PX_KERNELS_TRAIN_KERNELS_H

#include "kernels.h"

/**
 * One tile of a sum of outer products: c[rows, columns] += sum over steps of a[step, rows] times
 * b[step, columns], the steps in ascending order in one sum, which is then added to c. Strides are
 * in floats. Steps are `segments` runs of `depth`: run s begins at a + s * a_segment and
 * b + s * b_segment.
 *
 * With an input's pixels as steps, a's rows its channels and b the gradient of the output, c is
 * the gradient of a convolution's weights.
 */
typedef struct px_outer {
    const float *a;
    size_t a_step, a_segment;
    const float *b; /**< readable for whole vectors */
    size_t b_step, b_segment;
    int segments, depth;
    float *c;
    size_t ldc;
    int rows;    /**< 1..outer_rows of the table */
    int columns; /**< 1..outer_columns */
} px_outer;

/**
 * The way back through y = f(x * scale + shift) over `pixels` pixels, f = max(0, .) or nothing.
 * What passes f is dz = dy where x * scale + shift > 0 (x > 0 without a scale), else 0.
 */
typedef struct px_norm_pass {
    size_t pixels;
    int channels;
    const float *x, *dy;
    size_t x_pixel, dy_pixel;
    px_affine affine;
    const float *mean; /**< [channels] */
    float *sum;        /**< [2][channels]: of dz, and of dz * (x - mean) */
    const float *by_gradient, *by_input, *offset; /**< [channels]; for what fills dx */
    float *dx;
    size_t dx_pixel;
    bool add; /**< to what dx holds; else it is written */
} px_norm_pass;

/** A window's way back for one NHWC image (or one row of it); see each kernel. */
typedef struct px_window_pass {
    const px_geometry *geometry;
    const float *x; /**< the image's first pixel */
    size_t x_pixel;
    const float *dy; /**< the output gradient's first pixel */
    size_t dy_pixel;
    float *dx; /**< the input gradient's first pixel */
    size_t dx_pixel;
    int row;             /**< of dx */
    int first, channels; /**< the channels that are worked on */
    px_affine before;    /**< applied to x */
    bool include_pad, zero_pad;
    const float *kernel; /**< depthwise: [kernel_h * kernel_w][in_c] */
    float *dkernel;      /**< likewise; added to */
    float *scratch;      /**< depthwise_weights: [channels, whole vectors][kernel_h * kernel_w] */
} px_window_pass;

/** A tile of 4 x 4 gradients of outputs on its way back through Winograd's output transform (see
 *  px_winograd_output): the gradients of its 36 products. */
typedef struct px_winograd_gradient {
    int channels;
    const float *dy; /**< the tile's first */
    size_t row, pixel;
    int rows, columns; /**< 1..4, what of the tile lies inside the image; the rest is zero */
    float *m;          /**< [36][channels] */
    size_t frequency;
} px_winograd_gradient;

/**
 * Adam's step (Kingma & Ba 2015) of some weights, with the corrections of its means:
 *
 *     g = factor * gradient + decay * w
 *     mean = beta1 mean + (1 - beta1) g, square = beta2 square + (1 - beta2) g^2
 *     w = shrink * w - rate * mean / (sqrt(correct * square) + epsilon)
 */
typedef struct px_adam_pass {
    size_t count;
    float *value, *mean, *square; /**< [count] */
    const float *gradient;        /**< [count] */
    float factor, decay, beta1, beta2, rate, correct, epsilon, shrink;
} px_adam_pass;

typedef struct px_train_kernels {
    int outer_rows, outer_columns; /**< largest tile of `outer` */
    void (*outer)(const px_outer *o);
    /** Means of each channel, and sums of the squares about them, over up to a few hundred pixels:
     *  results [channels]. */
    void (*moments)(size_t pixels, int channels, const float *x, size_t pixel, float *mean,
                    float *squares);
    /** sum[c] = sum of x over the pixels. */
    void (*column_sums)(size_t pixels, int channels, const float *x, size_t pixel, float *sum);
    /** Fill pass->sum. */
    void (*norm_sums)(const px_norm_pass *pass);
    /** dx (+)= by_gradient * dz + by_input * (x - mean) + offset. */
    void (*norm_apply)(const px_norm_pass *pass);
    /** Fill pass->sum, and dx (+)= by_gradient * dz. */
    void (*norm_sums_apply)(const px_norm_pass *pass);
    /** y[i] (+)= factor * x[i]. */
    void (*scale)(int channels, float factor, const float *x, bool add, float *y);
    /** Add each output's gradient to where its maximum (the first of them) came from: all of an
     *  image, channels [first, first + channels). */
    void (*max_pool_back)(const px_window_pass *pass);
    /** Add to one row of dx what an average's gradients give each pixel. */
    void (*avg_pool_back)(const px_window_pass *pass);
    /** Add to one row of dx. */
    void (*depthwise_data)(const px_window_pass *pass);
    /** Add one image's part of dkernel, channels [first, first + channels). */
    void (*depthwise_weights)(const px_window_pass *pass);
    void (*adam)(const px_adam_pass *pass);
    void (*winograd_gradient)(const px_winograd_gradient *tile);
    /** Add G^T u G to 3 x 3 taps: from the gradients u [36][channels] of transformed weights those
     *  of the weights, dkernel [9][channels]; `frequency` and `tap` are the distances. */
    void (*winograd_weights)(int channels, const float *u, size_t frequency, float *dkernel,
                             size_t tap);
} px_train_kernels;

/** The table of a tier, which the machine must have. Static storage. */
const px_train_kernels *px_train_kernels_of(px_cpu_tier tier);

#endif
