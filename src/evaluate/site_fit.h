/* One finding of an ensemble fitted to a site's labels: weights, threshold, calibration, and what
 * that changes on images that the fit has not seen. */
#ifndef PX_EVALUATE_SITE_FIT_H
#define PX_EVALUATE_SITE_FIT_H

#include "../reader/ensemble.h"
#include "../reader/ensemble_calibration.h"
#include "../stats/operating_point.h"
#include "fit_weights.h"

/** Bins of the expected calibration error. */
enum { PX_SITE_BINS = 10 };

/** What is asked for. */
typedef struct px_site_plan {
    bool fit_weights;
    px_weights_goal weights; /**< where fit_weights */
    bool calibrate;
    px_calibration_method method; /**< where calibrate */
    px_operating_rule rule;
    size_t least; /**< positives and negatives that a finding must have, in patients */
    int folds;    /**< of the cross-validation, 2 or more */
    uint64_t seed;
} px_site_plan;

/** A site's scores and labels of one finding. Borrowed. */
typedef struct px_site_data {
    px_weights_data data;   /**< of the members that have the finding; n_members 0: only `ensemble`
                                 is known, and weights cannot be fitted */
    const double *weights;  /**< [data.n_members] in the ensemble as it is */
    const double *ensemble; /**< [n] its scores with these */
    const px_ensemble_finding *finding; /**< as it is */
} px_site_data;

/** How well it does. Intervals are of 95 %; NaN where something is not known. */
typedef struct px_site_figures {
    px_interval auc;                      /**< DeLong */
    double threshold;                     /**< NaN: none */
    px_interval sensitivity, specificity; /**< at the threshold; Wilson */
    bool calibrated; /**< the following are of calibrated probabilities, not of scores */
    double brier, ece, log_loss;
} px_site_figures;

typedef struct px_site_fit {
    size_t n, positives, negatives;
    size_t positive_patients, negative_patients; /**< who have such an image */
    char reason[200]; /**< not "": why it stays as it is. Nothing below is set then. */
    double weights[PX_ENSEMBLE_MAX_MEMBERS]; /**< [data.n_members] */
    double threshold;                        /**< one of the scores */
    px_calibration calibration;              /**< where the plan has it */
    int folds;
    px_site_figures before; /**< as the ensemble is; its threshold and calibration are not of these
                                 images, so nothing flatters it */
    px_site_figures after;  /**< each image by weights, threshold and calibration that were fitted
                                 without its fold; `threshold` is the new one all the same */
    bool weights_checked;
    px_weights_check check; /**< where weights_checked */
} px_site_fit;

/**
 * Fit a finding.
 *
 * @param fit  zeroed; set on success, also when the finding must stay as it is (`reason`); released
 *             with px_site_fit_clear.
 * @param err  PX_ERR_USAGE: a plan that makes no sense; PX_ERR_MEMORY.
 */
bool px_site_fit_finding(const px_site_data *site, const px_site_plan *plan, px_site_fit *fit,
                         px_error *err);
void px_site_fit_clear(px_site_fit *fit);

#endif
