/* Matrix product tiles of up to 14 x 32 for AVX-512: 28 accumulators, 2 of b, 1 broadcast. */
#include <immintrin.h>

#include "../gemm_tile.inc"
#include "tiers.h"

#define VEC __m512
#define LANES 16
#define LOAD(p) _mm512_loadu_ps(p)
#define STORE(p, x) _mm512_storeu_ps(p, x)
#define BROADCAST(p) _mm512_set1_ps(*(p))
#define FMA(x, y, z) _mm512_fmadd_ps(x, y, z)
#define PREFETCH(p) _mm_prefetch(p, _MM_HINT_T1)
#define ADD(x, y) _mm512_add_ps(x, y)
#define MAX(x, y) _mm512_max_ps(x, y)
#define ZERO _mm512_setzero_ps()
#define LOWEST _mm512_set1_ps(-__builtin_inff())
#define MASK __mmask16
#define TAIL_MASK(n) ((__mmask16)((1u << (n)) - 1))
#define MASK_LOAD(p, m) _mm512_maskz_loadu_ps(m, p)
#define MASK_STORE(p, m, x) _mm512_mask_storeu_ps(p, m, x)

#define BOTH(R) GEMM_TILE(R, 1) GEMM_TILE(R, 2)
BOTH(1)
BOTH(2)
BOTH(3)
BOTH(4)
BOTH(5)
BOTH(6)
BOTH(7)
BOTH(8)
BOTH(9)
BOTH(10)
BOTH(11)
BOTH(12)
BOTH(13)
BOTH(14)

#define PAIR(R)                                                                                    \
    { tile_##R##x1, tile_##R##x2 }
static void (*const tiles[14][2])(const px_gemm *) = {
    PAIR(1), PAIR(2), PAIR(3),  PAIR(4),  PAIR(5),  PAIR(6),  PAIR(7),
    PAIR(8), PAIR(9), PAIR(10), PAIR(11), PAIR(12), PAIR(13), PAIR(14),
};

void px_k_gemm_f32__avx512(const px_gemm *g) {
    tiles[g->rows - 1][g->columns > LANES](g);
}
