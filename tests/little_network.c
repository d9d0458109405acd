/* The little network, by the builders' layers (little_network.h). */
#include "little_network.h"

#include "../src/base/memory.h"
#include "../src/model/layers.h"

static const float epsilon = 1e-3f;

static int settle(px_layers *layers, int x) {
    return px_layers_relu(layers, NULL, px_layers_norm(layers, NULL, x, epsilon, true));
}

static int convolve(px_layers *layers, int x, int filters, int kernel, int stride,
                    px_padding padding) {
    const px_conv_spec spec = {filters, kernel, kernel, stride, padding, false};
    return px_layers_conv(layers, NULL, x, spec);
}

/* A separable convolution and a stride, beside a strided 1x1. */
static int downsample(px_layers *layers, const char *name, int input, int filters) {
    int shortcut = convolve(layers, input, filters, 1, 2, PX_PADDING_SAME);
    shortcut = px_layers_norm(layers, NULL, shortcut, epsilon, true);
    int x = px_layers_separable(layers, name, input, filters);
    x = px_layers_norm(layers, NULL, x, epsilon, true);
    x = px_layers_max_pool(layers, NULL, x, 3, 2, PX_PADDING_SAME);
    return px_layers_add(layers, NULL, x, shortcut);
}

/* A convolution and an average, concatenated, brought back and added to a part. */
static int residual(px_layers *layers, int input, int filters) {
    int branches[2] = {settle(layers, convolve(layers, input, 24, 3, 1, PX_PADDING_SAME)),
                       px_layers_avg_pool(layers, NULL, input, 3, 1, PX_PADDING_SAME)};
    int x = px_layers_concat(layers, "mixed", branches, 2);
    const px_conv_spec spec = {filters, 1, 1, 1, PX_PADDING_SAME, true};
    x = px_layers_conv(layers, "mixed_conv", x, spec);
    return px_layers_residual(layers, "mixed_residual", input, x, 0.3f);
}

static int build(px_layers *layers, int labels) {
    int x = px_layers_pad(layers, px_layers_input(layers, 1), 1);
    x = settle(layers, convolve(layers, x, 8, 3, 2, PX_PADDING_VALID));
    x = settle(layers, convolve(layers, x, 16, 3, 1, PX_PADDING_SAME));
    x = downsample(layers, "separable_1", x, 32);
    x = downsample(layers, "separable_2", px_layers_relu(layers, NULL, x), 64);
    x = px_layers_relu(layers, NULL, residual(layers, x, 64));
    x = settle(layers, convolve(layers, x, 64, 3, 2, PX_PADDING_SAME));
    x = px_layers_global_avg_pool(layers, "average", x);
    x = px_layers_dense(layers, x, 32, PX_OP_RELU);
    x = px_layers_norm(layers, NULL, x, epsilon, true);
    x = px_layers_dropout(layers, "dropout", x, 0.2f);
    return px_layers_dense(layers, x, labels, PX_OP_SIGMOID);
}

static bool fill(px_model *model, int size, const char *labels, px_error *err) {
    model->name = px_strdup("little", err);
    if (!model->name || !px_model_set_labels(model, labels, err))
        return false;
    model->input = (px_input_spec){.width = size,
                                   .height = size,
                                   .channels = 1,
                                   .resize = PX_RESIZE_AREA,
                                   .scaling = PX_SCALING_TF};
    px_layers layers = {.graph = &model->graph, .seed = 1, .err = err};
    model->graph.output = build(&layers, model->n_labels);
    return model->graph.output >= 0 && px_model_finish(model, err);
}

px_model *make_little_network(int size, const char *labels, px_error *err) {
    px_model *model = px_model_new(err);
    if (model && fill(model, size, labels, err))
        return model;
    px_model_unref(model);
    return NULL;
}
