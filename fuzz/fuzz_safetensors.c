/* Loading any bytes as a model, and any description beside tensors that fit a small network; what
 * loads is saved and loads again as the same. */
#include <stdlib.h>
#include <unistd.h>

#include "../src/base/buffer.h"
#include "../src/base/file.h"
#include "../src/model/model.h"
#include "../tests/make_models.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *scratch_path(void) {
    static char path[] = "/tmp/perxeptron-fuzz-XXXXXX";
    static bool made;
    if (!made) {
        int file = mkstemp(path);
        if (file < 0)
            __builtin_trap();
        close(file);
        made = true;
    }
    return path;
}

static bool same(const px_model *a, const px_model *b) {
    return a->graph.n_nodes == b->graph.n_nodes && a->graph.n_tensors == b->graph.n_tensors &&
           a->graph.output == b->graph.output && a->n_labels == b->n_labels &&
           px_graph_count_macs(&a->graph) == px_graph_count_macs(&b->graph) &&
           px_graph_count_parameters(&a->graph) == px_graph_count_parameters(&b->graph);
}

/* Writing to a disk is slow: once in 64 inputs is enough. */
static void save_and_load(const px_model *model) {
    static unsigned turn;
    if (turn++ % 64 != 0)
        return;
    const char *path = scratch_path();
    if (!px_model_save(model, path, NULL))
        __builtin_trap();
    px_model *again = px_model_load(path, NULL);
    if (!again || !same(model, again))
        __builtin_trap();
    px_model_unref(again);
    unlink(path);
}

static void load(const void *bytes, size_t size) {
    px_error err = {0};
    px_model *model = px_model_parse(bytes, size, &err);
    if ((model != NULL) != (err.code == PX_OK))
        __builtin_trap();
    if (model)
        save_and_load(model);
    px_model_unref(model);
}

/* Mutating a whole file seldom gets past the outer JSON. */
static void load_description(const uint8_t *data, size_t size) {
    json_t *metadata = json_pack("{s:o}", "perxeptron", json_stringn((const char *)data, size));
    char *text = metadata ? json_dumps(metadata, JSON_COMPACT) : NULL;
    if (text) {
        small_file file = make_small_file();
        file.metadata = text;
        px_buffer bytes = make_model_file(&file);
        load(bytes.data, bytes.size);
        px_buffer_clear(&bytes);
    }
    free(text);
    json_decref(metadata);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size > 0 && data[0] == '{')
        load_description(data, size);
    else
        load(data, size);
    return 0;
}
