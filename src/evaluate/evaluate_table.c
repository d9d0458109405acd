/* A label table and scores brought into the form that is measured. */
#include "evaluate_table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "../dataset/finding_names.h"
#include "../stats/calibration.h"

enum { N_BANDS = 5, BAND_YEARS = 20 };

static const char *const bands[N_BANDS] = {"0-19", "20-39", "40-59", "60-79", "80 and above"};

/* The input of measuring, and what it borrows. */
typedef struct prepared {
    px_measure_input input;
    int *source;            /* [n_findings] index in the table and the predictions */
    int *members;           /* [n_scorers] or PX_PREDICTIONS_ENSEMBLE */
    const char **ids;       /* [n_findings] */
    const char **names;     /* [n_scorers] */
    const double **scores;  /* [n_findings, n_scorers] */
    double **probabilities; /* [n_findings] the ensemble's after calibration; NULL: it has none */
    int8_t *labels;
    double *thresholds, *prevalences; /* [n_findings] */
    int32_t *patients;
    px_measure_column *columns;
    int n_columns;
    int32_t *age_bands; /* [n] */
} prepared;

static void free_prepared(prepared *p) {
    free(p->source);
    free(p->members);
    free(p->ids);
    free(p->names);
    free(p->scores);
    for (int f = 0; p->probabilities && f < p->input.n_findings; f++)
        free(p->probabilities[f]);
    free(p->probabilities);
    free(p->labels);
    free(p->thresholds);
    free(p->prevalences);
    free(p->patients);
    free(p->columns);
    free(p->age_bands);
}

/* ---- Findings and scorers ------------------------------------------------------------------- */

static bool has_scores(const px_predictions *p, int finding) {
    for (int m = PX_PREDICTIONS_ENSEMBLE; m < p->n_members; m++)
        if (px_predictions_has(p, finding, m))
            return true;
    return false;
}

static bool choose_findings(const px_table_evaluation *of, prepared *p, px_error *err) {
    const px_label_table *table = of->table;
    const size_t most = (size_t)table->n_findings;
    p->source = px_alloc(most, sizeof *p->source, err);
    p->ids = px_alloc(most, sizeof *p->ids, err);
    if (!p->source || !p->ids)
        return false;
    for (int f = 0; f < table->n_findings; f++) {
        if (!table->has_finding[f] || !has_scores(of->predictions, f))
            continue;
        p->source[p->input.n_findings] = f;
        p->ids[p->input.n_findings++] = table->findings[f];
    }
    return p->input.n_findings > 0 ||
           px_fail(err, PX_ERR_INPUT, NULL, "no finding has both labels and scores");
}

static bool scores_anything(const px_table_evaluation *of, const prepared *p, int member) {
    for (int f = 0; f < p->input.n_findings; f++)
        if (px_predictions_has(of->predictions, p->source[f], member))
            return true;
    return false;
}

static bool choose_scorers(const px_table_evaluation *of, prepared *p, px_error *err) {
    const px_predictions *scores = of->predictions;
    const size_t most = (size_t)scores->n_members + 1;
    p->members = px_alloc(most, sizeof *p->members, err);
    p->names = px_alloc(most, sizeof *p->names, err);
    if (!p->members || !p->names)
        return false;
    for (int m = PX_PREDICTIONS_ENSEMBLE; m < scores->n_members; m++) {
        if (!scores_anything(of, p, m))
            continue;
        p->members[p->input.n_scorers] = m;
        p->names[p->input.n_scorers++] = m < 0 ? PX_PREDICTIONS_ENSEMBLE_NAME : scores->members[m];
    }
    p->input.has_ensemble = p->members[0] == PX_PREDICTIONS_ENSEMBLE;
    return true;
}

static bool collect_columns_of_scores(const px_table_evaluation *of, prepared *p, px_error *err) {
    const px_measure_input *in = &p->input;
    p->scores = px_alloc((size_t)(in->n_findings * in->n_scorers), sizeof *p->scores, err);
    for (int f = 0; p->scores && f < in->n_findings; f++)
        for (int s = 0; s < in->n_scorers; s++)
            p->scores[f * in->n_scorers + s] =
                px_predictions_column(of->predictions, p->source[f], p->members[s]);
    return p->scores != NULL;
}

static double *calibrate(const px_calibration *calibration, const double *scores, int64_t n,
                         px_error *err) {
    double *probabilities = px_alloc((size_t)n, sizeof *probabilities, err);
    for (int64_t i = 0; probabilities && i < n; i++)
        probabilities[i] = isnan(scores[i]) ? NAN : px_calibration_apply(calibration, scores[i]);
    return probabilities;
}

static bool calibrate_ensemble(const px_table_evaluation *of, prepared *p, px_error *err) {
    const px_measure_input *in = &p->input;
    p->probabilities = px_alloc((size_t)in->n_findings, sizeof *p->probabilities, err);
    if (!p->probabilities)
        return false;
    for (int f = 0; in->has_ensemble && of->ensemble && f < in->n_findings; f++) {
        const int own = px_ensemble_find(of->ensemble, p->ids[f]);
        if (own < 0 || !of->ensemble->findings[own].has_calibration)
            continue;
        p->probabilities[f] = calibrate(&of->ensemble->findings[own].calibration,
                                        p->scores[f * in->n_scorers], of->table->n_rows, err);
        if (!p->probabilities[f])
            return false;
    }
    return true;
}

/* ---- Rows ----------------------------------------------------------------------------------- */

static bool copy_rows(const px_table_evaluation *of, prepared *p, px_error *err) {
    const px_label_table *table = of->table;
    const int n_findings = p->input.n_findings;
    p->labels = px_alloc((size_t)table->n_rows, (size_t)n_findings, err);
    if (table->n_patients > 0)
        p->patients = px_alloc((size_t)table->n_rows, sizeof *p->patients, err);
    if (!p->labels || (table->n_patients > 0 && !p->patients))
        return false;
    for (int64_t i = 0; i < table->n_rows; i++) {
        for (int f = 0; f < n_findings; f++)
            p->labels[i * n_findings + f] = table->labels[i * table->n_findings + p->source[f]];
        if (p->patients)
            p->patients[i] = table->rows[i].patient;
    }
    return true;
}

static int find_id(const prepared *p, const char *name) {
    for (int f = 0; f < p->input.n_findings; f++)
        if (px_finding_same(p->ids[f], name))
            return f;
    return -1;
}

static bool look_up_numbers(const px_table_evaluation *of, prepared *p, px_error *err) {
    const size_t n = (size_t)p->input.n_findings;
    p->thresholds = px_alloc(n, sizeof *p->thresholds, err);
    p->prevalences = px_alloc(n, sizeof *p->prevalences, err);
    if (!p->thresholds || !p->prevalences)
        return false;
    for (size_t f = 0; f < n; f++) {
        const int own = of->ensemble ? px_ensemble_find(of->ensemble, p->ids[f]) : -1;
        const px_ensemble_finding *finding = own >= 0 ? &of->ensemble->findings[own] : NULL;
        p->thresholds[f] =
            finding && finding->has_threshold
                ? px_predictions_score((float)finding->threshold) /* as the reader decides */
                : NAN;
        p->prevalences[f] = NAN;
    }
    for (int i = 0; i < of->n_prevalences; i++) {
        const px_prevalence *given = &of->prevalences[i];
        const int f = find_id(p, given->finding);
        if (f < 0)
            return px_fail(err, PX_ERR_INPUT, given->finding,
                           "a prevalence is given, but there are no labels and scores");
        p->prevalences[f] = given->value;
    }
    return true;
}

/* ---- Columns that split the patients -------------------------------------------------------- */

static bool is_wanted(const px_table_evaluation *of, const px_label_column *column) {
    for (int i = 0; i < of->n_columns; i++)
        if (strcasecmp(of->columns[i], column->name) == 0)
            return true;
    return column->kind != PX_COLUMN_OTHER;
}

static bool check_wanted(const px_table_evaluation *of, px_error *err) {
    for (int i = 0; i < of->n_columns; i++) {
        char has[256] = "";
        bool found = false;
        for (int c = 0; c < of->table->n_columns; c++) {
            const size_t used = strlen(has);
            found = found || strcasecmp(of->columns[i], of->table->columns[c].name) == 0;
            snprintf(has + used, sizeof has - used, "%s%s", c ? ", " : "",
                     of->table->columns[c].name);
        }
        if (!found)
            return px_fail(err, PX_ERR_USAGE, of->columns[i],
                           "no column of the label table with at most %d different values; it has: "
                           "%s",
                           PX_LABEL_MAX_GROUPS, *has ? has : "none");
    }
    return true;
}

static bool band_ages(const px_table_evaluation *of, const px_label_column *column, prepared *p,
                      px_error *err) {
    p->age_bands = px_alloc((size_t)of->table->n_rows, sizeof *p->age_bands, err);
    for (int64_t i = 0; p->age_bands && i < of->table->n_rows; i++) {
        const float years = column->number[i];
        const int band = years >= 0 ? (int)(years / BAND_YEARS) : -1;
        p->age_bands[i] = band < N_BANDS ? band : N_BANDS - 1;
    }
    p->columns[p->n_columns++] = (px_measure_column){column->name, N_BANDS, bands, p->age_bands};
    return p->age_bands != NULL;
}

static bool choose_columns(const px_table_evaluation *of, prepared *p, px_error *err) {
    const px_label_table *table = of->table;
    p->columns = px_alloc((size_t)table->n_columns, sizeof *p->columns, err);
    bool ok = p->columns && check_wanted(of, err);
    for (int c = 0; ok && c < table->n_columns; c++) {
        const px_label_column *column = &table->columns[c];
        if (!is_wanted(of, column))
            continue;
        if (column->kind == PX_COLUMN_AGE)
            ok = band_ages(of, column, p, err);
        else
            p->columns[p->n_columns++] =
                (px_measure_column){column->name, column->n_values, column->values, column->value};
    }
    return ok;
}

static bool prepare(const px_table_evaluation *of, prepared *p, px_error *err) {
    bool ok = choose_findings(of, p, err) && choose_scorers(of, p, err) &&
              collect_columns_of_scores(of, p, err) && calibrate_ensemble(of, p, err) &&
              copy_rows(of, p, err) && look_up_numbers(of, p, err) && choose_columns(of, p, err);
    px_measure_input *in = &p->input;
    in->n = of->table->n_rows;
    in->findings = p->ids;
    in->scorers = p->names;
    in->labels = p->labels;
    in->scores = p->scores;
    in->probabilities = (const double *const *)p->probabilities;
    in->thresholds = p->thresholds;
    in->prevalences = p->prevalences;
    in->patients = p->patients;
    in->level = of->level;
    in->rounds = of->rounds;
    in->seed = of->seed;
    in->pool = of->pool;
    in->carry_on = of->carry_on;
    in->context = of->context;
    return ok;
}

/* ---- What people read ----------------------------------------------------------------------- */

static const char *policy_of(const px_label_options *options, const char *finding) {
    px_uncertain_policy policy = options->uncertain;
    for (int i = 0; i < options->n_policies; i++)
        if (px_finding_same(options->policies[i].finding, finding))
            policy = options->policies[i].uncertain;
    return policy == PX_UNCERTAIN_ZEROS ? "zeros" : policy == PX_UNCERTAIN_ONES ? "ones" : "ignore";
}

static const char *name_of(const px_table_evaluation *of, const char *id) {
    const int own = of->ensemble ? px_ensemble_find(of->ensemble, id) : -1;
    const char *title = px_finding_title(id);
    return own >= 0 ? of->ensemble->findings[own].name : title ? title : id;
}

static bool replace(char **text, const char *by, px_error *err) {
    char *copy = px_strdup(by, err);
    if (!copy)
        return false;
    free(*text);
    *text = copy;
    return true;
}

static bool describe_findings(const px_table_evaluation *of, const prepared *p, px_evaluation *e,
                              px_error *err) {
    const px_label_table *table = of->table;
    bool ok = true;
    for (int f = 0; ok && f < e->n_findings; f++) {
        px_evaluation_finding *finding = &e->findings[f];
        ok = replace(&finding->name, name_of(of, finding->id), err) &&
             replace(&finding->policy, policy_of(of->labels, finding->id), err);
        finding->blank = 0;
        for (int64_t i = 0; ok && i < table->n_rows; i++) {
            const int64_t cell = i * table->n_findings + p->source[f];
            finding->uncertain += table->uncertain[cell];
            finding->blank += table->labels[cell] == PX_LABEL_MISSING && !table->uncertain[cell];
        }
    }
    return ok;
}

bool px_table_count_scored(const px_label_table *table, const px_predictions *predictions,
                           int64_t *images, int64_t *patients, px_error *err) {
    bool *seen = px_alloc((size_t)table->n_patients, sizeof *seen, err);
    if (!seen)
        return false;
    *images = *patients = 0;
    for (int64_t i = 0; i < table->n_rows; i++) {
        const int32_t patient = table->rows[i].patient;
        if (!predictions->scored[i])
            continue;
        ++*images;
        *patients += table->n_patients > 0 && (patient < 0 || !seen[patient]);
        if (patient >= 0)
            seen[patient] = true;
    }
    free(seen);
    return true;
}

static bool describe(const px_table_evaluation *of, const prepared *p, px_evaluation *e,
                     px_error *err) {
    if (!px_table_count_scored(of->table, of->predictions, &e->images, &e->patients, err) ||
        !describe_findings(of, p, e, err) || !px_evaluation_add_notes(e, &of->table->notes, err) ||
        !px_evaluation_add_failures(e, of->predictions, err))
        return false;
    e->program = px_format(err, "perxeptron %s", px_version());
    if (!e->program || !of->ensemble)
        return e->program != NULL;
    e->ensemble_name = px_strdup(of->ensemble->name, err);
    e->ensemble_version = px_strdup(of->ensemble->version, err);
    return e->ensemble_name && e->ensemble_version;
}

/* ---- Heat maps ------------------------------------------------------------------------------ */

static bool check_heat(const px_table_evaluation *of, const prepared *p, px_evaluation *e,
                       px_error *err) {
    const int n = p->input.n_findings;
    if (!of->boxes)
        return true;
    const px_prediction_heat **heat = px_alloc((size_t)n, sizeof *heat, err);
    px_heat_box *boxes = px_alloc((size_t)of->n_boxes, sizeof *boxes, err);
    int64_t count = 0;
    for (int f = 0; heat && boxes && f < n; f++) {
        heat[f] = px_predictions_heat(of->predictions, p->source[f]);
        for (int64_t i = 0; i < of->n_boxes; i++)
            if (of->boxes[i].finding == p->source[f]) {
                boxes[count] = of->boxes[i];
                boxes[count++].finding = f;
            }
    }
    bool ok = heat && boxes && px_heat_check(heat, boxes, count, of->iou_threshold, e, err);
    free(heat);
    free(boxes);
    return ok;
}

int64_t px_table_steps(const px_table_evaluation *of) {
    const int64_t scorers = of->predictions->n_members + 1, findings = of->table->n_findings;
    return 2 * scorers + findings + findings * of->table->n_columns;
}

bool px_evaluate_table(const px_table_evaluation *of, px_evaluation *e, px_error *err) {
    prepared p = {0};
    bool ok = prepare(of, &p, err) && px_measure_scorers(&p.input, e, err) &&
              px_measure_subgroups(&p.input, p.columns, p.n_columns, e, err) &&
              check_heat(of, &p, e, err) && describe(of, &p, e, err);
    free_prepared(&p);
    return ok;
}
