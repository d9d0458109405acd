/* The steps of a request: handlers in their places, while its connection is suspended. */
#include "../base/clock.h"
#include "../base/error.h"
#include "http_exchange.h"

/* Users take turns by their number, others by their address (FNV-1a). */
static uint64_t turn_of(const px_request *request) {
    uint64_t hash = 0xcbf29ce484222325u;
    if (request->who.user.id > PX_USER_ANONYMOUS)
        return (uint64_t)request->who.user.id;
    for (const char *c = request->address; *c; c++)
        hash = (hash ^ (unsigned char)*c) * 0x100000001b3u;
    return hash | (uint64_t)1 << 63;
}

/* From here on the exchange belongs to the connection's thread again. */
static void resume(px_exchange *x) {
    atomic_fetch_sub(&x->http->at_work, 1);
    MHD_resume_connection(x->connection);
}

/* What earlier steps have put into the reply goes. */
static void abandon(px_exchange *x) {
    x->request.next = NULL;
    x->request.refused = true;
    px_reply_clear(&x->reply);
}

static void submit(px_exchange *x) {
    px_request *request = &x->request;
    x->queued = px_clock_s();
    const px_error full = {.code = PX_ERR_BUSY, .message = "the queue is full"};
    if (px_jobs_submit(x->http->places[request->next_place], turn_of(request), px_exchange_step, x))
        return;
    abandon(x);
    px_reply_error(&x->reply, request, &full);
    resume(x);
}

/* A client that is gone costs no more work. */
static void take_step(px_exchange *x, px_handler *step, px_run_place place) {
    px_metrics *metrics = x->http->app->metrics;
    double start = px_clock_s();
    if (!px_connection_is_alive(x->link)) {
        abandon(x);
        px_reply_fail(&x->reply, &x->request, 503, "The client hung up.");
        return;
    }
    if (place == PX_RUN_READER)
        px_metrics_observe(metrics, PX_METRIC_QUEUE_S, start - x->queued);
    step(x->http->app, &x->request, &x->reply);
    if (place == PX_RUN_STORE)
        px_metrics_observe(metrics, PX_METRIC_STORE_S, px_clock_s() - start);
}

void px_exchange_step(void *exchange) {
    px_exchange *x = exchange;
    px_handler *step = x->request.next;
    x->request.next = NULL;
    take_step(x, step, x->request.next_place);
    if (x->request.next)
        submit(x);
    else
        resume(x);
}

void px_exchange_start(px_exchange *x, px_run_place place, px_handler *first) {
    px_connections_wait(x->http->connections, x->link, PX_WAIT_SERVER, 0);
    px_request_continue(&x->request, place, first);
    atomic_fetch_add(&x->http->at_work, 1);
    MHD_suspend_connection(x->connection);
    submit(x);
}
