/* The gradients of the five networks against PyTorch's in double precision, which
 * tests/reference/network_gradients.py worked out. With the arguments ARCHITECTURE and FILE it
 * writes the network for that script instead. */
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
#include "../src/train/training_net.h"
#include "away_from_switches.h"
#include "must.h"
#include "noise.h"

enum { BATCH = 2, FINDINGS = 5, MOST_PIXELS = BATCH * 160 * 160 * 3 };

static px_model *build(px_arch arch, px_error *err) {
    int size = arch == PX_ARCH_INCEPTION_RESNET_V2 ? 139 : 96; /* as the script has them */
    px_model *model = px_model_build(arch, PX_HEAD_PLAIN, size, "a,b,c,d,e", 1, err);
    if (model)
        keep_away_from_switches(model);
    return model;
}

/* A step of a network: its gradients, and its loss. */
static px_training_net *run_step(const px_model *model, px_pool *pool, double *loss) {
    static float images[MOST_PIXELS];
    float labels[BATCH * FINDINGS], logits[BATCH * FINDINGS], gradient[BATCH * FINDINGS];
    for (int i = 0; i < MOST_PIXELS; i++)
        images[i] = noise((uint32_t)i);
    for (int i = 0; i < BATCH * FINDINGS; i++)
        labels[i] = i % 3 == 0;
    px_training_options options = {.batch = BATCH, .pool = pool, .momentum = 0.99f};
    px_training_net *net;
    MUST((net = px_training_net_new(&model->graph, &options, &err)) != NULL);
    px_training_net_forward(net, &(px_training_pass){0}, images, logits);
    *loss = px_loss_mean(&(px_loss){.findings = FINDINGS}, BATCH, logits, labels, 0, gradient);
    px_training_net_backward(net, gradient);
    return net;
}

static const px_parameter *find_parameter(const px_training_net *net, const char *name) {
    for (int i = 0; i < px_training_net_parameters(net); i++) {
        const px_parameter *p = px_training_net_parameter(net, i);
        if (strcmp(p->name, name) == 0)
            return p;
    }
    fail_msg("there is no tensor %s", name);
    return NULL;
}

/* A tensor of a file's line: its gradient's norm and a projection, to 1e-4 of the norm. Shifts that
 * only norms read have none, or next to none, after large terms cancelled: what rounding leaves of
 * it is compared with the network's largest norm. @return how far a kernel's is, relative to it. */
static double check_tensor(const px_training_net *net, const char *line, double largest) {
    double norm, projection, found = 0, projected = 0;
    char name[160];
    assert_int_equal(sscanf(line, "%lf %lf %159s", &norm, &projection, name), 3);
    const px_parameter *p = find_parameter(net, name);
    assert_non_null(p->gradient);
    for (size_t i = 0; i < p->count; i++) {
        found += (double)p->gradient[i] * (double)p->gradient[i];
        projected += (double)p->gradient[i] * (double)noise((uint32_t)i);
    }
    double away = fmax(fabs(sqrt(found) - norm), fabs(projected - projection));
    if (!(away <= 1e-4 * norm + 2e-8 * largest))
        fail_msg("%s: norm %.9g and projection %.9g, not %.9g and %.9g", name, sqrt(found),
                 projected, norm, projection);
    return p->n_dims > 1 ? away / norm : 0;
}

/* The lines of one network, up to the next. */
static void check_network(FILE *file, const char *name, double want, double largest,
                          px_pool *pool) {
    px_arch arch;
    px_error err = {0};
    assert_true(px_arch_from_name(name, &arch));
    px_model *model = build(arch, &err);
    assert_non_null(model);
    double loss, worst = 0;
    px_training_net *net = run_step(model, pool, &loss);
    if (!(fabs(loss - want) <= 1e-5 * fabs(want)))
        fail_msg("%s: a loss of %.9g, not %.9g", name, loss, want);
    char line[256];
    long next = ftell(file);
    int tensors = 0, trained = 0;
    for (; fgets(line, sizeof line, file) && line[0] != 'n'; next = ftell(file), tensors++)
        worst = fmax(worst, check_tensor(net, line, largest));
    assert_int_equal(fseek(file, next, SEEK_SET), 0);
    for (int i = 0; i < px_training_net_parameters(net); i++)
        trained += px_training_net_parameter(net, i)->gradient != NULL;
    assert_int_equal(tensors, trained);
    print_message("%s: %d tensors, kernels within %.2g\n", name, tensors, worst);
    px_training_net_free(net);
    px_model_unref(model);
}

static void gradients_are_those_of_pytorch(void **state) {
    (void)state;
    FILE *file = fopen(NETWORK_GRADIENTS, "r");
    assert_non_null(file);
    px_pool *pool = px_pool_new(0, NULL);
    char line[256], name[64];
    double loss, largest;
    int networks = 0;
    while (fgets(line, sizeof line, file)) {
        if (line[0] == '#')
            continue;
        assert_int_equal(sscanf(line, "network %63s %lf %lf", name, &loss, &largest), 3);
        check_network(file, name, loss, largest, pool);
        networks++;
    }
    assert_int_equal(networks, PX_ARCHS);
    px_pool_free(pool);
    fclose(file);
}

static int write_network(const char *name, const char *path) {
    px_arch arch;
    px_error err = {0};
    if (!px_arch_from_name(name, &arch))
        return 1;
    px_model *model = build(arch, &err);
    bool ok = model && px_model_save(model, path, &err);
    if (!ok)
        fprintf(stderr, "%s: %s\n", err.subject, err.message);
    px_model_unref(model);
    return ok ? 0 : 4;
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(gradients_are_those_of_pytorch)};
    if (argc == 3)
        return write_network(argv[1], argv[2]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
