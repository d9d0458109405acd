/* Replies become libmicrohttpd's responses. */
#include "../base/clock.h"
#include "http_exchange.h"
#include "protect.h"

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

static void add_headers(const px_exchange *x, struct MHD_Response *response) {
    const px_reply *reply = &x->reply;
    if (reply->type)
        MHD_add_response_header(response, "Content-Type", reply->type);
    for (int i = 0; i < reply->n_headers; i++)
        MHD_add_response_header(response, reply->headers[i].name, reply->headers[i].value);
    MHD_add_response_header(response, "X-Request-Id", x->request.id);
    if (x->last || x->http->draining)
        MHD_add_response_header(response, "Connection", "close");
}

enum MHD_Result px_exchange_send(px_exchange *x) {
    px_route_allow_origin(x->http->app, &x->request, &x->reply);
    px_protect_reply(&x->request, &x->reply);
    struct MHD_Response *response = make_response(&x->reply);
    if (!response)
        return MHD_NO;
    add_headers(x, response);
    px_connections_wait(x->http->connections, x->link, PX_WAIT_REPLY, px_clock_ms());
    enum MHD_Result queued = MHD_queue_response(x->connection, (unsigned)x->reply.status, response);
    MHD_destroy_response(response);
    return queued;
}
