/* Curves over all thresholds: ROC, precision and recall, net benefit. */
#include <math.h>

#include "../stats/rates.h"
#include "plot_parts.h"

#define MEMBERS_DRAWN 6 /* more lines cannot be told apart */

/* What tells members apart. */
static const struct {
    uint32_t colour;
    px_dash dash;
} styles[MEMBERS_DRAWN] = {
    {PX_CHART_VERMILION, PX_DASH_LONG}, {PX_CHART_GREEN, PX_DASH_SHORT},
    {PX_CHART_PURPLE, PX_DASH_MIXED},   {PX_CHART_ORANGE, PX_DASH_DOTS},
    {PX_CHART_SKY, PX_DASH_LONG},       {PX_CHART_SOFT, PX_DASH_SHORT},
};

static const double zero_to_one[] = {0, 1};

static px_series line_of(const px_evaluation_curve *curve, px_series_kind kind) {
    return (px_series){.kind = kind, .count = (size_t)curve->count, .x = curve->x, .y = curve->y};
}

/* Wilson's interval of sensitivity at each point: of as many positives, how many were found. */
static void add_band(px_figure *figure, const px_evaluation_measure *m) {
    size_t count = (size_t)m->roc.count;
    double *low = px_figure_array(figure, count, sizeof *low);
    double *high = px_figure_array(figure, count, sizeof *high);
    if (!low || !high || m->positives < 1)
        return;
    for (size_t i = 0; i < count; i++) {
        double found = round(m->roc.y[i] * (double)m->positives);
        px_interval wilson = px_wilson((size_t)found, (size_t)m->positives, figure->level);
        low[i] = wilson.low;
        high[i] = wilson.high;
    }
    px_figure_add(figure,
                  (px_series){.kind = PX_SERIES_BAND,
                              .name = px_figure_text(figure, "%g %% interval of sensitivity",
                                                     100 * figure->level),
                              .colour = PX_CHART_BLUE,
                              .count = count,
                              .x = m->roc.x,
                              .low = low,
                              .high = high});
}

/* The other scorers' curves, thin and dashed. */
static void add_members(px_figure *figure, const px_evaluation *e, int finding, bool is_roc) {
    int drawn = 0;
    for (int s = 1; s < e->n_scorers && drawn < MEMBERS_DRAWN; s++) {
        const px_evaluation_measure *m = &e->scorers[s].measures[finding];
        if (m->reason)
            continue;
        px_series line =
            line_of(is_roc ? &m->roc : &m->pr, is_roc ? PX_SERIES_LINE : PX_SERIES_STEP);
        line.name = px_figure_text(figure, "%s %.3f", e->scorers[s].name,
                                   is_roc ? m->auc.value : m->average_precision.value);
        line.colour = styles[drawn].colour;
        line.dash = styles[drawn++].dash;
        line.width = 1.2;
        px_figure_add(figure, line);
    }
}

static void add_first(px_figure *figure, const px_evaluation *e, int finding, bool is_roc) {
    const px_evaluation_measure *m = &e->scorers[0].measures[finding];
    px_series line = line_of(is_roc ? &m->roc : &m->pr, is_roc ? PX_SERIES_LINE : PX_SERIES_STEP);
    line.name = px_figure_text(figure, "%s %s", e->scorers[0].name,
                               px_plot_estimate(figure, is_roc ? m->auc : m->average_precision));
    line.colour = PX_CHART_BLUE;
    line.width = 2.2;
    px_figure_add(figure, line);
}

/* Where decisions are made, with the intervals of both rates. */
static void add_decision(px_figure *figure, const px_evaluation_measure *m) {
    const px_evaluation_rates *rates = px_plot_rates(m);
    double *at = rates ? px_figure_array(figure, 6, sizeof *at) : NULL;
    if (!at)
        return;
    at[0] = 1 - rates->specificity.value;
    at[1] = rates->sensitivity.value;
    at[2] = rates->sensitivity.low;
    at[3] = rates->sensitivity.high;
    at[4] = 1 - rates->specificity.high;
    at[5] = 1 - rates->specificity.low;
    px_figure_add(figure,
                  (px_series){.kind = PX_SERIES_POINTS,
                              .name = px_figure_text(figure, "%s, score ≥ %.3g",
                                                     rates == &m->operating ? "operating point"
                                                                            : "Youden's point",
                                                     rates->threshold),
                              .colour = PX_CHART_INK,
                              .mark = PX_MARK_DIAMOND,
                              .count = 1,
                              .x = &at[0],
                              .y = &at[1],
                              .low = &at[2],
                              .high = &at[3],
                              .x_low = &at[4],
                              .x_high = &at[5]});
}

static px_chart *square_chart(px_figure *figure, const char *across, const char *up) {
    px_chart *chart = px_figure_chart(figure, 0);
    chart->x = (px_axis){.label = across, .is_fixed = true, .high = 1};
    chart->y = (px_axis){.label = up, .is_fixed = true, .high = 1};
    return chart;
}

void px_plot_fill_roc(px_figure *figure, const px_evaluation *e, int finding) {
    const px_evaluation_measure *m = &e->scorers[0].measures[finding];
    square_chart(figure, "1 − specificity", "Sensitivity");
    add_band(figure, m);
    px_plot_add_diagonal(figure, "chance");
    add_members(figure, e, finding, true);
    add_first(figure, e, finding, true);
    add_decision(figure, m);
    figure->description =
        px_figure_text(figure, "ROC curve of %s, from (0, 0) to (1, 1). Area under it: %s.",
                       e->findings[finding].name, px_plot_estimate(figure, m->auc));
}

void px_plot_fill_pr(px_figure *figure, const px_evaluation *e, int finding) {
    const px_evaluation_measure *m = &e->scorers[0].measures[finding];
    double *share = px_figure_array(figure, 2, sizeof *share);
    square_chart(figure, "Recall (sensitivity)", "Precision (positive predictive value)");
    if (share && m->n > 0) {
        share[0] = share[1] = (double)m->positives / (double)m->n;
        px_figure_add(figure, (px_series){.kind = PX_SERIES_LINE,
                                          .name = px_figure_text(figure, "chance: %.1f %% positive",
                                                                 100 * share[0]),
                                          .colour = PX_CHART_SOFT,
                                          .dash = PX_DASH_DOTS,
                                          .width = 1.2,
                                          .count = 2,
                                          .x = zero_to_one,
                                          .y = share});
    }
    add_members(figure, e, finding, false);
    add_first(figure, e, finding, false);
    figure->description =
        px_figure_text(figure, "Precision over recall of %s. Average precision: %s.",
                       e->findings[finding].name, px_plot_estimate(figure, m->average_precision));
}

/* The range that matters: from a little below no benefit to the highest. */
static void set_benefit_range(px_axis *axis, const px_evaluation_measure *m) {
    double most = 0.01;
    for (int i = 0; i < PX_EVALUATION_BENEFIT_POINTS; i++)
        most = fmax(most, fmax(m->net_benefit[i], m->net_benefit_all[i])); /* passes over NaN */
    axis->is_fixed = true;
    axis->low = -0.25 * most;
    axis->high = 1.08 * most;
}

void px_plot_fill_benefit(px_figure *figure, const px_evaluation *e, int finding) {
    static const double none[] = {0, 0};
    const px_evaluation_measure *m = &e->scorers[0].measures[finding];
    double *at = px_figure_array(figure, PX_EVALUATION_BENEFIT_POINTS, sizeof *at);
    px_chart *chart = square_chart(figure,
                                   m->calibrated ? "Threshold: probability from which one acts"
                                                 : "Threshold: score from which one acts",
                                   "Net benefit");
    set_benefit_range(&chart->y, m);
    for (int i = 0; at && i < PX_EVALUATION_BENEFIT_POINTS; i++)
        at[i] = (i + 1) / 100.0;
    if (!at)
        return;
    px_figure_add(figure, (px_series){.kind = PX_SERIES_LINE,
                                      .name = "act on nobody",
                                      .colour = PX_CHART_SOFT,
                                      .dash = PX_DASH_DOTS,
                                      .count = 2,
                                      .x = zero_to_one,
                                      .y = none});
    px_figure_add(figure, (px_series){.kind = PX_SERIES_LINE,
                                      .name = "act on everybody",
                                      .colour = PX_CHART_VERMILION,
                                      .dash = PX_DASH_LONG,
                                      .count = PX_EVALUATION_BENEFIT_POINTS,
                                      .x = at,
                                      .y = m->net_benefit_all});
    px_figure_add(figure, (px_series){.kind = PX_SERIES_LINE,
                                      .name = e->scorers[0].name,
                                      .colour = PX_CHART_BLUE,
                                      .width = 2.2,
                                      .count = PX_EVALUATION_BENEFIT_POINTS,
                                      .x = at,
                                      .y = m->net_benefit});
    figure->description =
        px_figure_text(figure,
                       "Decision curve of %s: net benefit of acting on scores at or above each "
                       "threshold, beside acting on everybody and on nobody.",
                       e->findings[finding].name);
}
