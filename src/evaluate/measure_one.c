/* One scorer at one finding: curves, areas, rates, calibration; or why there is nothing to say. */
#include <math.h>
#include <stdlib.h>

#include "../base/memory.h"
#include "../stats/auc.h"
#include "../stats/net_benefit.h"
#include "../stats/operating_point.h"
#include "../stats/precision_recall.h"
#include "../stats/rates.h"
#include "../stats/reliability.h"
#include "../stats/roc.h"
#include "measure_parts.h"

bool px_measure_rows_make(px_measure_rows *rows, int64_t room, px_error *err) {
    *rows = (px_measure_rows){0};
    rows->scores = px_alloc((size_t)room, sizeof *rows->scores, err);
    rows->labels = px_alloc((size_t)room, sizeof *rows->labels, err);
    rows->images = px_alloc((size_t)room, sizeof *rows->images, err);
    return rows->scores && rows->labels && rows->images;
}

void px_measure_rows_free(px_measure_rows *rows) {
    free(rows->scores);
    free(rows->labels);
    free(rows->images);
    *rows = (px_measure_rows){0};
}

int px_measure_label(const px_measure_input *input, int64_t row, int finding) {
    return input->labels[row * input->n_findings + finding];
}

const double *px_measure_column_of(const px_measure_input *input, int finding, int scorer) {
    return input->scores[finding * input->n_scorers + scorer];
}

const double *px_measure_probabilities_of(const px_measure_input *input, int finding, int scorer) {
    bool has = scorer == 0 && input->has_ensemble && input->probabilities;
    return has ? input->probabilities[finding] : NULL;
}

void px_measure_rows_collect(const px_measure_input *input, int finding, int scorer,
                             px_measure_rows *rows) {
    const double *scores = px_measure_column_of(input, finding, scorer);
    rows->n = rows->positives = 0;
    rows->missing = 0;
    for (int64_t i = 0; i < input->n; i++) {
        int label = px_measure_label(input, i, finding);
        if (label < 0)
            continue;
        if (isnan(scores[i])) {
            rows->missing++;
            continue;
        }
        rows->scores[rows->n] = scores[i];
        rows->labels[rows->n] = (uint8_t)label;
        rows->images[rows->n++] = (uint32_t)i;
        rows->positives += (size_t)label;
    }
}

/* ---- What cannot be measured ---------------------------------------------------------------- */

static bool all_equal(const px_measure_rows *rows) {
    for (size_t i = 1; i < rows->n; i++)
        if (rows->scores[i] != rows->scores[0])
            return false;
    return true;
}

/* Sets *reason where there is one. */
static bool find_reason(const px_measure_rows *rows, char **reason, px_error *err) {
    const bool one_class = rows->positives == 0 || rows->positives == rows->n;
    if (rows->n == 0 && rows->missing == 0)
        *reason = px_strdup("no image has a label", err);
    else if (rows->n == 0)
        *reason = px_strdup("no image with a label has a score", err);
    else if (one_class)
        *reason = px_format(err, "all labels are %s: %zu of them",
                            rows->positives ? "positive" : "negative", rows->n);
    else if (all_equal(rows))
        *reason = px_format(err, "all %zu scores are equal: they rank nothing", rows->n);
    else
        return true;
    return *reason != NULL;
}

static bool find_note(const px_measure_rows *rows, const px_auc_estimate *auc, char **note,
                      px_error *err) {
    const size_t negatives = rows->n - rows->positives;
    const size_t fewer = rows->positives < negatives ? rows->positives : negatives;
    if (fewer >= PX_MEASURE_FEW && auc->variance > 0)
        return true;
    if (fewer >= PX_MEASURE_FEW)
        *note = px_strdup("the scores keep the classes apart without an error: the AUC has no "
                          "interval here",
                          err);
    else
        *note =
            px_format(err, "only %zu %s%s: intervals are rough", fewer,
                      rows->positives == fewer ? "positive" : "negative", fewer == 1 ? "" : "s");
    return *note != NULL;
}

/* ---- Curves --------------------------------------------------------------------------------- */

static bool make_curve(px_evaluation_curve *curve, px_error *err) {
    const size_t room = PX_EVALUATION_CURVE_POINTS;
    curve->count = 0;
    curve->x = px_alloc(room, sizeof *curve->x, err);
    curve->y = px_alloc(room, sizeof *curve->y, err);
    curve->thresholds = px_alloc(room, sizeof *curve->thresholds, err);
    return curve->x && curve->y && curve->thresholds;
}

static void add_point(px_evaluation_curve *curve, double x, double y, double threshold) {
    curve->x[curve->count] = x;
    curve->y[curve->count] = y;
    curve->thresholds[curve->count++] = threshold;
}

/* Of more points than a curve keeps, those that lie about equally far apart along it. */
static bool keep_roc(const px_roc *roc, px_evaluation_curve *curve, px_error *err) {
    const double step =
        roc->n_points > PX_EVALUATION_CURVE_POINTS ? 2.0 / (PX_EVALUATION_CURVE_POINTS - 2) : 0;
    if (!make_curve(curve, err))
        return false;
    double last = -1;
    for (size_t i = 0; i < roc->n_points; i++) {
        const px_roc_point *p = &roc->points[i];
        const double along = p->tpr + p->fpr;
        if (i > 0 && i + 1 < roc->n_points && along - last < step)
            continue;
        add_point(curve, p->fpr, p->tpr, p->threshold);
        last = along;
    }
    return true;
}

/* The same along the recall. */
static bool keep_pr(const px_pr *pr, px_evaluation_curve *curve, px_error *err) {
    const double step =
        pr->n_points > PX_EVALUATION_CURVE_POINTS ? 1.0 / (PX_EVALUATION_CURVE_POINTS - 2) : 0;
    if (!make_curve(curve, err))
        return false;
    double last = -1;
    for (size_t i = 0; i < pr->n_points; i++) {
        const px_pr_point *p = &pr->points[i];
        if (i > 0 && i + 1 < pr->n_points && p->recall - last < step)
            continue;
        add_point(curve, p->recall, p->precision, p->threshold);
        last = p->recall;
    }
    return true;
}

static bool measure_curves(const px_measure_rows *rows, px_evaluation_measure *m, double *threshold,
                           px_error *err) {
    const px_operating_rule rule = {.kind = PX_OPERATING_YOUDEN};
    px_operating_point point;
    px_roc roc = {0};
    px_pr pr = {0};
    bool ok = px_roc_compute(rows->scores, rows->labels, rows->n, &roc, err) &&
              px_pr_compute(rows->scores, rows->labels, rows->n, &pr, err) &&
              keep_roc(&roc, &m->roc, err) && keep_pr(&pr, &m->pr, err) &&
              px_operating_point_choose(&roc, &rule, &point, err);
    if (ok) {
        m->average_precision = (px_interval){pr.average_precision, NAN, NAN};
        *threshold = point.threshold;
    }
    px_roc_clear(&roc);
    px_pr_clear(&pr);
    return ok;
}

/* ---- Rates ---------------------------------------------------------------------------------- */

bool px_measure_rates(const px_measure_rows *rows, double threshold, double prevalence,
                      double level, px_evaluation_rates *rates, px_error *err) {
    const px_interval none = {NAN, NAN, NAN};
    px_confusion counts;
    if (!px_confusion_count(rows->scores, rows->labels, rows->n, threshold, &counts, err))
        return false;
    const px_rates r = px_rates_of(&counts, level);
    const bool elsewhere = !isnan(prevalence);
    *rates = (px_evaluation_rates){
        .known = true,
        .threshold = threshold,
        .true_positives = (int64_t)counts.tp,
        .false_positives = (int64_t)counts.fp,
        .true_negatives = (int64_t)counts.tn,
        .false_negatives = (int64_t)counts.fn,
        .sensitivity = r.sensitivity,
        .specificity = r.specificity,
        .ppv = r.ppv,
        .npv = r.npv,
        .f1 = r.f1,
        .adjusted_ppv = elsewhere ? px_ppv_interval_at(&counts, prevalence, level) : none,
        .adjusted_npv = elsewhere ? px_npv_interval_at(&counts, prevalence, level) : none,
    };
    return true;
}

/* ---- Scores as probabilities ---------------------------------------------------------------- */

static bool measure_calibration(const px_measure_rows *rows, double level, px_evaluation_measure *m,
                                px_error *err) {
    px_reliability_bin bins[PX_EVALUATION_BINS];
    double brier;
    if (!px_brier(rows->scores, rows->labels, rows->n, &brier, err) ||
        !px_expected_calibration_error(rows->scores, rows->labels, rows->n, PX_EVALUATION_BINS,
                                       &m->ece, err) ||
        !px_reliability_compute(rows->scores, rows->labels, rows->n, PX_EVALUATION_BINS, level,
                                bins, err))
        return false;
    m->brier = (px_interval){brier, NAN, NAN};
    for (int i = 0; i < PX_EVALUATION_BINS; i++)
        m->bins[i] = (px_evaluation_bin){(int64_t)bins[i].n, bins[i].mean_score, bins[i].observed};
    return true;
}

static void count_histogram(const px_measure_rows *rows, px_evaluation_measure *m) {
    for (size_t i = 0; i < rows->n; i++) {
        int bin = (int)(rows->scores[i] * PX_EVALUATION_HISTOGRAM);
        if (bin >= PX_EVALUATION_HISTOGRAM)
            bin = PX_EVALUATION_HISTOGRAM - 1;
        (rows->labels[i] ? m->positives_histogram : m->negatives_histogram)[bin]++;
    }
}

static bool measure_benefit(const px_measure_rows *rows, px_evaluation_measure *m, px_error *err) {
    double thresholds[PX_EVALUATION_BENEFIT_POINTS];
    px_net_benefit_point points[PX_EVALUATION_BENEFIT_POINTS];
    for (int i = 0; i < PX_EVALUATION_BENEFIT_POINTS; i++)
        thresholds[i] = (i + 1) / (double)(PX_EVALUATION_BENEFIT_POINTS + 1);
    if (!px_net_benefit_compute(rows->scores, rows->labels, rows->n, thresholds,
                                PX_EVALUATION_BENEFIT_POINTS, points, err))
        return false;
    for (int i = 0; i < PX_EVALUATION_BENEFIT_POINTS; i++) {
        m->net_benefit[i] = points[i].model;
        m->net_benefit_all[i] = points[i].treat_all;
    }
    return true;
}

/* Last of all: the rows' scores become probabilities where there is a calibration. */
static bool measure_as_probabilities(const double *probabilities, double level,
                                     px_measure_rows *rows, px_evaluation_measure *m,
                                     px_error *err) {
    m->calibrated = probabilities != NULL;
    for (size_t i = 0; probabilities && i < rows->n; i++)
        rows->scores[i] = probabilities[rows->images[i]];
    return measure_calibration(rows, level, m, err) && measure_benefit(rows, m, err);
}

static bool measure_auc(const px_measure_rows *rows, double level, px_evaluation_measure *m,
                        px_error *err) {
    px_auc_estimate auc;
    if (!px_auc_delong(rows->scores, rows->labels, rows->n, level, &auc, err))
        return false;
    m->auc = auc.auc;
    m->auc_bootstrap = (px_interval){auc.auc.value, NAN, NAN};
    if (!(auc.variance > 0)) /* an interval without width would say too much */
        m->auc.low = m->auc.high = NAN;
    return find_note(rows, &auc, &m->note, err);
}

bool px_measure_one(const px_measure_input *input, int finding, int scorer, px_measure_rows *rows,
                    px_evaluation_measure *m, px_error *err) {
    const double prevalence = input->prevalences ? input->prevalences[finding] : NAN;
    const double level = input->level;
    double threshold;
    px_measure_rows_collect(input, finding, scorer, rows);
    m->n = (int64_t)rows->n;
    m->positives = (int64_t)rows->positives;
    m->missing = rows->missing;
    if (!find_reason(rows, &m->reason, err))
        return false;
    if (m->reason)
        return true;
    count_histogram(rows, m);
    if (!measure_curves(rows, m, &threshold, err) || !measure_auc(rows, level, m, err) ||
        !px_measure_rates(rows, threshold, prevalence, level, &m->youden, err))
        return false;
    const bool decides = scorer == 0 && input->has_ensemble && input->thresholds &&
                         !isnan(input->thresholds[finding]);
    if (decides &&
        !px_measure_rates(rows, input->thresholds[finding], prevalence, level, &m->operating, err))
        return false;
    return measure_as_probabilities(px_measure_probabilities_of(input, finding, scorer), level,
                                    rows, m, err);
}
