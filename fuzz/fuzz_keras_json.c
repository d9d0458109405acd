/* Keras architectures: any JSON, with the weights of a small network for it. */
#include <stdlib.h>

#include "../src/model/keras.h"
#include "../tests/keras_tiny.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void build(px_keras_network *network) {
    px_hdf5_file file;
    px_graph graph;
    px_error err = {0};
    bool by_order;
    keras_tiny_weights(&file);
    px_graph_init(&graph);
    bool ok = px_keras_check_kinds(network, &err) &&
              px_keras_match(network, &file, &by_order, &err) &&
              px_keras_to_graph(network, &file, &graph, &err) && px_graph_infer(&graph, &err);
    if (ok != (err.code == PX_OK))
        abort();
    px_graph_clear(&graph);
    px_hdf5_clear(&file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    px_keras_network network = {0};
    px_error err = {0};
    if (px_keras_parse((const char *)data, size, &network, &err))
        build(&network);
    else if (err.code == PX_OK)
        abort();
    px_keras_clear(&network);
    return 0;
}
