/* Random small networks with every operation, for comparing executors. */
#include "random_graph.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static int add(px_graph *graph, px_op op, const int *inputs, int n_inputs) {
    char name[64];
    snprintf(name, sizeof name, "%s_%d", px_op_name(op), graph->n_nodes);
    int node = px_graph_add_node(graph, op, name, inputs, n_inputs, NULL);
    if (node < 0)
        abort();
    graph->output = node;
    return node;
}

/* Shapes are needed while building: what follows depends on them. */
static int settle(px_graph *graph, int node) {
    px_error err = {0};
    if (!px_graph_infer(graph, &err)) {
        fprintf(stderr, "%s: %s\n", err.subject, err.message);
        abort();
    }
    return node;
}

static int add_tensor(px_graph *graph, px_random *random, const int64_t *dims, int n_dims,
                      double low, double high) {
    char name[64];
    snprintf(name, sizeof name, "tensor_%d", graph->n_tensors);
    float *data;
    int index = px_graph_new_tensor(graph, name, dims, n_dims, &data, NULL);
    int64_t count = px_tensor_count(&graph->tensors[index]);
    for (int64_t i = 0; i < count; i++)
        data[i] = (float)px_random_range(random, low, high);
    return index;
}

int start_graph(px_graph *graph, int h, int w, int c) {
    px_graph_init(graph);
    int node = add(graph, PX_OP_INPUT, NULL, 0);
    graph->nodes[node].shape = (px_shape){h, w, c};
    return node;
}

int add_random_conv(px_graph *graph, px_random *random, int input, int kernel_h, int kernel_w,
                    int stride, px_padding padding, int groups, int filters, bool bias) {
    int node = add(graph, PX_OP_CONV2D, &input, 1);
    const int64_t dims[4] = {kernel_h, kernel_w, graph->nodes[input].shape.c / groups, filters};
    double reach = sqrt(3.0 / (double)(dims[0] * dims[1] * dims[2]));
    graph->nodes[node].tensors[PX_KERNEL] = add_tensor(graph, random, dims, 4, -reach, reach);
    if (bias)
        graph->nodes[node].tensors[PX_BIAS] = add_tensor(graph, random, &dims[3], 1, -1, 1);
    graph->nodes[node].groups = groups;
    graph->nodes[node].window = (px_window){.kernel_h = kernel_h,
                                            .kernel_w = kernel_w,
                                            .stride_h = stride,
                                            .stride_w = stride,
                                            .padding = padding,
                                            .top = kernel_h / 2,
                                            .left = 1,
                                            .bottom = 0,
                                            .right = kernel_w};
    return settle(graph, node);
}

int add_random_norm(px_graph *graph, px_random *random, int input) {
    int node = add(graph, PX_OP_BATCH_NORM, &input, 1);
    const int64_t channels = graph->nodes[input].shape.c;
    if (px_random_below(random, 4) != 0)
        graph->nodes[node].tensors[PX_GAMMA] = add_tensor(graph, random, &channels, 1, -1, 2);
    if (px_random_below(random, 4) != 0)
        graph->nodes[node].tensors[PX_BETA] = add_tensor(graph, random, &channels, 1, -1, 1);
    graph->nodes[node].tensors[PX_MEAN] = add_tensor(graph, random, &channels, 1, -1, 1);
    graph->nodes[node].tensors[PX_VARIANCE] = add_tensor(graph, random, &channels, 1, 0.3, 2);
    graph->nodes[node].epsilon = 1e-3f;
    return settle(graph, node);
}

int add_random_dense(px_graph *graph, px_random *random, int input, int outputs) {
    int node = add(graph, PX_OP_DENSE, &input, 1);
    const int64_t dims[2] = {graph->nodes[input].shape.c, outputs};
    double reach = sqrt(3.0 / (double)dims[0]);
    graph->nodes[node].tensors[PX_KERNEL] = add_tensor(graph, random, dims, 2, -reach, reach);
    graph->nodes[node].tensors[PX_BIAS] = add_tensor(graph, random, &dims[1], 1, -1, 1);
    return settle(graph, node);
}

int add_plain(px_graph *graph, px_op op, int input) {
    int node = add(graph, op, &input, 1);
    graph->nodes[node].scale = 0.37f;
    if (op == PX_OP_PAD)
        graph->nodes[node].window = (px_window){.kernel_h = 1,
                                                .kernel_w = 1,
                                                .stride_h = 1,
                                                .stride_w = 1,
                                                .top = 1,
                                                .left = 2,
                                                .right = 1};
    return settle(graph, node);
}

int add_join(px_graph *graph, px_op op, const int *inputs, int n_inputs) {
    return settle(graph, add(graph, op, inputs, n_inputs));
}

int add_pool(px_graph *graph, px_op op, int input, int kernel, int stride, px_padding padding) {
    int node = add(graph, op, &input, 1);
    graph->nodes[node].window = (px_window){.kernel_h = kernel,
                                            .kernel_w = kernel,
                                            .stride_h = stride,
                                            .stride_w = stride,
                                            .padding = padding,
                                            .top = kernel > 1,
                                            .bottom = kernel - 1,
                                            .right = kernel > 2};
    graph->nodes[node].count_include_pad = node % 2;
    return settle(graph, node);
}

static int pick(px_random *random, int low, int high) {
    return low + (int)px_random_below(random, (uint64_t)(high - low + 1));
}

/* A kernel side that fits the image without padding. */
static int pick_kernel(px_random *random, px_shape s) {
    int most = s.h < s.w ? s.h : s.w;
    return pick(random, 1, most < 5 ? most : 5);
}

static int grow_conv(px_graph *graph, px_random *random, int input) {
    px_shape s = graph->nodes[input].shape;
    int kernel = pick_kernel(random, s), groups = 1, filters = pick(random, 1, 70);
    int other = px_random_below(random, 3) == 0 ? 1 : kernel;
    if (px_random_below(random, 4) == 0) {
        groups = s.c;
        filters = s.c * pick(random, 1, 2);
    } else if (s.c % 2 == 0 && px_random_below(random, 4) == 0) {
        groups = 2;
        filters = 2 * pick(random, 1, 20);
    }
    return add_random_conv(graph, random, input, kernel, other, pick(random, 1, 3),
                           (px_padding)pick(random, 0, 2), groups, filters,
                           px_random_below(random, 2));
}

/* Join `input` with earlier values that fit, the same one twice now and then. */
static int grow_join(px_graph *graph, px_random *random, px_op op, int input) {
    px_shape s = graph->nodes[input].shape;
    int inputs[4] = {input}, count = 1, most = pick(random, 1, 4);
    for (int i = graph->n_nodes - 1; i >= 0 && count < most; i--) {
        px_shape o = graph->nodes[i].shape;
        if (o.h == s.h && o.w == s.w && (op == PX_OP_CONCAT ? o.c + s.c < 400 : o.c == s.c) &&
            (i != input || px_random_below(random, 4) == 0))
            inputs[count++] = i;
    }
    return add_join(graph, op, inputs, count);
}

static int grow(px_graph *graph, px_random *random, int input) {
    px_shape s = graph->nodes[input].shape;
    px_op pool = px_random_below(random, 2) ? PX_OP_MAX_POOL : PX_OP_AVG_POOL;
    switch (pick(random, 0, 13)) {
    case 0:
    case 1:
    case 2:
        return grow_conv(graph, random, input);
    case 3:
        return add_random_conv(graph, random, input, 1, 1, 1, PX_PADDING_SAME, 1, s.c, true);
    case 4:
    case 5:
        return add_random_norm(graph, random, input);
    case 6:
    case 7:
        return add_plain(graph, PX_OP_RELU, input);
    case 8:
        return add_pool(graph, pool, input, pick_kernel(random, s), pick(random, 1, 2),
                        (px_padding)pick(random, 0, 2));
    case 9:
    case 10:
        return grow_join(graph, random, PX_OP_CONCAT, input);
    case 11:
        return grow_join(graph, random, PX_OP_ADD, input);
    case 12:
        return add_plain(graph, PX_OP_SCALE, input);
    default:
        return add_plain(graph, px_random_below(random, 2) ? PX_OP_PAD : PX_OP_DROPOUT, input);
    }
}

/* Features, average, dense layer and sigmoid; or a flattened image before the dense layer. */
static void add_head(px_graph *graph, px_random *random, int input) {
    px_op op = px_random_below(random, 3) ? PX_OP_GLOBAL_AVG_POOL : PX_OP_FLATTEN;
    int head = add_plain(graph, op, input);
    head = add_plain(graph, PX_OP_FLATTEN, head);
    head = add_random_dense(graph, random, head, pick(random, 1, 40));
    if (px_random_below(random, 2))
        head = add_random_norm(graph, random, add_plain(graph, PX_OP_RELU, head));
    head = add_random_dense(graph, random, add_plain(graph, PX_OP_DROPOUT, head), 5);
    add_plain(graph, PX_OP_SIGMOID, head);
}

void random_graph(px_graph *graph, uint64_t seed, int nodes) {
    px_random random;
    px_random_init(&random, seed, 0);
    int last = start_graph(graph, pick(&random, 1, 24), pick(&random, 1, 24), pick(&random, 1, 40));
    while (graph->n_nodes < nodes) {
        int reach = graph->n_nodes < 4 ? graph->n_nodes : 4;
        int input = px_random_below(&random, 3) ? last : graph->n_nodes - pick(&random, 1, reach);
        last = grow(graph, &random, input);
    }
    if (px_random_below(&random, 4))
        add_head(graph, &random, last);
    else
        graph->output = pick(&random, 0, graph->n_nodes - 1); /* an answer from the middle */
}
