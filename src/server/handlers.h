/* The handlers behind the routes, and what they share. */
#ifndef PX_SERVER_HANDLERS_H
#define PX_SERVER_HANDLERS_H

#include "../base/file.h"
#include "exchange.h"

/** POST /api/chexray/anonupload/ of the 2020 interface. */
px_handler px_handle_anonupload;

/** GET /api/v1/ensemble: what reads here. POST /api/v1/predict: read one image, store nothing. */
px_handler px_handle_ensemble, px_handle_predict;

/** GET /api/v1/openapi.json, GET /api/v1/docs and the page's own files. */
px_handler px_handle_openapi, px_handle_docs, px_handle_docs_style, px_handle_docs_script;

/** GET /media/…, the page's own files, and /healthz. */
px_handler px_handle_media, px_handle_page, px_handle_page_style, px_handle_page_script,
    px_handle_icon, px_handle_health;

/** GET /phantom.png?seed=N: a synthetic radiograph to try. */
px_handler px_handle_phantom;

/** Refuse a body that cannot be used; true when there was nothing to refuse. */
bool px_check_body(const px_request *request, px_reply *reply);

/** Map the uploaded image and read it, with heat maps if they are wanted and the networks allow
 *  them. The mapping is open on success, and the reading to be freed; NULL and an error otherwise.
 */
px_reading *px_read_image(px_app *app, const px_body *body, bool heat_maps, px_mapping *bytes,
                          px_error *err);

#endif
