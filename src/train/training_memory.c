/* Where values and gradients lie: each from the step that makes it to the last that needs it, over
 * the way forward and back. */
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "../graph/memory_plan.h"
#include "../graph/node_geometry.h"
#include "net_parts.h"

enum { LINE_FLOATS = 16, MARGIN_FLOATS = 64 /* tiles read whole vectors past the last pixel */ };

/* Blocks are values [n], then gradients [n]. Layer i runs forward at time i, the loss comes at n,
 * and the way back through layer i is at 2n - i. */
typedef struct lifetimes {
    const px_training_net *net;
    px_block *blocks;
} lifetimes;

static int way_back(const px_training_net *net, int index) {
    return 2 * net->n_layers - index;
}

static void extend(px_block *block, int time) {
    if (block->first < 0) {
        block->first = block->last = time;
        return;
    }
    block->first = time < block->first ? time : block->first;
    block->last = time > block->last ? time : block->last;
}

/* Something is done with a layer's value; with a lazy one's, it is done with its input's. */
static void use_value(const lifetimes *l, int index, int time) {
    const px_layer *layer = &l->net->layers[index];
    if (layer->lazy) {
        use_value(l, layer->inputs[0], time);
        return;
    }
    if (layer->kind != PX_LAYER_INPUT)
        extend(&l->blocks[layer->root], time);
}

static void use_gradient(const lifetimes *l, int index, int time) {
    const px_layer *layer = &l->net->layers[index];
    if (layer->passed) /* what it would give on is added at once */
        use_gradient(l, layer->inputs[0], time);
    else if (layer->learns)
        extend(&l->blocks[l->net->n_layers + layer->root], time);
}

/* Whether the way back needs what the layer read, or what it made. */
static bool needs_input(const px_layer *layer) {
    switch (layer->kind) {
    case PX_LAYER_CONV:
    case PX_LAYER_DEPTHWISE:
        return layer->trains;
    case PX_LAYER_AFFINE:
        return layer->norm || layer->lazy;
    default:
        return layer->kind == PX_LAYER_MAX_POOL;
    }
}

static bool needs_output(const px_layer *layer) {
    return layer->kind == PX_LAYER_SIGMOID ||
           (layer->kind == PX_LAYER_AFFINE && !layer->norm && !layer->lazy);
}

static void follow_layer(const lifetimes *l, int index) {
    const px_layer *layer = &l->net->layers[index];
    int back = way_back(l->net, index);
    if (!layer->lazy)
        use_value(l, index, index);
    use_gradient(l, index, back);
    for (int k = 0; k < layer->n_inputs; k++) {
        use_value(l, layer->inputs[k], index);
        if (!layer->learns)
            continue;
        use_gradient(l, layer->inputs[k], back);
        if (needs_input(layer))
            use_value(l, layer->inputs[k], back);
    }
    if (layer->learns && (needs_output(layer) || l->net->layers[layer->root].owed))
        use_value(l, index, back);
}

static bool size_blocks(const lifetimes *l, px_error *err) {
    const px_training_net *net = l->net;
    for (int i = 0; i < 2 * net->n_layers; i++) {
        const px_layer *layer = &net->layers[i % net->n_layers];
        size_t floats = px_shape_count(layer->shape) * sizeof(float);
        if (l->blocks[i].first < 0) {
            l->blocks[i].first = l->blocks[i].last = 0;
        } else if (__builtin_mul_overflow(floats, (size_t)net->options.batch,
                                          &l->blocks[i].bytes)) {
            return px_fail(err, PX_ERR_LIMIT, net->graph->nodes[i % net->n_layers].name,
                           "a batch of %d is too large", net->options.batch);
        }
    }
    return true;
}

static bool place_blocks(px_training_net *net, px_block *blocks, px_error *err) {
    const lifetimes l = {net, blocks};
    for (int i = 0; i < 2 * net->n_layers; i++)
        blocks[i].first = -1;
    for (int i = 0; i < net->n_layers; i++) {
        if (net->layers[i].kind != PX_LAYER_NONE)
            follow_layer(&l, i);
    }
    use_value(&l, net->logits, net->n_layers);
    use_gradient(&l, net->logits, net->n_layers);
    size_t bytes;
    if (!size_blocks(&l, err) || !px_memory_place(blocks, 2 * net->n_layers, &bytes, err))
        return false;
    for (int i = 0; i < net->n_layers; i++) {
        net->layers[i].value = blocks[i].offset / sizeof(float);
        net->layers[i].gradient = blocks[net->n_layers + i].offset / sizeof(float);
    }
    net->arena_floats = bytes / sizeof(float) + MARGIN_FLOATS;
    return true;
}

/* Partial sums of a norm's layer: two for each channel of each chunk, as float32. */
static size_t sums_floats(const px_training_net *net, const px_layer *layer) {
    return 2 * (size_t)px_chunks(px_layer_pixels(net, layer)) * (size_t)layer->shape.c;
}

static void size_scratch(px_training_net *net) {
    for (int i = 0; i < net->n_layers; i++) {
        const px_layer *layer = &net->layers[i];
        size_t lane = 0, shared = 0;
        if (layer->kind == PX_LAYER_NONE || layer->kind == PX_LAYER_INPUT)
            continue;
        px_conv_scratch(net, layer, &lane, &shared);
        size_t sums = sums_floats(net, layer);
        shared = sums > shared ? sums : shared;
        net->lane_floats = lane > net->lane_floats ? lane : net->lane_floats;
        net->shared_floats = shared > net->shared_floats ? shared : net->shared_floats;
    }
    net->lane_floats = (net->lane_floats + MARGIN_FLOATS) / LINE_FLOATS * LINE_FLOATS;
}

bool px_net_place(px_training_net *net, px_error *err) {
    px_block *blocks = px_alloc(2 * (size_t)net->n_layers, sizeof *blocks, err);
    bool ok = blocks && place_blocks(net, blocks, err);
    free(blocks);
    if (!ok)
        return false;
    size_scratch(net);
    size_t scratch = (size_t)net->lanes * net->lane_floats + net->shared_floats + MARGIN_FLOATS;
    net->arena = px_alloc_aligned(net->arena_floats * sizeof(float), err);
    net->scratch = px_alloc_aligned(scratch * sizeof(float), err);
    if (!net->arena || !net->scratch)
        return false;
    px_wish_large_pages(net->arena, net->arena_floats * sizeof(float));
    memset(net->scratch, 0, scratch * sizeof(float));
    return true;
}
