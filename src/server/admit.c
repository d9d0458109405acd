/* Admission: authentication, access and limits, in this order. */
#include "admit.h"

#include <stdio.h>
#include <string.h>

#include "../base/clock.h"
#include "authenticate.h"
#include "routes.h"

#define SUBJECT_SIZE 96
#define WINDOW_S 60

static const char *name_of(px_limit_kind kind) {
    return kind == PX_LIMIT_READING ? "readings" : kind == PX_LIMIT_LOGIN ? "log-ins" : "requests";
}

/* As draft-ietf-httpapi-ratelimit-headers-10 has it; the 2020 interface had no such headers. */
static void add_limit_headers(const px_request *request, px_limit_kind kind,
                              const px_limit_state *state, px_reply *reply) {
    if (state->quota == 0 || px_request_is_old(request))
        return;
    px_reply_add_header(reply, "RateLimit-Policy", "\"%s\";q=%d;w=%d", name_of(kind), state->quota,
                        WINDOW_S);
    px_reply_add_header(reply, "RateLimit", "\"%s\";r=%d;t=%d", name_of(kind), state->remaining,
                        state->retry_s);
}

void px_reply_wait(px_reply *reply, const px_request *request, int seconds) {
    seconds = seconds > 1 ? seconds : 1;
    const char *plural = seconds == 1 ? "" : "s";
    if (px_request_is_old(request)) /* Django REST Framework's Throttled */
        px_reply_fail(reply, request, 429,
                      "Request was throttled. Expected available in %d second%s.", seconds, plural);
    else
        px_reply_fail(reply, request, 429, "Too many requests: try again in %d second%s.", seconds,
                      plural);
    px_reply_add_header(reply, "Retry-After", "%d", seconds);
}

/* Take from one subject's bucket; false with the reply made when it is empty. */
static bool take(px_app *app, const px_request *request, px_limit_kind kind, const char *subject,
                 int quota, px_limit_state *state, px_reply *reply) {
    if (px_limits_take(app->limits, kind, &subject, 1, quota, px_clock_ms(), state))
        return true;
    px_reply_clear(reply);
    px_reply_wait(reply, request, state->retry_s);
    add_limit_headers(request, kind, state, reply);
    return false;
}

static void name_address(const px_request *request, char subject[SUBJECT_SIZE]) {
    snprintf(subject, SUBJECT_SIZE, "address:%s", request->address);
}

/* Whom the route's limit is for: log-ins an address, others the account where there is one. */
static void name_subject(const px_request *request, px_limit_kind kind,
                         char subject[SUBJECT_SIZE]) {
    if (request->who.user.id != 0 && kind != PX_LIMIT_LOGIN)
        snprintf(subject, SUBJECT_SIZE, "user:%lld", (long long)request->who.user.id);
    else
        name_address(request, subject);
}

/* A key's own limit counts all of its requests. */
static bool is_within_key(px_app *app, const px_request *request, px_limit_state *state,
                          px_reply *reply) {
    char subject[SUBJECT_SIZE];
    if (request->who.per_minute == 0)
        return true;
    snprintf(subject, sizeof subject, "key:%lld", (long long)request->who.key_id);
    return take(app, request, PX_LIMIT_REQUEST, subject, request->who.per_minute, state, reply);
}

/* Of a key's limit and the route's the one with less left is told. */
static bool is_within_limits(px_app *app, const px_request *request, px_limit_kind kind,
                             px_reply *reply) {
    char subject[SUBJECT_SIZE];
    px_limit_state own = {0}, usual = {0};
    if (kind == PX_LIMIT_NONE)
        return true;
    name_subject(request, kind, subject);
    if (!is_within_key(app, request, &own, reply) ||
        !take(app, request, kind, subject, 0, &usual, reply))
        return false;
    bool own_first = own.quota > 0 && (usual.quota == 0 || own.remaining < usual.remaining);
    add_limit_headers(request, own_first ? PX_LIMIT_REQUEST : kind, own_first ? &own : &usual,
                      reply);
    return true;
}

/* Refusals cost the store a question, too: an address has only so many. */
static bool refuse_within_limits(px_app *app, const px_request *request, px_reply *reply) {
    char subject[SUBJECT_SIZE];
    px_limit_state state;
    if (reply->status < 500) {
        name_address(request, subject);
        take(app, request, PX_LIMIT_REQUEST, subject, 0, &state, reply);
    }
    return false;
}

static bool is_admitted(px_app *app, px_request *request, px_reply *reply) {
    if (!px_authenticate(app, request, reply) ||
        !px_route_allows(app, request->route, request, reply))
        return refuse_within_limits(app, request, reply);
    return is_within_limits(app, request, request->route->limit, reply);
}

void px_admit(px_app *app, px_request *request, px_reply *reply) {
    request->refused = !is_admitted(app, request, reply);
}
