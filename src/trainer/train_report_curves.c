/* A training's curves: loss, AUC, learning rate and gradients over epochs. */
#include <math.h>
#include <stdlib.h>

#include "../draw/chart_ticks.h"
#include "../evaluate/figure.h"
#include "train_report_parts.h"

#define WIDTH 330.0 /* points: three fit a page */
#define TALL 230.0
#define FLAT 70.0 /* one of two charts in a figure as high as the others */
#define SMALL 120.0
#define GUTTER 44.0     /* aligns charts in a figure */
#define LEAST_AUC 0.05  /* least length of an axis: less is noise */
#define LEAST_SHARE 0.1 /* the same of other axes, as a share of the numbers */
#define ABOUT_TICKS 5

/* A curve's points: epochs in which its number is known. */
typedef struct points {
    size_t count;
    double *x, *y;
} points;

typedef double (*column)(const px_history_row *row, int finding);

static double train_loss(const px_history_row *row, int finding) {
    (void)finding;
    return row->train_loss;
}

static double valid_loss(const px_history_row *row, int finding) {
    (void)finding;
    return row->valid_loss;
}

static double mean_auc(const px_history_row *row, int finding) {
    (void)finding;
    return row->mean_auc;
}

static double finding_auc(const px_history_row *row, int finding) {
    return row->auc[finding];
}

static double learning_rate(const px_history_row *row, int finding) {
    (void)finding;
    return row->rate;
}

static double gradient_norm(const px_history_row *row, int finding) {
    (void)finding;
    return row->gradient;
}

static points points_of(px_figure *figure, const px_history *history, column of, int finding) {
    size_t n = (size_t)history->n_rows;
    points p = {.x = px_figure_array(figure, n, sizeof *p.x),
                .y = px_figure_array(figure, n, sizeof *p.y)};
    for (size_t i = 0; p.x && p.y && i < n; i++) {
        double value = of(&history->rows[i], finding);
        if (!isfinite(value))
            continue;
        p.x[p.count] = history->rows[i].epoch;
        p.y[p.count++] = value;
    }
    return p;
}

/* ---- Axes -------------------------------------------------------------------------------------
 */

static void set_epochs(px_axis *axis, const px_history *history) {
    int n = history->n_rows;
    double first = n > 0 ? history->rows[0].epoch : 1;
    double last = n > 0 ? history->rows[n - 1].epoch : 1;
    double room = first < last ? 0 : 0.5;
    *axis = (px_axis){.label = "Epoch", .is_fixed = true, .is_whole = true};
    axis->low = first - room;
    axis->high = last + room;
}

typedef struct range {
    double low, high;
} range;

static const range nothing = {INFINITY, -INFINITY};

static range range_with(range so_far, const points *p) {
    for (size_t i = 0; i < p->count; i++) {
        so_far.low = isfinite(p->y[i]) ? fmin(so_far.low, p->y[i]) : so_far.low;
        so_far.high = isfinite(p->y[i]) ? fmax(so_far.high, p->y[i]) : so_far.high;
    }
    return so_far;
}

/* From tick to tick around a range that is at least so long; no axis without a number. */
static void set_range(px_axis *axis, range r, double least) {
    if (r.low > r.high)
        return;
    double missing = fmax(0, least - (r.high - r.low));
    px_ticks ticks;
    px_ticks_make(r.low - missing / 2, r.high + missing / 2, ABOUT_TICKS, true, &ticks);
    axis->is_fixed = true;
    axis->low = ticks.low;
    axis->high = ticks.high;
}

static void set_auc_range(px_axis *axis, range r) {
    set_range(axis, r, LEAST_AUC);
    if (axis->is_fixed) {
        axis->low = fmax(axis->low, 0);
        axis->high = fmin(axis->high, 1);
    }
}

/* Numbers that are never negative. */
static void set_positive_range(px_axis *axis, range r) {
    set_range(axis, r, LEAST_SHARE * fabs(r.high));
    if (axis->is_fixed && r.low >= 0)
        axis->low = fmax(axis->low, 0);
}

/* ---- Series -----------------------------------------------------------------------------------
 */

static void add_line(px_figure *figure, const points *p, const char *name, uint32_t colour,
                     px_dash dash, double width) {
    if (p->count == 0)
        return;
    px_figure_add(figure, (px_series){.kind = p->count > 1 ? PX_SERIES_LINE : PX_SERIES_POINTS,
                                      .name = name,
                                      .colour = colour,
                                      .dash = dash,
                                      .width = width,
                                      .count = p->count,
                                      .x = p->x,
                                      .y = p->y});
}

static void add_best(px_figure *figure, const px_history *history, int finding, bool is_named) {
    const px_history_row *best = px_history_best(history);
    double *at = px_figure_array(figure, 2, sizeof *at);
    if (!best || !at)
        return;
    at[0] = best->epoch;
    at[1] = finding < 0 ? best->mean_auc : best->auc[finding];
    px_figure_add(figure,
                  (px_series){.kind = PX_SERIES_POINTS,
                              .name = is_named ? px_figure_text(figure, "best: %.3f, epoch %d",
                                                                at[1], best->epoch)
                                               : NULL,
                              .colour = PX_CHART_VERMILION,
                              .mark = PX_MARK_DIAMOND,
                              .count = 1,
                              .x = at,
                              .y = at + 1});
}

static bool is_resized(const px_history *history, int row) {
    return history->rows[row].size != history->rows[row - 1].size;
}

static bool is_resumed(const px_history *history, int row) {
    return history->rows[row].restarted;
}

/* Upright lines before the epochs in which something happened. */
static void add_events(px_figure *figure, const px_history *history,
                       bool (*happened)(const px_history *, int), const char *name, px_dash dash) {
    const px_axis *axis = &figure->charts[figure->n_charts - 1].y;
    size_t count = 0;
    double *x = px_figure_array(figure, 3 * (size_t)history->n_rows, sizeof *x);
    double *y = px_figure_array(figure, 3 * (size_t)history->n_rows, sizeof *y);
    for (int i = 1; x && y && axis->is_fixed && i < history->n_rows; i++) {
        if (!happened(history, i))
            continue;
        x[count] = x[count + 1] = history->rows[i].epoch - 0.5;
        y[count] = axis->low;
        y[count + 1] = axis->high;
        x[count + 2] = y[count + 2] = NAN; /* the line ends here */
        count += 3;
    }
    if (count > 0)
        px_figure_add(figure, (px_series){.kind = PX_SERIES_LINE,
                                          .name = name,
                                          .colour = PX_CHART_SOFT,
                                          .dash = dash,
                                          .width = 1,
                                          .count = count,
                                          .x = x,
                                          .y = y});
}

/* "input 112, 160, 224 pixels" */
static const char *sizes_text(px_figure *figure, const px_history *history) {
    const char *text = px_figure_text(figure, "input %d", history->rows[0].size);
    for (int i = 1, told = 1; i < history->n_rows && told < PX_TRAIN_MAX_STAGES; i++)
        if (is_resized(history, i)) {
            text = px_figure_text(figure, "%s, %d", text, history->rows[i].size);
            told++;
        }
    return px_figure_text(figure, "%s pixels", text);
}

/* What happened behind the chart's curves. */
static void add_all_events(px_figure *figure, const px_history *history, bool is_named) {
    if (history->n_rows == 0)
        return;
    add_events(figure, history, is_resized, is_named ? sizes_text(figure, history) : NULL,
               PX_DASH_DOTS);
    add_events(figure, history, is_resumed, is_named ? "resumed" : NULL, PX_DASH_MIXED);
}

/* ---- Charts -----------------------------------------------------------------------------------
 */

static px_chart *begin_chart(px_figure *figure, const px_history *history, const char *label,
                             double height) {
    px_chart *chart = px_figure_chart(figure, height);
    set_epochs(&chart->x, history);
    chart->y.label = label;
    return chart;
}

/* Write the figure under its caption and free it. */
static void end_figure(px_html *html, px_figure *figure, const char *caption) {
    px_html_print(html, "<figure>\n<figcaption>");
    px_html_text(html, caption);
    px_html_print(html, "</figcaption>\n");
    if (html->error.code == PX_OK)
        px_figure_write(figure, PX_FIGURE_MARKUP, &html->out, &html->error);
    px_html_print(html, "</figure>\n");
    px_figure_clear(figure);
}

/* "from 0.693 to 0.211", of a curve. */
static const char *course(px_figure *figure, const points *p) {
    return p->count > 0 ? px_figure_text(figure, "from %.3g to %.3g", p->y[0], p->y[p->count - 1])
                        : "not known";
}

static void print_loss(px_html *html, const px_history *history) {
    px_figure figure;
    px_figure_init(&figure, WIDTH, 0);
    points train = points_of(&figure, history, train_loss, 0);
    points valid = points_of(&figure, history, valid_loss, 0);
    px_chart *chart = begin_chart(&figure, history, "Mean over the labels known", TALL);
    set_positive_range(&chart->y, range_with(range_with(nothing, &train), &valid));
    add_line(&figure, &train, "training", PX_CHART_BLUE, PX_DASH_NONE, 2);
    add_line(&figure, &valid, "validation", PX_CHART_VERMILION, PX_DASH_LONG, 2);
    add_all_events(&figure, history, true);
    figure.description = px_figure_text(&figure, "Loss by epoch. Training: %s; validation: %s.",
                                        course(&figure, &train), course(&figure, &valid));
    end_figure(html, &figure, "Loss");
}

static void print_mean_auc(px_html *html, const px_history *history) {
    px_figure figure;
    px_figure_init(&figure, WIDTH, 0);
    points mean = points_of(&figure, history, mean_auc, 0);
    px_chart *chart = begin_chart(&figure, history, "AUC of the validation images", TALL);
    set_auc_range(&chart->y, range_with(nothing, &mean));
    add_line(&figure, &mean, "mean of the findings", PX_CHART_BLUE, PX_DASH_NONE, 2);
    add_best(&figure, history, -1, true);
    add_all_events(&figure, history, true);
    figure.description = px_figure_text(&figure, "Mean AUC of the validation images by epoch: %s.",
                                        course(&figure, &mean));
    end_figure(html, &figure, "Mean AUC");
}

static void print_steps(px_html *html, const px_history *history) {
    px_figure figure;
    px_figure_init(&figure, WIDTH, 0);
    points rate = points_of(&figure, history, learning_rate, 0);
    points norm = points_of(&figure, history, gradient_norm, 0);
    px_chart *chart = begin_chart(&figure, history, "Learning rate", FLAT);
    chart->y.has_zero = true;
    chart->gutter = GUTTER;
    add_line(&figure, &rate, NULL, PX_CHART_BLUE, PX_DASH_NONE, 2);
    chart = begin_chart(&figure, history, "Norm of the gradients", FLAT);
    chart->y.has_zero = true;
    chart->gutter = GUTTER;
    add_line(&figure, &norm, NULL, PX_CHART_GREEN, PX_DASH_NONE, 2);
    figure.description = px_figure_text(
        &figure, "Learning rate by epoch, at the epoch's end: %s; mean norm of the gradients: %s.",
        course(&figure, &rate), course(&figure, &norm));
    end_figure(html, &figure, "Steps");
}

/* All findings' AUCs and their mean, so that charts can be compared. */
static range auc_range(const px_history *history) {
    range all = nothing;
    for (int i = 0; i < history->n_rows; i++) {
        const px_history_row *row = &history->rows[i];
        all = range_with(all, &(points){1, NULL, &(double){row->mean_auc}});
        all = range_with(all, &(points){(size_t)history->n_findings, NULL, row->auc});
    }
    return all;
}

static void print_finding(px_html *html, const px_history *history, int finding, range all) {
    const char *name = px_train_finding_name(history, finding);
    px_figure figure;
    px_figure_init(&figure, WIDTH, 0);
    points mean = points_of(&figure, history, mean_auc, 0);
    points own = points_of(&figure, history, finding_auc, finding);
    px_chart *chart = begin_chart(&figure, history, NULL, SMALL);
    chart->x.label = NULL;
    set_auc_range(&chart->y, all);
    add_all_events(&figure, history, false);
    add_line(&figure, &mean, "mean", PX_CHART_SOFT, PX_DASH_SHORT, 1.2);
    add_line(&figure, &own, "this finding", PX_CHART_BLUE, PX_DASH_NONE, 2);
    add_best(&figure, history, finding, false);
    figure.description =
        px_figure_text(&figure, "AUC of %s by epoch: %s.", name, course(&figure, &own));
    end_figure(html, &figure, name);
}

void px_train_html_finding_charts(px_html *html, const px_history *history) {
    range all = auc_range(history);
    px_html_print(html, "<div class=\"plots\">\n");
    for (int f = 0; f < history->n_findings; f++)
        print_finding(html, history, f, all);
    px_html_print(html, "</div>\n");
}

void px_train_html_curves(px_html *html, const px_train_summary *summary) {
    px_html_print(html,
                  "<section id=\"curves\">\n<h2>Curves</h2>\n"
                  "<p>The training loss is the mean over an epoch's steps, with augmentation and "
                  "while the network changes; it may well lie above the loss on the validation "
                  "images, which is measured at the end of the epoch. A validation loss that rises "
                  "while the training loss falls is overfitting.</p>\n<div class=\"plots\">\n");
    print_loss(html, summary->history);
    print_mean_auc(html, summary->history);
    print_steps(html, summary->history);
    px_html_print(html, "</div>\n</section>\n");
}
