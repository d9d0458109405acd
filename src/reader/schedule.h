/* Which threads compute what when several readings are under way. */
#ifndef PX_READER_SCHEDULE_H
#define PX_READER_SCHEDULE_H

#include "../base/pool.h"

/**
 * Readings queue here, each with the same jobs: one for each network. A job runs on one thread
 * beside others, of its own reading and of those behind, as long as what waits can be shared out
 * evenly; else on all threads of the pool, one job after the other. Jobs are taken reading by
 * reading in the order of their coming, the most expensive first. Never more threads than the
 * pool's run jobs.
 */
typedef struct px_schedule px_schedule;

/**
 * One job.
 *
 * @param lane  in [0, px_schedule_lanes()); no two running jobs share it: whose memory to use.
 * @param pool  for the job's own parts; NULL when it runs beside others.
 */
typedef void (*px_schedule_job)(void *context, int job, int lane, px_pool *pool);

/**
 * Start the thread that shares out the work, as the pool's worker 0.
 *
 * @param pool   borrowed; only the schedule may use it from now on.
 * @param costs  [n_jobs] of each job, above 0, in any unit; borrowed until the schedule is freed.
 */
px_schedule *px_schedule_start(px_pool *pool, const double *costs, int n_jobs, px_error *err);
/** No reading may be under way. NULL is fine. */
void px_schedule_free(px_schedule *schedule);

/** Jobs that may run side by side: the pool's threads, at most 16. */
int px_schedule_lanes(const px_schedule *schedule);
/** Readings under way that keep all threads busy without sharing a job. */
int px_schedule_readings(const px_schedule *schedule);
/** Let its threads step back for others (px_cpu_step_back) from their next job on. */
void px_schedule_step_back(px_schedule *schedule);

/**
 * Run all jobs of a reading and return when they are done. Any thread may call, many at once; it
 * sleeps meanwhile.
 *
 * @return seconds from the first job's start to the last one's end.
 */
double px_schedule_run(px_schedule *schedule, px_schedule_job run, void *context);

#endif
