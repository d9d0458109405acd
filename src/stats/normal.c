/* The standard normal distribution: what intervals and tests need of it. */
#include "normal.h"

#include <math.h>

double px_normal_cdf(double z) {
    return 0.5 * erfc(-z * M_SQRT1_2);
}

double px_normal_two_sided(double z) {
    return erfc(fabs(z) * M_SQRT1_2);
}

/* c[0] x^degree + … + c[degree] */
static double polynomial(const double *c, int degree, double x) {
    double sum = c[0];
    for (int i = 1; i <= degree; i++)
        sum = sum * x + c[i];
    return sum;
}

/* Acklam's approximation, good to 1e-9, for p in (0, 0.5]. */
static double lower_quantile(double p) {
    static const double a[] = {-3.969683028665376e+01, 2.209460984245205e+02,
                               -2.759285104469687e+02, 1.383577518672690e+02,
                               -3.066479806614716e+01, 2.506628277459239e+00};
    static const double b[] = {-5.447609879822406e+01, 1.615858368580409e+02,
                               -1.556989798598866e+02, 6.680131188771972e+01,
                               -1.328068155288572e+01, 1};
    static const double c[] = {-7.784894002430293e-03, -3.223964580411365e-01,
                               -2.400758277161838e+00, -2.549732539343734e+00,
                               4.374664141464968e+00,  2.938163982698783e+00};
    static const double d[] = {7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e+00,
                               3.754408661907416e+00, 1};
    if (p < 0.02425) {
        double q = sqrt(-2 * log(p));
        return polynomial(c, 5, q) / polynomial(d, 4, q);
    }
    double q = p - 0.5;
    return q * polynomial(a, 5, q * q) / polynomial(b, 5, q * q);
}

double px_normal_quantile(double p) {
    if (!(p >= 0 && p <= 1))
        return NAN;
    if (p == 0 || p == 1)
        return p == 0 ? -INFINITY : INFINITY;
    if (p > 0.5)
        return -px_normal_quantile(1 - p);
    double z = lower_quantile(p);
    double step = (px_normal_cdf(z) - p) * sqrt(2 * M_PI) * exp(z * z / 2);
    return z - step / (1 + z * step / 2);
}

double px_normal_half_width(double level) {
    return -px_normal_quantile((1 - level) / 2);
}
