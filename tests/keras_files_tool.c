/* Write a model's weights as Keras would, under an architecture's names.
 * Usage: keras_files_tool MODEL.safetensors ARCHITECTURE.json nested|flat|full OUT.h5 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../src/base/file.h"
#include "keras_files.h"

int main(int argc, char **argv) {
    px_error err = {0};
    if (argc != 5)
        return 1;
    px_buffer json;
    px_buffer_init(&json, 1 << 24);
    px_keras_network network = {0};
    px_hdf5_file file = {0};
    px_model *model = px_model_load(argv[1], &err);
    keras_write_options options = {0};
    bool ok =
        model && px_file_read(argv[2], &json, &err) &&
        px_keras_parse((const char *)json.data, json.size, &network, &err) &&
        keras_collect(&network, &model->graph,
                      strcmp(argv[3], "flat") ? KERAS_LAYOUT_NESTED : KERAS_LAYOUT_FLAT, &file);
    options.config = strcmp(argv[3], "full") == 0 ? (const char *)json.data : NULL;
    ok = ok && keras_write(argv[4], &file, &options);
    if (!ok)
        fprintf(stderr, "keras_files_tool: %s: %s\n", err.subject, err.message);
    px_hdf5_clear(&file);
    px_keras_clear(&network);
    px_buffer_clear(&json);
    px_model_unref(model);
    return ok ? 0 : 1;
}
