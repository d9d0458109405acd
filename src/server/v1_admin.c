/* /api/v1/admin: users, the audit trail, the state of the server; for admins' sessions alone. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "handlers.h"
#include "times.h"
#include "v1_fields.h"

/* ---- Users ---- */

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
    int64_t after;
    int size, count = 0;
    if (!px_v1_read_page(request, &after, &size, reply))
        return;
    after = after > PX_USER_ANONYMOUS ? after : PX_USER_ANONYMOUS;
    px_user *users = px_alloc((size_t)size + 1, sizeof *users, &err);
    if (users && px_store_list_users(app->store, after, users, size + 1, &count, &err))
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

static void find_and_change(px_app *app, const px_request *request, px_reply *reply) {
    px_user user;
    px_error err = {0};
    int64_t id;
    bool found = false;
    if (px_request_number(request, 0, &id) && id != PX_USER_ANONYMOUS &&
        !px_store_get_user(app->store, id, &user, &found, &err))
        px_reply_error(reply, request, &err);
    else if (!found)
        px_reply_fail(reply, request, 404, "There is no such user.");
    else if (read_change(request, &user, reply))
        change_user(app, request, &user, reply);
}

/* Changes wait for one another, and an admin who is none any more makes none: so two admins cannot
 * take the role from each other, and one is always left; and no change of the role takes back that
 * the account was disabled a moment before. */
void px_handle_change_user(px_app *app, px_request *request, px_reply *reply) {
    static pthread_mutex_t changing = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&changing);
    find_and_change(app, request, reply);
    pthread_mutex_unlock(&changing);
}

/* ---- Audit trail ---- */

typedef struct audit_page {
    json_t *items;
    int64_t last;
    int size;
    bool more;
} audit_page;

static json_t *number_or_null(int64_t number) {
    return number > 0 ? json_integer(number) : json_null();
}

static bool add_entry(void *context, const px_audit_entry *entry, px_error *err) {
    audit_page *page = context;
    page->more = json_array_size(page->items) == (size_t)page->size;
    if (page->more)
        return true;
    json_t *item = json_pack(
        "{s:I,s:o,s:o,s:o,s:s,s:s,s:s,s:s,s:s}", "number", (json_int_t)entry->number, "time",
        px_time_to_json(entry->time), "user_id", number_or_null(entry->user_id), "key_id",
        number_or_null(entry->key_id), "action", entry->action, "object", entry->object,
        "request_id", entry->request_id, "before", entry->before, "hash", entry->hash);
    page->last = entry->number;
    return json_array_append_new(page->items, item) == 0 || px_fail_memory(err);
}

void px_handle_audit(px_app *app, px_request *request, px_reply *reply) {
    audit_page page = {0};
    px_error err = {0};
    int64_t after;
    if (!px_v1_read_page(request, &after, &page.size, reply))
        return;
    page.items = json_array();
    if (px_store_visit_audit(app->store, after, page.size + 1, add_entry, &page, &err)) {
        px_reply_take_json(reply, 200,
                           json_pack("{s:o,s:o}", "items", page.items, "next",
                                     px_v1_cursor(page.last, page.more)));
    } else {
        json_decref(page.items);
        px_reply_error(reply, request, &err);
    }
}

/* ---- State ---- */

void px_handle_state(px_app *app, px_request *request, px_reply *reply) {
    px_store_state state;
    px_error err = {0};
    if (!px_store_get_state(app->store, &state, &err)) {
        px_reply_error(reply, request, &err);
        return;
    }
    px_reply_take_json(
        reply, 200,
        json_pack("{s:s,s:s,s:i,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I}", "version", px_version(),
                  "driver", state.driver, "schema", state.schema, "users", (json_int_t)state.users,
                  "xrays", (json_int_t)state.xrays, "failed_xrays", (json_int_t)state.failed_xrays,
                  "image_bytes", (json_int_t)state.image_bytes, "sessions",
                  (json_int_t)state.sessions, "keys", (json_int_t)state.keys, "audit_entries",
                  (json_int_t)state.audit_entries, "free_bytes", (json_int_t)state.free_bytes));
}
