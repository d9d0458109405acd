/* A pool of threads that share out numbered tasks. */
#ifndef PX_BASE_POOL_H
#define PX_BASE_POOL_H

#include "perxeptron.h"

typedef struct px_pool px_pool;

/** One task. `worker` is in [0, threads) and no two running tasks share it. */
typedef void (*px_pool_task)(void *context, int task, int worker);

/** A pool of `threads` workers, the calling thread being worker 0; 0 means px_cpu_threads(). */
px_pool *px_pool_new(int threads, px_error *err);
void px_pool_free(px_pool *pool);
/** Let its own threads step back for others (px_cpu_step_back) from their next job on; the caller
 * of px_pool_run does so itself. */
void px_pool_step_back(px_pool *pool);
int px_pool_threads(const px_pool *pool);

/** Run tasks 0..tasks-1 and return when all are done. One caller at a time for one pool; NULL pool
 *  runs them here, in order. Which worker runs a task is not fixed: results must not depend on it.
 * But as long as all are on time, worker w runs the w-th of as many equal runs of them. */
void px_pool_run(px_pool *pool, int tasks, px_pool_task run, void *context);

#endif
