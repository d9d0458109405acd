/* The compiled graph of a model, as `perxeptron model show --plan` tells it. */
#include "model_plan.h"

#include <stdio.h>

#include "../base/error.h"
#include "../base/json_fields.h"
#include "../graph/plan_describe.h"

typedef struct {
    const px_graph *graph;
    px_plan *plan;
    px_plan_info info;
} described;

static bool describe(described *d, const px_graph *graph, px_error *err) {
    *d = (described){.graph = graph};
    d->plan = px_plan_new(graph, &(px_plan_options){1, false, px_cpu_best()}, err);
    return d->plan && px_plan_describe(d->plan, graph, &d->info, err);
}

static void clear(described *d) {
    px_plan_info_clear(&d->info);
    px_plan_free(d->plan);
}

/* ---- JSON ---------------------------------------------------------------------------------- */

static json_t *nodes_to_json(const described *d, int step) {
    json_t *nodes = json_array();
    bool ok = nodes != NULL;
    for (int i = 0; ok && i < d->info.n_nodes; i++) {
        if (d->info.homes[i] == step)
            ok = json_array_append_new(nodes, json_string(d->graph->nodes[i].name)) == 0;
    }
    return px_json_keep_if(nodes, ok);
}

static json_t *inputs_to_json(const described *d, const px_step_info *s) {
    json_t *inputs = json_array();
    bool ok = inputs != NULL;
    for (int i = 0; ok && i < s->n_inputs; i++)
        ok = json_array_append_new(inputs, json_string(d->info.names[s->inputs[i]])) == 0;
    return px_json_keep_if(inputs, ok);
}

static json_t *step_to_json(const described *d, const px_step_info *s) {
    json_t *json = json_pack("{s:s, s:s, s:s, s:[i, i, i], s:i, s:i, s:o, s:o, s:s, s:I, s:I, s:I}",
                             "name", s->name, "kind", s->kind, "how", s->how, "shape", s->shape.h,
                             s->shape.w, s->shape.c, "ranges", s->ranges, "splits", s->splits,
                             "nodes", nodes_to_json(d, s->index), "reads", inputs_to_json(d, s),
                             "buffer", d->info.names[s->root], "offset", (json_int_t)s->offset,
                             "bytes", (json_int_t)s->bytes, "pixel_stride", (json_int_t)s->pixel);
    bool ok = json != NULL;
    if (ok && s->residual >= 0)
        ok = json_object_set_new(json, "adds", json_string(d->info.names[s->residual])) == 0;
    return px_json_keep_if(json, ok);
}

static json_t *to_json(const described *d) {
    json_t *steps = json_array();
    bool ok = steps != NULL;
    for (int i = 0; ok && i < d->info.n_steps; i++)
        ok = json_array_append_new(steps, step_to_json(d, &d->info.steps[i])) == 0;
    steps = px_json_keep_if(steps, ok);
    return json_pack(
        "{s:s, s:[i, i], s:o, s:I, s:I, s:i, s:I}", "kernels", px_cpu_tier_name(px_cpu_best()),
        "tile", d->info.tile_rows, d->info.tile_columns, "steps", steps, "arena_bytes",
        (json_int_t)d->info.arena_bytes, "scratch_bytes", (json_int_t)d->info.scratch_bytes,
        "scratch_threads", d->info.lanes, "weight_bytes", (json_int_t)d->info.weight_bytes);
}

json_t *px_cli_plan_to_json(const px_graph *graph, px_error *err) {
    described d;
    json_t *json = NULL;
    if (describe(&d, graph, err) && !(json = to_json(&d)))
        px_fail_memory(err);
    clear(&d);
    return json;
}

/* ---- table --------------------------------------------------------------------------------- */

static void print_step(const described *d, const px_step_info *s) {
    char shape[48], cut[32] = "-";
    snprintf(shape, sizeof shape, "%dx%dx%d", s->shape.h, s->shape.w, s->shape.c);
    if (s->ranges)
        snprintf(cut, sizeof cut, "%dx%d", s->ranges, s->splits);
    printf("%-36s %-15s %-12s %13s %7s %10zu %10zu %6zu %s\n", s->name, s->kind, s->how, shape, cut,
           s->offset, s->bytes, s->pixel, d->info.names[s->root]);
    printf("    does");
    for (int i = 0; i < d->info.n_nodes; i++) {
        if (d->info.homes[i] == s->index)
            printf(" %s", d->graph->nodes[i].name);
    }
    printf("; reads");
    for (int i = 0; i < s->n_inputs; i++)
        printf(" %s", d->info.names[s->inputs[i]]);
    if (s->residual >= 0)
        printf("; adds %s", d->info.names[s->residual]);
    putchar('\n');
}

bool px_cli_print_plan(const px_graph *graph, px_error *err) {
    described d;
    bool ok = describe(&d, graph, err);
    if (ok) {
        const px_plan_info *info = &d.info;
        printf("\n%-36s %-15s %-12s %13s %7s %10s %10s %6s %s\n", "step", "kind", "how", "output",
               "cut", "offset", "bytes", "pixel", "buffer");
        for (int i = 0; i < info->n_steps; i++)
            print_step(&d, &info->steps[i]);
        printf("\nkernels          %s, tiles of %d x %d\n", px_cpu_tier_name(px_cpu_best()),
               info->tile_rows, info->tile_columns);
        printf("steps            %d for %d layers\n", info->n_steps, info->n_nodes);
        printf("activations      %zu bytes\n", info->arena_bytes);
        printf("scratch          %zu bytes for each of %d threads\n", info->scratch_bytes,
               info->lanes);
        printf("packed weights   %zu bytes\n", info->weight_bytes);
    }
    clear(&d);
    return ok;
}
