/* Shape inference: every node's output shape, padding resolved, attributes and tensors checked. */
#include "../base/error.h"
#include "graph.h"

enum { MAX_SIDE = 65535, MAX_CHANNELS = 1 << 20 };

/* TensorFlow's rule (tf.nn.convolution, "SAME"): output ceil(size / stride), the odd one after. */
static void resolve_same(int size, int kernel, int stride, int *before, int *after) {
    int output = (size + stride - 1) / stride;
    int64_t total = (int64_t)(output - 1) * stride + kernel - size;
    total = total > 0 ? total : 0;
    *before = (int)(total / 2);
    *after = (int)(total - total / 2);
}

static bool check_window(const px_node *node, px_error *err) {
    const px_window *w = &node->window;
    if (w->kernel_h < 1 || w->kernel_w < 1 || w->stride_h < 1 || w->stride_w < 1 ||
        w->kernel_h > MAX_SIDE || w->kernel_w > MAX_SIDE || w->stride_h > MAX_SIDE ||
        w->stride_w > MAX_SIDE)
        return px_fail(err, PX_ERR_INPUT, node->name, "kernel %d x %d with strides %d x %d",
                       w->kernel_h, w->kernel_w, w->stride_h, w->stride_w);
    const int sides[4] = {w->top, w->left, w->bottom, w->right};
    for (int i = 0; i < 4; i++) {
        if (sides[i] < 0 || sides[i] > MAX_SIDE)
            return px_fail(err, PX_ERR_INPUT, node->name, "padding of %d", sides[i]);
    }
    return true;
}

/* Output height and width of a convolution or pool; fills in the window's sides. */
static bool slide_window(px_node *node, px_shape in, px_error *err) {
    px_window *w = &node->window;
    if (w->padding != PX_PADDING_EXPLICIT)
        w->top = w->left = w->bottom = w->right = 0;
    if (!check_window(node, err))
        return false;
    if (w->padding == PX_PADDING_SAME) {
        resolve_same(in.h, w->kernel_h, w->stride_h, &w->top, &w->bottom);
        resolve_same(in.w, w->kernel_w, w->stride_w, &w->left, &w->right);
    }
    int h = in.h + w->top + w->bottom - w->kernel_h, v = in.w + w->left + w->right - w->kernel_w;
    if (h < 0 || v < 0)
        return px_fail(err, PX_ERR_MISMATCH, node->name,
                       "a %d x %d kernel does not fit its %d x %d input", w->kernel_h, w->kernel_w,
                       in.h, in.w);
    if ((int64_t)w->kernel_h * w->kernel_w * in.c > INT32_MAX)
        return px_fail(err, PX_ERR_LIMIT, node->name, "a window of %d x %d x %d", w->kernel_h,
                       w->kernel_w, in.c);
    bool pool = node->op != PX_OP_CONV2D;
    if (pool && (w->top >= w->kernel_h || w->bottom >= w->kernel_h || w->left >= w->kernel_w ||
                 w->right >= w->kernel_w))
        return px_fail(err, PX_ERR_INPUT, node->name, "padding as wide as the pool's window");
    node->shape.h = h / w->stride_h + 1;
    node->shape.w = v / w->stride_w + 1;
    return true;
}

/* Check one weight tensor's shape; `optional` ones may be missing (-1). */
static bool check_tensor(const px_graph *graph, const px_node *node, int slot, const char *what,
                         bool optional, const int64_t *dims, int n_dims, px_error *err) {
    int index = node->tensors[slot];
    if (index < 0 && optional)
        return true;
    if (index < 0 || index >= graph->n_tensors)
        return px_fail(err, PX_ERR_MISMATCH, node->name, "its %s is missing", what);
    const px_tensor *tensor = &graph->tensors[index];
    bool same = tensor->n_dims == n_dims;
    for (int i = 0; same && i < n_dims; i++)
        same = tensor->dims[i] == dims[i];
    if (same)
        return true;
    px_tensor want = {.n_dims = n_dims};
    for (int i = 0; i < n_dims; i++)
        want.dims[i] = dims[i];
    char has[96], needs[96];
    px_tensor_describe_shape(tensor, has, sizeof has);
    px_tensor_describe_shape(&want, needs, sizeof needs);
    return px_fail(err, PX_ERR_MISMATCH, node->name, "its %s %s has shape %s, not %s", what,
                   tensor->name, has, needs);
}

static bool infer_conv(const px_graph *graph, px_node *node, px_shape in, px_error *err) {
    int kernel = node->tensors[PX_KERNEL];
    if (kernel < 0 || kernel >= graph->n_tensors || graph->tensors[kernel].n_dims != 4)
        return px_fail(err, PX_ERR_MISMATCH, node->name, "its kernel is missing or not 4-D");
    int64_t out = graph->tensors[kernel].dims[3];
    if (node->groups < 1 || in.c % node->groups != 0 || out < 1 || out > MAX_CHANNELS ||
        out % node->groups != 0)
        return px_fail(err, PX_ERR_MISMATCH, node->name,
                       "%d groups do not divide %d input and %lld output channels", node->groups,
                       in.c, (long long)out);
    const int64_t dims[4] = {node->window.kernel_h, node->window.kernel_w, in.c / node->groups,
                             out};
    node->shape.c = (int)out;
    return slide_window(node, in, err) &&
           check_tensor(graph, node, PX_KERNEL, "kernel", false, dims, 4, err) &&
           check_tensor(graph, node, PX_BIAS, "bias", true, &dims[3], 1, err);
}

static bool infer_dense(const px_graph *graph, px_node *node, px_shape in, px_error *err) {
    if (in.h != 1 || in.w != 1)
        return px_fail(err, PX_ERR_MISMATCH, node->name,
                       "a dense layer needs a vector, not %d x %d x %d", in.h, in.w, in.c);
    int kernel = node->tensors[PX_KERNEL];
    if (kernel < 0 || kernel >= graph->n_tensors || graph->tensors[kernel].n_dims != 2)
        return px_fail(err, PX_ERR_MISMATCH, node->name, "its kernel is missing or not 2-D");
    const int64_t dims[2] = {in.c, graph->tensors[kernel].dims[1]};
    if (dims[1] < 1 || dims[1] > MAX_CHANNELS)
        return px_fail(err, PX_ERR_LIMIT, node->name, "%lld outputs", (long long)dims[1]);
    node->shape = (px_shape){1, 1, (int)dims[1]};
    return check_tensor(graph, node, PX_KERNEL, "kernel", false, dims, 2, err) &&
           check_tensor(graph, node, PX_BIAS, "bias", true, &dims[1], 1, err);
}

static bool infer_batch_norm(const px_graph *graph, px_node *node, px_shape in, px_error *err) {
    const int64_t channels = in.c;
    node->shape = in;
    if (!(node->epsilon >= 0 && node->epsilon < 1e6f))
        return px_fail(err, PX_ERR_INPUT, node->name, "epsilon out of range");
    return check_tensor(graph, node, PX_GAMMA, "gamma", true, &channels, 1, err) &&
           check_tensor(graph, node, PX_BETA, "beta", true, &channels, 1, err) &&
           check_tensor(graph, node, PX_MEAN, "moving mean", false, &channels, 1, err) &&
           check_tensor(graph, node, PX_VARIANCE, "moving variance", false, &channels, 1, err);
}

/* Concat and add: the inputs' heights and widths agree; channels add up, or agree too. */
static bool infer_join(const px_graph *graph, px_node *node, px_shape in, px_error *err) {
    int64_t channels = 0;
    for (int i = 0; i < node->n_inputs; i++) {
        px_shape other = graph->nodes[node->inputs[i]].shape;
        if (other.h != in.h || other.w != in.w || (node->op == PX_OP_ADD && other.c != in.c))
            return px_fail(err, PX_ERR_MISMATCH, node->name,
                           "inputs of %d x %d x %d and %d x %d x %d do not fit together", in.h,
                           in.w, in.c, other.h, other.w, other.c);
        channels += other.c;
    }
    if (channels > MAX_CHANNELS)
        return px_fail(err, PX_ERR_LIMIT, node->name, "%lld channels", (long long)channels);
    node->shape = in;
    node->shape.c = node->op == PX_OP_CONCAT ? (int)channels : in.c;
    return true;
}

static bool infer_pad(px_node *node, px_shape in, px_error *err) {
    if (!check_window(node, err))
        return false;
    const px_window *w = &node->window;
    node->shape = (px_shape){in.h + w->top + w->bottom, in.w + w->left + w->right, in.c};
    return true;
}

static bool infer_flatten(px_node *node, px_shape in, px_error *err) {
    int64_t count = (int64_t)in.h * in.w * in.c;
    if (count > MAX_CHANNELS)
        return px_fail(err, PX_ERR_LIMIT, node->name, "a vector of %lld", (long long)count);
    node->shape = (px_shape){1, 1, (int)count};
    return true;
}

static bool infer_node(const px_graph *graph, px_node *node, px_error *err) {
    if (node->op == PX_OP_INPUT)
        return true;
    px_shape in = graph->nodes[node->inputs[0]].shape;
    switch (node->op) {
    case PX_OP_CONV2D:
        return infer_conv(graph, node, in, err);
    case PX_OP_DENSE:
        return infer_dense(graph, node, in, err);
    case PX_OP_BATCH_NORM:
        return infer_batch_norm(graph, node, in, err);
    case PX_OP_MAX_POOL:
    case PX_OP_AVG_POOL:
        node->shape.c = in.c;
        return slide_window(node, in, err);
    case PX_OP_GLOBAL_AVG_POOL:
        node->shape = (px_shape){1, 1, in.c};
        return true;
    case PX_OP_CONCAT:
    case PX_OP_ADD:
        return infer_join(graph, node, in, err);
    case PX_OP_PAD:
        return infer_pad(node, in, err);
    case PX_OP_FLATTEN:
        return infer_flatten(node, in, err);
    default: /* relu, sigmoid, scale, dropout */
        node->shape = in;
        return true;
    }
}

bool px_graph_infer(px_graph *graph, px_error *err) {
    if (graph->n_nodes == 0 || graph->output < 0 || graph->output >= graph->n_nodes)
        return px_fail(err, PX_ERR_INPUT, NULL, "the network has no input or no output");
    for (int i = 0; i < graph->n_nodes; i++) {
        px_node *node = &graph->nodes[i];
        if (!infer_node(graph, node, err))
            return false;
        px_shape s = node->shape;
        if (s.h < 1 || s.w < 1 || s.c < 1 || s.h > MAX_SIDE || s.w > MAX_SIDE ||
            s.c > MAX_CHANNELS || (int64_t)s.h * s.w * s.c > INT32_MAX)
            return px_fail(err, PX_ERR_LIMIT, node->name, "an activation of %d x %d x %d", s.h, s.w,
                           s.c);
    }
    return true;
}
