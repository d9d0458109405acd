/* The tile of a matrix product, written once and expanded for each vector width.
 *
 * The including file defines VEC, LANES, LOAD, BROADCAST, FMA, ADD, MAX, ZERO, MASK, FULL_MASK,
 * TAIL_MASK, MASK_LOAD and MASK_STORE, and expands GEMM_TILE(rows, vectors). Every accumulator is
 * a variable of its own: GCC 12 keeps an array of vectors in memory, at a third of the speed. */
#ifndef PX_KERNELS_GEMM_TILE_H
#define PX_KERNELS_GEMM_TILE_H

#include "kernels.h"

#define EACH_1(M, V) M(0, V)
#define EACH_2(M, V) EACH_1(M, V) M(1, V)
#define EACH_3(M, V) EACH_2(M, V) M(2, V)
#define EACH_4(M, V) EACH_3(M, V) M(3, V)
#define EACH_5(M, V) EACH_4(M, V) M(4, V)
#define EACH_6(M, V) EACH_5(M, V) M(5, V)
#define EACH_7(M, V) EACH_6(M, V) M(6, V)
#define EACH_8(M, V) EACH_7(M, V) M(7, V)
#define EACH_9(M, V) EACH_8(M, V) M(8, V)
#define EACH_10(M, V) EACH_9(M, V) M(9, V)
#define EACH_11(M, V) EACH_10(M, V) M(10, V)
#define EACH_12(M, V) EACH_11(M, V) M(11, V)
#define EACH_13(M, V) EACH_12(M, V) M(12, V)
#define EACH_14(M, V) EACH_13(M, V) M(13, V)

/* Element of each row at the current depth: five pointers and x86's scaled index reach 14 rows. */
#define A_0 p0[0]
#define A_1 p0[lda]
#define A_2 p0[2 * lda]
#define A_3 p3[0]
#define A_4 p3[lda]
#define A_5 p3[2 * lda]
#define A_6 p6[0]
#define A_7 p6[lda]
#define A_8 p6[2 * lda]
#define A_9 p9[0]
#define A_10 p9[lda]
#define A_11 p9[2 * lda]
#define A_12 p12[0]
#define A_13 p12[lda]

#define BEGIN_ROW_1(r, V) VEC c##r##_0 = bias0;
#define BEGIN_ROW_2(r, V) VEC c##r##_0 = bias0, c##r##_1 = bias1;

#define LOAD_B_1 const VEC b0 = LOAD(b);
#define LOAD_B_2 const VEC b0 = LOAD(b), b1 = LOAD(b + LANES);

#define STEP_ROW(r, V)                                                                             \
    {                                                                                              \
        const VEC x = BROADCAST(&A_##r);                                                           \
        STEP_COLUMNS_##V(r)                                                                        \
    }
#define STEP_COLUMNS_1(r) c##r##_0 = FMA(x, b0, c##r##_0);
#define STEP_COLUMNS_2(r) STEP_COLUMNS_1(r) c##r##_1 = FMA(x, b1, c##r##_1);

#define END_VECTOR(r, v, mask)                                                                     \
    {                                                                                              \
        VEC y = c##r##_##v;                                                                        \
        if (residual)                                                                              \
            y = ADD(y, MASK_LOAD(residual + r * g->ldr + v * LANES, mask));                        \
        MASK_STORE(out + r * g->ldc + v * LANES, mask, MAX(floor, y));                             \
    }
#define END_ROW_1(r, V) END_VECTOR(r, 0, tail)
#define END_ROW_2(r, V) END_VECTOR(r, 0, full) END_VECTOR(r, 1, tail)

#define LOAD_BIAS_1 const VEC bias0 = LOAD(g->bias);
#define LOAD_BIAS_2 LOAD_BIAS_1 const VEC bias1 = LOAD(g->bias + LANES);

#define GEMM_TILE(R, V)                                                                            \
    static void tile_##R##x##V(const px_gemm *g) {                                                 \
        LOAD_BIAS_##V EACH_##R(BEGIN_ROW_##V, V) const size_t lda = g->lda;                        \
        const float *b = g->b;                                                                     \
        for (int s = 0; s < g->segments; s++) {                                                    \
            const float *p0 = g->a + (size_t)s * g->segment_stride;                                \
            const float *p3 = p0 + 3 * lda, *p6 = p3 + 3 * lda, *p9 = p6 + 3 * lda;                \
            const float *p12 = p9 + 3 * lda;                                                       \
            for (int k = g->depth; k > 0; k--, b += V * LANES) {                                   \
                LOAD_B_##V EACH_##R(STEP_ROW, V) p0++;                                             \
                p3++;                                                                              \
                p6++;                                                                              \
                p9++;                                                                              \
                p12++;                                                                             \
            }                                                                                      \
        }                                                                                          \
        const MASK full = FULL_MASK, tail = TAIL_MASK(g->columns - (V - 1) * LANES);               \
        const VEC floor = g->relu ? ZERO : LOWEST;                                                 \
        const float *residual = g->residual;                                                       \
        float *out = g->c;                                                                         \
        (void)full;                                                                                \
        EACH_##R(END_ROW_##V, V)                                                                   \
    }

#endif
