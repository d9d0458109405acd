/* Calibration: turning scores into probabilities that mean what they say. */
#ifndef PX_STATS_CALIBRATION_H
#define PX_STATS_CALIBRATION_H

#include "perxeptron.h"

typedef enum px_calibration_method {
    PX_CALIBRATION_PLATT,       /**< sigmoid(a * logit(score) + b) */
    PX_CALIBRATION_TEMPERATURE, /**< sigmoid(logit(score) / t) */
    PX_CALIBRATION_ISOTONIC     /**< rising, linear between knots */
} px_calibration_method;

/** A fitted calibration. Zeroed before use, released with px_calibration_clear. */
typedef struct px_calibration {
    px_calibration_method method;
    double a, b;        /**< PLATT; a > 0 keeps the order of the scores */
    double temperature; /**< TEMPERATURE; in [0.01, 100] */
    size_t n_knots;     /**< ISOTONIC */
    double *knots;      /**< [n_knots] scores, ascending */
    double *values;     /**< [n_knots] probabilities, not descending */
} px_calibration;

/** log(score / (1 - score)) with the score kept 1e-7 from 0 and 1: as the reader calibrates. */
double px_calibration_logit(double score);

/**
 * Fit by maximum likelihood (isotonic: least squares).
 *
 * PLATT: Platt 1999, with his targets (N+ + 1) / (N+ + 2) and 1 / (N- + 2), which keep the fit
 * finite where the classes are apart, and the Newton method with backtracking of Lin, Lin & Weng
 * 2007. TEMPERATURE: Guo et al. 2017, for two classes; an end of its range where the best is
 * beyond. ISOTONIC: Zadrozny & Elkan 2002, by pool adjacent violators; knots as scikit-learn's
 * IsotonicRegression keeps them (X_thresholds_, y_thresholds_).
 *
 * @param scores  [n] in [0, 1].
 * @param labels  [n] 0 or 1; both must occur.
 * @param out     zeroed; untouched on failure.
 * @param err     PX_ERR_INPUT: no rows, one class only, a score or label that is none; not for
 *                ISOTONIC: all scores equal.
 */
bool px_calibration_fit(px_calibration_method method, const double *scores, const uint8_t *labels,
                        size_t n, px_calibration *out, px_error *err);
void px_calibration_clear(px_calibration *calibration);

/** The probability for a score; beyond an isotonic fit's knots, that of the nearest one. */
double px_calibration_apply(const px_calibration *calibration, double score);

/**
 * Probabilities for the very rows that the fit is made from, honestly: each row's come from a fit
 * without its fold (px_folds_assign).
 *
 * @param groups         [n] rows of equal number (one patient's) share a fold; nullable.
 * @param folds          2 to PX_FOLDS_MOST; 5 or 10 are usual.
 * @param probabilities  [n] the caller's; untouched on failure.
 * @param err            as px_calibration_fit and px_folds_assign.
 */
bool px_calibration_cross_fit(px_calibration_method method, const double *scores,
                              const uint8_t *labels, const uint32_t *groups, size_t n, int folds,
                              uint64_t seed, double *probabilities, px_error *err);

/** The short name of a method ("platt", "temperature", "isotonic"); static storage. */
const char *px_calibration_method_name(px_calibration_method method);

#endif
