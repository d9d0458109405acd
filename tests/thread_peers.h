/* Peers that are threads of one process, for tests of what shares a batch. */
#ifndef PX_TESTS_THREAD_PEERS_H
#define PX_TESTS_THREAD_PEERS_H

#include <pthread.h>

#include "../src/train/peers.h"

enum { MOST_THREAD_PEERS = 8, MOST_BEGUN = 32 };

typedef struct thread_group thread_group;

typedef struct thread_peer {
    px_peers peers;
    thread_group *group;
    float *begun[MOST_BEGUN];  /* sums that finish() has to do */
    float *copies[MOST_BEGUN]; /* as they were then: what is written later is lost */
    size_t counts[MOST_BEGUN];
    int n_begun;
    double *doubles;
} thread_peer;

struct thread_group {
    pthread_barrier_t barrier;
    thread_peer all[MOST_THREAD_PEERS];
    int sums;       /* that were asked for by the first of them */
    int fail_after; /* sums; later ones fail for all */
};

void thread_group_open(thread_group *group, int ranks);
void thread_group_close(thread_group *group);

/** Run a function in a thread for each peer and wait for them. */
void thread_group_run(thread_group *group, void (*run)(const px_peers *peers, void *context),
                      void *context);

#endif
