/* Schedules of the learning rate against PyTorch's, and their edges. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>

#include "../src/train/learning_rate.h"
#include "must.h"
#include "training_values.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void check_against(const px_rate *rate, const double *want, size_t count) {
    MUST(px_rate_check(rate, &err));
    for (size_t i = 0; i < count; i++) {
        double got = px_rate_at(rate, &(px_rate_state){0}, (int64_t)i);
        if (!(fabs(got - want[i]) <= 1e-12))
            fail_msg("%s: step %zu has %.15g, not %.15g", px_rate_name(rate->kind), i, got,
                     want[i]);
    }
}

static void schedules_are_those_of_pytorch(void **state) {
    (void)state;
    px_rate rate = {.kind = PX_RATE_CYCLIC, .high = 0.006, .low = 0.001, .half_cycle = 5};
    check_against(&rate, torch_cyclic, COUNT(torch_cyclic));
    rate = (px_rate){.kind = PX_RATE_ONE_CYCLE,
                     .high = 0.1,
                     .low = 0.1 / 25,
                     .final = 0.1 / 25 / 1e4,
                     .rise = 0.3,
                     .steps = 21};
    check_against(&rate, torch_one_cycle, COUNT(torch_one_cycle));
    rate = (px_rate){.kind = PX_RATE_COSINE, .high = 1, .low = 0.01, .steps = 20};
    check_against(&rate, torch_cosine, COUNT(torch_cosine));
}

static void a_plateau_reduces(void **state) {
    (void)state;
    px_rate rate = {
        .kind = PX_RATE_PLATEAU, .high = 1, .factor = 0.5, .patience = 2, .least_change = 0.01};
    MUST(px_rate_check(&rate, &err));
    px_rate_state seen = {0};
    int reductions = 0;
    for (size_t t = 0; t < COUNT(torch_plateau); t++) {
        assert_true(fabs(px_rate_at(&rate, &seen, 0) - torch_plateau[t]) < 1e-12);
        reductions +=
            px_rate_watch(&rate, &seen, (t < 6 ? (double)t : 6) * 0.02 + 0.001 * (double)t);
    }
    assert_int_equal(reductions, seen.reductions);
    assert_true(reductions > 1);
    px_rate_state unknown = {0}; /* a value that is not a number does not stand for the best */
    assert_false(px_rate_watch(&rate, &unknown, NAN));
    assert_int_equal(unknown.waited, 1);
    assert_false(px_rate_watch(&rate, &unknown, 0.5));
    assert_false(px_rate_watch(&rate, &unknown, 0.6));
    assert_int_equal(unknown.waited, 0);
    rate.low = 0.4;
    assert_true(px_rate_at(&rate, &seen, 0) == 0.4);
    rate.kind = PX_RATE_CONSTANT; /* only counts */
    seen = (px_rate_state){0};
    for (int i = 0; i < 5; i++)
        assert_false(px_rate_watch(&rate, &seen, 0.5));
    assert_int_equal(seen.waited, 4);
    assert_true(px_rate_at(&rate, &seen, 100) == 1);
}

static void warm_up_rises(void **state) {
    (void)state;
    px_rate rate = {.kind = PX_RATE_CONSTANT, .high = 2, .warm_up = 4};
    const double want[] = {0.5, 1, 1.5, 2, 2};
    check_against(&rate, want, COUNT(want));
}

static void ends_go_on(void **state) {
    (void)state;
    px_rate rate = {.kind = PX_RATE_ONE_CYCLE, .high = 1, .final = 0.1, .rise = 0.5, .steps = 10};
    assert_true(fabs(px_rate_at(&rate, NULL, 9) - 0.1) < 1e-12);
    assert_true(fabs(px_rate_at(&rate, NULL, 1000) - 0.1) < 1e-12);
    rate.steps = 1;
    assert_true(isfinite(px_rate_at(&rate, NULL, 0)));
    rate = (px_rate){.kind = PX_RATE_COSINE, .high = 1, .low = 0.2, .steps = 3};
    assert_true(fabs(px_rate_at(&rate, NULL, 1000) - 0.2) < 1e-12);
}

static void wrong_numbers_are_refused(void **state) {
    (void)state;
    const px_rate wrong[] = {
        {.kind = PX_RATES, .high = 1},
        {.kind = PX_RATE_CONSTANT, .high = 0},
        {.kind = PX_RATE_CONSTANT, .high = 1, .low = 2},
        {.kind = PX_RATE_CONSTANT, .high = 1, .warm_up = -1},
        {.kind = PX_RATE_CYCLIC, .high = 1},
        {.kind = PX_RATE_COSINE, .high = 1},
        {.kind = PX_RATE_ONE_CYCLE, .high = 1, .steps = 9, .rise = 1},
        {.kind = PX_RATE_PLATEAU, .high = 1, .factor = 1},
    };
    for (size_t i = 0; i < COUNT(wrong); i++)
        MUST_FAIL(px_rate_check(&wrong[i], &err), PX_ERR_USAGE);
    assert_string_equal(px_rate_name(PX_RATE_PLATEAU), "plateau");
    assert_string_equal(px_rate_name(PX_RATES), "?");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(schedules_are_those_of_pytorch),
        cmocka_unit_test(a_plateau_reduces),
        cmocka_unit_test(warm_up_rises),
        cmocka_unit_test(ends_go_on),
        cmocka_unit_test(wrong_numbers_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
