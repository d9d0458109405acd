/* From a reading, as it is kept in JSON, to the report on it. */
#ifndef PX_REPORT_READING_REPORT_H
#define PX_REPORT_READING_REPORT_H

#include <jansson.h>

#include "pdf_report.h"

/** What a report of a reading borrows from. Zeroed before use. */
typedef struct px_report_parts {
    px_report_finding *findings;
    px_report_member *members;
    char *card;
} px_report_parts;

/**
 * Fill in what a reading tells: findings, ensemble, members, notice, size and hash of the image.
 *
 * @param reading  as px_reading_to_json made it, with or without maps; findings may have a "review"
 *                 with "verdict" ("accepted", "rejected") and "note". Borrowed by the report.
 * @param card     the ensemble's model card, of which training data and limits are told; nullable.
 * @param parts    to be cleared when the report is written, also after a failure.
 * @param err      PX_ERR_MEMORY.
 */
bool px_report_fill_reading(px_report *report, const json_t *reading, const json_t *card,
                            px_report_parts *parts, px_error *err);
void px_report_parts_clear(px_report_parts *parts);

/** The finding that stands out most, the highest score relative to its threshold, among those with
 *  a heat map ("box"); NULL when none has. Borrowed from the reading. */
json_t *px_report_leading(const json_t *reading);

#endif
