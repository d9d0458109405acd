/* The tables of the x86 tiers: data, so that a machine without a tier runs nothing compiled for it.
 */
#ifndef PX_KERNELS_TIERS_H
#define PX_KERNELS_TIERS_H

#include "../train_kernels.h"

void px_k_gemm_f32__avx2(const px_gemm *g);
void px_k_gemm_f32__avx512(const px_gemm *g);

extern const px_kernels px_k_avx2, px_k_avx512;
extern const px_train_kernels px_k_train_avx2, px_k_train_avx512;

#endif
