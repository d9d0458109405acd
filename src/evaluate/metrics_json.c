/* An evaluation as JSON. */
#include "metrics_json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/json_fields.h"
#include "../base/memory.h"

/* An object that is being filled; after the first failure nothing more is added. */
typedef struct filling {
    json_t *object;
    bool ok;
    const char *ci; /* the key of intervals: "ci95" */
} filling;

static filling fill(const char *ci) {
    json_t *object = json_object();
    return (filling){object, object != NULL, ci};
}

static json_t *filled(filling *f) {
    return px_json_keep_if(f->object, f->ok);
}

/* Takes `value`; NULL is a failure. */
static void put(filling *f, const char *key, json_t *value) {
    if (f->ok)
        f->ok = json_object_set_new(f->object, key, value) == 0;
    else
        json_decref(value);
}

static json_t *number(double value) {
    return isfinite(value) ? json_real(value) : json_null();
}

static void put_number(filling *f, const char *key, double value) {
    put(f, key, number(value));
}

static void put_count(filling *f, const char *key, int64_t value) {
    put(f, key, json_integer(value));
}

static void put_text(filling *f, const char *key, const char *value) {
    put(f, key, value ? json_string(value) : json_null());
}

static json_t *interval(const px_interval *e) {
    if (!isfinite(e->low) || !isfinite(e->high))
        return json_null();
    return json_pack("[ff]", e->low, e->high);
}

static filling fill_estimate(const px_interval *e, const char *ci) {
    filling f = fill(ci);
    put_number(&f, "value", e->value);
    put(&f, ci, interval(e));
    return f;
}

static void put_estimate(filling *f, const char *key, const px_interval *e) {
    filling estimate = fill_estimate(e, f->ci);
    put(f, key, filled(&estimate));
}

/* ---- One scorer at one finding -------------------------------------------------------------- */

static json_t *rates_to_json(const px_evaluation_rates *r, const char *ci) {
    if (!r->known)
        return json_null();
    filling f = fill(ci);
    const struct {
        const char *key;
        const px_interval *estimate;
    } figures[] = {{"sensitivity", &r->sensitivity},
                   {"specificity", &r->specificity},
                   {"ppv", &r->ppv},
                   {"npv", &r->npv},
                   {"f1", &r->f1},
                   {"adjusted_ppv", &r->adjusted_ppv},
                   {"adjusted_npv", &r->adjusted_npv}};
    put_number(&f, "threshold", r->threshold);
    put_count(&f, "true_positives", r->true_positives);
    put_count(&f, "false_positives", r->false_positives);
    put_count(&f, "true_negatives", r->true_negatives);
    put_count(&f, "false_negatives", r->false_negatives);
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) {
        char key[32];
        snprintf(key, sizeof key, "%s_%s", figures[i].key, ci);
        put_number(&f, figures[i].key, figures[i].estimate->value);
        put(&f, key, interval(figures[i].estimate));
    }
    return filled(&f);
}

static json_t *bins_to_json(const px_evaluation_measure *m, const char *ci) {
    json_t *bins = json_array();
    bool ok = bins != NULL;
    for (int i = 0; ok && i < PX_EVALUATION_BINS; i++) {
        filling f = fill(ci);
        put_count(&f, "count", m->bins[i].count);
        put_number(&f, "mean_score", m->bins[i].mean_score);
        put_estimate(&f, "positives", &m->bins[i].share);
        ok = json_array_append_new(bins, filled(&f)) == 0;
    }
    return px_json_keep_if(bins, ok);
}

static json_t *counts_to_json(const int64_t *counts, int n) {
    json_t *list = json_array();
    bool ok = list != NULL;
    for (int i = 0; ok && i < n; i++)
        ok = json_array_append_new(list, json_integer(counts[i])) == 0;
    return px_json_keep_if(list, ok);
}

static json_t *histogram_to_json(const px_evaluation_measure *m) {
    filling f = fill("");
    put(&f, "negatives", counts_to_json(m->negatives_histogram, PX_EVALUATION_HISTOGRAM));
    put(&f, "positives", counts_to_json(m->positives_histogram, PX_EVALUATION_HISTOGRAM));
    return filled(&f);
}

static void put_measure(filling *f, const px_evaluation_measure *m, bool is_ensemble) {
    put_count(f, "n", m->n);
    put_count(f, "positives", m->positives);
    put_count(f, "missing", m->missing);
    if (m->reason) {
        put_text(f, "reason", m->reason);
        return;
    }
    put_text(f, "note", m->note);
    put_estimate(f, "auc", &m->auc);
    put_estimate(f, "auc_bootstrap", &m->auc_bootstrap);
    put_estimate(f, "average_precision", &m->average_precision);
    put(f, "youden", rates_to_json(&m->youden, f->ci));
    if (is_ensemble)
        put(f, "operating_point", rates_to_json(&m->operating, f->ci));
    put(f, "calibrated", json_boolean(m->calibrated));
    put_estimate(f, "brier", &m->brier);
    put_number(f, "ece", m->ece);
    put(f, "reliability", bins_to_json(m, f->ci));
    put(f, "histogram", histogram_to_json(m));
}

/* ---- One finding ---------------------------------------------------------------------------- */

static json_t *labels_to_json(const px_evaluation_finding *finding) {
    filling f = fill("");
    put_count(&f, "positive", finding->positive);
    put_count(&f, "negative", finding->negative);
    put_count(&f, "uncertain", finding->uncertain);
    put_count(&f, "blank", finding->blank);
    put_text(&f, "policy", finding->policy);
    return filled(&f);
}

static json_t *comparison_to_json(const px_evaluation_comparison *c, const char *ci) {
    if (c->n == 0)
        return json_null();
    filling f = fill_estimate(&c->difference, ci);
    put_count(&f, "n", c->n);
    put_number(&f, "p", c->p);
    return filled(&f);
}

/* Every scorer but the first. */
static json_t *members_to_json(const px_evaluation *e, int finding, const char *ci) {
    filling all = fill(ci);
    for (int s = 1; s < e->n_scorers; s++) {
        filling f = fill(ci);
        put_measure(&f, &e->scorers[s].measures[finding], false);
        put(&f, "difference", comparison_to_json(px_evaluation_compared(e, finding, s), ci));
        put(&all, e->scorers[s].name, filled(&f));
    }
    return filled(&all);
}

static json_t *kappa_to_json(const px_evaluation *e, int finding) {
    filling all = fill("");
    for (int a = 0; a < e->n_scorers; a++) {
        filling row = fill("");
        for (int b = 0; b < e->n_scorers; b++)
            if (a != b)
                put_number(&row, e->scorers[b].name, px_evaluation_kappa(e, finding, a, b));
        put(&all, e->scorers[a].name, filled(&row));
    }
    return filled(&all);
}

static json_t *heat_check_to_json(const px_evaluation_heat_check *h, const char *ci) {
    filling f = fill(ci);
    put_count(&f, "images", h->images);
    put_count(&f, "hits", h->hits);
    put_estimate(&f, "hit_rate", &h->hit_rate);
    put_number(&f, "chance", h->chance);
    put_number(&f, "mean_iou", h->mean_iou);
    put_count(&f, "overlaps", h->overlaps);
    put_estimate(&f, "overlap_rate", &h->overlap_rate);
    return filled(&f);
}

static json_t *finding_to_json(const px_evaluation *e, int finding, const char *ci) {
    const px_evaluation_finding *about = &e->findings[finding];
    filling f = fill(ci);
    put_text(&f, "name", about->name);
    put(&f, "labels", labels_to_json(about));
    put_number(&f, "prevalence", about->prevalence);
    if (e->n_scorers > 0)
        put_measure(&f, &e->scorers[0].measures[finding], e->scorers[0].is_ensemble);
    if (e->n_scorers > 1) {
        put(&f, "members", members_to_json(e, finding, ci));
        put(&f, "kappa", kappa_to_json(e, finding));
    }
    if (e->heat_checks)
        put(&f, "heat_maps", heat_check_to_json(&e->heat_checks[finding], ci));
    return filled(&f);
}

/* ---- Subgroups ------------------------------------------------------------------------------ */

static json_t *group_figure_to_json(const px_evaluation_group_figure *g, const char *ci) {
    filling f = fill_estimate(&g->value, ci);
    put_estimate(&f, "difference", &g->difference);
    put_number(&f, "p", g->p);
    put_number(&f, "p_holm", g->p_holm);
    put(&f, "flagged", json_boolean(g->flagged));
    return filled(&f);
}

static json_t *group_to_json(const px_evaluation *e, const px_evaluation_group *g, const char *ci) {
    filling findings = fill(ci);
    for (int i = 0; i < e->n_findings; i++) {
        const px_evaluation_group_measure *m = &g->measures[i];
        filling f = fill(ci);
        put_count(&f, "n", m->n);
        put_count(&f, "positives", m->positives);
        put_text(&f, "reason", m->reason);
        put(&f, "auc", group_figure_to_json(&m->auc, ci));
        put(&f, "sensitivity", group_figure_to_json(&m->sensitivity, ci));
        put(&f, "specificity", group_figure_to_json(&m->specificity, ci));
        put(&findings, e->findings[i].id, filled(&f));
    }
    filling f = fill(ci);
    put_count(&f, "images", g->images);
    put(&f, "findings", filled(&findings));
    return filled(&f);
}

static json_t *subgroups_to_json(const px_evaluation *e, const char *ci) {
    filling all = fill(ci);
    for (int i = 0; i < e->n_subgroups; i++) {
        const px_evaluation_subgroups *s = &e->subgroups[i];
        filling groups = fill(ci), f = fill(ci);
        for (int g = 0; g < s->n_groups; g++)
            put(&groups, s->groups[g].value, group_to_json(e, &s->groups[g], ci));
        put_text(&f, "note", s->note);
        put_count(&f, "flagged", s->flagged);
        put(&f, "groups", filled(&groups));
        put(&all, s->column, filled(&f));
    }
    return filled(&all);
}

/* ---- The whole ------------------------------------------------------------------------------ */

/* Without examples: a path may tell who a patient is, and metrics are shown around. */
static json_t *left_out_to_json(const px_evaluation *e) {
    json_t *list = json_array();
    bool ok = list != NULL;
    for (int i = 0; ok && i < e->n_left_out; i++) {
        const px_evaluation_left_out *l = &e->left_out[i];
        filling f = fill("");
        put_text(&f, "what", l->what);
        put_count(&f, "count", l->count);
        ok = json_array_append_new(list, filled(&f)) == 0;
    }
    return px_json_keep_if(list, ok);
}

static json_t *ensemble_to_json(const px_evaluation *e) {
    if (!e->ensemble_name)
        return json_null();
    filling f = fill("");
    put_text(&f, "name", e->ensemble_name);
    put_text(&f, "version", e->ensemble_version);
    put_text(&f, "notice", e->notice);
    return filled(&f);
}

static json_t *data_to_json(const px_evaluation *e) {
    filling f = fill("");
    put_text(&f, "labels", e->data);
    put_text(&f, "sha256", e->data_sha256);
    put_text(&f, "predictions", e->predictions);
    put_count(&f, "images", e->images);
    put(&f, "patients", e->patients > 0 ? json_integer(e->patients) : json_null());
    return filled(&f);
}

static json_t *options_to_json(const px_evaluation *e) {
    filling f = fill("");
    put_number(&f, "level", e->level);
    put_count(&f, "rounds", e->rounds);
    put_count(&f, "seed", (int64_t)e->seed);
    put_number(&f, "iou_threshold", e->iou_threshold);
    return filled(&f);
}

static void put_mean(filling *f, const px_evaluation_scorer *scorer) {
    char key[32];
    snprintf(key, sizeof key, "mean_auc_%s", f->ci);
    put_number(f, "mean_auc", scorer->mean_auc.value);
    put(f, key, interval(&scorer->mean_auc));
    put_count(f, "mean_auc_findings", scorer->mean_auc_findings);
}

static json_t *scorers_to_json(const px_evaluation *e, const char *ci) {
    filling all = fill(ci);
    for (int s = 0; s < e->n_scorers; s++) {
        filling f = fill(ci);
        put_mean(&f, &e->scorers[s]);
        put(&all, e->scorers[s].name, filled(&f));
    }
    return filled(&all);
}

json_t *px_metrics_to_json(const px_evaluation *e, px_error *err) {
    char ci[16];
    snprintf(ci, sizeof ci, "ci%.6g", 100 * e->level);
    filling findings = fill(ci), f = fill(ci);
    for (int i = 0; i < e->n_findings; i++)
        put(&findings, e->findings[i].id, finding_to_json(e, i, ci));
    put_text(&f, "format", PX_METRICS_FORMAT);
    put_text(&f, "program", e->program);
    put(&f, "ensemble", ensemble_to_json(e));
    put(&f, "data", data_to_json(e));
    put(&f, "options", options_to_json(e));
    if (e->n_scorers > 0)
        put_mean(&f, &e->scorers[0]);
    put(&f, "findings", filled(&findings));
    put(&f, "scorers", scorers_to_json(e, ci));
    put(&f, "subgroups", subgroups_to_json(e, ci));
    put(&f, "left_out", left_out_to_json(e));
    json_t *whole = filled(&f);
    if (!whole)
        px_fail_memory(err);
    return whole;
}

char *px_metrics_text(const px_evaluation *evaluation, px_error *err) {
    json_t *json = px_metrics_to_json(evaluation, err);
    char *lines = json ? px_json_dump_lines(json, err) : NULL;
    char *text = lines ? px_format(err, "%s\n", lines) : NULL;
    free(lines);
    json_decref(json);
    return text;
}
