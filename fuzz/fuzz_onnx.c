/* ONNX files: a graph whose shapes can be inferred, or an error. */
#include <stdlib.h>

#include "../src/model/onnx.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    px_graph graph;
    px_error err = {0};
    px_graph_init(&graph);
    bool ok = px_onnx_to_graph(data, size, &graph, &err);
    if (ok != (err.code == PX_OK))
        abort();
    if (ok && px_graph_infer(&graph, &err))
        px_graph_check_weights(&graph, &err);
    px_graph_clear(&graph);
    return 0;
}
