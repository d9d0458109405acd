/* A program made ready for one tier, and running it. */
#ifndef PX_GRAPH_EXECUTE_H
#define PX_GRAPH_EXECUTE_H

#include "../base/pool.h"
#include "conv.h"
#include "steps.h"

/** Packed weights of one step. */
typedef struct px_packed {
    px_conv conv;  /**< PX_STEP_CONV */
    float *kernel; /**< PX_STEP_DEPTHWISE: [kernel_h * kernel_w][channels] with the gain in it */
    float *bias;   /**< likewise [channels] */
} px_packed;

bool px_packed_prepare(px_packed *packed, const px_graph *graph, const px_program *program,
                       int step, const px_kernels *kernels, px_error *err);
void px_packed_clear(px_packed *packed);
size_t px_packed_bytes(const px_packed *packed, const px_step *step);

/** Where a run finds its memory. */
typedef struct px_run {
    const px_program *program;
    const px_packed *packed; /**< [n_steps] */
    const px_kernels *kernels;
    px_pool *pool;
    const float *input;
    float *arena;
    float *scratch; /**< [lanes][scratch_floats] */
    size_t scratch_floats;
    int lanes;
} px_run;

void px_run_step(const px_run *run, int step);

/** Whether a concatenation has nothing to copy: its inputs were written where they belong. */
bool px_concat_in_place(const px_program *program, int step);

/** First element of a value, and of it as a dense copy for the caller. */
const float *px_run_value(const px_run *run, int value);
void px_run_copy_out(const px_run *run, int value, float *out);

#endif
