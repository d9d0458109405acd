/* libmicrohttpd, and only here: callbacks turn connections into requests and replies into bytes.
 *
 * A request is admitted (admit.h) before its handler runs, and before its body is read when that is
 * an image. Whatever may wait runs in another place (jobs.h) while the connection is suspended.
 */
#include "http.h"

#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../base/error.h"
#include "../base/log.h"
#include "../base/memory.h"
#include "admit.h"
#include "routes.h"

#define THREADS 2u
#define HEADERS_CAP ((size_t)32 << 10)     /* a connection's memory: request head and buffers */
#define PLAIN_BODY_CAP ((uint64_t)1 << 16) /* of a request that uploads nothing */
#define FORM_OVERHEAD ((uint64_t)1 << 16)  /* of the other fields and boundaries of an upload */
#define LINGER_FACTOR                                                                              \
    4 /* a body too large is read on up to so many times its limit, since closing                  \
         on a client that is sending would destroy the reply on its way */
#define FIRST_REQUEST_MS 1000 /* a stopping server waits for requests of connections just taken */
#define BODY_PATIENCE 15      /* deadline of a whole body or reply, in timeouts */

typedef struct link {
    struct link *next, **previous;
    int fd;
    int64_t deadline_ms; /* 0: none */
    bool asked;          /* a request came */
} link_entry;

struct px_http {
    px_app *app;
    px_jobs *const *places;
    struct MHD_Daemon *daemon;
    int timeout_s;
    atomic_bool draining;
    pthread_mutex_t mutex; /* links and their deadlines */
    link_entry *links;
    atomic_int under_way;
    atomic_int silent; /* connections on which no request came yet */
};

typedef struct exchange {
    px_http *http;
    struct MHD_Connection *connection;
    link_entry *link;
    const px_route *route; /* NULL: the reply is made already */
    px_request request;
    px_reply reply;
    uint64_t received, body_cap;
    bool admitted; /* admit has run: the reply may be a refusal */
    bool refused;  /* the reply is made: the body is passed over */
    bool answered; /* the body is complete, and the handlers are at work or done */
    bool too_large, head_only_read;
    int64_t started_ms;
} exchange;

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- Connections and deadlines ---- */

static void set_deadline(px_http *http, link_entry *link, int64_t after_ms) {
    if (!link)
        return;
    pthread_mutex_lock(&http->mutex);
    link->deadline_ms = after_ms ? now_ms() + after_ms : 0;
    pthread_mutex_unlock(&http->mutex);
}

static int64_t head_patience_ms(const px_http *http) {
    return (int64_t)http->timeout_s * 1000;
}

static int64_t body_patience_ms(const px_http *http) {
    return head_patience_ms(http) * BODY_PATIENCE;
}

static void add_link(px_http *http, struct MHD_Connection *connection, void **slot) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    link_entry *link = info ? px_alloc(1, sizeof *link, NULL) : NULL;
    if (!link)
        return;
    link->fd = info->connect_fd;
    atomic_fetch_add(&http->silent, 1);
    pthread_mutex_lock(&http->mutex);
    link->next = http->links;
    link->previous = &http->links;
    if (link->next)
        link->next->previous = &link->next;
    http->links = link;
    pthread_mutex_unlock(&http->mutex);
    set_deadline(http, link, head_patience_ms(http));
    *slot = link;
}

static void remove_link(px_http *http, void **slot) {
    link_entry *link = *slot;
    if (!link)
        return;
    pthread_mutex_lock(&http->mutex);
    *link->previous = link->next;
    if (link->next)
        link->next->previous = link->previous;
    pthread_mutex_unlock(&http->mutex);
    if (!link->asked)
        atomic_fetch_sub(&http->silent, 1);
    free(link);
    *slot = NULL;
}

static void on_connection(void *context, struct MHD_Connection *connection, void **slot,
                          enum MHD_ConnectionNotificationCode what) {
    if (what == MHD_CONNECTION_NOTIFY_STARTED)
        add_link(context, connection, slot);
    else
        remove_link(context, slot);
}

void px_http_tend(px_http *http) {
    int64_t now = now_ms();
    pthread_mutex_lock(&http->mutex);
    for (link_entry *link = http->links; link; link = link->next)
        if (link->deadline_ms && link->deadline_ms < now)
            shutdown(link->fd, SHUT_RDWR);
    pthread_mutex_unlock(&http->mutex);
}

/* ---- Replies ---- */

static struct MHD_Response *make_response(px_reply *reply) {
    if (reply->file >= 0) {
        struct MHD_Response *response =
            MHD_create_response_from_fd64(reply->file_size, reply->file);
        reply->file = response ? -1 : reply->file;
        return response;
    }
    if (reply->bytes || reply->body.size == 0)
        return MHD_create_response_from_buffer(reply->bytes ? reply->n_bytes : 0,
                                               (void *)(uintptr_t)reply->bytes,
                                               MHD_RESPMEM_PERSISTENT);
    struct MHD_Response *response =
        MHD_create_response_from_buffer(reply->body.size, reply->body.data, MHD_RESPMEM_MUST_FREE);
    if (response)
        reply->body.data = NULL;
    return response;
}

static void add_headers(exchange *x, struct MHD_Response *response) {
    const px_reply *reply = &x->reply;
    if (reply->type)
        MHD_add_response_header(response, "Content-Type", reply->type);
    for (int i = 0; i < reply->n_headers; i++)
        MHD_add_response_header(response, reply->headers[i].name, reply->headers[i].value);
    MHD_add_response_header(response, "X-Request-Id", x->request.id);
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(response, "Referrer-Policy", "no-referrer");
    if (x->head_only_read || x->http->draining)
        MHD_add_response_header(response, "Connection", "close");
}

static enum MHD_Result send_reply(exchange *x) {
    px_route_allow_origin(x->http->app, &x->request, &x->reply);
    struct MHD_Response *response = make_response(&x->reply);
    if (!response)
        return MHD_NO;
    add_headers(x, response);
    set_deadline(x->http, x->link, body_patience_ms(x->http));
    enum MHD_Result queued = MHD_queue_response(x->connection, (unsigned)x->reply.status, response);
    MHD_destroy_response(response);
    return queued;
}

/* ---- Requests ---- */

/* %00 must not end a path or an argument early: it becomes a character that matches nothing. */
static size_t unescape(void *context, struct MHD_Connection *connection, char *text) {
    (void)context, (void)connection;
    size_t size = MHD_http_unescape(text);
    for (char *zero; (zero = memchr(text, '\0', size));)
        *zero = '\x01';
    return size;
}

static enum MHD_Result add_argument(void *context, enum MHD_ValueKind kind, const char *key,
                                    const char *value) {
    (void)kind;
    px_request *request = context;
    if (request->n_query == PX_QUERY_MAX)
        return MHD_NO;
    request->query[request->n_query++] = (px_argument){key, value ? value : ""};
    return MHD_YES;
}

static const char *header_of(struct MHD_Connection *connection, const char *name) {
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

static void fill_address(px_request *request, struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr *address = info ? info->client_addr : NULL;
    socklen_t size = address && address->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6)
                                                               : sizeof(struct sockaddr_in);
    if (!address || getnameinfo(address, size, request->address, sizeof request->address, NULL, 0,
                                NI_NUMERICHOST) != 0)
        snprintf(request->address, sizeof request->address, "unknown");
}

static bool fill_request(px_request *request, struct MHD_Connection *connection, const char *path,
                         const char *method) {
    char name[PX_MEDIA_NAME];
    if (!px_media_new_name(name, NULL))
        return false;
    snprintf(request->id, sizeof request->id, "%.16s", name);
    request->path = path;
    request->method = method;
    request->content_type = header_of(connection, "Content-Type");
    request->host = header_of(connection, "Host");
    request->origin = header_of(connection, "Origin");
    request->fetch_site = header_of(connection, "Sec-Fetch-Site");
    request->if_none_match = header_of(connection, "If-None-Match");
    request->authorization = header_of(connection, "Authorization");
    request->cookie = header_of(connection, "Cookie");
    request->idempotency_key = header_of(connection, "Idempotency-Key");
    request->accept = header_of(connection, "Accept");
    fill_address(request, connection);
    MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, add_argument, request);
    return true;
}

static bool takes_image(const exchange *x) {
    return x->route && x->route->takes == PX_TAKES_IMAGE;
}

/* Decide from the head alone. True: the reply goes out before the body is read. */
static bool judge_head(exchange *x) {
    const char *length = header_of(x->connection, "Content-Length");
    const char *expect = header_of(x->connection, "Expect");
    uint64_t announced = length ? strtoull(length, NULL, 10) : 0;
    uint64_t max_image = x->http->app->options->max_upload;
    x->body_cap = takes_image(x) ? max_image + FORM_OVERHEAD : PLAIN_BODY_CAP;
    x->too_large = announced > x->body_cap;
    return x->too_large && ((expect && strcasecmp(expect, "100-continue") == 0) ||
                            announced / LINGER_FACTOR > x->body_cap);
}

static void refuse_size(exchange *x) {
    px_reply_fail(&x->reply, &x->request, 413, "The request is larger than the %llu KiB allowed.",
                  (unsigned long long)(x->body_cap >> 10));
}

static exchange *new_exchange(px_http *http, struct MHD_Connection *connection, const char *path,
                              const char *method) {
    exchange *x = px_alloc(1, sizeof *x, NULL);
    if (!x || !fill_request(&x->request, connection, path, method)) {
        free(x);
        return NULL;
    }
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    x->http = http;
    x->connection = connection;
    x->link = info ? info->socket_context : NULL;
    x->started_ms = now_ms();
    px_reply_init(&x->reply);
    atomic_fetch_add(&http->under_way, 1);
    if (x->link && !x->link->asked) {
        x->link->asked = true;
        atomic_fetch_sub(&http->silent, 1);
    }
    return x;
}

/* A client that closed its side while it waited does not want the answer any more. */
static bool has_hung_up(const exchange *x) {
    char byte;
    ssize_t got = x->link ? recv(x->link->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) : 1;
    return got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
}

/* Users take turns by their number, others by their address (FNV-1a). */
static uint64_t turn_of(const px_request *request) {
    uint64_t hash = 0xcbf29ce484222325u;
    if (request->who.user.id > PX_USER_ANONYMOUS)
        return (uint64_t)request->who.user.id;
    for (const char *c = request->address; *c; c++)
        hash = (hash ^ (unsigned char)*c) * 0x100000001b3u;
    return hash | (uint64_t)1 << 63;
}

static void submit(exchange *x, px_run_place place);

static void drop(exchange *x) {
    x->request.refused = true;
    px_reply_fail(&x->reply, &x->request, 503, "The client hung up.");
}

/* One step of a request; the last one resumes the connection. */
static void run_step(void *context) {
    exchange *x = context;
    px_request *request = &x->request;
    px_handler *step = request->next;
    request->next = NULL;
    if (has_hung_up(x))
        drop(x);
    else
        step(x->http->app, request, &x->reply);
    if (request->next)
        submit(x, request->next_place);
    else
        MHD_resume_connection(x->connection);
}

static void submit(exchange *x, px_run_place place) {
    if (px_jobs_submit(x->http->places[place], turn_of(&x->request), run_step, x))
        return;
    x->request.next = NULL;
    x->request.refused = true;
    const px_error full = {.code = PX_ERR_BUSY, .message = "the queue is full"};
    px_reply_error(&x->reply, &x->request, &full);
    MHD_resume_connection(x->connection);
}

/* Let go of the connection and take the first step. */
static void start_steps(exchange *x, px_run_place place, px_handler *first) {
    set_deadline(x->http, x->link, 0);
    px_request_continue(&x->request, place, first);
    MHD_suspend_connection(x->connection);
    submit(x, place);
}

static void begin_body(exchange *x) {
    px_body_begin(&x->request.body, takes_image(x) ? x->http->app->media : NULL,
                  x->request.content_type, x->http->app->options->max_upload);
}

static enum MHD_Result begin(exchange *x) {
    set_deadline(x->http, x->link, body_patience_ms(x->http));
    x->route = px_route_find(x->http->app, &x->request, &x->reply);
    x->request.route = x->route;
    x->refused = !x->route;
    if (judge_head(x)) {
        x->answered = x->head_only_read = true;
        refuse_size(x);
        return send_reply(x);
    }
    if (takes_image(x) && !x->too_large)
        start_steps(x, PX_RUN_STORE, px_admit);
    else if (x->route && x->route->takes == PX_TAKES_FIELDS)
        begin_body(x);
    return MHD_YES;
}

/* The head of an upload was judged: its body may come, or is passed over. */
static void admit_body(exchange *x) {
    x->admitted = true;
    x->refused = x->request.refused;
    set_deadline(x->http, x->link, body_patience_ms(x->http));
    if (!x->refused)
        begin_body(x);
}

static enum MHD_Result take_body(exchange *x, const char *bytes, size_t *size) {
    x->received += *size;
    if (x->received / LINGER_FACTOR > x->body_cap)
        return MHD_NO;
    if (x->received > x->body_cap)
        x->too_large = true;
    if (x->too_large)
        px_body_discard(&x->request.body);
    else if (!x->refused)
        px_body_feed(&x->request.body, bytes, *size);
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
static bool answer(exchange *x) {
    x->answered = true;
    if (x->too_large)
        refuse_size(x);
    if (x->too_large || x->refused)
        return true;
    px_body_finish(&x->request.body);
    if (x->route->place == PX_RUN_HERE)
        x->route->handler(x->http->app, &x->request, &x->reply);
    else if (x->admitted)
        start_steps(x, x->route->place, x->route->handler);
    else
        start_steps(x, PX_RUN_STORE, admit_and_handle);
    return x->route->place == PX_RUN_HERE;
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection,
                                  const char *path, const char *method, const char *version,
                                  const char *bytes, size_t *size, void **slot) {
    (void)version;
    exchange *x = *slot;
    if (!x) {
        *slot = x = new_exchange(context, connection, path, method);
        return x ? begin(x) : MHD_NO;
    }
    if (takes_image(x) && !x->admitted && !x->too_large) {
        admit_body(x); /* called again for the same head */
        return MHD_YES;
    }
    if (*size > 0)
        return take_body(x, bytes, size);
    if (!x->answered && !answer(x))
        return MHD_YES;
    return send_reply(x);
}

/* Paths of media are secrets and are not logged: the route is. */
static void log_exchange(const exchange *x, bool complete) {
    px_log(PX_LOG_INFO, "server", x->request.id, "%.8s %s %d %s%lld ms, %llu bytes in",
           x->request.method, x->route ? x->route->path : "-", x->reply.status,
           complete ? "" : "cut off, ", (long long)(now_ms() - x->started_ms),
           (unsigned long long)x->received);
}

static void on_completed(void *context, struct MHD_Connection *connection, void **slot,
                         enum MHD_RequestTerminationCode why) {
    (void)connection;
    px_http *http = context;
    exchange *x = *slot;
    if (!x)
        return;
    log_exchange(x, why == MHD_REQUEST_TERMINATED_COMPLETED_OK);
    px_body_discard(&x->request.body);
    if (x->request.free_state)
        x->request.free_state(x->request.state);
    px_reply_clear(&x->reply);
    set_deadline(http, x->link, head_patience_ms(http));
    free(x);
    *slot = NULL;
    atomic_fetch_sub(&http->under_way, 1);
}

/* ---- Start and stop ---- */

px_http *px_http_start(px_app *app, px_jobs *const places[PX_RUN_PLACES],
                       const px_http_options *options, px_error *err) {
    px_http *http = px_alloc(1, sizeof *http, err);
    if (!http) {
        close(options->socket);
        return NULL;
    }
    http->app = app;
    http->places = places;
    http->timeout_s = options->timeout_s;
    pthread_mutex_init(&http->mutex, NULL);
    unsigned connections = (unsigned)options->connections;
    http->daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC, 0, NULL, NULL,
        on_request, http, MHD_OPTION_LISTEN_SOCKET, options->socket, MHD_OPTION_THREAD_POOL_SIZE,
        THREADS, MHD_OPTION_CONNECTION_LIMIT, connections, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
        (unsigned)options->connections_per_address, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)options->timeout_s, MHD_OPTION_CONNECTION_MEMORY_LIMIT, HEADERS_CAP,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, http, MHD_OPTION_NOTIFY_CONNECTION,
        on_connection, http, MHD_OPTION_UNESCAPE_CALLBACK, unescape, NULL, MHD_OPTION_END);
    if (http->daemon)
        return http;
    px_fail(err, PX_ERR_IO, NULL, "the HTTP service does not start");
    close(options->socket);
    px_http_free(http);
    return NULL;
}

static void wait_for_none(const atomic_int *count, int patience_ms) {
    const struct timespec pause = {.tv_nsec = 20 * 1000000};
    for (int64_t end = now_ms() + patience_ms; atomic_load(count) > 0 && now_ms() < end;)
        nanosleep(&pause, NULL);
}

void px_http_drain(px_http *http, int patience_ms) {
    if (!http->draining) {
        http->draining = true;
        close(MHD_quiesce_daemon(http->daemon));
        wait_for_none(&http->silent, FIRST_REQUEST_MS);
    }
    wait_for_none(&http->under_way, patience_ms);
}

void px_http_free(px_http *http) {
    if (!http)
        return;
    if (http->daemon)
        MHD_stop_daemon(http->daemon);
    pthread_mutex_destroy(&http->mutex);
    free(http);
}
