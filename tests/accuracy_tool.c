/* How far a model's features and probabilities are from double precision, on every tier.
 *
 * Usage: accuracy_tool [--layers] MODEL.safetensors TENSOR.f32... (float32 NHWC, already scaled)
 * Prints {"features": node, "float64": scores, "tiers": {TIER: {"rms", "worst", "scores"}}}, where
 * scores are a list for each tensor, "rms" is the root mean square of the features' differences
 * over that of the features for all tensors together, and "worst" the largest of a single tensor.
 * The features in double, [h, w, c] float64, are written beside each tensor, to
 * TENSOR.f32.features. With --layers instead a table: the worst such error after each step of the
 * best tier's plan.
 */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../src/base/error.h"
#include "../src/base/file.h"
#include "../src/base/memory.h"
#include "../src/graph/execute.h"
#include "../src/graph/node_geometry.h"
#include "../src/graph/plan.h"
#include "../src/model/model.h"
#include "float64.h"

/* Sums of squares. */
typedef struct error_sum {
    double difference, value;
} error_sum;

typedef struct tier_result {
    px_plan *plan;
    px_workspace *workspace;
    float *features, *output; /* of the tensor that is being looked at */
    error_sum all;
    double worst;
    json_t *scores;
} tier_result;

typedef struct session {
    const px_model *model;
    const px_graph *graph;
    int feature_node, n_tiers;
    float64_net *net;
    px_pool *pool;
    tier_result tiers[PX_CPU_TIERS];
    json_t *scores; /* in double */
    double *features;
} session;

static double relative_rms(error_sum sum) {
    return sqrt(sum.difference / sum.value);
}

static error_sum compare(const float *got, const double *want, size_t count) {
    error_sum sum = {0};
    for (size_t i = 0; i < count; i++) {
        double apart = (double)got[i] - want[i];
        sum.difference += apart * apart;
        sum.value += want[i] * want[i];
    }
    return sum;
}

static bool open_tensor(px_mapping *tensor, const px_graph *graph, const char *path,
                        px_error *err) {
    if (!px_mapping_open(tensor, path, 1 << 28, err))
        return false;
    if (tensor->size == px_shape_count(graph->nodes[0].shape) * sizeof(float))
        return true;
    px_mapping_close(tensor);
    return px_fail(err, PX_ERR_MISMATCH, path, "not a tensor of the model's size");
}

/* ---- the network's answers ----------------------------------------------------------------- */

static bool open_tier(session *s, px_error *err) {
    tier_result *tier = &s->tiers[s->n_tiers];
    const px_graph *graph = s->graph;
    const px_plan_options options = {.tier = (px_cpu_tier)s->n_tiers++};
    size_t features = px_shape_count(graph->nodes[s->feature_node].shape);
    size_t outputs = px_shape_count(graph->nodes[graph->output].shape);
    tier->plan = px_plan_new(graph, &options, err);
    tier->workspace = tier->plan ? px_workspace_new(tier->plan, err) : NULL;
    tier->features = px_alloc(features, sizeof(float), err);
    tier->output = px_alloc(outputs, sizeof(float), err);
    tier->scores = json_array();
    return tier->workspace && tier->features && tier->output;
}

static void close_session(session *s) {
    for (int i = 0; i < s->n_tiers; i++) {
        px_workspace_free(s->tiers[i].workspace);
        px_plan_free(s->tiers[i].plan);
        free(s->tiers[i].features);
        free(s->tiers[i].output);
    }
    free(s->features);
    px_pool_free(s->pool);
    float64_free(s->net);
}

static json_t *list_scores(const float *narrow, const double *wide, int count) {
    json_t *list = json_array();
    for (int i = 0; i < count; i++)
        json_array_append_new(list, json_real(narrow ? (double)narrow[i] : wide[i]));
    return list;
}

static void compare_answers(void *context, int node, const double *value) {
    session *s = context;
    size_t count = px_shape_count(s->graph->nodes[node].shape);
    if (node == s->feature_node)
        memcpy(s->features, value, count * sizeof *value);
    for (int i = 0; node == s->feature_node && i < s->n_tiers; i++) {
        tier_result *tier = &s->tiers[i];
        error_sum sum = compare(tier->features, value, count);
        tier->all.difference += sum.difference;
        tier->all.value += sum.value;
        tier->worst = fmax(tier->worst, relative_rms(sum));
    }
    if (node == s->graph->output)
        json_array_append_new(s->scores, list_scores(NULL, value, s->model->n_labels));
}

static bool look_at(session *s, const char *path, px_error *err) {
    px_mapping tensor;
    if (!open_tensor(&tensor, s->graph, path, err))
        return false;
    const float *input = (const float *)(const void *)tensor.data;
    for (int i = 0; i < s->n_tiers; i++) {
        tier_result *tier = &s->tiers[i];
        px_plan_run(tier->plan, tier->workspace, s->pool, input, tier->output, tier->features);
        json_array_append_new(tier->scores, list_scores(tier->output, NULL, s->model->n_labels));
    }
    bool ok = float64_run(s->net, s->pool, input, compare_answers, s, err);
    px_mapping_close(&tensor);
    char *beside = ok ? px_format(err, "%s.features", path) : NULL;
    ok = beside &&
         px_file_write(beside, s->features,
                       px_shape_count(s->graph->nodes[s->feature_node].shape) * sizeof *s->features,
                       err);
    free(beside);
    return ok;
}

static bool print_answers(session *s, char **paths, int n_paths, px_error *err) {
    s->features =
        px_alloc(px_shape_count(s->graph->nodes[s->feature_node].shape), sizeof *s->features, err);
    bool ok = s->features != NULL;
    while (ok && s->n_tiers <= (int)px_cpu_best())
        ok = open_tier(s, err);
    s->scores = json_array();
    for (int i = 0; ok && i < n_paths; i++)
        ok = look_at(s, paths[i], err);
    json_t *tiers = json_object();
    for (int i = 0; i < s->n_tiers; i++) {
        const tier_result *tier = &s->tiers[i];
        json_object_set_new(tiers, px_cpu_tier_name((px_cpu_tier)i),
                            json_pack("{s:f, s:f, s:o}", "rms", relative_rms(tier->all), "worst",
                                      tier->worst, "scores", tier->scores));
    }
    json_t *json = json_pack("{s:s, s:o, s:o}", "features", s->graph->nodes[s->feature_node].name,
                             "float64", s->scores, "tiers", tiers);
    ok = ok && (json_dumpf(json, stdout, JSON_INDENT(1)) == 0 ||
                px_fail(err, PX_ERR_IO, NULL, "could not print the answers"));
    json_decref(json);
    return ok;
}

/* ---- step by step -------------------------------------------------------------------------- */

/* A plan taken apart. */
typedef struct layers {
    const px_graph *graph;
    px_program program;
    px_packed *packed; /* [n_steps] */
    px_run run;
    float **values; /* [n_steps] what each step made */
    char **weights; /* [n_steps] each step's, packed */
    double *worst;  /* [n_steps] */
} layers;

/* What stands for a node in the plan may be another value, as where a pool goes first. */
static bool is_shown(const layers *l, int step) {
    px_shape made = l->program.values[step].shape, meant = l->graph->nodes[step].shape;
    return l->program.steps[step].kind != PX_STEP_NONE && made.h == meant.h && made.w == meant.w &&
           made.c == meant.c;
}

static bool pack_step(layers *l, int index, px_error *err) {
    const px_step *step = &l->program.steps[index];
    size_t bytes = px_packed_bytes(&l->packed[index], step);
    if (bytes == 0)
        return true;
    l->weights[index] = px_alloc_aligned(bytes, err);
    if (!l->weights[index])
        return false;
    px_packed_place(&l->packed[index], step, l->weights[index]);
    return px_packed_fill(&l->packed[index], l->graph, step, err);
}

static bool open_layers(layers *l, const px_graph *graph, px_pool *pool, px_error *err) {
    l->graph = graph;
    if (!px_program_lower(&l->program, graph, 1, true, err) ||
        !px_program_place(&l->program, true, err))
        return false;
    size_t steps = (size_t)l->program.n_steps;
    l->run = (px_run){.program = &l->program,
                      .kernels = px_kernels_of(px_cpu_best()),
                      .pool = pool,
                      .lanes = px_pool_threads(pool)};
    l->run.packed = l->packed = px_alloc(steps, sizeof *l->packed, err);
    l->values = px_alloc(steps, sizeof *l->values, err);
    l->worst = px_alloc(steps, sizeof *l->worst, err);
    l->weights = px_alloc(steps, sizeof *l->weights, err);
    bool ok = l->packed && l->values && l->worst && l->weights;
    for (int i = 0; ok && i < l->program.n_steps; i++) {
        ok = px_packed_prepare(&l->packed[i], &l->program, i, l->run.kernels, err) &&
             pack_step(l, i, err) &&
             (l->values[i] = px_alloc(px_shape_count(graph->nodes[i].shape), sizeof(float), err));
        size_t need = (l->packed[i].conv.scratch_floats + 15) / 16 * 16;
        l->run.scratch_floats = need > l->run.scratch_floats ? need : l->run.scratch_floats;
    }
    l->run.arena = px_alloc_aligned(l->program.arena_floats * sizeof(float), err);
    l->run.scratch =
        px_alloc_aligned(l->run.scratch_floats * (size_t)l->run.lanes * sizeof(float), err);
    return ok && l->run.arena && l->run.scratch;
}

static void close_layers(layers *l) {
    for (int i = 0; i < l->program.n_steps; i++) {
        if (l->weights)
            free(l->weights[i]);
        if (l->values)
            free(l->values[i]);
    }
    free(l->packed);
    free(l->weights);
    free(l->values);
    free(l->worst);
    free(l->run.arena);
    free(l->run.scratch);
    px_program_clear(&l->program);
}

static void compare_layer(void *context, int node, const double *value) {
    layers *l = context;
    if (is_shown(l, node))
        l->worst[node] = fmax(l->worst[node],
                              relative_rms(compare(l->values[node], value,
                                                   px_shape_count(l->graph->nodes[node].shape))));
}

static bool walk_layers(layers *l, const session *s, const char *path, px_error *err) {
    px_mapping tensor;
    if (!open_tensor(&tensor, l->graph, path, err))
        return false;
    l->run.input = (const float *)(const void *)tensor.data;
    for (int i = 0; i < l->program.n_steps; i++) {
        px_run_step(&l->run, i);
        if (is_shown(l, i))
            px_run_copy_out(&l->run, i, l->values[i]);
    }
    bool ok = float64_run(s->net, s->pool, l->run.input, compare_layer, l, err);
    px_mapping_close(&tensor);
    return ok;
}

static bool print_layers(const session *s, char **paths, int n_paths, px_error *err) {
    layers l = {0};
    bool ok = open_layers(&l, s->graph, s->pool, err);
    for (int i = 0; ok && i < n_paths; i++)
        ok = walk_layers(&l, s, paths[i], err);
    for (int i = 0; ok && i < l.program.n_steps; i++) {
        const px_node *node = &s->graph->nodes[i];
        char shape[40];
        snprintf(shape, sizeof shape, "%d x %d x %d", node->shape.h, node->shape.w, node->shape.c);
        if (is_shown(&l, i))
            printf("%-36s %-16s %9.2e\n", node->name, shape, l.worst[i]);
    }
    close_layers(&l);
    return ok;
}

int main(int argc, char **argv) {
    px_error err = {0};
    bool by_layer = argc > 1 && strcmp(argv[1], "--layers") == 0;
    char **paths = argv + 1 + by_layer;
    int n_paths = argc - 2 - by_layer;
    if (n_paths < 1)
        return 1;
    px_model *model = px_model_load(*paths++, &err);
    session s = {.model = model};
    if (model) {
        s.graph = &model->graph;
        s.feature_node = px_graph_feature_node(s.graph);
        s.net = float64_new(s.graph, &err);
    }
    s.pool = px_pool_new(0, &err);
    bool ok = s.net && s.pool &&
              (s.feature_node >= 0 ||
               px_fail(&err, PX_ERR_UNSUPPORTED, paths[-1], "the network has no features"));
    ok = ok && (by_layer ? print_layers(&s, paths, n_paths, &err)
                         : print_answers(&s, paths, n_paths, &err));
    if (!ok)
        fprintf(stderr, "accuracy_tool: %s: %s\n", err.subject, err.message);
    close_session(&s);
    px_model_unref(model);
    return ok ? 0 : 1;
}
