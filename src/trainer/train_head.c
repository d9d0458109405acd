/* A copy of a network for training: float32 weights of its own, and another head. */
#include "train_head.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "../base/random.h"

static const char dropout_name[] = "head_dropout";
enum { HEAD_STREAM = 0x68656164 }; /* "head" */

int px_graph_last_dense(const px_graph *graph, px_error *err) {
    const px_node *last = &graph->nodes[graph->output];
    int dense = last->op == PX_OP_SIGMOID ? last->inputs[0] : -1;
    if (dense >= 0 && graph->nodes[dense].op == PX_OP_DENSE)
        return dense;
    px_fail(err, PX_ERR_UNSUPPORTED, last->name,
            "only networks that end in a dense layer and a sigmoid can be trained");
    return -1;
}

/* Rows of inputs, a column for each output; a bias is one row. */
static void fill_head(const px_tensor *from, const px_head_change *change, float *values,
                      size_t rows, px_random *random, float *scratch) {
    size_t columns = (size_t)change->outputs, had = (size_t)from->dims[from->n_dims - 1];
    if (change->anew) {
        memset(values, 0, rows * columns * sizeof(float));
        if (from->n_dims > 1)
            px_random_fill_normal(random, sqrt(2.0 / (double)rows), values, rows * columns);
        return;
    }
    px_tensor_to_f32(from, scratch);
    for (size_t row = 0; row < rows; row++)
        memcpy(values + row * columns, scratch + row * had, columns * sizeof(float));
}

static bool copy_tensor(const px_tensor *from, const px_head_change *change, px_random *random,
                        px_graph *to, px_error *err) {
    int64_t dims[PX_MAX_DIMS];
    memcpy(dims, from->dims, sizeof dims);
    float *values;
    if (change)
        dims[from->n_dims - 1] = change->outputs;
    if (px_graph_new_tensor(to, from->name, dims, from->n_dims, &values, err) < 0)
        return false;
    if (!change) {
        px_tensor_to_f32(from, values);
        return true;
    }
    float *scratch = px_alloc((size_t)px_tensor_count(from), sizeof *scratch, err);
    if (!scratch)
        return false;
    fill_head(from, change, values, from->n_dims > 1 ? (size_t)from->dims[0] : 1, random, scratch);
    free(scratch);
    return true;
}

static bool copy_tensors(const px_graph *from, int dense, const px_head_change *change,
                         px_graph *to, px_error *err) {
    const int *head = from->nodes[dense].tensors;
    px_random random;
    px_random_init(&random, change->seed, HEAD_STREAM);
    bool ok = true;
    for (int i = 0; ok && i < from->n_tensors; i++) {
        bool of_head = i == head[PX_KERNEL] || i == head[PX_BIAS];
        ok = copy_tensor(&from->tensors[i], of_head ? change : NULL, &random, to, err);
    }
    return ok;
}

/* The node that the head reads: behind a dropout where one is asked for. */
static int add_dropout(px_graph *to, int input, float rate, px_error *err) {
    int node = input;
    if (to->nodes[input].op != PX_OP_DROPOUT)
        node = px_graph_add_node(to, PX_OP_DROPOUT, dropout_name, &input, 1, err);
    if (node >= 0)
        to->nodes[node].scale = rate;
    return node;
}

/* The dropout that an earlier training put before the head is not this one's. */
static float copy_scale(const px_node *from, float dropout) {
    return from->op == PX_OP_DROPOUT && strcmp(from->name, dropout_name) == 0 ? dropout
                                                                              : from->scale;
}

static int copy_node(const px_node *from, const int *inputs, float dropout, px_graph *to,
                     px_error *err) {
    int index = px_graph_add_node(to, from->op, from->name, inputs, from->n_inputs, err);
    if (index < 0)
        return -1;
    px_node *node = &to->nodes[index];
    node->window = from->window;
    node->groups = from->groups;
    node->count_include_pad = from->count_include_pad;
    node->epsilon = from->epsilon;
    node->scale = copy_scale(from, dropout);
    memcpy(node->tensors, from->tensors, sizeof node->tensors);
    if (index == 0)
        node->shape = from->shape;
    return index;
}

static bool copy_nodes(const px_graph *from, int dense, float dropout, px_graph *to,
                       px_error *err) {
    int *places = px_alloc((size_t)from->n_nodes, sizeof *places, err);
    int *inputs = px_alloc((size_t)from->n_nodes, sizeof *inputs, err);
    bool ok = places && inputs;
    for (int i = 0; ok && i < from->n_nodes; i++) {
        const px_node *node = &from->nodes[i];
        for (int k = 0; k < node->n_inputs; k++)
            inputs[k] = places[node->inputs[k]];
        if (i == dense && dropout > 0)
            inputs[0] = add_dropout(to, inputs[0], dropout, err);
        places[i] =
            node->n_inputs > 0 && inputs[0] < 0 ? -1 : copy_node(node, inputs, dropout, to, err);
        ok = places[i] >= 0;
    }
    if (ok)
        to->output = places[from->output];
    free(places);
    free(inputs);
    return ok;
}

bool px_graph_copy_with_head(const px_graph *from, const px_head_change *change, px_graph *to,
                             px_error *err) {
    int dense = px_graph_last_dense(from, err);
    return dense >= 0 && copy_tensors(from, dense, change, to, err) &&
           copy_nodes(from, dense, change->dropout, to, err);
}
