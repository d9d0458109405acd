/* The way back through a pointwise convolution and the batch normalisation and ReLU before it, in
 * one pass: dz, the gradient of what the convolution reads, is never written to memory as a whole.
 *
 * A norm's dx = by_gradient * dz + by_input * (x - mean) + offset, where the last two factors are
 * known when the sums over all pixels are. A chunk of dz is multiplied out, summed, and its first
 * term added to dx while it is in the cache. The rest is the same for all norms that read the
 * value, as each layer of a dense block has one: their factors are added up, and the gradient is
 * completed once, before it is read (px_norm_settle). */
#include <stdlib.h>
#include <string.h>

#include "../base/memory.h"
#include "net_parts.h"

enum { PIECE_CHANNELS = 256 /* a chunk of them is in the second-level cache */ };

/* ---- which --------------------------------------------------------------------------------- */

static bool goes_through(const px_training_net *net, const px_layer *layer) {
    const px_layer *norm = layer->n_inputs ? &net->layers[layer->inputs[0]] : NULL;
    if (layer->kind != PX_LAYER_CONV || layer->conv.n_phases != 1 || layer->groups != 1)
        return false;
    const px_geometry *g = &layer->geometry;
    return layer->conv.phases[0].pass.conv.flat && g->stride_h == 1 && g->stride_w == 1 &&
           norm->lazy && norm->norm && !norm->frozen && norm->uses == 1 &&
           net->layers[norm->inputs[0]].learns;
}

bool px_net_find_through(px_training_net *net, px_error *err) {
    for (int i = 0; i < net->n_layers; i++) {
        px_layer *layer = &net->layers[i];
        if (!goes_through(net, layer))
            continue;
        px_layer *norm = &net->layers[layer->inputs[0]];
        px_layer *root = &net->layers[net->layers[norm->inputs[0]].root];
        layer->conv.through_norm = norm->passed = true;
        if (!root->owed)
            root->owed = px_alloc(3 * (size_t)root->shape.c, sizeof *root->owed, err);
        if (!root->owed)
            return false;
    }
    return true;
}

/* ---- a chunk of pixels --------------------------------------------------------------------- */

typedef struct through_job {
    px_training_net *net;
    const px_conv_pass *conv;
    px_view dy;
    px_norm_pass pass; /* of all pixels and channels */
    float *parts;      /* [chunks][2][channels] */
    int pieces;
} through_job;

size_t px_norm_conv_scratch(const px_layer *layer) {
    return (size_t)PX_CHUNK_PIXELS * PIECE_CHANNELS +
           layer->conv.phases[0].pass.conv.scratch_floats;
}

/* The product for the chunk's channels from `first` on, in the lane's memory. */
static float *multiply(const through_job *job, size_t pixel, size_t pixels, int first, int channels,
                       float *lane) {
    const px_conv *conv = &job->conv->conv;
    int tile = conv->kernels->tile_columns;
    px_conv_data data = {.input = job->dy.data + pixel * job->dy.pixel,
                         .input_pixel = job->dy.pixel,
                         .output = lane + conv->scratch_floats,
                         .output_pixel = PIECE_CHANNELS,
                         .scratch = lane,
                         .scratch_floats = conv->scratch_floats};
    px_conv_run_panels(conv, &job->conv->step, &data, (int)pixels, first / tile,
                       px_divide_up(first + channels, tile));
    return data.output + first;
}

static void run_piece(void *context, int task, int worker) {
    const through_job *job = context;
    int chunk = task / job->pieces, first = task % job->pieces * PIECE_CHANNELS;
    size_t pixel = (size_t)chunk * PX_CHUNK_PIXELS, left = job->pass.pixels - pixel;
    size_t pixels = left < PX_CHUNK_PIXELS ? left : PX_CHUNK_PIXELS;
    int rest = job->pass.channels - first, channels = rest < PIECE_CHANNELS ? rest : PIECE_CHANNELS;
    float sums[2 * PIECE_CHANNELS];
    px_norm_pass pass = job->pass;
    pass.pixels = pixels;
    pass.channels = channels;
    pass.x += pixel * pass.x_pixel + first;
    pass.dx += pixel * pass.dx_pixel + first;
    pass.dy = multiply(job, pixel, pixels, first, channels, px_net_lane(job->net, worker));
    pass.dy_pixel = PIECE_CHANNELS;
    pass.affine.scale += first;
    pass.affine.shift += first;
    pass.mean += first;
    pass.by_gradient += first;
    pass.sum = sums;
    job->net->train->norm_sums_apply(&pass);
    float *part = job->parts + (size_t)chunk * 2 * (size_t)job->pass.channels + first;
    memcpy(part, sums, (size_t)channels * sizeof *part);
    memcpy(part + job->pass.channels, sums + channels, (size_t)channels * sizeof *part);
}

/* ---- the whole ----------------------------------------------------------------------------- */

/* Add a norm's factors to what the gradient of the value that it read lacks. */
static void owe(const px_training_net *net, const px_layer *norm) {
    const px_layer *input = &net->layers[norm->inputs[0]], *root = &net->layers[input->root];
    float *mean = root->owed + input->channel;
    float *by_input = mean + root->shape.c, *offset = by_input + root->shape.c;
    for (int c = 0; c < norm->shape.c; c++) {
        mean[c] = norm->norms.mean[c];
        by_input[c] += norm->norms.by_input[c];
        offset[c] += norm->norms.offset[c];
    }
}

void px_norm_conv_backward(px_training_net *net, px_layer *layer, int index) {
    px_layer *norm = &net->layers[layer->inputs[0]];
    px_view x = px_layer_value(net, norm->inputs[0]);
    through_job job = {.net = net,
                       .conv = &layer->conv.phases[0].pass,
                       .dy = px_layer_gradient(net, index),
                       .parts = px_net_shared(net),
                       .pass = {.pixels = px_layer_pixels(net, norm),
                                .channels = norm->shape.c,
                                .x = x.data,
                                .x_pixel = x.pixel,
                                .affine = px_layer_before(net, layer, 0),
                                .mean = norm->norms.mean,
                                .by_gradient = norm->norms.scale}};
    px_view dx = px_layer_target(net, norm->inputs[0], &job.pass.add);
    job.pass.dx = dx.data;
    job.pass.dx_pixel = dx.pixel;
    job.pieces = px_divide_up(norm->shape.c, PIECE_CHANNELS);
    px_pool_run(net->options.pool, px_chunks(job.pass.pixels) * job.pieces, run_piece, &job);
    px_norm_finish_sums(net, norm, job.parts);
    owe(net, norm);
}

typedef struct settle_job {
    const px_training_net *net;
    px_norm_pass pass;
} settle_job;

static void settle_pixels(void *context, size_t first, size_t count) {
    const settle_job *job = context;
    px_norm_pass pass = job->pass;
    pass.pixels = count;
    pass.x += first * pass.x_pixel;
    pass.dx += first * pass.dx_pixel;
    pass.dy = pass.dx;
    job->net->train->norm_apply(&pass);
}

void px_norm_settle(px_training_net *net, int index) {
    const px_layer *layer = &net->layers[index], *root = &net->layers[layer->root];
    if (!root->owed || !layer->learns || px_layer_in_place(net, layer))
        return;
    size_t c = (size_t)root->shape.c;
    float *mean = root->owed + layer->channel;
    px_view x = px_layer_value(net, index), dx = px_layer_gradient(net, index);
    settle_job job = {net,
                      {.pixels = px_layer_pixels(net, layer),
                       .channels = layer->shape.c,
                       .x = x.data,
                       .x_pixel = x.pixel,
                       .dy_pixel = dx.pixel,
                       .mean = mean,
                       .by_gradient = net->ones,
                       .by_input = mean + c,
                       .offset = mean + 2 * c,
                       .dx = dx.data,
                       .dx_pixel = dx.pixel}};
    px_net_run_pixels(net, job.pass.pixels, (size_t)job.pass.channels, settle_pixels, &job);
    memset(mean + c, 0, (size_t)job.pass.channels * sizeof *mean);
    memset(mean + 2 * c, 0, (size_t)job.pass.channels * sizeof *mean);
}
