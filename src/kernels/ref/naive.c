/* Every operation as its definition reads, one image, dense NHWC, sums in double: the truth. */
#include "naive.h"

#include <math.h>
#include <string.h>

enum { LANES = 32 }; /* output channels summed side by side */

/* One output pixel's channels [first, first + lanes) of one group. */
static void conv_lanes(const px_geometry *g, int groups, const float *x, const float *kernel,
                       int row, int column, int first, int lanes, double sum[LANES]) {
    int depth = g->in_c / groups, group = first / (g->out_c / groups);
    int y0 = row * g->stride_h - g->top, x0 = column * g->stride_w - g->left;
    for (int ky = 0; ky < g->kernel_h; ky++) {
        for (int kx = 0; kx < g->kernel_w; kx++) {
            int iy = y0 + ky, ix = x0 + kx;
            if (iy < 0 || iy >= g->in_h || ix < 0 || ix >= g->in_w)
                continue;
            const float *pixel = x + ((size_t)iy * g->in_w + ix) * g->in_c + (size_t)group * depth;
            const float *k =
                kernel + (size_t)(ky * g->kernel_w + kx) * depth * g->out_c + (size_t)first;
            for (int c = 0; c < depth; c++, k += g->out_c) {
                for (int lane = 0; lane < lanes; lane++)
                    sum[lane] += (double)pixel[c] * k[lane];
            }
        }
    }
}

static void conv_pixel(const px_geometry *g, int groups, const float *x, const float *kernel,
                       const float *bias, int row, int column, float *y) {
    int width = g->out_c / groups;
    for (int first = 0, lanes; first < g->out_c; first += lanes) {
        lanes = width - first % width; /* never across two groups */
        lanes = lanes < LANES ? lanes : LANES;
        double sum[LANES] = {0};
        conv_lanes(g, groups, x, kernel, row, column, first, lanes, sum);
        for (int lane = 0; lane < lanes; lane++)
            y[first + lane] = (float)(sum[lane] + (bias ? bias[first + lane] : 0));
    }
}

void px_naive_conv2d(const px_geometry *g, int groups, const float *x, const float *kernel,
                     const float *bias, float *y, int first_row, int rows) {
    for (int row = first_row; row < first_row + rows; row++) {
        for (int column = 0; column < g->out_w; column++)
            conv_pixel(g, groups, x, kernel, bias, row, column,
                       y + ((size_t)row * g->out_w + column) * g->out_c);
    }
}

void px_naive_dense(int c_in, int c_out, const float *x, const float *kernel, const float *bias,
                    float *y) {
    const px_geometry g = {1, 1, c_in, 1, 1, c_out, 1, 1, 1, 1, 0, 0, 0, 0};
    px_naive_conv2d(&g, 1, x, kernel, bias, y, 0, 1);
}

void px_naive_batch_norm(size_t pixels, int channels, const float *const tensors[4], float epsilon,
                         const float *x, float *y) {
    const float *gamma = tensors[0], *beta = tensors[1], *mean = tensors[2], *variance = tensors[3];
    for (size_t p = 0; p < pixels; p++) {
        for (int c = 0; c < channels; c++) {
            double scale = (gamma ? gamma[c] : 1.0) / sqrt((double)variance[c] + epsilon);
            size_t i = p * channels + c;
            y[i] = (float)(scale * ((double)x[i] - mean[c]) + (beta ? beta[c] : 0.0));
        }
    }
}

/* Calls for every input element of every window would be slow: each pool walks its own. */
static const float *window_pixel(const px_geometry *g, const float *x, int row, int column, int ky,
                                 int kx) {
    int iy = row * g->stride_h - g->top + ky, ix = column * g->stride_w - g->left + kx;
    if (iy < 0 || iy >= g->in_h || ix < 0 || ix >= g->in_w)
        return NULL;
    return x + ((size_t)iy * g->in_w + ix) * g->in_c;
}

static void max_pixel(const px_geometry *g, const float *x, int row, int column, float *y) {
    for (int c = 0; c < g->in_c; c++)
        y[c] = -INFINITY;
    for (int ky = 0; ky < g->kernel_h; ky++) {
        for (int kx = 0; kx < g->kernel_w; kx++) {
            const float *pixel = window_pixel(g, x, row, column, ky, kx);
            for (int c = 0; pixel && c < g->in_c; c++)
                y[c] = y[c] > pixel[c] ? y[c] : pixel[c];
        }
    }
}

void px_naive_max_pool(const px_geometry *g, const float *x, float *y) {
    for (int row = 0; row < g->out_h; row++) {
        for (int column = 0; column < g->out_w; column++)
            max_pixel(g, x, row, column, y + ((size_t)row * g->out_w + column) * g->out_c);
    }
}

static float avg_channel(const px_geometry *g, const float *x, int row, int column, int c,
                         int *inside) {
    double sum = 0;
    *inside = 0;
    for (int ky = 0; ky < g->kernel_h; ky++) {
        for (int kx = 0; kx < g->kernel_w; kx++) {
            const float *pixel = window_pixel(g, x, row, column, ky, kx);
            sum += pixel ? pixel[c] : 0;
            *inside += pixel != NULL;
        }
    }
    return (float)sum;
}

void px_naive_avg_pool(const px_geometry *g, bool include_pad, const float *x, float *y) {
    for (int row = 0; row < g->out_h; row++) {
        for (int column = 0; column < g->out_w; column++) {
            for (int c = 0; c < g->in_c; c++) {
                int inside;
                float sum = avg_channel(g, x, row, column, c, &inside);
                int divisor = include_pad ? g->kernel_h * g->kernel_w : inside;
                *y++ = sum / (float)divisor;
            }
        }
    }
}

void px_naive_global_avg_pool(size_t pixels, int channels, const float *x, float *y) {
    for (int c = 0; c < channels; c++) {
        double sum = 0;
        for (size_t p = 0; p < pixels; p++)
            sum += x[p * channels + c];
        y[c] = (float)(sum / (double)pixels);
    }
}

void px_naive_relu(size_t count, const float *x, float *y) {
    for (size_t i = 0; i < count; i++)
        y[i] = x[i] < 0 ? 0 : x[i];
}

void px_naive_sigmoid(size_t count, const float *x, float *y) {
    for (size_t i = 0; i < count; i++)
        y[i] = (float)(1.0 / (1.0 + exp(-(double)x[i])));
}

void px_naive_scale(size_t count, float factor, const float *x, float *y) {
    for (size_t i = 0; i < count; i++)
        y[i] = x[i] * factor;
}

void px_naive_accumulate(size_t count, const float *x, float *y) {
    for (size_t i = 0; i < count; i++)
        y[i] += x[i];
}

void px_naive_pad(const px_geometry *g, const float *x, float *y) {
    size_t row = (size_t)g->in_w * g->in_c, out_row = (size_t)g->out_w * g->in_c;
    memset(y, 0, (size_t)g->out_h * out_row * sizeof *y);
    for (int i = 0; i < g->in_h; i++)
        memcpy(y + (size_t)(i + g->top) * out_row + (size_t)g->left * g->in_c, x + (size_t)i * row,
               row * sizeof *y);
}

void px_naive_place_channels(size_t pixels, int channels, const float *x, float *y, size_t stride) {
    for (size_t p = 0; p < pixels; p++)
        memcpy(y + p * stride, x + p * channels, (size_t)channels * sizeof *y);
}
