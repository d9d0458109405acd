/* A training's history: rows kept, the rule that judges the last of them. */
#include "history.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"

#define LEAST_AUC 0.002  /* what counts as a change of an AUC, … */
#define LEAST_LOSS 0.005 /* … and of a loss: a share of it */

bool px_history_init(px_history *history, int n_findings, const char *const *findings,
                     px_error *err) {
    px_history made = {.n_findings = n_findings};
    bool ok = (made.findings = px_alloc((size_t)n_findings, sizeof *made.findings, err)) != NULL;
    for (int f = 0; ok && f < n_findings; f++)
        ok = (made.findings[f] = px_strdup(findings[f], err)) != NULL;
    if (ok)
        *history = made;
    else
        px_history_clear(&made);
    return ok;
}

void px_history_clear(px_history *history) {
    for (int f = 0; history->findings && f < history->n_findings; f++)
        free(history->findings[f]);
    for (int i = 0; i < history->n_rows; i++)
        free(history->rows[i].auc);
    free(history->findings);
    free(history->rows);
    *history = (px_history){0};
}

bool px_history_add(px_history *history, const px_history_row *row, px_error *err) {
    double *auc = px_alloc((size_t)history->n_findings, sizeof *auc, err);
    void *rows = history->rows;
    bool ok = auc && px_realloc(&rows, (size_t)history->n_rows + 1, sizeof *history->rows, err);
    history->rows = rows;
    if (!ok) {
        free(auc);
        return false;
    }
    if (history->n_findings > 0)
        memcpy(auc, row->auc, (size_t)history->n_findings * sizeof *auc);
    history->rows[history->n_rows] = *row;
    history->rows[history->n_rows++].auc = auc;
    return true;
}

/* ---- Trend ------------------------------------------------------------------------------------
 */

/* What is judged, as numbers of which less is better. */
static double train_loss(const px_history_row *row) {
    return row->train_loss;
}

static double valid_loss(const px_history_row *row) {
    return row->valid_loss;
}

static double missed_auc(const px_history_row *row) {
    return -row->mean_auc;
}

/* Some rows' least number and their mean; NaN where none is finite. */
typedef struct level {
    double best, mean;
} level;

static level level_of(const px_history_row *rows, int count, double (*of)(const px_history_row *)) {
    double best = NAN, sum = 0;
    int known = 0;
    for (int i = 0; i < count; i++) {
        double value = of(&rows[i]);
        if (!isfinite(value))
            continue;
        best = fmin(best, value);
        sum += value;
        known++;
    }
    return (level){best, known ? sum / known : NAN};
}

/* The epochs of the present input size. */
static const px_history_row *present(const px_history *history, int *count) {
    int first = history->n_rows > 0 ? history->n_rows - 1 : 0;
    while (first > 0 && history->rows[first - 1].size == history->rows[first].size)
        first--;
    *count = history->n_rows - first;
    return first > 0 ? history->rows + first : history->rows;
}

/* The last `patience` epochs beside those before them. */
typedef struct comparison {
    bool known, better, worse;
} comparison;

static comparison compare(const px_history *history, int patience,
                          double (*of)(const px_history_row *), double least, bool is_share) {
    int count;
    const px_history_row *rows = present(history, &count);
    if (count <= patience)
        return (comparison){0};
    level before = level_of(rows, count - patience, of);
    level last = level_of(rows + count - patience, patience, of);
    double change = is_share ? least * fabs(before.best) : least;
    return (comparison){.known = isfinite(before.best) && isfinite(last.best),
                        .better = last.best<before.best - change, .worse = last.mean> before.best +
                                  change};
}

px_trend px_history_trend(const px_history *history, int patience) {
    comparison train = compare(history, patience, train_loss, LEAST_LOSS, true);
    comparison valid = compare(history, patience, valid_loss, LEAST_LOSS, true);
    comparison auc = compare(history, patience, missed_auc, LEAST_AUC, false);
    if (!valid.known && !auc.known)
        return !train.known ? PX_TREND_EARLY : train.better ? PX_TREND_LEARNING : PX_TREND_PLATEAU;
    if (auc.better || valid.better)
        return PX_TREND_LEARNING;
    bool is_worse = valid.known ? valid.worse : auc.worse;
    return train.better && is_worse ? PX_TREND_OVERFITTING : PX_TREND_PLATEAU;
}

bool px_history_train_falls(const px_history *history, int patience) {
    return compare(history, patience, train_loss, LEAST_LOSS, true).better;
}

const px_history_row *px_history_best(const px_history *history) {
    const px_history_row *best = NULL;
    for (int i = 0; i < history->n_rows; i++) {
        const px_history_row *row = &history->rows[i];
        if (isfinite(row->mean_auc) && (!best || row->mean_auc > best->mean_auc))
            best = row;
    }
    return best;
}
