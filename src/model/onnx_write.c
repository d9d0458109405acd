/* Building an ONNX message out of malloc'ed pieces. */
#include "onnx_write.h"

#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"

enum { IR_VERSION = 8, OPSET = 13, MOST_NOTES = 2 };

/* One zeroed message of a type, set to its initial value; NULL and an error. */
#define NEW_MESSAGE(variable, type, initial)                                                       \
    type *variable = px_alloc(1, sizeof *variable, err);                                           \
    if (variable)                                                                                  \
    *variable = (type)initial

static Onnx__ValueInfoProto **new_value_info(px_error *err) {
    Onnx__ValueInfoProto **list = px_alloc(1, sizeof *list, err);
    NEW_MESSAGE(info, Onnx__ValueInfoProto, ONNX__VALUE_INFO_PROTO__INIT);
    if (list && info) {
        list[0] = info;
        return list;
    }
    free(list);
    free(info);
    return NULL;
}

static bool fill_graph(Onnx__GraphProto *graph, const char *name, size_t most_nodes,
                       size_t most_constants, px_error *err) {
    graph->name = px_strdup(name, err);
    graph->node = px_alloc(most_nodes, sizeof *graph->node, err);
    graph->initializer = px_alloc(most_constants, sizeof *graph->initializer, err);
    graph->input = new_value_info(err);
    graph->n_input = graph->input ? 1 : 0;
    graph->output = new_value_info(err);
    graph->n_output = graph->output ? 1 : 0;
    return graph->name && graph->node && graph->initializer && graph->input && graph->output;
}

static bool fill_model(Onnx__ModelProto *model, px_error *err) {
    model->has_ir_version = 1;
    model->ir_version = IR_VERSION;
    model->producer_name = px_strdup("perxeptron", err);
    model->producer_version = px_strdup(px_version(), err);
    model->metadata_props = px_alloc(MOST_NOTES, sizeof *model->metadata_props, err);
    model->opset_import = px_alloc(1, sizeof *model->opset_import, err);
    NEW_MESSAGE(opset, Onnx__OperatorSetIdProto, ONNX__OPERATOR_SET_ID_PROTO__INIT);
    if (!model->opset_import || !opset) {
        free(opset);
        return false;
    }
    opset->has_version = 1;
    opset->version = OPSET;
    model->opset_import[model->n_opset_import++] = opset;
    opset->domain = px_strdup("", err);
    return model->producer_name && model->producer_version && model->metadata_props &&
           opset->domain;
}

Onnx__ModelProto *px_onnx_new_model(const char *name, size_t most_nodes, size_t most_constants,
                                    px_error *err) {
    NEW_MESSAGE(model, Onnx__ModelProto, ONNX__MODEL_PROTO__INIT);
    NEW_MESSAGE(graph, Onnx__GraphProto, ONNX__GRAPH_PROTO__INIT);
    if (!model || !graph) {
        free(model);
        free(graph);
        return NULL;
    }
    model->graph = graph;
    if (fill_graph(graph, name, most_nodes, most_constants, err) && fill_model(model, err))
        return model;
    onnx__model_proto__free_unpacked(model, NULL);
    return NULL;
}

static bool add_dimension(Onnx__TensorShapeProto *shape, int64_t size, px_error *err) {
    NEW_MESSAGE(dim, Onnx__TensorShapeProto__Dimension, ONNX__TENSOR_SHAPE_PROTO__DIMENSION__INIT);
    if (!dim)
        return false;
    shape->dim[shape->n_dim++] = dim;
    if (size < 0) {
        dim->dim_param = px_strdup("N", err);
        return dim->dim_param != NULL;
    }
    dim->has_dim_value = 1;
    dim->dim_value = size;
    return true;
}

bool px_onnx_set_value_info(Onnx__ValueInfoProto *info, const char *name, const int64_t *dims,
                            size_t n_dims, px_error *err) {
    NEW_MESSAGE(type, Onnx__TypeProto, ONNX__TYPE_PROTO__INIT);
    NEW_MESSAGE(tensor, Onnx__TypeProto__Tensor, ONNX__TYPE_PROTO__TENSOR__INIT);
    NEW_MESSAGE(shape, Onnx__TensorShapeProto, ONNX__TENSOR_SHAPE_PROTO__INIT);
    if (!type || !tensor || !shape) {
        free(type);
        free(tensor);
        free(shape);
        return false;
    }
    info->type = type;
    type->tensor_type = tensor;
    tensor->has_elem_type = 1;
    tensor->elem_type = PX_ONNX_FLOAT;
    tensor->shape = shape;
    info->name = px_strdup(name, err);
    shape->dim = px_alloc(n_dims + 1, sizeof *shape->dim, err);
    bool ok = info->name && shape->dim && add_dimension(shape, -1, err);
    for (size_t i = 0; ok && i < n_dims; i++)
        ok = add_dimension(shape, dims[i], err);
    return ok;
}

static bool copy_texts(char ***list, size_t *count, const char *const *texts, size_t n,
                       px_error *err) {
    *list = px_alloc(n, sizeof **list, err);
    for (size_t i = 0; *list && i < n; i++) {
        (*list)[i] = px_strdup(texts[i], err);
        if (!(*list)[i])
            return false;
        *count = i + 1;
    }
    return *list != NULL;
}

Onnx__NodeProto *px_onnx_new_node(Onnx__GraphProto *graph, const char *op_type, const char *name,
                                  const char *const *inputs, size_t n_inputs, const char *output,
                                  px_error *err) {
    NEW_MESSAGE(node, Onnx__NodeProto, ONNX__NODE_PROTO__INIT);
    if (!node)
        return NULL;
    graph->node[graph->n_node++] = node; /* freed with the model from here on */
    node->name = px_strdup(name, err);
    node->op_type = px_strdup(op_type, err);
    node->attribute = px_alloc(PX_ONNX_MAX_ATTRIBUTES, sizeof *node->attribute, err);
    bool ok = node->name && node->op_type && node->attribute &&
              copy_texts(&node->input, &node->n_input, inputs, n_inputs, err) &&
              copy_texts(&node->output, &node->n_output, &output, 1, err);
    return ok ? node : NULL;
}

static Onnx__AttributeProto *add_attribute(Onnx__NodeProto *node, const char *name, int type,
                                           px_error *err) {
    NEW_MESSAGE(attribute, Onnx__AttributeProto, ONNX__ATTRIBUTE_PROTO__INIT);
    if (!attribute)
        return NULL;
    node->attribute[node->n_attribute++] = attribute;
    attribute->has_type = 1;
    attribute->type = type;
    attribute->name = px_strdup(name, err);
    return attribute->name ? attribute : NULL;
}

bool px_onnx_set_int(Onnx__NodeProto *node, const char *name, int64_t value, px_error *err) {
    Onnx__AttributeProto *attribute = add_attribute(node, name, PX_ONNX_ATTR_INT, err);
    if (!attribute)
        return false;
    attribute->has_i = 1;
    attribute->i = value;
    return true;
}

bool px_onnx_set_float(Onnx__NodeProto *node, const char *name, float value, px_error *err) {
    Onnx__AttributeProto *attribute = add_attribute(node, name, PX_ONNX_ATTR_FLOAT, err);
    if (!attribute)
        return false;
    attribute->has_f = 1;
    attribute->f = value;
    return true;
}

bool px_onnx_set_text(Onnx__NodeProto *node, const char *name, const char *value, px_error *err) {
    Onnx__AttributeProto *attribute = add_attribute(node, name, PX_ONNX_ATTR_STRING, err);
    char *copy = attribute ? px_strdup(value, err) : NULL;
    if (!copy)
        return false;
    attribute->has_s = 1;
    attribute->s = (ProtobufCBinaryData){strlen(value), (uint8_t *)copy};
    return true;
}

bool px_onnx_set_ints(Onnx__NodeProto *node, const char *name, const int *values, size_t count,
                      px_error *err) {
    Onnx__AttributeProto *attribute = add_attribute(node, name, PX_ONNX_ATTR_INTS, err);
    if (!attribute)
        return false;
    attribute->ints = px_alloc(count, sizeof *attribute->ints, err);
    for (size_t i = 0; attribute->ints && i < count; i++)
        attribute->ints[attribute->n_ints++] = values[i];
    return attribute->ints != NULL;
}

void *px_onnx_new_constant(Onnx__GraphProto *graph, const char *name, int data_type,
                           const int64_t *dims, size_t n_dims, size_t size, px_error *err) {
    NEW_MESSAGE(tensor, Onnx__TensorProto, ONNX__TENSOR_PROTO__INIT);
    if (!tensor)
        return NULL;
    graph->initializer[graph->n_initializer++] = tensor;
    tensor->name = px_strdup(name, err);
    tensor->has_data_type = 1;
    tensor->data_type = data_type;
    tensor->dims = px_alloc(n_dims, sizeof *tensor->dims, err);
    for (size_t i = 0; tensor->dims && i < n_dims; i++)
        tensor->dims[tensor->n_dims++] = dims[i];
    tensor->raw_data = (ProtobufCBinaryData){size, px_alloc_aligned(size, err)};
    tensor->has_raw_data = tensor->raw_data.data != NULL;
    return tensor->name && tensor->dims ? tensor->raw_data.data : NULL;
}

bool px_onnx_add_note(Onnx__ModelProto *model, const char *key, const char *value, px_error *err) {
    NEW_MESSAGE(entry, Onnx__StringStringEntryProto, ONNX__STRING_STRING_ENTRY_PROTO__INIT);
    if (!entry)
        return false;
    model->metadata_props[model->n_metadata_props++] = entry;
    entry->key = px_strdup(key, err);
    entry->value = px_strdup(value, err);
    return entry->key && entry->value;
}
