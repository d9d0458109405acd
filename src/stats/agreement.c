/* How far two readers agree. */
#include "agreement.h"

#include <math.h>

#include "../base/error.h"
#include "normal.h"
#include "samples.h"

static bool count(const uint8_t *a, const uint8_t *b, size_t n, size_t counts[2][2],
                  px_error *err) {
    if (!px_samples_check_labels(a, n, NULL, err) || !px_samples_check_labels(b, n, NULL, err))
        return false;
    for (size_t i = 0; i < n; i++)
        counts[a[i]][b[i]]++;
    return true;
}

/* Fleiss, Cohen & Everitt 1969, formula 13. */
static double kappa_variance(double p[2][2], const double rows[2], const double columns[2],
                             double expected, double kappa, double n) {
    double agreed = 0, apart = 0, rest = kappa - expected * (1 - kappa);
    for (int i = 0; i < 2; i++) {
        double share = 1 - (rows[i] + columns[i]) * (1 - kappa), other = columns[i] + rows[1 - i];
        agreed += p[i][i] * share * share;
        apart += p[i][1 - i] * other * other;
    }
    double sum = agreed + (1 - kappa) * (1 - kappa) * apart - rest * rest;
    return fmax(0, sum) / (n * (1 - expected) * (1 - expected));
}

bool px_agreement_compute(const uint8_t *a, const uint8_t *b, size_t n, double level,
                          px_agreement *out, px_error *err) {
    px_agreement made = {0};
    if (!px_samples_check_level(level, err) || !count(a, b, n, made.counts, err))
        return false;
    double p[2][2], rows[2], columns[2];
    for (int i = 0; i < 2; i++) {
        for (int j = 0; j < 2; j++)
            p[i][j] = (double)made.counts[i][j] / (double)n;
        rows[i] = (double)(made.counts[i][0] + made.counts[i][1]) / (double)n;
        columns[i] = (double)(made.counts[0][i] + made.counts[1][i]) / (double)n;
    }
    made.observed = (double)(made.counts[0][0] + made.counts[1][1]) / (double)n;
    made.expected = rows[0] * columns[0] + rows[1] * columns[1];
    bool constant = made.counts[0][0] == n || made.counts[1][1] == n; /* 0 / 0 */
    double kappa = constant ? NAN : (made.observed - made.expected) / (1 - made.expected);
    double variance = kappa_variance(p, rows, columns, made.expected, kappa, (double)n);
    made.standard_error = constant ? NAN : sqrt(variance);
    double half = px_normal_half_width(level) * made.standard_error;
    made.kappa = constant ? (px_interval){NAN, NAN, NAN}
                          : (px_interval){kappa, fmax(-1, kappa - half), fmin(1, kappa + half)};
    *out = made;
    return true;
}
