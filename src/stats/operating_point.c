/* Where to decide: thresholds chosen from a ROC curve. */
#include "operating_point.h"

#include <math.h>

#include "../base/error.h"

static bool check_rule(const px_operating_rule *rule, px_error *err) {
    switch (rule->kind) {
    case PX_OPERATING_YOUDEN:
    case PX_OPERATING_F1:
        return true;
    case PX_OPERATING_SENSITIVITY:
    case PX_OPERATING_SPECIFICITY:
        if (rule->target >= 0 && rule->target <= 1)
            return true;
        return px_fail(err, PX_ERR_USAGE, NULL, "a %s of %g is not in 0 to 1",
                       px_operating_rule_name(rule->kind), rule->target);
    case PX_OPERATING_COST: {
        bool costs = rule->cost_fp >= 0 && rule->cost_fn >= 0 &&
                     rule->cost_fp + rule->cost_fn > 0 && isfinite(rule->cost_fp + rule->cost_fn);
        bool prevalence =
            isnan(rule->prevalence) || (rule->prevalence >= 0 && rule->prevalence <= 1);
        if (costs && prevalence)
            return true;
        return px_fail(err, PX_ERR_USAGE, NULL, "costs %g and %g at prevalence %g make no sense",
                       rule->cost_fp, rule->cost_fn, rule->prevalence);
    }
    }
    return px_fail(err, PX_ERR_USAGE, NULL, "there is no operating rule %d", (int)rule->kind);
}

static double cost(const px_roc *roc, const px_operating_rule *rule, const px_roc_point *point) {
    double prevalence =
        isnan(rule->prevalence)
            ? (double)roc->positives / ((double)roc->positives + (double)roc->negatives)
            : rule->prevalence;
    return rule->cost_fp * (1 - prevalence) * point->fpr +
           rule->cost_fn * prevalence * (1 - point->tpr);
}

static double specificity(const px_roc *roc, const px_roc_point *point) {
    return (double)(roc->negatives - point->fp) / roc->negatives;
}

/* What the rule looks at; more is better. -INFINITY: not allowed. */
static double gain(const px_roc *roc, const px_operating_rule *rule, const px_roc_point *point) {
    switch (rule->kind) {
    case PX_OPERATING_YOUDEN:
        return ((double)point->tp * roc->negatives - (double)point->fp * roc->positives) /
               ((double)roc->positives * roc->negatives);
    case PX_OPERATING_SENSITIVITY:
        return point->tpr >= rule->target ? specificity(roc, point) : -INFINITY;
    case PX_OPERATING_SPECIFICITY:
        return specificity(roc, point) >= rule->target ? point->tpr : -INFINITY;
    case PX_OPERATING_COST:
        return -cost(roc, rule, point);
    case PX_OPERATING_F1:
        return 2.0 * point->tp / ((double)point->tp + point->fp + roc->positives);
    }
    return -INFINITY;
}

bool px_operating_point_choose(const px_roc *roc, const px_operating_rule *rule,
                               px_operating_point *out, px_error *err) {
    if (!check_rule(rule, err))
        return false;
    double most = -INFINITY;
    const px_roc_point *best = NULL;
    for (size_t i = 1; i < roc->n_points; i++) {
        double value = gain(roc, rule, &roc->points[i]);
        if (value > most) {
            most = value;
            best = &roc->points[i];
        }
    }
    if (!best)
        return px_fail(err, PX_ERR_INPUT, NULL, "no threshold has a %s of %g",
                       px_operating_rule_name(rule->kind), rule->target);
    *out = (px_operating_point){.threshold = best->threshold,
                                .sensitivity = best->tpr,
                                .specificity = specificity(roc, best),
                                .merit = rule->kind == PX_OPERATING_COST ? -most : most,
                                .tp = best->tp,
                                .fp = best->fp,
                                .tn = roc->negatives - best->fp,
                                .fn = roc->positives - best->tp};
    return true;
}

const char *px_operating_rule_name(px_operating_rule_kind kind) {
    static const char *const names[] = {"youden", "sensitivity", "specificity", "cost", "f1"};
    return (size_t)kind < sizeof names / sizeof names[0] ? names[kind] : "unknown";
}
