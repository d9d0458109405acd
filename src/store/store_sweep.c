/* What has had its time: expired X-rays, sessions and idempotency keys, and files that no X-ray
 * holds. */
#include "../base/error.h"
#include "store_parts.h"

#define BATCH 50
/* Of an upload whose outcome is not known: far longer than any takes. */
#define PENDING_LASTS PX_HOUR

static bool delete_blob_row(px_store *store, int64_t id, px_error *err) {
    const px_sql_value value = px_sql_int(id);
    return px_store_run(store, PX_SQL_WRITE_RELAXED,
                        "DELETE FROM blobs WHERE id = $1 AND state = 'gone'", &value, 1, err);
}

/* During a backup nothing is deleted: a later sweep will. */
bool px_store_discard_blob(px_store *store, const px_blob *blob, px_error *err) {
    px_error failure = {0};
    if (px_blobs_remove(store->blobs, blob, &failure))
        return delete_blob_row(store, blob->id, err);
    return failure.code == PX_ERR_BUSY ||
           px_fail(err, failure.code, failure.subject, "%s", failure.message);
}

/* The index is of what is not 'kept': each statement that wants it has to say so. */
bool px_store_discard_gone(px_store *store, px_error *err) {
    px_blob gone[BATCH];
    int count = BATCH;
    bool ok = true;
    for (int64_t last = 0; ok && count == BATCH; last = count > 0 ? gone[count - 1].id : last) {
        const px_sql_value values[] = {px_sql_int(last), px_sql_int(BATCH)};
        ok = px_store_list_rows(store,
                                "SELECT id, sha256, size, sealed FROM blobs"
                                " WHERE state <> 'kept' AND state = 'gone' AND id > $1"
                                " ORDER BY id LIMIT $2",
                                values, 2, px_read_blob, gone, sizeof *gone, BATCH, &count, err);
        for (int i = 0; ok && i < count; i++)
            ok = px_store_discard_blob(store, &gone[i], err);
    }
    return ok;
}

static bool mark_gone(px_store *store, int64_t id, int64_t *gone, px_error *err) {
    const px_sql_value value = px_sql_int(id);
    px_sql_link *link = px_sql_begin(store->sql, PX_SQL_WRITE, err);
    return link && px_store_end(link,
                                px_sql_run(link,
                                           "UPDATE blobs SET state = 'gone' WHERE id = $1"
                                           " AND state = 'pending'",
                                           &value, 1, gone, err),
                                err);
}

/* What finds no room is settled when it is old. */
static void remember(px_store *store, int64_t id) {
    pthread_mutex_lock(&store->mutex);
    if (store->n_doubtful < PX_STORE_DOUBTFUL)
        store->doubtful[store->n_doubtful++] = id;
    pthread_mutex_unlock(&store->mutex);
}

static bool recall(px_store *store, int64_t *id) {
    pthread_mutex_lock(&store->mutex);
    bool any = store->n_doubtful > 0;
    if (any)
        *id = store->doubtful[--store->n_doubtful];
    pthread_mutex_unlock(&store->mutex);
    return any;
}

void px_store_give_up_blob(px_store *store, const px_blob *blob, bool now) {
    int64_t gone = 0;
    if (!now || !mark_gone(store, blob->id, &gone, NULL))
        remember(store, blob->id);
    else if (gone > 0)
        px_store_discard_blob(store, blob, NULL);
}

static bool settle_doubtful(px_store *store, px_error *err) {
    int64_t id, gone;
    while (recall(store, &id)) {
        if (!mark_gone(store, id, &gone, err)) {
            remember(store, id);
            return false;
        }
    }
    return true;
}

/* @param before  uploads that began earlier cannot be acknowledged any more. */
static bool give_up_pending(px_store *store, int64_t before, px_error *err) {
    const px_sql_value value = px_sql_int(before);
    return px_store_run(store, PX_SQL_WRITE,
                        "UPDATE blobs SET state = 'gone'"
                        " WHERE state <> 'kept' AND state = 'pending' AND created < $1",
                        &value, 1, err);
}

bool px_store_recover(px_store *store, px_error *err) {
    return (!store->alone || give_up_pending(store, INT64_MAX, err)) &&
           px_store_sweep(store, NULL, err);
}

typedef struct expired_xray {
    int64_t id, blob_id;
} expired_xray;

static bool read_expired(const px_sql_rows *rows, void *item, px_error *err) {
    (void)err;
    *(expired_xray *)item = (expired_xray){px_sql_get_int(rows, 0), px_sql_get_int(rows, 1)};
    return true;
}

static bool expire_batch(px_sql_link *link, int64_t now, int *count, px_error *err) {
    static const px_actor sweeper = {.request_id = "sweeper"};
    const px_sql_value values[] = {px_sql_int(now), px_sql_int(BATCH)};
    expired_xray expired[BATCH];
    bool ok = px_rows_list(link,
                           "DELETE FROM xrays WHERE id IN (SELECT id FROM xrays WHERE expires > 0"
                           " AND expires <= $1 ORDER BY expires LIMIT $2) RETURNING id, blob_id",
                           values, 2, read_expired, expired, sizeof *expired, BATCH, count, err);
    for (int i = 0; ok && i < *count; i++) {
        const px_sql_value blob = px_sql_int(expired[i].blob_id);
        ok = px_sql_run(link, "UPDATE blobs SET state = 'gone' WHERE id = $1", &blob, 1, NULL,
                        err) &&
             px_store_add_audit(link, &sweeper, "xray.expire", "xray", expired[i].id, err);
    }
    return ok;
}

static bool read_whether(const px_sql_rows *rows, void *item, px_error *err) {
    (void)rows, (void)err;
    *(bool *)item = true;
    return true;
}

/* Asked before the lock of the audit trail is taken: mostly there are none. */
static bool any_expired(px_store *store, int64_t now, bool *any, px_error *err) {
    const px_sql_value value = px_sql_int(now);
    return px_store_find_row(store,
                             "SELECT id FROM xrays WHERE expires > 0 AND expires <= $1 LIMIT 1",
                             &value, 1, read_whether, any, any, err);
}

static bool expire_xrays(px_store *store, int64_t now, int64_t *removed, px_error *err) {
    bool any = false, ok = any_expired(store, now, &any, err);
    for (int count = BATCH; ok && any && count == BATCH;) {
        px_sql_link *link = px_store_begin_audited(store, PX_SQL_WRITE, err);
        ok = link && px_store_end(link, expire_batch(link, now, &count, err), err);
        if (ok)
            *removed += count;
    }
    return ok;
}

bool px_store_sweep(px_store *store, int64_t *removed, px_error *err) {
    const int64_t now = px_store_now();
    const px_sql_value present = px_sql_int(now), day_ago = px_sql_int(now - PX_IDEMPOTENCY_LASTS);
    int64_t expired = 0;
    bool ok = expire_xrays(store, now, &expired, err) &&
              px_store_run(store, PX_SQL_WRITE_RELAXED, "DELETE FROM sessions WHERE expires <= $1",
                           &present, 1, err) &&
              px_store_run(store, PX_SQL_WRITE_RELAXED,
                           "DELETE FROM idempotency_keys WHERE created <= $1", &day_ago, 1, err) &&
              settle_doubtful(store, err) && give_up_pending(store, now - PENDING_LASTS, err) &&
              px_store_discard_gone(store, err);
    if (ok && removed)
        *removed = expired;
    return ok;
}
