/* The rows of a label table that count for a finding, with their scores. */
#include "calibrate_scores.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "../base/error.h"
#include "../base/memory.h"

static const double agreement = 1e-5; /* of scores that went through another program's CSV */

void px_calibrate_rows_clear(px_calibrate_rows *rows) {
    free(rows->block);
    free(rows->columns);
    free(rows->labels);
    free(rows->groups);
    free(rows->weights);
    *rows = (px_calibrate_rows){0};
}

/* Columns of the predictions for the ensemble's members; NULL: no score of this member. */
static void find_columns(const px_ensemble *e, int finding, const px_predictions *p,
                         const double *columns[PX_ENSEMBLE_MAX_MEMBERS]) {
    int column = px_predictions_find(p, e->findings[finding].id);
    for (int m = 0; m < e->n_members; m++) {
        int member = px_predictions_find_member(p, e->members[m].name);
        bool there = column >= 0 && member >= 0 && px_predictions_has(p, column, member);
        columns[m] = there ? px_predictions_column(p, column, member) : NULL;
    }
}

static bool mix_columns(const px_ensemble *e, int finding,
                        const double *const columns[PX_ENSEMBLE_MAX_MEMBERS], int64_t n,
                        double *mixed) {
    const double *used[PX_ENSEMBLE_MAX_MEMBERS];
    double weights[PX_ENSEMBLE_MAX_MEMBERS];
    int count = 0;
    for (int m = 0; m < e->n_members; m++) {
        if (!(e->members[m].weights[finding] > 0))
            continue;
        if (!columns[m])
            return false;
        used[count] = columns[m];
        weights[count++] = e->members[m].weights[finding];
    }
    px_predictions_mix(count, n, used, weights, mixed);
    return true;
}

/* The ensemble's score of every row, NaN for none. @return false: PX_ERR_MISMATCH. */
static bool find_ensemble(const px_ensemble *e, int finding, const px_predictions *p,
                          const double *const columns[PX_ENSEMBLE_MAX_MEMBERS], double *scores,
                          px_error *err) {
    int column = px_predictions_find(p, e->findings[finding].id);
    const double *given =
        column >= 0 ? px_predictions_column(p, column, PX_PREDICTIONS_ENSEMBLE) : NULL;
    bool mixed = mix_columns(e, finding, columns, p->n_images, scores);
    for (int64_t i = 0; i < p->n_images; i++) {
        double score = given ? given[i] : NAN;
        if (!mixed || isnan(scores[i]))
            scores[i] = score;
        else if (fabs(scores[i] - score) > agreement)
            return px_fail(err, PX_ERR_MISMATCH, p->paths[i],
                           "the ensemble's score of %s is %.7g, but its members' give %.7g with "
                           "this ensemble's weights: scores of another ensemble",
                           e->findings[finding].id, score, scores[i]);
    }
    return true;
}

static bool allocate(px_calibrate_rows *rows, int members, size_t n, px_error *err) {
    rows->block = px_alloc(((size_t)members + 1) * n, sizeof *rows->block, err);
    rows->columns = px_alloc((size_t)members, sizeof *rows->columns, err);
    rows->weights = px_alloc((size_t)members, sizeof *rows->weights, err);
    rows->labels = px_alloc(n, sizeof *rows->labels, err);
    rows->groups = px_alloc(n, sizeof *rows->groups, err);
    return rows->block && rows->columns && rows->weights && rows->labels && rows->groups;
}

/* Does a row count: with a label, a score, and all members' that weights are fitted to? */
static bool row_counts(const px_label_table *table, int finding, int64_t row, const double *scores,
                       const px_site_finding *of,
                       const double *const columns[PX_ENSEMBLE_MAX_MEMBERS]) {
    bool counts =
        table->labels[row * table->n_findings + finding] != PX_LABEL_MISSING && !isnan(scores[row]);
    for (int i = 0; counts && i < of->n_members; i++)
        counts = !isnan(columns[of->members[i]][row]);
    return counts;
}

static void fill(px_calibrate_rows *rows, const px_label_table *table, int finding,
                 const double *scores, const px_site_finding *of,
                 const double *const columns[PX_ENSEMBLE_MAX_MEMBERS]) {
    const size_t room = (size_t)table->n_rows;
    double *ensemble = rows->block + (size_t)of->n_members * room;
    size_t n = 0;
    for (int64_t row = 0; row < table->n_rows; row++) {
        if (!row_counts(table, finding, row, scores, of, columns))
            continue;
        int32_t patient = table->rows[row].patient;
        for (int i = 0; i < of->n_members; i++)
            rows->block[(size_t)i * room + n] = columns[of->members[i]][row];
        ensemble[n] = scores[row];
        rows->labels[n] = table->labels[row * table->n_findings + finding] == 1;
        rows->groups[n++] = patient >= 0 ? (uint32_t)patient : (uint32_t)(table->n_patients + row);
    }
    for (int i = 0; i < of->n_members; i++)
        rows->columns[i] = rows->block + (size_t)i * room;
    rows->site.ensemble = ensemble;
    rows->site.weights = rows->weights;
    rows->site.data = (px_weights_data){.n_members = of->n_members,
                                        .n = n,
                                        .scores = rows->columns,
                                        .labels = rows->labels,
                                        .groups = table->n_patients ? rows->groups : NULL};
}

/* Members that weights are fitted for; false with a reason where one that votes has no scores. */
static bool choose_members(const px_ensemble *e, int finding,
                           const double *const columns[PX_ENSEMBLE_MAX_MEMBERS],
                           px_site_finding *out) {
    for (int m = 0; m < e->n_members; m++) {
        if (columns[m]) {
            out->members[out->n_members++] = m;
        } else if (e->members[m].weights[finding] > 0) {
            snprintf(out->fit.reason, sizeof out->fit.reason, "no scores of the member %.100s",
                     e->members[m].name);
            return false;
        }
    }
    return true;
}

bool px_calibrate_rows_take(const px_ensemble *ensemble, int finding, const px_label_table *table,
                            const px_predictions *predictions, bool weigh, px_calibrate_rows *rows,
                            px_site_finding *out, px_error *err) {
    const double *columns[PX_ENSEMBLE_MAX_MEMBERS];
    find_columns(ensemble, finding, predictions, columns);
    if (!table->has_finding[finding]) {
        snprintf(out->fit.reason, sizeof out->fit.reason, "the label table does not have it");
        return true;
    }
    if (weigh && !choose_members(ensemble, finding, columns, out))
        return true;
    double *scores = px_alloc((size_t)table->n_rows, sizeof *scores, err);
    bool ok = scores && find_ensemble(ensemble, finding, predictions, columns, scores, err) &&
              allocate(rows, out->n_members, (size_t)table->n_rows, err);
    if (ok) {
        fill(rows, table, finding, scores, out, columns);
        for (int i = 0; i < out->n_members; i++)
            rows->weights[i] = ensemble->members[out->members[i]].weights[finding];
        rows->site.finding = &ensemble->findings[finding];
        if (rows->site.data.n == 0)
            snprintf(out->fit.reason, sizeof out->fit.reason,
                     "no image has both a label and a score");
    }
    free(scores);
    return ok;
}
