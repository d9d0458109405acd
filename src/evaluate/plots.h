/* The plots of an evaluation: which there are, and each as a file or as part of a page. */
#ifndef PX_EVALUATE_PLOTS_H
#define PX_EVALUATE_PLOTS_H

#include "evaluation.h"
#include "figure.h"

typedef enum {
    /* of the whole evaluation */
    PX_PLOT_FINDINGS, /**< AUC of each finding: forest plot */
    PX_PLOT_SCORERS,  /**< mean AUC of ensemble and members: forest plot */
    /* of a finding */
    PX_PLOT_ROC,         /**< with the pointwise interval of sensitivity, members, decisions */
    PX_PLOT_PR,          /**< precision over recall */
    PX_PLOT_RELIABILITY, /**< observed share over mean score, and how many scores there are */
    PX_PLOT_SCORES,      /**< histograms of scores by class */
    PX_PLOT_CONFUSION,   /**< decisions against labels */
    PX_PLOT_BENEFIT,     /**< decision curve */
    PX_PLOT_MEMBERS,     /**< AUC of ensemble and members: forest plot */
    PX_PLOT_SUBGROUPS,   /**< AUC in each group: forest plot */
    PX_PLOTS
} px_plot;

/** Is there anything to draw? @param finding  ignored by plots of the whole. */
bool px_plot_exists(const px_evaluation *evaluation, px_plot plot, int finding);
/** "ROC curve" */
const char *px_plot_title(px_plot plot);

/**
 * Draw a plot and append it to `out`. The same evaluation gives the same bytes with the same fonts.
 *
 * @param err  PX_ERR_USAGE: there is no such plot; PX_ERR_MEMORY; PX_ERR_LIMIT past the cap.
 */
bool px_plot_write(const px_evaluation *evaluation, px_plot plot, int finding,
                   px_figure_format format, px_buffer *out, px_error *err);

/** Write each plot as SVG and as PNG into a folder that is there: "mean_auc.svg",
 *  "edema_roc.png" ("finding_3_roc.png" where an id could not be part of a file's name).
 *  PX_ERR_IO and the above. */
bool px_plots_write(const px_evaluation *evaluation, const char *folder, px_error *err);

/** The decisions that plots and tables show: at the operating point where there is one, else at
 *  Youden's; NULL: neither is known. */
const px_evaluation_rates *px_plot_rates(const px_evaluation_measure *measure);

#endif
