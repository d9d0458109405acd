/* /api/v1/xrays/{id}: one X-ray is shown, changed, deleted. */
#include "v1_xrays.h"
#include "handlers.h"
#include "v1_fields.h"

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
