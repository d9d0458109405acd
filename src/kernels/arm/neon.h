/* The NEON tier, which every 64-bit Arm processor has. */
#ifndef PX_KERNELS_NEON_H
#define PX_KERNELS_NEON_H

#include "../train_kernels.h"

extern const px_kernels px_k_neon;
extern const px_train_kernels px_k_train_neon;

#endif
