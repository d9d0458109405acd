/* Xception's base network. */
#include "architectures.h"

static const float epsilon = 1e-3f;

static int norm(px_layers *layers, const char *layer, int input) {
    return px_layers_norm(layers, px_layers_name(layers, "%s_bn", layer), input, epsilon, true);
}

/* blockB_sepconvN and its normalisation, after blockB_sepconvN_act unless the block starts bare. */
static int separable(px_layers *layers, int block, int n, int input, int filters, bool relu_first) {
    if (relu_first)
        input = px_layers_relu(layers, px_layers_name(layers, "block%d_sepconv%d_act", block, n),
                               input);
    int x = px_layers_separable(layers, px_layers_name(layers, "block%d_sepconv%d", block, n),
                                input, filters);
    return px_layers_norm(layers, px_layers_name(layers, "block%d_sepconv%d_bn", block, n), x,
                          epsilon, true);
}

static int entry(px_layers *layers, int input) {
    const char *const names[2] = {"block1_conv1", "block1_conv2"};
    const char *const relus[2] = {"block1_conv1_act", "block1_conv2_act"};
    for (int i = 0; i < 2; i++) {
        const px_conv_spec spec = {i ? 64 : 32, 3, 3, i ? 1 : 2, PX_PADDING_VALID, false};
        input = px_layers_conv(layers, names[i], input, spec);
        input = px_layers_relu(layers, relus[i], norm(layers, names[i], input));
    }
    return input;
}

/* Two separable convolutions and a stride, beside a strided 1x1. */
static int downsample(px_layers *layers, int block, int input, int first, int second) {
    const px_conv_spec shortcut = {second, 1, 1, 2, PX_PADDING_SAME, false};
    int residual = px_layers_conv(layers, NULL, input, shortcut);
    residual = px_layers_norm(layers, NULL, residual, epsilon, true);
    int x = separable(layers, block, 1, input, first, block != 2);
    x = separable(layers, block, 2, x, second, true);
    x = px_layers_max_pool(layers, px_layers_name(layers, "block%d_pool", block), x, 3, 2,
                           PX_PADDING_SAME);
    return px_layers_add(layers, NULL, x, residual);
}

static int middle(px_layers *layers, int block, int input) {
    int x = input;
    for (int n = 1; n <= 3; n++)
        x = separable(layers, block, n, x, 728, true);
    return px_layers_add(layers, NULL, x, input);
}

static int exit_flow(px_layers *layers, int input) {
    int x = input;
    for (int n = 1; n <= 2; n++) {
        x = separable(layers, 14, n, x, n == 1 ? 1536 : 2048, false);
        x = px_layers_relu(layers, px_layers_name(layers, "block14_sepconv%d_act", n), x);
    }
    return x;
}

int px_layers_xception(px_layers *layers, int input) {
    int x = entry(layers, input);
    x = downsample(layers, 2, x, 128, 128);
    x = downsample(layers, 3, x, 256, 256);
    x = downsample(layers, 4, x, 728, 728);
    for (int block = 5; block <= 12; block++)
        x = middle(layers, block, x);
    x = downsample(layers, 13, x, 728, 1024);
    return exit_flow(layers, x);
}
