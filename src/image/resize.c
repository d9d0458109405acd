/* Resizing: first the rows that make a new row are blended, then that one row is resampled. */
#include "resize.h"

#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"

static bool init_linear_u8(px_resizer *resizer, px_error *err) {
    resizer->columns = px_alloc((size_t)resizer->to_width, sizeof *resizer->columns, err);
    if (!resizer->columns)
        return false;
    for (int x = 0; x < resizer->to_width; x++)
        resizer->columns[x] = px_linear_u8_column(x, resizer->from.width, resizer->to_width);
    return true;
}

static bool init_taps(px_resizer *resizer, px_resize method, px_error *err) {
    const px_view *from = &resizer->from;
    bool reduces = from->width >= resizer->to_width && from->height >= resizer->to_height;
    resizer->row =
        px_alloc((size_t)from->width * (size_t)from->channels, sizeof *resizer->row, err);
    return resizer->row &&
           px_taps_init(&resizer->across, from->width, resizer->to_width, method, reduces, err) &&
           px_taps_init(&resizer->down, from->height, resizer->to_height, method, reduces, err);
}

bool px_resizer_init(px_resizer *resizer, const px_view *from, int to_width, int to_height,
                     px_resize method, px_error *err) {
    px_resizer made = {.from = *from, .to_width = to_width, .to_height = to_height};
    bool linear_u8 = method == PX_RESIZE_BILINEAR && from->type == PX_SAMPLE_U8;
    if (linear_u8 ? !init_linear_u8(&made, err) : !init_taps(&made, method, err)) {
        px_resizer_clear(&made);
        return false;
    }
    *resizer = made;
    return true;
}

void px_resizer_clear(px_resizer *resizer) {
    free(resizer->columns);
    px_taps_clear(&resizer->across);
    px_taps_clear(&resizer->down);
    free(resizer->row);
    *resizer = (px_resizer){0};
}

#define DEFINE_ADD_ROW(name, type)                                                                 \
    static void name(float *restrict sum, const type *restrict row, size_t n, float weight) {      \
        for (size_t i = 0; i < n; i++)                                                             \
            sum[i] += weight * (float)row[i];                                                      \
    }
DEFINE_ADD_ROW(add_row_u8, uint8_t)
DEFINE_ADD_ROW(add_row_u16, uint16_t)
DEFINE_ADD_ROW(add_row_f32, float)

static void blend_rows(px_resizer *resizer, int y) {
    const px_view *from = &resizer->from;
    size_t n = (size_t)from->width * (size_t)from->channels;
    const float *weights = resizer->down.weights + resizer->down.width * (size_t)y;
    memset(resizer->row, 0, n * sizeof *resizer->row);
    for (int k = 0; k < resizer->down.count[y]; k++) {
        size_t at = from->stride * (size_t)(resizer->down.first[y] + k);
        switch (from->type) {
        case PX_SAMPLE_U8:
            add_row_u8(resizer->row, (const uint8_t *)from->samples + at, n, weights[k]);
            break;
        case PX_SAMPLE_U16:
            add_row_u16(resizer->row, (const uint16_t *)from->samples + at, n, weights[k]);
            break;
        case PX_SAMPLE_F32:
            add_row_f32(resizer->row, (const float *)from->samples + at, n, weights[k]);
            break;
        }
    }
}

static void resample_row(const px_resizer *resizer, float *to) {
    const px_taps *across = &resizer->across;
    int channels = resizer->from.channels;
    if (resizer->from.width == resizer->to_width) {
        memcpy(to, resizer->row, (size_t)resizer->to_width * (size_t)channels * sizeof *to);
        return;
    }
    for (int x = 0; x < resizer->to_width; x++) {
        const float *from = resizer->row + (size_t)across->first[x] * (size_t)channels;
        const float *weights = across->weights + across->width * (size_t)x;
        for (int c = 0; c < channels; c++) {
            float sum = 0;
            for (int k = 0; k < across->count[x]; k++)
                sum += weights[k] * from[k * channels + c];
            *to++ = sum;
        }
    }
}

void px_resizer_row(px_resizer *resizer, int y, float *to) {
    const px_view *from = &resizer->from;
    if (!resizer->columns) {
        blend_rows(resizer, y);
        resample_row(resizer, to);
        return;
    }
    const uint8_t *samples = from->samples;
    px_pair down = px_linear_u8_row(y, from->height, resizer->to_height);
    px_linear_u8_blend(samples + from->stride * (size_t)down.first,
                       samples + from->stride * (size_t)down.second, &down, resizer->columns,
                       resizer->to_width, from->channels, to);
}

static bool resize_all(const px_view *from, float *to, int to_width, int to_height,
                       px_resize method, px_error *err) {
    px_resizer resizer;
    if (!px_resizer_init(&resizer, from, to_width, to_height, method, err))
        return false;
    size_t samples = (size_t)to_width * (size_t)from->channels;
    for (int y = 0; y < to_height; y++)
        px_resizer_row(&resizer, y, to + (size_t)y * samples);
    px_resizer_clear(&resizer);
    return true;
}

bool px_resize_f32(const float *from, int from_width, int from_height, int channels, float *to,
                   int to_width, int to_height, px_resize method, px_error *err) {
    if (from_width < 1 || from_height < 1 || channels < 1 || to_width < 1 || to_height < 1)
        return px_fail(err, PX_ERR_USAGE, NULL, "cannot resize %d x %d x %d to %d x %d", from_width,
                       from_height, channels, to_width, to_height);
    size_t stride = (size_t)from_width * (size_t)channels;
    px_view view = {from, PX_SAMPLE_F32, from_width, from_height, channels, stride};
    if (to_width <= from_width || to_height <= from_height)
        return resize_all(&view, to, to_width, to_height, method, err);
    /* Few rows are made wide, then blended, instead of each row of the result being resampled. */
    size_t wide_stride = (size_t)to_width * (size_t)channels;
    float *wide = px_alloc((size_t)from_height, wide_stride * sizeof *wide, err);
    bool ok = wide && resize_all(&view, wide, to_width, from_height, method, err);
    view = (px_view){wide, PX_SAMPLE_F32, to_width, from_height, channels, wide_stride};
    ok = ok && resize_all(&view, to, to_width, to_height, method, err);
    free(wide);
    return ok;
}
