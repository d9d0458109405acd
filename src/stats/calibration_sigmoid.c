/* Fits by maximum likelihood: Platt's sigmoid and the temperature. */
#include <math.h>

#include "calibration_fit.h"

enum { MOST_STEPS = 200 };
static const double least_scale = 0.01, most_scale = 100; /* 1 / temperature */

typedef struct {
    const double *logits;
    const uint8_t *labels;
    size_t n;
    double targets[2]; /* what a negative and a positive should get */
    double centre;     /* Platt: taken off the logits, or alike ones would leave no determinant */
} sigmoid_fit;

static double sigmoid(double x) {
    return x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x));
}

/* The cross entropy, as Lin et al. write it so that nothing overflows or cancels. */
static double platt_loss(const sigmoid_fit *p, double a, double b) {
    double sum = 0;
    for (size_t i = 0; i < p->n; i++) {
        double x = a * (p->logits[i] - p->centre) + b, target = p->targets[p->labels[i]];
        sum += log1p(exp(-fabs(x))) + (x >= 0 ? (1 - target) * x : -target * x);
    }
    return sum;
}

typedef struct {
    double a, b;    /* Newton's step */
    double descent; /* gradient times step: below 0, and how much there is to gain */
} newton_step;

static newton_step platt_step(const sigmoid_fit *p, double a, double b) {
    double ga = 0, gb = 0, haa = 1e-12, hab = 0,
           hbb = 1e-12; /* keeps it solvable, as in Lin et al. */
    for (size_t i = 0; i < p->n; i++) {
        double z = p->logits[i] - p->centre, q = sigmoid(a * z + b), slope = q * (1 - q);
        double miss = q - p->targets[p->labels[i]];
        ga += z * miss;
        gb += miss;
        haa += z * z * slope;
        hab += z * slope;
        hbb += slope;
    }
    double determinant = haa * hbb - hab * hab;
    double da = -(hbb * ga - hab * gb) / determinant, db = -(haa * gb - hab * ga) / determinant;
    return (newton_step){da, db, ga * da + gb * db};
}

/* The share of a step that lowers the loss enough (Armijo); 0 for none. */
static double backtrack(const sigmoid_fit *p, double a, double b, const newton_step *step) {
    if (step->descent > -1e-6) /* so close, rounding hides the gain, and the whole step is right */
        return 1;
    double loss = platt_loss(p, a, b);
    for (double share = 1; share >= 1e-10; share /= 2) {
        if (platt_loss(p, a + share * step->a, b + share * step->b) <
            loss + 1e-4 * share * step->descent)
            return share;
    }
    return 0;
}

static double mean_of(const double *values, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += values[i];
    return sum / (double)n;
}

void px_fit_platt(const double *logits, const uint8_t *labels, size_t n, size_t positives,
                  px_calibration *out) {
    double p = (double)positives, q = (double)(n - positives);
    const sigmoid_fit fit = {
        logits, labels, n, {1 / (q + 2), (p + 1) / (p + 2)}, mean_of(logits, n)};
    double a = 0, b = log((p + 1) / (q + 1));
    for (int i = 0; i < MOST_STEPS; i++) {
        newton_step step = platt_step(&fit, a, b);
        double share = backtrack(&fit, a, b, &step);
        a += share * step.a;
        b += share * step.b;
        if (share * (fabs(step.a) + fabs(step.b)) <= 1e-14 * (1 + fabs(a) + fabs(b)))
            break;
    }
    *out = (px_calibration){.method = PX_CALIBRATION_PLATT, .a = a, .b = b - a * fit.centre};
}

/* Derivative of the cross entropy by the scale, and that one's derivative, which is above 0. */
static double scale_gradient(const sigmoid_fit *p, double scale, double *curvature) {
    double gradient = 0;
    *curvature = 0;
    for (size_t i = 0; i < p->n; i++) {
        double z = p->logits[i], q = sigmoid(scale * z);
        gradient += z * (q - p->labels[i]);
        *curvature += z * z * q * (1 - q);
    }
    return gradient;
}

/* The zero of a rising function between two ends: Newton's method, halving where it leaves them. */
static double find_scale(const sigmoid_fit *p) {
    double low = least_scale, high = most_scale, scale = 1, curvature;
    if (scale_gradient(p, low, &curvature) >= 0)
        return low;
    if (scale_gradient(p, high, &curvature) <= 0)
        return high;
    for (int i = 0; i < MOST_STEPS; i++) {
        double gradient = scale_gradient(p, scale, &curvature);
        *(gradient > 0 ? &high : &low) = scale;
        double next = scale - gradient / curvature;
        if (!(next > low && next < high))
            next = low + (high - low) / 2;
        bool close = fabs(next - scale) <= 1e-15 * scale;
        scale = next;
        if (close)
            break;
    }
    return scale;
}

void px_fit_temperature(const double *logits, const uint8_t *labels, size_t n,
                        px_calibration *out) {
    const sigmoid_fit fit = {logits, labels, n, {0, 1}, 0};
    *out =
        (px_calibration){.method = PX_CALIBRATION_TEMPERATURE, .temperature = 1 / find_scale(&fit)};
}
