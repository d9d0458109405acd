/* The schedule of readings: every job once, in order, never on more threads than there are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "../src/reader/schedule.h"
#include "must.h"

enum { JOBS = 5, CALLERS = 6, ROUNDS = 40, MOST_LANES = 16, PARTS = 4 };

/* As the five networks: two may share them evenly, sixteen may not. */
static const double costs[JOBS] = {46, 64, 28, 34, 43};

/* What all readings of one schedule do at once. */
typedef struct world {
    px_schedule *schedule;
    int threads;
    atomic_int busy, most_busy, lanes_in_use[MOST_LANES], clashes, alone, beside;
} world;

typedef struct one_reading {
    world *w;
    atomic_int runs[JOBS], parts;
} one_reading;

static void enter(world *w, int threads) {
    int now = atomic_fetch_add(&w->busy, threads) + threads, most = atomic_load(&w->most_busy);
    while (now > most && !atomic_compare_exchange_weak(&w->most_busy, &most, now)) {
    }
}

static void count_part(void *context, int task, int worker) {
    (void)task;
    (void)worker;
    one_reading *reading = context;
    atomic_fetch_add(&reading->parts, 1);
    sched_yield();
}

static void count_job(void *context, int job, int lane, px_pool *pool) {
    one_reading *reading = context;
    world *w = reading->w;
    enter(w, px_pool_threads(pool));
    if (lane < 0 || lane >= px_schedule_lanes(w->schedule) ||
        atomic_fetch_add(&w->lanes_in_use[lane], 1) != 0)
        atomic_fetch_add(&w->clashes, 1);
    atomic_fetch_add(&reading->runs[job], 1);
    px_pool_run(pool, PARTS, count_part, reading);
    atomic_fetch_add(pool ? &w->alone : &w->beside, 1);
    atomic_fetch_sub(&w->lanes_in_use[lane], 1);
    atomic_fetch_sub(&w->busy, px_pool_threads(pool));
}

static void *read_many(void *context) {
    world *w = context;
    for (int round = 0; round < ROUNDS; round++) {
        one_reading reading = {.w = w};
        double seconds = px_schedule_run(w->schedule, count_job, &reading);
        bool once = seconds >= 0 && atomic_load(&reading.parts) == JOBS * PARTS;
        for (int job = 0; job < JOBS; job++)
            once = once && atomic_load(&reading.runs[job]) == 1;
        atomic_fetch_add(&w->clashes, !once);
    }
    return NULL;
}

static void readings_at_once(int threads, int callers, world *w) {
    px_pool *pool = px_pool_new(threads, NULL);
    *w = (world){.threads = threads};
    MUST(w->schedule = px_schedule_start(pool, costs, JOBS, &err));
    pthread_t handles[CALLERS];
    for (int i = 0; i < callers; i++)
        assert_int_equal(pthread_create(&handles[i], NULL, read_many, w), 0);
    for (int i = 0; i < callers; i++)
        pthread_join(handles[i], NULL);
    px_schedule_free(w->schedule);
    px_pool_free(pool);
    assert_int_equal(w->clashes, 0);
    assert_int_equal(w->busy, 0);
    assert_true(w->most_busy <= threads);
    assert_int_equal(w->alone + w->beside, callers * ROUNDS * JOBS);
}

static void every_job_runs_once_on_few_threads(void **state) {
    (void)state;
    static const int threads[] = {1, 2, 3, 5, 16, 24};
    for (size_t i = 0; i < sizeof threads / sizeof *threads; i++) {
        world w;
        readings_at_once(threads[i], CALLERS, &w);
        assert_true(threads[i] > 1 || w.beside == 0);
    }
}

/* A lane that wakes late may find the last job alone, never the first. */
static void one_reading_is_shared_out_evenly_or_not_at_all(void **state) {
    (void)state;
    world w;
    readings_at_once(2, 1, &w);
    assert_true(w.beside >= ROUNDS);
    readings_at_once(16, 1, &w);
    assert_int_equal(w.beside, 0);
}

/* ---- order --------------------------------------------------------------------------------- */

typedef struct gate {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool open;
    int begun, n_jobs, jobs[3 * JOBS]; /* reading * JOBS + job, as they ran */
} gate;

typedef struct ordered {
    gate *g;
    px_schedule *schedule;
    int number;
} ordered;

/* The very first job waits for the gate. */
static void note_job(void *context, int job, int lane, px_pool *pool) {
    (void)lane;
    (void)pool;
    ordered *o = context;
    pthread_mutex_lock(&o->g->mutex);
    o->g->jobs[o->g->n_jobs++] = o->number * JOBS + job;
    o->g->begun = true;
    pthread_cond_broadcast(&o->g->changed);
    while (!o->g->open)
        pthread_cond_wait(&o->g->changed, &o->g->mutex);
    pthread_mutex_unlock(&o->g->mutex);
}

static void *read_in_order(void *context) {
    ordered *o = context;
    px_schedule_run(o->schedule, note_job, o);
    return NULL;
}

static void readings_come_in_turn_and_long_jobs_first(void **state) {
    (void)state;
    static const int by_cost[JOBS] = {1, 0, 4, 3, 2};
    gate g = {.mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    px_schedule *schedule = NULL;
    MUST(schedule = px_schedule_start(NULL, costs, JOBS, &err));
    ordered readings[2] = {{&g, schedule, 0}, {&g, schedule, 1}};
    pthread_t first, second;
    assert_int_equal(pthread_create(&first, NULL, read_in_order, &readings[0]), 0);
    pthread_mutex_lock(&g.mutex);
    while (!g.begun)
        pthread_cond_wait(&g.changed, &g.mutex);
    pthread_mutex_unlock(&g.mutex);
    assert_int_equal(pthread_create(&second, NULL, read_in_order, &readings[1]), 0);
    pthread_mutex_lock(&g.mutex);
    g.open = true;
    pthread_cond_broadcast(&g.changed);
    pthread_mutex_unlock(&g.mutex);
    pthread_join(first, NULL);
    pthread_join(second, NULL);
    px_schedule_free(schedule);
    assert_int_equal(g.n_jobs, 2 * JOBS);
    for (int i = 0; i < 2 * JOBS; i++)
        assert_int_equal(g.jobs[i], i / JOBS * JOBS + by_cost[i % JOBS]);
}

/* ---- how many, and who waits --------------------------------------------------------------- */

static void readings_that_fill_the_threads(void **state) {
    (void)state;
    static const struct {
        int threads, readings;
    } cases[] = {{1, 1}, {2, 1}, {3, 1}, {4, 2}, {8, 3}, {16, 5}, {64, 5}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        px_pool *pool = px_pool_new(cases[i].threads, NULL);
        px_schedule *schedule = NULL;
        MUST(schedule = px_schedule_start(pool, costs, JOBS, &err));
        assert_int_equal(px_schedule_readings(schedule), cases[i].readings);
        assert_int_equal(px_schedule_lanes(schedule),
                         cases[i].threads < MOST_LANES ? cases[i].threads : MOST_LANES);
        px_schedule_free(schedule);
        px_pool_free(pool);
    }
    px_schedule_free(NULL);
}

static void note_niceness(void *context, int job, int lane, px_pool *pool) {
    (void)lane;
    (void)pool;
    int *niceness = context;
    niceness[job] = getpriority(PRIO_PROCESS, 0);
}

static void its_threads_step_back(void **state) {
    (void)state;
    int usual = getpriority(PRIO_PROCESS, 0), niceness[JOBS];
    px_pool *pool = px_pool_new(2, NULL);
    px_schedule *schedule = NULL;
    MUST(schedule = px_schedule_start(pool, costs, JOBS, &err));
    px_schedule_run(schedule, note_niceness, niceness);
    for (int job = 0; job < JOBS; job++)
        assert_int_equal(niceness[job], usual);
    px_schedule_step_back(schedule);
    px_schedule_run(schedule, note_niceness, niceness);
    for (int job = 0; job < JOBS; job++)
        assert_int_equal(niceness[job], usual > 10 ? usual : 10);
    assert_int_equal(getpriority(PRIO_PROCESS, 0), usual);
    px_schedule_free(schedule);
    px_pool_free(pool);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_job_runs_once_on_few_threads),
        cmocka_unit_test(one_reading_is_shared_out_evenly_or_not_at_all),
        cmocka_unit_test(readings_come_in_turn_and_long_jobs_first),
        cmocka_unit_test(readings_that_fill_the_threads),
        cmocka_unit_test(its_threads_step_back),
    };
    return cmocka_run_group_tests_name("schedule", tests, NULL, NULL);
}
