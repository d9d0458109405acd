/* The report on an evaluation: one page of HTML that needs nothing else, and its plots as files. */
#ifndef PX_EVALUATE_REPORT_HTML_H
#define PX_EVALUATE_REPORT_HTML_H

#include "../base/buffer.h"
#include "evaluation.h"

/**
 * Append the page to `out`: HTML with its style and plots inside, without scripts and without
 * anything that a browser would have to fetch; for screens of any width, light and dark, and for
 * A4. Texts of the evaluation are escaped; examples of what was left out are not shown, since they
 * may tell who a patient is. The same evaluation gives the same bytes with the same fonts.
 *
 * @param err  PX_ERR_USAGE: an evaluation without scorers or findings; PX_ERR_MEMORY; PX_ERR_LIMIT
 *             past the buffer's cap.
 */
bool px_evaluation_report_html(const px_evaluation *e, px_buffer *out, px_error *err);

/**
 * Write report.html, and plots/ with each plot as SVG and PNG (px_plots_write), into a folder that
 * is made if need be.
 *
 * @param err  PX_ERR_IO, and the above; what was written before a failure stays.
 */
bool px_evaluation_report_write(const px_evaluation *e, const char *folder, px_error *err);

#endif
