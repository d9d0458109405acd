/* Calibrating random weights: statistics are those of the images, logits spread around zero. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../src/base/random.h"
#include "../src/graph/plan.h"
#include "../src/model/builders.h"

enum { SIDE = 75, IMAGES = 6, LABELS = 3, VALUES = SIDE * SIDE * 3 };

static float *make_images(void) {
    float *images = malloc(sizeof *images * IMAGES * VALUES);
    px_random random;
    for (int i = 0; i < IMAGES; i++) {
        px_random_init(&random, 5, (uint64_t)i);
        double level = px_random_uniform(&random);
        for (int k = 0; k < VALUES; k++)
            images[i * VALUES + k] = (float)(level * px_random_uniform(&random));
    }
    return images;
}

static px_model *build(px_head head) {
    return px_model_build(PX_ARCH_DENSENET121, head, SIDE, "a,b,c", 11, NULL);
}

/* The statistics of a batch normalisation's input are what it was given. */
static void check_statistics(void *context, int index, const float *input) {
    const px_graph *graph = context;
    const px_node *node = &graph->nodes[index];
    if (node->op != PX_OP_BATCH_NORM)
        return;
    const float *means = graph->tensors[node->tensors[PX_MEAN]].data;
    const float *variances = graph->tensors[node->tensors[PX_VARIANCE]].data;
    const int rows = IMAGES * node->shape.h * node->shape.w, c = node->shape.c;
    for (int k = 0; k < c; k += 17) {
        double sum = 0, squares = 0;
        for (int row = 0; row < rows; row++)
            sum += (double)input[row * c + k];
        for (int row = 0; row < rows; row++)
            squares += pow((double)input[row * c + k] - sum / rows, 2);
        double deviation = sqrt(squares / rows);
        if (fabs(means[k] - sum / rows) > 1e-3 * deviation + 1e-6 ||
            fabs(variances[k] - fmax(squares / rows, 1e-4)) > 1e-3 * variances[k])
            fail_msg("%s, channel %d: mean %g and variance %g, not %g and %g", node->name, k,
                     (double)means[k], (double)variances[k], sum / rows, squares / rows);
    }
}

static void statistics_are_the_images(void **state) {
    (void)state;
    px_error err = {0};
    float *images = make_images();
    px_model *model = build(PX_HEAD_2020);
    assert_true(px_model_calibrate_norms(model, images, IMAGES, &err));
    assert_true(px_graph_run_observed(&model->graph, IMAGES, images, NULL, check_statistics,
                                      &model->graph, &err));
    px_model_unref(model);
    free(images);
}

static void logits_spread_around_zero(void **state) {
    (void)state;
    for (px_head head = PX_HEAD_PLAIN; head <= PX_HEAD_2020; head++) {
        px_error err = {0};
        float *images = make_images(), scores[IMAGES * LABELS];
        px_model *model = build(head);
        assert_true(px_model_calibrate_norms(model, images, IMAGES, &err));
        const px_plan_options options = {.batch = IMAGES, .reference = true};
        px_plan *plan = px_plan_new(&model->graph, &options, &err);
        px_workspace *workspace = px_workspace_new(plan, &err);
        px_plan_run(plan, workspace, NULL, images, scores, NULL);
        for (int label = 0; label < LABELS; label++) {
            double sum = 0, squares = 0;
            for (int i = 0; i < IMAGES; i++) {
                double p = (double)scores[i * LABELS + label], logit = log(p / (1 - p));
                sum += logit / IMAGES;
                squares += logit * logit / IMAGES;
            }
            assert_true(fabs(sum) < 0.01);
            assert_true(fabs(sqrt(squares) - 1.5) < 0.01);
        }
        px_workspace_free(workspace);
        px_plan_free(plan);
        px_model_unref(model);
        free(images);
    }
}

static void phantoms_are_recorded(void **state) {
    (void)state;
    px_error err = {0};
    px_model *model = build(PX_HEAD_PLAIN), *again = build(PX_HEAD_PLAIN);
    assert_true(px_model_calibrate_on_phantoms(model, 2, 1, &err));
    assert_true(px_model_calibrate_on_phantoms(again, 2, 1, &err));
    const int kernel = px_graph_find_tensor(&model->graph, "dense_1/kernel");
    assert_memory_equal(model->graph.tensors[kernel].data, again->graph.tensors[kernel].data,
                        1024 * LABELS * sizeof(float));
    assert_string_equal(json_string_value(json_object_get(model->provenance, "calibrated_on")),
                        "2 phantoms");
    px_model_unref(model);
    px_model_unref(again);
}

static void what_cannot_be_calibrated_is_refused(void **state) {
    (void)state;
    float *images = make_images();
    px_model *model = build(PX_HEAD_PLAIN);
    const int bad[] = {-1, 0, 1, PX_MOST_CALIBRATION_IMAGES + 1};
    for (int i = 0; i < 4; i++) {
        px_error err = {0};
        assert_false(px_model_calibrate_norms(model, images, bad[i], &err));
        assert_int_equal(err.code, PX_ERR_USAGE);
        err = (px_error){0};
        assert_false(px_model_calibrate_on_phantoms(model, bad[i], 1, &err));
        assert_int_equal(err.code, PX_ERR_USAGE);
    }
    char path[] = "/tmp/perxeptron-calibrate-XXXXXX";
    close(mkstemp(path));
    assert_true(px_model_save(model, path, NULL));
    px_model *loaded = px_model_load(path, NULL);
    px_error err = {0};
    assert_false(px_model_calibrate_norms(loaded, images, IMAGES, &err));
    assert_int_equal(err.code, PX_ERR_USAGE);
    unlink(path);
    px_model_unref(loaded);
    px_model_unref(model);
    free(images);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statistics_are_the_images),
        cmocka_unit_test(logits_spread_around_zero),
        cmocka_unit_test(phantoms_are_recorded),
        cmocka_unit_test(what_cannot_be_calibrated_is_refused),
    };
    return cmocka_run_group_tests_name("calibrate", tests, NULL, NULL);
}
