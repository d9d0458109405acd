/* HTTP itself: connections, their limits and deadlines, and requests handed to routes. */
#ifndef PX_SERVER_HTTP_H
#define PX_SERVER_HTTP_H

#include "exchange.h"
#include "jobs.h"

typedef struct px_http px_http;

typedef struct px_http_options {
    int socket; /**< listening; taken, also on failure */
    int connections;
    int connections_per_address;
    int timeout_s;
} px_http_options;

/** Serve on threads of its own. `app` and `places` (which has no PX_RUN_HERE) are borrowed until
 *  px_http_free. */
px_http *px_http_start(px_app *app, px_jobs *const places[PX_RUN_PLACES],
                       const px_http_options *options, px_error *err);

/** Close connections that are past their deadline. */
void px_http_tend(px_http *http);

/** Connections open now. */
int px_http_connections(px_http *http);

/** Accept no more connections, and wait until every request under way is answered, or until its
 *  client has been too slow for `patience_ms`. */
void px_http_drain(px_http *http, int patience_ms);

/** Stop; no job may be left that belongs to a request. NULL is fine. */
void px_http_free(px_http *http);

#endif
