/* POST and DELETE /api/v1/session: logging in and out; and what else takes the password. */
#include <string.h>

#include "admit.h"
#include "authenticate.h"
#include "handlers.h"
#include "login.h"
#include "times.h"
#include "v1_fields.h"

bool px_v1_check_password(px_app *app, const px_request *request, const char *username,
                          const char *password, px_user *user, int wrong_status, px_reply *reply) {
    px_error err = {0};
    int wait_s;
    switch (
        px_login_check(app, request, username, password, strlen(password), user, &wait_s, &err)) {
    case PX_LOGIN_OK:
        return true;
    case PX_LOGIN_WRONG:
        px_reply_fail(reply, request, wrong_status,
                      wrong_status == 401 ? "The user name or the password is wrong."
                                          : "The password is wrong.");
        if (wrong_status == 401)
            px_reply_add_header(reply, "WWW-Authenticate", "Bearer");
        return false;
    case PX_LOGIN_WAIT:
        px_reply_wait(reply, request, wait_s);
        return false;
    case PX_LOGIN_FAILED:
        px_reply_error(reply, request, &err);
    }
    return false;
}

/* How a session is begun: what the client says of itself. */
typedef struct wish {
    px_session_kind kind;
    const char *client; /* "" for none */
} wish;

/* A browser's session before this one ends: it was this browser's, too. */
static bool begin_session(px_app *app, px_request *request, const px_user *user, const wish *wanted,
                          px_new_session *session, px_error *err) {
    const px_actor actor = px_request_actor(request);
    const px_principal *who = &request->who;
    bool replaces = wanted->kind == PX_SESSION_COOKIE && who->by == PX_BY_COOKIE, found;
    return px_session_begin(app, request, user, wanted->kind, wanted->client, session, err) &&
           (!replaces ||
            px_store_end_session(app->store, &actor, who->user.id, who->session_id, &found, err));
}

static void answer_session(px_app *app, px_request *request, px_user *user, const wish *wanted,
                           px_reply *reply) {
    px_new_session session;
    px_error err = {0};
    if (!begin_session(app, request, user, wanted, &session, &err)) {
        px_reply_error(reply, request, &err);
        return;
    }
    user->last_login = px_store_now();
    json_t *answer = json_pack("{s:o,s:o}", "user", px_v1_describe_user(user), "expires",
                               px_time_to_json(session.expires));
    if (wanted->kind == PX_SESSION_TOKEN)
        json_object_set_new(answer, "token", json_string(session.token));
    else
        px_session_set_cookie(app, request, &session, reply);
    px_reply_take_json(reply, 200, answer);
}

void px_handle_log_in(px_app *app, px_request *request, px_reply *reply) {
    static const char *const known[] = {"username", "password", "kind", "client", NULL};
    static const char *const kinds[] = {"cookie", "token", NULL};
    px_v1_fields fields;
    px_user user;
    if (!px_v1_begin(&fields, request, known, reply))
        return;
    const char *username = px_v1_secret(&fields, "username");
    const char *password = px_v1_secret(&fields, "password");
    int kind = px_v1_choice(&fields, "kind", kinds);
    const char *client = px_v1_text(&fields, "client", false, 0, PX_CLIENT_CHARACTERS);
    const wish wanted = {kind == 1 ? PX_SESSION_TOKEN : PX_SESSION_COOKIE, client ? client : ""};
    if (px_v1_end(&fields, reply) &&
        px_v1_check_password(app, request, username, password, &user, 401, reply))
        answer_session(app, request, &user, &wanted, reply);
}

void px_handle_log_out(px_app *app, px_request *request, px_reply *reply) {
    const px_actor actor = px_request_actor(request);
    const px_principal *who = &request->who;
    px_error err = {0};
    bool found; /* one that ended meanwhile is ended, too */
    if (!px_store_end_session(app->store, &actor, who->user.id, who->session_id, &found, &err)) {
        px_reply_error(reply, request, &err);
        return;
    }
    reply->status = 204;
    if (who->by == PX_BY_COOKIE)
        px_session_forget_cookie(request, reply);
}
