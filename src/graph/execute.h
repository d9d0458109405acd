/* A program made ready for one tier, and running it. */
#ifndef PX_GRAPH_EXECUTE_H
#define PX_GRAPH_EXECUTE_H

#include "../base/pool.h"
#include "conv.h"
#include "steps.h"

/** Packed weights of one step, in the plan's memory. */
typedef struct px_packed {
    px_conv conv;  /**< PX_STEP_CONV */
    float *kernel; /**< PX_STEP_DEPTHWISE: [kernel_h * kernel_w][channels] with the gain in it */
    float *bias;   /**< likewise [channels] */
} px_packed;

/** Decide how a step runs and what it packs; nothing is read from the graph. */
bool px_packed_prepare(px_packed *packed, const px_program *program, int step,
                       const px_kernels *kernels, px_error *err);
/** Bytes that it packs, a multiple of 64; 0 for steps without weights. */
size_t px_packed_bytes(const px_packed *packed, const px_step *step);
/** Say where they lie. @param memory  [px_packed_bytes] on a 64-byte boundary; borrowed. */
void px_packed_place(px_packed *packed, const px_step *step, char *memory);
/** Write them there. */
bool px_packed_fill(const px_packed *packed, const px_graph *graph, const px_step *step,
                    px_error *err);

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
