/* Where to decide: thresholds chosen from a ROC curve. */
#ifndef PX_STATS_OPERATING_POINT_H
#define PX_STATS_OPERATING_POINT_H

#include "roc.h"

/** How to choose. Among equally good points the highest threshold wins (fewest false alarms). */
typedef enum px_operating_rule_kind {
    PX_OPERATING_YOUDEN,      /**< the greatest sensitivity + specificity - 1 (Youden 1950) */
    PX_OPERATING_SENSITIVITY, /**< the greatest specificity with sensitivity >= target */
    PX_OPERATING_SPECIFICITY, /**< the greatest sensitivity with specificity >= target */
    PX_OPERATING_COST,        /**< the least expected cost (Metz 1978; Zweig & Campbell 1993) */
    PX_OPERATING_F1           /**< the greatest F1 */
} px_operating_rule_kind;

typedef struct px_operating_rule {
    px_operating_rule_kind kind;
    double target;           /**< in [0, 1]; for SENSITIVITY and SPECIFICITY */
    double cost_fp, cost_fn; /**< of a false alarm, of a miss; >= 0, not both 0; for COST */
    double prevalence;       /**< where it will be used, in [0, 1]; for COST. NaN: as in the data */
} px_operating_rule;

typedef struct px_operating_point {
    double threshold; /**< one of the scores; decision = score >= threshold */
    double sensitivity, specificity;
    double merit; /**< what the rule looked at: J, specificity, sensitivity, cost a row, F1 */
    uint32_t tp, fp, tn, fn;
} px_operating_point;

/**
 * Choose a threshold. Deciding "never" (above all scores) is not among the choices.
 *
 * @param roc  of px_roc_compute.
 * @param out  untouched on failure.
 * @param err  PX_ERR_USAGE: a rule that makes no sense; PX_ERR_INPUT: no threshold reaches the
 *             specificity asked for.
 */
bool px_operating_point_choose(const px_roc *roc, const px_operating_rule *rule,
                               px_operating_point *out, px_error *err);

/** The short name of a rule ("youden", "sensitivity", …); static storage. */
const char *px_operating_rule_name(px_operating_rule_kind kind);

#endif
