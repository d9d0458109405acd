/* Sessions: who is logged in. */
#include "store_parts.h"

/* The user's row is changed first, so that neither database changes its password or state in
 * between: whoever does that waits, and then sees the session. */
static bool insert_session(px_sql_link *link, int64_t user_id, const char *password_hash,
                           px_session_kind kind, const char *token_hash, int64_t expires,
                           int64_t *id, px_error *err) {
    const int64_t now = px_store_now();
    const px_sql_value session[] = {px_sql_int(user_id), px_sql_int(kind), px_sql_text(token_hash),
                                    px_sql_int(now), px_sql_int(expires)};
    const px_sql_value login[] = {px_sql_int(user_id), px_sql_int(now), px_sql_text(password_hash)};
    int64_t users;
    bool found;
    return px_sql_run(link,
                      "UPDATE users SET last_login = $2 WHERE id = $1 AND disabled = 0"
                      " AND password_hash = $3",
                      login, 3, &users, err) &&
           (users == 0 ||
            px_rows_find(link,
                         "INSERT INTO sessions (user_id, kind, token_hash, created, expires)"
                         " VALUES ($1, $2, $3, $4, $5) RETURNING id",
                         session, 5, px_read_integer, id, &found, err));
}

bool px_store_add_session(px_store *store, const px_actor *actor, int64_t user_id,
                          const char *password_hash, px_session_kind kind, const char *token_hash,
                          int64_t expires, int64_t *id, px_error *err) {
    px_sql_link *link = px_store_begin_audited(store, PX_SQL_WRITE, err);
    if (!link)
        return false;
    int64_t made = 0;
    bool ok = insert_session(link, user_id, password_hash, kind, token_hash, expires, &made, err) &&
              (made == 0 || px_store_add_audit(link, actor, "user.login", "user", user_id, err));
    if (!px_store_end(link, ok, err))
        return false;
    *id = made;
    return true;
}

typedef struct session_and_user {
    px_session session;
    px_user user;
} session_and_user;

static bool read_session(const px_sql_rows *rows, void *item, px_error *err) {
    (void)err;
    session_and_user *both = item;
    both->session.id = px_sql_get_int(rows, 0);
    both->session.user_id = px_sql_get_int(rows, 1);
    both->session.kind =
        px_sql_get_int(rows, 2) == PX_SESSION_TOKEN ? PX_SESSION_TOKEN : PX_SESSION_COOKIE;
    both->session.created = px_sql_get_int(rows, 3);
    both->session.expires = px_sql_get_int(rows, 4);
    px_get_user(rows, 5, &both->user);
    return true;
}

bool px_store_find_session(px_store *store, const char *token_hash, px_session *session,
                           px_user *user, bool *found, px_error *err) {
    const px_sql_value values[] = {px_sql_text(token_hash), px_sql_int(px_store_now())};
    session_and_user both;
    if (!px_store_find_row(store,
                           "SELECT s.id, s.user_id, s.kind, s.created, s.expires, " PX_USER_COLUMNS
                           " FROM sessions s JOIN users u ON u.id = s.user_id"
                           " WHERE s.token_hash = $1 AND s.expires > $2 AND u.disabled = 0",
                           values, 2, read_session, &both, found, err))
        return false;
    if (*found) {
        *session = both.session;
        *user = both.user;
    }
    return true;
}

bool px_store_end_session(px_store *store, const px_actor *actor, int64_t id, px_error *err) {
    px_sql_link *link = px_store_begin_audited(store, PX_SQL_WRITE, err);
    if (!link)
        return false;
    const px_sql_value value = px_sql_int(id);
    int64_t ended;
    bool ok = px_sql_run(link, "DELETE FROM sessions WHERE id = $1", &value, 1, &ended, err) &&
              (ended == 0 || px_store_add_audit(link, actor, "session.end", "session", id, err));
    return px_store_end(link, ok, err);
}
