/* Which handler answers which method and path. */
#ifndef PX_SERVER_ROUTES_H
#define PX_SERVER_ROUTES_H

#include "exchange.h"

typedef struct px_route {
    const char *method; /**< "GET" also answers HEAD */
    const char *path;   /**< ending in "*": a prefix */
    px_handler *handler;
    bool takes_upload; /**< its body goes to disk */
    bool queued;       /**< its handler uses the reader: it runs on the worker */
} px_route;

/** The route of a request, or NULL with the reply filled in: 404, 405, a redirect to the path with
 *  its closing slash, the answer to OPTIONS, or 403 for work that a browser asks for on behalf of
 *  another site's page, when that site is not among the allowed origins. */
const px_route *px_route_find(const px_app *app, const px_request *request, px_reply *reply);

/** Let the browser hand an API's reply to a page of an allowed origin (CORS). */
void px_route_allow_origin(const px_app *app, const px_request *request, px_reply *reply);

#endif
