/* Plans and workspaces: compiling a graph, and running it fast or by the plain executor. */
#include "plan.h"

#include <stdlib.h>

#include "../base/clock.h"
#include "../base/error.h"
#include "../base/memory.h"
#include "plan_parts.h"

enum { LEAST_LANES = 8, MOST_LANES = 64 };

struct px_workspace {
    float *arena;
};

/* Threads that may pack input at once, each in scratch memory of its own. */
static int choose_lanes(void) {
    int processors = px_cpu_count();
    processors = processors > LEAST_LANES ? processors : LEAST_LANES;
    return processors < MOST_LANES ? processors : MOST_LANES;
}

static bool pack_step(px_plan *plan, const px_graph *graph, int index, px_error *err) {
    px_packed *packed = &plan->packed[index];
    if (!px_packed_prepare(packed, graph, &plan->program, index, plan->kernels, err))
        return false;
    size_t need = (packed->conv.scratch_floats + 15) / 16 * 16;
    plan->scratch_floats = need > plan->scratch_floats ? need : plan->scratch_floats;
    plan->weight_bytes += px_packed_bytes(packed, &plan->program.steps[index]);
    return true;
}

static bool compile(px_plan *plan, const px_graph *graph, int batch, bool fuse, px_error *err) {
    px_program *program = &plan->program;
    if (!px_program_lower(program, graph, batch, fuse, err) ||
        !px_program_place(program, fuse, err))
        return false;
    plan->lanes = choose_lanes();
    plan->packed = px_alloc((size_t)program->n_steps, sizeof *plan->packed, err);
    bool ok = plan->packed != NULL;
    for (int i = 0; ok && i < program->n_steps; i++)
        ok = pack_step(plan, graph, i, err);
    return ok;
}

px_plan *px_plan_new(const px_graph *graph, const px_plan_options *options, px_error *err) {
    int batch = options->batch > 0 ? options->batch : 1;
    px_plan *plan = px_alloc(1, sizeof *plan, err);
    if (!plan)
        return NULL;
    plan->kernels = px_kernels_of(options->tier);
    bool ok;
    if (options->reference)
        ok = (plan->reference = px_reference_new(graph, batch, err)) != NULL;
    else
        ok = compile(plan, graph, batch, true, err);
    if (ok)
        return plan;
    px_plan_free(plan);
    return NULL;
}

void px_plan_free(px_plan *plan) {
    if (!plan)
        return;
    for (int i = 0; plan->packed && i < plan->program.n_steps; i++)
        px_packed_clear(&plan->packed[i]);
    free(plan->packed);
    px_program_clear(&plan->program);
    px_reference_free(plan->reference);
    free(plan);
}

size_t px_plan_weight_bytes(const px_plan *plan) {
    return plan->reference ? px_reference_weight_bytes(plan->reference) : plan->weight_bytes;
}

size_t px_plan_workspace_bytes(const px_plan *plan) {
    if (plan->reference)
        return px_reference_arena_bytes(plan->reference);
    size_t arena = (plan->program.arena_floats + 15) / 16 * 16;
    return (arena + plan->scratch_floats * (size_t)plan->lanes) * sizeof(float);
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

static px_run start_run(const px_plan *plan, float *arena, px_pool *pool, const float *input) {
    return (px_run){.program = &plan->program,
                    .packed = plan->packed,
                    .kernels = plan->kernels,
                    .pool = pool,
                    .input = input,
                    .arena = arena,
                    .scratch = arena + (plan->program.arena_floats + 15) / 16 * 16,
                    .scratch_floats = plan->scratch_floats,
                    .lanes = plan->lanes};
}

void px_plan_run(const px_plan *plan, px_workspace *workspace, px_pool *pool, const float *input,
                 float *output, float *features) {
    if (plan->reference) {
        px_reference_run(plan->reference, workspace->arena, pool, input, output, features);
        return;
    }
    px_run run = start_run(plan, workspace->arena, pool, input);
    for (int i = 0; i < plan->program.n_steps; i++)
        px_run_step(&run, i);
    px_run_copy_out(&run, plan->program.output, output);
    if (features && plan->program.features >= 0)
        px_run_copy_out(&run, plan->program.features, features);
}

int px_plan_count_steps(const px_plan *plan) {
    return plan->program.n_steps;
}

void px_plan_time_steps(const px_plan *plan, px_workspace *workspace, px_pool *pool,
                        const float *input, double *seconds) {
    px_run run = start_run(plan, workspace->arena, pool, input);
    double start = px_clock_s();
    for (int i = 0; i < plan->program.n_steps; i++) {
        px_run_step(&run, i);
        double end = px_clock_s();
        seconds[i] = end - start;
        start = end;
    }
}

/* Each step's parameters are read after the observer had its chance to change them. */
static bool run_observed(px_plan *plan, px_run *run, const px_graph *graph,
                         px_plan_observer observe, void *context, px_error *err) {
    for (int i = 0; i < graph->n_nodes; i++) {
        const px_node *node = &graph->nodes[i];
        px_step *step = &plan->program.steps[i];
        px_packed *packed = &plan->packed[i];
        observe(context, i,
                px_run_value(run, node->n_inputs ? px_resolve(graph, node->inputs[0]) : 0));
        px_packed_clear(packed);
        if (step->kind != PX_STEP_NONE &&
            (!px_step_load(graph, step, err) || !pack_step(plan, graph, i, err)))
            return false;
        px_run_step(run, i);
    }
    return true;
}

bool px_graph_run_observed(const px_graph *graph, int batch, const float *input, px_pool *pool,
                           px_plan_observer observe, void *context, px_error *err) {
    px_plan *plan = px_alloc(1, sizeof *plan, err);
    if (!plan)
        return false;
    plan->kernels = px_kernels_of(px_cpu_best());
    px_workspace *workspace = NULL;
    bool ok = compile(plan, graph, batch, false, err) &&
              (workspace = px_workspace_new(plan, err)) != NULL;
    if (ok) {
        px_run run = start_run(plan, workspace->arena, pool, input);
        ok = run_observed(plan, &run, graph, observe, context, err);
    }
    px_workspace_free(workspace);
    px_plan_free(plan);
    return ok;
}
