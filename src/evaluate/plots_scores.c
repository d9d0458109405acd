/* Plots of the scores themselves: reliability, histograms, decisions. */
#include <inttypes.h>
#include <math.h>

#include "plot_parts.h"

#define HISTOGRAM_HEIGHT 62.0 /* below the reliability diagram */
#define CLASS_HEIGHT 108.0    /* of each class's histogram */
#define GUTTER 44.0           /* charts above each other begin at the same place */

/* Bars of equal width over [0, 1]. */
static void add_bars(px_figure *figure, const int64_t *counts, size_t bins, double total,
                     uint32_t colour) {
    double *left = px_figure_array(figure, bins, sizeof *left);
    double *right = px_figure_array(figure, bins, sizeof *right);
    double *height = px_figure_array(figure, bins, sizeof *height);
    if (!left || !right || !height)
        return;
    for (size_t i = 0; i < bins; i++) {
        left[i] = (double)i / (double)bins;
        right[i] = (double)(i + 1) / (double)bins;
        height[i] = total > 0 ? (double)counts[i] / total : 0;
    }
    px_figure_add(figure, (px_series){.kind = PX_SERIES_BARS,
                                      .colour = colour,
                                      .count = bins,
                                      .y = height,
                                      .x_low = left,
                                      .x_high = right});
}

static void add_bins(px_figure *figure, const px_evaluation_measure *m, const char *name) {
    double *x = px_figure_array(figure, PX_EVALUATION_BINS, sizeof *x);
    double *y = px_figure_array(figure, PX_EVALUATION_BINS, sizeof *y);
    double *low = px_figure_array(figure, PX_EVALUATION_BINS, sizeof *low);
    double *high = px_figure_array(figure, PX_EVALUATION_BINS, sizeof *high);
    size_t used = 0;
    if (!x || !y || !low || !high)
        return;
    for (int i = 0; i < PX_EVALUATION_BINS; i++)
        if (m->bins[i].count > 0) {
            x[used] = m->bins[i].mean_score;
            y[used] = m->bins[i].share.value;
            low[used] = m->bins[i].share.low;
            high[used++] = m->bins[i].share.high;
        }
    px_figure_add(figure, (px_series){.kind = PX_SERIES_LINE,
                                      .colour = PX_CHART_BLUE,
                                      .width = 1.2,
                                      .count = used,
                                      .x = x,
                                      .y = y});
    px_figure_add(figure, (px_series){.kind = PX_SERIES_POINTS,
                                      .name = name,
                                      .colour = PX_CHART_BLUE,
                                      .count = used,
                                      .x = x,
                                      .y = y,
                                      .low = low,
                                      .high = high});
}

void px_plot_fill_reliability(px_figure *figure, const px_evaluation *e, int finding) {
    const px_evaluation_measure *m = &e->scorers[0].measures[finding];
    int64_t counts[PX_EVALUATION_BINS];
    for (int i = 0; i < PX_EVALUATION_BINS; i++)
        counts[i] = m->bins[i].count;
    px_chart *chart = px_figure_chart(figure, 0);
    chart->x = (px_axis){.is_fixed = true, .high = 1};
    chart->y = (px_axis){.label = "Share of positives", .is_fixed = true, .high = 1};
    chart->gutter = GUTTER;
    px_plot_add_diagonal(figure, "perfect");
    add_bins(figure, m, px_figure_text(figure, "observed, %g %% interval", 100 * figure->level));
    chart = px_figure_chart(figure, HISTOGRAM_HEIGHT);
    chart->x = (px_axis){
        .label = m->calibrated ? "Calibrated probability" : "Score", .is_fixed = true, .high = 1};
    chart->y = (px_axis){.label = "Images", .has_zero = true};
    chart->gutter = GUTTER;
    add_bars(figure, counts, PX_EVALUATION_BINS, 1, PX_CHART_SOFT);
    figure->description = px_figure_text(
        figure,
        "Reliability diagram of %s: observed share of positives over the mean %s "
        "in bins, and the number of images in each. Expected calibration error "
        "%.3f, Brier score %.3f.",
        e->findings[finding].name, m->calibrated ? "probability" : "score", m->ece, m->brier.value);
}

/* A line where decisions change. */
static void add_threshold(px_figure *figure, const px_evaluation_rates *rates, double top,
                          bool is_named) {
    double *at = rates ? px_figure_array(figure, 4, sizeof *at) : NULL;
    if (!at)
        return;
    at[0] = at[1] = rates->threshold;
    at[3] = top;
    px_figure_add(figure, (px_series){.kind = PX_SERIES_LINE,
                                      .colour = PX_CHART_INK,
                                      .dash = PX_DASH_SHORT,
                                      .width = 1.4,
                                      .count = 2,
                                      .x = &at[0],
                                      .y = &at[2]});
    if (is_named)
        px_figure_note(figure, rates->threshold, 0.93 * top, PX_CHART_INK,
                       px_figure_text(figure, "threshold %.3g", rates->threshold));
}

static double highest_share(const int64_t *counts, double total) {
    double most = 0;
    for (int i = 0; i < PX_EVALUATION_HISTOGRAM; i++)
        most = fmax(most, total > 0 ? (double)counts[i] / total : 0);
    return most;
}

static void add_class(px_figure *figure, const int64_t *counts, int64_t total, double top,
                      bool is_positive) {
    px_chart *chart = px_figure_chart(figure, CLASS_HEIGHT);
    chart->gutter = GUTTER;
    chart->x = (px_axis){.is_fixed = true, .high = 1, .label = is_positive ? NULL : "Score"};
    chart->y = (px_axis){.is_fixed = true, .high = top, .is_percent = true};
    chart->y.label = px_figure_text(figure, "Share of the %" PRId64 " %s", total,
                                    is_positive ? "positives" : "negatives");
    add_bars(figure, counts, PX_EVALUATION_HISTOGRAM, (double)total,
             is_positive ? PX_CHART_VERMILION : PX_CHART_BLUE);
}

void px_plot_fill_scores(px_figure *figure, const px_evaluation *e, int finding) {
    const px_evaluation_measure *m = &e->scorers[0].measures[finding];
    const px_evaluation_rates *rates = px_plot_rates(m);
    int64_t negatives = m->n - m->positives;
    double top = fmax(highest_share(m->positives_histogram, (double)m->positives),
                      highest_share(m->negatives_histogram, (double)negatives));
    top = fmin(1, fmax(0.05, 1.3 * top));
    add_class(figure, m->positives_histogram, m->positives, top, true);
    add_threshold(figure, rates, top, true);
    add_class(figure, m->negatives_histogram, negatives, top, false);
    add_threshold(figure, rates, top, false);
    figure->description = px_figure_text(
        figure, "Histograms of the scores of %s: of positives above, of negatives below.",
        e->findings[finding].name);
}

static const char *percent(px_figure *figure, px_interval rate) {
    return isfinite(rate.value) ? px_figure_text(figure, "%.1f %% [%.1f, %.1f]", 100 * rate.value,
                                                 100 * rate.low, 100 * rate.high)
                                : "–";
}

void px_plot_fill_confusion(px_figure *figure, const px_evaluation *e, int finding) {
    const px_evaluation_rates *r = px_plot_rates(&e->scorers[0].measures[finding]);
    if (!r)
        return;
    figure->has_confusion = true;
    figure->confusion = (px_chart_confusion){
        .true_positives = r->true_positives,
        .false_negatives = r->false_negatives,
        .false_positives = r->false_positives,
        .true_negatives = r->true_negatives,
        .below = px_figure_text(figure,
                                "Positive where the score is at least %.3g. Sensitivity %s, "
                                "specificity %s.",
                                r->threshold, percent(figure, r->sensitivity),
                                percent(figure, r->specificity))};
    figure->description =
        px_figure_text(figure,
                       "Decisions on %s: %" PRId64 " true positives, %" PRId64
                       " false negatives, %" PRId64 " false positives, %" PRId64 " true negatives.",
                       e->findings[finding].name, r->true_positives, r->false_negatives,
                       r->false_positives, r->true_negatives);
}
