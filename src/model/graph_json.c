/* Graphs to JSON and back: one table says which operation has which attributes. */
#include "graph_json.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/json_fields.h"
#include "../base/memory.h"

enum { MAX_NODES = 1 << 14, MAX_NUMBER = 1 << 20 };

#define OP(op) (1u << (op))
#define ANY_OP (~0u)
#define POOLS (OP(PX_OP_MAX_POOL) | OP(PX_OP_AVG_POOL))
#define WINDOWS (OP(PX_OP_CONV2D) | POOLS)
#define WEIGHTED (OP(PX_OP_CONV2D) | OP(PX_OP_DENSE) | OP(PX_OP_BATCH_NORM))

/* A node has exactly the attributes of its operation. */
static const struct px_attribute {
    const char *key;
    unsigned ops;
} attributes[] = {
    {"op", ANY_OP},
    {"name", ANY_OP},
    {"inputs", ANY_OP & ~OP(PX_OP_INPUT)},
    {"kernel", WINDOWS},
    {"strides", WINDOWS},
    {"padding", WINDOWS | OP(PX_OP_PAD)},
    {"groups", OP(PX_OP_CONV2D)},
    {"count_include_pad", OP(PX_OP_AVG_POOL)},
    {"epsilon", OP(PX_OP_BATCH_NORM)},
    {"factor", OP(PX_OP_SCALE)},
    {"rate", OP(PX_OP_DROPOUT)},
    {"tensors", WEIGHTED},
};

static const char *const affine_slots[PX_NODE_TENSORS] = {
    [PX_KERNEL] = "kernel", [PX_BIAS] = "bias"};
static const char *const norm_slots[PX_NODE_TENSORS] = {
    [PX_GAMMA] = "gamma", [PX_BETA] = "beta", [PX_MEAN] = "mean", [PX_VARIANCE] = "variance"};

static const char *const *slots_of(px_op op) {
    return op == PX_OP_BATCH_NORM ? norm_slots : affine_slots;
}

static bool has(px_op op, const char *key) {
    for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++) {
        if (strcmp(attributes[i].key, key) == 0)
            return attributes[i].ops & OP(op);
    }
    return false;
}

/* ---- writing ------------------------------------------------------------------------------- */

static json_t *inputs_to_json(const px_graph *graph, const px_node *node) {
    json_t *array = json_array();
    bool ok = array != NULL;
    for (int i = 0; ok && i < node->n_inputs; i++)
        ok = json_array_append_new(array, json_string(graph->nodes[node->inputs[i]].name)) == 0;
    return px_json_keep_if(array, ok);
}

/* Resolved 'same' padding is left out: it depends on the input's size. */
static json_t *padding_to_json(const px_window *window) {
    if (window->padding == PX_PADDING_VALID)
        return json_string("valid");
    if (window->padding == PX_PADDING_SAME)
        return json_string("same");
    return json_pack("[i, i, i, i]", window->top, window->left, window->bottom, window->right);
}

static json_t *tensors_to_json(const px_graph *graph, const px_node *node) {
    json_t *object = json_object();
    const char *const *slots = slots_of(node->op);
    bool ok = object != NULL;
    for (int i = 0; ok && i < PX_NODE_TENSORS; i++) {
        if (slots[i] && node->tensors[i] >= 0)
            ok = json_object_set_new(object, slots[i],
                                     json_string(graph->tensors[node->tensors[i]].name)) == 0;
    }
    return px_json_keep_if(object, ok);
}

static json_t *attribute_to_json(const px_graph *graph, const px_node *node, const char *key) {
    const px_window *window = &node->window;
    if (strcmp(key, "op") == 0)
        return json_string(px_op_name(node->op));
    if (strcmp(key, "name") == 0)
        return json_string(node->name);
    if (strcmp(key, "inputs") == 0)
        return inputs_to_json(graph, node);
    if (strcmp(key, "kernel") == 0)
        return json_pack("[i, i]", window->kernel_h, window->kernel_w);
    if (strcmp(key, "strides") == 0)
        return json_pack("[i, i]", window->stride_h, window->stride_w);
    if (strcmp(key, "padding") == 0)
        return padding_to_json(window);
    if (strcmp(key, "groups") == 0)
        return json_integer(node->groups);
    if (strcmp(key, "count_include_pad") == 0)
        return json_boolean(node->count_include_pad);
    if (strcmp(key, "epsilon") == 0)
        return px_json_from_float(node->epsilon);
    if (strcmp(key, "tensors") == 0)
        return tensors_to_json(graph, node);
    return px_json_from_float(node->scale); /* factor, rate */
}

static json_t *node_to_json(const px_graph *graph, const px_node *node, px_error *err) {
    json_t *object = json_object();
    bool ok = object != NULL;
    for (size_t i = 0; ok && i < sizeof attributes / sizeof *attributes; i++) {
        const char *key = attributes[i].key;
        if (attributes[i].ops & OP(node->op))
            ok = json_object_set_new(object, key, attribute_to_json(graph, node, key)) == 0;
    }
    if (!ok)
        px_fail(err, PX_ERR_INPUT, node->name, "its names or numbers cannot be written as JSON");
    return px_json_keep_if(object, ok);
}

static bool check_node_count(size_t count, px_error *err) {
    return count <= MAX_NODES || px_fail(err, PX_ERR_LIMIT, "graph",
                                         "%zu layers: at most %d are allowed", count, MAX_NODES);
}

json_t *px_graph_to_json(const px_graph *graph, px_error *err) {
    if (!check_node_count((size_t)graph->n_nodes, err))
        return NULL;
    json_t *nodes = json_array();
    bool ok = nodes != NULL;
    for (int i = 0; ok && i < graph->n_nodes; i++) {
        json_t *node = node_to_json(graph, &graph->nodes[i], err);
        ok = node && json_array_append_new(nodes, node) == 0;
    }
    const char *output = ok && graph->output >= 0 ? graph->nodes[graph->output].name : "";
    json_t *json = ok ? json_pack("{s:O, s:s}", "nodes", nodes, "output", output) : NULL;
    if (!json)
        px_fail_memory(err);
    json_decref(nodes);
    return json;
}

/* ---- reading ------------------------------------------------------------------------------- */

/* Indexes of what has been seen, by name, so that reading stays linear. */
typedef struct px_lookup {
    json_t *nodes, *tensors;
    bool *used; /* [n_tensors] */
} px_lookup;

static bool check_keys(const json_t *json, px_op op, const char *name, px_error *err) {
    for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++) {
        if ((attributes[i].ops & OP(op)) && !json_object_get(json, attributes[i].key))
            return px_fail(err, PX_ERR_INPUT, name, "a %s layer needs \"%s\"", px_op_name(op),
                           attributes[i].key);
    }
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)json, key, value) {
        if (!has(op, key))
            return px_fail(err, PX_ERR_UNSUPPORTED, name, "a %s layer has no attribute \"%s\"",
                           px_op_name(op), key);
    }
    return true;
}

static int *read_inputs(const json_t *json, const px_lookup *lookup, const char *name, int *count,
                        px_error *err) {
    json_t *array = json_object_get(json, "inputs");
    size_t n = json_array_size(array);
    int *inputs = px_alloc(n, sizeof *inputs, err);
    for (size_t i = 0; inputs && i < n; i++) {
        const char *input = json_string_value(json_array_get(array, i));
        const json_t *index = input ? json_object_get(lookup->nodes, input) : NULL;
        if (!index) {
            px_fail(err, PX_ERR_INPUT, name, "input %s is not an earlier layer",
                    input ? input : "?");
            free(inputs);
            return NULL;
        }
        inputs[i] = (int)json_integer_value(index);
    }
    *count = (int)n;
    return inputs;
}

static bool read_sides(const json_t *json, px_node *node, px_error *err) {
    int sides[4];
    if (!px_json_ints(json, "padding", node->name, 0, MAX_NUMBER, 4, sides, err))
        return false;
    node->window.padding = PX_PADDING_EXPLICIT;
    node->window.top = sides[0];
    node->window.left = sides[1];
    node->window.bottom = sides[2];
    node->window.right = sides[3];
    return true;
}

static bool read_padding(const json_t *json, px_node *node, px_error *err) {
    const char *name = json_string_value(json_object_get(json, "padding"));
    if (!name)
        return read_sides(json, node, err);
    const bool same = strcmp(name, "same") == 0, valid = strcmp(name, "valid") == 0;
    if (node->op == PX_OP_PAD || !(same || valid))
        return px_fail(err, PX_ERR_UNSUPPORTED, node->name, "padding \"%s\"", name);
    node->window.padding = same ? PX_PADDING_SAME : PX_PADDING_VALID;
    return true;
}

static bool read_window(const json_t *json, px_node *node, px_error *err) {
    int kernel[2], strides[2];
    if (!px_json_ints(json, "kernel", node->name, 1, MAX_NUMBER, 2, kernel, err) ||
        !px_json_ints(json, "strides", node->name, 1, MAX_NUMBER, 2, strides, err))
        return false;
    node->window.kernel_h = kernel[0];
    node->window.kernel_w = kernel[1];
    node->window.stride_h = strides[0];
    node->window.stride_w = strides[1];
    return true;
}

static int find_slot(px_op op, const char *key) {
    const char *const *slots = slots_of(op);
    for (int i = 0; i < PX_NODE_TENSORS; i++) {
        if (slots[i] && strcmp(slots[i], key) == 0)
            return i;
    }
    return -1;
}

static bool read_tensors(const json_t *json, const px_lookup *lookup, px_node *node,
                         px_error *err) {
    json_t *object = px_json_object(json, "tensors", node->name, err), *value;
    if (!object)
        return false;
    const char *key;
    json_object_foreach(object, key, value) {
        int slot = find_slot(node->op, key);
        if (slot < 0)
            return px_fail(err, PX_ERR_UNSUPPORTED, node->name, "a %s layer has no tensor \"%s\"",
                           px_op_name(node->op), key);
        const char *name = json_string_value(value);
        const json_t *index = name ? json_object_get(lookup->tensors, name) : NULL;
        if (!index)
            return px_fail(err, PX_ERR_MISMATCH, node->name, "its %s %s is not in the file", key,
                           name ? name : "?");
        node->tensors[slot] = (int)json_integer_value(index);
        lookup->used[node->tensors[slot]] = true;
    }
    return true;
}

static bool read_attributes(const json_t *json, const px_lookup *lookup, px_node *node,
                            px_error *err) {
    const char *name = node->name;
    px_op op = node->op;
    if (has(op, "kernel") && !read_window(json, node, err))
        return false;
    if (has(op, "padding") && !read_padding(json, node, err))
        return false;
    if (has(op, "groups") && !px_json_int(json, "groups", name, 1, INT_MAX, &node->groups, err))
        return false;
    if (has(op, "count_include_pad") &&
        !px_json_bool(json, "count_include_pad", name, &node->count_include_pad, err))
        return false;
    if (has(op, "epsilon") && !px_json_float(json, "epsilon", name, &node->epsilon, err))
        return false;
    if (has(op, "factor") && !px_json_float(json, "factor", name, &node->scale, err))
        return false;
    if (has(op, "rate") && !px_json_float(json, "rate", name, &node->scale, err))
        return false;
    return !has(op, "tensors") || read_tensors(json, lookup, node, err);
}

static bool read_node(px_graph *graph, const json_t *json, px_lookup *lookup, px_error *err) {
    const char *name = px_json_text(json, "name", "graph", err);
    const char *op_name = name ? px_json_text(json, "op", name, err) : NULL;
    px_op op;
    if (!op_name)
        return false;
    if (!px_op_from_name(op_name, &op))
        return px_fail(err, PX_ERR_UNSUPPORTED, name, "operation \"%s\" is not known", op_name);
    int n_inputs, *inputs = NULL;
    if (!check_keys(json, op, name, err) ||
        !(inputs = read_inputs(json, lookup, name, &n_inputs, err)))
        return false;
    int node = px_graph_add_node(graph, op, name, inputs, n_inputs, err);
    free(inputs);
    if (node < 0 || !read_attributes(json, lookup, &graph->nodes[node], err))
        return false;
    return json_object_set_new(lookup->nodes, name, json_integer(node)) == 0 || px_fail_memory(err);
}

static bool init_lookup(px_lookup *lookup, const px_graph *graph, px_error *err) {
    *lookup = (px_lookup){.nodes = json_object(),
                          .tensors = json_object(),
                          .used = px_alloc((size_t)graph->n_tensors, sizeof(bool), err)};
    bool ok = lookup->nodes && lookup->tensors && lookup->used;
    for (int i = 0; ok && i < graph->n_tensors; i++)
        ok = json_object_set_new(lookup->tensors, graph->tensors[i].name, json_integer(i)) == 0;
    return ok || px_fail_memory(err);
}

static bool read_nodes(px_graph *graph, const json_t *json, px_lookup *lookup, px_error *err) {
    json_t *nodes = px_json_array(json, "nodes", "graph", err);
    const char *output = nodes ? px_json_text(json, "output", "graph", err) : NULL;
    if (!output)
        return false;
    if (!check_node_count(json_array_size(nodes), err))
        return false;
    for (size_t i = 0; i < json_array_size(nodes); i++) {
        if (!read_node(graph, json_array_get(nodes, i), lookup, err))
            return false;
    }
    const json_t *index = json_object_get(lookup->nodes, output);
    if (!index)
        return px_fail(err, PX_ERR_INPUT, "graph", "its output %s is not a layer", output);
    graph->output = (int)json_integer_value(index);
    for (int i = 0; i < graph->n_tensors; i++) {
        if (!lookup->used[i])
            return px_fail(err, PX_ERR_MISMATCH, graph->tensors[i].name,
                           "no layer uses this tensor");
    }
    return true;
}

bool px_graph_from_json(px_graph *graph, const json_t *json, px_error *err) {
    px_lookup lookup;
    bool ok = init_lookup(&lookup, graph, err) && read_nodes(graph, json, &lookup, err);
    json_decref(lookup.nodes);
    json_decref(lookup.tensors);
    free(lookup.used);
    return ok;
}
