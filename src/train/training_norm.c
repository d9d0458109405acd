/* Batch normalisation and ReLU in training mode (Ioffe & Szegedy 2015), forward and back.
 *
 * A channel's mean and variance are worked out once for each value, however many norms read it: all
 * layers of a dense block do. Sums go through chunks of pixels in float32 and are put together in
 * double precision, in the order of the chunks. */
#include <math.h>
#include <string.h>

#include "net_parts.h"

static size_t chunk_pixels(size_t pixels, int chunk) {
    size_t left = pixels - (size_t)chunk * PX_CHUNK_PIXELS;
    return left < PX_CHUNK_PIXELS ? left : PX_CHUNK_PIXELS;
}

/* ---- moments ------------------------------------------------------------------------------- */

typedef struct moments_job {
    const px_training_net *net;
    px_view view;
    size_t pixels;
    int channels;
    float *parts; /* [chunks][2][channels]: means, sums of squares about them */
} moments_job;

static void measure_chunk(void *context, int chunk, int worker) {
    (void)worker;
    const moments_job *job = context;
    size_t c = (size_t)job->channels;
    float *part = job->parts + (size_t)chunk * 2 * c;
    job->net->train->moments(chunk_pixels(job->pixels, chunk), job->channels,
                             job->view.data + (size_t)chunk * PX_CHUNK_PIXELS * job->view.pixel,
                             job->view.pixel, part, part + c);
}

/* The whole's moments from those of its parts (Chan, Golub & LeVeque 1979). */
static void join_moments(const moments_job *job, double *mean, double *variance) {
    size_t c = (size_t)job->channels;
    int chunks = px_chunks(job->pixels);
    memset(mean, 0, c * sizeof *mean);
    memset(variance, 0, c * sizeof *variance);
    for (int k = 0; k < chunks; k++) {
        double share = (double)chunk_pixels(job->pixels, k) / (double)job->pixels;
        for (size_t i = 0; i < c; i++)
            mean[i] += share * (double)job->parts[(size_t)k * 2 * c + i];
    }
    for (int k = 0; k < chunks; k++) {
        const float *part = job->parts + (size_t)k * 2 * c;
        double share = (double)chunk_pixels(job->pixels, k) / (double)job->pixels;
        for (size_t i = 0; i < c; i++) {
            double distance = (double)part[i] - mean[i];
            variance[i] += (double)part[c + i] / (double)job->pixels + share * distance * distance;
        }
    }
}

static void measure(px_training_net *net, int index) {
    px_layer *layer = &net->layers[index];
    if (layer->measured)
        return;
    moments_job job = {.net = net,
                       .view = px_layer_value(net, index),
                       .pixels = px_layer_pixels(net, layer),
                       .channels = layer->shape.c,
                       .parts = px_net_shared(net)};
    px_pool_run(net->options.pool, px_chunks(job.pixels), measure_chunk, &job);
    join_moments(&job, layer->moments, layer->moments + layer->shape.c);
    px_net_share_moments(net, layer, layer->moments);
    layer->measured = true;
}

/* Mean and variance of a layer's channels, from its parts where it is concatenated. */
static void find_moments(px_training_net *net, int index, double *mean, double *variance) {
    const px_layer *layer = &net->layers[index];
    if (layer->moments) {
        measure(net, index);
        memcpy(mean, layer->moments, (size_t)layer->shape.c * sizeof *mean);
        memcpy(variance, layer->moments + layer->shape.c,
               (size_t)layer->shape.c * sizeof *variance);
        return;
    }
    for (int k = 0; k < layer->n_inputs; k++) {
        find_moments(net, layer->inputs[k], mean, variance);
        mean += net->layers[layer->inputs[k]].shape.c;
        variance += net->layers[layer->inputs[k]].shape.c;
    }
}

/* ---- forward ------------------------------------------------------------------------------- */

static void move_statistics(const px_training_net *net, const px_layer *layer, const double *mean,
                            const double *variance) {
    float *moving_mean = px_layer_tensor(net, layer, PX_MEAN);
    float *moving_variance = px_layer_tensor(net, layer, PX_VARIANCE);
    double m = (double)net->options.momentum, n = px_norm_pixels(net, layer);
    double bessel = n > 1 ? n / (n - 1) : 1;
    for (int c = 0; c < layer->shape.c; c++) {
        float next_mean = (float)(m * (double)moving_mean[c] + (1 - m) * mean[c]);
        float next_variance =
            (float)(m * (double)moving_variance[c] + (1 - m) * bessel * variance[c]);
        if (!isfinite(next_mean) || !isfinite(next_variance))
            continue; /* they would stay so, though the optimiser leaves such a step out */
        moving_mean[c] = next_mean;
        moving_variance[c] = next_variance;
    }
}

/* The layer as a scale and a shift. */
static void set_affine(px_training_net *net, px_layer *layer) {
    px_layer_norm *n = &layer->norms;
    int channels = layer->shape.c;
    double *mean = n->moments, *variance = mean + channels;
    const float *gamma = px_layer_tensor(net, layer, PX_GAMMA);
    const float *beta = px_layer_tensor(net, layer, PX_BETA);
    double epsilon = (double)net->graph->nodes[layer->node].epsilon;
    if (layer->frozen) {
        const float *moving_mean = px_layer_tensor(net, layer, PX_MEAN);
        const float *moving_variance = px_layer_tensor(net, layer, PX_VARIANCE);
        for (int c = 0; c < channels; c++) {
            mean[c] = (double)moving_mean[c];
            variance[c] = (double)moving_variance[c];
        }
    } else {
        find_moments(net, layer->inputs[0], mean, variance);
        move_statistics(net, layer, mean, variance);
    }
    for (int c = 0; c < channels; c++) {
        n->spread[c] = 1 / sqrt(variance[c] + epsilon);
        double scale = (gamma ? (double)gamma[c] : 1) * n->spread[c];
        n->mean[c] = (float)mean[c];
        n->scale[c] = (float)scale;
        n->shift[c] = (float)((beta ? (double)beta[c] : 0) - mean[c] * scale);
    }
}

typedef struct affine_job {
    const px_training_net *net;
    px_affine affine;
    int channels;
    px_view from, to;
} affine_job;

static void apply_affine(void *context, size_t first, size_t count) {
    const affine_job *job = context;
    for (size_t i = first; i < first + count; i++)
        job->net->kernels->affine(&job->affine, job->channels, job->from.data + i * job->from.pixel,
                                  job->to.data + i * job->to.pixel);
}

static px_affine affine_of(const px_layer *layer) {
    px_affine affine = {.relu = layer->relu};
    if (layer->norm) {
        affine.scale = layer->norms.scale;
        affine.shift = layer->norms.shift;
    }
    return affine;
}

void px_affine_forward(px_training_net *net, px_layer *layer, int index) {
    if (layer->norm)
        set_affine(net, layer);
    if (layer->lazy)
        return;
    affine_job job = {net, affine_of(layer), layer->shape.c, px_layer_value(net, layer->inputs[0]),
                      px_layer_value(net, index)};
    px_net_run_pixels(net, px_layer_pixels(net, layer), (size_t)layer->shape.c, apply_affine, &job);
}

/* ---- back ---------------------------------------------------------------------------------- */

typedef struct back_job {
    const px_training_net *net;
    px_norm_pass pass;
    float *parts; /* [chunks][2][channels] */
} back_job;

/* The pass over pixels from `first` on. */
static px_norm_pass part_of(const back_job *job, size_t first, size_t count) {
    px_norm_pass pass = job->pass;
    pass.pixels = count;
    pass.x += first * pass.x_pixel;
    pass.dy += first * pass.dy_pixel;
    return pass;
}

static void sum_chunk(void *context, int chunk, int worker) {
    (void)worker;
    const back_job *job = context;
    px_norm_pass pass =
        part_of(job, (size_t)chunk * PX_CHUNK_PIXELS, chunk_pixels(job->pass.pixels, chunk));
    pass.sum = job->parts + (size_t)chunk * 2 * (size_t)pass.channels;
    job->net->train->norm_sums(&pass);
}

static void apply_pixels(void *context, size_t first, size_t count) {
    const back_job *job = context;
    px_norm_pass pass = part_of(job, first, count);
    pass.dx += first * pass.dx_pixel;
    job->net->train->norm_apply(&pass);
}

/* The sums over this process' pixels, which are gradients of beta and, divided by the spread, of
 * gamma. */
static void join_sums(const px_training_net *net, px_layer *layer, const float *parts) {
    px_layer_norm *n = &layer->norms;
    size_t channels = (size_t)layer->shape.c;
    float *dgamma = px_layer_tensor_gradient(net, layer, PX_GAMMA);
    float *dbeta = px_layer_tensor_gradient(net, layer, PX_BETA);
    int chunks = px_chunks(px_layer_pixels(net, layer));
    for (size_t c = 0; c < channels; c++) {
        double sum = 0, product = 0;
        for (int k = 0; k < chunks; k++) {
            sum += (double)parts[(size_t)k * 2 * channels + c];
            product += (double)parts[((size_t)k * 2 + 1) * channels + c];
        }
        if (dgamma)
            dgamma[c] += (float)(product * n->spread[c]);
        if (dbeta)
            dbeta[c] += (float)sum;
        n->sums[c] = sum;
        n->sums[channels + c] = product;
    }
}

/* The factors of dx. With the batch's statistics dx = gamma / spread (dz - mean(dz) -
 * xhat mean(dz xhat)), xhat the normalised x. */
static void set_factors(const px_training_net *net, px_layer *layer) {
    px_layer_norm *n = &layer->norms;
    size_t channels = (size_t)layer->shape.c;
    const float *gamma = px_layer_tensor(net, layer, PX_GAMMA);
    double pixels = px_norm_pixels(net, layer);
    for (size_t c = 0; c < channels; c++) {
        double by_gradient = (gamma ? (double)gamma[c] : 1) * n->spread[c];
        double product = n->sums[channels + c];
        n->by_gradient[c] = (float)by_gradient;
        n->by_input[c] = (float)(-by_gradient * n->spread[c] * n->spread[c] * product / pixels);
        n->offset[c] = (float)(-by_gradient * n->sums[c] / pixels);
    }
}

void px_norm_finish_sums(px_training_net *net, px_layer *layer, const float *parts) {
    join_sums(net, layer, parts);
    px_net_share_sums(net, layer->norms.sums, 2 * (size_t)layer->shape.c);
    set_factors(net, layer);
}

/* Where statistics are constants, or there are none. */
static void set_constant_factors(px_training_net *net, px_layer *layer, px_norm_pass *pass) {
    pass->mean = pass->by_input = pass->offset = net->zeros;
    pass->by_gradient = layer->norm ? layer->norms.scale : net->ones;
}

/* What the mask is taken from: a plain ReLU that was written down has the same sign as its input.
 */
static px_view masking_view(const px_training_net *net, const px_layer *layer, int index) {
    return layer->norm || layer->lazy ? px_layer_value(net, layer->inputs[0])
                                      : px_layer_value(net, index);
}

void px_affine_backward(px_training_net *net, px_layer *layer, int index) {
    if (layer->passed)
        return;
    px_view x = masking_view(net, layer, index), dy = px_layer_gradient(net, index);
    bool measured = layer->norm && !layer->frozen;
    back_job job = {.net = net,
                    .parts = px_net_shared(net),
                    .pass = {.pixels = px_layer_pixels(net, layer),
                             .channels = layer->shape.c,
                             .x = x.data,
                             .x_pixel = x.pixel,
                             .dy = dy.data,
                             .dy_pixel = dy.pixel,
                             .affine = affine_of(layer),
                             .mean = layer->norms.mean,
                             .by_gradient = layer->norms.by_gradient,
                             .by_input = layer->norms.by_input,
                             .offset = layer->norms.offset}};
    if (measured) {
        px_pool_run(net->options.pool, px_chunks(job.pass.pixels), sum_chunk, &job);
        px_norm_finish_sums(net, layer, job.parts);
    } else {
        set_constant_factors(net, layer, &job.pass);
    }
    if (!net->layers[layer->inputs[0]].learns)
        return;
    px_view dx = px_layer_target(net, layer->inputs[0], &job.pass.add);
    job.pass.dx = dx.data;
    job.pass.dx_pixel = dx.pixel;
    px_net_run_pixels(net, job.pass.pixels, (size_t)job.pass.channels, apply_pixels, &job);
}
