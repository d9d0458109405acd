/* Every kernel of every tier the machine has, against plain sums in double, in the manner of
 * dav1d's checkasm: random sizes below, at and above the tile, odd strides, arrays between
 * unreadable pages, and guards in every place that is not to be written or not to matter. A failure
 * tells its seed; KERNEL_SEED=SEED begins with that one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <float.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../src/base/random.h"
#include "../src/kernels/kernels.h"
#include "../src/kernels/ref/naive.h"
#include "../src/kernels/winograd_line.h"
#include "guarded.h"

enum { FLOAT = sizeof(float), PANEL_ALIGNMENT = 64 };

/* What runs now, for the message of a failure. */
static struct {
    px_cpu_tier tier;
    unsigned long long seed;
    char call[256];
} running;

__attribute__((format(printf, 1, 2))) static void describe(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = snprintf(running.call, sizeof running.call,
                          "%s, seed %llu: ", px_cpu_tier_name(running.tier), running.seed);
    vsnprintf(running.call + length, sizeof running.call - (size_t)length, format, arguments);
    va_end(arguments);
}

/* A page that may not be touched was; cmocka leaves a signal's handler this way, too. */
static void report_signal(int number) {
    fail_msg("%s: %s", running.call, strsignal(number));
}

static void catch_signals(void) {
    static const int numbers[] = {SIGSEGV, SIGBUS, SIGILL};
    const struct sigaction action = {.sa_handler = report_signal, .sa_flags = SA_NODEFER};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        assert_int_equal(sigaction(numbers[i], &action, NULL), 0);
}

/* Run a check with `count` seeds on each tier. */
static void run_seeds(void (*check)(const px_kernels *k, px_random *random), unsigned count) {
    const char *given = getenv("KERNEL_SEED");
    unsigned long long first = given ? strtoull(given, NULL, 10) : 0;
    catch_signals();
    for (px_cpu_tier tier = PX_CPU_PORTABLE; tier <= px_cpu_best(); tier++) {
        const px_kernels *k = px_kernels_of(tier);
        assert_int_equal(k->tier, tier);
        running.tier = tier;
        for (running.seed = first; running.seed < first + count; running.seed++) {
            px_random random;
            px_random_init(&random, running.seed, tier);
            check(k, &random);
        }
    }
}

static int pick(px_random *random, int low, int high) {
    return low + (int)px_random_below(random, (uint64_t)(high - low + 1));
}

static bool flip(px_random *random) {
    return px_random_below(random, 2);
}

static void check_and_free(guarded *const *all, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (!guarded_intact(all[i]))
            fail_msg("%s: wrote beside array %zu", running.call, i);
        guarded_free(all[i]);
    }
}

/* Rounding grows with the length of the sum and the size of what is summed. */
static double tolerance(int depth, double magnitude) {
    return (double)FLT_EPSILON * (2 + sqrt((double)depth)) * (1 + magnitude);
}

static void check_value(double got, double want, double allowed, size_t row, size_t column) {
    if (!(fabs(got - want) <= allowed))
        fail_msg("%s: [%zu, %zu] is %.9g, not %.9g (%g allowed)", running.call, row, column, got,
                 want, allowed);
}

static void check_untouched(float value, size_t row, size_t column) {
    if (!is_guard(value))
        fail_msg("%s: wrote %g between the outputs, at [%zu, %zu]", running.call, (double)value,
                 row, column);
}

/* ---- matrix product ------------------------------------------------------------------------ */

typedef struct {
    px_gemm g;
    int width;
    guarded a, b, bias, residual, c;
} product;

static size_t offset_of_a(const px_gemm *g, int row, int segment, int k) {
    return (size_t)row * g->lda + (size_t)segment * g->segment_stride + (size_t)k;
}

/* Rows and segments may overlap; what none of them covers stays a guard. */
static guarded random_rows(px_random *random, const px_gemm *g) {
    guarded a = guarded_new(random, offset_of_a(g, g->rows - 1, g->segments - 1, g->depth), FLOAT);
    for (int row = 0; row < g->rows; row++) {
        for (int s = 0; s < g->segments; s++) {
            for (int k = 0; k < g->depth; k++)
                a.data[offset_of_a(g, row, s, k)] = (float)px_random_range(random, -1, 1);
        }
    }
    return a;
}

static product random_product(px_random *random, const px_kernels *k) {
    product p = {.g = {.segments = pick(random, 1, 4),
                       .depth = pick(random, 1, px_random_below(random, 8) ? 40 : 900),
                       .rows = pick(random, 1, k->tile_rows),
                       .columns = pick(random, 1, k->tile_columns),
                       .relu = flip(random)}};
    px_gemm *g = &p.g;
    p.width = px_panel_width(k, g->columns);
    size_t columns = (size_t)g->columns, width = (size_t)p.width, rows = (size_t)g->rows - 1;
    g->lda = (size_t)pick(random, 1, 4 * g->depth + 9);
    g->segment_stride = (size_t)pick(random, 1, 3 * g->depth);
    g->ldc = columns + (size_t)pick(random, 0, 40);
    g->ldr = columns + (size_t)pick(random, 0, 40);
    g->ahead = (uintptr_t)px_random_u64(random);
    g->ahead_stride = (size_t)pick(random, 0, 200);
    p.a = random_rows(random, g);
    p.b = guarded_values(random, (size_t)(g->segments * g->depth) * width, PANEL_ALIGNMENT);
    p.bias = guarded_values(random, width, FLOAT);
    p.residual = guarded_values(random, rows * g->ldr + columns, FLOAT);
    p.c = guarded_new(random, rows * g->ldc + columns, FLOAT);
    guarded_gaps(&p.b, width, columns);
    guarded_gaps(&p.bias, width, columns);
    guarded_gaps(&p.residual, g->ldr, columns);
    g->a = p.a.data;
    g->b = p.b.data;
    g->bias = p.bias.data;
    g->residual = flip(random) ? p.residual.data : NULL;
    g->c = p.c.data;
    describe("gemm %d x %d, %d segments of %d, lda %zu, segment stride %zu, ldc %zu, ldr %zu%s%s",
             g->rows, g->columns, g->segments, g->depth, g->lda, g->segment_stride, g->ldc, g->ldr,
             g->residual ? ", residual" : "", g->relu ? ", relu" : "");
    return p;
}

static double true_product(const product *p, int row, int column, double *magnitude) {
    const px_gemm *g = &p->g;
    double sum = g->bias[column], size = fabs(sum);
    for (int s = 0; s < g->segments; s++) {
        for (int k = 0; k < g->depth; k++) {
            size_t b = (size_t)(s * g->depth + k) * (size_t)p->width + (size_t)column;
            double term = (double)g->a[offset_of_a(g, row, s, k)] * g->b[b];
            sum += term;
            size += fabs(term);
        }
    }
    sum += g->residual ? g->residual[(size_t)row * g->ldr + (size_t)column] : 0;
    *magnitude = size;
    return g->relu && sum < 0 ? 0 : sum;
}

static void free_product(product *p) {
    check_and_free((guarded *const[]){&p->a, &p->b, &p->bias, &p->residual, &p->c}, 5);
}

static void check_product(const px_kernels *k, px_random *random) {
    product p = random_product(random, k);
    const px_gemm *g = &p.g;
    k->gemm(g);
    for (size_t i = 0; i < p.c.count; i++) {
        size_t row = i / g->ldc, column = i % g->ldc;
        if (column >= (size_t)g->columns) {
            check_untouched(g->c[i], row, column);
            continue;
        }
        double magnitude, want = true_product(&p, (int)row, (int)column, &magnitude);
        check_value(g->c[i], want, tolerance(g->segments * g->depth, magnitude), row, column);
    }
    free_product(&p);
}

static void products_are_right(void **state) {
    (void)state;
    run_seeds(check_product, 1500);
}

/* A row's result is the same bits in every tile that can hold it, and however its depth is cut. */
static void check_tiles(const px_kernels *k, px_random *random) {
    product p = random_product(random, k);
    px_gemm one = p.g;
    one.segment_stride = (size_t)one.depth; /* now the segments touch and can be one, too */
    int shortest = one.segments * one.depth;
    guarded a = guarded_values(random, (size_t)(one.rows - 1) * one.lda + (size_t)shortest, FLOAT);
    one.a = a.data;
    k->gemm(&one);
    one.depth = shortest;
    one.segments = one.rows = 1;
    for (int row = 0; row < p.g.rows; row++) {
        float single[64];
        one.c = single;
        k->gemm(&one);
        size_t bytes = (size_t)one.columns * sizeof *single;
        if (memcmp(single, p.c.data + (size_t)row * p.g.ldc, bytes) != 0)
            fail_msg("%s: row %d has other bits when it is alone", running.call, row);
        one.a += one.lda;
        one.residual = one.residual ? one.residual + one.ldr : NULL;
    }
    check_and_free((guarded *const[]){&a}, 1);
    free_product(&p);
}

static void tiles_agree_bit_for_bit(void **state) {
    (void)state;
    run_seeds(check_tiles, 300);
}

/* ---- windows ------------------------------------------------------------------------------- */

typedef enum { MAX, MAX_WITH_ZEROS, AVERAGE, DEPTHWISE, WINDOWS } window_kind;

typedef struct {
    window_kind kind;
    px_geometry g;
    px_row_job job;
    guarded x, y, scale, shift, kernel, bias;
    float *dense; /* the input as the naive kernels take it: dense, `before` applied */
} window;

static px_geometry random_geometry(px_random *random) {
    bool usual = flip(random); /* 3 x 3, which depthwise convolutions have code of their own for */
    px_geometry g = {.in_h = pick(random, 1, 12),
                     .in_w = pick(random, 1, 12),
                     .in_c = pick(random, 1, 70),
                     .kernel_h = usual ? 3 : pick(random, 1, 4),
                     .kernel_w = usual ? 3 : pick(random, 1, 4),
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

/* The input as the layer before it would have left it. */
static void apply_before(window *w) {
    size_t channels = (size_t)w->g.in_c, count = (size_t)(w->g.in_h * w->g.in_w) * channels;
    w->dense = malloc(count * sizeof *w->dense);
    assert_non_null(w->dense);
    for (size_t i = 0; i < count; i++) {
        size_t c = i % channels;
        double v = w->x.data[i / channels * w->job.x_pixel + c];
        if (w->job.before.scale)
            v = v * w->scale.data[c] + w->shift.data[c];
        w->dense[i] = (float)(w->job.before.relu && v < 0 ? 0 : v);
    }
}

static window random_window(px_random *random) {
    window w = {.kind = (window_kind)px_random_below(random, WINDOWS),
                .g = random_geometry(random)};
    const px_geometry *g = &w.g;
    size_t channels = (size_t)g->in_c, pixels = (size_t)(g->in_h * g->in_w);
    size_t outputs = (size_t)(g->out_h * g->out_w);
    w.job = (px_row_job){.x_pixel = channels + (size_t)pick(random, 0, 20),
                         .y_pixel = channels + (size_t)pick(random, 0, 20),
                         .include_pad = flip(random),
                         .zero_pad = w.kind == MAX_WITH_ZEROS,
                         .relu = w.kind == DEPTHWISE && flip(random)};
    w.x = guarded_values(random, (pixels - 1) * w.job.x_pixel + channels, FLOAT);
    guarded_gaps(&w.x, w.job.x_pixel, channels);
    w.y = guarded_new(random, (outputs - 1) * w.job.y_pixel + channels, FLOAT);
    w.scale = guarded_values(random, channels, FLOAT);
    w.shift = guarded_values(random, channels, FLOAT);
    w.kernel = guarded_values(random, (size_t)(g->kernel_h * g->kernel_w) * channels, FLOAT);
    w.bias = guarded_values(random, channels, FLOAT);
    w.job.x = w.x.data;
    w.job.kernel = w.kernel.data;
    w.job.bias = w.bias.data;
    w.job.before.relu = flip(random);
    if (flip(random)) {
        w.job.before.scale = w.scale.data;
        w.job.before.shift = w.shift.data;
    }
    apply_before(&w);
    return w;
}

static void run_rows(window *w, void (*kernel)(const px_row_job *)) {
    w->job.geometry = &w->g;
    for (int row = 0; row < w->g.out_h; row++) {
        w->job.row = row;
        w->job.y = w->y.data + (size_t)row * (size_t)w->g.out_w * w->job.y_pixel;
        kernel(&w->job);
    }
}

/* A maximum is exact but for the rounding of what came before it; a sum has a term for each tap, of
 * up to 2, times up to 1. */
static double window_tolerance(const window *w) {
    int taps = w->g.kernel_h * w->g.kernel_w;
    switch (w->kind) {
    case AVERAGE:
        return tolerance(taps, 2);
    case DEPTHWISE:
        return tolerance(taps, 1 + 2 * taps);
    default:
        return w->job.before.scale ? tolerance(1, 2) : 0;
    }
}

/* The answer in plain C; zeros around the image are laid out for the pool that counts them. */
static void true_window(const window *w, float *want) {
    px_geometry g = w->g;
    if (w->kind == AVERAGE) {
        px_naive_avg_pool(&g, w->job.include_pad, w->dense, want);
    } else if (w->kind == DEPTHWISE) {
        px_naive_conv2d(&g, g.in_c, w->dense, w->kernel.data, w->bias.data, want, 0, g.out_h);
    } else if (w->kind == MAX) {
        px_naive_max_pool(&g, w->dense, want);
    } else {
        px_geometry pad = g;
        pad.out_h = g.in_h + g.top + g.bottom;
        pad.out_w = g.in_w + g.left + g.right;
        float *padded = malloc((size_t)(pad.out_h * pad.out_w * g.in_c) * sizeof *padded);
        assert_non_null(padded);
        px_naive_pad(&pad, w->dense, padded);
        g.in_h = pad.out_h;
        g.in_w = pad.out_w;
        g.top = g.left = g.bottom = g.right = 0;
        px_naive_max_pool(&g, padded, want);
        free(padded);
    }
}

static void check_window(const px_kernels *k, px_random *random) {
    static const char *const names[WINDOWS] = {"max_pool", "max_pool with zeros", "avg_pool",
                                               "depthwise"};
    window w = random_window(random);
    const px_geometry *g = &w.g;
    describe("%s of %d x %d x %d, window %d x %d, stride %d x %d, from %d, %d, pixels %zu, %zu%s%s",
             names[w.kind], g->in_h, g->in_w, g->in_c, g->kernel_h, g->kernel_w, g->stride_h,
             g->stride_w, g->top, g->left, w.job.x_pixel, w.job.y_pixel,
             w.job.before.scale ? ", scaled" : "", w.job.before.relu ? ", relu" : "");
    size_t channels = (size_t)g->in_c;
    float *want = malloc((size_t)(g->out_h * g->out_w) * channels * sizeof *want);
    assert_non_null(want);
    true_window(&w, want);
    run_rows(&w, w.kind == AVERAGE     ? k->avg_pool
                 : w.kind == DEPTHWISE ? k->depthwise
                                       : k->max_pool);
    double allowed = window_tolerance(&w);
    for (size_t i = 0; i < w.y.count; i++) {
        size_t pixel = i / w.job.y_pixel, c = i % w.job.y_pixel;
        if (c >= channels) {
            check_untouched(w.y.data[i], pixel, c);
            continue;
        }
        double right = want[pixel * channels + c];
        check_value(w.y.data[i], w.job.relu && right < 0 ? 0 : right, allowed, pixel, c);
    }
    check_and_free((guarded *const[]){&w.x, &w.y, &w.scale, &w.shift, &w.kernel, &w.bias}, 6);
    free(want);
    free(w.dense);
}

static void windows_are_right(void **state) {
    (void)state;
    run_seeds(check_window, 1000);
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

/* The transforms of one tile of a depthwise convolution. */
typedef struct {
    px_winograd_output out;
    size_t pixel, row; /* of the input */
    guarded x, w, bias, residual, v, y;
} winograd;

static winograd random_winograd(px_random *random) {
    winograd t = {.out = {.channels = pick(random, 1, 69),
                          .rows = pick(random, 1, TILE),
                          .columns = pick(random, 1, TILE),
                          .relu = flip(random)}};
    px_winograd_output *o = &t.out;
    size_t count = (size_t)o->channels, rows = (size_t)o->rows - 1, columns = (size_t)o->columns;
    t.pixel = count + (size_t)pick(random, 0, 9);
    t.row = (WINDOW + (size_t)pick(random, 0, 2)) * t.pixel;
    o->frequency = count + (size_t)pick(random, 0, 9);
    o->y_pixel = count + (size_t)pick(random, 0, 9);
    o->y_row = (columns + (size_t)pick(random, 0, 2)) * o->y_pixel;
    o->residual_pixel = count + (size_t)pick(random, 0, 9);
    o->residual_row = (columns + (size_t)pick(random, 0, 2)) * o->residual_pixel;
    t.x = guarded_values(random, (WINDOW - 1) * (t.row + t.pixel) + count, FLOAT);
    t.w = guarded_values(random, 9 * count, FLOAT);
    t.bias = guarded_values(random, count, FLOAT);
    t.residual = guarded_values(
        random, rows * o->residual_row + (columns - 1) * o->residual_pixel + count, FLOAT);
    t.v = guarded_new(random, (VALUES - 1) * o->frequency + count, FLOAT);
    t.y = guarded_new(random, rows * o->y_row + (columns - 1) * o->y_pixel + count, FLOAT);
    guarded_gaps(&t.x, t.row, WINDOW * t.pixel);
    guarded_gaps(&t.x, t.pixel, count);
    guarded_gaps(&t.residual, o->residual_row, columns * o->residual_pixel);
    guarded_gaps(&t.residual, o->residual_pixel, count);
    o->m = t.v.data;
    o->bias = t.bias.data;
    o->residual = flip(random) ? t.residual.data : NULL;
    o->y = t.y.data;
    describe(
        "winograd of %d channels, tile %d x %d, input pixel %zu row %zu, frequency %zu, output "
        "pixel %zu row %zu%s%s",
        o->channels, o->rows, o->columns, t.pixel, t.row, o->frequency, o->y_pixel, o->y_row,
        o->residual ? ", residual" : "", o->relu ? ", relu" : "");
    return t;
}

/* From the input's values to the products. */
static void multiply_values(winograd *t) {
    size_t count = (size_t)t->out.channels;
    for (size_t c = 0; c < count; c++) {
        double u[VALUES];
        transform_weights(t->w.data + c, count, u);
        for (size_t i = 0; i < VALUES; i++)
            t->v.data[i * t->out.frequency + c] *= (float)u[i];
    }
    for (size_t i = 0; i < t->v.count; i++) {
        if (i % t->out.frequency >= count)
            check_untouched(t->v.data[i], i / t->out.frequency, i % t->out.frequency);
    }
}

/* The tile by its definition, without residual and ReLU. */
static float *true_tile(const winograd *t) {
    int channels = t->out.channels;
    size_t count = (size_t)channels;
    const px_geometry g = {WINDOW, WINDOW, channels, TILE, TILE, channels, 3, 3, 1, 1, 0, 0, 0, 0};
    float *dense = malloc(WINDOW * WINDOW * count * sizeof *dense);
    float *want = malloc(TILE * TILE * count * sizeof *want);
    assert_true(dense && want);
    for (size_t i = 0; i < WINDOW * WINDOW; i++)
        memcpy(dense + i * count, t->x.data + i / WINDOW * t->row + i % WINDOW * t->pixel,
               count * sizeof *dense);
    px_naive_conv2d(&g, channels, dense, t->w.data, t->bias.data, want, 0, TILE);
    free(dense);
    return want;
}

static void check_winograd(const px_kernels *k, px_random *random) {
    /* Sums of 36 terms whose factors reach 8: some hundred roundings of values up to 10. */
    const double allowed = 250 * (double)FLT_EPSILON;
    winograd t = random_winograd(random);
    const px_winograd_output *o = &t.out;
    k->winograd_input(o->channels, t.x.data, t.row, t.pixel, t.v.data, o->frequency);
    multiply_values(&t);
    k->winograd_output(o);
    float *want = true_tile(&t);
    for (size_t i = 0; i < t.y.count; i++) {
        size_t row = i / o->y_row, column = i % o->y_row / o->y_pixel;
        size_t c = i % o->y_row % o->y_pixel;
        if (c >= (size_t)o->channels || column >= (size_t)o->columns) {
            check_untouched(t.y.data[i], row, i % o->y_row);
            continue;
        }
        double right = want[(row * TILE + column) * (size_t)o->channels + c];
        if (o->residual)
            right += o->residual[row * o->residual_row + column * o->residual_pixel + c];
        check_value(t.y.data[i], o->relu && right < 0 ? 0 : right, allowed, row, i % o->y_row);
    }
    free(want);
    check_and_free((guarded *const[]){&t.x, &t.w, &t.bias, &t.residual, &t.v, &t.y}, 6);
}

static void winograd_is_right(void **state) {
    (void)state;
    run_seeds(check_winograd, 300);
}

/* Four outputs of a filter of seven for each channel. */
static void check_winograd_line(const px_kernels *k, px_random *random) {
    /* Sums of ten terms whose factors reach 16. */
    const double allowed = 500 * (double)FLT_EPSILON;
    enum { OUTPUTS = PX_LINE_TILE, INPUTS = PX_LINE_WINDOW, FILTER = PX_LINE_FILTER };
    size_t count = (size_t)pick(random, 1, 69), step = count + (size_t)pick(random, 0, 9);
    size_t y_step = count + (size_t)pick(random, 0, 9), outputs = (size_t)pick(random, 1, OUTPUTS);
    size_t y_count = (outputs - 1) * y_step + count;
    guarded x = guarded_values(random, (INPUTS - 1) * step + count, FLOAT);
    guarded w = guarded_values(random, FILTER * count, FLOAT);
    guarded bias = guarded_values(random, count, FLOAT);
    guarded residual = guarded_values(random, y_count, FLOAT);
    guarded v = guarded_new(random, INPUTS * count, FLOAT);
    guarded y = guarded_new(random, y_count, FLOAT);
    px_winograd_output tile = {.channels = (int)count,
                               .m = v.data,
                               .frequency = count,
                               .bias = bias.data,
                               .residual = flip(random) ? residual.data : NULL,
                               .residual_pixel = y_step,
                               .y = y.data,
                               .y_pixel = y_step,
                               .rows = 1,
                               .columns = (int)outputs,
                               .relu = flip(random)};
    guarded_gaps(&x, step, count);
    guarded_gaps(&residual, y_step, count);
    describe("a line of %zu outputs, %zu channels%s%s", outputs, count,
             tile.residual ? ", residual" : "", tile.relu ? ", relu" : "");
    k->winograd_line_input((int)count, x.data, step, v.data, count);
    for (size_t i = 0; i < INPUTS * count; i++) {
        double u = 0;
        for (size_t j = 0; j < FILTER; j++)
            u += px_line_weights[i / count][j] * (double)w.data[j * count + i % count];
        v.data[i] *= (float)u;
    }
    k->winograd_line_output(&tile);
    for (size_t i = 0; i < y_count; i++) {
        size_t p = i / y_step, c = i % y_step;
        if (c >= count) {
            check_untouched(y.data[i], p, c);
            continue;
        }
        double right = (double)bias.data[c] + (tile.residual ? residual.data[i] : 0);
        for (size_t j = 0; j < FILTER; j++)
            right += (double)x.data[(p + j) * step + c] * (double)w.data[j * count + c];
        check_value(y.data[i], tile.relu && right < 0 ? 0 : right, allowed, p, c);
    }
    check_and_free((guarded *const[]){&x, &w, &bias, &residual, &v, &y}, 6);
}

static void winograd_lines_are_right(void **state) {
    (void)state;
    run_seeds(check_winograd_line, 300);
}

/* ---- channels of one pixel ----------------------------------------------------------------- */

static void check_channels(const px_kernels *k, px_random *random) {
    int channels = pick(random, 1, 69);
    size_t count = (size_t)channels;
    guarded x = guarded_values(random, count, FLOAT), z = guarded_values(random, count, FLOAT);
    guarded scale = guarded_values(random, count, FLOAT);
    guarded shift = guarded_values(random, count, FLOAT);
    guarded scaled = guarded_new(random, count, FLOAT), sum = guarded_new(random, count, FLOAT);
    guarded copied = guarded_new(random, count, FLOAT), added = guarded_new(random, count, FLOAT);
    const px_affine affine = {scale.data, shift.data, flip(random)}, copy = {NULL, NULL, false};
    bool relu = flip(random);
    describe("affine, add and accumulate of %d channels%s%s", channels,
             affine.relu ? ", affine with relu" : "", relu ? ", add with relu" : "");
    memset(sum.data, 0, count * sizeof(float));
    k->affine(&affine, channels, x.data, scaled.data);
    k->affine(&copy, channels, x.data, copied.data);
    k->accumulate(&affine, channels, x.data, sum.data);
    k->accumulate(&copy, channels, z.data, sum.data);
    k->add(channels, x.data, z.data, relu, added.data);
    for (size_t c = 0; c < count; c++) {
        double v = (double)x.data[c] * scale.data[c] + shift.data[c];
        v = affine.relu && v < 0 ? 0 : v;
        check_value(scaled.data[c], v, tolerance(1, 2), 0, c);
        check_value(copied.data[c], x.data[c], 0, 1, c);
        check_value(sum.data[c], v + z.data[c], tolerance(2, 3), 2, c);
        float plain = x.data[c] + z.data[c];
        check_value(added.data[c], relu && plain < 0 ? 0 : plain, 0, 3, c);
    }
    check_and_free((guarded *const[]){&x, &z, &scale, &shift, &scaled, &sum, &copied, &added}, 8);
}

static void channels_are_right(void **state) {
    (void)state;
    run_seeds(check_channels, 300);
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
