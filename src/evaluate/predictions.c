/* Tables of scores: life, columns, and the exact arithmetic of scores. */
#include "predictions.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "../dataset/finding_names.h"

void px_predictions_init(px_predictions *predictions) {
    *predictions = (px_predictions){0};
}

static void free_names(char **names, int64_t count) {
    for (int64_t i = 0; names && i < count; i++)
        free(names[i]);
    free(names);
}

void px_predictions_clear(px_predictions *predictions) {
    free_names(predictions->paths, predictions->n_images);
    free_names(predictions->findings, predictions->n_findings);
    free_names(predictions->members, predictions->n_members);
    free(predictions->scores);
    free(predictions->scored);
    free(predictions->heat);
    free(predictions->failures);
    px_predictions_init(predictions);
}

static char **copy_names(const char *const *names, int64_t count, px_error *err) {
    char **copy = px_alloc((size_t)count, sizeof *copy, err);
    for (int64_t i = 0; copy && i < count; i++) {
        copy[i] = px_strdup(names[i], err);
        if (!copy[i]) {
            free_names(copy, i);
            return NULL;
        }
    }
    return copy;
}

static bool check_counts(int64_t images, int findings, int members, px_error *err) {
    if (images < 0 || images > PX_PREDICTIONS_MAX_IMAGES)
        return px_fail(err, PX_ERR_LIMIT, NULL, "%lld images: at most %d are possible",
                       (long long)images, PX_PREDICTIONS_MAX_IMAGES);
    if (findings < 0 || findings > PX_ENSEMBLE_MAX_FINDINGS)
        return px_fail(err, PX_ERR_LIMIT, NULL, "%d findings: at most %d are possible", findings,
                       PX_ENSEMBLE_MAX_FINDINGS);
    if (members < 0 || members > PX_ENSEMBLE_MAX_MEMBERS)
        return px_fail(err, PX_ERR_LIMIT, NULL, "%d members: at most %d are possible", members,
                       PX_ENSEMBLE_MAX_MEMBERS);
    return true;
}

bool px_predictions_make(px_predictions *predictions, int64_t n_images, const char *const *paths,
                         int n_findings, const char *const *findings, int n_members,
                         const char *const *members, bool heat, px_error *err) {
    if (!check_counts(n_images, n_findings, n_members, err))
        return false;
    size_t columns = (size_t)n_findings * (size_t)(n_members + 1), images = (size_t)n_images;
    px_predictions p = {.n_images = n_images, .n_findings = n_findings, .n_members = n_members};
    p.paths = copy_names(paths, n_images, err);
    p.findings = copy_names(findings, n_findings, err);
    p.members = copy_names(members, n_members, err);
    p.scored = px_alloc(images, sizeof *p.scored, err);
    p.scores = px_alloc(columns * images, sizeof *p.scores, err); /* at most 6.5e11: no overflow */
    if (heat)
        p.heat = px_alloc((size_t)n_findings * images, sizeof *p.heat, err);
    if (!p.paths || !p.findings || !p.members || !p.scored || !p.scores || (heat && !p.heat)) {
        px_predictions_clear(&p);
        return false;
    }
    for (size_t i = 0; i < columns * images; i++)
        p.scores[i] = NAN;
    *predictions = p;
    return true;
}

double *px_predictions_column(const px_predictions *predictions, int finding, int member) {
    int scorers = predictions->n_members + 1;
    int scorer = member == PX_PREDICTIONS_ENSEMBLE ? predictions->n_members : member;
    return predictions->scores + (finding * scorers + scorer) * predictions->n_images;
}

px_prediction_heat *px_predictions_heat(const px_predictions *predictions, int finding) {
    return predictions->heat ? predictions->heat + finding * predictions->n_images : NULL;
}

static int find_name(char *const *names, int count, const char *name) {
    for (int i = 0; i < count; i++) {
        if (strcmp(names[i], name) == 0)
            return i;
    }
    return -1;
}

int px_predictions_find(const px_predictions *predictions, const char *finding) {
    int index = find_name(predictions->findings, predictions->n_findings, finding);
    for (int i = 0; index < 0 && i < predictions->n_findings; i++) {
        if (px_finding_same(predictions->findings[i], finding))
            index = i;
    }
    return index;
}

int px_predictions_find_member(const px_predictions *predictions, const char *member) {
    return find_name(predictions->members, predictions->n_members, member);
}

bool px_predictions_has(const px_predictions *predictions, int finding, int member) {
    const double *column = px_predictions_column(predictions, finding, member);
    int64_t i = 0;
    while (i < predictions->n_images && isnan(column[i]))
        i++;
    return i < predictions->n_images;
}

double px_predictions_score(float score) {
    char text[32];
    if (!isfinite(score))
        return (double)score;
    int digits = 6;
    do
        snprintf(text, sizeof text, "%.*g", digits, (double)score);
    while (strtof(text, NULL) != score && ++digits <= 9);
    return strtod(text, NULL);
}

void px_predictions_mix(int n_members, int64_t n, const double *const *scores,
                        const double *weights, double *mixed) {
    double total = 0;
    for (int m = 0; m < n_members; m++)
        total += weights[m];
    for (int64_t i = 0; i < n; i++) {
        double sum = 0;
        for (int m = 0; m < n_members; m++)
            sum += weights[m] > 0 ? weights[m] * (double)(float)scores[m][i] : 0;
        mixed[i] = px_predictions_score((float)(sum / total));
    }
}
