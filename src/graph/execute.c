/* Running steps: convolutions through their tiles, everything else row by row. */
#include "execute.h"

#include <string.h>

#include "../kernels/ref/naive.h"
#include "node_geometry.h"

enum {
    ROW_TASKS_FLOATS = 16 << 10, /* smaller outputs are not worth waking a thread for */
    LINE_BYTES = 64
};

typedef struct {
    const px_run *run;
    const px_step *step;
    const px_packed *packed;
    int index;
    int rows; /* output rows of one image */
} row_job;

const float *px_run_value(const px_run *run, int value) {
    return value == 0 ? run->input : run->arena + run->program->values[value].offset;
}

static const px_value *value_of(const row_job *job, int value) {
    return &job->run->program->values[value];
}

/* Pixel 0 of an image's row. */
static const float *row_of(const row_job *job, int value, int image, int row) {
    const px_value *v = value_of(job, value);
    size_t pixel = ((size_t)image * v->shape.h + (size_t)row) * v->shape.w;
    return px_run_value(job->run, value) + pixel * v->pixel;
}

static float *output_row(const row_job *job, int image, int row) {
    const px_value *v = value_of(job, job->index);
    size_t pixel = ((size_t)image * v->shape.h + (size_t)row) * v->shape.w;
    return job->run->arena + v->offset + pixel * v->pixel;
}

static px_affine before_of(const px_step *step) {
    return (px_affine){step->before_scale, step->before_shift, step->before_relu};
}

static void window_row(const row_job *job, int image, int row) {
    const px_step *step = job->step;
    const px_kernels *kernels = job->run->kernels;
    px_row_job w = {.geometry = &step->geometry,
                    .x = row_of(job, step->inputs[0], image, 0),
                    .x_pixel = value_of(job, step->inputs[0])->pixel,
                    .y = output_row(job, image, row),
                    .y_pixel = value_of(job, job->index)->pixel,
                    .row = row,
                    .before = before_of(step),
                    .include_pad = step->include_pad,
                    .zero_pad = step->zero_pad,
                    .relu = step->relu};
    if (step->kind == PX_STEP_DEPTHWISE) {
        w.kernel = job->packed->kernel;
        w.bias = job->packed->bias;
        kernels->depthwise(&w);
    } else if (step->kind == PX_STEP_MAX_POOL) {
        kernels->max_pool(&w);
    } else {
        kernels->avg_pool(&w);
    }
}

static void affine_row(const row_job *job, int image, int row) {
    const px_value *in = value_of(job, job->step->inputs[0]), *out = value_of(job, job->index);
    const float *x = row_of(job, job->step->inputs[0], image, row);
    float *y = output_row(job, image, row);
    px_affine affine = before_of(job->step);
    for (int i = 0; i < out->shape.w; i++, x += in->pixel, y += out->pixel)
        job->run->kernels->affine(&affine, out->shape.c, x, y);
}

static void add_row(const row_job *job, int image, int row) {
    const px_step *step = job->step;
    const px_value *out = value_of(job, job->index);
    float *y = output_row(job, image, row);
    for (int k = 1; k < step->n_inputs || k == 1; k++) {
        int left = k == 1 ? step->inputs[0] : job->index;
        int right = step->inputs[k < step->n_inputs ? k : 0];
        const float *a = row_of(job, left, image, row), *b = row_of(job, right, image, row);
        size_t a_pixel = value_of(job, left)->pixel, b_pixel = value_of(job, right)->pixel;
        bool relu = step->relu && k >= step->n_inputs - 1;
        for (int i = 0; i < out->shape.w; i++)
            job->run->kernels->add(out->shape.c, a + (size_t)i * a_pixel, b + (size_t)i * b_pixel,
                                   relu, y + (size_t)i * out->pixel);
    }
}

static void sigmoid_row(const row_job *job, int image, int row) {
    const px_value *in = value_of(job, job->step->inputs[0]), *out = value_of(job, job->index);
    const float *x = row_of(job, job->step->inputs[0], image, row);
    float *y = output_row(job, image, row);
    for (int i = 0; i < out->shape.w; i++, x += in->pixel, y += out->pixel)
        px_naive_sigmoid((size_t)out->shape.c, x, y);
}

static void pad_row(const row_job *job, int image, int row) {
    const px_geometry *g = &job->step->geometry;
    const px_value *in = value_of(job, job->step->inputs[0]), *out = value_of(job, job->index);
    float *y = output_row(job, image, row);
    bool inside = row >= g->top && row < g->top + g->in_h;
    const float *x = inside ? row_of(job, job->step->inputs[0], image, row - g->top) : NULL;
    for (int i = 0; i < out->shape.w; i++, y += out->pixel) {
        int column = i - g->left;
        if (inside && column >= 0 && column < g->in_w)
            memcpy(y, x + (size_t)column * in->pixel, (size_t)out->shape.c * sizeof *y);
        else
            memset(y, 0, (size_t)out->shape.c * sizeof *y);
    }
}

/* The one row of a flattened image. */
static void flatten_row(const row_job *job, int image, int row) {
    (void)row;
    const px_value *in = value_of(job, job->step->inputs[0]);
    const float *x = row_of(job, job->step->inputs[0], image, 0);
    float *y = output_row(job, image, 0);
    size_t channels = (size_t)in->shape.c;
    for (int i = 0; i < in->shape.h * in->shape.w; i++, x += in->pixel, y += channels)
        memcpy(y, x, channels * sizeof *y);
}

/* Copies of those inputs that could not be written where they belong. */
static void concat_row(const row_job *job, int image, int row) {
    const px_value *out = value_of(job, job->index);
    size_t channel = 0;
    for (int k = 0; k < job->step->n_inputs; k++) {
        int input = job->step->inputs[k];
        const px_value *in = value_of(job, input);
        size_t channels = (size_t)in->shape.c;
        if (in->root != out->root || in->channel != out->channel + (int)channel) {
            const float *x = row_of(job, input, image, row);
            float *y = output_row(job, image, row) + channel;
            for (int i = 0; i < out->shape.w; i++, x += in->pixel, y += out->pixel)
                memcpy(y, x, channels * sizeof *y);
        }
        channel += channels;
    }
}

static void average_image(const row_job *job, int image, int row) {
    (void)row;
    const px_value *in = value_of(job, job->step->inputs[0]);
    const float *x = row_of(job, job->step->inputs[0], image, 0);
    float *y = output_row(job, image, 0);
    px_affine affine = before_of(job->step);
    int pixels = in->shape.h * in->shape.w;
    memset(y, 0, (size_t)in->shape.c * sizeof *y);
    for (int i = 0; i < pixels; i++, x += in->pixel)
        job->run->kernels->accumulate(&affine, in->shape.c, x, y);
    for (int c = 0; c < in->shape.c; c++)
        y[c] /= (float)pixels;
}

static void (*const row_functions[])(const row_job *, int, int) = {
    [PX_STEP_DEPTHWISE] = window_row, [PX_STEP_MAX_POOL] = window_row,
    [PX_STEP_AVG_POOL] = window_row,  [PX_STEP_GLOBAL_AVG_POOL] = average_image,
    [PX_STEP_AFFINE] = affine_row,    [PX_STEP_ADD] = add_row,
    [PX_STEP_SIGMOID] = sigmoid_row,  [PX_STEP_PAD] = pad_row,
    [PX_STEP_FLATTEN] = flatten_row,  [PX_STEP_CONCAT] = concat_row,
};

static void run_row(void *context, int task, int worker) {
    (void)worker;
    const row_job *job = context;
    row_functions[job->step->kind](job, task / job->rows, task % job->rows);
}

bool px_concat_in_place(const px_program *program, int index) {
    const px_step *concat = &program->steps[index];
    const px_value *out = &program->values[index];
    int channel = out->channel;
    for (int k = 0; k < concat->n_inputs; k++) {
        const px_value *in = &program->values[concat->inputs[k]];
        if (in->root != out->root || in->channel != channel)
            return false;
        channel += in->shape.c;
    }
    return true;
}

static void run_rows(const px_run *run, const px_step *step, int index) {
    const px_value *out = &run->program->values[index];
    row_job job = {run, step, &run->packed[index], index, out->shape.h};
    if (step->kind == PX_STEP_CONCAT && px_concat_in_place(run->program, index))
        return;
    bool large = px_shape_count(out->shape) * (size_t)run->program->batch >= ROW_TASKS_FLOATS;
    px_pool_run(large ? run->pool : NULL, run->program->batch * job.rows, run_row, &job);
}

static const px_conv *next_conv(const px_run *run, int index) {
    for (int i = index + 1; i < run->program->n_steps; i++) {
        if (run->program->steps[i].kind == PX_STEP_CONV)
            return &run->packed[i].conv;
    }
    return NULL;
}

void px_run_step(const px_run *run, int index) {
    const px_step *step = &run->program->steps[index];
    if (step->kind == PX_STEP_NONE)
        return;
    if (step->kind != PX_STEP_CONV) {
        run_rows(run, step, index);
        return;
    }
    const px_value *values = run->program->values;
    px_conv_data data = {.input = px_run_value(run, step->inputs[0]),
                         .input_pixel = values[step->inputs[0]].pixel,
                         .output = run->arena + values[index].offset,
                         .output_pixel = values[index].pixel,
                         .scratch = run->scratch,
                         .scratch_floats = run->scratch_floats,
                         .lanes = run->lanes,
                         .next = next_conv(run, index)};
    if (step->residual >= 0) {
        data.residual = px_run_value(run, step->residual);
        data.residual_pixel = values[step->residual].pixel;
    }
    px_conv_run(&run->packed[index].conv, step, &data, run->pool);
}

void px_run_copy_out(const px_run *run, int value, float *out) {
    const px_value *v = &run->program->values[value];
    size_t channels = (size_t)v->shape.c;
    size_t pixels = (size_t)run->program->batch * v->shape.h * v->shape.w;
    const float *from = px_run_value(run, value);
    for (size_t i = 0; i < pixels; i++)
        memcpy(out + i * channels, from + i * v->pixel, channels * sizeof *out);
}

static void fill_depthwise(const px_packed *packed, const px_graph *graph, const px_step *step) {
    const px_tensor *tensor = &graph->tensors[graph->nodes[step->node].tensors[PX_KERNEL]];
    size_t channels = (size_t)step->geometry.in_c, count = (size_t)px_tensor_count(tensor);
    px_tensor_to_f32(tensor, packed->kernel);
    for (size_t i = 0; step->gain && i < count; i++)
        packed->kernel[i] *= step->gain[i % channels];
    for (size_t c = 0; c < channels; c++)
        packed->bias[c] = step->bias ? step->bias[c] : 0;
}

/* A depthwise kernel of so many taps: its bytes, in whole cache lines. */
static size_t kernel_bytes(const px_step *step, int taps) {
    size_t bytes = (size_t)taps * (size_t)step->geometry.in_c * sizeof(float);
    return (bytes + LINE_BYTES - 1) / LINE_BYTES * LINE_BYTES;
}

bool px_packed_prepare(px_packed *packed, const px_program *program, int index,
                       const px_kernels *kernels, px_error *err) {
    const px_step *step = &program->steps[index];
    *packed = (px_packed){0};
    return step->kind != PX_STEP_CONV ||
           px_conv_prepare(&packed->conv, step, &program->values[step->inputs[0]], program->batch,
                           kernels, err);
}

size_t px_packed_bytes(const px_packed *packed, const px_step *step) {
    if (step->kind == PX_STEP_CONV)
        return px_conv_bytes(&packed->conv);
    if (step->kind != PX_STEP_DEPTHWISE)
        return 0;
    int taps = step->geometry.kernel_h * step->geometry.kernel_w;
    return kernel_bytes(step, taps) + kernel_bytes(step, 1);
}

void px_packed_place(px_packed *packed, const px_step *step, char *memory) {
    if (step->kind == PX_STEP_CONV) {
        px_conv_place(&packed->conv, memory);
    } else if (step->kind == PX_STEP_DEPTHWISE) {
        packed->kernel = (float *)memory;
        packed->bias = (float *)(memory + kernel_bytes(step, step->geometry.kernel_h *
                                                                 step->geometry.kernel_w));
    }
}

bool px_packed_fill(const px_packed *packed, const px_graph *graph, const px_step *step,
                    px_error *err) {
    if (step->kind == PX_STEP_CONV)
        return px_conv_pack(&packed->conv, graph, step, err);
    if (step->kind == PX_STEP_DEPTHWISE)
        fill_depthwise(packed, graph, step);
    return true;
}
