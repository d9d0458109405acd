/* Reviews: what a person holds of a finding, beside what the networks found. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../base/buffer.h"
#include "../base/error.h"
#include "../base/memory.h"
#include "store_parts.h"

#define ID_DIGITS "19" /* of the largest id */

const px_review *px_xray_find_review(const px_xray *xray, const char *finding) {
    for (int i = 0; i < xray->n_reviews; i++)
        if (strcmp(xray->reviews[i].finding, finding) == 0)
            return &xray->reviews[i];
    return NULL;
}

/* ---- Finding ---- */

/* The ids as one text, so that one statement takes any number of them. */
static bool print_ids(const px_xray *xrays, int n_xrays, px_buffer *text, px_error *err) {
    bool ok = true;
    for (int i = 0; ok && i < n_xrays; i++)
        ok = px_buffer_print(text, err, "%0" ID_DIGITS PRId64, xrays[i].id);
    return ok;
}

#define REVIEWS_OF_XRAYS                                                                           \
    "WITH RECURSIVE page (id, rest) AS ("                                                          \
    "SELECT CAST(substr($1, 1, " ID_DIGITS ") AS BIGINT), substr($1, " ID_DIGITS " + 1)"           \
    " UNION ALL "                                                                                  \
    "SELECT CAST(substr(rest, 1, " ID_DIGITS ") AS BIGINT), substr(rest, " ID_DIGITS " + 1)"       \
    " FROM page WHERE rest <> '')"                                                                 \
    " SELECT r.xray_id, r.finding, r.verdict, r.note, r.updated"                                   \
    " FROM page p JOIN xray_reviews r ON r.xray_id = p.id ORDER BY r.xray_id, r.finding"

static px_verdict to_verdict(int64_t number) {
    return number == PX_VERDICT_ACCEPTED   ? PX_VERDICT_ACCEPTED
           : number == PX_VERDICT_REJECTED ? PX_VERDICT_REJECTED
                                           : PX_VERDICT_NONE;
}

static bool append_review(const px_sql_rows *rows, px_xray *xray, px_error *err) {
    void *reviews = xray->reviews;
    if (!px_realloc(&reviews, (size_t)xray->n_reviews + 1, sizeof *xray->reviews, err))
        return false;
    xray->reviews = reviews;
    px_review *review = &xray->reviews[xray->n_reviews++];
    *review = (px_review){.finding = px_strdup(px_sql_get_text(rows, 1), err),
                          .verdict = to_verdict(px_sql_get_int(rows, 2)),
                          .note = px_strdup(px_sql_get_text(rows, 3), err),
                          .updated = px_sql_get_int(rows, 4)};
    return review->finding && review->note;
}

static bool read_reviews(px_sql_rows *rows, px_xray *xrays, int n_xrays, px_error *err) {
    bool more, ok;
    while ((ok = px_rows_step(rows, &more, err)) && more) {
        const int64_t id = px_sql_get_int(rows, 0);
        int i = 0;
        while (i < n_xrays - 1 && xrays[i].id != id)
            i++;
        if (!append_review(rows, &xrays[i], err))
            return false;
    }
    return ok;
}

bool px_store_add_reviews(px_sql_link *link, px_xray *xrays, int n_xrays, px_error *err) {
    if (n_xrays == 0)
        return true;
    px_buffer ids;
    px_buffer_init(&ids, (size_t)n_xrays * 20 + 1);
    bool ok = print_ids(xrays, n_xrays, &ids, err);
    const px_sql_value value = px_sql_text((const char *)ids.data);
    px_sql_rows *rows = ok ? px_sql_query(link, REVIEWS_OF_XRAYS, &value, 1, err) : NULL;
    ok = rows && read_reviews(rows, xrays, n_xrays, err);
    px_sql_rows_free(rows);
    px_buffer_clear(&ids);
    return ok;
}

/* ---- Changing ---- */

static bool end_review(px_sql_link *link, const px_actor *actor, int64_t xray_id, bool ok,
                       int64_t changed, bool *found, px_error *err) {
    ok = ok &&
         (changed == 0 || px_store_add_audit(link, actor, "xray.review", "xray", xray_id, err));
    if (!px_store_end(link, ok, err))
        return false;
    *found = changed > 0;
    return true;
}

bool px_store_set_review(px_store *store, const px_actor *actor, int64_t user_id, int64_t xray_id,
                         px_review *review, bool *found, px_error *err) {
    px_sql_link *link = px_store_begin_audited(store, PX_SQL_WRITE, err);
    if (!link)
        return false;
    const int64_t now = px_store_now();
    const px_sql_value values[] = {px_sql_int(xray_id),          px_sql_int(user_id),
                                   px_sql_text(review->finding), px_sql_int(review->verdict),
                                   px_sql_text(review->note),    px_sql_int(now)};
    int64_t changed = 0;
    bool ok = px_sql_run(link,
                         "INSERT INTO xray_reviews (xray_id, finding, verdict, note, updated)"
                         " SELECT f.xray_id, f.finding, $4, $5, $6 FROM xray_findings f"
                         " JOIN xrays x ON x.id = f.xray_id"
                         " WHERE f.xray_id = $1 AND f.finding = $3 AND x.user_id = $2"
                         " AND (x.expires = 0 OR x.expires > $6)"
                         " ON CONFLICT (xray_id, finding) DO UPDATE SET verdict = excluded.verdict,"
                         " note = excluded.note, updated = excluded.updated",
                         values, 6, &changed, err);
    if (!end_review(link, actor, xray_id, ok, changed, found, err))
        return false;
    if (*found)
        review->updated = now;
    return true;
}

bool px_store_delete_review(px_store *store, const px_actor *actor, int64_t user_id,
                            int64_t xray_id, const char *finding, bool *found, px_error *err) {
    px_sql_link *link = px_store_begin_audited(store, PX_SQL_WRITE, err);
    if (!link)
        return false;
    const px_sql_value values[] = {px_sql_int(xray_id), px_sql_int(user_id), px_sql_text(finding)};
    int64_t changed = 0;
    bool ok = px_sql_run(link,
                         "DELETE FROM xray_reviews WHERE xray_id = $1 AND finding = $3"
                         " AND EXISTS (SELECT 1 FROM xrays x WHERE x.id = $1 AND x.user_id = $2)",
                         values, 3, &changed, err);
    return end_review(link, actor, xray_id, ok, changed, found, err);
}
