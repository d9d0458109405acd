/* How each plot is put together; inside of the plots only. */
#ifndef PX_EVALUATE_PLOT_PARTS_H
#define PX_EVALUATE_PLOT_PARTS_H

#include "figure.h"
#include "plots.h"

/* Fill in a figure; its failures are kept in it. */
void px_plot_fill_findings(px_figure *figure, const px_evaluation *e);
void px_plot_fill_scorers(px_figure *figure, const px_evaluation *e);
void px_plot_fill_roc(px_figure *figure, const px_evaluation *e, int finding);
void px_plot_fill_pr(px_figure *figure, const px_evaluation *e, int finding);
void px_plot_fill_reliability(px_figure *figure, const px_evaluation *e, int finding);
void px_plot_fill_scores(px_figure *figure, const px_evaluation *e, int finding);
void px_plot_fill_confusion(px_figure *figure, const px_evaluation *e, int finding);
void px_plot_fill_benefit(px_figure *figure, const px_evaluation *e, int finding);
void px_plot_fill_members(px_figure *figure, const px_evaluation *e, int finding);
void px_plot_fill_subgroups(px_figure *figure, const px_evaluation *e, int finding);

/* How a figure and its interval are written: "0.893 [0.851, 0.934]"; "–" for none. */
const char *px_plot_estimate(px_figure *figure, px_interval estimate);
/** The dotted line from (0, 0) to (1, 1). @param name  for the legend. */
void px_plot_add_diagonal(px_figure *figure, const char *name);

#endif
