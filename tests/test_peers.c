/* Training nets that share a batch against one net that has all of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../src/graph/node_geometry.h"
#include "../src/train/training_net.h"
#include "../src/trainer/peers_join.h"
#include "must.h"
#include "random_graph.h"
#include "thread_peers.h"

/* A step on a graph: images, and the loss as the sum of weights times answers. */
typedef struct step {
    const px_graph *graph;
    const int *batches; /* images of each peer */
    int batch;          /* of all */
    bool sync_norm, undo;
    float *images, *weights, *answers;
    px_training_net *nets[MOST_THREAD_PEERS];
} step;

enum { PASSES = 2 }; /* so that moving statistics move twice */

static float *random_floats(px_random *random, size_t count) {
    float *values = malloc(count * sizeof *values);
    for (size_t i = 0; i < count; i++)
        values[i] = (float)px_random_range(random, -1, 1);
    return values;
}

static void open_step(step *s, const px_graph *graph, const int *batches, int peers,
                      uint64_t seed) {
    *s = (step){.graph = graph, .batches = batches, .sync_norm = true};
    px_random random;
    px_random_init(&random, seed, 5);
    for (int r = 0; r < peers; r++)
        s->batch += batches[r];
    size_t outputs = px_shape_count(graph->nodes[graph->output].shape);
    s->images = random_floats(&random, (size_t)s->batch * px_shape_count(graph->nodes[0].shape));
    s->weights = random_floats(&random, (size_t)s->batch * outputs);
    s->answers = calloc((size_t)s->batch * outputs, sizeof *s->answers);
}

static void close_step(step *s) {
    for (int r = 0; r < MOST_THREAD_PEERS; r++)
        px_training_net_free(s->nets[r]);
    free(s->images);
    free(s->weights);
    free(s->answers);
}

static px_training_net *make_net(const step *s, const px_peers *peers, int batch) {
    px_training_options options = {
        .batch = batch, .momentum = 0.9f, .peers = peers, .sync_norm = s->sync_norm};
    px_training_net *net;
    MUST((net = px_training_net_new(s->graph, &options, &err)) != NULL);
    return net;
}

static void pass(const step *s, px_training_net *net, int first) {
    size_t pixels = px_shape_count(s->graph->nodes[0].shape);
    size_t outputs = (size_t)px_training_net_outputs(net);
    px_training_net_clear_gradients(net);
    px_training_net_forward(net, &(px_training_pass){.seed = 9, .first_image = first},
                            s->images + (size_t)first * pixels,
                            s->answers + (size_t)first * outputs);
    px_training_net_backward(net, s->weights + (size_t)first * outputs);
}

static void run_peer(const px_peers *peers, void *context) {
    step *s = context;
    int first = 0;
    for (int r = 0; r < peers->rank; r++)
        first += s->batches[r];
    px_training_net *net = s->nets[peers->rank];
    for (int i = 0; i < PASSES && !peers->failed(peers->context); i++)
        pass(s, net, first);
    if (s->undo)
        px_training_net_undo(net);
}

/* Each peer's pass of its share, in threads. */
static void run_peers(step *s, thread_group *group) {
    int ranks = group->all[0].peers.ranks;
    for (int r = 0; r < ranks; r++)
        s->nets[r] = make_net(s, &group->all[r].peers, s->batches[r]);
    thread_group_run(group, run_peer, s);
}

static double distance(const float *a, const float *b, size_t count) {
    double most = 0;
    for (size_t i = 0; i < count; i++) {
        double d = fabs((double)a[i] - (double)b[i]);
        most = d <= most ? most : d; /* what is not a number counts */
    }
    return most;
}

static double largest(const float *values, size_t count) {
    double most = 0;
    for (size_t i = 0; i < count; i++) {
        double size = fabs((double)values[i]);
        most = size > most ? size : most;
    }
    return most;
}

/* Gradients and moving statistics are near those of the net that had all images. */
static void compare_nets(px_training_net *net, px_training_net *whole, double tolerance,
                         const char *what, unsigned long long seed) {
    size_t count;
    const float *all = px_training_net_gradients(whole, &count);
    double reach = largest(all, count);
    for (int i = 0; i < px_training_net_parameters(whole); i++) {
        const px_parameter *got = px_training_net_parameter(net, i),
                           *want = px_training_net_parameter(whole, i);
        double d = distance(got->value, want->value, want->count);
        if (!(d <= tolerance * (1 + largest(want->value, want->count))))
            fail_msg("%s, seed %llu: values of %s differ by %g", what, seed, want->name, d);
        if (!want->gradient)
            continue;
        d = distance(got->gradient, want->gradient, want->count);
        if (!(d <= tolerance * (largest(want->gradient, want->count) + 0.2 * reach)))
            fail_msg("%s, seed %llu: gradients of %s differ by %g of %g", what, seed, want->name, d,
                     largest(want->gradient, want->count));
    }
}

/* All peers have the same bits. */
static void compare_peers(const step *s, int ranks) {
    for (int r = 1; r < ranks; r++) {
        for (int i = 0; i < px_training_net_parameters(s->nets[0]); i++) {
            const px_parameter *a = px_training_net_parameter(s->nets[0], i),
                               *b = px_training_net_parameter(s->nets[r], i);
            assert_memory_equal(a->value, b->value, a->count * sizeof(float));
            if (a->gradient)
                assert_memory_equal(a->gradient, b->gradient, a->count * sizeof(float));
        }
    }
}

static void check_graph(const px_graph *graph, const int *batches, int ranks, double tolerance,
                        const char *what, unsigned long long seed) {
    thread_group group;
    thread_group_open(&group, ranks);
    step shared, alone;
    open_step(&shared, graph, batches, ranks, seed);
    open_step(&alone, graph, batches, ranks, seed);
    run_peers(&shared, &group);
    alone.nets[0] = make_net(&alone, NULL, alone.batch);
    for (int i = 0; i < PASSES; i++)
        pass(&alone, alone.nets[0], 0);
    compare_nets(shared.nets[0], alone.nets[0], tolerance, what, seed);
    compare_peers(&shared, ranks);
    close_step(&shared);
    close_step(&alone);
    thread_group_close(&group);
}

/* ---- tests --------------------------------------------------------------------------------- */

/* Convolutions, norms, dropout and a dense layer, of any size of image. */
static void make_classifier(px_graph *graph, uint64_t seed, int side) {
    px_random random;
    px_random_init(&random, seed, 1);
    int x = start_graph(graph, side, side, 3);
    x = add_random_conv(graph, &random, x, 3, 3, 2, PX_PADDING_SAME, 1, 8, false);
    x = add_plain(graph, PX_OP_RELU, add_random_norm(graph, &random, x));
    int y = add_random_conv(graph, &random, x, 3, 3, 1, PX_PADDING_SAME, 1, 8, true);
    const int parts[2] = {x, y};
    x = add_join(graph, PX_OP_CONCAT, parts, 2);
    x = add_plain(graph, PX_OP_RELU, add_random_norm(graph, &random, x));
    x = add_plain(graph, PX_OP_DROPOUT, x);
    graph->nodes[x].scale = 0.3f;
    x = add_plain(graph, PX_OP_GLOBAL_AVG_POOL, x);
    add_random_dense(graph, &random, x, 5);
}

static const int two[] = {2, 2}, four[] = {1, 1, 1, 1}, uneven[] = {3, 1, 2};

static void shares_give_what_the_whole_batch_gives(void **state) {
    (void)state;
    for (unsigned long long seed = 0; seed < 6; seed++) {
        px_graph graph;
        make_classifier(&graph, seed, 12 + (int)seed);
        check_graph(&graph, two, 2, 1e-5, "two", seed);
        check_graph(&graph, four, 4, 1e-5, "four", seed);
        check_graph(&graph, uneven, 3, 1e-5, "uneven", seed);
        px_graph_clear(&graph);
    }
}

static void random_networks_agree(void **state) {
    (void)state;
    for (unsigned long long seed = 0; seed < 20; seed++) {
        px_graph graph;
        random_graph(&graph, seed, 8 + (int)(seed % 12));
        check_graph(&graph, two, 2, 1e-4, "two", seed);
        check_graph(&graph, four, 4, 1e-4, "four", seed);
        px_graph_clear(&graph);
    }
}

/* More gradients than are handed over at once. */
static void large_layers_are_summed_in_pieces(void **state) {
    (void)state;
    px_random random;
    px_random_init(&random, 3, 1);
    px_graph graph;
    int x = start_graph(&graph, 8, 8, 3);
    x = add_random_conv(&graph, &random, x, 3, 3, 2, PX_PADDING_SAME, 1, 32, true);
    x = add_plain(&graph, PX_OP_GLOBAL_AVG_POOL, add_random_norm(&graph, &random, x));
    x = add_random_dense(&graph, &random, x, 1100);
    x = add_random_dense(&graph, &random, x, 1000);
    x = add_random_dense(&graph, &random, x, 1100);
    add_random_dense(&graph, &random, x, 7);
    check_graph(&graph, two, 2, 1e-5, "large", 3);
    px_graph_clear(&graph);
}

/* Without sync_norm a process that has all images of one kind has other statistics. */
static void norms_stay_apart_unless_told(void **state) {
    (void)state;
    px_graph graph;
    make_classifier(&graph, 1, 10);
    thread_group group;
    thread_group_open(&group, 2);
    step s;
    open_step(&s, &graph, two, 2, 1);
    s.sync_norm = false;
    run_peers(&s, &group);
    int apart = 0;
    for (int i = 0; i < px_training_net_parameters(s.nets[0]); i++) {
        const px_parameter *a = px_training_net_parameter(s.nets[0], i),
                           *b = px_training_net_parameter(s.nets[1], i);
        if (a->gradient)
            assert_memory_equal(a->gradient, b->gradient, a->count * sizeof(float));
        else
            apart += distance(a->value, b->value, a->count) > 1e-4;
    }
    assert_int_equal(apart, 4); /* mean and variance of two norms */
    close_step(&s);
    thread_group_close(&group);
    px_graph_clear(&graph);
}

/* Sums of a pass. */
static int count_sums(const px_graph *graph) {
    thread_group group;
    thread_group_open(&group, 2);
    step s;
    open_step(&s, graph, two, 2, 2);
    run_peers(&s, &group);
    close_step(&s);
    thread_group_close(&group);
    return group.sums / PASSES;
}

/* A peer is gone in the second pass: moving statistics are put back to those of the first. */
static void broken_step_is_undone(void **state) {
    (void)state;
    px_graph graph;
    make_classifier(&graph, 2, 10);
    int sums = count_sums(&graph);
    assert_in_range(sums, 5, 8);
    step once;
    open_step(&once, &graph, two, 2, 2);
    once.nets[0] = make_net(&once, NULL, once.batch);
    pass(&once, once.nets[0], 0);
    for (int done = 0; done < sums; done++) {
        thread_group group;
        thread_group_open(&group, 2);
        group.fail_after = sums + done;
        step s;
        open_step(&s, &graph, two, 2, 2);
        s.undo = true;
        run_peers(&s, &group);
        for (int i = 0; i < px_training_net_parameters(once.nets[0]); i++) {
            const px_parameter *got = px_training_net_parameter(s.nets[0], i),
                               *want = px_training_net_parameter(once.nets[0], i);
            assert_true(distance(got->value, want->value, want->count) < 1e-5);
        }
        close_step(&s);
        thread_group_close(&group);
    }
    close_step(&once);
    px_graph_clear(&graph);
}

/* Who was not started by mpirun is alone; who was is told where there is no MPI. */
static void one_process_is_alone(void **state) {
    (void)state;
    static const char *const names[] = {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "PMIX_RANK"};
    for (int i = 0; i < 3; i++)
        unsetenv(names[i]);
    px_peers none, *peers = &none;
    MUST(px_peers_join(NULL, &peers, &err));
    assert_null(peers);
    px_peers_leave(peers, true);
#ifndef PX_MPI
    for (int i = 0; i < 3; i++) {
        setenv(names[i], "2", 1);
        MUST_FAIL(px_peers_join(NULL, &peers, &err), PX_ERR_UNSUPPORTED);
        unsetenv(names[i]);
    }
#endif
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shares_give_what_the_whole_batch_gives),
        cmocka_unit_test(random_networks_agree),
        cmocka_unit_test(large_layers_are_summed_in_pieces),
        cmocka_unit_test(norms_stay_apart_unless_told),
        cmocka_unit_test(broken_step_is_undone),
        cmocka_unit_test(one_process_is_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
