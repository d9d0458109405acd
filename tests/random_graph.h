/* Random small networks with every operation, for comparing executors. */
#ifndef PX_TESTS_RANDOM_GRAPH_H
#define PX_TESTS_RANDOM_GRAPH_H

#include "../src/base/random.h"
#include "../src/graph/graph.h"

/** Build a network of about `nodes` layers with inferred shapes; the same seed, the same network.
 */
void random_graph(px_graph *graph, uint64_t seed, int nodes);

/** Append operations with random weights; each returns the new node. */
int add_random_conv(px_graph *graph, px_random *random, int input, int kernel_h, int kernel_w,
                    int stride, px_padding padding, int groups, int filters, bool bias);
int add_random_norm(px_graph *graph, px_random *random, int input);
int add_random_dense(px_graph *graph, px_random *random, int input, int outputs);
int add_plain(px_graph *graph, px_op op, int input);
int add_join(px_graph *graph, px_op op, const int *inputs, int n_inputs);
int add_pool(px_graph *graph, px_op op, int input, int kernel, int stride, px_padding padding);
int start_graph(px_graph *graph, int h, int w, int c);

#endif
