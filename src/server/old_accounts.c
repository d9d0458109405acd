/* The 2020 interface's accounts: sign-up, log-in, and the profile. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/memory.h"
#include "../base/text.h"
#include "admit.h"
#include "authenticate.h"
#include "handlers.h"
#include "login.h"
#include "old_fields.h"
#include "password_rules.h"
#include "sign_up.h"

#define PASSWORD_CHARACTERS 128 /* of Django's users */
#define TAKEN "A user with that username already exists."
#define MOST_XRAYS 100000 /* in a profile */

/* ---- Sign-up ---- */

/* All that is wrong with a name, in Django REST Framework's order of validators. */
static bool check_username(px_app *app, px_old_fields *fields, const char *username,
                           px_error *err) {
    char too_long[80];
    bool taken = false;
    if (!username)
        return true;
    if (px_username_problem(username))
        px_old_refuse(fields, "username", px_username_problem(username));
    else if (!px_sign_up_is_taken(app, username, &taken, err))
        return false;
    if (taken)
        px_old_refuse(fields, "username", TAKEN);
    snprintf(too_long, sizeof too_long, "Ensure this field has no more than %d characters.",
             PX_USERNAME_CHARACTERS);
    if (px_text_length(username) > PX_USERNAME_CHARACTERS)
        px_old_refuse(fields, "username", too_long);
    return true;
}

typedef struct sign_up_fields {
    char *username, *password, *password2;
} sign_up_fields;

/* What the serializer found; then what its save found, which is no list; then our own rules. */
static bool check_sign_up(px_app *app, px_request *request, sign_up_fields *asked,
                          px_reply *reply) {
    px_old_fields fields;
    px_error err = {0};
    if (!px_old_begin(&fields, request, reply))
        return false;
    asked->username = px_old_text(&fields, "username", true, 0);
    bool ok = check_username(app, &fields, asked->username, &err);
    asked->password = px_old_text(&fields, "password", true, PASSWORD_CHARACTERS);
    asked->password2 = px_old_text(&fields, "password2", true, 0);
    if (!px_old_end(&fields, reply) && ok)
        return false;
    if (!ok) {
        px_reply_error(reply, request, &err);
        return false;
    }
    if (strcmp(asked->password, asked->password2) != 0) {
        px_reply_take_json(reply, 400, json_pack("{s:s}", "password", "Passwords Must Match"));
        return false;
    }
    const char *problem = px_password_problem(asked->password, strlen(asked->password),
                                              asked->username, app->options->password_least);
    if (problem)
        px_reply_take_json(reply, 400, json_pack("{s:[s]}", "password", problem));
    return !problem;
}

static void finish_sign_up(px_app *app, px_request *request, px_reply *reply) {
    px_new_session session;
    px_user user;
    px_error err = {0};
    bool added;
    if (!px_sign_up_add(app, request, &user, &added, &err))
        px_reply_error(reply, request, &err);
    else if (!added)
        px_reply_take_json(reply, 400, json_pack("{s:[s]}", "username", TAKEN));
    else if (!px_session_begin(app, request, &user, PX_SESSION_TOKEN, "", &session, &err))
        px_reply_error(reply, request, &err);
    else
        px_reply_take_json(reply, 200,
                           json_pack("{s:s,s:s,s:s}", "response", "Successfully Signed Up",
                                     "username", user.username, "token", session.token));
}

void px_handle_old_sign_up(px_app *app, px_request *request, px_reply *reply) {
    sign_up_fields asked = {0};
    px_error err = {0};
    if (!app->options->sign_up)
        px_reply_fail(reply, request, 403, "Accounts are made by this server's administrator.");
    else if (check_sign_up(app, request, &asked, reply) &&
             !px_sign_up_continue(request, asked.username, asked.password, finish_sign_up, &err))
        px_reply_error(reply, request, &err);
    free(asked.username);
    free(asked.password);
    free(asked.password2);
}

/* ---- Log-in ---- */

static void answer_token(px_app *app, const px_request *request, const px_user *user,
                         px_reply *reply) {
    px_new_session session;
    px_error err = {0};
    if (!px_session_begin(app, request, user, PX_SESSION_TOKEN, "", &session, &err))
        px_reply_error(reply, request, &err);
    else
        px_reply_take_json(reply, 200,
                           json_pack("{s:I,s:s,s:s}", "userid", (json_int_t)user->id, "username",
                                     user->username, "token", session.token));
}

static void log_in(px_app *app, const px_request *request, const char *username,
                   const char *password, px_reply *reply) {
    px_user user;
    px_error err = {0};
    int wait_s;
    switch (
        px_login_check(app, request, username, password, strlen(password), &user, &wait_s, &err)) {
    case PX_LOGIN_OK:
        answer_token(app, request, &user, reply);
        break;
    case PX_LOGIN_WRONG:
        px_reply_take_json(reply, 400,
                           json_pack("{s:[s]}", "non_field_errors",
                                     "Unable to log in with provided credentials."));
        break;
    case PX_LOGIN_WAIT:
        px_reply_wait(reply, request, wait_s);
        break;
    case PX_LOGIN_FAILED:
        px_reply_error(reply, request, &err);
    }
}

void px_handle_old_log_in(px_app *app, px_request *request, px_reply *reply) {
    px_old_fields fields;
    if (!px_old_begin(&fields, request, reply))
        return;
    char *username = px_old_text(&fields, "username", true, 0);
    char *password = px_old_text(&fields, "password", false, 0);
    if (px_old_end(&fields, reply))
        log_in(app, request, username, password, reply);
    free(username);
    free(password);
}

/* ---- Profile ---- */

void px_handle_old_user(px_app *app, px_request *request, px_reply *reply) {
    const px_user *user = &request->who.user;
    px_error err = {0};
    int count = 0;
    int64_t *ids = px_alloc(MOST_XRAYS, sizeof *ids, &err);
    if (!ids || !px_store_list_xray_ids(app->store, user->id, ids, MOST_XRAYS, &count, &err)) {
        px_reply_error(reply, request, &err);
        free(ids);
        return;
    }
    json_t *xrays = json_array();
    for (int i = 0; i < count; i++)
        json_array_append_new(xrays, json_integer(ids[i]));
    px_reply_take_json(reply, 200,
                       json_pack("{s:I,s:s,s:o}", "userid", (json_int_t)user->id, "username",
                                 user->username, "pastxrays", xrays));
    free(ids);
}
