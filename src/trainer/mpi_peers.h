/* Peers over MPI; only in a program that was built with it. */
#ifndef PX_TRAINER_MPI_PEERS_H
#define PX_TRAINER_MPI_PEERS_H

#include "../train/peers.h"

/** As px_peers_join and px_peers_leave, in a process that was started by a launcher. */
bool px_mpi_join(bool (*stopped)(void), px_peers **peers, px_error *err);
void px_mpi_leave(px_peers *peers, bool done);

#endif
