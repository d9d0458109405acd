/* The networks that `perxeptron bench` measures, and the measuring. */
#include <stdlib.h>

#include "../base/clock.h"
#include "../base/error.h"
#include "../base/file.h"
#include "../base/memory.h"
#include "../base/random.h"
#include "../model/builders.h"
#include "../reader/ensemble.h"
#include "bench.h"
#include "cli.h"

enum { BENCH_SIZE = 224 };

static size_t count_of(px_shape s, int batch) {
    return (size_t)s.h * (size_t)s.w * (size_t)s.c * (size_t)batch;
}

/* Concatenations in place are no work. */
static void keep_what_runs(px_plan_info *info) {
    int kept = 0;
    for (int i = 0; i < info->n_steps; i++) {
        if (info->steps[i].runs)
            info->steps[kept++] = info->steps[i];
    }
    info->n_steps = kept;
}

static bool compile(px_bench *b, const char *name, const px_model *model, px_error *err) {
    px_bench_network *n = &b->networks[b->count++];
    const px_graph *graph = &model->graph;
    size_t inputs = count_of(graph->nodes[0].shape, b->batch);
    n->name = px_strdup(name, err);
    n->macs = px_graph_count_macs(graph);
    n->plan = px_plan_new(graph, &(px_plan_options){b->batch, false, px_cpu_best()}, err);
    n->workspace = n->plan ? px_workspace_new(n->plan, err) : NULL;
    n->input = px_alloc(inputs, sizeof(float), err);
    n->output = px_alloc(count_of(graph->nodes[graph->output].shape, b->batch), sizeof(float), err);
    n->times = px_alloc((size_t)b->runs, sizeof *n->times, err);
    if (!n->name || !n->workspace || !n->input || !n->output || !n->times ||
        !px_plan_describe(n->plan, graph, &n->info, err))
        return false;
    keep_what_runs(&n->info);
    px_random random;
    px_random_init(&random, 1, 0);
    for (size_t i = 0; i < inputs; i++)
        n->input[i] = (float)px_random_range(&random, -1, 1);
    return true;
}

bool px_bench_build(px_bench *b, px_error *err) {
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

static bool load_member(px_bench *b, const char *path, const px_ensemble_member *member,
                        px_error *err) {
    char *file = px_path_sibling(path, member->file, err);
    px_model *model = file ? px_model_load(file, err) : NULL;
    bool ok = model && compile(b, member->name, model, err);
    px_model_unref(model);
    free(file);
    return ok;
}

bool px_bench_load(px_bench *b, const char *path, px_error *err) {
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

void px_bench_clear(px_bench *b) {
    for (int i = 0; i < b->count; i++) {
        px_bench_network *n = &b->networks[i];
        free(n->name);
        free(n->input);
        free(n->output);
        free(n->times);
        free(n->step_us);
        px_plan_info_clear(&n->info);
        px_workspace_free(n->workspace);
        px_plan_free(n->plan);
    }
    free(b->networks);
    px_pool_free(b->pool);
}

double px_bench_median(const double *sorted, int count) {
    return (sorted[count / 2] + sorted[(count - 1) / 2]) / 2;
}

static double run_once(const px_bench *b, const px_bench_network *n) {
    double start = px_clock_s();
    px_plan_run(n->plan, n->workspace, b->pool, n->input, n->output, NULL);
    return (px_clock_s() - start) * 1e3;
}

static int by_time(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* Rounds over all networks, so that a busy moment does not fall on one of them alone. */
bool px_bench_time_runs(px_bench *b, px_error *err) {
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

static void sort_steps(px_bench_network *n, double *seconds, int runs, double *column) {
    int all = px_plan_count_steps(n->plan);
    for (int s = 0; s < n->info.n_steps; s++) {
        for (int round = 0; round < runs; round++)
            column[round] = seconds[(size_t)round * (size_t)all + (size_t)n->info.steps[s].index];
        qsort(column, (size_t)runs, sizeof *column, by_time);
        n->step_us[s] = px_bench_median(column, runs) * 1e6;
    }
}

static bool time_layers(px_bench *b, double **seconds, px_error *err) {
    for (int i = 0; i < b->count; i++) {
        px_bench_network *n = &b->networks[i];
        size_t all = (size_t)px_plan_count_steps(n->plan);
        n->step_us = px_alloc((size_t)n->info.n_steps + 1, sizeof *n->step_us, err);
        seconds[i] = px_alloc(all * (size_t)b->runs, sizeof **seconds, err);
        if (!n->step_us || !seconds[i])
            return false;
    }
    for (int round = 0; round < b->runs; round++) {
        for (int i = 0; i < b->count; i++) {
            const px_bench_network *n = &b->networks[i];
            if (px_cli_interrupted())
                return px_fail(err, PX_ERR_CANCELLED, NULL, "interrupted");
            px_plan_time_steps(n->plan, n->workspace, b->pool, n->input,
                               seconds[i] + (size_t)round * (size_t)px_plan_count_steps(n->plan));
        }
    }
    return true;
}

bool px_bench_time_layers(px_bench *b, px_error *err) {
    double **seconds = px_alloc((size_t)b->count + 1, sizeof *seconds, err);
    double *column = px_alloc((size_t)b->runs, sizeof *column, err);
    bool ok = seconds && column && time_layers(b, seconds, err);
    for (int i = 0; ok && i < b->count; i++)
        sort_steps(&b->networks[i], seconds[i], b->runs, column);
    for (int i = 0; seconds && i < b->count; i++)
        free(seconds[i]);
    free(seconds);
    free(column);
    return ok;
}
