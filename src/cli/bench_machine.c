/* What the machine can do: the speeds that `perxeptron bench` compares the networks with. */
#include <stdlib.h>
#include <string.h>

#include "../base/clock.h"
#include "../base/memory.h"
#include "../kernels/kernels.h"
#include "bench.h"

enum { PEAK_DEPTH = 256, PEAK_TILES = 500, PEAK_ROUNDS = 300 }; /* about a millisecond each */
enum { MEMORY_WORDS = 32 << 20, MEMORY_ROUNDS = 5 };            /* 256 MiB: well above the caches */

/* ---- arithmetic ---------------------------------------------------------------------------- */

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

/* ---- memory -------------------------------------------------------------------------------- */

/* Each thread has its part of both buffers, and is the first to touch it. After McCalpin's STREAM
 * (1995): its copy, and a sum, which only reads. */
typedef struct {
    uint64_t *from, *to; /* [MEMORY_WORDS] */
    uint64_t *sums;      /* [threads] so that reading is not optimised away */
    int threads;
} memory_job;

static size_t first_word(const memory_job *job, int task) {
    return (size_t)MEMORY_WORDS / (size_t)job->threads * (size_t)task;
}

static void fill_part(void *context, int task, int worker) {
    (void)worker;
    const memory_job *job = context;
    size_t end = first_word(job, task + 1);
    for (size_t i = first_word(job, task); i < end; i++)
        job->from[i] = job->to[i] = i;
}

static void read_part(void *context, int task, int worker) {
    (void)worker;
    const memory_job *job = context;
    uint64_t sum = 0;
    size_t end = first_word(job, task + 1);
    for (size_t i = first_word(job, task); i < end; i++)
        sum += job->from[i];
    job->sums[task] = sum;
}

static void copy_part(void *context, int task, int worker) {
    (void)worker;
    const memory_job *job = context;
    size_t first = first_word(job, task), end = first_word(job, task + 1);
    memcpy(job->to + first, job->from + first, (end - first) * sizeof *job->to);
}

/* The best of some rounds, in GB/s. */
static double best_rate(px_pool *pool, px_pool_task part, memory_job *job, double bytes) {
    double best = 0;
    for (int i = 0; i < MEMORY_ROUNDS; i++) {
        double start = px_clock_s();
        px_pool_run(pool, job->threads, part, job);
        double rate = bytes / (px_clock_s() - start) * 1e-9;
        best = rate > best ? rate : best;
    }
    return best;
}

bool px_bench_measure_memory(px_bench *b, px_error *err) {
    memory_job job = {.threads = px_pool_threads(b->pool)};
    size_t bytes = (size_t)MEMORY_WORDS * sizeof(uint64_t);
    job.from = px_alloc_aligned(bytes, err);
    job.to = px_alloc_aligned(bytes, err);
    job.sums = px_alloc((size_t)job.threads, sizeof *job.sums, err);
    bool ok = job.from && job.to && job.sums;
    if (ok) {
        px_pool_run(b->pool, job.threads, fill_part, &job);
        b->read_gb_s = best_rate(b->pool, read_part, &job, (double)bytes);
        b->copy_gb_s = best_rate(b->pool, copy_part, &job, 2 * (double)bytes);
    }
    free(job.from);
    free(job.to);
    free(job.sums);
    return ok;
}
