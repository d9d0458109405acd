/* ONNX operators: the table of what is understood, and those that are one node each. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "onnx.h"

bool px_onnx_fail(px_onnx_import *c, px_error_code code, const char *format, ...) {
    char text[400];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return px_fail(c->err, code, c->name, "%.80s: %s", c->node->op_type ? c->node->op_type : "?",
                   text);
}

const px_onnx_value *px_onnx_input(const px_onnx_import *c, size_t k) {
    if (k >= c->node->n_input)
        return NULL;
    const json_t *index = json_object_get(c->names, c->node->input[k]);
    return index ? &c->values[json_integer_value(index)] : NULL;
}

const px_onnx_value *px_onnx_activation(px_onnx_import *c, size_t k, int rank, bool flat) {
    const px_onnx_value *value = px_onnx_input(c, k);
    if (!value || value->constant)
        px_onnx_fail(c, PX_ERR_UNSUPPORTED, "input %zu must come from another node", k);
    else if (value->channels_last)
        px_onnx_fail(c, PX_ERR_UNSUPPORTED, "input %zu is [N, H, W, C], not [N, C, H, W]", k);
    else if (rank && value->rank != rank)
        px_onnx_fail(c, PX_ERR_MISMATCH, "input %zu has %d dimensions, not %d", k, value->rank,
                     rank);
    else if (value->flat.h && !flat)
        px_onnx_fail(c, PX_ERR_UNSUPPORTED, "a flattened map may only go into Gemm or MatMul");
    else
        return value;
    return NULL;
}

const Onnx__TensorProto *px_onnx_constant(px_onnx_import *c, size_t k) {
    const px_onnx_value *value = px_onnx_input(c, k);
    if (value && value->constant)
        return value->constant;
    px_onnx_fail(c, PX_ERR_UNSUPPORTED, "input %zu must be a constant", k);
    return NULL;
}

int px_onnx_add_node(px_onnx_import *c, px_op op, const int *inputs, int n_inputs) {
    return px_graph_add_node(c->graph, op, c->name, inputs, n_inputs, c->err);
}

bool px_onnx_shape(px_onnx_import *c, int node, px_shape *shape) {
    int output = c->graph->output;
    c->graph->output = node;
    bool ok = px_graph_infer(c->graph, c->err);
    c->graph->output = output;
    if (ok)
        *shape = c->graph->nodes[node].shape;
    return ok;
}

bool px_onnx_attach(px_onnx_import *c, int node, int slot, const char *what, const int64_t *dims,
                    int n_dims, float *data) {
    px_tensor tensor = {.dtype = PX_F32, .n_dims = n_dims, .data = data, .owned = true};
    memcpy(tensor.dims, dims, (size_t)n_dims * sizeof *dims);
    tensor.name = px_format(c->err, "%s/%s", c->graph->nodes[node].name, what);
    if (!tensor.name) {
        px_tensor_clear(&tensor);
        return false;
    }
    c->graph->nodes[node].tensors[slot] = px_graph_take_tensor(c->graph, tensor, c->err);
    return c->graph->nodes[node].tensors[slot] >= 0;
}

bool px_onnx_attach_vector(px_onnx_import *c, int node, int slot, const char *what,
                           const Onnx__TensorProto *tensor, int64_t count) {
    int64_t has;
    float *data = px_onnx_read_floats(c, tensor, &has);
    if (!data)
        return false;
    bool row = tensor->n_dims < 2 || (tensor->n_dims == 2 && tensor->dims[0] == 1);
    if (has != count || !row) {
        free(data);
        return px_onnx_fail(c, PX_ERR_MISMATCH, "its %s %s has %lld numbers%s, not %lld", what,
                            tensor->name ? tensor->name : "", (long long)has,
                            row ? "" : " in several rows", (long long)count);
    }
    return px_onnx_attach(c, node, slot, what, &count, 1, data);
}

/* One node with the first input's layout. */
static bool convert_elementwise(px_onnx_import *c, px_op op, px_onnx_value *out) {
    const px_onnx_value *in = px_onnx_activation(c, 0, 0, true);
    if (!in)
        return false;
    *out = *in;
    out->node = px_onnx_add_node(c, op, &in->node, 1);
    return out->node >= 0;
}

static bool convert_relu(px_onnx_import *c, px_onnx_value *out) {
    return convert_elementwise(c, PX_OP_RELU, out);
}

static bool convert_sigmoid(px_onnx_import *c, px_onnx_value *out) {
    return convert_elementwise(c, PX_OP_SIGMOID, out);
}

/* Identity in use: the rate is kept for people, the mask and training mode are not supported. */
static bool convert_dropout(px_onnx_import *c, px_onnx_value *out) {
    float rate = px_onnx_attr_float(c, "ratio", 0.5f);
    const px_onnx_value *ratio = px_onnx_input(c, 1);
    if (ratio) {
        const Onnx__TensorProto *constant = px_onnx_constant(c, 1);
        int64_t count = 0;
        float *value = constant ? px_onnx_read_floats(c, constant, &count) : NULL;
        rate = value && count == 1 ? value[0] : rate;
        free(value);
    }
    int64_t training = 0;
    size_t count = 0;
    if (px_onnx_input(c, 2)) {
        const Onnx__TensorProto *constant = px_onnx_constant(c, 2);
        if (!constant || !px_onnx_read_ints(c, constant, &training, 1, &count))
            return false;
    }
    if (training)
        return px_onnx_fail(c, PX_ERR_UNSUPPORTED, "training_mode is on");
    if (c->err->code || !convert_elementwise(c, PX_OP_DROPOUT, out))
        return false;
    c->graph->nodes[out->node].scale = rate;
    return true;
}

static bool convert_identity(px_onnx_import *c, px_onnx_value *out) {
    const px_onnx_value *in = px_onnx_input(c, 0);
    if (in)
        *out = *in;
    return in != NULL;
}

static bool convert_constant(px_onnx_import *c, px_onnx_value *out) {
    if (c->node->n_attribute != 1 || !c->node->attribute[0]->t)
        return px_onnx_fail(c, PX_ERR_UNSUPPORTED, "only the attribute value is supported");
    *out = (px_onnx_value){.constant = c->node->attribute[0]->t};
    return true;
}

/* A gamma of ones is how networks without one are written: left out again. */
static void drop_unit_gamma(px_graph *graph, int node) {
    int index = graph->nodes[node].tensors[PX_GAMMA];
    px_tensor *gamma = &graph->tensors[index];
    const float *values = gamma->data;
    for (int64_t i = 0; i < gamma->dims[0]; i++) {
        if (values[i] != 1.0f)
            return;
    }
    px_tensor_clear(gamma);
    graph->n_tensors--; /* it was the last one */
    graph->nodes[node].tensors[PX_GAMMA] = -1;
}

static bool convert_batch_norm(px_onnx_import *c, px_onnx_value *out) {
    static const char *const what[] = {"gamma", "beta", "moving_mean", "moving_variance"};
    const px_onnx_value *in = px_onnx_activation(c, 0, 0, false);
    if (!in)
        return false;
    if (px_onnx_attr_int(c, "training_mode", 0) != 0 || px_onnx_attr_int(c, "spatial", 1) != 1)
        return px_onnx_fail(c, PX_ERR_UNSUPPORTED, "only inference over channels is supported");
    *out = *in;
    out->node = px_onnx_add_node(c, PX_OP_BATCH_NORM, &in->node, 1);
    if (out->node < 0)
        return false;
    c->graph->nodes[out->node].epsilon = px_onnx_attr_float(c, "epsilon", 1e-5f);
    for (int i = 0; i < 4; i++) {
        const Onnx__TensorProto *tensor = px_onnx_constant(c, (size_t)i + 1);
        if (!tensor ||
            !px_onnx_attach_vector(c, out->node, i, what[i], tensor, px_onnx_count(tensor)))
            return false;
        if (i == PX_GAMMA)
            drop_unit_gamma(c->graph, out->node);
    }
    return true;
}

static bool convert_global_pool(px_onnx_import *c, px_onnx_value *out) {
    const px_onnx_value *in = px_onnx_activation(c, 0, 4, false);
    if (!in)
        return false;
    *out = *in;
    out->node = px_onnx_add_node(c, PX_OP_GLOBAL_AVG_POOL, &in->node, 1);
    return out->node >= 0;
}

/* Join all inputs, which must be of one rank. */
static bool convert_join(px_onnx_import *c, px_op op, px_onnx_value *out) {
    size_t n = c->node->n_input;
    int *nodes = px_alloc(n, sizeof *nodes, c->err);
    bool ok = nodes != NULL;
    int rank = 0;
    for (size_t i = 0; ok && i < n; i++) {
        const px_onnx_value *in = px_onnx_activation(c, i, rank, false);
        ok = in != NULL;
        rank = ok ? in->rank : 0;
        nodes[i] = ok ? in->node : -1;
    }
    *out = (px_onnx_value){.rank = rank};
    out->node = ok ? px_onnx_add_node(c, op, nodes, (int)n) : -1;
    free(nodes);
    return out->node >= 0;
}

static bool convert_concat(px_onnx_import *c, px_onnx_value *out) {
    const px_onnx_value *in = px_onnx_activation(c, 0, 0, false);
    int64_t axis = px_onnx_attr_int(c, "axis", 0);
    if (!in)
        return false;
    if (axis != 1 && axis != 1 - in->rank)
        return px_onnx_fail(c, PX_ERR_UNSUPPORTED, "axis %lld: only channels can be joined",
                            (long long)axis);
    return convert_join(c, PX_OP_CONCAT, out);
}

static bool convert_add(px_onnx_import *c, px_onnx_value *out) {
    const px_onnx_value *a = px_onnx_input(c, 0), *b = px_onnx_input(c, 1);
    if (a && b && !a->constant && b->constant)
        return px_onnx_add_bias(c, a, b->constant, out);
    if (a && b && a->constant && !b->constant)
        return px_onnx_add_bias(c, b, a->constant, out);
    return convert_join(c, PX_OP_ADD, out);
}

static bool convert_sum(px_onnx_import *c, px_onnx_value *out) {
    return convert_join(c, PX_OP_ADD, out);
}

static bool convert_mul(px_onnx_import *c, px_onnx_value *out) {
    const px_onnx_value *first = px_onnx_input(c, 0);
    size_t constant_at = first && first->constant ? 0 : 1;
    const px_onnx_value *in = px_onnx_activation(c, 1 - constant_at, 0, false);
    const Onnx__TensorProto *constant = in ? px_onnx_constant(c, constant_at) : NULL;
    int64_t count;
    float *factor = constant ? px_onnx_read_floats(c, constant, &count) : NULL;
    if (!factor)
        return false;
    float scale = count == 1 ? factor[0] : 0;
    free(factor);
    if (count != 1)
        return px_onnx_fail(c, PX_ERR_UNSUPPORTED, "only one number can be multiplied with");
    *out = *in;
    out->node = px_onnx_add_node(c, PX_OP_SCALE, &in->node, 1);
    if (out->node < 0)
        return false;
    c->graph->nodes[out->node].scale = scale;
    return true;
}

static const struct {
    const char *type;
    px_onnx_operator convert;
    size_t least_inputs, most_inputs;
    const char *attributes; /* those it may have, each after a space */
} operators[] = {
    {"Conv", px_onnx_conv, 2, 3, " auto_pad dilations group kernel_shape pads strides"},
    {"MaxPool", px_onnx_pool, 1, 1,
     " auto_pad ceil_mode dilations kernel_shape pads storage_order strides"},
    {"AveragePool", px_onnx_pool, 1, 1,
     " auto_pad ceil_mode count_include_pad dilations kernel_shape pads strides"},
    {"GlobalAveragePool", convert_global_pool, 1, 1, ""},
    {"ReduceMean", px_onnx_reduce_mean, 1, 2, " axes keepdims noop_with_empty_axes"},
    {"BatchNormalization", convert_batch_norm, 5, 5, " epsilon momentum spatial training_mode"},
    {"Relu", convert_relu, 1, 1, ""},
    {"Sigmoid", convert_sigmoid, 1, 1, ""},
    {"Concat", convert_concat, 1, SIZE_MAX, " axis"},
    {"Add", convert_add, 2, 2, ""},
    {"Sum", convert_sum, 1, SIZE_MAX, ""},
    {"Mul", convert_mul, 2, 2, ""},
    {"Pad", px_onnx_pad, 1, 4, " mode pads value"},
    {"Dropout", convert_dropout, 1, 3, " ratio seed"},
    {"Identity", convert_identity, 1, 1, ""},
    {"Constant", convert_constant, 0, 0, " value"},
    {"Flatten", px_onnx_flatten, 1, 1, " axis"},
    {"Reshape", px_onnx_reshape, 2, 2, " allowzero"},
    {"Squeeze", px_onnx_squeeze, 1, 2, " axes"},
    {"Unsqueeze", px_onnx_unsqueeze, 1, 2, " axes"},
    {"Transpose", px_onnx_transpose, 1, 1, " perm"},
    {"Gemm", px_onnx_gemm, 2, 3, " alpha beta transA transB"},
    {"MatMul", px_onnx_mat_mul, 2, 2, ""},
};

/* Is `word` one of the space-separated words? */
static bool lists(const char *words, const char *word) {
    size_t length = strlen(word);
    for (const char *at = words; *at == ' ';) {
        size_t size = strcspn(++at, " ");
        if (size == length && memcmp(at, word, size) == 0)
            return true;
        at += size;
    }
    return false;
}

static bool check_node(px_onnx_import *c, size_t entry) {
    const Onnx__NodeProto *node = c->node;
    if (node->n_input < operators[entry].least_inputs ||
        node->n_input > operators[entry].most_inputs || node->n_output < 1)
        return px_onnx_fail(c, PX_ERR_INPUT, "%zu inputs and %zu outputs", node->n_input,
                            node->n_output);
    for (size_t i = 0; i < node->n_input; i++) {
        if (node->input[i][0] ? !px_onnx_input(c, i) : i < operators[entry].least_inputs)
            return px_onnx_fail(c, PX_ERR_INPUT,
                                "its input \"%.100s\" is neither a constant nor made by an "
                                "earlier node",
                                node->input[i]);
    }
    for (size_t i = 0; i < node->n_attribute; i++) {
        const char *name = node->attribute[i]->name ? node->attribute[i]->name : "";
        if (!lists(operators[entry].attributes, name))
            return px_onnx_fail(c, PX_ERR_UNSUPPORTED, "attribute \"%.100s\"", name);
    }
    return true;
}

bool px_onnx_convert_node(px_onnx_import *c, px_onnx_value *out) {
    const char *type = c->node->op_type ? c->node->op_type : "";
    const char *domain = c->node->domain ? c->node->domain : "";
    bool standard = !domain[0] || strcmp(domain, "ai.onnx") == 0;
    for (size_t i = 0; standard && i < sizeof operators / sizeof *operators; i++) {
        if (strcmp(operators[i].type, type) == 0)
            return check_node(c, i) && operators[i].convert(c, out);
    }
    return px_onnx_fail(c, PX_ERR_UNSUPPORTED, "this operator is not supported");
}
