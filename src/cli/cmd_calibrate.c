/* perxeptron calibrate: operating points, calibration and weights for a site. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/error.h"
#include "../base/file.h"
#include "../base/json_fields.h"
#include "../base/memory.h"
#include "../evaluate/evaluate_table.h"
#include "../evaluate/predict_images.h"
#include "../evaluate/predictions_csv.h"
#include "../reader/ensemble_move.h"
#include "calibrate_print.h"
#include "calibrate_scores.h"
#include "label_options.h"
#include "shared_options.h"

enum { MAX_RULE = 60 }; /* bytes: it goes into the ensemble file */

static bool check_rule(const char *text, const char *subject, px_error *err);

static const px_option options[] = {
    PX_OPTION_ENSEMBLE,
    {.name = "output",
     .letter = 'o',
     .type = PX_OPT_FILE,
     .argument = "FILE",
     .required = true,
     .help = "the new ensemble file, in the models' folder or above it"},
    {.name = "copy-members",
     .type = PX_OPT_FLAG,
     .help = "put models that lie elsewhere beside the new file: as hard links, or copies"},
    {.name = "predictions",
     .type = PX_OPT_FILE,
     .argument = "CSV",
     .help = "scores of this ensemble, as `evaluate` writes them, instead of reading images: "
             "path,member,finding,score, or path and a column a finding"},
    PX_OPTION_TABLE_OR_JSON,
    PX_OPTION_THREADS,
    PX_OPTION_CACHE,
    PX_OPTION_LABELS,
    PX_OPTION_IMAGES,
    PX_OPTION_LABEL_FORMAT,
    PX_OPTION_LABELS_POLICY,
    PX_OPTION_BLANK_LABELS,
    PX_OPTION_VIEWS,
    PX_OPTION_COLUMN,
    {.section = "Fitting",
     .name = "operating-point",
     .type = PX_OPT_TEXT,
     .argument = "RULE",
     .value = "youden",
     .check = check_rule,
     .help = "where to decide: youden, f1, sensitivity=X, specificity=X (at least X, and then the "
             "best of the other), or cost=R (a miss costs as much as R false alarms)"},
    {.name = "method",
     .type = PX_OPT_CHOICE,
     .argument = "METHOD",
     .value = "platt",
     .choices = "platt|isotonic|temperature|none",
     .help = "how scores become probabilities; none: as before"},
    {.name = "weights",
     .type = PX_OPT_CHOICE,
     .argument = "HOW",
     .value = "keep",
     .choices = "keep|equal|auc|logloss",
     .help = "members' weights: as they are, equal, of the largest area under the ROC curve, or of "
             "the smallest log loss"},
    {.name = "least",
     .type = PX_OPT_INT,
     .argument = "N",
     .value = "10",
     .least = 2,
     .most = 1000000,
     .help = "patients (images, where patients are not known) with the finding and without it that "
             "there must be; a finding with fewer stays as it is"},
    {.name = "folds",
     .type = PX_OPT_INT,
     .argument = "K",
     .value = "5",
     .least = 2,
     .most = 100,
     .help = "of the cross-validation that the figures come from"},
    {.name = "seed",
     .type = PX_OPT_INT,
     .argument = "N",
     .value = "1",
     .least = 0,
     .most = 9e15,
     .help = "of everything random: equal seeds give equal files"},
    {0}};

/* One run of the command. */
typedef struct calibrating {
    const px_args *args;
    char *path; /* of the ensemble */
    px_ensemble ensemble;
    px_reader *reader; /* NULL: scores from a CSV */
    px_cli_labels labels;
    char labels_sha256[PX_SHA256_HEX];
    px_label_table *table;
    px_image_source *source;
    px_predictions predictions;
    px_predict_outcome outcome;
    px_site_plan plan;
    px_site_origin origin;
    char *data;                /* the origin's */
    px_site_finding *findings; /* [ensemble.n_findings] */
    int fitted;                /* of these */
} calibrating;

static void clear(calibrating *c) {
    for (int f = 0; c->findings && f < c->ensemble.n_findings; f++)
        px_site_fit_clear(&c->findings[f].fit);
    free(c->findings);
    free(c->data);
    px_predictions_clear(&c->predictions);
    px_image_source_free(c->source);
    px_label_table_free(c->table);
    px_cli_labels_clear(&c->labels);
    px_reader_free(c->reader);
    px_ensemble_clear(&c->ensemble);
    free(c->path);
}

static void tell(void *context, const char *text) {
    (void)context;
    fprintf(stderr, "perxeptron: %s\n", text);
}

/* ---- Options ----------------------------------------------------------------------------------
 */

static bool parse_rule(const char *text, px_operating_rule *rule) {
    static const char *const names[] = {"youden", "sensitivity", "specificity", "cost", "f1"};
    static const px_operating_rule_kind kinds[] = {PX_OPERATING_YOUDEN, PX_OPERATING_SENSITIVITY,
                                                   PX_OPERATING_SPECIFICITY, PX_OPERATING_COST,
                                                   PX_OPERATING_F1};
    const char *sign = strchr(text, '=');
    size_t length = sign ? (size_t)(sign - text) : strlen(text), kind = 0;
    while (kind < 5 && (strlen(names[kind]) != length || strncmp(names[kind], text, length) != 0))
        kind++;
    bool has_value = kind >= 1 && kind <= 3;
    if (kind == 5 || has_value != (sign != NULL))
        return false;
    char *end = NULL;
    double value = sign ? strtod(sign + 1, &end) : 0;
    if (sign && (end == sign + 1 || *end || !(value > 0 && value <= (kind == 3 ? 1e6 : 1))))
        return false;
    *rule = (px_operating_rule){
        .kind = kinds[kind], .target = value, .cost_fp = 1, .cost_fn = value, .prevalence = NAN};
    return true;
}

static bool check_rule(const char *text, const char *subject, px_error *err) {
    px_operating_rule rule;
    return (strlen(text) <= MAX_RULE && parse_rule(text, &rule)) ||
           px_fail(
               err, PX_ERR_USAGE, subject,
               "\"%.60s\" is not youden, f1, sensitivity=X or specificity=X with X from 0 to 1, "
               "or cost=R with R up to 1000000",
               text);
}

static void read_plan(calibrating *c) {
    const px_args *args = c->args;
    const char *method = px_args_text(args, "method"), *weights = px_args_text(args, "weights");
    c->plan =
        (px_site_plan){.fit_weights = strcmp(weights, "keep") != 0,
                       .weights = strcmp(weights, "auc") == 0       ? PX_WEIGHTS_AUC
                                  : strcmp(weights, "logloss") == 0 ? PX_WEIGHTS_LOGLOSS
                                                                    : PX_WEIGHTS_EQUAL,
                       .calibrate = strcmp(method, "none") != 0,
                       .method = strcmp(method, "isotonic") == 0      ? PX_CALIBRATION_ISOTONIC
                                 : strcmp(method, "temperature") == 0 ? PX_CALIBRATION_TEMPERATURE
                                                                      : PX_CALIBRATION_PLATT,
                       .least = (size_t)px_args_int(args, "least"),
                       .folds = (int)px_args_int(args, "folds"),
                       .seed = (uint64_t)px_args_int(args, "seed")};
    c->origin.rule = px_args_text(args, "operating-point");
    parse_rule(c->origin.rule, &c->plan.rule); /* it was checked */
}

static bool same_file(const char *a, const char *b) {
    struct stat x, y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static bool check_company(const px_args *args, px_error *err) {
    const char *predictions = px_args_text(args, "predictions");
    if (predictions && px_args_given(args, "images"))
        return px_fail(err, PX_ERR_USAGE, "--predictions",
                       "takes the place of reading images: it cannot go with --images");
    if (predictions && strcmp(predictions, "-") == 0 &&
        strcmp(px_args_text(args, "labels"), "-") == 0)
        return px_fail(err, PX_ERR_USAGE, "--predictions", "stdin cannot be both tables");
    return true;
}

/* Nothing that is read is written over. */
static bool check_overwriting(const calibrating *c, const px_ensemble *e, const char *output,
                              px_error *err) {
    static const char *const tables[] = {"labels", "predictions"};
    bool is_input = false;
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        const char *table = px_args_text(c->args, tables[i]);
        is_input = is_input || (table && same_file(table, output));
    }
    for (int m = 0; m < e->n_members; m++) {
        char *model = px_path_sibling(c->path, e->members[m].file, err);
        if (!model)
            return false;
        is_input = is_input || same_file(model, output);
        free(model);
    }
    return !is_input || px_fail(err, PX_ERR_USAGE, output,
                                "that is a table or a model that is read: choose another name");
}

/* What would fail at the end is found before the images are read. */
static bool check_output(calibrating *c, px_error *err) {
    const char *output = px_args_text(c->args, "output");
    px_ensemble trial;
    px_ensemble_init(&trial);
    if (strcmp(output, "-") == 0)
        return px_fail(err, PX_ERR_USAGE, "--output", "an ensemble file lies beside its models");
    if (same_file(c->path, output))
        return px_fail(err, PX_ERR_USAGE, output,
                       "that is the ensemble itself: choose another name, so that the old one "
                       "stays");
    px_error failure = {0};
    bool ok = px_ensemble_load(c->path, &trial, err) && check_overwriting(c, &trial, output, err);
    if (ok && !px_ensemble_move(&trial, c->path, output, false, &failure)) {
        if (failure.code != PX_ERR_USAGE)
            ok = px_fail(err, failure.code, failure.subject, "%s", failure.message);
        else if (!px_args_flag(c->args, "copy-members"))
            ok =
                px_fail(err, failure.code, failure.subject, "%s (--copy-members)", failure.message);
    }
    px_ensemble_clear(&trial);
    return ok;
}

/* ---- Inputs -----------------------------------------------------------------------------------
 */

static bool open_ensemble(calibrating *c, px_error *err) {
    const char *named = px_args_text(c->args, "ensemble");
    c->path = named ? px_strdup(named, err) : px_reader_default_path(err);
    return c->path && px_ensemble_load(c->path, &c->ensemble, err) && check_output(c, err) &&
           px_ensemble_check_measured(&c->ensemble, err);
}

static bool read_labels(calibrating *c, px_error *err) {
    const px_ensemble *e = &c->ensemble;
    const char **ids = px_alloc((size_t)e->n_findings, sizeof *ids, err);
    for (int f = 0; ids && f < e->n_findings; f++)
        ids[f] = e->findings[f].id;
    if (ids) {
        c->labels.options.findings = ids;
        c->labels.options.n_findings = e->n_findings;
        c->table = px_cli_labels_read(c->args, &c->labels, c->labels_sha256, err);
        c->labels.options.findings = NULL;
    }
    free(ids);
    return c->table != NULL;
}

static void print_notes(const px_notes *notes) {
    px_buffer text;
    px_buffer_init(&text, 1 << 20);
    if (px_notes_print(notes, &text, NULL) && text.size > 0)
        fprintf(stderr, "%s", (const char *)text.data);
    px_buffer_clear(&text);
}

static bool read_image(void *context, int64_t image, px_buffer *bytes, px_error *err) {
    const calibrating *c = context;
    return px_image_source_read(c->source, c->table->rows[image].image, bytes, err);
}

/* The journal lies beside the output until that is written. */
static char *journal_path(const calibrating *c, px_error *err) {
    return px_format(err, "%s.journal", px_args_text(c->args, "output"));
}

static bool predict(calibrating *c, const char *const *paths, px_error *err) {
    const px_prediction_images images = {c->table->n_rows, paths, read_image, c};
    char *journal = journal_path(c, err);
    if (!journal)
        return false;
    px_progress *progress = px_progress_start("Reading", "images", images.count);
    const px_predict_options wanted = {
        .journal = journal, .progress = progress, .stopped = px_cli_interrupted, .tell = tell};
    bool ok = px_predict_images(c->reader, &images, &wanted, &c->predictions, &c->outcome, err);
    px_progress_finish(progress);
    free(journal);
    if (ok && c->outcome.stopped)
        return px_fail(err, PX_ERR_CANCELLED, NULL,
                       "stopped after %lld of %lld images, which are kept: the same command goes "
                       "on from there",
                       (long long)(c->outcome.computed + c->outcome.kept + c->outcome.failed),
                       (long long)images.count);
    return ok;
}

static bool take_predictions(calibrating *c, const char *const *paths, px_error *err) {
    px_prediction_match match;
    if (!px_predictions_read(px_args_text(c->args, "predictions"), &c->predictions, err) ||
        !px_predictions_arrange(&c->predictions, c->table->n_rows, paths, &match, err))
        return false;
    if (match.missing)
        fprintf(stderr, "perxeptron: %lld rows of the label table have no scores%s\n",
                (long long)match.missing,
                match.ambiguous ? ", some because several paths could be meant" : "");
    if (match.unused)
        fprintf(stderr, "perxeptron: %lld images with scores are not in the label table\n",
                (long long)match.unused);
    return true;
}

static bool read_scores(calibrating *c, px_error *err) {
    bool from_csv = px_args_text(c->args, "predictions") != NULL;
    if (!from_csv) {
        c->reader = px_cli_open_reader(c->args, false, err);
        c->source = c->reader ? px_cli_labels_find_images(c->args, c->table, err) : NULL;
        if (!c->source)
            return false;
    }
    print_notes(&c->table->notes);
    if (c->reader && px_reader_notice(c->reader))
        fprintf(stderr, "perxeptron: %s\n", px_reader_notice(c->reader));
    const char **paths = px_alloc((size_t)c->table->n_rows, sizeof *paths, err);
    for (int64_t i = 0; paths && i < c->table->n_rows; i++)
        paths[i] = c->table->rows[i].path;
    bool ok = paths && (from_csv ? take_predictions(c, paths, err) : predict(c, paths, err));
    free(paths);
    return ok;
}

/* ---- Fitting ----------------------------------------------------------------------------------
 */

static bool name_origin(calibrating *c, px_error *err) {
    c->data = px_cli_table_name(px_args_text(c->args, "labels"), err);
    if (!c->data)
        return false;
    c->origin.data = c->data;
    c->origin.sha256 = c->labels_sha256;
    return px_table_count_scored(c->table, &c->predictions, &c->origin.images, &c->origin.patients,
                                 err);
}

static bool fit_finding(calibrating *c, int finding, px_error *err) {
    px_calibrate_rows rows = {0};
    px_site_finding *out = &c->findings[finding];
    bool ok = px_calibrate_rows_take(&c->ensemble, finding, c->table, &c->predictions,
                                     c->plan.fit_weights, &rows, out, err) &&
              (out->fit.reason[0] || px_site_fit_finding(&rows.site, &c->plan, &out->fit, err));
    px_calibrate_rows_clear(&rows);
    return ok;
}

static bool fit(calibrating *c, px_error *err) {
    const int n = c->ensemble.n_findings;
    c->findings = px_alloc((size_t)n, sizeof *c->findings, err);
    bool ok = c->findings && name_origin(c, err);
    px_progress *progress = ok ? px_progress_start("Fitting", "findings", n) : NULL;
    for (int f = 0; ok && f < n; f++) {
        ok = fit_finding(c, f, err);
        c->fitted += ok && px_site_is_fitted(&c->findings[f]);
        px_progress_add(progress, 1);
        if (ok && px_cli_interrupted())
            ok = px_fail(err, PX_ERR_CANCELLED, NULL, "stopped: nothing was written");
    }
    px_progress_finish(progress);
    return ok;
}

/* ---- Output -----------------------------------------------------------------------------------
 */

static json_t *make_result(const calibrating *c, px_error *err) {
    json_t *result = px_site_to_json(&c->ensemble, c->findings, &c->plan, &c->origin, err);
    if (result && json_object_set_new(result, "ensemble",
                                      json_pack("{ss ss}", "name", c->ensemble.name, "version",
                                                c->ensemble.version)) == 0)
        return result;
    json_decref(result);
    px_fail_memory(err);
    return NULL;
}

static bool print(const calibrating *c, const json_t *result, px_error *err) {
    if (strcmp(px_args_text(c->args, "format"), "table") == 0) {
        px_calibrate_print(stdout, &c->ensemble, c->findings, &c->plan, &c->origin);
        return true;
    }
    char *text = px_json_dump_lines(result, err);
    if (text)
        puts(text);
    free(text);
    return text != NULL;
}

static bool save(calibrating *c, json_t *result, px_error *err) {
    const char *output = px_args_text(c->args, "output");
    bool ok = px_site_apply(&c->ensemble, c->findings, &c->plan, &c->origin, result, err) &&
              px_ensemble_move(&c->ensemble, c->path, output, px_args_flag(c->args, "copy-members"),
                               err) &&
              px_ensemble_save(&c->ensemble, output, err);
    char *journal = ok ? journal_path(c, err) : NULL;
    if (journal && c->reader)
        unlink(journal);
    free(journal);
    if (ok)
        fprintf(stderr, "perxeptron: %s: %d of %d findings are new\n", output, c->fitted,
                c->ensemble.n_findings);
    return ok;
}

/* The table is printed in any case: it says why nothing could be fitted. */
static bool finish(calibrating *c, px_error *err) {
    json_t *result = make_result(c, err);
    bool ok = result && print(c, result, err);
    if (ok && c->fitted == 0)
        ok = px_fail(err, PX_ERR_INPUT, c->data, "no finding could be fitted: nothing was written");
    ok = ok && save(c, result, err);
    json_decref(result);
    return ok;
}

static px_exit run(const px_args *args) {
    px_error err = {0};
    calibrating c = {.args = args};
    px_ensemble_init(&c.ensemble);
    px_predictions_init(&c.predictions);
    read_plan(&c);
    bool ok = check_company(args, &err) && px_cli_labels_parse(args, &c.labels, &err) &&
              open_ensemble(&c, &err) && read_labels(&c, &err) && read_scores(&c, &err) &&
              fit(&c, &err) && finish(&c, &err);
    px_exit code = !ok ? px_cli_fail(&err) : PX_EXIT_OK;
    if (ok && (c.outcome.failed > 0 || c.fitted < c.ensemble.n_findings))
        code = PX_EXIT_SOME;
    clear(&c);
    return code;
}

const px_command px_cmd_calibrate = {
    .name = "calibrate",
    .operands = "",
    .summary = "fit an ensemble's decisions and probabilities to a site's own radiographs",
    .description =
        "Reads the radiographs of a label table and writes a new ensemble file with operating "
        "points, calibration and, when asked, weights that are made for them; the old file stays "
        "as "
        "it is. The table on stdout compares before and after. The figures after are "
        "cross-validated: each image is judged by a fit that has not seen it or any other image of "
        "its patient.\n\n"
        "A finding with too few patients who have it, or too few who do not, stays as it was, with "
        "the reason, and the exit code is 3; when that is so for all of them nothing is written "
        "and "
        "the exit code is 2. Scores are kept beside the new file as they come: after Ctrl-C or a "
        "crash the same command goes on from there. docs/calibrating.md says how to choose.",
    .options = options,
    .run = run};
