/* Preparing a convolution: packing its weights, and cutting its work to the caches' size. */
#include <stdlib.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "conv.h"

enum {
    BLOCK_FLOATS = 128 << 10,   /* of packed input: a quarter of a 2 MiB second-level cache */
    ITEM_MACS = 2 << 20,        /* worth handing to a thread */
    MOST_ITEMS = 16,            /* enough to balance uneven threads */
    CONFLICT_FLOATS = 4096 / 4, /* rows this far apart share one set of a first-level cache */
    LINE_FLOATS = 64 / 4
};

static int divide_up(int64_t a, int64_t b) {
    return (int)((a + b - 1) / b);
}

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
    return ((size_t)(units - 1) * (size_t)g->stride_h + (size_t)g->kernel_h) * conv->segment_stride;
}

static void cut_work(px_conv *conv, const px_step *step, int batch) {
    const px_geometry *g = &step->geometry;
    int64_t pixels = (int64_t)g->out_h * g->out_w, macs = pixels * batch * g->out_c;
    macs *= (int64_t)conv->segments * conv->depth;
    int64_t wanted = macs / conv->groups / ITEM_MACS;
    wanted = wanted < 1 ? 1 : wanted > MOST_ITEMS ? MOST_ITEMS : wanted;
    int images = conv->flat ? 1 : batch;
    conv->units = conv->flat ? (int)pixels * batch : g->out_h;
    int step_units = conv->flat ? conv->kernels->tile_rows : 1;
    int block = conv->units;
    while (block > step_units && block_floats(conv, g, block) > BLOCK_FLOATS)
        block = divide_up(block, 2);
    bool tall = pixels * batch > conv->group_out;
    int parts = divide_up(wanted, images);
    if (tall && divide_up(conv->units, block) < parts)
        block = divide_up(conv->units, parts);
    if (conv->flat)
        block = divide_up(block, step_units) * step_units;
    conv->block = block < conv->units ? block : conv->units;
    conv->blocks = divide_up(conv->units, conv->block) * images;
    int splits = divide_up(wanted, conv->blocks);
    conv->splits = splits < conv->panels ? splits : conv->panels;
    conv->scratch_floats = conv->packed ? block_floats(conv, g, conv->block) : 0;
}

/* One panel of a group: its columns of the kernel, scaled by the step's gain. */
static void pack_panel(const px_conv *conv, const px_step *step, const float *kernel, int group,
                       int panel) {
    int tile = conv->kernels->tile_columns, rest = conv->group_out - panel * tile;
    int columns = rest < tile ? rest : tile, width = px_panel_width(conv->kernels, columns);
    size_t first = (size_t)group * conv->group_out + (size_t)panel * tile;
    float *to =
        conv->weights + (size_t)group * conv->group_floats + (size_t)panel * conv->panel_floats;
    float *bias = conv->bias + ((size_t)group * conv->panels + panel) * tile;
    const float *from = kernel + first;
    for (int k = 0; k < conv->segments * conv->depth; k++, to += width) {
        for (int c = 0; c < width; c++)
            to[c] = c >= columns ? 0 : from[c] * (step->gain ? step->gain[first + c] : 1);
        from += step->geometry.out_c;
    }
    for (int c = 0; c < tile; c++)
        bias[c] = c < columns && step->bias ? step->bias[first + c] : 0;
}

static bool pack_weights(px_conv *conv, const px_graph *graph, const px_step *step, px_error *err) {
    const px_tensor *tensor = &graph->tensors[graph->nodes[step->node].tensors[PX_KERNEL]];
    int tile = conv->kernels->tile_columns;
    size_t depth = (size_t)conv->segments * conv->depth;
    conv->panel_floats = depth * tile;
    conv->group_floats = conv->panel_floats * (size_t)conv->panels;
    size_t floats = conv->group_floats * conv->groups, biases = (size_t)conv->groups * conv->panels;
    float *copy = NULL;
    const float *kernel = tensor->data;
    if (tensor->dtype != PX_F32) {
        kernel = copy = px_alloc((size_t)px_tensor_count(tensor), sizeof *copy, err);
        if (!copy)
            return false;
        px_tensor_to_f32(tensor, copy);
    }
    conv->weights = px_alloc_aligned(floats * sizeof(float), err);
    conv->bias = px_alloc_aligned(biases * tile * sizeof(float), err);
    bool ok = conv->weights && conv->bias;
    for (int i = 0; ok && i < conv->groups * conv->panels; i++)
        pack_panel(conv, step, kernel, i / conv->panels, i % conv->panels);
    free(copy);
    return ok;
}

bool px_conv_prepare(px_conv *conv, const px_graph *graph, const px_step *step,
                     const px_value *input, int batch, const px_kernels *kernels, px_error *err) {
    const px_geometry *g = &step->geometry;
    *conv = (px_conv){.kernels = kernels,
                      .groups = step->groups,
                      .group_in = g->in_c / step->groups,
                      .group_out = g->out_c / step->groups,
                      .segments = g->kernel_h};
    conv->depth = g->kernel_w * conv->group_in;
    conv->panels = divide_up(conv->group_out, kernels->tile_columns);
    choose_rows(conv, step, input->pixel);
    cut_work(conv, step, batch);
    if (pack_weights(conv, graph, step, err))
        return true;
    px_conv_clear(conv);
    return false;
}

void px_conv_clear(px_conv *conv) {
    free(conv->weights);
    free(conv->bias);
    *conv = (px_conv){0};
}

size_t px_conv_weight_bytes(const px_conv *conv) {
    return conv->group_floats * (size_t)conv->groups * sizeof(float);
}
