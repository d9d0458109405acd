/* The account's X-rays, page by page: GET /api/v1/xrays, POST /api/v1/xrays/search. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/memory.h"
#include "../reader/ensemble.h"
#include "handlers.h"
#include "routes.h"
#include "times.h"
#include "v1_fields.h"
#include "v1_xrays.h"

#define CURSOR_CHARACTERS 4096

/* Both ways of asking have the same filters: a GET in its query, a POST in its body, for what must
 * not stand in an address. */
static const char *argument(px_v1_fields *fields, const char *name) {
    const px_request *request = fields->request;
    if (request->route->takes == PX_TAKES_FIELDS)
        return px_v1_text(fields, name, false, 1, CURSOR_CHARACTERS);
    return px_request_query(request, name);
}

static int64_t time_argument(px_v1_fields *fields, const char *name) {
    const char *text = argument(fields, name);
    int64_t time = 0;
    if (text && !px_time_parse(text, &time))
        px_v1_refuse(fields, name, "Must be a time, as 2026-11-23T08:31:12Z.");
    return time;
}

static int page_size(px_v1_fields *fields) {
    int size = PX_V1_PAGE_USUAL;
    if (fields->request->route->takes != PX_TAKES_FIELDS)
        return px_v1_page_size(fields);
    px_v1_int(fields, "limit", 1, PX_V1_PAGE_MOST, &size);
    return size;
}

/* Index among `names`, which end with NULL; -1 when it is missing or wrong. */
static int choice_argument(px_v1_fields *fields, const char *name, const char *const *names,
                           const char *list) {
    const char *text = argument(fields, name);
    for (int i = 0; text && names[i]; i++)
        if (strcmp(names[i], text) == 0)
            return i;
    if (text)
        px_v1_refuse(fields, name, "Must be one of: %s.", list);
    return -1;
}

static px_xray_sort sort_argument(px_v1_fields *fields, const char *finding) {
    static const char *const names[] = {"newest", "oldest", "title", "score", NULL};
    static const px_xray_sort sorts[] = {PX_SORT_NEWEST, PX_SORT_OLDEST, PX_SORT_TITLE,
                                         PX_SORT_SCORE};
    int choice = choice_argument(fields, "sort", names, "newest, oldest, title, score");
    px_xray_sort sort = choice < 0 ? PX_SORT_NEWEST : sorts[choice];
    if (sort == PX_SORT_SCORE && !finding)
        px_v1_refuse(fields, "sort", "Needs a finding to sort by its score.");
    return sort;
}

/* @param status  room for what the filter points to. */
static bool parse_filter(const px_request *request, px_reply *reply, px_xray_filter *filter,
                         px_xray_status *status) {
    static const char *const statuses[] = {"done", "failed", NULL};
    static const char *const known[] = {"finding", "text",   "since", "until", "status",
                                        "sort",    "cursor", "limit", NULL};
    bool has_body = request->route->takes == PX_TAKES_FIELDS;
    px_v1_fields fields;
    if (!px_v1_begin(&fields, request, has_body ? known : NULL, reply))
        return false;
    const char *finding = argument(&fields, "finding");
    if (finding && !px_ensemble_id_ok(finding))
        px_v1_refuse(&fields, "finding", "Must be a finding's id.");
    int choice = choice_argument(&fields, "status", statuses, "done, failed");
    *status = choice == 1 ? PX_XRAY_FAILED : PX_XRAY_DONE;
    *filter =
        (px_xray_filter){.user_id = request->who.user.id,
                         .finding = finding,
                         .text = px_v1_search_text(&fields, argument(&fields, "text"), PX_V1_TITLE),
                         .since = time_argument(&fields, "since"),
                         .until = time_argument(&fields, "until"),
                         .status = choice < 0 ? NULL : status,
                         .sort = sort_argument(&fields, finding),
                         .cursor = argument(&fields, "cursor"),
                         .limit = page_size(&fields)};
    return px_v1_end(&fields, reply);
}

static json_t *describe_page(const px_xray *xrays, int count, const char *next, px_error *err) {
    json_t *items = json_array();
    bool ok = items != NULL;
    for (int i = 0; ok && i < count; i++) {
        json_t *item = px_v1_xray_to_json(&xrays[i], NULL, err);
        ok = item && json_array_append_new(items, item) == 0;
    }
    if (ok)
        return json_pack("{s:o,s:s?}", "items", items, "next", next);
    json_decref(items);
    return NULL;
}

static void refuse_cursor(const px_request *request, px_reply *reply) {
    json_t *errors = json_array();
    px_errors_add(errors, "cursor", "Must be what the page before had as next.");
    px_reply_take_errors(reply, request, errors);
}

static bool note_listing(px_app *app, const px_request *request, px_error *err) {
    char object[32];
    const px_actor actor = px_request_actor(request);
    snprintf(object, sizeof object, "user:%" PRId64, actor.user_id);
    return px_store_note(app->store, &actor, "xray.list", object, err);
}

static void answer_page(px_app *app, const px_request *request, px_reply *reply,
                        const px_xray_filter *filter, px_xray *xrays) {
    int count = 0;
    char *next = NULL;
    json_t *page = NULL;
    px_error err = {0};
    bool ok = px_store_list_xrays(app->store, filter, xrays, &count, &next, &err);
    if (!ok && err.code == PX_ERR_INPUT)
        refuse_cursor(request, reply);
    else if (!ok || !note_listing(app, request, &err) ||
             !(page = describe_page(xrays, count, next, &err)))
        px_reply_error(reply, request, &err);
    else
        px_reply_take_json(reply, 200, page);
    for (int i = 0; i < count; i++)
        px_xray_clear(&xrays[i]);
    free(next);
}

void px_handle_xrays(px_app *app, px_request *request, px_reply *reply) {
    px_xray_filter filter;
    px_xray_status status;
    px_error err = {0};
    if (!parse_filter(request, reply, &filter, &status))
        return;
    px_xray *xrays = px_alloc((size_t)filter.limit, sizeof *xrays, &err);
    if (xrays)
        answer_page(app, request, reply, &filter, xrays);
    else
        px_reply_error(reply, request, &err);
    free(xrays);
}
