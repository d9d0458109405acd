/* The five builders: the networks' layers, parameters and shapes, at several sizes and heads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "../src/model/builders.h"

static const char five_labels[] =
    "Atelectasis, Cardiomegaly, Consolidation, Edema, Pleural Effusion";

static px_model *build(px_arch arch, px_head head, int size, const char *labels) {
    px_error err = {0};
    px_model *model = px_model_build(arch, head, size, labels, 7, &err);
    if (!model)
        fail_msg("%s at %d: %s: %s", px_arch_name(arch), size, err.subject, err.message);
    return model;
}

static const px_node *find(const px_model *model, const char *name) {
    int node = px_graph_find_node(&model->graph, name);
    if (node < 0)
        fail_msg("%s has no layer %s", model->name, name);
    return &model->graph.nodes[node];
}

static px_shape feature_shape(const px_model *model) {
    return model->graph.nodes[px_graph_feature_node(&model->graph)].shape;
}

static void assert_shape(px_shape shape, int h, int w, int c) {
    assert_int_equal(shape.h, h);
    assert_int_equal(shape.w, w);
    assert_int_equal(shape.c, c);
}

/* What Keras' summary() said of the five models with the 2020 head and five labels. */
static void parameters_are_keras_counts(void **state) {
    (void)state;
    const int64_t counts[PX_ARCHS] = {22968877, 55919845, 8096325, 14357061, 20298309};
    const int channels[PX_ARCHS] = {2048, 1536, 1024, 1664, 1920};
    const int sides[PX_ARCHS] = {7, 5, 7, 7, 7};
    for (px_arch arch = 0; arch < PX_ARCHS; arch++) {
        px_model *model = build(arch, PX_HEAD_2020, 224, five_labels);
        assert_int_equal(px_graph_count_parameters(&model->graph), counts[arch]);
        assert_shape(feature_shape(model), sides[arch], sides[arch], channels[arch]);
        assert_shape(model->graph.nodes[model->graph.output].shape, 1, 1, 5);
        assert_int_equal(model->input.width, 224);
        assert_int_equal(model->input.height, 224);
        assert_int_equal(model->input.channels, 3);
        assert_int_equal(model->input.scaling, px_arch_scaling(arch));
        assert_string_equal(model->labels[4], "pleural_effusion");
        assert_false(model->trained);
        px_model_unref(model);
    }
}

/* Multiply-accumulates of the convolutions at 224 x 224; 21.5 G for the five together. */
static void work_is_as_known(void **state) {
    (void)state;
    const double giga[PX_ARCHS] = {4.55, 6.48, 2.83, 3.36, 4.29};
    for (px_arch arch = 0; arch < PX_ARCHS; arch++) {
        px_model *model = build(arch, PX_HEAD_PLAIN, 224, "a");
        double macs = (double)px_graph_count_macs(&model->graph) * 1e-9;
        if (fabs(macs - giga[arch]) > 0.02)
            fail_msg("%s takes %.3f GMAC, not %.2f", px_arch_name(arch), macs, giga[arch]);
        px_model_unref(model);
    }
}

static void every_size_from_75_works(void **state) {
    (void)state;
    const int sizes[] = {75, 96, 331};
    const int sides[PX_ARCHS][3] = {{3, 3, 11}, {1, 1, 9}, {2, 3, 10}, {2, 3, 10}, {2, 3, 10}};
    for (px_arch arch = 0; arch < PX_ARCHS; arch++) {
        for (int i = 0; i < 3; i++) {
            px_model *model = build(arch, PX_HEAD_PLAIN, sizes[i], "a,b");
            px_shape shape = feature_shape(model);
            assert_int_equal(shape.h, sides[arch][i]);
            assert_int_equal(shape.w, sides[arch][i]);
            px_model_unref(model);
        }
    }
}

static void smaller_sizes_are_refused(void **state) {
    (void)state;
    const int sizes[] = {74, 1, 0, -5};
    for (px_arch arch = 0; arch < PX_ARCHS; arch++) {
        for (int i = 0; i < 4; i++) {
            px_error err = {0};
            assert_null(px_model_build(arch, PX_HEAD_2020, sizes[i], "a", 1, &err));
            assert_int_equal(err.code, PX_ERR_USAGE);
            assert_non_null(strstr(err.message, "75"));
        }
    }
    px_error err = {0};
    assert_null(px_model_build(PX_ARCH_DENSENET121, PX_HEAD_PLAIN, 1 << 20, "a", 1, &err));
    assert_int_equal(err.code, PX_ERR_INPUT);
}

static void labels_are_checked(void **state) {
    (void)state;
    const char *const bad[] = {"", "a,", ",a", "a,,b", "a,A", "Edema,edema!", "a, -"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        px_error err = {0};
        assert_null(px_model_build(PX_ARCH_DENSENET121, PX_HEAD_PLAIN, 75, bad[i], 1, &err));
        assert_int_equal(err.code, PX_ERR_USAGE);
        assert_string_equal(err.subject, "labels");
    }
}

static void heads_differ(void **state) {
    (void)state;
    px_model *plain = build(PX_ARCH_XCEPTION, PX_HEAD_PLAIN, 75, "a,b,c");
    px_model *old = build(PX_ARCH_XCEPTION, PX_HEAD_2020, 75, "a,b,c");
    assert_int_equal(find(plain, "dense_1")->shape.c, 3);
    assert_string_equal(plain->graph.nodes[plain->graph.output].name, "dense_1/sigmoid");
    assert_int_equal(find(old, "dense_1")->shape.c, 1024);
    assert_int_equal(find(old, "dense_1/relu")->op, PX_OP_RELU);
    assert_int_equal(find(old, "batch_normalization_5")->op, PX_OP_BATCH_NORM);
    assert_float_equal(find(old, "dropout_1")->scale, 0.3, 1e-6);
    assert_string_equal(old->graph.nodes[old->graph.output].name, "dense_2/sigmoid");
    px_model_unref(plain);
    px_model_unref(old);
}

static void layers_have_keras_attributes(void **state) {
    (void)state;
    px_model *x = build(PX_ARCH_XCEPTION, PX_HEAD_PLAIN, 75, "a");
    assert_int_equal(find(x, "block1_conv1")->window.padding, PX_PADDING_VALID);
    assert_int_equal(find(x, "block1_conv1")->window.stride_h, 2);
    assert_int_equal(find(x, "block13_sepconv2/depthwise")->groups, 728);
    assert_true(px_graph_find_tensor(&x->graph, "block13_sepconv2/depthwise_kernel") >= 0);
    assert_true(px_graph_find_tensor(&x->graph, "block13_sepconv2/pointwise_kernel") >= 0);
    assert_int_equal(px_graph_find_node(&x->graph, "block2_sepconv1_act"), -1);
    assert_int_equal(find(x, "add_12")->op, PX_OP_ADD);
    px_model_unref(x);
    px_model *irn = build(PX_ARCH_INCEPTION_RESNET_V2, PX_HEAD_PLAIN, 75, "a");
    assert_float_equal(find(irn, "block35_10/scale")->scale, 0.17, 1e-7);
    assert_float_equal(find(irn, "block17_20/scale")->scale, 0.1, 1e-7);
    assert_float_equal(find(irn, "block8_10/scale")->scale, 1.0, 0);
    assert_int_equal(px_graph_find_node(&irn->graph, "block8_10_ac"), -1);
    assert_int_equal(find(irn, "batch_normalization_203")->tensors[PX_GAMMA], -1);
    assert_true(find(irn, "block8_1_conv")->tensors[PX_BIAS] >= 0);
    assert_int_equal(find(irn, "conv2d_1")->tensors[PX_BIAS], -1);
    assert_int_equal(find(irn, "average_pooling2d_1")->window.padding, PX_PADDING_SAME);
    px_model_unref(irn);
    px_model *dense = build(PX_ARCH_DENSENET201, PX_HEAD_PLAIN, 75, "a");
    assert_float_equal(find(dense, "conv4_block48_1_bn")->epsilon, 1.001e-5, 1e-9);
    assert_int_equal(find(dense, "pool4_conv")->shape.c, 896);
    assert_int_equal(find(dense, "zero_padding2d_1")->window.bottom, 3);
    px_model_unref(dense);
}

static const float *tensor_data(const px_model *model, const char *name, int64_t *count) {
    const px_tensor *tensor = &model->graph.tensors[px_graph_find_tensor(&model->graph, name)];
    *count = px_tensor_count(tensor);
    return tensor->data;
}

static void weights_are_seeded_he_normal(void **state) {
    (void)state;
    px_error err = {0};
    px_model *a = px_model_build(PX_ARCH_DENSENET121, PX_HEAD_PLAIN, 75, "a", 7, &err);
    px_model *b = px_model_build(PX_ARCH_DENSENET121, PX_HEAD_2020, 96, "a,b", 7, &err);
    px_model *c = px_model_build(PX_ARCH_DENSENET121, PX_HEAD_PLAIN, 75, "a", 8, &err);
    int64_t count;
    const float *in_a = tensor_data(a, "conv5_block1_1_conv/kernel", &count);
    const float *in_b = tensor_data(b, "conv5_block1_1_conv/kernel", &count);
    const float *in_c = tensor_data(c, "conv5_block1_1_conv/kernel", &count);
    assert_memory_equal(in_a, in_b, (size_t)count * sizeof *in_a);
    int equal = 0;
    double squares = 0;
    for (int64_t i = 0; i < count; i++) {
        equal += in_a[i] == in_c[i];
        squares += (double)in_a[i] * in_a[i];
    }
    assert_true(equal < 10);
    assert_true(fabs(squares / (double)count * 512 / 2 - 1) < 0.05); /* variance 2 / fan-in */
    px_model_unref(a);
    px_model_unref(b);
    px_model_unref(c);
}

static void names_are_found_again(void **state) {
    (void)state;
    for (px_arch arch = 0; arch < PX_ARCHS; arch++) {
        px_arch found;
        assert_true(px_arch_from_name(px_arch_name(arch), &found));
        assert_int_equal(found, arch);
    }
    px_arch untouched = PX_ARCH_DENSENET201;
    assert_false(px_arch_from_name("resnet50", &untouched));
    assert_int_equal(untouched, PX_ARCH_DENSENET201);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters_are_keras_counts),
        cmocka_unit_test(work_is_as_known),
        cmocka_unit_test(every_size_from_75_works),
        cmocka_unit_test(smaller_sizes_are_refused),
        cmocka_unit_test(labels_are_checked),
        cmocka_unit_test(heads_differ),
        cmocka_unit_test(layers_have_keras_attributes),
        cmocka_unit_test(weights_are_seeded_he_normal),
        cmocka_unit_test(names_are_found_again),
    };
    return cmocka_run_group_tests_name("builders", tests, NULL, NULL);
}
