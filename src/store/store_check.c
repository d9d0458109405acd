/* Is everything there and whole? Rows compared with files, tables with each other; and counts. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../base/error.h"
#include "../base/text.h"
#include "migrations.h"
#include "store_parts.h"

#define BATCH 100

typedef struct checking {
    px_store *store;
    px_store_report *report;
    void *context;
    int problems;
} checking;

static void PX_PRINTF(2, 3) complain(checking *on, const char *format, ...) {
    char line[640];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    on->problems++;
    on->report(on->context, line);
}

/* ---- Every image that an X-ray has is there, whole and readable ---- */

typedef struct kept_blob {
    px_blob blob;
    int64_t xray_id; /* 0: none */
    int64_t bytes;
    char sha256[PX_SHA256_HEX]; /* of the image as it was uploaded */
} kept_blob;

#define KEPT_COLUMNS "b.id, b.sha256, b.size, b.sealed, x.id, x.bytes, x.sha256"
#define KEPT_TABLES "blobs b LEFT JOIN xrays x ON x.blob_id = b.id"

static bool read_kept(const px_sql_rows *rows, void *item, px_error *err) {
    (void)err;
    kept_blob *kept = item;
    px_get_blob(rows, 0, &kept->blob);
    kept->xray_id = px_sql_is_null(rows, 4) ? 0 : px_sql_get_int(rows, 4);
    kept->bytes = px_sql_is_null(rows, 5) ? 0 : px_sql_get_int(rows, 5);
    px_get_text(rows, 6, kept->sha256, sizeof kept->sha256);
    return true;
}

/* Whoever deletes an X-ray changes the row first: what is still kept now has its file. */
static bool is_still_kept(px_store *store, int64_t id, bool *kept, px_error *err) {
    const px_sql_value value = px_sql_int(id);
    int64_t there;
    return px_store_find_row(store, "SELECT id FROM blobs WHERE id = $1 AND state = 'kept'", &value,
                             1, px_read_integer, &there, kept, err);
}

static bool complain_of_image(checking *on, const kept_blob *kept, const char *what,
                              px_error *err) {
    bool still = false;
    if (!is_still_kept(on->store, kept->blob.id, &still, err))
        return false;
    if (still)
        complain(on, "image %" PRId64 " of X-ray %" PRId64 ": %s", kept->blob.id, kept->xray_id,
                 what);
    return true;
}

static bool check_content(checking *on, const kept_blob *kept, const px_buffer *content,
                          px_error *err) {
    char sha256[PX_SHA256_HEX];
    px_sha256_bytes(content->data, content->size, sha256);
    if ((int64_t)content->size == kept->bytes && strcmp(sha256, kept->sha256) == 0)
        return true;
    return complain_of_image(on, kept, "it is not the image that was uploaded", err);
}

static bool check_image(checking *on, const kept_blob *kept, px_error *err) {
    if (kept->xray_id == 0)
        return complain_of_image(on, kept, "kept, though it belongs to no X-ray", err);
    px_buffer content;
    px_error failure = {0};
    px_buffer_init(&content, kept->blob.size > 0 ? (size_t)kept->blob.size : 1);
    bool ok = px_blobs_read(on->store->blobs, &kept->blob, &content, &failure)
                  ? check_content(on, kept, &content, err)
              : failure.code == PX_ERR_MEMORY ? px_fail_memory(err)
                                              : complain_of_image(on, kept, failure.message, err);
    px_buffer_clear(&content);
    return ok;
}

static bool check_images(checking *on, px_error *err) {
    kept_blob kept[BATCH];
    int count = BATCH;
    bool ok = true;
    for (int64_t last = 0; ok && count == BATCH; last = count > 0 ? kept[count - 1].blob.id : 0) {
        const px_sql_value values[] = {px_sql_int(last), px_sql_int(BATCH)};
        ok = px_store_list_rows(on->store,
                                "SELECT " KEPT_COLUMNS " FROM " KEPT_TABLES
                                " WHERE b.state = 'kept' AND b.id > $1 ORDER BY b.id LIMIT $2",
                                values, 2, read_kept, kept, sizeof *kept, BATCH, &count, err);
        for (int i = 0; ok && i < count; i++)
            ok = check_image(on, &kept[i], err);
    }
    return ok;
}

/* ---- Every file has a row ---- */

/* The row is there before the file and goes after it: a file that is still there though its row is
 * gone has none. */
static bool check_file(void *context, const char *path, const px_blob *file, px_error *err) {
    checking *on = context;
    if (!file) {
        complain(on, "blobs/%s: not a file of this store", path);
        return true;
    }
    const px_sql_value values[] = {px_sql_int(file->id), px_sql_text(file->sha256)};
    int64_t id;
    bool known, there;
    if (!px_store_find_row(on->store, "SELECT id FROM blobs WHERE id = $1 AND sha256 = $2", values,
                           2, px_read_integer, &id, &known, err) ||
        !px_blobs_exists(on->store->blobs, file, &there, err))
        return false;
    if (!known && there)
        complain(on, "blobs/%s: no row knows this file", path);
    return true;
}

/* ---- Tables agree with each other ---- */

static const struct agreement {
    const char *ask, *what;
} agreements[] = {
    {"SELECT count(*) FROM xrays x LEFT JOIN blobs b ON b.id = x.blob_id"
     " WHERE b.state IS NULL OR b.state <> 'kept'",
     "X-rays without a kept image"},
    {"SELECT count(*) FROM xrays x LEFT JOIN users u ON u.id = x.user_id WHERE u.id IS NULL",
     "X-rays without an owner"},
    {"SELECT count(*) FROM xray_findings f LEFT JOIN xrays x"
     " ON x.id = f.xray_id AND x.user_id = f.user_id WHERE x.id IS NULL",
     "findings without their X-ray"},
    {"SELECT count(*) FROM xray_reviews r LEFT JOIN xray_findings f"
     " ON f.xray_id = r.xray_id AND f.finding = r.finding WHERE f.finding IS NULL",
     "reviews without their finding"},
    {"SELECT count(*) FROM sessions s LEFT JOIN users u ON u.id = s.user_id WHERE u.id IS NULL",
     "sessions without their user"},
    {"SELECT count(*) FROM api_keys k LEFT JOIN users u ON u.id = k.user_id WHERE u.id IS NULL",
     "API keys without their user"},
    {"SELECT count(*) FROM usage_days d LEFT JOIN users u ON u.id = d.user_id WHERE u.id IS NULL",
     "counts of use without their user"},
    {"SELECT count(*) FROM idempotency_keys i LEFT JOIN xrays x"
     " ON x.id = i.xray_id AND x.user_id = i.user_id WHERE x.id IS NULL",
     "idempotency keys without their X-ray"},
};

static bool check_agreement(checking *on, px_error *err) {
    for (size_t i = 0; i < sizeof agreements / sizeof *agreements; i++) {
        int64_t count = 0;
        bool found;
        if (!px_store_find_row(on->store, agreements[i].ask, NULL, 0, px_read_integer, &count,
                               &found, err))
            return false;
        if (count > 0)
            complain(on, "database: %" PRId64 " %s", count, agreements[i].what);
    }
    return true;
}

static bool read_integrity(const px_sql_rows *rows, void *item, px_error *err) {
    (void)err;
    px_get_text(rows, 0, item, 200);
    return true;
}

/* Where pages are damaged the statement that looks for it may itself fail at the end. */
static bool check_integrity(checking *on, px_error *err) {
    char first[200] = "";
    bool found;
    px_error failure = {0};
    if (strcmp(px_sql_driver_name(on->store->sql), "sqlite") != 0)
        return true; /* PostgreSQL checks its pages itself */
    if (!px_store_find_row(on->store, "PRAGMA integrity_check", NULL, 0, read_integrity, first,
                           &found, &failure) &&
        failure.code != PX_ERR_IO)
        return px_fail(err, failure.code, failure.subject, "%s", failure.message);
    if (first[0] == '\0')
        snprintf(first, sizeof first, "%.199s", failure.message);
    px_text_make_plain(first);
    if (strcmp(first, "ok") != 0)
        complain(on, "database: damaged: %s", first);
    return true;
}

static bool check_audit(checking *on, px_error *err) {
    int64_t entries, broken;
    if (!px_store_verify_audit(on->store, &entries, &broken, err))
        return false;
    if (broken > 0)
        complain(on, "audit trail: entry %" PRId64 " does not fit the one before it", broken);
    return true;
}

bool px_store_check(px_store *store, px_store_report *report, void *context, int *problems,
                    px_error *err) {
    checking on = {store, report, context, 0};
    if (!check_integrity(&on, err))
        return false;
    if (on.problems == 0 && /* what a damaged database says is no use */
        (!check_agreement(&on, err) || !check_audit(&on, err) || !check_images(&on, err) ||
         !px_blobs_visit(store->blobs, check_file, &on, err)))
        return false;
    *problems = on.problems;
    return true;
}

/* ---- Counts ---- */

static bool read_state(const px_sql_rows *rows, void *item, px_error *err) {
    (void)err;
    px_store_state *state = item;
    state->users = px_sql_get_int(rows, 0);
    state->xrays = px_sql_get_int(rows, 1);
    state->failed_xrays = px_sql_get_int(rows, 2);
    state->image_bytes = px_sql_get_int(rows, 3);
    state->sessions = px_sql_get_int(rows, 4);
    state->keys = px_sql_get_int(rows, 5);
    state->audit_entries = px_sql_get_int(rows, 6);
    return true;
}

bool px_store_get_state(px_store *store, px_store_state *state, px_error *err) {
    px_store_state now = {.driver = px_sql_driver_name(store->sql), .schema = PX_SCHEMA_VERSION};
    const px_sql_value values[] = {px_sql_int(PX_USER_ANONYMOUS), px_sql_int(px_store_now())};
    bool found;
    if (!px_store_find_row(store,
                           "SELECT (SELECT count(*) FROM users WHERE id <> $1),"
                           " (SELECT count(*) FROM xrays),"
                           " (SELECT count(*) FROM xrays WHERE status = 1),"
                           " (SELECT CAST(COALESCE(sum(size), 0) AS BIGINT) FROM blobs),"
                           " (SELECT count(*) FROM sessions WHERE expires > $2),"
                           " (SELECT count(*) FROM api_keys),"
                           " (SELECT COALESCE(max(number), 0) FROM audit)",
                           values, 2, read_state, &now, &found, err) ||
        !px_blobs_free_space(store->blobs, &now.free_bytes, err))
        return false;
    *state = now;
    return true;
}
