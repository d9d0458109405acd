/* Peers that are threads: the first adds up for all while the others wait. */
#include "thread_peers.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

static void meet(thread_peer *me) {
    pthread_barrier_wait(&me->group->barrier);
}

static bool has_failed(void *context) {
    const thread_group *group = ((thread_peer *)context)->group;
    return group->sums > group->fail_after;
}

/* One more sum: by the first for all, and the others see it. False: it fails. */
static bool begin(thread_peer *me) {
    meet(me);
    if (me->peers.rank == 0)
        me->group->sums++;
    meet(me);
    return !has_failed(me);
}

static void add_doubles(thread_group *group, size_t count) {
    for (size_t i = 0; i < count; i++) {
        double sum = 0;
        for (int r = 0; r < group->all[0].peers.ranks; r++)
            sum += group->all[r].doubles[i];
        for (int r = 0; r < group->all[0].peers.ranks; r++)
            group->all[r].doubles[i] = sum;
    }
}

static void sum_doubles(void *context, double *values, size_t count) {
    thread_peer *me = context;
    me->doubles = values;
    if (!begin(me))
        return;
    if (me->peers.rank == 0)
        add_doubles(me->group, count);
    meet(me);
}

static void start_sum(void *context, float *values, size_t count) {
    thread_peer *me = context;
    if (me->n_begun == MOST_BEGUN)
        abort();
    me->begun[me->n_begun] = values;
    me->copies[me->n_begun] = malloc(count * sizeof *values);
    memcpy(me->copies[me->n_begun], values, count * sizeof *values);
    me->counts[me->n_begun++] = count;
}

static void add_floats(thread_group *group, int which) {
    int ranks = group->all[0].peers.ranks;
    size_t count = group->all[0].counts[which];
    for (int r = 0; r < ranks; r++) {
        if (group->all[r].n_begun <= which || group->all[r].counts[which] != count)
            abort(); /* they do not make the same calls */
    }
    for (size_t i = 0; i < count; i++) {
        float sum = 0;
        for (int r = 0; r < ranks; r++)
            sum += group->all[r].copies[which][i];
        for (int r = 0; r < ranks; r++)
            group->all[r].begun[which][i] = sum;
    }
}

static void finish(void *context) {
    thread_peer *me = context;
    if (begin(me)) {
        for (int i = 0; i < me->n_begun && me->peers.rank == 0; i++)
            add_floats(me->group, i);
        meet(me);
    }
    for (int i = 0; i < me->n_begun; i++)
        free(me->copies[i]);
    me->n_begun = 0;
}

static void advance(void *context) {
    (void)context;
}

void thread_group_open(thread_group *group, int ranks) {
    *group = (thread_group){.fail_after = INT_MAX};
    pthread_barrier_init(&group->barrier, NULL, (unsigned)ranks);
    for (int r = 0; r < ranks; r++) {
        thread_peer *me = &group->all[r];
        me->group = group;
        me->peers = (px_peers){r, ranks, me, sum_doubles, start_sum, advance, finish, has_failed};
    }
}

void thread_group_close(thread_group *group) {
    pthread_barrier_destroy(&group->barrier);
}

typedef struct thread_start {
    const px_peers *peers;
    void (*run)(const px_peers *peers, void *context);
    void *context;
} thread_start;

static void *run_thread(void *argument) {
    const thread_start *start = argument;
    start->run(start->peers, start->context);
    return NULL;
}

void thread_group_run(thread_group *group, void (*run)(const px_peers *peers, void *context),
                      void *context) {
    pthread_t threads[MOST_THREAD_PEERS];
    thread_start starts[MOST_THREAD_PEERS];
    int ranks = group->all[0].peers.ranks;
    for (int r = 0; r < ranks; r++) {
        starts[r] = (thread_start){&group->all[r].peers, run, context};
        if (pthread_create(&threads[r], NULL, run_thread, &starts[r]) != 0)
            abort();
    }
    for (int r = 0; r < ranks; r++)
        pthread_join(threads[r], NULL);
}
