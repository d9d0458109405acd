/* Running a convolution: threads take items, pack the input they need, and multiply tile by tile.
 */
#include <stdatomic.h>
#include <string.h>

#include "conv_cut.h"
#include "narrow.h"
#include "winograd.h"

enum { CACHE_LINE = 64, FETCH_FLOATS = 512 };

/* The next item of a lane's share. */
typedef struct {
    _Alignas(CACHE_LINE) atomic_int next;
} lane_share;

typedef struct {
    const px_conv *conv;
    const px_step *step;
    const px_conv_data *data;
    px_conv_cut cut;
    int lanes;
    lane_share *shares; /* [lanes] */
} conv_job;

/* Memory that will be needed soon. */
typedef struct {
    const void *from;
    size_t bytes;
} upcoming;

/* What a thread does in one go: units of an image by panels of a group. */
typedef struct {
    int group, image; /* image is 0 where units run through the whole batch */
    int first_unit, end_unit, first_panel, end_panel;
} item;

/* A block of an item's units, and where its rows lie. */
typedef struct {
    const item *item;
    int first, count;
    const float *a;
} block;

static px_affine affine_of(const px_step *step, int channel) {
    px_affine affine = {.relu = step->before_relu};
    if (step->before_scale) {
        affine.scale = step->before_scale + channel;
        affine.shift = step->before_shift + channel;
    }
    return affine;
}

/* Channels of a pixel that will be packed soon: the machine's own look-ahead ends with each page.
 */
static void fetch_pixel(const float *from, int channels) {
    for (int c = 0; c < channels; c += CACHE_LINE / (int)sizeof *from)
        __builtin_prefetch(from + c);
}

static void pack_flat(const conv_job *job, const block *b, float *to) {
    const px_conv *conv = job->conv;
    const px_geometry *g = &job->step->geometry;
    int channel = b->item->group * conv->group_in;
    px_affine affine = affine_of(job->step, channel);
    int pixels = g->out_h * g->out_w;
    size_t soon = (size_t)px_divide_up(FETCH_FLOATS, conv->group_in) * g->stride_w;
    for (int i = b->first; i < b->first + b->count; i++, to += conv->lda) {
        int image = i / pixels, y = i % pixels / g->out_w, x = i % g->out_w;
        size_t row = (size_t)image * g->in_h + (size_t)y * g->stride_h;
        const float *from = job->data->input +
                            (row * g->in_w + (size_t)x * g->stride_w) * job->data->input_pixel +
                            channel;
        fetch_pixel(from + soon * job->data->input_pixel, conv->group_in);
        conv->kernels->affine(&affine, conv->group_in, from, to);
    }
}

/* The pixels [first, end) of a slab's row from the image's row y. */
static void pack_pixels(const conv_job *job, const block *b, int y, int first, int end, float *to) {
    const px_conv *conv = job->conv;
    const px_geometry *g = &job->step->geometry;
    int channel = b->item->group * conv->group_in;
    size_t pitch = conv->segment_stride / (size_t)conv->slab_w, pixel = job->data->input_pixel;
    px_affine affine = affine_of(job->step, channel);
    size_t row = (size_t)b->item->image * g->in_h + (size_t)y;
    const float *from =
        job->data->input + (row * g->in_w + (size_t)(first - g->left)) * pixel + channel;
    to += (size_t)first * pitch;
    bool dense = pixel == pitch && pitch == (size_t)conv->group_in;
    if (dense && !affine.scale && !affine.relu) {
        memcpy(to, from, (size_t)(end - first) * pitch * sizeof *to);
        return;
    }
    for (int x = first; x < end; x++, from += pixel, to += pitch)
        conv->kernels->affine(&affine, conv->group_in, from, to);
}

/* One row of a slab: zeros, the image's pixels from input row y, zeros. */
static void pack_slab_row(const conv_job *job, const block *b, int y, float *to) {
    const px_conv *conv = job->conv;
    const px_geometry *g = &job->step->geometry;
    size_t pitch = conv->segment_stride / (size_t)conv->slab_w;
    int first, end;
    px_clip_window(-g->left, conv->slab_w, g->in_w, &first, &end);
    if (y < 0 || y >= g->in_h)
        first = end = conv->slab_w;
    memset(to, 0, (size_t)first * pitch * sizeof *to);
    if (first < end)
        pack_pixels(job, b, y, first, end, to);
    memset(to + (size_t)end * pitch, 0, (size_t)(conv->slab_w - end) * pitch * sizeof *to);
}

static void pack_slab(const conv_job *job, const block *b, float *to) {
    const px_geometry *g = &job->step->geometry;
    int first = b->first * g->stride_h - g->top;
    int rows = (b->count - 1) * g->stride_h + g->kernel_h;
    for (int i = 0; i < rows; i++, to += job->conv->segment_stride)
        pack_slab_row(job, b, first + i, to);
}

/* Where the block's first row begins in the input itself. */
static const float *find_rows(const conv_job *job, const block *b) {
    const px_geometry *g = &job->step->geometry;
    const float *from = job->data->input + b->item->group * job->conv->group_in;
    if (job->conv->flat)
        return from + (size_t)b->first * job->data->input_pixel;
    size_t row = (size_t)b->item->image * g->in_h + (size_t)b->first * g->stride_h;
    return from + row * g->in_w * job->data->input_pixel;
}

/* A run of output pixels through one panel, in tiles of nearly equal height. */
static void multiply_run(const conv_job *job, px_gemm *g, int rows) {
    size_t steps = (size_t)g->segments * (size_t)g->depth;
    int tiles = (rows + job->conv->kernels->tile_rows - 1) / job->conv->kernels->tile_rows;
    px_gemm tile = *g;
    for (int i = 0, done = 0; i < tiles; i++) {
        tile.rows = (rows - done + tiles - i - 1) / (tiles - i);
        job->conv->kernels->gemm(&tile);
        done += tile.rows;
        tile.ahead += steps * tile.ahead_stride;
        tile.a += (size_t)tile.rows * g->lda;
        tile.c += (size_t)tile.rows * g->ldc;
        if (tile.residual)
            tile.residual += (size_t)tile.rows * g->ldr;
    }
    g->ahead = tile.ahead;
}

static const void *find_panel(const px_conv *conv, int group, int panel) {
    const char *weights = conv->narrow ? conv->narrow : conv->weights;
    return weights + px_conv_panel_start(conv, group, panel) * px_dtype_size(conv->stored);
}

static size_t panel_bytes(const px_conv *conv) {
    return conv->panel_floats * px_dtype_size(conv->stored);
}

/* A panel as the tiles want it; what is stored in fewer bits is widened at the scratch's end. */
static const float *ready_panel(const px_conv *conv, int group, int panel, float *scratch) {
    if (!conv->narrow)
        return find_panel(conv, group, panel);
    float *widened = scratch + conv->scratch_floats - conv->panel_floats;
    px_narrow_widen(conv, group, panel, widened);
    return widened;
}

/* What a thread will multiply with after a panel: fetching it meanwhile hides most of the wait for
 * weights, which no cache keeps from one image to the next. */
static upcoming look_ahead(const conv_job *job, int group, int panel) {
    const px_conv *conv = job->conv, *next = job->data->next;
    if (panel + 1 < conv->panels)
        return (upcoming){find_panel(conv, group, panel + 1), panel_bytes(conv)};
    if (next)
        return (upcoming){find_panel(next, 0, 0), panel_bytes(next)};
    return (upcoming){find_panel(conv, 0, 0), 0};
}

/* Spread the bytes over all steps of a panel's tiles. */
static void fetch_ahead(const conv_job *job, px_gemm *g, upcoming soon, int runs, int rows) {
    int tiles = runs * ((rows + job->conv->kernels->tile_rows - 1) / job->conv->kernels->tile_rows);
    size_t steps = (size_t)tiles * (size_t)g->segments * (size_t)g->depth;
    g->ahead = (uintptr_t)soon.from;
    g->ahead_stride = (soon.bytes + steps - 1) / steps;
    if (g->ahead_stride > 2 * CACHE_LINE)
        g->ahead_stride = 2 * CACHE_LINE; /* the neighbouring line comes along */
}

static void multiply_panel(const conv_job *job, const block *b, int panel, upcoming soon,
                           float *scratch) {
    const px_conv *conv = job->conv;
    const px_geometry *g = &job->step->geometry;
    const px_conv_data *data = job->data;
    int tile = conv->kernels->tile_columns, column = panel * tile, rest = conv->group_out - column;
    size_t channel = (size_t)b->item->group * conv->group_out + column;
    size_t pixel = conv->flat ? (size_t)b->first
                              : ((size_t)b->item->image * g->out_h + (size_t)b->first) * g->out_w;
    px_gemm gemm = {.a = b->a,
                    .lda = conv->lda,
                    .segment_stride = conv->segment_stride,
                    .segments = conv->segments,
                    .depth = conv->depth,
                    .b = ready_panel(conv, b->item->group, panel, scratch),
                    .bias = conv->bias + ((size_t)b->item->group * conv->panels + panel) * tile,
                    .c = data->output + pixel * data->output_pixel + channel,
                    .ldc = data->output_pixel,
                    .ldr = data->residual_pixel,
                    .columns = rest < tile ? rest : tile,
                    .relu = job->step->relu};
    if (data->residual)
        gemm.residual = data->residual + pixel * data->residual_pixel + channel;
    int runs = conv->flat ? 1 : b->count, rows = conv->flat ? b->count : g->out_w;
    fetch_ahead(job, &gemm, soon, runs, rows);
    for (int i = 0; i < runs; i++) {
        multiply_run(job, &gemm, rows);
        gemm.a += (size_t)g->stride_h * conv->segment_stride;
        gemm.c += (size_t)rows * data->output_pixel;
        if (gemm.residual)
            gemm.residual += (size_t)rows * data->residual_pixel;
    }
}

static item find_item(const conv_job *job, int number) {
    const px_conv *conv = job->conv;
    int splits = job->cut.splits, ranges = job->cut.ranges;
    /* One after the other, such as a lane has: panels of the same input, or, where input is packed,
     * input for the same panels. */
    int range = conv->packed ? number % ranges : number / splits % ranges;
    int split = conv->packed ? number / ranges % splits : number % splits;
    int outer = number / splits / ranges;
    return (item){.group = outer / conv->images,
                  .image = outer % conv->images,
                  .first_unit = px_share_begin(conv->units, ranges, range),
                  .end_unit = px_share_begin(conv->units, ranges, range + 1),
                  .first_panel = px_share_begin(conv->panels, splits, split),
                  .end_panel = px_share_begin(conv->panels, splits, split + 1)};
}

static void run_block(const conv_job *job, block *b, float *scratch) {
    const px_conv *conv = job->conv;
    if (conv->winograd) {
        px_winograd_run(conv, job->step, job->data, b->first, b->count, scratch);
        return;
    }
    b->a = conv->packed ? scratch : find_rows(job, b);
    if (conv->packed && conv->flat)
        pack_flat(job, b, scratch);
    else if (conv->packed)
        pack_slab(job, b, scratch);
    for (int p = b->item->first_panel; p < b->item->end_panel; p++)
        multiply_panel(job, b, p, look_ahead(job, b->item->group, p), scratch);
}

/* In blocks of nearly the same size that fit the scratch memory. */
static void run_item(const conv_job *job, const item *it, float *scratch) {
    int units = it->end_unit - it->first_unit;
    int blocks = px_divide_up(units, job->conv->block);
    for (int i = 0; i < blocks; i++) {
        int first = px_share_begin(units, blocks, i), end = px_share_begin(units, blocks, i + 1);
        block b = {.item = it, .first = it->first_unit + first, .count = end - first};
        run_block(job, &b, scratch);
    }
}

/* First the lane's own share, a part of the image that it mostly wrote a layer ago; then what
 * others have left. */
static void run_lane(void *context, int lane, int worker) {
    (void)worker;
    const conv_job *job = context;
    float *scratch = job->data->scratch + (size_t)lane * job->data->scratch_floats;
    for (int i = 0; i < job->lanes; i++) {
        int whose = (lane + i) % job->lanes;
        int end = px_share_begin(job->cut.items, job->lanes, whose + 1);
        for (int n; (n = atomic_fetch_add(&job->shares[whose].next, 1)) < end;) {
            item it = find_item(job, n);
            run_item(job, &it, scratch);
        }
    }
}

void px_conv_run_panels(const px_conv *conv, const px_step *step, const px_conv_data *data,
                        int pixels, int first_panel, int end_panel) {
    conv_job job = {.conv = conv, .step = step, .data = data};
    item it = {.end_unit = pixels, .first_panel = first_panel, .end_panel = end_panel};
    run_item(&job, &it, data->scratch);
}

void px_conv_run(const px_conv *conv, const px_step *step, const px_conv_data *data,
                 px_pool *pool) {
    lane_share shares[PX_CONV_MOST_LANES];
    int lanes = px_pool_threads(pool);
    lanes = lanes < data->lanes ? lanes : data->lanes;
    conv_job job = {.conv = conv, .step = step, .data = data, .shares = shares};
    job.cut = px_conv_choose_cut(conv, step, lanes);
    job.lanes = lanes < job.cut.items ? lanes : job.cut.items;
    for (int i = 0; i < job.lanes; i++)
        atomic_init(&shares[i].next, px_share_begin(job.cut.items, job.lanes, i));
    px_pool_run(pool, job.lanes, run_lane, &job);
}
