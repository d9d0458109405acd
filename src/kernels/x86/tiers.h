/* What each x86 file puts into its tier's table. */
#ifndef PX_KERNELS_TIERS_H
#define PX_KERNELS_TIERS_H

#include "../kernels.h"

void px_k_gemm_f32__avx2(const px_gemm *g);
void px_k_gemm_f32__avx512(const px_gemm *g);

/** Replace a table's kernels with those of the tier. */
void px_k_use_avx2(px_kernels *kernels);
void px_k_use_avx512(px_kernels *kernels);

#endif
