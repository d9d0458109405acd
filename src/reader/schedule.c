/* The schedule: a queue of readings, and one thread that hands their jobs to the pool. */
#include "schedule.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>

#include "../base/clock.h"
#include "../base/cpu.h"
#include "../base/error.h"
#include "../base/memory.h"

/* Each lane has memory for a network's activations. */
enum { MOST_LANES = 16 };

/* In its caller's memory. */
typedef struct reading {
    px_schedule_job run;
    void *context;
    int taken, finished; /* jobs */
    double start, end;
    pthread_cond_t done;
    struct reading *next;
} reading;

struct px_schedule {
    px_pool *pool;
    const double *costs;
    int n_jobs, lanes;
    double total; /* cost of a reading */
    int *order;   /* [n_jobs] the most expensive first */
    pthread_t thread;
    bool started;

    pthread_mutex_t mutex; /* of all below */
    pthread_cond_t changed;
    reading *first, **end;   /* those with jobs that nobody has taken */
    double waiting, running; /* cost of the jobs that nobody has taken, and of those that run */
    bool stop, steps_back;
};

typedef struct taken_job {
    reading *of;
    int job;
} taken_job;

/* Beside the others, the next job would end no later than when all share what is left: so that no
 * thread is without work while the last job goes on alone. */
static bool goes_beside(const px_schedule *s) {
    double next = s->costs[s->order[s->first->taken]];
    return s->lanes > 1 && s->waiting + s->running >= s->lanes * next;
}

static taken_job take(px_schedule *s) {
    reading *r = s->first;
    taken_job taken = {r, s->order[r->taken]};
    if (r->taken++ == 0)
        r->start = px_clock_s();
    if (r->taken == s->n_jobs) {
        s->first = r->next;
        if (!s->first)
            s->end = &s->first;
    }
    s->waiting -= s->costs[taken.job];
    s->running += s->costs[taken.job];
    return taken;
}

/* Take the next job and run it; the lock is held before and after. */
static void run_next(px_schedule *s, int lane, px_pool *pool) {
    taken_job taken = take(s);
    pthread_mutex_unlock(&s->mutex);
    taken.of->run(taken.of->context, taken.job, lane, pool);
    pthread_mutex_lock(&s->mutex);
    s->running -= s->costs[taken.job];
    if (++taken.of->finished == s->n_jobs) {
        taken.of->end = px_clock_s();
        pthread_cond_signal(&taken.of->done);
    }
}

static void work_beside(void *context, int lane, int worker) {
    (void)worker;
    px_schedule *s = context;
    pthread_mutex_lock(&s->mutex);
    while (s->first && goes_beside(s))
        run_next(s, lane, NULL);
    pthread_mutex_unlock(&s->mutex);
}

static void step_back_once(const px_schedule *s, bool *stepped_back) {
    if (!s->steps_back || *stepped_back)
        return;
    px_cpu_step_back();
    *stepped_back = true;
}

static void *share_out(void *context) {
    px_schedule *s = context;
    bool stepped_back = false;
    px_cpu_pin(0);
    pthread_mutex_lock(&s->mutex);
    for (;;) {
        while (!s->first && !s->stop)
            pthread_cond_wait(&s->changed, &s->mutex);
        if (!s->first)
            break;
        step_back_once(s, &stepped_back);
        if (goes_beside(s)) {
            pthread_mutex_unlock(&s->mutex);
            px_pool_run(s->pool, s->lanes, work_beside, s);
            pthread_mutex_lock(&s->mutex);
        } else {
            run_next(s, 0, s->pool);
        }
    }
    pthread_mutex_unlock(&s->mutex);
    return NULL;
}

/* Insertion: there are few. */
static void sort_jobs(px_schedule *s) {
    for (int i = 0; i < s->n_jobs; i++) {
        int at = i;
        for (; at > 0 && s->costs[s->order[at - 1]] < s->costs[i]; at--)
            s->order[at] = s->order[at - 1];
        s->order[at] = i;
        s->total += s->costs[i];
    }
}

px_schedule *px_schedule_start(px_pool *pool, const double *costs, int n_jobs, px_error *err) {
    px_schedule *s = px_alloc(1, sizeof *s, err);
    if (!s)
        return NULL;
    int threads = px_pool_threads(pool);
    *s = (px_schedule){.pool = pool,
                       .costs = costs,
                       .n_jobs = n_jobs,
                       .lanes = threads < MOST_LANES ? threads : MOST_LANES,
                       .end = &s->first};
    pthread_mutex_init(&s->mutex, NULL);
    pthread_cond_init(&s->changed, NULL);
    s->order = px_alloc((size_t)n_jobs, sizeof *s->order, err);
    if (s->order) {
        sort_jobs(s);
        s->started = pthread_create(&s->thread, NULL, share_out, s) == 0 ||
                     px_fail(err, PX_ERR_MEMORY, NULL, "could not start a thread");
    }
    if (s->started)
        return s;
    px_schedule_free(s);
    return NULL;
}

void px_schedule_free(px_schedule *s) {
    if (!s)
        return;
    if (s->started) {
        pthread_mutex_lock(&s->mutex);
        s->stop = true;
        pthread_cond_signal(&s->changed);
        pthread_mutex_unlock(&s->mutex);
        pthread_join(s->thread, NULL);
    }
    pthread_cond_destroy(&s->changed);
    pthread_mutex_destroy(&s->mutex);
    free(s->order);
    free(s);
}

int px_schedule_lanes(const px_schedule *s) {
    return s->lanes;
}

int px_schedule_readings(const px_schedule *s) {
    double largest = s->costs[s->order[0]];
    return (int)fmax(1, ceil(s->lanes * largest / s->total));
}

void px_schedule_step_back(px_schedule *s) {
    px_pool_step_back(s->pool);
    pthread_mutex_lock(&s->mutex);
    s->steps_back = true;
    pthread_mutex_unlock(&s->mutex);
}

double px_schedule_run(px_schedule *s, px_schedule_job run, void *context) {
    reading r = {.run = run, .context = context};
    pthread_cond_init(&r.done, NULL);
    pthread_mutex_lock(&s->mutex);
    *s->end = &r;
    s->end = &r.next;
    s->waiting += s->total;
    pthread_cond_signal(&s->changed);
    while (r.finished < s->n_jobs)
        pthread_cond_wait(&r.done, &s->mutex);
    pthread_mutex_unlock(&s->mutex);
    pthread_cond_destroy(&r.done);
    return r.end - r.start;
}
