/* The ROC curve. */
#include "roc.h"

#include <math.h>
#include <stdlib.h>

#include "../base/memory.h"
#include "samples.h"

static size_t count_distinct(const double *scores, const uint32_t *order, size_t n) {
    size_t distinct = 0;
    for (size_t i = 0; i < n; i = px_samples_tie_end(scores, order, n, i))
        distinct++;
    return distinct;
}

static void fill(px_roc *roc, const double *scores, const uint8_t *labels, const uint32_t *order,
                 size_t n) {
    px_roc_point *point = roc->points;
    *point++ = (px_roc_point){.threshold = INFINITY};
    uint32_t tp = 0, fp = 0;
    for (size_t i = 0; i < n;) {
        size_t end = px_samples_tie_end(scores, order, n, i);
        double threshold = scores[order[i]];
        for (; i < end; i++) {
            tp += labels[order[i]];
            fp += !labels[order[i]];
        }
        *point++ = (px_roc_point){threshold, (double)tp / roc->positives,
                                  (double)fp / roc->negatives, tp, fp};
    }
}

bool px_roc_compute(const double *scores, const uint8_t *labels, size_t n, px_roc *roc,
                    px_error *err) {
    size_t positives;
    if (!px_samples_check_both(scores, labels, n, &positives, err))
        return false;
    uint32_t *order = px_samples_order(scores, n, err);
    size_t n_points = order ? 1 + count_distinct(scores, order, n) : 0;
    px_roc_point *points = order ? px_alloc(n_points, sizeof *points, err) : NULL;
    if (points) {
        *roc = (px_roc){(uint32_t)positives, (uint32_t)(n - positives), n_points, points};
        fill(roc, scores, labels, order, n);
    }
    free(order);
    return points != NULL;
}

void px_roc_clear(px_roc *roc) {
    free(roc->points);
    *roc = (px_roc){0};
}

double px_roc_area(const px_roc *roc) {
    uint64_t twice = 0; /* in cells of the grid that positives and negatives span */
    for (size_t i = 1; i < roc->n_points; i++) {
        const px_roc_point *a = &roc->points[i - 1], *b = &roc->points[i];
        twice += (uint64_t)(b->fp - a->fp) * ((uint64_t)a->tp + b->tp);
    }
    return (double)twice / (2.0 * roc->positives * roc->negatives);
}

double px_roc_tpr_at(const px_roc *roc, double fpr) {
    size_t low = 0, high = roc->n_points; /* points[low].fpr <= fpr < points[high].fpr */
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (roc->points[middle].fpr <= fpr)
            low = middle;
        else
            high = middle;
    }
    const px_roc_point *a = &roc->points[low];
    if (high == roc->n_points)
        return a->tpr;
    const px_roc_point *b = &roc->points[high];
    return a->tpr + (b->tpr - a->tpr) * fmax(0, (fpr - a->fpr) / (b->fpr - a->fpr));
}
