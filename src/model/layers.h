/* Keras layers as graph nodes with seeded weights: what the builders are written in. */
#ifndef PX_MODEL_LAYERS_H
#define PX_MODEL_LAYERS_H

#include "../graph/graph.h"

/**
 * A network being built. Layer functions return the new node's index, or -1 after a failure, which
 * `err` then holds; given -1 as an input they do nothing and return -1, so that only the last
 * result needs a look. Node and tensor names are those of Keras 2; a NULL name gets Keras'
 * automatic one, counted from 1 for each class ("conv2d_7").
 */
typedef struct px_layers {
    px_graph *graph; /**< borrowed */
    uint64_t seed;
    px_error *err;
    int convs, norms, activations, max_pools, avg_pools, adds, pads, denses; /**< so far */
    char name[96]; /**< what px_layers_name made last */
} px_layers;

typedef struct px_conv_spec {
    int filters;
    int kernel_h, kernel_w;
    int stride;
    px_padding padding;
    bool bias;
} px_conv_spec;

/** printf into layers->name, good until the next call. */
const char *px_layers_name(px_layers *layers, const char *format, ...) PX_PRINTF(2, 3);

/** The input node "input_1". @param channels of the image. */
int px_layers_input(px_layers *layers, int channels);
/** Conv2D with He-normal weights and a zero bias. */
int px_layers_conv(px_layers *layers, const char *name, int input, px_conv_spec spec);
/** SeparableConv2D 3x3 stride 1 'same' without bias: node NAME/depthwise, then NAME (1x1). */
int px_layers_separable(px_layers *layers, const char *name, int input, int filters);
/** BatchNormalization as an identity: gamma 1 (none if not `gamma`), beta 0, mean 0, variance 1. */
int px_layers_norm(px_layers *layers, const char *name, int input, float epsilon, bool gamma);
int px_layers_relu(px_layers *layers, const char *name, int input);
/** Square window. */
int px_layers_max_pool(px_layers *layers, const char *name, int input, int size, int stride,
                       px_padding padding);
int px_layers_avg_pool(px_layers *layers, const char *name, int input, int size, int stride,
                       px_padding padding);
/** ZeroPadding2D by the same margin on four sides. */
int px_layers_pad(px_layers *layers, int input, int margin);
int px_layers_concat(px_layers *layers, const char *name, const int *inputs, int n_inputs);
int px_layers_add(px_layers *layers, const char *name, int a, int b);
/** a + scale * b, Inception-ResNet's Lambda: node NAME/scale, then NAME (add). */
int px_layers_residual(px_layers *layers, const char *name, int a, int b, float scale);
int px_layers_global_avg_pool(px_layers *layers, const char *name, int input);
int px_layers_dropout(px_layers *layers, const char *name, int input, float rate);
/** Dense "dense_N" followed by its activation: node dense_N/relu or dense_N/sigmoid. */
int px_layers_dense(px_layers *layers, int input, int units, px_op activation);

#endif
