/* Row kernels with AVX-512 vectors. */
#include <immintrin.h>

#define VEC __m512
#define LANES 16
#define MULADD(x, y, z) _mm512_fmadd_ps(x, y, z)
#define MAXIMUM(x, y) _mm512_max_ps(x, y)
#define HALVES(p) _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)(p)))
#define BYTES(p) _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *)(p))))
#define KERNEL(name) px_k_##name##_f32__avx512
#include "../row_kernels.inc"
#include "tiers.h"

const px_kernels px_k_avx512 = KERNEL_TABLE(PX_CPU_AVX512, 14, px_k_gemm_f32__avx512);
