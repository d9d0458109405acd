/* X-rays: adding, changing, deleting them, with their images. */
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "store_parts.h"

void px_xray_clear(px_xray *xray) {
    free(xray->title);
    free(xray->patient_reference);
    free(xray->failure);
    free(xray->media_type);
    free(xray->reading);
    for (int i = 0; i < xray->n_reviews; i++) {
        free((char *)xray->reviews[i].finding);
        free((char *)xray->reviews[i].note);
    }
    free(xray->reviews);
    *xray = (px_xray){0};
}

static char *copy_text(const px_sql_rows *rows, int column, px_error *err) {
    const char *text = px_sql_get_text(rows, column);
    return px_strdup(text ? text : "", err);
}

bool px_read_xray(const px_sql_rows *rows, void *item, px_error *err) {
    px_xray *xray = item;
    *xray = (px_xray){.id = px_sql_get_int(rows, 0),
                      .user_id = px_sql_get_int(rows, 1),
                      .created = px_sql_get_int(rows, 2),
                      .updated = px_sql_get_int(rows, 3),
                      .expires = px_sql_get_int(rows, 4),
                      .title = copy_text(rows, 5, err),
                      .patient_reference = copy_text(rows, 6, err),
                      .consent = px_sql_get_int(rows, 7) != 0,
                      .status = px_sql_get_int(rows, 8) == 0 ? PX_XRAY_DONE : PX_XRAY_FAILED,
                      .failure = copy_text(rows, 9, err),
                      .media_type = copy_text(rows, 11, err),
                      .width = (int)px_sql_get_int(rows, 12),
                      .height = (int)px_sql_get_int(rows, 13),
                      .bytes = px_sql_get_int(rows, 14),
                      .reading = copy_text(rows, 15, err)};
    px_get_text(rows, 10, xray->sha256, sizeof xray->sha256);
    px_get_blob(rows, 16, &xray->image);
    if (xray->title && xray->patient_reference && xray->failure && xray->media_type &&
        xray->reading)
        return true;
    px_xray_clear(xray);
    return false;
}

/* ---- Adding ---- */

static bool insert_pending_blob(px_store *store, px_blob *blob, px_error *err) {
    const px_sql_value values[] = {px_sql_text(blob->sha256), px_sql_int(blob->size),
                                   px_sql_int(blob->sealed), px_sql_int(px_store_now())};
    px_sql_link *link = px_sql_begin(store->sql, PX_SQL_WRITE, err);
    bool found;
    return link &&
           px_store_end(link,
                        px_rows_find(link,
                                     "INSERT INTO blobs (sha256, size, sealed, state, created)"
                                     " VALUES ($1, $2, $3, 'pending', $4) RETURNING id",
                                     values, 4, px_read_integer, &blob->id, &found, err),
                        err);
}

/* From here on the sweep leaves the blob alone. It may have given it up, after an hour. */
static bool claim_blob(px_sql_link *link, const px_blob *blob, px_error *err) {
    const px_sql_value value = px_sql_int(blob->id);
    int64_t claimed;
    if (!px_sql_run(link, "UPDATE blobs SET state = 'kept' WHERE id = $1 AND state = 'pending'",
                    &value, 1, &claimed, err))
        return false;
    return claimed == 1 || px_fail(err, PX_ERR_BUSY, "storage", "storing the image took too long");
}

static bool insert_xray_row(px_sql_link *link, const px_xray_new *what, const px_blob *blob,
                            int64_t *id, px_error *err) {
    const px_xray *x = what->xray;
    const int64_t now = px_store_now();
    const px_sql_value values[] = {px_sql_int(x->user_id),
                                   px_sql_int(blob->id),
                                   px_sql_int(now),
                                   px_sql_int(x->expires),
                                   px_sql_text(x->title ? x->title : ""),
                                   px_sql_text(x->patient_reference ? x->patient_reference : ""),
                                   px_sql_int(x->consent),
                                   px_sql_int(x->status),
                                   px_sql_text(x->failure ? x->failure : ""),
                                   px_sql_text(x->sha256),
                                   px_sql_text(x->media_type ? x->media_type : ""),
                                   px_sql_int(x->width),
                                   px_sql_int(x->height),
                                   px_sql_int(x->bytes),
                                   px_sql_text(x->reading ? x->reading : ""),
                                   px_sql_text(what->capability_hash)};
    bool found;
    return px_rows_find(
        link,
        "INSERT INTO xrays (user_id, blob_id, created, updated, expires, title, patient_reference,"
        " consent, status, failure, sha256, media_type, width, height, bytes, reading,"
        " capability_hash) VALUES ($1, $2, $3, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,"
        " $14, $15, $16) RETURNING id",
        values, 16, px_read_integer, id, &found, err);
}

static bool insert_findings(px_sql_link *link, int64_t xray_id, int64_t user_id,
                            const px_xray_finding *findings, int n_findings, px_error *err) {
    bool ok = true;
    for (int i = 0; ok && i < n_findings; i++) {
        const px_sql_value values[] = {px_sql_int(xray_id), px_sql_int(user_id),
                                       px_sql_text(findings[i].id), px_sql_real(findings[i].score),
                                       px_sql_int(findings[i].decision)};
        ok = px_sql_run(link,
                        "INSERT INTO xray_findings (xray_id, user_id, finding, score, decision)"
                        " VALUES ($1, $2, $3, $4, $5)",
                        values, 5, NULL, err);
    }
    return ok;
}

/* One that lasted too long is no longer found, and makes room. */
static bool insert_idempotency(px_sql_link *link, int64_t user_id, const char *key, int64_t xray_id,
                               px_error *err) {
    const px_sql_value values[] = {px_sql_int(user_id), px_sql_text(key), px_sql_int(xray_id),
                                   px_sql_int(px_store_now())};
    return px_sql_run(link,
                      "INSERT INTO idempotency_keys (user_id, idempotency_key, xray_id, created)"
                      " VALUES ($1, $2, $3, $4) ON CONFLICT (user_id, idempotency_key) DO UPDATE"
                      " SET xray_id = excluded.xray_id, created = excluded.created",
                      values, 4, NULL, err);
}

#define FIND_IDEMPOTENT                                                                            \
    "SELECT xray_id FROM idempotency_keys WHERE user_id = $1 AND idempotency_key = $2"             \
    " AND created > $3"

static bool insert_xray(px_sql_link *link, const px_actor *actor, const px_xray_new *what,
                        const px_blob *blob, int64_t *id, px_error *err) {
    const px_xray *x = what->xray;
    return claim_blob(link, blob, err) && insert_xray_row(link, what, blob, id, err) &&
           insert_findings(link, *id, x->user_id, what->findings, what->n_findings, err) &&
           (!what->idempotency_key ||
            insert_idempotency(link, x->user_id, what->idempotency_key, *id, err)) &&
           px_store_count_use(link, x->user_id, 0, 0, x->bytes, err) &&
           px_store_add_audit(link, actor, "xray.add", "xray", *id, err);
}

/* @param earlier  set when another request with the same idempotency key was faster. */
static bool commit_xray(px_store *store, const px_actor *actor, const px_xray_new *what,
                        const px_blob *blob, int64_t *id, bool *earlier, px_error *err) {
    px_sql_link *link = px_store_begin_audited(store, PX_SQL_WRITE, err);
    if (!link)
        return false;
    const px_sql_value values[] = {px_sql_int(what->xray->user_id),
                                   px_sql_text(what->idempotency_key),
                                   px_sql_int(px_store_now() - PX_IDEMPOTENCY_LASTS)};
    bool ok = !what->idempotency_key ||
              px_rows_find(link, FIND_IDEMPOTENT, values, 3, px_read_integer, id, earlier, err);
    if (ok && !*earlier)
        ok = insert_xray(link, actor, what, blob, id, err);
    return px_store_end(link, ok, err);
}

static bool keep_xray(px_store *store, const px_actor *actor, const px_xray_new *what, int64_t *id,
                      px_error *err) {
    px_blob blob = {0};
    bool earlier = false;
    int64_t made = 0;
    px_error failure = {0};
    if (!px_blobs_prepare(store->blobs, what->temporary, &blob, err) ||
        !insert_pending_blob(store, &blob, err))
        return false;
    bool ok = px_blobs_keep(store->blobs, what->temporary, &blob, &failure) &&
              commit_xray(store, actor, what, &blob, &made, &earlier, &failure);
    if (earlier || !ok) /* a database that is away would be waited for once more */
        px_store_give_up_blob(store, &blob, failure.code != PX_ERR_BUSY);
    if (ok)
        *id = made;
    return ok || px_fail(err, failure.code, failure.subject, "%s", failure.message);
}

bool px_store_add_xray(px_store *store, const px_actor *actor, const px_xray_new *what, int64_t *id,
                       px_error *err) {
    bool ok = keep_xray(store, actor, what, id, err);
    px_blobs_remove_temporary(store->blobs, what->temporary);
    return ok;
}

bool px_store_find_idempotent(px_store *store, int64_t user_id, const char *key, int64_t *xray_id,
                              px_error *err) {
    const px_sql_value values[] = {px_sql_int(user_id), px_sql_text(key),
                                   px_sql_int(px_store_now() - PX_IDEMPOTENCY_LASTS)};
    bool found;
    int64_t id = 0;
    if (!px_store_find_row(store, FIND_IDEMPOTENT, values, 3, px_read_integer, &id, &found, err))
        return false;
    *xray_id = found ? id : 0;
    return true;
}

/* ---- Finding ---- */

static bool find_xray(px_store *store, const char *text, px_sql_value which, px_xray *xray,
                      bool *found, px_error *err) {
    const px_sql_value values[] = {which, px_sql_int(px_store_now())};
    px_xray got = {0};
    bool there = false;
    px_sql_link *link = px_sql_begin(store->sql, PX_SQL_READ, err);
    bool ok =
        link && px_store_end_reading(
                    link, px_rows_find(link, text, values, 2, px_read_xray, &got, &there, err) &&
                              (!there || px_store_add_reviews(link, &got, 1, err)));
    if (!ok) {
        px_xray_clear(&got);
        return false;
    }
    *found = there;
    if (there)
        *xray = got;
    return true;
}

bool px_store_get_xray(px_store *store, int64_t id, px_xray *xray, bool *found, px_error *err) {
    return find_xray(store,
                     "SELECT " PX_XRAY_COLUMNS " FROM " PX_XRAY_TABLES
                     " WHERE x.id = $1 AND (x.expires = 0 OR x.expires > $2)",
                     px_sql_int(id), xray, found, err);
}

bool px_store_find_capability(px_store *store, const char *capability_hash, px_xray *xray,
                              bool *found, px_error *err) {
    return find_xray(store,
                     "SELECT " PX_XRAY_COLUMNS " FROM " PX_XRAY_TABLES
                     " WHERE x.capability_hash = $1"
                     " AND (x.expires = 0 OR x.expires > $2)",
                     px_sql_text(capability_hash), xray, found, err);
}

/* ---- Changing and deleting ---- */

bool px_store_change_xray(px_store *store, const px_actor *actor, int64_t user_id, int64_t id,
                          const char *title, const char *patient_reference, const bool *consent,
                          bool *found, px_error *err) {
    px_sql_link *link = px_store_begin_audited(store, PX_SQL_WRITE, err);
    if (!link)
        return false;
    const px_sql_value values[] = {px_sql_int(id),
                                   px_sql_int(user_id),
                                   px_sql_text(title),
                                   px_sql_text(patient_reference),
                                   consent ? px_sql_int(*consent) : px_sql_null(),
                                   px_sql_int(px_store_now())};
    int64_t changed = 0;
    bool ok = px_sql_run(link,
                         "UPDATE xrays SET title = COALESCE($3, title),"
                         " patient_reference = COALESCE($4, patient_reference),"
                         " consent = COALESCE($5, consent), updated = $6"
                         " WHERE id = $1 AND user_id = $2 AND (expires = 0 OR expires > $6)",
                         values, 6, &changed, err) &&
              (changed == 0 || px_store_add_audit(link, actor, "xray.change", "xray", id, err));
    if (!px_store_end(link, ok, err))
        return false;
    *found = changed > 0;
    return true;
}

static bool update_reading(px_sql_link *link, const px_xray *xray, int64_t *changed,
                           px_error *err) {
    const px_sql_value values[] = {px_sql_int(xray->id),
                                   px_sql_int(xray->user_id),
                                   px_sql_int(xray->status),
                                   px_sql_text(xray->failure ? xray->failure : ""),
                                   px_sql_text(xray->reading ? xray->reading : ""),
                                   px_sql_int(xray->width),
                                   px_sql_int(xray->height),
                                   px_sql_int(px_store_now())};
    return px_sql_run(link,
                      "UPDATE xrays SET status = $3, failure = $4, reading = $5, width = $6,"
                      " height = $7, updated = $8 WHERE id = $1 AND user_id = $2",
                      values, 8, changed, err);
}

bool px_store_set_reading(px_store *store, const px_actor *actor, const px_xray *xray,
                          const px_xray_finding *findings, int n_findings, bool *found,
                          px_error *err) {
    px_sql_link *link = px_store_begin_audited(store, PX_SQL_WRITE, err);
    if (!link)
        return false;
    int64_t changed = 0;
    const px_sql_value id = px_sql_int(xray->id);
    bool ok = update_reading(link, xray, &changed, err);
    if (ok && changed > 0)
        ok = px_sql_run(link, "DELETE FROM xray_findings WHERE xray_id = $1", &id, 1, NULL, err) &&
             insert_findings(link, xray->id, xray->user_id, findings, n_findings, err) &&
             px_store_add_audit(link, actor, "xray.read", "xray", xray->id, err);
    if (!px_store_end(link, ok, err))
        return false;
    *found = changed > 0;
    return true;
}

static bool delete_rows(px_sql_link *link, const px_actor *actor, int64_t user_id, int64_t id,
                        px_blob *blob, bool *found, px_error *err) {
    const px_sql_value values[] = {px_sql_int(id), px_sql_int(user_id)};
    int64_t blob_id;
    if (!px_rows_find(link, "DELETE FROM xrays WHERE id = $1 AND user_id = $2 RETURNING blob_id",
                      values, 2, px_read_integer, &blob_id, found, err))
        return false;
    if (!*found)
        return true;
    const px_sql_value of_blob = px_sql_int(blob_id);
    bool known;
    return px_rows_find(link,
                        "UPDATE blobs SET state = 'gone' WHERE id = $1"
                        " RETURNING id, sha256, size, sealed",
                        &of_blob, 1, px_read_blob, blob, &known, err) &&
           px_store_add_audit(link, actor, "xray.delete", "xray", id, err);
}

bool px_store_delete_xray(px_store *store, const px_actor *actor, int64_t user_id, int64_t id,
                          bool *found, px_error *err) {
    px_sql_link *link = px_store_begin_audited(store, PX_SQL_WRITE, err);
    if (!link)
        return false;
    px_blob blob = {0};
    bool there = false;
    if (!px_store_end(link, delete_rows(link, actor, user_id, id, &blob, &there, err), err))
        return false;
    if (there)
        px_store_discard_blob(store, &blob, NULL); /* what fails now, the sweep will do */
    *found = there;
    return true;
}
