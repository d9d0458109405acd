/* The program that a graph is lowered to: fused steps over values that lie in shared buffers. */
#ifndef PX_GRAPH_STEPS_H
#define PX_GRAPH_STEPS_H

#include "../kernels/kernels.h"
#include "graph.h"

typedef enum {
    PX_STEP_NONE, /**< fused into another */
    PX_STEP_CONV, /**< convolution with groups, or dense layer */
    PX_STEP_DEPTHWISE,
    PX_STEP_MAX_POOL,
    PX_STEP_AVG_POOL,
    PX_STEP_GLOBAL_AVG_POOL,
    PX_STEP_AFFINE, /**< scale and shift, ReLU, or just a copy into another place */
    PX_STEP_ADD,
    PX_STEP_SIGMOID,
    PX_STEP_PAD,
    PX_STEP_FLATTEN,
    PX_STEP_CONCAT, /**< nothing to run: its inputs were written where they belong */
} px_step_kind;

/**
 * One step: y = after(op(before(x))). `before` is an affine and ReLU on each input element inside
 * the image, `after` the bias, a residual value and ReLU. Per-channel factors after a linear
 * operation are kept aside in `gain` until the weights are packed.
 */
typedef struct px_step {
    px_step_kind kind;
    int node; /**< whose attributes and tensors it has */
    int n_inputs;
    int *inputs; /**< values */
    px_geometry geometry;
    int groups;
    px_dtype stored;                    /**< type of its kernel, if it has one */
    float *before_scale, *before_shift; /**< [in_c] or both NULL */
    bool before_relu;
    float *gain, *bias; /**< [out_c] or NULL: 1 and 0 */
    int residual;       /**< value added afterwards, or -1 */
    bool relu;
    bool include_pad, zero_pad; /**< pools, as in px_row_job */
} px_step;

/** The result of a step; values and steps are numbered as the graph's nodes. */
typedef struct px_value {
    px_shape shape;
    int root;      /**< value in whose buffer it lies: itself, or what it is concatenated into */
    int channel;   /**< its first channel there */
    size_t pixel;  /**< floats from a pixel to the next */
    size_t offset; /**< of its first element in the arena, in floats */
} px_value;

typedef struct px_program {
    int batch;
    int n_steps; /**< also the number of values; step i makes value i */
    px_step *steps;
    px_value *values;     /**< value 0 is the network's input, in the caller's memory */
    int *homes;           /**< for each node of the graph the step that does its work, or -1 */
    int *uses;            /**< how many steps read a value; the answer and the features count too */
    int output, features; /**< values; features -1 if there are none */
    size_t arena_floats;
} px_program;

/**
 * Lower a graph to steps, one for each node.
 *
 * @param fuse  merge what can run as one step, and drop what the answer does not need.
 */
bool px_program_lower(px_program *program, const px_graph *graph, int batch, bool fuse,
                      px_error *err);
void px_program_clear(px_program *program);

/** The value that stands for a node: dropout, and flattening a vector, change nothing. */
int px_resolve(const px_graph *graph, int node);

/** Read a step's channelwise parameters (bias; a norm's or scale's factors) from its node. */
bool px_step_load(const px_graph *graph, px_step *step, px_error *err);

/** Merge step `index`, just lowered, with those that made its inputs, where that is exact. */
bool px_step_fuse(px_program *program, int index, px_error *err);

/**
 * Give values their places in the arena.
 *
 * @param share  write what is concatenated into slices of one buffer; else a buffer each.
 */
bool px_program_place(px_program *program, bool share, px_error *err);

#endif
