/* Row kernels with AVX-512 vectors. */
#include <immintrin.h>

#define VEC __m512
#define LANES 16
#define MULADD(x, y, z) _mm512_fmadd_ps(x, y, z)
#define MAXIMUM(x, y) _mm512_max_ps(x, y)
#define KERNEL(name) px_k_##name##_f32__avx512
#include "../row_kernels.inc"
#include "tiers.h"

const px_kernels px_k_avx512 = KERNEL_TABLE(PX_CPU_AVX512, 14, px_k_gemm_f32__avx512);
