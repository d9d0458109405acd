/* Heat maps: gradients against finite differences, the map's sum, mixing, rendering, the box. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../src/base/random.h"
#include "../src/graph/head_gradient.h"
#include "../src/graph/plan.h"
#include "../src/model/builders.h"
#include "../src/reader/heatmap.h"

/* ---- A head of every kind of layer --------------------------------------------------------- */

static int add_tensor(px_graph *graph, const char *name, const int64_t *dims, int n_dims,
                      double least, double most, px_random *random) {
    float *data = NULL;
    int index = px_graph_new_tensor(graph, name, dims, n_dims, &data, NULL);
    assert_true(index >= 0);
    int64_t count = px_tensor_count(&graph->tensors[index]);
    for (int64_t i = 0; i < count; i++)
        data[i] = (float)px_random_range(random, least, most);
    return index;
}

static int add_node(px_graph *graph, px_op op, const char *name, int input) {
    int node = px_graph_add_node(graph, op, name, &input, op == PX_OP_INPUT ? 0 : 1, NULL);
    assert_true(node >= 0);
    graph->output = node;
    return node;
}

static int add_dense(px_graph *graph, const char *name, int input, int from, int to,
                     px_random *random) {
    char tensor[64];
    const int64_t dims[2] = {from, to};
    int node = add_node(graph, PX_OP_DENSE, name, input);
    snprintf(tensor, sizeof tensor, "%s/kernel", name);
    int kernel = add_tensor(graph, tensor, dims, 2, -1, 1, random);
    snprintf(tensor, sizeof tensor, "%s/bias", name);
    int bias = add_tensor(graph, tensor, &dims[1], 1, -1, 1, random);
    graph->nodes[node].tensors[PX_KERNEL] = kernel;
    graph->nodes[node].tensors[PX_BIAS] = bias;
    return node;
}

static int add_batch_norm(px_graph *graph, const char *name, int input, int64_t channels,
                          px_random *random) {
    static const char *const names[4] = {"gamma", "beta", "mean", "variance"};
    int node = add_node(graph, PX_OP_BATCH_NORM, name, input);
    graph->nodes[node].epsilon = 1e-3f;
    for (int i = 0; i < 4; i++)
        graph->nodes[node].tensors[i] = add_tensor(graph, names[i], &channels, 1, 0.5, 1.5, random);
    return node;
}

static void make_head_graph(px_graph *graph) {
    px_random random;
    px_random_init(&random, 11, 0);
    px_graph_init(graph);
    int at = add_node(graph, PX_OP_INPUT, "input", -1);
    graph->nodes[0].shape = (px_shape){2, 3, 4};
    at = add_node(graph, PX_OP_GLOBAL_AVG_POOL, "pool", at);
    at = add_node(graph, PX_OP_FLATTEN, "flatten", at);
    at = add_dense(graph, "first", at, 4, 6, &random);
    at = add_node(graph, PX_OP_SCALE, "scale", at);
    graph->nodes[at].scale = 1.75f;
    at = add_batch_norm(graph, "norm", at, 6, &random);
    at = add_node(graph, PX_OP_RELU, "relu", at);
    at = add_dense(graph, "second", at, 6, 5, &random);
    at = add_node(graph, PX_OP_SIGMOID, "gate", at);
    at = add_node(graph, PX_OP_DROPOUT, "dropout", at);
    at = add_dense(graph, "third", at, 5, 3, &random);
    add_node(graph, PX_OP_SIGMOID, "probabilities", at);
    px_error err = {0};
    if (!px_graph_infer(graph, &err))
        fail_msg("%s: %s", err.subject, err.message);
}

/* logits at pooled + step * way. */
static void logits_along(const px_head_layers *head, const float *pooled, const double *way,
                         double step, float *logits) {
    size_t n = (size_t)px_head_inputs(head), outputs = (size_t)px_head_outputs(head);
    float *moved = calloc(n, sizeof *moved), *unused = calloc(n * outputs, sizeof *unused);
    for (size_t i = 0; i < n; i++)
        moved[i] = (float)((double)pooled[i] + step * way[i]);
    assert_true(px_head_gradient(head, moved, logits, unused, NULL));
    free(moved);
    free(unused);
}

/* Central differences of the head's own logits along random unit vectors (axes would drown in
 * float32 rounding) against its gradient. */
static void check_finite_differences(const px_head_layers *head, const float *pooled) {
    size_t n = (size_t)px_head_inputs(head), outputs = (size_t)px_head_outputs(head);
    float *gradient = calloc(n * outputs, sizeof *gradient);
    float *high = calloc(outputs, sizeof *high), *low = calloc(outputs, sizeof *low);
    double *way = calloc(n, sizeof *way);
    px_random random;
    px_random_init(&random, 23, 0);
    for (int round = 0; round < 32; round++) {
        double length = 0, step = 2e-3;
        for (size_t i = 0; i < n; i++) {
            way[i] = px_random_normal(&random);
            length += way[i] * way[i];
        }
        for (size_t i = 0; i < n; i++)
            way[i] /= sqrt(length);
        assert_true(px_head_gradient(head, pooled, high, gradient, NULL));
        logits_along(head, pooled, way, step, high);
        logits_along(head, pooled, way, -step, low);
        for (size_t o = 0; o < outputs; o++) {
            double slope = ((double)high[o] - (double)low[o]) / (2 * step), own = 0, norm = 0;
            for (size_t i = 0; i < n; i++) {
                own += (double)gradient[o * n + i] * way[i];
                norm += (double)gradient[o * n + i] * (double)gradient[o * n + i];
            }
            assert_true(norm > 1e-6);
            if (fabs(slope - own) > 5e-3 * sqrt(norm))
                fail_msg("output %zu: %g, finite difference %g", o, own, slope);
        }
    }
    free(gradient);
    free(high);
    free(low);
    free(way);
}

static void every_layer_differentiates(void **state) {
    (void)state;
    px_graph graph;
    make_head_graph(&graph);
    px_error err = {0};
    px_head_layers *head = px_head_new(&graph, &err);
    assert_non_null(head);
    assert_int_equal(px_head_inputs(head), 4);
    assert_int_equal(px_head_outputs(head), 3);
    px_graph_clear(&graph); /* the head keeps its own copy */
    const float pooled[4] = {0.3f, -0.7f, 1.1f, 0.4f};
    check_finite_differences(head, pooled);
    px_head_free(head);
}

static void other_heads_are_refused(void **state) {
    (void)state;
    px_graph graph;
    px_error err = {0};
    make_head_graph(&graph);
    int pool = px_graph_find_node(&graph, "pool");
    graph.nodes[px_graph_find_node(&graph, "relu")].op = PX_OP_MAX_POOL;
    assert_null(px_head_new(&graph, &err));
    assert_int_equal(err.code, PX_ERR_UNSUPPORTED);
    assert_string_equal(err.subject, "relu");
    graph.nodes[pool].op = PX_OP_AVG_POOL;
    err = (px_error){0};
    assert_null(px_head_new(&graph, &err));
    assert_int_equal(err.code, PX_ERR_UNSUPPORTED);
    assert_non_null(strstr(err.message, "global average pool"));
    px_graph_clear(&graph);
    make_head_graph(&graph);
    int join[2] = {px_graph_find_node(&graph, "third"), px_graph_find_node(&graph, "third")};
    graph.output = px_graph_add_node(&graph, PX_OP_ADD, "join", join, 2, NULL);
    err = (px_error){0};
    assert_null(px_head_new(&graph, &err));
    assert_int_equal(err.code, PX_ERR_UNSUPPORTED);
    assert_string_equal(err.subject, "join");
    px_graph_clear(&graph);
}

/* ---- Whole networks ------------------------------------------------------------------------ */

typedef struct run_result {
    px_model *model;
    px_shape shape;
    float *features;
    float *pooled;
    float probabilities[3];
} run_result;

/* A small network on noise: what its pool takes and what it answers. */
static void run_network(px_head kind, run_result *run) {
    px_error err = {0};
    run->model = px_model_build(PX_ARCH_DENSENET121, kind, 75, "a,b,c", 3, &err);
    assert_non_null(run->model);
    const px_graph *graph = &run->model->graph;
    run->shape = graph->nodes[px_graph_feature_node(graph)].shape;
    px_shape s = run->shape;
    run->features = calloc((size_t)(s.h * s.w * s.c), sizeof(float));
    run->pooled = calloc((size_t)s.c, sizeof(float));
    size_t count = 75 * 75 * 3;
    float *input = calloc(count, sizeof *input);
    px_random random;
    px_random_init(&random, 5, 0);
    for (size_t i = 0; i < count; i++)
        input[i] = (float)px_random_uniform(&random);
    const px_plan_options options = {.batch = 1, .tier = px_cpu_best()};
    px_plan *plan = px_plan_new(graph, &options, &err);
    px_workspace *workspace = plan ? px_workspace_new(plan, &err) : NULL;
    assert_non_null(workspace);
    px_plan_run(plan, workspace, NULL, input, run->probabilities, run->features);
    px_heat_pool(run->features, s, run->pooled);
    px_workspace_free(workspace);
    px_plan_free(plan);
    free(input);
}

static void free_run(run_result *run) {
    px_model_unref(run->model);
    free(run->features);
    free(run->pooled);
}

/* With a plain head: sum of the map + bias == logit. */
static void maps_sum_to_the_logit(void **state) {
    (void)state;
    run_result run;
    run_network(PX_HEAD_PLAIN, &run);
    const px_graph *graph = &run.model->graph;
    const px_node *dense = &graph->nodes[graph->nodes[graph->output].inputs[0]];
    assert_int_equal(dense->op, PX_OP_DENSE);
    float bias[3], logits[3], map[64];
    px_tensor_to_f32(&graph->tensors[dense->tensors[PX_BIAS]], bias);
    size_t channels = (size_t)run.shape.c;
    float *gradient = calloc(3 * channels, sizeof *gradient);
    px_head_layers *head = px_head_new(graph, NULL);
    assert_non_null(head);
    assert_true(px_head_gradient(head, run.pooled, logits, gradient, NULL));
    assert_true(run.shape.h * run.shape.w > 1 && run.shape.h * run.shape.w <= 64);
    for (size_t o = 0; o < 3; o++) {
        px_heat_class_map(run.features, run.shape, gradient + o * channels, map);
        double sum = (double)bias[o], p = (double)run.probabilities[o];
        for (int i = 0; i < run.shape.h * run.shape.w; i++)
            sum += (double)map[i];
        assert_true(p > 1e-6 && p < 1 - 1e-6);
        assert_true(fabs(sum - log(p / (1 - p))) < 1e-4 * fmax(1, fabs(sum)));
        assert_true(fabs(sum - (double)logits[o]) < 1e-5 * fmax(1, fabs(sum)));
    }
    px_head_free(head);
    free(gradient);
    free_run(&run);
}

static void the_2020_head_differentiates(void **state) {
    (void)state;
    run_result run;
    run_network(PX_HEAD_2020, &run);
    px_head_layers *head = px_head_new(&run.model->graph, NULL);
    assert_non_null(head);
    float logits[3];
    float *gradient = calloc(3 * (size_t)run.shape.c, sizeof *gradient);
    assert_true(px_head_gradient(head, run.pooled, logits, gradient, NULL));
    for (int o = 0; o < 3; o++)
        assert_true(fabs(1 / (1 + exp(-(double)logits[o])) - (double)run.probabilities[o]) < 1e-5);
    check_finite_differences(head, run.pooled);
    px_head_free(head);
    free(gradient);
    free_run(&run);
}

/* ---- From maps to the radiograph ----------------------------------------------------------- */

static void maps_of_one_grid_add_up(void **state) {
    (void)state;
    float a[4] = {1, 2, 3, 4}, b[4] = {-8, 0, 0, 8};
    const px_region whole = {0, 0, 100, 50};
    const px_heat maps[2] = {{a, 2, 2, whole}, {b, 2, 2, whole}};
    const double weights[2] = {0.75, 0.25};
    px_heat mixed = {0};
    assert_true(px_heat_mix(maps, weights, 2, whole, &mixed, NULL));
    assert_int_equal(mixed.width, 2);
    assert_int_equal(mixed.height, 2);
    const float expected[4] = {-1.25f, 1.5f, 2.25f, 5.0f};
    for (int i = 0; i < 4; i++)
        assert_true(fabsf(mixed.values[i] - expected[i]) < 1e-6f);
    free(mixed.values);
}

/* A coarse constant map and a fine one: the same evidence for each pixel, the same sum. */
static void grids_are_joined_by_area(void **state) {
    (void)state;
    float coarse[1] = {16}, fine[16];
    for (int i = 0; i < 16; i++)
        fine[i] = 1;
    const px_region whole = {0, 0, 64, 64};
    const px_heat maps[2] = {{coarse, 1, 1, whole}, {fine, 4, 4, whole}};
    const double weights[2] = {0.5, 0.5};
    px_heat mixed = {0};
    assert_true(px_heat_mix(maps, weights, 2, whole, &mixed, NULL));
    assert_int_equal(mixed.width, 4);
    for (int i = 0; i < 16; i++)
        assert_true(fabsf(mixed.values[i] - 1) < 1e-6f);
    free(mixed.values);
}

/* One member saw the central square only: what it says stays there. */
static void crops_stay_in_their_place(void **state) {
    (void)state;
    float cropped[4] = {1, 1, 1, 1}, full[8] = {0};
    const px_region whole = {0, 0, 80, 40}, square = {20, 0, 40, 40};
    const px_heat maps[2] = {{cropped, 2, 2, square}, {full, 4, 2, whole}};
    const double weights[2] = {1, 1};
    px_heat mixed = {0};
    assert_true(px_heat_mix(maps, weights, 2, whole, &mixed, NULL));
    assert_int_equal(mixed.width, 4);
    assert_memory_equal(&mixed.region, &whole, sizeof whole);
    for (int y = 0; y < 2; y++) {
        assert_true(mixed.values[y * 4] == 0 && mixed.values[y * 4 + 3] == 0);
        assert_true(fabsf(mixed.values[y * 4 + 1] - 1) < 1e-6f);
    }
    free(mixed.values);
}

static void rendering_fills_the_region(void **state) {
    (void)state;
    float values[4] = {-5, 1, 1, 2};
    const px_region whole = {0, 0, 12, 8};
    const px_heat map = {values, 2, 2, {2, 0, 8, 8}};
    float heat[96];
    assert_true(px_heat_render(&map, whole, heat, NULL));
    float most = 0;
    for (int y = 0; y < 8; y++) {
        for (int x = 0; x < 12; x++) {
            float value = heat[y * 12 + x];
            assert_true(value >= 0 && value <= 1);
            most = fmaxf(most, value);
            if (x < 2 || x >= 10)
                assert_true(value == 0);
        }
    }
    assert_true(most == 1);
    assert_true(heat[7 * 12 + 9] == 1); /* the corner of the hottest cell */
    assert_true(heat[2] == 0);          /* negative evidence is none */
    float cold[4] = {-1, -2, 0, -3};
    const px_heat none = {cold, 2, 2, whole};
    assert_true(px_heat_render(&none, whole, heat, NULL));
    for (int i = 0; i < 96; i++)
        assert_true(heat[i] == 0);
}

/* The slow and obvious way: flood from the peak. */
static void flood(const float *heat, int w, int h, int x, int y, float least, bool *seen,
                  int bounds[4]) {
    if (x < 0 || y < 0 || x >= w || y >= h || seen[y * w + x] || heat[y * w + x] < least)
        return;
    seen[y * w + x] = true;
    bounds[0] = x < bounds[0] ? x : bounds[0];
    bounds[1] = y < bounds[1] ? y : bounds[1];
    bounds[2] = x > bounds[2] ? x : bounds[2];
    bounds[3] = y > bounds[3] ? y : bounds[3];
    flood(heat, w, h, x - 1, y, least, seen, bounds);
    flood(heat, w, h, x + 1, y, least, seen, bounds);
    flood(heat, w, h, x, y - 1, least, seen, bounds);
    flood(heat, w, h, x, y + 1, least, seen, bounds);
}

static void boxes_equal_a_flood_fill(void **state) {
    (void)state;
    px_random random;
    px_random_init(&random, 17, 0);
    float heat[400];
    for (int round = 0; round < 500; round++) {
        int w = 1 + (int)px_random_below(&random, 20), h = 1 + (int)px_random_below(&random, 20);
        int peak = 0;
        for (int i = 0; i < w * h; i++) {
            heat[i] = (float)px_random_uniform(&random);
            peak = heat[i] > heat[peak] ? i : peak;
        }
        bool seen[400] = {false};
        int bounds[4] = {w, h, -1, -1}, box[4];
        flood(heat, w, h, peak % w, peak / w, heat[peak] * PX_HOT_SHARE, seen, bounds);
        assert_true(px_heat_box(heat, w, h, box, NULL));
        assert_int_equal(box[0], bounds[0]);
        assert_int_equal(box[1], bounds[1]);
        assert_int_equal(box[2], bounds[2] - bounds[0] + 1);
        assert_int_equal(box[3], bounds[3] - bounds[1] + 1);
    }
    memset(heat, 0, sizeof heat);
    int box[4] = {1, 2, 3, 4};
    assert_true(px_heat_box(heat, 20, 20, box, NULL));
    for (int i = 0; i < 4; i++)
        assert_int_equal(box[i], 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_layer_differentiates),
                                       cmocka_unit_test(other_heads_are_refused),
                                       cmocka_unit_test(maps_sum_to_the_logit),
                                       cmocka_unit_test(the_2020_head_differentiates),
                                       cmocka_unit_test(maps_of_one_grid_add_up),
                                       cmocka_unit_test(grids_are_joined_by_area),
                                       cmocka_unit_test(crops_stay_in_their_place),
                                       cmocka_unit_test(rendering_fills_the_region),
                                       cmocka_unit_test(boxes_equal_a_flood_fill)};
    return cmocka_run_group_tests_name("heatmap", tests, NULL, NULL);
}
