/* The graph in double precision: convolutions as small matrix products over copied windows, all
 * else as its definition reads. */
#include "float64.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../src/base/memory.h"
#include "../src/graph/node_geometry.h"

/* A product's tile is ROWS pixels by LANES output channels; a task copies CHUNK pixels' windows. */
enum { ROWS = 4, LANES = 4, CHUNK = 16 };
typedef double lanes __attribute__((vector_size(LANES * sizeof(double))));

struct float64_net {
    const px_graph *graph;
    double **tensors; /* [n_tensors]; NULL for kernels that lie in panels */
    lanes **panels;   /* [n_nodes] of ungrouped convolutions: [output channels / LANES][depth] */
    int *uses;        /* [n_nodes] how many inputs of other nodes a value is */
};

typedef struct node_run {
    const float64_net *net;
    const px_node *node;
    px_geometry g;
    const double *x; /* its first input */
    double *y;
    double *windows; /* [threads][CHUNK / ROWS][depth][ROWS] */
} node_run;

static bool is_product(const px_node *node) {
    return node->op == PX_OP_DENSE || (node->op == PX_OP_CONV2D && node->groups == 1);
}

static size_t depth_of(const px_geometry *g) {
    return (size_t)g->kernel_h * g->kernel_w * g->in_c;
}

static double *widen(const px_tensor *tensor, px_error *err) {
    size_t count = (size_t)px_tensor_count(tensor);
    float *narrow = px_alloc(count, sizeof *narrow, err);
    double *wide = narrow ? px_alloc(count, sizeof *wide, err) : NULL;
    if (wide) {
        px_tensor_to_f32(tensor, narrow);
        for (size_t i = 0; i < count; i++)
            wide[i] = narrow[i];
    }
    free(narrow);
    return wide;
}

/* [depth][channels] to panels of LANES channels, zeros beyond the last. */
static lanes *pack(const double *kernel, size_t depth, size_t channels, px_error *err) {
    size_t panels = (channels + LANES - 1) / LANES;
    lanes *packed = px_alloc_aligned(panels * depth * sizeof *packed, err);
    for (size_t i = 0; packed && i < panels * depth; i++) {
        size_t first = i / depth * LANES;
        for (size_t lane = 0; lane < LANES; lane++)
            packed[i][lane] =
                first + lane < channels ? kernel[i % depth * channels + first + lane] : 0;
    }
    return packed;
}

static bool widen_node(float64_net *net, int index, px_error *err) {
    const px_node *node = &net->graph->nodes[index];
    for (int slot = 0; slot < PX_NODE_TENSORS; slot++) {
        int tensor = node->tensors[slot];
        if (tensor >= 0 && !net->tensors[tensor] &&
            !(net->tensors[tensor] = widen(&net->graph->tensors[tensor], err)))
            return false;
    }
    if (!is_product(node))
        return true;
    px_geometry g = px_node_geometry(node, net->graph->nodes[node->inputs[0]].shape);
    double **kernel = &net->tensors[node->tensors[PX_KERNEL]];
    net->panels[index] = pack(*kernel, depth_of(&g), (size_t)g.out_c, err);
    free(*kernel);
    *kernel = NULL;
    return net->panels[index] != NULL;
}

float64_net *float64_new(const px_graph *graph, px_error *err) {
    float64_net *net = px_alloc(1, sizeof *net, err);
    if (!net)
        return NULL;
    net->graph = graph;
    net->tensors = px_alloc((size_t)graph->n_tensors, sizeof *net->tensors, err);
    net->panels = px_alloc((size_t)graph->n_nodes, sizeof *net->panels, err);
    net->uses = px_alloc((size_t)graph->n_nodes, sizeof *net->uses, err);
    bool ok = net->tensors && net->panels && net->uses;
    for (int i = 0; ok && i < graph->n_nodes; i++) {
        for (int k = 0; k < graph->nodes[i].n_inputs; k++)
            net->uses[graph->nodes[i].inputs[k]]++;
        ok = widen_node(net, i, err);
    }
    if (ok)
        return net;
    float64_free(net);
    return NULL;
}

void float64_free(float64_net *net) {
    if (!net)
        return;
    for (int i = 0; net->tensors && i < net->graph->n_tensors; i++)
        free(net->tensors[i]);
    for (int i = 0; net->panels && i < net->graph->n_nodes; i++)
        free(net->panels[i]);
    free(net->tensors);
    free(net->panels);
    free(net->uses);
    free(net);
}

static const double *tensor_of(const node_run *run, int slot) {
    int index = run->node->tensors[slot];
    return index >= 0 ? run->net->tensors[index] : NULL;
}

/* ---- convolutions and dense layers --------------------------------------------------------- */

/* Input pixel under the window's place (ky, kx), or NULL in the padding. */
static const double *window_pixel(const node_run *run, int pixel, int ky, int kx) {
    const px_geometry *g = &run->g;
    int iy = pixel / g->out_w * g->stride_h - g->top + ky;
    int ix = pixel % g->out_w * g->stride_w - g->left + kx;
    bool inside = iy >= 0 && iy < g->in_h && ix >= 0 && ix < g->in_w;
    return inside ? run->x + ((size_t)iy * g->in_w + ix) * g->in_c : NULL;
}

/* The windows of ROWS output pixels, element by element side by side; zeros beyond `pixels`. */
static void copy_windows(const node_run *run, int first, int pixels, double *to) {
    const px_geometry *g = &run->g;
    memset(to, 0, depth_of(g) * ROWS * sizeof *to);
    for (int row = 0; row < ROWS && first + row < pixels; row++) {
        double *out = to + row;
        for (int ky = 0; ky < g->kernel_h; ky++) {
            for (int kx = 0; kx < g->kernel_w; kx++, out += (size_t)g->in_c * ROWS) {
                const double *x = window_pixel(run, first + row, ky, kx);
                for (int c = 0; x && c < g->in_c; c++)
                    out[(size_t)c * ROWS] = x[c];
            }
        }
    }
}

/* ROWS x LANES sums over the windows' depth. */
static void multiply_tile(size_t depth, const double *a, const lanes *b, lanes sums[ROWS]) {
    lanes s0 = {0}, s1 = {0}, s2 = {0}, s3 = {0};
    for (size_t k = 0; k < depth; k++, a += ROWS) {
        s0 += a[0] * b[k];
        s1 += a[1] * b[k];
        s2 += a[2] * b[k];
        s3 += a[3] * b[k];
    }
    sums[0] = s0;
    sums[1] = s1;
    sums[2] = s2;
    sums[3] = s3;
}

static void write_tile(const node_run *run, int pixel, int pixels, int channel,
                       const lanes sums[ROWS]) {
    const double *bias = tensor_of(run, PX_BIAS);
    int channels = run->g.out_c;
    for (int row = 0; row < ROWS && pixel + row < pixels; row++) {
        double *y = run->y + (size_t)(pixel + row) * channels;
        for (int lane = 0; lane < LANES && channel + lane < channels; lane++)
            y[channel + lane] = sums[row][lane] + (bias ? bias[channel + lane] : 0);
    }
}

static void multiply_chunk(void *context, int task, int worker) {
    const node_run *run = context;
    const px_geometry *g = &run->g;
    const lanes *panels = run->net->panels[run->node - run->net->graph->nodes];
    size_t depth = depth_of(g);
    int pixels = g->out_h * g->out_w, first = task * CHUNK;
    double *windows = run->windows + (size_t)worker * CHUNK * depth;
    for (int row = 0; row < CHUNK; row += ROWS)
        copy_windows(run, first + row, pixels, windows + (size_t)row * depth);
    for (int channel = 0; channel < g->out_c; channel += LANES) {
        for (int row = 0; row < CHUNK && first + row < pixels; row += ROWS) {
            lanes sums[ROWS];
            multiply_tile(depth, windows + (size_t)row * depth,
                          panels + (size_t)channel / LANES * depth, sums);
            write_tile(run, first + row, pixels, channel, sums);
        }
    }
}

static bool run_product(node_run *run, px_pool *pool, px_error *err) {
    int tasks = (run->g.out_h * run->g.out_w + CHUNK - 1) / CHUNK;
    size_t floats = CHUNK * depth_of(&run->g) * (size_t)px_pool_threads(pool);
    run->windows = px_alloc_aligned(floats * sizeof *run->windows, err);
    if (run->windows)
        px_pool_run(pool, tasks, multiply_chunk, run);
    free(run->windows);
    return run->windows != NULL;
}

/* One output pixel of a convolution with groups. */
static void convolve_groups(void *context, int pixel, int worker) {
    (void)worker;
    const node_run *run = context;
    const px_geometry *g = &run->g;
    const double *kernel = tensor_of(run, PX_KERNEL), *bias = tensor_of(run, PX_BIAS);
    int depth = g->in_c / run->node->groups, width = g->out_c / run->node->groups;
    double *y = run->y + (size_t)pixel * g->out_c;
    for (int o = 0; o < g->out_c; o++)
        y[o] = bias ? bias[o] : 0;
    for (int ky = 0; ky < g->kernel_h; ky++) {
        for (int kx = 0; kx < g->kernel_w; kx++) {
            const double *x = window_pixel(run, pixel, ky, kx);
            for (int c = 0; c < depth; c++, kernel += g->out_c) {
                for (int o = 0; x && o < g->out_c; o++)
                    y[o] += x[o / width * depth + c] * kernel[o];
            }
        }
    }
}

/* ---- everything else ----------------------------------------------------------------------- */

static void normalise(const node_run *run) {
    const double *gamma = tensor_of(run, PX_GAMMA), *beta = tensor_of(run, PX_BETA);
    const double *mean = tensor_of(run, PX_MEAN), *variance = tensor_of(run, PX_VARIANCE);
    size_t channels = (size_t)run->node->shape.c, count = px_shape_count(run->node->shape);
    for (size_t i = 0; i < count; i++) {
        size_t c = i % channels;
        double spread = sqrt(variance[c] + (double)run->node->epsilon);
        run->y[i] = (gamma ? gamma[c] : 1) * (run->x[i] - mean[c]) / spread + (beta ? beta[c] : 0);
    }
}

static void pool_pixel(const node_run *run, int pixel) {
    const px_geometry *g = &run->g;
    bool largest = run->node->op == PX_OP_MAX_POOL;
    double *y = run->y + (size_t)pixel * g->out_c;
    int inside = 0;
    for (int c = 0; c < g->out_c; c++)
        y[c] = largest ? -INFINITY : 0;
    for (int ky = 0; ky < g->kernel_h; ky++) {
        for (int kx = 0; kx < g->kernel_w; kx++) {
            const double *x = window_pixel(run, pixel, ky, kx);
            inside += x != NULL;
            for (int c = 0; x && c < g->out_c; c++)
                y[c] = largest ? fmax(y[c], x[c]) : y[c] + x[c];
        }
    }
    int divisor = run->node->count_include_pad ? g->kernel_h * g->kernel_w : inside;
    for (int c = 0; !largest && c < g->out_c; c++)
        y[c] /= divisor;
}

static void average_image(const node_run *run) {
    size_t pixels = (size_t)run->g.in_h * run->g.in_w, channels = (size_t)run->g.in_c;
    for (size_t i = 0; i < pixels * channels; i++)
        run->y[i % channels] += run->x[i] / (double)pixels;
}

static void pad(const node_run *run) {
    const px_geometry *g = &run->g;
    size_t row = (size_t)g->in_w * g->in_c;
    for (int i = 0; i < g->in_h; i++)
        memcpy(run->y + ((size_t)(i + g->top) * g->out_w + g->left) * g->in_c, run->x + i * row,
               row * sizeof *run->x);
}

static void concatenate(const node_run *run, double *const *values) {
    size_t pixels = (size_t)run->node->shape.h * run->node->shape.w;
    double *y = run->y;
    for (size_t p = 0; p < pixels; p++) {
        for (int k = 0; k < run->node->n_inputs; k++) {
            int input = run->node->inputs[k];
            size_t channels = (size_t)run->net->graph->nodes[input].shape.c;
            memcpy(y, values[input] + p * channels, channels * sizeof *y);
            y += channels;
        }
    }
}

static void add(const node_run *run, double *const *values) {
    size_t count = px_shape_count(run->node->shape);
    for (int k = 0; k < run->node->n_inputs; k++) {
        for (size_t i = 0; i < count; i++)
            run->y[i] += values[run->node->inputs[k]][i];
    }
}

static void run_elements(const node_run *run) {
    size_t count = px_shape_count(run->node->shape);
    for (size_t i = 0; i < count; i++) {
        double x = run->x[i];
        switch (run->node->op) {
        case PX_OP_RELU:
            run->y[i] = x < 0 ? 0 : x;
            break;
        case PX_OP_SIGMOID:
            run->y[i] = 1 / (1 + exp(-x));
            break;
        case PX_OP_SCALE:
            run->y[i] = x * (double)run->node->scale;
            break;
        default: /* dropout and flatten keep the numbers and their order */
            run->y[i] = x;
        }
    }
}

static bool run_node(node_run *run, double *const *values, px_pool *pool, px_error *err) {
    int pixels = run->node->shape.h * run->node->shape.w;
    if (is_product(run->node))
        return run_product(run, pool, err);
    switch (run->node->op) {
    case PX_OP_CONV2D:
        px_pool_run(pool, pixels, convolve_groups, run);
        break;
    case PX_OP_BATCH_NORM:
        normalise(run);
        break;
    case PX_OP_MAX_POOL:
    case PX_OP_AVG_POOL:
        for (int pixel = 0; pixel < pixels; pixel++)
            pool_pixel(run, pixel);
        break;
    case PX_OP_GLOBAL_AVG_POOL:
        average_image(run);
        break;
    case PX_OP_PAD:
        pad(run);
        break;
    case PX_OP_CONCAT:
        concatenate(run, values);
        break;
    case PX_OP_ADD:
        add(run, values);
        break;
    default:
        run_elements(run);
    }
    return true;
}

static bool run_nodes(const float64_net *net, px_pool *pool, const float *input, double **values,
                      int *uses, float64_observer observe, void *context, px_error *err) {
    for (int i = 0; i < net->graph->n_nodes; i++) {
        const px_node *node = &net->graph->nodes[i];
        size_t count = px_shape_count(node->shape);
        values[i] = px_alloc(count, sizeof **values, err);
        if (!values[i])
            return false;
        node_run run = {.net = net, .node = node, .y = values[i]};
        if (node->op == PX_OP_INPUT) {
            for (size_t k = 0; k < count; k++)
                values[i][k] = input[k];
        } else {
            run.g = px_node_geometry(node, net->graph->nodes[node->inputs[0]].shape);
            run.x = values[node->inputs[0]];
            if (!run_node(&run, values, pool, err))
                return false;
        }
        observe(context, i, values[i]);
        for (int k = 0; k < node->n_inputs; k++) {
            if (--uses[node->inputs[k]] == 0) {
                free(values[node->inputs[k]]);
                values[node->inputs[k]] = NULL;
            }
        }
    }
    return true;
}

bool float64_run(const float64_net *net, px_pool *pool, const float *input,
                 float64_observer observe, void *context, px_error *err) {
    size_t n = (size_t)net->graph->n_nodes;
    double **values = px_alloc(n, sizeof *values, err);
    int *uses = px_alloc(n, sizeof *uses, err);
    bool ok = values && uses;
    if (ok) {
        memcpy(uses, net->uses, n * sizeof *uses);
        ok = run_nodes(net, pool, input, values, uses, observe, context, err);
    }
    for (size_t i = 0; values && i < n; i++)
        free(values[i]);
    free(values);
    free(uses);
    return ok;
}
