/* Calibration: fitting by any method, applying, cross-fitting. */
#include "calibration.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "calibration_fit.h"
#include "folds.h"
#include "samples.h"

double px_calibration_logit(double score) {
    double limited = fmin(fmax(score, 1e-7), 1 - 1e-7);
    return log(limited / (1 - limited));
}

static bool fit_sigmoid(px_calibration_method method, const double *scores, const uint8_t *labels,
                        size_t n, size_t positives, px_calibration *out, px_error *err) {
    double *logits = px_alloc(n, sizeof *logits, err);
    if (!logits)
        return false;
    bool differ = false;
    for (size_t i = 0; i < n; i++) {
        logits[i] = px_calibration_logit(scores[i]);
        differ = differ || logits[i] != logits[0];
    }
    if (!differ)
        px_fail(err, PX_ERR_INPUT, NULL, "all %zu scores are equal: nothing can be fitted", n);
    else if (method == PX_CALIBRATION_PLATT)
        px_fit_platt(logits, labels, n, positives, out);
    else
        px_fit_temperature(logits, labels, n, out);
    free(logits);
    return differ;
}

bool px_calibration_fit(px_calibration_method method, const double *scores, const uint8_t *labels,
                        size_t n, px_calibration *out, px_error *err) {
    size_t positives;
    if ((unsigned)method > PX_CALIBRATION_ISOTONIC)
        return px_fail(err, PX_ERR_USAGE, NULL, "there is no calibration method %d", (int)method);
    if (!px_samples_check_probabilities(scores, labels, n, NULL, err) ||
        !px_samples_check_both(scores, labels, n, &positives, err))
        return false;
    return method == PX_CALIBRATION_ISOTONIC
               ? px_fit_isotonic(scores, labels, n, out, err)
               : fit_sigmoid(method, scores, labels, n, positives, out, err);
}

void px_calibration_clear(px_calibration *calibration) {
    free(calibration->knots);
    free(calibration->values);
    *calibration = (px_calibration){0};
}

static double apply_isotonic(const px_calibration *c, double score) {
    if (score <= c->knots[0])
        return c->values[0];
    size_t low = 0, high = c->n_knots; /* knots[low] < score <= knots[high], where there is one */
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (c->knots[middle] < score)
            low = middle;
        else
            high = middle;
    }
    if (high == c->n_knots)
        return c->values[low];
    double share = (score - c->knots[low]) / (c->knots[high] - c->knots[low]);
    return c->values[low] + share * (c->values[high] - c->values[low]);
}

double px_calibration_apply(const px_calibration *c, double score) {
    if (c->method == PX_CALIBRATION_ISOTONIC)
        return apply_isotonic(c, score);
    double logit = px_calibration_logit(score);
    double x = c->method == PX_CALIBRATION_PLATT ? c->a * logit + c->b : logit / c->temperature;
    return 1 / (1 + exp(-x));
}

/* The rows of all folds but one, fitted, for the rows of that one. */
static bool fit_without(px_calibration_method method, const double *scores, const uint8_t *labels,
                        const int *folds, size_t n, int fold, double *kept_scores,
                        uint8_t *kept_labels, double *probabilities, px_error *err) {
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (folds[i] == fold)
            continue;
        kept_scores[kept] = scores[i];
        kept_labels[kept++] = labels[i];
    }
    px_calibration fitted = {0};
    if (!px_calibration_fit(method, kept_scores, kept_labels, kept, &fitted, err))
        return false;
    for (size_t i = 0; i < n; i++) {
        if (folds[i] == fold)
            probabilities[i] = px_calibration_apply(&fitted, scores[i]);
    }
    px_calibration_clear(&fitted);
    return true;
}

bool px_calibration_cross_fit(px_calibration_method method, const double *scores,
                              const uint8_t *labels, const uint32_t *groups, size_t n, int folds,
                              uint64_t seed, double *probabilities, px_error *err) {
    if (!px_samples_check_probabilities(scores, labels, n, NULL, err))
        return false;
    int *fold_of = px_alloc(n, sizeof *fold_of, err);
    double *kept_scores = px_alloc(n, sizeof *kept_scores, err);
    double *made = px_alloc(n, sizeof *made, err);
    uint8_t *kept_labels = px_alloc(n, sizeof *kept_labels, err);
    bool ok = fold_of && kept_scores && made && kept_labels &&
              px_folds_assign(labels, groups, n, folds, seed, fold_of, err);
    for (int f = 0; ok && f < folds; f++)
        ok =
            fit_without(method, scores, labels, fold_of, n, f, kept_scores, kept_labels, made, err);
    if (ok)
        memcpy(probabilities, made, n * sizeof *made);
    free(kept_labels);
    free(made);
    free(kept_scores);
    free(fold_of);
    return ok;
}

const char *px_calibration_method_name(px_calibration_method method) {
    static const char *const names[] = {"platt", "temperature", "isotonic"};
    return (size_t)method < sizeof names / sizeof names[0] ? names[method] : "unknown";
}
