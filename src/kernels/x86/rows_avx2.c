/* Row kernels with AVX2 vectors. */
#include <immintrin.h>

#define VEC __m256
#define LANES 8
#define MULADD(x, y, z) _mm256_fmadd_ps(x, y, z)
#define MAXIMUM(x, y) _mm256_max_ps(x, y)
#define ROOT(x) _mm256_sqrt_ps(x)
#define HALVES(p) _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(p)))
#define BYTES(p) _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)(p))))
#define KERNEL(name) px_k_##name##_f32__avx2
#include "../row_kernels.inc"
#include "tiers.h"

#include "../gemm_tile.inc"

#include "../train_kernels.inc"

const px_kernels px_k_avx2 = KERNEL_TABLE(PX_CPU_AVX2, 3, 4, px_k_gemm_f32__avx2);

#define OUTER_BOTH(R) OUTER_TILE(R, 1) OUTER_TILE(R, 2)
OUTER_BOTH(1)
OUTER_BOTH(2)
OUTER_BOTH(3)
OUTER_BOTH(4)
OUTER_BOTH(5)
OUTER_BOTH(6)

#define OUTER_PAIR(R)                                                                              \
    { outer_##R##x1, outer_##R##x2 }
static void (*const outer_tiles[6][2])(const px_outer *) = {
    OUTER_PAIR(1), OUTER_PAIR(2), OUTER_PAIR(3), OUTER_PAIR(4), OUTER_PAIR(5), OUTER_PAIR(6),
};

static void px_k_outer_f32__avx2(const px_outer *o) {
    outer_tiles[o->rows - 1][o->columns > LANES](o);
}

const px_train_kernels px_k_train_avx2 = TRAIN_KERNEL_TABLE(6, px_k_outer_f32__avx2);
