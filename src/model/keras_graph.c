/* Keras layers as graph nodes, weights in place. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "keras.h"

/* What a layer became: its last node, and whether that is a vector rather than a map. */
typedef struct {
    int node;
    bool vector;
} made_layer;

typedef struct {
    const px_keras_network *network;
    px_hdf5_file *file;
    px_graph *graph;
    made_layer *made;
    int *inputs; /* nodes of the current layer's inputs */
    px_error *err;
} converter;

typedef int (*layer_converter)(converter *c, const px_keras_layer *layer, const char *name);

static int fail_layer(converter *c, const px_keras_layer *layer, const char *what) {
    px_fail(c->err, PX_ERR_UNSUPPORTED, layer->name, "%s", what);
    return -1;
}

/* A node named "<name><suffix>". */
static int add_node(converter *c, px_op op, const char *name, const char *suffix, const int *inputs,
                    int n_inputs) {
    char *full = px_format(c->err, "%s%s", name, suffix);
    int node = full ? px_graph_add_node(c->graph, op, full, inputs, n_inputs, c->err) : -1;
    free(full);
    return node;
}

/* Move a weight out of the file into the graph as "<name>/<weight>". */
static int take_weight(converter *c, const px_keras_layer *layer, const char *name,
                       const char *weight, int n_dims) {
    const char *names[PX_NODE_TENSORS + 1];
    px_keras_weight_names(layer, names);
    int slot = 0;
    while (names[slot] && strcmp(names[slot], weight) != 0)
        slot++;
    if (!names[slot])
        return -1;
    px_hdf5_tensor *from = &c->file->tensors[layer->weights[slot]];
    if (from->n_dims != n_dims) {
        px_fail(c->err, PX_ERR_MISMATCH, layer->name, "its %s has %d dimensions, not %d", weight,
                from->n_dims, n_dims);
        return -1;
    }
    px_tensor tensor = {.dtype = PX_F32, .n_dims = n_dims, .data = from->data, .owned = true};
    memcpy(tensor.dims, from->dims, (size_t)n_dims * sizeof *tensor.dims);
    from->data = NULL;
    tensor.name = px_format(c->err, "%s/%s", name, weight);
    if (!tensor.name) {
        px_tensor_clear(&tensor);
        return -1;
    }
    return px_graph_take_tensor(c->graph, tensor, c->err);
}

/* Attach a weight to a node; one that the config switches off stays -1. */
static bool attach(converter *c, int node, int slot, const px_keras_layer *layer, const char *name,
                   const char *weight, int n_dims) {
    int tensor = take_weight(c, layer, name, weight, n_dims);
    c->graph->nodes[node].tensors[slot] = tensor;
    return tensor >= 0 || !c->err->code;
}

static bool read_window(converter *c, const px_keras_layer *layer, const char *kernel_key,
                        px_window *window) {
    int kernel[2], strides[2], dilation[2];
    const char *padding, *format;
    bool pool = strcmp(kernel_key, "pool_size") == 0;
    if (!px_keras_get_pair(layer, kernel_key, (int[]){pool ? 2 : 0, pool ? 2 : 0}, kernel,
                           c->err) ||
        !px_keras_get_pair(layer, "strides", pool ? kernel : (int[]){1, 1}, strides, c->err) ||
        !px_keras_get_pair(layer, "dilation_rate", (int[]){1, 1}, dilation, c->err) ||
        !px_keras_get_text(layer, "padding", "valid", &padding, c->err) ||
        !px_keras_get_text(layer, "data_format", "channels_last", &format, c->err))
        return false;
    if (dilation[0] != 1 || dilation[1] != 1)
        return px_fail(c->err, PX_ERR_UNSUPPORTED, layer->name, "dilation %d x %d", dilation[0],
                       dilation[1]);
    if (strcmp(format, "channels_last") != 0)
        return px_fail(c->err, PX_ERR_UNSUPPORTED, layer->name,
                       "data_format %s: only channels_last is supported", format);
    bool same = strcmp(padding, "same") == 0;
    if (!same && strcmp(padding, "valid") != 0)
        return px_fail(c->err, PX_ERR_UNSUPPORTED, layer->name,
                       "padding %s: only same and valid are supported", padding);
    *window = (px_window){.kernel_h = kernel[0],
                          .kernel_w = kernel[1],
                          .stride_h = strides[0],
                          .stride_w = strides[1],
                          .padding = same ? PX_PADDING_SAME : PX_PADDING_VALID};
    return true;
}

/* The activation inside a layer, as a node of its own. */
static int add_activation(converter *c, const px_keras_layer *layer, const char *name, int node) {
    const char *activation;
    if (node < 0 || !px_keras_get_text(layer, "activation", "linear", &activation, c->err))
        return -1;
    if (strcmp(activation, "linear") == 0)
        return node;
    if (strcmp(activation, "relu") == 0)
        return add_node(c, PX_OP_RELU, name, "/relu", &node, 1);
    if (strcmp(activation, "sigmoid") == 0)
        return add_node(c, PX_OP_SIGMOID, name, "/sigmoid", &node, 1);
    px_fail(c->err, PX_ERR_UNSUPPORTED, layer->name,
            "activation %s: only linear, relu and sigmoid are supported", activation);
    return -1;
}

/* The kernel's last dimension against the config's number of outputs. */
static bool check_outputs(converter *c, const px_keras_layer *layer, int tensor, const char *key) {
    double want;
    if (!px_keras_get_number(layer, key, 0, &want, c->err))
        return false;
    const px_tensor *kernel = &c->graph->tensors[tensor];
    int64_t has = kernel->dims[kernel->n_dims - 1];
    return (double)has == want ||
           px_fail(c->err, PX_ERR_MISMATCH, layer->name, "%s has %lld outputs, its %s are %.0f",
                   kernel->name, (long long)has, key, want);
}

static int convert_conv(converter *c, const px_keras_layer *layer, const char *name) {
    px_window window;
    double groups;
    if (!read_window(c, layer, "kernel_size", &window) ||
        !px_keras_get_number(layer, "groups", 1, &groups, c->err))
        return -1;
    if (groups < 1 || groups > 1 << 20)
        return fail_layer(c, layer, "its number of groups is out of range");
    int node = add_node(c, PX_OP_CONV2D, name, "", c->inputs, 1);
    if (node < 0)
        return -1;
    c->graph->nodes[node].window = window;
    c->graph->nodes[node].groups = (int)groups;
    if (!attach(c, node, PX_KERNEL, layer, name, "kernel", 4) ||
        !attach(c, node, PX_BIAS, layer, name, "bias", 1) ||
        !check_outputs(c, layer, c->graph->nodes[node].tensors[PX_KERNEL], "filters"))
        return -1;
    return add_activation(c, layer, name, node);
}

/* [kh, kw, channels, multiplier] becomes a grouped convolution's [kh, kw, 1, channels x
 * multiplier]: the same numbers in the same order. */
static int add_depthwise(converter *c, const px_keras_layer *layer, const char *name,
                         const char *suffix) {
    px_window window;
    if (!read_window(c, layer, "kernel_size", &window))
        return -1;
    int node = add_node(c, PX_OP_CONV2D, name, suffix, c->inputs, 1);
    if (node < 0 || !attach(c, node, PX_KERNEL, layer, name, "depthwise_kernel", 4))
        return -1;
    px_tensor *kernel = &c->graph->tensors[c->graph->nodes[node].tensors[PX_KERNEL]];
    int64_t channels = kernel->dims[2];
    if (channels > INT32_MAX)
        return fail_layer(c, layer, "its number of channels is out of range");
    kernel->dims[2] = 1;
    kernel->dims[3] *= channels;
    c->graph->nodes[node].window = window;
    c->graph->nodes[node].groups = (int)channels;
    return node;
}

static int convert_depthwise(converter *c, const px_keras_layer *layer, const char *name) {
    int node = add_depthwise(c, layer, name, "");
    if (node < 0 || !attach(c, node, PX_BIAS, layer, name, "bias", 1))
        return -1;
    return add_activation(c, layer, name, node);
}

static int convert_separable(converter *c, const px_keras_layer *layer, const char *name) {
    int depthwise = add_depthwise(c, layer, name, "/depthwise");
    int node = depthwise < 0 ? -1 : add_node(c, PX_OP_CONV2D, name, "", &depthwise, 1);
    if (node < 0 || !attach(c, node, PX_KERNEL, layer, name, "pointwise_kernel", 4) ||
        !attach(c, node, PX_BIAS, layer, name, "bias", 1) ||
        !check_outputs(c, layer, c->graph->nodes[node].tensors[PX_KERNEL], "filters"))
        return -1;
    return add_activation(c, layer, name, node);
}

static int convert_dense(converter *c, const px_keras_layer *layer, const char *name) {
    int node = add_node(c, PX_OP_DENSE, name, "", c->inputs, 1);
    if (node < 0 || !attach(c, node, PX_KERNEL, layer, name, "kernel", 2) ||
        !attach(c, node, PX_BIAS, layer, name, "bias", 1) ||
        !check_outputs(c, layer, c->graph->nodes[node].tensors[PX_KERNEL], "units"))
        return -1;
    return add_activation(c, layer, name, node);
}

/* The channel axis: -1, 3 for a map, 1 for a vector; tf.keras writes it in a list. */
static bool check_axis(converter *c, const px_keras_layer *layer) {
    const json_t *axis = json_object_get(layer->config, "axis");
    if (json_is_array(axis) && json_array_size(axis) == 1)
        axis = json_array_get(axis, 0);
    json_int_t last = c->made[layer->inputs[0]].vector ? 1 : 3;
    if (!axis || (json_is_integer(axis) &&
                  (json_integer_value(axis) == -1 || json_integer_value(axis) == last)))
        return true;
    return px_fail(c->err, PX_ERR_UNSUPPORTED, layer->name, "its axis is not the channels");
}

static int convert_batch_norm(converter *c, const px_keras_layer *layer, const char *name) {
    double epsilon;
    if (!check_axis(c, layer) || !px_keras_get_number(layer, "epsilon", 1e-3, &epsilon, c->err))
        return -1;
    int node = add_node(c, PX_OP_BATCH_NORM, name, "", c->inputs, 1);
    if (node < 0)
        return -1;
    c->graph->nodes[node].epsilon = (float)epsilon;
    bool ok = attach(c, node, PX_GAMMA, layer, name, "gamma", 1) &&
              attach(c, node, PX_BETA, layer, name, "beta", 1) &&
              attach(c, node, PX_MEAN, layer, name, "moving_mean", 1) &&
              attach(c, node, PX_VARIANCE, layer, name, "moving_variance", 1);
    return ok ? node : -1;
}

static int convert_activation(converter *c, const px_keras_layer *layer, const char *name) {
    const char *activation;
    if (!px_keras_get_text(layer, "activation", "linear", &activation, c->err))
        return -1;
    bool relu = strcmp(activation, "relu") == 0;
    if (relu || strcmp(activation, "sigmoid") == 0)
        return add_node(c, relu ? PX_OP_RELU : PX_OP_SIGMOID, name, "", c->inputs, 1);
    return add_activation(c, layer, name, c->inputs[0]);
}

static int convert_relu(converter *c, const px_keras_layer *layer, const char *name) {
    double slope, threshold;
    if (!px_keras_get_number(layer, "negative_slope", 0, &slope, c->err) ||
        !px_keras_get_number(layer, "threshold", 0, &threshold, c->err))
        return -1;
    const json_t *most = json_object_get(layer->config, "max_value");
    if (slope != 0 || threshold != 0 || (most && !json_is_null(most)))
        return fail_layer(c, layer, "only a plain ReLU is supported");
    return add_node(c, PX_OP_RELU, name, "", c->inputs, 1);
}

static int convert_pool(converter *c, const px_keras_layer *layer, const char *name) {
    px_window window;
    px_op op = strcmp(layer->kind, "MaxPooling2D") == 0 ? PX_OP_MAX_POOL : PX_OP_AVG_POOL;
    if (!read_window(c, layer, "pool_size", &window))
        return -1;
    int node = add_node(c, op, name, "", c->inputs, 1);
    if (node >= 0)
        c->graph->nodes[node].window = window;
    return node;
}

static int convert_global_pool(converter *c, const px_keras_layer *layer, const char *name) {
    const char *format;
    if (!px_keras_get_text(layer, "data_format", "channels_last", &format, c->err))
        return -1;
    if (strcmp(format, "channels_last") != 0)
        return fail_layer(c, layer, "its data_format is not channels_last");
    if (px_keras_get_flag(layer, "keepdims", false))
        return fail_layer(c, layer, "keepdims is not supported");
    return add_node(c, PX_OP_GLOBAL_AVG_POOL, name, "", c->inputs, 1);
}

static int convert_concat(converter *c, const px_keras_layer *layer, const char *name) {
    if (!check_axis(c, layer))
        return -1;
    return add_node(c, PX_OP_CONCAT, name, "", c->inputs, layer->n_inputs);
}

static int convert_add(converter *c, const px_keras_layer *layer, const char *name) {
    return add_node(c, PX_OP_ADD, name, "", c->inputs, layer->n_inputs);
}

/* Inception-ResNet-v2's residual: inputs[0] + scale * inputs[1]. The function stored in the file
 * is Python bytecode, which is neither run nor looked at. */
static int convert_lambda(converter *c, const px_keras_layer *layer, const char *name) {
    const json_t *arguments = json_object_get(layer->config, "arguments");
    const json_t *scale = json_object_get(arguments, "scale");
    if (layer->n_inputs != 2 || json_object_size(arguments) != 1 || !json_is_number(scale))
        return fail_layer(c, layer,
                          "a Lambda layer is only supported as Inception-ResNet-v2 uses it: two "
                          "inputs and the argument scale");
    int scaled = add_node(c, PX_OP_SCALE, name, "/scale", &c->inputs[1], 1);
    if (scaled < 0)
        return -1;
    c->graph->nodes[scaled].scale = (float)json_number_value(scale);
    return add_node(c, PX_OP_ADD, name, "", (int[]){c->inputs[0], scaled}, 2);
}

/* [[top, bottom], [left, right]], or [height, width], or one number for all four sides. */
static int convert_zero_padding(converter *c, const px_keras_layer *layer, const char *name) {
    const json_t *padding = json_object_get(layer->config, "padding");
    const int none[2] = {0, 0}, one[2] = {1, 1};
    int vertical[2], horizontal[2], both[2];
    if (json_is_array(json_array_get(padding, 0))) {
        if (!px_keras_read_pair(layer, "top and bottom padding", json_array_get(padding, 0), none,
                                vertical, c->err) ||
            !px_keras_read_pair(layer, "left and right padding", json_array_get(padding, 1), none,
                                horizontal, c->err))
            return -1;
    } else {
        if (!px_keras_read_pair(layer, "padding", padding, one, both, c->err))
            return -1;
        vertical[0] = vertical[1] = both[0];
        horizontal[0] = horizontal[1] = both[1];
    }
    int node = add_node(c, PX_OP_PAD, name, "", c->inputs, 1);
    if (node >= 0) {
        px_window *w = &c->graph->nodes[node].window;
        w->padding = PX_PADDING_EXPLICIT;
        w->top = vertical[0], w->bottom = vertical[1];
        w->left = horizontal[0], w->right = horizontal[1];
    }
    return node;
}

static int convert_dropout(converter *c, const px_keras_layer *layer, const char *name) {
    double rate;
    if (!px_keras_get_number(layer, "rate", 0, &rate, c->err))
        return -1;
    int node = add_node(c, PX_OP_DROPOUT, name, "", c->inputs, 1);
    if (node >= 0)
        c->graph->nodes[node].scale = (float)rate;
    return node;
}

static int convert_flatten(converter *c, const px_keras_layer *layer, const char *name) {
    (void)layer;
    return add_node(c, PX_OP_FLATTEN, name, "", c->inputs, 1);
}

static int convert_input(converter *c, const px_keras_layer *layer, const char *name) {
    (void)layer;
    int node = add_node(c, PX_OP_INPUT, name, "", NULL, 0);
    if (node >= 0)
        c->graph->nodes[node].shape = c->network->input;
    return node;
}

typedef enum { KEEPS, MAP, VECTOR } result_kind;

static const struct {
    const char *kind;
    layer_converter convert;
    result_kind result;
    bool many_inputs;
} converters[] = {
    {"InputLayer", convert_input, MAP, false},
    {"Conv2D", convert_conv, MAP, false},
    {"DepthwiseConv2D", convert_depthwise, MAP, false},
    {"SeparableConv2D", convert_separable, MAP, false},
    {"Dense", convert_dense, VECTOR, false},
    {"BatchNormalization", convert_batch_norm, KEEPS, false},
    {"Activation", convert_activation, KEEPS, false},
    {"ReLU", convert_relu, KEEPS, false},
    {"MaxPooling2D", convert_pool, MAP, false},
    {"AveragePooling2D", convert_pool, MAP, false},
    {"GlobalAveragePooling2D", convert_global_pool, VECTOR, false},
    {"Concatenate", convert_concat, KEEPS, true},
    {"Add", convert_add, KEEPS, true},
    {"Lambda", convert_lambda, KEEPS, true},
    {"ZeroPadding2D", convert_zero_padding, MAP, false},
    {"Dropout", convert_dropout, KEEPS, false},
    {"Flatten", convert_flatten, VECTOR, false},
};

static int find_converter(const char *kind) {
    for (size_t i = 0; i < sizeof converters / sizeof *converters; i++) {
        if (strcmp(converters[i].kind, kind) == 0)
            return (int)i;
    }
    return -1;
}

bool px_keras_check_kinds(const px_keras_network *network, px_error *err) {
    for (int i = 0; i < network->n_layers; i++) {
        const px_keras_layer *layer = &network->layers[i];
        if (find_converter(layer->kind) < 0)
            return px_fail(err, PX_ERR_UNSUPPORTED, layer->name, "%s layers are not supported",
                           layer->kind);
    }
    return true;
}

static bool convert_with(converter *c, int entry, int index, const char *name) {
    const px_keras_layer *layer = &c->network->layers[index];
    if (layer->n_inputs > 1 && !converters[entry].many_inputs)
        return px_fail(c->err, PX_ERR_INPUT, layer->name, "a %s layer with %d inputs", layer->kind,
                       layer->n_inputs);
    for (int i = 0; i < layer->n_inputs; i++)
        c->inputs[i] = c->made[layer->inputs[i]].node;
    int node = converters[entry].convert(c, layer, name);
    result_kind result = converters[entry].result;
    bool vector = result == VECTOR || (result == KEEPS && c->made[layer->inputs[0]].vector);
    c->made[index] = (made_layer){node, vector};
    return node >= 0;
}

/* A layer's name, with its outer model's in front where two models use the same one. */
static bool convert_layer(converter *c, int index) {
    const px_keras_layer *layer = &c->network->layers[index];
    bool taken = px_graph_find_node(c->graph, layer->name) >= 0;
    char *name = taken ? px_format(c->err, "%s/%s", layer->scope, layer->name)
                       : px_strdup(layer->name, c->err);
    bool ok = name && convert_with(c, find_converter(layer->kind), index, name);
    free(name);
    return ok;
}

bool px_keras_to_graph(const px_keras_network *network, px_hdf5_file *file, px_graph *graph,
                       px_error *err) {
    px_error own = {0};
    px_graph built;
    px_graph_init(&built);
    converter c = {.network = network, .file = file, .graph = &built, .err = &own};
    c.made = px_alloc((size_t)network->n_layers, sizeof *c.made, &own);
    c.inputs = px_alloc((size_t)network->n_layers, sizeof *c.inputs, &own);
    bool ok = c.made && c.inputs && px_keras_check_kinds(network, &own);
    for (int i = 0; ok && i < network->n_layers; i++)
        ok = convert_layer(&c, i);
    if (ok) {
        built.output = c.made[network->output].node;
        *graph = built;
    } else {
        px_fail(err, own.code, own.subject, "%s", own.message);
        px_graph_clear(&built);
    }
    free(c.made);
    free(c.inputs);
    return ok;
}
