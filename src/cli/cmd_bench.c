/* perxeptron bench: how long each network takes, and the ensemble. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../base/error.h"
#include "../base/file.h"
#include "../base/memory.h"
#include "../base/random.h"
#include "../graph/plan.h"
#include "../kernels/kernels.h"
#include "../model/builders.h"
#include "../reader/ensemble.h"
#include "shared_options.h"

enum { BENCH_SIZE = 224, PEAK_DEPTH = 256, PEAK_TILES = 4000, PEAK_ROUNDS = 10 };

static const px_option options[] = {
    {.name = "ensemble",
     .letter = 'e',
     .type = PX_OPT_FILE,
     .argument = "FILE",
     .help = "measure this ensemble's members instead of the five networks at 224 x 224"},
    PX_OPTION_THREADS,
    {.name = "runs",
     .type = PX_OPT_INT,
     .argument = "N",
     .value = "20",
     .least = 1,
     .most = 100000,
     .help = "rounds; each runs every network once"},
    {.name = "batch",
     .type = PX_OPT_INT,
     .argument = "N",
     .value = "1",
     .least = 1,
     .most = 1024,
     .help = "images a run"},
    PX_OPTION_TABLE_OR_JSON,
    {0}};

/* One network, compiled, and its times in milliseconds, sorted when all are taken. */
typedef struct {
    char *name;
    px_plan *plan;
    px_workspace *workspace;
    float *input, *output;
    double *times;
} network;

typedef struct {
    int count, runs, batch;
    network *networks;
    px_pool *pool;
    double peak_gflops;
} bench;

static double now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

static size_t count_of(px_shape s, int batch) {
    return (size_t)s.h * (size_t)s.w * (size_t)s.c * (size_t)batch;
}

static bool compile(bench *b, const char *name, const px_model *model, px_error *err) {
    network *n = &b->networks[b->count++];
    const px_graph *graph = &model->graph;
    size_t inputs = count_of(graph->nodes[0].shape, b->batch);
    n->name = px_strdup(name, err);
    n->plan = px_plan_new(graph, &(px_plan_options){b->batch, false, px_cpu_best()}, err);
    n->workspace = n->plan ? px_workspace_new(n->plan, err) : NULL;
    n->input = px_alloc(inputs, sizeof(float), err);
    n->output = px_alloc(count_of(graph->nodes[graph->output].shape, b->batch), sizeof(float), err);
    n->times = px_alloc((size_t)b->runs, sizeof *n->times, err);
    if (!n->name || !n->workspace || !n->input || !n->output || !n->times)
        return false;
    px_random random;
    px_random_init(&random, 1, 0);
    for (size_t i = 0; i < inputs; i++)
        n->input[i] = (float)px_random_range(&random, -1, 1);
    return true;
}

static bool build_networks(bench *b, px_error *err) {
    b->networks = px_alloc(PX_ARCHS, sizeof *b->networks, err);
    bool ok = b->networks != NULL;
    for (int arch = 0; ok && arch < PX_ARCHS && !px_cli_interrupted(); arch++) {
        px_model *model =
            px_model_build((px_arch)arch, PX_HEAD_2020, BENCH_SIZE, "a,b,c,d,e", 1, err);
        ok = model && compile(b, px_arch_name((px_arch)arch), model, err);
        px_model_unref(model);
    }
    return ok;
}

static bool load_member(bench *b, const char *path, const px_ensemble_member *member,
                        px_error *err) {
    char *file = px_path_sibling(path, member->file, err);
    px_model *model = file ? px_model_load(file, err) : NULL;
    bool ok = model && compile(b, member->name, model, err);
    px_model_unref(model);
    free(file);
    return ok;
}

static bool load_networks(bench *b, const char *path, px_error *err) {
    px_ensemble ensemble;
    px_ensemble_init(&ensemble);
    bool ok = px_ensemble_load(path, &ensemble, err);
    if (ok) {
        b->networks = px_alloc((size_t)ensemble.n_members, sizeof *b->networks, err);
        ok = b->networks != NULL;
    }
    for (int i = 0; ok && i < ensemble.n_members && !px_cli_interrupted(); i++)
        ok = load_member(b, path, &ensemble.members[i], err);
    px_ensemble_clear(&ensemble);
    return ok;
}

/* ---- measuring ----------------------------------------------------------------------------- */

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

static bool measure_peak(bench *b, px_error *err) {
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
        double start = now_ms();
        px_pool_run(b->pool, threads, multiply_tiles, &job);
        double gflops = flops / (now_ms() - start) * 1e-6;
        b->peak_gflops = gflops > b->peak_gflops ? gflops : b->peak_gflops;
    }
    free(job.a);
    free(job.b);
    free(job.c);
    return ok;
}

static double run_once(const bench *b, const network *n) {
    double start = now_ms();
    px_plan_run(n->plan, n->workspace, b->pool, n->input, n->output, NULL);
    return now_ms() - start;
}

static int by_time(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* Rounds over all networks, so that a busy moment does not fall on one of them alone. */
static bool measure(bench *b, px_error *err) {
    for (int i = 0; i < b->count; i++)
        run_once(b, &b->networks[i]);
    for (int round = 0; round < b->runs; round++) {
        for (int i = 0; i < b->count; i++) {
            if (px_cli_interrupted())
                return px_fail(err, PX_ERR_CANCELLED, NULL, "interrupted");
            b->networks[i].times[round] = run_once(b, &b->networks[i]);
        }
    }
    for (int i = 0; i < b->count; i++)
        qsort(b->networks[i].times, (size_t)b->runs, sizeof(double), by_time);
    return true;
}

/* ---- printing ------------------------------------------------------------------------------ */

static double median(const bench *b, int index) {
    const double *times = b->networks[index].times;
    return (times[b->runs / 2] + times[(b->runs - 1) / 2]) / 2;
}

static void print_table(const bench *b) {
    double medians = 0, minima = 0;
    printf("%-22s %10s %10s\n", "network", "median ms", "min ms");
    for (int i = 0; i < b->count; i++) {
        printf("%-22s %10.2f %10.2f\n", b->networks[i].name, median(b, i), b->networks[i].times[0]);
        medians += median(b, i);
        minima += b->networks[i].times[0];
    }
    printf("%-22s %10.2f %10.2f\n", "ensemble", medians, minima);
    printf("batch %d, threads %d, kernels %s, peak %.0f GFLOP/s\n", b->batch,
           px_pool_threads(b->pool), px_cpu_tier_name(px_cpu_best()), b->peak_gflops);
}

static bool print_json(const bench *b, px_error *err) {
    double medians = 0, minima = 0;
    json_t *networks = json_object();
    for (int i = 0; i < b->count; i++) {
        medians += median(b, i);
        minima += b->networks[i].times[0];
        json_object_set_new(
            networks, b->networks[i].name,
            json_pack("{s:f, s:f}", "median_ms", median(b, i), "min_ms", b->networks[i].times[0]));
    }
    json_t *json = json_pack("{s:o, s:{s:f, s:f}, s:f, s:s, s:i, s:i}", "networks", networks,
                             "ensemble", "median_ms", medians, "min_ms", minima, "peak_gflops",
                             b->peak_gflops, "kernels", px_cpu_tier_name(px_cpu_best()), "threads",
                             px_pool_threads(b->pool), "batch", b->batch);
    bool ok = json && json_dumpf(json, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6)) == 0;
    if (ok)
        putchar('\n');
    json_decref(json);
    return ok || px_fail_memory(err);
}

static void clear(bench *b) {
    for (int i = 0; i < b->count; i++) {
        network *n = &b->networks[i];
        free(n->name);
        free(n->input);
        free(n->output);
        free(n->times);
        px_workspace_free(n->workspace);
        px_plan_free(n->plan);
    }
    free(b->networks);
    px_pool_free(b->pool);
}

static px_exit run(const px_args *args) {
    px_error err = {0};
    const char *path = px_args_text(args, "ensemble");
    bench b = {.runs = (int)px_args_int(args, "runs"), .batch = (int)px_args_int(args, "batch")};
    b.pool = px_pool_new((int)px_args_int(args, "threads"), &err);
    bool ok = b.pool && (path ? load_networks(&b, path, &err) : build_networks(&b, &err)) &&
              measure_peak(&b, &err) && measure(&b, &err);
    if (ok && strcmp(px_args_text(args, "format"), "json") == 0)
        ok = print_json(&b, &err);
    else if (ok)
        print_table(&b);
    clear(&b);
    return ok ? PX_EXIT_OK : px_cli_fail(&err);
}

const px_command px_cmd_bench = {
    .name = "bench",
    .operands = "",
    .summary = "measure the networks' speed",
    .description = "Times one run of each network and their sum, in rounds over all of them, and "
                   "prints medians and minima beside the processor's measured peak. Without an "
                   "ensemble, the five networks with random weights at 224 x 224 pixels.",
    .options = options,
    .run = run,
};
