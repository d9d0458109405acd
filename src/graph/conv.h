/* Convolutions as tiles of a matrix product: weights packed ahead, inputs packed block by block. */
#ifndef PX_GRAPH_CONV_H
#define PX_GRAPH_CONV_H

#include "../base/pool.h"
#include "steps.h"

/**
 * A convolution made ready for one tier. Its output pixels are the rows of a matrix product; each
 * window over the input is such a row of `a` (see px_gemm), in one of three places:
 * - the input itself, where its layout allows;
 * - `flat`: a pointwise convolution's input pixels, copied into dense rows;
 * - else a slab: the input rows that a block of output rows needs, with its border of zeros.
 * Large 3 x 3 convolutions go from the slab through Winograd's transform (winograd.h).
 * The copy also applies what precedes the convolution. Work is cut into items: a block of rows
 * and a range of output channels of one group.
 */
typedef struct px_conv {
    const px_kernels *kernels;
    px_dtype stored; /**< of the packed weights; all panels lie in the plan's memory */
    float *weights;  /**< PX_F32: [groups][panels][segments * depth][panel width] */
    void *narrow;    /**< else: likewise, widened panel by panel when they are used (narrow.h) */
    float *factors;  /**< with narrow: [groups][panels * tile_columns] */
    float *bias;     /**< [groups][panels * tile_columns]; likewise */
    size_t group_floats, panel_floats;
    int groups, group_in, group_out, panels;
    int segments, depth;

    bool flat, packed, winograd;
    size_t lda, segment_stride; /**< of the rows, as px_gemm has them */
    int slab_w;                 /**< pixels in a slab's row */
    int unit_rows;              /**< slab: output rows in a unit, 4 with Winograd's tiles */
    int block, units;           /**< in a block, and in all: pixels of the batch when flat, else
                                     units of output rows of an image */
    int blocks, splits;         /**< blocks of the batch; ranges of panels */
    size_t slab_floats;         /**< of a block's packed input */
    size_t scratch_floats;      /**< of all that a block needs; last a panel, with narrow */
} px_conv;

/** Decide how to run a step and how its weights are packed. `input` is where its input will lie.
 *  The packing does not depend on the batch. */
bool px_conv_prepare(px_conv *conv, const px_step *step, const px_value *input, int batch,
                     const px_kernels *kernels, px_error *err);
/** Bytes of packed weights and bias, a multiple of 64. */
size_t px_conv_bytes(const px_conv *conv);
/** Say where they lie. @param memory  [px_conv_bytes] on a 64-byte boundary; borrowed. */
void px_conv_place(px_conv *conv, char *memory);
/** Pack the step's weights and bias into that memory. */
bool px_conv_pack(const px_conv *conv, const px_graph *graph, const px_step *step, px_error *err);

/** The memory a convolution works on; pixel strides are in the values. */
typedef struct px_conv_data {
    const float *input, *residual; /**< residual is NULL without one */
    float *output;
    size_t input_pixel, residual_pixel, output_pixel;
    float *scratch; /**< [lanes][scratch_floats], each lane's on a 64-byte boundary */
    size_t scratch_floats;
    int lanes; /**< most threads that work at once */
    const px_conv
        *next; /**< the convolution that follows, or NULL: its weights are fetched ahead */
} px_conv_data;

void px_conv_run(const px_conv *conv, const px_step *step, const px_conv_data *data, px_pool *pool);

#endif
