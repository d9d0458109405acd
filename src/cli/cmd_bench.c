/* perxeptron bench: how long each network takes, and the ensemble. */
#include <string.h>

#include "../base/error.h"
#include "bench.h"
#include "shared_options.h"

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
    {.name = "layers",
     .type = PX_OPT_FLAG,
     .help = "time every step of each network, too, in as many rounds again"},
    PX_OPTION_TABLE_OR_JSON,
    {0}};

static px_exit run(const px_args *args) {
    px_error err = {0};
    const char *path = px_args_text(args, "ensemble");
    if (px_args_flag(args, "layers") && px_args_int(args, "batch") > 1) {
        px_fail(&err, PX_ERR_USAGE, "--layers", "it times one image: leave --batch out");
        return px_cli_fail(&err);
    }
    px_bench b = {.runs = (int)px_args_int(args, "runs"), .batch = (int)px_args_int(args, "batch")};
    b.pool = px_pool_new((int)px_args_int(args, "threads"), &err);
    bool ok = b.pool && (path ? px_bench_load(&b, path, &err) : px_bench_build(&b, &err)) &&
              px_bench_measure_peak(&b, &err) && px_bench_measure_memory(&b, &err) &&
              px_bench_time_runs(&b, &err) &&
              (!px_args_flag(args, "layers") || px_bench_time_layers(&b, &err)) &&
              px_bench_measure_peak(&b, &err); /* again: a busy moment must not pass for it */
    if (ok && strcmp(px_args_text(args, "format"), "json") == 0)
        ok = px_bench_print_json(&b, &err);
    else if (ok)
        px_bench_print_table(&b);
    px_bench_clear(&b);
    return ok ? PX_EXIT_OK : px_cli_fail(&err);
}

const px_command px_cmd_bench = {
    .name = "bench",
    .operands = "",
    .summary = "measure the networks' speed",
    .description = "Times one run of each network and their sum, in rounds over all of them, and "
                   "prints medians and minima, the speed (a direct convolution's operations in the "
                   "median time), its share of the processors' measured peak, and the time a "
                   "direct convolution would take at that peak. Without an "
                   "ensemble, the five networks with random weights at 224 x 224 pixels.",
    .options = options,
    .run = run,
};
