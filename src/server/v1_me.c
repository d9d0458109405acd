/* /api/v1/me and /api/v1/usage: one's own account. */
#include <string.h>

#include "authenticate.h"
#include "handlers.h"
#include "login.h"
#include "usage.h"
#include "v1_fields.h"

#define USAGE_DAYS 90

void px_handle_me(px_app *app, px_request *request, px_reply *reply) {
    (void)app;
    px_reply_take_json(reply, 200, px_v1_describe_user(&request->who.user));
}

/* ---- Another password ---- */

static void change_password(px_app *app, px_request *request, const char *password,
                            px_reply *reply) {
    const px_principal *who = &request->who;
    const px_actor actor = px_request_actor(request);
    char hash[PX_PASSWORD_HASH];
    px_error err = {0};
    if (px_login_hash(app, password, strlen(password), hash, &err) &&
        px_store_set_password(app->store, &actor, who->user.id, hash, who->session_id, &err))
        px_reply_take_json(reply, 200, px_v1_describe_user(&who->user));
    else
        px_reply_error(reply, request, &err);
}

void px_handle_change_me(px_app *app, px_request *request, px_reply *reply) {
    static const char *const known[] = {"current_password", "new_password", NULL};
    const char *username = request->who.user.username;
    px_v1_fields fields;
    px_user user;
    if (!px_v1_begin(&fields, request, known, reply))
        return;
    const char *current = px_v1_secret(&fields, "current_password");
    const char *wanted = px_v1_secret(&fields, "new_password");
    px_v1_check_new_password(&fields, app, "new_password", wanted, username);
    if (px_v1_end(&fields, reply) &&
        px_v1_check_password(app, request, username, current, &user, 403, reply))
        change_password(app, request, wanted, reply);
}

/* ---- The end ---- */

static void delete_account(px_app *app, px_request *request, px_reply *reply) {
    const px_actor actor = px_request_actor(request);
    px_error err = {0};
    if (!px_store_delete_user(app->store, &actor, request->who.user.id, &err)) {
        px_reply_error(reply, request, &err);
        return;
    }
    reply->status = 204;
    if (request->who.by == PX_BY_COOKIE)
        px_session_forget_cookie(request, reply);
}

void px_handle_delete_me(px_app *app, px_request *request, px_reply *reply) {
    static const char *const known[] = {"password", NULL};
    px_v1_fields fields;
    px_user user;
    if (!px_v1_begin(&fields, request, known, reply))
        return;
    const char *password = px_v1_secret(&fields, "password");
    if (!px_v1_end(&fields, reply) ||
        !px_v1_check_password(app, request, request->who.user.username, password, &user, 403,
                              reply))
        return;
    if (user.role == PX_ROLE_ADMIN)
        px_reply_fail(reply, request, 409,
                      "Admins cannot delete themselves: another admin takes the role away first.");
    else
        delete_account(app, request, reply);
}

/* ---- Use ---- */

static json_t *limit_to_json(int per_minute) {
    return per_minute > 0 ? json_integer(per_minute) : json_null();
}

void px_handle_usage(px_app *app, px_request *request, px_reply *reply) {
    const px_limits_options *limits = &app->options->limits;
    px_usage_day days[USAGE_DAYS];
    px_error err = {0};
    int count;
    px_usage_write(app->usage, app->store, request->who.user.id);
    if (!px_store_list_usage(app->store, request->who.user.id, days, USAGE_DAYS, &count, &err)) {
        px_reply_error(reply, request, &err);
        return;
    }
    json_t *list = json_array();
    for (int i = 0; i < count; i++)
        json_array_append_new(list, json_pack("{s:s,s:I,s:I,s:I}", "day", days[i].day, "requests",
                                              (json_int_t)days[i].requests, "readings",
                                              (json_int_t)days[i].readings, "bytes",
                                              (json_int_t)days[i].bytes));
    px_reply_take_json(reply, 200,
                       json_pack("{s:o,s:o,s:o}", "requests_per_minute",
                                 limit_to_json(limits->requests_per_minute), "readings_per_minute",
                                 limit_to_json(limits->readings_per_minute), "days", list));
}
