/* Matrix product tiles of up to 3 x 32 for AVX2 and FMA: 12 accumulators, 3 of a, 1 of b. */
#include <immintrin.h>

#define WIDE
#include "../gemm_tile.inc"
#include "tiers.h"

#define VEC __m256
#define LANES 8
#define LOAD(p) _mm256_loadu_ps(p)
#define STORE(p, x) _mm256_storeu_ps(p, x)
#define BROADCAST(p) _mm256_broadcast_ss(p)
#define FMA(x, y, z) multiply_add(x, y, z)
#define PREFETCH(p) _mm_prefetch(p, _MM_HINT_T1)
#define ADD(x, y) _mm256_add_ps(x, y)
#define MAX(x, y) _mm256_max_ps(x, y)
#define ZERO _mm256_setzero_ps()
#define LOWEST _mm256_set1_ps(-__builtin_inff())
#define MASK __m256i
#define TAIL_MASK(n) _mm256_cmpgt_epi32(_mm256_set1_epi32(n), lane_numbers())
#define MASK_LOAD(p, m) _mm256_maskload_ps(p, m)
#define MASK_STORE(p, m, x) _mm256_maskstore_ps(p, m, x)

/* In this form alone is the sum's register the result's: GCC 12 chooses others too, runs out of
 * registers and keeps sums in memory. */
static inline __m256 multiply_add(__m256 x, __m256 y, __m256 sum) {
    __asm__("vfmadd231ps %2, %1, %0" : "+x"(sum) : "x"(x), "x"(y));
    return sum;
}

static inline __m256i lane_numbers(void) {
    return _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
}

#define ALL(R) GEMM_TILE(R, 1) GEMM_TILE(R, 2) GEMM_TILE(R, 3) GEMM_TILE(R, 4)
ALL(1)
ALL(2)
ALL(3)

static void (*const tiles[3][4])(const px_gemm *) = {
    {tile_1x1, tile_1x2, tile_1x3, tile_1x4},
    {tile_2x1, tile_2x2, tile_2x3, tile_2x4},
    {tile_3x1, tile_3x2, tile_3x3, tile_3x4},
};

void px_k_gemm_f32__avx2(const px_gemm *g) {
    tiles[g->rows - 1][(g->columns - 1) / LANES](g);
}
