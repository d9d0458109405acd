/* Counts at a threshold, and the rates that follow, with intervals. */
#include "rates.h"

#include <math.h>

#include "../base/error.h"
#include "normal.h"
#include "samples.h"

static const px_interval undefined = {NAN, NAN, NAN};

bool px_confusion_count(const double *scores, const uint8_t *labels, size_t n, double threshold,
                        px_confusion *out, px_error *err) {
    if (isnan(threshold))
        return px_fail(err, PX_ERR_USAGE, NULL, "the threshold is not a number");
    if (!px_samples_check(scores, labels, n, NULL, err))
        return false;
    size_t counts[2][2] = {{0}}; /* [label][decision] */
    for (size_t i = 0; i < n; i++)
        counts[labels[i]][scores[i] >= threshold]++;
    *out = (px_confusion){counts[1][1], counts[0][1], counts[0][0], counts[1][0]};
    return true;
}

px_interval px_wilson(size_t successes, size_t trials, double level) {
    if (trials == 0 || successes > trials || !(level > 0 && level < 1))
        return undefined;
    double n = (double)trials, p = (double)successes / n, z = px_normal_half_width(level);
    double scale = 1 / (1 + z * z / n);
    double centre = (p + z * z / (2 * n)) * scale;
    double half = z * scale * sqrt(p * (1 - p) / n + z * z / (4 * n * n));
    /* Where nothing or everything succeeded an end is 0 or 1 exactly. */
    return (px_interval){p, successes == 0 ? 0 : fmax(0, centre - half),
                         successes == trials ? 1 : fmin(1, centre + half)};
}

static double f1_of_jaccard(double jaccard) {
    return 2 * jaccard / (1 + jaccard);
}

px_rates px_rates_of(const px_confusion *c, double level) {
    px_interval jaccard = px_wilson(c->tp, c->tp + c->fp + c->fn, level);
    size_t n = c->tp + c->fp + c->tn + c->fn;
    return (px_rates){.sensitivity = px_wilson(c->tp, c->tp + c->fn, level),
                      .specificity = px_wilson(c->tn, c->tn + c->fp, level),
                      .ppv = px_wilson(c->tp, c->tp + c->fp, level),
                      .npv = px_wilson(c->tn, c->tn + c->fn, level),
                      .accuracy = px_wilson(c->tp + c->tn, n, level),
                      .prevalence = px_wilson(c->tp + c->fn, n, level),
                      .f1 = {f1_of_jaccard(jaccard.value), f1_of_jaccard(jaccard.low),
                             f1_of_jaccard(jaccard.high)}};
}

double px_ppv_at(double sensitivity, double specificity, double prevalence) {
    double hits = sensitivity * prevalence;
    return hits / (hits + (1 - specificity) * (1 - prevalence));
}

double px_npv_at(double sensitivity, double specificity, double prevalence) {
    return px_ppv_at(specificity, sensitivity, 1 - prevalence);
}

static double sigmoid(double x) {
    return 1 / (1 + exp(-x));
}

/* Of the predictive value for a result that `hits` of `ill` and `misses` of `well` have; the odds
 * are a product, so that the logarithm's variance is the sum of the rates' (delta method). */
static px_interval predictive_value(size_t hits, size_t ill, size_t false_hits, size_t well,
                                    double prevalence, double level) {
    if (ill == 0 || well == 0 || !(prevalence > 0 && prevalence < 1) || !(level > 0 && level < 1))
        return undefined;
    double rate = (double)hits / (double)ill, false_rate = (double)false_hits / (double)well;
    double value = px_ppv_at(rate, 1 - false_rate, prevalence);
    if (hits == 0 || hits == ill || false_hits == 0 || false_hits == well)
        return (px_interval){value, NAN, NAN};
    double logit = log(rate * prevalence / (false_rate * (1 - prevalence)));
    double variance =
        (1 - rate) / (rate * (double)ill) + (1 - false_rate) / (false_rate * (double)well);
    double half = px_normal_half_width(level) * sqrt(variance);
    return (px_interval){value, sigmoid(logit - half), sigmoid(logit + half)};
}

px_interval px_ppv_interval_at(const px_confusion *c, double prevalence, double level) {
    return predictive_value(c->tp, c->tp + c->fn, c->fp, c->fp + c->tn, prevalence, level);
}

px_interval px_npv_interval_at(const px_confusion *c, double prevalence, double level) {
    return predictive_value(c->tn, c->fp + c->tn, c->fn, c->tp + c->fn, 1 - prevalence, level);
}

px_interval px_rate_difference(size_t successes_a, size_t trials_a, size_t successes_b,
                               size_t trials_b, double level) {
    px_interval a = px_wilson(successes_a, trials_a, level);
    px_interval b = px_wilson(successes_b, trials_b, level);
    double difference = a.value - b.value;
    return (px_interval){difference, difference - hypot(a.value - a.low, b.high - b.value),
                         difference + hypot(a.high - a.value, b.value - b.low)};
}
