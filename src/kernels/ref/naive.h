/* Every operation as its definition reads, one image, dense NHWC, sums in double: the truth. */
#ifndef PX_KERNELS_NAIVE_H
#define PX_KERNELS_NAIVE_H

#include "../geometry.h"

/** @param kernel [kernel_h, kernel_w, in_c / groups, out_c]; @param bias [out_c] or NULL.
 *  @param first_row,rows which output rows to compute; y is the whole output. */
void px_naive_conv2d(const px_geometry *g, int groups, const float *x, const float *kernel,
                     const float *bias, float *y, int first_row, int rows);
/** @param kernel [c_in, c_out]; @param bias [c_out] or NULL. */
void px_naive_dense(int c_in, int c_out, const float *x, const float *kernel, const float *bias,
                    float *y);
/** y = gamma (x - mean) / sqrt(variance + epsilon) + beta; gamma and beta may be NULL: 1 and 0. */
void px_naive_batch_norm(size_t pixels, int channels, const float *const tensors[4], float epsilon,
                         const float *x, float *y);
void px_naive_max_pool(const px_geometry *g, const float *x, float *y);
/** The divisor is the number of elements inside the image, or with `include_pad` also those of the
 *  padding (never beyond it). */
void px_naive_avg_pool(const px_geometry *g, bool include_pad, const float *x, float *y);
void px_naive_global_avg_pool(size_t pixels, int channels, const float *x, float *y);
void px_naive_relu(size_t count, const float *x, float *y);
void px_naive_sigmoid(size_t count, const float *x, float *y);
void px_naive_scale(size_t count, float factor, const float *x, float *y);
/** y += x. */
void px_naive_accumulate(size_t count, const float *x, float *y);
/** Place x [h, w, c] inside y, zero around: g->top and g->left rows and columns before it. */
void px_naive_pad(const px_geometry *g, const float *x, float *y);
/** Copy `channels` of each pixel to y with `stride` floats from pixel to pixel. */
void px_naive_place_channels(size_t pixels, int channels, const float *x, float *y, size_t stride);

#endif
