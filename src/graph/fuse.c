/* Fusing: a step that was just lowered is merged with the steps that made its inputs, when they
 * have no other reader and the result is the same function. */
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "steps.h"

/* The step that makes `value`, if nobody but the step being fused reads it. */
static px_step *sole_producer(px_program *program, int value) {
    return program->uses[value] == 1 ? &program->steps[value] : NULL;
}

static void drop(px_step *step) {
    free(step->inputs);
    free(step->before_scale);
    free(step->before_shift);
    free(step->gain);
    free(step->bias);
    *step = (px_step){.kind = PX_STEP_NONE, .node = step->node, .residual = -1};
}

/* `from` takes the place of `to`; its own place falls empty. */
static void move(px_step *from, px_step *to) {
    drop(to);
    *to = *from;
    *from = (px_step){.kind = PX_STEP_NONE, .node = from->node, .residual = -1};
}

/* gain and bias of a linear step go through x * scale + shift. */
static bool fold_into_weights(px_step *linear, const px_step *affine, px_error *err) {
    size_t channels = (size_t)linear->geometry.out_c;
    if (!linear->bias)
        linear->bias = px_alloc(channels, sizeof(float), err);
    if (!linear->gain) {
        linear->gain = px_alloc(channels, sizeof(float), err);
        for (size_t c = 0; linear->gain && c < channels; c++)
            linear->gain[c] = 1;
    }
    if (!linear->bias || !linear->gain)
        return false;
    for (size_t c = 0; c < channels; c++) {
        linear->gain[c] *= affine->before_scale[c];
        linear->bias[c] = linear->bias[c] * affine->before_scale[c] + affine->before_shift[c];
    }
    return true;
}

/* affine(producer(x)) as one affine. */
static void compose(px_step *producer, px_step *affine) {
    for (int c = 0; producer->before_scale && c < affine->geometry.in_c; c++) {
        affine->before_shift[c] += affine->before_scale[c] * producer->before_shift[c];
        affine->before_scale[c] *= producer->before_scale[c];
    }
}

static bool fuse_into_linear(px_step *linear, px_step *affine, bool *fused, px_error *err) {
    bool factors = affine->before_scale != NULL;
    *fused = !linear->relu && (!factors || linear->residual < 0);
    if (*fused && factors && !fold_into_weights(linear, affine, err))
        return false;
    if (*fused)
        linear->relu = affine->before_relu;
    return true;
}

/* A batch norm, scale or ReLU goes into what made its input. */
static bool fuse_affine(px_program *program, px_step *affine, px_error *err) {
    px_step *producer = sole_producer(program, affine->inputs[0]);
    if (!producer)
        return true;
    bool fused = false;
    switch (producer->kind) {
    case PX_STEP_CONV:
    case PX_STEP_DEPTHWISE:
        if (!fuse_into_linear(producer, affine, &fused, err))
            return false;
        break;
    case PX_STEP_ADD:
        fused = !affine->before_scale && !producer->relu;
        producer->relu = producer->relu || (fused && affine->before_relu);
        break;
    case PX_STEP_AFFINE:
        if (!affine->before_scale) {
            fused = true;
            producer->before_relu = producer->before_relu || affine->before_relu;
        } else if (!producer->before_relu) {
            compose(producer, affine);
            affine->inputs[0] = producer->inputs[0];
            drop(producer);
        }
        break;
    default:
        break;
    }
    if (fused)
        move(producer, affine);
    return true;
}

/* Zeros around the image become the window's own padding. */
static void absorb_pad(px_program *program, px_step *step) {
    px_step *pad = sole_producer(program, step->inputs[0]);
    px_geometry *g = &step->geometry;
    bool padded = g->top || g->left || g->bottom || g->right;
    bool pool = step->kind == PX_STEP_MAX_POOL || step->kind == PX_STEP_AVG_POOL;
    if (!pad || pad->kind != PX_STEP_PAD || (pool && padded))
        return;
    g->in_h = pad->geometry.in_h;
    g->in_w = pad->geometry.in_w;
    g->top += pad->geometry.top;
    g->left += pad->geometry.left;
    g->bottom += pad->geometry.bottom;
    g->right += pad->geometry.right;
    step->zero_pad = step->include_pad = true;
    step->inputs[0] = pad->inputs[0];
    drop(pad);
}

/* A batch norm and ReLU that precede the step are applied to what it reads. */
static void absorb_affine(px_program *program, px_step *step) {
    px_step *affine = sole_producer(program, step->inputs[0]);
    if (!affine || affine->kind != PX_STEP_AFFINE)
        return;
    step->before_scale = affine->before_scale;
    step->before_shift = affine->before_shift;
    step->before_relu = affine->before_relu;
    affine->before_scale = affine->before_shift = NULL;
    step->inputs[0] = affine->inputs[0];
    drop(affine);
}

/* Nodes of steps that fell empty are done by step `index`, which they were merged with. */
static void gather_nodes(px_program *program, int index) {
    for (int i = 0; i < index; i++) {
        int home = program->homes[i];
        if (home >= 0 && program->steps[home].kind == PX_STEP_NONE)
            program->homes[i] = index;
    }
}

static bool is_plain_pointwise(const px_step *step) {
    const px_geometry *g = &step->geometry;
    return step->kind == PX_STEP_CONV && step->groups == 1 && !step->relu && step->residual < 0 &&
           g->kernel_h == 1 && g->kernel_w == 1 && g->in_h == g->out_h && g->in_w == g->out_w &&
           g->top == 0 && g->left == 0 && g->stride_h == 1 && g->stride_w == 1;
}

/* The average of a 1x1 convolution is the 1x1 convolution of the average, with fewer pixels to
 * multiply: DenseNet's transitions. Not when zeros of the padding count: they have no bias. */
static void pool_first(px_program *program, int index) {
    px_step *pool = &program->steps[index];
    int middle = pool->inputs[0];
    px_step *conv = sole_producer(program, middle);
    const px_geometry *g = &pool->geometry;
    bool shrinks = g->stride_h * g->stride_w > 1;
    bool counts_zeros = pool->include_pad && (g->top || g->left || g->bottom || g->right);
    if (!conv || !shrinks || counts_zeros || !is_plain_pointwise(conv))
        return;
    px_step swapped = *conv;
    *conv = *pool;
    *pool = swapped;
    px_step *first = conv, *second = pool;
    first->inputs[0] = second->inputs[0];
    second->inputs[0] = middle;
    first->before_scale = second->before_scale;
    first->before_shift = second->before_shift;
    first->before_relu = second->before_relu;
    second->before_scale = second->before_shift = NULL;
    second->before_relu = false;
    first->geometry.in_c = first->geometry.out_c = second->geometry.in_c;
    second->geometry.in_h = second->geometry.out_h = first->geometry.out_h;
    second->geometry.in_w = second->geometry.out_w = first->geometry.out_w;
    program->values[middle].shape =
        (px_shape){first->geometry.out_h, first->geometry.out_w, first->geometry.out_c};
    gather_nodes(program, index);
    for (int i = 0; i <= index; i++) { /* what precedes the convolution stays before the pool */
        if (program->homes[i] == index)
            program->homes[i] = middle;
        else if (program->homes[i] == middle && i >= second->node)
            program->homes[i] = index;
    }
}

/* Adding to what a convolution makes happens while it is written. */
static void fuse_residual(px_program *program, px_step *add) {
    for (int i = 1; add->n_inputs == 2 && i >= 0; i--) {
        px_step *conv = sole_producer(program, add->inputs[i]);
        if (!conv || conv->kind != PX_STEP_CONV || conv->relu || conv->residual >= 0)
            continue;
        conv->residual = add->inputs[1 - i];
        move(conv, add);
        return;
    }
}

static bool fuse(px_program *program, int index, px_error *err) {
    px_step *step = &program->steps[index];
    switch (step->kind) {
    case PX_STEP_AFFINE:
        return fuse_affine(program, step, err);
    case PX_STEP_CONV:
    case PX_STEP_DEPTHWISE:
    case PX_STEP_MAX_POOL:
    case PX_STEP_AVG_POOL:
        absorb_pad(program, step);
        absorb_affine(program, step);
        if (step->kind == PX_STEP_AVG_POOL)
            pool_first(program, index);
        return true;
    case PX_STEP_GLOBAL_AVG_POOL:
        absorb_affine(program, step);
        return true;
    case PX_STEP_ADD:
        fuse_residual(program, step);
        return true;
    default:
        return true;
    }
}

bool px_step_fuse(px_program *program, int index, px_error *err) {
    if (!fuse(program, index, err))
        return false;
    gather_nodes(program, index);
    return true;
}
