/* Model files: a safetensors file whose metadata describes the model. See docs/model-file.md. */
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/file.h"
#include "../base/json_fields.h"
#include "../base/memory.h"
#include "graph_json.h"
#include "input_json.h"
#include "model.h"
#include "safetensors.h"

enum { MAX_LABELS_TEXT = 1 << 16 };

static const size_t max_file = (size_t)8 << 30;
static const char format_name[] = "perxeptron-model/1";
static const char metadata_key[] = "perxeptron";

/* ---- writing ------------------------------------------------------------------------------- */

/* Labels in output order: all, or those whose output was never trained. */
static json_t *labels_to_json(const px_model *model, bool untrained_only) {
    json_t *array = json_array();
    bool ok = array != NULL;
    for (int i = 0; ok && i < model->n_labels; i++) {
        if (!untrained_only || !model->label_trained[i])
            ok = json_array_append_new(array, json_string(model->labels[i])) == 0;
    }
    return px_json_keep_if(array, ok);
}

/* What `__metadata__.perxeptron` says, as text. */
static char *describe_model(const px_model *model, px_error *err) {
    json_t *graph = px_graph_to_json(&model->graph, err);
    if (!graph)
        return NULL;
    json_t *json = json_pack("{s:s, s:s, s:b, s:o, s:o, s:o, s:o, s:O}", "format", format_name,
                             "name", model->name ? model->name : "", "trained", model->trained,
                             "labels", labels_to_json(model, false), "untrained_labels",
                             labels_to_json(model, true), "input", px_input_to_json(&model->input),
                             "graph", graph, "provenance", model->provenance);
    if (!json)
        px_fail(err, PX_ERR_INPUT, model->name, "its description cannot be written as JSON");
    char *text = json ? px_json_dump(json, err) : NULL;
    json_decref(json);
    return text;
}

bool px_model_save(const px_model *model, const char *path, px_error *err) {
    char *text = describe_model(model, err);
    json_t *metadata = text ? json_pack("{s:s}", metadata_key, text) : NULL;
    if (text && !metadata)
        px_fail_memory(err);
    bool ok = metadata && px_safetensors_write(path, model->graph.tensors, model->graph.n_tensors,
                                               metadata, err);
    if (!ok)
        px_error_add_whole(err, path);
    json_decref(metadata);
    free(text);
    return ok;
}

/* ---- reading ------------------------------------------------------------------------------- */

static bool join_labels(const json_t *array, px_buffer *text, px_error *err) {
    for (size_t i = 0; i < json_array_size(array); i++) {
        const char *label = json_string_value(json_array_get(array, i));
        if (!label || strchr(label, ','))
            return px_fail(err, PX_ERR_INPUT, "labels", "label %zu is not a finding's id", i + 1);
        if (!px_buffer_print(text, err, "%s%s", i ? "," : "", label))
            return false;
    }
    return true;
}

static bool read_label_list(px_model *model, const json_t *description, px_error *err) {
    const json_t *array = px_json_array(description, "labels", "model", err);
    px_buffer text;
    px_buffer_init(&text, MAX_LABELS_TEXT);
    px_error why = {0};
    bool ok = array && join_labels(array, &text, err);
    if (ok && !px_model_set_labels(model, text.data ? (const char *)text.data : "", &why))
        ok = px_fail(err, why.code == PX_ERR_MEMORY ? PX_ERR_MEMORY : PX_ERR_INPUT, "labels", "%s",
                     why.message);
    px_buffer_clear(&text);
    return ok;
}

static bool read_untrained_labels(px_model *model, const json_t *description, px_error *err) {
    const json_t *array = px_json_array(description, "untrained_labels", "model", err);
    for (size_t i = 0; i < json_array_size(array); i++) {
        const char *label = json_string_value(json_array_get(array, i));
        int found = model->n_labels - 1;
        while (label && found >= 0 && strcmp(model->labels[found], label) != 0)
            found--;
        if (!label || found < 0)
            return px_fail(err, PX_ERR_INPUT, "untrained_labels", "item %zu is not a label", i + 1);
        model->label_trained[found] = false;
    }
    return array != NULL;
}

static bool read_description(px_model *model, const json_t *json, px_error *err) {
    const char *format = px_json_text(json, "format", "model", err);
    if (!format)
        return false;
    if (strcmp(format, format_name) != 0)
        return px_fail(err, PX_ERR_UNSUPPORTED, "model", "format \"%s\": %s is known", format,
                       format_name);
    const char *name = px_json_text(json, "name", "model", err);
    json_t *input = px_json_object(json, "input", "model", err);
    json_t *provenance = px_json_object(json, "provenance", "model", err);
    json_t *graph = px_json_object(json, "graph", "model", err);
    if (!name || !input || !provenance || !graph || !(model->name = px_strdup(name, err)))
        return false;
    json_decref(model->provenance);
    model->provenance = json_incref(provenance);
    return px_json_bool(json, "trained", "model", &model->trained, err) &&
           read_label_list(model, json, err) && read_untrained_labels(model, json, err) &&
           px_input_from_json(input, &model->input, err) &&
           px_graph_from_json(&model->graph, graph, err);
}

/* The graph takes the file's tensors over. */
static bool move_tensors(px_model *model, px_safetensors *file, px_error *err) {
    bool ok = true;
    for (int i = 0; ok && i < file->n_tensors; i++) {
        ok = px_graph_take_tensor(&model->graph, file->tensors[i], err) >= 0;
        file->tensors[i] = (px_tensor){0};
    }
    return ok;
}

static bool fill_model(px_model *model, px_safetensors *file, bool known, px_error *err) {
    const char *text = json_string_value(json_object_get(file->metadata, metadata_key));
    if (!text)
        return px_fail(err, PX_ERR_INPUT, NULL,
                       "a safetensors file without a network: its metadata has no \"%s\"",
                       metadata_key);
    json_error_t json_error;
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, &json_error);
    if (!json)
        return px_fail(err, PX_ERR_INPUT, metadata_key, "not JSON: %s at byte %d", json_error.text,
                       json_error.position);
    bool ok = move_tensors(model, file, err) && read_description(model, json, err) &&
              (known ? px_model_check_graph(model, err) : px_model_finish(model, err));
    json_decref(json);
    return ok;
}

static px_model *parse(const void *bytes, size_t size, bool known, px_error *err) {
    px_safetensors file = {0};
    px_model *model = px_model_new(err);
    bool ok = model && px_safetensors_parse(bytes, size, &file, err) &&
              fill_model(model, &file, known, err);
    px_safetensors_clear(&file);
    if (ok)
        return model;
    px_model_unref(model);
    return NULL;
}

px_model *px_model_parse(const void *bytes, size_t size, px_error *err) {
    return parse(bytes, size, false, err);
}

static void take_mapping(px_model *model, px_mapping *mapping) {
    model->mapping = mapping;
    for (int i = 0; i < model->graph.n_tensors; i++)
        model->graph.tensors[i].mapped = !model->graph.tensors[i].owned;
}

static px_model *load(const char *path, bool known, px_error *err) {
    px_mapping *mapping = px_alloc(1, sizeof *mapping, err);
    px_model *model = NULL;
    if (mapping && px_mapping_open(mapping, path, max_file, err)) {
        model = parse(mapping->data, mapping->size, known, err);
        if (!model)
            px_mapping_close(mapping);
    }
    if (!model) {
        px_error_add_whole(err, path);
        free(mapping);
        return NULL;
    }
    take_mapping(model, mapping);
    px_model_release_weights(model);
    return model;
}

px_model *px_model_load(const char *path, px_error *err) {
    return load(path, false, err);
}

px_model *px_model_load_known(const char *path, px_error *err) {
    return load(path, true, err);
}
