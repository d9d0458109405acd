/* Sessions: who is logged in. */
#include "store_parts.h"

/* The user's row is changed first, so that neither database changes its password or state in
 * between: whoever does that waits, and then sees the session. */
static bool insert_session(px_sql_link *link, px_session *made, const char *password_hash,
                           const char *token_hash, px_error *err) {
    const px_sql_value session[] = {px_sql_int(made->user_id), px_sql_int(made->kind),
                                    px_sql_text(token_hash),   px_sql_text(made->client),
                                    px_sql_int(made->created), px_sql_int(made->expires)};
    const px_sql_value login[] = {px_sql_int(made->user_id), px_sql_int(made->created),
                                  px_sql_text(password_hash)};
    int64_t users;
    bool found;
    return px_sql_run(link,
                      "UPDATE users SET last_login = $2 WHERE id = $1 AND disabled = 0"
                      " AND password_hash = $3",
                      login, 3, &users, err) &&
           (users == 0 ||
            px_rows_find(link,
                         "INSERT INTO sessions (user_id, kind, token_hash, client, created,"
                         " expires) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
                         session, 6, px_read_integer, &made->id, &found, err));
}

bool px_store_add_session(px_store *store, const px_actor *actor, px_session *session,
                          const char *password_hash, const char *token_hash, px_error *err) {
    px_sql_link *link = px_store_begin_audited(store, PX_SQL_WRITE, err);
    if (!link)
        return false;
    px_session made = *session;
    made.id = 0;
    made.created = px_store_now();
    bool ok =
        insert_session(link, &made, password_hash, token_hash, err) &&
        (made.id == 0 || px_store_add_audit(link, actor, "user.login", "user", made.user_id, err));
    if (!px_store_end(link, ok, err))
        return false;
    *session = made;
    return true;
}

#define SESSION_COLUMNS "s.id, s.user_id, s.kind, s.client, s.created, s.expires"
#define N_SESSION_COLUMNS 6

static bool read_session(const px_sql_rows *rows, void *item, px_error *err) {
    (void)err;
    px_session *session = item;
    session->id = px_sql_get_int(rows, 0);
    session->user_id = px_sql_get_int(rows, 1);
    session->kind =
        px_sql_get_int(rows, 2) == PX_SESSION_TOKEN ? PX_SESSION_TOKEN : PX_SESSION_COOKIE;
    px_get_text(rows, 3, session->client, sizeof session->client);
    session->created = px_sql_get_int(rows, 4);
    session->expires = px_sql_get_int(rows, 5);
    return true;
}

typedef struct session_and_user {
    px_session session;
    px_user user;
} session_and_user;

static bool read_session_and_user(const px_sql_rows *rows, void *item, px_error *err) {
    session_and_user *both = item;
    px_get_user(rows, N_SESSION_COLUMNS, &both->user);
    return read_session(rows, &both->session, err);
}

bool px_store_find_session(px_store *store, const char *token_hash, px_session *session,
                           px_user *user, bool *found, px_error *err) {
    const px_sql_value values[] = {px_sql_text(token_hash), px_sql_int(px_store_now())};
    session_and_user both;
    if (!px_store_find_row(store,
                           "SELECT " SESSION_COLUMNS ", " PX_USER_COLUMNS
                           " FROM sessions s JOIN users u ON u.id = s.user_id"
                           " WHERE s.token_hash = $1 AND s.expires > $2 AND u.disabled = 0",
                           values, 2, read_session_and_user, &both, found, err))
        return false;
    if (*found) {
        *session = both.session;
        *user = both.user;
    }
    return true;
}

bool px_store_list_sessions(px_store *store, int64_t user_id, int64_t before, px_session *sessions,
                            int room, int *count, px_error *err) {
    const px_sql_value values[] = {px_sql_int(user_id), px_sql_int(before),
                                   px_sql_int(px_store_now()), px_sql_int(room)};
    return px_store_list_rows(store,
                              "SELECT " SESSION_COLUMNS " FROM sessions s WHERE s.user_id = $1"
                              " AND s.id < $2 AND s.expires > $3 ORDER BY s.id DESC LIMIT $4",
                              values, 4, read_session, sessions, sizeof *sessions, room, count,
                              err);
}

bool px_store_end_session(px_store *store, const px_actor *actor, int64_t user_id, int64_t id,
                          bool *found, px_error *err) {
    px_sql_link *link = px_store_begin_audited(store, PX_SQL_WRITE, err);
    if (!link)
        return false;
    const px_sql_value values[] = {px_sql_int(id), px_sql_int(user_id)};
    int64_t ended = 0;
    bool ok = px_sql_run(link, "DELETE FROM sessions WHERE id = $1 AND user_id = $2", values, 2,
                         &ended, err) &&
              (ended == 0 || px_store_add_audit(link, actor, "session.end", "session", id, err));
    if (!px_store_end(link, ok, err))
        return false;
    *found = ended > 0;
    return true;
}
