/* Model files: what is saved comes back, what cannot be saved leaves nothing behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../src/base/buffer.h"
#include "../src/base/file.h"
#include "../src/model/builders.h"
#include "../src/model/graph_json.h"
#include "../src/model/safetensors.h"
#include "make_models.h"

static char folder[] = "/tmp/perxeptron-model-XXXXXX";
static char path[256];

static int make_folder(void **state) {
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/model.safetensors", folder);
    return 0;
}

static int remove_folder(void **state) {
    (void)state;
    unlink(path);
    return rmdir(folder);
}

static int files_in_folder(void) {
    int count = 0;
    DIR *dir = opendir(folder);
    for (struct dirent *entry; (entry = readdir(dir));)
        count += entry->d_name[0] != '.';
    closedir(dir);
    return count;
}

static void assert_same_graph(const px_graph *a, const px_graph *b) {
    assert_int_equal(a->n_nodes, b->n_nodes);
    assert_int_equal(a->n_tensors, b->n_tensors);
    assert_int_equal(a->output, b->output);
    for (int i = 0; i < a->n_nodes; i++) {
        const px_node *x = &a->nodes[i], *y = &b->nodes[i];
        assert_string_equal(x->name, y->name);
        assert_int_equal(x->op, y->op);
        assert_int_equal(x->n_inputs, y->n_inputs);
        assert_memory_equal(x->inputs, y->inputs, (size_t)x->n_inputs * sizeof *x->inputs);
        assert_memory_equal(&x->window, &y->window, sizeof x->window);
        assert_memory_equal(&x->shape, &y->shape, sizeof x->shape);
        assert_int_equal(x->groups, y->groups);
        assert_int_equal(x->count_include_pad, y->count_include_pad);
        assert_true(x->epsilon == y->epsilon);
        assert_true(x->scale == y->scale);
        for (int k = 0; k < PX_NODE_TENSORS; k++) {
            assert_int_equal(x->tensors[k] < 0, y->tensors[k] < 0);
            if (x->tensors[k] < 0)
                continue;
            const px_tensor *t = &a->tensors[x->tensors[k]], *u = &b->tensors[y->tensors[k]];
            assert_string_equal(t->name, u->name);
            assert_int_equal(t->dtype, u->dtype);
            assert_int_equal(t->n_dims, u->n_dims);
            assert_memory_equal(t->dims, u->dims, (size_t)t->n_dims * sizeof *t->dims);
            assert_memory_equal(t->data, u->data,
                                (size_t)px_tensor_count(t) * px_dtype_size(t->dtype));
        }
    }
}

static px_model *load(void) {
    px_error err = {0};
    px_model *model = px_model_load(path, &err);
    if (!model)
        fail_msg("%s: %s", err.subject, err.message);
    return model;
}

static void save(const px_model *model) {
    px_error err = {0};
    if (!px_model_save(model, path, &err))
        fail_msg("%s: %s", err.subject, err.message);
}

static px_buffer read_back(void) {
    px_buffer bytes;
    px_buffer_init(&bytes, (size_t)1 << 30);
    assert_true(px_file_read(path, &bytes, NULL));
    return bytes;
}

static void networks_come_back_bit_for_bit(void **state) {
    (void)state;
    const px_arch archs[] = {PX_ARCH_INCEPTION_RESNET_V2, PX_ARCH_XCEPTION, PX_ARCH_DENSENET121};
    for (int i = 0; i < 3; i++) {
        px_model *model =
            px_model_build(archs[i], PX_HEAD_2020, 96, "Edema, Pleural Effusion", 3, NULL);
        save(model);
        px_model *loaded = load();
        assert_same_graph(&model->graph, &loaded->graph);
        assert_string_equal(loaded->name, model->name);
        assert_int_equal(loaded->n_labels, 2);
        assert_string_equal(loaded->labels[1], "pleural_effusion");
        assert_false(loaded->trained);
        assert_int_equal(loaded->input.scaling, model->input.scaling);
        assert_true(json_equal(loaded->provenance, model->provenance));
        px_buffer first = read_back();
        save(loaded); /* over the file that it is mapped from */
        px_buffer second = read_back();
        assert_int_equal(first.size, second.size);
        assert_memory_equal(first.data, second.data, first.size);
        px_buffer_clear(&first);
        px_buffer_clear(&second);
        px_model_unref(model);
        px_model_unref(loaded);
    }
}

static void every_field_comes_back(void **state) {
    (void)state;
    small_file file = make_small_file();
    px_buffer bytes = make_model_file(&file);
    px_error err = {0};
    px_model *model = px_model_parse(bytes.data, bytes.size, &err);
    if (!model)
        fail_msg("%s: %s", err.subject, err.message);
    save(model);
    px_model *loaded = load();
    assert_same_graph(&model->graph, &loaded->graph);
    assert_true(loaded->trained);
    assert_false(loaded->label_trained[0]);
    assert_true(loaded->label_trained[1]);
    assert_int_equal(loaded->input.width, 9);
    assert_int_equal(loaded->input.height, 7);
    assert_int_equal(loaded->input.equalise, PX_EQUALISE_CLAHE);
    assert_int_equal(loaded->input.resize, PX_RESIZE_AREA);
    assert_int_equal(loaded->input.scaling, PX_SCALING_FEATUREWISE);
    assert_true(loaded->input.mean[0] == 1.5f && loaded->input.std[0] == 0.17f);
    assert_true(json_real_value(json_object_get(loaded->provenance, "auc")) == 0.915);
    px_model_unref(model);
    px_model_unref(loaded);
    px_buffer_clear(&bytes);
}

static void data_is_aligned(void **state) {
    (void)state;
    px_model *model = px_model_build(PX_ARCH_XCEPTION, PX_HEAD_2020, 75, "a,b,c,d,e", 3, NULL);
    save(model);
    px_model_unref(model);
    model = load();
    for (int i = 0; i < model->graph.n_tensors; i++) {
        const px_tensor *tensor = &model->graph.tensors[i];
        assert_false(tensor->owned);
        bool whole_lines = px_tensor_count(tensor) % 16 == 0;
        assert_int_equal((uintptr_t)tensor->data % (whole_lines ? 64 : 4), 0);
    }
    px_model_unref(model);
}

static void misaligned_weights_are_copied(void **state) {
    (void)state;
    small_file file = make_small_file();
    px_buffer bytes = make_model_file(&file);
    uint8_t *moved = malloc(bytes.size + 8);
    for (int shift = 0; shift < 4; shift++) {
        memcpy(moved + shift, bytes.data, bytes.size);
        px_model *model = px_model_parse(moved + shift, bytes.size, NULL);
        const px_tensor *tensor = &model->graph.tensors[0];
        assert_int_equal(tensor->owned, shift != 0);
        assert_int_equal((uintptr_t)tensor->data % 4, 0);
        assert_memory_equal(tensor->data, file.data, 96);
        px_model_unref(model);
    }
    free(moved);
    px_buffer_clear(&bytes);
}

/* y/kernel as int8 with its scales, c/kernel as float16: read as what they stand for. */
static void small_types_are_read(void **state) {
    (void)state;
    small_file file = make_small_types_file();
    px_buffer bytes = make_model_file(&file);
    px_error err = {0};
    px_model *model = px_model_parse(bytes.data, bytes.size, &err);
    if (!model)
        fail_msg("%s: %s", err.subject, err.message);
    save(model);
    px_model *loaded = load();
    assert_int_equal(loaded->graph.n_tensors, SMALL_TENSORS);
    assert_int_equal(px_graph_count_parameters(&loaded->graph), 24 + 5 * 4 + 24 + 2);
    float values[24];
    const int half = px_graph_find_tensor(&loaded->graph, "c/kernel");
    const int byte = px_graph_find_tensor(&loaded->graph, "y/kernel");
    px_tensor_to_f32(&loaded->graph.tensors[half], values);
    for (int i = 0; i < 24; i++)
        assert_true(values[i] == (i < 16 ? 1 + (float)i / 16 : 2 + (float)(i - 16) / 8));
    px_tensor_to_f32(&loaded->graph.tensors[byte], values);
    for (int i = 0; i < 24; i++)
        assert_true(values[i] == (float)(i * 11 - 128) * (i % 2 ? 2.0f : 0.5f));
    px_model_unref(model);
    px_model_unref(loaded);
    px_buffer_clear(&bytes);
}

static void a_full_disk_leaves_nothing_behind(void **state) {
    (void)state;
    unlink(path);
    px_model *model = px_model_build(PX_ARCH_DENSENET121, PX_HEAD_PLAIN, 75, "a", 1, NULL);
    struct rlimit old, small = {1 << 20, 1 << 20};
    getrlimit(RLIMIT_FSIZE, &old);
    small.rlim_max = old.rlim_max;
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &small);
    px_error err = {0};
    bool saved = px_model_save(model, path, &err);
    setrlimit(RLIMIT_FSIZE, &old);
    signal(SIGXFSZ, handler);
    assert_false(saved);
    assert_int_equal(err.code, PX_ERR_IO);
    assert_string_equal(err.subject, path);
    assert_int_equal(files_in_folder(), 0);
    px_model_unref(model);
}

static void truncated_files_are_named(void **state) {
    (void)state;
    small_file file = make_small_file();
    px_buffer bytes = make_model_file(&file);
    for (size_t i = 0; i < 16; i++) {
        assert_true(px_file_write(path, bytes.data, bytes.size * i / 16, NULL));
        px_error err = {0};
        assert_null(px_model_load(path, &err));
        assert_int_equal(err.code, PX_ERR_INPUT);
        assert_string_equal(err.subject, path);
    }
    px_buffer_clear(&bytes);
}

static void unwritable_paths_are_named(void **state) {
    (void)state;
    px_model *model = px_model_build(PX_ARCH_DENSENET121, PX_HEAD_PLAIN, 75, "a", 1, NULL);
    px_error err = {0};
    assert_false(px_model_save(model, "/nonexistent/model.safetensors", &err));
    assert_int_equal(err.code, PX_ERR_IO);
    assert_string_equal(err.subject, "/nonexistent/model.safetensors");
    err = (px_error){0};
    assert_null(px_model_load("/nonexistent/model.safetensors", &err));
    assert_int_equal(err.code, PX_ERR_IO);
    err = (px_error){0};
    assert_null(px_model_load(folder, &err));
    assert_string_equal(err.subject, folder);
    px_model_unref(model);
}

static void names_that_clash_are_not_written(void **state) {
    (void)state;
    unlink(path);
    float value = 1;
    char first[] = "t";
    px_tensor twice[2] = {{.name = first, .n_dims = 1, .dims = {1}, .data = &value},
                          {.name = first, .n_dims = 1, .dims = {1}, .data = &value}};
    const char *const names[] = {"t", "__metadata__", "\xff\xfe"};
    for (int i = 0; i < 3; i++) {
        char name[16];
        snprintf(name, sizeof name, "%s", names[i]);
        twice[1].name = name;
        px_error err = {0};
        assert_false(px_safetensors_write(path, twice, 2, NULL, &err));
        assert_int_equal(err.code, PX_ERR_INPUT);
        assert_int_equal(files_in_folder(), 0);
    }
}

static void names_that_could_not_be_read_back_are_refused(void **state) {
    (void)state;
    px_model *model = px_model_build(PX_ARCH_DENSENET121, PX_HEAD_PLAIN, 75, "a", 1, NULL);
    char *const names[] = {model->name, model->graph.nodes[3].name};
    for (int i = 0; i < 2; i++) {
        px_error err = {0};
        const char before = names[i][0];
        assert_true(px_model_finish(model, NULL));
        names[i][0] = '\n';
        assert_false(px_model_finish(model, &err));
        assert_int_equal(err.code, PX_ERR_INPUT);
        assert_int_equal(err.subject[0], '?');
        names[i][0] = before;
    }
    px_model_unref(model);
}

static void a_header_too_large_to_read_is_not_written(void **state) {
    (void)state;
    unlink(path);
    float value = 1;
    static char name[17 << 20];
    memset(name, 'n', sizeof name - 1);
    px_tensor tensor = {.name = name, .n_dims = 1, .dims = {1}, .data = &value};
    px_error err = {0};
    assert_false(px_safetensors_write(path, &tensor, 1, NULL, &err));
    assert_int_equal(err.code, PX_ERR_LIMIT);
    assert_int_equal(files_in_folder(), 0);
}

static void *ref_and_unref(void *model) {
    for (int i = 0; i < 100000; i++)
        px_model_unref(px_model_ref(model));
    return NULL;
}

static void references_are_counted_across_threads(void **state) {
    (void)state;
    px_model *model = px_model_new(NULL);
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ref_and_unref, model), 0);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(model->references, 1);
    px_model_unref(model);
    px_model_unref(NULL);
}

static void labels_become_ids(void **state) {
    (void)state;
    px_model *model = px_model_new(NULL);
    assert_true(px_model_set_labels(model, " Pleural Effusion ,No-Finding,x2", NULL));
    assert_int_equal(model->n_labels, 3);
    assert_string_equal(model->labels[0], "pleural_effusion");
    assert_string_equal(model->labels[1], "no_finding");
    assert_string_equal(model->labels[2], "x2");
    assert_true(model->label_trained[2]);
    assert_false(px_model_set_labels(model, "a,,b", NULL));
    assert_int_equal(model->n_labels, 3); /* untouched */
    assert_string_equal(model->labels[0], "pleural_effusion");
    assert_false(px_model_set_labels(model, NULL, NULL));
    px_model_unref(model);
}

static void more_layers_than_can_be_read_back_are_refused(void **state) {
    (void)state;
    px_graph graph;
    px_graph_init(&graph);
    int node = px_graph_add_node(&graph, PX_OP_INPUT, "in", NULL, 0, NULL);
    for (int i = 1; i < 16384; i++) {
        char name[16];
        snprintf(name, sizeof name, "%d", i);
        node = px_graph_add_node(&graph, PX_OP_RELU, name, &node, 1, NULL);
    }
    graph.output = node;
    px_error err = {0};
    json_t *json = px_graph_to_json(&graph, &err);
    assert_non_null(json);
    px_graph back;
    px_graph_init(&back);
    assert_true(px_graph_from_json(&back, json, &err));
    px_graph_clear(&back);
    json_decref(json);
    graph.output = px_graph_add_node(&graph, PX_OP_RELU, "last", &node, 1, NULL);
    assert_null(px_graph_to_json(&graph, &err));
    assert_int_equal(err.code, PX_ERR_LIMIT);
    px_graph_clear(&graph);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(networks_come_back_bit_for_bit),
        cmocka_unit_test(every_field_comes_back),
        cmocka_unit_test(data_is_aligned),
        cmocka_unit_test(misaligned_weights_are_copied),
        cmocka_unit_test(small_types_are_read),
        cmocka_unit_test(a_full_disk_leaves_nothing_behind),
        cmocka_unit_test(truncated_files_are_named),
        cmocka_unit_test(unwritable_paths_are_named),
        cmocka_unit_test(names_that_clash_are_not_written),
        cmocka_unit_test(names_that_could_not_be_read_back_are_refused),
        cmocka_unit_test(a_header_too_large_to_read_is_not_written),
        cmocka_unit_test(more_layers_than_can_be_read_back_are_refused),
        cmocka_unit_test(references_are_counted_across_threads),
        cmocka_unit_test(labels_become_ids),
    };
    return cmocka_run_group_tests_name("model_file", tests, make_folder, remove_folder);
}
