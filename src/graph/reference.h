/* The plain executor: one node after the other as the graph has them, with the naive kernels. */
#ifndef PX_GRAPH_REFERENCE_H
#define PX_GRAPH_REFERENCE_H

#include "plan.h"

typedef struct px_reference px_reference;

/** Lay out memory for runs of `batch` images; borrows the graph. */
px_reference *px_reference_new(const px_graph *graph, int batch, px_error *err);
void px_reference_free(px_reference *reference);
size_t px_reference_arena_bytes(const px_reference *reference);
size_t px_reference_weight_bytes(const px_reference *reference);

/** @param arena    [px_reference_arena_bytes], 64-byte aligned; the rest as px_plan_run. */
void px_reference_run(const px_reference *reference, void *arena, px_pool *pool, const float *input,
                      float *output, float *features);

#endif
