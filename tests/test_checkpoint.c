/* Checkpoints: what comes back, what is refused, and that no damage goes unseen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../src/base/file.h"
#include "../src/trainer/checkpoint.h"
#include "must.h"
#include "tiny_training.h"

static int make(void **state) {
    *state = tiny_make();
    return 0;
}

static int remove_all(void **state) {
    tiny_remove(*state);
    return 0;
}

/* ---- states -------------------------------------------------------------------------------- */

static void states_come_back(void **state) {
    (void)state;
    px_train_state before = {.epoch = 3,
                             .step = 1LL << 40,
                             .steps = (1LL << 53) - 1,
                             .loss_sum = 0.1 + 0.2,
                             .gradient_sum = 1e-300,
                             .rate = {true, -0.0, 2, 1},
                             .best_auc = NAN,
                             .best_epoch = 2,
                             .epochs_without_rise = 1,
                             .mean = {0.1f, 2, 3},
                             .std = {4, 5, 6},
                             .unreadable = 9,
                             .seconds = 1.0 / 3};
    double numbers[PX_TRAIN_STATE_NUMBERS], again[PX_TRAIN_STATE_NUMBERS];
    px_train_state after;
    px_train_state_pack(&before, numbers);
    assert_true(px_train_state_unpack(numbers, &after));
    px_train_state_pack(&after, again);
    assert_memory_equal(numbers, again, sizeof numbers);
    assert_int_equal(after.step, before.step);
    assert_int_equal(after.steps, before.steps);
    assert_true(after.rate.seen);
    for (int i = 0; i < PX_TRAIN_STATE_NUMBERS; i++)
        for (int k = 0; k < i; k++)
            assert_string_not_equal(px_train_state_name(i), px_train_state_name(k));
}

static void numbers_of_no_state_are_refused(void **state) {
    (void)state;
    const double wrong[] = {-1, 0.5, 1e30, NAN, INFINITY};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        double numbers[PX_TRAIN_STATE_NUMBERS] = {0};
        px_train_state after = {.epoch = 5};
        numbers[1] = wrong[i];
        assert_false(px_train_state_unpack(numbers, &after));
        assert_int_equal(after.epoch, 5);
    }
    double most[PX_TRAIN_STATE_NUMBERS] = {INT_MAX}; /* of which the next epoch would overflow */
    px_train_state after;
    assert_false(px_train_state_unpack(most, &after));
}

/* ---- whose it is --------------------------------------------------------------------------- */

static void refuse(const px_train_config *config, px_error_code code, const char *says) {
    px_train_outcome outcome = {0};
    px_error err = {0};
    assert_false(px_train(config, PX_START_RESUME, &(px_train_hooks){0}, &outcome, &err));
    px_train_outcome_clear(&outcome);
    assert_non_null(strstr(err.subject, "checkpoint.safetensors"));
    if (err.code != code || !strstr(err.message, says))
        fail_msg("%s: %s", px_error_code_name(err.code), err.message);
}

static void it_belongs_to_configuration_and_data(void **state) {
    const char *folder = *state;
    px_train_config config = tiny_config(folder, "{}");
    assert_true(tiny_train_until(&config, 3));
    px_train_config_clear(&config);
    config = tiny_config(folder, "{'schedule.rate':0.02}");
    refuse(&config, PX_ERR_MISMATCH, "another configuration, start file or data");
    px_train_config_clear(&config);
    config =
        tiny_config(folder, "{'data.labels':'valid.csv','data.validation.labels':'train.csv'}");
    refuse(&config, PX_ERR_MISMATCH, "another configuration, start file or data");
    px_train_config_clear(&config);
    config = tiny_config(folder, "{'run.threads':1,'run.ahead':2,'run.checkpoint_minutes':0}");
    px_train_outcome outcome = tiny_train(&config, PX_START_RESUME);
    px_train_outcome_clear(&outcome);
    px_train_config_clear(&config);
}

/* Its scaling and what is frozen would change in the middle. */
static void it_belongs_to_the_start_file(void **state) {
    const char *folder = *state;
    px_model *model = px_model_load(tiny_path(folder, "start.safetensors"), NULL);
    MUST(px_model_save(model, tiny_path(folder, "other.safetensors"), &err));
    px_train_config config =
        tiny_config(folder, "{'output':'other','model.start':'other.safetensors'}");
    assert_true(tiny_train_until(&config, 3));
    MUST(px_model_set_labels(model, "pleural_effusion,edema", &err));
    MUST(px_model_save(model, tiny_path(folder, "other.safetensors"), &err));
    refuse(&config, PX_ERR_MISMATCH, "another configuration, start file or data");
    px_model_unref(model);
    px_train_config_clear(&config);
}

static void starting_over_does_not_read_it(void **state) {
    const char *folder = *state;
    px_train_config config = tiny_config(folder, "{'output':'over','training.epochs':1}");
    px_train_outcome a = tiny_train(&config, PX_START_RESUME);
    MUST(px_file_write(tiny_path(folder, "over/checkpoint.safetensors"), "x", 1, &err));
    refuse(&config, PX_ERR_INPUT, "too few");
    px_train_outcome b = tiny_train(&config, PX_START_OVER);
    tiny_assert_same_history(&a.history, &b.history);
    px_train_outcome_clear(&a);
    px_train_outcome_clear(&b);
    px_train_config_clear(&config);
}

static void a_false_start_removes_nothing(void **state) {
    const char *folder = *state;
    px_train_config config = tiny_config(folder, "{'output':'kept'}");
    assert_true(tiny_train_until(&config, 3));
    px_train_config wrong = tiny_config(folder, "{'output':'kept','model.freeze':['conv_z']}");
    px_train_outcome outcome = {0};
    MUST_FAIL(px_train(&wrong, PX_START_OVER, &(px_train_hooks){0}, &outcome, &err), PX_ERR_INPUT);
    px_train_outcome_clear(&outcome);
    outcome = tiny_train(&config, PX_START_RESUME);
    assert_true(outcome.history.rows[0].restarted);
    px_train_outcome_clear(&outcome);
    px_train_config_clear(&wrong);
    px_train_config_clear(&config);
}

/* ---- damage -------------------------------------------------------------------------------- */

typedef struct damage {
    const char *path;
    px_train_config config;
    px_buffer whole;
} damage;

static void put(const damage *d, size_t size) {
    MUST(px_file_write(d->path, d->whole.data, size, &err));
}

static void refuse_damaged(const damage *d) {
    px_train_outcome outcome = {0};
    px_error err = {0};
    assert_false(px_train(&d->config, PX_START_RESUME, &(px_train_hooks){0}, &outcome, &err));
    px_train_outcome_clear(&outcome);
    if (err.code != PX_ERR_INPUT && err.code != PX_ERR_MISMATCH)
        fail_msg("%s: %s", px_error_code_name(err.code), err.message);
}

/* Cut off at, and changed in, each sixteenth and more densely in the header. */
static void no_damage_goes_unseen(void **state) {
    const char *folder = *state;
    damage d = {.config = tiny_config(folder, "{'output':'damaged'}")};
    assert_true(tiny_train_until(&d.config, 6));
    char path[512];
    snprintf(path, sizeof path, "%s", tiny_path(folder, "damaged/checkpoint.safetensors"));
    d.path = path;
    px_buffer_init(&d.whole, 1 << 24);
    MUST(px_file_read(path, &d.whole, &err));
    size_t size = d.whole.size, header = 2048;
    assert_true(size > header);
    for (size_t i = 0; i < 32; i++) {
        size_t at = i < 16 ? i * header / 16 : (i - 16) * size / 16 + size / 32;
        put(&d, at);
        refuse_damaged(&d);
        d.whole.data[at] ^= 0x11;
        put(&d, size);
        refuse_damaged(&d);
        d.whole.data[at] ^= 0x11;
    }
    d.whole.data[size - 1] ^= 1;
    put(&d, size);
    refuse_damaged(&d);
    d.whole.data[size - 1] ^= 1;
    put(&d, size);
    px_train_outcome outcome = tiny_train(&d.config, PX_START_RESUME);
    px_train_outcome_clear(&outcome);
    px_buffer_clear(&d.whole);
    px_train_config_clear(&d.config);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(states_come_back),
        cmocka_unit_test(numbers_of_no_state_are_refused),
        cmocka_unit_test(it_belongs_to_configuration_and_data),
        cmocka_unit_test(it_belongs_to_the_start_file),
        cmocka_unit_test(starting_over_does_not_read_it),
        cmocka_unit_test(a_false_start_removes_nothing),
        cmocka_unit_test(no_damage_goes_unseen),
    };
    return cmocka_run_group_tests_name("checkpoint", tests, make, remove_all);
}
