/* The audit trail: entries chained by hash, appended and verified. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../base/error.h"
#include "../base/sha256.h"
#include "../base/text.h"
#include "store_parts.h"

#define AUDIT_LOCK 1
#define BATCH 500
#define OBJECT_SIZE 96
#define REQUEST_SIZE 96

/* The newest entry, which settings name too: without that, nobody could tell that the last entries
 * were cut off. */
typedef struct head {
    int64_t number;
    char hash[PX_SHA256_HEX];
} head;

static void start_of_chain(head *start) {
    start->number = 0;
    memset(start->hash, '0', PX_SHA256_HEX - 1);
    start->hash[PX_SHA256_HEX - 1] = '\0';
}

/* The bytes are described in docs/store.md, for those who verify an export. */
static bool hash_entry(const px_audit_entry *entry, char hash[PX_SHA256_HEX], px_error *err) {
    px_buffer text;
    px_buffer_init(&text, 1 << 16);
    bool ok = px_buffer_print(&text, err,
                              "perxeptron-audit/1\n%" PRId64 "\n%" PRId64 "\n%" PRId64 "\n%" PRId64
                              "\n%s\n%s\n%s\n%s\n",
                              entry->number, entry->time, entry->user_id, entry->key_id,
                              entry->action, entry->object, entry->request_id, entry->before);
    if (ok)
        px_sha256_bytes(text.data, text.size, hash);
    px_buffer_clear(&text);
    return ok;
}

px_sql_link *px_store_begin_audited(px_store *store, px_sql_mode mode, px_error *err) {
    px_sql_link *link = px_sql_begin(store->sql, mode, err);
    if (link && !px_sql_lock(link, AUDIT_LOCK, err)) {
        px_sql_rollback(link);
        return NULL;
    }
    return link;
}

static bool read_head(const px_sql_rows *rows, void *item, px_error *err) {
    (void)err;
    head *newest = item;
    newest->number = px_sql_get_int(rows, 0);
    px_get_text(rows, 1, newest->hash, sizeof newest->hash);
    return true;
}

static bool write_head(px_sql_link *link, int64_t number, const char *hash, px_error *err) {
    char text[PX_SHA256_HEX + 24];
    int size = snprintf(text, sizeof text, "%" PRId64 " %s", number, hash);
    const px_sql_value value = px_sql_bytes(text, (size_t)size);
    return px_sql_run(link,
                      "INSERT INTO settings (name, value) VALUES ('audit_head', $1)"
                      " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                      &value, 1, NULL, err);
}

static bool insert_entry(px_sql_link *link, const px_audit_entry *entry, px_error *err) {
    const px_sql_value values[] = {
        px_sql_int(entry->number),      px_sql_int(entry->time),    px_sql_int(entry->user_id),
        px_sql_int(entry->key_id),      px_sql_text(entry->action), px_sql_text(entry->object),
        px_sql_text(entry->request_id), px_sql_text(entry->before), px_sql_text(entry->hash)};
    return px_sql_run(link,
                      "INSERT INTO audit (number, time, user_id, key_id, action, object,"
                      " request_id, before, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                      values, 9, NULL, err);
}

static bool append(px_sql_link *link, const px_actor *actor, const char *action, const char *object,
                   px_error *err) {
    head last;
    bool found;
    start_of_chain(&last);
    if (!px_rows_find(link, "SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1", NULL, 0,
                      read_head, &last, &found, err))
        return false;
    char hash[PX_SHA256_HEX], request_id[REQUEST_SIZE];
    snprintf(request_id, sizeof request_id, "%s", actor->request_id ? actor->request_id : "");
    px_text_make_plain(request_id);
    px_audit_entry entry = {.number = last.number + 1,
                            .time = px_store_now(),
                            .user_id = actor->user_id,
                            .key_id = actor->key_id,
                            .action = action,
                            .object = object,
                            .request_id = request_id,
                            .before = last.hash,
                            .hash = hash};
    return hash_entry(&entry, hash, err) && insert_entry(link, &entry, err) &&
           write_head(link, entry.number, hash, err);
}

bool px_store_add_audit(px_sql_link *link, const px_actor *actor, const char *action,
                        const char *kind, int64_t id, px_error *err) {
    char object[OBJECT_SIZE];
    snprintf(object, sizeof object, "%s:%" PRId64, kind, id);
    return append(link, actor, action, object, err);
}

bool px_store_note(px_store *store, const px_actor *actor, const char *action, const char *object,
                   px_error *err) {
    if (strlen(action) >= OBJECT_SIZE || strlen(object) >= OBJECT_SIZE ||
        !px_text_is_plain(action) || !px_text_is_plain(object))
        return px_fail(err, PX_ERR_USAGE, "audit",
                       "an entry of the audit trail is short and plain");
    px_sql_link *link = px_store_begin_audited(store, PX_SQL_WRITE_RELAXED, err);
    return link && px_store_end(link, append(link, actor, action, object, err), err);
}

static px_audit_entry get_entry(const px_sql_rows *rows) {
    return (px_audit_entry){.number = px_sql_get_int(rows, 0),
                            .time = px_sql_get_int(rows, 1),
                            .user_id = px_sql_get_int(rows, 2),
                            .key_id = px_sql_get_int(rows, 3),
                            .action = px_sql_get_text(rows, 4),
                            .object = px_sql_get_text(rows, 5),
                            .request_id = px_sql_get_text(rows, 6),
                            .before = px_sql_get_text(rows, 7),
                            .hash = px_sql_get_text(rows, 8)};
}

typedef bool visit_entry(void *context, const px_audit_entry *entry, px_error *err);

#define ENTRIES                                                                                    \
    "SELECT number, time, user_id, key_id, action, object, request_id, before, hash FROM audit"
static const char entries_after[] = ENTRIES " WHERE number > $1 ORDER BY number LIMIT $2";
static const char entries_before[] = ENTRIES " WHERE number < $1 ORDER BY number DESC LIMIT $2";

/* Entries beyond *last, at most `most`; *last becomes the number of the last one seen. */
static bool visit_batch(px_sql_link *link, const char *entries, int64_t *last, int64_t most,
                        int64_t *seen, visit_entry *visit, void *context, px_error *err) {
    const px_sql_value values[] = {px_sql_int(*last), px_sql_int(most)};
    px_sql_rows *rows = px_sql_query(link, entries, values, 2, err);
    bool more, ok = rows != NULL;
    *seen = 0;
    while (ok && (ok = px_rows_step(rows, &more, err)) && more) {
        const px_audit_entry entry = get_entry(rows);
        *last = entry.number;
        ++*seen;
        ok = visit(context, &entry, err);
    }
    px_sql_rows_free(rows);
    return ok;
}

static bool visit_beyond(px_store *store, const char *entries, int64_t start, int64_t most,
                         visit_entry *visit, void *context, px_error *err) {
    int64_t seen = BATCH;
    for (int64_t left = most, last = start; left > 0 && seen == BATCH; left -= seen) {
        px_sql_link *link = px_sql_begin(store->sql, PX_SQL_READ, err);
        if (!link || !px_store_end_reading(link, visit_batch(link, entries, &last,
                                                             left < BATCH ? left : BATCH, &seen,
                                                             visit, context, err)))
            return false;
    }
    return true;
}

bool px_store_visit_audit(px_store *store, int64_t after, int64_t most, visit_entry *visit,
                          void *context, px_error *err) {
    return visit_beyond(store, entries_after, after, most, visit, context, err);
}

bool px_store_visit_audit_back(px_store *store, int64_t before, int64_t most, visit_entry *visit,
                               void *context, px_error *err) {
    return visit_beyond(store, entries_before, before, most, visit, context, err);
}

typedef struct verification {
    head last;
    int64_t seen_up_to; /* forged entries may have numbers below 1 */
    int64_t entries, broken;
} verification;

static bool verify_entry(void *context, const px_audit_entry *entry, px_error *err) {
    verification *v = context;
    char hash[PX_SHA256_HEX];
    if (!hash_entry(entry, hash, err))
        return false;
    bool fits = entry->number == v->last.number + 1 && strcmp(entry->before, v->last.hash) == 0 &&
                strcmp(entry->hash, hash) == 0;
    if (!fits && v->broken == 0)
        v->broken = entry->number;
    v->entries++;
    v->last.number = entry->number;
    snprintf(v->last.hash, sizeof v->last.hash, "%s", entry->hash);
    return true;
}

static bool read_named_head(const px_sql_rows *rows, void *item, px_error *err) {
    size_t size;
    const void *bytes = px_sql_get_bytes(rows, 0, &size);
    char text[PX_SHA256_HEX + 24] = "";
    if (bytes && size < sizeof text)
        memcpy(text, bytes, size);
    head *named = item;
    if (sscanf(text, "%" SCNd64 " %64s", &named->number, named->hash) != 2)
        return px_fail(err, PX_ERR_INPUT, "settings", "the newest entry's name is damaged");
    return true;
}

/* The entries and what settings say of the newest must be seen at the same time. */
static bool verify_batch(px_sql_link *link, verification *v, int64_t *seen, px_error *err) {
    head named;
    bool found;
    start_of_chain(&named);
    if (!visit_batch(link, entries_after, &v->seen_up_to, BATCH, seen, verify_entry, v, err) ||
        !px_rows_find(link, "SELECT value FROM settings WHERE name = 'audit_head'", NULL, 0,
                      read_named_head, &named, &found, err))
        return false;
    bool at_end = *seen < BATCH;
    if (at_end && v->broken == 0 &&
        (named.number != v->last.number || strcmp(named.hash, v->last.hash) != 0))
        v->broken = (named.number < v->last.number ? named.number : v->last.number) + 1;
    return true;
}

bool px_store_verify_audit(px_store *store, int64_t *entries, int64_t *broken, px_error *err) {
    verification v = {.seen_up_to = INT64_MIN};
    start_of_chain(&v.last);
    for (int64_t seen = BATCH; seen == BATCH;) {
        px_sql_link *link = px_sql_begin(store->sql, PX_SQL_READ, err);
        if (!link || !px_store_end_reading(link, verify_batch(link, &v, &seen, err)))
            return false;
    }
    *entries = v.entries;
    *broken = v.broken;
    return true;
}
