/* Row kernels with AVX2 vectors. */
#include <immintrin.h>

#define VEC __m256
#define LANES 8
#define MULADD(x, y, z) _mm256_fmadd_ps(x, y, z)
#define MAXIMUM(x, y) _mm256_max_ps(x, y)
#define HALVES(p) _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(p)))
#define BYTES(p) _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)(p))))
#define KERNEL(name) px_k_##name##_f32__avx2
#include "../row_kernels.inc"
#include "tiers.h"

const px_kernels px_k_avx2 = KERNEL_TABLE(PX_CPU_AVX2, 6, px_k_gemm_f32__avx2);
