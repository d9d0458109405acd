/* Seeded random numbers: xoshiro256** (Blackman & Vigna 2018), the same on every machine. */
#include "random.h"

#include <math.h>

static uint64_t rotate_left(uint64_t value, int bits) {
    return value << bits | value >> (64 - bits);
}

/* SplitMix64 (Steele, Lea & Flood 2014): the seeding that xoshiro's authors recommend. */
static uint64_t next_splitmix(uint64_t *state) {
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

void px_random_init(px_random *random, uint64_t seed, uint64_t stream) {
    uint64_t mixed_stream = stream;
    uint64_t state = seed ^ next_splitmix(&mixed_stream);
    for (int i = 0; i < 4; i++)
        random->state[i] = next_splitmix(&state);
}

uint64_t px_random_u64(px_random *random) {
    uint64_t *s = random->state;
    uint64_t result = rotate_left(s[1] * 5, 7) * 9;
    uint64_t shifted = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotate_left(s[3], 45);
    return result;
}

double px_random_uniform(px_random *random) {
    return (double)(px_random_u64(random) >> 11) * 0x1p-53;
}

double px_random_range(px_random *random, double low, double high) {
    double value = low + (high - low) * px_random_uniform(random);
    return value < high ? value : low; /* rounding can reach `high` */
}

uint64_t px_random_below(px_random *random, uint64_t n) {
    uint64_t rejected = -n % n; /* 2^64 mod n: below it, some remainders would come too often */
    uint64_t value;
    do
        value = px_random_u64(random);
    while (value < rejected);
    return value % n;
}

double px_random_normal(px_random *random) {
    double radius = sqrt(-2.0 * log(1.0 - px_random_uniform(random)));
    return radius * cos(6.283185307179586 * px_random_uniform(random));
}

void px_random_fill_normal(px_random *random, double deviation, float *values, size_t count) {
    for (size_t i = 0; i < count;) {
        double x = px_random_range(random, -1, 1), y = px_random_range(random, -1, 1);
        double square = x * x + y * y;
        if (square >= 1 || square == 0)
            continue;
        double factor = deviation * sqrt(-2.0 * log(square) / square);
        values[i++] = (float)(x * factor);
        if (i < count)
            values[i++] = (float)(y * factor);
    }
}

void px_random_order(px_random *random, int64_t *order, int64_t count) {
    for (int64_t i = 0; i < count; i++)
        order[i] = i;
    for (int64_t i = count - 1; i > 0; i--) {
        const int64_t j = (int64_t)px_random_below(random, (uint64_t)i + 1);
        const int64_t kept = order[i];
        order[i] = order[j];
        order[j] = kept;
    }
}
