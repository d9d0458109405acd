/* The tier that every machine has: plain C over vectors of four, which compilers lower anywhere. */
#ifndef PX_KERNELS_PORTABLE_H
#define PX_KERNELS_PORTABLE_H

#include "../kernels.h"

/** Fill a whole table. */
void px_k_use_portable(px_kernels *kernels);

#endif
