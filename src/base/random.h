/* Seeded random numbers: xoshiro256** (Blackman & Vigna 2018), the same on every machine. */
#ifndef PX_BASE_RANDOM_H
#define PX_BASE_RANDOM_H

#include "perxeptron.h"

typedef struct px_random {
    uint64_t state[4];
} px_random;

/** Seed by SplitMix64 from a seed and a stream number; different streams are independent. */
void px_random_init(px_random *random, uint64_t seed, uint64_t stream);
uint64_t px_random_u64(px_random *random);
/** Uniform in [0, 1). */
double px_random_uniform(px_random *random);
/** Uniform in [low, high). */
double px_random_range(px_random *random, double low, double high);
/** Uniform integer in [0, n), unbiased; n > 0. */
uint64_t px_random_below(px_random *random, uint64_t n);
/** Standard normal (Box-Muller). */
double px_random_normal(px_random *random);
/** Many independent normals of mean 0 (Marsaglia's polar method: a third of the time).
 *  @param values [count] the caller's. */
void px_random_fill_normal(px_random *random, double deviation, float *values, size_t count);
/** Numbers 0 to count - 1 in random order (Fisher & Yates, as Durstenfeld 1964 has it).
 *  @param order  [count] the caller's. */
void px_random_order(px_random *random, int64_t *order, int64_t count);

#endif
