/* /api/v1/xrays: one is shown, changed, deleted; all are listed, page by page. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/memory.h"
#include "../base/text.h"
#include "../reader/ensemble.h"
#include "handlers.h"
#include "times.h"
#include "v1_fields.h"
#include "v1_xrays.h"

void px_handle_xray(px_app *app, px_request *request, px_reply *reply) {
    px_xray xray;
    if (!px_v1_see_xray(app, request, reply, "xray.view", &xray))
        return;
    px_v1_reply_xray(reply, request, 200, &xray, px_request_query(request, "capability"));
    px_xray_clear(&xray);
}

void px_handle_xray_delete(px_app *app, px_request *request, px_reply *reply) {
    px_xray xray;
    px_error err = {0};
    bool found = false;
    const px_actor actor = px_request_actor(request);
    if (!px_v1_find_xray(app, request, reply, &xray))
        return;
    if (!px_store_delete_xray(app->store, &actor, xray.user_id, xray.id, &found, &err))
        px_reply_error(reply, request, &err);
    else if (!found)
        px_reply_fail(reply, request, 404, "There is no such X-ray.");
    else
        reply->status = 204;
    px_xray_clear(&xray);
}

/* ---- Changing ---- */

typedef struct change {
    const char *title, *patient_reference; /* NULL: stays */
    bool has_consent, consent;
} change;

static bool parse_change(const px_request *request, px_reply *reply, change *wanted) {
    static const char *const known[] = {"title", "patient_reference", "consent", NULL};
    const json_t *reference = json_object_get(request->body.fields, "patient_reference");
    px_v1_fields fields;
    if (!px_v1_begin(&fields, request, known, reply))
        return false;
    wanted->title = px_v1_text(&fields, "title", false, 1, PX_V1_TITLE);
    wanted->patient_reference =
        json_is_null(reference)
            ? ""
            : px_v1_text(&fields, "patient_reference", false, 0, PX_V1_PATIENT_REFERENCE);
    wanted->has_consent = px_v1_has(&fields, "consent");
    px_v1_bool(&fields, "consent", &wanted->consent);
    if (json_object_size(request->body.fields) == 0)
        px_v1_refuse(&fields, "title", "Give at least one of title, patient_reference, consent.");
    return px_v1_end(&fields, reply);
}

void px_handle_xray_change(px_app *app, px_request *request, px_reply *reply) {
    change wanted = {0};
    px_xray xray;
    px_error err = {0};
    bool found = false;
    const px_actor actor = px_request_actor(request);
    if (!px_v1_find_xray(app, request, reply, &xray))
        return;
    int64_t id = xray.id, user_id = xray.user_id;
    px_xray_clear(&xray);
    if (!parse_change(request, reply, &wanted))
        return;
    bool ok = px_store_change_xray(app->store, &actor, user_id, id, wanted.title,
                                   wanted.patient_reference,
                                   wanted.has_consent ? &wanted.consent : NULL, &found, &err) &&
              (!found || px_store_get_xray(app->store, id, &xray, &found, &err));
    if (!ok)
        px_reply_error(reply, request, &err);
    else if (!found)
        px_reply_fail(reply, request, 404, "There is no such X-ray.");
    else
        px_v1_reply_xray(reply, request, 200, &xray, NULL);
    px_xray_clear(&xray);
}

/* ---- Listing ---- */

static const char *query_text(px_v1_fields *fields, const char *name) {
    const char *text = px_request_query(fields->request, name);
    if (!text)
        return NULL;
    size_t size = px_text_is_utf8(text) ? px_text_length(text) : 0;
    if (size < 1 || size > PX_V1_TITLE)
        px_v1_refuse(fields, name, "Must have 1 to %d characters.", PX_V1_TITLE);
    return text;
}

static int64_t query_time(px_v1_fields *fields, const char *name) {
    const char *text = px_request_query(fields->request, name);
    int64_t time = 0;
    if (text && !px_time_parse(text, &time))
        px_v1_refuse(fields, name, "Must be a time, as 2026-11-23T08:31:12Z.");
    return time;
}

/* Index among `names`, which end with NULL; -1 when it is missing or wrong. */
static int query_choice(px_v1_fields *fields, const char *name, const char *const *names,
                        const char *list) {
    const char *text = px_request_query(fields->request, name);
    for (int i = 0; text && names[i]; i++)
        if (strcmp(names[i], text) == 0)
            return i;
    if (text)
        px_v1_refuse(fields, name, "Must be one of: %s.", list);
    return -1;
}

static px_xray_sort query_sort(px_v1_fields *fields, const char *finding) {
    static const char *const names[] = {"newest", "oldest", "title", "score", NULL};
    static const px_xray_sort sorts[] = {PX_SORT_NEWEST, PX_SORT_OLDEST, PX_SORT_TITLE,
                                         PX_SORT_SCORE};
    int choice = query_choice(fields, "sort", names, "newest, oldest, title, score");
    px_xray_sort sort = choice < 0 ? PX_SORT_NEWEST : sorts[choice];
    if (sort == PX_SORT_SCORE && !finding)
        px_v1_refuse(fields, "sort", "Needs a finding to sort by its score.");
    return sort;
}

/* @param status  room for what the filter points to. */
static bool parse_filter(const px_request *request, px_reply *reply, px_xray_filter *filter,
                         px_xray_status *status) {
    static const char *const statuses[] = {"done", "failed", NULL};
    px_v1_fields fields;
    if (!px_v1_begin(&fields, request, NULL, reply))
        return false;
    const char *finding = px_request_query(request, "finding");
    if (finding && !px_ensemble_id_ok(finding))
        px_v1_refuse(&fields, "finding", "Must be a finding's id.");
    int choice = query_choice(&fields, "status", statuses, "done, failed");
    *status = choice == 1 ? PX_XRAY_FAILED : PX_XRAY_DONE;
    *filter = (px_xray_filter){.user_id = request->who.user.id,
                               .finding = finding,
                               .text = query_text(&fields, "text"),
                               .since = query_time(&fields, "since"),
                               .until = query_time(&fields, "until"),
                               .status = choice < 0 ? NULL : status,
                               .sort = query_sort(&fields, finding),
                               .cursor = px_request_query(request, "cursor"),
                               .limit = px_v1_page_size(&fields)};
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
