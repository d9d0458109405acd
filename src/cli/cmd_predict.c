/* perxeptron predict: radiographs in, findings and heat maps out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/file.h"
#include "../base/progress.h"
#include "../base/sha256.h"
#include "../image/image.h"
#include "../reader/npy.h"
#include "../reader/reader.h"
#include "cli.h"
#include "predict_heatmaps.h"
#include "predict_inputs.h"
#include "predict_reports.h"
#include "predict_results.h"
#include "shared_options.h"

enum { MAX_INPUT_BYTES = 256 << 20 };

static const px_option options[] = {
    PX_OPTION_ENSEMBLE,
    {.name = "format",
     .type = PX_OPT_CHOICE,
     .argument = "FORMAT",
     .value = "table",
     .choices = "table|json|ndjson|csv",
     .help = "how to print results; ndjson and csv are printed one by one as they come"},
    {.name = "output",
     .letter = 'o',
     .type = PX_OPT_FILE,
     .argument = "FILE",
     .help = "write results there instead of stdout"},
    {.name = "heatmaps",
     .type = PX_OPT_FILE,
     .argument = "DIR",
     .help = "write an overlay a finding, DIR/NAME_FINDING.jpg; JSON gets each heat map's numbers"},
    {.name = "opacity",
     .type = PX_OPT_REAL,
     .argument = "A",
     .value = "0.5",
     .least = 0,
     .most = 1,
     .help = "of the heat map over the radiograph"},
    {.name = "report",
     .type = PX_OPT_FILE,
     .argument = "DIR",
     .help =
         "write a report on each radiograph, DIR/NAME.pdf: one page with pictures and findings"},
    PX_OPTION_THREADS,
    PX_OPTION_CACHE,
    {.name = "verbose",
     .letter = 'v',
     .type = PX_OPT_FLAG,
     .help = "say on stderr whether packed weights were in the cache"},
    {.name = "accept-mismatch",
     .type = PX_OPT_FLAG,
     .help = "use models and thresholds although their hashes are not the recorded ones"},
    {0}};

/* One run of the command. */
typedef struct predicting {
    px_reader *reader;
    px_results results;
    px_heatmap_folder overlays;
    px_report_folder reports;
    bool heat_maps;
    px_progress *progress;
    int64_t done, failed, skipped;
} predicting;

/* What one file holds. */
typedef struct content {
    px_buffer bytes;
    px_image image; /* for tensors: made when a picture is wanted */
    float *tensor;
    int side;
} content;

static void clear_content(content *c) {
    px_buffer_clear(&c->bytes);
    px_image_clear(&c->image);
    free(c->tensor);
}

/* Does the file begin as an image or a tensor does? One that cannot be opened is left to the
 * reader's error. */
static bool looks_readable(const char *path) {
    uint8_t head[8];
    FILE *file = fopen(path, "rbe");
    if (!file)
        return true;
    size_t size = fread(head, 1, sizeof head, file);
    fclose(file);
    return px_image_media_type(head, size) || px_npy_recognise(head, size);
}

static bool wants_pictures(const predicting *p) {
    return p->overlays.path || p->reports.path;
}

static bool decode(const predicting *p, content *c, px_error *err) {
    if (!px_npy_recognise(c->bytes.data, c->bytes.size))
        return px_image_decode(c->bytes.data, c->bytes.size, NULL, &c->image, err);
    return px_npy_parse(c->bytes.data, c->bytes.size, &c->tensor, &c->side, err) &&
           (!wants_pictures(p) || px_heatmap_tensor_image(c->tensor, c->side, &c->image, err));
}

static px_reading *read_content(const predicting *p, content *c, px_error *err) {
    const px_read_options wanted = {.heat_maps = p->heat_maps,
                                    .heat_side = wants_pictures(p) ? 0 : PX_READER_HEAT_SIDE};
    if (!decode(p, c, err))
        return NULL;
    px_reading *reading = c->tensor
                              ? px_reader_read_tensor(p->reader, c->tensor, c->side, &wanted, err)
                              : px_reader_read_image(p->reader, &c->image, &wanted, err);
    if (reading)
        px_sha256_bytes(c->bytes.data, c->bytes.size, reading->sha256);
    return reading;
}

/* Pictures, report and the result; a failure here is the environment's and ends the run. */
static bool write_result(predicting *p, const char *file, const content *c,
                         const px_reading *reading, px_error *err) {
    json_t *paths = NULL;
    bool ok = !p->overlays.path ||
              px_heatmap_folder_write(&p->overlays, file, &c->image, reading, &paths, err);
    ok = ok && (!p->reports.path ||
                px_report_folder_write(&p->reports, file, &c->image, p->reader, reading, err));
    px_progress_hide(p->progress);
    ok = ok && px_results_add(&p->results, file, reading, paths, err);
    json_decref(paths);
    p->done += ok;
    return ok;
}

static bool write_failure(predicting *p, const char *file, const px_error *failure, px_error *err) {
    px_error named = *failure;
    px_error_add_whole(&named, file);
    p->failed++;
    px_progress_hide(p->progress);
    px_cli_fail(&named);
    return px_results_add_failure(&p->results, file, &named, err);
}

static bool predict_file(predicting *p, const px_predict_input *input, px_error *err) {
    if (input->found && !looks_readable(input->path)) {
        p->skipped++;
        return true;
    }
    px_error failure = {0};
    px_reading *reading = NULL;
    content c = {0};
    px_buffer_init(&c.bytes, MAX_INPUT_BYTES);
    px_image_init(&c.image);
    if (px_file_read(input->path, &c.bytes, &failure))
        reading = read_content(p, &c, &failure);
    bool ok = reading ? write_result(p, input->path, &c, reading, err)
                      : write_failure(p, input->path, &failure, err);
    px_reading_free(reading);
    clear_content(&c);
    return ok;
}

static bool predict_all(predicting *p, const px_predict_inputs *inputs, px_error *err) {
    bool ok = true;
    if (inputs->count > 1)
        p->progress = px_progress_start("Reading", "images", inputs->count);
    for (int64_t i = 0; ok && i < inputs->count && !px_cli_interrupted(); i++) {
        ok = predict_file(p, &inputs->items[i], err);
        px_progress_add(p->progress, 1);
    }
    px_progress_finish(p->progress);
    p->progress = NULL;
    return ok;
}

/* Everything that may fail before the first radiograph is read. */
static bool start(predicting *p, const px_args *args, px_predict_inputs *inputs, px_error *err) {
    const char *overlays = px_args_text(args, "heatmaps"), *reports = px_args_text(args, "report");
    px_results_format format = px_results_format_of(px_args_text(args, "format"));
    for (int i = 0; i < px_args_operands(args); i++) {
        if (!px_predict_inputs_add(inputs, px_args_operand(args, i), err))
            return false;
    }
    if (inputs->count == 0)
        return px_fail(err, PX_ERR_INPUT, px_args_operand(args, 0), "no files in it");
    if (overlays &&
        !px_heatmap_folder_open(&p->overlays, overlays, (float)px_args_real(args, "opacity"), err))
        return false;
    if (reports &&
        !px_report_folder_open(&p->reports, reports, (float)px_args_real(args, "opacity"), err))
        return false;
    p->reader = px_cli_open_reader(args, px_args_flag(args, "accept-mismatch"), err);
    if (!p->reader)
        return false;
    if (px_args_flag(args, "verbose"))
        fprintf(stderr, "perxeptron: %s\n", px_reader_cache_note(p->reader));
    bool json = format == PX_RESULTS_JSON || format == PX_RESULTS_NDJSON;
    p->heat_maps = overlays || ((json || reports) && px_reader_has_heat_maps(p->reader));
    return px_results_open(&p->results, format, p->reader, px_args_text(args, "output"), err);
}

static px_exit summarise(const predicting *p, const px_predict_inputs *inputs, bool csv) {
    int64_t seen = p->done + p->failed + p->skipped;
    const char *notice = px_reader_notice(p->reader);
    if (csv && notice)
        fprintf(stderr, "perxeptron: %s\n", notice);
    if (p->skipped)
        fprintf(stderr, "perxeptron: skipped %lld file%s: no PNG, JPEG or .npy\n",
                (long long)p->skipped, p->skipped == 1 ? "" : "s");
    if (seen < inputs->count)
        fprintf(stderr, "perxeptron: stopped after %lld of %lld files\n", (long long)seen,
                (long long)inputs->count);
    if (seen < inputs->count || (p->failed && p->done))
        return PX_EXIT_SOME;
    if (p->done == 0 && !p->failed)
        fprintf(stderr, "perxeptron: no images among the files\n");
    return p->done ? PX_EXIT_OK : PX_EXIT_INPUT;
}

static px_exit run(const px_args *args) {
    px_error err = {0};
    predicting p = {0};
    px_predict_inputs inputs = {0};
    px_exit code;
    if (!start(&p, args, &inputs, &err)) {
        code = px_cli_fail(&err);
    } else {
        bool ok = predict_all(&p, &inputs, &err);
        ok = px_results_close(&p.results, &err) && ok; /* what is finished is kept */
        code = ok ? summarise(&p, &inputs, p.results.format == PX_RESULTS_CSV) : px_cli_fail(&err);
    }
    px_report_folder_close(&p.reports);
    px_heatmap_folder_close(&p.overlays);
    px_predict_inputs_clear(&inputs);
    px_reader_free(p.reader);
    return code;
}

const px_command px_cmd_predict = {
    .name = "predict",
    .operands = "FILE|DIR|LIST.txt...",
    .least_operands = 1,
    .most_operands = -1,
    .summary = "read radiographs: findings, scores, decisions, heat maps",
    .description =
        "Reads PNG and JPEG files, recognised by content, and .npy tensors (float32 [S, S, 3], "
        "scaled already). A folder stands for the images in it and below, in order of name; "
        "other files there are skipped. A .txt file lists one path a line; - is an image on "
        "stdin.\n\n"
        "A finding's score is the weighted average of the members' probabilities; the decision is "
        "positive when the score is at or above the threshold. A file that cannot be read is "
        "named and the others are read; the exit code is then 3, or 2 when none could be read. "
        "Results do not depend on the number of threads. Ctrl-C stops and keeps the results so "
        "far.",
    .options = options,
    .run = run};
