/* /api/v1/admin/users: accounts are listed, changed, and given another password, by admins'
 * sessions alone. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "../base/memory.h"
#include "handlers.h"
#include "login.h"
#include "v1_fields.h"

#define TEXT_MOST 200 /* characters, as in other searches */

/* One more than fits the page tells whether there is another. */
static void answer_users(const px_user *users, int count, int size, px_reply *reply) {
    json_t *items = json_array();
    int shown = count < size ? count : size;
    for (int i = 0; i < shown; i++)
        json_array_append_new(items, px_v1_describe_user(&users[i]));
    px_reply_take_json(reply, 200,
                       json_pack("{s:o,s:o}", "items", items, "next",
                                 px_v1_cursor(shown > 0 ? users[shown - 1].id : 0, count > size)));
}

/* The owner of anonymous uploads is nobody's account. */
void px_handle_list_users(px_app *app, px_request *request, px_reply *reply) {
    px_error err = {0};
    px_v1_fields fields;
    if (!px_v1_begin(&fields, request, NULL, reply))
        return;
    const char *text = px_v1_search_text(&fields, px_request_query(request, "text"), TEXT_MOST);
    int64_t after = px_v1_page_start(&fields);
    int size = px_v1_page_size(&fields), count = 0;
    if (!px_v1_end(&fields, reply))
        return;
    after = after > PX_USER_ANONYMOUS ? after : PX_USER_ANONYMOUS;
    px_user *users = px_alloc((size_t)size + 1, sizeof *users, &err);
    if (users && px_store_list_users(app->store, after, text, users, size + 1, &count, &err))
        answer_users(users, count, size, reply);
    else
        px_reply_error(reply, request, &err);
    free(users);
}

static bool is_still_admin(px_app *app, const px_request *request, bool *is, px_error *err) {
    px_user user;
    bool found;
    if (!px_store_get_user(app->store, request->who.user.id, &user, &found, err))
        return false;
    *is = found && !user.disabled && user.role == PX_ROLE_ADMIN;
    return true;
}

static bool change(px_app *app, const px_request *request, const px_user *wanted, bool *allowed,
                   bool *found, px_error *err) {
    const px_actor actor = px_request_actor(request);
    return is_still_admin(app, request, allowed, err) &&
           (!*allowed || px_store_set_user(app->store, &actor, wanted->id, wanted->role,
                                           wanted->disabled, found, err));
}

static void change_user(px_app *app, const px_request *request, const px_user *wanted,
                        px_reply *reply) {
    px_error err = {0};
    bool allowed = false, found = false;
    if (wanted->id == request->who.user.id && (wanted->disabled || wanted->role != PX_ROLE_ADMIN))
        px_reply_fail(reply, request, 409, "Admins cannot disable or demote themselves.");
    else if (!change(app, request, wanted, &allowed, &found, &err))
        px_reply_error(reply, request, &err);
    else if (!allowed)
        px_reply_fail(reply, request, 403, "You may not do that.");
    else if (!found)
        px_reply_fail(reply, request, 404, "There is no such user.");
    else
        px_reply_take_json(reply, 200, px_v1_describe_user(wanted));
}

/* The body's changes on top of what the user is. */
static bool read_change(const px_request *request, px_user *user, px_reply *reply) {
    static const char *const known[] = {"role", "disabled", NULL};
    static const char *const roles[] = {"user", "admin", NULL};
    px_v1_fields fields;
    if (!px_v1_begin(&fields, request, known, reply))
        return false;
    int role = px_v1_choice(&fields, "role", roles);
    px_v1_bool(&fields, "disabled", &user->disabled);
    if (!px_v1_has(&fields, "role") && !px_v1_has(&fields, "disabled"))
        px_v1_refuse(&fields, "role", "Nothing to change: give role or disabled.");
    if (role >= 0)
        user->role = role == 1 ? PX_ROLE_ADMIN : PX_ROLE_USER;
    return px_v1_end(&fields, reply);
}

/* The user of the path, who is nobody's account where it is the owner of anonymous uploads. False
 * with the reply filled in. */
static bool find_user(px_app *app, const px_request *request, px_user *user, px_reply *reply) {
    px_error err = {0};
    int64_t id;
    bool found = false;
    if (px_request_number(request, 0, &id) && id != PX_USER_ANONYMOUS &&
        !px_store_get_user(app->store, id, user, &found, &err))
        px_reply_error(reply, request, &err);
    else if (!found)
        px_reply_fail(reply, request, 404, "There is no such user.");
    return found;
}

static void find_and_change(px_app *app, const px_request *request, px_reply *reply) {
    px_user user;
    if (find_user(app, request, &user, reply) && read_change(request, &user, reply))
        change_user(app, request, &user, reply);
}

static pthread_mutex_t changing = PTHREAD_MUTEX_INITIALIZER;

/* Changes wait for one another, and an admin who is none any more makes none: so two admins cannot
 * take the role from each other, and one is always left; and no change of the role takes back that
 * the account was disabled a moment before. */
void px_handle_change_user(px_app *app, px_request *request, px_reply *reply) {
    pthread_mutex_lock(&changing);
    find_and_change(app, request, reply);
    pthread_mutex_unlock(&changing);
}

/* ---- Another password ---- */

static bool set_password(px_app *app, const px_request *request, int64_t user_id, const char *hash,
                         bool *allowed, px_error *err) {
    const px_actor actor = px_request_actor(request);
    pthread_mutex_lock(&changing);
    bool ok = is_still_admin(app, request, allowed, err) &&
              (!*allowed || px_store_set_password(app->store, &actor, user_id, hash, 0, err));
    pthread_mutex_unlock(&changing);
    return ok;
}

void px_handle_reset_password(px_app *app, px_request *request, px_reply *reply) {
    char password[PX_PASSWORD_MADE], hash[PX_PASSWORD_HASH];
    px_user user;
    px_error err = {0};
    bool allowed = false;
    if (!find_user(app, request, &user, reply))
        return;
    if (!px_password_make(password, &err) ||
        !px_login_hash(app, password, strlen(password), hash, &err) ||
        !set_password(app, request, user.id, hash, &allowed, &err))
        px_reply_error(reply, request, &err);
    else if (!allowed)
        px_reply_fail(reply, request, 403, "You may not do that.");
    else
        px_reply_take_json(reply, 200, json_pack("{ss}", "password", password));
    px_secret_wipe(password, sizeof password);
}
