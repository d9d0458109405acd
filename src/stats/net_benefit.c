/* The decision curve: what deciding by the scores is worth, beside treating all or nobody. */
#include "net_benefit.h"

#include <stdlib.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "samples.h"

/* True positives among the first rows by descending score, for every number of rows, [n + 1]. */
static uint32_t *count_up(const uint8_t *labels, const uint32_t *order, size_t n, px_error *err) {
    uint32_t *positives = px_alloc(n + 1, sizeof *positives, err);
    for (size_t i = 0; positives && i < n; i++)
        positives[i + 1] = positives[i] + labels[order[i]];
    return positives;
}

static size_t count_above(const double *scores, const uint32_t *order, size_t n, double threshold) {
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (scores[order[middle]] >= threshold)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static double benefit(double tp, double fp, double n, double threshold) {
    return tp / n - fp / n * (threshold / (1 - threshold));
}

static bool check_thresholds(const double *thresholds, size_t n_points, px_error *err) {
    for (size_t k = 0; k < n_points; k++) {
        if (!(thresholds[k] > 0 && thresholds[k] < 1))
            return px_fail(err, PX_ERR_USAGE, NULL,
                           "threshold %g of a decision curve is not between 0 and 1",
                           thresholds[k]);
    }
    return true;
}

bool px_net_benefit_compute(const double *scores, const uint8_t *labels, size_t n,
                            const double *thresholds, size_t n_points, px_net_benefit_point *points,
                            px_error *err) {
    size_t positives;
    if (!check_thresholds(thresholds, n_points, err) ||
        !px_samples_check_probabilities(scores, labels, n, &positives, err))
        return false;
    uint32_t *order = px_samples_order(scores, n, err);
    uint32_t *tp_of_first = order ? count_up(labels, order, n, err) : NULL;
    for (size_t k = 0; tp_of_first && k < n_points; k++) {
        double t = thresholds[k];
        size_t above = count_above(scores, order, n, t);
        double tp = tp_of_first[above], fp = (double)above - tp;
        points[k] = (px_net_benefit_point){
            t, benefit(tp, fp, (double)n, t),
            benefit((double)positives, (double)(n - positives), (double)n, t)};
    }
    bool ok = tp_of_first != NULL;
    free(tp_of_first);
    free(order);
    return ok;
}
