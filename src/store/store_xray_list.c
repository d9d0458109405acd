/* Pages of a user's X-rays: filters, four orders, and cursors that say where a page ended. */
#include <float.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "store_parts.h"

/* $1 user, $2 and $3 time, $4 and $5 status, $6 pattern of text, $7 now, $8 and $9 where the page
 * before ended, $10 limit, $11 finding. A filter that is off lets everything pass: one text for
 * each order, with and without a finding, is prepared once. */
#define FILTERS                                                                                    \
    " AND x.created >= $2 AND x.created < $3"                                                      \
    " AND x.status BETWEEN $4 AND $5 AND (x.expires = 0 OR x.expires > $7)"                        \
    " AND (lower(x.title) LIKE $6 ESCAPE '!' OR lower(x.patient_reference) LIKE $6 ESCAPE '!')"
#define ALL "SELECT " PX_XRAY_COLUMNS " FROM " PX_XRAY_TABLES " WHERE x.user_id = $1" FILTERS
#define WITH_FINDING                                                                               \
    "SELECT " PX_XRAY_COLUMNS ", f.score FROM " PX_XRAY_TABLES                                     \
    " JOIN xray_findings f ON f.xray_id = x.id AND f.user_id = $1 AND f.finding = $11"             \
    " AND f.decision = 1"
#define DECIDED WITH_FINDING " WHERE x.user_id = $1" FILTERS
/* Findings lead, in order of score. Their user is the X-ray's (a foreign key); asked for the
 * X-ray's too, PostgreSQL went through all of the user's X-rays for each finding. */
#define SCORED WITH_FINDING " WHERE f.user_id = $1" FILTERS
#define NEWEST " AND (x.created, x.id) < ($8, $9) ORDER BY x.created DESC, x.id DESC LIMIT $10"
#define OLDEST " AND (x.created, x.id) > ($8, $9) ORDER BY x.created, x.id LIMIT $10"
#define BY_TITLE " AND (x.title, x.id) > ($8, $9) ORDER BY x.title, x.id LIMIT $10"
#define BY_SCORE                                                                                   \
    " AND (f.score, f.xray_id) < ($8, $9) ORDER BY f.score DESC, f.xray_id DESC LIMIT $10"

static const struct order {
    char mark; /* first character of its cursors */
    const char *all, *decided;
} orders[] = {[PX_SORT_NEWEST] = {'n', ALL NEWEST, DECIDED NEWEST},
              [PX_SORT_OLDEST] = {'o', ALL OLDEST, DECIDED OLDEST},
              [PX_SORT_TITLE] = {'t', ALL BY_TITLE, DECIDED BY_TITLE},
              [PX_SORT_SCORE] = {'s', NULL, SCORED BY_SCORE}};

/* Where a page ended: the value it is sorted by, and the id. */
typedef struct place {
    int64_t time;
    double score;
    char *title; /* owned */
    int64_t id;
} place;

static bool start_place(px_xray_sort sort, place *at, px_error *err) {
    const bool descending = sort == PX_SORT_NEWEST || sort == PX_SORT_SCORE;
    *at = (place){.time = descending ? INT64_MAX : INT64_MIN,
                  .score = DBL_MAX,
                  .title = px_strdup("", err),
                  .id = descending ? INT64_MAX : INT64_MIN};
    return at->title != NULL;
}

/* "n", the id and the sort value as 16 digits each, or the title as it is; sealed, because it comes
 * back in an address and must be one of ours. */
static char *write_cursor(const px_store *store, px_xray_sort sort, const px_xray *last,
                          double score, px_error *err) {
    uint64_t value = (uint64_t)last->created;
    if (sort == PX_SORT_SCORE)
        memcpy(&value, &score, sizeof value);
    char *text = sort == PX_SORT_TITLE ? px_format(err, "%c%016" PRIx64 "%s", orders[sort].mark,
                                                   (uint64_t)last->id, last->title)
                                       : px_format(err, "%c%016" PRIx64 "%016" PRIx64,
                                                   orders[sort].mark, (uint64_t)last->id, value);
    char *cursor = text ? px_secret_seal_text(store->link_key, text, err) : NULL;
    free(text);
    return cursor;
}

static uint64_t read_digits(const char *text) {
    char digits[17];
    snprintf(digits, sizeof digits, "%s", text);
    return strtoull(digits, NULL, 16);
}

static bool place_of(px_xray_sort sort, const char *text, place *at, px_error *err) {
    if (text[0] != orders[sort].mark)
        return px_fail(err, PX_ERR_INPUT, "cursor", "of a list in another order");
    at->id = (int64_t)read_digits(text + 1);
    if (sort == PX_SORT_TITLE) {
        free(at->title);
        return (at->title = px_strdup(text + 17, err)) != NULL;
    }
    const uint64_t value = read_digits(text + 17);
    at->time = (int64_t)value;
    memcpy(&at->score, &value, sizeof value);
    return true;
}

static bool read_cursor(const px_store *store, px_xray_sort sort, const char *cursor, place *at,
                        px_error *err) {
    px_error failure = {0};
    char *text = px_secret_open_text(store->link_key, cursor, &failure);
    bool ok =
        text ? place_of(sort, text, at, err)
             : px_fail(err, failure.code, "cursor", "not one that a page of this list ended with");
    free(text);
    return ok;
}

static px_sql_value sort_value(px_xray_sort sort, const place *at) {
    return sort == PX_SORT_TITLE   ? px_sql_text(at->title)
           : sort == PX_SORT_SCORE ? px_sql_real(at->score)
                                   : px_sql_int(at->time);
}

/* The range of time, cut where the page before ended: the index is entered there. */
static int64_t since_of(const px_xray_filter *filter, const place *at) {
    return filter->sort == PX_SORT_OLDEST && at->time > filter->since ? at->time : filter->since;
}

static int64_t until_of(const px_xray_filter *filter, const place *at) {
    const int64_t until = filter->until ? filter->until : INT64_MAX;
    return filter->sort == PX_SORT_NEWEST && at->time < until ? at->time + 1 : until;
}

static px_sql_rows *ask(px_sql_link *link, const px_xray_filter *filter, const char *pattern,
                        const place *at, px_error *err) {
    const px_sql_value values[] = {px_sql_int(filter->user_id),
                                   px_sql_int(since_of(filter, at)),
                                   px_sql_int(until_of(filter, at)),
                                   px_sql_int(filter->status ? *filter->status : PX_XRAY_DONE),
                                   px_sql_int(filter->status ? *filter->status : PX_XRAY_FAILED),
                                   px_sql_text(pattern),
                                   px_sql_int(px_store_now()),
                                   sort_value(filter->sort, at),
                                   px_sql_int(at->id),
                                   px_sql_int((int64_t)filter->limit + 1),
                                   px_sql_text(filter->finding)};
    const struct order *order = &orders[filter->sort];
    return filter->finding ? px_sql_query(link, order->decided, values, 11, err)
                           : px_sql_query(link, order->all, values, 10, err);
}

/* Reads a page; one row more than its limit says that there is another. */
static bool read_page(const px_store *store, px_sql_link *link, const px_xray_filter *filter,
                      const char *pattern, const place *at, px_xray *xrays, int *count, char **next,
                      px_error *err) {
    px_sql_rows *rows = ask(link, filter, pattern, at, err);
    bool more = false, ok = rows != NULL;
    double score = 0.0;
    int n = 0;
    for (; ok && (ok = px_rows_step(rows, &more, err)) && more && n < filter->limit; n++) {
        if (!(ok = px_read_xray(rows, &xrays[n], err)))
            break;
        score = filter->finding ? px_sql_get_real(rows, PX_XRAY_N_COLUMNS) : 0.0;
    }
    px_sql_rows_free(rows);
    if (ok && more && n > 0)
        ok = (*next = write_cursor(store, filter->sort, &xrays[n - 1], score, err)) != NULL;
    *count = n;
    return ok;
}

static bool list_from(px_store *store, const px_xray_filter *filter, const char *pattern,
                      const place *at, px_xray *xrays, int *count, char **next, px_error *err) {
    int n = 0;
    char *cursor = NULL;
    px_sql_link *link = px_sql_begin(store->sql, PX_SQL_READ, err);
    bool ok = link && px_store_end_reading(link, read_page(store, link, filter, pattern, at, xrays,
                                                           &n, &cursor, err) &&
                                                     px_store_add_reviews(link, xrays, n, err));
    if (ok) {
        *count = n;
        *next = cursor;
        return true;
    }
    free(cursor);
    for (int i = 0; i < n; i++)
        px_xray_clear(&xrays[i]);
    return false;
}

bool px_store_list_xrays(px_store *store, const px_xray_filter *filter, px_xray *xrays, int *count,
                         char **next, px_error *err) {
    if (filter->sort == PX_SORT_SCORE && !filter->finding)
        return px_fail(err, PX_ERR_USAGE, "sort",
                       "X-rays are sorted by the score of a finding: "
                       "name it");
    place at;
    char *pattern = NULL;
    bool ok = start_place(filter->sort, &at, err) &&
              (!filter->cursor || read_cursor(store, filter->sort, filter->cursor, &at, err)) &&
              (pattern = px_make_pattern(filter->text, err)) &&
              list_from(store, filter, pattern, &at, xrays, count, next, err);
    free(pattern);
    free(at.title);
    return ok;
}

bool px_store_list_xray_ids(px_store *store, int64_t user_id, int64_t *ids, int room, int *count,
                            px_error *err) {
    const px_sql_value values[] = {px_sql_int(user_id), px_sql_int(px_store_now()),
                                   px_sql_int(room)};
    return px_store_list_rows(store,
                              "SELECT id FROM xrays WHERE user_id = $1"
                              " AND (expires = 0 OR expires > $2)"
                              " ORDER BY created DESC, id DESC LIMIT $3",
                              values, 3, px_read_integer, ids, sizeof *ids, room, count, err);
}
