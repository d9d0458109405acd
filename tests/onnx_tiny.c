/* A small ONNX network, in every way that the format can say the same thing. */
#include "onnx_tiny.h"

#include <stdlib.h>
#include <string.h>

#include "../src/base/memory.h"

enum { MOST = 64 };

#define INPUTS(...)                                                                                \
    (const char *const[]){__VA_ARGS__}, sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *)

typedef struct {
    Onnx__ModelProto *model;
    Onnx__GraphProto *graph;
    onnx_variant variant;
    int numbers; /* drawn so far */
} maker;

static Onnx__NodeProto *node(maker *m, const char *op, const char *name, const char *const *inputs,
                             size_t n_inputs) {
    return px_onnx_new_node(m->graph, op, name, inputs, n_inputs, name, NULL);
}

static Onnx__TensorProto *last_constant(maker *m) {
    return m->graph->initializer[m->graph->n_initializer - 1];
}

/* Multiples of 1/16 below 1 are exact in every type. @return binary16 bits. */
static uint16_t to_half(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    if ((bits & 0x7fffffff) == 0)
        return 0;
    return (uint16_t)((bits >> 16 & 0x8000) | (((bits >> 23 & 0xff) - 112) << 10) |
                      (bits >> 13 & 0x3ff));
}

/* Move a float constant just made into the variant's type and field. */
static void store(maker *m, const float *values, size_t n) {
    Onnx__TensorProto *t = last_constant(m);
    int storage = (int)m->variant.storage;
    if (storage == RAW || storage == CONSTANT_NODES)
        return;
    free(t->raw_data.data);
    bool raw = storage == HALF || storage == DOUBLE;
    t->has_raw_data = raw;
    t->raw_data = (ProtobufCBinaryData){0};
    if (storage == LISTED) {
        t->float_data = memcpy(malloc(n * sizeof *values), values, n * sizeof *values);
        t->n_float_data = n;
        return;
    }
    bool wide = storage == DOUBLE || storage == DOUBLE_LISTED;
    t->data_type = wide ? PX_ONNX_DOUBLE : PX_ONNX_FLOAT16;
    double *doubles = calloc(n, sizeof *doubles);
    uint16_t *halves = calloc(n, sizeof *halves);
    int32_t *words = calloc(n, sizeof *words);
    for (size_t i = 0; i < n; i++) {
        doubles[i] = (double)values[i];
        words[i] = halves[i] = to_half(values[i]);
    }
    if (raw)
        t->raw_data = wide ? (ProtobufCBinaryData){n * 8, (uint8_t *)doubles}
                           : (ProtobufCBinaryData){n * 2, (uint8_t *)halves};
    else if (wide)
        t->double_data = doubles, t->n_double_data = n;
    else
        t->int32_data = words, t->n_int32_data = n;
    free(storage == DOUBLE || storage == DOUBLE_LISTED ? NULL : doubles);
    free(storage == HALF ? NULL : halves);
    free(storage == HALF_LISTED ? NULL : words);
}

/* An initializer becomes the value of a Constant node. */
static void move_to_node(maker *m, const char *name) {
    Onnx__NodeProto *constant = node(m, "Constant", name, NULL, 0);
    Onnx__AttributeProto *value = malloc(sizeof *value);
    onnx__attribute_proto__init(value);
    value->name = strdup("value");
    value->t = last_constant(m);
    m->graph->n_initializer--;
    constant->attribute[constant->n_attribute++] = value;
}

static void weights(maker *m, const char *name, const int64_t *dims, size_t n_dims,
                    const float *values) {
    size_t n = 1;
    for (size_t i = 0; i < n_dims; i++)
        n *= (size_t)dims[i];
    float *to =
        px_onnx_new_constant(m->graph, name, PX_ONNX_FLOAT, dims, n_dims, n * sizeof *to, NULL);
    memcpy(to, values, n * sizeof *to);
    store(m, values, n);
    if (m->variant.storage == CONSTANT_NODES)
        move_to_node(m, name);
}

/* The next number of a fixed sequence: multiples of 1/16 in (-1, 1). */
static float draw(maker *m) {
    m->numbers++;
    return (float)((m->numbers * 7 + m->numbers * m->numbers * 3) % 31 - 15) / 16;
}

static void drawn_weights(maker *m, const char *name, const int64_t *dims, size_t n_dims,
                          bool positive) {
    float values[512];
    size_t n = 1;
    for (size_t i = 0; i < n_dims; i++)
        n *= (size_t)dims[i];
    for (size_t i = 0; i < n; i++) {
        values[i] = draw(m);
        if (positive)
            values[i] = values[i] * values[i] < 0.25f ? 0.5f : 0.75f;
    }
    weights(m, name, dims, n_dims, values);
}

static void integers(maker *m, const char *name, const int64_t *values, int64_t n) {
    memcpy(px_onnx_new_constant(m->graph, name, PX_ONNX_INT64, &n, 1, (size_t)n * 8, NULL), values,
           (size_t)n * 8);
}

static maker start(onnx_variant variant, int h, int w) {
    maker m = {.variant = variant};
    m.model = px_onnx_new_model("tiny", MOST, MOST, NULL);
    m.graph = m.model->graph;
    if (variant.opset)
        m.model->opset_import[0]->version = variant.opset;
    const int64_t first[3] = {3, h, w}, last[3] = {h, w, 3};
    px_onnx_set_value_info(m.graph->input[0], "in", variant.channels_last ? last : first, 3, NULL);
    px_onnx_set_value_info(m.graph->output[0], "out", (const int64_t[]){2}, 1, NULL);
    return m;
}

static void add_pad(maker *m, const char *input) {
    const int pads[8] = {0, 0, 1, 0, 0, 0, 0, 2};
    const int64_t wide[8] = {0, 0, 1, 0, 0, 0, 0, 2};
    if (m->variant.pad_attribute) {
        Onnx__NodeProto *pad = node(m, "Pad", "pad", INPUTS(input));
        px_onnx_set_ints(pad, "pads", pads, 8, NULL);
        px_onnx_set_text(pad, "mode", "constant", NULL);
        return;
    }
    integers(m, "pads", wide, 8);
    node(m, "Pad", "pad", INPUTS(input, "pads"));
}

static void add_conv(maker *m) {
    drawn_weights(m, "w", (const int64_t[]){4, 3, 2, 2}, 4, false);
    drawn_weights(m, "b", (const int64_t[]){4}, 1, false);
    Onnx__NodeProto *conv = node(m, "Conv", "conv", INPUTS("pad", "w", "b"));
    if (m->variant.same_lower)
        px_onnx_set_text(conv, "auto_pad", "SAME_LOWER", NULL);
    else
        px_onnx_set_ints(conv, "pads", (const int[]){1, 1, 0, 0}, 4, NULL);
}

static void add_norm(maker *m) {
    const int64_t four[1] = {4};
    drawn_weights(m, "g", four, 1, false);
    drawn_weights(m, "o", four, 1, false);
    drawn_weights(m, "mu", four, 1, false);
    drawn_weights(m, "var", four, 1, true);
    Onnx__NodeProto *norm =
        node(m, "BatchNormalization", "norm", INPUTS("conv", "g", "o", "mu", "var"));
    px_onnx_set_float(norm, "epsilon", 0.0625f, NULL);
}

/* "pool": a map or a vector, then "vector". */
static void add_pooling(maker *m) {
    const int pooling = (int)m->variant.pooling;
    const int64_t axes[2] = {-1, 2};
    if (pooling == MEAN || pooling == MEAN_WITHOUT_AXES) {
        bool attribute = !m->variant.opset || m->variant.opset < 18;
        if (!attribute)
            integers(m, "axes", axes, 2);
        Onnx__NodeProto *mean =
            node(m, "ReduceMean", pooling == MEAN ? "pool" : "vector", INPUTS("drop", "axes"));
        if (attribute) {
            free(mean->input[--mean->n_input]);
            px_onnx_set_ints(mean, "axes", (const int[]){2, 3}, 2, NULL);
        }
        px_onnx_set_int(mean, "keepdims", pooling == MEAN, NULL);
    } else {
        node(m, "GlobalAveragePool", "pool", INPUTS("drop"));
    }
    if (pooling == SQUEEZED || pooling == UNSQUEEZED) {
        integers(m, "gone", (const int64_t[]){2, 3}, 2);
        node(m, "Squeeze", pooling == SQUEEZED ? "vector" : "flat", INPUTS("pool", "gone"));
    } else if (pooling == RESHAPED) {
        integers(m, "to", (const int64_t[]){-1, 4}, 2);
        node(m, "Reshape", "vector", INPUTS("pool", "to"));
    } else if (pooling != MEAN_WITHOUT_AXES) {
        node(m, "Flatten", "vector", INPUTS("pool"));
    }
    if (pooling == UNSQUEEZED) {
        integers(m, "back", (const int64_t[]){0, -1, 1, 1}, 4);
        node(m, "Unsqueeze", "map", INPUTS("flat", "gone"));
        node(m, "Flatten", "flat2", INPUTS("map"));
        node(m, "Reshape", "map2", INPUTS("flat2", "back"));
        node(m, "Flatten", "vector", INPUTS("map2"));
    }
}

/* A dense layer of 2 outputs on "vector": kernel [in, 2] and bias, in the variant's words. */
static void add_dense(maker *m, const float *kernel, int64_t in, const float *bias) {
    const int dense = (int)m->variant.dense;
    float turned[64], half[64], quarter[2] = {bias[0] / 4, bias[1] / 4};
    for (int64_t i = 0; i < in * 2; i++) {
        turned[i % 2 * in + i / 2] = kernel[i];
        half[i] = kernel[i] / 2;
    }
    const int64_t straight[2] = {in, 2}, across[2] = {2, in}, two[1] = {2};
    weights(m, "k", dense == GEMM_TRANSPOSED ? across : straight, 2,
            dense == GEMM_TRANSPOSED ? turned
            : dense == GEMM_SCALED   ? half
                                     : kernel);
    weights(m, "kb", two, 1, dense == GEMM_SCALED ? quarter : bias);
    if (dense == MATMUL || dense == MATMUL_LATE) {
        node(m, "MatMul", "product", INPUTS("vector", "k"));
        if (dense == MATMUL)
            node(m, "Add", "logits", INPUTS("product", "kb"));
        else
            node(m, "Add", "logits", INPUTS("kb", "product"));
        return;
    }
    Onnx__NodeProto *gemm = node(m, "Gemm", "logits", INPUTS("vector", "k", "kb"));
    if (dense == GEMM_TRANSPOSED)
        px_onnx_set_int(gemm, "transB", 1, NULL);
    if (dense == GEMM_SCALED) {
        px_onnx_set_float(gemm, "alpha", 2, NULL);
        px_onnx_set_float(gemm, "beta", 4, NULL);
    }
}

Onnx__ModelProto *onnx_tiny(onnx_variant variant) {
    maker m = start(variant, 6, 6);
    if (variant.channels_last) {
        Onnx__NodeProto *turn = node(&m, "Transpose", "turned", INPUTS("in"));
        px_onnx_set_ints(turn, "perm", (const int[]){0, 3, 1, 2}, 4, NULL);
    }
    add_pad(&m, variant.channels_last ? "turned" : "in");
    add_conv(&m);
    add_norm(&m);
    node(&m, "Relu", "relu", INPUTS("norm"));
    weights(&m, "factor", NULL, 0, (const float[]){0.5f});
    node(&m, "Mul", "scaled", INPUTS("factor", "relu"));
    node(&m, "Add", "sum", INPUTS("scaled", "conv"));
    node(&m, "Dropout", "drop", INPUTS("sum"));
    add_pooling(&m);
    const float kernel[8] = {0.5f, -0.25f, 0.75f, 0.125f, -0.5f, 0.25f, 0.375f, -0.75f};
    add_dense(&m, kernel, 4, (const float[]){0.25f, -0.5f});
    node(&m, "Sigmoid", "out", INPUTS("logits"));
    return m.model;
}

Onnx__ModelProto *onnx_tiny_flatten(bool turned) {
    maker m = start((onnx_variant){0}, 2, 3);
    node(&m, "Relu", "relu", INPUTS("in"));
    float kernel[36], plain[36];
    for (int i = 0; i < 36; i++) { /* rows in NCHW order, and the same rows in NHWC order */
        int channel = i / 2 / 6, pixel = i / 2 % 6;
        plain[i] = draw(&m);
        kernel[(pixel * 3 + channel) * 2 + i % 2] = plain[i];
    }
    if (turned) {
        Onnx__NodeProto *turn = node(&m, "Transpose", "turned", INPUTS("relu"));
        px_onnx_set_ints(turn, "perm", (const int[]){0, 2, 3, 1}, 4, NULL);
    }
    node(&m, "Flatten", "vector", INPUTS(turned ? "turned" : "relu"));
    add_dense(&m, turned ? kernel : plain, 18, (const float[]){0.25f, -0.5f});
    node(&m, "Sigmoid", "out", INPUTS("logits"));
    return m.model;
}

void onnx_pack(const Onnx__ModelProto *model, px_buffer *out) {
    size_t size = onnx__model_proto__get_packed_size(model);
    uint8_t *bytes = malloc(size ? size : 1);
    onnx__model_proto__pack(model, bytes);
    px_buffer_append(out, bytes, size, NULL);
    free(bytes);
}
