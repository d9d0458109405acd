/* The thread pool: each thread has a run of the tasks as its share, the same one whenever there are
 * as many, so that it finds in its caches what it left there; who has done their share helps the
 * others. Idle threads spin a while, then sleep. */
#include "pool.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "cpu.h"
#include "error.h"
#include "memory.h"

/* Rounds of looking before sleeping: long enough to cover the gap between two layers. */
enum { SPIN_ROUNDS = 4000, CROWDED_ROUNDS = 50, YIELD_EVERY = 64 };

typedef struct {
    px_pool *pool;
    int index;
} worker;

/* What is left of a thread's share: job number << 32 | tasks not yet claimed. */
typedef struct {
    _Alignas(64) _Atomic uint64_t left;
} share;

struct px_pool {
    int threads, started, spin_rounds;
    pthread_t *handles;
    worker *workers;
    share *shares; /* [threads] */
    pthread_mutex_t mutex;
    pthread_cond_t work, finished;

    /* The job: written only while no task is unclaimed and none is running. */
    px_pool_task run;
    void *context;
    int tasks;
    uint32_t job;

    _Alignas(64) atomic_int unclaimed; /* tasks; claimed ones may count for a moment longer, and
                                          it is below 0 if some are before all are handed out */
    _Alignas(64) atomic_int pending;   /* tasks not yet finished */
    _Alignas(64) atomic_int sleepers;
    atomic_bool caller_sleeps, stop, steps_back;
};

static void relax(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb"); /* waits some tens of cycles, as x86's pause does; yield does not */
#endif
}

/* The first task of a thread's share. */
static int share_begin(const px_pool *pool, int index) {
    return (int)((int64_t)pool->tasks * index / pool->threads);
}

/* Take one task of a thread's share; its number, or -1 when none is left. */
static int claim(px_pool *pool, int index) {
    share *from = &pool->shares[index];
    uint64_t left = atomic_load(&from->left);
    while ((uint32_t)left != 0) {
        if (atomic_compare_exchange_weak(&from->left, &left, left - 1)) {
            atomic_fetch_sub(&pool->unclaimed, 1);
            return share_begin(pool, index + 1) - (int)(uint32_t)left;
        }
    }
    return -1;
}

static void finish_one(px_pool *pool) {
    if (atomic_fetch_sub(&pool->pending, 1) != 1 || !atomic_load(&pool->caller_sleeps))
        return;
    pthread_mutex_lock(&pool->mutex);
    pthread_cond_signal(&pool->finished);
    pthread_mutex_unlock(&pool->mutex);
}

static void work_off(px_pool *pool, int index) {
    for (int i = 0; i < pool->threads; i++) {
        int whose = (index + i) % pool->threads;
        for (int task = claim(pool, whose); task >= 0; task = claim(pool, whose)) {
            pool->run(pool->context, task, index);
            finish_one(pool);
        }
    }
}

static bool has_work(px_pool *pool) {
    return atomic_load(&pool->unclaimed) > 0 || atomic_load(&pool->stop);
}

static bool is_finished(px_pool *pool) {
    return atomic_load(&pool->pending) == 0;
}

/* Look for a while; whether it came true. */
static bool spin_until(px_pool *pool, bool (*condition)(px_pool *)) {
    for (int i = 1; i <= pool->spin_rounds; i++) {
        if (condition(pool))
            return true;
        relax();
        if (i % YIELD_EVERY == 0)
            sched_yield();
    }
    return condition(pool);
}

static void sleep_until_work(px_pool *pool) {
    pthread_mutex_lock(&pool->mutex);
    atomic_fetch_add(&pool->sleepers, 1);
    while (!has_work(pool))
        pthread_cond_wait(&pool->work, &pool->mutex);
    atomic_fetch_sub(&pool->sleepers, 1);
    pthread_mutex_unlock(&pool->mutex);
}

static void *worker_main(void *argument) {
    worker *self = argument;
    px_pool *pool = self->pool;
    bool stepped_back = false;
    px_cpu_pin(self->index);
    while (!atomic_load(&pool->stop)) {
        if (!spin_until(pool, has_work))
            sleep_until_work(pool);
        if (!stepped_back && atomic_load(&pool->steps_back)) {
            px_cpu_step_back();
            stepped_back = true;
        }
        work_off(pool, self->index);
    }
    return NULL;
}

static void wait_until_finished(px_pool *pool) {
    if (spin_until(pool, is_finished))
        return;
    pthread_mutex_lock(&pool->mutex);
    atomic_store(&pool->caller_sleeps, true);
    while (!is_finished(pool))
        pthread_cond_wait(&pool->finished, &pool->mutex);
    atomic_store(&pool->caller_sleeps, false);
    pthread_mutex_unlock(&pool->mutex);
}

static void wake_sleepers(px_pool *pool) {
    if (atomic_load(&pool->sleepers) == 0)
        return;
    pthread_mutex_lock(&pool->mutex);
    pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->mutex);
}

static bool start_threads(px_pool *pool, px_error *err) {
    for (int i = 0; i < pool->threads - 1; i++) {
        pool->workers[i] = (worker){pool, i + 1};
        if (pthread_create(&pool->handles[i], NULL, worker_main, &pool->workers[i]) != 0)
            return px_fail(err, PX_ERR_MEMORY, NULL, "could not start %d threads", pool->threads);
        pool->started++;
    }
    return true;
}

px_pool *px_pool_new(int threads, px_error *err) {
    int processors = px_cpu_count();
    if (threads == 0)
        threads = px_cpu_threads();
    if (threads < 1 || threads > PX_CPU_MOST_THREADS) {
        px_fail(err, PX_ERR_USAGE, NULL, "%d threads: 1 to %d are possible", threads,
                PX_CPU_MOST_THREADS);
        return NULL;
    }
    px_pool *pool = px_alloc_aligned(sizeof *pool, err);
    if (!pool)
        return NULL;
    *pool = (px_pool){.threads = threads,
                      .spin_rounds = threads > processors ? CROWDED_ROUNDS : SPIN_ROUNDS};
    pthread_mutex_init(&pool->mutex, NULL);
    pthread_cond_init(&pool->work, NULL);
    pthread_cond_init(&pool->finished, NULL);
    pool->handles = px_alloc((size_t)threads, sizeof *pool->handles, err);
    pool->workers = px_alloc((size_t)threads, sizeof *pool->workers, err);
    pool->shares = px_alloc_aligned((size_t)threads * sizeof *pool->shares, err);
    for (int i = 0; pool->shares && i < threads; i++)
        atomic_init(&pool->shares[i].left, 0);
    if (!pool->handles || !pool->workers || !pool->shares || !start_threads(pool, err)) {
        px_pool_free(pool);
        return NULL;
    }
    return pool;
}

void px_pool_free(px_pool *pool) {
    if (!pool)
        return;
    atomic_store(&pool->stop, true);
    wake_sleepers(pool);
    for (int i = 0; i < pool->started; i++)
        pthread_join(pool->handles[i], NULL);
    pthread_cond_destroy(&pool->finished);
    pthread_cond_destroy(&pool->work);
    pthread_mutex_destroy(&pool->mutex);
    free(pool->shares);
    free(pool->workers);
    free(pool->handles);
    free(pool);
}

void px_pool_step_back(px_pool *pool) {
    atomic_store(&pool->steps_back, true);
}

int px_pool_threads(const px_pool *pool) {
    return pool ? pool->threads : 1;
}

void px_pool_run(px_pool *pool, int tasks, px_pool_task run, void *context) {
    if (!pool || pool->threads == 1 || tasks <= 1) {
        for (int task = 0; task < tasks; task++)
            run(context, task, 0);
        return;
    }
    pool->run = run;
    pool->context = context;
    pool->tasks = tasks;
    atomic_store(&pool->pending, tasks);
    pool->job++;
    for (int i = 0; i < pool->threads; i++) {
        int size = share_begin(pool, i + 1) - share_begin(pool, i);
        atomic_store(&pool->shares[i].left, (uint64_t)pool->job << 32 | (uint32_t)size);
    }
    /* Last: who came before their own share was there would take another's. It is added to what
     * those have claimed who were still looking around. */
    atomic_fetch_add(&pool->unclaimed, tasks);
    wake_sleepers(pool);
    work_off(pool, 0);
    wait_until_finished(pool);
}
