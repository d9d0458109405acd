/* Weights of a file, taken over by name and shape. */
#include "start_weights.h"

#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/file.h"
#include "../base/memory.h"
#include "../model/hdf5_file.h"
#include "train_head.h"

enum { MAX_TOLD = 4, MAX_TEXT = 1 << 16 };
static const size_t max_hdf5 = INT32_MAX;

/* Tensors by name, borrowed from what was read. */
typedef struct source {
    int n_tensors;
    px_tensor *tensors;
    json_t *index; /* name to number */
    bool with_head;
    px_model *model;
    px_hdf5_file hdf5;
} source;

static void clear_source(source *s) {
    if (!s->model) {
        for (int i = 0; i < s->n_tensors; i++)
            free(s->tensors[i].name);
        free(s->tensors);
    }
    json_decref(s->index);
    px_model_unref(s->model);
    px_hdf5_clear(&s->hdf5);
}

static bool is_hdf5(const char *path) {
    const char *dot = strrchr(path, '.');
    return dot && (strcmp(dot, ".h5") == 0 || strcmp(dot, ".hdf5") == 0);
}

/* "conv1/bn/gamma:0" is "conv1/bn/gamma" here. */
static char *make_name(const px_hdf5_tensor *tensor, px_error *err) {
    return px_format(err, "%.*s", (int)strcspn(tensor->name, ":"), tensor->name);
}

static bool view_hdf5(source *s, px_error *err) {
    s->tensors = px_alloc(s->hdf5.n_tensors, sizeof *s->tensors, err);
    for (size_t i = 0; s->tensors && i < s->hdf5.n_tensors; i++) {
        const px_hdf5_tensor *from = &s->hdf5.tensors[i];
        px_tensor *to = &s->tensors[i];
        *to = (px_tensor){.name = make_name(from, err), .dtype = PX_F32, .n_dims = from->n_dims};
        memcpy(to->dims, from->dims, sizeof to->dims);
        to->data = from->data;
        s->n_tensors++;
        if (!to->name)
            return false;
    }
    return s->tensors != NULL;
}

static bool read_hdf5(const char *path, source *s, px_error *err) {
    px_mapping bytes;
    if (!px_mapping_open(&bytes, path, max_hdf5, err))
        return false;
    bool ok = px_hdf5_read(bytes.data, bytes.size, &s->hdf5, err) && view_hdf5(s, err);
    px_mapping_close(&bytes);
    if (!ok)
        px_error_add_whole(err, path);
    return ok;
}

/* Where a session named its layers anew ("conv1/bn_3/gamma:0"), the group has the layer's name. */
static char *make_group_name(const source *s, int tensor, px_error *err) {
    const char *name = s->tensors[tensor].name, *slash = strrchr(name, '/');
    return px_format(err, "%s/%s", s->hdf5.tensors[tensor].group, slash ? slash + 1 : name);
}

static bool index_tensors(source *s, px_error *err) {
    s->index = json_object();
    bool ok = s->index || px_fail_memory(err);
    for (int i = 0; ok && i < s->n_tensors; i++)
        ok = json_object_set_new_nocheck(s->index, s->tensors[i].name, json_integer(i)) == 0 ||
             px_fail_memory(err);
    for (int i = 0; ok && !s->model && i < s->n_tensors; i++) {
        char *name = make_group_name(s, i, err);
        ok = name && (json_object_get(s->index, name) ||
                      json_object_set_new_nocheck(s->index, name, json_integer(i)) == 0 ||
                      px_fail_memory(err));
        free(name);
    }
    return ok;
}

static bool open_source(const px_train_config *config, source *s, px_error *err) {
    if (is_hdf5(config->start)) {
        if (!read_hdf5(config->start, s, err))
            return false;
    } else {
        s->model = px_model_load(config->start, err);
        if (!s->model)
            return false;
        s->tensors = s->model->graph.tensors;
        s->n_tensors = s->model->graph.n_tensors;
        s->with_head = px_start_same_findings(config, s->model);
    }
    return index_tensors(s, err);
}

/* The same dimensions but for those of 1: Keras has a depthwise kernel as [h, w, c, 1]. */
static bool same_shape(const px_tensor *a, const px_tensor *b) {
    int i = 0, k = 0;
    for (;;) {
        while (i < a->n_dims && a->dims[i] == 1)
            i++;
        while (k < b->n_dims && b->dims[k] == 1)
            k++;
        if (i == a->n_dims || k == b->n_dims)
            return i == a->n_dims && k == b->n_dims;
        if (a->dims[i++] != b->dims[k++])
            return false;
    }
}

/* The source's tensor of the same name and shape, or NULL. */
static const px_tensor *find(const source *s, const px_tensor *tensor) {
    const json_t *found = json_object_get(s->index, tensor->name);
    const px_tensor *from = found ? &s->tensors[json_integer_value(found)] : NULL;
    return from && same_shape(from, tensor) ? from : NULL;
}

static bool say(px_start_tell tell, const char *path, int taken, int all, const px_buffer *others,
                px_error *err) {
    char *text =
        px_format(err, "%s: weights of %d of the network's %d tensors are taken; new are%s", path,
                  taken, all, taken < all ? (const char *)others->data : " none");
    if (text && tell.tell)
        tell.tell(tell.context, text);
    free(text);
    return text != NULL;
}

static bool take_all(const px_train_config *config, const source *s, px_model *model,
                     px_start_tell tell, px_error *err) {
    px_graph *graph = &model->graph;
    const int *head = graph->nodes[px_graph_last_dense(graph, NULL)].tensors;
    bool with_head = s->with_head && find(s, &graph->tensors[head[PX_KERNEL]]);
    px_buffer others;
    px_buffer_init(&others, MAX_TEXT);
    int taken = 0, left = 0;
    bool ok = true;
    for (int i = 0; ok && i < graph->n_tensors; i++) {
        bool of_head = i == head[PX_KERNEL] || i == head[PX_BIAS];
        px_tensor *tensor = &graph->tensors[i];
        const px_tensor *from = with_head || !of_head ? find(s, tensor) : NULL;
        taken += from != NULL;
        if (from)
            px_tensor_to_f32(from, (float *)(uintptr_t)tensor->data);
        else if (++left <= MAX_TOLD)
            ok = px_buffer_print(&others, err, " %s", tensor->name);
    }
    if (ok && left > MAX_TOLD)
        ok = px_buffer_print(&others, err, " and %d more", left - MAX_TOLD);
    if (ok && taken == 0)
        ok = px_fail(err, PX_ERR_INPUT, config->start, "none of its weights fits the network");
    ok = ok && say(tell, config->start, taken, graph->n_tensors, &others, err);
    px_buffer_clear(&others);
    return ok;
}

bool px_start_take_weights(const px_train_config *config, px_model *model, px_start_tell tell,
                           px_error *err) {
    source s = {0};
    bool ok = open_source(config, &s, err) && take_all(config, &s, model, tell, err);
    clear_source(&s);
    return ok;
}
