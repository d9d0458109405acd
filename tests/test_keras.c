/* Keras import: the five networks of 2020, every layout of the weights, and every bad file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../src/base/file.h"
#include "../src/base/random.h"
#include "../src/graph/plan.h"
#include "../src/model/builders.h"
#include "keras_files.h"
#include "keras_tiny.h"

static const px_import_options two_labels = {.labels = "Edema,Atelectasis",
                                             .scaling = PX_SCALING_TF};
static char folder[64];
static char weights_path[96], json_path[96];

static int make_folder(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/test_keras_XXXXXX");
    if (!mkdtemp(folder))
        return 1;
    snprintf(weights_path, sizeof weights_path, "%s/w.h5", folder);
    snprintf(json_path, sizeof json_path, "%s/a.json", folder);
    return 0;
}

static int remove_folder(void **state) {
    (void)state;
    unlink(weights_path);
    unlink(json_path);
    return rmdir(folder); /* fails when something was left behind */
}

static void write_file(const char *path, const void *bytes, size_t size) {
    assert_true(px_file_write(path, bytes, size, NULL));
}

static px_buffer read_file(const char *path) {
    px_buffer buffer;
    px_buffer_init(&buffer, 1 << 28);
    px_error err = {0};
    if (!px_file_read(path, &buffer, &err))
        fail_msg("%s: %s", err.subject, err.message);
    return buffer;
}

static px_model *import(const px_import_options *options) {
    px_error err = {0};
    px_model *model = px_import_keras(json_path, weights_path, options, &err);
    if (!model)
        fail_msg("%s: %s", err.subject, err.message);
    return model;
}

/* The import fails with this code, about this file, and these words. */
static void expect_failure(px_error_code code, const char *file, const char *words) {
    px_error err = {0};
    assert_null(px_import_keras(json_path, weights_path, &two_labels, &err));
    if (err.code != code || strcmp(err.subject, file) != 0 || !strstr(err.message, words))
        fail_msg("wanted %s, %s, \"%s\"; got %s, %s, \"%s\"", px_error_code_name(code), file, words,
                 px_error_code_name(err.code), err.subject, err.message);
}

static void write_weights(const px_hdf5_file *file) {
    assert_true(keras_write(weights_path, file, &(keras_write_options){0}));
}

static void write_tiny(void) {
    px_hdf5_file file;
    keras_tiny_weights(&file);
    write_weights(&file);
    px_hdf5_clear(&file);
    write_file(json_path, keras_tiny_json, strlen(keras_tiny_json));
}

static float *run(const px_graph *graph, const float *image) {
    px_error err = {0};
    px_plan *plan = px_plan_new(graph, &(px_plan_options){.tier = px_cpu_best()}, &err);
    px_workspace *workspace = plan ? px_workspace_new(plan, &err) : NULL;
    if (!workspace)
        fail_msg("%s: %s", err.subject, err.message);
    float *output = calloc((size_t)graph->nodes[graph->output].shape.c, sizeof *output);
    px_plan_run(plan, workspace, NULL, image, output, NULL);
    px_workspace_free(workspace);
    px_plan_free(plan);
    return output;
}

static void assert_same_answers(const px_graph *a, const px_graph *b) {
    px_shape in = a->nodes[0].shape;
    size_t n = (size_t)(in.h * in.w * in.c);
    float *image = malloc(n * sizeof *image);
    px_random random;
    px_random_init(&random, 5, 0);
    for (size_t i = 0; i < n; i++)
        image[i] = (float)px_random_range(&random, -1, 1);
    float *x = run(a, image), *y = run(b, image);
    assert_memory_equal(x, y, (size_t)a->nodes[a->output].shape.c * sizeof *x);
    free(image);
    free(x);
    free(y);
}

/* The builder's weights, laid out under the architecture's names, come back as its network. */
static void check_network(px_arch arch, const char *name, keras_layout layout) {
    px_error err = {0};
    px_model *built = px_model_build(arch, PX_HEAD_2020, 224, "a,b,c,d,e", 11, &err);
    assert_non_null(built);
    char path[128];
    snprintf(path, sizeof path, "%s/%s.json", KERAS_2020, name);
    px_buffer json = read_file(path);
    write_file(json_path, json.data, json.size);
    px_keras_network network;
    assert_true(px_keras_parse((const char *)json.data, json.size, &network, &err));
    px_hdf5_file file;
    assert_true(keras_collect(&network, &built->graph, layout, &file));
    write_weights(&file);
    const px_import_options options = {.labels = "a,b,c,d,e", .scaling = PX_SCALING_UNIT};
    px_model *imported = import(&options);
    char why[256];
    if (!graphs_equal(&imported->graph, &built->graph, why))
        fail_msg("%s: %s", name, why);
    assert_int_equal(px_graph_count_parameters(&imported->graph),
                     px_graph_count_parameters(&built->graph));
    assert_same_answers(&imported->graph, &built->graph);
    px_model_unref(imported);
    px_model_unref(built);
    px_hdf5_clear(&file);
    px_keras_clear(&network);
    px_buffer_clear(&json);
}

static void the_networks_of_2020_are_the_builders(void **state) {
    (void)state;
    check_network(PX_ARCH_XCEPTION, "xception", KERAS_LAYOUT_NESTED);
    check_network(PX_ARCH_INCEPTION_RESNET_V2, "irnv2", KERAS_LAYOUT_NESTED);
    check_network(PX_ARCH_DENSENET121, "dn121", KERAS_LAYOUT_FLAT);
    check_network(PX_ARCH_DENSENET169, "dn169", KERAS_LAYOUT_NESTED);
    check_network(PX_ARCH_DENSENET201, "dn201", KERAS_LAYOUT_FLAT);
}

static void every_layout_gives_the_same_model(void **state) {
    (void)state;
    static const keras_write_options layouts[] = {
        {.variable_strings = true},
        {.split_names = true},
        {.compressed = true},
        {.dtype = KERAS_FLOAT64},
        {.dtype = KERAS_FLOAT16},
        {.config = keras_tiny_json},
        {.variable_strings = true, .split_names = true, .config = keras_tiny_json},
    };
    write_tiny();
    px_model *plain = import(&two_labels);
    px_hdf5_file file;
    keras_tiny_weights(&file);
    for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++) {
        assert_true(keras_write(weights_path, &file, &layouts[i]));
        px_error err = {0};
        px_model *model =
            px_import_keras(layouts[i].config ? NULL : json_path, weights_path, &two_labels, &err);
        char why[256] = "";
        if (!model || !graphs_equal(&model->graph, &plain->graph, why))
            fail_msg("layout %zu: %s %s%s", i, err.subject, err.message, why);
        px_model_unref(model);
    }
    px_hdf5_clear(&file);
    px_model_unref(plain);
}

static void a_model_carries_what_the_file_says(void **state) {
    (void)state;
    write_tiny();
    px_model *model = import(&two_labels);
    assert_string_equal(model->name, "w");
    assert_string_equal(model->labels[0], "edema");
    assert_string_equal(model->labels[1], "atelectasis");
    assert_true(model->trained);
    assert_int_equal(model->input.width, 12);
    assert_int_equal(model->input.channels, 3);
    assert_int_equal(model->input.scaling, PX_SCALING_TF);
    assert_int_equal(model->input.resize, PX_RESIZE_BILINEAR);
    const json_t *files = json_object_get(model->provenance, "files");
    assert_int_equal(json_array_size(files), 2);
    const json_t *first = json_array_get(files, 0);
    assert_string_equal(json_string_value(json_object_get(first, "name")), "w.h5");
    assert_int_equal(strlen(json_string_value(json_object_get(first, "sha256"))), 64);
    const json_t *how = json_object_get(model->provenance, "weights_matched_by");
    assert_string_equal(json_string_value(how), "name");
    px_model_unref(model);
}

/* The layers of the tiny network as nodes, with the numbers worked out by hand. */
static void layers_become_nodes(void **state) {
    (void)state;
    write_tiny();
    px_model *model = import(&two_labels);
    const px_graph *g = &model->graph;
    const px_node *pad = &g->nodes[px_graph_find_node(g, "pad")];
    assert_int_equal(pad->window.top, 1);
    assert_int_equal(pad->window.bottom, 0);
    assert_int_equal(pad->window.left, 2);
    assert_int_equal(pad->window.right, 1);
    const px_node *stem = &g->nodes[px_graph_find_node(g, "stem/relu")];
    assert_int_equal(stem->op, PX_OP_RELU);
    assert_int_equal(stem->shape.h, 6);
    assert_int_equal(stem->shape.w, 7);
    const px_node *deep = &g->nodes[px_graph_find_node(g, "deep")];
    assert_int_equal(deep->groups, 4);
    assert_int_equal(deep->shape.c, 8);
    const px_node *mix = &g->nodes[px_graph_find_node(g, "mix")];
    const px_node *scale = &g->nodes[px_graph_find_node(g, "mix/scale")];
    assert_int_equal(mix->op, PX_OP_ADD);
    assert_string_equal(g->nodes[mix->inputs[0]].name, "act");
    assert_string_equal(g->nodes[scale->inputs[0]].name, "sep");
    assert_true(scale->scale == 0.25f);
    assert_int_equal(g->nodes[px_graph_find_node(g, "bn")].tensors[PX_GAMMA], -1);
    assert_true(g->nodes[px_graph_find_node(g, "sep/depthwise")].groups == 4);
    assert_string_equal(g->nodes[g->output].name, "dense_1/sigmoid");
    assert_int_equal(px_graph_count_parameters(g), 108 + 4 + 16 + 36 + 16 + 72 + 8 + 36 + 24 + 2);
    px_model_unref(model);
}

static void renumbered_layers_match_by_order(void **state) {
    (void)state;
    write_tiny();
    px_model *plain = import(&two_labels);
    px_hdf5_file file;
    keras_tiny_weights(&file);
    for (size_t i = 0; i < file.n_tensors; i++) {
        char name[128];
        snprintf(name, sizeof name, "other_%zu/%s", i, strrchr(file.tensors[i].name, '/') + 1);
        free(file.tensors[i].name);
        file.tensors[i].name = strdup(name);
        free(file.tensors[i].group);
        file.tensors[i].group = strdup(i < 13 ? "base_2" : "dense_7");
    }
    write_weights(&file);
    px_model *model = import(&two_labels);
    char why[256];
    assert_true(graphs_equal(&model->graph, &plain->graph, why));
    const json_t *how = json_object_get(model->provenance, "weights_matched_by");
    assert_string_equal(json_string_value(how), "order");
    px_model_unref(model);
    px_model_unref(plain);
    px_hdf5_clear(&file);
}

/* The weights file without its k-th tensor. */
static void missing_tensors_are_named(void **state) {
    (void)state;
    static const char *const words[] = {"stem: the weights file lacks its kernel",
                                        "stem: the weights file lacks its bias",
                                        "stem/bn: the weights file lacks its gamma"};
    write_tiny();
    px_hdf5_file file;
    keras_tiny_weights(&file);
    for (size_t k = 0; k < 3; k++) {
        px_hdf5_tensor rest[32];
        size_t n = 0;
        for (size_t i = 0; i < file.n_tensors; i++) {
            if (i != k)
                rest[n++] = file.tensors[i];
        }
        write_weights(&(px_hdf5_file){.n_tensors = n, .tensors = rest});
        expect_failure(PX_ERR_MISMATCH, weights_path, words[k]);
    }
    px_hdf5_clear(&file);
}

static void extra_and_misshapen_tensors_are_named(void **state) {
    (void)state;
    write_tiny();
    px_hdf5_file file;
    keras_tiny_weights(&file);
    file.tensors[0].dims[0] = 1;
    write_weights(&file);
    expect_failure(PX_ERR_MISMATCH, weights_path,
                   "stem: its kernel stem/kernel has shape [1, 3, 3, 4], not [3, 3, 3, 4]");
    file.tensors[0].dims[0] = 3;
    file.tensors[1].dims[0] = 3;
    write_weights(&file);
    expect_failure(PX_ERR_MISMATCH, weights_path, "stem/bias has shape [3], not [4]");
    file.tensors[1].dims[0] = 4;
    file.tensors[13].n_dims = 1;
    write_weights(&file);
    expect_failure(PX_ERR_MISMATCH, weights_path, "dense_1: its kernel has 1 dimensions, not 2");
    file.tensors[13].n_dims = 2;
    file.tensors[13].dims[1] = 1;
    write_weights(&file);
    expect_failure(PX_ERR_MISMATCH, weights_path,
                   "dense_1: dense_1/kernel has 1 outputs, its units are 2");
    file.tensors[13].dims[1] = 2;
    free(file.tensors[14].name);
    file.tensors[14].name = strdup("dense_1/gamma:0");
    write_weights(&file);
    expect_failure(PX_ERR_MISMATCH, weights_path, "dense_1: the weights file lacks its bias");
    px_hdf5_clear(&file);

    keras_tiny_weights(&file);
    px_hdf5_tensor *more = realloc(file.tensors, (file.n_tensors + 1) * sizeof *more);
    more[file.n_tensors] = (px_hdf5_tensor){.group = strdup("dense_9"),
                                            .name = strdup("dense_9/kernel:0"),
                                            .n_dims = 1,
                                            .dims = {1},
                                            .data = calloc(1, sizeof(float))};
    file.tensors = more;
    file.n_tensors++;
    write_weights(&file);
    expect_failure(PX_ERR_MISMATCH, weights_path,
                   "dense_9/kernel:0: the weights file has this tensor (in group dense_9)");
    px_hdf5_clear(&file);
}

static void weights_must_be_finite(void **state) {
    (void)state;
    write_tiny();
    px_hdf5_file file;
    keras_tiny_weights(&file);
    file.tensors[4].data[7] = NAN;
    write_weights(&file);
    expect_failure(PX_ERR_INPUT, weights_path,
                   "sep/depthwise_kernel: a weight is not a finite number");
    file.tensors[4].data[7] = 0;
    file.tensors[12].data[0] = -1;
    write_weights(&file);
    expect_failure(PX_ERR_INPUT, weights_path, "bn/moving_variance: a variance is negative");
    px_hdf5_clear(&file);
}

/* The tiny architecture with one piece of text replaced. */
static void write_json_with(const char *from, const char *to) {
    const char *at = strstr(keras_tiny_json, from);
    assert_non_null(at);
    char *text = NULL;
    assert_true(asprintf(&text, "%.*s%s%s", (int)(at - keras_tiny_json), keras_tiny_json, to,
                         at + strlen(from)) > 0);
    write_file(json_path, text, strlen(text));
    free(text);
}

static void what_is_not_supported_is_named(void **state) {
    (void)state;
    static const struct {
        const char *from, *to;
        px_error_code code;
        bool in_weights; /* the error is noticed with the weights' file at hand */
        const char *words;
    } cases[] = {
        {"\"ReLU\"", "\"PReLU\"", PX_ERR_UNSUPPORTED, true, "relu: PReLU layers are not supported"},
        {"\"activation\":\"relu\"}", "\"activation\":\"softmax\"}", PX_ERR_UNSUPPORTED, true,
         "act: activation softmax"},
        {"\"activation\":\"sigmoid\"", "\"activation\":\"softmax\"", PX_ERR_UNSUPPORTED, true,
         "dense_1: activation softmax"},
        {"\"activation\":\"sigmoid\"", "\"activation\":\"linear\"", PX_ERR_UNSUPPORTED, true,
         "dense_1: the network ends in dense, not in a sigmoid"},
        {"channels_last", "channels_first", PX_ERR_UNSUPPORTED, true,
         "stem: data_format channels_first"},
        {"\"dilation_rate\":[1,1]", "\"dilation_rate\":[2,2]", PX_ERR_UNSUPPORTED, true,
         "stem: dilation 2 x 2"},
        {"\"padding\":\"valid\"", "\"padding\":\"causal\"", PX_ERR_UNSUPPORTED, true,
         "stem: padding causal"},
        {"\"axis\":3", "\"axis\":1", PX_ERR_UNSUPPORTED, true, "stem/bn: its axis is not"},
        {"\"scale\":0.25", "\"factor\":0.25", PX_ERR_UNSUPPORTED, true,
         "mix: a Lambda layer is only supported as"},
        {"\"max_value\":null", "\"max_value\":6.0", PX_ERR_UNSUPPORTED, true,
         "relu: only a plain ReLU"},
        {"[2,1]]", "[2]]", PX_ERR_INPUT, true, "pad: its left and right padding must be"},
        {"\"kernel_size\":[3,3]", "\"kernel_size\":[3,\"3\"]", PX_ERR_INPUT, true,
         "stem: its kernel_size must be two whole numbers"},
        {"\"filters\":4", "\"filters\":5", PX_ERR_MISMATCH, true,
         "stem: stem/kernel has 4 outputs, its filters are 5"},
        {"null,12,12,3", "null,null,null,3", PX_ERR_UNSUPPORTED, false,
         "input_1: its input shape must be"},
        {"null,12,12,3", "null,1,1,3", PX_ERR_MISMATCH, true, "stem: a 3 x 3 kernel does not fit"},
        {"[\"act\",0,0,{}]", "[\"nobody\",0,0,{}]", PX_ERR_INPUT, false,
         "sep: its input nobody is not an earlier layer"},
        {"[\"act\",0,0,{}]", "[\"bn\",0,0,{}]", PX_ERR_INPUT, false,
         "sep: its input bn is not an earlier layer"},
        {"[[\"pad\",0,0,{}]]", "[[\"pad\",0,0,{}]],[[\"pad\",0,0,{}]]", PX_ERR_UNSUPPORTED, false,
         "stem: used 2 times"},
        {"[[\"bn\",0,0]]", "[[\"bn\",0,0],[\"act\",0,0]]", PX_ERR_UNSUPPORTED, false,
         "base: output_layers must name exactly one layer"},
        {"[[\"bn\",0,0]]", "[[\"gone\",0,0]]", PX_ERR_INPUT, false, "gone: the model's output"},
        {"\"sum\"", "\"sep\"", PX_ERR_INPUT, false, "sep: two layers have this name"},
        {"\"Sequential\"", "\"Robot\"", PX_ERR_INPUT, false, "not a Keras architecture"},
        {"\"class_name\":\"Add\",", "", PX_ERR_INPUT, false, "sum: a layer without class_name"},
    };
    write_tiny();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        write_json_with(cases[i].from, cases[i].to);
        expect_failure(cases[i].code, cases[i].in_weights ? weights_path : json_path,
                       cases[i].words);
    }
}

static void labels_must_fit(void **state) {
    (void)state;
    write_tiny();
    px_error err = {0};
    px_import_options three = {.labels = "a,b,c"};
    assert_null(px_import_keras(json_path, weights_path, &three, &err));
    assert_int_equal(err.code, PX_ERR_MISMATCH);
    assert_non_null(strstr(err.message, "2 outputs for 3 labels"));
    px_import_options twice = {.labels = "a,a"};
    err = (px_error){0};
    assert_null(px_import_keras(json_path, weights_path, &twice, &err));
    assert_int_equal(err.code, PX_ERR_USAGE);
}

/* Every prefix of a file, sixteen steps: an error that names the file, never a crash. */
static void truncated_files_are_refused(void **state) {
    (void)state;
    write_tiny();
    const char *const paths[] = {weights_path, json_path};
    for (int p = 0; p < 2; p++) {
        px_buffer whole = read_file(paths[p]);
        for (size_t part = 0; part < 16; part++) {
            write_file(paths[p], whole.data, whole.size * part / 16);
            px_error err = {0};
            assert_null(px_import_keras(json_path, weights_path, &two_labels, &err));
            assert_int_equal(err.code, PX_ERR_INPUT);
            assert_string_equal(err.subject, paths[p]);
        }
        write_file(paths[p], whole.data, whole.size);
        px_buffer_clear(&whole);
    }
    px_model_unref(import(&two_labels));
}

/* Any byte of the HDF5 file turned over: a model or an error, and this process lives on. */
static void damaged_hdf5_never_crashes(void **state) {
    (void)state;
    write_tiny();
    px_buffer whole = read_file(weights_path);
    px_random random;
    px_random_init(&random, 1, 2);
    int refused = 0;
    for (int i = 0; i < 200; i++) {
        size_t at = px_random_below(&random, i < 100 ? 2048 : whole.size);
        uint8_t was = whole.data[at];
        whole.data[at] = (uint8_t)(was ^ (1 + px_random_below(&random, 255)));
        px_hdf5_file file = {0};
        px_error err = {0};
        if (px_hdf5_read(whole.data, whole.size, &file, &err)) {
            px_hdf5_clear(&file);
        } else {
            assert_int_not_equal(err.code, PX_OK);
            refused++;
        }
        whole.data[at] = was;
    }
    assert_in_range(refused, 20, 199);
    px_buffer_clear(&whole);
}

static void other_files_are_refused(void **state) {
    (void)state;
    write_tiny();
    write_file(weights_path, "PK\3\4not HDF5", 12);
    expect_failure(PX_ERR_INPUT, weights_path, "not an HDF5 file");
    write_file(weights_path, "", 0);
    expect_failure(PX_ERR_INPUT, weights_path, "the file is empty");
    unlink(weights_path);
    expect_failure(PX_ERR_IO, weights_path, "cannot open");
    write_tiny();
    write_file(json_path, "[1, 2", 5);
    expect_failure(PX_ERR_INPUT, json_path, "not JSON: line 1");
    px_error err = {0};
    assert_null(px_import_keras(NULL, weights_path, &two_labels, &err));
    assert_int_equal(err.code, PX_ERR_INPUT);
    assert_non_null(strstr(err.message, "no architecture inside"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_networks_of_2020_are_the_builders),
        cmocka_unit_test(every_layout_gives_the_same_model),
        cmocka_unit_test(a_model_carries_what_the_file_says),
        cmocka_unit_test(layers_become_nodes),
        cmocka_unit_test(renumbered_layers_match_by_order),
        cmocka_unit_test(missing_tensors_are_named),
        cmocka_unit_test(extra_and_misshapen_tensors_are_named),
        cmocka_unit_test(weights_must_be_finite),
        cmocka_unit_test(what_is_not_supported_is_named),
        cmocka_unit_test(labels_must_fit),
        cmocka_unit_test(truncated_files_are_refused),
        cmocka_unit_test(damaged_hdf5_never_crashes),
        cmocka_unit_test(other_files_are_refused),
    };
    return cmocka_run_group_tests_name("keras", tests, make_folder, remove_folder);
}
