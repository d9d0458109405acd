/* An evaluation as metrics.json, and its curves as a table. docs/evaluating.md lists every key. */
#ifndef PX_EVALUATE_METRICS_JSON_H
#define PX_EVALUATE_METRICS_JSON_H

#include <jansson.h>

#include "../base/buffer.h"
#include "evaluation.h"

#define PX_METRICS_FORMAT "perxeptron-metrics/1"

/** Everything but the curves. What is not known is null. The same evaluation always gives the same
 *  bytes. A new reference, or NULL and PX_ERR_MEMORY. */
json_t *px_metrics_to_json(const px_evaluation *evaluation, px_error *err);

/** The text of metrics.json, with a line end; to be freed. NULL and PX_ERR_MEMORY. */
char *px_metrics_text(const px_evaluation *evaluation, px_error *err);

/** Curves as CSV: "finding,scorer,curve,x,y,threshold" with curve "roc", "pr" or "net_benefit" (of
 *  scorer 0 alone; x is its threshold). PX_ERR_LIMIT past the buffer's cap, PX_ERR_MEMORY. */
bool px_metrics_print_curves(const px_evaluation *evaluation, px_buffer *text, px_error *err);

#endif
