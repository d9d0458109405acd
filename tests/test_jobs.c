/* Jobs take fair turns, and a full queue says so at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/resource.h>

#include "../src/server/jobs.h"

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static atomic_int started;
static int order[64];
static atomic_int done;

static void wait_at_gate(void *context) {
    (void)context;
    atomic_store(&started, 1);
    pthread_mutex_lock(&gate);
    pthread_mutex_unlock(&gate);
}

static void note(void *context) {
    order[atomic_fetch_add(&done, 1)] = *(int *)context;
}

/* One worker, held at the gate until everything is queued. */
static px_jobs *start_held(int capacity) {
    atomic_store(&done, 0);
    atomic_store(&started, 0);
    px_jobs *jobs = px_jobs_start(1, capacity, false, NULL);
    assert_non_null(jobs);
    pthread_mutex_lock(&gate);
    assert_true(px_jobs_submit(jobs, 99, wait_at_gate, NULL));
    while (!atomic_load(&started)) {
    }
    return jobs;
}

static void owners_take_turns(void **state) {
    (void)state;
    static int names[] = {10, 11, 12, 13, 20, 21, 30};
    static const uint64_t owners[] = {1, 1, 1, 1, 2, 2, 3};
    static const int expected[] = {10, 20, 30, 11, 21, 12, 13};
    px_jobs *jobs = start_held(7);
    for (int i = 0; i < 7; i++)
        assert_true(px_jobs_submit(jobs, owners[i], note, &names[i]));
    assert_int_equal(px_jobs_waiting(jobs), 7);
    assert_false(px_jobs_submit(jobs, 4, note, &names[0])); /* full */
    pthread_mutex_unlock(&gate);
    px_jobs_finish(jobs);
    assert_false(px_jobs_submit(jobs, 4, note, &names[0])); /* closed */
    assert_int_equal(done, 7);
    assert_memory_equal(order, expected, sizeof expected);
    px_jobs_free(jobs);
}

static void count(void *context) {
    atomic_fetch_add((atomic_int *)context, 1);
}

/* Many rounds with random owners: every job that was taken runs once. */
static void every_job_runs_once(void **state) {
    (void)state;
    atomic_int ran = 0;
    int taken = 0;
    uint64_t owner = 1;
    px_jobs *jobs = px_jobs_start(3, 16, true, NULL);
    for (int i = 0; i < 20000; i++) {
        owner = owner * 6364136223846793005u + 1442695040888963407u;
        taken += px_jobs_submit(jobs, owner >> 62, count, &ran);
    }
    px_jobs_finish(jobs);
    assert_int_equal(atomic_load(&ran), taken);
    assert_true(taken >= 16);
    assert_int_equal(px_jobs_waiting(jobs), 0);
    px_jobs_free(jobs);
}

static void note_niceness(void *niceness) {
    *(int *)niceness = getpriority(PRIO_PROCESS, 0);
}

static void those_of_the_background_step_back(void **state) {
    (void)state;
    int niceness[2] = {-1, -1}, usual = getpriority(PRIO_PROCESS, 0);
    for (int background = 0; background < 2; background++) {
        px_jobs *jobs = px_jobs_start(1, 1, background, NULL);
        assert_true(px_jobs_submit(jobs, 0, note_niceness, &niceness[background]));
        px_jobs_free(jobs);
    }
    assert_int_equal(niceness[0], usual);
    assert_int_equal(niceness[1], usual > 10 ? usual : 10);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(owners_take_turns),
                                       cmocka_unit_test(every_job_runs_once),
                                       cmocka_unit_test(those_of_the_background_step_back)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
