/* The gradient of a convolution's weights: for each tap and pair of channels the sum over all
 * pixels of input times output gradient, as tiles of outer products.
 *
 * Threads share out the results, never a sum. All go through the pixels in the same blocks; a
 * block's input, with zeros around and what precedes the convolution applied, and its output
 * gradient are copied into dense rows first. */
#include <string.h>

#include "net_parts.h"

enum {
    BLOCK_PIXELS = 256, /* of output: a tile's rows and a panel of gradients in the L1 cache */
    LINE_FLOATS = 16,
    WHOLE_CHANNELS = 32, /* up to these, a row of taps is gone through as one run of channels */
    MOST_CHANNELS = 384,
    FETCH_FLOATS = 1024 /* what is copied soon is fetched: look-aheads end with each page */
};

/* How the work is cut. `lines` are rows of outputs, or runs of pixels where rows do not matter. */
typedef struct weights_job {
    const px_training_net *net;
    const px_layer *layer;
    px_source source;
    px_view dy;
    float *dkernel;
    px_geometry g;
    int images, block_lines;
    int group_in, group_out, panels;
    int chunks, ranges, rows; /* of a group's channels, of its panels, of the kernel's rows */
    size_t slab_floats;
} weights_job;

/* One share: channels [first, end) of a group, panels, rows of the kernel. */
typedef struct share {
    int group, channel, channels, first_panel, end_panel, first_row, end_row;
    size_t pitch; /* floats from a pixel to the next in the slab */
} share;

/* A pointwise convolution's pixels are one long row, cut where a block ends. */
static px_geometry flatten(const px_training_net *net, px_geometry g) {
    int64_t pixels = (int64_t)g.in_h * g.in_w * net->options.batch;
    bool flat = g.kernel_h == 1 && g.kernel_w == 1 && g.stride_h == 1 && g.stride_w == 1 &&
                !g.top && !g.left && !g.bottom && !g.right;
    if (flat) {
        g.in_w = g.out_w = (int)pixels;
        g.in_h = g.out_h = 1;
    }
    return g;
}

static bool is_flat(const px_geometry *g) {
    return g->in_h == 1 && g->out_h == 1 && g->kernel_h == 1 && g->kernel_w == 1 &&
           g->in_w == g->out_w && !g->left && !g->right && !g->top && !g->bottom;
}

/* Output pixels of a row that a block takes. */
static int line_pixels(const px_geometry *g) {
    return is_flat(g) && g->out_w > BLOCK_PIXELS ? BLOCK_PIXELS : g->out_w;
}

static size_t pitch_of(int channels, int group_in) {
    size_t lines = ((size_t)channels + LINE_FLOATS - 1) / LINE_FLOATS;
    return channels == group_in && channels <= WHOLE_CHANNELS ? (size_t)channels
                                                              : (lines | 1) * LINE_FLOATS;
}

static int slab_width(const px_geometry *g) {
    return (line_pixels(g) - 1) * g->stride_w + g->kernel_w;
}

static int slab_rows(const px_geometry *g, int lines) {
    return (lines - 1) * g->stride_h + g->kernel_h;
}

static int smaller(int a, int b) {
    return a < b ? a : b;
}

static void choose_shares(weights_job *job) {
    int lanes = job->net->lanes, outer = job->layer->groups;
    job->chunks = px_divide_up(job->group_in, MOST_CHANNELS);
    if (outer * job->chunks < lanes && job->group_in > WHOLE_CHANNELS)
        job->chunks = smaller(px_divide_up(lanes, outer), job->group_in / LINE_FLOATS);
    else if (job->chunks > 1) /* as many for each thread */
        job->chunks = px_divide_up(job->chunks, lanes) * lanes;
    outer *= job->chunks;
    job->ranges = smaller(px_divide_up(lanes, outer), job->panels);
    outer *= job->ranges;
    job->rows = smaller(px_divide_up(lanes, outer), job->g.kernel_h);
}

static weights_job make_job(const px_training_net *net, const px_layer *layer) {
    weights_job job = {.net = net, .layer = layer, .g = flatten(net, layer->geometry)};
    const px_geometry *g = &job.g;
    job.images =
        layer->geometry.in_h == g->in_h && layer->geometry.in_w == g->in_w ? net->options.batch : 1;
    int lines = BLOCK_PIXELS / g->out_w;
    job.block_lines = lines < 1 ? 1 : smaller(lines, g->out_h);
    job.group_in = g->in_c / layer->groups;
    job.group_out = g->out_c / layer->groups;
    job.panels = px_divide_up(job.group_out, net->train->outer_columns);
    choose_shares(&job);
    int channels = px_divide_up(job.group_in, job.chunks);
    job.slab_floats =
        (size_t)slab_rows(g, job.block_lines) * slab_width(g) * pitch_of(channels, job.group_in);
    job.slab_floats = (job.slab_floats + LINE_FLOATS) / LINE_FLOATS * LINE_FLOATS;
    return job;
}

static size_t gradient_floats(const weights_job *job) {
    return (size_t)job->block_lines * line_pixels(&job->g) * job->panels *
           job->net->train->outer_columns;
}

size_t px_conv_weights_scratch(const px_training_net *net, const px_layer *layer) {
    const px_geometry *g = &layer->geometry;
    if (layer->kind == PX_LAYER_DEPTHWISE) /* sums of some channels, or a row */
        return (size_t)g->kernel_h * g->kernel_w * MOST_CHANNELS + (size_t)g->in_w * g->in_c;
    if (layer->conv.forward.conv.winograd == PX_WINOGRAD_SQUARE)
        return px_winograd_weights_scratch(net, layer);
    weights_job job = make_job(net, layer);
    return job.slab_floats + gradient_floats(&job);
}

/* ---- copying ------------------------------------------------------------------------------- */

/* A row of the slab: input row y, from the column under the first tap of output column `column`. */
static void copy_row(const weights_job *job, const share *s, int image, int y, int column,
                     int width, float *to) {
    const px_geometry *g = &job->g;
    int first, end, x0 = column * g->stride_w - g->left;
    px_clip_window(x0, width, g->in_w, &first, &end);
    if (y < 0 || y >= g->in_h)
        first = end = width;
    int channel = s->group * job->group_in + s->channel;
    px_affine before = job->source.before;
    if (before.scale) {
        before.scale += channel;
        before.shift += channel;
    }
    size_t soon = (size_t)px_divide_up(FETCH_FLOATS, s->channels) * job->source.pixel;
    memset(to, 0, (size_t)first * s->pitch * sizeof *to);
    for (int i = first; i < end; i++) {
        size_t pixel = ((size_t)image * g->in_h + (size_t)y) * g->in_w + (size_t)(x0 + i);
        const float *from = job->source.data + pixel * job->source.pixel + channel;
        for (int c = 0; c < s->channels; c += LINE_FLOATS)
            __builtin_prefetch(from + soon + c);
        job->net->kernels->affine(&before, s->channels, from, to + (size_t)i * s->pitch);
    }
    memset(to + (size_t)end * s->pitch, 0, (size_t)(width - end) * s->pitch * sizeof *to);
}

/* Output gradients of a panel's channels, pixel by pixel; zeros beyond the last channel. */
static void copy_panel(const weights_job *job, const share *s, int panel, size_t pixel,
                       size_t count, float *to) {
    int tile = job->net->train->outer_columns, rest = job->group_out - panel * tile;
    size_t columns = (size_t)smaller(tile, rest);
    const float *from = job->dy.data + pixel * job->dy.pixel + (size_t)s->group * job->group_out +
                        (size_t)panel * tile;
    if (columns < (size_t)tile)
        memset(to, 0, count * (size_t)tile * sizeof *to);
    for (size_t i = 0; i < count; i++, from += job->dy.pixel, to += tile)
        memcpy(to, from, columns * sizeof *to);
}

/* ---- multiplying --------------------------------------------------------------------------- */

/* The tiles of `count` rows of the result against one panel. */
static void multiply_rows(const weights_job *job, px_outer *o, int count) {
    int tiles = px_divide_up(count, job->net->train->outer_rows);
    px_outer tile = *o;
    for (int i = 0, done = 0; i < tiles; i++) {
        tile.rows = (count - done + tiles - i - 1) / (tiles - i);
        job->net->train->outer(&tile);
        done += tile.rows;
        tile.a += tile.rows;
        tile.c += (size_t)tile.rows * o->ldc;
    }
}

static void multiply_panel(const weights_job *job, const share *s, int panel, px_outer *o) {
    const px_geometry *g = &job->g;
    int tile = job->net->train->outer_columns;
    const float *slab = o->a;
    bool whole = s->channels == job->group_in && s->pitch == (size_t)s->channels;
    o->columns = smaller(tile, job->group_out - panel * tile);
    for (int ky = s->first_row; ky < s->end_row; ky++) {
        for (int kx = 0; kx < (whole ? 1 : g->kernel_w); kx++) {
            size_t row = (size_t)(ky * g->kernel_w + kx) * job->group_in + (size_t)s->channel;
            o->a = slab + ((size_t)ky * slab_width(g) + (size_t)kx) * s->pitch;
            o->c = job->dkernel + row * o->ldc + (size_t)s->group * job->group_out +
                   (size_t)panel * tile;
            multiply_rows(job, o, whole ? g->kernel_w * s->channels : s->channels);
        }
    }
    o->a = slab;
}

/* A block: output rows [line, line + lines) of an image, from a column on. */
static void run_block(const weights_job *job, const share *s, int image, int line, int lines,
                      int column, int pixels, float *scratch) {
    const px_geometry *g = &job->g;
    int tile = job->net->train->outer_columns, width = slab_width(g);
    float *gradients = scratch + job->slab_floats;
    int needed = (pixels - 1) * g->stride_w + g->kernel_w;
    for (int row = 0; row < slab_rows(g, lines); row++)
        copy_row(job, s, image, line * g->stride_h - g->top + row, column, needed,
                 scratch + (size_t)row * width * s->pitch);
    px_outer o = {.a = scratch,
                  .a_step = (size_t)g->stride_w * s->pitch,
                  .a_segment = (size_t)g->stride_h * width * s->pitch,
                  .b = gradients,
                  .b_step = (size_t)tile,
                  .b_segment = (size_t)pixels * tile,
                  .segments = lines,
                  .depth = pixels,
                  .ldc = (size_t)g->out_c};
    size_t first = ((size_t)image * g->out_h + (size_t)line) * g->out_w + (size_t)column;
    for (int panel = s->first_panel; panel < s->end_panel; panel++) {
        copy_panel(job, s, panel, first, (size_t)lines * pixels, gradients);
        multiply_panel(job, s, panel, &o);
    }
}

static share find_share(const weights_job *job, int number) {
    int row = number % job->rows, range = number / job->rows % job->ranges;
    int outer = number / job->rows / job->ranges, chunk = outer % job->chunks;
    share s = {.group = outer / job->chunks};
    s.channel = job->group_in * chunk / job->chunks;
    s.channels = job->group_in * (chunk + 1) / job->chunks - s.channel;
    s.first_panel = job->panels * range / job->ranges;
    s.end_panel = job->panels * (range + 1) / job->ranges;
    s.first_row = job->g.kernel_h * row / job->rows;
    s.end_row = job->g.kernel_h * (row + 1) / job->rows;
    s.pitch = pitch_of(s.channels, job->group_in);
    return s;
}

static void run_share(void *context, int number, int worker) {
    const weights_job *job = context;
    const px_geometry *g = &job->g;
    share s = find_share(job, number);
    float *scratch = px_net_lane(job->net, worker);
    int most = line_pixels(g);
    for (int image = 0; image < job->images; image++) {
        for (int line = 0; line < g->out_h; line += job->block_lines) {
            int lines = smaller(job->block_lines, g->out_h - line);
            for (int column = 0; column < g->out_w; column += most)
                run_block(job, &s, image, line, lines, column, smaller(most, g->out_w - column),
                          scratch);
        }
    }
}

static void add_products(px_training_net *net, px_layer *layer, int index) {
    weights_job job = make_job(net, layer);
    job.source = px_layer_source(net, layer, 0);
    job.dy = px_layer_gradient(net, index);
    job.dkernel = px_layer_tensor_gradient(net, layer, PX_KERNEL);
    int shares = layer->groups * job.chunks * job.ranges * job.rows;
    px_pool_run(net->options.pool, shares, run_share, &job);
}

void px_conv_weights(px_training_net *net, px_layer *layer, int index) {
    if (layer->conv.forward.conv.winograd == PX_WINOGRAD_SQUARE)
        px_winograd_weights(net, layer, index);
    else
        add_products(net, layer, index);
    float *dbias = px_layer_tensor_gradient(net, layer, PX_BIAS);
    if (dbias)
        px_net_add_column_sums(net, px_layer_gradient(net, index), px_layer_pixels(net, layer),
                               layer->shape.c, dbias);
}
