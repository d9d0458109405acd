/* POST /api/v1/xrays, and /xrays/{id}/reading for those whose reading failed. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../base/memory.h"
#include "handlers.h"
#include "private_file.h"
#include "stored_reading.h"
#include "upload.h"
#include "v1_fields.h"
#include "v1_xrays.h"

#define USUAL_TITLE "Chest X-ray" /* of a raw upload, until it is changed */
#define IDEMPOTENCY_KEY 255       /* characters */

/* ---- Uploading ---- */

static void answer_kept(const px_app *app, const px_request *request, px_reply *reply,
                        const px_upload *upload) {
    (void)app;
    const char *capability = upload->capability[0] ? upload->capability : NULL;
    px_error err = {0};
    json_t *json = px_v1_xray_to_json(&upload->xray, capability, &err);
    if (json && capability)
        json_object_set_new(json, "capability", json_string(capability));
    if (!json) {
        px_reply_error(reply, request, &err);
        return;
    }
    px_reply_take_json(reply, 201, json);
    px_reply_add_header(reply, "Location", "/api/v1/xrays/%" PRId64 "%s%s", upload->xray.id,
                        capability ? "?capability=" : "", capability ? capability : "");
    if (upload->replayed)
        px_reply_add_header(reply, "Idempotent-Replayed", "true");
}

static void answer_read(const px_request *request, px_reply *reply, const px_upload *upload) {
    px_error err = {0};
    json_t *prediction = px_v1_prediction_of(&upload->xray, &err);
    if (prediction)
        px_reply_take_json(reply, 200, prediction);
    else
        px_reply_error(reply, request, &err);
}

static const px_upload_answers answers = {px_v1_reply_unreadable, answer_kept, answer_read};

typedef struct new_xray {
    const char *title, *patient_reference;
    bool consent;
} new_xray;

static bool is_printable(const char *text) {
    for (; *text; text++)
        if (*text < ' ' || *text > '~')
            return false;
    return true;
}

static void check_key(px_v1_fields *fields) {
    const char *key = fields->request->idempotency_key;
    if (key && (*key == '\0' || strlen(key) > IDEMPOTENCY_KEY || !is_printable(key)))
        px_v1_refuse(fields, "Idempotency-Key", "Must have 1 to %d printable characters.",
                     IDEMPOTENCY_KEY);
}

static bool parse_consent(px_v1_fields *fields, const char *text) {
    bool consent = text && strcmp(text, "true") == 0;
    if (text && !consent && strcmp(text, "false") != 0)
        px_v1_refuse(fields, "consent", "Must be true or false.");
    return consent;
}

static void check_image(px_v1_fields *fields) {
    const px_body *body = &fields->request->body;
    if (!body->has_image)
        px_v1_refuse(fields, "image", body->image_is_text ? "Must be a file." : "Required.");
    else if (body->image_size == 0)
        px_v1_refuse(fields, "image", "The file is empty.");
}

static void parse_form(px_v1_fields *fields, new_xray *wanted) {
    static const char *const known[] = {"title", "patient_reference", "consent", NULL};
    const px_body *body = &fields->request->body;
    const char *consent = px_body_text(body, "consent"); /* NULL also with a zero byte in it */
    px_v1_refuse_unknown(fields, known);
    wanted->title = px_v1_text(fields, "title", true, 1, PX_V1_TITLE);
    wanted->patient_reference =
        px_v1_text(fields, "patient_reference", false, 0, PX_V1_PATIENT_REFERENCE);
    wanted->consent =
        parse_consent(fields, px_body_has(body, "consent") && !consent ? "" : consent);
}

static bool parse_upload(const px_request *request, px_reply *reply, new_xray *wanted) {
    px_body_kind kind = request->body.kind;
    px_v1_fields fields;
    if (!px_check_body(request, reply))
        return false;
    if (kind != PX_BODY_MULTIPART && kind != PX_BODY_RAW) {
        px_reply_fail(reply, request, 415,
                      "Send the image as multipart/form-data, or as the body with its own "
                      "Content-Type.");
        return false;
    }
    if (!px_v1_begin(&fields, request, NULL, reply))
        return false;
    *wanted = (new_xray){.title = USUAL_TITLE};
    if (kind == PX_BODY_MULTIPART)
        parse_form(&fields, wanted);
    else
        wanted->consent = parse_consent(&fields, px_request_query(request, "consent"));
    check_image(&fields);
    check_key(&fields);
    return px_v1_end(&fields, reply);
}

void px_handle_xray_upload(px_app *app, px_request *request, px_reply *reply) {
    new_xray wanted;
    px_error err = {0};
    if (!parse_upload(request, reply, &wanted))
        return;
    bool known = request->who.user.id != 0;
    px_upload *upload = px_upload_new(app, &answers, request->who.user.id, wanted.title,
                                      wanted.patient_reference, &err);
    if (!upload || (!known && !px_upload_add_capability(upload, &err))) {
        px_reply_error(reply, request, &err);
        px_upload_free(upload);
        return;
    }
    upload->xray.consent = wanted.consent;
    upload->keep = known || app->options->anonymous == PX_ANONYMOUS_STORE;
    upload->idempotency_key = request->idempotency_key;
    px_upload_start(app, request, reply, upload);
}

/* ---- Reading again ---- */

static void free_xray(void *state) {
    px_xray_clear(state);
    free(state);
}

static void keep_again(px_app *app, px_request *request, px_reply *reply) {
    px_xray *xray = request->state;
    const px_actor actor = px_request_actor(request);
    px_error err = {0};
    px_decisions decisions = {0};
    bool found = false;
    int64_t id = xray->id;
    bool ok = px_xray_get_decisions(xray, &decisions, &err) &&
              px_store_set_reading(app->store, &actor, xray, decisions.items, decisions.count,
                                   &found, &err);
    px_decisions_clear(&decisions);
    px_xray_clear(xray);
    if (!ok || (found && !px_store_get_xray(app->store, id, xray, &found, &err)))
        px_reply_error(reply, request, &err);
    else if (!found)
        px_reply_fail(reply, request, 404, "There is no such X-ray.");
    else
        px_v1_reply_xray(reply, request, 200, xray, NULL);
}

static void read_bytes(px_app *app, px_request *request, px_reply *reply, const px_buffer *file) {
    px_error failure = {0}, err = {0};
    px_image_result result = {0};
    px_image_outcome outcome = px_read_image(app, file->data, file->size, true, &result, &failure);
    if (outcome == PX_IMAGE_UNREADABLE)
        px_reply_error(reply, request, &failure);
    else if (!px_xray_take_result(app, request->state, request->id, &result, &failure, &err))
        px_reply_error(reply, request, &err);
    else
        px_request_continue(request, PX_RUN_STORE, keep_again);
    px_reading_free(result.reading);
}

static void read_again(px_app *app, px_request *request, px_reply *reply) {
    px_buffer file;
    if (!px_load_xray_image(app, request, reply, request->state, &file))
        return;
    read_bytes(app, request, reply, &file);
    px_buffer_clear(&file);
}

void px_handle_xray_reading(px_app *app, px_request *request, px_reply *reply) {
    px_error err = {0};
    px_xray *xray = px_alloc(1, sizeof *xray, &err);
    if (!xray) {
        px_reply_error(reply, request, &err);
        return;
    }
    request->state = xray;
    request->free_state = free_xray;
    if (!px_v1_find_xray(app, request, reply, xray))
        return;
    if (xray->status == PX_XRAY_FAILED)
        px_request_continue(request, PX_RUN_READER, read_again);
    else
        px_reply_fail(reply, request, 409, "This X-ray has been read already.");
}
