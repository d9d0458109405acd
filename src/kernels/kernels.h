/* The kernel table: one inner loop each, with pointers, sizes and strides; one table for a tier. */
#ifndef PX_KERNELS_KERNELS_H
#define PX_KERNELS_KERNELS_H

#include "../base/cpu.h"
#include "geometry.h"

/**
 * One tile of a matrix product: c[rows, columns] = f(a b + bias + residual), f = max(0, .) or
 * nothing. Strides are in floats. The sum of each output runs over depth in ascending order (fused
 * multiply-add in the fast tiers), in runs of 128 products that are then added up, the bias last:
 * it does not depend on the tile.
 *
 * Row r of `a` is `segments` runs of `depth` floats: run s begins at a + r * lda +
 * s * segment_stride. A convolution's window over an NHWC image is such a row.
 */
typedef struct px_gemm {
    const float *a;
    size_t lda, segment_stride;
    int segments, depth;
    const float *b;        /**< packed: [segments * depth][panel width], 64-byte aligned */
    const float *bias;     /**< [panel width] */
    const float *residual; /**< [rows, columns] or NULL */
    size_t ldr;
    float *c;
    size_t ldc;
    uintptr_t ahead;     /**< address of memory to bring near meanwhile; never read, any will do */
    size_t ahead_stride; /**< bytes to go on with each step of depth */
    int rows;            /**< 1..tile_rows of the table */
    int columns;         /**< 1..tile_columns; the panel is px_panel_width(columns) wide */
    bool relu;
} px_gemm;

/** Scale and shift each channel, then perhaps ReLU: what precedes a layer. */
typedef struct px_affine {
    const float *scale, *shift; /**< [channels]; both NULL: as it is */
    bool relu;
} px_affine;

/** One output row of a pool or depthwise convolution over one NHWC image. */
typedef struct px_row_job {
    const px_geometry *geometry;
    const float *x; /**< the image's first pixel */
    size_t x_pixel; /**< floats from a pixel to the next, of the input and of the output */
    float *y;       /**< the row's first pixel */
    size_t y_pixel;
    int row;
    px_affine before;    /**< applied to every element inside the image */
    bool include_pad;    /**< average: padding counts in the divisor */
    bool zero_pad;       /**< maximum: padding takes part as zeros */
    const float *kernel; /**< depthwise: [kernel_h * kernel_w][in_c] */
    const float *bias;   /**< depthwise: [in_c] */
    bool relu;           /**< depthwise: afterwards */
} px_row_job;

/**
 * Winograd's minimal filtering F(4 x 4, 3 x 3) (Lavin & Gray 2016) with the points 0, 3/4, -3/4,
 * 3/2, -3/2 and infinity, which lose half as much in float32 as 0, 1, -1, 2, -2: a
 * tile of 4 x 4 outputs is 36 products instead of 144. Value f of a transformed tile lies
 * `frequency` floats after value f - 1.
 */
typedef struct px_winograd_output {
    int channels;
    const float *m; /**< the products, [36][channels]; along a line [10][channels] */
    size_t frequency;
    const float *bias;     /**< [channels] */
    const float *residual; /**< added to each output, or NULL */
    size_t residual_row, residual_pixel;
    float *y; /**< the tile's first output */
    size_t y_row, y_pixel;
    int rows, columns; /**< 1..4, what of the tile lies inside the image */
    bool relu;
} px_winograd_output;

enum { PX_WINOGRAD_TILE = 4, PX_WINOGRAD_WINDOW = 6, PX_WINOGRAD_VALUES = 36 };

/** A packed panel whose weights are stored in fewer bits, made float32 just before it is used:
 *  to[row][i] = from[row][i] * factors[i], exactly one rounding. */
typedef struct px_widening {
    const void *from;     /**< [rows][width] float16 (finite) or int8 */
    const float *factors; /**< [width] */
    float *to;            /**< [rows][width], 64-byte aligned */
    int rows, width;      /**< width: whole vectors */
} px_widening;

/** Kernels of one tier; all pointers are set. Every tier's maxima treat NaN alike: ReLU keeps it,
 * and a max pool has it where the window's last element is NaN. */
typedef struct px_kernels {
    px_cpu_tier tier;
    int tile_rows, tile_columns; /**< largest tile */
    int lanes;                   /**< floats in a vector: panels are a multiple of it wide */

    void (*gemm)(const px_gemm *g);
    void (*depthwise)(const px_row_job *job);
    void (*max_pool)(const px_row_job *job);
    void (*avg_pool)(const px_row_job *job);
    /** y[i] = f(x[i] * scale[i] + shift[i]) for one pixel's channels, or a plain copy. */
    void (*affine)(const px_affine *affine, int channels, const float *x, float *y);
    /** y[i] = f(a[i] + b[i]), f = max(0, .) or nothing. */
    void (*add)(int channels, const float *a, const float *b, bool relu, float *y);
    /** sum[i] += f(x[i] * scale[i] + shift[i]). */
    void (*accumulate)(const px_affine *affine, int channels, const float *x, float *sum);
    /** Transform the 6 x 6 pixels from x on into v [36][channels]. */
    void (*winograd_input)(int channels, const float *x, size_t row, size_t pixel, float *v,
                           size_t frequency);
    void (*winograd_output)(const px_winograd_output *tile);
    /** The same along a line, F(4, 7): ten pixels from x on, `step` apart, into v [10][channels].
     */
    void (*winograd_line_input)(int channels, const float *x, size_t step, float *v,
                                size_t frequency);
    /** A tile of one row; its outputs are y_pixel apart, whichever way the line goes. */
    void (*winograd_line_output)(const px_winograd_output *tile);
    void (*widen_f16)(const px_widening *job);
    void (*widen_i8)(const px_widening *job);
} px_kernels;

/** The table of a tier, which the machine must have. Static storage. */
const px_kernels *px_kernels_of(px_cpu_tier tier);

/** Width of the packed panel that holds `columns` output channels: whole vectors. */
static inline int px_panel_width(const px_kernels *kernels, int columns) {
    return (columns + kernels->lanes - 1) / kernels->lanes * kernels->lanes;
}

#endif
