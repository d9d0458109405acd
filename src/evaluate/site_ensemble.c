/* New weights, operating points and calibration in an ensemble's own blocks. */
#include "site_ensemble.h"

#include <stdio.h>
#include <string.h>

#include "../base/error.h"
#include "../base/json_fields.h"

enum { MAX_DATA = 200 };

bool px_site_is_fitted(const px_site_finding *finding) {
    return finding->fit.reason[0] == '\0';
}

static bool changes_weights(const px_site_finding *finding, const px_site_plan *plan) {
    return plan->fit_weights && px_site_is_fitted(finding);
}

static void set_weights(px_ensemble *e, int finding, const px_site_finding *from) {
    for (int m = 0; m < e->n_members; m++)
        e->members[m].weights[finding] = 0;
    for (int i = 0; i < from->n_members; i++)
        e->members[from->members[i]].weights[finding] = from->fit.weights[i];
}

static json_t *thresholds(const px_ensemble *e, const px_site_finding *findings) {
    json_t *object = json_object();
    bool ok = object != NULL;
    for (int f = 0; ok && f < e->n_findings; f++) {
        bool fitted = px_site_is_fitted(&findings[f]);
        double value = fitted ? findings[f].fit.threshold : e->findings[f].threshold;
        ok = (!fitted && !e->findings[f].has_threshold) ||
             json_object_set_new(object, e->findings[f].id, json_real(value)) == 0;
    }
    return px_json_keep_if(object, ok);
}

static json_t *members_hashes(const px_ensemble *e) {
    json_t *object = json_object();
    bool ok = object != NULL;
    for (int m = 0; ok && m < e->n_members; m++)
        ok =
            json_object_set_new(object, e->members[m].name, json_string(e->members[m].sha256)) == 0;
    return px_json_keep_if(object, ok);
}

/* "site.csv", and how many findings are not of it. */
static json_t *describe_data(const px_ensemble *e, const px_site_finding *findings,
                             const px_site_origin *origin) {
    char text[MAX_DATA];
    int kept = 0;
    for (int f = 0; f < e->n_findings; f++)
        kept += !px_site_is_fitted(&findings[f]);
    if (kept)
        snprintf(text, sizeof text, "%.120s (%d of %d findings; the others as before)",
                 origin->data, e->n_findings - kept, e->n_findings);
    else
        snprintf(text, sizeof text, "%.120s", origin->data);
    return json_string(text);
}

static bool put_operating_points(px_ensemble *e, const px_site_finding *findings,
                                 const px_site_origin *origin, px_error *err) {
    json_t *block =
        json_pack("{ss so sI so so}", "method", origin->rule, "data",
                  describe_data(e, findings, origin), "images", (json_int_t)origin->images,
                  "thresholds", thresholds(e, findings), "members", members_hashes(e));
    if (!block)
        return px_fail_memory(err);
    json_decref(e->operating_points);
    e->operating_points = block;
    return true;
}

static json_t *parameters(const px_ensemble *e, const px_site_finding *findings,
                          px_calibration_method method) {
    json_t *object = json_object();
    bool ok = object != NULL;
    for (int f = 0; ok && f < e->n_findings; f++) {
        const px_ensemble_finding *old = &e->findings[f];
        bool fitted = px_site_is_fitted(&findings[f]);
        const px_calibration *c = fitted ? &findings[f].fit.calibration : &old->calibration;
        ok = (!fitted && !old->has_calibration) ||
             json_object_set_new(object, old->id, px_ensemble_calibration_to_json(c, method)) == 0;
    }
    return px_json_keep_if(object, ok);
}

static bool put_calibration(px_ensemble *e, const px_site_finding *findings,
                            const px_site_plan *plan, const px_site_origin *origin, px_error *err) {
    json_t *block = json_pack(
        "{ss so sI so so}", "method", px_calibration_method_name(plan->method), "data",
        describe_data(e, findings, origin), "images", (json_int_t)origin->images, "parameters",
        parameters(e, findings, plan->method), "members", members_hashes(e));
    if (!block)
        return px_fail_memory(err);
    json_decref(e->calibration);
    e->calibration = block;
    return true;
}

/* A calibration of other scores goes; the block with the last one. */
static bool drop_calibrations(px_ensemble *e, const px_site_finding *findings,
                              const px_site_plan *plan, px_error *err) {
    json_t *block = json_deep_copy(e->calibration), *left = json_object_get(block, "parameters");
    if (!block)
        return px_fail_memory(err);
    for (int f = 0; f < e->n_findings; f++) {
        if (changes_weights(&findings[f], plan))
            json_object_del(left, e->findings[f].id);
    }
    bool empty = json_object_size(left) == 0;
    json_decref(e->calibration);
    e->calibration = empty ? NULL : block;
    if (empty)
        json_decref(block);
    return true;
}

bool px_site_apply(px_ensemble *ensemble, const px_site_finding *findings, const px_site_plan *plan,
                   const px_site_origin *origin, json_t *result, px_error *err) {
    if (!put_operating_points(ensemble, findings, origin, err))
        return false;
    if (plan->calibrate
            ? !put_calibration(ensemble, findings, plan, origin, err)
            : ensemble->calibration && !drop_calibrations(ensemble, findings, plan, err))
        return false;
    for (int f = 0; f < ensemble->n_findings; f++) {
        if (changes_weights(&findings[f], plan))
            set_weights(ensemble, f, &findings[f]);
    }
    json_t *card = ensemble->card ? json_copy(ensemble->card) : json_object();
    if (!card || json_object_set(card, "site_calibration", result) != 0) {
        json_decref(card);
        return px_fail_memory(err);
    }
    json_decref(ensemble->card);
    ensemble->card = card;
    return true;
}
