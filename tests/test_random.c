/* Random numbers: the published sequence, independence of streams, ranges and moments. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

#include "../src/base/random.h"

enum { SAMPLES = 200000 };

/* From state {1, 2, 3, 4}: the outputs of the authors' xoshiro256starstar.c. */
static void sequence_is_xoshiro256starstar(void **state) {
    (void)state;
    px_random random = {{1, 2, 3, 4}};
    const uint64_t expected[] = {
        11520u, 0u, 1509978240u, 1215971899390074240u, 1216172134540287360u, 607988272756665600u};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        assert_true(px_random_u64(&random) == expected[i]);
}

static void seeds_and_streams_differ(void **state) {
    (void)state;
    px_random a, b, other_seed, other_stream, swapped;
    px_random_init(&a, 7, 1);
    px_random_init(&b, 7, 1);
    px_random_init(&other_seed, 8, 1);
    px_random_init(&other_stream, 7, 2);
    px_random_init(&swapped, 1, 7);
    int equal_seed = 0, equal_stream = 0, equal_swapped = 0;
    for (int i = 0; i < 1000; i++) {
        uint64_t value = px_random_u64(&a);
        assert_true(value == px_random_u64(&b));
        equal_seed += value == px_random_u64(&other_seed);
        equal_stream += value == px_random_u64(&other_stream);
        equal_swapped += value == px_random_u64(&swapped);
    }
    assert_int_equal(equal_seed + equal_stream + equal_swapped, 0);
}

static void seed_zero_stream_zero_works(void **state) {
    (void)state;
    px_random random;
    px_random_init(&random, 0, 0);
    assert_true(random.state[0] | random.state[1] | random.state[2] | random.state[3]);
    assert_true(px_random_u64(&random) != px_random_u64(&random));
}

static void uniform_fills_its_range(void **state) {
    (void)state;
    px_random random;
    px_random_init(&random, 1, 0);
    double sum = 0, least = 1, most = 0;
    for (int i = 0; i < SAMPLES; i++) {
        double value = px_random_uniform(&random);
        assert_true(value >= 0 && value < 1);
        least = fmin(least, value);
        most = fmax(most, value);
        sum += value;
        double ranged = px_random_range(&random, -3, -2);
        assert_true(ranged >= -3 && ranged < -2);
    }
    assert_true(fabs(sum / SAMPLES - 0.5) < 0.005);
    assert_true(least < 1e-3 && most > 1 - 1e-3);
    assert_true(px_random_range(&random, 2, nextafter(2, 3)) == 2);
}

static void below_is_even(void **state) {
    (void)state;
    px_random random;
    px_random_init(&random, 2, 0);
    int counts[7] = {0};
    for (int i = 0; i < SAMPLES; i++)
        counts[px_random_below(&random, 7)]++;
    for (int i = 0; i < 7; i++)
        assert_true(abs(counts[i] - SAMPLES / 7) < 900);
    assert_true(px_random_below(&random, 1) == 0);
    /* two thirds of 2^64: a plain remainder would give the lower half two thirds of the time */
    const uint64_t large = UINT64_C(0xaaaaaaaaaaaaaaaa);
    int low = 0;
    for (int i = 0; i < SAMPLES; i++)
        low += px_random_below(&random, large) < large / 2;
    assert_true(abs(low - SAMPLES / 2) < 1500);
}

static void normal_has_its_moments(void **state) {
    (void)state;
    px_random random;
    px_random_init(&random, 3, 0);
    double sum = 0, squares = 0, fourth = 0;
    for (int i = 0; i < SAMPLES; i++) {
        double value = px_random_normal(&random);
        assert_true(isfinite(value));
        sum += value;
        squares += value * value;
        fourth += value * value * value * value;
    }
    assert_true(fabs(sum / SAMPLES) < 0.01);
    assert_true(fabs(squares / SAMPLES - 1) < 0.02);
    assert_true(fabs(fourth / SAMPLES - 3) < 0.15);
}

static void filled_normals_have_their_moments(void **state) {
    (void)state;
    static float values[SAMPLES + 1];
    px_random random;
    px_random_init(&random, 4, 0);
    values[SAMPLES - 1] = 7;
    px_random_fill_normal(&random, 2, values, SAMPLES - 1); /* odd: one of a pair is dropped */
    assert_true(values[SAMPLES - 1] == 7);
    double sum = 0, squares = 0, neighbours = 0;
    for (int i = 0; i + 1 < SAMPLES; i++) {
        assert_true(isfinite(values[i]));
        sum += values[i];
        squares += (double)values[i] * values[i];
        neighbours += i + 2 < SAMPLES ? (double)values[i] * values[i + 1] : 0;
    }
    assert_true(fabs(sum / SAMPLES) < 0.02);
    assert_true(fabs(squares / SAMPLES - 4) < 0.08);
    assert_true(fabs(neighbours / SAMPLES) < 0.05);
}

/* Each of the six orders of three about as often. */
static void orders_are_even(void **state) {
    (void)state;
    px_random random;
    px_random_init(&random, 5, 0);
    int counts[3][3] = {{0}};
    for (int i = 0; i < 6000; i++) {
        int64_t order[4] = {0, 0, 0, 9};
        px_random_order(&random, order, 3);
        assert_true(order[0] + order[1] + order[2] == 3 && order[0] != order[1]);
        assert_true(order[3] == 9);
        counts[order[0]][order[1]]++;
    }
    for (int i = 0; i < 9; i++)
        assert_true(i % 4 == 0 ? counts[i / 3][i % 3] == 0
                               : abs(counts[i / 3][i % 3] - 1000) < 120);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(sequence_is_xoshiro256starstar),
                                       cmocka_unit_test(seeds_and_streams_differ),
                                       cmocka_unit_test(seed_zero_stream_zero_works),
                                       cmocka_unit_test(uniform_fills_its_range),
                                       cmocka_unit_test(below_is_even),
                                       cmocka_unit_test(normal_has_its_moments),
                                       cmocka_unit_test(filled_normals_have_their_moments),
                                       cmocka_unit_test(orders_are_even)};
    return cmocka_run_group_tests_name("random", tests, NULL, NULL);
}
