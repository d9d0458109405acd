/* Readings as X-rays keep them: JSON in a text, with the maps that heat maps are drawn from. */
#ifndef PX_SERVER_STORED_READING_H
#define PX_SERVER_STORED_READING_H

#include "read_image.h"

/**
 * Put into an X-ray what became of its image: its size, media type, status, and reading or failure.
 *
 * @param result   without a reading, it failed.
 * @param failure  why it failed; logged under the request's id.
 * @param err      PX_ERR_MEMORY: the X-ray is as it was.
 */
bool px_xray_take_result(const px_app *app, px_xray *xray, const char *request_id,
                         const px_image_result *result, const px_error *failure, px_error *err);

/** The reading of an X-ray, as px_reading_to_json made it: a new reference. NULL with
 *  PX_ERR_MISMATCH: it has none, or a damaged one; PX_ERR_MEMORY. */
json_t *px_xray_get_reading(const px_xray *xray, px_error *err);

/** Add "review" to each finding of an X-ray's reading: what a person holds of it, or null.
 *  PX_ERR_MEMORY. */
bool px_reading_add_reviews(json_t *reading, const px_xray *xray, px_error *err);
/** A review as it is shown. NULL without memory. */
json_t *px_review_to_json(const px_review *review);

/** A finding of it by id, or NULL. Borrowed. */
json_t *px_reading_find(const json_t *reading, const char *id);

/** What was decided, for the store's filters; ids belong to `reading`. */
typedef struct px_decisions {
    json_t *reading;
    px_xray_finding *items;
    int count;
} px_decisions;

/** Those of an X-ray; none when it failed. @param decisions zeroed. */
bool px_xray_get_decisions(const px_xray *xray, px_decisions *decisions, px_error *err);
void px_decisions_clear(px_decisions *decisions);

#endif
