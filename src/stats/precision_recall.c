/* The precision-recall curve and its summary, average precision. */
#include "precision_recall.h"

#include <math.h>
#include <stdlib.h>

#include "../base/memory.h"
#include "roc.h"

/* The same thresholds as the ROC curve's, seen otherwise; points may be NULL. */
static double from_roc(const px_roc *roc, px_pr_point *points) {
    double sum = 0;
    for (size_t i = 0; i < roc->n_points; i++) {
        const px_roc_point *at = &roc->points[i];
        double all = (double)at->tp + at->fp, precision = i == 0 ? 1 : at->tp / all;
        if (points)
            points[i] = (px_pr_point){at->threshold, at->tpr, precision};
        if (i > 0)
            sum += (double)(at->tp - roc->points[i - 1].tp) * precision;
    }
    return sum / roc->positives;
}

bool px_pr_compute(const double *scores, const uint8_t *labels, size_t n, px_pr *pr,
                   px_error *err) {
    px_roc roc = {0};
    if (!px_roc_compute(scores, labels, n, &roc, err))
        return false;
    px_pr_point *points = px_alloc(roc.n_points, sizeof *points, err);
    if (points)
        *pr = (px_pr){roc.n_points, points, from_roc(&roc, points),
                      (double)roc.positives / (double)n};
    px_roc_clear(&roc);
    return points != NULL;
}

void px_pr_clear(px_pr *pr) {
    free(pr->points);
    *pr = (px_pr){0};
}

bool px_average_precision(const double *scores, const uint8_t *labels, size_t n, double *value,
                          px_error *err) {
    px_roc roc = {0};
    if (!px_roc_compute(scores, labels, n, &roc, err))
        return false;
    *value = from_roc(&roc, NULL);
    px_roc_clear(&roc);
    return true;
}
