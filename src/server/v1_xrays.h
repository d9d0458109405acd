/* What the handlers of /api/v1/xrays share: who may see which, and how one is described. */
#ifndef PX_SERVER_V1_XRAYS_H
#define PX_SERVER_V1_XRAYS_H

#include "exchange.h"

#define PX_V1_TITLE 200             /**< characters */
#define PX_V1_PATIENT_REFERENCE 100 /**< characters */

/**
 * Find the X-ray of the path for its owner, or for who has its capability in the query. To all
 * others it is not there.
 *
 * @param xray  set on success; to be cleared.
 * @return false with the reply filled in: 401, 404, or the store's failure.
 */
bool px_v1_find_xray(px_app *app, const px_request *request, px_reply *reply, px_xray *xray);

/** The same, noted in the audit trail as this action ("xray.view"). */
bool px_v1_see_xray(px_app *app, const px_request *request, px_reply *reply, const char *action,
                    px_xray *xray);

/** Describe an X-ray. @param capability put into its links; NULL for none. A new reference, or NULL
 *  and an error. */
json_t *px_v1_xray_to_json(const px_xray *xray, const char *capability, px_error *err);

/** Describe a reading of which nothing is kept, as POST /predict does, without heat maps. */
json_t *px_v1_prediction_of(const px_xray *xray, px_error *err);

/** Answer with an X-ray, or with what keeps it from being described. */
void px_v1_reply_xray(px_reply *reply, const px_request *request, int status, const px_xray *xray,
                      const char *capability);

/** Answer 400: the image cannot be read, for this reason. */
void px_v1_reply_unreadable(const px_request *request, px_reply *reply, const px_error *reason);

#endif
