/* Pools of a training net, forward and back. */
#include <string.h>

#include "net_parts.h"

enum { TASK_CHANNELS = 64 };

typedef struct pool_job {
    const px_training_net *net;
    const px_layer *layer;
    px_source source;
    px_view y, dy, dx;
    bool add;
} pool_job;

static void forward_row(void *context, int task, int worker) {
    (void)worker;
    const pool_job *job = context;
    const px_geometry *g = &job->layer->geometry;
    int image = task / g->out_h, row = task % g->out_h;
    px_row_job w = {.geometry = g,
                    .x = px_source_image(&job->source, image),
                    .x_pixel = job->source.pixel,
                    .y = px_view_image(job->y, image, g->out_h, g->out_w) +
                         (size_t)row * g->out_w * job->y.pixel,
                    .y_pixel = job->y.pixel,
                    .row = row,
                    .before = job->source.before,
                    .include_pad = job->layer->include_pad,
                    .zero_pad = job->layer->zero_pad};
    if (job->layer->kind == PX_LAYER_MAX_POOL)
        job->net->kernels->max_pool(&w);
    else
        job->net->kernels->avg_pool(&w);
}

void px_pool_forward(px_training_net *net, px_layer *layer, int index) {
    pool_job job = {.net = net,
                    .layer = layer,
                    .source = px_layer_source(net, layer, 0),
                    .y = px_layer_value(net, index)};
    px_pool_run(net->options.pool, net->options.batch * layer->geometry.out_h, forward_row, &job);
}

static px_window_pass make_pass(const pool_job *job, int image) {
    const px_geometry *g = &job->layer->geometry;
    return (px_window_pass){.geometry = g,
                            .x = px_source_image(&job->source, image),
                            .x_pixel = job->source.pixel,
                            .dy = px_view_image(job->dy, image, g->out_h, g->out_w),
                            .dy_pixel = job->dy.pixel,
                            .dx = px_view_image(job->dx, image, g->in_h, g->in_w),
                            .dx_pixel = job->dx.pixel,
                            .before = job->source.before,
                            .include_pad = job->layer->include_pad,
                            .zero_pad = job->layer->zero_pad};
}

static void clear(float *dx, size_t pixel, size_t pixels, int channels) {
    for (size_t i = 0; i < pixels; i++)
        memset(dx + i * pixel, 0, (size_t)channels * sizeof *dx);
}

/* Windows overlap, so that a task has all of an image and some channels. */
static void max_back(void *context, int task, int worker) {
    (void)worker;
    const pool_job *job = context;
    const px_geometry *g = &job->layer->geometry;
    int shares = px_divide_up(g->in_c, TASK_CHANNELS);
    px_window_pass pass = make_pass(job, task / shares);
    pass.first = task % shares * TASK_CHANNELS;
    int rest = g->in_c - pass.first;
    pass.channels = rest < TASK_CHANNELS ? rest : TASK_CHANNELS;
    if (!job->add)
        clear(pass.dx + pass.first, pass.dx_pixel, (size_t)g->in_h * g->in_w, pass.channels);
    job->net->train->max_pool_back(&pass);
}

static void avg_back(void *context, int task, int worker) {
    (void)worker;
    const pool_job *job = context;
    const px_geometry *g = &job->layer->geometry;
    px_window_pass pass = make_pass(job, task / g->in_h);
    pass.row = task % g->in_h;
    if (!job->add)
        clear(pass.dx + (size_t)pass.row * g->in_w * pass.dx_pixel, pass.dx_pixel, (size_t)g->in_w,
              g->in_c);
    job->net->train->avg_pool_back(&pass);
}

void px_pool_backward(px_training_net *net, px_layer *layer, int index) {
    const px_geometry *g = &layer->geometry;
    pool_job job = {.net = net,
                    .layer = layer,
                    .source = px_layer_source(net, layer, 0),
                    .dy = px_layer_gradient(net, index)};
    job.dx = px_layer_target(net, layer->inputs[0], &job.add);
    if (layer->kind == PX_LAYER_MAX_POOL)
        px_pool_run(net->options.pool, net->options.batch * px_divide_up(g->in_c, TASK_CHANNELS),
                    max_back, &job);
    else
        px_pool_run(net->options.pool, net->options.batch * g->in_h, avg_back, &job);
}

/* ---- global average ------------------------------------------------------------------------ */

static void average_image(void *context, int image, int worker) {
    (void)worker;
    const pool_job *job = context;
    px_shape in = job->source.shape;
    const float *x = px_source_image(&job->source, image);
    float *y = job->y.data + (size_t)image * job->y.pixel;
    int pixels = in.h * in.w;
    memset(y, 0, (size_t)in.c * sizeof *y);
    for (int i = 0; i < pixels; i++, x += job->source.pixel)
        job->net->kernels->accumulate(&job->source.before, in.c, x, y);
    for (int c = 0; c < in.c; c++)
        y[c] /= (float)pixels;
}

void px_average_forward(px_training_net *net, px_layer *layer, int index) {
    pool_job job = {.net = net,
                    .layer = layer,
                    .source = px_layer_source(net, layer, 0),
                    .y = px_layer_value(net, index)};
    px_pool_run(net->options.pool, net->options.batch, average_image, &job);
}

static void spread_image(void *context, int image, int worker) {
    (void)worker;
    const pool_job *job = context;
    px_shape in = job->source.shape;
    size_t pixels = (size_t)in.h * (size_t)in.w;
    const float *dy = job->dy.data + (size_t)image * job->dy.pixel;
    float *dx = job->dx.data + (size_t)image * pixels * job->dx.pixel;
    for (size_t i = 0; i < pixels; i++, dx += job->dx.pixel)
        job->net->train->scale(in.c, 1.0f / (float)pixels, dy, job->add, dx);
}

void px_average_backward(px_training_net *net, px_layer *layer, int index) {
    pool_job job = {.net = net,
                    .layer = layer,
                    .source = px_layer_source(net, layer, 0),
                    .dy = px_layer_gradient(net, index)};
    job.dx = px_layer_target(net, layer->inputs[0], &job.add);
    px_pool_run(net->options.pool, net->options.batch, spread_image, &job);
}
