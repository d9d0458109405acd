/* Weights of an ensemble's members for one finding, fitted to labels, and what that is worth on
 * images that the fit has not seen. */
#ifndef PX_EVALUATE_FIT_WEIGHTS_H
#define PX_EVALUATE_FIT_WEIGHTS_H

#include "../stats/interval.h"
#include "perxeptron.h"

typedef enum px_weights_goal {
    PX_WEIGHTS_EQUAL,   /**< 1 / members each */
    PX_WEIGHTS_SINGLE,  /**< all on the member with the largest AUC, the first on a tie */
    PX_WEIGHTS_AUC,     /**< largest area under the ROC curve */
    PX_WEIGHTS_LOGLOSS, /**< smallest mean log loss */
} px_weights_goal;

/** Scores of members and labels, for one finding. Borrowed. */
typedef struct px_weights_data {
    int n_members; /**< 1 to PX_ENSEMBLE_MAX_MEMBERS */
    size_t n;
    const double *const
        *scores;            /**< [n_members][n] in [0, 1], as px_predictions_score makes them */
    const uint8_t *labels;  /**< [n] 0 or 1, both there */
    const uint32_t *groups; /**< [n] patient of each image, any numbers; NULL: each its own */
} px_weights_data;

/**
 * Fit weights on the simplex: none negative, sum 1, in steps of 1e-6 so that a file holds them
 * exactly.
 *
 * LOGLOSS: a linear pool is a mixture, so that its mean log loss is convex in the weights. A log
 * barrier with Newton steps (Boyd & Vandenberghe 2004, chapter 11) finds the minimum before
 * rounding to within 1e-9, by the bound max_i g_i - 1 of mixture likelihoods (Lindsay 1983). Scores
 * count as at least 1e-7 away from 0 and 1, as in calibration.
 *
 * AUC: a step function of the weights, without a gradient. Line searches towards each member and
 * away from it, on grids that become finer, from several starts (equal weights, the minimum of the
 * log loss, the best member, two random points), each by the exact AUC with ties. The best end
 * wins; equal weights where nothing is better. Of more than 2,000 images of a class a random 2,000
 * are searched with; the ends are compared on all.
 *
 * @param seed     of random starts and samples: equal seeds give equal weights.
 * @param weights  [n_members] the caller's; untouched on failure.
 * @param err      PX_ERR_INPUT: no positives, no negatives, or a score that is not a number in
 *                 [0, 1]; PX_ERR_USAGE: n_members; PX_ERR_MEMORY.
 */
bool px_fit_weights(px_weights_goal goal, const px_weights_data *data, uint64_t seed,
                    double *weights, px_error *err);

/** The rows of a set that are in a fold, or those that are not, copied. */
typedef struct px_weights_part {
    px_weights_data data; /**< without groups */
    double *block;        /**< what its arrays lie in */
    double **columns;
    uint8_t *labels;
    size_t *rows; /**< [data.n] index of each in the whole */
} px_weights_part;

/** @param part  to be released with px_weights_part_clear. PX_ERR_MEMORY. */
bool px_weights_part_take(const px_weights_data *data, const int *fold_of, int fold, bool in_fold,
                          px_weights_part *part, px_error *err);
void px_weights_part_clear(px_weights_part *part);

/** One way to weigh members, on images that the weights were not fitted to. */
typedef struct px_weights_score {
    double auc;      /**< over pairs of the same fold: each is scored by one set of weights */
    double log_loss; /**< mean, natural logarithm */
} px_weights_score;

/** What fitting is worth. */
typedef struct px_weights_check {
    int folds;
    px_weights_score fitted, equal,
        single;           /**< single: the best member, chosen in each fold anew */
    px_interval auc_gain; /**< fitted less equal, 95 %: bootstrap of patients within the folds */
} px_weights_check;

/**
 * Deal images to folds: patients together, balanced by label.
 *
 * @param folds    wanted, 2 or more.
 * @param fold_of  [n] the caller's.
 * @return the number of folds: fewer where a class has fewer patients; 0 and an error when one has
 *         fewer than 2.
 */
int px_fit_weights_folds(const px_weights_data *data, int folds, uint64_t seed, int *fold_of,
                         px_error *err);

/**
 * Cross-validate a fit: whatever looks at labels, the choice of the best member too, is done anew
 * without each fold.
 *
 * @param folds, fold_of  of px_fit_weights_folds.
 * @param fold_weights    [folds][n_members], nullable: weights fitted without each fold.
 * @param err             as px_fit_weights.
 */
bool px_fit_weights_check(px_weights_goal goal, const px_weights_data *data, int folds,
                          const int *fold_of, uint64_t seed, double *fold_weights,
                          px_weights_check *check, px_error *err);

/** "auc", "logloss", "equal", "single"; static storage. */
const char *px_weights_goal_name(px_weights_goal goal);

#endif
