/* A training's history: written and read back to the last bit, whatever is in it; damage found; and
 * what curves of every kind are taken for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../src/base/random.h"
#include "../src/trainer/history.h"
#include "failing_memory.h"
#include "must.h"

#define CAP ((size_t)16 << 20)

static const char *const names[] = {"pleural_effusion", "mass, \"large\"", "größe"};
enum { FINDINGS = sizeof names / sizeof *names, PATIENCE = 5 };

/* ---- CSV --------------------------------------------------------------------------------------
 */

static bool same(double a, double b) {
    return (isnan(a) && isnan(b)) || (a == b && signbit(a) == signbit(b));
}

static void expect_same(const px_history *a, const px_history *b) {
    assert_int_equal(a->n_findings, b->n_findings);
    assert_int_equal(a->n_rows, b->n_rows);
    for (int f = 0; f < a->n_findings; f++)
        assert_string_equal(a->findings[f], b->findings[f]);
    for (int i = 0; i < a->n_rows; i++) {
        const px_history_row *x = &a->rows[i], *y = &b->rows[i];
        assert_int_equal(x->epoch, y->epoch);
        assert_int_equal(x->steps, y->steps);
        assert_int_equal(x->size, y->size);
        assert_true(same(x->rate, y->rate) && same(x->train_loss, y->train_loss) &&
                    same(x->gradient, y->gradient) && same(x->valid_loss, y->valid_loss) &&
                    same(x->mean_auc, y->mean_auc) && same(x->seconds, y->seconds) &&
                    same(x->images_per_second, y->images_per_second));
        for (int f = 0; f < a->n_findings; f++)
            assert_true(same(x->auc[f], y->auc[f]));
        assert_true(x->best == y->best && x->restarted == y->restarted);
    }
}

/* Any double, NaN and the extremes among them. */
static double any_number(px_random *random) {
    static const double special[] = {NAN,     0.0,      -0.0,    INFINITY, -INFINITY, DBL_MAX,
                                     DBL_MIN, 4.9e-324, 1.0 / 3, 0.1,      1e22,      -123456789};
    uint64_t which = px_random_below(random, 24);
    if (which < sizeof special / sizeof *special)
        return special[which];
    return ldexp(px_random_uniform(random) - 0.5, (int)px_random_below(random, 600) - 300);
}

static void fill(px_history *history, int rows, uint64_t seed) {
    px_random random;
    px_random_init(&random, seed, 0);
    MUST(px_history_init(history, FINDINGS, names, &err));
    for (int i = 0; i < rows; i++) {
        double auc[FINDINGS];
        for (int f = 0; f < FINDINGS; f++)
            auc[f] = any_number(&random);
        px_history_row row = {.epoch = i + 1,
                              .steps = i % 2 ? INT64_MAX : 91 * (int64_t)i,
                              .size = i % 3 ? 224 : INT_MAX,
                              .rate = any_number(&random),
                              .train_loss = any_number(&random),
                              .gradient = any_number(&random),
                              .valid_loss = any_number(&random),
                              .mean_auc = any_number(&random),
                              .auc = auc,
                              .images_per_second = any_number(&random),
                              .seconds = any_number(&random),
                              .best = i % 4 == 1,
                              .restarted = i % 5 == 3};
        MUST(px_history_add(history, &row, &err));
    }
}

static void what_is_written_reads_back(void **state) {
    (void)state;
    for (int rows = 0; rows <= 2000; rows = rows ? rows * 20 : 5) {
        px_history history = {0}, again = {0};
        px_buffer out, twice;
        px_buffer_init(&out, CAP);
        px_buffer_init(&twice, CAP);
        fill(&history, rows, 7 + (uint64_t)rows);
        MUST(px_history_write(&history, &out, &err));
        MUST(px_history_parse((const char *)out.data, out.size, &again, &err));
        expect_same(&history, &again);
        MUST(px_history_write(&again, &twice, &err));
        assert_int_equal(out.size, twice.size);
        assert_memory_equal(out.data, twice.data, out.size);
        px_buffer_clear(&out);
        px_buffer_clear(&twice);
        px_history_clear(&history);
        px_history_clear(&again);
    }
}

static void the_file_is_one_for_people(void **state) {
    (void)state;
    const char *const one[] = {"edema"};
    px_history history = {0};
    px_buffer out;
    px_buffer_init(&out, CAP);
    MUST(px_history_init(&history, 1, one, &err));
    px_history_row row = {.epoch = 1,
                          .steps = 91,
                          .size = 224,
                          .rate = 0.001,
                          .train_loss = 0.5,
                          .gradient = 1.25,
                          .valid_loss = NAN,
                          .mean_auc = 0.7,
                          .auc = (double[]){0.7},
                          .images_per_second = 10,
                          .seconds = 145.5,
                          .best = true};
    MUST(px_history_add(&history, &row, &err));
    MUST(px_history_write(&history, &out, &err));
    assert_string_equal((const char *)out.data,
                        "epoch,steps,size,rate,train_loss,gradient,valid_loss,mean_auc,"
                        "images_per_second,seconds,best,restarted,auc edema\n"
                        "1,91,224,0.001,0.5,1.25,,0.7,10,145.5,1,0,0.7\n");
    px_history_clear(&history);
    px_buffer_clear(&out);
}

#define HEADING                                                                                    \
    "epoch,steps,size,rate,train_loss,gradient,valid_loss,mean_auc,images_per_second,seconds,"     \
    "best,restarted"

static void damage_is_found(void **state) {
    (void)state;
    static const struct {
        const char *text, *says;
    } bad[] = {
        {"", "line 1"},
        {"epoch,steps\n", "line 1"},
        {"epoch,step,size,rate,train_loss,gradient,valid_loss,mean_auc,images_per_second,"
         "seconds,best,restarted\n",
         "\"steps\""},
        {HEADING ",edema\n", "column 13"},
        {HEADING ",auc \n", "column 13"},
        {HEADING ",auc \x01\n", "column 13"},
        {HEADING ",auc a\n1,2,3,4,5,6,7,8,9,10,1,0\n", "12 fields, the heading has 13"},
        {HEADING "\n1,2,3,4,5,6,7,8,9,10,1,0\n1,2,3,4,5,6,7,8,9,10,1\n", "line 3"},
        {HEADING "\n-1,2,3,4,5,6,7,8,9,10,1,0\n", "epoch"},
        {HEADING "\n,2,3,4,5,6,7,8,9,10,1,0\n", "epoch"},
        {HEADING "\n1,9223372036854775808,3,4,5,6,7,8,9,10,1,0\n", "steps"},
        {HEADING "\n1,2,2147483648,4,5,6,7,8,9,10,1,0\n", "size"},
        {HEADING "\n1,2,3,4x,5,6,7,8,9,10,1,0\n", "rate"},
        {HEADING "\n1,2,3,4,nan,6,7,8,9,10,1,0\n", "train_loss"},
        {HEADING "\n1,2,3,4,5,0x1p3,7,8,9,10,1,0\n", "gradient"},
        {HEADING "\n1,2,3,4,5,6, 7,8,9,10,1,0\n", "valid_loss"},
        {HEADING "\n1,2,3,4,5,6,7,.,9,10,1,0\n", "mean_auc"},
        {HEADING "\n1,2,3,4,5,6,7,8,9,10,2,0\n", "best"},
        {HEADING "\n1,2,3,4,5,6,7,8,9,10,1,true\n", "restarted"},
        {HEADING ",auc a\n1,2,3,4,5,6,7,8,9,10,1,0,e\n", "an AUC"},
        {HEADING "\n1,\"2,3,4,5,6,7,8,9,10,1,0\n", "line 2"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        px_history history = {0};
        px_error err = {0};
        assert_false(px_history_parse(bad[i].text, strlen(bad[i].text), &history, &err));
        assert_int_equal(err.code, PX_ERR_INPUT);
        if (!strstr(err.message, bad[i].says))
            fail_msg("%zu: \"%s\" does not tell of %s", i, err.message, bad[i].says);
        assert_null(history.rows);
        assert_null(history.findings);
    }
}

static void a_full_buffer_keeps_what_it_held(void **state) {
    (void)state;
    px_history history = {0};
    px_buffer out;
    px_buffer_init(&out, 300);
    fill(&history, 20, 1);
    MUST(px_buffer_print(&out, &err, "before"));
    MUST_FAIL(px_history_write(&history, &out, &err), PX_ERR_LIMIT);
    assert_int_equal(out.size, 6);
    px_history_clear(&history);
    px_buffer_clear(&out);
}

static bool write_and_read(px_error *err) {
    px_history history = {0}, again = {0};
    px_buffer out;
    px_buffer_init(&out, CAP);
    bool ok = px_history_init(&history, FINDINGS, names, err);
    for (int i = 1; ok && i <= 3; i++)
        ok = px_history_add(&history,
                            &(px_history_row){.epoch = i, .auc = (double[]){0.5, NAN, 0.7}}, err);
    ok = ok && px_history_write(&history, &out, err) &&
         px_history_parse((const char *)out.data, out.size, &again, err);
    assert_true(ok == (again.n_rows == 3));
    px_history_clear(&history);
    px_history_clear(&again);
    px_buffer_clear(&out);
    return ok;
}

static void running_out_of_memory_is_told(void **state) {
    (void)state;
    exhaust(write_and_read, 20);
}

/* ---- Trend ------------------------------------------------------------------------------------
 */

typedef struct curve {
    double train, valid, auc; /* of an epoch, from 0 */
} curve;

/* Noise of a size that small validation sets have, always the same. */
static double noise(int epoch, double size) {
    px_random random;
    px_random_init(&random, 3, (uint64_t)epoch);
    return size * (2 * px_random_uniform(&random) - 1);
}

static curve learning(int e) {
    return (curve){0.7 * exp(-e / 15.0), 0.72 * exp(-e / 18.0), 0.9 - 0.3 * exp(-e / 10.0)};
}

static curve slow(int e) {
    return (curve){0.6 - 0.0002 * e, 0.6 - 0.0002 * e, 0.7 + 0.0005 * e};
}

/* The mean AUC stuck from the first epoch on, as is the loss. */
static curve flat(int e) {
    return (curve){0.5 - 1e-5 * e, 0.52 - 1e-5 * e, 0.70 + 1e-5 * e};
}

static curve overfitting(int e) {
    double late = e < 8 ? 0 : e - 8;
    return (curve){0.7 * exp(-e / 12.0), 0.5 - 0.02 * fmin(e, 8) + 0.03 * late,
                   0.7 + 0.01 * fmin(e, 8) - 0.002 * late};
}

static curve memorising(int e) { /* nothing but the AUC is known of the validation */
    curve c = overfitting(e);
    c.valid = NAN;
    return c;
}

static curve noisy_learning(int e) {
    curve c = learning(e);
    return (curve){c.train + noise(e, 0.005), c.valid + noise(e + 100, 0.01),
                   c.auc + noise(e + 200, 0.005)};
}

static curve noisy_flat(int e) {
    return (curve){0.5 + noise(e, 0.002), 0.52 + (e == 3 ? -0.02 : noise(e, 0.01)),
                   0.70 + (e == 4 ? 0.02 : noise(e + 200, 0.015))};
}

static curve unmeasured(int e) {
    (void)e;
    return (curve){NAN, NAN, NAN};
}

static curve unvalidated(int e) {
    return (curve){0.7 * exp(-e / 15.0), NAN, NAN};
}

static curve unvalidated_flat(int e) {
    return (curve){0.5 - 1e-5 * e, NAN, NAN};
}

static curve gaps(int e) { /* only every third epoch is validated */
    curve c = learning(e);
    return e % 3 ? (curve){c.train, NAN, NAN} : c;
}

static curve exploded(int e) { /* numbers that are none are passed over */
    curve c = flat(e);
    return e > 5 && e % 2 ? (curve){INFINITY, INFINITY, NAN} : c;
}

static px_trend trend_after(curve (*of)(int), int epochs, int resized_at) {
    px_history history = {0};
    MUST(px_history_init(&history, 0, NULL, &err));
    for (int e = 0; e < epochs; e++) {
        curve c = of(e);
        px_history_row row = {.epoch = e + 1,
                              .size = e < resized_at ? 112 : 224,
                              .train_loss = c.train,
                              .valid_loss = c.valid,
                              .mean_auc = c.auc};
        MUST(px_history_add(&history, &row, &err));
    }
    px_trend trend = px_history_trend(&history, PATIENCE);
    px_history_clear(&history);
    return trend;
}

static void curves_are_taken_for_what_they_are(void **state) {
    (void)state;
    static const struct {
        curve (*of)(int);
        int epochs, resized_at;
        px_trend trend;
    } cases[] = {
        {learning, 0, 0, PX_TREND_EARLY},
        {learning, 1, 0, PX_TREND_EARLY},
        {learning, 5, 0, PX_TREND_EARLY},
        {learning, 6, 0, PX_TREND_LEARNING},
        {learning, 30, 0, PX_TREND_LEARNING},
        {slow, 30, 0, PX_TREND_LEARNING},
        {flat, 5, 0, PX_TREND_EARLY},
        {flat, 6, 0, PX_TREND_PLATEAU},
        {flat, 100, 0, PX_TREND_PLATEAU},
        {overfitting, 9, 0, PX_TREND_LEARNING},
        {overfitting, 12, 0, PX_TREND_LEARNING},
        {overfitting, 15, 0, PX_TREND_OVERFITTING},
        {overfitting, 30, 0, PX_TREND_OVERFITTING},
        {memorising, 15, 0, PX_TREND_OVERFITTING},
        {noisy_learning, 10, 0, PX_TREND_LEARNING},
        {noisy_learning, 20, 0, PX_TREND_LEARNING},
        {noisy_flat, 12, 0, PX_TREND_PLATEAU},
        {noisy_flat, 40, 0, PX_TREND_PLATEAU},
        {unmeasured, 20, 0, PX_TREND_EARLY},
        {unvalidated, 20, 0, PX_TREND_LEARNING},
        {unvalidated_flat, 20, 0, PX_TREND_PLATEAU},
        {gaps, 20, 0, PX_TREND_LEARNING},
        {exploded, 20, 0, PX_TREND_PLATEAU},
        {flat, 20, 15, PX_TREND_EARLY}, /* another size: it begins anew */
        {flat, 20, 14, PX_TREND_PLATEAU},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        px_trend trend = trend_after(cases[i].of, cases[i].epochs, cases[i].resized_at);
        if (trend != cases[i].trend)
            fail_msg("case %zu: %d, not %d", i, (int)trend, (int)cases[i].trend);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_reads_back),
        cmocka_unit_test(the_file_is_one_for_people),
        cmocka_unit_test(damage_is_found),
        cmocka_unit_test(a_full_buffer_keeps_what_it_held),
        cmocka_unit_test(running_out_of_memory_is_told),
        cmocka_unit_test(curves_are_taken_for_what_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
