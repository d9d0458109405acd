/* The NEON tier: row kernels, and tiles of up to 8 x 8 with 16 accumulators, 8 of a, 2 of b. */
#include "neon.h"

#include <arm_neon.h>

#define VEC float32x4_t
#define LANES 4
#define MULADD(x, y, z) vfmaq_f32(z, x, y)
#define MAXIMUM(x, y) maximum(x, y)
#define ROOT(x) vsqrtq_f32(x)
#define HALVES(p) vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(p)))
#define BYTES(p) bytes(p)
#define KERNEL(name) px_k_##name##_f32__neon

/* x > y ? x : y, which treats NaN as the other tiers do; FMAX keeps it from either side. */
static inline float32x4_t maximum(float32x4_t x, float32x4_t y) {
    return vbslq_f32(vcgtq_f32(x, y), x, y);
}

static inline float32x4_t bytes(const int8_t *p) {
    return vcvtq_f32_s32((int32x4_t){p[0], p[1], p[2], p[3]});
}

#include "../row_kernels.inc"

static inline float32x4_t load_first(const float *p, int n) {
    if (n == LANES)
        return vld1q_f32(p);
    float32x4_t x = vld1q_lane_f32(p, vdupq_n_f32(0), 0);
    if (n > 1)
        x = vld1q_lane_f32(p + 1, x, 1);
    return n > 2 ? vld1q_lane_f32(p + 2, x, 2) : x;
}

static inline void store_first(float *p, int n, float32x4_t x) {
    if (n == LANES) {
        vst1q_f32(p, x);
        return;
    }
    vst1q_lane_f32(p, x, 0);
    if (n > 1)
        vst1q_lane_f32(p + 1, x, 1);
    if (n > 2)
        vst1q_lane_f32(p + 2, x, 2);
}

#define LOAD(p) vld1q_f32(p)
#define STORE(p, x) vst1q_f32(p, x)
#define BROADCAST(p) vld1q_dup_f32(p)
#define FMA(x, y, z) vfmaq_f32(z, x, y)
#define FMA_LANE(x, lane, y, z) vfmaq_laneq_f32(z, y, x, lane)
#define PREFETCH(p) __builtin_prefetch(p, 0, 2)
#define ADD(x, y) vaddq_f32(x, y)
#define MAX(x, y) maximum(x, y)
#define ZERO vdupq_n_f32(0)
#define LOWEST vdupq_n_f32(-__builtin_inff())
#define MASK int
#define TAIL_MASK(n) (n)
#define MASK_LOAD(p, n) load_first(p, n)
#define MASK_STORE(p, n, x) store_first(p, n, x)
#include "../gemm_tile.inc"

#define BOTH(R) GEMM_TILE(R, 1) GEMM_TILE(R, 2)
BOTH(1)
BOTH(2)
BOTH(3)
BOTH(4)
BOTH(5)
BOTH(6)
BOTH(7)
BOTH(8)

#define PAIR(R)                                                                                    \
    { tile_##R##x1, tile_##R##x2 }
static void (*const tiles[8][2])(const px_gemm *) = {
    PAIR(1), PAIR(2), PAIR(3), PAIR(4), PAIR(5), PAIR(6), PAIR(7), PAIR(8),
};

static void px_k_gemm_f32__neon(const px_gemm *g) {
    tiles[g->rows - 1][g->columns > LANES](g);
}

const px_kernels px_k_neon = KERNEL_TABLE(PX_CPU_NEON, 8, 2, px_k_gemm_f32__neon);

#include "../train_kernels.inc"

#define OUTER_BOTH(R) OUTER_TILE(R, 1) OUTER_TILE(R, 2)
OUTER_BOTH(1)
OUTER_BOTH(2)
OUTER_BOTH(3)
OUTER_BOTH(4)
OUTER_BOTH(5)
OUTER_BOTH(6)
OUTER_BOTH(7)
OUTER_BOTH(8)

#define OUTER_PAIR(R)                                                                              \
    { outer_##R##x1, outer_##R##x2 }
static void (*const outer_tiles[8][2])(const px_outer *) = {
    OUTER_PAIR(1), OUTER_PAIR(2), OUTER_PAIR(3), OUTER_PAIR(4),
    OUTER_PAIR(5), OUTER_PAIR(6), OUTER_PAIR(7), OUTER_PAIR(8),
};

static void px_k_outer_f32__neon(const px_outer *o) {
    outer_tiles[o->rows - 1][o->columns > LANES](o);
}

const px_train_kernels px_k_train_neon = TRAIN_KERNEL_TABLE(8, px_k_outer_f32__neon);
