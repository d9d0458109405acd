/* What the steps of a plan are, for those who look at its speed and its memory. */
#include "plan_describe.h"

#include <stdlib.h>

#include "../base/memory.h"
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

static const char *find_way(const px_conv *conv) {
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

static bool describe(const px_plan *plan, const px_graph *graph, int index, px_step_info *info,
                     px_error *err) {
    const px_step *step = &plan->program.steps[index];
    bool conv = step->kind == PX_STEP_CONV;
    *info = (px_step_info){.index = index,
                           .name = px_strdup(graph->nodes[step->node].name, err),
                           .kind = kind_names[step->kind],
                           .how = conv ? find_way(&plan->packed[index].conv) : "",
                           .windowed = has_window(step),
                           .geometry = step->geometry,
                           .shape = plan->program.values[index].shape,
                           .macs = count_macs(step)};
    return info->name != NULL;
}

static bool runs(const px_program *program, int index) {
    px_step_kind kind = program->steps[index].kind;
    return kind != PX_STEP_NONE && !(kind == PX_STEP_CONCAT && px_concat_in_place(program, index));
}

bool px_plan_describe(const px_plan *plan, const px_graph *graph, px_step_info **infos, int *count,
                      px_error *err) {
    const px_program *program = &plan->program;
    px_step_info *made = px_alloc((size_t)program->n_steps + 1, sizeof *made, err);
    int used = 0;
    bool ok = made != NULL;
    for (int i = 0; ok && i < program->n_steps; i++) {
        if (runs(program, i))
            ok = describe(plan, graph, i, &made[used++], err);
    }
    if (!ok) {
        px_step_infos_free(made, used);
        return false;
    }
    *infos = made;
    *count = used;
    return true;
}

void px_step_infos_free(px_step_info *infos, int count) {
    for (int i = 0; i < count; i++)
        free(infos[i].name);
    free(infos);
}
