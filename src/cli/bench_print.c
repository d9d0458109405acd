/* Printing what `perxeptron bench` measured. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "../base/error.h"
#include "../base/json_fields.h"
#include "bench.h"

/* Billions of operations a second: a multiply-accumulate is two. */
static double gflops_of(const px_bench *b, int64_t macs, double us) {
    return us > 0 ? 2e-3 * (double)macs * b->batch / us : 0;
}

static double share_of(const px_bench *b, int64_t macs, double us) {
    return gflops_of(b, macs, us) / b->peak_gflops;
}

/* Time that the direct convolutions would need at the peak. */
static double direct_ms(const px_bench *b, int64_t macs) {
    return 2e-6 * (double)macs * b->batch / b->peak_gflops;
}

/* Steps of one kind that run the same way. */
typedef struct {
    const px_step_info *example;
    int count;
    int64_t macs;
    double us;
} kind_sum;

/* Networks whose steps are added up: [first, end). */
typedef struct {
    const px_bench *bench;
    int first, end;
} range;

typedef struct {
    double median_ms, min_ms;
    int64_t macs;
} total;

static total add_networks(range in) {
    total t = {0};
    for (int i = in.first; i < in.end; i++) {
        const px_bench_network *n = &in.bench->networks[i];
        t.median_ms += px_bench_median(n->times, in.bench->runs);
        t.min_ms += n->times[0];
        t.macs += n->macs;
    }
    return t;
}

static bool is_same_kind(const px_step_info *a, const px_step_info *b) {
    return strcmp(a->kind, b->kind) == 0 && strcmp(a->how, b->how) == 0;
}

/* False when an earlier step of the range is of the kind: it was told of there. */
static bool sum_kind(range in, int network, int step, kind_sum *sum) {
    *sum = (kind_sum){.example = &in.bench->networks[network].info.steps[step]};
    for (int i = in.first; i < in.end; i++) {
        const px_bench_network *n = &in.bench->networks[i];
        for (int s = 0; s < n->info.n_steps; s++) {
            if (!is_same_kind(&n->info.steps[s], sum->example))
                continue;
            if (sum->count++ == 0 && &n->info.steps[s] != sum->example)
                return false;
            sum->macs += n->info.steps[s].macs;
            sum->us += n->step_us[s];
        }
    }
    return true;
}

/* ---- table --------------------------------------------------------------------------------- */

static void print_speed(const px_bench *b, int64_t macs, double us) {
    if (macs > 0)
        printf(" %9.1f %9.1f %8.1f %5.0f%%\n", (double)macs * b->batch * 1e-6, us,
               gflops_of(b, macs, us), 100 * share_of(b, macs, us));
    else
        printf(" %9s %9.1f %8s %6s\n", "-", us, "-", "-");
}

static void print_layer(const px_bench *b, const px_step_info *info, double us) {
    const px_geometry *g = &info->geometry;
    char shape[48], window[64] = "-";
    snprintf(shape, sizeof shape, "%dx%dx%d", info->shape.h, info->shape.w, info->shape.c);
    if (info->windowed && g->stride_h == g->stride_w)
        snprintf(window, sizeof window, "%dx%d/%d", g->kernel_h, g->kernel_w, g->stride_h);
    else if (info->windowed)
        snprintf(window, sizeof window, "%dx%d/%dx%d", g->kernel_h, g->kernel_w, g->stride_h,
                 g->stride_w);
    printf("%-38s %-15s %-12s %13s %7s", info->name, info->kind, info->how, shape, window);
    print_speed(b, info->macs, us);
}

static void print_kinds(range in, const char *name) {
    kind_sum sum, all = {0};
    char title[32];
    for (int i = in.first; i < in.end; i++) {
        const px_bench_network *n = &in.bench->networks[i];
        for (int s = 0; s < n->info.n_steps; s++) {
            all.macs += n->info.steps[s].macs;
            all.us += n->step_us[s];
            if (!sum_kind(in, i, s, &sum))
                continue;
            snprintf(title, sizeof title, "x %d", sum.count);
            printf("%-38s %-15s %-12s %13s %7s", name, sum.example->kind, sum.example->how, title,
                   "");
            print_speed(in.bench, sum.macs, sum.us);
        }
    }
    printf("%-38s %-15s %-12s %13s %7s", name, "all", "", "", "");
    print_speed(in.bench, all.macs, all.us);
}

static void print_layers(const px_bench *b) {
    for (int i = 0; i < b->count; i++) {
        const px_bench_network *n = &b->networks[i];
        printf("\n%-38s %-15s %-12s %13s %7s %9s %9s %8s %6s\n", n->name, "kind", "how", "output",
               "window", "MMAC", "us", "GFLOP/s", "peak");
        for (int s = 0; s < n->info.n_steps; s++)
            print_layer(b, &n->info.steps[s], n->step_us[s]);
        print_kinds((range){b, i, i + 1}, n->name);
    }
    putchar('\n');
    print_kinds((range){b, 0, b->count}, "ensemble");
}

static void print_total(const px_bench *b, const char *name, total t) {
    printf("%-22s %10.2f %10.2f %10.0f %9.0f%% %18.2f\n", name, t.median_ms, t.min_ms,
           gflops_of(b, t.macs, t.median_ms * 1e3), 100 * share_of(b, t.macs, t.median_ms * 1e3),
           direct_ms(b, t.macs));
}

void px_bench_print_table(const px_bench *b) {
    printf("%-22s %10s %10s %10s %10s %18s\n", "network", "median ms", "min ms", "GFLOP/s",
           "of peak", "direct at peak ms");
    for (int i = 0; i < b->count; i++)
        print_total(b, b->networks[i].name, add_networks((range){b, i, i + 1}));
    print_total(b, "ensemble", add_networks((range){b, 0, b->count}));
    printf("batch %d, threads %d, kernels %s, peak %.0f GFLOP/s, memory reads %.1f GB/s, "
           "copies %.1f GB/s\n",
           b->batch, px_pool_threads(b->pool), px_cpu_tier_name(px_cpu_best()), b->peak_gflops,
           b->read_gb_s, b->copy_gb_s);
    if (b->networks[0].step_us)
        print_layers(b);
}

/* ---- JSON ---------------------------------------------------------------------------------- */

/* Work and speed, put into an object. */
static bool add_speed(json_t *json, const px_bench *b, int64_t macs, double us) {
    json_t *speed = json_pack("{s:f, s:f, s:f}", "mmac", (double)macs * b->batch * 1e-6, "gflops",
                              gflops_of(b, macs, us), "share_of_peak", share_of(b, macs, us));
    bool ok = json && speed && json_object_update(json, speed) == 0;
    json_decref(speed);
    return ok;
}

static bool add_step_speed(json_t *json, const px_bench *b, int64_t macs, double us) {
    return json && json_object_set_new(json, "median_us", json_real(us)) == 0 &&
           add_speed(json, b, macs, us);
}

static json_t *layer_to_json(const px_bench *b, const px_step_info *info, double us) {
    const px_geometry *g = &info->geometry;
    json_t *json =
        json_pack("{s:s, s:s, s:s, s:[i, i, i]}", "name", info->name, "kind", info->kind, "how",
                  info->how, "shape", info->shape.h, info->shape.w, info->shape.c);
    bool ok = json != NULL;
    if (ok && info->windowed)
        ok =
            json_object_set_new(json, "kernel", json_pack("[i, i]", g->kernel_h, g->kernel_w)) ==
                0 &&
            json_object_set_new(json, "stride", json_pack("[i, i]", g->stride_h, g->stride_w)) == 0;
    return px_json_keep_if(json, ok && add_step_speed(json, b, info->macs, us));
}

static json_t *layers_to_json(const px_bench *b, const px_bench_network *n) {
    json_t *layers = json_array();
    bool ok = layers != NULL;
    for (int s = 0; ok && s < n->info.n_steps; s++)
        ok = json_array_append_new(layers, layer_to_json(b, &n->info.steps[s], n->step_us[s])) == 0;
    return px_json_keep_if(layers, ok);
}

static json_t *kind_to_json(const px_bench *b, const kind_sum *sum) {
    json_t *json = json_pack("{s:s, s:s, s:i}", "kind", sum->example->kind, "how",
                             sum->example->how, "steps", sum->count);
    return px_json_keep_if(json, add_step_speed(json, b, sum->macs, sum->us));
}

static json_t *kinds_to_json(range in) {
    kind_sum sum;
    json_t *kinds = json_array();
    bool ok = kinds != NULL;
    for (int i = in.first; i < in.end; i++) {
        for (int s = 0; ok && s < in.bench->networks[i].info.n_steps; s++) {
            if (sum_kind(in, i, s, &sum))
                ok = json_array_append_new(kinds, kind_to_json(in.bench, &sum)) == 0;
        }
    }
    return px_json_keep_if(kinds, ok);
}

/* One network, or all. */
static json_t *total_to_json(range in) {
    const px_bench *b = in.bench;
    total t = add_networks(in);
    json_t *json = json_pack("{s:f, s:f, s:f}", "median_ms", t.median_ms, "min_ms", t.min_ms,
                             "direct_at_peak_ms", direct_ms(b, t.macs));
    bool ok = add_speed(json, b, t.macs, t.median_ms * 1e3);
    if (ok && b->networks[0].step_us)
        ok = json_object_set_new(json, "kinds", kinds_to_json(in)) == 0;
    return px_json_keep_if(json, ok);
}

static json_t *network_to_json(const px_bench *b, int index) {
    const px_bench_network *n = &b->networks[index];
    json_t *json = total_to_json((range){b, index, index + 1});
    bool ok =
        json && (!n->step_us || json_object_set_new(json, "layers", layers_to_json(b, n)) == 0);
    return px_json_keep_if(json, ok);
}

bool px_bench_print_json(const px_bench *b, px_error *err) {
    json_t *networks = json_object();
    bool ok = networks != NULL;
    for (int i = 0; ok && i < b->count; i++)
        ok = json_object_set_new(networks, b->networks[i].name, network_to_json(b, i)) == 0;
    networks = px_json_keep_if(networks, ok);
    json_t *json = json_pack("{s:o, s:o, s:f, s:f, s:f, s:s, s:i, s:i}", "networks", networks,
                             "ensemble", total_to_json((range){b, 0, b->count}), "peak_gflops",
                             b->peak_gflops, "memory_read_gb_s", b->read_gb_s, "memory_copy_gb_s",
                             b->copy_gb_s, "kernels", px_cpu_tier_name(px_cpu_best()), "threads",
                             px_pool_threads(b->pool), "batch", b->batch);
    ok = json && json_dumpf(json, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6)) == 0;
    if (ok)
        putchar('\n');
    json_decref(json);
    return ok || px_fail_memory(err);
}
