/* Placement: concatenated values are written as slices of one buffer; buffers share an arena. */
#include <stdlib.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "memory_plan.h"
#include "node_geometry.h"
#include "steps.h"

/* Inputs that already lie side by side make the concatenation a view of them. */
static bool make_view(px_program *program, int index) {
    const px_step *concat = &program->steps[index];
    const px_value *first = &program->values[concat->inputs[0]];
    int channel = first->channel;
    for (int i = 0; i < concat->n_inputs; i++) {
        const px_value *value = &program->values[concat->inputs[i]];
        if (value->root != first->root || value->channel != channel || value->root == 0 ||
            value->root == concat->inputs[i])
            return false;
        channel += value->shape.c;
    }
    program->values[index].root = first->root;
    program->values[index].channel = first->channel;
    return true;
}

/* Later concatenations come first, so that `index` already has its final place. */
static void place_inputs(px_program *program, int index) {
    const px_step *concat = &program->steps[index];
    px_value *whole = &program->values[index];
    if (whole->root == index && make_view(program, index))
        return;
    int channel = whole->channel;
    for (int i = 0; i < concat->n_inputs; i++) {
        int input = concat->inputs[i];
        px_value *value = &program->values[input];
        if (input != 0 && value->root == input) {
            value->root = whole->root;
            value->channel = channel;
        }
        channel += value->shape.c;
    }
}

static void share_buffers(px_program *program) {
    for (int i = program->n_steps - 1; i > 0; i--) {
        if (program->steps[i].kind == PX_STEP_CONCAT)
            place_inputs(program, i);
    }
}

static void touch(const px_program *program, px_block *blocks, int value, int time) {
    px_block *block = &blocks[program->values[value].root];
    block->first = time < block->first ? time : block->first;
    block->last = time > block->last ? time : block->last;
}

/* When each buffer is first written and last read. */
static void find_lifetimes(const px_program *program, px_block *blocks) {
    for (int i = 0; i < program->n_steps; i++)
        blocks[i].first = program->n_steps, blocks[i].last = -1;
    for (int i = 0; i < program->n_steps; i++) {
        const px_step *step = &program->steps[i];
        if (step->kind == PX_STEP_NONE)
            continue;
        touch(program, blocks, i, i);
        for (int k = 0; k < step->n_inputs; k++)
            touch(program, blocks, step->inputs[k], i);
        if (step->residual >= 0)
            touch(program, blocks, step->residual, i);
    }
    touch(program, blocks, program->output, program->n_steps);
    if (program->features >= 0)
        touch(program, blocks, program->features, program->n_steps);
}

static bool size_buffer(const px_program *program, int value, px_block *block, px_error *err) {
    bool used = value > 0 && program->values[value].root == value && block->last >= 0;
    size_t bytes = px_shape_count(program->values[value].shape) * sizeof(float);
    if (used && __builtin_mul_overflow(bytes, (size_t)program->batch, &block->bytes))
        return px_fail(err, PX_ERR_LIMIT, NULL, "a batch of %d is too large", program->batch);
    return true;
}

static bool lay_out(px_program *program, px_block *blocks, px_error *err) {
    find_lifetimes(program, blocks);
    for (int i = 0; i < program->n_steps; i++) {
        if (!size_buffer(program, i, &blocks[i], err))
            return false;
    }
    size_t total;
    if (!px_memory_place(blocks, program->n_steps, &total, err))
        return false;
    for (int i = 0; i < program->n_steps; i++) {
        px_value *value = &program->values[i];
        value->pixel = (size_t)program->values[value->root].shape.c;
        value->offset = blocks[value->root].offset / sizeof(float) + (size_t)value->channel;
    }
    program->arena_floats = total / sizeof(float);
    return true;
}

bool px_program_place(px_program *program, bool share, px_error *err) {
    for (int i = 0; i < program->n_steps; i++) {
        program->values[i].root = i;
        program->values[i].channel = 0;
    }
    if (share)
        share_buffers(program);
    px_block *blocks = px_alloc((size_t)program->n_steps, sizeof *blocks, err);
    bool ok = blocks && lay_out(program, blocks, err);
    free(blocks);
    return ok;
}
