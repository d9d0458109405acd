/* A worker with a bounded queue: what needs the reader waits here, or is turned away at once. */
#ifndef PX_SERVER_JOBS_H
#define PX_SERVER_JOBS_H

#include "perxeptron.h"

typedef struct px_jobs px_jobs;

/** @param capacity  jobs that may wait, besides the one that runs. */
px_jobs *px_jobs_start(int capacity, px_error *err);

/** Queue run(context); false, at once, when the queue is full or closed. */
bool px_jobs_submit(px_jobs *jobs, void (*run)(void *context), void *context);

/** Take no more, and return when what is queued has run. A second call, and NULL, are fine. */
void px_jobs_finish(px_jobs *jobs);

/** Finish and free. NULL is fine. */
void px_jobs_free(px_jobs *jobs);

#endif
