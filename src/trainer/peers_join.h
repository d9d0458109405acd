/* Joining the processes that were started together to share a training. */
#ifndef PX_TRAINER_PEERS_JOIN_H
#define PX_TRAINER_PEERS_JOIN_H

#include "../train/peers.h"

/**
 * Join the others where this process was started by an MPI launcher (mpirun, srun) as one of
 * several. Once in a process' life.
 *
 * @param stopped  nullable: once it is true sums are not waited for much longer, because another
 *                 process may be gone, which mpirun tells the rest by SIGTERM. The peers have
 *                 failed then.
 * @param peers    set to what is released with px_peers_leave; NULL: this process is alone.
 * @param err      PX_ERR_UNSUPPORTED: one of several, in a program that was built without MPI;
 *                 PX_ERR_MISMATCH: the machines' processors run different kernels, whose rounding
 *                 differs; PX_ERR_IO: MPI does not start; PX_ERR_MEMORY.
 */
bool px_peers_join(bool (*stopped)(void), px_peers **peers, px_error *err);

/**
 * Part from them. The program must end soon after, and cannot join again.
 *
 * @param peers  nullable.
 * @param done   all have done their work: waits for them. Else the launcher ends the others when
 *               this process ends.
 */
void px_peers_leave(px_peers *peers, bool done);

#endif
