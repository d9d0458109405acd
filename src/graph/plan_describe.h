/* What the steps of a plan are, for those who look at its speed and its memory. */
#ifndef PX_GRAPH_PLAN_DESCRIBE_H
#define PX_GRAPH_PLAN_DESCRIBE_H

#include "../kernels/geometry.h"
#include "plan.h"

/** One step that runs. */
typedef struct px_step_info {
    int index;            /**< among the plan's steps, as px_plan_time_steps counts them */
    char *name;           /**< of the node whose attributes it has; owned */
    const char *kind;     /**< "conv", "depthwise", …; static */
    const char *how;      /**< conv: where its rows lie, or "winograd 4x4"; else ""; static */
    bool windowed;        /**< convolutions and pools: kernel and stride mean something */
    px_geometry geometry; /**< of one image */
    px_shape shape;       /**< of one image's output */
    int64_t macs;         /**< one image's, as a direct convolution would need; 0 for the rest */
} px_step_info;

/**
 * Describe the steps in the order they run; none for `reference` plans.
 *
 * @param graph  what the plan was made from.
 * @param infos  to be given to px_step_infos_free; untouched on failure.
 */
bool px_plan_describe(const px_plan *plan, const px_graph *graph, px_step_info **infos, int *count,
                      px_error *err);
void px_step_infos_free(px_step_info *infos, int count);

#endif
