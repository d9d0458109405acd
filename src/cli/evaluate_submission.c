/* Studies and their titles for a submission file. */
#include "evaluate_submission.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "../dataset/finding_names.h"
#include "../evaluate/submission.h"

/* What a submission borrows. */
typedef struct parts {
    const char **studies; /* [n] */
    char **folders;       /* [n] those that were made here */
    const char **titles;
    const double **scores;
    int n_findings;
} parts;

static bool make_parts(parts *p, const px_label_table *table, px_error *err) {
    const size_t n = (size_t)table->n_rows, findings = (size_t)table->n_findings;
    p->studies = px_alloc(n, sizeof *p->studies, err);
    p->folders = px_alloc(n, sizeof *p->folders, err);
    p->titles = px_alloc(findings, sizeof *p->titles, err);
    p->scores = px_alloc(findings, sizeof *p->scores, err);
    return p->studies && p->folders && p->titles && p->scores;
}

static void free_parts(parts *p, int64_t n) {
    for (int64_t i = 0; p->folders && i < n; i++)
        free(p->folders[i]);
    free(p->folders);
    free(p->studies);
    free(p->titles);
    free(p->scores);
}

static bool name_studies(parts *p, const px_label_table *table, px_error *err) {
    for (int64_t i = 0; i < table->n_rows; i++) {
        const px_label_row *row = &table->rows[i];
        const char *slash = strrchr(row->path, '/');
        if (row->study >= 0)
            p->studies[i] = table->studies[row->study];
        else if (!slash)
            p->studies[i] = row->path;
        else {
            p->folders[i] = px_format(err, "%.*s", (int)(slash - row->path), row->path);
            if (!p->folders[i])
                return false;
            p->studies[i] = p->folders[i];
        }
    }
    return true;
}

static bool choose_findings(parts *p, const px_label_table *table, const px_predictions *scores,
                            px_error *err) {
    for (int f = 0; f < table->n_findings; f++) {
        if (!px_predictions_has(scores, f, PX_PREDICTIONS_ENSEMBLE))
            continue;
        const char *title = px_finding_title(table->findings[f]);
        p->titles[p->n_findings] = title ? title : table->findings[f];
        p->scores[p->n_findings++] = px_predictions_column(scores, f, PX_PREDICTIONS_ENSEMBLE);
    }
    return p->n_findings > 0 ||
           px_fail(err, PX_ERR_INPUT, "--submission", "there are no scores of an ensemble");
}

bool px_evaluate_write_submission(const px_label_table *table, const px_predictions *predictions,
                                  const char *path, px_error *err) {
    parts p = {0};
    int64_t written = 0, left_out = 0;
    bool ok = make_parts(&p, table, err) && name_studies(&p, table, err) &&
              choose_findings(&p, table, predictions, err);
    const px_submission submission = {table->n_rows, p.studies, p.n_findings, p.titles, p.scores};
    ok = ok && px_submission_write(&submission, path, &written, &left_out, err);
    if (ok && left_out > 0)
        fprintf(stderr, "perxeptron: %s: %lld studies; left out %lld without a score\n", path,
                (long long)written, (long long)left_out);
    free_parts(&p, table->n_rows);
    return ok;
}
