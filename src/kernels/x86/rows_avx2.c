/* Row kernels with AVX2 vectors. */
#include <immintrin.h>

#define VEC __m256
#define LANES 8
#define MULADD(x, y, z) _mm256_fmadd_ps(x, y, z)
#define MAXIMUM(x, y) _mm256_max_ps(x, y)
#define KERNEL(name) px_k_##name##_f32__avx2
#include "../row_kernels.inc"
#include "tiers.h"

const px_kernels px_k_avx2 = KERNEL_TABLE(PX_CPU_AVX2, 6, px_k_gemm_f32__avx2);
