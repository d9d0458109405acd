/* ONNX operators on vectors: dense layers, and what turns maps into vectors and back. */
#include <stdlib.h>
#include <string.h>

#include "../base/memory.h"
#include "onnx.h"

/* Row of our kernel (NHWC order) for ONNX's row `r` (NCHW order) of a flattened map. */
static int64_t reorder_row(int64_t r, px_shape map) {
    int64_t area = (int64_t)map.h * map.w;
    return map.h ? r % area * map.c + r / area : r;
}

/* A dense kernel [in, out] from [in, out], or [out, in] when transposed, times `factor`. */
static float *reorder_dense(const float *from, int64_t in, int64_t out, bool transposed,
                            float factor, px_shape flat, px_error *err) {
    float *to = px_alloc_aligned((size_t)(in * out) * sizeof *to, err);
    for (int64_t r = 0; to && r < in; r++) {
        float *row = to + reorder_row(r, flat) * out;
        for (int64_t o = 0; o < out; o++)
            row[o] = factor * (transposed ? from[o * in + r] : from[r * out + o]);
    }
    return to;
}

/* A dense node on the first input with the second as its kernel. @return index or -1. */
static int add_dense(px_onnx_import *c, bool transposed, float factor) {
    const px_onnx_value *in = px_onnx_activation(c, 0, 2, true);
    const Onnx__TensorProto *kernel = in ? px_onnx_constant(c, 1) : NULL;
    if (!kernel)
        return -1;
    if (kernel->n_dims != 2) {
        px_onnx_fail(c, PX_ERR_UNSUPPORTED, "a matrix of %zu dimensions", kernel->n_dims);
        return -1;
    }
    const int64_t dims[2] = {kernel->dims[transposed ? 1 : 0], kernel->dims[transposed ? 0 : 1]};
    px_shape flat = in->flat;
    if (flat.h && dims[0] != (int64_t)flat.h * flat.w * flat.c) {
        px_onnx_fail(c, PX_ERR_MISMATCH, "its matrix does not fit a map of %d x %d x %d", flat.h,
                     flat.w, flat.c);
        return -1;
    }
    int node = px_onnx_add_node(c, PX_OP_DENSE, &in->node, 1);
    int64_t count;
    float *from = node < 0 ? NULL : px_onnx_read_floats(c, kernel, &count);
    float *to =
        from ? reorder_dense(from, dims[0], dims[1], transposed, factor, flat, c->err) : NULL;
    free(from);
    return to && px_onnx_attach(c, node, PX_KERNEL, "kernel", dims, 2, to) ? node : -1;
}

static int64_t outputs_of(const px_onnx_import *c, int dense) {
    return c->graph->tensors[c->graph->nodes[dense].tensors[PX_KERNEL]].dims[1];
}

bool px_onnx_gemm(px_onnx_import *c, px_onnx_value *out) {
    if (px_onnx_attr_int(c, "transA", 0) != 0)
        return px_onnx_fail(c, PX_ERR_UNSUPPORTED, "transA 1");
    int node =
        add_dense(c, px_onnx_attr_int(c, "transB", 0) != 0, px_onnx_attr_float(c, "alpha", 1.0f));
    if (node < 0)
        return false;
    *out = (px_onnx_value){.node = node, .rank = 2};
    if (!px_onnx_input(c, 2))
        return true;
    const Onnx__TensorProto *bias = px_onnx_constant(c, 2);
    if (!bias || !px_onnx_attach_vector(c, node, PX_BIAS, "bias", bias, outputs_of(c, node)))
        return false;
    float beta = px_onnx_attr_float(c, "beta", 1.0f);
    float *values = (float *)(uintptr_t)c->graph->tensors[c->graph->nodes[node].tensors[PX_BIAS]]
                        .data; /* ours, made a line ago */
    for (int64_t i = 0; i < outputs_of(c, node); i++)
        values[i] *= beta;
    return true;
}

bool px_onnx_mat_mul(px_onnx_import *c, px_onnx_value *out) {
    int node = add_dense(c, false, 1.0f);
    *out = (px_onnx_value){.node = node, .rank = 2};
    return node >= 0;
}

/* How many places read a name. */
static int count_uses(const px_onnx_import *c, const char *name) {
    int uses = 0;
    for (size_t i = 0; i < c->source->n_node; i++) {
        const Onnx__NodeProto *node = c->source->node[i];
        for (size_t k = 0; k < node->n_input; k++)
            uses += strcmp(node->input[k], name) == 0;
    }
    return uses;
}

/* Does nothing but the node at hand read what a node of ours makes, under any of its names? */
static bool has_one_reader(const px_onnx_import *c, int node) {
    const char *name;
    json_t *index;
    json_object_foreach(c->names, name, index) {
        const px_onnx_value *value = &c->values[json_integer_value(index)];
        if (!value->constant && value->node == node && count_uses(c, name) != 1)
            return false;
    }
    return true;
}

bool px_onnx_add_bias(px_onnx_import *c, const px_onnx_value *value,
                      const Onnx__TensorProto *constant, px_onnx_value *out) {
    const px_node *dense = &c->graph->nodes[value->node];
    if (dense->op != PX_OP_DENSE || dense->tensors[PX_BIAS] >= 0 || value->rank != 2 ||
        !has_one_reader(c, value->node))
        return px_onnx_fail(c, PX_ERR_UNSUPPORTED,
                            "a constant may only be added to a MatMul's result");
    *out = (px_onnx_value){.node = value->node, .rank = 2};
    return px_onnx_attach_vector(c, value->node, PX_BIAS, "bias", constant,
                                 outputs_of(c, value->node));
}

/* [N, C, H, W] or [N, H, W, C] to [N, everything]; nothing to do for a map of one pixel. */
static bool flatten_value(px_onnx_import *c, const px_onnx_value *in, px_onnx_value *out) {
    px_shape shape;
    if (!px_onnx_shape(c, in->node, &shape))
        return false;
    *out = *in;
    out->rank = 2;
    out->channels_last = false;
    if (in->rank == 2 || (shape.h == 1 && shape.w == 1))
        return true;
    out->node = px_onnx_add_node(c, PX_OP_FLATTEN, &in->node, 1);
    out->flat = in->channels_last ? (px_shape){0} : shape;
    return out->node >= 0;
}

/* The first input in any layout. */
static const px_onnx_value *any_activation(px_onnx_import *c) {
    const px_onnx_value *in = px_onnx_input(c, 0);
    if (in && in->constant) {
        px_onnx_fail(c, PX_ERR_UNSUPPORTED, "its input is a constant");
        return NULL;
    }
    return in;
}

bool px_onnx_flatten(px_onnx_import *c, px_onnx_value *out) {
    const px_onnx_value *in = any_activation(c);
    int64_t axis = px_onnx_attr_int(c, "axis", 1);
    if (in && axis != 1 && axis != 1 - in->rank)
        return px_onnx_fail(c, PX_ERR_UNSUPPORTED, "axis %lld: only 1 is supported",
                            (long long)axis);
    return in && flatten_value(c, in, out);
}

static bool unflatten_value(px_onnx_import *c, const px_onnx_value *in, px_onnx_value *out) {
    if (in->flat.h)
        return px_onnx_fail(c, PX_ERR_UNSUPPORTED, "a flattened map cannot become a map again");
    *out = *in;
    out->rank = 4;
    return true;
}

bool px_onnx_reshape(px_onnx_import *c, px_onnx_value *out) {
    const px_onnx_value *in = any_activation(c);
    const Onnx__TensorProto *constant = in ? px_onnx_constant(c, 1) : NULL;
    int64_t to[4];
    size_t n;
    px_shape shape;
    if (!constant || !px_onnx_read_ints(c, constant, to, 4, &n) ||
        !px_onnx_shape(c, in->node, &shape))
        return false;
    int64_t size = (int64_t)shape.h * shape.w * shape.c;
    bool batch = n >= 2 && to[0] >= -1 && to[0] <= 1 && px_onnx_attr_int(c, "allowzero", 0) == 0;
    bool rest = n >= 2 && (to[1] == size || (to[1] == -1 && to[0] != -1));
    if (batch && rest && n == 2)
        return flatten_value(c, in, out);
    if (batch && rest && n == 4 && in->rank == 2 && to[2] == 1 && to[3] == 1)
        return unflatten_value(c, in, out);
    return px_onnx_fail(c, PX_ERR_UNSUPPORTED,
                        "only [N, everything] and [N, everything, 1, 1] are supported");
}

/* Are the axes 2 and 3, in any order, counted from either end? */
static bool axes_are_spatial(px_onnx_import *c, size_t k) {
    int64_t axes[2];
    size_t count;
    if (!px_onnx_ints_of(c, "axes", k, axes, 2, &count))
        return false;
    for (size_t i = 0; i < count; i++)
        axes[i] += axes[i] < 0 ? 4 : 0;
    bool spatial = count == 2 && ((axes[0] == 2 && axes[1] == 3) || (axes[0] == 3 && axes[1] == 2));
    return spatial || px_onnx_fail(c, PX_ERR_UNSUPPORTED, "only the axes 2 and 3 are supported");
}

bool px_onnx_squeeze(px_onnx_import *c, px_onnx_value *out) {
    const px_onnx_value *in = px_onnx_activation(c, 0, 4, false);
    px_shape shape;
    if (!in || !axes_are_spatial(c, 1) || !px_onnx_shape(c, in->node, &shape))
        return false;
    if (shape.h != 1 || shape.w != 1)
        return px_onnx_fail(c, PX_ERR_MISMATCH, "a map of %d x %d pixels has no such axes to drop",
                            shape.h, shape.w);
    return flatten_value(c, in, out);
}

bool px_onnx_unsqueeze(px_onnx_import *c, px_onnx_value *out) {
    const px_onnx_value *in = px_onnx_activation(c, 0, 2, false);
    return in && axes_are_spatial(c, 1) && unflatten_value(c, in, out);
}

bool px_onnx_reduce_mean(px_onnx_import *c, px_onnx_value *out) {
    const px_onnx_value *in = px_onnx_activation(c, 0, 4, false);
    if (!in || !axes_are_spatial(c, 1))
        return false;
    int node = px_onnx_add_node(c, PX_OP_GLOBAL_AVG_POOL, &in->node, 1);
    *out = (px_onnx_value){.node = node, .rank = px_onnx_attr_int(c, "keepdims", 1) ? 4 : 2};
    return node >= 0;
}

bool px_onnx_transpose(px_onnx_import *c, px_onnx_value *out) {
    const px_onnx_value *in = any_activation(c);
    static const int64_t to_last[4] = {0, 2, 3, 1}, to_first[4] = {0, 3, 1, 2};
    int64_t order[4];
    size_t count;
    if (!in || !px_onnx_attr_ints(c, "perm", order, 4, &count))
        return false;
    const int64_t *allowed = in->channels_last ? to_first : to_last;
    if (in->rank != 4 || count != 4 || memcmp(order, allowed, sizeof order) != 0)
        return px_onnx_fail(c, PX_ERR_UNSUPPORTED,
                            "only between [N, C, H, W] and [N, H, W, C] is supported");
    *out = *in;
    out->channels_last = !in->channels_last;
    return true;
}
