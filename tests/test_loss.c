/* Losses and their gradients against PyTorch's, and against finite differences. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>

#include "../src/base/random.h"
#include "../src/train/loss.h"
#include "training_values.h"

enum { IMAGES = 3, FINDINGS = 3, COUNT = IMAGES * FINDINGS };

static const float logits[COUNT] = {-3, 0.5f, 2, 0, -0.25f, 30, 1.5f, -40, -1};
static const float labels[COUNT] = {1, 0, PX_LABEL_UNKNOWN, 0, 1, 0, 0.25f, PX_LABEL_UNKNOWN, 1};
static const float weights[FINDINGS] = {2, 0.5f, 3};

static void check_against(px_loss loss, const double want[1 + COUNT]) {
    float gradient[COUNT];
    loss.findings = FINDINGS;
    double got = px_loss_mean(&loss, IMAGES, logits, labels, 0, gradient);
    assert_true(fabs(got - want[0]) <= 1e-7 * (1 + fabs(want[0])));
    for (int i = 0; i < COUNT; i++) {
        if (!(fabs((double)gradient[i] - want[1 + i]) <= 1e-7))
            fail_msg("gradient %d is %.9g, not %.9g", i, (double)gradient[i], want[1 + i]);
    }
}

static void losses_are_those_of_pytorch(void **state) {
    (void)state;
    check_against((px_loss){0}, torch_loss_plain);
    assert_true(fabs(torch_loss_plain[0] - torch_loss_function[0]) < 1e-12);
    check_against((px_loss){.positive_weights = weights}, torch_loss_weighted);
    check_against((px_loss){.smoothing = 0.1f}, torch_loss_smooth);
    check_against((px_loss){.focus = 2, .positive_weights = weights}, torch_loss_focal);
}

static void gradients_are_derivatives(void **state) {
    (void)state;
    px_random random;
    px_random_init(&random, 1, 1);
    for (int round = 0; round < 500; round++) {
        float x[2], y[2], gradient[2], factors[2] = {0.7f, 1.9f};
        for (int i = 0; i < 2; i++) {
            x[i] = (float)px_random_range(&random, -8, 8);
            y[i] = (float)px_random_uniform(&random);
        }
        px_loss loss = {.findings = 2,
                        .focus = (float)px_random_range(&random, 0, 3),
                        .smoothing = (float)px_random_range(&random, 0, 0.3),
                        .positive_weights = round % 2 ? factors : NULL,
                        .negative_weights = round % 3 ? NULL : factors};
        px_loss_mean(&loss, 1, x, y, 0, gradient);
        float middle = x[1], step = 1.0f / 64;
        x[1] = middle + step;
        double above = px_loss_mean(&loss, 1, x, y, 0, NULL);
        x[1] = middle - step;
        double below = px_loss_mean(&loss, 1, x, y, 0, NULL);
        double want = (above - below) / (2 * (double)step);
        assert_true(fabs((double)gradient[1] - want) < 1e-3 * (0.1 + fabs(want)));
    }
}

static void what_is_unknown_takes_no_part(void **state) {
    (void)state;
    const float none[2] = {PX_LABEL_UNKNOWN, PX_LABEL_UNKNOWN}, some[4] = {1, -1, 0, -1};
    const float x[4] = {1, 2, 3, 4};
    float gradient[4];
    px_loss loss = {.findings = 2};
    assert_true(px_loss_mean(&loss, 1, x, none, 0, gradient) == 0);
    assert_true(gradient[0] == 0 && gradient[1] == 0);
    assert_int_equal(px_loss_count_known(&loss, 2, some), 2);
    double whole = px_loss_mean(&loss, 2, x, some, 0, gradient);
    assert_true(gradient[0] < 0 && gradient[1] == 0 && gradient[2] > 0 && gradient[3] == 0);
    float part[2]; /* two machines with an image each */
    double sum = px_loss_mean(&loss, 1, x, some, 2, part);
    assert_true(part[0] == gradient[0]);
    sum += px_loss_mean(&loss, 1, x + 2, some + 2, 2, part);
    assert_true(part[0] == gradient[2] && fabs(sum - whole) < 1e-12);
}

static void what_is_not_finite_shows(void **state) {
    (void)state;
    px_loss loss = {.findings = 1};
    assert_true(isnan(px_loss_mean(&loss, 1, &(float){NAN}, &(float){1}, 0, NULL)));
    assert_true(isinf(px_loss_mean(&loss, 1, &(float){-INFINITY}, &(float){1}, 0, NULL)));
    assert_true(px_loss_mean(&loss, 1, &(float){1e30f}, &(float){1}, 0, NULL) == 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(losses_are_those_of_pytorch),
        cmocka_unit_test(gradients_are_derivatives),
        cmocka_unit_test(what_is_unknown_takes_no_part),
        cmocka_unit_test(what_is_not_finite_shows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
