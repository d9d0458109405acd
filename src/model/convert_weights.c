/* Storing a model's weights in fewer bits: every tensor as float32 first, then as it is wanted. */
#include "convert_weights.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"

/* One tensor's new content. */
typedef struct content {
    void *data;
    float *scales; /* int8 only */
} content;

/* binary32 to binary16, to nearest, ties to even; infinite where it is too large. */
static uint16_t half_of(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint16_t sign = (uint16_t)(bits >> 16 & 0x8000u);
    float size = fabsf(value);
    if (size < 0x1p-14f) /* subnormal: a whole number of 2^-24 */
        return (uint16_t)(sign | (uint16_t)nearbyintf(size * 0x1p24f));
    uint32_t rounded = (bits & 0x7fffffffu) + 0xfffu + (bits >> 13 & 1u);
    uint32_t half = (rounded >> 13) - (112u << 10);
    return (uint16_t)(sign | (half > 0x7c00u ? 0x7c00u : half));
}

static bool to_half(const px_tensor *tensor, const float *values, content *out, px_error *err) {
    size_t count = (size_t)px_tensor_count(tensor);
    uint16_t *halves = out->data = px_alloc_aligned(count * sizeof *halves, err);
    if (!halves)
        return false;
    uint16_t largest = 0;
    for (size_t i = 0; i < count; i++) {
        halves[i] = half_of(values[i]);
        uint16_t size = halves[i] & 0x7fffu;
        largest = size > largest ? size : largest;
    }
    return largest < 0x7c00u ||
           px_fail(err, PX_ERR_UNSUPPORTED, tensor->name, "a weight is too large for float16");
}

static bool to_bytes(const px_tensor *tensor, const float *values, content *out, px_error *err) {
    size_t count = (size_t)px_tensor_count(tensor);
    size_t channels = (size_t)tensor->dims[tensor->n_dims - 1];
    int8_t *bytes = out->data = px_alloc_aligned(count, err);
    out->scales = px_alloc(channels, sizeof *out->scales, err);
    if (!bytes || !out->scales)
        return false;
    for (size_t i = 0; i < count; i++)
        out->scales[i % channels] = fmaxf(out->scales[i % channels], fabsf(values[i]));
    for (size_t c = 0; c < channels; c++)
        out->scales[c] /= 127;
    for (size_t i = 0; i < count; i++) {
        float scale = out->scales[i % channels];
        float steps = scale > 0 ? nearbyintf(values[i] / scale) : 0;
        bytes[i] = (int8_t)fminf(fmaxf(steps, -127), 127);
    }
    return true;
}

static bool convert(px_tensor *tensor, px_dtype dtype, px_error *err) {
    float *values = px_alloc_aligned((size_t)px_tensor_count(tensor) * sizeof *values, err);
    content made = {0};
    bool ok = values != NULL;
    if (ok)
        px_tensor_to_f32(tensor, values);
    if (ok && dtype == PX_F32) {
        made.data = values;
        values = NULL;
    } else if (ok) {
        ok = dtype == PX_F16 ? to_half(tensor, values, &made, err)
                             : to_bytes(tensor, values, &made, err);
    }
    free(values);
    if (!ok) {
        free(made.data);
        free(made.scales);
        return false;
    }
    px_tensor old = *tensor;
    *tensor = (px_tensor){.name = old.name,
                          .dtype = dtype,
                          .n_dims = old.n_dims,
                          .data = made.data,
                          .scales = made.scales,
                          .owned = true};
    memcpy(tensor->dims, old.dims, sizeof tensor->dims);
    px_tensor_release(&old);
    old.name = NULL;
    px_tensor_clear(&old);
    return true;
}

/* A tensor that several nodes share, or use in several ways, is only changed where all agree. */
static void mark_kernels(const px_graph *graph, bool *is_kernel) {
    for (int pass = 0; pass < 2; pass++) {
        for (int i = 0; i < graph->n_nodes; i++) {
            const px_node *node = &graph->nodes[i];
            bool dense = node->op == PX_OP_DENSE;
            bool mixes = dense || (node->op == PX_OP_CONV2D &&
                                   node->groups < graph->nodes[node->inputs[0]].shape.c);
            for (int t = 0; t < PX_NODE_TENSORS; t++) {
                if (node->tensors[t] >= 0 && (mixes && t == PX_KERNEL) == (pass == 0))
                    is_kernel[node->tensors[t]] = pass == 0;
            }
        }
    }
}

bool px_model_convert_weights(px_model *model, px_dtype dtype, px_error *err) {
    px_graph *graph = &model->graph;
    bool *is_kernel = px_alloc((size_t)graph->n_tensors, sizeof *is_kernel, err);
    bool ok = is_kernel != NULL;
    if (ok)
        mark_kernels(graph, is_kernel);
    for (int i = 0; ok && i < graph->n_tensors; i++) {
        px_dtype wanted = is_kernel[i] ? dtype : PX_F32;
        if (graph->tensors[i].dtype != wanted)
            ok = convert(&graph->tensors[i], wanted, err);
    }
    free(is_kernel);
    return ok;
}
