/* One worker: readings take turns anyway, and the memory of one at a time bounds the server's. */
#include "jobs.h"

#include <pthread.h>
#include <stdlib.h>

#include "../base/error.h"
#include "../base/memory.h"

typedef struct job {
    void (*run)(void *context);
    void *context;
} job;

struct px_jobs {
    pthread_t worker;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    job *ring;
    int capacity, first, count;
    bool closed, joined;
};

static bool next_job(px_jobs *jobs, job *next) {
    pthread_mutex_lock(&jobs->mutex);
    while (jobs->count == 0 && !jobs->closed)
        pthread_cond_wait(&jobs->changed, &jobs->mutex);
    bool found = jobs->count > 0;
    if (found) {
        *next = jobs->ring[jobs->first];
        jobs->first = (jobs->first + 1) % jobs->capacity;
        jobs->count--;
    }
    pthread_mutex_unlock(&jobs->mutex);
    return found;
}

static void *work(void *context) {
    job next;
    while (next_job(context, &next))
        next.run(next.context);
    return NULL;
}

static void release(px_jobs *jobs) {
    pthread_mutex_destroy(&jobs->mutex);
    pthread_cond_destroy(&jobs->changed);
    free(jobs->ring);
    free(jobs);
}

px_jobs *px_jobs_start(int capacity, px_error *err) {
    px_jobs *jobs = px_alloc(1, sizeof *jobs, err);
    if (!jobs)
        return NULL;
    pthread_mutex_init(&jobs->mutex, NULL);
    pthread_cond_init(&jobs->changed, NULL);
    jobs->capacity = capacity;
    jobs->ring = px_alloc((size_t)capacity, sizeof *jobs->ring, err);
    if (jobs->ring && pthread_create(&jobs->worker, NULL, work, jobs) == 0)
        return jobs;
    px_fail(err, PX_ERR_MEMORY, NULL, "cannot start a worker thread");
    release(jobs);
    return NULL;
}

bool px_jobs_submit(px_jobs *jobs, void (*run)(void *context), void *context) {
    pthread_mutex_lock(&jobs->mutex);
    bool taken = !jobs->closed && jobs->count < jobs->capacity;
    if (taken) {
        jobs->ring[(jobs->first + jobs->count++) % jobs->capacity] = (job){run, context};
        pthread_cond_signal(&jobs->changed);
    }
    pthread_mutex_unlock(&jobs->mutex);
    return taken;
}

void px_jobs_finish(px_jobs *jobs) {
    if (!jobs)
        return;
    pthread_mutex_lock(&jobs->mutex);
    jobs->closed = true;
    pthread_cond_signal(&jobs->changed);
    pthread_mutex_unlock(&jobs->mutex);
    if (!jobs->joined)
        pthread_join(jobs->worker, NULL);
    jobs->joined = true;
}

void px_jobs_free(px_jobs *jobs) {
    if (!jobs)
        return;
    px_jobs_finish(jobs);
    release(jobs);
}
