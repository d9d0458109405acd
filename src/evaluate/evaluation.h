/* Everything that was measured of an ensemble on a labelled set: what the report draws,
 * metrics.json holds and the terminal shows. Plain data: measure.h fills it in. */
#ifndef PX_EVALUATE_EVALUATION_H
#define PX_EVALUATE_EVALUATION_H

#include "../stats/interval.h"
#include "perxeptron.h"

enum {
    PX_EVALUATION_BINS = 10,           /**< of the reliability diagram and of ECE, equally wide */
    PX_EVALUATION_HISTOGRAM = 20,      /**< bins of score histograms, equally wide over [0, 1] */
    PX_EVALUATION_CURVE_POINTS = 512,  /**< most points a curve keeps; figures use all of them */
    PX_EVALUATION_BENEFIT_POINTS = 99, /**< of the decision curve: thresholds 0.01 to 0.99 */
    PX_EVALUATION_EXAMPLES = 20,       /**< most examples that a thing left out is shown with */
};

/** Points of a line, from left to right. */
typedef struct px_evaluation_curve {
    int count;
    double *x, *y;      /**< [count] */
    double *thresholds; /**< [count] score at which the point stands; NULL for curves without; the
                             first of a ROC curve is +infinity */
} px_evaluation_curve;

/** Decisions "score >= threshold" against the labels. */
typedef struct px_evaluation_rates {
    bool known; /**< false: there is no such threshold, and nothing below is set */
    double threshold;
    int64_t true_positives, false_positives, true_negatives, false_negatives;
    /** In [0, 1]; Wilson's intervals (px_rates_of). NaN where the denominator is 0. */
    px_interval sensitivity, specificity, ppv, npv, f1;
    /** At the prevalence that was given (px_evaluation_finding.prevalence) instead of the set's;
     * NaN without one. Intervals: from those of sensitivity and specificity. */
    px_interval adjusted_ppv, adjusted_npv;
} px_evaluation_rates;

/** One bin of the reliability diagram. */
typedef struct px_evaluation_bin {
    int64_t count;
    double mean_score; /**< NaN for an empty bin */
    px_interval share; /**< of positives; Wilson's interval; NaN for an empty bin */
} px_evaluation_bin;

/** How one scorer does at one finding. */
typedef struct px_evaluation_measure {
    int64_t n;         /**< images with a label and a score: what the figures are about */
    int64_t positives; /**< among them */
    int64_t missing;   /**< images with a label, but without a score of this scorer */
    char *reason;      /**< not NULL: why there are no figures ("all 34 labels are negative"); only
                            the counts above are set then */
    char *note;        /**< not NULL: what to know about the figures ("only 3 positives: …") */
    px_evaluation_curve roc;   /**< x: false positive rate, y: true positive rate; (0,0) to (1,1) */
    px_evaluation_curve pr;    /**< x: recall, y: precision */
    px_interval auc;           /**< interval: DeLong's, cut to [0, 1] */
    px_interval auc_bootstrap; /**< the same value; interval: bootstrap of patients, or of images by
                                    class where patients are not known */
    px_interval average_precision; /**< interval: bootstrap */
    px_evaluation_rates youden; /**< threshold that maximises sensitivity + specificity - 1 here */
    px_evaluation_rates operating; /**< the ensemble's own threshold; of the ensemble only */
    bool calibrated;   /**< what follows but the histograms is of the probabilities that the
                            ensemble's calibration makes of its scores */
    px_interval brier; /**< mean squared error of the score; interval: bootstrap */
    double ece;        /**< expected calibration error over the bins, in [0, 1] */
    px_evaluation_bin bins[PX_EVALUATION_BINS];
    int64_t negatives_histogram[PX_EVALUATION_HISTOGRAM],
        positives_histogram[PX_EVALUATION_HISTOGRAM];
    /** Net benefit of acting on scores at or above x, for x = 0.01 … 0.99: TP/n - FP/n x/(1-x). */
    double net_benefit[PX_EVALUATION_BENEFIT_POINTS];
    double net_benefit_all[PX_EVALUATION_BENEFIT_POINTS]; /**< of acting on everybody */
} px_evaluation_measure;

/** Something that scores: the ensemble, a member, or a column of a table of predictions. */
typedef struct px_evaluation_scorer {
    char *name;                      /**< "ensemble", or the member's */
    bool is_ensemble;                /**< at most one, and it stands first */
    px_evaluation_measure *measures; /**< [n_findings] */
    px_interval mean_auc;  /**< over the findings that have one; interval: bootstrap in which all
                                findings see the same resampled patients; value NaN for none */
    int mean_auc_findings; /**< how many it is the mean of */
} px_evaluation_scorer;

/** Ensemble against member on the same images, by DeLong's test for paired curves. */
typedef struct px_evaluation_comparison {
    int64_t n;              /**< images with both scores; 0 where it cannot be made */
    px_interval difference; /**< AUC of scorer 0 less that of the other */
    double p;               /**< two-sided; NaN where it cannot be made */
} px_evaluation_comparison;

/** A figure of a group, and whether it differs from that of all others. */
typedef struct px_evaluation_group_figure {
    px_interval value;
    px_interval difference; /**< group less the rest; interval: -/+ standard errors */
    double p;               /**< two-sided, of no difference, before Holm's correction; or NaN */
    double p_holm;          /**< after it, over all tests of one column */
    bool flagged;           /**< p_holm < 1 - level */
} px_evaluation_group_figure;

/** Scorer 0 at one finding in one group. */
typedef struct px_evaluation_group_measure {
    int64_t n, positives;
    char *reason; /**< not NULL: why nothing was compared ("too small: …"); figures may be NaN */
    px_evaluation_group_figure auc, sensitivity, specificity;
} px_evaluation_group_measure;

typedef struct px_evaluation_group {
    char *value; /**< "F", "40-59", "(none)" for an empty field */
    int64_t images;
    px_evaluation_group_measure *measures; /**< [n_findings] */
} px_evaluation_group;

/** One column that splits the set. */
typedef struct px_evaluation_subgroups {
    char *column; /**< "sex", "age", "view", or as in the table */
    char *note;   /**< not NULL: why there are no groups ("no image has a value") */
    int n_groups;
    px_evaluation_group *groups;
    int flagged; /**< figures that are */
} px_evaluation_subgroups;

/** Where heat maps point, against boxes that people drew, for one finding. */
typedef struct px_evaluation_heat_check {
    int64_t images;       /**< with at least one box of the finding and a heat map */
    int64_t hits;         /**< whose hottest pixel lies in one of the boxes: the pointing game */
    px_interval hit_rate; /**< Wilson; NaN for no images */
    double chance;        /**< mean share of the picture that the boxes cover: what a random point
                               would hit */
    double mean_iou;      /**< of the heat map's box with the nearest of them; NaN for none */
    int64_t overlaps;     /**< images where that is at least iou_threshold */
    px_interval overlap_rate; /**< Wilson */
} px_evaluation_heat_check;

/** Rows or images that are not in the figures, and why. Never patients' identifiers but in
 *  examples, which name rows or files as the table does. */
typedef struct px_evaluation_left_out {
    char *what;    /**< "images that cannot be read" */
    int64_t count; /**< above 0 */
    int n_examples;
    char *examples[PX_EVALUATION_EXAMPLES];
} px_evaluation_left_out;

typedef struct px_evaluation_finding {
    char *id;          /**< "pleural_effusion" */
    char *name;        /**< "Pleural effusion" */
    double prevalence; /**< given for PPV and NPV elsewhere; NaN for none */
    char *policy;      /**< what uncertain labels counted as: "zeros", "ones", "ignore" */
    /** Labels of the images that stayed. */
    int64_t positive, negative, uncertain, blank;
} px_evaluation_finding;

/** All of it. Set up with px_evaluation_init, released with px_evaluation_clear. Strings are UTF-8.
 */
typedef struct px_evaluation {
    char *ensemble_name, *ensemble_version; /**< NULL for a table of predictions */
    char *notice;                           /**< "untrained weights: demonstration only", or NULL */
    char *data;                             /**< the label table's file name, without folders */
    char *data_sha256;                      /**< of its bytes */
    char *predictions; /**< file name of the table the scores came from; NULL: they were computed */
    char *program;     /**< "perxeptron 0.1.0" */
    int64_t images;    /**< that have labels and were scored */
    int64_t patients;  /**< among them; 0: not known, each image counts as a patient */
    double level;      /**< of intervals: 0.95 */
    int rounds;        /**< of the bootstrap */
    uint64_t seed;     /**< of the bootstrap */
    double iou_threshold; /**< of the heat-map check */

    int n_findings;
    px_evaluation_finding *findings;
    int n_scorers;
    px_evaluation_scorer *scorers; /**< [0] is the ensemble where there is one */
    /** [n_findings * n_scorers], finding by finding: scorer 0 against each; that against itself is
     *  empty (n = 0). */
    px_evaluation_comparison *comparisons;
    /** Cohen's kappa of the decisions of two scorers, each at its Youden threshold:
     *  [n_findings * n_scorers * n_scorers], symmetric, 1 on the diagonal; NaN where not known. */
    double *kappa;
    int n_subgroups;
    px_evaluation_subgroups *subgroups;
    px_evaluation_heat_check *heat_checks; /**< [n_findings], or NULL: no boxes were given */
    int n_left_out;
    px_evaluation_left_out *left_out;
} px_evaluation;

/** All empty, doubles NaN where they say so. */
void px_evaluation_init(px_evaluation *evaluation);
void px_evaluation_clear(px_evaluation *evaluation);

/** The kappa of two scorers at a finding. */
double px_evaluation_kappa(const px_evaluation *evaluation, int finding, int a, int b);
/** Scorer 0 against another at a finding. */
const px_evaluation_comparison *px_evaluation_compared(const px_evaluation *evaluation, int finding,
                                                       int scorer);

#endif
