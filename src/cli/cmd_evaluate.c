/* perxeptron evaluate: how well an ensemble reads a labelled set. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/buffer.h"
#include "../base/error.h"
#include "../base/file.h"
#include "../base/memory.h"
#include "../base/pool.h"
#include "../base/progress.h"
#include "../evaluate/evaluate_table.h"
#include "../evaluate/evaluation_folder.h"
#include "../evaluate/heat_boxes.h"
#include "../evaluate/metrics_json.h"
#include "../evaluate/predict_images.h"
#include "../evaluate/predictions_csv.h"
#include "../reader/reader.h"
#include "cli.h"
#include "evaluate_print.h"
#include "evaluate_submission.h"
#include "label_options.h"
#include "shared_options.h"

static const px_option options[] = {
    PX_OPTION_ENSEMBLE,
    {.name = "output",
     .letter = 'o',
     .type = PX_OPT_FILE,
     .argument = "DIR",
     .required = true,
     .help = "folder for report.html, metrics.json, predictions.csv and plots; made if missing"},
    {.name = "predictions",
     .type = PX_OPT_FILE,
     .argument = "FILE",
     .help = "scores from a CSV file instead of an ensemble and images: path,member,finding,score, "
             "or path and a column a finding"},
    PX_OPTION_TABLE_OR_JSON,
    {.name = "submission",
     .type = PX_OPT_FILE,
     .argument = "FILE",
     .help = "also write a line a study, as the CheXpert competition takes it"},
    PX_OPTION_THREADS,
    PX_OPTION_CACHE,
    {.name = "accept-mismatch",
     .type = PX_OPT_FLAG,
     .help = "use models and thresholds although their hashes are not the recorded ones; scores "
             "are then not kept for another run"},
    PX_OPTION_LABELS,
    PX_OPTION_IMAGES,
    PX_OPTION_LABEL_FORMAT,
    PX_OPTION_LABELS_POLICY,
    PX_OPTION_BLANK_LABELS,
    PX_OPTION_VIEWS,
    PX_OPTION_COLUMN,
    {.section = "Figures",
     .name = "rounds",
     .type = PX_OPT_INT,
     .argument = "N",
     .value = "1000",
     .least = 1,
     .most = 1000000,
     .help = "rounds of the bootstrap"},
    {.name = "seed",
     .type = PX_OPT_INT,
     .argument = "N",
     .value = "1",
     .least = 0,
     .most = 9e15,
     .help = "of the bootstrap: equal seeds give equal intervals"},
    {.name = "level",
     .type = PX_OPT_REAL,
     .argument = "P",
     .value = "0.95",
     .least = 0.5,
     .most = 0.9999,
     .help = "of all intervals"},
    {.name = "prevalence",
     .type = PX_OPT_TEXT,
     .argument = "FINDING=P[,...]",
     .repeated = true,
     .help =
         "how common a finding is where the ensemble will be used: predictive values for there"},
    {.name = "subgroup",
     .type = PX_OPT_TEXT,
     .argument = "COLUMN",
     .repeated = true,
     .help = "compare groups by this column of the label table, too; sex, age and view always are"},
    {.name = "boxes",
     .type = PX_OPT_FILE,
     .argument = "FILE",
     .help = "boxes around findings, NIH's CSV or path,finding,x,y,width,height: where heat maps "
             "point is checked"},
    {.name = "iou",
     .type = PX_OPT_REAL,
     .argument = "T",
     .value = "0.5",
     .least = 0.01,
     .most = 1,
     .help = "intersection over union from which on a heat map's box counts as right"},
    {0}};

/* One run of the command. */
typedef struct evaluating {
    const px_args *args;
    px_reader *reader; /* NULL: scores from a CSV */
    px_predictions predictions;
    px_cli_labels labels;
    char labels_sha256[PX_SHA256_HEX], scores_sha256[PX_SHA256_HEX];
    px_label_table *table;
    px_image_source *source;
    px_box_table *boxes;
    px_heat_box *heat_boxes;
    int64_t n_heat_boxes;
    px_prevalence *prevalences;
    char **prevalence_texts;
    int n_prevalences, n_prevalence_texts;
    px_prediction_match match;
    px_predict_outcome outcome;
    px_evaluation evaluation;
    px_progress *progress;
} evaluating;

static void clear(evaluating *ev) {
    px_evaluation_clear(&ev->evaluation);
    px_predictions_clear(&ev->predictions);
    px_box_table_free(ev->boxes);
    free(ev->heat_boxes);
    px_image_source_free(ev->source);
    px_label_table_free(ev->table);
    px_cli_labels_clear(&ev->labels);
    for (int i = 0; i < ev->n_prevalence_texts; i++)
        free(ev->prevalence_texts[i]);
    free(ev->prevalence_texts);
    free(ev->prevalences);
    px_reader_free(ev->reader);
}

/* ---- Options -------------------------------------------------------------------------------- */

static bool add_prevalence(evaluating *ev, char *part, px_error *err) {
    char *sign = strrchr(part, '='), *end = NULL;
    const double value = sign ? strtod(sign + 1, &end) : 0;
    if (!sign || sign == part || end == sign + 1 || *end || !(value > 0 && value < 1))
        return px_fail(err, PX_ERR_USAGE, "--prevalence",
                       "\"%.60s\" is not FINDING= and a number between 0 and 1", part);
    *sign = '\0';
    void *items = ev->prevalences;
    bool ok = px_realloc(&items, (size_t)ev->n_prevalences + 1, sizeof *ev->prevalences, err);
    ev->prevalences = items;
    if (ok)
        ev->prevalences[ev->n_prevalences++] = (px_prevalence){part, value};
    return ok;
}

static bool parse_prevalences(evaluating *ev, px_error *err) {
    const int count = px_args_count(ev->args, "prevalence");
    ev->prevalence_texts = px_alloc((size_t)count, sizeof *ev->prevalence_texts, err);
    bool ok = ev->prevalence_texts != NULL;
    for (int i = 0; ok && i < count; i++) {
        char *text = px_strdup(px_args_item(ev->args, "prevalence", i), err), *rest = text;
        ok = text != NULL;
        if (ok)
            ev->prevalence_texts[ev->n_prevalence_texts++] = text;
        for (char *part; ok && (part = strsep(&rest, ","));)
            ok = add_prevalence(ev, part, err);
    }
    return ok;
}

static bool check_options(const px_args *args, px_error *err) {
    const char *predictions = px_args_text(args, "predictions");
    static const char *const no_company[] = {"ensemble", "images", "boxes", "cache"};
    for (size_t i = 0; predictions && i < sizeof no_company / sizeof *no_company; i++)
        if (px_args_given(args, no_company[i]))
            return px_fail(err, PX_ERR_USAGE, "--predictions",
                           "takes the place of images and ensemble: it cannot go with --%s",
                           no_company[i]);
    if (predictions && strcmp(predictions, "-") == 0 &&
        strcmp(px_args_text(args, "labels"), "-") == 0)
        return px_fail(err, PX_ERR_USAGE, "--predictions", "stdin cannot be both tables");
    return true;
}

/* ---- Inputs --------------------------------------------------------------------------------- */

static bool read_predictions(evaluating *ev, const char *path, px_error *err) {
    px_buffer text;
    px_buffer_init(&text, (size_t)8 << 30);
    bool ok = px_file_read(path, &text, err);
    if (ok) {
        px_sha256_bytes(text.data, text.size, ev->scores_sha256);
        ok = px_predictions_parse((const char *)text.data, text.size, &ev->predictions, err);
        if (!ok)
            px_error_add_whole(err, path);
    }
    px_buffer_clear(&text);
    return ok;
}

/* Reports tell members from the ensemble by name. */
static bool check_members(const px_ensemble *ensemble, px_error *err) {
    for (int m = 0; m < ensemble->n_members; m++)
        if (strcmp(ensemble->members[m].name, PX_PREDICTIONS_ENSEMBLE_NAME) == 0)
            return px_fail(err, PX_ERR_INPUT, ensemble->name,
                           "a member is called \"%s\", as the ensemble is in reports: name it "
                           "otherwise",
                           PX_PREDICTIONS_ENSEMBLE_NAME);
    return true;
}

static bool open_scores(evaluating *ev, px_error *err) {
    const char *path = px_args_text(ev->args, "predictions");
    if (path)
        return read_predictions(ev, path, err);
    ev->reader = px_cli_open_reader(ev->args, px_args_flag(ev->args, "accept-mismatch"), err);
    return ev->reader && check_members(px_reader_ensemble(ev->reader), err);
}

/* The label table, asked for the findings that there are scores of. */
static bool read_labels(evaluating *ev, px_error *err) {
    const px_ensemble *ensemble = ev->reader ? px_reader_ensemble(ev->reader) : NULL;
    const int n = ensemble ? ensemble->n_findings : ev->predictions.n_findings;
    const char **ids = px_alloc((size_t)n, sizeof *ids, err);
    for (int f = 0; ids && f < n; f++)
        ids[f] = ensemble ? ensemble->findings[f].id : ev->predictions.findings[f];
    if (ids) {
        ev->labels.options.findings = ids;
        ev->labels.options.n_findings = n;
        ev->table = px_cli_labels_read(ev->args, &ev->labels, ev->labels_sha256, err);
    }
    ev->labels.options.findings = NULL;
    free(ids);
    return ev->table != NULL;
}

static bool find_images(evaluating *ev, px_error *err) {
    const char *boxes = px_args_text(ev->args, "boxes");
    if (!ev->reader)
        return true;
    ev->source = px_cli_labels_find_images(ev->args, ev->table, err);
    if (!ev->source || !boxes)
        return ev->source != NULL;
    if (!px_reader_has_heat_maps(ev->reader))
        return px_fail(err, PX_ERR_UNSUPPORTED, "--boxes",
                       "a network of the ensemble has no heat maps");
    ev->boxes = px_box_table_read(boxes, ev->table, 0, err);
    return ev->boxes && px_heat_boxes_make(ev->boxes, ev->table, ev->source, &ev->heat_boxes,
                                           &ev->n_heat_boxes, err);
}

static bool claim_folder(const evaluating *ev, px_error *err) {
    char *scores = ev->reader ? px_format(err, "ensemble %s", px_reader_version(ev->reader))
                              : px_format(err, "predictions %s", ev->scores_sha256);
    bool ok = scores && px_evaluation_folder_claim(px_args_text(ev->args, "output"),
                                                   ev->labels_sha256, scores, err);
    free(scores);
    return ok;
}

static bool start(evaluating *ev, px_error *err) {
    return check_options(ev->args, err) && parse_prevalences(ev, err) &&
           px_cli_labels_parse(ev->args, &ev->labels, err) && open_scores(ev, err) &&
           read_labels(ev, err) && find_images(ev, err) && claim_folder(ev, err);
}

/* ---- Scores --------------------------------------------------------------------------------- */

static bool read_image(void *context, int64_t image, px_buffer *bytes, px_error *err) {
    const evaluating *ev = context;
    return px_image_source_read(ev->source, ev->table->rows[image].image, bytes, err);
}

static void tell(void *context, const char *text) {
    (void)context;
    fprintf(stderr, "perxeptron: %s\n", text);
}

static const char **paths_of(const px_label_table *table, px_error *err) {
    const char **paths = px_alloc((size_t)table->n_rows, sizeof *paths, err);
    for (int64_t i = 0; paths && i < table->n_rows; i++)
        paths[i] = table->rows[i].path;
    return paths;
}

/* A journal knows models by the hashes in the ensemble file: of others nothing is kept. */
static bool predict(evaluating *ev, const char *const *paths, px_error *err) {
    const bool kept = !px_args_flag(ev->args, "accept-mismatch");
    char *journal =
        px_format(err, "%s/%s", px_args_text(ev->args, "output"), PX_PREDICTIONS_JOURNAL);
    if (!journal)
        return false;
    const px_prediction_images images = {ev->table->n_rows, paths, read_image, ev};
    px_progress *progress = px_progress_start("Reading", "images", images.count);
    const px_predict_options wanted = {.heat = ev->boxes != NULL,
                                       .journal = kept ? journal : NULL,
                                       .progress = progress,
                                       .stopped = px_cli_interrupted,
                                       .tell = tell};
    bool ok = px_predict_images(ev->reader, &images, &wanted, &ev->predictions, &ev->outcome, err);
    px_progress_finish(progress);
    free(journal);
    if (ok && ev->outcome.stopped)
        return px_fail(err, PX_ERR_CANCELLED, NULL, "stopped after %lld of %lld images%s",
                       (long long)(ev->outcome.computed + ev->outcome.kept + ev->outcome.failed),
                       (long long)images.count,
                       kept ? ", which are kept: the same command goes on from there" : "");
    return ok;
}

static bool score(evaluating *ev, px_error *err) {
    const char **paths = paths_of(ev->table, err);
    bool ok = paths && (ev->reader ? predict(ev, paths, err)
                                   : px_predictions_arrange(&ev->predictions, ev->table->n_rows,
                                                            paths, &ev->match, err));
    free(paths);
    return ok;
}

/* ---- Figures -------------------------------------------------------------------------------- */

static bool carry_on(void *context, int64_t done) {
    evaluating *ev = context;
    px_progress_add(ev->progress, done);
    return !px_cli_interrupted();
}

static bool set_text(char **text, const char *value, px_error *err) {
    if (!value)
        return true;
    *text = px_strdup(value, err);
    return *text != NULL;
}

static bool describe(evaluating *ev, px_error *err) {
    px_evaluation *e = &ev->evaluation;
    const char *predictions = px_args_text(ev->args, "predictions");
    const px_prediction_match *m = &ev->match;
    e->data = px_cli_table_name(px_args_text(ev->args, "labels"), err);
    e->predictions = predictions ? px_cli_table_name(predictions, err) : NULL;
    return e->data && (!predictions || e->predictions) &&
           set_text(&e->data_sha256, ev->labels_sha256, err) &&
           set_text(&e->notice, ev->reader ? px_reader_notice(ev->reader) : NULL, err) &&
           (!ev->source || px_evaluation_add_notes(e, px_image_source_notes(ev->source), err)) &&
           (!ev->boxes || px_evaluation_add_notes(e, &ev->boxes->notes, err)) &&
           px_evaluation_add_left_out(e, "rows without predictions", m->missing - m->ambiguous,
                                      err) &&
           px_evaluation_add_left_out(e, "rows whose predictions could be of several images",
                                      m->ambiguous, err) &&
           px_evaluation_add_left_out(e, "predictions of images that are not in the label table",
                                      m->unused, err);
}

static bool measure(evaluating *ev, px_error *err) {
    const px_args *args = ev->args;
    const int n_columns = px_args_count(args, "subgroup");
    const char **columns = px_alloc((size_t)n_columns, sizeof *columns, err);
    px_pool *pool = columns ? px_pool_new((int)px_args_int(args, "threads"), err) : NULL;
    for (int i = 0; columns && i < n_columns; i++)
        columns[i] = px_args_item(args, "subgroup", i);
    const px_table_evaluation of = {
        .table = ev->table,
        .labels = &ev->labels.options,
        .predictions = &ev->predictions,
        .ensemble = ev->reader ? px_reader_ensemble(ev->reader) : NULL,
        .prevalences = ev->prevalences,
        .n_prevalences = ev->n_prevalences,
        .columns = columns,
        .n_columns = n_columns,
        .boxes = ev->heat_boxes,
        .n_boxes = ev->n_heat_boxes,
        .iou_threshold = px_args_real(args, "iou"),
        .level = px_args_real(args, "level"),
        .rounds = (int)px_args_int(args, "rounds"),
        .seed = (uint64_t)px_args_int(args, "seed"),
        .pool = pool,
        .carry_on = carry_on,
        .context = ev,
    };
    if (pool)
        ev->progress = px_progress_start("Measuring", "steps", px_table_steps(&of));
    bool ok = pool && px_evaluate_table(&of, &ev->evaluation, err) && describe(ev, err);
    px_progress_finish(ev->progress);
    px_pool_free(pool);
    free(columns);
    return ok;
}

/* ---- Output --------------------------------------------------------------------------------- */

static bool write_all(evaluating *ev, px_error *err) {
    const char *submission = px_args_text(ev->args, "submission");
    return px_evaluation_folder_write(&ev->evaluation, &ev->predictions,
                                      px_args_text(ev->args, "output"), err) &&
           (!submission ||
            px_evaluate_write_submission(ev->table, &ev->predictions, submission, err));
}

static bool print(const evaluating *ev, px_error *err) {
    const char *folder = px_args_text(ev->args, "output");
    if (strcmp(px_args_text(ev->args, "format"), "table") == 0) {
        px_evaluate_print(stdout, &ev->evaluation);
        fprintf(stderr, "perxeptron: the report is %s/report.html\n", folder);
        return true;
    }
    char *text = px_metrics_text(&ev->evaluation, err);
    if (text)
        fputs(text, stdout);
    free(text);
    return text != NULL;
}

static px_exit run(const px_args *args) {
    px_error err = {0};
    evaluating ev = {.args = args};
    px_predictions_init(&ev.predictions);
    px_evaluation_init(&ev.evaluation);
    bool ok = start(&ev, &err) && score(&ev, &err) && measure(&ev, &err) && write_all(&ev, &err) &&
              print(&ev, &err);
    px_exit code = !ok ? px_cli_fail(&err) : ev.outcome.failed > 0 ? PX_EXIT_SOME : PX_EXIT_OK;
    clear(&ev);
    return code;
}

const px_command px_cmd_evaluate = {
    .name = "evaluate",
    .operands = "",
    .summary = "measure how well an ensemble reads a labelled set",
    .description =
        "Reads every radiograph of a label table once and writes what that tells of the ensemble "
        "and each member: ROC curves, areas with intervals, rates at the ensemble's thresholds, "
        "calibration, differences between groups of patients. The folder gets report.html to show "
        "around, metrics.json for programs, predictions.csv, curves.csv, plots/ and left_out.txt, "
        "which lists what was not used. docs/evaluating.md explains every figure.\n\n"
        "Scores are kept in the folder as they come: after Ctrl-C or a crash the same command goes "
        "on from there, and with other options nothing is read twice. A folder that holds "
        "something else is refused. Images that cannot be read are named and left out; the exit "
        "code is then 3.",
    .options = options,
    .run = run};
