/* Layers that work pixel by pixel or element by element, forward and back: concatenation, sums,
 * factors, zeros around an image, dropout, flattening and the logistic function. */
#include <math.h>
#include <string.h>

#include "net_parts.h"

/* ---- sums over pixels ---------------------------------------------------------------------- */

typedef struct column_job {
    const px_training_net *net;
    px_view view;
    size_t pixels;
    int channels;
    float *parts; /* [chunks][channels] */
} column_job;

static void sum_chunk(void *context, int chunk, int worker) {
    (void)worker;
    const column_job *job = context;
    size_t first = (size_t)chunk * PX_CHUNK_PIXELS, left = job->pixels - first;
    job->net->train->column_sums(left < PX_CHUNK_PIXELS ? left : PX_CHUNK_PIXELS, job->channels,
                                 job->view.data + first * job->view.pixel, job->view.pixel,
                                 job->parts + (size_t)chunk * (size_t)job->channels);
}

void px_net_add_column_sums(px_training_net *net, px_view view, size_t pixels, int channels,
                            float *sum) {
    column_job job = {net, view, pixels, channels, px_net_shared(net)};
    int chunks = px_chunks(pixels);
    px_pool_run(net->options.pool, chunks, sum_chunk, &job);
    for (int c = 0; c < channels; c++) {
        double total = 0;
        for (int k = 0; k < chunks; k++)
            total += (double)job.parts[(size_t)k * (size_t)channels + (size_t)c];
        sum[c] += (float)total;
    }
}

/* ---- factor, copy, sum --------------------------------------------------------------------- */

/* to (+)= factor * from, pixel by pixel. */
typedef struct scale_job {
    const px_training_net *net;
    int channels;
    float factor;
    px_view from, to;
    bool add;
} scale_job;

static void scale_pixels(void *context, size_t first, size_t count) {
    const scale_job *job = context;
    for (size_t i = first; i < first + count; i++)
        job->net->train->scale(job->channels, job->factor, job->from.data + i * job->from.pixel,
                               job->add, job->to.data + i * job->to.pixel);
}

static void run_scale(px_training_net *net, size_t pixels, int channels, float factor, px_view from,
                      px_view to, bool add) {
    scale_job job = {net, channels, factor, from, to, add};
    px_net_run_pixels(net, pixels, (size_t)channels, scale_pixels, &job);
}

/* Whether an input of a concatenation lies where it belongs. */
static bool lies_in_place(const px_training_net *net, const px_layer *layer, int input,
                          int channel) {
    const px_layer *from = &net->layers[input];
    return from->root == layer->root && from->channel == layer->channel + channel;
}

void px_concat_forward(px_training_net *net, px_layer *layer, int index) {
    px_view y = px_layer_value(net, index);
    for (int k = 0, channel = 0; k < layer->n_inputs; k++) {
        int input = layer->inputs[k], channels = net->layers[input].shape.c;
        px_view to = {y.data + channel, y.pixel};
        if (!lies_in_place(net, layer, input, channel))
            run_scale(net, px_layer_pixels(net, layer), channels, 1, px_layer_value(net, input), to,
                      false);
        channel += channels;
    }
}

void px_concat_backward(px_training_net *net, px_layer *layer, int index) {
    px_view dy = px_layer_gradient(net, index);
    for (int k = 0, channel = 0; k < layer->n_inputs; k++) {
        int input = layer->inputs[k], channels = net->layers[input].shape.c;
        px_view from = {dy.data + channel, dy.pixel};
        if (!lies_in_place(net, layer, input, channel) && net->layers[input].learns) {
            bool add;
            px_view to = px_layer_target(net, input, &add);
            run_scale(net, px_layer_pixels(net, layer), channels, 1, from, to, add);
        }
        channel += channels;
    }
}

void px_add_forward(px_training_net *net, px_layer *layer, int index) {
    for (int k = 0; k < layer->n_inputs; k++)
        run_scale(net, px_layer_pixels(net, layer), layer->shape.c, 1,
                  px_layer_value(net, layer->inputs[k]), px_layer_value(net, index), k > 0);
}

void px_add_backward(px_training_net *net, px_layer *layer, int index) {
    for (int k = 0; k < layer->n_inputs; k++) {
        if (!net->layers[layer->inputs[k]].learns)
            continue;
        bool add;
        px_view to = px_layer_target(net, layer->inputs[k], &add);
        run_scale(net, px_layer_pixels(net, layer), layer->shape.c, 1,
                  px_layer_gradient(net, index), to, add);
    }
}

/* ---- one element for another --------------------------------------------------------------- */

/* Pixels of the layer's input, and what becomes of them. `inner` is on the input's side, `outer` on
 * the output's. */
typedef struct element_job {
    const px_training_net *net;
    const px_layer *layer;
    int index;
    px_shape in;
    px_view inner, outer, value; /* value: the output's, of a logistic function on the way back */
    bool forward, add;
} element_job;

/* A number in [0, 1) from a seed and the element's place, the same on every machine and thread:
 * SplitMix64's mixing (Steele, Lea & Flood 2014), twice. */
static double draw(uint64_t seed, uint64_t place) {
    uint64_t x = seed;
    for (int i = 0; i < 2; i++) {
        x += 0x9e3779b97f4a7c15u * (place + 1);
        x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
        x = (x ^ x >> 27) * 0x94d049bb133111ebu;
        x ^= x >> 31;
    }
    return (double)(x >> 11) * 0x1p-53;
}

static void drop_pixel(const element_job *job, size_t pixel, const float *from, float *to) {
    const px_training_pass *pass = &job->net->pass;
    size_t channels = (size_t)job->in.c, area = (size_t)job->in.h * (size_t)job->in.w;
    double rate = (double)job->layer->factor;
    float kept = (float)(1 / (1 - rate));
    uint64_t first = (pixel + (size_t)pass->first_image * area) * channels;
    uint64_t seed = pass->seed + ((uint64_t)job->index << 32);
    for (size_t c = 0; c < channels; c++) {
        float v = draw(seed, first + c) < rate ? 0 : kept * from[c];
        to[c] = job->add ? to[c] + v : v;
    }
}

static void sigmoid_pixel(const element_job *job, size_t pixel, const float *from, float *to) {
    const float *value = job->value.data + pixel * job->value.pixel;
    for (int c = 0; c < job->in.c; c++) {
        double p = job->forward ? 1 / (1 + exp(-(double)from[c])) : (double)value[c];
        float v = (float)(job->forward ? p : p * (1 - p) * (double)from[c]);
        to[c] = job->add ? to[c] + v : v;
    }
}

/* Where an input pixel's element lie in the output. */
static float *outer_pixel(const element_job *job, size_t pixel) {
    size_t w = (size_t)job->in.w, area = (size_t)job->in.h * w;
    size_t image = pixel / area, y = pixel % area / w, x = pixel % w;
    if (job->layer->kind == PX_LAYER_FLATTEN)
        return job->outer.data + image * job->outer.pixel + pixel % area * (size_t)job->in.c;
    if (job->layer->kind != PX_LAYER_PAD)
        return job->outer.data + pixel * job->outer.pixel;
    const px_geometry *g = &job->layer->geometry;
    size_t row = image * (size_t)g->out_h + y + (size_t)g->top;
    return job->outer.data + (row * (size_t)g->out_w + x + (size_t)g->left) * job->outer.pixel;
}

static void run_pixels(void *context, size_t first, size_t count) {
    const element_job *job = context;
    const px_layer *layer = job->layer;
    float factor = layer->kind == PX_LAYER_SCALE ? layer->factor : 1;
    for (size_t i = first; i < first + count; i++) {
        float *inner = job->inner.data + i * job->inner.pixel, *outer = outer_pixel(job, i);
        const float *from = job->forward ? inner : outer;
        float *to = job->forward ? outer : inner;
        if (layer->kind == PX_LAYER_DROPOUT)
            drop_pixel(job, i, from, to);
        else if (layer->kind == PX_LAYER_SIGMOID)
            sigmoid_pixel(job, i, from, to);
        else
            job->net->train->scale(job->in.c, factor, from, job->add, to);
    }
}

static void zero_pixels(void *context, size_t first, size_t count) {
    const element_job *job = context;
    for (size_t i = first; i < first + count; i++)
        memset(job->outer.data + i * job->outer.pixel, 0, (size_t)job->in.c * sizeof(float));
}

static void run_elements(px_training_net *net, element_job *job) {
    size_t pixels = (size_t)net->options.batch * (size_t)job->in.h * (size_t)job->in.w;
    px_net_run_pixels(net, pixels, (size_t)job->in.c, run_pixels, job);
}

void px_element_forward(px_training_net *net, px_layer *layer, int index) {
    element_job job = {.net = net,
                       .layer = layer,
                       .index = index,
                       .in = net->layers[layer->inputs[0]].shape,
                       .inner = px_layer_value(net, layer->inputs[0]),
                       .outer = px_layer_value(net, index),
                       .value = px_layer_value(net, index),
                       .forward = true};
    if (layer->kind == PX_LAYER_PAD)
        px_net_run_pixels(net, px_layer_pixels(net, layer), (size_t)job.in.c, zero_pixels, &job);
    run_elements(net, &job);
}

void px_element_backward(px_training_net *net, px_layer *layer, int index) {
    element_job job = {.net = net,
                       .layer = layer,
                       .index = index,
                       .in = net->layers[layer->inputs[0]].shape,
                       .outer = px_layer_gradient(net, index),
                       .value = px_layer_value(net, index)};
    job.inner = px_layer_target(net, layer->inputs[0], &job.add);
    run_elements(net, &job);
}
