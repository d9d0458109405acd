/* Workers and their queue: one list for each owner who waits, and the owners in a ring. */
#include "jobs.h"

#include <pthread.h>
#include <stdlib.h>

#include "../base/cpu.h"
#include "../base/error.h"
#include "../base/memory.h"

typedef struct job {
    uint64_t owner;
    void (*run)(void *context);
    void *context;
    struct job *later;      /* the same owner's next */
    struct job *next_owner; /* of an owner's first job: the ring */
} job;

struct px_jobs {
    pthread_t *threads;
    int n_threads;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    job *slots; /* [capacity] */
    job *unused;
    job *last_owner; /* whose turn comes last; NULL when nothing waits */
    int waiting;
    bool closed, joined, background;
};

/* Take the first job of the owner whose turn it is; the owner then comes last. */
static bool pop(px_jobs *jobs, job *next) {
    job *last = jobs->last_owner;
    if (!last)
        return false;
    job *first = last->next_owner, *rest = first->later;
    *next = *first;
    if (rest) {
        rest->next_owner = first == last ? rest : first->next_owner;
        if (first != last)
            last->next_owner = rest;
        jobs->last_owner = rest;
    } else if (first == last) {
        jobs->last_owner = NULL;
    } else {
        last->next_owner = first->next_owner;
    }
    first->later = jobs->unused;
    jobs->unused = first;
    jobs->waiting--;
    return true;
}

static job *find_owner(const px_jobs *jobs, uint64_t owner) {
    job *at = jobs->last_owner;
    if (at)
        do {
            if (at->owner == owner)
                return at;
            at = at->next_owner;
        } while (at != jobs->last_owner);
    return NULL;
}

static void push(px_jobs *jobs, job *added) {
    job *mine = find_owner(jobs, added->owner);
    jobs->waiting++;
    if (mine) {
        while (mine->later)
            mine = mine->later;
        mine->later = added;
        return;
    }
    added->next_owner = jobs->last_owner ? jobs->last_owner->next_owner : added;
    if (jobs->last_owner)
        jobs->last_owner->next_owner = added;
    jobs->last_owner = added;
}

static bool next_job(px_jobs *jobs, job *next) {
    pthread_mutex_lock(&jobs->mutex);
    while (jobs->waiting == 0 && !jobs->closed)
        pthread_cond_wait(&jobs->changed, &jobs->mutex);
    bool found = pop(jobs, next);
    pthread_mutex_unlock(&jobs->mutex);
    return found;
}

static void *work(void *context) {
    px_jobs *jobs = context;
    job next;
    if (jobs->background)
        px_cpu_step_back();
    while (next_job(jobs, &next))
        next.run(next.context);
    return NULL;
}

static void release(px_jobs *jobs) {
    pthread_mutex_destroy(&jobs->mutex);
    pthread_cond_destroy(&jobs->changed);
    free(jobs->slots);
    free(jobs->threads);
    free(jobs);
}

static bool start_threads(px_jobs *jobs, int workers) {
    while (jobs->n_threads < workers) {
        if (pthread_create(&jobs->threads[jobs->n_threads], NULL, work, jobs) != 0)
            return false;
        jobs->n_threads++;
    }
    return true;
}

px_jobs *px_jobs_start(int workers, int capacity, bool background, px_error *err) {
    px_jobs *jobs = px_alloc(1, sizeof *jobs, err);
    if (!jobs)
        return NULL;
    jobs->background = background;
    pthread_mutex_init(&jobs->mutex, NULL);
    pthread_cond_init(&jobs->changed, NULL);
    jobs->slots = px_alloc((size_t)capacity, sizeof *jobs->slots, err);
    jobs->threads = px_alloc((size_t)workers, sizeof *jobs->threads, err);
    for (int i = 0; jobs->slots && i < capacity; i++) {
        jobs->slots[i].later = jobs->unused;
        jobs->unused = &jobs->slots[i];
    }
    if (jobs->slots && jobs->threads && start_threads(jobs, workers))
        return jobs;
    px_fail(err, PX_ERR_MEMORY, NULL, "cannot start worker threads");
    px_jobs_free(jobs);
    return NULL;
}

bool px_jobs_submit(px_jobs *jobs, uint64_t owner, void (*run)(void *context), void *context) {
    pthread_mutex_lock(&jobs->mutex);
    job *added = jobs->closed ? NULL : jobs->unused;
    if (added) {
        jobs->unused = added->later;
        *added = (job){.owner = owner, .run = run, .context = context};
        push(jobs, added);
        pthread_cond_signal(&jobs->changed);
    }
    pthread_mutex_unlock(&jobs->mutex);
    return added != NULL;
}

int px_jobs_waiting(px_jobs *jobs) {
    pthread_mutex_lock(&jobs->mutex);
    int waiting = jobs->waiting;
    pthread_mutex_unlock(&jobs->mutex);
    return waiting;
}

void px_jobs_finish(px_jobs *jobs) {
    if (!jobs)
        return;
    pthread_mutex_lock(&jobs->mutex);
    jobs->closed = true;
    pthread_cond_broadcast(&jobs->changed);
    pthread_mutex_unlock(&jobs->mutex);
    for (int i = 0; !jobs->joined && i < jobs->n_threads; i++)
        pthread_join(jobs->threads[i], NULL);
    jobs->joined = true;
}

void px_jobs_free(px_jobs *jobs) {
    if (!jobs)
        return;
    px_jobs_finish(jobs);
    release(jobs);
}
