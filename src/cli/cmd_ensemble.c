/* perxeptron ensemble create and show: which models vote, with what weight, and where to decide. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/error.h"
#include "../base/file.h"
#include "../base/json_fields.h"
#include "../base/memory.h"
#include "../model/model.h"
#include "../reader/ensemble_make.h"
#include "../reader/reader.h"
#include "shared_options.h"

enum { LEAST_COLUMN = 6 };

/* ---- create -------------------------------------------------------------------------------- */

static const px_option create_options[] = {
    {.name = "output",
     .letter = 'o',
     .type = PX_OPT_FILE,
     .argument = "FILE",
     .required = true,
     .help = "the ensemble file to write, in the models' folder or above it"},
    {.name = "member",
     .type = PX_OPT_TEXT,
     .argument = "MODEL[=CSV]",
     .required = true,
     .repeated = true,
     .help = "a model file, and a CSV of finding,weight (without one: 1 for each of its labels)"},
    {.name = "thresholds",
     .type = PX_OPT_FILE,
     .argument = "CSV",
     .help = "finding,threshold: a score at or above it is a positive decision"},
    {.name = "name",
     .type = PX_OPT_TEXT,
     .argument = "NAME",
     .value = "ensemble",
     .help = "name of the ensemble, shown with every result"},
    {0}};

/* "MODEL=CSV" into its two parts; a file that has '=' in its name and exists is a model. */
static char *split_member(const char *text, px_ensemble_source *source, px_error *err) {
    char *model = px_strdup(text, err);
    if (!model)
        return NULL;
    *source = (px_ensemble_source){.model = model};
    char *equals = access(text, F_OK) == 0 ? NULL : strrchr(model, '=');
    if (equals) {
        *equals = '\0';
        source->weights = equals + 1;
    }
    return model;
}

static bool create(const px_args *args, px_ensemble *ensemble, px_error *err) {
    int n = px_args_count(args, "member");
    const char *output = px_args_text(args, "output");
    px_ensemble_source *sources = px_alloc((size_t)n, sizeof *sources, err);
    char **texts = px_alloc((size_t)n, sizeof *texts, err);
    bool ok = sources && texts;
    for (int i = 0; ok && i < n; i++) {
        texts[i] = split_member(px_args_item(args, "member", i), &sources[i], err);
        ok = texts[i] != NULL;
    }
    ok = ok &&
         px_ensemble_make(sources, n, px_args_text(args, "name"), px_args_text(args, "thresholds"),
                          output, ensemble, err) &&
         px_ensemble_save(ensemble, output, err);
    for (int i = 0; texts && i < n; i++)
        free(texts[i]);
    free(texts);
    free(sources);
    return ok;
}

static px_exit run_create(const px_args *args) {
    px_error err = {0};
    px_ensemble ensemble;
    px_ensemble_init(&ensemble);
    bool ok = create(args, &ensemble, &err);
    if (ok)
        fprintf(stderr, "%s: %d member%s, %d finding%s%s\n", px_args_text(args, "output"),
                ensemble.n_members, ensemble.n_members == 1 ? "" : "s", ensemble.n_findings,
                ensemble.n_findings == 1 ? "" : "s",
                ensemble.operating_points ? "" : "; no thresholds: scores without decisions");
    px_ensemble_clear(&ensemble);
    return ok ? PX_EXIT_OK : px_cli_fail(&err);
}

const px_command px_cmd_ensemble_create = {
    .name = "ensemble create",
    .operands = "",
    .summary = "combine models into an ensemble file",
    .description =
        "An ensemble's score of a finding is the weighted average of its members' probabilities. "
        "The file names its models by paths relative to itself and carries their SHA-256, so that "
        "it always means the same networks. Findings that no member has a weight for are left "
        "out.",
    .options = create_options,
    .run = run_create};

/* ---- show ---------------------------------------------------------------------------------- */

static const px_option show_options[] = {PX_OPTION_TABLE_OR_JSON, {0}};

/* What was found where a member's file should be. */
typedef struct member_state {
    bool same; /* the recorded hash */
    px_model *model;
    px_error err;
} member_state;

static void look_at_member(const char *path, const px_ensemble_member *entry, member_state *state) {
    char hash[PX_SHA256_HEX];
    char *file = px_path_sibling(path, entry->file, &state->err);
    if (file && px_sha256_file(file, hash, &state->err)) {
        state->same = strcmp(hash, entry->sha256) == 0;
        state->model = px_model_load(file, &state->err);
    }
    free(file);
}

static const char *member_word(const member_state *state) {
    if (state->err.code != PX_OK)
        return state->err.code == PX_ERR_IO ? "missing" : "damaged";
    return state->same ? "ok" : "changed";
}

static bool all_trained(const member_state *states, int n) {
    for (int i = 0; i < n; i++) {
        if (!states[i].model || !states[i].model->trained)
            return false;
    }
    return true;
}

static int widest_text(const px_ensemble *e) {
    size_t widest = strlen("Finding");
    for (int i = 0; i < e->n_findings; i++)
        widest = strlen(e->findings[i].name) > widest ? strlen(e->findings[i].name) : widest;
    for (int i = 0; i < e->n_members; i++)
        widest = strlen(e->members[i].name) > widest ? strlen(e->members[i].name) : widest;
    return (int)widest;
}

static void print_members(const px_ensemble *e, const member_state *states, int width) {
    printf("\n%-*s  File     Trained  Input       Path\n", width, "Member");
    for (int i = 0; i < e->n_members; i++) {
        const px_model *model = states[i].model;
        char input[32] = "-";
        if (model)
            snprintf(input, sizeof input, "%d x %d", model->input.width, model->input.height);
        printf("%-*s  %-7s  %-7s  %-10s  %s\n", width, e->members[i].name, member_word(&states[i]),
               !model           ? "-"
               : model->trained ? "yes"
                                : "no",
               input, e->members[i].file);
    }
}

static int column_width(const char *name) {
    int length = (int)strlen(name);
    return length < LEAST_COLUMN ? LEAST_COLUMN : length;
}

static void print_weights(const px_ensemble *e, int width) {
    printf("\n%-*s  Threshold", width, "Finding");
    for (int i = 0; i < e->n_members; i++)
        printf("  %*s", column_width(e->members[i].name), e->members[i].name);
    printf("\n");
    for (int f = 0; f < e->n_findings; f++) {
        const px_ensemble_finding *finding = &e->findings[f];
        printf("%-*s  ", width, finding->name);
        if (finding->has_threshold)
            printf("%9.5f", finding->threshold);
        else
            printf("%9s", "-");
        for (int i = 0; i < e->n_members; i++)
            printf("  %*.1f%%", column_width(e->members[i].name) - 1,
                   100 * e->members[i].weights[f] / px_ensemble_total_weight(e, f));
        printf("\n");
    }
}

static void print_calibration(const px_ensemble *e) {
    int calibrated = 0;
    for (int f = 0; f < e->n_findings; f++)
        calibrated += e->findings[f].has_calibration;
    if (calibrated)
        printf("\nCalibration: %s, %d of %d findings.\n",
               json_string_value(json_object_get(e->calibration, "method")), calibrated,
               e->n_findings);
}

static void print_table(const px_ensemble *e, const member_state *states,
                        const px_error *measured) {
    int width = widest_text(e);
    printf("%s  (version %s)\n", e->name, e->version);
    if (!all_trained(states, e->n_members))
        printf("%s\n", PX_NOTICE_UNTRAINED);
    print_members(e, states, width);
    print_weights(e, width);
    if (!e->operating_points)
        printf("\nNo thresholds: scores without decisions.\n");
    print_calibration(e);
    if (measured->code != PX_OK)
        printf("\nWarning: %s.\n", measured->message);
}

static json_t *member_to_json(const px_ensemble *e, int index, const member_state *state) {
    const px_ensemble_member *member = &e->members[index];
    json_t *weights = json_object(), *labels = json_array();
    for (int f = 0; f < e->n_findings; f++)
        json_object_set_new(weights, e->findings[f].id,
                            json_real(member->weights[f] / px_ensemble_total_weight(e, f)));
    for (int i = 0; state->model && i < state->model->n_labels; i++)
        json_array_append_new(labels, json_string(state->model->labels[i]));
    return json_pack("{ss ss ss ss sb so so}", "name", member->name, "file", member->file, "sha256",
                     member->sha256, "state", member_word(state), "trained",
                     state->model && state->model->trained, "labels", labels, "weights", weights);
}

static json_t *finding_to_json(const px_ensemble_finding *finding) {
    json_t *object = json_pack("{ss ss}", "id", finding->id, "name", finding->name);
    if (finding->has_threshold)
        json_object_set_new(object, "threshold", json_real(finding->threshold));
    return object;
}

/* Missing memory shows as a NULL root in the end. */
static json_t *ensemble_to_json(const px_ensemble *e, const member_state *states) {
    json_t *findings = json_array(), *members = json_array();
    for (int i = 0; i < e->n_findings; i++)
        json_array_append_new(findings, finding_to_json(&e->findings[i]));
    for (int i = 0; i < e->n_members; i++)
        json_array_append_new(members, member_to_json(e, i, &states[i]));
    bool trained = all_trained(states, e->n_members);
    return json_pack("{ss ss sb ss* so so sO* sO* sO*}", "name", e->name, "version", e->version,
                     "trained", trained, "notice", trained ? NULL : PX_NOTICE_UNTRAINED, "findings",
                     findings, "members", members, "operating_points", e->operating_points,
                     "calibration", e->calibration, "card", e->card);
}

static bool print_json(const px_ensemble *e, const member_state *states, px_error *err) {
    json_t *root = ensemble_to_json(e, states);
    char *text = root ? px_json_dump_lines(root, err) : NULL;
    json_decref(root);
    if (!text)
        return px_fail_memory(err);
    puts(text);
    free(text);
    return true;
}

static px_exit show(const char *path, const px_ensemble *e, bool json, px_error *err) {
    px_error measured = {0};
    member_state *states = px_alloc((size_t)e->n_members, sizeof *states, err);
    if (!states)
        return px_cli_fail(err);
    bool good = px_ensemble_check_measured(e, &measured);
    for (int i = 0; i < e->n_members; i++) {
        look_at_member(path, &e->members[i], &states[i]);
        good = good && states[i].same && states[i].model;
    }
    bool printed = true;
    if (json)
        printed = print_json(e, states, err);
    else
        print_table(e, states, &measured);
    for (int i = 0; i < e->n_members; i++) {
        if (states[i].err.code != PX_OK)
            px_cli_fail(&states[i].err);
        px_model_unref(states[i].model);
    }
    free(states);
    if (!printed)
        return px_cli_fail(err);
    return good ? PX_EXIT_OK : PX_EXIT_INPUT;
}

static px_exit run_show(const px_args *args) {
    px_error err = {0};
    px_ensemble ensemble;
    px_ensemble_init(&ensemble);
    const char *path = px_args_operand(args, 0);
    px_exit code;
    if (px_ensemble_load(path, &ensemble, &err))
        code = show(path, &ensemble, strcmp(px_args_text(args, "format"), "json") == 0, &err);
    else
        code = px_cli_fail(&err);
    px_ensemble_clear(&ensemble);
    return code;
}

const px_command px_cmd_ensemble_show = {
    .name = "ensemble show",
    .operands = "ENSEMBLE.json",
    .least_operands = 1,
    .most_operands = 1,
    .summary = "show an ensemble's members, weights and thresholds",
    .description = "Weights are shown as shares of the vote. Every model file is hashed: a member "
                   "that is missing, damaged or not the one recorded is named, and the exit code "
                   "is 2.",
    .options = show_options,
    .run = run_show};
