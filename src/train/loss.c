/* Binary cross-entropy on logits and its gradient (loss.h), in double precision. */
#include "loss.h"

#include <math.h>

/* log(1 + exp(x)) without overflow. */
static double softplus(double x) {
    return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x));
}

static double logistic(double x) {
    return x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x));
}

/* (1 - p)^focus times -log p, p = logistic(x), and its derivative by x. The other label's term is
 * the same of -x. */
static double term(double x, double focus, double *slope) {
    double loss = softplus(-x), p = logistic(x), q = logistic(-x);
    if (focus == 0) {
        *slope = -q;
        return loss;
    }
    double factor = pow(q, focus);
    *slope = -factor * (focus * p * loss + q);
    return factor * loss;
}

int64_t px_loss_count_known(const px_loss *loss, int n, const float *labels) {
    int64_t known = 0;
    for (size_t i = 0; i < (size_t)n * (size_t)loss->findings; i++)
        known += labels[i] >= 0;
    return known;
}

double px_loss_mean(const px_loss *loss, int n, const float *logits, const float *labels,
                    int64_t known, float *gradient) {
    size_t findings = (size_t)loss->findings, count = (size_t)n * findings;
    double sum = 0, smoothing = (double)loss->smoothing, focus = (double)loss->focus;
    if (known == 0)
        known = px_loss_count_known(loss, n, labels);
    double share = known > 0 ? 1 / (double)known : 0;
    for (size_t i = 0; i < count; i++) {
        double d = 0;
        if (labels[i] >= 0) {
            size_t f = i % findings;
            double y = (double)labels[i] * (1 - smoothing) + smoothing / 2;
            double w = y * (loss->positive_weights ? (double)loss->positive_weights[f] : 1);
            double v = (1 - y) * (loss->negative_weights ? (double)loss->negative_weights[f] : 1);
            double rise, fall;
            double positive = term((double)logits[i], focus, &rise);
            double negative = term(-(double)logits[i], focus, &fall);
            sum += w * positive + v * negative;
            d = (w * rise - v * fall) * share;
        }
        if (gradient)
            gradient[i] = (float)d;
    }
    return sum * share;
}
