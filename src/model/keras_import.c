/* Keras models from files: architecture JSON and HDF5 weights, or one full .h5 model. */
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "import_common.h"
#include "keras.h"

/* The architecture: its own file, or what the weights file carries. */
static bool read_architecture(const char *path, const char *weights_path, const px_hdf5_file *file,
                              px_model *model, px_keras_network *network, px_error *err) {
    if (!path) {
        if (!file->model_config)
            return px_fail(err, PX_ERR_INPUT, weights_path,
                           "no architecture inside (save_weights leaves it out): give the "
                           "architecture JSON as well");
        return px_keras_parse(file->model_config, strlen(file->model_config), network, err);
    }
    px_mapping json = {0};
    bool ok = px_import_open(&json, path, err) &&
              px_keras_parse((const char *)json.data, json.size, network, err) &&
              px_import_note_file(model, "architecture", path, &json, err);
    px_mapping_close(&json);
    if (!ok)
        px_error_add_whole(err, path);
    return ok;
}

static bool note_origin(px_model *model, const px_keras_network *network, bool by_order,
                        px_error *err) {
    json_t *version = json_object_get(network->json, "keras_version");
    if (json_is_string(version) &&
        json_object_set(model->provenance, "keras_version", version) != 0)
        return px_fail_memory(err);
    json_t *how = json_string(by_order ? "order" : "name");
    return json_object_set_new(model->provenance, "weights_matched_by", how) == 0 ||
           px_fail_memory(err);
}

static bool import_network(px_model *model, const char *weights_path, px_hdf5_file *file,
                           px_keras_network *network, const px_import_options *options,
                           px_error *err) {
    bool by_order = false;
    return px_keras_check_kinds(network, err) && px_keras_match(network, file, &by_order, err) &&
           px_keras_to_graph(network, file, &model->graph, err) &&
           note_origin(model, network, by_order, err) &&
           px_import_finish(model, options, weights_path, "keras", err);
}

px_model *px_import_keras(const char *architecture, const char *weights,
                          const px_import_options *options, px_error *err) {
    px_error own = {0};
    px_mapping bytes = {0};
    px_hdf5_file file = {0};
    px_keras_network network = {0};
    px_model *model = px_model_new(&own);
    bool ok = model && px_import_open(&bytes, weights, &own) &&
              px_hdf5_read(bytes.data, bytes.size, &file, &own) &&
              px_import_note_file(model, "weights", weights, &bytes, &own) &&
              read_architecture(architecture, weights, &file, model, &network, &own) &&
              import_network(model, weights, &file, &network, options, &own);
    if (!ok) {
        if (own.code != PX_ERR_USAGE && !(architecture && strcmp(own.subject, architecture) == 0))
            px_error_add_whole(&own, weights);
        px_fail(err, own.code, own.subject, "%s", own.message);
        px_model_unref(model);
        model = NULL;
    }
    px_keras_clear(&network);
    px_hdf5_clear(&file);
    px_mapping_close(&bytes);
    return model;
}
