/* A network as a list of operations in topological order, with its weights. */
#ifndef PX_GRAPH_GRAPH_H
#define PX_GRAPH_GRAPH_H

#include "perxeptron.h"
#include "tensor.h"

typedef enum {
    PX_OP_INPUT,
    PX_OP_CONV2D, /**< groups = 1, or any divisor of the input channels (depthwise: all of them) */
    PX_OP_DENSE,
    PX_OP_BATCH_NORM, /**< inference: gamma * (x - mean) / sqrt(variance + epsilon) + beta */
    PX_OP_RELU,
    PX_OP_SIGMOID,
    PX_OP_MAX_POOL,
    PX_OP_AVG_POOL,
    PX_OP_GLOBAL_AVG_POOL, /**< [h, w, c] to [1, 1, c] */
    PX_OP_CONCAT,          /**< over channels */
    PX_OP_ADD,             /**< two or more inputs of one shape */
    PX_OP_SCALE,           /**< times one number */
    PX_OP_PAD,             /**< zeros around the image */
    PX_OP_DROPOUT,         /**< identity at inference */
    PX_OP_FLATTEN,         /**< [h, w, c] to [1, 1, h*w*c] */
    PX_OPS
} px_op;

/** Shape of one image's activation, NHWC without N. Vectors are [1, 1, c]. */
typedef struct px_shape {
    int h, w, c;
} px_shape;

typedef enum {
    PX_PADDING_VALID,
    PX_PADDING_SAME,     /**< TensorFlow's: output = ceil(input / stride), the odd row or column
                              goes to the bottom and right */
    PX_PADDING_EXPLICIT, /**< the node's own top, left, bottom, right */
} px_padding;

/** The sliding window of a convolution or pool; for PX_OP_PAD only the four sides count. */
typedef struct px_window {
    int kernel_h, kernel_w;
    int stride_h, stride_w;
    px_padding padding;
    int top, left, bottom, right; /**< EXPLICIT: given; else set by px_graph_infer */
} px_window;

/** Which of a node's tensors is which. */
enum { PX_KERNEL = 0, PX_BIAS = 1 };                              /* conv2d, dense */
enum { PX_GAMMA = 0, PX_BETA = 1, PX_MEAN = 2, PX_VARIANCE = 3 }; /* batch norm */
#define PX_NODE_TENSORS 4

/**
 * One operation. Weights are indexes into the graph's tensors, -1 where there is none:
 * conv2d kernel [kernel_h, kernel_w, c_in / groups, c_out] (HWIO), bias [c_out];
 * dense kernel [c_in, c_out], bias [c_out]; batch norm four vectors [c] (gamma and beta may be
 * missing: 1 and 0).
 */
typedef struct px_node {
    px_op op;
    char *name; /**< unique in the graph */
    int n_inputs;
    int *inputs; /**< indexes of earlier nodes */
    px_window window;
    int groups;             /**< conv2d */
    bool count_include_pad; /**< average pool: padded zeros count in the divisor (TensorFlow: no) */
    float epsilon;          /**< batch norm */
    float scale;            /**< scale: the factor; dropout: the rate */
    int tensors[PX_NODE_TENSORS];
    px_shape shape; /**< of the output; set by px_graph_infer */
} px_node;

typedef struct px_graph {
    int n_nodes;
    px_node *nodes; /**< nodes[0] is the only PX_OP_INPUT; its shape is the network's input */
    int n_tensors;
    px_tensor *tensors;
    int output; /**< node whose value is the network's answer */
} px_graph;

void px_graph_init(px_graph *graph);
void px_graph_clear(px_graph *graph);

/** Name of an operation as the model file writes it ("conv2d", "max_pool", …); static storage. */
const char *px_op_name(px_op op);
/** The operation of a name; false when there is none. */
bool px_op_from_name(const char *name, px_op *op);

/**
 * Append a node with defaults (window 1x1 stride 1 valid, groups 1, no tensors) and its inputs;
 * the caller then sets its attributes through the index.
 *
 * @param name  copied. PX_ERR_INPUT when taken, or when an input is not an earlier node.
 * @return index, or -1.
 */
int px_graph_add_node(px_graph *graph, px_op op, const char *name, const int *inputs, int n_inputs,
                      px_error *err);

/** Append a tensor; takes `tensor` with its name and data, on failure too. @return index, or -1. */
int px_graph_take_tensor(px_graph *graph, px_tensor tensor, px_error *err);

/** Append an uninitialised owned float32 tensor; *data is where to write it. @return index or -1.
 */
int px_graph_new_tensor(px_graph *graph, const char *name, const int64_t *dims, int n_dims,
                        float **data, px_error *err);

/** Index of a node or tensor by name, or -1. */
int px_graph_find_node(const px_graph *graph, const char *name);
int px_graph_find_tensor(const px_graph *graph, const char *name);

/**
 * Compute every node's shape from the input's, resolve 'same' padding, and check attributes and the
 * shape of every tensor. Call after building, and again after changing nodes[0].shape.
 *
 * @param err  PX_ERR_MISMATCH or PX_ERR_LIMIT naming the node.
 */
bool px_graph_infer(px_graph *graph, px_error *err);

/** Refuse NaN and infinity in weights, and negative variances, naming the tensor (PX_ERR_INPUT).
 *  Needs px_graph_infer's checks first. */
bool px_graph_check_weights(const px_graph *graph, px_error *err);

/** Multiply-accumulates of one image through convolutions and dense layers. Needs shapes.
 *  INT64_MAX when there are more. */
int64_t px_graph_count_macs(const px_graph *graph);
/** The same of one node; 0 for other operations. */
int64_t px_graph_count_node_macs(const px_graph *graph, int node);
/** Parameters as Keras counts them: the elements of all tensors. */
int64_t px_graph_count_parameters(const px_graph *graph);

/** The node whose global average feeds the head: input of the last GLOBAL_AVG_POOL; -1 if none. */
int px_graph_feature_node(const px_graph *graph);

#endif
