/* Measuring all scorers at all findings, and one against another. */
#include "measure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "../stats/agreement.h"
#include "../stats/auc.h"
#include "../stats/samples.h"
#include "measure_parts.h"

int64_t px_measure_steps(const px_measure_input *input) {
    return (int64_t)input->n_scorers * 2 + input->n_findings;
}

static bool step(const px_measure_input *input, px_error *err) {
    return !input->carry_on || input->carry_on(input->context, 1) ||
           px_fail(err, PX_ERR_CANCELLED, NULL, "stopped");
}

static bool check_input(const px_measure_input *input, px_error *err) {
    if (input->n <= 0 || (size_t)input->n > PX_SAMPLES_MOST)
        return px_fail(err, PX_ERR_INPUT, NULL,
                       input->n <= 0 ? "no images to measure" : "too many images to measure");
    if (input->rounds < 1)
        return px_fail(err, PX_ERR_USAGE, "rounds", "must be at least 1");
    return px_samples_check_level(input->level, err);
}

/* ---- Making room ---------------------------------------------------------------------------- */

static bool make_findings(const px_measure_input *input, px_evaluation *e, px_error *err) {
    e->findings = px_alloc((size_t)input->n_findings, sizeof *e->findings, err);
    e->n_findings = e->findings ? input->n_findings : 0;
    bool ok = e->findings != NULL;
    for (int f = 0; ok && f < e->n_findings; f++) {
        e->findings[f].prevalence = input->prevalences ? input->prevalences[f] : NAN;
        e->findings[f].id = px_strdup(input->findings[f], err);
        e->findings[f].name = px_strdup(input->findings[f], err);
        ok = e->findings[f].id && e->findings[f].name;
    }
    return ok;
}

static bool make_scorers(const px_measure_input *input, px_evaluation *e, px_error *err) {
    e->scorers = px_alloc((size_t)input->n_scorers, sizeof *e->scorers, err);
    e->n_scorers = e->scorers ? input->n_scorers : 0;
    bool ok = e->scorers != NULL;
    for (int s = 0; ok && s < e->n_scorers; s++) {
        px_evaluation_scorer *scorer = &e->scorers[s];
        scorer->is_ensemble = s == 0 && input->has_ensemble;
        scorer->mean_auc = (px_interval){NAN, NAN, NAN};
        scorer->name = px_strdup(input->scorers[s], err);
        scorer->measures = px_alloc((size_t)e->n_findings, sizeof *scorer->measures, err);
        ok = scorer->name && scorer->measures;
    }
    return ok;
}

static bool make_pairs(px_evaluation *e, px_error *err) {
    const size_t findings = (size_t)e->n_findings, scorers = (size_t)e->n_scorers;
    e->comparisons = px_alloc(findings * scorers, sizeof *e->comparisons, err);
    e->kappa = px_alloc(findings * scorers * scorers, sizeof *e->kappa, err);
    for (size_t i = 0; e->comparisons && i < findings * scorers; i++)
        e->comparisons[i] = (px_evaluation_comparison){0, {NAN, NAN, NAN}, NAN};
    for (size_t i = 0; e->kappa && i < findings * scorers * scorers; i++)
        e->kappa[i] = NAN;
    return e->comparisons && e->kappa;
}

/* ---- Scorers two by two --------------------------------------------------------------------- */

/* Rows of a finding in which two scorers have scores, and what is computed of them. */
typedef struct pair_rows {
    size_t n, positives;
    double *a, *b;
    uint8_t *labels, *decisions_a, *decisions_b;
} pair_rows;

static bool make_pair_rows(pair_rows *p, int64_t room, px_error *err) {
    const size_t n = (size_t)room;
    *p = (pair_rows){0};
    p->a = px_alloc(n, sizeof *p->a, err);
    p->b = px_alloc(n, sizeof *p->b, err);
    p->labels = px_alloc(n, 1, err);
    p->decisions_a = px_alloc(n, 1, err);
    p->decisions_b = px_alloc(n, 1, err);
    return p->a && p->b && p->labels && p->decisions_a && p->decisions_b;
}

static void free_pair_rows(pair_rows *p) {
    free(p->a);
    free(p->b);
    free(p->labels);
    free(p->decisions_a);
    free(p->decisions_b);
}

static void collect_pair(const px_measure_input *input, const px_evaluation *e, int finding, int a,
                         int b, pair_rows *p) {
    const double *scores_a = px_measure_column_of(input, finding, a);
    const double *scores_b = px_measure_column_of(input, finding, b);
    const double threshold_a = e->scorers[a].measures[finding].youden.threshold;
    const double threshold_b = e->scorers[b].measures[finding].youden.threshold;
    p->n = p->positives = 0;
    for (int64_t i = 0; i < input->n; i++) {
        const int label = px_measure_label(input, i, finding);
        if (label < 0 || isnan(scores_a[i]) || isnan(scores_b[i]))
            continue;
        p->a[p->n] = scores_a[i];
        p->b[p->n] = scores_b[i];
        p->decisions_a[p->n] = scores_a[i] >= threshold_a;
        p->decisions_b[p->n] = scores_b[i] >= threshold_b;
        p->labels[p->n++] = (uint8_t)label;
        p->positives += (size_t)label;
    }
}

static bool compare(const pair_rows *p, double level, px_evaluation_comparison *c, px_error *err) {
    px_auc_comparison compared;
    if (p->positives == 0 || p->positives == p->n)
        return true;
    if (!px_auc_compare(p->a, p->b, p->labels, p->n, level, &compared, err))
        return false;
    *c = (px_evaluation_comparison){(int64_t)p->n, compared.difference, compared.p};
    return true;
}

static bool measure_pair(const px_measure_input *input, px_evaluation *e, int finding, int a, int b,
                         pair_rows *p, px_error *err) {
    const size_t n = (size_t)e->n_scorers;
    double *kappas = e->kappa + (size_t)finding * n * n;
    px_agreement agreement;
    if (e->scorers[a].measures[finding].reason || e->scorers[b].measures[finding].reason)
        return true;
    if (a == b) {
        kappas[(size_t)a * n + (size_t)a] = 1;
        return true;
    }
    collect_pair(input, e, finding, a, b, p);
    if (p->n == 0)
        return true;
    if (!px_agreement_compute(p->decisions_a, p->decisions_b, p->n, input->level, &agreement, err))
        return false;
    kappas[(size_t)a * n + (size_t)b] = kappas[(size_t)b * n + (size_t)a] = agreement.kappa.value;
    return a != 0 ||
           compare(p, input->level, &e->comparisons[(size_t)finding * n + (size_t)b], err);
}

static bool measure_pairs(const px_measure_input *input, px_evaluation *e, px_error *err) {
    pair_rows p;
    bool ok = make_pair_rows(&p, input->n, err);
    for (int f = 0; ok && f < e->n_findings; f++) {
        for (int a = 0; ok && a < e->n_scorers; a++)
            for (int b = a; ok && b < e->n_scorers; b++)
                ok = measure_pair(input, e, f, a, b, &p, err);
        ok = ok && step(input, err);
    }
    free_pair_rows(&p);
    return ok;
}

/* ---- All ------------------------------------------------------------------------------------ */

static bool measure_scorer(const px_measure_input *input, int scorer, px_measure_rows *rows,
                           px_evaluation *e, px_error *err) {
    px_evaluation_scorer *out = &e->scorers[scorer];
    for (int f = 0; f < e->n_findings; f++)
        if (!px_measure_one(input, f, scorer, rows, &out->measures[f], err)) {
            px_error_add_whole(err, input->findings[f]);
            return false;
        }
    return step(input, err) && px_measure_rounds(input, scorer, out, err) && step(input, err);
}

static bool count_labels(const px_measure_input *input, px_evaluation *e, px_error *err) {
    uint32_t *clusters;
    if (!px_measure_clusters(input, &clusters, &e->patients, err))
        return false;
    free(clusters);
    for (int64_t i = 0; i < input->n; i++)
        for (int f = 0; f < input->n_findings; f++) {
            const int label = px_measure_label(input, i, f);
            *(label < 0 ? &e->findings[f].blank
              : label   ? &e->findings[f].positive
                        : &e->findings[f].negative) += 1;
        }
    e->images = input->n;
    e->level = input->level;
    e->rounds = input->rounds;
    e->seed = input->seed;
    return true;
}

bool px_measure_scorers(const px_measure_input *input, px_evaluation *e, px_error *err) {
    px_measure_rows rows = {0};
    bool ok = check_input(input, err) && make_findings(input, e, err) &&
              make_scorers(input, e, err) && make_pairs(e, err) && count_labels(input, e, err) &&
              px_measure_rows_make(&rows, input->n, err);
    for (int s = 0; ok && s < e->n_scorers; s++)
        ok = measure_scorer(input, s, &rows, e, err);
    ok = ok && measure_pairs(input, e, err);
    px_measure_rows_free(&rows);
    return ok;
}
