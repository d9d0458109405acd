/* A training net among processes that share each batch: gradients are summed over them while the
 * way back goes on, batch normalisations' statistics too if they are to be of the whole batch. */
#include <limits.h>
#include <string.h>

#include "../base/memory.h"
#include "net_parts.h"

/* Gradients are handed over in pieces of at least this many: 4 MB. Fewer cost more messages, more
 * begin later. */
enum { PIECE_FLOATS = 1 << 20 };

static const px_peers *norm_peers(const px_training_net *net) {
    return net->options.sync_norm ? net->options.peers : NULL;
}

/* ---- moving statistics of a step that breaks ------------------------------------------------ */

/* Go through all moving statistics that a pass moves. @param visit  NULL: only count. */
static size_t visit_statistics(px_training_net *net,
                               void (*visit)(float *moving, float *kept, size_t count)) {
    size_t floats = 0;
    for (int i = 0; i < net->n_layers; i++) {
        const px_layer *layer = &net->layers[i];
        if (layer->kind != PX_LAYER_AFFINE || !layer->norm || layer->frozen)
            continue;
        size_t c = (size_t)layer->shape.c;
        if (visit) {
            float *kept = net->peers.statistics + floats;
            visit(px_layer_tensor(net, layer, PX_MEAN), kept, c);
            visit(px_layer_tensor(net, layer, PX_VARIANCE), kept + c, c);
        }
        floats += 2 * c;
    }
    return floats;
}

static void keep(float *moving, float *kept, size_t count) {
    memcpy(kept, moving, count * sizeof *kept);
}

static void put_back(float *moving, float *kept, size_t count) {
    memcpy(moving, kept, count * sizeof *kept);
}

void px_training_net_undo(px_training_net *net) {
    if (net->options.peers)
        visit_statistics(net, put_back);
}

/* ---- making -------------------------------------------------------------------------------- */

/* A tensor's gradient is complete when the first of its layers has been gone through. */
static void find_done(const px_training_net *net) {
    for (int i = 0; i < net->graph->n_tensors; i++)
        net->peers.done[i] = INT_MAX;
    for (int i = net->n_layers - 1; i >= 0; i--) {
        const px_layer *layer = &net->layers[i];
        const int *tensors = net->graph->nodes[layer->node].tensors;
        for (int slot = 0; slot < 2 && layer->kind != PX_LAYER_NONE && layer->trains; slot++) {
            if (tensors[slot] >= 0)
                net->peers.done[tensors[slot]] = i;
        }
    }
}

bool px_net_prepare_peers(px_training_net *net, px_error *err) {
    px_net_peers *peers = &net->peers;
    peers->images = net->options.batch;
    if (!net->options.peers)
        return true;
    peers->statistics = px_alloc(visit_statistics(net, NULL), sizeof *peers->statistics, err);
    peers->done = px_alloc((size_t)net->graph->n_tensors, sizeof *peers->done, err);
    if (!peers->statistics || !peers->done)
        return false;
    find_done(net);
    return true;
}

/* ---- forward ------------------------------------------------------------------------------- */

void px_net_begin_pass(px_training_net *net) {
    if (net->options.peers)
        visit_statistics(net, keep);
    net->peers.images = net->options.batch;
    px_net_share_sums(net, &net->peers.images, 1);
    net->peers.tensor = net->graph->n_tensors;
    net->peers.first = net->peers.last = net->gradient_floats;
}

void px_net_share_moments(const px_training_net *net, const px_layer *layer, double *moments) {
    if (!norm_peers(net))
        return;
    size_t c = (size_t)layer->shape.c;
    double *mean = moments, *variance = moments + c;
    double share = (double)px_layer_pixels(net, layer) / px_norm_pixels(net, layer);
    for (size_t i = 0; i < c; i++) {
        variance[i] = share * (variance[i] + mean[i] * mean[i]);
        mean[i] *= share;
    }
    px_net_share_sums(net, moments, 2 * c);
    for (size_t i = 0; i < c; i++) {
        double v = variance[i] - mean[i] * mean[i];
        variance[i] = v < 0 ? 0 : v; /* not fmax: what is not a number stays so */
    }
}

/* ---- back ---------------------------------------------------------------------------------- */

void px_net_share_sums(const px_training_net *net, double *sums, size_t count) {
    const px_peers *peers = norm_peers(net);
    if (peers)
        peers->sum_doubles(peers->context, sums, count);
}

static void begin_sum(px_training_net *net) {
    px_net_peers *p = &net->peers;
    const px_peers *peers = net->options.peers;
    if (p->first < p->last)
        peers->start_sum(peers->context, net->gradients + p->first, p->last - p->first);
    p->last = p->first;
}

void px_net_share_gradients(px_training_net *net, int layer) {
    px_net_peers *p = &net->peers;
    const px_peers *peers = net->options.peers;
    if (!peers)
        return;
    for (; p->tensor > 0 && p->done[p->tensor - 1] >= layer; p->tensor--) {
        const float *gradient = net->parameters[p->tensor - 1].gradient;
        if (gradient)
            p->first = (size_t)(gradient - net->gradients);
    }
    if (p->last - p->first >= PIECE_FLOATS)
        begin_sum(net);
    peers->advance(peers->context);
}

void px_net_finish_gradients(px_training_net *net) {
    const px_peers *peers = net->options.peers;
    if (!peers)
        return;
    begin_sum(net);
    peers->finish(peers->context);
}
