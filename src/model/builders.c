/* The five networks of 2020 as models: base network, head, input contract, labels. */
#include "builders.h"

#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "architectures.h"

enum { LEAST_SIDE = 75, HIDDEN_UNITS = 1024 };

static const char *const arch_names[PX_ARCHS] = {
    [PX_ARCH_XCEPTION] = "xception",       [PX_ARCH_INCEPTION_RESNET_V2] = "inception_resnet_v2",
    [PX_ARCH_DENSENET121] = "densenet121", [PX_ARCH_DENSENET169] = "densenet169",
    [PX_ARCH_DENSENET201] = "densenet201",
};

const char *px_arch_name(px_arch arch) {
    return arch >= 0 && arch < PX_ARCHS ? arch_names[arch] : "?";
}

bool px_arch_from_name(const char *name, px_arch *arch) {
    for (int i = 0; i < PX_ARCHS; i++) {
        if (strcmp(arch_names[i], name) == 0) {
            *arch = (px_arch)i;
            return true;
        }
    }
    return false;
}

px_scaling px_arch_scaling(px_arch arch) {
    bool tf = arch == PX_ARCH_XCEPTION || arch == PX_ARCH_INCEPTION_RESNET_V2;
    return tf ? PX_SCALING_TF : PX_SCALING_UNIT;
}

static int build_base(px_layers *layers, px_arch arch, int input) {
    switch (arch) {
    case PX_ARCH_XCEPTION:
        return px_layers_xception(layers, input);
    case PX_ARCH_INCEPTION_RESNET_V2:
        return px_layers_inception_resnet_v2(layers, input);
    case PX_ARCH_DENSENET169:
        return px_layers_densenet(layers, input, 169);
    case PX_ARCH_DENSENET201:
        return px_layers_densenet(layers, input, 201);
    default:
        return px_layers_densenet(layers, input, 121);
    }
}

static int build_head(px_layers *layers, px_head head, int input, int labels) {
    int x = px_layers_global_avg_pool(layers, "global_average_pooling2d_1", input);
    if (head == PX_HEAD_2020) {
        x = px_layers_dense(layers, x, HIDDEN_UNITS, PX_OP_RELU);
        x = px_layers_norm(layers, NULL, x, 1e-3f, true);
        x = px_layers_dropout(layers, "dropout_1", x, 0.3f);
    }
    return px_layers_dense(layers, x, labels, PX_OP_SIGMOID);
}

static bool record_origin(px_model *model, px_arch arch, px_head head, uint64_t seed,
                          px_error *err) {
    json_t *origin = json_pack("{s:s, s:s, s:I}", "architecture", px_arch_name(arch), "head",
                               head == PX_HEAD_2020 ? "2020" : "plain", "seed", (json_int_t)seed);
    if (!origin || json_object_set_new(model->provenance, "initialised", origin) != 0)
        return px_fail_memory(err);
    return true;
}

static bool fill_model(px_model *model, px_arch arch, px_head head, int size, const char *labels,
                       uint64_t seed, px_error *err) {
    model->name = px_strdup(px_arch_name(arch), err);
    if (!model->name || !px_model_set_labels(model, labels, err) ||
        !record_origin(model, arch, head, seed, err))
        return false;
    model->input = (px_input_spec){.width = size,
                                   .height = size,
                                   .channels = 3,
                                   .resize = PX_RESIZE_BILINEAR,
                                   .scaling = px_arch_scaling(arch)};
    px_layers layers = {.graph = &model->graph, .seed = seed, .err = err};
    int input = px_layers_input(&layers, model->input.channels);
    int features = build_base(&layers, arch, input);
    model->graph.output = build_head(&layers, head, features, model->n_labels);
    return model->graph.output >= 0 && px_model_finish(model, err);
}

px_model *px_model_build(px_arch arch, px_head head, int size, const char *labels, uint64_t seed,
                         px_error *err) {
    if (arch < 0 || arch >= PX_ARCHS || size < LEAST_SIDE) {
        px_fail(err, PX_ERR_USAGE, "size", "%d pixels: the networks need %d or more", size,
                LEAST_SIDE);
        return NULL;
    }
    px_model *model = px_model_new(err);
    if (model && fill_model(model, arch, head, size, labels, seed, err))
        return model;
    px_model_unref(model);
    return NULL;
}
