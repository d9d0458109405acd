/* Convolutions as tiles of a matrix product: weights packed ahead, inputs packed block by block. */
#ifndef PX_GRAPH_CONV_H
#define PX_GRAPH_CONV_H

#include "../base/pool.h"
#include "steps.h"

/** Convolutions that go through Winograd's transforms, by their tile of outputs. */
typedef enum {
    PX_WINOGRAD_NONE,
    PX_WINOGRAD_SQUARE, /**< 3 x 3: 4 x 4 outputs */
    PX_WINOGRAD_ROW,    /**< 1 x 7: four in a row */
    PX_WINOGRAD_COLUMN, /**< 7 x 1: four in a column */
} px_winograd_form;

/**
 * A convolution made ready for one tier. Its output pixels are the rows of a matrix product; each
 * window over the input is such a row of `a` (see px_gemm), in one of three places:
 * - the input itself, where its layout allows;
 * - `flat`: a pointwise convolution's input pixels, copied into dense rows;
 * - else a slab: the input rows that a block of output rows needs, with its border of zeros.
 * The copy also applies what precedes the convolution. Some convolutions go through
 * Winograd's transforms (winograd.h). Threads share the work by ranges of units and of panels
 * (conv_cut.h), and go through a range in blocks that fit their caches.
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

    bool flat, packed;
    px_winograd_form winograd;
    size_t lda, segment_stride; /**< of the rows, as px_gemm has them */
    int slab_w;                 /**< pixels in a slab's row */
    int units;                  /**< pixels of the batch when flat, tiles of the batch with
                                     Winograd, else output rows of an image */
    int images;                 /**< that are gone through one by one: 1 or the batch */
    int block;                  /**< most units in a block */
    size_t scratch_floats;      /**< that a block needs; last a panel, with narrow */
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
/** The same from a float32 kernel, HWIO as px_node has it, for a step that stores PX_F32. */
void px_conv_pack_floats(const px_conv *conv, const px_step *step, const float *kernel);

enum { PX_CONV_MOST_LANES = 64 };

/** The memory a convolution works on; pixel strides are in the values. */
typedef struct px_conv_data {
    const float *input, *residual; /**< residual is NULL without one */
    float *output;
    size_t input_pixel, residual_pixel, output_pixel;
    float *scratch; /**< [lanes][scratch_floats], each lane's on a 64-byte boundary */
    size_t scratch_floats;
    int lanes; /**< most threads that work at once, up to PX_CONV_MOST_LANES */
    const px_conv
        *next; /**< the convolution that follows, or NULL: its weights are fetched ahead */
} px_conv_data;

void px_conv_run(const px_conv *conv, const px_step *step, const px_conv_data *data, px_pool *pool);
/** The same for some panels of the first `pixels` pixels alone, on the calling thread and in its
 *  first lane's scratch memory. For a flat convolution without strides and groups. */
void px_conv_run_panels(const px_conv *conv, const px_step *step, const px_conv_data *data,
                        int pixels, int first_panel, int end_panel);

/** a / b, rounded up. */
static inline int px_divide_up(int64_t a, int64_t b) {
    return (int)((a + b - 1) / b);
}

/** Where a panel begins among the packed weights, in numbers of the stored kind. */
static inline size_t px_conv_panel_start(const px_conv *conv, int group, int panel) {
    return (size_t)group * conv->group_floats + (size_t)panel * conv->panel_floats;
}

#endif
