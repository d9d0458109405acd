/* Joining the processes that share a training, where the program was built to do so. */
#include "peers_join.h"

#include <stdlib.h>

#include "../base/error.h"
#include "mpi_peers.h"

/* Has a launcher started this process? Open MPI's mpirun, others with PMI, srun with PMIx. */
static bool was_launched(void) {
    return getenv("OMPI_COMM_WORLD_SIZE") || getenv("PMI_SIZE") || getenv("PMIX_RANK");
}

bool px_peers_join(bool (*stopped)(void), px_peers **peers, px_error *err) {
    *peers = NULL;
    if (!was_launched())
        return true;
#ifdef PX_MPI
    return px_mpi_join(stopped, peers, err);
#else
    (void)stopped;
    return px_fail(err, PX_ERR_UNSUPPORTED, NULL,
                   "started by an MPI launcher, but built without MPI (docs/train.md tells how to "
                   "build with it)");
#endif
}

void px_peers_leave(px_peers *peers, bool done) {
#ifdef PX_MPI
    px_mpi_leave(peers, done);
#else
    (void)peers;
    (void)done;
#endif
}
