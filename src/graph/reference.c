/* The plain executor: one node after the other as the graph has them, with the naive kernels. */
#include "reference.h"

#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "../kernels/ref/naive.h"
#include "memory_plan.h"
#include "node_geometry.h"

struct px_reference {
    const px_graph *graph;
    int batch, features;
    px_block *blocks; /* [n_nodes] the nodes' values in the arena */
    float **weights;  /* [n_tensors] copies of those that are not float32 */
    size_t arena_bytes, weight_bytes;
};

typedef struct {
    const px_reference *reference;
    char *arena;
    const float *input;
    const px_node *node;
    int index;
} node_run;

static void keep_alive(px_reference *r, int node, int until) {
    if (node >= 0 && r->blocks[node].last < until)
        r->blocks[node].last = until;
}

static bool lay_out(px_reference *r, px_error *err) {
    const px_graph *graph = r->graph;
    for (int i = 0; i < graph->n_nodes; i++) {
        const px_node *node = &graph->nodes[i];
        r->blocks[i].first = r->blocks[i].last = i;
        if (__builtin_mul_overflow(px_shape_count(node->shape) * sizeof(float), (size_t)r->batch,
                                   &r->blocks[i].bytes))
            return px_fail(err, PX_ERR_LIMIT, node->name, "a batch of %d is too large", r->batch);
        for (int k = 0; k < node->n_inputs; k++)
            keep_alive(r, node->inputs[k], i);
    }
    keep_alive(r, graph->output, graph->n_nodes);
    keep_alive(r, r->features, graph->n_nodes);
    return px_memory_place(r->blocks, graph->n_nodes, &r->arena_bytes, err);
}

static bool widen_weights(px_reference *r, px_error *err) {
    for (int i = 0; i < r->graph->n_tensors; i++) {
        const px_tensor *tensor = &r->graph->tensors[i];
        if (tensor->dtype == PX_F32)
            continue;
        size_t bytes = (size_t)px_tensor_count(tensor) * sizeof(float);
        r->weights[i] = px_alloc_aligned(bytes, err);
        if (!r->weights[i])
            return false;
        px_tensor_to_f32(tensor, r->weights[i]);
        r->weight_bytes += bytes;
    }
    return true;
}

px_reference *px_reference_new(const px_graph *graph, int batch, px_error *err) {
    px_reference *r = px_alloc(1, sizeof *r, err);
    if (!r)
        return NULL;
    r->graph = graph;
    r->batch = batch;
    r->features = px_graph_feature_node(graph);
    r->blocks = px_alloc((size_t)graph->n_nodes, sizeof *r->blocks, err);
    r->weights = px_alloc((size_t)graph->n_tensors, sizeof *r->weights, err);
    if (!r->blocks || !r->weights || !lay_out(r, err) || !widen_weights(r, err)) {
        px_reference_free(r);
        return NULL;
    }
    return r;
}

void px_reference_free(px_reference *r) {
    if (!r)
        return;
    for (int i = 0; r->weights && i < r->graph->n_tensors; i++)
        free(r->weights[i]);
    free(r->weights);
    free(r->blocks);
    free(r);
}

size_t px_reference_arena_bytes(const px_reference *r) {
    return r->arena_bytes;
}

size_t px_reference_weight_bytes(const px_reference *r) {
    return r->weight_bytes;
}

static float *node_value(const node_run *run, int node, int image) {
    float *values = (float *)(run->arena + run->reference->blocks[node].offset);
    return values + (size_t)image * px_shape_count(run->reference->graph->nodes[node].shape);
}

/* One of the node's tensors as float32, or NULL where there is none. */
static const float *node_weights(const node_run *run, int slot) {
    int index = run->node->tensors[slot];
    if (index < 0)
        return NULL;
    const float *copy = run->reference->weights[index];
    return copy ? copy : run->reference->graph->tensors[index].data;
}

static void run_batch_norm(const node_run *run, const float *x, float *y) {
    const float *tensors[PX_NODE_TENSORS];
    for (int i = 0; i < PX_NODE_TENSORS; i++)
        tensors[i] = node_weights(run, i);
    px_shape s = run->node->shape;
    px_naive_batch_norm((size_t)s.h * s.w, s.c, tensors, run->node->epsilon, x, y);
}

static void run_concat(const node_run *run, int image, float *y) {
    const px_node *node = run->node;
    size_t pixels = (size_t)node->shape.h * node->shape.w;
    for (int i = 0; i < node->n_inputs; i++) {
        int channels = run->reference->graph->nodes[node->inputs[i]].shape.c;
        px_naive_place_channels(pixels, channels, node_value(run, node->inputs[i], image), y,
                                (size_t)node->shape.c);
        y += channels;
    }
}

static void run_add(const node_run *run, int image, float *y) {
    size_t count = px_shape_count(run->node->shape);
    memcpy(y, node_value(run, run->node->inputs[0], image), count * sizeof *y);
    for (int i = 1; i < run->node->n_inputs; i++)
        px_naive_accumulate(count, node_value(run, run->node->inputs[i], image), y);
}

/* Everything but convolutions, for one image. */
static void run_image(void *context, int image, int worker) {
    (void)worker;
    const node_run *run = context;
    const px_node *node = run->node;
    float *y = node_value(run, run->index, image);
    size_t count = px_shape_count(node->shape);
    if (node->op == PX_OP_INPUT) {
        memcpy(y, run->input + (size_t)image * count, count * sizeof *y);
        return;
    }
    px_shape in = run->reference->graph->nodes[node->inputs[0]].shape;
    px_geometry g = px_node_geometry(node, in);
    const float *x = node_value(run, node->inputs[0], image);
    switch (node->op) {
    case PX_OP_DENSE:
        px_naive_dense(in.c, node->shape.c, x, node_weights(run, PX_KERNEL),
                       node_weights(run, PX_BIAS), y);
        break;
    case PX_OP_BATCH_NORM:
        run_batch_norm(run, x, y);
        break;
    case PX_OP_RELU:
        px_naive_relu(count, x, y);
        break;
    case PX_OP_SIGMOID:
        px_naive_sigmoid(count, x, y);
        break;
    case PX_OP_MAX_POOL:
        px_naive_max_pool(&g, x, y);
        break;
    case PX_OP_AVG_POOL:
        px_naive_avg_pool(&g, node->count_include_pad, x, y);
        break;
    case PX_OP_GLOBAL_AVG_POOL:
        px_naive_global_avg_pool((size_t)in.h * in.w, in.c, x, y);
        break;
    case PX_OP_CONCAT:
        run_concat(run, image, y);
        break;
    case PX_OP_ADD:
        run_add(run, image, y);
        break;
    case PX_OP_SCALE:
        px_naive_scale(count, node->scale, x, y);
        break;
    case PX_OP_PAD:
        px_naive_pad(&g, x, y);
        break;
    default: /* dropout and flatten keep the numbers and their order */
        memcpy(y, x, count * sizeof *y);
    }
}

/* One output row of a convolution. */
static void run_conv_row(void *context, int task, int worker) {
    (void)worker;
    const node_run *run = context;
    const px_node *node = run->node;
    int image = task / node->shape.h, row = task % node->shape.h;
    px_geometry g = px_node_geometry(node, run->reference->graph->nodes[node->inputs[0]].shape);
    px_naive_conv2d(&g, node->groups, node_value(run, node->inputs[0], image),
                    node_weights(run, PX_KERNEL), node_weights(run, PX_BIAS),
                    node_value(run, run->index, image), row, 1);
}

static void copy_out(const node_run *run, int node, float *out) {
    if (node >= 0 && out)
        memcpy(out, node_value(run, node, 0),
               px_shape_count(run->reference->graph->nodes[node].shape) *
                   (size_t)run->reference->batch * sizeof *out);
}

void px_reference_run(const px_reference *r, void *arena, px_pool *pool, const float *input,
                      float *output, float *features) {
    node_run run = {.reference = r, .arena = arena, .input = input};
    for (int i = 0; i < r->graph->n_nodes; i++) {
        run.node = &r->graph->nodes[i];
        run.index = i;
        if (run.node->op == PX_OP_CONV2D)
            px_pool_run(pool, r->batch * run.node->shape.h, run_conv_row, &run);
        else
            px_pool_run(pool, r->batch, run_image, &run);
    }
    copy_out(&run, r->graph->output, output);
    copy_out(&run, r->features, features);
}
