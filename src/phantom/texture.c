/* Value noise: smooth random patterns that depend on place and a seed only. */
#include "texture.h"

/* Integer hash with good avalanche ("lowbias32", Wellons 2018). */
static inline uint32_t hash(uint32_t x) {
    x ^= x >> 16;
    x *= 0x7feb352dU;
    x ^= x >> 15;
    x *= 0x846ca68bU;
    return x ^ (x >> 16);
}

static inline int32_t floor_of(float x) {
    const int32_t i = (int32_t)x;
    return i - (x < (float)i);
}

static inline float corner(uint32_t seed, int32_t x, int32_t y) {
    const uint32_t h = hash(seed + (uint32_t)x * 0x9e3779b1U + (uint32_t)y * 0x85ebca77U);
    return (float)(h >> 8) * (2.0f / 16777215.0f) - 1;
}

float px_texture_value(uint32_t seed, float x, float y) {
    const int32_t ix = floor_of(x), iy = floor_of(y);
    float u = x - (float)ix, v = y - (float)iy;
    u = u * u * (3 - 2 * u);
    v = v * v * (3 - 2 * v);
    const float a = corner(seed, ix, iy), b = corner(seed, ix + 1, iy);
    const float c = corner(seed, ix, iy + 1), d = corner(seed, ix + 1, iy + 1);
    return (a + u * (b - a)) * (1 - v) + (c + u * (d - c)) * v;
}

float px_texture_octaves(uint32_t seed, float x, float y, int octaves) {
    float sum = 0, weight = 1, total = 0;
    for (int i = 0; i < octaves; i++) {
        sum += weight * px_texture_value(seed + (uint32_t)i * 0x9e3779b9U, x, y);
        total += weight;
        weight *= 0.5f;
        x = 2 * x + 17.3f; /* shifted, so that the octaves' grids do not meet at the origin */
        y = 2 * y - 9.1f;
    }
    return sum / total;
}
