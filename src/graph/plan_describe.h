/* What the steps of a plan are, for those who look at its speed and its memory. */
#ifndef PX_GRAPH_PLAN_DESCRIBE_H
#define PX_GRAPH_PLAN_DESCRIBE_H

#include "../kernels/geometry.h"
#include "plan.h"

/** One step. Values are numbered as the steps that make them; 0 is the network's input. */
typedef struct px_step_info {
    int index;            /**< among the plan's steps, as px_plan_time_steps counts them */
    const char *name;     /**< of the node whose attributes it has */
    const char *kind;     /**< "conv", "depthwise", …; static */
    const char *how;      /**< conv: "in place", "flat", "slab" or "winograd 4x4" (from a slab), as
                               px_conv tells; concat: "in place" or "copies"; else ""; static */
    bool runs;            /**< false for a concatenation in place: there is nothing to do */
    bool windowed;        /**< convolutions and pools: kernel and stride mean something */
    px_geometry geometry; /**< of one image */
    int ranges, splits;   /**< conv: shares of units and of panels, for as many threads as there are
                               processors; else 0 */
    int n_inputs;
    const int *inputs; /**< values it reads; the plan's */
    int residual;      /**< value it adds, or -1 */
    int64_t macs;      /**< one image's, as a direct convolution would need; 0 for the rest */
    px_shape shape;    /**< of one image's output */
    int root;          /**< value in whose buffer the output lies */
    size_t offset;     /**< bytes from the arena's begin to the output's first element */
    size_t bytes;      /**< of the output's elements */
    size_t pixel;      /**< bytes from a pixel to the next */
} px_step_info;

typedef struct px_plan_info {
    int n_nodes;  /**< of the graph; values are numbered likewise */
    char **names; /**< of values */
    int *homes;   /**< for each node the index of the step that does its work, or -1 */
    int n_steps;
    px_step_info *steps; /**< in the order they run */
    int tile_rows, tile_columns;
    int lanes;            /**< threads that have scratch memory */
    size_t arena_bytes;   /**< all buffers */
    size_t scratch_bytes; /**< of one thread */
    size_t weight_bytes;  /**< packed */
} px_plan_info;

/**
 * Describe a plan.
 *
 * @param plan   not a `reference` plan.
 * @param graph  what the plan was made from; not needed afterwards, but the plan is.
 * @param info   to be cleared; untouched on failure.
 */
bool px_plan_describe(const px_plan *plan, const px_graph *graph, px_plan_info *info,
                      px_error *err);
void px_plan_info_clear(px_plan_info *info);

#endif
