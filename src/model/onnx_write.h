/* Building an ONNX message. All of it is malloc'ed, so that protobuf-c's own
 * onnx__model_proto__free_unpacked() frees it, finished or not. */
#ifndef PX_MODEL_ONNX_WRITE_H
#define PX_MODEL_ONNX_WRITE_H

#include "onnx.h"

enum { PX_ONNX_MAX_ATTRIBUTES = 6 };

/** A model with an empty graph of one input and one output, and room for what will be appended.
 *  Opset 13, IR version 8. NULL and an error. */
Onnx__ModelProto *px_onnx_new_model(const char *name, size_t most_nodes, size_t most_constants,
                                    px_error *err);

/** Name a graph input or output: float32 [N, dims…]. */
bool px_onnx_set_value_info(Onnx__ValueInfoProto *info, const char *name, const int64_t *dims,
                            size_t n_dims, px_error *err);

/** Append a node with one output; texts are copied. NULL and an error. */
Onnx__NodeProto *px_onnx_new_node(Onnx__GraphProto *graph, const char *op_type, const char *name,
                                  const char *const *inputs, size_t n_inputs, const char *output,
                                  px_error *err);

/** Give a node an attribute, PX_ONNX_MAX_ATTRIBUTES at most. */
bool px_onnx_set_int(Onnx__NodeProto *node, const char *name, int64_t value, px_error *err);
bool px_onnx_set_float(Onnx__NodeProto *node, const char *name, float value, px_error *err);
bool px_onnx_set_text(Onnx__NodeProto *node, const char *name, const char *value, px_error *err);
bool px_onnx_set_ints(Onnx__NodeProto *node, const char *name, const int *values, size_t count,
                      px_error *err);

/** Append a constant; @return its `size` uninitialised bytes to fill in, or NULL and an error. */
void *px_onnx_new_constant(Onnx__GraphProto *graph, const char *name, int data_type,
                           const int64_t *dims, size_t n_dims, size_t size, px_error *err);

/** Note something for people: model.metadata_props, two at most. */
bool px_onnx_add_note(Onnx__ModelProto *model, const char *key, const char *value, px_error *err);

#endif
