/* A request from what libmicrohttpd has parsed, and the judgement of its head. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/clock.h"
#include "../base/memory.h"
#include "../base/text.h"
#include "forwarded.h"
#include "hosts.h"
#include "http_exchange.h"

px_address px_http_peer(const px_http *http, struct MHD_Connection *connection, bool *is_proxy) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    px_address address = {0};
    *is_proxy = false;
    if (info && info->client_addr)
        px_address_from_socket(info->client_addr, &address);
    for (int i = 0; i < http->n_trusted; i++)
        *is_proxy = *is_proxy || px_network_contains(&http->trusted[i], &address);
    return address;
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

static enum MHD_Result add_header(void *context, enum MHD_ValueKind kind, const char *name,
                                  size_t name_size, const char *value, size_t value_size) {
    (void)kind;
    px_head *head = context;
    if (head->n_headers == PX_HEAD_HEADERS) {
        head->n_headers++;
        return MHD_NO;
    }
    head->headers[head->n_headers++] = (px_header){name, value, name_size, value_size};
    return MHD_YES;
}

static const char *text_of(const px_head *head, const char *name) {
    const px_header *header = px_head_find(head, name, 0);
    return header ? header->value : NULL;
}

static void fill_headers(px_request *request, const px_head *head) {
    request->content_type = text_of(head, "Content-Type");
    request->host = text_of(head, "Host");
    request->origin = text_of(head, "Origin");
    request->fetch_site = text_of(head, "Sec-Fetch-Site");
    request->if_none_match = text_of(head, "If-None-Match");
    request->authorization = text_of(head, "Authorization");
    request->cookie = text_of(head, "Cookie");
    request->idempotency_key = text_of(head, "Idempotency-Key");
    request->accept = text_of(head, "Accept");
    request->accept_encoding = text_of(head, "Accept-Encoding");
    request->accept_language = text_of(head, "Accept-Language");
}

/* A proxy on this machine that nobody told us of is not its clients. */
static bool is_forwarded(const px_head *head) {
    return px_head_find(head, "X-Forwarded-For", 0) || px_head_find(head, "Forwarded", 0) ||
           px_head_find(head, "Via", 0) || px_head_find(head, "X-Real-IP", 0);
}

static void fill_client(px_exchange *x, const px_head *head) {
    bool is_proxy;
    px_address client = px_http_peer(x->http, x->connection, &is_proxy);
    x->request.secure = x->http->tls.key.size > 0;
    px_forwarded_follow(x->http->trusted, x->http->n_trusted, head, &client, &x->request.secure);
    x->request.local = px_address_is_loopback(&client) && !is_forwarded(head);
    px_address_print_client(&client, x->request.address);
}

/* Programs that watch the server ask by address, and learn nothing. */
static bool is_probe(const char *path) {
    return strcmp(path, "/healthz") == 0 || strcmp(path, "/readyz") == 0;
}

/* Without a list, a server that only this machine can reach is asked by this machine's names: a
 * page whose name was made to point here is not (DNS rebinding). */
static bool host_is_ours(const px_http *http, const char *host) {
    const px_server_options *options = http->app->options;
    const char *const own = http->own_host;
    if (options->n_hosts > 0)
        return px_host_is_among(host, options->hosts, options->n_hosts);
    return !http->on_loopback || px_host_is_local(host) ||
           (*own && px_host_is_among(host, &own, 1));
}

/* Proxies speak of whole addresses and of hosts alone; whoever else does is no browser. */
static bool target_is_valid(const px_exchange *x) {
    const px_request *request = &x->request;
    int given = MHD_get_connection_values(x->connection, MHD_GET_ARGUMENT_KIND, NULL, NULL);
    if ((request->path[0] != '/' && strcmp(request->path, "*") != 0) || given > PX_QUERY_MAX ||
        !px_text_is_plain(request->path))
        return false;
    for (int i = 0; i < request->n_query; i++)
        if (!px_text_is_plain(request->query[i].key) || !px_text_is_plain(request->query[i].value))
            return false;
    return true;
}

static int judge_head(const px_exchange *x, const px_head *head, const char **why) {
    const px_request *request = &x->request;
    const char *host = request->host ? request->host : "";
    int status = px_head_check(head, why);
    if (status != 0)
        return status;
    *why = "The address is malformed.";
    if (!target_is_valid(x))
        return 400;
    *why = "The Host header is malformed.";
    if (request->host && !px_host_is_valid(host))
        return 400;
    *why = "This server does not go by that name; its setting \"host\" lists the names.";
    return host_is_ours(x->http, host) || is_probe(request->path) ? 0 : 421;
}

static void take_head(px_exchange *x, px_head *head) {
    const union MHD_ConnectionInfo *size =
        MHD_get_connection_info(x->connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    head->size = size ? size->header_size : 0;
    MHD_get_connection_values_n(x->connection, MHD_HEADER_KIND, add_header, head);
    MHD_get_connection_values(x->connection, MHD_GET_ARGUMENT_KIND, add_argument, &x->request);
    const char *length = text_of(head, "Content-Length"), *why;
    fill_headers(&x->request, head);
    fill_client(x, head);
    x->announced = length ? strtoull(length, NULL, 10) : 0;
    x->expects = text_of(head, "Expect") != NULL;
    x->last = px_head_is_chunked(head);
    int status = judge_head(x, head, &why);
    if (status == 0)
        return;
    x->refused = x->last = true;
    px_reply_fail(&x->reply, &x->request, status, "%s", why);
}

static px_connection *link_of(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

px_exchange *px_exchange_new(px_http *http, struct MHD_Connection *connection, const char *method,
                             const char *path, const char *version) {
    px_connection *link = link_of(connection);
    uint64_t bits;
    px_exchange *x = link ? px_alloc(1, sizeof *x, NULL) : NULL;
    if (!x || !px_secret_random(&bits, sizeof bits, NULL)) {
        free(x);
        return NULL;
    }
    *x = (px_exchange){.http = http, .connection = connection, .link = link};
    x->started = px_clock_s();
    x->request.path = path;
    x->request.method = method;
    snprintf(x->request.id, sizeof x->request.id, "%016" PRIx64, bits);
    px_reply_init(&x->reply);
    px_head head = {.method = method, .path = path, .version = version};
    take_head(x, &head);
    atomic_fetch_add(&http->under_way, 1);
    return x;
}

void px_exchange_free(px_exchange *x) {
    px_http *http = x->http;
    px_body_discard(&x->request.body);
    if (x->request.free_state)
        x->request.free_state(x->request.state);
    px_reply_clear(&x->reply);
    free(x);
    atomic_fetch_sub(&http->under_way, 1);
}
