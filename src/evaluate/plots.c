/* The plots of an evaluation: their names, and what each is drawn by. */
#include "plots.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/file.h"
#include "../base/memory.h"
#include "plot_parts.h"

#define NARROW 330.0 /* points: three fit a page */
#define WIDE 640.0
#define PLOT_CAP ((size_t)32 << 20)
#define ID_LENGTH 64

typedef void (*fill_whole)(px_figure *, const px_evaluation *);
typedef void (*fill_finding)(px_figure *, const px_evaluation *, int);

static const struct {
    const char *name, *title;
    double width;
    fill_whole whole; /* one of these */
    fill_finding finding;
} plots[PX_PLOTS] = {
    [PX_PLOT_FINDINGS] = {"auc", "AUC of each finding", WIDE, px_plot_fill_findings, NULL},
    [PX_PLOT_SCORERS] = {"mean_auc", "Mean AUC of ensemble and members", WIDE, px_plot_fill_scorers,
                         NULL},
    [PX_PLOT_ROC] = {"roc", "ROC curve", NARROW, NULL, px_plot_fill_roc},
    [PX_PLOT_PR] = {"pr", "Precision and recall", NARROW, NULL, px_plot_fill_pr},
    [PX_PLOT_RELIABILITY] = {"reliability", "Reliability", NARROW, NULL, px_plot_fill_reliability},
    [PX_PLOT_SCORES] = {"scores", "Scores by class", NARROW, NULL, px_plot_fill_scores},
    [PX_PLOT_CONFUSION] = {"confusion", "Decisions", NARROW, NULL, px_plot_fill_confusion},
    [PX_PLOT_BENEFIT] = {"benefit", "Decision curve", NARROW, NULL, px_plot_fill_benefit},
    [PX_PLOT_MEMBERS] = {"members", "AUC of ensemble and members", WIDE, NULL,
                         px_plot_fill_members},
    [PX_PLOT_SUBGROUPS] = {"subgroups", "AUC in subgroups", WIDE, NULL, px_plot_fill_subgroups},
};

const char *px_plot_title(px_plot plot) {
    return plots[plot].title;
}

const px_evaluation_rates *px_plot_rates(const px_evaluation_measure *measure) {
    return measure->reason            ? NULL
           : measure->operating.known ? &measure->operating
           : measure->youden.known    ? &measure->youden
                                      : NULL;
}

void px_plot_add_diagonal(px_figure *figure, const char *name) {
    static const double zero_to_one[] = {0, 1};
    px_figure_add(figure, (px_series){.kind = PX_SERIES_LINE,
                                      .name = name,
                                      .colour = PX_CHART_SOFT,
                                      .dash = PX_DASH_DOTS,
                                      .width = 1.2,
                                      .count = 2,
                                      .x = zero_to_one,
                                      .y = zero_to_one});
}

const char *px_plot_estimate(px_figure *figure, px_interval estimate) {
    if (!isfinite(estimate.value))
        return "–";
    if (!isfinite(estimate.low) || !isfinite(estimate.high))
        return px_figure_text(figure, "%.3f", estimate.value);
    return px_figure_text(figure, "%.3f [%.3f, %.3f]", estimate.value, estimate.low, estimate.high);
}

static bool has_groups(const px_evaluation *e) {
    for (int c = 0; c < e->n_subgroups; c++)
        if (e->subgroups[c].n_groups > 0)
            return true;
    return false;
}

bool px_plot_exists(const px_evaluation *e, px_plot plot, int finding) {
    if (e->n_scorers < 1 || e->n_findings < 1)
        return false;
    if (plot == PX_PLOT_FINDINGS)
        return true;
    if (plot == PX_PLOT_SCORERS)
        return e->n_scorers > 1;
    const px_evaluation_measure *m = &e->scorers[0].measures[finding];
    if (m->reason)
        return false;
    return plot == PX_PLOT_CONFUSION   ? px_plot_rates(m) != NULL
           : plot == PX_PLOT_MEMBERS   ? e->n_scorers > 1
           : plot == PX_PLOT_SUBGROUPS ? has_groups(e)
                                       : true;
}

bool px_plot_write(const px_evaluation *e, px_plot plot, int finding, px_figure_format format,
                   px_buffer *out, px_error *err) {
    if (!px_plot_exists(e, plot, finding))
        return px_fail(err, PX_ERR_USAGE, NULL, "there is no such plot");
    px_figure figure;
    px_figure_init(&figure, plots[plot].width, e->level);
    if (plots[plot].whole) {
        plots[plot].whole(&figure, e);
        figure.title = plots[plot].title;
    } else {
        plots[plot].finding(&figure, e, finding);
        figure.title =
            px_figure_text(&figure, "%s: %s", e->findings[finding].name, plots[plot].title);
    }
    bool ok = px_figure_write(&figure, format, out, err);
    px_figure_clear(&figure);
    return ok;
}

/* May an id be part of a file's name? "finding_" is taken by those that may not. */
static bool is_file_name(const char *id) {
    size_t length = strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");
    return length > 0 && id[length] == '\0' && length <= ID_LENGTH &&
           strncmp(id, "finding_", 8) != 0;
}

static char *file_path(const px_evaluation *e, px_plot plot, int finding, const char *folder,
                       const char *ending, px_error *err) {
    const char *name = plots[plot].name;
    if (plots[plot].whole)
        return px_format(err, "%s/%s.%s", folder, name, ending);
    const char *id = e->findings[finding].id;
    return is_file_name(id)
               ? px_format(err, "%s/%s_%s.%s", folder, id, name, ending)
               : px_format(err, "%s/finding_%d_%s.%s", folder, finding + 1, name, ending);
}

static bool write_file(const px_evaluation *e, px_plot plot, int finding, const char *folder,
                       px_figure_format format, px_error *err) {
    px_buffer bytes;
    px_buffer_init(&bytes, PLOT_CAP);
    char *path = file_path(e, plot, finding, folder, format == PX_FIGURE_SVG ? "svg" : "png", err);
    bool ok = path && px_plot_write(e, plot, finding, format, &bytes, err) &&
              px_file_write(path, bytes.data, bytes.size, err);
    free(path);
    px_buffer_clear(&bytes);
    return ok;
}

bool px_plots_write(const px_evaluation *e, const char *folder, px_error *err) {
    for (int plot = 0; plot < PX_PLOTS; plot++) {
        int count = plots[plot].whole ? 1 : e->n_findings;
        for (int f = 0; f < count; f++)
            if (px_plot_exists(e, (px_plot)plot, f) &&
                (!write_file(e, (px_plot)plot, f, folder, PX_FIGURE_SVG, err) ||
                 !write_file(e, (px_plot)plot, f, folder, PX_FIGURE_PNG, err)))
                return false;
    }
    return true;
}
