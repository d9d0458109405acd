/* The trainer's forward pass and gradients against a double-precision executor and finite
 * differences: each operation alone over random sizes, and random networks of all of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../src/graph/node_geometry.h"
#include "../src/train/training_net.h"
#include "must.h"
#include "random_graph.h"
#include "train64.h"

/* Elements of a tensor whose derivative is measured; fewer in what takes long. */
enum { SAMPLES = 3, LARGE_SAMPLES = 1, LARGE_MACS = 100000, NETWORKS = 40 };

/* A graph in training, and the same in double precision. */
typedef struct trial {
    px_graph *graph;
    const char *what;
    unsigned long long seed;
    int batch, logits;
    const bool *frozen;
    float *input, *weights, *answers; /* the loss is the sum of weights times answers */
    px_random random;
    double largest; /* gradient of all: what rounds to something near zero is judged by it */
    int measured, switched; /* derivatives; those that a switching maximum spoiled */
} trial;

static float *random_floats(px_random *random, size_t count) {
    float *values = malloc(count * sizeof *values);
    for (size_t i = 0; i < count; i++)
        values[i] = (float)px_random_range(random, -1, 1);
    return values;
}

static int pick(px_random *random, int low, int high) {
    return low + (int)px_random_below(random, (uint64_t)(high - low + 1));
}

/* The node whose value the trainer answers with. */
static int find_logits(const px_graph *graph) {
    int node = graph->output;
    for (;;) {
        const px_node *n = &graph->nodes[node];
        px_shape in = n->n_inputs ? graph->nodes[n->inputs[0]].shape : n->shape;
        bool same = (n->op == PX_OP_FLATTEN && in.h * in.w == 1) || n->op == PX_OP_DROPOUT;
        if (!same)
            break;
        node = n->inputs[0];
    }
    return graph->nodes[node].op == PX_OP_SIGMOID ? graph->nodes[node].inputs[0] : node;
}

static void open_trial(trial *t, px_graph *graph, const char *what, uint64_t seed, int batch) {
    *t = (trial){.graph = graph, .what = what, .seed = seed, .batch = batch};
    px_random_init(&t->random, seed, 77);
    for (int i = 0; i < graph->n_nodes; i++) {
        if (graph->nodes[i].op == PX_OP_DROPOUT)
            graph->nodes[i].scale = 0; /* it has a test of its own */
    }
    t->logits = find_logits(graph);
    size_t outputs = (size_t)batch * px_shape_count(graph->nodes[t->logits].shape);
    t->input = random_floats(&t->random, (size_t)batch * px_shape_count(graph->nodes[0].shape));
    t->weights = random_floats(&t->random, outputs);
    t->answers = malloc(outputs * sizeof *t->answers);
}

static void close_trial(trial *t) {
    free(t->input);
    free(t->weights);
    free(t->answers);
}

static px_training_net *run_net(const trial *t, px_pool *pool) {
    px_training_options options = {
        .batch = t->batch, .pool = pool, .momentum = 0.9f, .frozen = t->frozen};
    px_training_net *net;
    MUST((net = px_training_net_new(t->graph, &options, &err)) != NULL);
    px_training_net_forward(net, &(px_training_pass){0}, t->input, t->answers);
    px_training_net_backward(net, t->weights);
    return net;
}

/* Not by fmax: GCC 12 for Arm breaks on that. */
static double find_largest(const float *values, size_t count) {
    double largest = 0;
    for (size_t k = 0; k < count; k++) {
        double size = fabs((double)values[k]);
        largest = size > largest ? size : largest;
    }
    return largest;
}

static void check_answers(const trial *t, const train64 *exact) {
    double *want = train64_run(exact, t->logits), largest = 0;
    size_t count = (size_t)t->batch * px_shape_count(t->graph->nodes[t->logits].shape);
    for (size_t i = 0; i < count; i++)
        largest = fmax(largest, fabs(want[i]));
    for (size_t i = 0; i < count; i++) {
        if (!(fabs((double)t->answers[i] - want[i]) <= 2e-4 * (0.1 + largest)))
            fail_msg("%s, seed %llu: answer %zu is %g, not %g", t->what, t->seed, i,
                     (double)t->answers[i], want[i]);
    }
    free(want);
}

static void check_element(trial *t, train64 *exact, const px_parameter *p, int tensor,
                          size_t element, double largest) {
    double want;
    t->measured++;
    if (!train64_derivative(exact, t->logits, t->weights, tensor, element, &want)) {
        t->switched++;
        return;
    }
    double got = (double)p->gradient[element];
    if (!(fabs(got - want) <= 1e-3 * largest + 1e-4 * (0.1 + t->largest)))
        fail_msg("%s, seed %llu: d loss / d %s[%zu] is %g, not %g (largest %g)", t->what, t->seed,
                 p->name, element, got, want, largest);
}

static void check_gradients(trial *t, train64 *exact, px_training_net *net) {
    size_t count;
    const float *all = px_training_net_gradients(net, &count);
    t->largest = find_largest(all, count);
    for (int i = 0; i < px_training_net_parameters(net); i++) {
        const px_parameter *p = px_training_net_parameter(net, i);
        if (!p->gradient)
            continue;
        double largest = find_largest(p->gradient, p->count);
        int samples = px_graph_count_macs(t->graph) < LARGE_MACS ? SAMPLES : LARGE_SAMPLES;
        for (int k = 0; k < samples; k++)
            check_element(t, exact, p, i, px_random_below(&t->random, p->count), largest);
    }
}

static void check_trial(trial *t) {
    train64 exact;
    train64_init(&exact, t->graph, t->batch, t->frozen, t->input);
    px_training_net *net = run_net(t, NULL);
    check_answers(t, &exact);
    check_gradients(t, &exact, net);
    px_training_net_free(net);
    train64_clear(&exact);
}

static void check_graph(px_graph *graph, const char *what, uint64_t seed, int batch) {
    trial t;
    open_trial(&t, graph, what, seed, batch);
    check_trial(&t);
    close_trial(&t);
    px_graph_clear(graph);
}

/* An input that a trained pointwise convolution made, so that its gradient is needed. */
static int start(px_graph *graph, px_random *random, int h, int w, int channels) {
    int input = start_graph(graph, h, w, pick(random, 1, 4));
    return add_random_conv(graph, random, input, 1, 1, 1, PX_PADDING_VALID, 1, channels, true);
}

/* ---- single operations --------------------------------------------------------------------- */

static void convolutions(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 80; seed++) {
        px_graph graph;
        px_random random;
        px_random_init(&random, seed, 1);
        int groups = pick(&random, 1, 3) < 3 ? 1 : pick(&random, 2, 5);
        int h = pick(&random, 5, 11), w = pick(&random, 5, 11), depth = pick(&random, 1, 6);
        int x = start(&graph, &random, h, w, groups * depth);
        add_random_conv(&graph, &random, x, pick(&random, 1, 5), pick(&random, 1, 5),
                        pick(&random, 1, 3), (px_padding)pick(&random, 0, 2), groups,
                        groups * pick(&random, 1, 20), px_random_below(&random, 2));
        check_graph(&graph, "convolution", seed, pick(&random, 1, 3));
    }
}

static void depthwise(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        px_graph graph;
        px_random random;
        px_random_init(&random, seed, 2);
        int channels = pick(&random, 2, 40);
        int x = start(&graph, &random, pick(&random, 5, 9), pick(&random, 5, 9), channels);
        if (px_random_below(&random, 2))
            x = add_plain(&graph, PX_OP_RELU, x);
        add_random_conv(&graph, &random, x, pick(&random, 1, 4), pick(&random, 1, 4),
                        pick(&random, 1, 3), (px_padding)pick(&random, 0, 2), channels, channels,
                        px_random_below(&random, 2));
        check_graph(&graph, "depthwise", seed, 2);
    }
}

/* Large enough for Winograd's transforms both ways, several panels and shares of channels. */
static void large_convolutions(void **state) {
    (void)state;
    static const int sizes[][6] = {
        /* side, channels in and out, kernel, stride */
        {21, 18, 40, 3, 3, 1}, {9, 40, 70, 3, 3, 1},  {9, 17, 33, 1, 7, 1}, {10, 20, 35, 7, 1, 1},
        {7, 290, 40, 1, 1, 1}, {13, 24, 36, 3, 3, 2}, {23, 3, 20, 7, 7, 2}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        px_graph graph;
        px_random random;
        const int *s = sizes[i];
        px_random_init(&random, i, 3);
        int x = start(&graph, &random, s[0], s[0] + 1, s[1]);
        x = add_random_norm(&graph, &random, x);
        x = add_plain(&graph, PX_OP_RELU, x);
        add_random_conv(&graph, &random, x, s[3], s[4], s[5], PX_PADDING_SAME, 1, s[2], true);
        check_graph(&graph, "large convolution", i, 2);
    }
}

static void pools(void **state) {
    (void)state;
    static const px_op ops[] = {PX_OP_MAX_POOL, PX_OP_AVG_POOL, PX_OP_GLOBAL_AVG_POOL};
    for (uint64_t seed = 1; seed <= 60; seed++) {
        px_graph graph;
        px_random random;
        px_random_init(&random, seed, 4);
        int x =
            start(&graph, &random, pick(&random, 5, 9), pick(&random, 5, 9), pick(&random, 1, 37));
        if (px_random_below(&random, 2))
            x = add_random_norm(&graph, &random, x);
        if (px_random_below(&random, 2))
            x = add_plain(&graph, PX_OP_RELU, x);
        if (px_random_below(&random, 3) == 0)
            x = add_plain(&graph, PX_OP_PAD, x);
        if (seed % 3 == 2)
            add_plain(&graph, ops[2], x);
        else
            add_pool(&graph, ops[seed % 3], x, pick(&random, 1, 4), pick(&random, 1, 3),
                     (px_padding)pick(&random, 0, 2));
        check_graph(&graph, "pool", seed, 2);
    }
}

static void norms(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        px_graph graph;
        px_random random;
        px_random_init(&random, seed, 5);
        int x = start(&graph, &random, pick(&random, 1, 16), pick(&random, 1, 16),
                      pick(&random, 1, 37));
        x = add_random_norm(&graph, &random, x);
        if (px_random_below(&random, 2))
            x = add_plain(&graph, PX_OP_RELU, x);
        if (px_random_below(&random, 2)) /* is read twice, and so written down */
            add_join(&graph, PX_OP_ADD, (int[]){x, x}, 2);
        check_graph(&graph, "norm", seed, pick(&random, 2, 4));
    }
}

static void elements(void **state) {
    (void)state;
    static const px_op ops[] = {PX_OP_SCALE, PX_OP_PAD, PX_OP_FLATTEN, PX_OP_SIGMOID,
                                PX_OP_RELU,  PX_OP_ADD, PX_OP_CONCAT};
    for (uint64_t seed = 1; seed <= 42; seed++) {
        px_graph graph;
        px_random random;
        px_random_init(&random, seed, 6);
        int side = pick(&random, 1, 6), channels = pick(&random, 1, 21);
        int x = start(&graph, &random, side, side + 1, channels);
        px_op op = ops[seed % (sizeof ops / sizeof *ops)];
        int other =
            add_random_conv(&graph, &random, 0, 1, 1, 1, PX_PADDING_VALID, 1, channels, false);
        if (op == PX_OP_ADD || op == PX_OP_CONCAT)
            x = add_join(&graph, op, (int[]){x, other, x}, 3);
        else
            x = add_plain(&graph, op, x);
        add_plain(&graph, PX_OP_SCALE, x);
        check_graph(&graph, px_op_name(op), seed, 2);
    }
}

/* ---- whole networks ------------------------------------------------------------------------ */

static void random_networks(void **state) {
    (void)state;
    int tried = 0, measured = 0, switched = 0;
    for (uint64_t seed = 1; tried < NETWORKS; seed++) {
        px_graph graph;
        random_graph(&graph, seed, 3 + (int)(seed % 20));
        if (px_graph_count_macs(&graph) < LARGE_MACS) {
            trial t;
            open_trial(&t, &graph, "network", seed, 2 + (int)(seed % 2));
            check_trial(&t);
            measured += t.measured;
            switched += t.switched;
            close_trial(&t);
            tried++;
        }
        px_graph_clear(&graph);
    }
    assert_true(measured > 300 && switched * 5 < measured);
}

/* All gradients of a trial with so many threads, to be freed. */
static float *gradients_with(const trial *t, int threads, size_t *count) {
    px_pool *pool = threads ? px_pool_new(threads, NULL) : NULL;
    px_training_net *net = run_net(t, pool);
    const float *all = px_training_net_gradients(net, count);
    float *copy = malloc((*count + 1) * sizeof *copy);
    memcpy(copy, all, *count * sizeof *copy);
    px_training_net_free(net);
    px_pool_free(pool);
    return copy;
}

/* A network whose layers are large enough to be shared out. */
static void build_large(px_graph *graph, uint64_t seed) {
    px_random random;
    px_random_init(&random, seed, 7);
    int x = start(graph, &random, 22, 21, 40);
    int y = add_random_norm(graph, &random, x);
    y = add_plain(graph, PX_OP_RELU, y);
    y = add_random_conv(graph, &random, y, 3, 3, 1, PX_PADDING_SAME, 1, 24, true);
    x = add_join(graph, PX_OP_CONCAT, (int[]){x, y}, 2);
    y = add_random_conv(graph, &random, x, 3, 3, 1, PX_PADDING_SAME, 64, 64, true);
    y = add_pool(graph, PX_OP_MAX_POOL, y, 3, 2, PX_PADDING_SAME);
    x = add_random_conv(graph, &random, x, 1, 1, 2, PX_PADDING_SAME, 1, 64, false);
    x = add_join(graph, PX_OP_ADD, (int[]){x, y}, 2);
    x = add_pool(graph, PX_OP_AVG_POOL, x, 3, 1, PX_PADDING_SAME);
    x = add_random_conv(graph, &random, x, 3, 3, 2, PX_PADDING_VALID, 2, 40, false);
    x = add_plain(graph, PX_OP_GLOBAL_AVG_POOL, add_random_norm(graph, &random, x));
    add_plain(graph, PX_OP_SIGMOID, add_random_dense(graph, &random, x, 5));
}

static void threads_change_nothing(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 8; seed++) {
        px_graph graph;
        if (seed == 1)
            build_large(&graph, seed);
        else
            random_graph(&graph, seed + 100, 20);
        trial t;
        open_trial(&t, &graph, "threads", seed, 3);
        size_t count, other;
        float *one = gradients_with(&t, 0, &count);
        for (int threads = 2; threads <= 5; threads++) {
            float *many = gradients_with(&t, threads, &other);
            assert_int_equal(count, other);
            if (memcmp(one, many, count * sizeof *one) != 0)
                fail_msg("seed %llu: %d threads give other gradients", t.seed, threads);
            free(many);
        }
        free(one);
        close_trial(&t);
        px_graph_clear(&graph);
    }
}

/* A pool may have more threads than one convolution takes. */
static void many_threads_change_nothing(void **state) {
    (void)state;
    enum { THREADS = 80, SIDE = 48, CHANNELS = 96 }; /* there is work for each of them */
    px_graph graph;
    px_random random;
    px_random_init(&random, 1, 12);
    int x = start(&graph, &random, SIDE, SIDE, CHANNELS);
    add_random_conv(&graph, &random, x, 1, 1, 1, PX_PADDING_VALID, 1, CHANNELS, true);
    trial t;
    open_trial(&t, &graph, "many threads", 1, 1);
    size_t count, other;
    float *one = gradients_with(&t, 0, &count), *many = gradients_with(&t, THREADS, &other);
    assert_int_equal(count, other);
    assert_memory_equal(one, many, count * sizeof *one);
    free(one);
    free(many);
    close_trial(&t);
    px_graph_clear(&graph);
}

/* ---- what training keeps ------------------------------------------------------------------- */

static void large_network_is_right(void **state) {
    (void)state;
    px_graph graph;
    build_large(&graph, 9);
    check_graph(&graph, "large network", 9, 2);
}

static void frozen_layers_stay(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        px_graph graph;
        px_random random;
        px_random_init(&random, seed, 8);
        int x = start(&graph, &random, 6, 5, 12);
        int norm = add_random_norm(&graph, &random, x);
        x = add_plain(&graph, PX_OP_RELU, norm);
        int conv = add_random_conv(&graph, &random, x, 3, 3, 1, PX_PADDING_SAME, 1, 9, true);
        add_random_norm(&graph, &random, conv);
        bool frozen[8] = {0};
        frozen[norm] = frozen[conv] = true;
        if (seed % 2)
            frozen[1] = true; /* then nothing below the last norm needs a gradient */
        trial t;
        open_trial(&t, &graph, "frozen", seed, 2);
        t.frozen = frozen;
        check_trial(&t);
        px_training_net *net = run_net(&t, NULL);
        for (int slot = 0; slot < PX_NODE_TENSORS; slot++) {
            int tensor = graph.nodes[norm].tensors[slot];
            if (tensor < 0)
                continue;
            const px_parameter *p = px_training_net_parameter(net, tensor);
            assert_null(p->gradient);
            assert_memory_equal(p->value, graph.tensors[tensor].data, p->count * sizeof(float));
        }
        assert_null(px_training_net_parameter(net, graph.nodes[conv].tensors[PX_KERNEL])->gradient);
        px_training_net_free(net);
        close_trial(&t);
        px_graph_clear(&graph);
    }
}

static void moving_statistics_follow(void **state) {
    (void)state;
    px_graph graph;
    px_random random;
    px_random_init(&random, 1, 9);
    int x = start(&graph, &random, 4, 5, 3);
    int norm = add_random_norm(&graph, &random, x);
    trial t;
    open_trial(&t, &graph, "moving statistics", 1, 3);
    train64 exact;
    train64_init(&exact, &graph, t.batch, NULL, t.input);
    double *value = train64_run(&exact, x);
    px_training_net *net = run_net(&t, NULL);
    const int *tensors = graph.nodes[norm].tensors;
    const px_parameter *mean = px_training_net_parameter(net, tensors[PX_MEAN]);
    const px_parameter *variance = px_training_net_parameter(net, tensors[PX_VARIANCE]);
    for (size_t c = 0; c < 3; c++) {
        double sum = 0, squares = 0, n = 4 * 5 * 3;
        for (size_t p = 0; p < (size_t)n; p++)
            sum += value[p * 3 + c] / n;
        for (size_t p = 0; p < (size_t)n; p++)
            squares += (value[p * 3 + c] - sum) * (value[p * 3 + c] - sum) / (n - 1);
        double want_mean = 0.9 * exact.tensors[tensors[PX_MEAN]][c] + 0.1 * sum;
        double want_variance = 0.9 * exact.tensors[tensors[PX_VARIANCE]][c] + 0.1 * squares;
        assert_true(fabs((double)mean->value[c] - want_mean) < 1e-6);
        assert_true(fabs((double)variance->value[c] - want_variance) < 1e-6);
    }
    px_error err = {0};
    assert_true(px_training_net_store(net, &graph, &err));
    assert_memory_equal(graph.tensors[tensors[PX_MEAN]].data, mean->value, 3 * sizeof(float));
    float kept[2][3];
    memcpy(kept[0], mean->value, sizeof kept[0]);
    memcpy(kept[1], variance->value, sizeof kept[1]);
    t.input[0] = NAN; /* a batch that comes to nothing leaves no trace */
    px_training_net_forward(net, &(px_training_pass){0}, t.input, t.answers);
    assert_true(isnan(t.answers[0]));
    assert_memory_equal(kept[0], mean->value, sizeof kept[0]);
    assert_memory_equal(kept[1], variance->value, sizeof kept[1]);
    px_training_net_free(net);
    free(value);
    train64_clear(&exact);
    close_trial(&t);
    px_graph_clear(&graph);
}

static void gradients_add_up(void **state) {
    (void)state;
    px_graph graph;
    build_large(&graph, 3);
    trial t;
    open_trial(&t, &graph, "twice", 3, 2);
    px_training_net *net = run_net(&t, NULL);
    size_t count;
    const float *all = px_training_net_gradients(net, &count);
    float *once = malloc(count * sizeof *once);
    memcpy(once, all, count * sizeof *once);
    px_training_net_forward(net, &(px_training_pass){0}, t.input, t.answers);
    px_training_net_backward(net, t.weights);
    double largest = find_largest(once, count);
    for (size_t i = 0; i < count; i++)
        assert_true(fabs((double)all[i] - 2 * (double)once[i]) <= 1e-5 * largest);
    px_training_net_clear_gradients(net);
    for (size_t i = 0; i < count; i++)
        assert_true(all[i] == 0);
    free(once);
    px_training_net_free(net);
    close_trial(&t);
    px_graph_clear(&graph);
}

/* With a kernel of zeros and a bias of ones the logits are the dropout's factors themselves, and
 * the bias' gradient is their sum with the loss' weights. */
static void dropout_drops(void **state) {
    (void)state;
    enum { BATCH = 4, UNITS = 500 };
    px_graph graph;
    px_random random;
    px_random_init(&random, 5, 10);
    int x = start_graph(&graph, 1, 1, 3);
    x = add_random_dense(&graph, &random, x, UNITS);
    const int *tensors = graph.nodes[x].tensors;
    int bias = tensors[PX_BIAS], kernel = tensors[PX_KERNEL];
    add_plain(&graph, PX_OP_DROPOUT, x); /* at a rate of 0.37 */
    float images[BATCH * 3] = {1, 2, 3}, first[BATCH * UNITS], logits[BATCH * UNITS];
    float *weights = random_floats(&random, BATCH * UNITS);
    px_training_net *net;
    MUST((net = px_training_net_new(&graph, &(px_training_options){.batch = BATCH}, &err)) != NULL);
    memset(px_training_net_parameter(net, kernel)->value, 0, 3 * UNITS * sizeof(float));
    const px_parameter *p = px_training_net_parameter(net, bias);
    for (int i = 0; i < UNITS; i++)
        p->value[i] = 1;
    px_training_net_forward(net, &(px_training_pass){.seed = 1}, images, first);
    px_training_net_backward(net, weights);
    int dropped = 0;
    for (int i = 0; i < BATCH * UNITS; i++) {
        assert_true(first[i] == 0 || fabsf(first[i] - 1 / (1 - 0.37f)) < 1e-6f);
        dropped += first[i] == 0;
    }
    assert_true(dropped > 0.32 * BATCH * UNITS && dropped < 0.42 * BATCH * UNITS);
    for (int u = 0; u < UNITS; u++) {
        float want = 0;
        for (int i = 0; i < BATCH; i++)
            want += weights[i * UNITS + u] * first[i * UNITS + u];
        assert_true(fabsf(p->gradient[u] - want) < 1e-5f);
    }
    px_training_net_forward(net, &(px_training_pass){.seed = 1, .first_image = 2}, images, logits);
    assert_memory_equal(logits, first + 2 * UNITS, 2 * UNITS * sizeof(float));
    px_training_net_forward(net, &(px_training_pass){.seed = 2}, images, logits);
    assert_memory_not_equal(logits, first, sizeof logits);
    px_training_net_free(net);
    free(weights);
    px_graph_clear(&graph);
}

static void wrong_options_are_refused(void **state) {
    (void)state;
    px_graph graph;
    px_random random;
    px_random_init(&random, 5, 11);
    int x = start(&graph, &random, 2, 2, 3);
    MUST_FAIL(px_training_net_new(&graph, &(px_training_options){.batch = 0}, &err), PX_ERR_USAGE);
    MUST_FAIL(px_training_net_new(&graph, &(px_training_options){.batch = 1, .momentum = 1}, &err),
              PX_ERR_USAGE);
    MUST_FAIL(px_training_net_new(&graph, &(px_training_options){.batch = INT32_MAX}, &err),
              PX_ERR_LIMIT);
    int dropout = add_plain(&graph, PX_OP_DROPOUT, x);
    graph.nodes[dropout].scale = 1;
    MUST_FAIL(px_training_net_new(&graph, &(px_training_options){.batch = 1}, &err), PX_ERR_INPUT);
    px_graph_clear(&graph);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(convolutions),
        cmocka_unit_test(depthwise),
        cmocka_unit_test(large_convolutions),
        cmocka_unit_test(pools),
        cmocka_unit_test(norms),
        cmocka_unit_test(elements),
        cmocka_unit_test(random_networks),
        cmocka_unit_test(large_network_is_right),
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(many_threads_change_nothing),
        cmocka_unit_test(frozen_layers_stay),
        cmocka_unit_test(moving_statistics_follow),
        cmocka_unit_test(gradients_add_up),
        cmocka_unit_test(dropout_drops),
        cmocka_unit_test(wrong_options_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
