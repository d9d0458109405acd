/* /api/v1/admin: the audit trail, the state of the server; for admins' sessions alone. */
#include <string.h>

#include "../base/error.h"
#include "../base/json_fields.h"
#include "handlers.h"
#include "times.h"
#include "v1_fields.h"

/* ---- Audit trail ---- */

typedef struct audit_page {
    json_t *items;
    int64_t last;
    int size;
    bool more;
} audit_page;

static json_t *number_or_null(int64_t number) {
    return number > 0 ? json_integer(number) : json_null();
}

static bool add_entry(void *context, const px_audit_entry *entry, px_error *err) {
    audit_page *page = context;
    page->more = json_array_size(page->items) == (size_t)page->size;
    if (page->more)
        return true;
    json_t *item = json_pack(
        "{s:I,s:o,s:o,s:o,s:s,s:s,s:s,s:s,s:s}", "number", (json_int_t)entry->number, "time",
        px_time_to_json(entry->time), "user_id", number_or_null(entry->user_id), "key_id",
        number_or_null(entry->key_id), "action", entry->action, "object", entry->object,
        "request_id", entry->request_id, "before", entry->before, "hash", entry->hash);
    page->last = entry->number;
    return json_array_append_new(page->items, item) == 0 || px_fail_memory(err);
}

static bool parse_newest_first(px_v1_fields *fields) {
    const char *sort = px_request_query(fields->request, "sort");
    bool newest = sort && strcmp(sort, "newest") == 0;
    if (sort && !newest && strcmp(sort, "oldest") != 0)
        px_v1_refuse(fields, "sort", "Must be one of: oldest, newest.");
    return newest;
}

static bool fill_page(px_store *store, int64_t start, bool newest_first, audit_page *page,
                      px_error *err) {
    if (!newest_first)
        return px_store_visit_audit(store, start, page->size + 1, add_entry, page, err);
    return px_store_visit_audit_back(store, start > 0 ? start : INT64_MAX, page->size + 1,
                                     add_entry, page, err);
}

void px_handle_audit(px_app *app, px_request *request, px_reply *reply) {
    audit_page page = {0};
    px_error err = {0};
    px_v1_fields fields;
    if (!px_v1_begin(&fields, request, NULL, reply))
        return;
    const int64_t start = px_v1_page_start(&fields);
    const bool newest_first = parse_newest_first(&fields);
    page.size = px_v1_page_size(&fields);
    if (!px_v1_end(&fields, reply))
        return;
    page.items = json_array();
    if (fill_page(app->store, start, newest_first, &page, &err)) {
        px_reply_take_json(reply, 200,
                           json_pack("{s:o,s:o}", "items", page.items, "next",
                                     px_v1_cursor(page.last, page.more)));
    } else {
        json_decref(page.items);
        px_reply_error(reply, request, &err);
    }
}

/* ---- State ---- */

static json_t *describe_store(const px_store_state *state) {
    return json_pack("{s:s,s:s,s:i,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I}", "version", px_version(),
                     "driver", state->driver, "schema", state->schema, "users",
                     (json_int_t)state->users, "xrays", (json_int_t)state->xrays, "failed_xrays",
                     (json_int_t)state->failed_xrays, "image_bytes", (json_int_t)state->image_bytes,
                     "sessions", (json_int_t)state->sessions, "keys", (json_int_t)state->keys,
                     "audit_entries", (json_int_t)state->audit_entries, "free_bytes",
                     (json_int_t)state->free_bytes);
}

/* What the server measures several times a second. */
static json_t *describe_work(const px_app *app) {
    px_metrics *metrics = app->metrics;
    double started_s = px_metrics_get(metrics, PX_GAUGE_UP_SINCE_S);
    return json_pack("{so sI si sI}", "started", px_time_to_json((int64_t)started_s * PX_SECOND),
                     "queue_length", (json_int_t)px_metrics_get(metrics, PX_GAUGE_QUEUE),
                     "queue_room", app->options->queue, "connections",
                     (json_int_t)px_metrics_get(metrics, PX_GAUGE_CONNECTIONS));
}

void px_handle_state(px_app *app, px_request *request, px_reply *reply) {
    px_store_state state;
    px_error err = {0};
    if (!px_store_get_state(app->store, &state, &err)) {
        px_reply_error(reply, request, &err);
        return;
    }
    json_t *answer = describe_store(&state), *work = describe_work(app);
    bool ok = json_object_update(answer, work) == 0;
    json_decref(work);
    px_reply_take_json(reply, 200, px_json_keep_if(answer, ok));
}
