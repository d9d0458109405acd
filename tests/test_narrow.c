/* Weights stored as float16 and int8: converting them, widening them, and networks that have them
 * against the same networks with the same weights as float32. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../src/graph/plan.h"
#include "../src/kernels/kernels.h"
#include "../src/model/convert_weights.h"
#include "random_graph.h"

enum { HALVES = 1 << 16, GUARDS = 64 };
#define GUARD (-12345.5f)

static bool is_finite_half(unsigned half) {
    return (half & 0x7c00u) != 0x7c00u;
}

/* ---- Widening -------------------------------------------------------------------------------- */

/* Every float16 there is, and every int8, times factors, exactly rounded. */
static void widening_is_exact(void **state) {
    (void)state;
    px_random random;
    px_random_init(&random, 1, 0);
    uint16_t *halves = calloc(HALVES, sizeof *halves);
    int8_t *bytes = calloc(HALVES, 1);
    for (unsigned i = 0; i < HALVES; i++) {
        halves[i] = (uint16_t)(is_finite_half(i) ? i : i & 0x83ffu);
        bytes[i] = (int8_t)(uint8_t)i;
    }
    float *values = calloc(HALVES, sizeof *values), *all = aligned_alloc(64, 4 << 18);
    px_tensor_to_f32(&(px_tensor){.dtype = PX_F16, .n_dims = 1, .dims = {HALVES}, .data = halves},
                     values);
    for (px_cpu_tier tier = PX_CPU_PORTABLE; tier <= px_cpu_best(); tier++) {
        const px_kernels *k = px_kernels_of(tier);
        for (int vectors = 1; vectors <= 2; vectors++) {
            float factors[64];
            int width = vectors * k->lanes, rows = HALVES / width;
            for (int c = 0; c < width; c++)
                factors[c] = (float)px_random_range(&random, -2, 2);
            for (size_t i = 0; i < HALVES + 2 * GUARDS; i++)
                all[i] = GUARD;
            float *to = all + GUARDS;
            k->widen_f16(&(px_widening){halves, factors, to, rows, width});
            for (int i = 0; i < HALVES; i++)
                assert_true(to[i] == values[i] * factors[i % width]);
            k->widen_i8(&(px_widening){bytes, factors, to, rows, width});
            for (int i = 0; i < HALVES; i++)
                assert_true(to[i] == (float)bytes[i] * factors[i % width]);
            for (int i = 0; i < GUARDS; i++)
                assert_true(all[i] == GUARD && to[HALVES + i] == GUARD);
        }
    }
    free(halves);
    free(bytes);
    free(values);
    free(all);
}

/* ---- Converting ------------------------------------------------------------------------------ */

/* A model of one pointwise convolution with these weights, [1, 1, count / outputs, outputs]. */
static px_model *one_layer(const float *weights, int count, int outputs) {
    px_model *model = px_model_new(NULL);
    px_random random;
    px_random_init(&random, 1, 0);
    int x = start_graph(&model->graph, 1, 1, count / outputs);
    add_random_conv(&model->graph, &random, x, 1, 1, 1, PX_PADDING_VALID, 1, outputs, true);
    memcpy((void *)(uintptr_t)model->graph.tensors[0].data, weights,
           (size_t)count * sizeof *weights);
    return model;
}

static void floats_become_the_nearest_halves(void **state) {
    (void)state;
    enum { COUNT = 60000 };
    float *weights = calloc(COUNT, sizeof *weights), *got = calloc(COUNT, sizeof *got);
    px_random random;
    px_random_init(&random, 2, 0);
    for (int i = 0; i < COUNT; i++)
        weights[i] =
            ldexpf((float)px_random_range(&random, -1, 1), (int)px_random_below(&random, 45) - 29);
    weights[0] = 1 + 0x1p-11f; /* ties go to even */
    weights[1] = 1 + 3 * 0x1p-11f;
    weights[2] = 65519;
    weights[3] = 0x1p-25f;
    weights[4] = 3 * 0x1p-25f;
    weights[5] = -0.0f;
    px_model *model = one_layer(weights, COUNT, 3);
    assert_true(px_model_convert_weights(model, PX_F16, NULL));
    const px_tensor *kernel = &model->graph.tensors[0];
    assert_int_equal(kernel->dtype, PX_F16);
    assert_int_equal(model->graph.tensors[1].dtype, PX_F32);
    px_tensor_to_f32(kernel, got);
    assert_true(got[0] == 1 && got[1] == 1 + 0x1p-9f && got[2] == 65504);
    assert_true(got[3] == 0 && got[4] == 0x1p-23f && got[5] == 0 && signbit(got[5]));
    for (int i = 0; i < COUNT; i++) {
        int exponent;
        frexpf(weights[i], &exponent);
        float half_a_step = ldexpf(1, (exponent < -13 ? -13 : exponent) - 12);
        assert_true(fabsf(got[i] - weights[i]) <= half_a_step);
    }
    float *before = got, *again = calloc(COUNT, sizeof *again);
    assert_true(px_model_convert_weights(model, PX_F32, NULL));
    assert_true(px_model_convert_weights(model, PX_F16, NULL));
    px_tensor_to_f32(&model->graph.tensors[0], again);
    assert_memory_equal(before, again, COUNT * sizeof *again);
    px_model_unref(model);
    free(weights);
    free(got);
    free(again);
}

static void too_large_for_a_half_is_refused(void **state) {
    (void)state;
    const float weights[4] = {1, 2, 65520, 4};
    px_error err = {0};
    px_model *model = one_layer(weights, 4, 2);
    assert_false(px_model_convert_weights(model, PX_F16, &err));
    assert_int_equal(err.code, PX_ERR_UNSUPPORTED);
    assert_non_null(strstr(err.subject, model->graph.tensors[0].name));
    px_model_unref(model);
}

static void bytes_use_each_channels_range(void **state) {
    (void)state;
    enum { COUNT = 6000, OUTPUTS = 4 };
    float *weights = calloc(COUNT, sizeof *weights), *got = calloc(COUNT, sizeof *got);
    const float range[OUTPUTS] = {1, 1e-6f, 0, 3e4f};
    px_random random;
    px_random_init(&random, 3, 0);
    for (int i = 0; i < COUNT; i++)
        weights[i] = range[i % OUTPUTS] * (float)px_random_range(&random, -1, 1);
    px_model *model = one_layer(weights, COUNT, OUTPUTS);
    assert_true(px_model_convert_weights(model, PX_I8, NULL));
    const px_tensor *kernel = &model->graph.tensors[0];
    px_tensor_to_f32(kernel, got);
    int largest[OUTPUTS] = {0};
    for (int i = 0; i < COUNT; i++) {
        int value = abs(((const int8_t *)kernel->data)[i]), c = i % OUTPUTS;
        largest[c] = value > largest[c] ? value : largest[c];
        assert_true(fabsf(got[i] - weights[i]) <= kernel->scales[c] * 0.50001f);
    }
    assert_int_equal(largest[0], 127);
    assert_int_equal(largest[1], 127);
    assert_int_equal(largest[2], 0);
    assert_int_equal(largest[3], 127);
    px_model_unref(model);
    free(weights);
    free(got);
}

/* ---- Networks -------------------------------------------------------------------------------- */

enum { BATCH = 2 };

static size_t count_of(px_shape s) {
    return (size_t)s.h * (size_t)s.w * (size_t)s.c;
}

static float *run(const px_graph *graph, px_cpu_tier tier, int batch, int threads,
                  const float *input) {
    px_plan_options options = {.batch = batch, .tier = tier};
    px_plan *plan = px_plan_new(graph, &options, NULL);
    px_workspace *workspace = px_workspace_new(plan, NULL);
    px_pool *pool = threads > 1 ? px_pool_new(threads, NULL) : NULL;
    float *output = calloc(count_of(graph->nodes[graph->output].shape) * (size_t)batch, 4);
    px_plan_run(plan, workspace, pool, input, output, NULL);
    px_pool_free(pool);
    px_workspace_free(workspace);
    px_plan_free(plan);
    return output;
}

static void check_tier(const px_graph *narrow, const px_graph *wide, px_cpu_tier tier,
                       const float *input, uint64_t seed) {
    size_t outputs = count_of(narrow->nodes[narrow->output].shape);
    float *got = run(narrow, tier, BATCH, 1, input), *want = run(wide, tier, BATCH, 1, input);
    float *many = run(narrow, tier, BATCH, 3 + (int)(seed % 5), input);
    float *one = run(narrow, tier, 1, 1, input);
    double largest = 0, worst = 0;
    for (size_t i = 0; i < outputs * BATCH; i++) {
        largest = fmax(largest, fabs((double)want[i]));
        worst = fmax(worst, fabs((double)got[i] - want[i]));
    }
    if (!(worst <= 2e-5 * (1 + largest)))
        fail_msg("seed %d, tier %s: %g of %g", (int)seed, px_cpu_tier_name(tier), worst, largest);
    assert_memory_equal(got, many, outputs * BATCH * sizeof *got);
    assert_memory_equal(got, one, outputs * sizeof *got);
    free(got);
    free(want);
    free(many);
    free(one);
}

/* The same random network twice, one of them with its rounded weights as float32. */
static void networks_answer_as_with_wide_weights(void **state) {
    (void)state;
    int narrow_kernels = 0;
    for (uint64_t seed = 1; seed <= 120; seed++) {
        px_model *narrow = px_model_new(NULL), *wide = px_model_new(NULL);
        random_graph(&narrow->graph, seed, 3 + (int)(seed % 16));
        random_graph(&wide->graph, seed, 3 + (int)(seed % 16));
        px_dtype dtype = seed % 2 ? PX_F16 : PX_I8;
        assert_true(px_model_convert_weights(narrow, dtype, NULL));
        assert_true(px_model_convert_weights(wide, dtype, NULL));
        assert_true(px_model_convert_weights(wide, PX_F32, NULL));
        for (int i = 0; i < narrow->graph.n_tensors; i++) {
            narrow_kernels += narrow->graph.tensors[i].dtype == dtype;
            assert_int_equal(wide->graph.tensors[i].dtype, PX_F32);
        }
        size_t inputs = count_of(narrow->graph.nodes[0].shape) * BATCH;
        float *input = calloc(inputs, sizeof *input);
        px_random random;
        px_random_init(&random, seed, 1);
        for (size_t i = 0; i < inputs; i++)
            input[i] = (float)px_random_range(&random, -1, 1);
        for (px_cpu_tier tier = PX_CPU_PORTABLE; tier <= px_cpu_best(); tier++)
            check_tier(&narrow->graph, &wide->graph, tier, input, seed);
        free(input);
        px_model_unref(narrow);
        px_model_unref(wide);
    }
    assert_true(narrow_kernels > 100);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(widening_is_exact),
        cmocka_unit_test(floats_become_the_nearest_halves),
        cmocka_unit_test(too_large_for_a_half_is_refused),
        cmocka_unit_test(bytes_use_each_channels_range),
        cmocka_unit_test(networks_answer_as_with_wide_weights),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
