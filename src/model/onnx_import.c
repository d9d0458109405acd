/* ONNX files as models: the graph's inputs, constants and nodes in order. */
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "import_common.h"
#include "onnx.h"

enum { LEAST_OPSET = 9, MOST_OPSET = 21, MAX_NODES = 20000, MAX_CONSTANTS = 100000 };

static const char *text_of(const char *text) {
    return text ? text : "";
}

static bool read_opset(const Onnx__ModelProto *model, int64_t *opset, px_error *err) {
    int64_t version = 0;
    for (size_t i = 0; i < model->n_opset_import; i++) {
        const char *domain = text_of(model->opset_import[i]->domain);
        if (!domain[0] || strcmp(domain, "ai.onnx") == 0)
            version = model->opset_import[i]->version;
    }
    if (version < LEAST_OPSET || version > MOST_OPSET)
        return px_fail(err, PX_ERR_UNSUPPORTED, NULL, "opset %lld: %d to %d are supported",
                       (long long)version, (int)LEAST_OPSET, (int)MOST_OPSET);
    *opset = version;
    return true;
}

static bool define(px_onnx_import *c, const char *name, px_onnx_value value) {
    if (json_object_get(c->names, name))
        return px_fail(c->err, PX_ERR_INPUT, name, "two values have this name");
    c->values[c->n_values] = value;
    return json_object_set_new_nocheck(c->names, name, json_integer(c->n_values++)) == 0 ||
           px_fail_memory(c->err);
}

static int side_of(const Onnx__TensorShapeProto *shape, size_t i) {
    int64_t side = shape->dim[i]->dim_value;
    return side < 1 || side > INT32_MAX ? 0 : (int)side;
}

/* TensorFlow's converter keeps [N, height, width, channels] and turns it before all else. */
static bool is_turned_first(const Onnx__GraphProto *graph, const char *input) {
    for (size_t i = 0; i < graph->n_node; i++) {
        const Onnx__NodeProto *node = graph->node[i];
        for (size_t k = 0; k < node->n_input; k++) {
            if (strcmp(node->input[k], input) == 0)
                return strcmp(text_of(node->op_type), "Transpose") == 0;
        }
    }
    return false;
}

static bool read_input_shape(const Onnx__ValueInfoProto *input, bool channels_last, px_shape *shape,
                             px_error *err) {
    const Onnx__TypeProto__Tensor *type = input->type ? input->type->tensor_type : NULL;
    const Onnx__TensorShapeProto *dims = type ? type->shape : NULL;
    const char *name = text_of(input->name);
    if (!dims || type->elem_type != PX_ONNX_FLOAT || dims->n_dim != 4)
        return px_fail(err, PX_ERR_UNSUPPORTED, name,
                       "the input must be float32 [N, channels, height, width]");
    int sides[3] = {side_of(dims, 1), side_of(dims, 2), side_of(dims, 3)};
    if (!sides[0] || !sides[1] || !sides[2])
        return px_fail(err, PX_ERR_UNSUPPORTED, name,
                       "the input's channels, height and width must be fixed numbers");
    *shape = channels_last ? (px_shape){sides[0], sides[1], sides[2]}
                           : (px_shape){sides[1], sides[2], sides[0]};
    return true;
}

static bool add_constants(px_onnx_import *c) {
    for (size_t i = 0; i < c->source->n_initializer; i++) {
        const Onnx__TensorProto *tensor = c->source->initializer[i];
        if (!define(c, text_of(tensor->name), (px_onnx_value){.constant = tensor}))
            return false;
    }
    return true;
}

/* Old files list their constants among the inputs too. */
static bool add_input(px_onnx_import *c) {
    const Onnx__ValueInfoProto *input = NULL;
    for (size_t i = 0; i < c->source->n_input; i++) {
        const Onnx__ValueInfoProto *item = c->source->input[i];
        if (json_object_get(c->names, text_of(item->name)))
            continue;
        if (input)
            return px_fail(c->err, PX_ERR_UNSUPPORTED, text_of(item->name),
                           "a second input: one is allowed");
        input = item;
    }
    if (!input)
        return px_fail(c->err, PX_ERR_INPUT, NULL, "the network has no input");
    const char *name = text_of(input->name);
    px_onnx_value value = {.rank = 4, .channels_last = is_turned_first(c->source, name)};
    px_shape shape;
    if (!read_input_shape(input, value.channels_last, &shape, c->err))
        return false;
    value.node = px_graph_add_node(c->graph, PX_OP_INPUT, name, NULL, 0, c->err);
    if (value.node < 0)
        return false;
    c->graph->nodes[value.node].shape = shape;
    return define(c, name, value);
}

/* The nodes that the first output depends on: going backwards, each names what it needs. */
static bool *find_needed(const px_onnx_import *c) {
    const Onnx__GraphProto *g = c->source;
    bool *needed = px_alloc(g->n_node, sizeof *needed, c->err);
    json_t *names = json_object();
    bool ok = needed && names &&
              json_object_set_new_nocheck(names, text_of(g->output[0]->name), json_true()) == 0;
    for (size_t i = g->n_node; ok && i-- > 0;) {
        const Onnx__NodeProto *node = g->node[i];
        for (size_t k = 0; k < node->n_output; k++)
            needed[i] = needed[i] || json_object_get(names, node->output[k]);
        for (size_t k = 0; ok && needed[i] && k < node->n_input; k++)
            ok = json_object_set_new_nocheck(names, node->input[k], json_true()) == 0;
    }
    json_decref(names);
    if (ok)
        return needed;
    px_fail_memory(c->err);
    free(needed);
    return NULL;
}

/* The node's own name, or its output's where it has none or another node has it. */
static const char *pick_name(const px_onnx_import *c, const Onnx__NodeProto *node) {
    const char *name = text_of(node->name);
    const char *output = node->n_output ? node->output[0] : "";
    return name[0] && px_graph_find_node(c->graph, name) < 0 ? name : output;
}

static bool convert_nodes(px_onnx_import *c) {
    bool *needed = find_needed(c);
    bool ok = needed != NULL;
    for (size_t i = 0; ok && i < c->source->n_node; i++) {
        if (!needed[i])
            continue;
        px_onnx_value out;
        c->node = c->source->node[i];
        c->name = pick_name(c, c->node);
        ok = px_onnx_convert_node(c, &out) && define(c, c->node->output[0], out);
    }
    free(needed);
    return ok;
}

static bool find_output(px_onnx_import *c) {
    const char *name = text_of(c->source->output[0]->name);
    const json_t *index = json_object_get(c->names, name);
    const px_onnx_value *value = index ? &c->values[json_integer_value(index)] : NULL;
    if (!value || value->constant)
        return px_fail(c->err, PX_ERR_INPUT, name, "the network's output is made by no node");
    c->graph->output = value->node;
    return true;
}

static bool convert_graph(px_onnx_import *c) {
    const Onnx__GraphProto *g = c->source;
    if (g->n_output < 1)
        return px_fail(c->err, PX_ERR_INPUT, NULL, "the network has no output");
    if (g->n_node > MAX_NODES || g->n_initializer > MAX_CONSTANTS)
        return px_fail(c->err, PX_ERR_LIMIT, NULL,
                       "%zu nodes and %zu constants: at most %d and %d are allowed", g->n_node,
                       g->n_initializer, (int)MAX_NODES, (int)MAX_CONSTANTS);
    c->names = json_object();
    c->values = px_alloc(g->n_initializer + g->n_node + 1, sizeof *c->values, c->err);
    bool ok = (c->names || px_fail_memory(c->err)) && c->values && add_constants(c) &&
              add_input(c) && convert_nodes(c) && find_output(c);
    json_decref(c->names);
    free(c->values);
    return ok;
}

bool px_onnx_to_graph(const uint8_t *bytes, size_t size, px_graph *graph, px_error *err) {
    px_error own = {0};
    px_graph built;
    px_graph_init(&built);
    px_onnx_import c = {.graph = &built, .numbers_left = (int64_t)size, .err = &own};
    Onnx__ModelProto *model = onnx__model_proto__unpack(NULL, size, bytes);
    bool ok = (model && model->graph) ||
              px_fail(&own, PX_ERR_INPUT, NULL, "not an ONNX file, or a damaged one");
    if (ok) {
        c.source = model->graph;
        ok = read_opset(model, &c.opset, &own) && convert_graph(&c);
    }
    if (model)
        onnx__model_proto__free_unpacked(model, NULL);
    if (ok) {
        *graph = built;
    } else {
        px_graph_clear(&built);
        px_fail(err, own.code, own.subject, "%s", own.message);
    }
    return ok;
}

px_model *px_import_onnx(const char *path, const px_import_options *options, px_error *err) {
    px_error own = {0};
    px_mapping bytes = {0};
    px_model *model = px_model_new(&own);
    bool ok = model && px_import_open(&bytes, path, &own) &&
              px_onnx_to_graph(bytes.data, bytes.size, &model->graph, &own) &&
              px_import_note_file(model, "network", path, &bytes, &own) &&
              px_import_finish(model, options, path, "onnx", &own);
    px_mapping_close(&bytes);
    if (ok)
        return model;
    if (own.code != PX_ERR_USAGE)
        px_error_add_whole(&own, path);
    px_fail(err, own.code, own.subject, "%s", own.message);
    px_model_unref(model);
    return NULL;
}
