/* Depthwise convolutions, forward and back: each channel has a kernel of its own. */
#include <string.h>

#include "net_parts.h"

enum { TASK_CHANNELS = 64 };

typedef struct depthwise_job {
    const px_training_net *net;
    const px_layer *layer;
    px_source source;
    px_view y, dy, dx;
    const float *kernel, *bias; /* kernel: turned around on the way back with strides of 1 */
    float *dkernel;
    bool add;
} depthwise_job;

static depthwise_job make_job(px_training_net *net, const px_layer *layer) {
    return (depthwise_job){.net = net,
                           .layer = layer,
                           .source = px_layer_source(net, layer, 0),
                           .kernel = px_layer_tensor(net, layer, PX_KERNEL),
                           .bias = px_layer_tensor(net, layer, PX_BIAS)};
}

static void forward_row(void *context, int task, int worker) {
    (void)worker;
    const depthwise_job *job = context;
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
                    .kernel = job->kernel,
                    .bias = job->bias ? job->bias : job->net->zeros};
    job->net->kernels->depthwise(&w);
}

void px_depthwise_forward(px_training_net *net, px_layer *layer, int index) {
    depthwise_job job = make_job(net, layer);
    job.y = px_layer_value(net, index);
    px_pool_run(net->options.pool, net->options.batch * layer->geometry.out_h, forward_row, &job);
}

/* With strides: each output's gradient goes to the pixels that its taps have read. */
static void back_row(void *context, int task, int worker) {
    (void)worker;
    const depthwise_job *job = context;
    const px_geometry *g = &job->layer->geometry;
    int image = task / g->in_h, row = task % g->in_h;
    px_window_pass pass = {.geometry = g,
                           .dy = px_view_image(job->dy, image, g->out_h, g->out_w),
                           .dy_pixel = job->dy.pixel,
                           .dx = px_view_image(job->dx, image, g->in_h, g->in_w),
                           .dx_pixel = job->dx.pixel,
                           .row = row,
                           .kernel = job->kernel};
    float *first = pass.dx + (size_t)row * g->in_w * pass.dx_pixel;
    for (int x = 0; x < g->in_w && !job->add; x++)
        memset(first + (size_t)x * pass.dx_pixel, 0, (size_t)g->in_c * sizeof *first);
    job->net->train->depthwise_data(&pass);
}

/* Without: a convolution of the output's gradient, by way of scratch memory where it is added. */
static void convolve_row(void *context, int task, int worker) {
    const depthwise_job *job = context;
    const px_geometry *g = &job->layer->geometry;
    const px_geometry back = {.in_h = g->out_h,
                              .in_w = g->out_w,
                              .in_c = g->in_c,
                              .out_h = g->in_h,
                              .out_w = g->in_w,
                              .out_c = g->in_c,
                              .kernel_h = g->kernel_h,
                              .kernel_w = g->kernel_w,
                              .stride_h = 1,
                              .stride_w = 1,
                              .top = g->kernel_h - 1 - g->top,
                              .left = g->kernel_w - 1 - g->left};
    int image = task / g->in_h, row = task % g->in_h;
    float *scratch = px_net_lane(job->net, worker);
    float *to =
        px_view_image(job->dx, image, g->in_h, g->in_w) + (size_t)row * g->in_w * job->dx.pixel;
    px_row_job w = {.geometry = &back,
                    .x = px_view_image(job->dy, image, g->out_h, g->out_w),
                    .x_pixel = job->dy.pixel,
                    .y = job->add ? scratch : to,
                    .y_pixel = job->add ? (size_t)g->in_c : job->dx.pixel,
                    .row = row,
                    .kernel = job->kernel,
                    .bias = job->net->zeros};
    job->net->kernels->depthwise(&w);
    for (int x = 0; x < g->in_w && job->add; x++)
        job->net->train->scale(g->in_c, 1, scratch + (size_t)x * g->in_c, true,
                               to + (size_t)x * job->dx.pixel);
}

static void turn_kernel(const px_geometry *g, const float *kernel, float *to) {
    size_t channels = (size_t)g->in_c;
    int taps = g->kernel_h * g->kernel_w;
    for (int tap = 0; tap < taps; tap++)
        memcpy(to + (size_t)tap * channels, kernel + (size_t)(taps - 1 - tap) * channels,
               channels * sizeof *to);
}

static void add_weights(void *context, int task, int worker) {
    const depthwise_job *job = context;
    const px_geometry *g = &job->layer->geometry;
    int first = task * TASK_CHANNELS, rest = g->in_c - first;
    px_window_pass pass = {.geometry = g,
                           .x_pixel = job->source.pixel,
                           .dy_pixel = job->dy.pixel,
                           .first = first,
                           .channels = rest < TASK_CHANNELS ? rest : TASK_CHANNELS,
                           .before = job->source.before,
                           .dkernel = job->dkernel,
                           .scratch = px_net_lane(job->net, worker)};
    for (int image = 0; image < job->net->options.batch; image++) {
        pass.x = px_source_image(&job->source, image);
        pass.dy = px_view_image(job->dy, image, g->out_h, g->out_w);
        job->net->train->depthwise_weights(&pass);
    }
}

void px_depthwise_backward(px_training_net *net, px_layer *layer, int index) {
    depthwise_job job = make_job(net, layer);
    const px_geometry *g = &layer->geometry;
    job.dy = px_layer_gradient(net, index);
    if (layer->trains) {
        job.dkernel = px_layer_tensor_gradient(net, layer, PX_KERNEL);
        px_pool_run(net->options.pool, px_divide_up(g->in_c, TASK_CHANNELS), add_weights, &job);
        float *dbias = px_layer_tensor_gradient(net, layer, PX_BIAS);
        if (dbias)
            px_net_add_column_sums(net, job.dy, px_layer_pixels(net, layer), g->in_c, dbias);
    }
    if (!net->layers[layer->inputs[0]].learns)
        return;
    job.dx = px_layer_target(net, layer->inputs[0], &job.add);
    bool strides = g->stride_h != 1 || g->stride_w != 1;
    if (!strides) {
        turn_kernel(g, job.kernel, px_net_shared(net));
        job.kernel = px_net_shared(net);
    }
    px_pool_run(net->options.pool, net->options.batch * g->in_h, strides ? back_row : convolve_row,
                &job);
}
