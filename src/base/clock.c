/* CLOCK_MONOTONIC. */
#include "clock.h"

#include <time.h>

static struct timespec now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t;
}

int64_t px_clock_ms(void) {
    struct timespec t = now();
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

double px_clock_s(void) {
    struct timespec t = now();
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}
