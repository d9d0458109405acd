/* libmicrohttpd: connections, and a request's way from its head to its reply.
 *
 * A request is admitted (admit.h) before its handler runs, and before its body is read when that is
 * an image. Whatever may wait runs in another place (jobs.h) while the connection is suspended.
 * <microhttpd.h> is included by the http*.c files and tls.c alone.
 */
#include "http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/error.h"
#include "../base/log.h"
#include "../base/memory.h"
#include "admit.h"
#include "http_exchange.h"
#include "usage.h"

#define THREADS 2u
#define MEMORY_CAP ((size_t)32 << 10)      /* of a connection: heads, and a piece of a body */
#define PLAIN_BODY_CAP ((uint64_t)1 << 16) /* of a request that uploads nothing */
#define FORM_OVERHEAD ((uint64_t)1 << 16)  /* of the other fields and boundaries of an upload */
#define LINGER_FACTOR                                                                              \
    4 /* a body too large is read on up to so many times its limit, since closing                  \
         on a client that is sending would destroy the reply on its way */
#define FIRST_REQUEST_MS 1000 /* a stopping server waits for requests of connections just taken */
/* Connections beyond the limit, for those already cut that libmicrohttpd has yet to close: when it
 * counts too many itself, it accepts nobody. */
#define CONNECTIONS_ASIDE 128

static void wait_for(px_exchange *x, px_wait what) {
    px_connections_wait(x->http->connections, x->link, what, px_clock_ms());
}

/* ---- Connections ---- */

static void on_connection(void *context, struct MHD_Connection *connection, void **slot,
                          enum MHD_ConnectionNotificationCode what) {
    px_http *http = context;
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        const union MHD_ConnectionInfo *info =
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        bool is_proxy;
        px_address peer = px_http_peer(http, connection, &is_proxy);
        *slot =
            px_connections_add(http->connections, info->connect_fd, &peer, is_proxy, px_clock_ms());
    } else {
        px_connections_remove(http->connections, *slot);
        *slot = NULL;
    }
}

void px_http_tend(px_http *http) {
    px_connections_tend(http->connections, px_clock_ms());
}

int px_http_connections(px_http *http) {
    return px_connections_count(http->connections);
}

/* ---- Requests ---- */

/* %00 must not end a path or an argument early: it becomes a character that is refused. */
static size_t unescape(void *context, struct MHD_Connection *connection, char *text) {
    (void)context, (void)connection;
    size_t size = MHD_http_unescape(text);
    for (char *zero; (zero = memchr(text, '\0', size));)
        *zero = '\x01';
    return size;
}

static bool takes_image(const px_exchange *x) {
    return x->route && x->route->takes == PX_TAKES_IMAGE;
}

/* True: the reply goes out before the body is read. */
static bool judge_size(px_exchange *x) {
    uint64_t max_image = x->http->app->options->max_upload;
    x->body_cap = takes_image(x) ? max_image + FORM_OVERHEAD : PLAIN_BODY_CAP;
    x->too_large = x->announced > x->body_cap;
    return x->too_large && (x->expects || x->announced / LINGER_FACTOR > x->body_cap);
}

static void refuse_size(px_exchange *x) {
    px_reply_clear(&x->reply);
    px_reply_fail(&x->reply, &x->request, 413, "The request is larger than the %llu KiB allowed.",
                  (unsigned long long)(x->body_cap >> 10));
}

static void begin_body(px_exchange *x) {
    px_body_begin(&x->request.body, takes_image(x) ? px_store_blobs(x->http->app->store) : NULL,
                  x->request.content_type, x->http->app->options->max_upload);
}

static enum MHD_Result begin(px_exchange *x) {
    wait_for(x, PX_WAIT_BODY);
    if (x->refused)
        return px_exchange_send(x);
    x->request.route = x->route = px_route_find(x->http->app, &x->request, &x->reply);
    x->refused = !x->route;
    if (judge_size(x)) {
        refuse_size(x);
        return px_exchange_send(x);
    }
    if (x->refused && x->expects)
        return px_exchange_send(x);
    if (takes_image(x) && !x->too_large)
        px_exchange_start(x, PX_RUN_STORE, px_admit);
    else if (x->route && x->route->takes == PX_TAKES_FIELDS)
        begin_body(x);
    return MHD_YES;
}

/* The head of an upload was judged: its body may come, is passed over, or is not asked for. */
static enum MHD_Result admit_body(px_exchange *x) {
    x->admitted = true;
    x->refused = x->request.refused;
    wait_for(x, PX_WAIT_BODY);
    if (x->refused && x->expects)
        return px_exchange_send(x);
    if (!x->refused)
        begin_body(x);
    return MHD_YES;
}

static enum MHD_Result take_body(px_exchange *x, const char *bytes, size_t *size) {
    x->received += *size;
    if (x->received / LINGER_FACTOR > x->body_cap)
        return MHD_NO;
    if (x->received > x->body_cap)
        x->too_large = true;
    if (x->too_large)
        px_body_discard(&x->request.body);
    else if (!x->refused)
        px_body_feed(&x->request.body, bytes, *size);
    px_connections_progress(x->http->connections, x->link, *size);
    *size = 0;
    return MHD_YES;
}

static void admit_and_handle(px_app *app, px_request *request, px_reply *reply) {
    const px_route *route = request->route;
    px_admit(app, request, reply);
    if (request->refused)
        return;
    if (route->place == PX_RUN_STORE)
        route->handler(app, request, reply);
    else
        px_request_continue(request, route->place, route->handler);
}

/* The request is complete. True: the reply is ready. */
static bool answer(px_exchange *x) {
    x->answered = true;
    if (x->too_large)
        refuse_size(x);
    if (x->too_large || x->refused)
        return true;
    px_body_finish(&x->request.body);
    if (x->route->place == PX_RUN_HERE)
        x->route->handler(x->http->app, &x->request, &x->reply);
    else if (x->admitted)
        px_exchange_start(x, x->route->place, x->route->handler);
    else
        px_exchange_start(x, PX_RUN_STORE, admit_and_handle);
    return x->route->place == PX_RUN_HERE;
}

/* Called for the head, for each piece of the body, and when the body is complete; and once more
 * after each suspension. */
static enum MHD_Result on_request(void *context, struct MHD_Connection *connection,
                                  const char *path, const char *method, const char *version,
                                  const char *bytes, size_t *size, void **slot) {
    px_exchange *x = *slot;
    if (!x) {
        *slot = x = px_exchange_new(context, connection, method, path, version);
        return x ? begin(x) : MHD_NO;
    }
    if (takes_image(x) && !x->admitted && !x->too_large)
        return admit_body(x);
    if (*size > 0)
        return take_body(x, bytes, size);
    if (!x->answered && !answer(x))
        return MHD_YES;
    return px_exchange_send(x);
}

/* Paths of media are secrets and are not logged: the route is. */
static void note_exchange(const px_exchange *x, bool complete) {
    const px_app *app = x->http->app;
    const char *route = x->route ? x->route->path : NULL;
    double seconds = px_clock_s() - x->started;
    px_log(PX_LOG_INFO, "server", x->request.id, "%.8s %s %d %s%.0f ms, %llu bytes in",
           x->request.method, route ? route : "-", x->reply.status, complete ? "" : "cut off, ",
           seconds * 1000, (unsigned long long)x->received);
    px_usage_count(app->usage, &x->request, x->reply.status);
    px_metrics_count_request(app->metrics, x->request.method, route, x->reply.status, seconds,
                             x->received);
}

static void on_completed(void *context, struct MHD_Connection *connection, void **slot,
                         enum MHD_RequestTerminationCode why) {
    (void)context, (void)connection;
    px_exchange *x = *slot;
    if (!x)
        return;
    note_exchange(x, why == MHD_REQUEST_TERMINATED_COMPLETED_OK);
    wait_for(x, PX_WAIT_HEAD);
    px_exchange_free(x);
    *slot = NULL;
}

/* ---- Start and stop ---- */

static bool parse_trusted(px_http *http, const px_server_options *options, px_error *err) {
    http->trusted = px_alloc((size_t)options->n_trusted_proxies + 1, sizeof *http->trusted, err);
    for (int i = 0; http->trusted && i < options->n_trusted_proxies; i++) {
        if (!px_network_parse(options->trusted_proxies[i], &http->trusted[i], err))
            return false;
        http->n_trusted++;
    }
    return http->trusted != NULL;
}

static void find_own_place(px_http *http, const char *listen, int socket) {
    struct sockaddr_storage bound = {0};
    socklen_t size = sizeof bound;
    px_address address;
    const char *colon = listen ? strrchr(listen, ':') : NULL;
    if (colon)
        snprintf(http->own_host, sizeof http->own_host, "%.*s", (int)(colon - listen), listen);
    http->on_loopback = getsockname(socket, (struct sockaddr *)&bound, &size) == 0 &&
                        px_address_from_socket((struct sockaddr *)&bound, &address) &&
                        px_address_is_loopback(&address);
}

static bool load_tls(px_http *http, const px_server_options *options, px_error *err) {
    return !options->tls_key ||
           px_tls_load(&http->tls, options->tls_certificate, options->tls_key, err);
}

static bool start_daemon(px_http *http, const px_http_options *options, px_error *err) {
    unsigned connections = (unsigned)options->connections + CONNECTIONS_ASIDE;
    bool secure = http->tls.key.size > 0;
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_PRIORITIES, 0, (char *)(uintptr_t)PX_TLS_PRIORITIES},
        {MHD_OPTION_HTTPS_MEM_CERT, 0, http->tls.certificate.data},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, http->tls.key.data},
        {MHD_OPTION_END, 0, NULL}};
    http->daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC |
            (secure ? MHD_USE_TLS : 0u),
        0, NULL, NULL, on_request, http, MHD_OPTION_LISTEN_SOCKET, options->socket,
        MHD_OPTION_THREAD_POOL_SIZE, THREADS, MHD_OPTION_CONNECTION_LIMIT, connections,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)options->timeout_s,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, MEMORY_CAP, MHD_OPTION_NOTIFY_COMPLETED, on_completed,
        http, MHD_OPTION_NOTIFY_CONNECTION, on_connection, http, MHD_OPTION_UNESCAPE_CALLBACK,
        unescape, NULL, MHD_OPTION_ARRAY, secure ? tls : &tls[3], MHD_OPTION_END);
    return http->daemon || px_fail(err, PX_ERR_IO, NULL, "the HTTP service does not start");
}

px_http *px_http_start(px_app *app, px_jobs *const places[PX_RUN_PLACES],
                       const px_http_options *options, px_error *err) {
    px_http *http = px_alloc(1, sizeof *http, err);
    bool ok = http != NULL;
    if (http) {
        *http = (px_http){.app = app, .places = places};
        http->connections = px_connections_new(
            options->connections, options->connections_per_address, options->timeout_s * 1000, err);
        find_own_place(http, app->options->listen, options->socket);
        ok = http->connections && parse_trusted(http, app->options, err) &&
             load_tls(http, app->options, err) && start_daemon(http, options, err);
    }
    if (ok)
        return http;
    close(options->socket);
    px_http_free(http);
    return NULL;
}

/* Handlers at work are waited for as long as they take; clients have a time. */
static bool is_busy(px_http *http, bool late) {
    return atomic_load(&http->at_work) > 0 || (atomic_load(&http->under_way) > 0 && !late);
}

void px_http_drain(px_http *http, int patience_ms) {
    const struct timespec pause = {.tv_nsec = 20 * 1000000};
    int64_t start = px_clock_ms();
    if (!http->draining) {
        http->draining = true;
        close(MHD_quiesce_daemon(http->daemon));
        while (px_connections_count_silent(http->connections) > 0 &&
               px_clock_ms() < start + FIRST_REQUEST_MS)
            nanosleep(&pause, NULL);
    }
    while (is_busy(http, px_clock_ms() > start + patience_ms))
        nanosleep(&pause, NULL);
}

void px_http_free(px_http *http) {
    if (!http)
        return;
    if (http->daemon)
        MHD_stop_daemon(http->daemon);
    px_connections_free(http->connections);
    px_tls_clear(&http->tls);
    free(http->trusted);
    free(http);
}
