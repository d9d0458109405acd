/* Accounts. */
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "store_parts.h"

const char *px_role_name(px_role role) {
    return role == PX_ROLE_ADMIN ? "admin" : "user";
}

/* Capitals of ASCII made small, whatever the locale; the caller's array has room. */
static void fold_username(const char *username, char key[PX_USERNAME_BYTES]) {
    size_t n = 0;
    for (; username[n] && n < PX_USERNAME_BYTES - 1; n++)
        key[n] = (char)(username[n] >= 'A' && username[n] <= 'Z' ? username[n] + 'a' - 'A'
                                                                 : username[n]);
    key[n] = '\0';
}

static bool insert_user(px_sql_link *link, const char *username, const char *password_hash,
                        px_role role, int64_t *id, px_error *err) {
    char key[PX_USERNAME_BYTES];
    fold_username(username, key);
    const px_sql_value values[] = {px_sql_text(username), px_sql_text(key),
                                   px_sql_text(password_hash), px_sql_int(role),
                                   px_sql_int(px_store_now())};
    bool added;
    return px_rows_find(link,
                        "INSERT INTO users (username, username_key, password_hash, role, created)"
                        " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (username_key) DO NOTHING"
                        " RETURNING id",
                        values, 5, px_read_integer, id, &added, err);
}

bool px_store_add_user(px_store *store, const px_actor *actor, const char *username,
                       const char *password_hash, px_role role, int64_t *id, px_error *err) {
    if (strlen(username) >= PX_USERNAME_BYTES || strlen(password_hash) >= PX_PASSWORD_HASH)
        return px_fail(err, PX_ERR_LIMIT, "username", "too long");
    px_sql_link *link = px_store_begin_audited(store, PX_SQL_WRITE, err);
    if (!link)
        return false;
    int64_t made = 0;
    bool ok = insert_user(link, username, password_hash, role, &made, err) &&
              (made == 0 || px_store_add_audit(link, actor, "user.add", "user", made, err));
    if (!px_store_end(link, ok, err))
        return false;
    *id = made;
    return true;
}

static bool read_user(const px_sql_rows *rows, void *item, px_error *err) {
    (void)err;
    px_get_user(rows, 0, item);
    return true;
}

bool px_store_find_user(px_store *store, const char *username, px_user *user, bool *found,
                        px_error *err) {
    char key[PX_USERNAME_BYTES];
    if (strlen(username) >= sizeof key) {
        *found = false;
        return true;
    }
    fold_username(username, key);
    const px_sql_value value = px_sql_text(key);
    return px_store_find_row(store,
                             "SELECT " PX_USER_COLUMNS " FROM users u WHERE u.username_key = $1",
                             &value, 1, read_user, user, found, err);
}

bool px_store_get_user(px_store *store, int64_t id, px_user *user, bool *found, px_error *err) {
    const px_sql_value value = px_sql_int(id);
    return px_store_find_row(store, "SELECT " PX_USER_COLUMNS " FROM users u WHERE u.id = $1",
                             &value, 1, read_user, user, found, err);
}

bool px_store_list_users(px_store *store, int64_t after, const char *text, px_user *users, int room,
                         int *count, px_error *err) {
    char *pattern = px_make_pattern(text, err);
    const px_sql_value values[] = {px_sql_int(after), px_sql_int(room), px_sql_text(pattern)};
    bool ok =
        pattern && px_store_list_rows(store,
                                      "SELECT " PX_USER_COLUMNS " FROM users u WHERE u.id > $1"
                                      " AND u.username_key LIKE $3 ESCAPE '!'"
                                      " ORDER BY u.id LIMIT $2",
                                      values, 3, read_user, users, sizeof *users, room, count, err);
    free(pattern);
    return ok;
}

static bool change_password(px_sql_link *link, const px_actor *actor, int64_t user_id,
                            const char *password_hash, int64_t keep_session, px_error *err) {
    const px_sql_value account[] = {px_sql_int(user_id), px_sql_text(password_hash)};
    const px_sql_value others[] = {px_sql_int(user_id), px_sql_int(keep_session)};
    int64_t changed;
    if (!px_sql_run(link, "UPDATE users SET password_hash = $2 WHERE id = $1", account, 2, &changed,
                    err))
        return false;
    return changed == 0 || (px_sql_run(link, "DELETE FROM sessions WHERE user_id = $1 AND id <> $2",
                                       others, 2, NULL, err) &&
                            px_store_add_audit(link, actor, "user.password", "user", user_id, err));
}

bool px_store_set_password(px_store *store, const px_actor *actor, int64_t user_id,
                           const char *password_hash, int64_t keep_session, px_error *err) {
    if (strlen(password_hash) >= PX_PASSWORD_HASH)
        return px_fail(err, PX_ERR_LIMIT, "password", "its hash is too long");
    px_sql_link *link = px_store_begin_audited(store, PX_SQL_WRITE, err);
    return link &&
           px_store_end(
               link, change_password(link, actor, user_id, password_hash, keep_session, err), err);
}

bool px_store_refresh_password(px_store *store, int64_t user_id, const char *before,
                               const char *password_hash, px_error *err) {
    if (strlen(password_hash) >= PX_PASSWORD_HASH)
        return px_fail(err, PX_ERR_LIMIT, "password", "its hash is too long");
    const px_sql_value values[] = {px_sql_int(user_id), px_sql_text(password_hash),
                                   px_sql_text(before)};
    return px_store_run(store, PX_SQL_WRITE,
                        "UPDATE users SET password_hash = $2 WHERE id = $1 AND password_hash = $3",
                        values, 3, err);
}

static bool change_user(px_sql_link *link, const px_actor *actor, const px_user *before,
                        px_role role, bool disabled, px_error *err) {
    const px_sql_value values[] = {px_sql_int(before->id), px_sql_int(role), px_sql_int(disabled)};
    bool ok = px_sql_run(link, "UPDATE users SET role = $2, disabled = $3 WHERE id = $1", values, 3,
                         NULL, err);
    if (ok && disabled)
        ok = px_sql_run(link, "DELETE FROM sessions WHERE user_id = $1", values, 1, NULL, err);
    if (ok && role != before->role)
        ok = px_store_add_audit(link, actor, "user.role", "user", before->id, err);
    if (ok && disabled != before->disabled)
        ok = px_store_add_audit(link, actor, disabled ? "user.disable" : "user.enable", "user",
                                before->id, err);
    return ok;
}

bool px_store_set_user(px_store *store, const px_actor *actor, int64_t user_id, px_role role,
                       bool disabled, bool *found, px_error *err) {
    px_sql_link *link = px_store_begin_audited(store, PX_SQL_WRITE, err);
    if (!link)
        return false;
    px_user before;
    bool there = false;
    const px_sql_value value = px_sql_int(user_id);
    bool ok = px_rows_find(link, "SELECT " PX_USER_COLUMNS " FROM users u WHERE u.id = $1", &value,
                           1, read_user, &before, &there, err) &&
              (!there || change_user(link, actor, &before, role, disabled, err));
    if (!px_store_end(link, ok, err))
        return false;
    *found = there;
    return true;
}

/* Everything else of the account goes with its row (ON DELETE CASCADE). */
static bool delete_user(px_sql_link *link, const px_actor *actor, int64_t user_id, px_error *err) {
    const px_sql_value value = px_sql_int(user_id);
    int64_t deleted;
    return px_sql_run(link,
                      "UPDATE blobs SET state = 'gone' WHERE id IN"
                      " (SELECT blob_id FROM xrays WHERE user_id = $1)",
                      &value, 1, NULL, err) &&
           px_sql_run(link, "DELETE FROM users WHERE id = $1", &value, 1, &deleted, err) &&
           (deleted == 0 || px_store_add_audit(link, actor, "user.delete", "user", user_id, err));
}

bool px_store_delete_user(px_store *store, const px_actor *actor, int64_t user_id, px_error *err) {
    if (user_id == PX_USER_ANONYMOUS)
        return px_fail(err, PX_ERR_USAGE, "user",
                       "the owner of anonymous uploads cannot be "
                       "deleted");
    px_sql_link *link = px_store_begin_audited(store, PX_SQL_WRITE, err);
    if (!link || !px_store_end(link, delete_user(link, actor, user_id, err), err))
        return false;
    px_store_discard_gone(store, NULL); /* what cannot be deleted now, the sweep will */
    return true;
}
