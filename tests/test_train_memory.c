/* A training when memory runs out at one allocation after the other: an error each time, nothing
 * lost, and what was there before still goes on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>

#include "../src/trainer/start_model.h"
#include "failing_memory.h"
#include "must.h"
#include "tiny_training.h"

/* Of the thousands of allocations of a training every STRIDE-th fails. */
enum { STRIDE = 11 };

static px_train_config config;

static int make(void **state) {
    *state = tiny_make();
    return 0;
}

static int remove_all(void **state) {
    tiny_remove(*state);
    return 0;
}

static bool start(px_error *err) {
    px_model *model = px_start_model(&config, NULL, NULL, err);
    px_model_unref(model);
    return model != NULL;
}

static void starting_models(void **state) {
    const char *folder = *state;
    config = tiny_config(folder, "{'model.dropout':0.1}");
    exhaust(start, 40);
    px_train_config_clear(&config);
}

static void whole_trainings(void **state) {
    const char *folder = *state;
    config = tiny_config(folder, "{'training.epochs':1,'training.sizes':[],'run.threads':1,"
                                 "'run.readers':1,'run.ahead':1,'input.scaling':'featurewise'}");
    bool done = false;
    int failures = 0;
    for (int left = 0; !done; left += STRIDE) {
        px_train_outcome outcome = {0};
        px_error err = {0};
        allocations_left = left;
        done = px_train(&config, PX_START_OVER, &(px_train_hooks){0}, &outcome, &err);
        done = done && allocations_left >= 0;
        allocations_left = -1;
        px_train_outcome_clear(&outcome);
        if (!done && err.code != PX_ERR_MEMORY)
            fail_msg("allocation %d: %s: %s", left, err.subject, err.message);
        failures += !done;
    }
    assert_true(failures > 50);
    px_train_config_clear(&config);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(starting_models),
        cmocka_unit_test(whole_trainings),
    };
    return cmocka_run_group_tests_name("train_memory", tests, make, remove_all);
}
