/* The sections of report.html, in their order; inside of the report only. */
#ifndef PX_EVALUATE_HTML_PARTS_H
#define PX_EVALUATE_HTML_PARTS_H

#include "html.h"
#include "plots.h"

/** A plot as a figure with a caption; nothing where there is no such plot. `is_wide`: the width of
 *  the page. */
void px_html_plot(px_html *html, const px_evaluation *e, px_plot plot, int finding, bool is_wide);

void px_html_summary(px_html *html, const px_evaluation *e);
void px_html_findings(px_html *html, const px_evaluation *e);
void px_html_members(px_html *html, const px_evaluation *e);
void px_html_subgroups(px_html *html, const px_evaluation *e);
void px_html_each_finding(px_html *html, const px_evaluation *e);
void px_html_heat_maps(px_html *html, const px_evaluation *e);
void px_html_left_out(px_html *html, const px_evaluation *e);
void px_html_methods(px_html *html, const px_evaluation *e);

/** Is there anything in a section? */
bool px_html_has_members(const px_evaluation *e);
bool px_html_has_heat_maps(const px_evaluation *e);

/** What decides, in words: "operating points", or "Youden's points of this set". */
bool px_html_has_operating_points(const px_evaluation *e);

#endif
