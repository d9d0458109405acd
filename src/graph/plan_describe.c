/* What the steps of a plan are, for those who look at its speed and its memory. */
#include "plan_describe.h"

#include <stdlib.h>

#include "../base/memory.h"
#include "conv_cut.h"
#include "node_geometry.h"
#include "plan_parts.h"
#include "winograd.h"

static const char *const kind_names[] = {
    [PX_STEP_CONV] = "conv",
    [PX_STEP_DEPTHWISE] = "depthwise",
    [PX_STEP_MAX_POOL] = "max_pool",
    [PX_STEP_AVG_POOL] = "avg_pool",
    [PX_STEP_GLOBAL_AVG_POOL] = "global_avg_pool",
    [PX_STEP_AFFINE] = "affine",
    [PX_STEP_ADD] = "add",
    [PX_STEP_SIGMOID] = "sigmoid",
    [PX_STEP_PAD] = "pad",
    [PX_STEP_FLATTEN] = "flatten",
    [PX_STEP_CONCAT] = "concat",
};

static bool has_window(const px_step *step) {
    return step->kind == PX_STEP_CONV || step->kind == PX_STEP_DEPTHWISE ||
           step->kind == PX_STEP_MAX_POOL || step->kind == PX_STEP_AVG_POOL;
}

static const char *find_way(const px_plan *plan, int index) {
    const px_conv *conv = &plan->packed[index].conv;
    px_step_kind kind = plan->program.steps[index].kind;
    if (kind == PX_STEP_CONCAT)
        return px_concat_in_place(&plan->program, index) ? "in place" : "copies";
    if (kind != PX_STEP_CONV)
        return "";
    if (conv->winograd)
        return px_winograd_name(conv->winograd);
    if (!conv->packed)
        return "in place";
    return conv->flat ? "flat" : "slab";
}

static int64_t count_macs(const px_step *step) {
    const px_geometry *g = &step->geometry;
    if (step->kind != PX_STEP_CONV && step->kind != PX_STEP_DEPTHWISE)
        return 0;
    return (int64_t)g->out_h * g->out_w * g->out_c * g->kernel_h * g->kernel_w *
           (g->in_c / step->groups);
}

static void describe_step(const px_plan *plan, const px_plan_info *plan_info, int index,
                          px_step_info *info) {
    const px_step *step = &plan->program.steps[index];
    const px_value *value = &plan->program.values[index];
    bool copies = step->kind != PX_STEP_CONCAT || !px_concat_in_place(&plan->program, index);
    *info = (px_step_info){.index = index,
                           .name = plan_info->names[index],
                           .kind = kind_names[step->kind],
                           .how = find_way(plan, index),
                           .runs = copies,
                           .windowed = has_window(step),
                           .geometry = step->geometry,
                           .n_inputs = step->n_inputs,
                           .inputs = step->inputs,
                           .residual = step->residual,
                           .macs = count_macs(step),
                           .shape = value->shape,
                           .root = value->root,
                           .offset = value->offset * sizeof(float),
                           .bytes = px_shape_count(value->shape) * sizeof(float) *
                                    (size_t)plan->program.batch,
                           .pixel = value->pixel * sizeof(float)};
    if (step->kind == PX_STEP_CONV) {
        px_conv_cut cut = px_conv_choose_cut(&plan->packed[index].conv, step, px_cpu_count());
        info->ranges = cut.ranges;
        info->splits = cut.splits;
    }
}

static bool copy_names(px_plan_info *info, const px_plan *plan, const px_graph *graph,
                       px_error *err) {
    const px_program *program = &plan->program;
    bool ok = true;
    for (int i = 0; ok && i < info->n_nodes; i++) {
        info->homes[i] = program->homes[i];
        info->names[i] = px_strdup(graph->nodes[program->steps[i].node].name, err);
        ok = info->names[i] != NULL;
    }
    return ok;
}

bool px_plan_describe(const px_plan *plan, const px_graph *graph, px_plan_info *info,
                      px_error *err) {
    size_t count = (size_t)plan->program.n_steps;
    px_plan_info made = {.n_nodes = plan->program.n_steps,
                         .tile_rows = plan->kernels->tile_rows,
                         .tile_columns = plan->kernels->tile_columns,
                         .lanes = plan->lanes,
                         .arena_bytes = plan->program.arena_floats * sizeof(float),
                         .scratch_bytes = plan->scratch_floats * sizeof(float),
                         .weight_bytes = plan->block.bytes};
    made.names = px_alloc(count, sizeof *made.names, err);
    made.homes = px_alloc(count, sizeof *made.homes, err);
    made.steps = px_alloc(count, sizeof *made.steps, err);
    if (!made.names || !made.homes || !made.steps || !copy_names(&made, plan, graph, err)) {
        px_plan_info_clear(&made);
        return false;
    }
    for (int i = 0; i < made.n_nodes; i++) {
        if (plan->program.steps[i].kind != PX_STEP_NONE)
            describe_step(plan, &made, i, &made.steps[made.n_steps++]);
    }
    *info = made;
    return true;
}

void px_plan_info_clear(px_plan_info *info) {
    for (int i = 0; info->names && i < info->n_nodes; i++)
        free(info->names[i]);
    free(info->names);
    free(info->homes);
    free(info->steps);
    *info = (px_plan_info){0};
}
