/* Models: reference counting, labels, and the checks that every model passes before use. */
#include "model.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/file.h"
#include "../base/memory.h"
#include "../base/text.h"

enum { MAX_SIDE = 8192, MAX_LABELS_TEXT = 1 << 16 };

px_model *px_model_new(px_error *err) {
    px_model *model = px_alloc(1, sizeof *model, err);
    if (!model)
        return NULL;
    px_graph_init(&model->graph);
    model->references = 1;
    model->provenance = json_object();
    if (!model->provenance) {
        px_fail_memory(err);
        free(model);
        return NULL;
    }
    return model;
}

px_model *px_model_ref(px_model *model) {
    if (model)
        __atomic_add_fetch(&model->references, 1, __ATOMIC_RELAXED);
    return model;
}

static void free_labels(char **labels, int count) {
    for (int i = 0; i < count; i++)
        free(labels[i]);
    free(labels);
}

void px_model_unref(px_model *model) {
    if (!model || __atomic_sub_fetch(&model->references, 1, __ATOMIC_ACQ_REL) > 0)
        return;
    px_graph_clear(&model->graph);
    if (model->mapping)
        px_mapping_close(model->mapping);
    free(model->mapping);
    free_labels(model->labels, model->n_labels);
    free(model->label_trained);
    json_decref(model->provenance);
    free(model->name);
    free(model);
}

char *px_model_make_label_id(const char *text, size_t length, px_error *err) {
    char *id = px_alloc(length + 1, 1, err);
    size_t used = 0;
    for (size_t i = 0; id && i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        if (isascii(c) && isalnum(c))
            id[used++] = (char)tolower(c);
        else if (used && id[used - 1] != '_')
            id[used++] = '_';
    }
    while (id && used && id[used - 1] == '_')
        id[--used] = '\0';
    return id;
}

static bool check_label(char *const *labels, int count, const char *id, px_error *err) {
    if (id[0] == '\0')
        return px_fail(err, PX_ERR_USAGE, "labels", "label %d is empty", count + 1);
    for (int i = 0; i < count; i++) {
        if (strcmp(labels[i], id) == 0)
            return px_fail(err, PX_ERR_USAGE, "labels", "\"%s\" is there twice", id);
    }
    return true;
}

static int count_items(const char *text) {
    int count = 1;
    for (const char *p = strchr(text, ','); p; p = strchr(p + 1, ','))
        count++;
    return count;
}

bool px_model_set_labels(px_model *model, const char *labels, px_error *err) {
    if (!labels || strlen(labels) > MAX_LABELS_TEXT)
        return px_fail(err, PX_ERR_USAGE, "labels", "comma-separated findings are needed");
    size_t items = (size_t)count_items(labels);
    char **ids = px_alloc(items, sizeof *ids, err);
    bool *trained = px_alloc(items, sizeof *trained, err);
    int count = 0;
    bool ok = ids && trained;
    for (const char *item = labels; ok && item;) {
        const char *end = strchrnul(item, ',');
        char *id = px_model_make_label_id(item, (size_t)(end - item), err);
        ok = id && check_label(ids, count, id, err);
        if (id)
            ids[count++] = id;
        item = *end ? end + 1 : NULL;
    }
    if (!ok) {
        free_labels(ids, count);
        free(trained);
        return false;
    }
    memset(trained, true, items);
    free_labels(model->labels, model->n_labels);
    free(model->label_trained);
    model->labels = ids;
    model->label_trained = trained;
    model->n_labels = count;
    return true;
}

static bool check_input(const px_input_spec *input, px_error *err) {
    if (input->width < 1 || input->height < 1 || input->width > MAX_SIDE ||
        input->height > MAX_SIDE)
        return px_fail(err, PX_ERR_INPUT, "input", "%d x %d pixels: sides of 1 to %d are allowed",
                       input->width, input->height, MAX_SIDE);
    if (input->channels != 1 && input->channels != 3)
        return px_fail(err, PX_ERR_INPUT, "input", "%d channels: 1 or 3 are allowed",
                       input->channels);
    return true;
}

static bool check_output(const px_model *model, px_error *err) {
    const px_node *node = &model->graph.nodes[model->graph.output];
    if (node->shape.h != 1 || node->shape.w != 1)
        return px_fail(err, PX_ERR_MISMATCH, node->name,
                       "the output is %d x %d x %d, not a vector of probabilities", node->shape.h,
                       node->shape.w, node->shape.c);
    if (node->shape.c != model->n_labels)
        return px_fail(err, PX_ERR_MISMATCH, node->name, "%d outputs for %d labels", node->shape.c,
                       model->n_labels);
    return true;
}

static bool check_name(const char *name, px_error *err) {
    return px_text_is_plain(name) ||
           px_fail(err, PX_ERR_INPUT, name, "a name must not hold control characters");
}

/* What the file's reader would refuse must not be written. */
static bool check_names(const px_model *model, px_error *err) {
    bool ok = !model->name || check_name(model->name, err);
    for (int i = 0; ok && i < model->graph.n_nodes; i++)
        ok = check_name(model->graph.nodes[i].name, err);
    return ok;
}

bool px_model_check_graph(px_model *model, px_error *err) {
    if (!check_names(model, err) || !check_input(&model->input, err))
        return false;
    if (model->graph.n_nodes > 0)
        model->graph.nodes[0].shape =
            (px_shape){model->input.height, model->input.width, model->input.channels};
    return px_graph_infer(&model->graph, err) && check_output(model, err);
}

bool px_model_finish(px_model *model, px_error *err) {
    return px_model_check_graph(model, err) && px_graph_check_weights(&model->graph, err);
}

void px_model_release_weights(const px_model *model) {
    for (int i = 0; i < model->graph.n_tensors; i++)
        px_tensor_release(&model->graph.tensors[i]);
}
