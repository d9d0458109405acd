/* The thread pool: every task once, whatever the threads; and what the processor reports. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "../src/base/cpu.h"
#include "../src/base/pool.h"

enum { MOST_TASKS = 257, MOST_WORKERS = 7 };

typedef struct {
    atomic_int runs[MOST_TASKS];
    atomic_int busy[MOST_WORKERS];
    atomic_int clashes, workers_out_of_range;
    int threads;
} counters;

static void count_task(void *context, int task, int worker) {
    counters *c = context;
    if (worker < 0 || worker >= c->threads) {
        atomic_fetch_add(&c->workers_out_of_range, 1);
        return;
    }
    if (atomic_fetch_add(&c->busy[worker], 1) != 0)
        atomic_fetch_add(&c->clashes, 1);
    atomic_fetch_add(&c->runs[task], 1);
    atomic_fetch_sub(&c->busy[worker], 1);
}

static void check_job(px_pool *pool, int threads, int tasks) {
    counters *c = calloc(1, sizeof *c);
    c->threads = threads;
    px_pool_run(pool, tasks, count_task, c);
    for (int i = 0; i < MOST_TASKS; i++)
        assert_int_equal(atomic_load(&c->runs[i]), i < tasks);
    assert_int_equal(atomic_load(&c->clashes), 0);
    assert_int_equal(atomic_load(&c->workers_out_of_range), 0);
    free(c);
}

static void every_task_runs_once(void **state) {
    (void)state;
    for (int threads = 1; threads <= MOST_WORKERS; threads += 2) {
        px_pool *pool = px_pool_new(threads, NULL);
        assert_non_null(pool);
        assert_int_equal(px_pool_threads(pool), threads);
        for (int round = 0; round < 40; round++) {
            check_job(pool, threads, 0);
            check_job(pool, threads, 1);
            check_job(pool, threads, 2 + round % 5);
            check_job(pool, threads, MOST_TASKS);
        }
        px_pool_free(pool);
    }
}

/* The barrier holds each worker in its own share until all have begun theirs. */
typedef struct {
    pthread_barrier_t all;
    atomic_int astray;
} shares_test;

static void note_share(void *context, int task, int worker) {
    shares_test *s = context;
    atomic_fetch_add(&s->astray, task != worker);
    pthread_barrier_wait(&s->all);
}

static void each_worker_has_its_share(void **state) {
    (void)state;
    enum { THREADS = 5 };
    for (int round = 0; round < 10; round++) { /* new pools: nobody is late from the last job */
        px_pool *pool = px_pool_new(THREADS, NULL);
        assert_non_null(pool);
        shares_test s = {0};
        pthread_barrier_init(&s.all, NULL, THREADS);
        px_pool_run(pool, THREADS, note_share, &s);
        px_pool_free(pool);
        pthread_barrier_destroy(&s.all);
        assert_int_equal(atomic_load(&s.astray), 0);
    }
}

static void append_task(void *context, int task, int worker) {
    (void)worker;
    int *order = context;
    order[++order[0]] = task;
}

static void no_pool_runs_in_order(void **state) {
    (void)state;
    int order[6] = {0};
    px_pool_run(NULL, 5, append_task, order);
    assert_memory_equal(order, ((int[]){5, 0, 1, 2, 3, 4}), sizeof order);
    assert_int_equal(px_pool_threads(NULL), 1);
    px_pool_free(NULL);
}

static void impossible_thread_counts_are_refused(void **state) {
    (void)state;
    px_error err = {0};
    assert_null(px_pool_new(-1, &err));
    assert_int_equal(err.code, PX_ERR_USAGE);
    err = (px_error){0};
    assert_null(px_pool_new(1 << 20, &err));
    assert_int_equal(err.code, PX_ERR_USAGE);
    px_pool *pool = px_pool_new(0, &err);
    assert_non_null(pool);
    assert_int_equal(px_pool_threads(pool), px_cpu_threads());
    px_pool_free(pool);
}

static void the_mask_lowers_the_tier(void **state) {
    (void)state;
    const char *saved = getenv("PERXEPTRON_CPU");
    char *copy = saved ? strdup(saved) : NULL;
    unsetenv("PERXEPTRON_CPU");
    px_cpu_tier best = px_cpu_best();
    setenv("PERXEPTRON_CPU", "no such tier", 1);
    assert_int_equal(px_cpu_best(), best);
    for (int tier = 0; tier < PX_CPU_TIERS; tier++) {
        setenv("PERXEPTRON_CPU", px_cpu_tier_name((px_cpu_tier)tier), 1);
        assert_int_equal(px_cpu_best(), tier < (int)best ? tier : (int)best);
    }
    if (copy)
        setenv("PERXEPTRON_CPU", copy, 1);
    else
        unsetenv("PERXEPTRON_CPU");
    free(copy);
    assert_true(px_cpu_count() >= 1);
}

static void the_environment_sets_the_threads(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int threads; /* 0: the processors */
    } cases[] = {{"1", 1}, {"3", 3},    {"1024", 1024},
                 {"0", 0}, {"1025", 0}, {"-2", 0},
                 {"", 0},  {"4x", 0},   {"99999999999999999999", 0}};
    const char *saved = getenv("PERXEPTRON_THREADS");
    char *copy = saved ? strdup(saved) : NULL;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        setenv("PERXEPTRON_THREADS", cases[i].text, 1);
        assert_int_equal(px_cpu_threads(), cases[i].threads ? cases[i].threads : px_cpu_count());
    }
    setenv("PERXEPTRON_THREADS", "3", 1);
    px_pool *three = px_pool_new(0, NULL), *two = px_pool_new(2, NULL);
    assert_int_equal(px_pool_threads(three), 3);
    assert_int_equal(px_pool_threads(two), 2);
    px_pool_free(three);
    px_pool_free(two);
    if (copy)
        setenv("PERXEPTRON_THREADS", copy, 1);
    else
        unsetenv("PERXEPTRON_THREADS");
    free(copy);
}

/* Each thread takes one task: none ends before both have begun. */
static void note_niceness(void *context, int task, int worker) {
    static atomic_int begun;
    int *niceness = context;
    (void)task;
    atomic_fetch_add(&begun, 1);
    while (atomic_load(&begun) % 2 != 0) {
    }
    niceness[worker] = getpriority(PRIO_PROCESS, 0);
}

static void its_own_threads_step_back(void **state) {
    (void)state;
    int niceness[2] = {-1, -1}, usual = getpriority(PRIO_PROCESS, 0);
    px_pool *pool = px_pool_new(2, NULL);
    assert_non_null(pool);
    px_pool_run(pool, 2, note_niceness, niceness);
    assert_int_equal(niceness[0], usual);
    assert_int_equal(niceness[1], usual);
    px_pool_step_back(pool);
    px_pool_run(pool, 2, note_niceness, niceness);
    assert_int_equal(niceness[0], usual);
    assert_int_equal(niceness[1], usual > 10 ? usual : 10);
    px_pool_free(pool);
}

/* How many processors each thread may use. The barrier makes each come to a task. */
typedef struct {
    pthread_barrier_t all;
    int processors[3];
} reach;

static void note_processors(void *context, int task, int worker) {
    (void)task;
    reach *r = context;
    cpu_set_t set;
    pthread_barrier_wait(&r->all);
    r->processors[worker] = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : -1;
}

static void workers_are_pinned_on_request_alone(void **state) {
    (void)state;
    cpu_set_t all;
    assert_int_equal(sched_getaffinity(0, sizeof all, &all), 0);
    for (int pinned = 0; pinned < 2; pinned++) {
        if (pinned)
            setenv("PERXEPTRON_PIN", "1", 1);
        px_pool *pool = px_pool_new(3, NULL);
        assert_non_null(pool);
        reach r = {.processors = {0}};
        pthread_barrier_init(&r.all, NULL, 3);
        px_pool_run(pool, 3, note_processors, &r);
        px_pool_free(pool);
        pthread_barrier_destroy(&r.all);
        unsetenv("PERXEPTRON_PIN");
        assert_int_equal(r.processors[0],
                         CPU_COUNT(&all)); /* the caller's thread is the caller's */
        for (int i = 1; i < 3; i++)
            assert_int_equal(r.processors[i], pinned ? 1 : CPU_COUNT(&all));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_task_runs_once),
                                       cmocka_unit_test(each_worker_has_its_share),
                                       cmocka_unit_test(no_pool_runs_in_order),
                                       cmocka_unit_test(impossible_thread_counts_are_refused),
                                       cmocka_unit_test(its_own_threads_step_back),
                                       cmocka_unit_test(the_mask_lowers_the_tier),
                                       cmocka_unit_test(the_environment_sets_the_threads),
                                       cmocka_unit_test(workers_are_pinned_on_request_alone)};
    return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
