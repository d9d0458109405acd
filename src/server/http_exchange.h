/* Between the files of HTTP itself: a server's state, and one request with its reply under way. */
#ifndef PX_SERVER_HTTP_EXCHANGE_H
#define PX_SERVER_HTTP_EXCHANGE_H

#include <microhttpd.h>
#include <stdatomic.h>

#include "connections.h"
#include "http.h"
#include "routes.h"
#include "tls.h"

struct px_http {
    px_app *app;
    px_jobs *const *places;
    struct MHD_Daemon *daemon;
    px_connections *connections;
    px_network *trusted; /* [n_trusted] proxies */
    int n_trusted;
    char own_host[64]; /* where it listens, without the port */
    bool on_loopback;
    px_tls tls;
    atomic_bool draining;
    atomic_int under_way; /* exchanges */
    atomic_int at_work;   /* those of them that wait for a handler */
};

typedef struct px_exchange {
    px_http *http;
    struct MHD_Connection *connection;
    px_connection *link;
    const px_route *route; /* NULL: the reply is made already */
    px_request request;
    px_reply reply;
    uint64_t received, announced, body_cap;
    bool expects;           /* the client waits for "100 Continue" before it sends its body */
    bool admitted;          /* admit has run: the reply may be a refusal */
    bool refused;           /* the reply is made: the body is passed over */
    bool answered;          /* the body is complete, and the handlers are at work or done */
    bool too_large;         /* the body */
    bool last;              /* the connection ends with this reply */
    double started, queued; /* by px_clock_s */
} px_exchange;

/** What a connection's address is, and whether it is a proxy's. */
px_address px_http_peer(const px_http *http, struct MHD_Connection *connection, bool *is_proxy);

/** An exchange with its request filled in from the head. When the head is refused, so is the
 *  exchange, with its reply made and `last` set. NULL: no memory. */
px_exchange *px_exchange_new(px_http *http, struct MHD_Connection *connection, const char *method,
                             const char *path, const char *version);
void px_exchange_free(px_exchange *x);

/** Hand the reply to the connection. */
enum MHD_Result px_exchange_send(px_exchange *x);

/** Let go of the connection and take the first step in its place; the connection goes on when the
 *  last one is done, or when there is no room for the next. */
void px_exchange_start(px_exchange *x, px_run_place place, px_handler *first);
/** One step, as the job that a place runs. */
void px_exchange_step(void *exchange);

#endif
