/* The tier that every machine has: plain C over vectors of four, which compilers lower anywhere. */
#ifndef PX_KERNELS_PORTABLE_H
#define PX_KERNELS_PORTABLE_H

#include "../train_kernels.h"

extern const px_kernels px_k_portable;
extern const px_train_kernels px_k_train_portable;

#endif
