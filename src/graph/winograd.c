/* Large 3 x 3 convolutions by Winograd's F(4 x 4, 3 x 3): a quarter of the multiplications. */
#include "winograd.h"

enum {
    TILE = PX_WINOGRAD_TILE,
    VALUES = PX_WINOGRAD_VALUES,
    LEAST_SIDE = 20, /* below, transforms and four times the weights cost what is saved */
    LEAST_CHANNELS = 16
};

/* A block's transformed tiles and their products. */
typedef struct {
    const px_conv *conv;
    const px_step *step;
    const px_conv_data *data;
    int image, first, count; /* rows of tiles */
    int across, tiles;       /* tiles in a row, and in all */
    float *v, *m;            /* [36][tiles][pitch] */
    size_t v_pitch, m_pitch;
} winograd_block;

bool px_winograd_suits(const px_step *step) {
    const px_geometry *g = &step->geometry;
    return step->groups == 1 && g->kernel_h == 3 && g->kernel_w == 3 && g->stride_h == 1 &&
           g->stride_w == 1 && g->out_h >= LEAST_SIDE && g->out_w >= LEAST_SIDE &&
           g->in_c >= LEAST_CHANNELS && g->out_c >= LEAST_CHANNELS;
}

static int tiles_across(const px_geometry *g) {
    return (g->out_w + TILE - 1) / TILE;
}

/* Rows of tiles an odd number of cache lines apart, as in the slab. */
static size_t output_pitch(const px_geometry *g) {
    size_t lines = ((size_t)g->out_c + 15) / 16;
    return (lines | 1) * 16;
}

size_t px_winograd_floats(const px_conv *conv, const px_geometry *g, int units) {
    size_t tiles = (size_t)units * (size_t)tiles_across(g);
    return VALUES * tiles * (conv->lda + output_pitch(g));
}

/* G: what a row of three weights becomes. */
static const double rise[6][3] = {{1.0 / 4, 0, 0},
                                  {-1.0 / 6, -1.0 / 6, -1.0 / 6},
                                  {-1.0 / 6, 1.0 / 6, -1.0 / 6},
                                  {1.0 / 24, 1.0 / 12, 1.0 / 6},
                                  {1.0 / 24, -1.0 / 12, 1.0 / 6},
                                  {0, 0, 1}};

/* The 36 transformed weights of one input and output channel. */
static void transform_weights(const float *kernel, size_t tap, double gain, double u[VALUES]) {
    double half[6][3];
    for (int i = 0; i < 6; i++) {
        for (int x = 0; x < 3; x++)
            half[i][x] = rise[i][0] * (double)kernel[(size_t)x * tap] +
                         rise[i][1] * (double)kernel[(size_t)(3 + x) * tap] +
                         rise[i][2] * (double)kernel[(size_t)(6 + x) * tap];
    }
    for (int i = 0; i < VALUES; i++)
        u[i] = gain * (half[i / 6][0] * rise[i % 6][0] + half[i / 6][1] * rise[i % 6][1] +
                       half[i / 6][2] * rise[i % 6][2]);
}

/* One input channel's row of one panel. */
static void pack_row(const px_conv *conv, const px_step *step, const float *kernel, int k,
                     int panel) {
    const px_geometry *g = &step->geometry;
    int tile = conv->kernels->tile_columns, first = panel * tile, rest = g->out_c - first;
    int columns = rest < tile ? rest : tile, width = px_panel_width(conv->kernels, columns);
    size_t tap = (size_t)g->in_c * (size_t)g->out_c;
    size_t frequency = (size_t)conv->panels * conv->panel_floats;
    float *to = conv->weights + (size_t)panel * conv->panel_floats + (size_t)k * (size_t)width;
    for (int c = 0; c < width; c++) {
        double u[VALUES] = {0},
               gain = c < columns && step->gain ? (double)step->gain[first + c] : 1;
        if (c < columns)
            transform_weights(kernel + (size_t)k * (size_t)g->out_c + first + c, tap, gain, u);
        for (int f = 0; f < VALUES; f++)
            to[(size_t)f * frequency + (size_t)c] = (float)u[f];
    }
}

void px_winograd_pack(const px_conv *conv, const px_step *step, const float *kernel) {
    for (int panel = 0; panel < conv->panels; panel++) {
        for (int k = 0; k < conv->group_in; k++)
            pack_row(conv, step, kernel, k, panel);
    }
}

static void transform_input(const winograd_block *b, const float *slab) {
    const px_conv *conv = b->conv;
    size_t frequency = (size_t)b->tiles * b->v_pitch;
    for (int i = 0; i < b->tiles; i++) {
        const float *x = slab + (size_t)(i / b->across) * TILE * conv->segment_stride +
                         (size_t)(i % b->across) * TILE * conv->lda;
        conv->kernels->winograd_input(conv->group_in, x, conv->segment_stride, conv->lda,
                                      b->v + (size_t)i * b->v_pitch, frequency);
    }
}

/* One of the 36 matrix products, through one panel of output channels. */
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

static void transform_output(const winograd_block *b, int index) {
    const px_geometry *g = &b->step->geometry;
    const px_conv_data *data = b->data;
    int row = (b->first + index / b->across) * TILE, column = index % b->across * TILE;
    size_t pixel = ((size_t)b->image * g->out_h + (size_t)row) * g->out_w + (size_t)column;
    px_winograd_output tile = {.channels = g->out_c,
                               .m = b->m + (size_t)index * b->m_pitch,
                               .frequency = (size_t)b->tiles * b->m_pitch,
                               .bias = b->conv->bias,
                               .y = data->output + pixel * data->output_pixel,
                               .y_row = (size_t)g->out_w * data->output_pixel,
                               .y_pixel = data->output_pixel,
                               .residual_row = (size_t)g->out_w * data->residual_pixel,
                               .residual_pixel = data->residual_pixel,
                               .rows = g->out_h - row < TILE ? g->out_h - row : TILE,
                               .columns = g->out_w - column < TILE ? g->out_w - column : TILE,
                               .relu = b->step->relu};
    if (data->residual)
        tile.residual = data->residual + pixel * data->residual_pixel;
    b->conv->kernels->winograd_output(&tile);
}

void px_winograd_run(const px_conv *conv, const px_step *step, const px_conv_data *data, int image,
                     int first, int count, const float *slab, float *scratch) {
    winograd_block b = {.conv = conv,
                        .step = step,
                        .data = data,
                        .image = image,
                        .first = first,
                        .count = count,
                        .across = tiles_across(&step->geometry),
                        .v = scratch,
                        .v_pitch = conv->lda,
                        .m_pitch = output_pitch(&step->geometry)};
    b.tiles = b.across * count;
    b.m = b.v + VALUES * (size_t)b.tiles * b.v_pitch;
    transform_input(&b, slab);
    for (int i = 0; i < VALUES * conv->panels; i++)
        multiply_value(&b, i / conv->panels, i % conv->panels);
    for (int i = 0; i < b.tiles; i++)
        transform_output(&b, i);
}
