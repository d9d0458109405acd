/* Workers with a bounded queue and fair turns: what must wait, waits here, or is turned away. */
#ifndef PX_SERVER_JOBS_H
#define PX_SERVER_JOBS_H

#include "perxeptron.h"

typedef struct px_jobs px_jobs;

/** @param capacity    jobs that may wait, besides those that run.
 *  @param background  its threads step back for others (px_cpu_step_back). */
px_jobs *px_jobs_start(int workers, int capacity, bool background, px_error *err);

/** Queue run(context); false, at once, when the queue is full or closed. Owners take turns: one who
 *  queues many jobs does not hold up another's first. @param owner any number: 0 is one, too. */
bool px_jobs_submit(px_jobs *jobs, uint64_t owner, void (*run)(void *context), void *context);

/** Jobs that wait now. */
int px_jobs_waiting(px_jobs *jobs);

/** Take no more, and return when what is queued has run. A second call, and NULL, are fine. */
void px_jobs_finish(px_jobs *jobs);

/** Finish and free. NULL is fine. */
void px_jobs_free(px_jobs *jobs);

#endif
