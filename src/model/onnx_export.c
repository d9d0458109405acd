/* Models as ONNX: opset 13, NCHW, weights inside. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/file.h"
#include "../base/memory.h"
#include "importers.h"
#include "onnx_write.h"

enum { MAX_NUMBERS = 1 << 29, NODES_EACH = 3, CONSTANTS_EACH = 5 };

/* Where a node's value stands in the ONNX graph. */
typedef struct {
    char *name;
    int rank; /* 4: [N, C, H, W], 2: [N, C] */
} exported;

typedef struct {
    const px_graph *graph;
    Onnx__GraphProto *to;
    exported *values; /* [n_nodes] */
    px_error *err;
} exporter;

static Onnx__NodeProto *new_node(exporter *e, const char *op_type, const char *name,
                                 const char *const *inputs, size_t n_inputs, const char *output) {
    return px_onnx_new_node(e->to, op_type, name, inputs, n_inputs, output, e->err);
}

/* A weight as float32 in ONNX's order; dims as the graph has them. */
static bool add_weight(exporter *e, const px_tensor *tensor, const char *name) {
    int64_t dims[4] = {1, 1, 1, 1};
    int64_t count = px_tensor_count(tensor);
    memcpy(dims, tensor->dims, (size_t)tensor->n_dims * sizeof *dims);
    const int64_t onnx_dims[4] = {dims[3], dims[2], dims[0], dims[1]};
    bool kernel = tensor->n_dims == 4;
    float *out = px_onnx_new_constant(e->to, name, PX_ONNX_FLOAT, kernel ? onnx_dims : dims,
                                      (size_t)tensor->n_dims, (size_t)count * sizeof *out, e->err);
    float *values = out ? px_alloc((size_t)count, sizeof *values, e->err) : NULL;
    if (!values)
        return false;
    px_tensor_to_f32(tensor, values);
    int64_t area = dims[0] * dims[1], in = dims[2], outputs = dims[3];
    if (!kernel)
        memcpy(out, values, (size_t)count * sizeof *out);
    for (int64_t i = 0; kernel && i < count; i++) { /* i counts in ONNX's [out, in, kh, kw] */
        int64_t a = i % area, k = i / area % in, o = i / area / in;
        out[i] = values[(a * in + k) * outputs + o];
    }
    free(values);
    return true;
}

/* A vector of one repeated number, where a normalisation has no gamma or beta. */
static bool add_filled(exporter *e, const char *name, int64_t count, float value) {
    float *out = px_onnx_new_constant(e->to, name, PX_ONNX_FLOAT, &count, 1,
                                      (size_t)count * sizeof *out, e->err);
    for (int64_t i = 0; out && i < count; i++)
        out[i] = value;
    return out != NULL;
}

static bool add_ints(exporter *e, const char *name, const int64_t *values, int64_t count) {
    void *out = px_onnx_new_constant(e->to, name, PX_ONNX_INT64, &count, 1,
                                     (size_t)count * sizeof *values, e->err);
    if (out)
        memcpy(out, values, (size_t)count * sizeof *values);
    return out != NULL;
}

/* Inputs of a node: its activations as rank `rank`, converted where they are not. */
typedef struct {
    char **names;
    size_t count;
} input_list;

static void clear_inputs(input_list *list) {
    for (size_t i = 0; i < list->count; i++)
        free(list->names[i]);
    free(list->names);
}

static bool push_input(input_list *list, char *name) {
    if (name)
        list->names[list->count++] = name;
    return name != NULL;
}

/* The name of value `node` as `rank`; @return a new string. */
static char *as_rank(exporter *e, int node, int rank, const char *consumer, int position) {
    const exported *value = &e->values[node];
    if (value->rank == rank)
        return px_strdup(value->name, e->err);
    char *name = px_format(e->err, "%s:in%d", consumer, position);
    char *shape = name ? px_format(e->err, "%s:shape", name) : NULL;
    const char *const inputs[2] = {value->name, shape};
    const int64_t map[4] = {0, -1, 1, 1}, vector[2] = {0, -1};
    bool ok = shape && add_ints(e, shape, rank == 4 ? map : vector, rank) &&
              new_node(e, "Reshape", name, inputs, 2, name);
    free(shape);
    if (ok)
        return name;
    free(name);
    return NULL;
}

/* Joined vectors stay vectors; everything with a window wants maps; dense layers want vectors. */
static int wanted_rank(const exporter *e, const px_node *node) {
    switch (node->op) {
    case PX_OP_DENSE:
        return 2;
    case PX_OP_CONCAT:
    case PX_OP_ADD:
        for (int i = 0; i < node->n_inputs; i++) {
            if (e->values[node->inputs[i]].rank == 2)
                return 2;
        }
        return 4;
    case PX_OP_BATCH_NORM:
    case PX_OP_RELU:
    case PX_OP_SIGMOID:
    case PX_OP_SCALE:
    case PX_OP_DROPOUT:
        return e->values[node->inputs[0]].rank;
    default:
        return 4;
    }
}

static bool add_weight_inputs(exporter *e, const px_node *node, input_list *inputs) {
    static const char *const missing[PX_NODE_TENSORS] = {"gamma", "beta", "mean", "variance"};
    bool norm = node->op == PX_OP_BATCH_NORM;
    for (int slot = 0; slot < PX_NODE_TENSORS; slot++) {
        int tensor = node->tensors[slot];
        if (tensor < 0 && !norm)
            continue;
        char *name = tensor < 0 ? px_format(e->err, "%s/%s", node->name, missing[slot])
                                : px_strdup(e->graph->tensors[tensor].name, e->err);
        if (!push_input(inputs, name))
            return false;
        if (tensor < 0 ? !add_filled(e, name, node->shape.c, slot == PX_GAMMA ? 1.0f : 0.0f)
                       : !add_weight(e, &e->graph->tensors[tensor], name))
            return false;
    }
    return true;
}

static bool add_number(exporter *e, const char *name, float number) {
    float *to = px_onnx_new_constant(e->to, name, PX_ONNX_FLOAT, NULL, 0, sizeof *to, e->err);
    if (to)
        *to = number;
    return to != NULL;
}

static bool add_extra_inputs(exporter *e, const px_node *node, input_list *inputs) {
    if (node->op != PX_OP_PAD && node->op != PX_OP_SCALE && node->op != PX_OP_DROPOUT)
        return add_weight_inputs(e, node, inputs);
    const char *what = node->op == PX_OP_PAD     ? "pads"
                       : node->op == PX_OP_SCALE ? "factor"
                                                 : "ratio";
    char *name = px_format(e->err, "%s/%s", node->name, what);
    if (!push_input(inputs, name))
        return false;
    if (node->op != PX_OP_PAD)
        return add_number(e, name, node->scale);
    const px_window *w = &node->window;
    const int64_t pads[8] = {0, 0, w->top, w->left, 0, 0, w->bottom, w->right};
    return add_ints(e, name, pads, 8);
}

static bool collect_inputs(exporter *e, const px_node *node, input_list *inputs) {
    inputs->names =
        px_alloc((size_t)node->n_inputs + PX_NODE_TENSORS, sizeof *inputs->names, e->err);
    if (!inputs->names)
        return false;
    int rank = wanted_rank(e, node);
    for (int i = 0; i < node->n_inputs; i++) {
        if (!push_input(inputs, as_rank(e, node->inputs[i], rank, node->name, i)))
            return false;
    }
    return add_extra_inputs(e, node, inputs);
}

static bool set_window(exporter *e, const px_node *node, Onnx__NodeProto *to) {
    const px_window *w = &node->window;
    const int kernel[2] = {w->kernel_h, w->kernel_w}, strides[2] = {w->stride_h, w->stride_w};
    const int pads[4] = {w->top, w->left, w->bottom, w->right};
    if (!px_onnx_set_ints(to, "kernel_shape", kernel, 2, e->err) ||
        !px_onnx_set_ints(to, "strides", strides, 2, e->err))
        return false;
    if (w->padding == PX_PADDING_EXPLICIT)
        return px_onnx_set_ints(to, "pads", pads, 4, e->err);
    return px_onnx_set_text(to, "auto_pad", w->padding == PX_PADDING_SAME ? "SAME_UPPER" : "VALID",
                            e->err);
}

static bool set_attributes(exporter *e, const px_node *node, Onnx__NodeProto *to) {
    switch (node->op) {
    case PX_OP_CONV2D:
        return set_window(e, node, to) && px_onnx_set_int(to, "group", node->groups, e->err);
    case PX_OP_MAX_POOL:
        return set_window(e, node, to);
    case PX_OP_AVG_POOL:
        return set_window(e, node, to) &&
               px_onnx_set_int(to, "count_include_pad", node->count_include_pad, e->err);
    case PX_OP_BATCH_NORM:
        return px_onnx_set_float(to, "epsilon", node->epsilon, e->err);
    case PX_OP_CONCAT:
        return px_onnx_set_int(to, "axis", 1, e->err);
    default:
        return true;
    }
}

/* Our flattened vector runs through channels first: [N, H, W, C] before it becomes one. */
static bool export_flatten(exporter *e, const px_node *node, const char *output) {
    char *input = as_rank(e, node->inputs[0], 4, node->name, 0);
    char *last = input ? px_format(e->err, "%s:nhwc", node->name) : NULL;
    const char *const from[1] = {input}, *const turned[1] = {last};
    Onnx__NodeProto *transpose = last ? new_node(e, "Transpose", last, from, 1, last) : NULL;
    bool ok = transpose &&
              px_onnx_set_ints(transpose, "perm", (const int[]){0, 2, 3, 1}, 4, e->err) &&
              new_node(e, "Flatten", node->name, turned, 1, output);
    free(input);
    free(last);
    return ok;
}

static const char *const op_types[PX_OPS] = {
    [PX_OP_CONV2D] = "Conv",
    [PX_OP_DENSE] = "Gemm",
    [PX_OP_BATCH_NORM] = "BatchNormalization",
    [PX_OP_RELU] = "Relu",
    [PX_OP_SIGMOID] = "Sigmoid",
    [PX_OP_MAX_POOL] = "MaxPool",
    [PX_OP_AVG_POOL] = "AveragePool",
    [PX_OP_GLOBAL_AVG_POOL] = "GlobalAveragePool",
    [PX_OP_CONCAT] = "Concat",
    [PX_OP_ADD] = "Add",
    [PX_OP_SCALE] = "Mul",
    [PX_OP_PAD] = "Pad",
    [PX_OP_DROPOUT] = "Dropout",
};

/* ONNX's Add takes two, its Sum any number. */
static const char *op_type_of(const px_node *node) {
    return node->op == PX_OP_ADD && node->n_inputs != 2 ? "Sum" : op_types[node->op];
}

static bool export_node(exporter *e, int index) {
    const px_node *node = &e->graph->nodes[index];
    exported *value = &e->values[index];
    value->name = px_format(e->err, "%s:0", node->name);
    if (!value->name)
        return false;
    value->rank = node->op == PX_OP_FLATTEN ? 2 : wanted_rank(e, node);
    if (node->op == PX_OP_FLATTEN)
        return export_flatten(e, node, value->name);
    input_list inputs = {0};
    Onnx__NodeProto *to =
        collect_inputs(e, node, &inputs)
            ? new_node(e, op_type_of(node), node->name, (const char *const *)inputs.names,
                       inputs.count, value->name)
            : NULL;
    clear_inputs(&inputs);
    return to && set_attributes(e, node, to);
}

static bool export_ends(exporter *e, const px_graph *graph) {
    px_shape in = graph->nodes[0].shape;
    const int64_t image[3] = {in.c, in.h, in.w}, vector[1] = {graph->nodes[graph->output].shape.c};
    char *last = as_rank(e, graph->output, 2, "probabilities", 0);
    const char *const inputs[1] = {last};
    bool ok = last && new_node(e, "Identity", "probabilities", inputs, 1, "probabilities") &&
              px_onnx_set_value_info(e->to->input[0], "input", image, 3, e->err) &&
              px_onnx_set_value_info(e->to->output[0], "probabilities", vector, 1, e->err);
    free(last);
    return ok;
}

static bool export_graph(const px_graph *graph, Onnx__GraphProto *to, px_error *err) {
    exporter e = {.graph = graph, .to = to, .err = err};
    e.values = px_alloc((size_t)graph->n_nodes, sizeof *e.values, err);
    bool ok = e.values != NULL;
    if (ok) {
        e.values[0] = (exported){px_strdup("input", err), 4};
        ok = e.values[0].name != NULL;
    }
    for (int i = 1; ok && i < graph->n_nodes; i++)
        ok = export_node(&e, i);
    ok = ok && export_ends(&e, graph);
    for (int i = 0; e.values && i < graph->n_nodes; i++)
        free(e.values[i].name);
    free(e.values);
    return ok;
}

/* protobuf-c writes straight into the file; the first failure is kept. */
typedef struct {
    ProtobufCBuffer base;
    px_file_writer *writer;
    bool ok;
    px_error *err;
} file_buffer;

static void append_to_file(ProtobufCBuffer *base, size_t size, const uint8_t *bytes) {
    file_buffer *buffer = (file_buffer *)base;
    buffer->ok = buffer->ok && px_file_writer_write(buffer->writer, bytes, size, buffer->err);
}

static bool write_message(const Onnx__ModelProto *message, const char *path, px_error *err) {
    px_file_writer *writer = px_file_writer_open(path, err);
    if (!writer)
        return false;
    file_buffer buffer = {{append_to_file}, writer, true, err};
    onnx__model_proto__pack_to_buffer(message, &buffer.base);
    if (buffer.ok)
        return px_file_writer_commit(writer, err);
    px_file_writer_abandon(writer);
    return false;
}

static bool add_notes(const px_model *model, Onnx__ModelProto *to, px_error *err) {
    px_buffer labels;
    px_buffer_init(&labels, 1 << 20);
    bool ok = true;
    for (int i = 0; ok && i < model->n_labels; i++)
        ok = px_buffer_print(&labels, err, "%s%s", i ? "," : "", model->labels[i]);
    ok = ok && px_onnx_add_note(to, "labels", (const char *)labels.data, err) &&
         px_onnx_add_note(to, "scaling", px_scaling_name(model->input.scaling), err);
    px_buffer_clear(&labels);
    return ok;
}

/* Room for the message's lists: nodes with their reshapes, weights with their shapes. */
static size_t count_edges(const px_graph *graph) {
    size_t edges = 1;
    for (int i = 0; i < graph->n_nodes; i++)
        edges += (size_t)graph->nodes[i].n_inputs;
    return edges;
}

bool px_export_onnx(const px_model *model, const char *path, px_error *err) {
    const px_graph *graph = &model->graph;
    if (px_graph_count_parameters(graph) > MAX_NUMBERS - (1 << 20))
        return px_fail(err, PX_ERR_LIMIT, model->name, "ONNX files end at 2 GiB");
    size_t nodes = (size_t)graph->n_nodes, edges = count_edges(graph);
    Onnx__ModelProto *message = px_onnx_new_model(model->name, NODES_EACH * nodes + edges + 2,
                                                  CONSTANTS_EACH * nodes + edges + 2, err);
    if (!message)
        return false;
    bool ok = export_graph(graph, message->graph, err) && add_notes(model, message, err) &&
              write_message(message, path, err);
    onnx__model_proto__free_unpacked(message, NULL);
    return ok;
}
