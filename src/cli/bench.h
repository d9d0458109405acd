/* The parts of `perxeptron bench`: networks, what the machine can do, and printing. */
#ifndef PX_CLI_BENCH_H
#define PX_CLI_BENCH_H

#include "../graph/plan_describe.h"

/** One network, compiled, and its times in milliseconds, sorted when all are taken. */
typedef struct px_bench_network {
    char *name;
    px_plan *plan;
    px_workspace *workspace;
    float *input, *output;
    double *times; /**< [runs] */
    int64_t macs;  /**< of one image, as a direct convolution needs them */
    px_plan_info info;
    double *step_us; /**< [info.n_steps] medians; NULL when layers are not asked for */
} px_bench_network;

typedef struct px_bench {
    int count, runs, batch;
    px_bench_network *networks;
    px_pool *pool;
    double read_gb_s, copy_gb_s; /**< memory, all threads; copied bytes count twice */
    double peak_gflops; /**< fused multiply-adds in registers and first-level cache, all threads */
} px_bench;

/** The five networks of 2020 with random weights, or an ensemble's members. */
bool px_bench_build(px_bench *bench, px_error *err);
bool px_bench_load(px_bench *bench, const char *ensemble, px_error *err);
void px_bench_clear(px_bench *bench);

/** Time whole runs, or each step of them, in rounds over all networks. PX_ERR_CANCELLED. */
bool px_bench_time_runs(px_bench *bench, px_error *err);
bool px_bench_time_layers(px_bench *bench, px_error *err);

/** Find what the processors can multiply at most (the best of all calls counts), and what the
 * memory can deliver. */
bool px_bench_measure_peak(px_bench *bench, px_error *err);
bool px_bench_measure_memory(px_bench *bench, px_error *err);

/** Middle of sorted numbers. */
double px_bench_median(const double *sorted, int count);

void px_bench_print_table(const px_bench *bench);
bool px_bench_print_json(const px_bench *bench, px_error *err);

#endif
