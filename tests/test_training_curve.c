/* 20 steps of training against PyTorch's in double precision from the same start, which
 * tests/reference/training_curve.py worked out: losses, and how far each tensor went. With the
 * arguments NETWORK and FILE it writes the network for that script instead. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../src/model/builders.h"
#include "../src/train/loss.h"
#include "../src/train/optimiser.h"
#include "away_from_switches.h"
#include "little_network.h"
#include "must.h"
#include "noise.h"

enum { STEPS = 20, FINDINGS = 5, MOST_BATCH = 8, MOST_LABELS = MOST_BATCH * FINDINGS };

/* Relative: of losses, and of a tensor's change. */
static const double loss_tolerance = 1e-4, change_tolerance = 2e-3;

/* A training, as the script has it. */
typedef struct run {
    const char *name;
    int side, channels, batch;
    px_loss loss;
    bool unknown; /* every seventh label */
    px_optimiser_options optimiser;
    double rate;
} run;

static const float weights[FINDINGS] = {1.0f, 2.0f, 0.5f, 3.0f, 1.5f};
static const run runs[] = {
    {.name = "densenet121",
     .side = 75,
     .channels = 3,
     .batch = 4,
     .loss = {.findings = FINDINGS},
     .optimiser =
         {.kind = PX_OPTIMISER_SGD, .momentum = 0.9f, .nesterov = true, .decay = 0.001f, .clip = 1},
     .rate = 1e-2},
    {.name = "little",
     .side = 48,
     .channels = 1,
     .batch = 8,
     .loss = {.findings = FINDINGS, .focus = 2, .smoothing = 0.1f, .positive_weights = weights},
     .unknown = true,
     .optimiser = {.kind = PX_OPTIMISER_ADAMW,
                   .beta1 = 0.9f,
                   .beta2 = 0.999f,
                   .epsilon = 1e-3f,
                   .decay = 0.05f},
     .rate = 1e-3},
};
enum { RUNS = sizeof runs / sizeof runs[0] };

static px_model *build(const run *r, px_error *err) {
    if (strcmp(r->name, "little") == 0)
        return make_little_network(r->side, "a,b,c,d,e", err);
    px_model *model =
        px_model_build(PX_ARCH_DENSENET121, PX_HEAD_PLAIN, r->side, "a,b,c,d,e", 1, err);
    if (model)
        keep_away_from_switches(model);
    return model;
}

/* A training under way. */
typedef struct training {
    const run *run;
    px_model *model;
    px_training_net *net;
    px_optimiser *optimiser;
    float *images;
    size_t count; /* of a batch's numbers */
} training;

static void start(training *t, const run *r, px_pool *pool) {
    *t = (training){.run = r, .count = (size_t)(r->batch * r->side * r->side * r->channels)};
    MUST((t->model = build(r, &err)) != NULL);
    px_training_options options = {.batch = r->batch, .pool = pool, .momentum = 0.99f};
    MUST((t->net = px_training_net_new(&t->model->graph, &options, &err)) != NULL);
    MUST((t->optimiser = px_optimiser_new(t->net, &r->optimiser, &err)) != NULL);
    t->images = malloc(t->count * sizeof *t->images);
    assert_non_null(t->images);
}

static void stop(training *t) {
    free(t->images);
    px_optimiser_free(t->optimiser);
    px_training_net_free(t->net);
    px_model_unref(t->model);
}

static double train_step(training *t, int step) {
    const run *r = t->run;
    float labels[MOST_LABELS], logits[MOST_LABELS], gradient[MOST_LABELS];
    for (size_t i = 0; i < t->count; i++)
        t->images[i] = noise((uint32_t)((size_t)step * t->count + i));
    for (int i = 0; i < r->batch * FINDINGS; i++)
        labels[i] = r->unknown && i % 7 == 6 ? PX_LABEL_UNKNOWN : (float)((i + step) % 3 == 0);
    px_training_net_clear_gradients(t->net);
    px_training_net_forward(t->net, &(px_training_pass){.seed = (uint64_t)step}, t->images, logits);
    double loss = px_loss_mean(&r->loss, r->batch, logits, labels, 0, gradient);
    px_training_net_backward(t->net, gradient);
    px_optimiser_step(t->optimiser, r->rate);
    return loss;
}

static void read_line(FILE *file, char line[256]) {
    do
        assert_non_null(fgets(line, 256, file));
    while (line[0] == '#');
}

/* How far losses are from double precision: ours, and PyTorch's own of float32. */
static void check_losses(training *t, FILE *file) {
    char line[256];
    double worst = 0, worst_torch = 0;
    for (int step = 0; step < STEPS; step++) {
        double want, torch, loss = train_step(t, step);
        read_line(file, line);
        assert_int_equal(sscanf(line, "loss %lf %lf", &want, &torch), 2);
        worst = fmax(worst, fabs(loss - want) / want);
        worst_torch = fmax(worst_torch, fabs(torch - want) / want);
        if (!(fabs(loss - want) <= loss_tolerance * want))
            fail_msg("%s: step %d has a loss of %.9g, not %.9g", t->run->name, step, loss, want);
    }
    print_message("%s: losses within %.2g of PyTorch's in double precision; its float32 %.2g\n",
                  t->run->name, worst, worst_torch);
}

/* A tensor's change since the start against a line of the file. What changes little is lost in the
 * roundings of float32's weights, of which 1e-6 of the weights' norm is allowed beside. @return how
 * far it is, relative to the change's norm. */
static double check_change(const training *t, const char *line) {
    double norm, projection, found = 0, projected = 0, start = 0;
    char name[160];
    assert_int_equal(sscanf(line, "%lf %lf %*f %159s", &norm, &projection, name), 3);
    int tensor = px_graph_find_tensor(&t->model->graph, name);
    assert_true(tensor >= 0);
    const px_parameter *p = px_training_net_parameter(t->net, tensor);
    const float *before = (const float *)t->model->graph.tensors[tensor].data;
    for (size_t i = 0; i < p->count; i++) {
        double change = (double)p->value[i] - (double)before[i];
        found += change * change;
        projected += change * (double)noise((uint32_t)i);
        start += (double)before[i] * (double)before[i];
    }
    double away = fmax(fabs(sqrt(found) - norm), fabs(projected - projection));
    if (!(away <= change_tolerance * norm + 1e-6 * sqrt(start)))
        fail_msg("%s: %s went %.9g and %.9g, not %.9g and %.9g", t->run->name, name, sqrt(found),
                 projected, norm, projection);
    return p->n_dims > 1 ? away / norm : 0;
}

static void check_run(const run *r, FILE *file, px_pool *pool) {
    char line[256], name[64];
    read_line(file, line);
    assert_int_equal(sscanf(line, "run %63s", name), 1);
    assert_string_equal(name, r->name);
    training t;
    start(&t, r, pool);
    check_losses(&t, file);
    double worst = 0;
    for (int i = 0; i < px_training_net_parameters(t.net); i++) {
        read_line(file, line);
        worst = fmax(worst, check_change(&t, line));
    }
    print_message("%s: kernels' changes within %.2g\n", r->name, worst);
    stop(&t);
}

static void training_follows_pytorch(void **state) {
    (void)state;
    FILE *file = fopen(TRAINING_CURVE, "r");
    assert_non_null(file);
    px_pool *pool = px_pool_new(0, NULL);
    for (int i = 0; i < RUNS; i++)
        check_run(&runs[i], file, pool);
    px_pool_free(pool);
    fclose(file);
}

static int write_network(const char *name, const char *path) {
    px_error err = {0};
    for (int i = 0; i < RUNS; i++) {
        if (strcmp(runs[i].name, name) != 0)
            continue;
        px_model *model = build(&runs[i], &err);
        bool ok = model && px_model_save(model, path, &err);
        if (!ok)
            fprintf(stderr, "%s: %s\n", err.subject, err.message);
        px_model_unref(model);
        return ok ? 0 : 4;
    }
    return 1;
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(training_follows_pytorch)};
    if (argc == 3)
        return write_network(argv[1], argv[2]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
