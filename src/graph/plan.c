/* Plans and workspaces: choosing between the plain executor and the fast one. */
#include "plan.h"

#include <stdlib.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "reference.h"

struct px_plan {
    px_reference *reference;
};

struct px_workspace {
    void *arena;
};

px_plan *px_plan_new(const px_graph *graph, const px_plan_options *options, px_error *err) {
    int batch = options->batch > 0 ? options->batch : 1;
    px_plan *plan = px_alloc(1, sizeof *plan, err);
    if (!plan)
        return NULL;
    plan->reference = px_reference_new(graph, batch, err);
    if (!plan->reference) {
        px_plan_free(plan);
        return NULL;
    }
    return plan;
}

void px_plan_free(px_plan *plan) {
    if (!plan)
        return;
    px_reference_free(plan->reference);
    free(plan);
}

size_t px_plan_weight_bytes(const px_plan *plan) {
    return px_reference_weight_bytes(plan->reference);
}

size_t px_plan_workspace_bytes(const px_plan *plan) {
    return px_reference_arena_bytes(plan->reference);
}

px_workspace *px_workspace_new(const px_plan *plan, px_error *err) {
    px_workspace *workspace = px_alloc(1, sizeof *workspace, err);
    if (!workspace)
        return NULL;
    workspace->arena = px_alloc_aligned(px_plan_workspace_bytes(plan), err);
    if (!workspace->arena) {
        px_workspace_free(workspace);
        return NULL;
    }
    return workspace;
}

void px_workspace_free(px_workspace *workspace) {
    if (!workspace)
        return;
    free(workspace->arena);
    free(workspace);
}

void px_plan_run(const px_plan *plan, px_workspace *workspace, px_pool *pool, const float *input,
                 float *output, float *features) {
    px_reference_run(plan->reference, workspace->arena, pool, input, NULL, output, features);
}

bool px_graph_run_observed(const px_graph *graph, int batch, const float *input, px_pool *pool,
                           px_plan_observer observe, void *context, px_error *err) {
    px_reference *reference = px_reference_new(graph, batch, err);
    if (!reference)
        return false;
    void *arena = px_alloc_aligned(px_reference_arena_bytes(reference), err);
    if (arena)
        px_reference_run(reference, arena, pool, input, &(px_watcher){observe, context}, NULL,
                         NULL);
    free(arena);
    px_reference_free(reference);
    return arena != NULL;
}
