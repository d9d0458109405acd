/* API keys. */
#include <string.h>

#include "../base/error.h"
#include "store_parts.h"

#define KEY_COLUMNS                                                                                \
    "k.id, k.user_id, k.name, k.hint, k.scopes, k.per_minute, k.created, k.expires, k.last_used"
#define KEY_N_COLUMNS 9

static bool insert_key(px_sql_link *link, const px_key *key, const char *key_hash, int64_t now,
                       int64_t *id, px_error *err) {
    const px_sql_value values[] = {px_sql_int(key->user_id), px_sql_text(key->name),
                                   px_sql_text(key->hint),   px_sql_text(key_hash),
                                   px_sql_int(key->scopes),  px_sql_int(key->per_minute),
                                   px_sql_int(now),          px_sql_int(key->expires)};
    bool found;
    return px_rows_find(link,
                        "INSERT INTO api_keys (user_id, name, hint, key_hash, scopes, per_minute,"
                        " created, expires) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id",
                        values, 8, px_read_integer, id, &found, err);
}

bool px_store_add_key(px_store *store, const px_actor *actor, px_key *key, const char *key_hash,
                      px_error *err) {
    px_sql_link *link = px_store_begin_audited(store, PX_SQL_WRITE, err);
    if (!link)
        return false;
    int64_t id = 0, now = px_store_now();
    bool ok = insert_key(link, key, key_hash, now, &id, err) &&
              px_store_add_audit(link, actor, "key.add", "key", id, err);
    if (!px_store_end(link, ok, err))
        return false;
    key->id = id;
    key->created = now;
    return true;
}

static void get_key(const px_sql_rows *rows, px_key *key) {
    key->id = px_sql_get_int(rows, 0);
    key->user_id = px_sql_get_int(rows, 1);
    px_get_text(rows, 2, key->name, sizeof key->name);
    px_get_text(rows, 3, key->hint, sizeof key->hint);
    key->scopes = (unsigned)px_sql_get_int(rows, 4);
    key->per_minute = (int)px_sql_get_int(rows, 5);
    key->created = px_sql_get_int(rows, 6);
    key->expires = px_sql_get_int(rows, 7);
    key->last_used = px_sql_get_int(rows, 8);
}

static bool read_key(const px_sql_rows *rows, void *item, px_error *err) {
    (void)err;
    get_key(rows, item);
    return true;
}

typedef struct key_and_user {
    px_key key;
    px_user user;
} key_and_user;

static bool read_key_and_user(const px_sql_rows *rows, void *item, px_error *err) {
    (void)err;
    key_and_user *both = item;
    get_key(rows, &both->key);
    px_get_user(rows, KEY_N_COLUMNS, &both->user);
    return true;
}

/* To the hour: a write for each request would cost more than it tells. One that fails is made up
 * for by the next. */
static void note_use(px_store *store, px_key *key, int64_t now) {
    if (now - key->last_used < PX_HOUR)
        return;
    const px_sql_value values[] = {px_sql_int(key->id), px_sql_int(now)};
    if (px_store_run(store, PX_SQL_WRITE_RELAXED,
                     "UPDATE api_keys SET last_used = $2 WHERE id = $1", values, 2, NULL))
        key->last_used = now;
}

bool px_store_find_key(px_store *store, const char *key_hash, px_key *key, px_user *user,
                       bool *found, px_error *err) {
    const int64_t now = px_store_now();
    const px_sql_value values[] = {px_sql_text(key_hash), px_sql_int(now)};
    key_and_user both;
    if (!px_store_find_row(store,
                           "SELECT " KEY_COLUMNS ", " PX_USER_COLUMNS
                           " FROM api_keys k JOIN users u ON u.id = k.user_id WHERE k.key_hash = $1"
                           " AND (k.expires = 0 OR k.expires > $2) AND u.disabled = 0",
                           values, 2, read_key_and_user, &both, found, err))
        return false;
    if (*found) {
        note_use(store, &both.key, now);
        *key = both.key;
        *user = both.user;
    }
    return true;
}

bool px_store_list_keys(px_store *store, int64_t user_id, px_key *keys, int room, int *count,
                        px_error *err) {
    const px_sql_value values[] = {px_sql_int(user_id), px_sql_int(room)};
    return px_store_list_rows(store,
                              "SELECT " KEY_COLUMNS " FROM api_keys k WHERE k.user_id = $1"
                              " ORDER BY k.id LIMIT $2",
                              values, 2, read_key, keys, sizeof *keys, room, count, err);
}

bool px_store_revoke_key(px_store *store, const px_actor *actor, int64_t user_id, int64_t key_id,
                         bool *found, px_error *err) {
    px_sql_link *link = px_store_begin_audited(store, PX_SQL_WRITE, err);
    if (!link)
        return false;
    const px_sql_value values[] = {px_sql_int(key_id), px_sql_int(user_id)};
    int64_t revoked = 0;
    bool ok = px_sql_run(link, "DELETE FROM api_keys WHERE id = $1 AND user_id = $2", values, 2,
                         &revoked, err) &&
              (revoked == 0 || px_store_add_audit(link, actor, "key.revoke", "key", key_id, err));
    if (!px_store_end(link, ok, err))
        return false;
    *found = revoked > 0;
    return true;
}
