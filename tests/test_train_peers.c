/* A training that processes share, with threads in their place: the same curve as one alone, a stop
 * of one stops all, and one that is gone leaves a checkpoint to go on from. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "must.h"
#include "thread_peers.h"
#include "tiny_training.h"

#define KEYS "'run.threads':1,'run.readers':1,'model.dropout':0.2,'optimiser.kind':'sgd'"

typedef struct shared_run {
    const px_train_config *config;
    px_train_outcome outcomes[MOST_THREAD_PEERS];
    px_error errors[MOST_THREAD_PEERS];
    int stops; /* the rank that asks this: */
    bool (*stopped)(void);
} shared_run;

static void train(const px_peers *peers, void *context) {
    shared_run *run = context;
    px_train_hooks hooks = {.peers = peers,
                            .stopped = peers->rank == run->stops ? run->stopped : NULL};
    px_train(run->config, PX_START_RESUME, &hooks, &run->outcomes[peers->rank],
             &run->errors[peers->rank]);
}

static void run_shared(shared_run *run, int ranks, int fail_after) {
    thread_group group;
    thread_group_open(&group, ranks);
    if (fail_after > 0)
        group.fail_after = fail_after;
    thread_group_run(&group, train, run);
    thread_group_close(&group);
}

static void clear(shared_run *run, int ranks) {
    for (int i = 0; i < ranks; i++)
        px_train_outcome_clear(&run->outcomes[i]);
}

static void must_succeed(const shared_run *run, int ranks) {
    for (int i = 0; i < ranks; i++) {
        if (run->errors[i].code != PX_OK)
            fail_msg("rank %d: %s: %s", i, run->errors[i].subject, run->errors[i].message);
    }
}

/* The same sums in another order: nearly the same numbers. */
static void assert_near(const px_history *a, const px_history *b) {
    assert_int_equal(a->n_rows, b->n_rows);
    for (int i = 0; i < a->n_rows; i++) {
        assert_float_equal(a->rows[i].train_loss, b->rows[i].train_loss, 2e-3);
        assert_float_equal(a->rows[i].mean_auc, b->rows[i].mean_auc, 0.05);
    }
}

static void several_learn_as_one(void **state) {
    char *folder = tiny_make();
    (void)state;
    px_train_config alone = tiny_config(folder, "{" KEYS ",'output':'alone'}");
    px_train_outcome outcome = tiny_train(&alone, PX_START_RESUME);
    for (int ranks = 2; ranks <= 4; ranks += 2) {
        px_train_config shared = tiny_config(folder, ranks == 2 ? "{" KEYS ",'output':'two'}"
                                                                : "{" KEYS ",'output':'four'}");
        shared_run run = {.config = &shared};
        run_shared(&run, ranks, 0);
        must_succeed(&run, ranks);
        assert_near(&outcome.history, &run.outcomes[0].history);
        assert_float_equal(run.outcomes[0].best_auc, run.outcomes[1].best_auc, 0);
        clear(&run, ranks);
        px_train_config_clear(&shared);
    }
    px_train_outcome_clear(&outcome);
    px_train_config_clear(&alone);
    tiny_remove(folder);
}

static atomic_int looks;

static bool stop_in_time(void) {
    return atomic_fetch_sub(&looks, 1) <= 0;
}

static void stop_after(const px_train_config *config, int rank, int looks_before) {
    shared_run run = {.config = config, .stops = rank, .stopped = stop_in_time};
    atomic_store(&looks, looks_before);
    run_shared(&run, 2, 0);
    for (int i = 0; i < 2; i++)
        assert_int_equal(run.errors[i].code, PX_ERR_CANCELLED);
    clear(&run, 2);
}

/* The hook of one rank stops all, in a step or while the first validates; resumed, they end as if
 * they had not stopped. */
static void a_stop_of_one_stops_all(void **state) {
    char *folder = tiny_make();
    (void)state;
    px_train_config whole = tiny_config(folder, "{" KEYS ",'output':'whole'}");
    px_train_config parts = tiny_config(folder, "{" KEYS ",'output':'parts'}");
    shared_run first = {.config = &whole}, last = {.config = &parts};
    run_shared(&first, 2, 0);
    must_succeed(&first, 2);
    stop_after(&parts, 1, 6);
    stop_after(&parts, 0, 2); /* the last two steps of the second epoch come before */
    stop_after(&parts, 1, 3);
    run_shared(&last, 2, 0);
    must_succeed(&last, 2);
    tiny_assert_same_history(&first.outcomes[0].history, &last.outcomes[0].history);
    tiny_assert_same_model(tiny_path(folder, "whole/model.safetensors"),
                           tiny_path(folder, "parts/model.safetensors"));
    clear(&first, 2);
    clear(&last, 2);
    px_train_config_clear(&whole);
    px_train_config_clear(&parts);
    tiny_remove(folder);
}

/* Sums fail from one of them on, wherever in a step that falls. */
static void a_process_that_is_gone_leaves_a_checkpoint(void **state) {
    char *folder = tiny_make();
    (void)state;
    px_train_config whole = tiny_config(folder, "{" KEYS ",'output':'whole','training.epochs':6}");
    px_train_config broken =
        tiny_config(folder, "{" KEYS ",'output':'broken','training.epochs':6}");
    shared_run first = {.config = &whole};
    run_shared(&first, 2, 0);
    must_succeed(&first, 2);
    for (int fail_after = 14; fail_after < 22; fail_after++) {
        shared_run run = {.config = &broken};
        run_shared(&run, 2, fail_after);
        for (int i = 0; i < 2; i++) {
            if (run.errors[i].code != PX_ERR_BUSY || !strstr(run.errors[i].message, "gone"))
                fail_msg("%d: %s: %s", fail_after, run.errors[i].subject, run.errors[i].message);
        }
        clear(&run, 2);
    }
    shared_run last = {.config = &broken};
    run_shared(&last, 2, 0);
    must_succeed(&last, 2);
    tiny_assert_same_history(&first.outcomes[0].history, &last.outcomes[0].history);
    tiny_assert_same_model(tiny_path(folder, "whole/model.safetensors"),
                           tiny_path(folder, "broken/model.safetensors"));
    clear(&first, 2);
    clear(&last, 2);
    px_train_config_clear(&whole);
    px_train_config_clear(&broken);
    tiny_remove(folder);
}

static void a_batch_is_shared_evenly(void **state) {
    char *folder = tiny_make();
    (void)state;
    px_train_config config = tiny_config(folder, "{'training.batch':7}");
    shared_run run = {.config = &config};
    run_shared(&run, 2, 0);
    for (int i = 0; i < 2; i++)
        assert_int_equal(run.errors[i].code, PX_ERR_USAGE);
    clear(&run, 2);
    px_train_config_clear(&config);
    tiny_remove(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(several_learn_as_one),
        cmocka_unit_test(a_stop_of_one_stops_all),
        cmocka_unit_test(a_process_that_is_gone_leaves_a_checkpoint),
        cmocka_unit_test(a_batch_is_shared_evenly),
    };
    return cmocka_run_group_tests_name("train_peers", tests, NULL, NULL);
}
