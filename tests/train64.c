/* A batch through a network in training mode in double precision (train64.h). */
#include "train64.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../src/graph/node_geometry.h"

void train64_init(train64 *net, const px_graph *graph, int batch, const bool *frozen,
                  const float *input) {
    *net = (train64){.graph = graph, .batch = batch, .frozen = frozen};
    net->tensors = calloc((size_t)graph->n_tensors + 1, sizeof *net->tensors);
    for (int i = 0; i < graph->n_tensors; i++) {
        size_t count = (size_t)px_tensor_count(&graph->tensors[i]);
        float *values = malloc(count * sizeof *values);
        px_tensor_to_f32(&graph->tensors[i], values);
        net->tensors[i] = malloc(count * sizeof **net->tensors);
        for (size_t k = 0; k < count; k++)
            net->tensors[i][k] = (double)values[k];
        free(values);
    }
    size_t count = (size_t)batch * px_shape_count(graph->nodes[0].shape);
    net->input = malloc(count * sizeof *net->input);
    for (size_t k = 0; k < count; k++)
        net->input[k] = (double)input[k];
}

void train64_clear(train64 *net) {
    for (int i = 0; i < net->graph->n_tensors; i++)
        free(net->tensors[i]);
    free(net->tensors);
    free(net->input);
}

/* One node being worked out, for one image unless it needs all. */
typedef struct node64 {
    const train64 *net;
    const px_node *node;
    px_geometry g;
    const double *x;
    double *y;
} node64;

static const double *tensor_of(const node64 *n, int slot) {
    int tensor = n->node->tensors[slot];
    return tensor >= 0 ? n->net->tensors[tensor] : NULL;
}

static const double *window_pixel(const node64 *n, int row, int column, int ky, int kx) {
    const px_geometry *g = &n->g;
    int y = row * g->stride_h - g->top + ky, x = column * g->stride_w - g->left + kx;
    bool inside = y >= 0 && y < g->in_h && x >= 0 && x < g->in_w;
    return inside ? n->x + ((size_t)y * g->in_w + x) * g->in_c : NULL;
}

static void convolve_pixel(const node64 *n, int row, int column) {
    const px_geometry *g = &n->g;
    const double *kernel = tensor_of(n, PX_KERNEL), *bias = tensor_of(n, PX_BIAS);
    int groups = n->node->op == PX_OP_CONV2D ? n->node->groups : 1;
    int depth = g->in_c / groups, width = g->out_c / groups;
    double *y = n->y + ((size_t)row * g->out_w + column) * g->out_c;
    for (int o = 0; o < g->out_c; o++)
        y[o] = bias ? bias[o] : 0;
    for (int ky = 0; ky < g->kernel_h; ky++) {
        for (int kx = 0; kx < g->kernel_w; kx++) {
            const double *x = window_pixel(n, row, column, ky, kx);
            for (int c = 0; c < depth; c++, kernel += g->out_c) {
                for (int o = 0; x && o < g->out_c; o++)
                    y[o] += x[o / width * depth + c] * kernel[o];
            }
        }
    }
}

static void pool_pixel(const node64 *n, int row, int column) {
    const px_geometry *g = &n->g;
    bool largest = n->node->op == PX_OP_MAX_POOL;
    double *y = n->y + ((size_t)row * g->out_w + column) * g->out_c;
    int inside = 0;
    for (int c = 0; c < g->out_c; c++)
        y[c] = largest ? -INFINITY : 0;
    for (int ky = 0; ky < g->kernel_h; ky++) {
        for (int kx = 0; kx < g->kernel_w; kx++) {
            const double *x = window_pixel(n, row, column, ky, kx);
            inside += x != NULL;
            for (int c = 0; x && c < g->out_c; c++)
                y[c] = largest ? fmax(y[c], x[c]) : y[c] + x[c];
        }
    }
    int divisor = n->node->count_include_pad ? g->kernel_h * g->kernel_w : inside;
    for (int c = 0; !largest && c < g->out_c; c++)
        y[c] /= divisor;
}

/* One image of everything but batch norms, concatenations and sums. */
static void run_image(const node64 *n) {
    const px_geometry *g = &n->g;
    px_op op = n->node->op;
    size_t count = px_shape_count(n->node->shape), pixels = (size_t)g->in_h * g->in_w;
    if (op == PX_OP_CONV2D || op == PX_OP_DENSE || op == PX_OP_MAX_POOL || op == PX_OP_AVG_POOL) {
        for (int i = 0; i < g->out_h * g->out_w; i++) {
            if (op == PX_OP_CONV2D || op == PX_OP_DENSE)
                convolve_pixel(n, i / g->out_w, i % g->out_w);
            else
                pool_pixel(n, i / g->out_w, i % g->out_w);
        }
    } else if (op == PX_OP_GLOBAL_AVG_POOL) {
        for (size_t i = 0; i < pixels * (size_t)g->in_c; i++)
            n->y[i % (size_t)g->in_c] += n->x[i] / (double)pixels;
    } else if (op == PX_OP_PAD) {
        for (int i = 0; i < g->in_h; i++)
            memcpy(n->y + ((size_t)(i + g->top) * g->out_w + g->left) * g->in_c,
                   n->x + (size_t)i * g->in_w * g->in_c, (size_t)g->in_w * g->in_c * sizeof *n->y);
    } else {
        for (size_t i = 0; i < count; i++) {
            double x = n->x[i];
            n->y[i] = op == PX_OP_RELU      ? fmax(x, 0)
                      : op == PX_OP_SIGMOID ? 1 / (1 + exp(-x))
                      : op == PX_OP_SCALE   ? x * (double)n->node->scale
                                            : x;
        }
    }
}

static void normalise(const node64 *n, bool frozen) {
    const double *gamma = tensor_of(n, PX_GAMMA), *beta = tensor_of(n, PX_BETA);
    size_t channels = (size_t)n->node->shape.c;
    size_t pixels = (size_t)n->net->batch * (size_t)n->node->shape.h * (size_t)n->node->shape.w;
    for (size_t c = 0; c < channels; c++) {
        double mean = 0, variance = 0;
        for (size_t p = 0; p < pixels; p++)
            mean += n->x[p * channels + c] / (double)pixels;
        for (size_t p = 0; p < pixels; p++) {
            double d = n->x[p * channels + c] - mean;
            variance += d * d / (double)pixels;
        }
        if (frozen) {
            mean = tensor_of(n, PX_MEAN)[c];
            variance = tensor_of(n, PX_VARIANCE)[c];
        }
        double scale = (gamma ? gamma[c] : 1) / sqrt(variance + (double)n->node->epsilon);
        for (size_t p = 0; p < pixels; p++)
            n->y[p * channels + c] = scale * (n->x[p * channels + c] - mean) + (beta ? beta[c] : 0);
    }
}

static void join(const node64 *n, double *const *values) {
    px_shape s = n->node->shape;
    size_t pixels = (size_t)n->net->batch * (size_t)s.h * (size_t)s.w, channel = 0;
    for (int k = 0; k < n->node->n_inputs; k++) {
        int input = n->node->inputs[k];
        size_t channels = (size_t)n->net->graph->nodes[input].shape.c;
        for (size_t i = 0; i < pixels * channels; i++)
            n->y[i / channels * (size_t)s.c + channel + i % channels] += values[input][i];
        if (n->node->op == PX_OP_CONCAT)
            channel += channels;
    }
}

static void run_node(const train64 *net, int index, double **values) {
    const px_node *node = &net->graph->nodes[index];
    size_t count = px_shape_count(node->shape);
    double *y = values[index] = calloc((size_t)net->batch * count, sizeof *y);
    node64 n = {.net = net, .node = node, .y = y};
    if (node->op == PX_OP_INPUT) {
        memcpy(y, net->input, (size_t)net->batch * count * sizeof *y);
        return;
    }
    px_shape in = net->graph->nodes[node->inputs[0]].shape;
    n.g = px_node_geometry(node, in);
    n.x = values[node->inputs[0]];
    if (node->op == PX_OP_BATCH_NORM) {
        normalise(&n, net->frozen && net->frozen[index]);
    } else if (node->op == PX_OP_CONCAT || node->op == PX_OP_ADD) {
        join(&n, values);
    } else {
        for (int image = 0; image < net->batch; image++) {
            n.x = values[node->inputs[0]] + (size_t)image * px_shape_count(in);
            n.y = y + (size_t)image * count;
            run_image(&n);
        }
    }
}

double *train64_run(const train64 *net, int node) {
    double **values = calloc((size_t)node + 1, sizeof *values);
    for (int i = 0; i <= node; i++)
        run_node(net, i, values);
    double *answer = values[node];
    for (int i = 0; i < node; i++)
        free(values[i]);
    free(values);
    return answer;
}

double train64_loss(const train64 *net, int node, const float *weights) {
    double *value = train64_run(net, node), loss = 0;
    size_t count = (size_t)net->batch * px_shape_count(net->graph->nodes[node].shape);
    for (size_t i = 0; i < count; i++)
        loss += (double)weights[i] * value[i];
    free(value);
    return loss;
}

static double difference(train64 *net, int node, const float *weights, double *at, double step) {
    double before = *at;
    *at = before + step;
    double above = train64_loss(net, node, weights);
    *at = before - step;
    double below = train64_loss(net, node, weights);
    *at = before;
    return (above - below) / (2 * step);
}

bool train64_derivative(train64 *net, int node, const float *weights, int tensor, size_t element,
                        double *derivative) {
    double *at = &net->tensors[tensor][element];
    double near = difference(net, node, weights, at, 1e-6);
    double far = difference(net, node, weights, at, 5e-6);
    *derivative = near;
    return fabs(near - far) <= 1e-5 * (1e-3 + fabs(near));
}
