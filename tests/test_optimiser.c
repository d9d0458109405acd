/* Optimisers against PyTorch's, clipping, averages of weights, and state for checkpoints. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../src/train/optimiser.h"
#include "must.h"
#include "random_graph.h"
#include "training_values.h"

enum { STEPS = 20, KERNEL = 6, ALL = 8 };

/* A dense layer of 3 x 2 with the reference's first weights. */
typedef struct dense_net {
    px_graph graph;
    px_training_net *net;
    const px_parameter *kernel, *bias;
} dense_net;

static void open_net(dense_net *d) {
    static const float kernel[KERNEL] = {-0.2f, -0.1f, 0.0f, 0.1f, 0.2f, 0.3f},
                       bias[] = {0.5f, -0.5f};
    px_random random;
    px_random_init(&random, 1, 1);
    int node = add_random_dense(&d->graph, &random, start_graph(&d->graph, 1, 1, 3), 2);
    MUST((d->net = px_training_net_new(&d->graph, &(px_training_options){.batch = 1}, &err)) !=
         NULL);
    const int *tensors = d->graph.nodes[node].tensors;
    d->kernel = px_training_net_parameter(d->net, tensors[PX_KERNEL]);
    d->bias = px_training_net_parameter(d->net, tensors[PX_BIAS]);
    memcpy(d->kernel->value, kernel, sizeof kernel);
    memcpy(d->bias->value, bias, sizeof bias);
}

static void close_net(dense_net *d) {
    px_training_net_free(d->net);
    px_graph_clear(&d->graph);
}

static void set_gradients(const dense_net *d, int t) {
    for (int i = 0; i < KERNEL; i++)
        d->kernel->gradient[i] = (float)sin(t + i);
    for (int i = 0; i < ALL - KERNEL; i++)
        d->bias->gradient[i] = (float)sin(t + KERNEL + i);
}

static float value_of(const dense_net *d, int i) {
    return i < KERNEL ? d->kernel->value[i] : d->bias->value[i - KERNEL];
}

static void check_values(const dense_net *d, const double want[ALL], double tolerance) {
    for (int i = 0; i < ALL; i++) {
        if (!(fabs((double)value_of(d, i) - want[i]) <= tolerance))
            fail_msg("weight %d is %.9g, not %.9g", i, (double)value_of(d, i), want[i]);
    }
}

static void check_against(px_optimiser_options options, const double want[ALL]) {
    dense_net d;
    open_net(&d);
    px_optimiser *o;
    MUST((o = px_optimiser_new(d.net, &options, &err)) != NULL);
    for (int t = 0; t < STEPS; t++) {
        set_gradients(&d, t);
        assert_true(px_optimiser_step(o, 0.05) > 0);
    }
    assert_int_equal(px_optimiser_steps(o), STEPS);
    check_values(&d, want, 2e-6);
    px_optimiser_free(o);
    close_net(&d);
}

static const px_optimiser_options adam = {
    .kind = PX_OPTIMISER_ADAM, .beta1 = 0.9f, .beta2 = 0.999f, .epsilon = 1e-8f, .decay = 0.1f};

static void steps_are_those_of_pytorch(void **state) {
    (void)state;
    px_optimiser_options sgd = {.kind = PX_OPTIMISER_SGD};
    check_against(sgd, torch_sgd);
    sgd.clip = 0.7f;
    check_against(sgd, torch_clipped);
    sgd = (px_optimiser_options){.kind = PX_OPTIMISER_SGD, .momentum = 0.9f, .decay = 0.1f};
    check_against(sgd, torch_momentum);
    sgd.nesterov = true;
    check_against(sgd, torch_nesterov);
    check_against(adam, torch_adam);
    px_optimiser_options adamw = adam;
    adamw.kind = PX_OPTIMISER_ADAMW;
    check_against(adamw, torch_adamw);
}

static void norm_and_clipping(void **state) {
    (void)state;
    dense_net d;
    open_net(&d);
    px_optimiser_options options = {.kind = PX_OPTIMISER_SGD, .clip = 1.5f};
    px_optimiser *o;
    MUST((o = px_optimiser_new(d.net, &options, &err)) != NULL);
    set_gradients(&d, 3);
    double norm = 0, first = (double)d.kernel->value[0];
    for (int i = 0; i < ALL; i++)
        norm += sin(3 + i) * sin(3 + i);
    norm = sqrt(norm);
    assert_true(fabs(px_optimiser_step(o, 0.1) - norm) < 1e-6);
    assert_true(norm > 1.5);
    double change = first - (double)d.kernel->value[0];
    assert_true(fabs(change - 0.1 * sin(3) * 1.5 / norm) < 1e-6);
    assert_true(fabs((double)d.kernel->gradient[0] - sin(3)) < 1e-6);

    float before[KERNEL];
    memcpy(before, d.kernel->value, sizeof before);
    d.kernel->gradient[2] = NAN;
    assert_true(isnan(px_optimiser_step(o, 0.1)));
    assert_memory_equal(before, d.kernel->value, sizeof before);
    assert_int_equal(px_optimiser_steps(o), 1);
    px_optimiser_free(o);
    close_net(&d);
}

static void averages_follow(void **state) {
    (void)state;
    dense_net d;
    open_net(&d);
    px_optimiser_options options = {.kind = PX_OPTIMISER_SGD, .average = 0.8f};
    px_optimiser *o;
    MUST((o = px_optimiser_new(d.net, &options, &err)) != NULL);
    double average[ALL];
    for (int i = 0; i < ALL; i++)
        average[i] = (double)value_of(&d, i);
    for (int t = 1; t <= 60; t++) {
        double a = fmin(0.8, (1.0 + t) / (10.0 + t));
        set_gradients(&d, t);
        px_optimiser_step(o, 0.1);
        for (int i = 0; i < ALL; i++)
            average[i] = a * average[i] + (1 - a) * (double)value_of(&d, i);
    }
    double last[ALL];
    for (int i = 0; i < ALL; i++)
        last[i] = (double)value_of(&d, i);
    px_optimiser_swap_average(o);
    check_values(&d, average, 1e-6);
    px_optimiser_swap_average(o);
    check_values(&d, last, 0);
    px_optimiser_free(o);
    close_net(&d);
}

/* State that is moved to another optimiser goes on to the same bits. */
static void state_is_complete(void **state) {
    (void)state;
    dense_net a, b;
    open_net(&a);
    open_net(&b);
    px_optimiser_options options = adam;
    options.average = 0.9f;
    px_optimiser *from, *to;
    MUST((from = px_optimiser_new(a.net, &options, &err)) != NULL);
    MUST((to = px_optimiser_new(b.net, &options, &err)) != NULL);
    for (int t = 0; t < STEPS; t++) {
        set_gradients(&a, t);
        px_optimiser_step(from, 0.05);
    }
    px_optimiser_state old[PX_OPTIMISER_STATES], new[PX_OPTIMISER_STATES];
    assert_int_equal(px_optimiser_get_state(from, old), 3);
    assert_int_equal(px_optimiser_get_state(to, new), 3);
    for (int i = 0; i < 3; i++) {
        assert_string_equal(old[i].name, new[i].name);
        assert_int_equal(old[i].count, new[i].count);
        memcpy(new[i].values, old[i].values, old[i].count * sizeof(float));
    }
    px_optimiser_set_steps(to, STEPS);
    memcpy(b.kernel->value, a.kernel->value, KERNEL * sizeof(float));
    memcpy(b.bias->value, a.bias->value, (ALL - KERNEL) * sizeof(float));
    for (int t = STEPS; t < 2 * STEPS; t++) {
        set_gradients(&a, t);
        set_gradients(&b, t);
        px_optimiser_step(from, 0.05);
        px_optimiser_step(to, 0.05);
    }
    for (int i = 0; i < ALL; i++)
        assert_true(value_of(&a, i) == value_of(&b, i));
    for (int i = 0; i < 3; i++)
        assert_memory_equal(new[i].values, old[i].values, old[i].count * sizeof(float));
    px_optimiser_free(from);
    px_optimiser_free(to);
    close_net(&a);
    close_net(&b);
}

static void wrong_options_are_refused(void **state) {
    (void)state;
    dense_net d;
    open_net(&d);
    const px_optimiser_options sgd = {.kind = PX_OPTIMISER_SGD};
    px_optimiser_options wrong[8];
    for (int i = 0; i < 8; i++)
        wrong[i] = i < 5 ? sgd : adam;
    wrong[0].momentum = 1;
    wrong[1].nesterov = true;
    wrong[2].decay = -1;
    wrong[3].clip = NAN;
    wrong[4].kind = PX_OPTIMISERS;
    wrong[5].beta1 = 1;
    wrong[6].epsilon = 0;
    wrong[7].average = 1;
    for (int i = 0; i < 8; i++)
        MUST_FAIL(px_optimiser_new(d.net, &wrong[i], &err), PX_ERR_USAGE);
    close_net(&d);
    assert_string_equal(px_optimiser_name(PX_OPTIMISER_ADAMW), "adamw");
    assert_string_equal(px_optimiser_name(PX_OPTIMISERS), "?");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_are_those_of_pytorch),
        cmocka_unit_test(norm_and_clipping),
        cmocka_unit_test(averages_follow),
        cmocka_unit_test(state_is_complete),
        cmocka_unit_test(wrong_options_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
