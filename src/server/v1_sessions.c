/* /api/v1/sessions: where an account is logged in, and ending that. */
#include <stdlib.h>

#include "../base/memory.h"
#include "authenticate.h"
#include "handlers.h"
#include "times.h"
#include "v1_fields.h"

static json_t *describe_session(const px_session *session, const px_request *request) {
    return json_pack("{sI ss so so so sb}", "id", (json_int_t)session->id, "kind",
                     session->kind == PX_SESSION_TOKEN ? "token" : "cookie", "client",
                     session->client[0] ? json_string(session->client) : json_null(), "created",
                     px_time_to_json(session->created), "expires",
                     px_time_to_json(session->expires), "current",
                     session->id == request->who.session_id);
}

/* One more than fits the page tells whether there is another. */
static void answer_sessions(const px_request *request, const px_session *sessions, int count,
                            int size, px_reply *reply) {
    json_t *items = json_array();
    int shown = count < size ? count : size;
    for (int i = 0; i < shown; i++)
        json_array_append_new(items, describe_session(&sessions[i], request));
    px_reply_take_json(
        reply, 200,
        json_pack("{s:o,s:o}", "items", items, "next",
                  px_v1_cursor(shown > 0 ? sessions[shown - 1].id : 0, count > size)));
}

void px_handle_list_sessions(px_app *app, px_request *request, px_reply *reply) {
    px_error err = {0};
    int64_t before;
    int size, count = 0;
    if (!px_v1_read_page(request, &before, &size, reply))
        return;
    before = before > 0 ? before : INT64_MAX;
    px_session *sessions = px_alloc((size_t)size + 1, sizeof *sessions, &err);
    if (sessions && px_store_list_sessions(app->store, request->who.user.id, before, sessions,
                                           size + 1, &count, &err))
        answer_sessions(request, sessions, count, size, reply);
    else
        px_reply_error(reply, request, &err);
    free(sessions);
}

void px_handle_end_session(px_app *app, px_request *request, px_reply *reply) {
    const px_actor actor = px_request_actor(request);
    const px_principal *who = &request->who;
    px_error err = {0};
    int64_t id = 0;
    bool found = false;
    if (px_request_number(request, 0, &id) &&
        !px_store_end_session(app->store, &actor, who->user.id, id, &found, &err)) {
        px_reply_error(reply, request, &err);
    } else if (!found) {
        px_reply_fail(reply, request, 404, "There is no such session.");
    } else {
        reply->status = 204;
        if (who->by == PX_BY_COOKIE && id == who->session_id)
            px_session_forget_cookie(request, reply);
    }
}
