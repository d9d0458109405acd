/* The head as a list of four kinds of step, run forwards and then backwards. */
#include "head_gradient.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"

typedef enum { STEP_DENSE, STEP_AFFINE, STEP_RELU, STEP_SIGMOID } step_kind;

typedef struct head_step {
    step_kind kind;
    int inputs, outputs;
    float *factor; /* dense: kernel [inputs, outputs]; affine: [outputs] */
    float *offset; /* dense and affine: [outputs] */
} head_step;

struct px_head_layers {
    int inputs, outputs, widest;
    int n_steps;
    head_step *steps;
};

void px_head_free(px_head_layers *head) {
    if (!head)
        return;
    for (int i = 0; i < head->n_steps; i++) {
        free(head->steps[i].factor);
        free(head->steps[i].offset);
    }
    free(head->steps);
    free(head);
}

int px_head_inputs(const px_head_layers *head) {
    return head->inputs;
}

int px_head_outputs(const px_head_layers *head) {
    return head->outputs;
}

/* A node's tensor as float32, or `count` times `missing` where it has none. */
static float *copy_tensor(const px_graph *graph, const px_node *node, int slot, size_t count,
                          float missing, px_error *err) {
    float *values = px_alloc(count, sizeof *values, err);
    if (!values)
        return NULL;
    if (node->tensors[slot] >= 0)
        px_tensor_to_f32(&graph->tensors[node->tensors[slot]], values);
    else
        for (size_t i = 0; i < count; i++)
            values[i] = missing;
    return values;
}

static bool fill_dense(const px_graph *graph, const px_node *node, head_step *step, px_error *err) {
    step->kind = STEP_DENSE;
    size_t outputs = (size_t)step->outputs;
    step->factor = copy_tensor(graph, node, PX_KERNEL, (size_t)step->inputs * outputs, 0.0f, err);
    step->offset = copy_tensor(graph, node, PX_BIAS, outputs, 0.0f, err);
    return step->factor && step->offset;
}

/* gamma * (x - mean) / sqrt(variance + epsilon) + beta as factor * x + offset. */
static bool fill_batch_norm(const px_graph *graph, const px_node *node, head_step *step,
                            px_error *err) {
    step->kind = STEP_AFFINE;
    size_t count = (size_t)step->outputs;
    step->factor = copy_tensor(graph, node, PX_GAMMA, count, 1.0f, err);
    step->offset = copy_tensor(graph, node, PX_BETA, count, 0.0f, err);
    float *mean = copy_tensor(graph, node, PX_MEAN, count, 0.0f, err);
    float *variance = copy_tensor(graph, node, PX_VARIANCE, count, 1.0f, err);
    bool ok = step->factor && step->offset && mean && variance;
    for (size_t i = 0; ok && i < count; i++) {
        step->factor[i] /= sqrtf(variance[i] + node->epsilon);
        step->offset[i] -= mean[i] * step->factor[i];
    }
    free(mean);
    free(variance);
    return ok;
}

static bool fill_scale(const px_node *node, head_step *step, px_error *err) {
    step->kind = STEP_AFFINE;
    step->factor = px_alloc((size_t)step->outputs, sizeof(float), err);
    step->offset = px_alloc((size_t)step->outputs, sizeof(float), err);
    for (int i = 0; step->factor && i < step->outputs; i++)
        step->factor[i] = node->scale;
    return step->factor && step->offset;
}

/* Add the step of one node; layers that change nothing add none. */
static bool add_step(px_head_layers *head, const px_graph *graph, int index, px_error *err) {
    const px_node *node = &graph->nodes[index];
    bool last = index == graph->output;
    if (node->op == PX_OP_DROPOUT || node->op == PX_OP_FLATTEN ||
        (node->op == PX_OP_SIGMOID && last))
        return true;
    head_step *step = &head->steps[head->n_steps++];
    step->inputs = graph->nodes[node->inputs[0]].shape.c;
    step->outputs = node->shape.c;
    head->widest = step->outputs > head->widest ? step->outputs : head->widest;
    switch (node->op) {
    case PX_OP_DENSE:
        return fill_dense(graph, node, step, err);
    case PX_OP_BATCH_NORM:
        return fill_batch_norm(graph, node, step, err);
    case PX_OP_SCALE:
        return fill_scale(node, step, err);
    case PX_OP_RELU:
        step->kind = STEP_RELU;
        return true;
    case PX_OP_SIGMOID:
        step->kind = STEP_SIGMOID;
        return true;
    default:
        return px_fail(err, PX_ERR_UNSUPPORTED, node->name,
                       "no heat maps: this %s layer lies between the global average pool and the "
                       "output",
                       px_op_name(node->op));
    }
}

/* Walk from the output up to the pool, filling chain[] from its end. @return start, or -1. */
static int find_chain(const px_graph *graph, int *chain, px_error *err) {
    int feature = px_graph_feature_node(graph), start = graph->n_nodes;
    for (int i = graph->output; i > 0; i = graph->nodes[i].inputs[0]) {
        const px_node *node = &graph->nodes[i];
        if (node->op == PX_OP_GLOBAL_AVG_POOL && node->inputs[0] == feature)
            return start;
        if (node->n_inputs != 1) {
            px_fail(err, PX_ERR_UNSUPPORTED, node->name,
                    "no heat maps: the head joins several inputs here");
            return -1;
        }
        chain[--start] = i;
    }
    px_fail(err, PX_ERR_UNSUPPORTED, NULL,
            "no heat maps: the network has no global average pool before its output");
    return -1;
}

px_head_layers *px_head_new(const px_graph *graph, px_error *err) {
    size_t nodes = (size_t)graph->n_nodes;
    int *chain = px_alloc(nodes, sizeof *chain, err);
    px_head_layers *head = px_alloc(1, sizeof *head, err);
    int start = chain && head ? find_chain(graph, chain, err) : -1;
    bool ok = start >= 0;
    if (ok) {
        head->steps = px_alloc(nodes - (size_t)start, sizeof *head->steps, err);
        head->inputs = head->widest = graph->nodes[px_graph_feature_node(graph)].shape.c;
        head->outputs = graph->nodes[graph->output].shape.c;
        ok = head->steps != NULL;
    }
    for (int i = start; ok && i < graph->n_nodes; i++)
        ok = add_step(head, graph, chain[i], err);
    free(chain);
    if (ok)
        return head;
    px_head_free(head);
    return NULL;
}

static void run_dense(const head_step *step, const float *in, float *out) {
    memcpy(out, step->offset, (size_t)step->outputs * sizeof *out);
    const float *row = step->factor;
    for (int i = 0; i < step->inputs; i++, row += step->outputs) {
        for (int o = 0; o < step->outputs; o++)
            out[o] += in[i] * row[o];
    }
}

static void run_step(const head_step *step, const float *in, float *out) {
    if (step->kind == STEP_DENSE) {
        run_dense(step, in, out);
        return;
    }
    for (int i = 0; i < step->outputs; i++) {
        if (step->kind == STEP_AFFINE)
            out[i] = step->factor[i] * in[i] + step->offset[i];
        else if (step->kind == STEP_RELU)
            out[i] = in[i] > 0 ? in[i] : 0;
        else
            out[i] = 1.0f / (1.0f + expf(-in[i]));
    }
}

/* from [inputs, n] = kernel [inputs, outputs] x to [outputs, n]. */
static void reverse_dense(const head_step *step, const float *to, float *from, int n) {
    const float *row = step->factor;
    for (int i = 0; i < step->inputs; i++, row += step->outputs, from += n) {
        memset(from, 0, (size_t)n * sizeof *from);
        for (int o = 0; o < step->outputs; o++) {
            for (int k = 0; k < n; k++)
                from[k] += row[o] * to[(size_t)o * (size_t)n + (size_t)k];
        }
    }
}

/* Derivative of an element-wise step where its value is `out`. */
static float slope(const head_step *step, int i, const float *out) {
    if (step->kind == STEP_AFFINE)
        return step->factor[i];
    if (step->kind == STEP_RELU)
        return out[i] > 0 ? 1.0f : 0.0f;
    return out[i] * (1.0f - out[i]);
}

static void reverse_step(const head_step *step, const float *out, const float *to, float *from,
                         int n) {
    if (step->kind == STEP_DENSE) {
        reverse_dense(step, to, from, n);
        return;
    }
    for (int i = 0; i < step->outputs; i++) {
        float factor = slope(step, i, out);
        for (int k = 0; k < n; k++)
            *from++ = factor * *to++;
    }
}

/* values: each step's output in a row of `widest`; grads: two blocks of [widest, outputs]. */
static void differentiate(const px_head_layers *head, const float *pooled, float *values,
                          float *grads, float *logits, float *gradient) {
    size_t widest = (size_t)head->widest;
    int n = head->outputs;
    const float *in = pooled;
    for (int s = 0; s < head->n_steps; s++) {
        run_step(&head->steps[s], in, values + (size_t)s * widest);
        in = values + (size_t)s * widest;
    }
    memcpy(logits, in, (size_t)n * sizeof *logits);
    float *to = grads, *from = grads + widest * (size_t)n;
    for (int k = 0; k < n; k++)
        to[(size_t)k * (size_t)n + (size_t)k] = 1.0f;
    for (int s = head->n_steps - 1; s >= 0; s--) {
        reverse_step(&head->steps[s], values + (size_t)s * widest, to, from, n);
        float *swap = to;
        to = from;
        from = swap;
    }
    for (int k = 0; k < n; k++) {
        for (int i = 0; i < head->inputs; i++)
            gradient[(size_t)k * (size_t)head->inputs + (size_t)i] =
                to[(size_t)i * (size_t)n + (size_t)k];
    }
}

bool px_head_gradient(const px_head_layers *head, const float *pooled, float *logits,
                      float *gradient, px_error *err) {
    size_t widest = (size_t)head->widest;
    float *values = px_alloc(widest * (size_t)head->n_steps, sizeof *values, err);
    float *grads = px_alloc(widest, 2 * (size_t)head->outputs * sizeof *grads, err);
    bool ok = values && grads;
    if (ok)
        differentiate(head, pooled, values, grads, logits, gradient);
    free(values);
    free(grads);
    return ok;
}
