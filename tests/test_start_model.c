/* The network that a training begins with: new heads, weights by name, frozen layers, findings that
 * are cut off in the end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../src/base/memory.h"
#include "../src/model/convert_weights.h"
#include "../src/trainer/start_model.h"
#include "../src/trainer/train_head.h"
#include "keras_files.h"
#include "must.h"
#include "tiny_training.h"

static int make(void **state) {
    *state = tiny_make();
    return 0;
}

static int remove_all(void **state) {
    tiny_remove(*state);
    return 0;
}

enum { SAID = 512 };

static void listen(void *context, const char *text) {
    snprintf(context, SAID, "%s", text);
}

/* @param said  [SAID] what was told last. */
static px_model *start(const px_train_config *config, char *said) {
    px_error err = {0};
    px_model *model = px_start_model(config, listen, said, &err);
    if (!model)
        fail_msg("%s: %s", err.subject, err.message);
    return model;
}

static const float *values_of(const px_model *model, const char *name, size_t *count) {
    int index = px_graph_find_tensor(&model->graph, name);
    if (index < 0)
        fail_msg("no %s", name);
    const px_tensor *tensor = &model->graph.tensors[index];
    assert_int_equal(tensor->dtype, PX_F32);
    *count = (size_t)px_tensor_count(tensor);
    return tensor->data;
}

static bool same_values(const px_model *a, const px_model *b, const char *name) {
    size_t n, m;
    const float *x = values_of(a, name, &n), *y = values_of(b, name, &m);
    return n == m && memcmp(x, y, n * sizeof *x) == 0;
}

static px_model *load(const char *path) {
    px_error err = {0};
    px_model *model = px_model_load(path, &err);
    if (!model)
        fail_msg("%s: %s", err.subject, err.message);
    return model;
}

/* ---- a model's own network ----------------------------------------------------------------- */

static void the_same_findings_keep_the_head(void **state) {
    const char *folder = *state;
    char said[SAID] = "";
    px_train_config config = tiny_config(folder, "{'model.dropout':0.3}");
    px_model *model = start(&config, said), *file = load(config.start);
    for (int i = 0; i < file->graph.n_tensors; i++)
        assert_true(same_values(model, file, file->graph.tensors[i].name));
    assert_string_equal(said, "");
    int dense = px_graph_last_dense(&model->graph, NULL);
    const px_node *dropout = &model->graph.nodes[model->graph.nodes[dense].inputs[0]];
    assert_int_equal(dropout->op, PX_OP_DROPOUT);
    assert_float_equal(dropout->scale, 0.3f, 0);
    assert_int_equal(model->graph.n_nodes, file->graph.n_nodes + 1);
    px_model_unref(model);
    px_model_unref(file);
    px_train_config_clear(&config);
}

static void other_findings_get_a_new_head(void **state) {
    const char *folder = *state;
    char said[SAID] = "";
    px_train_config config = tiny_config(folder, "{'data.findings':['pleural_effusion','edema']}");
    px_model *model = start(&config, said), *file = load(config.start);
    assert_true(same_values(model, file, "conv_b/kernel"));
    assert_false(same_values(model, file, "dense_1/kernel"));
    assert_non_null(strstr(said, "last layer is new"));
    assert_string_equal(model->labels[0], "pleural_effusion");
    size_t n;
    const float *bias = values_of(model, "dense_1/bias", &n);
    assert_int_equal(n, 2);
    assert_true(bias[0] == 0 && bias[1] == 0);
    px_model_unref(model);
    px_model_unref(file);
    px_train_config_clear(&config);
}

static void fewer_bits_are_made_more(void **state) {
    const char *folder = *state;
    px_model *file = load(tiny_path(folder, "start.safetensors"));
    MUST(px_model_convert_weights(file, PX_I8, &err));
    MUST(px_model_save(file, tiny_path(folder, "int8.safetensors"), &err));
    px_train_config config = tiny_config(
        folder, "{'model.start':'int8.safetensors','output':'int8','training.epochs':1}");
    px_model *model = start(&config, (char[SAID]){0});
    int index = px_graph_find_tensor(&file->graph, "conv_b/kernel");
    size_t n;
    const float *values = values_of(model, "conv_b/kernel", &n);
    float *expected = malloc(n * sizeof *expected);
    px_tensor_to_f32(&file->graph.tensors[index], expected);
    assert_memory_equal(values, expected, n * sizeof *expected);
    free(expected);
    px_train_outcome outcome = tiny_train(&config, PX_START_RESUME);
    px_train_outcome_clear(&outcome);
    px_model_unref(model);
    px_model_unref(file);
    px_train_config_clear(&config);
}

/* ---- freezing, cutting --------------------------------------------------------------------- */

static void frozen_layers_stay(void **state) {
    const char *folder = *state;
    px_train_config config = tiny_config(
        folder, "{'output':'frozen','model.freeze':['conv_a','norm_*'],'training.epochs':1}");
    px_train_outcome outcome = tiny_train(&config, PX_START_RESUME);
    px_model *model = load(tiny_path(folder, "frozen/model.safetensors")),
             *file = load(config.start);
    const char *const frozen[] = {"conv_a/kernel", "norm_a/gamma", "norm_a/moving_mean",
                                  "norm_b/moving_variance"};
    for (size_t i = 0; i < sizeof frozen / sizeof *frozen; i++)
        assert_true(same_values(model, file, frozen[i]));
    assert_false(same_values(model, file, "conv_b/kernel"));
    px_model_unref(model);
    px_model_unref(file);
    px_train_outcome_clear(&outcome);
    px_train_config_clear(&config);
    config = tiny_config(folder, "{'output':'frozen','model.freeze':['conv_z*']}");
    MUST_FAIL(px_train(&config, PX_START_OVER, &(px_train_hooks){0}, &outcome, &err), PX_ERR_INPUT);
    px_train_outcome_clear(&outcome);
    px_train_config_clear(&config);
}

static void auxiliary_findings_are_cut_off(void **state) {
    const char *folder = *state;
    px_train_config config = tiny_config(
        folder, "{'output':'cut','data.findings':['pleural_effusion'],'data.auxiliary':['edema'],"
                "'model.dropout':0.2,'training.epochs':2}");
    px_train_outcome outcome = tiny_train(&config, PX_START_RESUME);
    assert_int_equal(outcome.history.n_findings, 1);
    px_model *model = load(tiny_path(folder, "cut/model.safetensors"));
    assert_int_equal(model->n_labels, 1);
    assert_string_equal(model->labels[0], "pleural_effusion");
    size_t n;
    values_of(model, "dense_1/kernel", &n);
    assert_int_equal(n, 12);
    px_model_unref(model);
    px_train_outcome_clear(&outcome);
    px_train_config_clear(&config);
}

/* ---- an architecture, and weights by name -------------------------------------------------- */

#define NETWORK                                                                                    \
    "'model.architecture':'densenet121','input.size':75,'training.seed':3,'output':'network'"

/* Every tensor but the head's, named as keras.applications' "notop" files name them; some as by a
 * session that had built the network before. */
static void write_notop(const px_model *model, const char *path) {
    px_hdf5_file file = {0};
    file.tensors = calloc((size_t)model->graph.n_tensors, sizeof *file.tensors);
    for (int i = 0; i < model->graph.n_tensors; i++) {
        const px_tensor *from = &model->graph.tensors[i];
        if (strncmp(from->name, "dense_", 6) == 0)
            continue;
        px_hdf5_tensor *to = &file.tensors[file.n_tensors++];
        size_t bytes = (size_t)px_tensor_count(from) * sizeof(float);
        to->group = strdup(from->name);
        char *slash = strrchr(to->group, '/');
        *slash = '\0';
        to->name = px_format(NULL, "%s%s/%s:0", to->group, i % 5 ? "" : "_3", slash + 1);
        to->n_dims = from->n_dims;
        memcpy(to->dims, from->dims, sizeof to->dims);
        to->data = malloc(bytes);
        memcpy(to->data, from->data, bytes);
    }
    assert_true(keras_write(path, &file, &(keras_write_options){0}));
    px_hdf5_clear(&file);
}

static px_model *build_other(void) {
    px_error err = {0};
    px_model *model = px_model_build(PX_ARCH_DENSENET121, PX_HEAD_PLAIN, 75, "a,b", 99, &err);
    assert_non_null(model);
    return model;
}

static void assert_base_taken(const px_model *model, const px_model *file) {
    for (int i = 0; i < file->graph.n_tensors; i++) {
        const char *name = file->graph.tensors[i].name;
        bool same = same_values(model, file, name);
        if (same != (strcmp(name, "dense_1/kernel") != 0))
            fail_msg("%s is %s", name, same ? "the same" : "another");
    }
}

static void imagenet_weights_get_a_new_head(void **state) {
    const char *folder = *state;
    px_model *other = build_other();
    write_notop(other, tiny_path(folder, "notop.h5"));
    char said[SAID] = "";
    px_train_config config = tiny_config(folder, "{" NETWORK ",'model.start':'notop.h5'}");
    px_model *model = start(&config, said);
    assert_base_taken(model, other);
    assert_non_null(strstr(said, "weights of 604 of the network's 606 tensors are taken; new are "
                                 "dense_1/kernel dense_1/bias"));
    px_model_unref(model);
    px_train_config_clear(&config);
    px_model_unref(other);
}

static void a_models_weights_are_taken_by_name(void **state) {
    const char *folder = *state;
    px_model *other = build_other();
    MUST(px_model_save(other, tiny_path(folder, "other.safetensors"), &err));
    px_train_config config = tiny_config(folder, "{" NETWORK ",'model.start':'other.safetensors'}");
    px_model *model = start(&config, (char[SAID]){0});
    assert_base_taken(model, other); /* as many findings, but others */
    px_model_unref(model);
    px_train_config_clear(&config);
    px_model_unref(other);
    config = tiny_config(folder, "{" NETWORK ",'model.start':'start.safetensors'}");
    MUST_FAIL(px_start_model(&config, NULL, NULL, &err), PX_ERR_INPUT);
    px_train_config_clear(&config);
}

static void it_may_begin_with_nothing(void **state) {
    const char *folder = *state;
    px_train_config config = tiny_config(folder, "{" NETWORK ",'model.start':null}");
    px_model *a = start(&config, (char[SAID]){0}), *b = start(&config, (char[SAID]){0});
    assert_true(same_values(a, b, "dense_1/kernel"));
    assert_true(same_values(a, b, "conv1/conv/kernel"));
    assert_int_equal(a->input.width, 75);
    px_model_unref(a);
    px_model_unref(b);
    px_train_config_clear(&config);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_findings_keep_the_head),
        cmocka_unit_test(other_findings_get_a_new_head),
        cmocka_unit_test(fewer_bits_are_made_more),
        cmocka_unit_test(frozen_layers_stay),
        cmocka_unit_test(auxiliary_findings_are_cut_off),
        cmocka_unit_test(imagenet_weights_get_a_new_head),
        cmocka_unit_test(a_models_weights_are_taken_by_name),
        cmocka_unit_test(it_may_begin_with_nothing),
    };
    return cmocka_run_group_tests_name("start_model", tests, make, remove_all);
}
