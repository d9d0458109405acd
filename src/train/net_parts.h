/* The inside of a training net: layers, where their values and gradients lie, what each kind does.
 */
#ifndef PX_TRAIN_NET_PARTS_H
#define PX_TRAIN_NET_PARTS_H

#include "../graph/conv.h"
#include "../kernels/train_kernels.h"
#include "training_net.h"

typedef enum {
    PX_LAYER_NONE, /**< does nothing: merged into another, or not needed for the answer */
    PX_LAYER_INPUT,
    PX_LAYER_CONV, /**< convolution with groups, or dense layer */
    PX_LAYER_DEPTHWISE,
    PX_LAYER_AFFINE, /**< batch normalisation, ReLU, or both */
    PX_LAYER_MAX_POOL,
    PX_LAYER_AVG_POOL,
    PX_LAYER_GLOBAL_AVG_POOL,
    PX_LAYER_CONCAT,
    PX_LAYER_ADD,
    PX_LAYER_SCALE,
    PX_LAYER_PAD,
    PX_LAYER_DROPOUT,
    PX_LAYER_FLATTEN,
    PX_LAYER_SIGMOID,
    PX_LAYER_KINDS
} px_layer_kind;

/** One convolution to run: forward, or of the output's gradient for the input's. */
typedef struct px_conv_pass {
    px_step step;
    px_conv conv;
} px_conv_pass;

/**
 * The input pixels that lie at one remainder of the strides: their gradients are a convolution with
 * stride 1 of the output's gradient with every stride-th tap of the kernel, turned around.
 */
typedef struct px_conv_phase {
    px_conv_pass pass;
    bool empty;       /**< no tap reaches these pixels: their gradient is zero */
    int tap_y, tap_x; /**< first tap */
    int row, column;  /**< first pixel; the next are a stride away */
} px_conv_phase;

typedef struct px_layer_conv {
    px_conv_pass forward;
    int n_phases; /**< 0 when the input needs no gradient */
    px_conv_phase *phases;
    bool through_norm; /**< goes back through the norm before it, too (training_norm_conv.c) */
} px_layer_conv;

/** Channelwise numbers of a batch normalisation, and of its gradient. */
typedef struct px_layer_norm {
    float *scale, *shift, *mean;            /**< [c] y = x * scale + shift */
    float *by_gradient, *by_input, *offset; /**< [c] see px_norm_pass */
    double *moments;                        /**< [2][c] mean and variance that were used */
    double *spread;                         /**< [c] 1 / sqrt(variance + epsilon) */
    double *sums;                           /**< [2][c] over pixels, of the way back */
} px_layer_norm;

typedef struct px_layer {
    px_layer_kind kind;
    int node; /**< of the graph, for its tensors */
    int n_inputs;
    int *inputs; /**< layers; those that change nothing are skipped */
    px_shape shape;
    px_geometry geometry;
    int groups;
    bool include_pad, zero_pad; /**< pools, as in px_row_job */
    float factor;               /**< scale; dropout: the rate */
    bool norm, relu;            /**< affine: what it does */
    bool frozen;
    bool lazy;   /**< affine: not written down; readers apply it to its input as they read */
    bool trains; /**< has weights that need gradients */
    bool learns; /**< its value's gradient is needed */
    bool passed; /**< affine: its reader's way back goes through it (through_norm) */
    int uses;    /**< by inputs of other layers; the answer counts too */
    int root;    /**< layer in whose memory it lies: itself, or what it is concatenated into */
    int channel; /**< its first there */
    size_t value, gradient; /**< offsets in the arena, in floats; of roots */
    px_layer_conv conv;
    px_layer_norm norms;
    double *moments; /**< [2][c] mean and variance of the batch, where a norm reads the value */
    bool measured;   /**< moments are this pass's */
    bool begun;      /**< something is in the gradient's memory (of a root) */
    float *owed;     /**< [3][c] of a root: what its gradient still lacks, see px_norm_settle */
} px_layer;

/** What a net keeps for its peers. */
typedef struct px_net_peers {
    double images;      /**< of the batch over which norms take statistics */
    float *statistics;  /**< moving ones before the last forward pass */
    int *done;          /**< [n_tensors] layer by which the gradient is complete */
    int tensor;         /**< on the way back: gradients of this one and all after it are complete */
    size_t first, last; /**< complete gradients whose sum has not begun */
} px_net_peers;

struct px_training_net {
    const px_graph *graph;
    px_training_options options;
    const px_kernels *kernels;
    const px_train_kernels *train;
    int n_layers, logits;
    px_layer *layers;
    px_parameter *parameters; /**< [n_tensors] */
    float *values, *gradients;
    size_t value_floats, gradient_floats;
    float *arena;
    size_t arena_floats;
    char *packed; /**< convolutions' weights, both ways */
    size_t packed_bytes;
    float *scratch; /**< [lanes][lane_floats], then shared_floats for the whole layer */
    size_t lane_floats, shared_floats;
    int lanes;
    float *zeros; /**< [most channels] */
    float *ones;  /**< likewise */
    const float *images;
    px_training_pass pass;
    px_net_peers peers;
};

/** Pixels with a distance from each to the next, through the whole batch. */
typedef struct px_view {
    float *data;
    size_t pixel;
} px_view;

/** What a layer reads: pixels, and what is to be applied to each. */
typedef struct px_source {
    const float *data;
    size_t pixel;
    px_shape shape;
    px_affine before;
} px_source;

/** Where an image of a batch of h x w pixels begins. */
static inline float *px_view_image(px_view view, int image, int h, int w) {
    return view.data + (size_t)image * (size_t)h * (size_t)w * view.pixel;
}

static inline const float *px_source_image(const px_source *source, int image) {
    return source->data +
           (size_t)image * (size_t)source->shape.h * (size_t)source->shape.w * source->pixel;
}

static inline size_t px_layer_pixels(const px_training_net *net, const px_layer *layer) {
    return (size_t)net->options.batch * (size_t)layer->shape.h * (size_t)layer->shape.w;
}

/** Pixels over which a norm takes its statistics. */
static inline double px_norm_pixels(const px_training_net *net, const px_layer *layer) {
    return net->peers.images * (double)layer->shape.h * (double)layer->shape.w;
}

px_view px_layer_value(const px_training_net *net, int index);
/** The gradient of a layer's value, complete or as far as it is. */
px_view px_layer_gradient(const px_training_net *net, int index);
/** Whether a concatenation's inputs were written where they belong. */
bool px_layer_in_place(const px_training_net *net, const px_layer *layer);
px_source px_layer_source(const px_training_net *net, const px_layer *layer, int input);
/** The source's `before` alone, for when there is no memory yet. */
px_affine px_layer_before(const px_training_net *net, const px_layer *layer, int input);
/** Where to put a contribution to a layer's gradient. *add tells whether to add to what is there,
 *  else every element must be written. */
px_view px_layer_target(px_training_net *net, int index, bool *add);
/** Values and gradients of a layer's tensor; NULL where there is none. */
float *px_layer_tensor(const px_training_net *net, const px_layer *layer, int slot);
float *px_layer_tensor_gradient(const px_training_net *net, const px_layer *layer, int slot);
/** Scratch memory of the running step, beside that of the lanes. */
float *px_net_shared(const px_training_net *net);
float *px_net_lane(const px_training_net *net, int lane);

/** Something to do for a range of pixels. */
typedef void (*px_pixels_task)(void *context, size_t first, size_t count);
/** Share out pixels among the threads. @param floats  of a pixel, to tell what is worth it. */
void px_net_run_pixels(const px_training_net *net, size_t pixels, size_t floats, px_pixels_task run,
                       void *context);

/** Sums over pixels are put together from chunks of this many, in their order. */
enum { PX_CHUNK_PIXELS = 168 };
static inline int px_chunks(size_t pixels) {
    return (int)((pixels + PX_CHUNK_PIXELS - 1) / PX_CHUNK_PIXELS);
}

/* training_layers.c */
/** Fill net->layers from the graph: merge, reorder, skip what the answer does not need. */
bool px_net_make_layers(px_training_net *net, px_error *err);
/* training_memory.c */
/** Give values and gradients their places, and allocate the arena and the scratch memory. */
bool px_net_place(px_training_net *net, px_error *err);

/* What each kind of layer does. Backward is called when the layer's gradient is complete. */
void px_conv_forward(px_training_net *net, px_layer *layer, int index);
void px_conv_backward(px_training_net *net, px_layer *layer, int index);
void px_depthwise_forward(px_training_net *net, px_layer *layer, int index);
void px_depthwise_backward(px_training_net *net, px_layer *layer, int index);
void px_affine_forward(px_training_net *net, px_layer *layer, int index);
void px_affine_backward(px_training_net *net, px_layer *layer, int index);
/** The way back through a norm's layer that is left when its sums over pixels are known, parts
 *  [chunks][2][channels] of them: gradients of gamma and beta, the factors of dx. */
void px_norm_finish_sums(px_training_net *net, px_layer *layer, const float *parts);
void px_pool_forward(px_training_net *net, px_layer *layer, int index);
void px_pool_backward(px_training_net *net, px_layer *layer, int index);
void px_average_forward(px_training_net *net, px_layer *layer, int index);
void px_average_backward(px_training_net *net, px_layer *layer, int index);
void px_concat_forward(px_training_net *net, px_layer *layer, int index);
void px_concat_backward(px_training_net *net, px_layer *layer, int index);
void px_add_forward(px_training_net *net, px_layer *layer, int index);
void px_add_backward(px_training_net *net, px_layer *layer, int index);
/** Scale, pad, dropout, flatten and sigmoid: one element of the input for each of the output. */
void px_element_forward(px_training_net *net, px_layer *layer, int index);
void px_element_backward(px_training_net *net, px_layer *layer, int index);

/* training_conv.c */
/** Decide how a layer's convolutions run. */
bool px_net_prepare_convs(px_training_net *net, px_error *err);
/** Pack all kernels for the way forward, or back. */
void px_net_pack(px_training_net *net, bool forward);
/** Floats of scratch memory for all lanes' own, and for a whole layer. */
void px_conv_scratch(const px_training_net *net, const px_layer *layer, size_t *lane,
                     size_t *shared);

/* training_norm_conv.c */
/** Find the convolutions whose way back goes through the norm before them. */
bool px_net_find_through(px_training_net *net, px_error *err);
void px_norm_conv_backward(px_training_net *net, px_layer *layer, int index);
/** Floats of scratch memory of a lane. */
size_t px_norm_conv_scratch(const px_layer *layer);
/** Complete a layer's gradient: dx += by_input * (x - mean) + offset, for the sums over all norms
 *  of by_input and offset. Before anything reads it. */
void px_norm_settle(px_training_net *net, int index);

/* training_peers.c: what there is to do when processes share a batch; nothing without peers. */
bool px_net_prepare_peers(px_training_net *net, px_error *err);
/** Before the first layer, forward: remember moving statistics, count the images of all. */
void px_net_begin_pass(px_training_net *net);
/** Moments [2][c] of this process' pixels become those of all processes', with sync_norm. */
void px_net_share_moments(const px_training_net *net, const px_layer *layer, double *moments);
/** Sums of this process become sums of all, with sync_norm. */
void px_net_share_sums(const px_training_net *net, double *sums, size_t count);
/** After a layer's way back, the last layer first: begin to sum gradients that are complete. */
void px_net_share_gradients(px_training_net *net, int layer);
/** After the first layer's: wait for all sums. */
void px_net_finish_gradients(px_training_net *net);

/* training_weights.c */
/** Add to the gradients of a convolution's kernel and bias. */
void px_conv_weights(px_training_net *net, px_layer *layer, int index);
size_t px_conv_weights_scratch(const px_training_net *net, const px_layer *layer);
/* training_winograd.c */
/** The same for kernels of convolutions that go through Winograd's transforms of 3 x 3. */
void px_winograd_weights(px_training_net *net, px_layer *layer, int index);
size_t px_winograd_weights_scratch(const px_training_net *net, const px_layer *layer);
/** Add each channel's sum over a view's pixels to `sum`. */
void px_net_add_column_sums(px_training_net *net, px_view view, size_t pixels, int channels,
                            float *sum);

#endif
