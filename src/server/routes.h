/* Which handler answers which method and path, for whom, and where it runs. */
#ifndef PX_SERVER_ROUTES_H
#define PX_SERVER_ROUTES_H

#include "exchange.h"

/** What a route does with a body. */
typedef enum {
    PX_TAKES_NOTHING,
    PX_TAKES_FIELDS,
    PX_TAKES_IMAGE, /**< and fields; the client is authenticated before its body is read */
} px_takes;

typedef struct px_route {
    const char *method; /**< "GET" also answers HEAD */
    const char *path;   /**< "{name}" stands for one segment; ending in "*": a prefix */
    px_handler *handler;
    px_run_place place;
    unsigned needs; /**< the px_scopes that its client must have; 0: none */
    bool anonymous; /**< clients without credentials may use it, whatever it needs, while the server
                         allows anonymous work; its handler looks for a capability where one is
                         needed. False with needs 0: open to all, always */
    px_takes takes;
    px_limit_kind limit;
} px_route;

/** All but those of the web app (web.h), ending with a zeroed one. */
extern const px_route px_routes[];

/** Does the request's path have this pattern? Fills in the segments where it does. */
bool px_route_matches(const char *pattern, px_request *request);

/** The route of a request, with its segments filled in, or NULL with the reply filled in: 404, 405,
 *  a redirect to the path with its closing slash, the answer to OPTIONS, or 403 for what a browser
 *  asks for on behalf of another site's page, when that site is not among the allowed origins. */
const px_route *px_route_find(const px_app *app, px_request *request, px_reply *reply);

/** May this client use the route? Fills in the reply (401 or 403) when not. */
bool px_route_allows(const px_app *app, const px_route *route, const px_request *request,
                     px_reply *reply);

/** Does the browser say that this was sent by a page of this server? GET and HEAD need not be. */
bool px_request_is_own_page(const px_request *request);

/** Answer 401: nobody known may do this. */
void px_reply_unknown_client(px_reply *reply, const px_request *request);

/** Let the browser hand an API's reply to a page of an allowed origin (CORS). */
void px_route_allow_origin(const px_app *app, px_request *request, px_reply *reply);

#endif
