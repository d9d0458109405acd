/* The result of fitting an ensemble to a site, as JSON. */
#include <math.h>

#include "../base/error.h"
#include "../base/json_fields.h"
#include "site_ensemble.h"

static json_t *number(double value) {
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *interval(const px_interval *i) {
    if (isnan(i->value))
        return json_null();
    return json_pack("{so s[oo]}", "value", number(i->value), "ci95", number(i->low),
                     number(i->high));
}

static json_t *figures(const px_site_figures *f) {
    return json_pack("{so so so so sb so so so}", "auc", interval(&f->auc), "threshold",
                     number(f->threshold), "sensitivity", interval(&f->sensitivity), "specificity",
                     interval(&f->specificity), "calibrated", f->calibrated, "brier",
                     number(f->brier), "ece", number(f->ece), "log_loss", number(f->log_loss));
}

static json_t *score(const px_weights_score *s) {
    return json_pack("{so so}", "auc", number(s->auc), "log_loss", number(s->log_loss));
}

static json_t *check(const px_weights_check *c) {
    return json_pack("{si so so so so}", "folds", c->folds, "fitted", score(&c->fitted), "equal",
                     score(&c->equal), "single", score(&c->single), "auc_gain",
                     interval(&c->auc_gain));
}

static json_t *weights(const px_ensemble *e, int finding, const px_site_finding *from, bool after) {
    json_t *object = json_object();
    bool ok = object != NULL;
    double total = px_ensemble_total_weight(e, finding);
    for (int i = 0; ok && i < from->n_members; i++) {
        const px_ensemble_member *m = &e->members[from->members[i]];
        double value = after ? from->fit.weights[i] : m->weights[finding] / total;
        ok = json_object_set_new(object, m->name, json_real(value)) == 0;
    }
    return px_json_keep_if(object, ok);
}

static json_t *finding_to_json(const px_ensemble *e, int finding, const px_site_finding *from,
                               const px_site_plan *plan) {
    const px_site_fit *fit = &from->fit;
    bool fitted = px_site_is_fitted(from), weighed = fitted && plan->fit_weights;
    json_t *object = json_pack("{ss ss sI sI sI so}", "id", e->findings[finding].id, "name",
                               e->findings[finding].name, "images", (json_int_t)fit->n, "positives",
                               (json_int_t)fit->positives, "negatives", (json_int_t)fit->negatives,
                               "kept", fitted ? json_null() : json_string(fit->reason));
    bool ok = object != NULL;
    if (ok && fitted)
        ok = json_object_set_new(object, "before", figures(&fit->before)) == 0 &&
             json_object_set_new(object, "after", figures(&fit->after)) == 0;
    if (ok && weighed)
        ok = json_object_set_new(object, "weights",
                                 json_pack("{so so}", "before", weights(e, finding, from, false),
                                           "after", weights(e, finding, from, true))) == 0 &&
             json_object_set_new(object, "cross_validation", check(&fit->check)) == 0;
    return px_json_keep_if(object, ok);
}

json_t *px_site_to_json(const px_ensemble *ensemble, const px_site_finding *findings,
                        const px_site_plan *plan, const px_site_origin *origin, px_error *err) {
    json_t *list = json_array();
    bool ok = list != NULL;
    for (int f = 0; ok && f < ensemble->n_findings; f++)
        ok = json_array_append_new(list, finding_to_json(ensemble, f, &findings[f], plan)) == 0;
    json_t *root = json_pack(
        "{ss ss sI so ss ss ss si sI so}", "labels", origin->data, "labels_sha256", origin->sha256,
        "images", (json_int_t)origin->images, "patients",
        origin->patients ? json_integer(origin->patients) : json_null(), "operating_point",
        origin->rule, "calibration",
        plan->calibrate ? px_calibration_method_name(plan->method) : "none", "weights",
        plan->fit_weights ? px_weights_goal_name(plan->weights) : "keep", "folds", plan->folds,
        "seed", (json_int_t)plan->seed, "findings", px_json_keep_if(list, ok));
    if (!root)
        px_fail_memory(err);
    return root;
}
