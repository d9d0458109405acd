/* POST /api/v1/users: making an account; and how accounts look in JSON. */
#include <string.h>

#include "authenticate.h"
#include "handlers.h"
#include "password_rules.h"
#include "sign_up.h"
#include "times.h"
#include "v1_fields.h"

json_t *px_v1_describe_user(const px_user *user) {
    return json_pack("{s:I,s:s,s:s,s:b,s:o,s:o}", "id", (json_int_t)user->id, "username",
                     user->username, "role", px_role_name(user->role), "disabled", user->disabled,
                     "created", px_time_to_json(user->created), "last_login",
                     px_time_to_json(user->last_login));
}

void px_v1_check_new_password(px_v1_fields *fields, const px_app *app, const char *field,
                              const char *password, const char *username) {
    const char *problem =
        password ? px_password_problem(password, strlen(password), username ? username : "",
                                       app->options->password_least)
                 : NULL;
    if (problem)
        px_v1_refuse(fields, field, "%s", problem);
}

static void answer_taken(const px_request *request, px_reply *reply) {
    px_reply_fail(reply, request, 409, "This user name is taken.");
}

static void finish(px_app *app, px_request *request, px_reply *reply) {
    px_user user;
    px_error err = {0};
    bool added;
    if (!px_sign_up_add(app, request, &user, &added, &err))
        px_reply_error(reply, request, &err);
    else if (!added)
        answer_taken(request, reply);
    else
        px_reply_take_json(reply, 201, px_v1_describe_user(&user));
}

static void begin(px_app *app, px_request *request, const char *username, const char *password,
                  px_reply *reply) {
    px_error err = {0};
    bool taken;
    if (!px_sign_up_is_taken(app, username, &taken, &err))
        px_reply_error(reply, request, &err);
    else if (taken)
        answer_taken(request, reply);
    else if (!px_sign_up_continue(request, username, password, finish, &err))
        px_reply_error(reply, request, &err);
}

void px_handle_sign_up(px_app *app, px_request *request, px_reply *reply) {
    static const char *const known[] = {"username", "password", NULL};
    px_v1_fields fields;
    if (!app->options->sign_up) {
        px_reply_fail(reply, request, 403, "Accounts are made by this server's administrator.");
        return;
    }
    if (!px_v1_begin(&fields, request, known, reply))
        return;
    const char *username = px_v1_text(&fields, "username", true, 1, PX_USERNAME_CHARACTERS);
    const char *password = px_v1_secret(&fields, "password");
    if (username && px_username_problem(username))
        px_v1_refuse(&fields, "username", "%s", px_username_problem(username));
    px_v1_check_new_password(&fields, app, "password", password, username);
    if (px_v1_end(&fields, reply))
        begin(app, request, username, password, reply);
}
