/* Keras architecture JSON: nested models unfolded into one list of layers. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "keras.h"

enum { MAX_LAYERS = 20000, MAX_DEPTH = 8 };

static bool flatten(px_keras_network *network, const json_t *model, const char *scope, int input,
                    int depth, int *output, px_error *err);

static const char *text_of(const json_t *object, const char *key) {
    return json_string_value(json_object_get(object, key));
}

static const char *name_of(const json_t *layer) {
    const char *name = text_of(json_object_get(layer, "config"), "name");
    return name ? name : text_of(layer, "name");
}

static bool is_model(const char *kind) {
    return strcmp(kind, "Sequential") == 0 || strcmp(kind, "Model") == 0 ||
           strcmp(kind, "Functional") == 0;
}

static int add_layer(px_keras_network *network, px_keras_layer layer, const int *inputs,
                     int n_inputs, px_error *err) {
    int n = network->n_layers;
    if (n >= MAX_LAYERS) {
        px_fail(err, PX_ERR_LIMIT, layer.name, "more than %d layers", (int)MAX_LAYERS);
        return -1;
    }
    void *layers = network->layers;
    if ((n & (n - 1)) == 0 && !px_realloc(&layers, n ? (size_t)n * 2 : 1, sizeof layer, err))
        return -1;
    network->layers = layers;
    layer.inputs = px_alloc((size_t)n_inputs, sizeof *inputs, err);
    if (!layer.inputs)
        return -1;
    if (n_inputs)
        memcpy(layer.inputs, inputs, (size_t)n_inputs * sizeof *inputs);
    layer.n_inputs = n_inputs;
    network->layers[n] = layer;
    return network->n_layers++;
}

static int side_of(const json_t *shape, size_t index) {
    json_int_t side = json_integer_value(json_array_get(shape, index));
    return side < 1 || side > INT_MAX ? 0 : (int)side;
}

/* The network's input, from an InputLayer or a first layer that states its input's shape. */
static int add_input(px_keras_network *network, const json_t *layer, const char *name,
                     px_error *err) {
    const json_t *config = json_object_get(layer, "config");
    const json_t *shape = json_object_get(config, "batch_input_shape");
    if (!shape)
        shape = json_object_get(config, "batch_shape");
    if (network->n_layers > 0) {
        px_fail(err, PX_ERR_UNSUPPORTED, name, "a second input: one is allowed");
        return -1;
    }
    px_shape input = {side_of(shape, 1), side_of(shape, 2), side_of(shape, 3)};
    if (json_array_size(shape) != 4 || !input.h || !input.w || !input.c) {
        px_fail(err, PX_ERR_UNSUPPORTED, name,
                "its input shape must be [null, height, width, channels], all three given");
        return -1;
    }
    network->input = input;
    px_keras_layer node = {.kind = "InputLayer", .name = name, .scope = name, .config = config};
    return add_layer(network, node, NULL, 0, err);
}

/* One layer of a model, or a whole nested one. @return its output, or -1. */
static int add_item(px_keras_network *network, const json_t *item, const char *scope,
                    const int *inputs, int n_inputs, int depth, px_error *err) {
    const char *kind = text_of(item, "class_name"), *name = name_of(item);
    if (is_model(kind)) {
        int output = -1;
        if (n_inputs > 1)
            px_fail(err, PX_ERR_UNSUPPORTED, name, "a model inside the model with %d inputs",
                    n_inputs);
        else
            flatten(network, item, scope ? scope : name, n_inputs ? inputs[0] : -1, depth + 1,
                    &output, err);
        return output;
    }
    px_keras_layer layer = {.kind = kind,
                            .name = name,
                            .scope = scope ? scope : name,
                            .config = json_object_get(item, "config"),
                            .weights = {-1, -1, -1, -1}};
    return add_layer(network, layer, inputs, n_inputs, err);
}

static bool check_item(const json_t *item, px_error *err) {
    const char *kind = text_of(item, "class_name"), *name = name_of(item);
    if (!kind)
        return px_fail(err, PX_ERR_INPUT, name, "a layer without class_name");
    if (!name && !is_model(kind))
        return px_fail(err, PX_ERR_INPUT, kind, "a layer without a name");
    return true;
}

static bool flatten_sequential(px_keras_network *network, const json_t *layers, const char *scope,
                               int input, int depth, int *output, px_error *err) {
    int last = input;
    size_t i;
    json_t *item;
    json_array_foreach(layers, i, item) {
        if (!check_item(item, err))
            return false;
        const char *kind = text_of(item, "class_name"), *name = name_of(item);
        bool is_input = strcmp(kind, "InputLayer") == 0;
        if (is_input && i > 0)
            return px_fail(err, PX_ERR_INPUT, name, "an input in the middle of a model");
        if (last < 0 && !is_model(kind)) {
            last = add_input(network, item, is_input ? name : "input", err);
            if (last < 0)
                return false;
        }
        if (!is_input)
            last = add_item(network, item, scope, &last, last < 0 ? 0 : 1, depth, err);
        if (last < 0)
            return false;
    }
    *output = last;
    return last >= 0 || px_fail(err, PX_ERR_INPUT, scope, "a model without layers");
}

/* The one entry of input_layers or output_layers: [["relu", 0, 0]], or without the outer list. */
static const char *only_end(const json_t *config, const char *key, px_error *err) {
    const json_t *ends = json_object_get(config, key);
    const json_t *first = json_array_get(ends, 0);
    const char *name = json_string_value(first);
    if (!name && json_array_size(ends) == 1)
        name = json_string_value(json_array_get(first, 0));
    if (!name)
        px_fail(err, PX_ERR_UNSUPPORTED, text_of(config, "name"), "%s must name exactly one layer",
                key);
    return name;
}

/* One source of a layer: ["name", node, tensor, {}], found among the model's earlier layers. */
static int find_source(const json_t *made, const json_t *source, const char *layer, px_error *err) {
    const char *name = json_string_value(json_array_get(source, 0));
    const json_t *index = name ? json_object_get(made, name) : NULL;
    if (!name)
        px_fail(err, PX_ERR_UNSUPPORTED, layer, "its inbound_nodes are not as Keras 2 writes them");
    else if (json_integer_value(json_array_get(source, 2)) != 0)
        px_fail(err, PX_ERR_UNSUPPORTED, layer, "it takes a second output of %s", name);
    else if (json_object_size(json_array_get(source, 3)) > 0)
        px_fail(err, PX_ERR_UNSUPPORTED, layer, "it is called with extra arguments");
    else if (!index)
        px_fail(err, PX_ERR_INPUT, layer, "its input %s is not an earlier layer", name);
    else
        return (int)json_integer_value(index);
    return -1;
}

static int *find_sources(const json_t *made, const json_t *item, int *count, px_error *err) {
    const json_t *calls = json_object_get(item, "inbound_nodes");
    const json_t *sources = json_array_get(calls, 0);
    const char *name = name_of(item);
    size_t n = json_array_size(sources);
    if (json_array_size(calls) != 1 || n < 1 || n > MAX_LAYERS) {
        px_fail(err, PX_ERR_UNSUPPORTED, name,
                "used %zu times with %zu inputs: a layer must be used once, after its inputs",
                json_array_size(calls), n);
        return NULL;
    }
    int *indexes = px_alloc(n, sizeof *indexes, err);
    for (size_t i = 0; indexes && i < n; i++) {
        indexes[i] = find_source(made, json_array_get(sources, i), name, err);
        if (indexes[i] < 0) {
            free(indexes);
            return NULL;
        }
    }
    *count = (int)n;
    return indexes;
}

/* One layer of a functional model; `made` maps names to outputs. */
static bool add_functional(px_keras_network *network, const json_t *item, const char *scope,
                           int input, int depth, json_t *made, px_error *err) {
    const char *kind = text_of(item, "class_name"), *name = name_of(item);
    int index = -1;
    if (strcmp(kind, "InputLayer") == 0) {
        if (json_object_size(made) > 0)
            return px_fail(err, PX_ERR_UNSUPPORTED, name, "a second input: one is allowed");
        index = input >= 0 ? input : add_input(network, item, name, err);
    } else {
        int count = 0;
        int *sources = find_sources(made, item, &count, err);
        if (sources)
            index = add_item(network, item, scope, sources, count, depth, err);
        free(sources);
    }
    if (index < 0)
        return false;
    if (json_object_get(made, name))
        return px_fail(err, PX_ERR_INPUT, name, "two layers have this name");
    return json_object_set_new(made, name, json_integer(index)) == 0 || px_fail_memory(err);
}

static bool flatten_functional(px_keras_network *network, const json_t *config, const char *scope,
                               int input, int depth, int *output, px_error *err) {
    const char *first = only_end(config, "input_layers", err);
    const char *last = first ? only_end(config, "output_layers", err) : NULL;
    json_t *made = json_object();
    bool ok = last && (made || px_fail_memory(err));
    size_t i;
    json_t *item;
    json_array_foreach(json_object_get(config, "layers"), i, item) {
        ok = ok && check_item(item, err) &&
             (name_of(item) || px_fail(err, PX_ERR_INPUT, scope, "a model without a name")) &&
             add_functional(network, item, scope, input, depth, made, err);
        if (!ok)
            break;
    }
    const json_t *index = ok ? json_object_get(made, last) : NULL;
    if (ok && !index)
        ok = px_fail(err, PX_ERR_INPUT, last, "the model's output is not one of its layers");
    if (ok)
        *output = (int)json_integer_value(index);
    json_decref(made);
    return ok;
}

static bool flatten(px_keras_network *network, const json_t *model, const char *scope, int input,
                    int depth, int *output, px_error *err) {
    const json_t *config = json_object_get(model, "config");
    const json_t *layers = json_is_array(config) ? config : json_object_get(config, "layers");
    if (depth > MAX_DEPTH)
        return px_fail(err, PX_ERR_LIMIT, scope, "models nested deeper than %d", (int)MAX_DEPTH);
    if (!json_is_array(layers))
        return px_fail(err, PX_ERR_INPUT, scope, "a model without a list of layers");
    if (strcmp(text_of(model, "class_name"), "Sequential") == 0)
        return flatten_sequential(network, layers, scope, input, depth, output, err);
    return flatten_functional(network, config, scope, input, depth, output, err);
}

bool px_keras_parse(const char *json, size_t size, px_keras_network *network, px_error *err) {
    json_error_t where;
    px_keras_network made = {.output = -1};
    made.json = json_loadb(json, size, 0, &where);
    if (!made.json)
        return px_fail(err, PX_ERR_INPUT, NULL, "not JSON: line %d, column %d: %s", where.line,
                       where.column, where.text);
    const char *kind = text_of(made.json, "class_name");
    bool ok = (kind && is_model(kind)) ||
              px_fail(err, PX_ERR_INPUT, NULL,
                      "not a Keras architecture: class_name must be Sequential, Model or "
                      "Functional");
    ok = ok && flatten(&made, made.json, NULL, -1, 0, &made.output, err);
    if (ok)
        *network = made;
    else
        px_keras_clear(&made);
    return ok;
}

void px_keras_clear(px_keras_network *network) {
    for (int i = 0; i < network->n_layers; i++)
        free(network->layers[i].inputs);
    free(network->layers);
    json_decref(network->json);
    *network = (px_keras_network){0};
}
