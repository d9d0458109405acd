/* An ONNX graph on its way to ours: named values, the node at hand, and what operators may ask. */
#ifndef PX_MODEL_ONNX_H
#define PX_MODEL_ONNX_H

#include <jansson.h>

#include "importers.h"
#include "onnx_subset.pb-c.h"

/** ONNX data types (TensorProto.DataType). */
enum {
    PX_ONNX_FLOAT = 1,
    PX_ONNX_INT32 = 6,
    PX_ONNX_INT64 = 7,
    PX_ONNX_BOOL = 9,
    PX_ONNX_FLOAT16 = 10,
    PX_ONNX_DOUBLE = 11,
};

/** ONNX attribute types (AttributeProto.AttributeType). */
enum {
    PX_ONNX_ATTR_FLOAT = 1,
    PX_ONNX_ATTR_INT = 2,
    PX_ONNX_ATTR_STRING = 3,
    PX_ONNX_ATTR_INTS = 7,
};

/** What a name stands for: a constant, or a node's activation and how ONNX sees it. */
typedef struct px_onnx_value {
    const Onnx__TensorProto *constant; /**< borrowed; NULL for activations */
    int node;                          /**< in our graph */
    int rank;                          /**< 4: [N, C, H, W]; 2: [N, C] */
    bool channels_last;                /**< rank 4 after a Transpose: [N, H, W, C] */
    px_shape flat; /**< rank 2 made by flattening a map in NCHW order: the map's shape; else h 0 */
} px_onnx_value;

typedef struct px_onnx_import {
    const Onnx__GraphProto *source;
    int64_t opset;
    px_graph *graph;
    json_t *names; /**< value name to index */
    int n_values;
    px_onnx_value *values;       /**< room for every name there can be: pointers stay good */
    int64_t numbers_left;        /**< that may still be copied out of constants */
    const Onnx__NodeProto *node; /**< the one being converted */
    const char *name;            /**< its name in our graph */
    px_error *err;               /**< never NULL */
} px_onnx_import;

/** Parse an ONNX file's bytes into a graph whose input has its shape. For files, tests, fuzzing. */
bool px_onnx_to_graph(const uint8_t *bytes, size_t size, px_graph *graph, px_error *err);

/** Record a failure of the node at hand: its name is the subject, its op_type starts the message.
 */
bool px_onnx_fail(px_onnx_import *c, px_error_code code, const char *format, ...) PX_PRINTF(3, 4);

/** Convert the node at hand. @param out its first output; set on success. */
bool px_onnx_convert_node(px_onnx_import *c, px_onnx_value *out);

/** Operators, called by px_onnx_convert_node. */
typedef bool (*px_onnx_operator)(px_onnx_import *c, px_onnx_value *out);
bool px_onnx_conv(px_onnx_import *c, px_onnx_value *out);
bool px_onnx_pool(px_onnx_import *c, px_onnx_value *out);
bool px_onnx_pad(px_onnx_import *c, px_onnx_value *out);
bool px_onnx_gemm(px_onnx_import *c, px_onnx_value *out);
bool px_onnx_mat_mul(px_onnx_import *c, px_onnx_value *out);
/** Add of a constant: the bias of the MatMul before it. */
bool px_onnx_add_bias(px_onnx_import *c, const px_onnx_value *value,
                      const Onnx__TensorProto *constant, px_onnx_value *out);
bool px_onnx_flatten(px_onnx_import *c, px_onnx_value *out);
bool px_onnx_reshape(px_onnx_import *c, px_onnx_value *out);
bool px_onnx_squeeze(px_onnx_import *c, px_onnx_value *out);
bool px_onnx_reduce_mean(px_onnx_import *c, px_onnx_value *out);
bool px_onnx_unsqueeze(px_onnx_import *c, px_onnx_value *out);
bool px_onnx_transpose(px_onnx_import *c, px_onnx_value *out);

/** The node's k-th input: NULL where it is left out or not known. */
const px_onnx_value *px_onnx_input(const px_onnx_import *c, size_t k);
/** The k-th input as an activation in NCHW or [N, C]. @param rank 4, 2, or 0 for either. @param
 * flat a flattened map is welcome. NULL and an error otherwise. */
const px_onnx_value *px_onnx_activation(px_onnx_import *c, size_t k, int rank, bool flat);
/** The k-th input as a constant; NULL and an error otherwise. */
const Onnx__TensorProto *px_onnx_constant(px_onnx_import *c, size_t k);

/** Append a node with the current name; @return index or -1. */
int px_onnx_add_node(px_onnx_import *c, px_op op, const int *inputs, int n_inputs);
/** Shape of one of our nodes' output. */
bool px_onnx_shape(px_onnx_import *c, int node, px_shape *shape);
/** Tensor "<node>/<what>" of these dimensions from float32 numbers, which it takes. */
bool px_onnx_attach(px_onnx_import *c, int node, int slot, const char *what, const int64_t *dims,
                    int n_dims, float *data);
/** A vector of exactly `count` numbers from a constant. */
bool px_onnx_attach_vector(px_onnx_import *c, int node, int slot, const char *what,
                           const Onnx__TensorProto *tensor, int64_t count);

/** Attributes of the node at hand, or the default. */
int64_t px_onnx_attr_int(const px_onnx_import *c, const char *name, int64_t fallback);
float px_onnx_attr_float(const px_onnx_import *c, const char *name, float fallback);
/** Up to `most` integers; *count is 0 where there is no such attribute. */
bool px_onnx_attr_ints(px_onnx_import *c, const char *name, int64_t *values, size_t most,
                       size_t *count);
/** Does the attribute hold this text? An absent one holds `fallback`. */
bool px_onnx_attr_is(const px_onnx_import *c, const char *name, const char *text,
                     const char *fallback);
/** Integers from the attribute or, where ONNX moved them there, from the k-th input. */
bool px_onnx_ints_of(px_onnx_import *c, const char *attribute, size_t k, int64_t *values,
                     size_t most, size_t *count);

/** A constant's numbers as float32, to be freed; its number of elements. NULL and an error. */
float *px_onnx_read_floats(px_onnx_import *c, const Onnx__TensorProto *tensor, int64_t *count);
bool px_onnx_read_ints(px_onnx_import *c, const Onnx__TensorProto *tensor, int64_t *values,
                       size_t most, size_t *count);
/** Product of a tensor's dimensions, each 1 or more; else -1. */
int64_t px_onnx_count(const Onnx__TensorProto *tensor);

#endif
