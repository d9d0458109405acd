/* ONNX: every way of saying the same network, round trips, and every kind of bad file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../src/base/file.h"
#include "../src/base/memory.h"
#include "../src/graph/plan.h"
#include "../src/model/builders.h"
#include "keras_files.h"
#include "onnx_tiny.h"
#include "random_graph.h"

static char folder[64], path[96];

static int make_folder(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/test_onnx_XXXXXX");
    if (!mkdtemp(folder))
        return 1;
    snprintf(path, sizeof path, "%s/m.onnx", folder);
    return 0;
}

static int remove_folder(void **state) {
    (void)state;
    unlink(path);
    return rmdir(folder); /* fails when something was left behind */
}

/* Answers of the plain executor for a fixed input. */
static float *answer(const px_graph *graph, int *count) {
    px_shape in = graph->nodes[0].shape, out = graph->nodes[graph->output].shape;
    size_t n = (size_t)in.h * (size_t)in.w * (size_t)in.c;
    float *image = calloc(n, sizeof *image);
    for (size_t i = 0; i < n; i++)
        image[i] = (float)((int)(i * 37 % 101) - 50) / 50;
    *count = out.h * out.w * out.c;
    float *scores = calloc((size_t)*count, sizeof *scores);
    px_plan *plan = px_plan_new(graph, &(px_plan_options){.reference = true}, NULL);
    px_workspace *workspace = px_workspace_new(plan, NULL);
    px_plan_run(plan, workspace, NULL, image, scores, NULL);
    px_workspace_free(workspace);
    px_plan_free(plan);
    free(image);
    return scores;
}

static px_graph read_graph(Onnx__ModelProto *message) {
    px_buffer bytes;
    px_buffer_init(&bytes, 1 << 20);
    onnx_pack(message, &bytes);
    onnx__model_proto__free_unpacked(message, NULL);
    px_graph graph;
    px_error err = {0};
    if (!px_onnx_to_graph(bytes.data, bytes.size, &graph, &err) || !px_graph_infer(&graph, &err))
        fail_msg("%s: %s", err.subject, err.message);
    px_buffer_clear(&bytes);
    return graph;
}

static void assert_same_answers(const px_graph *a, const px_graph *b, const char *what) {
    int n, m;
    float *x = answer(a, &n), *y = answer(b, &m);
    if (n != m || memcmp(x, y, (size_t)n * sizeof *x) != 0)
        fail_msg("%s: %d answers from %.9g, %d from %.9g", what, n, (double)x[0], m, (double)y[0]);
    free(x);
    free(y);
}

static void every_wording_is_the_same_network(void **state) {
    (void)state;
    static const struct {
        const char *what;
        onnx_variant variant;
    } cases[] = {
        {"SAME_LOWER", {.same_lower = true}},
        {"channels last", {.channels_last = true}},
        {"opset 9, Pad with attributes", {.opset = 9, .pad_attribute = true}},
        {"opset 21", {.opset = 21}},
        {"Squeeze", {.pooling = SQUEEZED}},
        {"Reshape", {.pooling = RESHAPED}},
        {"ReduceMean", {.pooling = MEAN}},
        {"ReduceMean of opset 18", {.opset = 18, .pooling = MEAN}},
        {"ReduceMean without keepdims", {.pooling = MEAN_WITHOUT_AXES}},
        {"Unsqueeze and back", {.pooling = UNSQUEEZED}},
        {"Gemm transB", {.dense = GEMM_TRANSPOSED}},
        {"Gemm alpha and beta", {.dense = GEMM_SCALED}},
        {"MatMul and Add", {.dense = MATMUL}},
        {"MatMul and Add, bias first", {.dense = MATMUL_LATE}},
        {"float_data", {.storage = LISTED}},
        {"float16", {.storage = HALF}},
        {"float16 in int32_data", {.storage = HALF_LISTED}},
        {"float64", {.storage = DOUBLE}},
        {"double_data", {.storage = DOUBLE_LISTED}},
        {"Constant nodes", {.storage = CONSTANT_NODES}},
    };
    px_graph plain = read_graph(onnx_tiny((onnx_variant){0}));
    assert_int_equal(plain.nodes[plain.output].op, PX_OP_SIGMOID);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        px_graph graph = read_graph(onnx_tiny(cases[i].variant));
        assert_same_answers(&graph, &plain, cases[i].what);
        px_graph_clear(&graph);
    }
    px_graph_clear(&plain);
}

static void flattened_maps_keep_their_order(void **state) {
    (void)state;
    px_graph a = read_graph(onnx_tiny_flatten(false)), b = read_graph(onnx_tiny_flatten(true));
    assert_same_answers(&a, &b, "flatten");
    px_graph_clear(&a);
    px_graph_clear(&b);
}

static px_graph export_and_read(const px_model *model) {
    px_error err = {0};
    if (!px_export_onnx(model, path, &err))
        fail_msg("%s: %s", err.subject, err.message);
    px_buffer bytes;
    px_buffer_init(&bytes, 1 << 28);
    assert_true(px_file_read(path, &bytes, &err));
    px_graph graph;
    if (!px_onnx_to_graph(bytes.data, bytes.size, &graph, &err) || !px_graph_infer(&graph, &err))
        fail_msg("%s: %s", err.subject, err.message);
    px_buffer_clear(&bytes);
    return graph;
}

/* Random networks of every operation, out and in again. */
static void random_networks_survive_the_round_trip(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        px_error err = {0};
        px_model *model = px_model_new(&err);
        random_graph(&model->graph, seed, 12);
        px_graph *graph = &model->graph;
        if (graph->nodes[graph->output].shape.h * graph->nodes[graph->output].shape.w > 1)
            graph->output = add_plain(graph, PX_OP_GLOBAL_AVG_POOL, graph->output);
        assert_true(px_graph_infer(graph, &err));
        model->name = strdup("random");
        char what[32];
        snprintf(what, sizeof what, "seed %d", (int)seed);
        assert_true(px_model_set_labels(model, "a", &err));
        px_graph back = export_and_read(model);
        assert_same_answers(&back, graph, what);
        px_graph_clear(&back);
        px_model_unref(model);
    }
}

static void a_builders_network_comes_back_whole(void **state) {
    (void)state;
    px_error err = {0};
    px_model *model =
        px_model_build(PX_ARCH_INCEPTION_RESNET_V2, PX_HEAD_2020, 75, "Edema,x", 3, &err);
    int gamma = px_graph_find_tensor(&model->graph, "batch_normalization_204/gamma");
    *(float *)(uintptr_t)model->graph.tensors[gamma].data = 0.5f; /* ones would be left out */
    px_graph back = export_and_read(model);
    char why[256];
    if (!graphs_equal(&back, &model->graph, why))
        fail_msg("%s", why);
    assert_string_equal(back.nodes[back.output].name, "dense_2/sigmoid");
    px_graph_clear(&back);
    px_model_unref(model);
}

static Onnx__NodeProto *find_node(Onnx__ModelProto *m, const char *name) {
    for (size_t i = 0; i < m->graph->n_node; i++) {
        if (strcmp(m->graph->node[i]->name, name) == 0)
            return m->graph->node[i];
    }
    fail_msg("no node %s", name);
    return NULL;
}

static Onnx__TensorProto *find_constant(Onnx__ModelProto *m, const char *name) {
    for (size_t i = 0; i < m->graph->n_initializer; i++) {
        if (strcmp(m->graph->initializer[i]->name, name) == 0)
            return m->graph->initializer[i];
    }
    fail_msg("no constant %s", name);
    return NULL;
}

static void set_text(char **text, const char *to) {
    free(*text);
    *text = strdup(to);
}

static void unknown_op(Onnx__ModelProto *m) {
    set_text(&find_node(m, "relu")->op_type, "Softplus");
}
static void other_domain(Onnx__ModelProto *m) {
    set_text(&find_node(m, "relu")->domain, "com.example");
}
static void unknown_attribute(Onnx__ModelProto *m) {
    px_onnx_set_int(find_node(m, "relu"), "slope", 1, NULL);
}
static void old_opset(Onnx__ModelProto *m) {
    m->opset_import[0]->version = 8;
}
static void new_opset(Onnx__ModelProto *m) {
    m->opset_import[0]->version = 22;
}
static void no_such_input(Onnx__ModelProto *m) {
    set_text(&find_node(m, "relu")->input[0], "nobody");
}
static void unsorted(Onnx__ModelProto *m) {
    size_t n = m->graph->n_node;
    Onnx__NodeProto *last = m->graph->node[n - 1];
    m->graph->node[n - 1] = m->graph->node[n - 2];
    m->graph->node[n - 2] = last;
}
static void dilated(Onnx__ModelProto *m) {
    px_onnx_set_ints(find_node(m, "conv"), "dilations", (const int[]){2, 2}, 2, NULL);
}
static void one_pad(Onnx__ModelProto *m) {
    find_node(m, "conv")->attribute[0]->n_ints = 1;
}
static void negative_pad(Onnx__ModelProto *m) {
    find_node(m, "conv")->attribute[0]->ints[0] = -1;
}
static void no_groups(Onnx__ModelProto *m) {
    px_onnx_set_int(find_node(m, "conv"), "group", 0, NULL);
}
static void three_groups(Onnx__ModelProto *m) {
    px_onnx_set_int(find_node(m, "conv"), "group", 3, NULL);
}
static void bad_auto_pad(Onnx__ModelProto *m) {
    px_onnx_set_text(find_node(m, "conv"), "auto_pad", "SOMEHOW", NULL);
}
static void external(Onnx__ModelProto *m) {
    find_constant(m, "w")->has_data_location = 1;
    find_constant(m, "w")->data_location = 1;
}
static void short_data(Onnx__ModelProto *m) {
    find_constant(m, "w")->raw_data.len -= 4;
}
static void huge_dims(Onnx__ModelProto *m) {
    find_constant(m, "w")->dims[0] = INT64_MAX / 2;
}
static void zero_dims(Onnx__ModelProto *m) {
    find_constant(m, "w")->dims[0] = 0;
}
static void integer_weights(Onnx__ModelProto *m) {
    find_constant(m, "w")->data_type = PX_ONNX_INT32;
}
static void short_bias(Onnx__ModelProto *m) {
    find_constant(m, "b")->dims[0] = 3;
    find_constant(m, "b")->raw_data.len = 12;
}
static void training(Onnx__ModelProto *m) {
    px_onnx_set_int(find_node(m, "norm"), "training_mode", 1, NULL);
}
static void reflecting(Onnx__ModelProto *m) {
    px_onnx_set_text(find_node(m, "pad"), "mode", "reflect", NULL);
}
static void pads_channels(Onnx__ModelProto *m) {
    find_constant(m, "pads")->raw_data.data[8] = 1;
}
static void multiplied_vector(Onnx__ModelProto *m) {
    set_text(&find_node(m, "scaled")->input[0], "b");
}
static void added_constant(Onnx__ModelProto *m) {
    set_text(&find_node(m, "sum")->input[1], "b");
}
static void wrong_sum(Onnx__ModelProto *m) {
    set_text(&find_node(m, "sum")->input[1], "in");
}
static void no_sigmoid(Onnx__ModelProto *m) {
    set_text(&m->graph->output[0]->name, "logits");
}
static void no_output(Onnx__ModelProto *m) {
    set_text(&m->graph->output[0]->name, "nothing");
}
static void dynamic_size(Onnx__ModelProto *m) {
    m->graph->input[0]->type->tensor_type->shape->dim[2]->has_dim_value = 0;
}
static void double_input(Onnx__ModelProto *m) {
    m->graph->input[0]->type->tensor_type->elem_type = PX_ONNX_DOUBLE;
}
static void same_name(Onnx__ModelProto *m) {
    set_text(&find_constant(m, "o")->name, "g");
}
static void product_of_map(Onnx__ModelProto *m) {
    set_text(&find_node(m, "product")->input[0], "pool");
}
static void not_a_number(Onnx__ModelProto *m) {
    memset(find_constant(m, "w")->raw_data.data, 0xff, 4);
}
static void negative_variance(Onnx__ModelProto *m) {
    find_constant(m, "var")->raw_data.data[3] |= 0x80;
}

static void tall_bias(Onnx__ModelProto *m) {
    Onnx__TensorProto *bias = find_constant(m, "kb");
    bias->n_dims = 2;
    bias->dims = realloc(bias->dims, 2 * sizeof *bias->dims);
    bias->dims[0] = 2;
    bias->dims[1] = 1;
}
static void move_before(Onnx__ModelProto *m, const char *name, const char *next) {
    Onnx__NodeProto *moved = find_node(m, name), **nodes = m->graph->node;
    size_t i = 0;
    while (nodes[i] != moved)
        i++;
    for (; strcmp(nodes[i + 1]->name, next) != 0; i++)
        nodes[i] = nodes[i + 1];
    nodes[i] = moved;
}
/* out = sigmoid((Identity(product) + bias) + product): the bias belongs to one of them only. */
static void product_with_two_names(Onnx__ModelProto *m) {
    set_text(&find_node(m, "pool")->input[0], "scaled");
    set_text(&find_node(m, "drop")->op_type, "Identity");
    set_text(&find_node(m, "drop")->input[0], "product");
    set_text(&find_node(m, "logits")->input[0], "drop");
    set_text(&find_node(m, "sum")->input[0], "logits");
    set_text(&find_node(m, "sum")->input[1], "product");
    set_text(&find_node(m, "out")->input[0], "sum");
    move_before(m, "drop", "logits");
    move_before(m, "sum", "out");
}

static void bad_networks_are_refused(void **state) {
    (void)state;
    static const struct {
        void (*spoil)(Onnx__ModelProto *);
        px_error_code code;
        const char *words;
    } cases[] = {
        {unknown_op, PX_ERR_UNSUPPORTED, "relu: Softplus: this operator is not supported"},
        {other_domain, PX_ERR_UNSUPPORTED, "relu: Relu: this operator is not supported"},
        {unknown_attribute, PX_ERR_UNSUPPORTED, "relu: Relu: attribute \"slope\""},
        {old_opset, PX_ERR_UNSUPPORTED, "opset 8: 9 to 21 are supported"},
        {new_opset, PX_ERR_UNSUPPORTED, "opset 22"},
        {no_such_input, PX_ERR_INPUT, "relu: Relu: its input \"nobody\" is neither"},
        {unsorted, PX_ERR_INPUT, "its input \"logits\" is neither a constant nor made by an"},
        {dilated, PX_ERR_UNSUPPORTED, "conv: Conv: dilations"},
        {one_pad, PX_ERR_INPUT, "conv: Conv: its pads must be four numbers"},
        {negative_pad, PX_ERR_INPUT, "conv: Conv: its pads must be four numbers"},
        {no_groups, PX_ERR_INPUT, "conv: Conv: 0 groups"},
        {three_groups, PX_ERR_MISMATCH, "conv: 3 groups do not divide"},
        {bad_auto_pad, PX_ERR_INPUT, "conv: Conv: its auto_pad"},
        {external, PX_ERR_UNSUPPORTED, "constant w lies in another file"},
        {short_data, PX_ERR_INPUT, "constant w has not as much data"},
        {huge_dims, PX_ERR_INPUT, "constant w has not as much data"},
        {zero_dims, PX_ERR_INPUT, "constant w has not as much data"},
        {integer_weights, PX_ERR_UNSUPPORTED, "constant w has data type 6"},
        {short_bias, PX_ERR_MISMATCH, "its bias b has 3 numbers, not 4"},
        {training, PX_ERR_UNSUPPORTED, "norm: BatchNormalization: only inference"},
        {reflecting, PX_ERR_UNSUPPORTED, "pad: Pad: only padding with zeros"},
        {pads_channels, PX_ERR_UNSUPPORTED, "pad: Pad: pads must be eight numbers"},
        {multiplied_vector, PX_ERR_UNSUPPORTED, "scaled: Mul: only one number"},
        {added_constant, PX_ERR_UNSUPPORTED, "sum: Add: a constant may only be added to a MatMul"},
        {tall_bias, PX_ERR_MISMATCH, "logits: Add: its bias kb has 2 numbers in several rows"},
        {product_with_two_names, PX_ERR_UNSUPPORTED, "logits: Add: a constant may only be added"},
        {wrong_sum, PX_ERR_MISMATCH, "do not fit together"},
        {no_sigmoid, PX_ERR_UNSUPPORTED, "product: the network ends in dense, not in a sigmoid"},
        {no_output, PX_ERR_INPUT, "nothing: the network's output is made by no node"},
        {dynamic_size, PX_ERR_UNSUPPORTED, "in: the input's channels, height and width"},
        {double_input, PX_ERR_UNSUPPORTED, "in: the input must be float32"},
        {same_name, PX_ERR_INPUT, "g: two values have this name"},
        {product_of_map, PX_ERR_MISMATCH, "product: MatMul: input 0 has 4 dimensions, not 2"},
        {not_a_number, PX_ERR_INPUT, "conv/kernel: a weight is not a finite number"},
        {negative_variance, PX_ERR_INPUT, "norm/moving_variance: a variance is negative"},
    };
    const px_import_options options = {.labels = "a,b"};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Onnx__ModelProto *message = onnx_tiny((onnx_variant){.dense = MATMUL});
        cases[i].spoil(message);
        px_buffer bytes;
        px_buffer_init(&bytes, 1 << 20);
        onnx_pack(message, &bytes);
        onnx__model_proto__free_unpacked(message, NULL);
        assert_true(px_file_write(path, bytes.data, bytes.size, NULL));
        px_buffer_clear(&bytes);
        px_error err = {0};
        px_model *model = px_import_onnx(path, &options, &err);
        if (model || err.code != cases[i].code || !strstr(err.message, cases[i].words) ||
            strcmp(err.subject, path) != 0)
            fail_msg("wanted \"%s\", got %s: %s: %s", cases[i].words, px_error_code_name(err.code),
                     err.subject, err.message);
    }
}

static void write_tiny(void) {
    px_buffer bytes;
    px_buffer_init(&bytes, 1 << 20);
    Onnx__ModelProto *message = onnx_tiny((onnx_variant){0});
    onnx_pack(message, &bytes);
    onnx__model_proto__free_unpacked(message, NULL);
    assert_true(px_file_write(path, bytes.data, bytes.size, NULL));
    px_buffer_clear(&bytes);
}

static void truncated_and_other_files_are_refused(void **state) {
    (void)state;
    const px_import_options options = {.labels = "a,b"};
    write_tiny();
    px_buffer whole;
    px_buffer_init(&whole, 1 << 20);
    assert_true(px_file_read(path, &whole, NULL));
    for (size_t part = 0; part <= 16; part++) {
        assert_true(px_file_write(path, whole.data, whole.size * part / 16, NULL));
        px_error err = {0};
        px_model *model = px_import_onnx(path, &options, &err);
        assert_true(part == 16 ? model != NULL : !model && err.code == PX_ERR_INPUT);
        px_model_unref(model);
    }
    px_buffer_clear(&whole);
    assert_true(px_file_write(path, "\x89HDF\r\n\x1a\n", 8, NULL));
    px_error err = {0};
    assert_null(px_import_onnx(path, &options, &err));
    assert_non_null(strstr(err.message, "not an ONNX file"));
    unlink(path);
    err = (px_error){0};
    assert_null(px_import_onnx(path, &options, &err));
    assert_int_equal(err.code, PX_ERR_IO);
}

static void a_model_carries_what_the_options_say(void **state) {
    (void)state;
    write_tiny();
    px_error err = {0};
    const px_import_options options = {
        .name = "mine", .labels = "Edema,Pleural Effusion", .scaling = PX_SCALING_IMAGENET};
    px_model *model = px_import_onnx(path, &options, &err);
    assert_non_null(model);
    assert_string_equal(model->name, "mine");
    assert_string_equal(model->labels[1], "pleural_effusion");
    assert_int_equal(model->input.scaling, PX_SCALING_IMAGENET);
    assert_int_equal(model->input.height, 6);
    assert_true(model->trained);
    assert_int_equal(json_array_size(json_object_get(model->provenance, "files")), 1);
    px_model_unref(model);
    const px_import_options three = {.labels = "a,b,c"};
    assert_null(px_import_onnx(path, &three, &err));
    assert_int_equal(err.code, PX_ERR_MISMATCH);
    assert_non_null(strstr(err.message, "2 outputs for 3 labels"));
}

static void exports_fail_without_a_trace(void **state) {
    (void)state;
    px_error err = {0};
    px_model *model = px_model_build(PX_ARCH_DENSENET121, PX_HEAD_PLAIN, 75, "a", 3, &err);
    char where[128];
    snprintf(where, sizeof where, "%s/no/such/folder.onnx", folder);
    assert_false(px_export_onnx(model, where, &err));
    assert_int_equal(err.code, PX_ERR_IO);
    assert_string_equal(err.subject, where);
    err = (px_error){0};
    assert_false(px_export_onnx(model, "/dev/full", &err));
    assert_int_equal(err.code, PX_ERR_IO);
    px_model_unref(model);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_wording_is_the_same_network),
        cmocka_unit_test(flattened_maps_keep_their_order),
        cmocka_unit_test(random_networks_survive_the_round_trip),
        cmocka_unit_test(a_builders_network_comes_back_whole),
        cmocka_unit_test(bad_networks_are_refused),
        cmocka_unit_test(truncated_and_other_files_are_refused),
        cmocka_unit_test(a_model_carries_what_the_options_say),
        cmocka_unit_test(exports_fail_without_a_trace),
    };
    return cmocka_run_group_tests_name("onnx", tests, make_folder, remove_folder);
}
