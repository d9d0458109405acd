/* The sections of a training's report, and what they share; inside of the report only. */
#ifndef PX_TRAINER_TRAIN_REPORT_PARTS_H
#define PX_TRAINER_TRAIN_REPORT_PARTS_H

#include "../evaluate/html.h"
#include "train_report.h"

/** Fewest positives or negatives of a finding whose AUC is not taken with a grain of salt. */
enum { PX_TRAIN_FEW = 30 };

/** Sections. */
void px_train_html_summary(px_html *html, const px_train_summary *summary);
void px_train_html_curves(px_html *html, const px_train_summary *summary);
void px_train_html_findings(px_html *html, const px_train_summary *summary);
void px_train_html_epochs(px_html *html, const px_train_summary *summary);
void px_train_html_recipe(px_html *html, const px_train_summary *summary);

/** A chart of each finding's AUC. */
void px_train_html_finding_charts(px_html *html, const px_history *history);

/** How many epochs without a better AUC are a plateau: 5, or fewer where the training ends before
 *  that. */
int px_train_patience(const px_train_config *config);
/** The name of a finding for people. */
const char *px_train_finding_name(const px_history *history, int finding);
/** The finding's images, where the summary has them; NULL otherwise. */
const px_train_count *px_train_count_of(const px_train_summary *summary, int finding);
/** "45 s", "12 min", "3 h 05 min" */
void px_train_print_time(px_html *html, double seconds);
/** The last part of a path, escaped. */
void px_train_print_file(px_html *html, const char *path);

#endif
