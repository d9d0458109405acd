/* Keras layers as graph nodes with seeded weights. */
#include "layers.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../base/random.h"

enum { NAME_SIZE = 128 };

const char *px_layers_name(px_layers *layers, const char *format, ...) {
    va_list args;
    va_start(args, format);
    vsnprintf(layers->name, sizeof layers->name, format, args);
    va_end(args);
    return layers->name;
}

/* The given name, or Keras' automatic one. */
static const char *pick_name(px_layers *layers, const char *name, const char *class_name,
                             int *count) {
    return name ? name : px_layers_name(layers, "%s_%d", class_name, ++*count);
}

/* A node with its inputs' first channel count, which px_graph_infer replaces by the real shape. */
static int add_node(px_layers *layers, px_op op, const char *name, const int *inputs,
                    int n_inputs) {
    for (int i = 0; i < n_inputs; i++) {
        if (inputs[i] < 0)
            return -1;
    }
    px_graph *graph = layers->graph;
    int node = px_graph_add_node(graph, op, name, inputs, n_inputs, layers->err);
    if (node >= 0 && n_inputs > 0)
        graph->nodes[node].shape.c = graph->nodes[inputs[0]].shape.c;
    return node;
}

static int channels_of(const px_layers *layers, int node) {
    return node < 0 ? 0 : layers->graph->nodes[node].shape.c;
}

/* FNV-1a: a tensor's random stream depends on its name only, not on what was built before. */
static uint64_t hash_name(const char *name) {
    uint64_t hash = 0xcbf29ce484222325u;
    for (; *name; name++)
        hash = (hash ^ (uint8_t)*name) * 0x100000001b3u;
    return hash;
}

/* Give node a tensor NAME/what: random normal with this deviation, or `value` everywhere. */
static int add_weights(px_layers *layers, int node, int slot, const char *layer, const char *what,
                       const int64_t *dims, int n_dims, double deviation, float value) {
    if (node < 0)
        return -1;
    char name[NAME_SIZE];
    snprintf(name, sizeof name, "%s/%s", layer, what);
    float *data;
    int tensor = px_graph_new_tensor(layers->graph, name, dims, n_dims, &data, layers->err);
    if (tensor < 0)
        return -1;
    layers->graph->nodes[node].tensors[slot] = tensor;
    size_t count = (size_t)px_tensor_count(&layers->graph->tensors[tensor]);
    px_random random;
    px_random_init(&random, layers->seed, hash_name(name));
    if (deviation > 0)
        px_random_fill_normal(&random, deviation, data, count);
    for (size_t i = 0; deviation <= 0 && i < count; i++)
        data[i] = value;
    return node;
}

/* He et al. 2015: keeps the variance of ReLU networks from layer to layer. */
static int add_kernel(px_layers *layers, int node, const char *layer, const char *what,
                      const int64_t *dims, int n_dims) {
    double fan_in = 1;
    for (int i = 0; i < n_dims - 1; i++)
        fan_in *= (double)dims[i];
    return add_weights(layers, node, PX_KERNEL, layer, what, dims, n_dims, sqrt(2.0 / fan_in), 0);
}

static int add_constant(px_layers *layers, int node, int slot, const char *layer, const char *what,
                        int64_t count, float value) {
    return add_weights(layers, node, slot, layer, what, &count, 1, 0, value);
}

int px_layers_input(px_layers *layers, int channels) {
    int node = add_node(layers, PX_OP_INPUT, "input_1", NULL, 0);
    if (node >= 0)
        layers->graph->nodes[node].shape.c = channels;
    return node;
}

static void set_window(px_layers *layers, int node, px_window window) {
    if (node >= 0)
        layers->graph->nodes[node].window = window;
}

int px_layers_conv(px_layers *layers, const char *name, int input, px_conv_spec spec) {
    name = pick_name(layers, name, "conv2d", &layers->convs);
    int node = add_node(layers, PX_OP_CONV2D, name, &input, 1);
    set_window(layers, node,
               (px_window){.kernel_h = spec.kernel_h,
                           .kernel_w = spec.kernel_w,
                           .stride_h = spec.stride,
                           .stride_w = spec.stride,
                           .padding = spec.padding});
    const int64_t dims[4] = {spec.kernel_h, spec.kernel_w, channels_of(layers, input),
                             spec.filters};
    node = add_kernel(layers, node, name, "kernel", dims, 4);
    if (spec.bias)
        node = add_constant(layers, node, PX_BIAS, name, "bias", spec.filters, 0);
    if (node >= 0)
        layers->graph->nodes[node].shape.c = spec.filters;
    return node;
}

int px_layers_separable(px_layers *layers, const char *name, int input, int filters) {
    char depthwise[NAME_SIZE];
    snprintf(depthwise, sizeof depthwise, "%s/depthwise", name);
    int channels = channels_of(layers, input);
    int node = add_node(layers, PX_OP_CONV2D, depthwise, &input, 1);
    set_window(layers, node, (px_window){3, 3, 1, 1, PX_PADDING_SAME, 0, 0, 0, 0});
    if (node >= 0)
        layers->graph->nodes[node].groups = channels;
    const int64_t depth_dims[4] = {3, 3, 1, channels}, point_dims[4] = {1, 1, channels, filters};
    node = add_kernel(layers, node, name, "depthwise_kernel", depth_dims, 4);
    node = add_node(layers, PX_OP_CONV2D, name, &node, 1);
    node = add_kernel(layers, node, name, "pointwise_kernel", point_dims, 4);
    if (node >= 0)
        layers->graph->nodes[node].shape.c = filters;
    return node;
}

int px_layers_norm(px_layers *layers, const char *name, int input, float epsilon, bool gamma) {
    name = pick_name(layers, name, "batch_normalization", &layers->norms);
    int channels = channels_of(layers, input);
    int node = add_node(layers, PX_OP_BATCH_NORM, name, &input, 1);
    if (node >= 0)
        layers->graph->nodes[node].epsilon = epsilon;
    if (gamma)
        node = add_constant(layers, node, PX_GAMMA, name, "gamma", channels, 1);
    node = add_constant(layers, node, PX_BETA, name, "beta", channels, 0);
    node = add_constant(layers, node, PX_MEAN, name, "moving_mean", channels, 0);
    return add_constant(layers, node, PX_VARIANCE, name, "moving_variance", channels, 1);
}

int px_layers_relu(px_layers *layers, const char *name, int input) {
    name = pick_name(layers, name, "activation", &layers->activations);
    return add_node(layers, PX_OP_RELU, name, &input, 1);
}

static int add_pool(px_layers *layers, px_op op, const char *name, int input, int size, int stride,
                    px_padding padding) {
    int node = add_node(layers, op, name, &input, 1);
    set_window(layers, node, (px_window){size, size, stride, stride, padding, 0, 0, 0, 0});
    return node;
}

int px_layers_max_pool(px_layers *layers, const char *name, int input, int size, int stride,
                       px_padding padding) {
    name = pick_name(layers, name, "max_pooling2d", &layers->max_pools);
    return add_pool(layers, PX_OP_MAX_POOL, name, input, size, stride, padding);
}

int px_layers_avg_pool(px_layers *layers, const char *name, int input, int size, int stride,
                       px_padding padding) {
    name = pick_name(layers, name, "average_pooling2d", &layers->avg_pools);
    return add_pool(layers, PX_OP_AVG_POOL, name, input, size, stride, padding);
}

int px_layers_pad(px_layers *layers, int input, int margin) {
    const char *name = pick_name(layers, NULL, "zero_padding2d", &layers->pads);
    int node = add_node(layers, PX_OP_PAD, name, &input, 1);
    set_window(layers, node,
               (px_window){1, 1, 1, 1, PX_PADDING_EXPLICIT, margin, margin, margin, margin});
    return node;
}

int px_layers_concat(px_layers *layers, const char *name, const int *inputs, int n_inputs) {
    int node = add_node(layers, PX_OP_CONCAT, name, inputs, n_inputs);
    for (int i = 1; node >= 0 && i < n_inputs; i++)
        layers->graph->nodes[node].shape.c += channels_of(layers, inputs[i]);
    return node;
}

int px_layers_add(px_layers *layers, const char *name, int a, int b) {
    name = pick_name(layers, name, "add", &layers->adds);
    return add_node(layers, PX_OP_ADD, name, (int[]){a, b}, 2);
}

int px_layers_residual(px_layers *layers, const char *name, int a, int b, float scale) {
    char scaled[NAME_SIZE];
    snprintf(scaled, sizeof scaled, "%s/scale", name);
    int node = add_node(layers, PX_OP_SCALE, scaled, &b, 1);
    if (node >= 0)
        layers->graph->nodes[node].scale = scale;
    return px_layers_add(layers, name, a, node);
}

int px_layers_global_avg_pool(px_layers *layers, const char *name, int input) {
    return add_node(layers, PX_OP_GLOBAL_AVG_POOL, name, &input, 1);
}

int px_layers_dropout(px_layers *layers, const char *name, int input, float rate) {
    int node = add_node(layers, PX_OP_DROPOUT, name, &input, 1);
    if (node >= 0)
        layers->graph->nodes[node].scale = rate;
    return node;
}

int px_layers_dense(px_layers *layers, int input, int units, px_op activation) {
    const char *name = pick_name(layers, NULL, "dense", &layers->denses);
    char active[NAME_SIZE];
    snprintf(active, sizeof active, "%s/%s", name, px_op_name(activation));
    int node = add_node(layers, PX_OP_DENSE, name, &input, 1);
    const int64_t dims[2] = {channels_of(layers, input), units};
    node = add_kernel(layers, node, name, "kernel", dims, 2);
    node = add_constant(layers, node, PX_BIAS, name, "bias", units, 0);
    if (node >= 0)
        layers->graph->nodes[node].shape.c = units;
    return add_node(layers, activation, active, &node, 1);
}
