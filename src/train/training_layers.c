/* From the graph's nodes to a training net's layers: what changes nothing is skipped, what can be
 * done in one go is merged, and what is cheap is not written down but applied by its readers. */
#include <stdlib.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "../graph/node_geometry.h"
#include "net_parts.h"

static const px_layer_kind kinds[PX_OPS] = {
    [PX_OP_INPUT] = PX_LAYER_INPUT,       [PX_OP_CONV2D] = PX_LAYER_CONV,
    [PX_OP_DENSE] = PX_LAYER_CONV,        [PX_OP_BATCH_NORM] = PX_LAYER_AFFINE,
    [PX_OP_RELU] = PX_LAYER_AFFINE,       [PX_OP_SIGMOID] = PX_LAYER_SIGMOID,
    [PX_OP_MAX_POOL] = PX_LAYER_MAX_POOL, [PX_OP_AVG_POOL] = PX_LAYER_AVG_POOL,
    [PX_OP_CONCAT] = PX_LAYER_CONCAT,     [PX_OP_GLOBAL_AVG_POOL] = PX_LAYER_GLOBAL_AVG_POOL,
    [PX_OP_ADD] = PX_LAYER_ADD,           [PX_OP_SCALE] = PX_LAYER_SCALE,
    [PX_OP_PAD] = PX_LAYER_PAD,           [PX_OP_DROPOUT] = PX_LAYER_DROPOUT,
    [PX_OP_FLATTEN] = PX_LAYER_FLATTEN,
};

/* Whether a node's value is its input's. */
static bool is_same(const px_graph *graph, const px_node *node) {
    px_shape in = node->n_inputs ? graph->nodes[node->inputs[0]].shape : node->shape;
    return (node->op == PX_OP_FLATTEN && in.h == 1 && in.w == 1) ||
           (node->op == PX_OP_DROPOUT && !(node->scale > 0)) ||
           ((node->op == PX_OP_ADD || node->op == PX_OP_CONCAT) && node->n_inputs == 1);
}

static int resolve(const px_graph *graph, int node) {
    while (is_same(graph, &graph->nodes[node]))
        node = graph->nodes[node].inputs[0];
    return node;
}

static bool make_layer(px_training_net *net, int index, px_error *err) {
    const px_graph *graph = net->graph;
    const px_node *node = &graph->nodes[index];
    px_layer *layer = &net->layers[index];
    layer->node = layer->root = index;
    layer->inputs = px_alloc((size_t)node->n_inputs, sizeof *layer->inputs, err);
    if (!layer->inputs)
        return false;
    if (node->op == PX_OP_DROPOUT && !(node->scale < 1))
        return px_fail(err, PX_ERR_INPUT, node->name, "a dropout rate of %g", (double)node->scale);
    layer->kind = is_same(graph, node) ? PX_LAYER_NONE : kinds[node->op];
    layer->n_inputs = node->n_inputs;
    for (int i = 0; i < node->n_inputs; i++)
        layer->inputs[i] = resolve(graph, node->inputs[i]);
    layer->shape = node->shape;
    layer->groups = node->groups;
    layer->include_pad = node->count_include_pad;
    layer->factor = node->scale;
    layer->norm = node->op == PX_OP_BATCH_NORM;
    layer->relu = node->op == PX_OP_RELU;
    layer->frozen = net->options.frozen && net->options.frozen[index];
    if (node->n_inputs)
        layer->geometry = px_node_geometry(node, graph->nodes[node->inputs[0]].shape);
    return true;
}

/* Count the readers of what the answer needs; drop the rest. */
static void count_uses(px_training_net *net) {
    net->layers[net->logits].uses = 1;
    for (int i = net->n_layers - 1; i >= 0; i--) {
        px_layer *layer = &net->layers[i];
        if (layer->uses == 0 && layer->kind != PX_LAYER_INPUT)
            layer->kind = PX_LAYER_NONE;
        for (int k = 0; k < layer->n_inputs && layer->kind != PX_LAYER_NONE; k++)
            net->layers[layer->inputs[k]].uses++;
    }
}

static px_layer *only_input(const px_training_net *net, const px_layer *layer) {
    px_layer *input = layer->n_inputs == 1 ? &net->layers[layer->inputs[0]] : NULL;
    return input && input->uses == 1 ? input : NULL;
}

/* Let a layer read what its only input reads, and do that one's work too. */
static void skip_input(px_layer *layer, px_layer *input) {
    layer->inputs[0] = input->inputs[0];
    input->kind = PX_LAYER_NONE;
}

/* A ReLU after a batch normalisation that nobody else reads. */
static void merge_norm(px_training_net *net, px_layer *layer) {
    px_layer *input = only_input(net, layer);
    if (layer->kind != PX_LAYER_AFFINE || layer->norm || !input || !input->norm ||
        input->kind != PX_LAYER_AFFINE || input->relu)
        return;
    layer->norm = true;
    layer->node = input->node;
    layer->frozen = input->frozen;
    skip_input(layer, input);
}

/* Zeros around the image become the window's own padding; a maximum takes part in them. */
static void merge_pad(px_training_net *net, px_layer *layer) {
    px_layer *input = only_input(net, layer);
    px_geometry *g = &layer->geometry;
    bool padded = g->top || g->left || g->bottom || g->right;
    bool pool = layer->kind == PX_LAYER_MAX_POOL && !padded;
    if ((layer->kind != PX_LAYER_CONV && !pool) || !input || input->kind != PX_LAYER_PAD)
        return;
    g->top += input->geometry.top;
    g->left += input->geometry.left;
    g->bottom += input->geometry.bottom;
    g->right += input->geometry.right;
    g->in_h = input->geometry.in_h;
    g->in_w = input->geometry.in_w;
    layer->zero_pad = pool;
    skip_input(layer, input);
}

/* An average that nobody else hears of after a pointwise convolution comes first instead: the same
 * function on fewer pixels, because both are linear (DenseNet's transitions). */
static void swap_pool(px_training_net *net, px_layer *pool) {
    px_layer *conv = only_input(net, pool);
    if (pool->kind != PX_LAYER_AVG_POOL || !conv || conv->kind != PX_LAYER_CONV)
        return;
    const px_geometry *c = &conv->geometry, *p = &pool->geometry;
    bool plain = c->kernel_h == 1 && c->kernel_w == 1 && c->stride_h == 1 && c->stride_w == 1 &&
                 !c->top && !c->left && !c->bottom && !c->right && conv->groups == 1;
    bool whole = !p->top && !p->left && !p->bottom && !p->right;
    if (!plain || !whole || p->out_h * p->out_w >= p->in_h * p->in_w)
        return;
    px_geometry window = *p;
    window.in_c = window.out_c = c->in_c;
    px_geometry point = *c;
    point.in_h = point.out_h = p->out_h;
    point.in_w = point.out_w = p->out_w;
    conv->kind = PX_LAYER_AVG_POOL;
    conv->geometry = window;
    conv->shape = (px_shape){p->out_h, p->out_w, c->in_c};
    conv->include_pad = pool->include_pad;
    pool->kind = PX_LAYER_CONV;
    pool->geometry = point;
    pool->groups = 1;
    pool->node = conv->node;
    pool->frozen = conv->frozen;
}

static void find_depthwise(px_layer *layer) {
    const px_geometry *g = &layer->geometry;
    if (layer->kind == PX_LAYER_CONV && layer->groups > 1 && layer->groups == g->in_c &&
        g->out_c == g->in_c)
        layer->kind = PX_LAYER_DEPTHWISE;
}

/* Whether a reader can apply an affine as it reads. A depthwise convolution reads each pixel once
 * for each tap, so that only a ReLU is cheap enough. */
static bool can_apply(const px_layer *reader, const px_layer *affine) {
    switch (reader->kind) {
    case PX_LAYER_CONV:
    case PX_LAYER_MAX_POOL:
    case PX_LAYER_AVG_POOL:
    case PX_LAYER_GLOBAL_AVG_POOL:
        return true;
    case PX_LAYER_DEPTHWISE:
        return !affine->norm;
    default:
        return false;
    }
}

static void find_lazy(px_training_net *net) {
    for (int i = 0; i < net->n_layers; i++)
        net->layers[i].lazy = net->layers[i].kind == PX_LAYER_AFFINE && i != net->logits;
    for (int i = 0; i < net->n_layers; i++) {
        px_layer *layer = &net->layers[i];
        for (int k = 0; k < layer->n_inputs && layer->kind != PX_LAYER_NONE; k++) {
            px_layer *input = &net->layers[layer->inputs[k]];
            input->lazy = input->lazy && can_apply(layer, input);
        }
    }
}

/* Which layers have weights to train, and whose values' gradients are needed for that. */
static void find_learning(px_training_net *net) {
    for (int i = 0; i < net->n_layers; i++) {
        px_layer *layer = &net->layers[i];
        if (layer->kind == PX_LAYER_NONE)
            continue;
        const int *tensors = net->graph->nodes[layer->node].tensors;
        bool conv = layer->kind == PX_LAYER_CONV || layer->kind == PX_LAYER_DEPTHWISE;
        bool norm = layer->norm && (tensors[PX_GAMMA] >= 0 || tensors[PX_BETA] >= 0);
        layer->trains = (conv || norm) && !layer->frozen;
        layer->learns = layer->trains;
        for (int k = 0; k < layer->n_inputs; k++)
            layer->learns |= net->layers[layer->inputs[k]].learns;
    }
}

/* Whether a layer's value may be written into a slice of another's memory. */
static bool can_lie_in(const px_training_net *net, int input, int concat) {
    const px_layer *layer = &net->layers[input];
    return layer->kind != PX_LAYER_INPUT && layer->root == input && input != concat;
}

/* Write what is concatenated where it belongs from the start, the last concatenation first: those
 * of a dense block nest. */
static void find_places(px_training_net *net) {
    for (int i = net->n_layers - 1; i >= 0; i--) {
        px_layer *layer = &net->layers[i];
        if (layer->kind != PX_LAYER_CONCAT)
            continue;
        for (int k = 0, channel = 0; k < layer->n_inputs; k++) {
            px_layer *input = &net->layers[layer->inputs[k]];
            if (can_lie_in(net, layer->inputs[k], i)) {
                input->root = i;
                input->channel = channel;
            }
            channel += input->shape.c;
        }
    }
    for (int i = net->n_layers - 1; i >= 0; i--) { /* parents come later and are settled */
        px_layer *layer = &net->layers[i];
        if (layer->root != i) {
            layer->channel += net->layers[layer->root].channel;
            layer->root = net->layers[layer->root].root;
        }
    }
}

bool px_net_make_layers(px_training_net *net, px_error *err) {
    const px_graph *graph = net->graph;
    net->n_layers = graph->n_nodes;
    net->layers = px_alloc((size_t)graph->n_nodes, sizeof *net->layers, err);
    if (!net->layers)
        return false;
    for (int i = 0; i < graph->n_nodes; i++) {
        if (!make_layer(net, i, err))
            return false;
    }
    net->logits = resolve(graph, graph->output);
    if (graph->nodes[net->logits].op == PX_OP_SIGMOID)
        net->logits = net->layers[net->logits].inputs[0];
    count_uses(net);
    for (int i = 0; i < graph->n_nodes; i++) {
        merge_norm(net, &net->layers[i]);
        merge_pad(net, &net->layers[i]);
        swap_pool(net, &net->layers[i]);
    }
    for (int i = 0; i < graph->n_nodes; i++)
        find_depthwise(&net->layers[i]);
    find_lazy(net);
    find_learning(net);
    find_places(net);
    return true;
}
