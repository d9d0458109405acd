/* The network that a training begins with. */
#include "start_model.h"

#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "../base/sha256.h"
#include "start_weights.h"
#include "train_head.h"

enum { MAX_LABELS_TEXT = 1 << 16 };

static int count_findings(const px_train_config *config) {
    return config->n_findings + config->n_auxiliary;
}

bool px_start_labels(const px_train_config *config, int count, px_buffer *text, px_error *err) {
    bool ok = true;
    for (int i = 0; ok && i < count; i++)
        ok = px_buffer_print(text, err, "%s%s", i ? "," : "", config->labels.findings[i]);
    return ok;
}

bool px_start_same_findings(const px_train_config *config, const px_model *model) {
    bool same = model->n_labels == count_findings(config);
    for (int i = 0; same && i < model->n_labels; i++)
        same = strcmp(model->labels[i], config->labels.findings[i]) == 0;
    return same;
}

/* Replace the graph by a copy of it with another head. */
static bool change_graph(px_model *model, const px_head_change *change, px_error *err) {
    px_graph copy;
    px_graph_init(&copy);
    if (!px_graph_copy_with_head(&model->graph, change, &copy, err)) {
        px_graph_clear(&copy);
        return false;
    }
    px_graph_clear(&model->graph);
    model->graph = copy;
    return true;
}

static bool note_start(px_model *model, const char *path, px_error *err) {
    char hash[PX_SHA256_HEX];
    if (!px_sha256_file(path, hash, err))
        return false;
    const char *slash = strrchr(path, '/');
    json_t *start = json_pack("{s:s*, s:s}", "name", slash ? slash + 1 : path, "sha256", hash);
    return json_object_set_new(model->provenance, "started_from", start) == 0 ||
           px_fail_memory(err);
}

/* The configured architecture, with what fits of the start file. */
static px_model *build(const px_train_config *config, const char *labels, px_start_tell tell,
                       px_error *err) {
    px_model *model =
        px_model_build(config->arch, config->head, config->input.width, labels, config->seed, err);
    px_head_change change = {.outputs = count_findings(config), .dropout = config->dropout};
    if (config->head == PX_HEAD_2020)
        change.dropout = 0;
    bool ok = model && (!config->start || px_start_take_weights(config, model, tell, err)) &&
              change_graph(model, &change, err);
    if (ok)
        return model;
    px_model_unref(model);
    return NULL;
}

/* The start file's own network, with a new head unless it answers the same findings. */
static px_model *load(const px_train_config *config, const char *labels, px_start_tell tell,
                      px_error *err) {
    px_model *model = px_model_load(config->start, err);
    if (!model)
        return NULL;
    bool same = px_start_same_findings(config, model);
    px_head_change change = {.outputs = count_findings(config),
                             .anew = !same,
                             .seed = config->seed,
                             .dropout = config->dropout};
    if (!same && tell.tell)
        tell.tell(tell.context, "the start model answers other findings: its last layer is new");
    bool ok = change_graph(model, &change, err) && px_model_set_labels(model, labels, err);
    if (ok)
        return model;
    px_error_add_whole(err, config->start);
    px_model_unref(model);
    return NULL;
}

static bool finish(const px_train_config *config, px_model *model, px_error *err) {
    char *name = px_strdup(config->name, err);
    if (!name)
        return false;
    free(model->name);
    model->name = name;
    model->input = config->input;
    return (!config->start || note_start(model, config->start, err)) && px_model_finish(model, err);
}

px_model *px_start_model(const px_train_config *config,
                         void (*tell)(void *context, const char *text), void *context,
                         px_error *err) {
    px_start_tell teller = {tell, context};
    px_buffer labels;
    px_buffer_init(&labels, MAX_LABELS_TEXT);
    px_model *model = NULL;
    if (px_start_labels(config, count_findings(config), &labels, err)) {
        const char *text = (const char *)labels.data;
        model =
            config->has_arch ? build(config, text, teller, err) : load(config, text, teller, err);
    }
    px_buffer_clear(&labels);
    if (model && finish(config, model, err))
        return model;
    px_model_unref(model);
    return NULL;
}

/* A name, or its beginning followed by '*'. */
static bool fits(const char *pattern, const char *name) {
    size_t length = strlen(pattern);
    if (length > 0 && pattern[length - 1] == '*')
        return strncmp(pattern, name, length - 1) == 0;
    return strcmp(pattern, name) == 0;
}

static bool learns(const px_graph *graph, const bool *frozen) {
    for (int i = 0; i < graph->n_nodes; i++) {
        const int *tensors = graph->nodes[i].tensors;
        if (!frozen[i] && (tensors[0] >= 0 || tensors[1] >= 0))
            return true;
    }
    return false;
}

bool *px_start_frozen(const px_train_config *config, const px_graph *graph, px_error *err) {
    bool *frozen = px_alloc((size_t)graph->n_nodes, sizeof *frozen, err);
    for (int i = 0; frozen && i < config->n_freeze; i++) {
        bool found = false;
        for (int k = 0; k < graph->n_nodes; k++) {
            if (fits(config->freeze[i], graph->nodes[k].name))
                frozen[k] = found = true;
        }
        if (!found) {
            px_fail(err, PX_ERR_INPUT, config->path, "\"model.freeze\": no layer is called \"%s\"",
                    config->freeze[i]);
            free(frozen);
            return NULL;
        }
    }
    if (!frozen || learns(graph, frozen))
        return frozen;
    px_fail(err, PX_ERR_INPUT, config->path, "freeze: no layer is left that learns");
    free(frozen);
    return NULL;
}
