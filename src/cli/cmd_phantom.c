/* perxeptron phantom: a folder of synthetic labelled radiographs. */
#include <stdio.h>
#include <string.h>

#include "../base/error.h"
#include "../base/progress.h"
#include "../phantom/phantom_set.h"
#include "shared_options.h"

static const px_option options[] = {
    {.name = "count",
     .letter = 'n',
     .type = PX_OPT_INT,
     .argument = "N",
     .value = "100",
     .least = 1,
     .most = 10000000,
     .help = "how many radiographs to draw"},
    {.name = "seed",
     .type = PX_OPT_INT,
     .argument = "N",
     .value = "1",
     .least = 0,
     .most = 9e15,
     .help = "image K of a seed is always the same, whatever the count"},
    {.name = "output",
     .letter = 'o',
     .type = PX_OPT_FILE,
     .argument = "DIR",
     .required = true,
     .help = "folder for the images, labels.csv and boxes.csv; made if missing"},
    {.name = "size",
     .type = PX_OPT_INT,
     .argument = "PIXELS",
     .value = "512",
     .least = PX_PHANTOM_LEAST_SIZE,
     .most = PX_PHANTOM_MOST_SIZE,
     .help = "width and height"},
    {.name = "format",
     .type = PX_OPT_CHOICE,
     .argument = "FORMAT",
     .value = "png",
     .choices = "png|jpeg",
     .help = "file format"},
    {.name = "depth",
     .type = PX_OPT_CHOICE,
     .argument = "BITS",
     .value = "8",
     .choices = "8|16",
     .help = "bits a pixel; 16 needs png"},
    {.name = "prevalence",
     .type = PX_OPT_REAL,
     .argument = "P",
     .value = "0.3",
     .least = 0,
     .most = 1,
     .help = "how likely each finding is, independently of the others"},
    {.name = "findings",
     .type = PX_OPT_TEXT,
     .argument = "LIST",
     .help = "draw exactly these in every image, separated by commas, or none: atelectasis, "
             "cardiomegaly, consolidation, edema, pleural_effusion"},
    PX_OPTION_THREADS,
    {0}};

static bool report(void *context, int64_t finished) {
    px_progress_add(context, finished);
    return !px_cli_interrupted();
}

static bool read_findings(const px_args *args, px_phantom_options *o, px_error *err) {
    const char *list = px_args_text(args, "findings");
    if (!list) {
        return true;
    }
    if (px_args_given(args, "prevalence")) {
        return px_fail(err, PX_ERR_USAGE, "--findings",
                       "says what every image shows; it cannot go with --prevalence");
    }
    o->chosen = true;
    return px_phantom_parse_findings(list, &o->findings, err);
}

static px_exit run(const px_args *args) {
    px_error err = {0};
    px_phantom_set set = {
        .options = px_phantom_default_options(),
        .seed = (uint64_t)px_args_int(args, "seed"),
        .count = px_args_int(args, "count"),
        .folder = px_args_text(args, "output"),
        .threads = (int)px_args_int(args, "threads"),
        .format =
            strcmp(px_args_text(args, "format"), "png") == 0 ? PX_PHANTOM_PNG : PX_PHANTOM_JPEG,
        .carry_on = report,
    };
    set.options.size = (int)px_args_int(args, "size");
    set.options.depth = strcmp(px_args_text(args, "depth"), "8") == 0 ? 8 : 16;
    set.options.prevalence = px_args_real(args, "prevalence");
    if (!read_findings(args, &set.options, &err)) {
        return px_cli_fail(&err);
    }
    px_progress *bar = px_progress_start("Drawing", "images", set.count);
    set.context = bar;
    const bool ok = px_phantom_write_set(&set, &err);
    px_progress_finish(bar);
    return ok ? PX_EXIT_OK : px_cli_fail(&err);
}

const px_command px_cmd_phantom = {
    .name = "phantom",
    .operands = "",
    .summary = "draw synthetic labelled chest radiographs",
    .description =
        "Draws frontal chest radiographs of patients who never lived, each with none, one or more "
        "of five findings, and writes what they show: labels.csv (a column of 0 or 1 for each "
        "finding) and boxes.csv (where, in pixels). They are for tests, demonstrations and checks "
        "of training: no substitute for radiographs when accuracy is measured.\n\n"
        "The same seed gives the same images. Ctrl-C stops after the images under way; the tables "
        "then tell of those that were finished.",
    .options = options,
    .run = run,
};
