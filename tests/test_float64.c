/* The executor in double precision against the plain one, on random networks of every operation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

#include "../src/graph/node_geometry.h"
#include "../src/graph/plan.h"
#include "float64.h"
#include "must.h"
#include "random_graph.h"

enum { SEEDS = 200 };

/* The last value is kept: it is the output. */
typedef struct kept {
    const px_graph *graph;
    double *output;
    int seen;
} kept;

static void keep_output(void *context, int node, const double *value) {
    kept *k = context;
    assert_int_equal(node, k->seen++);
    for (size_t i = 0; node == k->graph->output && i < px_shape_count(k->graph->nodes[node].shape);
         i++)
        k->output[i] = value[i];
}

static void check_close(const float *got, const double *want, size_t count, uint64_t seed) {
    double largest = 0, worst = 0;
    for (size_t i = 0; i < count; i++) {
        largest = fmax(largest, fabs(want[i]));
        worst = fmax(worst, fabs((double)got[i] - want[i]));
    }
    if (!(worst <= 1e-5 * (1 + largest)))
        fail_msg("seed %llu: differs by %g of %g", (unsigned long long)seed, worst, largest);
}

static void agrees_with_the_plain_executor(void **state) {
    (void)state;
    px_pool *pool = px_pool_new(3, NULL);
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        px_graph graph;
        random_graph(&graph, seed, 3 + (int)(seed % 20));
        size_t inputs = px_shape_count(graph.nodes[0].shape);
        size_t outputs = px_shape_count(graph.nodes[graph.output].shape);
        float *input = malloc(inputs * sizeof *input), *plain = malloc(outputs * sizeof *plain);
        kept k = {.graph = &graph, .output = malloc(outputs * sizeof(double))};
        px_random random;
        px_random_init(&random, seed, 1);
        for (size_t i = 0; i < inputs; i++)
            input[i] = (float)px_random_range(&random, -1, 1);

        px_plan *plan = px_plan_new(&graph, &(px_plan_options){.reference = true}, NULL);
        px_workspace *workspace = px_workspace_new(plan, NULL);
        px_plan_run(plan, workspace, NULL, input, plain, NULL);
        float64_net *net = float64_new(&graph, NULL);
        MUST(float64_run(net, pool, input, keep_output, &k, &err));
        assert_int_equal(k.seen, graph.n_nodes);
        check_close(plain, k.output, outputs, seed);

        float64_free(net);
        px_workspace_free(workspace);
        px_plan_free(plan);
        free(input);
        free(plain);
        free(k.output);
        px_graph_clear(&graph);
    }
    px_pool_free(pool);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(agrees_with_the_plain_executor)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
