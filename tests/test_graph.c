/* Graphs: shape inference, TensorFlow's padding, errors that name the layer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "../src/graph/graph.h"

/* input [h, w, c] followed by one convolution of `filters`. */
static int add_conv(px_graph *graph, px_shape in, int kernel, int stride, px_padding padding,
                    int filters) {
    px_graph_init(graph);
    assert_int_equal(px_graph_add_node(graph, PX_OP_INPUT, "input", NULL, 0, NULL), 0);
    graph->nodes[0].shape = in;
    int node = px_graph_add_node(graph, PX_OP_CONV2D, "conv", (int[]){0}, 1, NULL);
    float *data;
    const int64_t dims[4] = {kernel, kernel, in.c, filters};
    graph->nodes[node].tensors[PX_KERNEL] =
        px_graph_new_tensor(graph, "conv/kernel", dims, 4, &data, NULL);
    memset(data, 0, (size_t)(kernel * kernel * in.c * filters) * sizeof *data);
    graph->nodes[node].window = (px_window){.kernel_h = kernel,
                                            .kernel_w = kernel,
                                            .stride_h = stride,
                                            .stride_w = stride,
                                            .padding = padding};
    graph->output = node;
    return node;
}

static void same_padding_is_tensorflows(void **state) {
    (void)state;
    px_graph graph;
    int node = add_conv(&graph, (px_shape){224, 75, 3}, 3, 2, PX_PADDING_SAME, 8);
    px_error err = {0};
    assert_true(px_graph_infer(&graph, &err));
    const px_node *n = &graph.nodes[node];
    assert_int_equal(n->shape.h, 112);
    assert_int_equal(n->shape.w, 38);
    assert_int_equal(n->shape.c, 8);
    assert_int_equal(n->window.top, 0); /* even size: one row, at the bottom */
    assert_int_equal(n->window.bottom, 1);
    assert_int_equal(n->window.left, 1); /* odd size: one column on each side */
    assert_int_equal(n->window.right, 1);
    assert_int_equal(px_graph_count_macs(&graph), (int64_t)3 * 3 * 3 * 8 * 112 * 38);
    px_graph_clear(&graph);
}

static void errors_name_the_layer(void **state) {
    (void)state;
    px_graph graph;
    add_conv(&graph, (px_shape){5, 5, 3}, 7, 1, PX_PADDING_VALID, 8);
    px_error err = {0};
    assert_false(px_graph_infer(&graph, &err));
    assert_int_equal(err.code, PX_ERR_MISMATCH);
    assert_string_equal(err.subject, "conv");
    graph.nodes[0].shape = (px_shape){9, 9, 4}; /* the kernel has 3 input channels */
    err = (px_error){0};
    assert_false(px_graph_infer(&graph, &err));
    assert_non_null(strstr(err.message, "conv/kernel has shape [7, 7, 3, 8], not [7, 7, 4, 8]"));
    err = (px_error){0};
    assert_int_equal(px_graph_add_node(&graph, PX_OP_RELU, "conv", (int[]){1}, 1, &err), -1);
    assert_int_equal(err.code, PX_ERR_INPUT);
    assert_int_equal(px_graph_add_node(&graph, PX_OP_RELU, "r", (int[]){7}, 1, NULL), -1);
    px_graph_clear(&graph);
}

/* A pool over a map of 9 x 8 pixels; whether its window is refused, and how. */
static void windows_have_limits(void **state) {
    (void)state;
    const px_padding explicit = PX_PADDING_EXPLICIT, same = PX_PADDING_SAME;
    const struct {
        px_window window;
        px_error_code code;
        const char *words;
    } cases[] = {
        {{3, 3, 0, 1, same, 0, 0, 0, 0}, PX_ERR_INPUT, "strides 0 x 1"},
        {{3, 70000, 1, 1, same, 0, 0, 0, 0}, PX_ERR_INPUT, "kernel 3 x 70000"},
        {{3, 3, 1, 1, explicit, 0, -1, 0, 0}, PX_ERR_INPUT, "padding of -1"},
        {{3, 3, 1, 1, explicit, 0, 0, 3, 0}, PX_ERR_INPUT, "padding as wide as"},
        {{3, 9, 1, 1, PX_PADDING_VALID, 0, 0, 0, 0}, PX_ERR_MISMATCH, "does not fit its 9 x 8"},
        {{65535, 65535, 1, 1, same, 0, 0, 0, 0}, PX_ERR_LIMIT, "a window of 65535 x 65535 x 3"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        px_graph graph;
        px_error err = {0};
        px_graph_init(&graph);
        px_graph_add_node(&graph, PX_OP_INPUT, "input", NULL, 0, NULL);
        graph.nodes[0].shape = (px_shape){9, 8, 3};
        graph.output = px_graph_add_node(&graph, PX_OP_AVG_POOL, "pool", (int[]){0}, 1, NULL);
        graph.nodes[1].window = cases[i].window;
        assert_false(px_graph_infer(&graph, &err));
        assert_int_equal(err.code, cases[i].code);
        assert_string_equal(err.subject, "pool");
        assert_non_null(strstr(err.message, cases[i].words));
        px_graph_clear(&graph);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(same_padding_is_tensorflows),
                                       cmocka_unit_test(errors_name_the_layer),
                                       cmocka_unit_test(windows_have_limits)};
    return cmocka_run_group_tests_name("graph", tests, NULL, NULL);
}
