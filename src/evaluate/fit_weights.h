/* Weights of an ensemble's members for one finding, fitted to labels, and what that is worth on
 * images that the fit has not seen. */
#ifndef PX_EVALUATE_FIT_WEIGHTS_H
#define PX_EVALUATE_FIT_WEIGHTS_H

#include "perxeptron.h"

typedef enum {
    PX_WEIGHTS_EQUAL,   /**< 1 / members each */
    PX_WEIGHTS_SINGLE,  /**< all on the member with the largest AUC */
    PX_WEIGHTS_AUC,     /**< largest area under the ROC curve */
    PX_WEIGHTS_LOGLOSS, /**< smallest mean log loss */
} px_weights_goal;

/** Scores of members and labels, for one finding. Borrowed. */
typedef struct px_weights_data {
    int n_members; /**< 1 to PX_ENSEMBLE_MAX_MEMBERS */
    int64_t n;
    const double *const *scores; /**< [n_members][n], all finite, in [0, 1] */
    const uint8_t *labels;       /**< [n] 0 or 1, both there */
    const int64_t *groups;       /**< [n] patient of each image, any numbers; NULL: each its own */
} px_weights_data;

/**
 * Fit weights on the simplex: none negative, sum 1.
 *
 * Log loss: a linear pool is a mixture, so that the mean log loss is convex in the weights. A
 * log-barrier method with Newton steps finds its minimum; the gap to it is below 1e-9 by the bound
 * max_i g_i - 1 of mixture likelihoods (Lindsay 1983, The geometry of mixture likelihoods, Ann.
 * Stat. 11). Scores count as at least 1e-7 away from 0 and 1, as in calibration.
 *
 * AUC: a step function of the weights, without gradient. Line searches towards each member, and
 * away from it, over grids that become finer, from several starts (equal weights, the minimum of
 * the log loss, the best member, random ones), each by the exact AUC with ties; the best end wins,
 * equal weights on a tie. Of more than 2,000 images of a class a random 2,000 are searched with;
 * the choice between the ends is by all.
 *
 * @param seed     of random starts and samples: equal seeds give equal weights.
 * @param weights  [n_members] the caller's; untouched on failure.
 * @param err      PX_ERR_INPUT: no positives, no negatives, or a score that is not a number in
 *                 [0, 1]; PX_ERR_MEMORY.
 */
bool px_fit_weights(px_weights_goal goal, const px_weights_data *data, uint64_t seed,
                    double *weights, px_error *err);

/** One way to weigh members, on images that the weights were not fitted to. */
typedef struct px_weights_score {
    double auc;      /**< over pairs of the same fold: each is scored by one set of weights */
    double log_loss; /**< mean, natural logarithm */
} px_weights_score;

/** What fitting is worth. */
typedef struct px_weights_check {
    int folds;
    px_weights_score fitted, equal,
        single;                         /**< single: the best member, chosen in each fold anew */
    double auc_gain;                    /**< fitted less equal */
    double auc_gain_low, auc_gain_high; /**< 95 % interval: bootstrap of patients within folds */
} px_weights_check;

/**
 * Cross-validate a fit: everything that looks at labels, the choice of the best member too, is done
 * anew on the other folds. Folds keep a patient's images together and are balanced by label.
 *
 * @param folds   2 or more; fewer are made where a class has fewer patients.
 * @param mixed   [n], nullable: for each image the score by the weights fitted without its fold.
 * @param fold_of [n], nullable: each image's fold.
 * @param err     as px_fit_weights; PX_ERR_INPUT also when a class has fewer than 2 patients.
 */
bool px_fit_weights_check(px_weights_goal goal, const px_weights_data *data, int folds,
                          uint64_t seed, double *mixed, int *fold_of, px_weights_check *check,
                          px_error *err);

#endif
