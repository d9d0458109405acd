/* Lowering: each node becomes a step with its channelwise parameters in float32. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "node_geometry.h"
#include "steps.h"

static const px_step_kind kinds[PX_OPS] = {
    [PX_OP_INPUT] = PX_STEP_NONE,
    [PX_OP_CONV2D] = PX_STEP_CONV,
    [PX_OP_DENSE] = PX_STEP_CONV,
    [PX_OP_BATCH_NORM] = PX_STEP_AFFINE,
    [PX_OP_RELU] = PX_STEP_AFFINE,
    [PX_OP_SIGMOID] = PX_STEP_SIGMOID,
    [PX_OP_MAX_POOL] = PX_STEP_MAX_POOL,
    [PX_OP_AVG_POOL] = PX_STEP_AVG_POOL,
    [PX_OP_GLOBAL_AVG_POOL] = PX_STEP_GLOBAL_AVG_POOL,
    [PX_OP_CONCAT] = PX_STEP_CONCAT,
    [PX_OP_ADD] = PX_STEP_ADD,
    [PX_OP_SCALE] = PX_STEP_AFFINE,
    [PX_OP_PAD] = PX_STEP_PAD,
    [PX_OP_DROPOUT] = PX_STEP_NONE,
    [PX_OP_FLATTEN] = PX_STEP_FLATTEN,
};

/* A copy of a node's tensor as float32; NULL without an error when it has none. */
static bool read_tensor(const px_graph *graph, int index, float **out, px_error *err) {
    *out = NULL;
    if (index < 0)
        return true;
    const px_tensor *tensor = &graph->tensors[index];
    *out = px_alloc((size_t)px_tensor_count(tensor), sizeof(float), err);
    if (*out)
        px_tensor_to_f32(tensor, *out);
    return *out != NULL;
}

/* gamma * (x - mean) / sqrt(variance + epsilon) + beta as x * scale + shift, worked out in double.
 */
static bool load_norm(const px_graph *graph, const px_node *node, px_step *step, px_error *err) {
    float *t[PX_NODE_TENSORS] = {NULL};
    bool ok = true;
    for (int i = 0; ok && i < PX_NODE_TENSORS; i++)
        ok = read_tensor(graph, node->tensors[i], &t[i], err);
    for (int c = 0; ok && c < node->shape.c; c++) {
        double gamma = t[PX_GAMMA] ? t[PX_GAMMA][c] : 1, beta = t[PX_BETA] ? t[PX_BETA][c] : 0;
        double scale = gamma / sqrt((double)t[PX_VARIANCE][c] + node->epsilon);
        step->before_scale[c] = (float)scale;
        step->before_shift[c] = (float)(beta - scale * t[PX_MEAN][c]);
    }
    for (int i = 0; i < PX_NODE_TENSORS; i++)
        free(t[i]);
    return ok;
}

static bool alloc_affine(px_step *step, int channels, px_error *err) {
    if (!step->before_scale)
        step->before_scale = px_alloc((size_t)channels, sizeof(float), err);
    if (!step->before_shift)
        step->before_shift = px_alloc((size_t)channels, sizeof(float), err);
    return step->before_scale && step->before_shift;
}

bool px_step_load(const px_graph *graph, px_step *step, px_error *err) {
    const px_node *node = &graph->nodes[step->node];
    switch (node->op) {
    case PX_OP_CONV2D:
    case PX_OP_DENSE:
        free(step->bias);
        step->stored = graph->tensors[node->tensors[PX_KERNEL]].dtype;
        return read_tensor(graph, node->tensors[PX_BIAS], &step->bias, err);
    case PX_OP_BATCH_NORM:
        return alloc_affine(step, node->shape.c, err) && load_norm(graph, node, step, err);
    case PX_OP_SCALE:
        if (!alloc_affine(step, node->shape.c, err))
            return false;
        for (int c = 0; c < node->shape.c; c++)
            step->before_scale[c] = node->scale;
        return true;
    case PX_OP_RELU:
        step->before_relu = true;
        return true;
    default:
        return true;
    }
}

static bool is_depthwise(const px_node *node, px_shape in) {
    return node->op == PX_OP_CONV2D && in.c > 1 && node->groups == in.c && node->shape.c == in.c;
}

int px_resolve(const px_graph *graph, int node) {
    for (;;) {
        const px_node *n = &graph->nodes[node];
        bool same = n->op == PX_OP_DROPOUT;
        if (n->op == PX_OP_FLATTEN) {
            px_shape in = graph->nodes[n->inputs[0]].shape;
            same = in.h == 1 && in.w == 1;
        }
        if (!same)
            return node;
        node = n->inputs[0];
    }
}

static bool init_step(px_program *program, const px_graph *graph, int index, px_error *err) {
    const px_node *node = &graph->nodes[index];
    px_step *step = &program->steps[index];
    *step = (px_step){.node = index, .residual = -1, .groups = node->groups};
    if (node->op == PX_OP_INPUT || px_resolve(graph, index) != index)
        return true;
    px_shape in = graph->nodes[node->inputs[0]].shape;
    step->kind = is_depthwise(node, in) ? PX_STEP_DEPTHWISE : kinds[node->op];
    if (node->op == PX_OP_ADD && node->n_inputs == 1)
        step->kind = PX_STEP_AFFINE; /* a sum of one is a copy */
    step->geometry = px_node_geometry(node, in);
    step->include_pad = node->count_include_pad;
    step->inputs = px_alloc((size_t)node->n_inputs, sizeof *step->inputs, err);
    if (!step->inputs)
        return false;
    step->n_inputs = node->n_inputs;
    for (int i = 0; i < node->n_inputs; i++)
        step->inputs[i] = px_resolve(graph, node->inputs[i]);
    return px_step_load(graph, step, err);
}

/* Which nodes the answer and the features depend on; every one when not fusing. */
static void mark_needed(const px_graph *graph, const px_program *program, bool all, bool *needed) {
    needed[program->output] = true;
    if (program->features >= 0)
        needed[program->features] = true;
    for (int i = graph->n_nodes - 1; i >= 0; i--) {
        needed[i] = needed[i] || all;
        for (int k = 0; needed[i] && k < graph->nodes[i].n_inputs; k++)
            needed[graph->nodes[i].inputs[k]] = true;
    }
}

static void count_uses(px_program *program, const px_graph *graph, const bool *needed) {
    for (int i = 0; i < graph->n_nodes; i++) {
        const px_node *node = &graph->nodes[i];
        for (int k = 0; needed[i] && px_resolve(graph, i) == i && k < node->n_inputs; k++)
            program->uses[px_resolve(graph, node->inputs[k])]++;
    }
    program->uses[program->output]++;
    if (program->features >= 0)
        program->uses[program->features]++;
}

static bool lower_nodes(px_program *program, const px_graph *graph, bool fuse, px_error *err) {
    bool *needed = px_alloc((size_t)graph->n_nodes, sizeof *needed, err);
    if (!needed)
        return false;
    mark_needed(graph, program, !fuse, needed);
    count_uses(program, graph, needed);
    bool ok = true;
    for (int i = 0; ok && i < graph->n_nodes; i++) {
        program->values[i].shape = graph->nodes[i].shape;
        program->homes[i] = needed[i] && px_resolve(graph, i) ? px_resolve(graph, i) : -1;
        if (needed[i])
            ok = init_step(program, graph, i, err) && (!fuse || px_step_fuse(program, i, err));
    }
    free(needed);
    return ok;
}

bool px_program_lower(px_program *program, const px_graph *graph, int batch, bool fuse,
                      px_error *err) {
    int features = px_graph_feature_node(graph);
    size_t count = (size_t)graph->n_nodes;
    *program = (px_program){.batch = batch, .n_steps = graph->n_nodes};
    program->output = px_resolve(graph, graph->output);
    program->features = features < 0 ? -1 : px_resolve(graph, features);
    program->steps = px_alloc(count, sizeof *program->steps, err);
    program->values = px_alloc(count, sizeof *program->values, err);
    program->homes = px_alloc(count, sizeof *program->homes, err);
    program->uses = px_alloc(count, sizeof *program->uses, err);
    if (program->steps && program->values && program->homes && program->uses &&
        lower_nodes(program, graph, fuse, err))
        return true;
    px_program_clear(program);
    return false;
}

void px_program_clear(px_program *program) {
    for (int i = 0; program->steps && i < program->n_steps; i++) {
        px_step *step = &program->steps[i];
        free(step->inputs);
        free(step->before_scale);
        free(step->before_shift);
        free(step->gain);
        free(step->bias);
    }
    free(program->steps);
    free(program->values);
    free(program->homes);
    free(program->uses);
    *program = (px_program){0};
}
