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
#include "must.h"

enum { BATCH = 2, FINDINGS = 5, MOST_PIXELS = BATCH * 160 * 160 * 3 };

/* Shifts keep values away from where a ReLU turns: of the millions some would else lie so near that
 * rounding decides, each of which changes gradients by more than what is tested. Both sides of a
 * ReLU are test_gradients' matter. */
static px_model *build(px_arch arch, px_error *err) {
    int size = arch == PX_ARCH_INCEPTION_RESNET_V2 ? 160 : 96; /* as the script has them */
    px_model *model = px_model_build(arch, PX_HEAD_PLAIN, size, "a,b,c,d,e", 1, err);
    for (int i = 0; model && i < model->graph.n_tensors; i++) {
        const px_tensor *tensor = &model->graph.tensors[i];
        const char *end = strrchr(tensor->name, '/');
        float *values = (float *)tensor->data;
        for (int64_t k = 0; end && strcmp(end, "/beta") == 0 && k < tensor->dims[0]; k++)
            values[k] = 2.5f;
    }
    return model;
}

/* In [-1, 1), as the script makes it. */
static float noise(uint32_t i) {
    uint32_t x = (i + 1) * 2654435761u;
    x = (x ^ x >> 15) * 2246822519u;
    x ^= x >> 13;
    return (float)(x >> 8) / 8388608.0f - 1.0f;
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

/* A tensor of a file's line; `scale` is the largest norm of the network's tensors. Whether it
 * agrees to 1e-4. A max pool whose two largest elements are nearer than rounding may choose the
 * other one, which shows in the layers just below it. */
static bool check_tensor(const px_training_net *net, const char *line, double scale) {
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
    if (!(away <= 3e-3 * norm + 1e-6 * scale))
        fail_msg("%s: norm %.9g and projection %.9g, not %.9g and %.9g", name, sqrt(found),
                 projected, norm, projection);
    return away <= 1e-4 * norm + 1e-6 * scale;
}

/* The lines of one network, up to the next. */
static void check_network(FILE *file, const char *name, double want, px_pool *pool) {
    px_arch arch;
    px_error err = {0};
    assert_true(px_arch_from_name(name, &arch));
    px_model *model = build(arch, &err);
    assert_non_null(model);
    double loss, scale = 0;
    px_training_net *net = run_step(model, pool, &loss);
    if (!(fabs(loss - want) <= 1e-5 * fabs(want)))
        fail_msg("%s: a loss of %.9g, not %.9g", name, loss, want);
    char line[256];
    long start = ftell(file), next = start;
    int tensors = 0, close = 0, trained = 0;
    for (int round = 0; round < 2; round++) { /* the largest norm first */
        assert_int_equal(fseek(file, start, SEEK_SET), 0);
        for (next = start; fgets(line, sizeof line, file) && line[0] != 'n'; next = ftell(file)) {
            if (round == 0)
                scale = fmax(scale, strtod(line, NULL));
            else
                close += check_tensor(net, line, scale);
            tensors += round;
        }
    }
    assert_int_equal(fseek(file, next, SEEK_SET), 0);
    for (int i = 0; i < px_training_net_parameters(net); i++)
        trained += px_training_net_parameter(net, i)->gradient != NULL;
    assert_int_equal(tensors, trained);
    /* Inception-ResNet-v2's sums of residuals meet ReLUs without a norm's shift. */
    double least = arch == PX_ARCH_INCEPTION_RESNET_V2 ? 0.5 : 0.95;
    if (close < tensors * least)
        fail_msg("%s: %d of %d tensors agree to 1e-4", name, close, tensors);
    print_message("%s: %d of %d tensors agree to 1e-4\n", name, close, tensors);
    px_training_net_free(net);
    px_model_unref(model);
}

static void gradients_are_those_of_pytorch(void **state) {
    (void)state;
    FILE *file = fopen(NETWORK_GRADIENTS, "r");
    assert_non_null(file);
    px_pool *pool = px_pool_new(0, NULL);
    char line[256], name[64];
    double loss;
    int networks = 0;
    while (fgets(line, sizeof line, file)) {
        if (line[0] == '#')
            continue;
        assert_int_equal(sscanf(line, "network %63s %lf", name, &loss), 2);
        check_network(file, name, loss, pool);
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
