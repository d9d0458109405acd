/* Compiled plans against the plain executor, on every tier, thread count and batch. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../src/base/clock.h"
#include "../src/graph/plan_describe.h"
#include "../src/model/builders.h"
#include "failing_memory.h"
#include "random_graph.h"

/* What a plan answers to one batch. */
typedef struct {
    float *output, *features;
    size_t outputs, feature_count;
} answer;

static size_t count_of(px_shape s) {
    return (size_t)s.h * (size_t)s.w * (size_t)s.c;
}

static float *random_input(const px_graph *graph, int batch, uint64_t seed) {
    size_t count = count_of(graph->nodes[0].shape) * (size_t)batch;
    float *input = malloc(count * sizeof *input);
    px_random random;
    px_random_init(&random, seed, 1);
    for (size_t i = 0; i < count; i++)
        input[i] = (float)px_random_range(&random, -1, 1);
    return input;
}

static answer run_plan(const px_graph *graph, px_plan_options options, int threads,
                       const float *input) {
    px_error err = {0};
    px_plan *plan = px_plan_new(graph, &options, &err);
    if (!plan)
        fail_msg("%s: %s", err.subject, err.message);
    px_workspace *workspace = px_workspace_new(plan, NULL);
    px_pool *pool = threads > 1 ? px_pool_new(threads, NULL) : NULL;
    int feature_node = px_graph_feature_node(graph);
    answer a = {.outputs = count_of(graph->nodes[graph->output].shape) * (size_t)options.batch};
    if (feature_node >= 0)
        a.feature_count = count_of(graph->nodes[feature_node].shape) * (size_t)options.batch;
    a.output = malloc(a.outputs * sizeof(float));
    a.features = malloc((a.feature_count + 1) * sizeof(float));
    px_plan_run(plan, workspace, pool, input, a.output, a.features);
    if (!options.reference) /* nothing may be left over from the run before */
        px_plan_run(plan, workspace, pool, input, a.output, a.features);
    px_pool_free(pool);
    px_workspace_free(workspace);
    px_plan_free(plan);
    return a;
}

static void free_answer(answer a) {
    free(a.output);
    free(a.features);
}

static void check_close(const float *got, const float *want, size_t count, uint64_t seed,
                        const char *tier, const char *what) {
    double largest = 0;
    for (size_t i = 0; i < count; i++) { /* not by fmax, on which GCC 12 for Arm breaks down */
        double size = fabs((double)want[i]);
        largest = size > largest ? size : largest;
    }
    for (size_t i = 0; i < count; i++) {
        if (!(fabs((double)got[i] - want[i]) <= 2e-5 * (1 + largest)))
            fail_msg("seed %llu, tier %s: %s: value %zu is %g, not %g, where the largest is %g",
                     (unsigned long long)seed, tier, what, i, (double)got[i], (double)want[i],
                     largest);
    }
}

static void check_graph(const px_graph *graph, int batch, uint64_t seed) {
    float *input = random_input(graph, batch, seed);
    answer truth = run_plan(graph, (px_plan_options){batch, true, PX_CPU_PORTABLE}, 1, input);
    for (px_cpu_tier tier = PX_CPU_PORTABLE; tier <= px_cpu_best(); tier++) {
        const char *name = px_cpu_tier_name(tier);
        answer one = run_plan(graph, (px_plan_options){batch, false, tier}, 1, input);
        check_close(one.output, truth.output, truth.outputs, seed, name, "outputs");
        check_close(one.features, truth.features, truth.feature_count, seed, name, "features");
        static const int threads[] = {2, 7, 16};
        answer many =
            run_plan(graph, (px_plan_options){batch, false, tier}, threads[seed % 3], input);
        assert_memory_equal(one.output, many.output, one.outputs * sizeof(float));
        if (one.feature_count)
            assert_memory_equal(one.features, many.features, one.feature_count * sizeof(float));
        free_answer(one);
        free_answer(many);
    }
    free_answer(truth);
    free(input);
}

/* An emulated processor (EMULATED is set) takes many times as long: it gets a part. */
static bool is_emulated(void) {
    return getenv("EMULATED") != NULL;
}

static void random_graphs_agree(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= (is_emulated() ? 60 : 400); seed++) {
        px_graph graph;
        random_graph(&graph, seed, 3 + (int)(seed % 20));
        check_graph(&graph, 1 + (int)(seed % 3), seed);
        px_graph_clear(&graph);
    }
}

/* One image answers the same bits alone and among others. */
static void batches_do_not_mix(void **state) {
    (void)state;
    enum { BATCH = 3 };
    for (uint64_t seed = 1; seed <= 60; seed++) {
        px_graph graph;
        random_graph(&graph, seed, 12);
        float *input = random_input(&graph, BATCH, seed);
        size_t size = count_of(graph.nodes[0].shape);
        answer all = run_plan(&graph, (px_plan_options){BATCH, false, px_cpu_best()}, 1, input);
        for (int i = 0; i < BATCH; i++) {
            answer one = run_plan(&graph, (px_plan_options){1, false, px_cpu_best()}, 1,
                                  input + (size_t)i * size);
            assert_memory_equal(one.output, all.output + (size_t)i * one.outputs,
                                one.outputs * sizeof(float));
            free_answer(one);
        }
        free_answer(all);
        free(input);
        px_graph_clear(&graph);
    }
}

/* Dense blocks with a transition: shared buffers, pre-activation and the pool that goes first. */
static void dense_blocks_agree(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        px_random random;
        px_random_init(&random, seed, 2);
        px_graph graph;
        int x = start_graph(&graph, 28 + (int)seed, 29, 3);
        x = add_random_conv(&graph, &random, x, 7, 7, 2, PX_PADDING_SAME, 1, 24, false);
        x = add_pool(&graph, PX_OP_MAX_POOL, add_plain(&graph, PX_OP_PAD, x), 3, 2,
                     PX_PADDING_VALID);
        for (int layer = 0; layer < 4; layer++) {
            int y = add_plain(&graph, PX_OP_RELU, add_random_norm(&graph, &random, x));
            y = add_random_conv(&graph, &random, y, 1, 1, 1, PX_PADDING_SAME, 1, 48, false);
            y = add_plain(&graph, PX_OP_RELU, add_random_norm(&graph, &random, y));
            y = add_random_conv(&graph, &random, y, 3, 3, 1, PX_PADDING_SAME, 1, 20, false);
            x = add_join(&graph, PX_OP_CONCAT, (int[]){x, y}, 2);
            if (layer == 1) {
                y = add_plain(&graph, PX_OP_RELU, add_random_norm(&graph, &random, x));
                y = add_random_conv(&graph, &random, y, 1, 1, 1, PX_PADDING_SAME, 1, 32, true);
                x = add_pool(&graph, PX_OP_AVG_POOL, y, 2, 2, PX_PADDING_VALID);
            }
        }
        x = add_plain(&graph, PX_OP_GLOBAL_AVG_POOL, add_random_norm(&graph, &random, x));
        add_random_dense(&graph, &random, x, 5);
        check_graph(&graph, 2, seed);
        px_graph_clear(&graph);
    }
}

/* Branches that are added with a scale, and several readers of one ReLU. */
static void residual_blocks_agree(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        px_random random;
        px_random_init(&random, seed, 3);
        px_graph graph;
        int x = start_graph(&graph, 17, 12 + (int)seed, 16);
        for (int layer = 0; layer < 3; layer++) {
            int a = add_random_conv(&graph, &random, x, 1, 7, 1, PX_PADDING_SAME, 1, 24, true);
            int b = add_random_conv(&graph, &random, x, 3, 3, 1, PX_PADDING_SAME, 16, 16, true);
            a = add_plain(&graph, PX_OP_RELU, add_random_norm(&graph, &random, a));
            a = add_join(&graph, PX_OP_CONCAT, (int[]){a, b}, 2);
            a = add_random_conv(&graph, &random, a, 1, 1, 1, PX_PADDING_SAME, 1, 16, true);
            a = add_plain(&graph, PX_OP_SCALE, a);
            x = add_plain(&graph, PX_OP_RELU, add_join(&graph, PX_OP_ADD, (int[]){x, a}, 2));
        }
        add_plain(&graph, PX_OP_GLOBAL_AVG_POOL, x);
        check_graph(&graph, 1, seed);
        px_graph_clear(&graph);
    }
}

/* Images and channels large enough for Winograd's transforms, with all that may surround them. */
static void large_maps_agree(void **state) {
    (void)state;
    static const int windows[][2] = {{3, 3}, {1, 7}, {7, 1}};
    for (uint64_t seed = 1; seed <= 24; seed++) {
        const int *a = windows[seed % 3], *b = windows[seed / 3 % 3];
        px_random random;
        px_random_init(&random, seed, 4);
        px_graph graph;
        int x = start_graph(&graph, 22 + (int)seed / 2, 41 - (int)seed, 15 + (int)seed);
        if (seed % 2)
            x = add_plain(&graph, PX_OP_RELU, add_random_norm(&graph, &random, x));
        int y = add_random_conv(&graph, &random, x, a[0], a[1], 1, PX_PADDING_SAME, 1,
                                16 + 5 * (int)seed, seed % 3);
        int z = add_random_norm(&graph, &random,
                                add_random_conv(&graph, &random, y, b[0], b[1], 1, PX_PADDING_SAME,
                                                1, 16 + 5 * (int)seed, true));
        x = add_plain(&graph, PX_OP_RELU, add_join(&graph, PX_OP_ADD, (int[]){y, z}, 2));
        z = add_random_conv(&graph, &random, x, a[0], a[1], 1, PX_PADDING_EXPLICIT, 1, 24, true);
        add_join(&graph, PX_OP_CONCAT, (int[]){z, z}, 2);
        check_graph(&graph, 1 + (int)(seed % 2), seed);
        px_graph_clear(&graph);
    }
}

/* Borders wider than the window and strides beyond it: whole windows, and whole rows that a block
 * of outputs needs, lie outside the image. */
static void wide_borders_agree(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 150; seed++) {
        px_random random;
        px_random_init(&random, seed, 6);
        px_graph graph;
        int channels = 1 + (int)px_random_below(&random, 20), groups = seed % 3 ? 1 : channels;
        int x = start_graph(&graph, 1 + (int)px_random_below(&random, 4),
                            1 + (int)px_random_below(&random, 4), channels);
        if (seed % 2)
            x = add_plain(&graph, PX_OP_RELU, add_random_norm(&graph, &random, x));
        if (seed % 5 == 0)
            x = add_plain(&graph, PX_OP_PAD, x);
        x = add_random_conv(&graph, &random, x, 1, 1, 1, PX_PADDING_EXPLICIT, groups,
                            seed % 4 ? channels : 2 * channels, seed % 7);
        px_window *w = &graph.nodes[x].window;
        w->top = (int)px_random_below(&random, 9);
        w->left = (int)px_random_below(&random, 9);
        w->bottom = (int)px_random_below(&random, 9);
        w->stride_h = 1 + (int)px_random_below(&random, 9);
        w->stride_w = 1 + (int)px_random_below(&random, 9);
        assert_true(px_graph_infer(&graph, NULL));
        check_graph(&graph, 1 + (int)(seed % 2), seed);
        px_graph_clear(&graph);
    }
}

/* The five networks themselves, small enough for the plain executor. */
static void whole_networks_agree(void **state) {
    (void)state;
    enum { SIDE = 80 };
    if (is_emulated())
        skip();
    for (int arch = 0; arch < PX_ARCHS; arch++) {
        px_error err = {0};
        px_model *model = px_model_build((px_arch)arch, PX_HEAD_2020, SIDE, "a,b,c", 7, &err);
        assert_non_null(model);
        check_graph(&model->graph, 1, (uint64_t)arch);
        px_model_unref(model);
    }
}

/* Replace a float32 tensor by eight-bit values with a scale for each output channel. */
static void quantise(px_tensor *tensor, px_random *random) {
    size_t count = (size_t)px_tensor_count(tensor);
    size_t channels = (size_t)tensor->dims[tensor->n_dims - 1];
    int8_t *data = malloc(count);
    float *scales = malloc(channels * sizeof *scales);
    for (size_t i = 0; i < count; i++)
        data[i] = (int8_t)px_random_range(random, -127, 127);
    for (size_t c = 0; c < channels; c++)
        scales[c] = (float)px_random_range(random, 0.0005, 0.002);
    free((void *)(uintptr_t)tensor->data);
    tensor->dtype = PX_I8;
    tensor->data = data;
    tensor->scales = scales;
}

/* Sixteen-bit floats of a few exact values. */
static void halve(px_tensor *tensor, px_random *random) {
    static const uint16_t values[] = {0x0000, 0x2e66, 0xae66, 0x3000, 0xb400, 0x1000, 0x8001};
    size_t count = (size_t)px_tensor_count(tensor);
    uint16_t *data = malloc(count * sizeof *data);
    for (size_t i = 0; i < count; i++)
        data[i] = values[px_random_below(random, sizeof values / sizeof *values)];
    free((void *)(uintptr_t)tensor->data);
    tensor->dtype = PX_F16;
    tensor->data = data;
}

static void narrow_weights_agree(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        px_random random;
        px_random_init(&random, seed, 5);
        px_graph graph;
        int x = start_graph(&graph, 23, 21, 18);
        x = add_random_norm(
            &graph, &random,
            add_random_conv(&graph, &random, x, 3, 3, 1, PX_PADDING_SAME, 1, 40, true));
        x = add_random_conv(&graph, &random, x, 3, 3, 1, PX_PADDING_SAME, 40, 40, true);
        x = add_random_conv(&graph, &random, x, 1, 1, 2, PX_PADDING_VALID, 2, 36, true);
        x = add_plain(&graph, PX_OP_GLOBAL_AVG_POOL, x);
        add_random_dense(&graph, &random, x, 7);
        for (int i = 0; i < graph.n_nodes; i++) {
            px_op op = graph.nodes[i].op;
            if (op == PX_OP_CONV2D || op == PX_OP_DENSE)
                (seed % 2 ? quantise : halve)(&graph.tensors[graph.nodes[i].tensors[PX_KERNEL]],
                                              &random);
        }
        check_graph(&graph, 1, seed);
        px_graph_clear(&graph);
    }
}

static px_graph compiled;
static bool compiled_plainly;

static bool compile_and_free(px_error *err) {
    px_plan *plan =
        px_plan_new(&compiled, &(px_plan_options){2, compiled_plainly, px_cpu_best()}, err);
    px_workspace *workspace = plan ? px_workspace_new(plan, err) : NULL;
    px_plan_info info = {0};
    bool ok = workspace && (compiled_plainly || px_plan_describe(plan, &compiled, &info, err));
    px_plan_info_clear(&info);
    px_workspace_free(workspace);
    px_plan_free(plan);
    return ok;
}

/* Whichever allocation fails, compiling says so and leaves nothing behind. */
static void running_out_of_memory_is_an_error(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        random_graph(&compiled, seed, 16);
        compiled_plainly = seed % 2;
        exhaust(compile_and_free, 5);
        px_graph_clear(&compiled);
    }
}

/* Whole numbers that every order of summing gives exactly: nothing hides in a tolerance. */
static void a_plan_of_one_layer_is_exact(void **state) {
    (void)state;
    px_random random;
    px_random_init(&random, 5, 0);
    px_graph graph;
    int x = start_graph(&graph, 18, 19, 33);
    add_random_conv(&graph, &random, x, 3, 3, 1, PX_PADDING_SAME, 1, 47, true);
    for (int t = 0; t < graph.n_tensors; t++) {
        float *data = (float *)(uintptr_t)graph.tensors[t].data;
        for (int64_t i = 0; i < px_tensor_count(&graph.tensors[t]); i++)
            data[i] = (float)(int)px_random_range(&random, -8, 8);
    }
    float *input = random_input(&graph, 1, 1);
    for (size_t i = 0; i < count_of(graph.nodes[0].shape); i++)
        input[i] = roundf(input[i] * 8);
    answer truth = run_plan(&graph, (px_plan_options){1, true, PX_CPU_PORTABLE}, 1, input);
    for (px_cpu_tier tier = PX_CPU_PORTABLE; tier <= px_cpu_best(); tier++) {
        answer fast = run_plan(&graph, (px_plan_options){1, false, tier}, 2, input);
        assert_memory_equal(fast.output, truth.output, truth.outputs * sizeof(float));
        free_answer(fast);
    }
    free_answer(truth);
    free(input);
    px_graph_clear(&graph);
}

/* Centre every norm on what reaches it; the next node must see the change. */
static void centre_norm(void *context, int index, const float *first_input) {
    const px_graph *graph = context;
    const px_node *node = &graph->nodes[index];
    if (node->op != PX_OP_BATCH_NORM)
        return;
    float *mean = (float *)(uintptr_t)graph->tensors[node->tensors[PX_MEAN]].data;
    size_t pixels = (size_t)node->shape.h * (size_t)node->shape.w;
    for (int c = 0; c < node->shape.c; c++) {
        double sum = 0;
        for (size_t p = 0; p < pixels; p++)
            sum += first_input[p * (size_t)node->shape.c + (size_t)c];
        mean[c] = (float)(sum / (double)pixels);
    }
}

static void observers_change_what_follows(void **state) {
    (void)state;
    px_random random;
    px_random_init(&random, 9, 0);
    px_graph graph;
    int x = start_graph(&graph, 9, 8, 5);
    for (int i = 0; i < 3; i++) {
        x = add_random_conv(&graph, &random, x, 3, 3, 1, PX_PADDING_SAME, 1, 20, true);
        x = add_plain(&graph, PX_OP_DROPOUT, add_random_norm(&graph, &random, x));
    }
    float *input = random_input(&graph, 1, 4);
    assert_true(px_graph_run_observed(&graph, 1, input, NULL, centre_norm, &graph, NULL));
    answer a = run_plan(&graph, (px_plan_options){1, true, PX_CPU_PORTABLE}, 1, input);
    px_node *last = &graph.nodes[graph.n_nodes - 2];
    for (int c = 0; c < last->shape.c; c++) { /* centred: the average is beta */
        double sum = 0;
        for (size_t p = 0; p < 72; p++)
            sum += a.output[p * 20 + (size_t)c];
        const float *beta =
            last->tensors[PX_BETA] < 0 ? NULL : graph.tensors[last->tensors[PX_BETA]].data;
        assert_true(fabs(sum / 72 - (beta ? (double)beta[c] : 0.0)) < 1e-4);
    }
    free_answer(a);
    free(input);
    px_graph_clear(&graph);
}

static void memory_is_planned(void **state) {
    (void)state;
    px_random random;
    px_random_init(&random, 1, 0);
    px_graph graph;
    int x = start_graph(&graph, 32, 32, 16);
    for (int i = 0; i < 10; i++)
        x = add_random_conv(&graph, &random, x, 3, 3, 1, PX_PADDING_SAME, 1, 16, true);
    px_error err = {0};
    px_plan *plan = px_plan_new(&graph, &(px_plan_options){1, false, PX_CPU_PORTABLE}, &err);
    assert_non_null(plan);
    size_t activation = 32 * 32 * 16 * sizeof(float), kernel = 9 * 16 * 16 * sizeof(float);
    assert_true(px_plan_workspace_bytes(plan) < 64 * activation);
    assert_true(px_plan_weight_bytes(plan) >= 10 * kernel);
    px_plan_free(plan);
    plan = px_plan_new(&graph, &(px_plan_options){1, true, PX_CPU_PORTABLE}, &err);
    assert_true(px_plan_workspace_bytes(plan) == 2 * activation);
    px_plan_free(plan);
    px_graph_clear(&graph);
}

/* Each step is timed, and their times are parts of the whole. */
static void steps_are_timed(void **state) {
    (void)state;
    px_graph graph;
    random_graph(&graph, 3, 20);
    float *input = random_input(&graph, 1, 1);
    px_plan *plan = px_plan_new(&graph, &(px_plan_options){1, false, px_cpu_best()}, NULL);
    px_workspace *workspace = px_workspace_new(plan, NULL);
    int count = px_plan_count_steps(plan);
    double *seconds = malloc((size_t)count * sizeof *seconds), sum = 0;
    for (int i = 0; i < count; i++)
        seconds[i] = -1;
    double start = px_clock_s();
    px_plan_time_steps(plan, workspace, NULL, input, seconds);
    double whole = px_clock_s() - start;
    for (int i = 0; i < count; i++) {
        assert_true(seconds[i] >= 0);
        sum += seconds[i];
    }
    assert_true(count == graph.n_nodes && sum > 0 && sum <= whole + 1e-6);
    free(seconds);
    px_workspace_free(workspace);
    px_plan_free(plan);
    free(input);
    px_graph_clear(&graph);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_graphs_agree),
                                       cmocka_unit_test(batches_do_not_mix),
                                       cmocka_unit_test(dense_blocks_agree),
                                       cmocka_unit_test(residual_blocks_agree),
                                       cmocka_unit_test(narrow_weights_agree),
                                       cmocka_unit_test(running_out_of_memory_is_an_error),
                                       cmocka_unit_test(large_maps_agree),
                                       cmocka_unit_test(wide_borders_agree),
                                       cmocka_unit_test(whole_networks_agree),
                                       cmocka_unit_test(a_plan_of_one_layer_is_exact),
                                       cmocka_unit_test(observers_change_what_follows),
                                       cmocka_unit_test(memory_is_planned),
                                       cmocka_unit_test(steps_are_timed)};
    return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
