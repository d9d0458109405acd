/* A graph compiled for running: fused steps, packed weights, one block of memory laid out ahead. */
#ifndef PX_GRAPH_PLAN_H
#define PX_GRAPH_PLAN_H

#include "../base/cache.h"
#include "../base/cpu.h"
#include "../base/pool.h"
#include "graph.h"

typedef struct px_plan px_plan;           /* immutable, shared by threads */
typedef struct px_workspace px_workspace; /* activations of one run at a time */

typedef struct px_plan_options {
    int batch;        /**< images a run takes, 1 or more (0 means 1) */
    bool reference;   /**< every node as it stands with plain C kernels: the truth for tests */
    px_cpu_tier tier; /**< kernels to use; set it to px_cpu_best() */
} px_plan_options;

/** Where packed weights are kept from one start to the next. */
typedef struct px_plan_store {
    const px_cache *cache;
    const char *model_sha256; /**< hex, of the model file that the graph was loaded from */
} px_plan_store;

/**
 * Compile. Weights are copied into packed form: the graph may be freed afterwards, except that
 * `reference` plans borrow it.
 *
 * @param graph  with shapes inferred.
 */
px_plan *px_plan_new(const px_graph *graph, const px_plan_options *options, px_error *err);
/** The same with weights mapped as they were packed before, or packed and kept.
 *  @param store  NULL: as px_plan_new. */
px_plan *px_plan_new_stored(const px_graph *graph, const px_plan_options *options,
                            const px_plan_store *store, px_error *err);
void px_plan_free(px_plan *plan);

/** Whether its weights were mapped from the cache. When they were packed and could not be kept,
 *  `why` (nullable) says why not; else its code is PX_OK. */
bool px_plan_is_mapped(const px_plan *plan, px_error *why);

/** Bytes of packed weights, and of one workspace. */
size_t px_plan_weight_bytes(const px_plan *plan);
size_t px_plan_workspace_bytes(const px_plan *plan);

/** Memory for one run at a time, of this plan or of one whose workspace is no larger. Nothing is
 *  allocated after this. */
px_workspace *px_workspace_new(const px_plan *plan, px_error *err);
void px_workspace_free(px_workspace *workspace);

/**
 * Run the network. Results are bit-identical for every number of threads.
 *
 * @param pool      nullable (one thread); one run at a time for a pool.
 * @param input     [batch, h, w, c] float32 NHWC; borrowed.
 * @param output    [batch, outputs] float32: the graph's output node.
 * @param features  nullable; [batch, fh, fw, fc] float32: px_graph_feature_node's value.
 */
void px_plan_run(const px_plan *plan, px_workspace *workspace, px_pool *pool, const float *input,
                 float *output, float *features);

/** Steps that a run goes through; 0 for `reference` plans. */
int px_plan_count_steps(const px_plan *plan);

/**
 * Run the network on the first image with all threads, without a copy of the answer, and measure
 * each step.
 *
 * @param seconds  [px_plan_count_steps]; steps that were fused into others take next to nothing.
 */
void px_plan_time_steps(const px_plan *plan, px_workspace *workspace, px_pool *pool,
                        const float *input, double *seconds);

/** Called before each node of a reference-order run with the node's first input. */
typedef void (*px_plan_observer)(void *context, int node, const float *first_input);

/**
 * Run node by node without fusing (fast kernels, one batch), calling `observe` before each node;
 * what the observer writes into the node's tensors counts. For calibrating batch normalisation.
 *
 * @param graph  with shapes inferred; its tensors are read as they are at each node.
 */
bool px_graph_run_observed(const px_graph *graph, int batch, const float *input, px_pool *pool,
                           px_plan_observer observe, void *context, px_error *err);

#endif
