/* DenseNet-121, -169 and -201: dense blocks of growth 32 with halving transitions between. */
#include "architectures.h"

enum { GROWTH = 32, BOTTLENECK = 4 * GROWTH };

static const float epsilon = 1.001e-5f;

/* Each layer reads everything before it in the block, and adds 32 channels. */
static int dense_layer(px_layers *layers, int stage, int block, int input) {
    const px_conv_spec narrow = {BOTTLENECK, 1, 1, 1, PX_PADDING_VALID, false};
    const px_conv_spec grow = {GROWTH, 3, 3, 1, PX_PADDING_SAME, false};
    int x = input;
    for (int i = 0; i < 2; i++) {
        const char *kind = px_layers_name(layers, "conv%d_block%d_%d_bn", stage, block, i);
        x = px_layers_norm(layers, kind, x, epsilon, true);
        x = px_layers_relu(layers,
                           px_layers_name(layers, "conv%d_block%d_%d_relu", stage, block, i), x);
        x = px_layers_conv(layers,
                           px_layers_name(layers, "conv%d_block%d_%d_conv", stage, block, i + 1), x,
                           i ? grow : narrow);
    }
    const char *name = px_layers_name(layers, "conv%d_block%d_concat", stage, block);
    return px_layers_concat(layers, name, (int[]){input, x}, 2);
}

static int transition(px_layers *layers, int stage, int input) {
    int x =
        px_layers_norm(layers, px_layers_name(layers, "pool%d_bn", stage), input, epsilon, true);
    x = px_layers_relu(layers, px_layers_name(layers, "pool%d_relu", stage), x);
    int half = x < 0 ? 0 : layers->graph->nodes[x].shape.c / 2;
    x = px_layers_conv(layers, px_layers_name(layers, "pool%d_conv", stage), x,
                       (px_conv_spec){half, 1, 1, 1, PX_PADDING_VALID, false});
    return px_layers_avg_pool(layers, px_layers_name(layers, "pool%d_pool", stage), x, 2, 2,
                              PX_PADDING_VALID);
}

static int stem(px_layers *layers, int input) {
    int x = px_layers_pad(layers, input, 3);
    x = px_layers_conv(layers, "conv1/conv", x,
                       (px_conv_spec){64, 7, 7, 2, PX_PADDING_VALID, false});
    x = px_layers_norm(layers, "conv1/bn", x, epsilon, true);
    x = px_layers_relu(layers, "conv1/relu", x);
    x = px_layers_pad(layers, x, 1);
    return px_layers_max_pool(layers, "pool1", x, 3, 2, PX_PADDING_VALID);
}

int px_layers_densenet(px_layers *layers, int input, int depth) {
    const int third = depth == 121 ? 24 : depth == 169 ? 32 : 48;
    const int blocks[4] = {6, 12, third, depth == 121 ? 16 : 32};
    int x = stem(layers, input);
    for (int i = 0; i < 4; i++) {
        for (int block = 1; block <= blocks[i]; block++)
            x = dense_layer(layers, i + 2, block, x);
        if (i < 3)
            x = transition(layers, i + 2, x);
    }
    return px_layers_relu(layers, "relu", px_layers_norm(layers, "bn", x, epsilon, true));
}
