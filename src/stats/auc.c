/* The area under the ROC curve: its variance, interval and tests. */
#include "auc.h"

#include <math.h>
#include <stdlib.h>

#include "../base/memory.h"
#include "normal.h"
#include "samples.h"

/* Half-cells of the positives x negatives grid that lie under the curve. */
static uint64_t twice_area(const double *scores, const uint8_t *labels, const uint32_t *order,
                           size_t n) {
    uint64_t area = 0, tp = 0;
    for (size_t i = 0; i < n;) {
        size_t end = px_samples_tie_end(scores, order, n, i);
        uint64_t p = 0, q = end - i;
        for (; i < end; i++)
            p += labels[order[i]];
        q -= p;
        area += q * (2 * tp + p);
        tp += p;
    }
    return area;
}

bool px_auc(const double *scores, const uint8_t *labels, size_t n, double *auc, px_error *err) {
    size_t positives;
    if (!px_samples_check_both(scores, labels, n, &positives, err))
        return false;
    uint32_t *order = px_samples_order(scores, n, err);
    if (!order)
        return false;
    *auc = (double)twice_area(scores, labels, order, n) /
           (2.0 * (double)positives * (double)(n - positives));
    free(order);
    return true;
}

/* DeLong's placements, [n]: for a positive the share of negatives below it, for a negative the
 * share of positives above it, ties counting half. Their mean is the AUC in either class. */
typedef struct {
    double *values;
    double auc;
    size_t positives, negatives;
} placements;

static void place(const double *scores, const uint8_t *labels, const uint32_t *order, size_t n,
                  placements *out) {
    double positives = (double)out->positives, negatives = (double)out->negatives;
    size_t tp = 0, fp = 0;
    for (size_t i = 0; i < n;) {
        size_t end = px_samples_tie_end(scores, order, n, i);
        size_t p = 0;
        for (size_t k = i; k < end; k++)
            p += labels[order[k]];
        size_t q = end - i - p;
        double of_positive = (negatives - (double)fp - (double)q / 2) / negatives;
        double of_negative = ((double)tp + (double)p / 2) / positives;
        for (; i < end; i++)
            out->values[order[i]] = labels[order[i]] ? of_positive : of_negative;
        tp += p;
        fp += q;
    }
}

static bool placements_compute(const double *scores, const uint8_t *labels, size_t n,
                               placements *out, px_error *err) {
    size_t positives;
    if (!px_samples_check_both(scores, labels, n, &positives, err))
        return false;
    uint32_t *order = px_samples_order(scores, n, err);
    double *values = px_alloc(n, sizeof *values, err);
    bool ok = order && values;
    if (ok) {
        *out = (placements){values, 0, positives, n - positives};
        out->auc = (double)twice_area(scores, labels, order, n) /
                   (2.0 * (double)positives * (double)out->negatives);
        place(scores, labels, order, n, out);
    } else
        free(values);
    free(order);
    return ok;
}

/* Variance of the mean of one class's values (minus those of another set, where given). */
static double variance_of_mean(const double *values, const double *minus, const uint8_t *labels,
                               uint8_t label, size_t n, double mean) {
    double sum = 0;
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        if (labels[i] != label)
            continue;
        double d = values[i] - (minus ? minus[i] : 0) - mean;
        sum += d * d;
        count++;
    }
    return count < 2 ? NAN : sum / (double)(count - 1) / (double)count;
}

bool px_auc_delong(const double *scores, const uint8_t *labels, size_t n, double level,
                   px_auc_estimate *out, px_error *err) {
    placements own;
    if (!px_samples_check_level(level, err) || !placements_compute(scores, labels, n, &own, err))
        return false;
    double variance = variance_of_mean(own.values, NULL, labels, 1, n, own.auc) +
                      variance_of_mean(own.values, NULL, labels, 0, n, own.auc);
    double half = px_normal_half_width(level) * sqrt(variance);
    free(own.values);
    *out = (px_auc_estimate){{own.auc, own.auc - half, own.auc + half},
                             variance,
                             (uint32_t)own.positives,
                             (uint32_t)own.negatives};
    if (out->auc.low < 0)
        out->auc.low = 0;
    if (out->auc.high > 1)
        out->auc.high = 1;
    return true;
}

static px_auc_comparison conclude(double a, double b, double variance, double level) {
    double difference = a - b, error = sqrt(variance);
    double half = px_normal_half_width(level) * error;
    double z = difference == 0 && variance == 0 ? 0 : difference / error;
    return (px_auc_comparison){a,        b, {difference, difference - half, difference + half},
                               variance, z, px_normal_two_sided(z)};
}

bool px_auc_compare(const double *a, const double *b, const uint8_t *labels, size_t n, double level,
                    px_auc_comparison *out, px_error *err) {
    placements of_a, of_b;
    if (!px_samples_check_level(level, err) || !placements_compute(a, labels, n, &of_a, err))
        return false;
    bool ok = placements_compute(b, labels, n, &of_b, err);
    if (ok) {
        double mean = of_a.auc - of_b.auc;
        double variance = variance_of_mean(of_a.values, of_b.values, labels, 1, n, mean) +
                          variance_of_mean(of_a.values, of_b.values, labels, 0, n, mean);
        *out = conclude(of_a.auc, of_b.auc, variance, level);
        free(of_b.values);
    }
    free(of_a.values);
    return ok;
}

bool px_auc_compare_unpaired(const px_auc_estimate *a, const px_auc_estimate *b, double level,
                             px_auc_comparison *out, px_error *err) {
    if (!px_samples_check_level(level, err))
        return false;
    *out = conclude(a->auc.value, b->auc.value, a->variance + b->variance, level);
    return true;
}

double px_auc_expected_variance(double auc, int64_t positives, int64_t negatives) {
    const double q1 = auc / (2 - auc), q2 = 2 * auc * auc / (1 + auc);
    const double p = (double)positives, n = (double)negatives;
    return (auc * (1 - auc) + (p - 1) * (q1 - auc * auc) + (n - 1) * (q2 - auc * auc)) / (p * n);
}
