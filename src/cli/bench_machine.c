/* What the machine can do: the speeds that `perxeptron bench` compares the networks with. */
#include <stdlib.h>
#include <string.h>

#include "../base/clock.h"
#include "../base/memory.h"
#include "../kernels/kernels.h"
#include "bench.h"

enum { PEAK_DEPTH = 256, PEAK_TILES = 4000, PEAK_ROUNDS = 10 };

typedef struct {
    const px_kernels *kernels;
    float *a, *b, *c;
} peak_job;

/* Full tiles whose data stays in the first-level cache. */
static void multiply_tiles(void *context, int task, int worker) {
    (void)worker;
    const peak_job *job = context;
    const px_kernels *k = job->kernels;
    float bias[64] = {0};
    px_gemm g = {.a = job->a,
                 .lda = PEAK_DEPTH + 16,
                 .segments = 1,
                 .depth = PEAK_DEPTH,
                 .b = job->b,
                 .bias = bias,
                 .c = job->c + (size_t)task * 1024,
                 .ldc = (size_t)k->tile_columns,
                 .rows = k->tile_rows,
                 .columns = k->tile_columns};
    for (int i = 0; i < PEAK_TILES; i++)
        k->gemm(&g);
}

bool px_bench_measure_peak(px_bench *b, px_error *err) {
    const px_kernels *k = px_kernels_of(px_cpu_best());
    int threads = px_pool_threads(b->pool);
    peak_job job = {.kernels = k};
    job.a = px_alloc((size_t)k->tile_rows * (PEAK_DEPTH + 16), sizeof(float), err);
    job.b = px_alloc_aligned((size_t)k->tile_columns * PEAK_DEPTH * sizeof(float), err);
    job.c = px_alloc((size_t)threads * 1024, sizeof(float), err);
    bool ok = job.a && job.b && job.c;
    double flops = 2.0 * k->tile_rows * k->tile_columns * PEAK_DEPTH * PEAK_TILES * threads;
    if (ok)
        memset(job.b, 0, (size_t)k->tile_columns * PEAK_DEPTH * sizeof(float));
    for (int i = 0; ok && i < PEAK_ROUNDS; i++) {
        double start = px_clock_s();
        px_pool_run(b->pool, threads, multiply_tiles, &job);
        double gflops = flops / (px_clock_s() - start) * 1e-9;
        b->peak_gflops = gflops > b->peak_gflops ? gflops : b->peak_gflops;
    }
    free(job.a);
    free(job.b);
    free(job.c);
    return ok;
}
