/* A network that learns (training_net.h): parameters, and going through the layers both ways. */
#include "training_net.h"

#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "../graph/node_geometry.h"
#include "net_parts.h"

enum { LINE_FLOATS = 16, TASK_FLOATS = 16 << 10, MOST_TASKS = 64 };

typedef void (*layer_function)(px_training_net *, px_layer *, int);

static const struct {
    layer_function forward, backward;
} ways[PX_LAYER_KINDS] = {
    [PX_LAYER_CONV] = {px_conv_forward, px_conv_backward},
    [PX_LAYER_DEPTHWISE] = {px_depthwise_forward, px_depthwise_backward},
    [PX_LAYER_AFFINE] = {px_affine_forward, px_affine_backward},
    [PX_LAYER_MAX_POOL] = {px_pool_forward, px_pool_backward},
    [PX_LAYER_AVG_POOL] = {px_pool_forward, px_pool_backward},
    [PX_LAYER_GLOBAL_AVG_POOL] = {px_average_forward, px_average_backward},
    [PX_LAYER_CONCAT] = {px_concat_forward, px_concat_backward},
    [PX_LAYER_ADD] = {px_add_forward, px_add_backward},
    [PX_LAYER_SCALE] = {px_element_forward, px_element_backward},
    [PX_LAYER_PAD] = {px_element_forward, px_element_backward},
    [PX_LAYER_DROPOUT] = {px_element_forward, px_element_backward},
    [PX_LAYER_FLATTEN] = {px_element_forward, px_element_backward},
    [PX_LAYER_SIGMOID] = {px_element_forward, px_element_backward},
};

/* ---- where things lie ---------------------------------------------------------------------- */

px_view px_layer_value(const px_training_net *net, int index) {
    const px_layer *layer = &net->layers[index];
    if (layer->kind == PX_LAYER_INPUT)
        return (px_view){(float *)net->images, (size_t)layer->shape.c};
    const px_layer *root = &net->layers[layer->root];
    return (px_view){net->arena + root->value + layer->channel, (size_t)root->shape.c};
}

px_view px_layer_gradient(const px_training_net *net, int index) {
    const px_layer *layer = &net->layers[index], *root = &net->layers[layer->root];
    return (px_view){net->arena + root->gradient + layer->channel, (size_t)root->shape.c};
}

bool px_layer_in_place(const px_training_net *net, const px_layer *layer) {
    bool in_place = layer->kind == PX_LAYER_CONCAT;
    for (int k = 0; in_place && k < layer->n_inputs; k++)
        in_place = net->layers[layer->inputs[k]].root == layer->root;
    return in_place;
}

px_affine px_layer_before(const px_training_net *net, const px_layer *layer, int input) {
    const px_layer *from = &net->layers[layer->inputs[input]];
    px_affine before = {.relu = from->lazy && from->relu};
    if (from->lazy && from->norm) {
        before.scale = from->norms.scale;
        before.shift = from->norms.shift;
    }
    return before;
}

px_source px_layer_source(const px_training_net *net, const px_layer *layer, int input) {
    int index = layer->inputs[input];
    const px_layer *from = &net->layers[index];
    px_source source = {.shape = from->shape, .before = px_layer_before(net, layer, input)};
    px_view view = px_layer_value(net, from->lazy ? from->inputs[0] : index);
    source.data = view.data;
    source.pixel = view.pixel;
    return source;
}

static void zero_pixels(void *context, size_t first, size_t count) {
    const px_view *view = context;
    memset(view->data + first * view->pixel, 0, count * view->pixel * sizeof(float));
}

px_view px_layer_target(px_training_net *net, int index, bool *add) {
    px_layer *layer = &net->layers[index], *root = &net->layers[layer->root];
    *add = root->begun || root != layer;
    if (!root->begun && root != layer) {
        px_view whole = {net->arena + root->gradient, (size_t)root->shape.c};
        px_net_run_pixels(net, px_layer_pixels(net, root), whole.pixel, zero_pixels, &whole);
    }
    root->begun = true;
    return px_layer_gradient(net, index);
}

static const px_parameter *parameter_of(const px_training_net *net, const px_layer *layer,
                                        int slot) {
    int tensor = net->graph->nodes[layer->node].tensors[slot];
    return tensor >= 0 ? &net->parameters[tensor] : NULL;
}

float *px_layer_tensor(const px_training_net *net, const px_layer *layer, int slot) {
    const px_parameter *parameter = parameter_of(net, layer, slot);
    return parameter ? parameter->value : NULL;
}

float *px_layer_tensor_gradient(const px_training_net *net, const px_layer *layer, int slot) {
    const px_parameter *parameter = parameter_of(net, layer, slot);
    return parameter && layer->trains ? parameter->gradient : NULL;
}

float *px_net_shared(const px_training_net *net) {
    return net->scratch + (size_t)net->lanes * net->lane_floats;
}

float *px_net_lane(const px_training_net *net, int lane) {
    return net->scratch + (size_t)lane * net->lane_floats;
}

/* ---- sharing out pixels -------------------------------------------------------------------- */

typedef struct pixels_job {
    px_pixels_task run;
    void *context;
    size_t pixels;
    int tasks;
} pixels_job;

static void run_share(void *context, int task, int worker) {
    (void)worker;
    const pixels_job *job = context;
    size_t first = job->pixels * (size_t)task / (size_t)job->tasks;
    size_t end = job->pixels * (size_t)(task + 1) / (size_t)job->tasks;
    if (first < end)
        job->run(job->context, first, end - first);
}

void px_net_run_pixels(const px_training_net *net, size_t pixels, size_t floats, px_pixels_task run,
                       void *context) {
    size_t tasks = pixels * floats / TASK_FLOATS;
    tasks = tasks < 1 ? 1 : tasks > MOST_TASKS ? MOST_TASKS : tasks;
    pixels_job job = {run, context, pixels, (int)tasks};
    px_pool_run(net->options.pool, job.tasks, run_share, &job);
}

/* ---- parameters ---------------------------------------------------------------------------- */

static size_t whole_lines(size_t floats) {
    return (floats + LINE_FLOATS - 1) / LINE_FLOATS * LINE_FLOATS;
}

/* Mark the tensors that get gradients: those of layers that train. */
static void find_trained(const px_training_net *net, bool *trained) {
    for (int i = 0; i < net->n_layers; i++) {
        const px_layer *layer = &net->layers[i];
        const px_node *node = &net->graph->nodes[layer->node];
        if (layer->kind == PX_LAYER_NONE || !layer->trains)
            continue;
        for (int slot = 0; slot < 2; slot++) { /* kernel and bias, gamma and beta */
            if (node->tensors[slot] >= 0)
                trained[node->tensors[slot]] = true;
        }
    }
}

static void place_parameters(px_training_net *net, const bool *trained) {
    size_t value = 0, gradient = 0;
    for (int i = 0; i < net->graph->n_tensors; i++) {
        const px_tensor *tensor = &net->graph->tensors[i];
        px_parameter *parameter = &net->parameters[i];
        parameter->name = tensor->name;
        parameter->n_dims = tensor->n_dims;
        memcpy(parameter->dims, tensor->dims, sizeof parameter->dims);
        parameter->count = (size_t)px_tensor_count(tensor);
        if (net->values) {
            parameter->value = net->values + value;
            px_tensor_to_f32(tensor, parameter->value);
            parameter->gradient = trained[i] ? net->gradients + gradient : NULL;
        }
        value += whole_lines(parameter->count);
        gradient += trained[i] ? whole_lines(parameter->count) : 0;
    }
    net->value_floats = value;
    net->gradient_floats = gradient;
}

static bool make_parameters(px_training_net *net, px_error *err) {
    size_t count = (size_t)net->graph->n_tensors;
    bool *trained = px_alloc(count, sizeof *trained, err);
    net->parameters = px_alloc(count, sizeof *net->parameters, err);
    if (trained && net->parameters) {
        find_trained(net, trained);
        place_parameters(net, trained);
        net->values = px_alloc_aligned(net->value_floats * sizeof(float), err);
        net->gradients = px_alloc_aligned(net->gradient_floats * sizeof(float), err);
    }
    bool ok = net->values && net->gradients;
    if (ok) {
        memset(net->values, 0, net->value_floats * sizeof(float));
        memset(net->gradients, 0, net->gradient_floats * sizeof(float));
        place_parameters(net, trained);
    }
    free(trained);
    return ok;
}

/* ---- making -------------------------------------------------------------------------------- */

/* Memory for the mean and variance of what norms read: of the parts where it is concatenated. */
static bool make_moments(px_training_net *net, int index, px_error *err) {
    px_layer *layer = &net->layers[index];
    bool parts = px_layer_in_place(net, layer);
    for (int k = 0; parts && k < layer->n_inputs; k++) {
        if (!make_moments(net, layer->inputs[k], err))
            return false;
    }
    if (parts || layer->moments)
        return true;
    layer->moments = px_alloc(2 * (size_t)layer->shape.c, sizeof *layer->moments, err);
    return layer->moments != NULL;
}

static bool make_norm(px_training_net *net, px_layer *layer, px_error *err) {
    px_layer_norm *n = &layer->norms;
    size_t c = (size_t)layer->shape.c;
    float *numbers = px_alloc(6 * c, sizeof *numbers, err);
    n->scale = numbers;
    n->spread = px_alloc(5 * c, sizeof *n->spread, err);
    if (!numbers || !n->spread)
        return false;
    n->moments = n->spread + c;
    n->sums = n->spread + 3 * c;
    n->shift = numbers + c;
    n->mean = numbers + 2 * c;
    n->by_gradient = numbers + 3 * c;
    n->by_input = numbers + 4 * c;
    n->offset = numbers + 5 * c;
    return layer->frozen || make_moments(net, layer->inputs[0], err);
}

static bool make_constants(px_training_net *net, px_error *err) {
    size_t most = 1;
    for (int i = 0; i < net->n_layers; i++) {
        size_t c = (size_t)net->layers[i].shape.c;
        most = c > most ? c : most;
    }
    net->zeros = px_alloc(most, sizeof *net->zeros, err);
    net->ones = px_alloc(most, sizeof *net->ones, err);
    if (!net->zeros || !net->ones)
        return false;
    for (size_t i = 0; i < most; i++)
        net->ones[i] = 1;
    return true;
}

static bool make_net(px_training_net *net, px_error *err) {
    if (!px_net_make_layers(net, err) || !make_parameters(net, err) || !make_constants(net, err))
        return false;
    for (int i = 0; i < net->n_layers; i++) {
        px_layer *layer = &net->layers[i];
        if (layer->kind == PX_LAYER_AFFINE && layer->norm && !make_norm(net, layer, err))
            return false;
    }
    return px_net_prepare_convs(net, err) && px_net_find_through(net, err) &&
           px_net_place(net, err) && px_net_prepare_peers(net, err);
}

px_training_net *px_training_net_new(const px_graph *graph, const px_training_options *options,
                                     px_error *err) {
    if (options->batch < 1 || !(options->momentum >= 0 && options->momentum < 1)) {
        px_fail(err, PX_ERR_USAGE, NULL, "a batch of %d with a momentum of %g", options->batch,
                (double)options->momentum);
        return NULL;
    }
    px_training_net *net = px_alloc(1, sizeof *net, err);
    if (!net)
        return NULL;
    net->graph = graph;
    net->options = *options;
    net->kernels = px_kernels_of(px_cpu_best());
    net->train = px_train_kernels_of(px_cpu_best());
    net->lanes = px_pool_threads(options->pool);
    if (make_net(net, err))
        return net;
    px_training_net_free(net);
    return NULL;
}

void px_training_net_free(px_training_net *net) {
    if (!net)
        return;
    for (int i = 0; net->layers && i < net->n_layers; i++) {
        px_layer *layer = &net->layers[i];
        free(layer->inputs);
        free(layer->conv.phases);
        free(layer->norms.scale);
        free(layer->norms.spread);
        free(layer->moments);
        free(layer->owed);
    }
    free(net->layers);
    free(net->parameters);
    free(net->values);
    free(net->gradients);
    free(net->arena);
    free(net->packed);
    free(net->scratch);
    free(net->zeros);
    free(net->ones);
    free(net->peers.statistics);
    free(net->peers.done);
    free(net);
}

px_pool *px_training_net_pool(const px_training_net *net) {
    return net->options.pool;
}

int px_training_net_outputs(const px_training_net *net) {
    return (int)px_shape_count(net->layers[net->logits].shape);
}

int px_training_net_parameters(const px_training_net *net) {
    return net->graph->n_tensors;
}

const px_parameter *px_training_net_parameter(const px_training_net *net, int index) {
    return &net->parameters[index];
}

float *px_training_net_gradients(px_training_net *net, size_t *count) {
    *count = net->gradient_floats;
    return net->gradients;
}

size_t px_training_net_bytes(const px_training_net *net) {
    size_t floats = net->value_floats + net->gradient_floats + net->arena_floats +
                    (size_t)net->lanes * net->lane_floats + net->shared_floats;
    return floats * sizeof(float) + net->packed_bytes;
}

/* ---- running ------------------------------------------------------------------------------- */

typedef struct copy_job {
    px_view from, to;
    int channels;
} copy_job;

static void copy_pixels(void *context, size_t first, size_t count) {
    const copy_job *job = context;
    for (size_t i = first; i < first + count; i++)
        memcpy(job->to.data + i * job->to.pixel, job->from.data + i * job->from.pixel,
               (size_t)job->channels * sizeof(float));
}

void px_training_net_forward(px_training_net *net, const px_training_pass *pass,
                             const float *images, float *logits) {
    net->pass = *pass;
    net->images = images;
    for (int i = 0; i < net->n_layers; i++)
        net->layers[i].measured = net->layers[i].begun = false;
    px_net_begin_pass(net);
    px_net_pack(net, true);
    for (int i = 0; i < net->n_layers; i++) {
        px_layer *layer = &net->layers[i];
        if (ways[layer->kind].forward)
            ways[layer->kind].forward(net, layer, i);
    }
    const px_layer *last = &net->layers[net->logits];
    size_t c = (size_t)last->shape.c;
    copy_job job = {px_layer_value(net, net->logits), {logits, c}, (int)c};
    copy_pixels(&job, 0, px_layer_pixels(net, last));
}

void px_training_net_backward(px_training_net *net, const float *gradient) {
    const px_layer *last = &net->layers[net->logits];
    if (!last->learns)
        return;
    px_net_pack(net, false);
    bool add;
    size_t c = (size_t)last->shape.c;
    copy_job job = {{(float *)gradient, c}, px_layer_target(net, net->logits, &add), (int)c};
    copy_pixels(&job, 0, px_layer_pixels(net, last));
    for (int i = net->n_layers - 1; i >= 0; i--) {
        px_layer *layer = &net->layers[i];
        px_norm_settle(net, i);
        if (layer->learns && ways[layer->kind].backward)
            ways[layer->kind].backward(net, layer, i);
        px_net_share_gradients(net, i);
    }
    px_net_finish_gradients(net);
}

void px_training_net_clear_gradients(px_training_net *net) {
    memset(net->gradients, 0, net->gradient_floats * sizeof(float));
}

bool px_training_net_store(const px_training_net *net, px_graph *graph, px_error *err) {
    for (int i = 0; i < net->graph->n_tensors; i++) {
        const px_parameter *parameter = &net->parameters[i];
        const px_tensor *tensor = i < graph->n_tensors ? &graph->tensors[i] : NULL;
        if (!tensor || !tensor->owned || tensor->dtype != PX_F32 ||
            strcmp(tensor->name, parameter->name) != 0 ||
            (size_t)px_tensor_count(tensor) != parameter->count)
            return px_fail(err, PX_ERR_MISMATCH, parameter->name,
                           "the model has no such float32 tensor of its own");
    }
    for (int i = 0; i < net->graph->n_tensors; i++)
        memcpy((float *)graph->tensors[i].data, net->parameters[i].value,
               net->parameters[i].count * sizeof(float));
    return true;
}
