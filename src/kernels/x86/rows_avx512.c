/* Row kernels with AVX-512 vectors. */
#include <immintrin.h>

#define VEC __m512
#define LANES 16
#define MULADD(x, y, z) _mm512_fmadd_ps(x, y, z)
#define MAXIMUM(x, y) _mm512_max_ps(x, y)
#define ROOT(x) _mm512_sqrt_ps(x)
#define HALVES(p) _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)(p)))
#define BYTES(p) _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *)(p))))
#define KERNEL(name) px_k_##name##_f32__avx512
#include "../row_kernels.inc"
#include "tiers.h"

#include "../gemm_tile.inc"

#include "../train_kernels.inc"

const px_kernels px_k_avx512 = KERNEL_TABLE(PX_CPU_AVX512, 14, 2, px_k_gemm_f32__avx512);

#define OUTER_BOTH(R) OUTER_TILE(R, 1) OUTER_TILE(R, 2)
OUTER_BOTH(1)
OUTER_BOTH(2)
OUTER_BOTH(3)
OUTER_BOTH(4)
OUTER_BOTH(5)
OUTER_BOTH(6)
OUTER_BOTH(7)
OUTER_BOTH(8)
OUTER_BOTH(9)
OUTER_BOTH(10)
OUTER_BOTH(11)
OUTER_BOTH(12)
OUTER_BOTH(13)
OUTER_BOTH(14)

#define OUTER_PAIR(R)                                                                              \
    { outer_##R##x1, outer_##R##x2 }
static void (*const outer_tiles[14][2])(const px_outer *) = {
    OUTER_PAIR(1),  OUTER_PAIR(2),  OUTER_PAIR(3),  OUTER_PAIR(4),  OUTER_PAIR(5),
    OUTER_PAIR(6),  OUTER_PAIR(7),  OUTER_PAIR(8),  OUTER_PAIR(9),  OUTER_PAIR(10),
    OUTER_PAIR(11), OUTER_PAIR(12), OUTER_PAIR(13), OUTER_PAIR(14),
};

static void px_k_outer_f32__avx512(const px_outer *o) {
    outer_tiles[o->rows - 1][o->columns > LANES](o);
}

const px_train_kernels px_k_train_avx512 = TRAIN_KERNEL_TABLE(14, px_k_outer_f32__avx512);
