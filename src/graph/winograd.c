/* Convolutions by Winograd's minimal filtering (winograd.h): windows of the input become values,
 * each value's pixels one matrix product, the products tiles of the output. */
#include "winograd.h"

#include <string.h>

#include "../kernels/winograd_line.h"

enum {
    VALUES = PX_WINOGRAD_VALUES,
    GROUP = 4, /* weights of as many output channels are transformed together */
    LEAST_SIDE =
        20, /* of a 3 x 3: below, transforms and four times the weights cost what is saved */
    LEAST_LINE = 8, /* of a 1 x 7: a map of 5 would fill half of its second tile */
    LEAST_CHANNELS = 16,
    BLOCK_VALUES = 14 * VALUES, /* of a block, for each channel */
    HEAVY_WEIGHTS = 1 << 15     /* of one product: twice as many tiles share them */
};

/* A form's tile of outputs, and the window over the input that it needs. */
typedef struct {
    const char *name;
    int tile_h, tile_w, window_h, window_w;
} shape;

static const shape shapes[] = {
    [PX_WINOGRAD_SQUARE] = {"winograd 4x4", PX_WINOGRAD_TILE, PX_WINOGRAD_TILE, PX_WINOGRAD_WINDOW,
                            PX_WINOGRAD_WINDOW},
    [PX_WINOGRAD_ROW] = {"winograd 1x4", 1, PX_LINE_TILE, 1, PX_LINE_WINDOW},
    [PX_WINOGRAD_COLUMN] = {"winograd 4x1", PX_LINE_TILE, 1, PX_LINE_WINDOW, 1},
};

/* A block's transformed tiles and their products. */
typedef struct {
    const px_conv *conv;
    const px_step *step;
    const px_conv_data *data;
    const shape *shape;
    int values, first, tiles;
    float *v, *m; /* [values][tiles][pitch] */
    float *patch; /* [window][v_pitch]: a window with what lies outside the image as zeros */
    size_t v_pitch, m_pitch;
} winograd_block;

/* Where a tile lies: its image, and its first output there. */
typedef struct {
    int image, row, column;
} place;

px_winograd_form px_winograd_choose(const px_step *step) {
    const px_geometry *g = &step->geometry;
    if (step->groups != 1 || g->stride_h != 1 || g->stride_w != 1 || g->in_c < LEAST_CHANNELS ||
        g->out_c < LEAST_CHANNELS)
        return PX_WINOGRAD_NONE;
    if (g->kernel_h == 3 && g->kernel_w == 3 && g->out_h >= LEAST_SIDE && g->out_w >= LEAST_SIDE)
        return PX_WINOGRAD_SQUARE;
    if (g->kernel_h == 1 && g->kernel_w == PX_LINE_FILTER && g->out_w >= LEAST_LINE)
        return PX_WINOGRAD_ROW;
    if (g->kernel_h == PX_LINE_FILTER && g->kernel_w == 1 && g->out_h >= LEAST_LINE)
        return PX_WINOGRAD_COLUMN;
    return PX_WINOGRAD_NONE;
}

int px_winograd_values(const px_conv *conv) {
    return shapes[conv->winograd].window_h * shapes[conv->winograd].window_w;
}

const char *px_winograd_name(px_winograd_form form) {
    return shapes[form].name;
}

static place find_tile(const winograd_block *b, int index) {
    const px_geometry *g = &b->step->geometry;
    int across = px_divide_up(g->out_w, b->shape->tile_w);
    int down = px_divide_up(g->out_h, b->shape->tile_h);
    return (place){.image = index / across / down,
                   .row = index / across % down * b->shape->tile_h,
                   .column = index % across * b->shape->tile_w};
}

/* Tiles an odd number of cache lines apart, as packed rows are. */
static size_t output_pitch(const px_geometry *g) {
    size_t lines = ((size_t)g->out_c + 15) / 16;
    return (lines | 1) * 16;
}

void px_winograd_size(px_conv *conv, const px_geometry *g, int batch) {
    const shape *s = &shapes[conv->winograd];
    bool heavy = (int64_t)conv->group_in * conv->group_out > HEAVY_WEIGHTS;
    int values = px_winograd_values(conv);
    conv->units = px_divide_up(g->out_h, s->tile_h) * px_divide_up(g->out_w, s->tile_w) * batch;
    conv->block = (heavy && conv->winograd == PX_WINOGRAD_SQUARE ? 2 : 1) * BLOCK_VALUES / values;
    if (conv->block > conv->units)
        conv->block = conv->units;
    size_t tiles = (size_t)conv->block;
    conv->scratch_floats = (size_t)values * (tiles * (conv->lda + output_pitch(g)) + conv->lda);
}

/* G of F(4, 3) for the points of kernels.h: what a row of three weights becomes. */
static const double rise[6][3] = {{64 / 81., 0, 0},
                                  {-128 / 243., -32 / 81., -8 / 27.},
                                  {-128 / 243., 32 / 81., -8 / 27.},
                                  {32 / 243., 16 / 81., 8 / 27.},
                                  {32 / 243., -16 / 81., 8 / 27.},
                                  {0, 0, 1}};

/* The 36 values of the weights of one input channel and GROUP output channels, which are
 * `tap` floats from one of the nine weights to the next: G w G^T. */
static void transform_square(const float *kernel, size_t tap, double u[][GROUP]) {
    double half[6][3][GROUP];
    for (int i = 0; i < 18; i++) {
        const float *w = kernel + (size_t)(i % 3) * tap;
        const double *by = rise[i / 3];
        for (int c = 0; c < GROUP; c++)
            half[i / 3][i % 3][c] = by[0] * (double)w[c] + by[1] * (double)w[3 * tap + c] +
                                    by[2] * (double)w[6 * tap + c];
    }
    for (int i = 0; i < VALUES; i++) {
        const double *by = rise[i % 6];
        for (int c = 0; c < GROUP; c++)
            u[i][c] =
                half[i / 6][0][c] * by[0] + half[i / 6][1][c] * by[1] + half[i / 6][2][c] * by[2];
    }
}

/* Likewise the ten of a line's. */
static void transform_line(const float *kernel, size_t tap, double u[][GROUP]) {
    for (int i = 0; i < PX_LINE_WINDOW; i++) {
        for (int c = 0; c < GROUP; c++)
            u[i][c] = 0;
        for (int j = 0; j < PX_LINE_FILTER; j++) {
            for (int c = 0; c < GROUP; c++)
                u[i][c] += px_line_weights[i][j] * (double)kernel[(size_t)j * tap + c];
        }
    }
}

/* GROUP output channels of an input channel's row of a panel; `columns` of them exist, the others
 * are zero. */
static void pack_group(const px_conv *conv, const float *from, size_t tap, const float *gain,
                       int columns, float *to) {
    size_t frequency = (size_t)conv->panels * conv->panel_floats;
    int weights = conv->winograd == PX_WINOGRAD_SQUARE ? 9 : PX_LINE_FILTER;
    float kernel[9][GROUP] = {0};
    double u[VALUES][GROUP];
    for (int j = 0; j < weights; j++)
        memcpy(kernel[j], from + (size_t)j * tap, (size_t)columns * sizeof **kernel);
    if (conv->winograd == PX_WINOGRAD_SQUARE)
        transform_square(kernel[0], GROUP, u);
    else
        transform_line(kernel[0], GROUP, u);
    for (int f = 0; f < px_winograd_values(conv); f++) {
        for (int c = 0; c < GROUP; c++)
            to[(size_t)f * frequency + (size_t)c] =
                (float)(gain && c < columns ? (double)gain[c] * u[f][c] : u[f][c]);
    }
}

/* One input channel's row of one panel. */
static void pack_row(const px_conv *conv, const px_step *step, const float *kernel, int k,
                     int panel) {
    const px_geometry *g = &step->geometry;
    int tile = conv->kernels->tile_columns, first = panel * tile, rest = g->out_c - first;
    int columns = rest < tile ? rest : tile, width = px_panel_width(conv->kernels, columns);
    size_t tap = (size_t)g->in_c * (size_t)g->out_c;
    float *to = conv->weights + (size_t)panel * conv->panel_floats + (size_t)k * (size_t)width;
    const float *from = kernel + (size_t)k * (size_t)g->out_c + first;
    for (int c = 0; c < width; c += GROUP) {
        int begin = c < columns ? c : columns, left = columns - begin;
        pack_group(conv, from + begin, tap, step->gain ? step->gain + first + begin : NULL,
                   left < GROUP ? left : GROUP, to + c);
    }
}

void px_winograd_pack(const px_conv *conv, const px_step *step, const float *kernel) {
    for (int panel = 0; panel < conv->panels; panel++) {
        for (int k = 0; k < conv->group_in; k++)
            pack_row(conv, step, kernel, k, panel);
    }
}

/* The first pixel of row `y` of an image of the input. */
static const float *find_row(const winograd_block *b, int image, int y) {
    const px_geometry *g = &b->step->geometry;
    return b->data->input + ((size_t)image * g->in_h + (size_t)y) * g->in_w * b->data->input_pixel;
}

/* Copy a tile's window with what precedes the convolution applied. */
static void fill_patch(const winograd_block *b, place tile) {
    const px_geometry *g = &b->step->geometry;
    const px_affine before = {b->step->before_scale, b->step->before_shift, b->step->before_relu};
    int top = tile.row - g->top, left = tile.column - g->left;
    int first_y, end_y, first_x, end_x;
    px_clip_window(top, b->shape->window_h, g->in_h, &first_y, &end_y);
    px_clip_window(left, b->shape->window_w, g->in_w, &first_x, &end_x);
    memset(b->patch, 0, (size_t)b->values * b->v_pitch * sizeof *b->patch);
    for (int y = first_y; y < end_y; y++) {
        const float *row = find_row(b, tile.image, top + y);
        for (int x = first_x; x < end_x; x++)
            b->conv->kernels->affine(&before, g->in_c,
                                     row + (size_t)(left + x) * b->data->input_pixel,
                                     b->patch + (size_t)(y * b->shape->window_w + x) * b->v_pitch);
    }
}

/* Transform the window whose first pixel is at x. */
static void transform_window(const winograd_block *b, int index, const float *x, size_t row,
                             size_t pixel) {
    const px_kernels *kernels = b->conv->kernels;
    int channels = b->step->geometry.in_c;
    float *to = b->v + (size_t)index * b->v_pitch;
    size_t value = (size_t)b->tiles * b->v_pitch;
    if (b->conv->winograd == PX_WINOGRAD_SQUARE)
        kernels->winograd_input(channels, x, row, pixel, to, value);
    else
        kernels->winograd_line_input(channels, x,
                                     b->conv->winograd == PX_WINOGRAD_ROW ? pixel : row, to, value);
}

static void transform_input(const winograd_block *b, int index) {
    const px_step *step = b->step;
    const px_geometry *g = &step->geometry;
    place tile = find_tile(b, b->first + index);
    int top = tile.row - g->top, left = tile.column - g->left;
    size_t pixel = b->data->input_pixel;
    bool inside = top >= 0 && left >= 0 && top + b->shape->window_h <= g->in_h &&
                  left + b->shape->window_w <= g->in_w;
    if (inside && !step->before_scale && !step->before_relu) {
        transform_window(b, index, find_row(b, tile.image, top) + (size_t)left * pixel,
                         (size_t)g->in_w * pixel, pixel);
        return;
    }
    fill_patch(b, tile);
    transform_window(b, index, b->patch, (size_t)b->shape->window_w * b->v_pitch, b->v_pitch);
}

/* One value's matrix product, through one panel of output channels. */
static void multiply_value(const winograd_block *b, int value, int panel) {
    const px_conv *conv = b->conv;
    static const float no_bias[64];
    int tile = conv->kernels->tile_columns, rest = conv->group_out - panel * tile;
    int strips = (b->tiles + conv->kernels->tile_rows - 1) / conv->kernels->tile_rows;
    size_t bytes = conv->panel_floats * sizeof(float);
    px_gemm g = {.a = b->v + (size_t)value * (size_t)b->tiles * b->v_pitch,
                 .lda = b->v_pitch,
                 .segments = 1,
                 .depth = conv->group_in,
                 .b = conv->weights +
                      ((size_t)value * (size_t)conv->panels + (size_t)panel) * conv->panel_floats,
                 .bias = no_bias,
                 .c = b->m + (size_t)value * (size_t)b->tiles * b->m_pitch + (size_t)panel * tile,
                 .ldc = b->m_pitch,
                 .columns = rest < tile ? rest : tile};
    g.ahead = (uintptr_t)(g.b + conv->panel_floats);
    g.ahead_stride = bytes / ((size_t)strips * (size_t)conv->group_in) + 1;
    for (int i = 0, done = 0; i < strips; i++, done += g.rows) {
        g.rows = (b->tiles - done + strips - i - 1) / (strips - i);
        conv->kernels->gemm(&g);
        g.a += (size_t)g.rows * g.lda;
        g.c += (size_t)g.rows * g.ldc;
        g.ahead += (size_t)g.depth * g.ahead_stride;
    }
}

static int at_most(int a, int b) {
    return a < b ? a : b;
}

static void transform_output(const winograd_block *b, int index) {
    const px_geometry *g = &b->step->geometry;
    const px_conv_data *data = b->data;
    place at = find_tile(b, b->first + index);
    size_t pixel = ((size_t)at.image * g->out_h + (size_t)at.row) * g->out_w + (size_t)at.column;
    px_winograd_output tile = {.channels = g->out_c,
                               .m = b->m + (size_t)index * b->m_pitch,
                               .frequency = (size_t)b->tiles * b->m_pitch,
                               .bias = b->conv->bias,
                               .y = data->output + pixel * data->output_pixel,
                               .y_row = (size_t)g->out_w * data->output_pixel,
                               .y_pixel = data->output_pixel,
                               .residual_row = (size_t)g->out_w * data->residual_pixel,
                               .residual_pixel = data->residual_pixel,
                               .rows = at_most(g->out_h - at.row, b->shape->tile_h),
                               .columns = at_most(g->out_w - at.column, b->shape->tile_w),
                               .relu = b->step->relu};
    if (data->residual)
        tile.residual = data->residual + pixel * data->residual_pixel;
    if (b->conv->winograd == PX_WINOGRAD_SQUARE) {
        b->conv->kernels->winograd_output(&tile);
        return;
    }
    if (b->conv->winograd == PX_WINOGRAD_COLUMN) {
        tile.columns = tile.rows;
        tile.y_pixel = tile.y_row;
        tile.residual_pixel = tile.residual_row;
    }
    b->conv->kernels->winograd_line_output(&tile);
}

void px_winograd_run(const px_conv *conv, const px_step *step, const px_conv_data *data, int first,
                     int count, float *scratch) {
    winograd_block b = {.conv = conv,
                        .step = step,
                        .data = data,
                        .shape = &shapes[conv->winograd],
                        .values = px_winograd_values(conv),
                        .first = first,
                        .tiles = count,
                        .patch = scratch,
                        .v_pitch = conv->lda,
                        .m_pitch = output_pitch(&step->geometry)};
    b.v = b.patch + (size_t)b.values * b.v_pitch;
    b.m = b.v + (size_t)b.values * (size_t)count * b.v_pitch;
    for (int i = 0; i < count; i++)
        transform_input(&b, i);
    for (int i = 0; i < b.values * conv->panels; i++)
        multiply_value(&b, i / conv->panels, i % conv->panels);
    for (int i = 0; i < count; i++)
        transform_output(&b, i);
}
