/* Convolutions and dense layers, forward and for the gradient of their input: both are convolutions
 * on the engine's kernels. */
#include <stdlib.h>
#include <string.h>

#include "../base/memory.h"
#include "net_parts.h"

enum { SQUARE = 16 };

static px_step make_step(const px_training_net *net, px_geometry g, int groups, px_affine before) {
    px_step step = {.kind = PX_STEP_CONV, .geometry = g, .groups = groups, .stored = PX_F32};
    (void)net;
    step.before_scale = (float *)before.scale;
    step.before_shift = (float *)before.shift;
    step.before_relu = before.relu;
    step.residual = -1;
    return step;
}

static bool prepare(px_training_net *net, px_conv_pass *pass, size_t pixel, px_error *err) {
    const px_value input = {.pixel = pixel};
    if (!px_conv_prepare(&pass->conv, &pass->step, &input, net->options.batch, net->kernels, err))
        return false;
    net->packed_bytes += px_conv_bytes(&pass->conv);
    return true;
}

/* One dimension of a phase: which input positions it has, and which taps reach them. Position
 * first + stride * m gets tap remainder + stride * j from output (start + m) - j. */
typedef struct span {
    int first, count, taps, padding;
} span;

static span find_span(int size, int before, int kernel, int stride, int remainder) {
    span s = {.first = ((remainder - before) % stride + stride) % stride};
    s.count = s.first < size ? (size - s.first + stride - 1) / stride : 0;
    s.taps = remainder < kernel ? (kernel - remainder + stride - 1) / stride : 0;
    s.padding = s.taps - 1 - (s.first + before) / stride;
    return s;
}

static px_conv_phase make_phase(const px_training_net *net, const px_layer *layer, int index) {
    const px_geometry *g = &layer->geometry;
    int y = index / g->stride_w, x = index % g->stride_w;
    span down = find_span(g->in_h, g->top, g->kernel_h, g->stride_h, y);
    span across = find_span(g->in_w, g->left, g->kernel_w, g->stride_w, x);
    px_geometry back = {.in_h = g->out_h,
                        .in_w = g->out_w,
                        .in_c = g->out_c,
                        .out_h = down.count,
                        .out_w = across.count,
                        .out_c = g->in_c,
                        .kernel_h = down.taps,
                        .kernel_w = across.taps,
                        .stride_h = 1,
                        .stride_w = 1,
                        .top = down.padding,
                        .left = across.padding,
                        .bottom = down.count - 1 + down.taps - down.padding - g->out_h,
                        .right = across.count - 1 + across.taps - across.padding - g->out_w};
    return (px_conv_phase){.pass.step = make_step(net, back, layer->groups, (px_affine){0}),
                           .empty = down.taps == 0 || across.taps == 0,
                           .tap_y = y,
                           .tap_x = x,
                           .row = down.first,
                           .column = across.first};
}

/* Floats from a pixel of a layer's value, or of its gradient, to the next. */
static size_t pixel_of(const px_training_net *net, int index) {
    const px_layer *layer = &net->layers[index];
    if (layer->lazy)
        layer = &net->layers[layer->inputs[0]];
    return (size_t)net->layers[layer->root].shape.c;
}

static bool prepare_layer(px_training_net *net, int index, px_error *err) {
    px_layer *layer = &net->layers[index];
    px_layer_conv *conv = &layer->conv;
    conv->forward.step =
        make_step(net, layer->geometry, layer->groups, px_layer_before(net, layer, 0));
    conv->forward.step.bias = px_layer_tensor(net, layer, PX_BIAS);
    if (!prepare(net, &conv->forward, pixel_of(net, layer->inputs[0]), err))
        return false;
    if (!net->layers[layer->inputs[0]].learns)
        return true;
    int phases = layer->geometry.stride_h * layer->geometry.stride_w;
    conv->phases = px_alloc((size_t)phases, sizeof *conv->phases, err);
    if (!conv->phases)
        return false;
    for (int i = 0; i < phases; i++) {
        px_conv_phase phase = make_phase(net, layer, i);
        const px_geometry *g = &phase.pass.step.geometry;
        if (g->out_h < 1 || g->out_w < 1)
            continue;
        px_conv_phase *kept = &conv->phases[conv->n_phases++];
        *kept = phase;
        size_t pixel = (size_t)net->layers[layer->root].shape.c;
        if (!phase.empty && !prepare(net, &kept->pass, pixel, err))
            return false;
    }
    return true;
}

static char *place(px_conv_pass *pass, char *memory) {
    px_conv_place(&pass->conv, memory);
    return memory + px_conv_bytes(&pass->conv);
}

bool px_net_prepare_convs(px_training_net *net, px_error *err) {
    for (int i = 0; i < net->n_layers; i++) {
        if (net->layers[i].kind == PX_LAYER_CONV && !prepare_layer(net, i, err))
            return false;
    }
    net->packed = px_alloc_aligned(net->packed_bytes, err);
    if (!net->packed)
        return false;
    px_wish_large_pages(net->packed, net->packed_bytes);
    char *memory = net->packed;
    for (int i = 0; i < net->n_layers; i++) {
        px_layer *layer = &net->layers[i];
        if (layer->kind != PX_LAYER_CONV)
            continue;
        memory = place(&layer->conv.forward, memory);
        for (int k = 0; k < layer->conv.n_phases; k++) {
            if (!layer->conv.phases[k].empty)
                memory = place(&layer->conv.phases[k].pass, memory);
        }
    }
    return true;
}

/* ---- packing ------------------------------------------------------------------------------- */

static size_t kernel_floats(const px_layer *layer) {
    const px_geometry *g = &layer->geometry;
    return (size_t)g->kernel_h * g->kernel_w * (g->in_c / layer->groups) * g->out_c;
}

/* to[column][row] = from[row][column], in squares that the first-level cache holds. */
static void transpose(const float *from, size_t from_row, int rows, int columns, float *to,
                      size_t to_row) {
    for (int row = 0; row < rows; row += SQUARE) {
        int end_row = row + SQUARE < rows ? row + SQUARE : rows;
        for (int column = 0; column < columns; column += SQUARE) {
            int end = column + SQUARE < columns ? column + SQUARE : columns;
            for (int i = column; i < end; i++) {
                for (int k = row; k < end_row; k++)
                    to[(size_t)i * to_row + (size_t)k] = from[(size_t)k * from_row + (size_t)i];
            }
        }
    }
}

/* A phase's taps, turned around, inputs and outputs of each group exchanged: [taps_h, taps_w,
 * outputs of a group, inputs]. */
static void turn_kernel(const px_layer *layer, const px_conv_phase *phase, const float *kernel,
                        float *to) {
    const px_geometry *g = &layer->geometry, *back = &phase->pass.step.geometry;
    int in = g->in_c / layer->groups, out = g->out_c / layer->groups;
    for (int ky = 0; ky < back->kernel_h; ky++) {
        for (int kx = 0; kx < back->kernel_w; kx++) {
            int from_y = phase->tap_y + g->stride_h * (back->kernel_h - 1 - ky);
            int from_x = phase->tap_x + g->stride_w * (back->kernel_w - 1 - kx);
            const float *tap =
                kernel + (size_t)(from_y * g->kernel_w + from_x) * in * (size_t)g->out_c;
            for (int group = 0; group < layer->groups; group++)
                transpose(tap + (size_t)group * out, (size_t)g->out_c, in, out,
                          to + (size_t)group * in, (size_t)g->in_c);
            to += (size_t)out * g->in_c;
        }
    }
}

typedef struct pack_job {
    px_training_net *net;
    bool forward;
} pack_job;

static void pack_layer(void *context, int index, int worker) {
    const pack_job *job = context;
    px_layer *layer = &job->net->layers[index];
    if (layer->kind != PX_LAYER_CONV)
        return;
    const float *kernel = px_layer_tensor(job->net, layer, PX_KERNEL);
    if (job->forward) {
        px_conv_pack_floats(&layer->conv.forward.conv, &layer->conv.forward.step, kernel);
        return;
    }
    float *turned = px_net_lane(job->net, worker);
    for (int i = 0; i < layer->conv.n_phases; i++) {
        const px_conv_phase *phase = &layer->conv.phases[i];
        if (phase->empty)
            continue;
        turn_kernel(layer, phase, kernel, turned);
        px_conv_pack_floats(&phase->pass.conv, &phase->pass.step, turned);
    }
}

void px_net_pack(px_training_net *net, bool forward) {
    pack_job job = {net, forward};
    px_pool_run(net->options.pool, net->n_layers, pack_layer, &job);
}

/* ---- running ------------------------------------------------------------------------------- */

static size_t phase_floats(const px_training_net *net, const px_conv_phase *phase) {
    const px_geometry *g = &phase->pass.step.geometry;
    return (size_t)net->options.batch * g->out_h * g->out_w * g->out_c;
}

static size_t most(size_t a, size_t b) {
    return a > b ? a : b;
}

void px_conv_scratch(const px_training_net *net, const px_layer *layer, size_t *lane,
                     size_t *shared) {
    if (layer->kind != PX_LAYER_CONV && layer->kind != PX_LAYER_DEPTHWISE)
        return;
    *lane = most(kernel_floats(layer), px_conv_weights_scratch(net, layer));
    if (layer->kind == PX_LAYER_DEPTHWISE) {
        *shared = most(*shared, (size_t)layer->geometry.kernel_h * layer->geometry.kernel_w *
                                    (size_t)layer->shape.c);
        return;
    }
    *lane = most(*lane, layer->conv.forward.conv.scratch_floats);
    if (layer->conv.through_norm)
        *lane = most(*lane, px_norm_conv_scratch(layer));
    for (int i = 0; i < layer->conv.n_phases; i++) {
        const px_conv_phase *phase = &layer->conv.phases[i];
        *lane = most(*lane, phase->pass.conv.scratch_floats);
        if (layer->geometry.stride_h * layer->geometry.stride_w > 1)
            *shared = most(*shared, phase_floats(net, phase));
    }
}

static void run_pass(px_training_net *net, const px_conv_pass *pass, px_view input, px_view output,
                     bool add) {
    px_conv_data data = {.input = input.data,
                         .input_pixel = input.pixel,
                         .output = output.data,
                         .output_pixel = output.pixel,
                         .scratch = net->scratch,
                         .scratch_floats = net->lane_floats,
                         .lanes =
                             net->lanes < PX_CONV_MOST_LANES ? net->lanes : PX_CONV_MOST_LANES};
    if (add) { /* each tile is read before it is written */
        data.residual = output.data;
        data.residual_pixel = output.pixel;
    }
    px_conv_run(&pass->conv, &pass->step, &data, net->options.pool);
}

void px_conv_forward(px_training_net *net, px_layer *layer, int index) {
    px_source source = px_layer_source(net, layer, 0);
    px_view input = {(float *)source.data, source.pixel};
    run_pass(net, &layer->conv.forward, input, px_layer_value(net, index), false);
}

/* Bring a phase's gradients from scratch memory to their pixels. */
typedef struct spread_job {
    const px_training_net *net;
    const px_layer *layer;
    const px_conv_phase *phase;
    const float *from;
    px_view to;
    bool add;
} spread_job;

static void spread_pixels(void *context, size_t first, size_t count) {
    const spread_job *job = context;
    const px_geometry *g = &job->layer->geometry, *p = &job->phase->pass.step.geometry;
    size_t channels = (size_t)g->in_c, area = (size_t)p->out_h * p->out_w;
    for (size_t i = first; i < first + count; i++) {
        size_t image = i / area, y = i % area / p->out_w, x = i % p->out_w;
        size_t row = image * g->in_h + job->phase->row + y * g->stride_h;
        float *to =
            job->to.data + (row * g->in_w + job->phase->column + x * g->stride_w) * job->to.pixel;
        if (!job->phase->empty)
            job->net->train->scale((int)channels, 1, job->from + i * channels, job->add, to);
        else if (!job->add)
            memset(to, 0, channels * sizeof *to);
    }
}

static void run_phase(px_training_net *net, px_layer *layer, const px_conv_phase *phase, px_view dy,
                      px_view dx, bool add) {
    const px_geometry *g = &phase->pass.step.geometry;
    if (layer->geometry.stride_h == 1 && layer->geometry.stride_w == 1 && !phase->empty) {
        run_pass(net, &phase->pass, dy, dx, add);
        return;
    }
    float *scratch = px_net_shared(net);
    if (!phase->empty)
        run_pass(net, &phase->pass, dy, (px_view){scratch, (size_t)g->out_c}, false);
    spread_job job = {net, layer, phase, scratch, dx, add};
    size_t pixels = (size_t)net->options.batch * g->out_h * g->out_w;
    px_net_run_pixels(net, pixels, (size_t)g->out_c, spread_pixels, &job);
}

void px_conv_backward(px_training_net *net, px_layer *layer, int index) {
    px_view dy = px_layer_gradient(net, index);
    if (layer->trains)
        px_conv_weights(net, layer, index);
    if (layer->conv.through_norm)
        px_norm_conv_backward(net, layer, index);
    if (layer->conv.through_norm || layer->conv.n_phases == 0)
        return;
    bool add;
    px_view dx = px_layer_target(net, layer->inputs[0], &add);
    for (int i = 0; i < layer->conv.n_phases; i++)
        run_phase(net, layer, &layer->conv.phases[i], dy, dx, add);
}
