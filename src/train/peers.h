/* Adding up numbers over the processes that share a training (data parallel). */
#ifndef PX_TRAIN_PEERS_H
#define PX_TRAIN_PEERS_H

#include "perxeptron.h"

/**
 * How processes talk. Every process makes the same calls in the same order, by one thread. Sums are
 * the same bits in every process. A failure (a process that is gone) is remembered: later calls do
 * nothing, and px_peers.failed tells.
 */
typedef struct px_peers {
    int rank, ranks;
    void *context;
    /** Replace `values` by their sums over all processes; returns when it is done. */
    void (*sum_doubles)(void *context, double *values, size_t count);
    /** Begin the same for floats; `values` may not be touched before px_peers.finish. */
    void (*start_sum)(void *context, float *values, size_t count);
    /** Let the sums that were begun go on: cheap, to be called every few milliseconds. */
    void (*advance)(void *context);
    /** Wait for all sums that were begun. */
    void (*finish)(void *context);
    bool (*failed)(void *context);
} px_peers;

#endif
