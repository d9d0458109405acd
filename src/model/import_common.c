/* What the importers share: provenance, names, and the last checks. */
#include "import_common.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "../base/sha256.h"

static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

bool px_import_open(px_mapping *mapping, const char *path, px_error *err) {
    if (!px_mapping_open(mapping, path, PX_IMPORT_MAX_BYTES, err))
        return false;
    return mapping->size > 0 || px_fail(err, PX_ERR_INPUT, path, "the file is empty");
}

bool px_import_note_file(px_model *model, const char *role, const char *path,
                         const px_mapping *content, px_error *err) {
    char hash[PX_SHA256_HEX];
    px_sha256_bytes(content->data, content->size, hash);
    json_t *files = json_object_get(model->provenance, "files");
    if (!files) {
        files = json_array();
        if (json_object_set_new(model->provenance, "files", files) != 0)
            return px_fail_memory(err);
    }
    json_t *file =
        json_pack("{s:s, s:s*, s:s}", "role", role, "name", base_name(path), "sha256", hash);
    return json_array_append_new(files, file) == 0 || px_fail_memory(err);
}

static char *make_name(const px_import_options *options, const char *path, px_error *err) {
    if (options->name)
        return px_strdup(options->name, err);
    char *name = px_strdup(base_name(path), err);
    char *dot = name ? strrchr(name, '.') : NULL;
    if (dot && dot != name)
        *dot = '\0';
    return name;
}

static bool check_probabilities(const px_graph *graph, px_error *err) {
    const px_node *last = &graph->nodes[graph->output];
    return last->op == PX_OP_SIGMOID ||
           px_fail(err, PX_ERR_UNSUPPORTED, last->name,
                   "the network ends in %s, not in a sigmoid: its outputs are not probabilities of "
                   "findings",
                   px_op_name(last->op));
}

bool px_import_finish(px_model *model, const px_import_options *options, const char *path,
                      const char *source, px_error *err) {
    px_shape shape = model->graph.nodes[0].shape;
    model->input = (px_input_spec){.width = shape.w,
                                   .height = shape.h,
                                   .channels = shape.c,
                                   .resize = PX_RESIZE_BILINEAR,
                                   .scaling = options->scaling};
    model->trained = true;
    free(model->name);
    model->name = make_name(options, path, err);
    if (!model->name || !px_model_set_labels(model, options->labels, err))
        return false;
    if (json_object_set_new(model->provenance, "imported_from", json_string(source)) != 0 ||
        json_object_set_new(model->provenance, "imported_by",
                            json_sprintf("perxeptron %s", px_version())) != 0)
        return px_fail_memory(err);
    return check_probabilities(&model->graph, err) && px_model_finish(model, err);
}
