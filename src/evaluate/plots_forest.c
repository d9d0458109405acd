/* Forest plots: findings, ensemble and members, subgroups. */
#include <inttypes.h>
#include <math.h>

#include "plot_parts.h"

/* A page has an end: what would lie beyond is in the tables alone. */
enum { MOST_ROWS = 380 };

/* Set up a forest of so many rows; NULL without memory. */
static px_forest_row *begin(px_figure *figure, const char *axis, double reference, size_t rows) {
    px_forest_row *made = px_figure_array(figure, rows, sizeof *made);
    figure->forest =
        (px_forest){.axis = axis,
                    .text_heading = px_figure_text(figure, "AUC [%g %%]", 100 * figure->level),
                    .reference = reference,
                    .rows = made};
    return made;
}

static px_forest_row row_of(px_figure *figure, const char *label, px_interval auc) {
    return (px_forest_row){.label = label,
                           .text = px_plot_estimate(figure, auc),
                           .value = auc.value,
                           .low = auc.low,
                           .high = auc.high,
                           .colour = PX_CHART_SOFT};
}

static void make_strong(px_forest_row *row, uint32_t colour, px_mark mark) {
    row->is_strong = true;
    row->colour = colour;
    row->mark = mark;
}

void px_plot_fill_findings(px_figure *figure, const px_evaluation *e) {
    px_forest_row *rows =
        begin(figure, "AUC; the dashed line is chance", 0.5, (size_t)e->n_findings + 1);
    for (int f = 0; rows && f < e->n_findings && f < MOST_ROWS; f++) {
        const px_evaluation_measure *m = &e->scorers[0].measures[f];
        px_interval none = {NAN, NAN, NAN};
        rows[f] = row_of(figure, e->findings[f].name, m->reason ? none : m->auc);
        rows[f].colour = PX_CHART_BLUE;
        figure->forest.n_rows++;
    }
    if (rows && e->n_findings > 1) {
        px_forest_row *mean = &rows[figure->forest.n_rows++];
        *mean = row_of(figure, "Mean", e->scorers[0].mean_auc);
        make_strong(mean, PX_CHART_BLUE, PX_MARK_DIAMOND);
    }
    figure->description = px_figure_text(
        figure, "AUC of each finding with its interval, as in the table. Their mean: %s.",
        px_plot_estimate(figure, e->scorers[0].mean_auc));
}

void px_plot_fill_scorers(px_figure *figure, const px_evaluation *e) {
    const px_interval first = e->scorers[0].mean_auc;
    px_forest_row *rows = begin(figure, "Mean AUC over findings; the dashed line is the ensemble's",
                                first.value, (size_t)e->n_scorers);
    if (!e->scorers[0].is_ensemble)
        figure->forest.axis = "Mean AUC over findings";
    for (int s = 0; rows && s < e->n_scorers; s++) {
        rows[s] = row_of(figure, e->scorers[s].name, e->scorers[s].mean_auc);
        if (s == 0)
            make_strong(&rows[s], PX_CHART_BLUE, PX_MARK_DIAMOND);
        figure->forest.n_rows++;
    }
    figure->description = "Mean AUC of the ensemble and of each member, with intervals.";
}

void px_plot_fill_members(px_figure *figure, const px_evaluation *e, int finding) {
    px_interval first = e->scorers[0].measures[finding].auc;
    px_forest_row *rows =
        begin(figure, "AUC; the dashed line is the ensemble's", first.value, (size_t)e->n_scorers);
    if (!e->scorers[0].is_ensemble)
        figure->forest.axis = "AUC";
    for (int s = 0; rows && s < e->n_scorers; s++) {
        const px_evaluation_measure *m = &e->scorers[s].measures[finding];
        px_interval none = {NAN, NAN, NAN};
        rows[s] = row_of(figure, e->scorers[s].name, m->reason ? none : m->auc);
        if (s == 0)
            make_strong(&rows[s], PX_CHART_BLUE, PX_MARK_DIAMOND);
        figure->forest.n_rows++;
    }
    figure->description =
        px_figure_text(figure, "AUC at %s of the ensemble and of each member, with intervals.",
                       e->findings[finding].name);
}

static void add_group(px_figure *figure, px_forest_row *row, const px_evaluation_group *group,
                      int finding) {
    const px_evaluation_group_measure *m = &group->measures[finding];
    *row = row_of(figure,
                  px_figure_text(figure, "%s: %" PRId64 " of %" PRId64 " positive", group->value,
                                 m->positives, m->n),
                  m->auc.value);
    if (!m->auc.flagged)
        return;
    make_strong(row, PX_CHART_VERMILION, PX_MARK_DIAMOND);
    row->text = px_figure_text(figure, "%s differs", row->text);
}

void px_plot_fill_subgroups(px_figure *figure, const px_evaluation *e, int finding) {
    size_t count = 0;
    for (int c = 0; c < e->n_subgroups; c++)
        count += (size_t)e->subgroups[c].n_groups + 1;
    px_forest_row *rows = begin(figure, "AUC; the dashed line is that of all images",
                                e->scorers[0].measures[finding].auc.value, count);
    for (int c = 0; rows && c < e->n_subgroups; c++) {
        const px_evaluation_subgroups *column = &e->subgroups[c];
        if (column->n_groups == 0 || figure->forest.n_rows + column->n_groups >= MOST_ROWS)
            continue;
        rows[figure->forest.n_rows++] =
            (px_forest_row){.label = column->column, .is_heading = true};
        for (int g = 0; g < column->n_groups; g++)
            add_group(figure, &rows[figure->forest.n_rows++], &column->groups[g], finding);
    }
    figure->description = px_figure_text(
        figure, "AUC at %s in each subgroup with its interval, beside that of all images.",
        e->findings[finding].name);
}
