/* Make random weights answer: normalisation statistics and the spread of logits, from images. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "../graph/plan.h"
#include "../phantom/phantom.h"
#include "builders.h"

enum { PHANTOM_SIDE = 256 };

/* Below this a channel is as good as dead, and dividing by it would amplify what is left. */
static const float least_variance = 1e-4f;
/* Standard deviation of the logits: most probabilities then lie between 0.05 and 0.95. */
static const double logit_spread = 1.5;

typedef struct px_calibration {
    const px_graph *graph;
    int batch;
    int last_dense;         /* node, -1 for none */
    double *sums, *squares; /* [most channels of any node] */
} px_calibration;

static float *writable(const px_graph *graph, int tensor) {
    return (float *)(uintptr_t)graph->tensors[tensor].data;
}

/* Mean and biased variance of each column of [rows, columns]; two passes for accuracy. */
static void measure_columns(const px_calibration *c, const float *x, int64_t rows, int columns) {
    memset(c->sums, 0, (size_t)columns * sizeof *c->sums);
    memset(c->squares, 0, (size_t)columns * sizeof *c->squares);
    for (int64_t row = 0; row < rows; row++) {
        for (int k = 0; k < columns; k++)
            c->sums[k] += (double)x[row * columns + k];
    }
    for (int k = 0; k < columns; k++)
        c->sums[k] /= (double)rows;
    for (int64_t row = 0; row < rows; row++) {
        for (int k = 0; k < columns; k++) {
            double off = (double)x[row * columns + k] - c->sums[k];
            c->squares[k] += off * off;
        }
    }
    for (int k = 0; k < columns; k++)
        c->squares[k] /= (double)rows;
}

static void set_statistics(const px_calibration *c, const px_node *node, const float *input) {
    const px_shape shape = node->shape;
    measure_columns(c, input, (int64_t)c->batch * shape.h * shape.w, shape.c);
    float *mean = writable(c->graph, node->tensors[PX_MEAN]);
    float *variance = writable(c->graph, node->tensors[PX_VARIANCE]);
    for (int k = 0; k < shape.c; k++) {
        mean[k] = (float)c->sums[k];
        variance[k] = fmaxf((float)c->squares[k], least_variance);
    }
}

/* One logit for each image, without the bias. */
static void compute_logits(const px_calibration *c, const float *input, const float *kernel,
                           int from, int to, int column, double *logits) {
    for (int image = 0; image < c->batch; image++) {
        logits[image] = 0;
        for (int k = 0; k < from; k++)
            logits[image] +=
                (double)input[(int64_t)image * from + k] * (double)kernel[(int64_t)k * to + column];
    }
}

/* Scale each output's weights so that its logits have the spread wanted around zero. */
static void spread_logits(const px_calibration *c, const px_node *node, const float *input) {
    const int from = c->graph->nodes[node->inputs[0]].shape.c, to = node->shape.c;
    float *kernel = writable(c->graph, node->tensors[PX_KERNEL]);
    float *bias = writable(c->graph, node->tensors[PX_BIAS]);
    double logits[PX_MOST_CALIBRATION_IMAGES];
    for (int column = 0; column < to; column++) {
        compute_logits(c, input, kernel, from, to, column, logits);
        double mean = 0, square = 0;
        for (int i = 0; i < c->batch; i++)
            mean += logits[i] / c->batch;
        for (int i = 0; i < c->batch; i++)
            square += (logits[i] - mean) * (logits[i] - mean) / c->batch;
        double factor = square > 1e-12 ? logit_spread / sqrt(square) : 1;
        for (int k = 0; k < from; k++)
            kernel[(int64_t)k * to + column] *= (float)factor;
        bias[column] = (float)(-mean * factor);
    }
}

static void observe(void *context, int index, const float *first_input) {
    const px_calibration *c = context;
    const px_node *node = &c->graph->nodes[index];
    if (node->op == PX_OP_BATCH_NORM)
        set_statistics(c, node, first_input);
    else if (index == c->last_dense)
        spread_logits(c, node, first_input);
}

/* The dense layer whose values, through a sigmoid, are the answer. */
static int find_last_dense(const px_graph *graph) {
    int node = graph->output;
    while (node > 0 && graph->nodes[node].op == PX_OP_SIGMOID)
        node = graph->nodes[node].inputs[0];
    bool found = graph->nodes[node].op == PX_OP_DENSE && graph->nodes[node].tensors[PX_BIAS] >= 0;
    return found ? node : -1;
}

static bool check_writable(const px_graph *graph, px_error *err) {
    for (int i = 0; i < graph->n_tensors; i++) {
        if (!graph->tensors[i].owned || graph->tensors[i].dtype != PX_F32)
            return px_fail(err, PX_ERR_USAGE, graph->tensors[i].name,
                           "only a model just built can be calibrated");
    }
    return true;
}

static int most_channels(const px_graph *graph) {
    int most = 1;
    for (int i = 0; i < graph->n_nodes; i++)
        most = graph->nodes[i].shape.c > most ? graph->nodes[i].shape.c : most;
    return most;
}

bool px_model_calibrate_norms(px_model *model, const float *images, int n, px_error *err) {
    if (n < 2 || n > PX_MOST_CALIBRATION_IMAGES)
        return px_fail(err, PX_ERR_USAGE, "images", "%d images: 2 to %d are needed", n,
                       PX_MOST_CALIBRATION_IMAGES);
    if (!check_writable(&model->graph, err))
        return false;
    const size_t channels = (size_t)most_channels(&model->graph);
    px_calibration c = {.graph = &model->graph,
                        .batch = n,
                        .last_dense = find_last_dense(&model->graph),
                        .sums = px_alloc(channels, sizeof *c.sums, err),
                        .squares = px_alloc(channels, sizeof *c.squares, err)};
    px_pool *pool = px_pool_new(0, err);
    bool ok = c.sums && c.squares && pool &&
              px_graph_run_observed(&model->graph, n, images, pool, observe, &c, err) &&
              px_graph_check_weights(&model->graph, err);
    px_pool_free(pool);
    free(c.sums);
    free(c.squares);
    return ok;
}

static bool draw_tensor(const px_input_spec *spec, uint64_t seed, uint64_t index, float *tensor,
                        px_error *err) {
    px_phantom_options options = px_phantom_default_options();
    options.size = PHANTOM_SIDE;
    px_image image;
    px_image_init(&image);
    bool ok = px_phantom_draw(&options, seed, index, &image, NULL, err) &&
              px_image_prepare(&image, spec, tensor, err);
    px_image_clear(&image);
    return ok;
}

bool px_model_calibrate_on_phantoms(px_model *model, int n, uint64_t seed, px_error *err) {
    const px_input_spec *spec = &model->input;
    const size_t size = (size_t)spec->width * (size_t)spec->height * (size_t)spec->channels;
    float *images = px_alloc((size_t)(n > 0 ? n : 0) * size, sizeof *images, err);
    bool ok = images != NULL;
    for (int i = 0; ok && i < n; i++)
        ok = draw_tensor(spec, seed, (uint64_t)i, images + (size_t)i * size, err);
    ok = ok && px_model_calibrate_norms(model, images, n, err);
    free(images);
    if (ok && json_object_set_new(model->provenance, "calibrated_on",
                                  json_sprintf("%d phantoms", n)) != 0)
        return px_fail_memory(err);
    return ok;
}
