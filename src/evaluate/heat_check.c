/* The pointing game and the overlap of boxes. */
#include "heat_check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "../stats/rates.h"

double px_heat_iou(const double a[4], const double b[4]) {
    const double width = fmin(a[0] + a[2], b[0] + b[2]) - fmax(a[0], b[0]);
    const double height = fmin(a[1] + a[3], b[1] + b[3]) - fmax(a[1], b[1]);
    const double both = width > 0 && height > 0 ? width * height : 0;
    const double either = a[2] * a[3] + b[2] * b[3] - both;
    return either > 0 ? both / either : 0;
}

static bool holds(const double box[4], const double point[2]) {
    return point[0] >= box[0] && point[0] <= box[0] + box[2] && point[1] >= box[1] &&
           point[1] <= box[1] + box[3];
}

static int in_order(const void *a, const void *b) {
    const px_heat_box *p = a, *q = b;
    if (p->finding != q->finding)
        return p->finding < q->finding ? -1 : 1;
    return (p->image > q->image) - (p->image < q->image);
}

static int compare_numbers(const void *a, const void *b) {
    const double p = *(const double *)a, q = *(const double *)b;
    return (p > q) - (p < q);
}

static bool covers(const px_heat_box *boxes, int64_t n, double x, double y) {
    for (int64_t i = 0; i < n; i++)
        if (holds(boxes[i].box, (double[2]){x, y}))
            return true;
    return false;
}

/* Share of the picture that boxes cover together: cut along all their sides, each cell is covered
 * whole or not at all. */
static bool covered_share(const px_heat_box *boxes, int64_t n, double *share, px_error *err) {
    const size_t lines = 2 * (size_t)n;
    double *x = px_alloc(lines, sizeof *x, err), *y = px_alloc(lines, sizeof *y, err);
    bool ok = x && y;
    for (int64_t i = 0; ok && i < n; i++) {
        x[2 * i] = boxes[i].box[0];
        x[2 * i + 1] = boxes[i].box[0] + boxes[i].box[2];
        y[2 * i] = boxes[i].box[1];
        y[2 * i + 1] = boxes[i].box[1] + boxes[i].box[3];
    }
    if (ok) {
        qsort(x, lines, sizeof *x, compare_numbers);
        qsort(y, lines, sizeof *y, compare_numbers);
        *share = 0;
    }
    for (size_t i = 0; ok && i + 1 < lines; i++)
        for (size_t j = 0; j + 1 < lines; j++)
            if (covers(boxes, n, (x[i] + x[i + 1]) / 2, (y[j] + y[j + 1]) / 2))
                *share += (x[i + 1] - x[i]) * (y[j + 1] - y[j]);
    free(x);
    free(y);
    return ok;
}

/* All boxes of one image and finding. */
static bool check_image(const px_prediction_heat *heat, const px_heat_box *boxes, int64_t n,
                        double iou_threshold, px_evaluation_heat_check *check, px_error *err) {
    double share, best = 0;
    bool hit = false;
    if (!covered_share(boxes, n, &share, err))
        return false;
    for (int64_t i = 0; i < n; i++) {
        hit = hit || holds(boxes[i].box, heat->point);
        best = fmax(best, px_heat_iou(boxes[i].box, heat->box));
    }
    check->images++;
    check->hits += hit;
    check->chance += share;
    check->mean_iou += best;
    check->overlaps += best >= iou_threshold;
    return true;
}

static void finish(px_evaluation_heat_check *check, double level) {
    const double n = (double)check->images;
    check->hit_rate = px_wilson((size_t)check->hits, (size_t)check->images, level);
    check->overlap_rate = px_wilson((size_t)check->overlaps, (size_t)check->images, level);
    check->chance = check->images ? check->chance / n : NAN;
    check->mean_iou = check->images ? check->mean_iou / n : NAN;
}

bool px_heat_check(const px_prediction_heat *const *heat, const px_heat_box *boxes, int64_t n_boxes,
                   double iou_threshold, px_evaluation *e, px_error *err) {
    if (!(iou_threshold > 0 && iou_threshold <= 1))
        return px_fail(err, PX_ERR_USAGE, "IoU threshold", "must lie above 0 and be at most 1");
    px_heat_box *sorted = px_alloc((size_t)n_boxes, sizeof *sorted, err);
    e->heat_checks = px_alloc((size_t)e->n_findings, sizeof *e->heat_checks, err);
    bool ok = sorted && e->heat_checks;
    if (ok && n_boxes > 0) {
        memcpy(sorted, boxes, (size_t)n_boxes * sizeof *sorted);
        qsort(sorted, (size_t)n_boxes, sizeof *sorted, in_order);
    }
    for (int64_t i = 0, next; ok && i < n_boxes; i = next) {
        const px_heat_box *first = &sorted[i];
        for (next = i + 1; next < n_boxes && in_order(first, &sorted[next]) == 0;)
            next++;
        const px_prediction_heat *of = heat[first->finding];
        if (of && of[first->image].there)
            ok = check_image(&of[first->image], first, next - i, iou_threshold,
                             &e->heat_checks[first->finding], err);
    }
    for (int f = 0; ok && f < e->n_findings; f++)
        finish(&e->heat_checks[f], e->level);
    e->iou_threshold = iou_threshold;
    free(sorted);
    return ok;
}
