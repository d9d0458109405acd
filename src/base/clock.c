/* CLOCK_MONOTONIC. */
#include "clock.h"

#include <time.h>

static int64_t now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t px_clock_ms(void) {
    return now_us() / 1000;
}

double px_clock_s(void) {
    return (double)now_us() * 1e-6;
}
