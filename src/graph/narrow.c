/* Weights that stay float16 or int8 in memory. */
#include "narrow.h"

#include <string.h>

static int count_columns(const px_conv *conv, int panel) {
    int tile = conv->kernels->tile_columns, rest = conv->group_out - panel * tile;
    return rest < tile ? rest : tile;
}

static float *panel_factors(const px_conv *conv, int group, int panel) {
    return conv->factors +
           ((size_t)group * conv->panels + (size_t)panel) * conv->kernels->tile_columns;
}

/* The block is all zeros before: so are the columns that only fill a panel up. */
static void pack_panel(const px_conv *conv, const px_step *step, const px_tensor *tensor, int group,
                       int panel) {
    int columns = count_columns(conv, panel), width = px_panel_width(conv->kernels, columns);
    size_t size = px_dtype_size(conv->stored);
    size_t first = (size_t)group * conv->group_out + (size_t)panel * conv->kernels->tile_columns;
    const char *from = (const char *)tensor->data + first * size;
    char *to = (char *)conv->narrow + px_conv_panel_start(conv, group, panel) * size;
    for (int k = 0; k < conv->segments * conv->depth; k++) {
        memcpy(to, from, (size_t)columns * size);
        to += (size_t)width * size;
        from += (size_t)step->geometry.out_c * size;
    }
    float *factors = panel_factors(conv, group, panel);
    for (int c = 0; c < columns; c++)
        factors[c] = (tensor->scales ? tensor->scales[first + c] : 1) *
                     (step->gain ? step->gain[first + c] : 1);
}

void px_narrow_pack(const px_conv *conv, const px_step *step, const px_tensor *tensor) {
    for (int i = 0; i < conv->groups * conv->panels; i++)
        pack_panel(conv, step, tensor, i / conv->panels, i % conv->panels);
}

void px_narrow_widen(const px_conv *conv, int group, int panel, float *to) {
    px_widening job = {.factors = panel_factors(conv, group, panel),
                       .to = to,
                       .rows = conv->segments * conv->depth,
                       .width = px_panel_width(conv->kernels, count_columns(conv, panel))};
    size_t start = px_conv_panel_start(conv, group, panel) * px_dtype_size(conv->stored);
    job.from = (const char *)conv->narrow + start;
    if (conv->stored == PX_F16)
        conv->kernels->widen_f16(&job);
    else
        conv->kernels->widen_i8(&job);
}
