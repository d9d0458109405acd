/* The tier that every machine has: plain C over vectors of four, which compilers lower anywhere. */
#include "portable.h"

#include <math.h>
#include <string.h>

typedef float vec4 __attribute__((vector_size(16)));

#define VEC vec4
#define LANES 4
#define MULADD(x, y, z) ((x) * (y) + (z))
#define MAXIMUM(x, y) maximum(x, y)
#define ROOT(x) root(x)
#define HALVES(p) halves(p)
#define BYTES(p) ((vec4){(p)[0], (p)[1], (p)[2], (p)[3]})
#define KERNEL(name) px_k_##name##_f32__c

static inline vec4 maximum(vec4 x, vec4 y) {
    for (int i = 0; i < 4; i++)
        y[i] = x[i] > y[i] ? x[i] : y[i];
    return y;
}

static inline vec4 root(vec4 x) {
    for (int i = 0; i < 4; i++)
        x[i] = sqrtf(x[i]);
    return x;
}

/* Exponent and fraction as a float32's, whose bias is larger by 112: subnormals come out right. */
static inline vec4 halves(const uint16_t *p) {
    vec4 v;
    for (int i = 0; i < LANES; i++) {
        uint32_t bits = (uint32_t)(p[i] & 0x7fffu) << 13;
        float value;
        memcpy(&value, &bits, sizeof value);
        v[i] = (p[i] & 0x8000u ? -0x1p112f : 0x1p112f) * value;
    }
    return v;
}

#include "../row_kernels.inc"

#define LOAD(p) load(p, LANES)
#define STORE(p, x) store(p, x, LANES)
#define BROADCAST(p) spread(*(p))
#define FMA(x, y, z) MULADD(x, y, z)
#define PREFETCH(p) __builtin_prefetch(p, 0, 2)
#define ADD(x, y) ((x) + (y))
#define MAX(x, y) maximum(x, y)
#define ZERO ((vec4){0})
#define LOWEST spread(-__builtin_inff())
#define MASK int
#define TAIL_MASK(n) (n)
#define MASK_LOAD(p, n) load(p, n)
#define MASK_STORE(p, n, x) store(p, x, n)
#include "../gemm_tile.inc"

GEMM_TILE(1, 1)
GEMM_TILE(2, 1)
GEMM_TILE(3, 1)
GEMM_TILE(4, 1)
GEMM_TILE(1, 2)
GEMM_TILE(2, 2)
GEMM_TILE(3, 2)
GEMM_TILE(4, 2)

static void (*const tiles[4][2])(const px_gemm *) = {
    {tile_1x1, tile_1x2}, {tile_2x1, tile_2x2}, {tile_3x1, tile_3x2}, {tile_4x1, tile_4x2}};

static void px_k_gemm_f32__c(const px_gemm *g) {
    tiles[g->rows - 1][g->columns > LANES](g);
}

const px_kernels px_k_portable = KERNEL_TABLE(PX_CPU_PORTABLE, 4, 2, px_k_gemm_f32__c);

#include "../train_kernels.inc"

#define OUTER_BOTH(R) OUTER_TILE(R, 1) OUTER_TILE(R, 2)
OUTER_BOTH(1)
OUTER_BOTH(2)
OUTER_BOTH(3)
OUTER_BOTH(4)

#define OUTER_PAIR(R)                                                                              \
    { outer_##R##x1, outer_##R##x2 }
static void (*const outer_tiles[4][2])(const px_outer *) = {
    OUTER_PAIR(1),
    OUTER_PAIR(2),
    OUTER_PAIR(3),
    OUTER_PAIR(4),
};

static void px_k_outer_f32__c(const px_outer *o) {
    outer_tiles[o->rows - 1][o->columns > LANES](o);
}

const px_train_kernels px_k_train_portable = TRAIN_KERNEL_TABLE(4, px_k_outer_f32__c);
