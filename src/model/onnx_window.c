/* ONNX operators with a window: convolution, pools, padding. */
#include <stdlib.h>
#include <string.h>

#include "../base/memory.h"
#include "onnx.h"

enum { MAX_WINDOW = 65535 };

static bool read_pair(px_onnx_import *c, const char *name, int fallback, int pair[2]) {
    int64_t values[2] = {fallback, fallback};
    size_t count;
    if (!px_onnx_attr_ints(c, name, values, 2, &count))
        return false;
    for (int i = 0; i < 2; i++) {
        if (count == 1 || values[i] < 0 || values[i] > MAX_WINDOW)
            return px_onnx_fail(c, PX_ERR_INPUT, "its %s must be two numbers from 0 to %d", name,
                                (int)MAX_WINDOW);
        pair[i] = (int)values[i];
    }
    return true;
}

/* ONNX's order: top, left, bottom, right. */
static bool read_pads(px_onnx_import *c, px_window *window) {
    int64_t pads[4] = {0};
    size_t count;
    if (!px_onnx_attr_ints(c, "pads", pads, 4, &count))
        return false;
    bool any = false;
    for (int i = 0; i < 4; i++) {
        if ((count != 0 && count != 4) || pads[i] < 0 || pads[i] > MAX_WINDOW)
            return px_onnx_fail(c, PX_ERR_INPUT, "its pads must be four numbers from 0 to %d",
                                (int)MAX_WINDOW);
        any = any || pads[i] > 0;
    }
    window->padding = any ? PX_PADDING_EXPLICIT : PX_PADDING_VALID;
    window->top = (int)pads[0], window->left = (int)pads[1];
    window->bottom = (int)pads[2], window->right = (int)pads[3];
    return true;
}

/* SAME_LOWER: as much padding as SAME_UPPER, the odd row at the top and column at the left. */
static bool resolve_same_lower(px_onnx_import *c, int input, px_window *w) {
    px_shape in;
    if (!px_onnx_shape(c, input, &in))
        return false;
    if (w->stride_h < 1 || w->stride_w < 1)
        return px_onnx_fail(c, PX_ERR_INPUT, "a stride of 0");
    int down = (in.h - 1) / w->stride_h * w->stride_h + w->kernel_h - in.h;
    int across = (in.w - 1) / w->stride_w * w->stride_w + w->kernel_w - in.w;
    down = down > 0 ? down : 0;
    across = across > 0 ? across : 0;
    w->padding = PX_PADDING_EXPLICIT;
    w->bottom = down / 2, w->top = down - down / 2;
    w->right = across / 2, w->left = across - across / 2;
    return true;
}

/* @param sides  the kernel's height and width where kernel_shape is left out; NULL: it must not be.
 */
static bool read_window(px_onnx_import *c, int input, const int64_t *sides, px_window *window) {
    int kernel[2] = {0}, strides[2] = {0}, dilations[2] = {0};
    if (!read_pair(c, "kernel_shape", 0, kernel) || !read_pair(c, "strides", 1, strides) ||
        !read_pair(c, "dilations", 1, dilations) || !read_pads(c, window))
        return false;
    if (dilations[0] != 1 || dilations[1] != 1)
        return px_onnx_fail(c, PX_ERR_UNSUPPORTED, "dilations other than 1");
    if (px_onnx_attr_int(c, "ceil_mode", 0) != 0)
        return px_onnx_fail(c, PX_ERR_UNSUPPORTED, "ceil_mode 1");
    for (int i = 0; sides && i < 2; i++)
        kernel[i] = kernel[i] == 0 && sides[i] <= MAX_WINDOW ? (int)sides[i] : kernel[i];
    window->kernel_h = kernel[0], window->kernel_w = kernel[1];
    window->stride_h = strides[0], window->stride_w = strides[1];
    if (px_onnx_attr_is(c, "auto_pad", "NOTSET", "NOTSET"))
        return true;
    if (px_onnx_attr_is(c, "auto_pad", "SAME_LOWER", ""))
        return resolve_same_lower(c, input, window);
    bool same = px_onnx_attr_is(c, "auto_pad", "SAME_UPPER", "");
    if (!same && !px_onnx_attr_is(c, "auto_pad", "VALID", ""))
        return px_onnx_fail(c, PX_ERR_INPUT, "its auto_pad is none that ONNX knows");
    window->padding = same ? PX_PADDING_SAME : PX_PADDING_VALID;
    window->top = window->left = window->bottom = window->right = 0;
    return true;
}

/* [out, in / groups, kh, kw] to [kh, kw, in / groups, out]. */
static float *reorder_kernel(const float *from, int64_t out, int64_t in, int64_t area,
                             px_error *err) {
    float *to = px_alloc_aligned((size_t)(out * in * area) * sizeof *to, err);
    for (int64_t o = 0; to && o < out; o++) {
        for (int64_t i = 0; i < in; i++) {
            for (int64_t a = 0; a < area; a++)
                to[(a * in + i) * out + o] = from[(o * in + i) * area + a];
        }
    }
    return to;
}

static bool attach_kernel(px_onnx_import *c, int node, const Onnx__TensorProto *kernel) {
    const int64_t *d = kernel->dims;
    const int64_t dims[4] = {d[2], d[3], d[1], d[0]};
    int64_t count;
    float *from = px_onnx_read_floats(c, kernel, &count);
    float *to = from ? reorder_kernel(from, d[0], d[1], d[2] * d[3], c->err) : NULL;
    free(from);
    return to && px_onnx_attach(c, node, PX_KERNEL, "kernel", dims, 4, to);
}

bool px_onnx_conv(px_onnx_import *c, px_onnx_value *out) {
    const px_onnx_value *in = px_onnx_activation(c, 0, 4, false);
    const Onnx__TensorProto *kernel = in ? px_onnx_constant(c, 1) : NULL;
    px_window window = {0};
    if (!kernel)
        return false;
    if (kernel->n_dims != 4)
        return px_onnx_fail(c, PX_ERR_UNSUPPORTED, "a kernel of %zu dimensions: 4 are supported",
                            kernel->n_dims);
    if (!read_window(c, in->node, kernel->dims + 2, &window))
        return false;
    int64_t groups = px_onnx_attr_int(c, "group", 1);
    if (groups < 1 || groups > INT32_MAX)
        return px_onnx_fail(c, PX_ERR_INPUT, "%lld groups", (long long)groups);
    int node = px_onnx_add_node(c, PX_OP_CONV2D, &in->node, 1);
    if (node < 0)
        return false;
    c->graph->nodes[node].window = window;
    c->graph->nodes[node].groups = (int)groups;
    int64_t outputs = kernel->dims[0];
    *out = (px_onnx_value){.node = node, .rank = 4};
    if (!attach_kernel(c, node, kernel) || !px_onnx_input(c, 2))
        return c->err->code == PX_OK;
    const Onnx__TensorProto *bias = px_onnx_constant(c, 2);
    return bias && px_onnx_attach_vector(c, node, PX_BIAS, "bias", bias, outputs);
}

bool px_onnx_pool(px_onnx_import *c, px_onnx_value *out) {
    const px_onnx_value *in = px_onnx_activation(c, 0, 4, false);
    px_window window = {0};
    if (!in || !read_window(c, in->node, NULL, &window))
        return false;
    if (px_onnx_attr_int(c, "storage_order", 0) != 0)
        return px_onnx_fail(c, PX_ERR_UNSUPPORTED, "storage_order 1");
    bool average = strcmp(c->node->op_type, "AveragePool") == 0;
    int node = px_onnx_add_node(c, average ? PX_OP_AVG_POOL : PX_OP_MAX_POOL, &in->node, 1);
    if (node < 0)
        return false;
    c->graph->nodes[node].window = window;
    c->graph->nodes[node].count_include_pad = px_onnx_attr_int(c, "count_include_pad", 0) != 0;
    *out = (px_onnx_value){.node = node, .rank = 4};
    return true;
}

/* The padding value: attribute `value` before opset 11, then a scalar input. */
static bool pads_with_zero(px_onnx_import *c) {
    if (c->opset < 11 || !px_onnx_input(c, 2))
        return px_onnx_attr_float(c, "value", 0) == 0;
    const Onnx__TensorProto *constant = px_onnx_constant(c, 2);
    int64_t count = 0;
    float *value = constant ? px_onnx_read_floats(c, constant, &count) : NULL;
    bool zero = value && count == 1 && value[0] == 0;
    free(value);
    return zero;
}

bool px_onnx_pad(px_onnx_import *c, px_onnx_value *out) {
    const px_onnx_value *in = px_onnx_activation(c, 0, 4, false);
    int64_t pads[8] = {0};
    size_t count;
    if (!in || !px_onnx_ints_of(c, "pads", 1, pads, 8, &count))
        return false;
    if (!px_onnx_attr_is(c, "mode", "constant", "constant") || !pads_with_zero(c))
        return px_onnx_fail(c, PX_ERR_UNSUPPORTED, "only padding with zeros is supported");
    bool ok = count == 8 && !px_onnx_input(c, 3);
    for (int i = 0; i < 8; i++)
        ok = ok && pads[i] >= 0 && pads[i] <= (i % 4 < 2 ? 0 : MAX_WINDOW);
    if (!ok)
        return px_onnx_fail(c, PX_ERR_UNSUPPORTED,
                            "pads must be eight numbers that grow height and width only");
    int node = px_onnx_add_node(c, PX_OP_PAD, &in->node, 1);
    if (node < 0)
        return false;
    px_window *w = &c->graph->nodes[node].window;
    w->padding = PX_PADDING_EXPLICIT;
    w->top = (int)pads[2], w->left = (int)pads[3];
    w->bottom = (int)pads[6], w->right = (int)pads[7];
    *out = (px_onnx_value){.node = node, .rank = 4};
    return true;
}
