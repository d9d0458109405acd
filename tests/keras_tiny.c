/* A small Keras network with every kind of layer that is understood, and weights for it. */
#include "keras_tiny.h"

#include <stdlib.h>
#include <string.h>

#include "../src/base/memory.h"
#include "../src/base/random.h"

#define LAYER(kind, name, config, inbound)                                                         \
    "{\"class_name\":\"" kind "\",\"config\":{\"name\":\"" name "\"" config                        \
    "},\"inbound_nodes\":[[" inbound "]]},"
#define FROM(name) "[\"" name "\",0,0,{}]"
#define CONV(kernel, strides, padding)                                                             \
    ",\"kernel_size\":[" kernel "],\"strides\":[" strides "],\"padding\":\"" padding               \
    "\",\"data_format\":\"channels_last\",\"dilation_rate\":[1,1]"
#define POOL                                                                                       \
    ",\"pool_size\":[2,2],\"strides\":[2,2],\"padding\":\"same\",\"data_format\":\"channels_"      \
    "last\""

const char keras_tiny_json[] =
    "{\"class_name\":\"Sequential\",\"keras_version\":\"2.3.1\",\"config\":{\"name\":\"top\","
    "\"layers\":[{\"class_name\":\"Model\",\"config\":{\"name\":\"base\",\"layers\":["
    "{\"class_name\":\"InputLayer\",\"config\":{\"name\":\"input_1\","
    "\"batch_input_shape\":[null,12,12,3]},\"inbound_nodes\":[]}," LAYER(
        "ZeroPadding2D", "pad", ",\"padding\":[[1,0],[2,1]]",
        FROM("input_1")) LAYER("Conv2D", "stem",
                               ",\"filters\":4,\"use_bias\":true,\"activation\":\"relu\"" CONV(
                                   "3,3", "2,2", "valid"),
                               FROM("pad")) LAYER("BatchNormalization", "stem/bn",
                                                  ",\"axis\":3,\"epsilon\":0.001,\"center\":true,"
                                                  "\"scale\":true",
                                                  FROM("stem"))
        LAYER("Activation", "act", ",\"activation\":\"relu\"", FROM("stem/bn")) LAYER(
            "SeparableConv2D", "sep",
            ",\"filters\":4,\"use_bias\":false,\"activation\":\"linear\","
            "\"depth_multiplier\":1" CONV("3,3", "1,1", "same"),
            FROM("act")) LAYER("DepthwiseConv2D", "deep",
                               ",\"use_bias\":true,\"depth_multiplier\":2" CONV("3,3", "1,1",
                                                                                "same"),
                               FROM("act"))
            LAYER("Lambda", "mix",
                  ",\"function\":[\"4wEAAA==\",null,null],\"function_type\":\"lambda\","
                  "\"arguments\":{\"scale\":0.25}",
                  FROM("act") "," FROM("sep")) LAYER("Add", "sum", "", FROM("mix") "," FROM("sep"))
                LAYER("Concatenate", "cat", ",\"axis\":3", FROM("sum") "," FROM("deep"))
                    LAYER("ReLU", "relu",
                          ",\"max_value\":null,\"negative_slope\":0.0,\"threshold\":0.0",
                          FROM("cat")) LAYER("MaxPooling2D", "highest", POOL, FROM("relu"))
                        LAYER("AveragePooling2D", "mean", POOL, FROM("highest"))
                            LAYER("Dropout", "last", ",\"rate\":0.1",
                                  FROM("mean")) "{\"class_name\":\"BatchNormalization\",\"config\":"
                                                "{\"name\":\"bn\",\"axis\":-1,"
                                                "\"epsilon\":0.01,\"center\":true,\"scale\":false},"
                                                "\"inbound_nodes\":[[[\"last\",0,0,{}]]]}],"
                                                "\"input_layers\":[[\"input_1\",0,0]],\"output_"
                                                "layers\":[[\"bn\",0,0]]}},"
                                                "{\"class_name\":\"GlobalAveragePooling2D\","
                                                "\"config\":{\"name\":\"pool\","
                                                "\"data_format\":\"channels_last\"}},"
                                                "{\"class_name\":\"Dense\",\"config\":{\"name\":"
                                                "\"dense_1\",\"units\":2,\"use_bias\":true,"
                                                "\"activation\":\"sigmoid\"}}]}}";

static const struct {
    const char *group, *name;
    int n_dims;
    int64_t dims[4];
} weights[] = {
    {"base", "stem/kernel:0", 4, {3, 3, 3, 4}},
    {"base", "stem/bias:0", 1, {4}},
    {"base", "stem/bn/gamma:0", 1, {4}},
    {"base", "stem/bn/beta:0", 1, {4}},
    {"base", "sep/depthwise_kernel:0", 4, {3, 3, 4, 1}},
    {"base", "sep/pointwise_kernel:0", 4, {1, 1, 4, 4}},
    {"base", "deep/depthwise_kernel:0", 4, {3, 3, 4, 2}},
    {"base", "deep/bias:0", 1, {8}},
    {"base", "bn/beta:0", 1, {12}},
    {"base", "stem/bn/moving_mean:0", 1, {4}},
    {"base", "stem/bn/moving_variance:0", 1, {4}},
    {"base", "bn/moving_mean:0", 1, {12}},
    {"base", "bn/moving_variance:0", 1, {12}},
    {"dense_1", "dense_1/kernel:0", 2, {12, 2}},
    {"dense_1", "dense_1/bias:0", 1, {2}},
};

void keras_tiny_weights(px_hdf5_file *file) {
    const size_t n = sizeof weights / sizeof *weights;
    *file = (px_hdf5_file){.tensors = px_alloc(n, sizeof *file->tensors, NULL)};
    px_random random;
    px_random_init(&random, 20, 20);
    for (size_t i = 0; i < n; i++) {
        px_hdf5_tensor tensor = {.n_dims = weights[i].n_dims};
        int64_t count = 1;
        for (int k = 0; k < tensor.n_dims; k++)
            count *= tensor.dims[k] = weights[i].dims[k];
        tensor.group = px_strdup(weights[i].group, NULL);
        tensor.name = px_strdup(weights[i].name, NULL);
        tensor.data = px_alloc_aligned((size_t)count * sizeof *tensor.data, NULL);
        bool positive = strstr(tensor.name, "variance") != NULL;
        for (int64_t k = 0; k < count; k++) /* exact in float16 as well */
            tensor.data[k] =
                (float)((double)px_random_below(&random, 33) / 16 - (positive ? 0 : 1));
        file->tensors[file->n_tensors++] = tensor;
    }
}
