/* Bootstrap intervals of one scorer: its findings' figures, and its mean AUC. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "../stats/bootstrap.h"
#include "measure_parts.h"

enum { TERMS = 3 };

static const px_bootstrap_statistic followed[TERMS] = {
    PX_BOOTSTRAP_AUC, PX_BOOTSTRAP_AVERAGE_PRECISION, PX_BOOTSTRAP_BRIER};

/* The findings that can be measured, as the bootstrap takes them. */
typedef struct resampling {
    int64_t n;
    int count;                /* of findings */
    int *findings;            /* [count] */
    px_bootstrap_set *sets;   /* [count][2] scores, and what the Brier score is of */
    uint8_t *labels;          /* [count][n] what the sets borrow */
    px_bootstrap_term *terms; /* [count * TERMS] */
    double *replicates;       /* [count * TERMS][rounds] */
    px_bootstrap_options options;
} resampling;

static void free_resampling(resampling *r) {
    free(r->findings);
    free(r->sets);
    free(r->labels);
    free(r->terms);
    free(r->replicates);
}

bool px_measure_clusters(const px_measure_input *input, uint32_t **clusters, int64_t *patients,
                         px_error *err) {
    *clusters = NULL;
    *patients = 0;
    if (!input->patients)
        return true;
    int32_t most = -1;
    for (int64_t i = 0; i < input->n; i++)
        most = input->patients[i] > most ? input->patients[i] : most;
    uint32_t next = (uint32_t)(most + 1);
    bool *seen = px_alloc((size_t)next + 1, sizeof *seen, err);
    uint32_t *numbers = seen ? px_alloc((size_t)input->n, sizeof *numbers, err) : NULL;
    for (int64_t i = 0; numbers && i < input->n; i++) {
        const int32_t patient = input->patients[i];
        *patients += patient < 0 || !seen[patient];
        if (patient >= 0)
            seen[patient] = true;
        numbers[i] = patient >= 0 ? (uint32_t)patient : next++;
    }
    free(seen);
    *clusters = numbers;
    return numbers != NULL;
}

static bool make_resampling(resampling *r, const px_measure_input *input, px_error *err) {
    const size_t most = (size_t)input->n_findings, rounds = (size_t)input->rounds;
    *r = (resampling){.n = input->n};
    r->findings = px_alloc(most, sizeof *r->findings, err);
    r->sets = px_alloc(2 * most, sizeof *r->sets, err);
    r->labels = px_alloc(most, (size_t)input->n, err);
    r->terms = px_alloc(most * TERMS, sizeof *r->terms, err);
    r->replicates = px_alloc(most * TERMS * rounds, sizeof *r->replicates, err);
    r->options = (px_bootstrap_options){.scheme = PX_BOOTSTRAP_STRATIFIED,
                                        .rounds = rounds,
                                        .seed = input->seed,
                                        .pool = input->pool};
    return r->findings && r->sets && r->labels && r->terms && r->replicates;
}

/* Rows without a score count as rows without a label. */
static void add_finding(resampling *r, const px_measure_input *input, int finding, int scorer) {
    const double *scores = px_measure_column_of(input, finding, scorer);
    uint8_t *labels = r->labels + (size_t)r->count * (size_t)input->n;
    for (int64_t i = 0; i < input->n; i++) {
        const int label = px_measure_label(input, i, finding);
        labels[i] = label < 0 || isnan(scores[i]) ? PX_BOOTSTRAP_NO_LABEL : (uint8_t)label;
    }
    const size_t set = 2 * (size_t)r->count;
    for (int t = 0; t < TERMS; t++)
        r->terms[r->count * TERMS + t] = (px_bootstrap_term){
            .statistic = followed[t], .set = set + (followed[t] == PX_BOOTSTRAP_BRIER)};
    const double *probabilities = px_measure_probabilities_of(input, finding, scorer);
    r->sets[set] = (px_bootstrap_set){scores, labels};
    r->sets[set + 1] = (px_bootstrap_set){probabilities ? probabilities : scores, labels};
    r->findings[r->count++] = finding;
}

static bool run_rounds(resampling *r, int terms_of_each, px_error *err) {
    return px_bootstrap_run(r->sets, 2 * (size_t)r->count, (size_t)r->n, r->terms,
                            (size_t)(r->count * terms_of_each), &r->options, r->replicates, err);
}

static bool summarise(const double *replicates, size_t rounds, double level, px_interval *figure,
                      px_error *err) {
    px_bootstrap_interval interval;
    if (!px_bootstrap_summarise(replicates, rounds, figure->value, level, &interval, err))
        return false;
    figure->low = interval.interval.low;
    figure->high = interval.interval.high;
    return true;
}

static bool summarise_findings(const resampling *r, double level, px_evaluation_scorer *out,
                               px_error *err) {
    const size_t rounds = r->options.rounds;
    bool ok = true;
    for (int i = 0; ok && i < r->count; i++) {
        px_evaluation_measure *m = &out->measures[r->findings[i]];
        px_interval *const figures[TERMS] = {&m->auc_bootstrap, &m->average_precision, &m->brier};
        for (int t = 0; ok && t < TERMS; t++)
            ok = summarise(r->replicates + (size_t)(i * TERMS + t) * rounds, rounds, level,
                           figures[t], err);
    }
    return ok;
}

/* The mean over findings; `each` terms a finding lie between the AUCs' replicates. */
static bool summarise_mean(const resampling *r, int each, double level, px_evaluation_scorer *out,
                           px_error *err) {
    const size_t rounds = r->options.rounds;
    double *mean = px_alloc(rounds, sizeof *mean, err);
    if (!mean)
        return false;
    double sum = 0;
    for (int i = 0; i < r->count; i++) {
        const double *aucs = r->replicates + (size_t)(i * each) * rounds;
        sum += out->measures[r->findings[i]].auc.value;
        for (size_t k = 0; k < rounds; k++)
            mean[k] += aucs[k] / r->count;
    }
    out->mean_auc.value = sum / r->count;
    out->mean_auc_findings = r->count;
    bool ok = summarise(mean, rounds, level, &out->mean_auc, err);
    free(mean);
    return ok;
}

/* Without patients, findings are drawn by class, each for itself; the mean needs the same images
 * for all findings, and so rounds of its own. */
static bool run_mean_of_images(resampling *r, double level, px_evaluation_scorer *out,
                               px_error *err) {
    r->options.scheme = PX_BOOTSTRAP_CLUSTERED;
    for (int i = 0; i < r->count; i++)
        r->terms[i] = (px_bootstrap_term){.statistic = PX_BOOTSTRAP_AUC, .set = 2 * (size_t)i};
    return run_rounds(r, 1, err) && summarise_mean(r, 1, level, out, err);
}

bool px_measure_rounds(const px_measure_input *input, int scorer, px_evaluation_scorer *out,
                       px_error *err) {
    resampling r;
    uint32_t *clusters = NULL;
    int64_t patients;
    bool ok =
        make_resampling(&r, input, err) && px_measure_clusters(input, &clusters, &patients, err);
    for (int f = 0; ok && f < input->n_findings; f++)
        if (!out->measures[f].reason)
            add_finding(&r, input, f, scorer);
    if (clusters) {
        r.options.scheme = PX_BOOTSTRAP_CLUSTERED;
        r.options.clusters = clusters;
    }
    if (ok && r.count > 0)
        ok = run_rounds(&r, TERMS, err) && summarise_findings(&r, input->level, out, err) &&
             (clusters ? summarise_mean(&r, TERMS, input->level, out, err)
                       : run_mean_of_images(&r, input->level, out, err));
    free(clusters);
    free_resampling(&r);
    return ok;
}
