/* Run by mpirun: sums over the processes are right, and the same bits in each of them. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../src/base/random.h"
#include "../src/trainer/peers_join.h"

/* Number of an array's float in a process. */
static float number(int rank, size_t i) {
    px_random random;
    px_random_init(&random, (uint64_t)rank, i);
    return (float)px_random_range(&random, -1, 1);
}

/* The sum of all processes' bits is this process' as many times: all have the same. */
static bool are_same(const px_peers *peers, const float *values, size_t count) {
    double *bits = malloc(count * sizeof *bits), *sums = malloc(count * sizeof *sums);
    for (size_t i = 0; i < count; i++) {
        uint32_t pattern;
        memcpy(&pattern, &values[i], sizeof pattern);
        bits[i] = sums[i] = (double)pattern;
    }
    peers->sum_doubles(peers->context, sums, count);
    bool same = true;
    for (size_t i = 0; i < count; i++)
        same &= sums[i] == bits[i] * peers->ranks;
    free(bits);
    free(sums);
    return same;
}

static bool are_right(const px_peers *peers, const float *values, size_t count) {
    for (size_t i = 0; i < count; i++) {
        double want = 0;
        for (int r = 0; r < peers->ranks; r++)
            want += (double)number(r, i);
        if (!(fabs((double)values[i] - want) < 1e-6 * peers->ranks))
            return false;
    }
    return true;
}

/* Sum an array in two halves, the last first, as a net does. */
static bool check_size(const px_peers *peers, size_t count) {
    float *values = malloc((count + 1) * sizeof *values);
    for (size_t i = 0; i < count; i++)
        values[i] = number(peers->rank, i);
    size_t half = count / 2;
    peers->start_sum(peers->context, values + half, count - half);
    peers->advance(peers->context);
    double ranks = 1;
    peers->sum_doubles(peers->context, &ranks, 1);
    peers->start_sum(peers->context, values, half);
    peers->finish(peers->context);
    bool ok = ranks == peers->ranks && are_right(peers, values, count) &&
              are_same(peers, values, count) && !peers->failed(peers->context);
    if (!ok)
        fprintf(stderr, "process %d: sums of %zu numbers are wrong\n", peers->rank, count);
    free(values);
    return ok;
}

int main(void) {
    static const size_t sizes[] = {1, 2, 7, 100, 5000, 70001, 300000};
    px_peers *peers;
    px_error err = {0};
    if (!px_peers_join(NULL, &peers, &err) || !peers) {
        fprintf(stderr, "%s\n", err.code ? err.message : "not started by mpirun");
        return 1;
    }
    bool ok = true;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        ok &= check_size(peers, sizes[i]);
    if (peers->rank == 0 && ok)
        printf("%d processes\n", peers->ranks);
    px_peers_leave(peers, ok);
    return ok ? 0 : 1;
}
