/* Peers over MPI (the standard's version 3): sums are non-blocking reductions that are polled.
 *
 * Nothing here waits inside MPI: where a process was killed the others' reductions never end. The
 * launcher then sends SIGTERM to them, and who polls sees that. What a reduction gives is the same
 * bits in every process: Open MPI's algorithms add each element up in one order and hand it on, or
 * exchange what they add, and a + b is b + a. */
#include "mpi_peers.h"

#include <mpi.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>

#include "../base/clock.h"
#include "../base/cpu.h"
#include "../base/error.h"
#include "../base/memory.h"

/* A reduction of more than BLOCK floats is split: MPI counts in int. */
enum { MOST_REQUESTS = 256, BLOCK = 1 << 22 };

/* Polls one after another; later ones leave the processor to others, which may be validating. */
enum { EAGER_POLLS = 2000, PAUSE_NS = 200000 };

/* Seconds of waiting after a stop. The others hear of it at the same time and may be about to
 * answer. The first process writes the checkpoint, and mpirun kills it a second after it has told
 * it of a killed one; what the others wait for is that. */
static const double patience_of_first = 0.2, patience_of_others = 30;

typedef struct mpi_peers {
    px_peers peers; /* first: px_mpi_leave gets this */
    MPI_Comm all;
    bool (*stopped)(void);
    bool failed;
    double stopped_at; /* when that was seen first; 0: not yet */
    int n_requests;
    MPI_Request requests[MOST_REQUESTS];
} mpi_peers;

/* Remember a failure. */
static bool works(mpi_peers *m, int outcome) {
    m->failed |= outcome != MPI_SUCCESS;
    return !m->failed;
}

static bool are_done(mpi_peers *m, int n, MPI_Request *requests) {
    int done = 0;
    return works(m, MPI_Testall(n, requests, &done, MPI_STATUSES_IGNORE)) && done;
}

static bool is_too_late(mpi_peers *m) {
    if (!m->stopped || !m->stopped())
        return false;
    if (!(m->stopped_at > 0))
        m->stopped_at = px_clock_s();
    return px_clock_s() - m->stopped_at >
           (m->peers.rank == 0 ? patience_of_first : patience_of_others);
}

static void wait_for(mpi_peers *m, int n, MPI_Request *requests) {
    const struct timespec pause = {.tv_nsec = PAUSE_NS};
    int polls = 0;
    while (!m->failed && !are_done(m, n, requests)) {
        m->failed = is_too_late(m);
        if (polls == EAGER_POLLS)
            nanosleep(&pause, NULL);
        else
            polls += sched_yield() == 0;
    }
}

static void sum_doubles(void *context, double *values, size_t count) {
    mpi_peers *m = context;
    MPI_Request request;
    if (!m->failed && works(m, MPI_Iallreduce(MPI_IN_PLACE, values, (int)count, MPI_DOUBLE, MPI_SUM,
                                              m->all, &request)))
        wait_for(m, 1, &request);
}

static void finish(void *context) {
    mpi_peers *m = context;
    wait_for(m, m->n_requests, m->requests);
    m->n_requests = 0;
}

static void start_sum(void *context, float *values, size_t count) {
    mpi_peers *m = context;
    for (size_t first = 0; first < count && !m->failed; first += BLOCK) {
        if (m->n_requests == MOST_REQUESTS)
            finish(m);
        size_t left = count - first;
        if (!m->failed && works(m, MPI_Iallreduce(MPI_IN_PLACE, values + first,
                                                  (int)(left < BLOCK ? left : BLOCK), MPI_FLOAT,
                                                  MPI_SUM, m->all, &m->requests[m->n_requests])))
            m->n_requests++;
    }
}

/* MPI moves data only while it is called. */
static void advance(void *context) {
    mpi_peers *m = context;
    if (!m->failed && are_done(m, m->n_requests, m->requests))
        m->n_requests = 0;
}

static bool has_failed(void *context) {
    const mpi_peers *m = context;
    return m->failed;
}

/* Different kernels round differently, and the processes' weights would part. */
static bool check_processors(mpi_peers *m, px_error *err) {
    int tiers[2] = {(int)px_cpu_best(), -(int)px_cpu_best()};
    if (!works(m, MPI_Allreduce(MPI_IN_PLACE, tiers, 2, MPI_INT, MPI_MIN, m->all)))
        return px_fail(err, PX_ERR_IO, NULL, "MPI: the processes cannot reach each other");
    if (tiers[0] == -tiers[1])
        return true;
    const char *least = px_cpu_tier_name((px_cpu_tier)tiers[0]);
    return px_fail(err, PX_ERR_MISMATCH, NULL,
                   "the machines' processors differ (%s, %s): set PERXEPTRON_CPU=%s on all", least,
                   px_cpu_tier_name((px_cpu_tier)-tiers[1]), least);
}

static bool join(mpi_peers *m, px_error *err) {
    int threads, started;
    if (MPI_Initialized(&started) != MPI_SUCCESS || started ||
        MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &threads) != MPI_SUCCESS ||
        threads < MPI_THREAD_FUNNELED || MPI_Comm_dup(MPI_COMM_WORLD, &m->all) != MPI_SUCCESS ||
        MPI_Comm_set_errhandler(m->all, MPI_ERRORS_RETURN) != MPI_SUCCESS ||
        MPI_Comm_rank(m->all, &m->peers.rank) != MPI_SUCCESS ||
        MPI_Comm_size(m->all, &m->peers.ranks) != MPI_SUCCESS)
        return px_fail(err, PX_ERR_IO, NULL, "MPI does not start");
    return check_processors(m, err);
}

bool px_mpi_join(bool (*stopped)(void), px_peers **peers, px_error *err) {
    mpi_peers *m = px_alloc(1, sizeof *m, err);
    if (!m)
        return false;
    m->stopped = stopped;
    m->peers = (px_peers){.context = m,
                          .sum_doubles = sum_doubles,
                          .start_sum = start_sum,
                          .advance = advance,
                          .finish = finish,
                          .failed = has_failed};
    if (!join(m, err)) {
        free(m);
        return false;
    }
    *peers = &m->peers;
    return true;
}

void px_mpi_leave(px_peers *peers, bool done) {
    mpi_peers *m = (mpi_peers *)peers;
    if (m && done && !m->failed)
        MPI_Finalize();
    free(m);
}
