/* Plans and workspaces: compiling a graph, and running it fast or by the plain executor. */
#include "plan.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "../base/clock.h"
#include "../base/error.h"
#include "../base/memory.h"
#include "node_geometry.h"
#include "plan_parts.h"

enum { LEAST_LANES = 8 };

struct px_workspace {
    float *arena;
};

/* Threads that may pack input at once, each in scratch memory of its own. */
static int choose_lanes(void) {
    int processors = px_cpu_count();
    processors = processors > LEAST_LANES ? processors : LEAST_LANES;
    return processors < PX_CONV_MOST_LANES ? processors : PX_CONV_MOST_LANES;
}

/* Where each step's weights lie in the block, or, without one, how large it must be. */
static size_t place_weights(px_plan *plan) {
    size_t at = 0;
    for (int i = 0; i < plan->program.n_steps; i++) {
        if (plan->block.memory)
            px_packed_place(&plan->packed[i], &plan->program.steps[i], plan->block.memory + at);
        at += px_packed_bytes(&plan->packed[i], &plan->program.steps[i]);
    }
    return at;
}

/* Fused steps over memory, everything but the weights' values. */
static bool lay_out(px_plan *plan, const px_graph *graph, int batch, bool fuse, px_error *err) {
    px_program *program = &plan->program;
    if (!px_program_lower(program, graph, batch, fuse, err) ||
        !px_program_place(program, fuse, err))
        return false;
    plan->lanes = choose_lanes();
    plan->packed = px_alloc((size_t)program->n_steps, sizeof *plan->packed, err);
    bool ok = plan->packed != NULL;
    for (int i = 0; ok && i < program->n_steps; i++) {
        ok = px_packed_prepare(&plan->packed[i], program, i, plan->kernels, err);
        size_t need = (plan->packed[i].conv.scratch_floats + 15) / 16 * 16;
        plan->scratch_floats = need > plan->scratch_floats ? need : plan->scratch_floats;
    }
    return ok;
}

static bool new_block(px_plan *plan, px_error *err) {
    bool ok = px_packed_block_new(&plan->block, place_weights(plan), err);
    if (ok)
        place_weights(plan);
    return ok;
}

static bool fill_block(px_plan *plan, const px_graph *graph, px_error *err) {
    bool ok = new_block(plan, err);
    for (int i = 0; ok && i < plan->program.n_steps; i++) {
        const px_step *step = &plan->program.steps[i];
        ok = px_packed_fill(&plan->packed[i], graph, step, err);
        for (int t = 0; t < PX_NODE_TENSORS; t++) {
            if (graph->nodes[step->node].tensors[t] >= 0)
                px_tensor_release(&graph->tensors[graph->nodes[step->node].tensors[t]]);
        }
    }
    return ok;
}

static bool map_or_fill_block(px_plan *plan, const px_graph *graph, const px_plan_store *store,
                              px_error *err) {
    px_packed_key key;
    if (!px_packed_key_make(&key, &plan->program, plan->packed, plan->kernels->tier,
                            store->model_sha256, err))
        return false;
    if (px_packed_block_map(&plan->block, place_weights(plan), store->cache, &key)) {
        place_weights(plan);
        return true;
    }
    if (!fill_block(plan, graph, err))
        return false;
    px_packed_block_save(&plan->block, store->cache, &key, &plan->cache_error);
    return true;
}

/* For one image: those of a batch go through side by side, each as if it were alone. */
static bool compile(px_plan *plan, const px_graph *graph, const px_plan_store *store,
                    px_error *err) {
    if (!lay_out(plan, graph, 1, true, err))
        return false;
    return store ? map_or_fill_block(plan, graph, store, err) : fill_block(plan, graph, err);
}

px_plan *px_plan_new(const px_graph *graph, const px_plan_options *options, px_error *err) {
    return px_plan_new_stored(graph, options, NULL, err);
}

px_plan *px_plan_new_stored(const px_graph *graph, const px_plan_options *options,
                            const px_plan_store *store, px_error *err) {
    int batch = options->batch > 0 ? options->batch : 1;
    px_plan *plan = px_alloc(1, sizeof *plan, err);
    if (!plan)
        return NULL;
    plan->kernels = px_kernels_of(options->tier);
    plan->images = batch;
    bool ok;
    if (options->reference)
        ok = (plan->reference = px_reference_new(graph, batch, err)) != NULL;
    else
        ok = compile(plan, graph, store, err);
    if (ok)
        return plan;
    px_plan_free(plan);
    return NULL;
}

void px_plan_free(px_plan *plan) {
    if (!plan)
        return;
    free(plan->packed);
    px_packed_block_clear(&plan->block);
    px_program_clear(&plan->program);
    px_reference_free(plan->reference);
    free(plan);
}

size_t px_plan_weight_bytes(const px_plan *plan) {
    return plan->reference ? px_reference_weight_bytes(plan->reference) : plan->block.bytes;
}

bool px_plan_is_mapped(const px_plan *plan, px_error *why) {
    if (why)
        *why = plan->cache_error;
    return plan->block.mapping.data != NULL;
}

/* Floats from an image's activations to the next one's. */
static size_t arena_floats(const px_plan *plan) {
    return (plan->program.arena_floats + 15) / 16 * 16;
}

/* How many images of a batch are gone through at once. */
static int side_by_side(const px_plan *plan, int threads) {
    int most = threads < plan->lanes ? threads : plan->lanes;
    return plan->images < most ? plan->images : most;
}

size_t px_plan_workspace_bytes(const px_plan *plan) {
    if (plan->reference)
        return px_reference_arena_bytes(plan->reference);
    size_t arenas = arena_floats(plan) * (size_t)side_by_side(plan, plan->lanes);
    return (arenas + plan->scratch_floats * (size_t)plan->lanes) * sizeof(float);
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
                    .scratch = arena + arena_floats(plan) * (size_t)side_by_side(plan, plan->lanes),
                    .scratch_floats = plan->scratch_floats,
                    .lanes = plan->lanes};
}

/* A batch: as many images as the threads share out evenly each on a thread of its own, which is
 * faster than threads that wait for each other after every layer; the rest with all threads. */
typedef struct {
    const px_plan *plan;
    px_run run;
    float *output, *features;
    atomic_int next;
    int together;
} batch_job;

static void run_image(const batch_job *job, px_run run, int image) {
    const px_program *program = run.program;
    const px_value *values = program->values;
    run.input += (size_t)image * px_shape_count(values[0].shape);
    for (int i = 0; i < program->n_steps; i++)
        px_run_step(&run, i);
    px_run_copy_out(&run, program->output,
                    job->output + (size_t)image * px_shape_count(values[program->output].shape));
    if (job->features && program->features >= 0)
        px_run_copy_out(&run, program->features,
                        job->features +
                            (size_t)image * px_shape_count(values[program->features].shape));
}

static void run_lane(void *context, int lane, int worker) {
    (void)worker;
    batch_job *job = context;
    px_run run = job->run;
    run.pool = NULL;
    run.arena += arena_floats(job->plan) * (size_t)lane;
    run.scratch += run.scratch_floats * (size_t)lane;
    for (int i; (i = atomic_fetch_add(&job->next, 1)) < job->together;)
        run_image(job, run, i);
}

void px_plan_run(const px_plan *plan, px_workspace *workspace, px_pool *pool, const float *input,
                 float *output, float *features) {
    if (plan->reference) {
        px_reference_run(plan->reference, workspace->arena, pool, input, output, features);
        return;
    }
    batch_job job = {.plan = plan,
                     .run = start_run(plan, workspace->arena, pool, input),
                     .output = output,
                     .features = features};
    int lanes = side_by_side(plan, px_pool_threads(pool));
    job.together = lanes > 1 ? plan->images / lanes * lanes : 0;
    if (job.together > 0)
        px_pool_run(pool, lanes, run_lane, &job);
    for (int i = job.together; i < plan->images; i++)
        run_image(&job, job.run, i);
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
        observe(context, i,
                px_run_value(run, node->n_inputs ? px_resolve(graph, node->inputs[0]) : 0));
        if (step->kind != PX_STEP_NONE && (!px_step_load(graph, step, err) ||
                                           !px_packed_fill(&plan->packed[i], graph, step, err)))
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
    plan->images = 1; /* the program itself goes through the whole batch, layer by layer */
    px_workspace *workspace = NULL;
    bool ok = lay_out(plan, graph, batch, false, err) && new_block(plan, err) &&
              (workspace = px_workspace_new(plan, err)) != NULL;
    if (ok) {
        px_run run = start_run(plan, workspace->arena, pool, input);
        ok = run_observed(plan, &run, graph, observe, context, err);
    }
    px_workspace_free(workspace);
    px_plan_free(plan);
    return ok;
}
