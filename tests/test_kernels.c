/* Every kernel of every tier the machine has, against plain sums in double: random sizes below, at
 * and above the tile, odd strides, and guard values around everything that is written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../src/base/random.h"
#include "../src/kernels/kernels.h"
#include "../src/kernels/ref/naive.h"
#include "../src/kernels/winograd_line.h"

#define GUARD (-12345.5f)

/* An array that nothing may be written beside. */
typedef struct {
    float *all, *data;
    size_t count;
} guarded;

enum { GUARDS = 64 };

static guarded guarded_new(size_t count) {
    guarded g = {.count = count};
    g.all = malloc((count + 2 * GUARDS) * sizeof *g.all);
    g.data = g.all + GUARDS;
    for (size_t i = 0; i < count + 2 * GUARDS; i++)
        g.all[i] = GUARD;
    return g;
}

static guarded random_values(px_random *random, size_t count) {
    guarded g = guarded_new(count);
    for (size_t i = 0; i < count; i++)
        g.data[i] = (float)px_random_range(random, -1, 1);
    return g;
}

static void guarded_free(guarded *g) {
    for (size_t i = 0; i < GUARDS; i++) {
        assert_true(g->all[i] == GUARD);
        assert_true(g->all[GUARDS + g->count + i] == GUARD);
    }
    free(g->all);
}

static int pick(px_random *random, int low, int high) {
    return low + (int)px_random_below(random, (uint64_t)(high - low + 1));
}

/* Rounding grows with the length of the sum and the size of what is summed. */
static double tolerance(int depth, double magnitude) {
    return (double)FLT_EPSILON * (2 + sqrt((double)depth)) * (1 + magnitude);
}

/* ---- matrix product ------------------------------------------------------------------------ */

typedef struct {
    px_gemm g;
    int width;
    guarded a, b, bias, residual, c;
} product;

static product random_product(px_random *random, const px_kernels *k) {
    product p = {.g = {.segments = pick(random, 1, 4),
                       .depth = pick(random, 1, px_random_below(random, 8) ? 40 : 900),
                       .rows = pick(random, 1, k->tile_rows),
                       .columns = pick(random, 1, k->tile_columns),
                       .relu = px_random_below(random, 2)}};
    px_gemm *g = &p.g;
    p.width = px_panel_width(k, g->columns);
    g->lda = (size_t)pick(random, 1, g->depth + 9);
    g->segment_stride = (size_t)pick(random, 1, 3 * g->depth);
    g->ldc = (size_t)(g->columns + pick(random, 0, 40));
    g->ldr = (size_t)(g->columns + pick(random, 0, 40));
    size_t rows = (size_t)g->rows - 1, last = (size_t)(g->segments - 1) * g->segment_stride;
    p.a = random_values(random, rows * g->lda + last + (size_t)g->depth);
    p.b = random_values(random, (size_t)g->segments * (size_t)g->depth * (size_t)p.width);
    p.bias = random_values(random, (size_t)p.width);
    p.residual = random_values(random, rows * g->ldr + (size_t)g->columns);
    p.c = guarded_new(rows * g->ldc + (size_t)g->columns);
    g->a = p.a.data;
    g->b = p.b.data;
    g->bias = p.bias.data;
    g->residual = px_random_below(random, 2) ? p.residual.data : NULL;
    g->c = p.c.data;
    g->ahead = (uintptr_t)g->b;
    return p;
}

static double true_product(const product *p, int row, int column, double *magnitude) {
    const px_gemm *g = &p->g;
    double sum = g->bias[column], size = fabs(sum);
    for (int s = 0; s < g->segments; s++) {
        for (int k = 0; k < g->depth; k++) {
            size_t b = ((size_t)s * (size_t)g->depth + (size_t)k) * (size_t)p->width;
            double term =
                (double)g->a[(size_t)row * g->lda + (size_t)s * g->segment_stride + (size_t)k] *
                g->b[b + (size_t)column];
            sum += term;
            size += fabs(term);
        }
    }
    sum += g->residual ? g->residual[(size_t)row * g->ldr + (size_t)column] : 0;
    *magnitude = size;
    return g->relu && sum < 0 ? 0 : sum;
}

static void check_product(const px_kernels *k, const product *p, uint64_t seed) {
    const px_gemm *g = &p->g;
    for (int r = 0; r < g->rows; r++) {
        size_t end = r + 1 < g->rows ? g->ldc : (size_t)g->columns;
        for (size_t c = 0; c < end; c++) {
            float got = g->c[(size_t)r * g->ldc + c];
            if (c >= (size_t)g->columns) { /* between rows */
                assert_true(got == GUARD);
                continue;
            }
            double magnitude, want = true_product(p, r, (int)c, &magnitude);
            if (!(fabs(got - want) <= tolerance(g->segments * g->depth, magnitude)))
                fail_msg("%s gemm, seed %llu: %d x %d, %d segments of %d, lda %zu, row %d column "
                         "%zu is %g, not %g",
                         px_cpu_tier_name(k->tier), (unsigned long long)seed, g->rows, g->columns,
                         g->segments, g->depth, g->lda, r, c, (double)got, want);
        }
    }
}

static void products_are_right(void **state) {
    (void)state;
    for (px_cpu_tier tier = PX_CPU_PORTABLE; tier <= px_cpu_best(); tier++) {
        const px_kernels *k = px_kernels_of(tier);
        assert_int_equal(k->tier, tier);
        for (uint64_t seed = 0; seed < 1500; seed++) {
            px_random random;
            px_random_init(&random, seed, tier);
            product p = random_product(&random, k);
            k->gemm(&p.g);
            check_product(k, &p, seed);
            guarded_free(&p.a);
            guarded_free(&p.b);
            guarded_free(&p.bias);
            guarded_free(&p.residual);
            guarded_free(&p.c);
        }
    }
}

/* A row's result is the same bits in every tile that can hold it. */
static void tiles_agree_bit_for_bit(void **state) {
    (void)state;
    enum { DEPTH = 77 };
    for (px_cpu_tier tier = PX_CPU_PORTABLE; tier <= px_cpu_best(); tier++) {
        const px_kernels *k = px_kernels_of(tier);
        px_random random;
        px_random_init(&random, 3, tier);
        size_t columns = (size_t)k->tile_columns;
        guarded a = random_values(&random, (size_t)k->tile_rows * DEPTH);
        guarded b = random_values(&random, DEPTH * columns);
        guarded bias = random_values(&random, columns);
        float whole[64 * 64], single[64];
        px_gemm g = {.a = a.data,
                     .lda = DEPTH,
                     .segments = 1,
                     .depth = DEPTH,
                     .b = b.data,
                     .bias = bias.data,
                     .c = whole,
                     .ldc = columns,
                     .rows = k->tile_rows,
                     .columns = k->tile_columns,
                     .ahead = (uintptr_t)b.data};
        k->gemm(&g);
        for (int r = 0; r < k->tile_rows; r++) {
            px_gemm one = g;
            one.a += (size_t)r * DEPTH;
            one.rows = 1;
            one.c = single;
            k->gemm(&one);
            assert_memory_equal(single, whole + (size_t)r * columns, columns * sizeof(float));
        }
        guarded_free(&a);
        guarded_free(&b);
        guarded_free(&bias);
    }
}

/* ---- windows ------------------------------------------------------------------------------- */

typedef struct {
    px_geometry g;
    px_row_job job;
    guarded x, y, scale, shift, kernel, bias;
    float *dense; /* the input as the naive kernels take it: dense, `before` applied */
} window;

static px_geometry random_geometry(px_random *random) {
    px_geometry g = {.in_h = pick(random, 1, 12),
                     .in_w = pick(random, 1, 12),
                     .in_c = pick(random, 1, 70),
                     .kernel_h = pick(random, 1, 4),
                     .kernel_w = pick(random, 1, 4),
                     .stride_h = pick(random, 1, 3),
                     .stride_w = pick(random, 1, 3)};
    g.top = pick(random, 0, g.kernel_h - 1);
    g.left = pick(random, 0, g.kernel_w - 1);
    g.bottom = g.kernel_h - 1;
    g.right = g.kernel_w - 1;
    g.out_c = g.in_c;
    g.out_h = (g.in_h + g.top + g.bottom - g.kernel_h) / g.stride_h + 1;
    g.out_w = (g.in_w + g.left + g.right - g.kernel_w) / g.stride_w + 1;
    return g;
}

static window random_window(px_random *random) {
    window w = {.g = random_geometry(random)};
    size_t channels = (size_t)w.g.in_c, pixels = (size_t)w.g.in_h * (size_t)w.g.in_w;
    w.job = (px_row_job){.x_pixel = channels + (size_t)pick(random, 0, 20),
                         .y_pixel = channels + (size_t)pick(random, 0, 20),
                         .include_pad = px_random_below(random, 2)};
    w.x = random_values(random, (pixels - 1) * w.job.x_pixel + channels);
    w.y = guarded_new((size_t)w.g.out_h * (size_t)w.g.out_w * w.job.y_pixel);
    w.scale = random_values(random, channels);
    w.shift = random_values(random, channels);
    w.kernel = random_values(random, (size_t)(w.g.kernel_h * w.g.kernel_w) * channels);
    w.bias = random_values(random, channels);
    w.job.x = w.x.data;
    w.job.kernel = w.kernel.data;
    w.job.bias = w.bias.data;
    if (px_random_below(random, 2))
        w.job.before = (px_affine){w.scale.data, w.shift.data, px_random_below(random, 2)};
    w.dense = malloc(pixels * channels * sizeof *w.dense);
    for (size_t i = 0; i < pixels * channels; i++) {
        size_t c = i % channels;
        double v = w.x.data[i / channels * w.job.x_pixel + c];
        if (w.job.before.scale)
            v = v * w.scale.data[c] + w.shift.data[c];
        w.dense[i] = (float)(w.job.before.relu && v < 0 ? 0 : v);
    }
    return w;
}

static void free_window(window *w) {
    guarded *const all[] = {&w->x, &w->y, &w->scale, &w->shift, &w->kernel, &w->bias};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        guarded_free(all[i]);
    free(w->dense);
}

static void run_rows(window *w, void (*kernel)(const px_row_job *)) {
    w->job.geometry = &w->g;
    for (int row = 0; row < w->g.out_h; row++) {
        w->job.row = row;
        w->job.y = w->y.data + (size_t)row * (size_t)w->g.out_w * w->job.y_pixel;
        kernel(&w->job);
    }
}

static void check_window(const window *w, const float *want, const char *what, px_cpu_tier tier,
                         uint64_t seed) {
    const px_geometry *g = &w->g;
    size_t channels = (size_t)g->in_c, pixels = (size_t)g->out_h * (size_t)g->out_w;
    for (size_t p = 0; p < pixels; p++) {
        for (size_t c = 0; c < w->job.y_pixel; c++) {
            float got = w->y.data[p * w->job.y_pixel + c];
            float right = c < channels ? want[p * channels + c] : GUARD;
            if (!(fabs((double)got - right) <= (c < channels ? tolerance(16, 16) : 0)))
                fail_msg("%s %s, seed %llu: %d x %d x %d, window %d x %d stride %d x %d from %d, "
                         "%d: pixel %zu channel %zu is %g, not %g",
                         px_cpu_tier_name(tier), what, (unsigned long long)seed, g->in_h, g->in_w,
                         g->in_c, g->kernel_h, g->kernel_w, g->stride_h, g->stride_w, g->top,
                         g->left, p, c, (double)got, (double)right);
        }
    }
}

typedef enum { MAX, MAX_WITH_ZEROS, AVERAGE, DEPTHWISE, WINDOWS } window_kind;

/* The answer in plain C; zeros around the image are laid out for the pool that counts them. */
static void true_window(const window *w, window_kind kind, float *want) {
    px_geometry g = w->g;
    if (kind == AVERAGE) {
        px_naive_avg_pool(&g, w->job.include_pad, w->dense, want);
    } else if (kind == DEPTHWISE) {
        px_naive_conv2d(&g, g.in_c, w->dense, w->kernel.data, w->bias.data, want, 0, g.out_h);
    } else if (kind == MAX) {
        px_naive_max_pool(&g, w->dense, want);
    } else {
        px_geometry pad = g;
        pad.out_h = g.in_h + g.top + g.bottom;
        pad.out_w = g.in_w + g.left + g.right;
        float *padded =
            malloc((size_t)pad.out_h * (size_t)pad.out_w * (size_t)g.in_c * sizeof *padded);
        px_naive_pad(&pad, w->dense, padded);
        g.in_h = pad.out_h;
        g.in_w = pad.out_w;
        g.top = g.left = g.bottom = g.right = 0;
        px_naive_max_pool(&g, padded, want);
        free(padded);
    }
}

static void check_kind(const px_kernels *k, window_kind kind, uint64_t seed) {
    static const char *const names[WINDOWS] = {"max pool", "max pool with zeros", "average pool",
                                               "depthwise convolution"};
    px_random random;
    px_random_init(&random, seed, kind);
    window w = random_window(&random);
    float *want = malloc((size_t)w.g.out_h * (size_t)w.g.out_w * (size_t)w.g.out_c * sizeof *want);
    w.job.zero_pad = kind == MAX_WITH_ZEROS;
    true_window(&w, kind, want);
    run_rows(&w, kind == AVERAGE ? k->avg_pool : kind == DEPTHWISE ? k->depthwise : k->max_pool);
    check_window(&w, want, names[kind], k->tier, seed);
    free(want);
    free_window(&w);
}

static void windows_are_right(void **state) {
    (void)state;
    for (px_cpu_tier tier = PX_CPU_PORTABLE; tier <= px_cpu_best(); tier++) {
        for (window_kind kind = MAX; kind < WINDOWS; kind++) {
            for (uint64_t seed = 0; seed < 200; seed++)
                check_kind(px_kernels_of(tier), kind, seed);
        }
    }
}

/* ---- Winograd's transforms ----------------------------------------------------------------- */

enum { WINDOW = PX_WINOGRAD_WINDOW, TILE = PX_WINOGRAD_TILE, VALUES = PX_WINOGRAD_VALUES };

/* The 36 values that nine weights become: G w G^T (Lavin & Gray 2016). */
static void transform_weights(const float *w, size_t tap, double u[VALUES]) {
    static const double rise[6][3] = {{64 / 81., 0, 0},
                                      {-128 / 243., -32 / 81., -8 / 27.},
                                      {-128 / 243., 32 / 81., -8 / 27.},
                                      {32 / 243., 16 / 81., 8 / 27.},
                                      {32 / 243., -16 / 81., 8 / 27.},
                                      {0, 0, 1}};
    for (int i = 0; i < VALUES; i++) {
        u[i] = 0;
        for (size_t t = 0; t < 9; t++)
            u[i] += rise[i / 6][t / 3] * rise[i % 6][t % 3] * (double)w[t * tap];
    }
}

/* A depthwise convolution of one tile through the transforms, against its definition. */
static void check_winograd(const px_kernels *k, int channels, px_random *random) {
    size_t count = (size_t)channels, pixel = count + (size_t)pick(random, 0, 9);
    size_t y_pixel = count + (size_t)pick(random, 0, 9), y_row = TILE * y_pixel;
    const px_geometry g = {WINDOW, WINDOW, channels, TILE, TILE, channels, 3, 3, 1, 1, 0, 0, 0, 0};
    guarded x = random_values(random, WINDOW * WINDOW * pixel),
            w = random_values(random, 9 * count);
    guarded bias = random_values(random, count), residual = random_values(random, TILE * y_row);
    guarded v = guarded_new(VALUES * count), y = guarded_new(TILE * y_row);
    float *dense = malloc(WINDOW * WINDOW * count * sizeof *dense);
    float *want = malloc(TILE * TILE * count * sizeof *want);
    for (size_t i = 0; i < WINDOW * WINDOW; i++)
        memcpy(dense + i * count, x.data + i * pixel, count * sizeof *dense);
    px_naive_conv2d(&g, channels, dense, w.data, bias.data, want, 0, TILE);
    k->winograd_input(channels, x.data, WINDOW * pixel, pixel, v.data, count);
    for (size_t c = 0; c < count; c++) {
        double u[VALUES];
        transform_weights(w.data + c, count, u);
        for (size_t i = 0; i < VALUES; i++)
            v.data[i * count + c] *= (float)u[i];
    }
    px_winograd_output tile = {.channels = channels,
                               .m = v.data,
                               .frequency = count,
                               .bias = bias.data,
                               .y = y.data,
                               .y_row = y_row,
                               .y_pixel = y_pixel,
                               .residual_row = y_row,
                               .residual_pixel = y_pixel,
                               .rows = pick(random, 1, TILE),
                               .columns = pick(random, 1, TILE),
                               .relu = px_random_below(random, 2)};
    tile.residual = px_random_below(random, 2) ? residual.data : NULL;
    k->winograd_output(&tile);
    for (size_t i = 0; i < TILE * y_row; i++) {
        size_t p = i / y_pixel, c = i % y_pixel;
        bool inside = c < count && p / TILE < (size_t)tile.rows && p % TILE < (size_t)tile.columns;
        double right =
            inside ? want[p * count + c] + (tile.residual ? residual.data[i] : 0) : GUARD;
        right = inside && tile.relu && right < 0 ? 0 : right;
        assert_true(fabs(y.data[i] - right) <= (inside ? 3e-5 : 0));
    }
    free(dense);
    free(want);
    guarded *const all[] = {&x, &w, &bias, &residual, &v, &y};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        guarded_free(all[i]);
}

static void winograd_is_right(void **state) {
    (void)state;
    px_random random;
    px_random_init(&random, 4, 0);
    for (px_cpu_tier tier = PX_CPU_PORTABLE; tier <= px_cpu_best(); tier++) {
        for (int channels = 1; channels < 70; channels++)
            check_winograd(px_kernels_of(tier), channels, &random);
    }
}

/* Four outputs of a filter of seven for each channel. */
static void check_winograd_line(const px_kernels *k, int channels, px_random *random) {
    enum { LINE_TILE = PX_LINE_TILE, LINE_WINDOW = PX_LINE_WINDOW, FILTER = PX_LINE_FILTER };
    size_t count = (size_t)channels, step = count + (size_t)pick(random, 0, 9);
    size_t y_step = count + (size_t)pick(random, 0, 9);
    guarded x = random_values(random, LINE_WINDOW * step),
            w = random_values(random, FILTER * count);
    guarded bias = random_values(random, count),
            residual = random_values(random, LINE_TILE * y_step);
    guarded v = guarded_new(LINE_WINDOW * count), y = guarded_new(LINE_TILE * y_step);
    k->winograd_line_input(channels, x.data, step, v.data, count);
    for (size_t i = 0; i < LINE_WINDOW * count; i++) {
        double u = 0;
        for (size_t j = 0; j < FILTER; j++)
            u += px_line_weights[i / count][j] * (double)w.data[j * count + i % count];
        v.data[i] *= (float)u;
    }
    px_winograd_output tile = {.channels = channels,
                               .m = v.data,
                               .frequency = count,
                               .bias = bias.data,
                               .y = y.data,
                               .y_pixel = y_step,
                               .residual_pixel = y_step,
                               .rows = 1,
                               .columns = pick(random, 1, LINE_TILE),
                               .relu = px_random_below(random, 2)};
    tile.residual = px_random_below(random, 2) ? residual.data : NULL;
    k->winograd_line_output(&tile);
    for (size_t i = 0; i < LINE_TILE * y_step; i++) {
        size_t p = i / y_step, c = i % y_step;
        bool inside = c < count && p < (size_t)tile.columns;
        double right =
            inside ? (double)bias.data[c] + (tile.residual ? residual.data[i] : 0) : GUARD;
        for (size_t j = 0; inside && j < FILTER; j++)
            right += (double)x.data[(p + j) * step + c] * (double)w.data[j * count + c];
        right = inside && tile.relu && right < 0 ? 0 : right;
        assert_true(fabs(y.data[i] - right) <= (inside ? 5e-5 : 0));
    }
    guarded *const all[] = {&x, &w, &bias, &residual, &v, &y};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        guarded_free(all[i]);
}

static void winograd_lines_are_right(void **state) {
    (void)state;
    px_random random;
    px_random_init(&random, 6, 0);
    for (px_cpu_tier tier = PX_CPU_PORTABLE; tier <= px_cpu_best(); tier++) {
        for (int channels = 1; channels < 70; channels++)
            check_winograd_line(px_kernels_of(tier), channels, &random);
    }
}

/* ---- channels of one pixel ----------------------------------------------------------------- */

static void check_channels(const px_kernels *k, int channels, px_random *random) {
    size_t count = (size_t)channels;
    guarded x = random_values(random, count), z = random_values(random, count);
    guarded scale = random_values(random, count), shift = random_values(random, count);
    guarded y = guarded_new(count), sum = guarded_new(count), plain = guarded_new(count);
    const px_affine affine = {scale.data, shift.data, true}, copy = {NULL, NULL, false};
    memset(sum.data, 0, count * sizeof(float));
    k->affine(&affine, channels, x.data, y.data);
    k->affine(&copy, channels, x.data, plain.data);
    k->accumulate(&affine, channels, x.data, sum.data);
    k->accumulate(&copy, channels, z.data, sum.data);
    assert_memory_equal(plain.data, x.data, count * sizeof(float));
    for (size_t c = 0; c < count; c++) {
        double v = (double)x.data[c] * scale.data[c] + shift.data[c];
        v = v < 0 ? 0 : v;
        assert_true(fabs(y.data[c] - v) <= tolerance(1, 2));
        assert_true(fabs(sum.data[c] - (v + z.data[c])) <= tolerance(2, 3));
    }
    k->add(channels, x.data, z.data, true, y.data);
    for (size_t c = 0; c < count; c++)
        assert_true(y.data[c] == fmaxf(x.data[c] + z.data[c], 0));
    guarded *const all[] = {&x, &z, &scale, &shift, &y, &sum, &plain};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        guarded_free(all[i]);
}

static void channels_are_right(void **state) {
    (void)state;
    px_random random;
    px_random_init(&random, 1, 0);
    for (px_cpu_tier tier = PX_CPU_PORTABLE; tier <= px_cpu_best(); tier++) {
        for (int channels = 1; channels < 70; channels++)
            check_channels(px_kernels_of(tier), channels, &random);
    }
}

/* ---- values that are no finite numbers ----------------------------------------------------- */

/* Weights are finite, but activations may overflow: every tier then answers as the plain C does. */
static void overflow_is_treated_alike(void **state) {
    (void)state;
    enum { CHANNELS = 27, PIXELS = 4 };
    static const float values[] = {NAN, INFINITY, -INFINITY, -1, 2, -0.0f};
    const px_geometry g = {1, PIXELS, CHANNELS, 1, PIXELS - 1, CHANNELS, 1, 2, 1, 1, 0, 0, 0, 0};
    const px_affine relu = {NULL, NULL, true};
    float x[PIXELS * CHANNELS], y[CHANNELS], want[PIXELS * CHANNELS], pooled[PIXELS * CHANNELS];
    px_random random;
    px_random_init(&random, 2, 0);
    for (int i = 0; i < PIXELS * CHANNELS; i++)
        x[i] = values[px_random_below(&random, sizeof values / sizeof *values)];
    for (px_cpu_tier tier = PX_CPU_PORTABLE; tier <= px_cpu_best(); tier++) {
        const px_kernels *k = px_kernels_of(tier);
        px_naive_relu(CHANNELS, x, want);
        k->affine(&relu, CHANNELS, x, y);
        assert_memory_equal(y, want, sizeof y);
        px_naive_max_pool(&g, x, want);
        k->max_pool(&(px_row_job){
            .geometry = &g, .x = x, .x_pixel = CHANNELS, .y = pooled, .y_pixel = CHANNELS});
        assert_memory_equal(pooled, want, (PIXELS - 1) * CHANNELS * sizeof *want);
        float b[64] = {NAN, INFINITY, -INFINITY}, bias[64] = {0}, one = 1;
        k->gemm(&(px_gemm){.a = &one,
                           .segments = 1,
                           .depth = 1,
                           .b = b,
                           .bias = bias,
                           .c = y,
                           .rows = 1,
                           .columns = 3,
                           .relu = true});
        assert_true(isnan(y[0]) && isinf(y[1]) && y[2] == 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_are_right),       cmocka_unit_test(tiles_agree_bit_for_bit),
        cmocka_unit_test(windows_are_right),        cmocka_unit_test(winograd_is_right),
        cmocka_unit_test(winograd_lines_are_right), cmocka_unit_test(channels_are_right),
        cmocka_unit_test(overflow_is_treated_alike)};
    return cmocka_run_group_tests_name("kernels", tests, NULL, NULL);
}
