/* Numbers that Python makes likewise: tests/reference/torch_network.py has the same hash. */
#ifndef PX_TESTS_NOISE_H
#define PX_TESTS_NOISE_H

#include <stdint.h>

/** The i-th number in [-1, 1). */
static inline float noise(uint32_t i) {
    uint32_t x = (i + 1) * 2654435761u;
    x = (x ^ x >> 15) * 2246822519u;
    x ^= x >> 13;
    return (float)(x >> 8) / 8388608.0f - 1.0f;
}

#endif
