/* A training that is killed ten times at random moments ends as one that nothing disturbed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../src/base/clock.h"
#include "../src/base/random.h"
#include "must.h"
#include "tiny_training.h"

enum { KILLS = 10, EXIT_DONE = 0, EXIT_FAILED = 1 };

#define KEYS                                                                                       \
    "'training.epochs':12,'training.sizes':[{'size':16,'epochs':4}],'model.dropout':0.2,"          \
    "'augmentation.mixup':0.4,'run.checkpoint_minutes':0"

/* Train in a process of its own. */
static pid_t begin(const px_train_config *config) {
    pid_t child = fork();
    assert_true(child >= 0);
    if (child > 0)
        return child;
    px_train_outcome outcome = {0};
    px_error err = {0};
    bool ok = px_train(config, PX_START_RESUME, &(px_train_hooks){0}, &outcome, &err);
    if (!ok)
        fprintf(stderr, "%s: %s\n", err.subject, err.message);
    _exit(ok ? EXIT_DONE : EXIT_FAILED);
}

static int wait_for(pid_t child) {
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void sleep_s(double seconds) {
    struct timespec time = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
    nanosleep(&time, NULL);
}

/* The undisturbed training tells how long one takes here, so that kills fall into all of it. */
static void kills_change_nothing(void **state) {
    char *folder = tiny_make();
    (void)state;
    px_train_config whole = tiny_config(folder, "{" KEYS ",'output':'whole'}");
    px_train_config killed = tiny_config(folder, "{" KEYS ",'output':'killed'}");
    double began = px_clock_s();
    assert_int_equal(wait_for(begin(&whole)), EXIT_DONE);
    double usual = px_clock_s() - began;
    px_random random;
    px_random_init(&random, 1, 0);
    int kills = 0;
    for (int i = 0; i < KILLS; i++) {
        pid_t child = begin(&killed);
        sleep_s(usual * px_random_range(&random, 0.02, 0.25));
        kill(child, SIGKILL);
        int status = wait_for(child);
        kills += WIFSIGNALED(status);
        assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == EXIT_DONE);
    }
    assert_int_equal(wait_for(begin(&killed)), EXIT_DONE);
    assert_true(kills >= KILLS / 2);
    px_train_outcome a = tiny_train(&whole, PX_START_RESUME),
                     b = tiny_train(&killed, PX_START_RESUME);
    tiny_assert_same_history(&a.history, &b.history);
    tiny_assert_same_model(tiny_path(folder, "whole/model.safetensors"),
                           tiny_path(folder, "killed/model.safetensors"));
    px_train_outcome_clear(&a);
    px_train_outcome_clear(&b);
    px_train_config_clear(&whole);
    px_train_config_clear(&killed);
    tiny_remove(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(kills_change_nothing)};
    return cmocka_run_group_tests_name("train_crash", tests, NULL, NULL);
}
