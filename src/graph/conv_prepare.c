/* Preparing a convolution: packing its weights, and cutting its work to the caches' size. */
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "narrow.h"
#include "winograd.h"

enum {
    BLOCK_FLOATS = 128 << 10,   /* of packed input: a quarter of a 2 MiB second-level cache */
    CONFLICT_FLOATS = 4096 / 4, /* rows this far apart share one set of a first-level cache */
    LINE_FLOATS = 64 / 4
};

/* Rows an odd number of cache lines apart fall into different sets. */
static size_t spread_pitch(size_t floats) {
    size_t lines = (floats + LINE_FLOATS - 1) / LINE_FLOATS;
    return (lines | 1) * LINE_FLOATS;
}

static bool has_before(const px_step *step) {
    return step->before_scale || step->before_relu;
}

static bool is_padded(const px_geometry *g) {
    return g->top || g->left || g->bottom || g->right;
}

/* Whether the tiles can read the input where it lies. */
static bool can_read_input(const px_conv *conv, const px_step *step, size_t pixel) {
    const px_geometry *g = &step->geometry;
    bool runs = g->kernel_w == 1 || (conv->groups == 1 && pixel == (size_t)g->in_c);
    return !has_before(step) && !is_padded(g) && runs && conv->lda % CONFLICT_FLOATS != 0;
}

static void choose_tiles(px_conv *conv, const px_step *step) {
    conv->segments = 1;
    conv->depth = step->geometry.in_c;
    conv->lda = spread_pitch((size_t)conv->depth);
}

static void choose_rows(px_conv *conv, const px_step *step, size_t pixel) {
    const px_geometry *g = &step->geometry;
    bool pointwise = g->kernel_h == 1 && g->kernel_w == 1 && !is_padded(g);
    bool whole = g->stride_h == 1 && g->stride_w == 1;
    conv->flat = pointwise;
    conv->lda = pointwise ? pixel : pixel * (size_t)g->stride_w;
    conv->segment_stride = pixel * (size_t)g->in_w;
    conv->packed = !can_read_input(conv, step, pixel) || (pointwise && !whole);
    if (!conv->packed)
        return;
    conv->slab_w = (g->out_w - 1) * g->stride_w + g->kernel_w;
    size_t pitch = (size_t)conv->group_in;
    if (g->kernel_w == 1)
        pitch = spread_pitch(pitch);
    conv->lda = pointwise ? pitch : pitch * (size_t)g->stride_w;
    conv->segment_stride = pitch * (size_t)conv->slab_w;
}

/* Packed floats that `units` pixels or output rows need. */
static size_t block_floats(const px_conv *conv, const px_geometry *g, int units) {
    if (conv->flat)
        return (size_t)units * conv->lda;
    size_t rows = (size_t)(units - 1) * (size_t)g->stride_h + (size_t)g->kernel_h;
    return rows * conv->segment_stride;
}

static int choose_block(const px_conv *conv, const px_geometry *g) {
    int least = conv->flat ? conv->kernels->tile_rows : 1, block = conv->units;
    while (block > least && block_floats(conv, g, block) > BLOCK_FLOATS)
        block = px_divide_up(block, 2);
    return block;
}

static bool size_work(px_conv *conv, const px_step *step, int batch, px_error *err) {
    const px_geometry *g = &step->geometry;
    int64_t pixels = (int64_t)g->out_h * g->out_w * batch;
    if (pixels > INT32_MAX / conv->groups)
        return px_fail(err, PX_ERR_LIMIT, NULL, "a batch of %d is too large", batch);
    conv->images = conv->flat || conv->winograd ? 1 : batch;
    if (conv->winograd) {
        px_winograd_size(conv, g, batch);
        return true;
    }
    conv->units = conv->flat ? (int)pixels : g->out_h;
    conv->block = choose_block(conv, g);
    size_t floats = conv->packed ? block_floats(conv, g, conv->block) : 0;
    conv->scratch_floats = (floats + LINE_FLOATS - 1) / LINE_FLOATS * LINE_FLOATS;
    if (conv->stored != PX_F32)
        conv->scratch_floats += conv->panel_floats;
    return true;
}

/* A panel's part of a row of the kernel, by the gains where there are any, then zeros. */
static void pack_columns(const float *from, const float *gain, int columns, int width, float *to) {
    if (!gain)
        memcpy(to, from, (size_t)columns * sizeof *to);
    for (int c = 0; gain && c < columns; c++)
        to[c] = from[c] * gain[c];
    memset(to + columns, 0, (size_t)(width - columns) * sizeof *to);
}

/* One panel of a group: its columns of the kernel, scaled by the step's gain. */
static void pack_panel(const px_conv *conv, const px_step *step, const float *kernel, int group,
                       int panel) {
    int tile = conv->kernels->tile_columns, rest = conv->group_out - panel * tile;
    int columns = rest < tile ? rest : tile, width = px_panel_width(conv->kernels, columns);
    size_t first = (size_t)group * conv->group_out + (size_t)panel * tile;
    float *to = conv->narrow ? NULL : conv->weights + px_conv_panel_start(conv, group, panel);
    float *bias = conv->bias + ((size_t)group * conv->panels + panel) * tile;
    const float *from = kernel + first, *gain = step->gain ? step->gain + first : NULL;
    int rows = conv->winograd || conv->narrow ? 0 : conv->segments * conv->depth;
    for (int k = 0; k < rows; k++, to += width, from += step->geometry.out_c)
        pack_columns(from, gain, columns, width, to);
    for (int c = 0; c < tile; c++)
        bias[c] = c < columns && step->bias ? step->bias[first + c] : 0;
}

static void size_weights(px_conv *conv) {
    size_t depth = (size_t)conv->segments * conv->depth;
    conv->panel_floats = depth * conv->kernels->tile_columns;
    conv->group_floats = conv->panel_floats * (size_t)conv->panels;
    if (conv->winograd)
        conv->group_floats *= (size_t)px_winograd_values(conv);
}

void px_conv_pack_floats(const px_conv *conv, const px_step *step, const float *kernel) {
    for (int i = 0; i < conv->groups * conv->panels; i++)
        pack_panel(conv, step, kernel, i / conv->panels, i % conv->panels);
    if (conv->winograd)
        px_winograd_pack(conv, step, kernel);
}

bool px_conv_pack(const px_conv *conv, const px_graph *graph, const px_step *step, px_error *err) {
    const px_tensor *tensor = &graph->tensors[graph->nodes[step->node].tensors[PX_KERNEL]];
    float *copy = NULL;
    const float *kernel = tensor->data;
    if (tensor->dtype != PX_F32 && !conv->narrow) {
        kernel = copy = px_alloc((size_t)px_tensor_count(tensor), sizeof *copy, err);
        if (!copy)
            return false;
        px_tensor_to_f32(tensor, copy);
    }
    px_conv_pack_floats(conv, step, kernel);
    if (conv->narrow)
        px_narrow_pack(conv, step, tensor);
    free(copy);
    return true;
}

bool px_conv_prepare(px_conv *conv, const px_step *step, const px_value *input, int batch,
                     const px_kernels *kernels, px_error *err) {
    const px_geometry *g = &step->geometry;
    *conv = (px_conv){.kernels = kernels,
                      .groups = step->groups,
                      .group_in = g->in_c / step->groups,
                      .group_out = g->out_c / step->groups,
                      .segments = g->kernel_h,
                      .winograd = px_winograd_choose(step)};
    conv->stored = conv->winograd ? PX_F32 : step->stored; /* transformed ones need the range */
    conv->depth = g->kernel_w * conv->group_in;
    conv->panels = px_divide_up(conv->group_out, kernels->tile_columns);
    if (conv->winograd)
        choose_tiles(conv, step);
    else
        choose_rows(conv, step, input->pixel);
    size_weights(conv);
    return size_work(conv, step, batch, err);
}

static size_t whole_lines(size_t bytes) {
    const size_t line = LINE_FLOATS * sizeof(float);
    return (bytes + line - 1) / line * line;
}

static size_t weight_bytes(const px_conv *conv) {
    return whole_lines(conv->group_floats * (size_t)conv->groups * px_dtype_size(conv->stored));
}

/* A number for each column of the panels. */
static size_t column_bytes(const px_conv *conv) {
    return whole_lines((size_t)conv->groups * conv->panels * conv->kernels->tile_columns *
                       sizeof(float));
}

size_t px_conv_bytes(const px_conv *conv) {
    return weight_bytes(conv) + (conv->stored == PX_F32 ? 1 : 2) * column_bytes(conv);
}

void px_conv_place(px_conv *conv, char *memory) {
    conv->bias = (float *)(memory + weight_bytes(conv));
    if (conv->stored == PX_F32) {
        conv->weights = (float *)memory;
    } else {
        conv->narrow = memory;
        conv->factors = (float *)(memory + weight_bytes(conv) + column_bytes(conv));
    }
}
