/* Inception-ResNet-v2's base network: branches as tables of convolutions. */
#include "architectures.h"

enum { MOST_BRANCHES = 4, MOST_STEPS = 3 };

static const float epsilon = 1e-3f;

/* One convolution of a branch; filters 0 ends the branch. */
typedef struct px_branch_step {
    int filters, kernel_h, kernel_w, stride;
} px_branch_step;

typedef struct px_branches {
    int count;
    px_branch_step steps[MOST_BRANCHES][MOST_STEPS];
} px_branches;

/* A block repeated: its branches are concatenated, projected to `width` channels, scaled, added. */
typedef struct px_residual_block {
    const char *name;
    int width;
    float scale;
    px_branches branches;
} px_residual_block;

static const px_branches mixed_5b = {3,
                                     {{{96, 1, 1, 1}},
                                      {{48, 1, 1, 1}, {64, 5, 5, 1}},
                                      {{64, 1, 1, 1}, {96, 3, 3, 1}, {96, 3, 3, 1}}}};
static const px_branches mixed_6a = {
    2, {{{384, 3, 3, 2}}, {{256, 1, 1, 1}, {256, 3, 3, 1}, {384, 3, 3, 2}}}};
static const px_branches mixed_7a = {3,
                                     {{{256, 1, 1, 1}, {384, 3, 3, 2}},
                                      {{256, 1, 1, 1}, {288, 3, 3, 2}},
                                      {{256, 1, 1, 1}, {288, 3, 3, 1}, {320, 3, 3, 2}}}};
static const px_residual_block block35 = {"block35",
                                          320,
                                          0.17f,
                                          {3,
                                           {{{32, 1, 1, 1}},
                                            {{32, 1, 1, 1}, {32, 3, 3, 1}},
                                            {{32, 1, 1, 1}, {48, 3, 3, 1}, {64, 3, 3, 1}}}}};
static const px_residual_block block17 = {
    "block17",
    1088,
    0.1f,
    {2, {{{192, 1, 1, 1}}, {{128, 1, 1, 1}, {160, 1, 7, 1}, {192, 7, 1, 1}}}}};
static const px_residual_block block8 = {
    "block8",
    2080,
    0.2f,
    {2, {{{192, 1, 1, 1}}, {{192, 1, 1, 1}, {224, 1, 3, 1}, {256, 3, 1, 1}}}}};

/* Convolution, normalisation without gamma, ReLU; all named automatically. */
static int conv_norm(px_layers *layers, int input, px_branch_step step, px_padding padding) {
    const px_conv_spec spec = {step.filters, step.kernel_h, step.kernel_w,
                               step.stride,  padding,       false};
    int x = px_layers_conv(layers, NULL, input, spec);
    return px_layers_relu(layers, NULL, px_layers_norm(layers, NULL, x, epsilon, false));
}

/* Fill outputs with the end of each branch; strides come without padding. */
static int build_branches(px_layers *layers, int input, const px_branches *branches,
                          int outputs[MOST_BRANCHES]) {
    for (int i = 0; i < branches->count; i++) {
        int x = input;
        for (int k = 0; k < MOST_STEPS && branches->steps[i][k].filters; k++) {
            px_branch_step step = branches->steps[i][k];
            x = conv_norm(layers, x, step, step.stride > 1 ? PX_PADDING_VALID : PX_PADDING_SAME);
        }
        outputs[i] = x;
    }
    return branches->count;
}

static int stem(px_layers *layers, int input) {
    int x = conv_norm(layers, input, (px_branch_step){32, 3, 3, 2}, PX_PADDING_VALID);
    x = conv_norm(layers, x, (px_branch_step){32, 3, 3, 1}, PX_PADDING_VALID);
    x = conv_norm(layers, x, (px_branch_step){64, 3, 3, 1}, PX_PADDING_SAME);
    x = px_layers_max_pool(layers, NULL, x, 3, 2, PX_PADDING_VALID);
    x = conv_norm(layers, x, (px_branch_step){80, 1, 1, 1}, PX_PADDING_VALID);
    x = conv_norm(layers, x, (px_branch_step){192, 3, 3, 1}, PX_PADDING_VALID);
    return px_layers_max_pool(layers, NULL, x, 3, 2, PX_PADDING_VALID);
}

static int inception_a(px_layers *layers, int input) {
    int ends[MOST_BRANCHES];
    int n = build_branches(layers, input, &mixed_5b, ends);
    int pool = px_layers_avg_pool(layers, NULL, input, 3, 1, PX_PADDING_SAME);
    ends[n] = conv_norm(layers, pool, (px_branch_step){64, 1, 1, 1}, PX_PADDING_SAME);
    return px_layers_concat(layers, "mixed_5b", ends, n + 1);
}

static int reduction(px_layers *layers, const char *name, int input, const px_branches *branches) {
    int ends[MOST_BRANCHES];
    int n = build_branches(layers, input, branches, ends);
    ends[n] = px_layers_max_pool(layers, NULL, input, 3, 2, PX_PADDING_VALID);
    return px_layers_concat(layers, name, ends, n + 1);
}

static int residual(px_layers *layers, const px_residual_block *block, int number, int input,
                    float scale) {
    int ends[MOST_BRANCHES];
    int n = build_branches(layers, input, &block->branches, ends);
    int x = px_layers_concat(layers, px_layers_name(layers, "%s_%d_mixed", block->name, number),
                             ends, n);
    const px_conv_spec project = {block->width, 1, 1, 1, PX_PADDING_SAME, true};
    x = px_layers_conv(layers, px_layers_name(layers, "%s_%d_conv", block->name, number), x,
                       project);
    return px_layers_residual(layers, px_layers_name(layers, "%s_%d", block->name, number), input,
                              x, scale);
}

static int repeat(px_layers *layers, const px_residual_block *block, int times, int input) {
    int x = input;
    for (int i = 1; i <= times; i++) {
        x = residual(layers, block, i, x, block->scale);
        x = px_layers_relu(layers, px_layers_name(layers, "%s_%d_ac", block->name, i), x);
    }
    return x;
}

int px_layers_inception_resnet_v2(px_layers *layers, int input) {
    int x = inception_a(layers, stem(layers, input));
    x = repeat(layers, &block35, 10, x);
    x = reduction(layers, "mixed_6a", x, &mixed_6a);
    x = repeat(layers, &block17, 20, x);
    x = reduction(layers, "mixed_7a", x, &mixed_7a);
    x = repeat(layers, &block8, 9, x);
    x = residual(layers, &block8, 10, x, 1.0f);
    x = px_layers_conv(layers, "conv_7b", x, (px_conv_spec){1536, 1, 1, 1, PX_PADDING_SAME, false});
    return px_layers_relu(layers, "conv_7b_ac",
                          px_layers_norm(layers, "conv_7b_bn", x, epsilon, false));
}
