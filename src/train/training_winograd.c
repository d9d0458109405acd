/* The gradient of a 3 x 3 convolution's weights through Winograd's transforms: forward a tile of 4
 * x 4 outputs is A^T (G w G^T * B^T d B) A, so that the gradient of w is G^T u G, u the sum over
 * all tiles of B^T d B times A dy A^T: 36 sums of outer products with a quarter of the
 * multiplications.
 *
 * Threads share out the input's channels. All go through the tiles in the same blocks. */
#include <string.h>

#include "net_parts.h"

enum {
    BLOCK_TILES = 28,      /* about, in whole rows of tiles */
    SUM_FLOATS = 80 << 10, /* of u that a share has; with a block they fit a second-level cache */
    LINE_FLOATS = 16
};

typedef struct winograd_job {
    const px_training_net *net;
    px_geometry g;
    px_source source;
    px_view dy;
    float *dkernel;
    int tiles_w, tiles_h;   /* of an image */
    int block_rows, chunks; /* rows of tiles in a block; of the input's channels */
    size_t v_pitch, m_pitch;
} winograd_job;

/* A share's channels of the input, and its scratch memory. */
typedef struct share {
    int channel, channels;
    float *u, *v, *m; /* [36][v_pitch][m_pitch], [36][tiles of a block][pitch] both */
    float *band;      /* [6][band_width][v_pitch]: the input under a row of tiles */
} share;

static size_t whole_lines(int channels) {
    return (size_t)px_divide_up(channels, LINE_FLOATS) * LINE_FLOATS;
}

static int smaller(int a, int b) {
    return a < b ? a : b;
}

static int band_width(const winograd_job *job) {
    return job->tiles_w * PX_WINOGRAD_TILE + PX_WINOGRAD_WINDOW - PX_WINOGRAD_TILE;
}

static winograd_job make_job(const px_training_net *net, const px_layer *layer) {
    winograd_job job = {.net = net, .g = layer->geometry};
    const px_geometry *g = &job.g;
    job.tiles_w = px_divide_up(g->out_w, PX_WINOGRAD_TILE);
    job.tiles_h = px_divide_up(g->out_h, PX_WINOGRAD_TILE);
    job.block_rows = smaller(px_divide_up(BLOCK_TILES, job.tiles_w), job.tiles_h);
    job.m_pitch = whole_lines(g->out_c);
    int lines = px_divide_up(g->in_c, LINE_FLOATS);
    int most = (int)(SUM_FLOATS / (PX_WINOGRAD_VALUES * job.m_pitch)) / LINE_FLOATS;
    int chunks = px_divide_up(lines, most > 1 ? most : 1);
    job.chunks = smaller(px_divide_up(chunks, net->lanes) * net->lanes, lines);
    job.v_pitch = (size_t)px_divide_up(lines, job.chunks) * LINE_FLOATS;
    return job;
}

size_t px_winograd_weights_scratch(const px_training_net *net, const px_layer *layer) {
    winograd_job job = make_job(net, layer);
    size_t tiles = (size_t)job.tiles_w * (size_t)job.block_rows;
    size_t of_value = job.v_pitch * job.m_pitch + tiles * (job.v_pitch + job.m_pitch);
    return PX_WINOGRAD_VALUES * of_value +
           PX_WINOGRAD_WINDOW * (size_t)band_width(&job) * job.v_pitch;
}

/* ---- transforms ---------------------------------------------------------------------------- */

/* The input under a row of tiles, with what precedes the convolution applied and zeros around. */
static void fill_band(const winograd_job *job, const share *s, int image, int top) {
    const px_geometry *g = &job->g;
    px_affine before = job->source.before;
    if (before.scale) {
        before.scale += s->channel;
        before.shift += s->channel;
    }
    int first, end, width = band_width(job);
    px_clip_window(-g->left, width, g->in_w, &first, &end);
    size_t row_floats = (size_t)width * job->v_pitch;
    for (int y = 0; y < PX_WINOGRAD_WINDOW; y++) {
        float *to = s->band + (size_t)y * row_floats;
        bool inside = top + y >= 0 && top + y < g->in_h;
        memset(to, 0, (inside ? (size_t)first * job->v_pitch : row_floats) * sizeof *to);
        if (!inside)
            continue;
        memset(to + (size_t)end * job->v_pitch, 0,
               (size_t)(width - end) * job->v_pitch * sizeof *to);
        const float *from =
            px_source_image(&job->source, image) + s->channel +
            ((size_t)(top + y) * g->in_w + (size_t)(first - g->left)) * job->source.pixel;
        for (int x = first; x < end; x++, from += job->source.pixel)
            job->net->kernels->affine(&before, s->channels, from, to + (size_t)x * job->v_pitch);
    }
}

/* Row `row` of an image's tiles, the first of `count` in its block. */
static void transform_row(const winograd_job *job, const share *s, int image, int row, int first,
                          int count) {
    const px_geometry *g = &job->g;
    int top = row * PX_WINOGRAD_TILE;
    fill_band(job, s, image, top - g->top);
    px_winograd_gradient gradient = {.channels = g->out_c,
                                     .dy = px_view_image(job->dy, image, g->out_h, g->out_w) +
                                           (size_t)top * g->out_w * job->dy.pixel,
                                     .row = (size_t)g->out_w * job->dy.pixel,
                                     .pixel = job->dy.pixel,
                                     .rows = smaller(g->out_h - top, PX_WINOGRAD_TILE),
                                     .m = s->m + (size_t)first * job->m_pitch,
                                     .frequency = (size_t)count * job->m_pitch};
    for (int i = 0; i < job->tiles_w; i++) {
        int left = i * PX_WINOGRAD_TILE;
        job->net->kernels->winograd_input(s->channels, s->band + (size_t)left * job->v_pitch,
                                          (size_t)band_width(job) * job->v_pitch, job->v_pitch,
                                          s->v + (size_t)(first + i) * job->v_pitch,
                                          (size_t)count * job->v_pitch);
        gradient.columns = smaller(g->out_w - left, PX_WINOGRAD_TILE);
        job->net->train->winograd_gradient(&gradient);
        gradient.dy += PX_WINOGRAD_TILE * job->dy.pixel;
        gradient.m += job->m_pitch;
    }
}

/* ---- multiplying --------------------------------------------------------------------------- */

/* Add a block's outer products to one value's sums, through one panel of output channels. */
static void multiply(const winograd_job *job, const share *s, int value, int panel, int count) {
    int width = job->net->train->outer_columns, first = panel * width;
    int strips = px_divide_up(s->channels, job->net->train->outer_rows);
    px_outer o = {.a = s->v + (size_t)value * (size_t)count * job->v_pitch,
                  .a_step = job->v_pitch,
                  .b = s->m + (size_t)value * (size_t)count * job->m_pitch + (size_t)first,
                  .b_step = job->m_pitch,
                  .segments = 1,
                  .depth = count,
                  .c = s->u + (size_t)value * job->v_pitch * job->m_pitch + (size_t)first,
                  .ldc = job->m_pitch,
                  .columns = smaller(width, (int)job->m_pitch - first)};
    for (int i = 0, done = 0; i < strips; i++, done += o.rows) {
        o.rows = (s->channels - done + strips - i - 1) / (strips - i);
        job->net->train->outer(&o);
        o.a += o.rows;
        o.c += (size_t)o.rows * o.ldc;
    }
}

/* A block: rows of tiles from `row` on. */
static void run_block(const winograd_job *job, const share *s, int image, int row, int rows) {
    int panels = px_divide_up((int64_t)job->m_pitch, job->net->train->outer_columns);
    int count = rows * job->tiles_w;
    for (int i = 0; i < rows; i++)
        transform_row(job, s, image, row + i, i * job->tiles_w, count);
    for (int i = 0; i < PX_WINOGRAD_VALUES * panels; i++)
        multiply(job, s, i / panels, i % panels, count);
}

static void run_share(void *context, int number, int worker) {
    const winograd_job *job = context;
    const px_geometry *g = &job->g;
    size_t tiles = (size_t)job->tiles_w * (size_t)job->block_rows;
    int lines = px_divide_up(g->in_c, LINE_FLOATS);
    share s = {.channel = lines * number / job->chunks * LINE_FLOATS};
    s.channels = smaller(lines * (number + 1) / job->chunks * LINE_FLOATS, g->in_c) - s.channel;
    s.u = px_net_lane(job->net, worker);
    s.v = s.u + PX_WINOGRAD_VALUES * job->v_pitch * job->m_pitch;
    s.m = s.v + PX_WINOGRAD_VALUES * tiles * job->v_pitch;
    s.band = s.m + PX_WINOGRAD_VALUES * tiles * job->m_pitch;
    memset(s.u, 0, PX_WINOGRAD_VALUES * job->v_pitch * job->m_pitch * sizeof *s.u);
    memset(s.m, 0, PX_WINOGRAD_VALUES * tiles * job->m_pitch * sizeof *s.m);
    for (int image = 0; image < job->net->options.batch; image++) {
        for (int row = 0; row < job->tiles_h; row += job->block_rows)
            run_block(job, &s, image, row, smaller(job->block_rows, job->tiles_h - row));
    }
    for (int c = 0; c < s.channels; c++)
        job->net->train->winograd_weights(
            g->out_c, s.u + (size_t)c * job->m_pitch, job->v_pitch * job->m_pitch,
            job->dkernel + (size_t)(s.channel + c) * g->out_c, (size_t)g->in_c * g->out_c);
}

void px_winograd_weights(px_training_net *net, px_layer *layer, int index) {
    winograd_job job = make_job(net, layer);
    job.source = px_layer_source(net, layer, 0);
    job.dy = px_layer_gradient(net, index);
    job.dkernel = px_layer_tensor_gradient(net, layer, PX_KERNEL);
    px_pool_run(net->options.pool, job.chunks, run_share, &job);
}
