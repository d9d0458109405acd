/* The life of an evaluation: setting up, releasing, looking things up. */
#include "evaluation.h"

#include <math.h>
#include <stdlib.h>

void px_evaluation_init(px_evaluation *evaluation) {
    *evaluation = (px_evaluation){.level = 0.95, .iou_threshold = NAN};
}

static void clear_curve(px_evaluation_curve *curve) {
    free(curve->x);
    free(curve->y);
    free(curve->thresholds);
}

static void clear_scorer(px_evaluation_scorer *scorer, int n_findings) {
    for (int f = 0; scorer->measures && f < n_findings; f++) {
        free(scorer->measures[f].reason);
        free(scorer->measures[f].note);
        clear_curve(&scorer->measures[f].roc);
        clear_curve(&scorer->measures[f].pr);
    }
    free(scorer->measures);
    free(scorer->name);
}

static void clear_group(px_evaluation_group *group, int n_findings) {
    for (int f = 0; group->measures && f < n_findings; f++)
        free(group->measures[f].reason);
    free(group->measures);
    free(group->value);
}

static void clear_subgroups(px_evaluation_subgroups *subgroups, int n_findings) {
    for (int g = 0; g < subgroups->n_groups; g++)
        clear_group(&subgroups->groups[g], n_findings);
    free(subgroups->groups);
    free(subgroups->column);
    free(subgroups->note);
}

static void clear_left_out(px_evaluation_left_out *left_out) {
    for (int i = 0; i < left_out->n_examples; i++)
        free(left_out->examples[i]);
    free(left_out->what);
}

static void clear_lists(px_evaluation *e) {
    for (int s = 0; s < e->n_scorers; s++)
        clear_scorer(&e->scorers[s], e->n_findings);
    for (int s = 0; s < e->n_subgroups; s++)
        clear_subgroups(&e->subgroups[s], e->n_findings);
    for (int i = 0; i < e->n_left_out; i++)
        clear_left_out(&e->left_out[i]);
    for (int f = 0; f < e->n_findings; f++) {
        free(e->findings[f].id);
        free(e->findings[f].name);
        free(e->findings[f].policy);
    }
}

void px_evaluation_clear(px_evaluation *evaluation) {
    clear_lists(evaluation);
    void *const owned[] = {
        evaluation->ensemble_name, evaluation->ensemble_version,
        evaluation->notice,        evaluation->data,
        evaluation->data_sha256,   evaluation->predictions,
        evaluation->program,       evaluation->findings,
        evaluation->scorers,       evaluation->comparisons,
        evaluation->kappa,         evaluation->subgroups,
        evaluation->heat_checks,   evaluation->left_out,
    };
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        free(owned[i]);
    px_evaluation_init(evaluation);
}

double px_evaluation_kappa(const px_evaluation *evaluation, int finding, int a, int b) {
    size_t n = (size_t)evaluation->n_scorers;
    return evaluation->kappa[((size_t)finding * n + (size_t)a) * n + (size_t)b];
}

static int tests_of(const px_evaluation_group_measure *m) {
    return !isnan(m->auc.p) + !isnan(m->sensitivity.p) + !isnan(m->specificity.p);
}

int px_evaluation_tests(const px_evaluation *evaluation) {
    int tests = 0;
    for (int c = 0; c < evaluation->n_subgroups; c++)
        for (int g = 0; g < evaluation->subgroups[c].n_groups; g++)
            for (int f = 0; f < evaluation->n_findings; f++)
                tests += tests_of(&evaluation->subgroups[c].groups[g].measures[f]);
    return tests;
}

const px_evaluation_comparison *px_evaluation_compared(const px_evaluation *evaluation, int finding,
                                                       int scorer) {
    return &evaluation->comparisons[(size_t)finding * (size_t)evaluation->n_scorers + scorer];
}
