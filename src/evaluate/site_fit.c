/* Fitting one finding to a site. All that is reported of the result is cross-fitted. */
#include "site_fit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "../stats/auc.h"
#include "../stats/calibration.h"
#include "../stats/rates.h"
#include "../stats/reliability.h"
#include "predictions.h"

static const double level = 0.95;

/* What is known of each image, by a model that has not seen it. */
typedef struct outcomes {
    double *scores, *probabilities; /* [n] */
    uint8_t *decisions;             /* [n] */
} outcomes;

/* A whole fit on some images. */
typedef struct fitted {
    double weights[PX_ENSEMBLE_MAX_MEMBERS];
    double threshold;
    px_calibration calibration;
} fitted;

/* Images, scored by given weights. */
typedef struct scored {
    size_t n;
    const double *scores;
    const uint8_t *labels;
} scored;

void px_site_fit_clear(px_site_fit *fit) {
    px_calibration_clear(&fit->calibration);
    *fit = (px_site_fit){0};
}

/* ---- How many there are ------------------------------------------------------------------------
 */

static int compare_numbers(const void *a, const void *b) {
    const uint32_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* Patients who have an image of a label; images where patients are not known. */
static size_t count_patients(const px_weights_data *data, uint8_t label, uint32_t *room) {
    size_t n = 0, patients = 0;
    for (size_t i = 0; i < data->n; i++) {
        if (data->labels[i] == label)
            room[n++] = data->groups ? data->groups[i] : (uint32_t)i;
    }
    qsort(room, n, sizeof *room, compare_numbers);
    for (size_t i = 0; i < n; i++)
        patients += i == 0 || room[i] != room[i - 1];
    return patients;
}

static bool count(const px_weights_data *data, px_site_fit *fit, px_error *err) {
    uint32_t *room = px_alloc(data->n, sizeof *room, err);
    if (!room)
        return false;
    fit->n = data->n;
    for (size_t i = 0; i < data->n; i++)
        fit->positives += data->labels[i];
    fit->negatives = fit->n - fit->positives;
    fit->positive_patients = count_patients(data, 1, room);
    fit->negative_patients = count_patients(data, 0, room);
    free(room);
    return true;
}

static bool enough(const px_site_data *site, const px_site_plan *plan, px_site_fit *fit) {
    size_t least = plan->least < 2 ? 2 : plan->least;
    bool positive = fit->positive_patients < least;
    size_t found = positive ? fit->positive_patients : fit->negative_patients;
    if (found >= least)
        return true;
    snprintf(fit->reason, sizeof fit->reason, "%zu %s %s%s, at least %zu are needed", found,
             positive ? "positive" : "negative", site->data.groups ? "patient" : "image",
             found == 1 ? "" : "s", least);
    return false;
}

/* ---- One fit ------------------------------------------------------------------------------------
 */

static bool choose_threshold(const scored *s, const px_operating_rule *rule, double *threshold,
                             px_error *err) {
    px_roc roc = {0};
    px_operating_point point;
    bool ok = px_roc_compute(s->scores, s->labels, s->n, &roc, err) &&
              px_operating_point_choose(&roc, rule, &point, err);
    if (ok)
        *threshold = point.threshold;
    px_roc_clear(&roc);
    return ok;
}

/* What the ensemble file would refuse is refused here, with a reason. */
static bool check_calibration(const px_calibration *c, px_error *err) {
    if (c->method == PX_CALIBRATION_PLATT && !(c->a > 0))
        return px_fail(err, PX_ERR_INPUT, NULL,
                       "higher scores go with fewer positives: Platt scaling would turn them over");
    if (c->method == PX_CALIBRATION_ISOTONIC && c->n_knots > PX_ENSEMBLE_MAX_KNOTS)
        return px_fail(err, PX_ERR_INPUT, NULL, "isotonic calibration has %zu knots, more than %d",
                       c->n_knots, PX_ENSEMBLE_MAX_KNOTS);
    return true;
}

/* Threshold and calibration for images that are scored. */
static bool fit_scored(const scored *s, const px_site_plan *plan, fitted *out, px_error *err) {
    return choose_threshold(s, &plan->rule, &out->threshold, err) &&
           (!plan->calibrate ||
            px_calibration_fit(plan->method, s->scores, s->labels, s->n, &out->calibration, err));
}

/* ---- Folds --------------------------------------------------------------------------------------
 */

/* Scores of a part: with weights that were fitted, or the ensemble's own. */
static double *score_part(const px_site_data *site, const px_site_plan *plan,
                          const px_weights_part *part, const double *weights, px_error *err) {
    double *scores = px_alloc(part->data.n, sizeof *scores, err);
    if (!scores)
        return NULL;
    if (plan->fit_weights)
        px_predictions_mix(part->data.n_members, (int64_t)part->data.n, part->data.scores, weights,
                           scores);
    for (size_t i = 0; !plan->fit_weights && i < part->data.n; i++)
        scores[i] = site->ensemble[part->rows[i]];
    return scores;
}

static void apply(const px_site_plan *plan, const fitted *f, const px_weights_part *test,
                  const double *scores, outcomes *out) {
    for (size_t i = 0; i < test->data.n; i++) {
        size_t row = test->rows[i];
        out->scores[row] = scores[i];
        out->decisions[row] = (float)scores[i] >= (float)f->threshold; /* as the reader decides */
        out->probabilities[row] =
            plan->calibrate ? px_calibration_apply(&f->calibration, scores[i]) : scores[i];
    }
}

static bool cross_fit_fold(const px_site_data *site, const px_site_plan *plan, const int *fold_of,
                           int fold, const double *weights, outcomes *out, px_error *err) {
    px_weights_part train = {0}, test = {0};
    fitted f = {0};
    double *seen = NULL, *unseen = NULL;
    bool ok = px_weights_part_take(&site->data, fold_of, fold, false, &train, err) &&
              px_weights_part_take(&site->data, fold_of, fold, true, &test, err) &&
              (seen = score_part(site, plan, &train, weights, err)) &&
              (unseen = score_part(site, plan, &test, weights, err)) &&
              fit_scored(&(scored){train.data.n, seen, train.labels}, plan, &f, err);
    if (ok)
        apply(plan, &f, &test, unseen, out);
    px_calibration_clear(&f.calibration);
    free(seen);
    free(unseen);
    px_weights_part_clear(&train);
    px_weights_part_clear(&test);
    return ok;
}

static bool cross_fit(const px_site_data *site, const px_site_plan *plan, outcomes *out,
                      px_site_fit *fit, px_error *err) {
    const size_t members = (size_t)site->data.n_members;
    int *fold_of = px_alloc(site->data.n, sizeof *fold_of, err);
    fit->folds =
        fold_of ? px_fit_weights_folds(&site->data, plan->folds, plan->seed, fold_of, err) : 0;
    double *weights =
        fit->folds ? px_alloc((size_t)fit->folds * (members + 1), sizeof *weights, err) : NULL;
    bool ok = weights != NULL;
    if (ok && plan->fit_weights) {
        ok = px_fit_weights_check(plan->weights, &site->data, fit->folds, fold_of, plan->seed,
                                  weights, &fit->check, err);
        fit->weights_checked = ok;
    }
    for (int fold = 0; ok && fold < fit->folds; fold++)
        ok = cross_fit_fold(site, plan, fold_of, fold, weights + (size_t)fold * members, out, err);
    free(weights);
    free(fold_of);
    return ok;
}

/* ---- Figures ------------------------------------------------------------------------------------
 */

static px_site_figures no_figures(void) {
    const px_interval unknown = {NAN, NAN, NAN};
    return (px_site_figures){.auc = unknown,
                             .threshold = NAN,
                             .sensitivity = unknown,
                             .specificity = unknown,
                             .brier = NAN,
                             .ece = NAN,
                             .log_loss = NAN};
}

/* @param decisions  NULL: there is no threshold. */
static bool measure(const px_weights_data *data, const double *scores, const uint8_t *decisions,
                    const double *probabilities, px_site_figures *out, px_error *err) {
    px_auc_estimate auc;
    if (!px_auc_delong(scores, data->labels, data->n, level, &auc, err) ||
        !px_brier(probabilities, data->labels, data->n, &out->brier, err) ||
        !px_log_loss(probabilities, data->labels, data->n, &out->log_loss, err) ||
        !px_expected_calibration_error(probabilities, data->labels, data->n, PX_SITE_BINS,
                                       &out->ece, err))
        return false;
    out->auc = auc.auc;
    px_confusion counts = {0};
    for (size_t i = 0; decisions && i < data->n; i++) {
        size_t *cell = data->labels[i] ? (decisions[i] ? &counts.tp : &counts.fn)
                                       : (decisions[i] ? &counts.fp : &counts.tn);
        ++*cell;
    }
    if (decisions) {
        px_rates rates = px_rates_of(&counts, level);
        out->sensitivity = rates.sensitivity;
        out->specificity = rates.specificity;
    }
    return true;
}

static bool measure_before(const px_site_data *site, outcomes *room, px_site_figures *out,
                           px_error *err) {
    const px_ensemble_finding *old = site->finding;
    *out = no_figures();
    out->calibrated = old->has_calibration;
    out->threshold = old->has_threshold ? old->threshold : NAN;
    for (size_t i = 0; i < site->data.n; i++) {
        double score = site->ensemble[i];
        room->decisions[i] = (float)score >= (float)old->threshold;
        room->probabilities[i] =
            old->has_calibration ? px_calibration_apply(&old->calibration, score) : score;
    }
    return measure(&site->data, site->ensemble, old->has_threshold ? room->decisions : NULL,
                   room->probabilities, out, err);
}

/* ---- The finding --------------------------------------------------------------------------------
 */

/* The fit that is kept: on all images. */
static bool fit_all(const px_site_data *site, const px_site_plan *plan, double *room,
                    px_site_fit *fit, px_error *err) {
    const int members = site->data.n_members;
    fitted f = {0};
    if (members > 0)
        memcpy(f.weights, site->weights, (size_t)members * sizeof *f.weights);
    if (plan->fit_weights &&
        !px_fit_weights(plan->weights, &site->data, plan->seed, f.weights, err))
        return false;
    if (plan->fit_weights)
        px_predictions_mix(members, (int64_t)site->data.n, site->data.scores, f.weights, room);
    const scored all = {site->data.n, plan->fit_weights ? room : site->ensemble, site->data.labels};
    if (!fit_scored(&all, plan, &f, err) ||
        (plan->calibrate && !check_calibration(&f.calibration, err))) {
        px_calibration_clear(&f.calibration);
        return false;
    }
    memcpy(fit->weights, f.weights, sizeof fit->weights);
    fit->threshold = f.threshold;
    fit->calibration = f.calibration;
    return true;
}

static bool fit_and_measure(const px_site_data *site, const px_site_plan *plan, outcomes *room,
                            px_site_fit *fit, px_error *err) {
    if (!measure_before(site, room, &fit->before, err) ||
        !fit_all(site, plan, room->scores, fit, err) || !cross_fit(site, plan, room, fit, err))
        return false;
    fit->after = no_figures();
    fit->after.calibrated = plan->calibrate;
    fit->after.threshold = fit->threshold;
    return measure(&site->data, room->scores, room->decisions, room->probabilities, &fit->after,
                   err);
}

bool px_site_fit_finding(const px_site_data *site, const px_site_plan *plan, px_site_fit *fit,
                         px_error *err) {
    px_site_fit made = {0};
    if (plan->folds < 2 || (plan->fit_weights && site->data.n_members < 1))
        return px_fail(err, PX_ERR_USAGE, NULL,
                       "at least 2 folds are needed, and members' scores to fit weights");
    if (!count(&site->data, &made, err))
        return false;
    if (!enough(site, plan, &made)) {
        *fit = made;
        return true;
    }
    const size_t n = site->data.n;
    px_error failure = {0};
    outcomes room = {.scores = px_alloc(n, sizeof *room.scores, &failure),
                     .probabilities = px_alloc(n, sizeof *room.probabilities, &failure),
                     .decisions = px_alloc(n, sizeof *room.decisions, &failure)};
    bool ok = room.scores && room.probabilities && room.decisions &&
              fit_and_measure(site, plan, &room, &made, &failure);
    free(room.scores);
    free(room.probabilities);
    free(room.decisions);
    if (!ok) {
        px_calibration_clear(&made.calibration);
        if (failure.code != PX_ERR_INPUT)
            return px_fail(err, failure.code, failure.subject, "%s", failure.message);
        snprintf(made.reason, sizeof made.reason, "%.199s", failure.message);
    }
    *fit = made;
    return true;
}
