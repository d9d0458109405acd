/* Building a graph: nodes, tensors, lookups, counts. */
#include "graph.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"

static const char *const op_names[PX_OPS] = {
    [PX_OP_INPUT] = "input",
    [PX_OP_CONV2D] = "conv2d",
    [PX_OP_DENSE] = "dense",
    [PX_OP_BATCH_NORM] = "batch_norm",
    [PX_OP_RELU] = "relu",
    [PX_OP_SIGMOID] = "sigmoid",
    [PX_OP_MAX_POOL] = "max_pool",
    [PX_OP_AVG_POOL] = "avg_pool",
    [PX_OP_GLOBAL_AVG_POOL] = "global_avg_pool",
    [PX_OP_CONCAT] = "concat",
    [PX_OP_ADD] = "add",
    [PX_OP_SCALE] = "scale",
    [PX_OP_PAD] = "pad",
    [PX_OP_DROPOUT] = "dropout",
    [PX_OP_FLATTEN] = "flatten",
};

const char *px_op_name(px_op op) {
    return op >= 0 && op < PX_OPS ? op_names[op] : "?";
}

bool px_op_from_name(const char *name, px_op *op) {
    for (int i = 0; i < PX_OPS; i++) {
        if (strcmp(op_names[i], name) == 0) {
            *op = (px_op)i;
            return true;
        }
    }
    return false;
}

void px_graph_init(px_graph *graph) {
    *graph = (px_graph){.output = -1};
}

void px_graph_clear(px_graph *graph) {
    for (int i = 0; i < graph->n_nodes; i++) {
        free(graph->nodes[i].name);
        free(graph->nodes[i].inputs);
    }
    for (int i = 0; i < graph->n_tensors; i++)
        px_tensor_clear(&graph->tensors[i]);
    free(graph->nodes);
    free(graph->tensors);
    px_graph_init(graph);
}

/* Room for one more item: arrays grow when their count is a power of two. */
static bool grow(void **items, int count, size_t size, px_error *err) {
    if (count & (count - 1))
        return true;
    return px_realloc(items, count ? (size_t)count * 2 : 1, size, err);
}

static bool check_new_node(const px_graph *graph, px_op op, const char *name, const int *inputs,
                           int n_inputs, px_error *err) {
    if (px_graph_find_node(graph, name) >= 0)
        return px_fail(err, PX_ERR_INPUT, name, "two layers have this name");
    if ((op == PX_OP_INPUT) != (graph->n_nodes == 0))
        return px_fail(err, PX_ERR_INPUT, name, "a network has one input, and it comes first");
    bool many = op == PX_OP_CONCAT || op == PX_OP_ADD;
    if (op == PX_OP_INPUT ? n_inputs != 0 : many ? n_inputs < 1 : n_inputs != 1)
        return px_fail(err, PX_ERR_INPUT, name, "a %s layer cannot have %d inputs", px_op_name(op),
                       n_inputs);
    for (int i = 0; i < n_inputs; i++) {
        if (inputs[i] < 0 || inputs[i] >= graph->n_nodes)
            return px_fail(err, PX_ERR_INPUT, name, "an input is not an earlier layer");
    }
    return true;
}

int px_graph_add_node(px_graph *graph, px_op op, const char *name, const int *inputs, int n_inputs,
                      px_error *err) {
    if (!check_new_node(graph, op, name, inputs, n_inputs, err))
        return -1;
    void *nodes = graph->nodes;
    if (!grow(&nodes, graph->n_nodes, sizeof *graph->nodes, err))
        return -1;
    graph->nodes = nodes;
    px_node node = {.op = op,
                    .n_inputs = n_inputs,
                    .window = {.kernel_h = 1, .kernel_w = 1, .stride_h = 1, .stride_w = 1},
                    .groups = 1,
                    .scale = 1.0f,
                    .tensors = {-1, -1, -1, -1}};
    node.name = px_strdup(name, err);
    node.inputs = px_alloc((size_t)n_inputs, sizeof *inputs, err);
    if (!node.name || !node.inputs) {
        free(node.name);
        free(node.inputs);
        return -1;
    }
    if (n_inputs)
        memcpy(node.inputs, inputs, (size_t)n_inputs * sizeof *inputs);
    graph->nodes[graph->n_nodes] = node;
    return graph->n_nodes++;
}

int px_graph_take_tensor(px_graph *graph, px_tensor tensor, px_error *err) {
    void *tensors = graph->tensors;
    if (!grow(&tensors, graph->n_tensors, sizeof *graph->tensors, err)) {
        px_tensor_clear(&tensor);
        return -1;
    }
    graph->tensors = tensors;
    graph->tensors[graph->n_tensors] = tensor;
    return graph->n_tensors++;
}

int px_graph_new_tensor(px_graph *graph, const char *name, const int64_t *dims, int n_dims,
                        float **data, px_error *err) {
    px_tensor tensor = {.dtype = PX_F32, .n_dims = n_dims, .owned = true};
    for (int i = 0; i < n_dims; i++)
        tensor.dims[i] = dims[i];
    int64_t count = px_tensor_count(&tensor);
    if (count < 0 || (uint64_t)count > SIZE_MAX / sizeof(float)) {
        px_fail(err, PX_ERR_LIMIT, name, "a tensor this large cannot be stored");
        return -1;
    }
    float *values = px_alloc_aligned((size_t)count * sizeof(float), err);
    tensor.name = px_strdup(name, err);
    tensor.data = values;
    if (!values || !tensor.name) {
        px_tensor_clear(&tensor);
        return -1;
    }
    int index = px_graph_take_tensor(graph, tensor, err);
    if (index >= 0)
        *data = values;
    return index;
}

int px_graph_find_node(const px_graph *graph, const char *name) {
    for (int i = graph->n_nodes - 1; i >= 0; i--) { /* importers mostly look for recent ones */
        if (strcmp(graph->nodes[i].name, name) == 0)
            return i;
    }
    return -1;
}

int px_graph_find_tensor(const px_graph *graph, const char *name) {
    for (int i = 0; i < graph->n_tensors; i++) {
        if (strcmp(graph->tensors[i].name, name) == 0)
            return i;
    }
    return -1;
}

/* Infinity and NaN are the numbers whose exponent bits are all ones. The loops have no early exit,
 * so that compilers vectorise them: half a gigabyte of weights is checked at every start. */
static bool floats_are_finite(const float *values, int64_t count) {
    uint32_t bad = 0;
    for (int64_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, &values[i], sizeof bits);
        bad |= (bits & 0x7f800000u) == 0x7f800000u;
    }
    return !bad;
}

static bool halves_are_finite(const uint16_t *values, int64_t count) {
    uint16_t bad = 0;
    for (int64_t i = 0; i < count; i++)
        bad |= (values[i] & 0x7c00u) == 0x7c00u;
    return !bad;
}

static bool scales_are_finite(const float *scales, int64_t count) {
    bool finite = true;
    for (int64_t i = 0; i < count; i++)
        finite &= isfinite(scales[i] * (float)INT8_MIN) != 0;
    return finite;
}

static bool tensor_is_finite(const px_tensor *tensor) {
    int64_t count = px_tensor_count(tensor);
    switch (tensor->dtype) {
    case PX_F32:
        return floats_are_finite(tensor->data, count);
    case PX_F16:
        return halves_are_finite(tensor->data, count);
    default:
        return scales_are_finite(tensor->scales, tensor->dims[tensor->n_dims - 1]);
    }
}

static bool check_variance(const px_tensor *tensor, px_error *err) {
    int64_t count = px_tensor_count(tensor);
    float *values = px_alloc((size_t)count, sizeof *values, err);
    if (!values)
        return false;
    px_tensor_to_f32(tensor, values);
    bool ok = true;
    for (int64_t i = 0; i < count; i++)
        ok &= values[i] >= 0;
    free(values);
    return ok || px_fail(err, PX_ERR_INPUT, tensor->name, "a variance is negative");
}

bool px_graph_check_weights(const px_graph *graph, px_error *err) {
    for (int i = 0; i < graph->n_tensors; i++) {
        if (!tensor_is_finite(&graph->tensors[i]))
            return px_fail(err, PX_ERR_INPUT, graph->tensors[i].name,
                           "a weight is not a finite number");
    }
    for (int i = 0; i < graph->n_nodes; i++) {
        const px_node *node = &graph->nodes[i];
        if (node->op == PX_OP_BATCH_NORM &&
            !check_variance(&graph->tensors[node->tensors[PX_VARIANCE]], err))
            return false;
    }
    return true;
}

int64_t px_graph_count_node_macs(const px_graph *graph, int index) {
    const px_node *node = &graph->nodes[index];
    int64_t macs = 0;
    if (node->op != PX_OP_CONV2D && node->op != PX_OP_DENSE)
        return 0;
    if (__builtin_mul_overflow(px_tensor_count(&graph->tensors[node->tensors[PX_KERNEL]]),
                               (int64_t)node->shape.h * node->shape.w, &macs))
        return INT64_MAX;
    return macs;
}

int64_t px_graph_count_macs(const px_graph *graph) {
    int64_t macs = 0;
    for (int i = 0; i < graph->n_nodes; i++) {
        if (__builtin_add_overflow(macs, px_graph_count_node_macs(graph, i), &macs))
            return INT64_MAX;
    }
    return macs;
}

int64_t px_graph_count_parameters(const px_graph *graph) {
    int64_t count = 0;
    for (int i = 0; i < graph->n_tensors; i++)
        count += px_tensor_count(&graph->tensors[i]);
    return count;
}

int px_graph_feature_node(const px_graph *graph) {
    for (int i = graph->n_nodes - 1; i >= 0; i--) {
        if (graph->nodes[i].op == PX_OP_GLOBAL_AVG_POOL)
            return graph->nodes[i].inputs[0];
    }
    return -1;
}
