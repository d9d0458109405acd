/* The builders' networks, layer by layer against the 2020 models' architecture files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../src/model/builders.h"

enum { NAME = 128 };

/* One architecture file beside the network that should be it. */
typedef struct comparison {
    json_t *file;
    json_t *first; /* the lowest number of each automatic name: {"conv2d": 5, …} */
    px_model *model;
    int nodes; /* that the file's layers stand for */
} comparison;

static const char *text(const json_t *object, const char *key) {
    return json_string_value(json_object_get(object, key));
}

static json_t *top_layers(const comparison *c) {
    return json_object_get(json_object_get(c->file, "config"), "layers");
}

static json_t *config_of(const json_t *layer) {
    return json_object_get(layer, "config");
}

static json_t *base_layers(const comparison *c) {
    return json_object_get(config_of(json_array_get(top_layers(c), 0)), "layers");
}

/* Keras numbers some layers through a whole session: where does a name's number start? */
static size_t number_start(const char *name) {
    static const char *const automatic[] = {
        "input_", "conv2d_",        "batch_normalization_",     "activation_",
        "add_",   "max_pooling2d_", "average_pooling2d_",       "zero_padding2d_",
        "dense_", "dropout_",       "global_average_pooling2d_"};
    for (size_t i = 0; i < sizeof automatic / sizeof *automatic; i++) {
        size_t length = strlen(automatic[i]);
        if (strncmp(name, automatic[i], length) == 0 && isdigit((unsigned char)name[length]))
            return length;
    }
    return 0;
}

static void note_numbers(comparison *c, const json_t *layers) {
    for (size_t i = 0; i < json_array_size(layers); i++) {
        const char *name = text(config_of(json_array_get(layers, i)), "name");
        size_t at = number_start(name);
        if (at == 0)
            continue;
        char prefix[NAME];
        snprintf(prefix, sizeof prefix, "%.*s", (int)at, name);
        const json_t *known = json_object_get(c->first, prefix);
        const json_int_t number = strtol(name + at, NULL, 10);
        if (!known || number < json_integer_value(known))
            json_object_set_new(c->first, prefix, json_integer(number));
    }
}

/* The name that the layer has when the network is built alone. */
static const char *own_name(const comparison *c, const char *name, char own[NAME]) {
    size_t at = number_start(name);
    char prefix[NAME];
    snprintf(prefix, sizeof prefix, "%.*s", (int)at, name);
    const json_int_t first = json_integer_value(json_object_get(c->first, prefix));
    snprintf(own, NAME, "%.64s", name);
    if (at)
        snprintf(own + at, NAME - at, "%ld", strtol(name + at, NULL, 10) - (long)first + 1);
    return own;
}

static const px_node *find(const comparison *c, const char *name, const char *suffix) {
    char own[NAME], full[NAME + 16];
    snprintf(full, sizeof full, "%s%s", own_name(c, name, own), suffix);
    const int node = px_graph_find_node(&c->model->graph, full);
    if (node < 0)
        fail_msg("%s has no layer %s", c->model->name, full);
    return &c->model->graph.nodes[node];
}

static const px_tensor *tensor(const comparison *c, const px_node *node, int slot) {
    return node->tensors[slot] < 0 ? NULL : &c->model->graph.tensors[node->tensors[slot]];
}

static int number(const json_t *array, size_t index) {
    return (int)json_integer_value(json_array_get(array, index));
}

static void check_padding(const px_node *node, const json_t *config) {
    const bool same = strcmp(text(config, "padding"), "same") == 0;
    assert_int_equal(node->window.padding, same ? PX_PADDING_SAME : PX_PADDING_VALID);
}

static void check_window(const px_node *node, const json_t *config, const char *size) {
    const json_t *kernel = json_object_get(config, size);
    const json_t *strides = json_object_get(config, "strides");
    assert_int_equal(node->window.kernel_h, number(kernel, 0));
    assert_int_equal(node->window.kernel_w, number(kernel, 1));
    assert_int_equal(node->window.stride_h, number(strides, 0));
    assert_int_equal(node->window.stride_w, number(strides, 1));
    check_padding(node, config);
}

static void check_conv(comparison *c, const px_node *node, const json_t *config) {
    assert_int_equal(node->op, PX_OP_CONV2D);
    check_window(node, config, "kernel_size");
    assert_int_equal(node->shape.c, json_integer_value(json_object_get(config, "filters")));
    assert_int_equal(tensor(c, node, PX_BIAS) != NULL,
                     json_is_true(json_object_get(config, "use_bias")));
    assert_int_equal(node->groups, 1);
    assert_string_equal(text(config, "activation"), "linear");
}

static void check_separable(comparison *c, const px_node *node, const json_t *config) {
    const px_node *depthwise = &c->model->graph.nodes[node->inputs[0]];
    assert_int_equal(node->window.kernel_h * node->window.kernel_w, 1);
    assert_int_equal(node->shape.c, json_integer_value(json_object_get(config, "filters")));
    check_window(depthwise, config, "kernel_size");
    assert_int_equal(depthwise->groups, depthwise->shape.c);
    assert_null(tensor(c, node, PX_BIAS));
    assert_null(tensor(c, depthwise, PX_BIAS));
    assert_true(json_is_false(json_object_get(config, "use_bias")));
}

static void check_norm(comparison *c, const px_node *node, const json_t *config) {
    assert_int_equal(node->op, PX_OP_BATCH_NORM);
    assert_true(node->epsilon == (float)json_real_value(json_object_get(config, "epsilon")));
    assert_int_equal(tensor(c, node, PX_GAMMA) != NULL,
                     json_is_true(json_object_get(config, "scale")));
    assert_int_equal(tensor(c, node, PX_BETA) != NULL,
                     json_is_true(json_object_get(config, "center")));
}

static void check_pad(const px_node *node, const json_t *config) {
    const json_t *padding = json_object_get(config, "padding");
    assert_int_equal(node->op, PX_OP_PAD);
    assert_int_equal(node->window.top, number(json_array_get(padding, 0), 0));
    assert_int_equal(node->window.bottom, number(json_array_get(padding, 0), 1));
    assert_int_equal(node->window.left, number(json_array_get(padding, 1), 0));
    assert_int_equal(node->window.right, number(json_array_get(padding, 1), 1));
}

static void check_lambda(comparison *c, const px_node *node, const json_t *config) {
    const px_node *scale = find(c, text(config, "name"), "/scale");
    const json_t *factor = json_object_get(json_object_get(config, "arguments"), "scale");
    assert_int_equal(node->op, PX_OP_ADD);
    assert_int_equal(scale->op, PX_OP_SCALE);
    assert_true(scale->scale == (float)json_real_value(factor));
}

static void check_dense(comparison *c, const px_node *node, const json_t *config) {
    char suffix[32];
    snprintf(suffix, sizeof suffix, "/%s", text(config, "activation"));
    const px_node *activation = find(c, text(config, "name"), suffix);
    assert_int_equal(node->op, PX_OP_DENSE);
    assert_int_equal(node->shape.c, json_integer_value(json_object_get(config, "units")));
    assert_string_equal(px_op_name(activation->op), text(config, "activation"));
    assert_non_null(tensor(c, node, PX_BIAS));
}

/* Layers that are a node of one operation; their sizes follow from what feeds them. */
static px_op plain_op(const char *class) {
    if (strcmp(class, "Activation") == 0)
        return PX_OP_RELU;
    if (strcmp(class, "Concatenate") == 0)
        return PX_OP_CONCAT;
    if (strcmp(class, "Add") == 0)
        return PX_OP_ADD;
    if (strcmp(class, "GlobalAveragePooling2D") == 0)
        return PX_OP_GLOBAL_AVG_POOL;
    if (strcmp(class, "Dropout") == 0)
        return PX_OP_DROPOUT;
    assert_string_equal(class, "InputLayer");
    return PX_OP_INPUT;
}

/* Compare one layer; returns the number of nodes that it stands for. */
static int check_layer(comparison *c, const json_t *layer) {
    const char *class = text(layer, "class_name");
    const json_t *config = config_of(layer);
    const px_node *node = find(c, text(config, "name"), "");
    if (strcmp(class, "Conv2D") == 0)
        check_conv(c, node, config);
    else if (strcmp(class, "SeparableConv2D") == 0)
        check_separable(c, node, config);
    else if (strcmp(class, "BatchNormalization") == 0)
        check_norm(c, node, config);
    else if (strcmp(class, "ZeroPadding2D") == 0)
        check_pad(node, config);
    else if (strcmp(class, "MaxPooling2D") == 0 || strcmp(class, "AveragePooling2D") == 0) {
        assert_int_equal(node->op, class[0] == 'M' ? PX_OP_MAX_POOL : PX_OP_AVG_POOL);
        check_window(node, config, "pool_size");
    } else if (strcmp(class, "Lambda") == 0)
        check_lambda(c, node, config);
    else if (strcmp(class, "Dense") == 0)
        check_dense(c, node, config);
    else
        assert_int_equal(node->op, plain_op(class));
    const bool two = strcmp(class, "SeparableConv2D") == 0 || strcmp(class, "Lambda") == 0 ||
                     strcmp(class, "Dense") == 0;
    return two ? 2 : 1;
}

/* The node that stands for a layer's own output, seen from a consumer's input. */
static const char *source_name(const px_graph *graph, const px_node *node, int input,
                               bool separable) {
    const px_node *from = &graph->nodes[node->inputs[input]];
    if (separable || from->op == PX_OP_SCALE)
        from = &graph->nodes[from->inputs[0]];
    return from->name;
}

static void check_inputs(comparison *c, const json_t *layer) {
    const json_t *inbound = json_array_get(json_object_get(layer, "inbound_nodes"), 0);
    const px_node *node = find(c, text(config_of(layer), "name"), "");
    const bool separable = strcmp(text(layer, "class_name"), "SeparableConv2D") == 0;
    assert_int_equal(node->n_inputs, json_array_size(inbound));
    for (int i = 0; i < node->n_inputs; i++) {
        char own[NAME];
        const json_t *from = json_array_get(json_array_get(inbound, (size_t)i), 0);
        assert_string_equal(source_name(&c->model->graph, node, i, separable),
                            own_name(c, json_string_value(from), own));
    }
}

static void compare(const char *file, px_arch arch) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s.json", KERAS_2020, file);
    comparison c = {.file = json_load_file(path, 0, NULL), .first = json_object()};
    assert_non_null(c.file);
    c.model = px_model_build(arch, PX_HEAD_2020, 224, "a,b,c,d,e", 1, NULL);
    note_numbers(&c, base_layers(&c));
    note_numbers(&c, top_layers(&c));
    for (size_t i = 0; i < json_array_size(base_layers(&c)); i++) {
        const json_t *layer = json_array_get(base_layers(&c), i);
        c.nodes += check_layer(&c, layer);
        check_inputs(&c, layer);
    }
    for (size_t i = 1; i < json_array_size(top_layers(&c)); i++)
        c.nodes += check_layer(&c, json_array_get(top_layers(&c), i));
    assert_int_equal(c.model->graph.n_nodes, c.nodes);
    px_model_unref(c.model);
    json_decref(c.first);
    json_decref(c.file);
}

static void xception(void **state) {
    (void)state;
    compare("xception", PX_ARCH_XCEPTION);
}

static void inception_resnet_v2(void **state) {
    (void)state;
    compare("irnv2", PX_ARCH_INCEPTION_RESNET_V2);
}

static void densenet121(void **state) {
    (void)state;
    compare("dn121", PX_ARCH_DENSENET121);
}

static void densenet169(void **state) {
    (void)state;
    compare("dn169", PX_ARCH_DENSENET169);
}

static void densenet201(void **state) {
    (void)state;
    compare("dn201", PX_ARCH_DENSENET201);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(xception),    cmocka_unit_test(inception_resnet_v2),
        cmocka_unit_test(densenet121), cmocka_unit_test(densenet169),
        cmocka_unit_test(densenet201),
    };
    return cmocka_run_group_tests_name("architectures", tests, NULL, NULL);
}
