/* Places taken in order: each waiter sleeps on a condition of its own and is handed its place. */
#include "turns.h"

#include <errno.h>
#include <time.h>

struct px_turns_waiter {
    pthread_cond_t handed;
    bool has_place;
    struct px_turns_waiter *next;
};

void px_turns_init(px_turns *turns, int places) {
    pthread_mutex_init(&turns->mutex, NULL);
    turns->free = places;
    turns->first = NULL;
    turns->last = &turns->first;
}

void px_turns_clear(px_turns *turns) {
    pthread_mutex_destroy(&turns->mutex);
}

static void leave_queue(px_turns *turns, struct px_turns_waiter *waiter) {
    struct px_turns_waiter **at = &turns->first;
    while (*at != waiter)
        at = &(*at)->next;
    *at = waiter->next;
    if (turns->last == &waiter->next)
        turns->last = at;
}

static bool wait_in_queue(px_turns *turns, int64_t deadline) {
    struct px_turns_waiter self = {.has_place = false};
    pthread_condattr_t clock;
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&self.handed, &clock);
    pthread_condattr_destroy(&clock);
    *turns->last = &self;
    turns->last = &self.next;
    const struct timespec until = {deadline / 1000, deadline % 1000 * 1000000};
    int status = 0;
    while (!self.has_place && status != ETIMEDOUT)
        status = pthread_cond_timedwait(&self.handed, &turns->mutex, &until);
    if (!self.has_place)
        leave_queue(turns, &self);
    pthread_cond_destroy(&self.handed);
    return self.has_place;
}

bool px_turns_take(px_turns *turns, int64_t deadline) {
    pthread_mutex_lock(&turns->mutex);
    bool had = turns->free > 0;
    if (had)
        turns->free--;
    else
        had = wait_in_queue(turns, deadline);
    pthread_mutex_unlock(&turns->mutex);
    return had;
}

void px_turns_give(px_turns *turns) {
    pthread_mutex_lock(&turns->mutex);
    struct px_turns_waiter *next = turns->first;
    if (next) {
        turns->first = next->next;
        if (!turns->first)
            turns->last = &turns->first;
        next->has_place = true;
        pthread_cond_signal(&next->handed);
    } else {
        turns->free++;
    }
    pthread_mutex_unlock(&turns->mutex);
}
