/* The steps of an upload: what the key says (store), decode and read (reader), keep (store). */
#include "upload.h"

#include <stdlib.h>
#include <string.h>

#include "../base/memory.h"
#include "read_image.h"
#include "routes.h"
#include "stored_reading.h"

px_upload *px_upload_new(const px_app *app, const px_upload_answers *answers, int64_t user_id,
                         const char *title, const char *patient_reference, px_error *err) {
    px_upload *upload = px_alloc(1, sizeof *upload, err);
    if (!upload)
        return NULL;
    upload->answers = answers;
    upload->keep = true;
    upload->xray.user_id = user_id ? user_id : PX_USER_ANONYMOUS;
    if (!user_id)
        upload->xray.expires = px_store_now() + app->options->anonymous_hours * PX_HOUR;
    upload->xray.title = px_strdup(title ? title : "", err);
    upload->xray.patient_reference = px_strdup(patient_reference ? patient_reference : "", err);
    if (upload->xray.title && upload->xray.patient_reference)
        return upload;
    px_upload_free(upload);
    return NULL;
}

bool px_upload_add_capability(px_upload *upload, px_error *err) {
    return px_token_new(upload->capability, err);
}

void px_upload_free(px_upload *upload) {
    if (!upload)
        return;
    px_xray_clear(&upload->xray);
    free(upload);
}

static void free_state(void *state) {
    px_upload_free(state);
}

/* ---- Keeping ---- */

/* Answer with an X-ray that is kept; its row tells what the store filled in. */
static void answer_kept(px_app *app, px_request *request, px_reply *reply, px_upload *upload,
                        int64_t id) {
    px_error err = {0};
    px_xray kept = {0};
    bool found = false;
    if (!px_store_get_xray(app->store, id, &kept, &found, &err)) {
        px_reply_error(reply, request, &err);
    } else if (!found) { /* deleted this very moment */
        px_reply_fail(reply, request, 404, "The X-ray was deleted.");
    } else if (strcmp(kept.sha256, upload->xray.sha256) != 0) {
        px_reply_fail(reply, request, 409, "This Idempotency-Key belongs to another image.");
    } else {
        px_xray before = upload->xray;
        upload->xray = kept;
        kept = before;
        upload->answers->kept(app, request, reply, upload);
    }
    px_xray_clear(&kept);
}

static bool add(px_app *app, const px_request *request, const px_upload *upload,
                const px_xray_finding *findings, int n_findings, int64_t *id, px_error *err) {
    char hash[PX_SHA256_HEX];
    const px_actor actor = px_request_actor(request);
    px_xray_new what = {.xray = &upload->xray,
                        .findings = findings,
                        .n_findings = n_findings,
                        .temporary = request->body.image,
                        .idempotency_key = upload->idempotency_key};
    if (upload->capability[0]) {
        px_token_hash(upload->capability, hash);
        what.capability_hash = hash;
    }
    return px_store_add_xray(app->store, &actor, &what, id, err);
}

static void keep(px_app *app, px_request *request, px_reply *reply) {
    px_upload *upload = request->state;
    px_error err = {0};
    int64_t id = 0;
    px_decisions decisions = {0};
    if (px_xray_get_decisions(&upload->xray, &decisions, &err) &&
        add(app, request, upload, decisions.items, decisions.count, &id, &err))
        answer_kept(app, request, reply, upload, id);
    else if (err.code == PX_ERR_INPUT)
        px_reply_unknown_client(reply, request); /* its account was deleted meanwhile */
    else
        px_reply_error(reply, request, &err);
    px_decisions_clear(&decisions);
}

/* ---- Reading ---- */

static void read_image(px_app *app, px_request *request, px_reply *reply) {
    px_upload *upload = request->state;
    px_error failure = {0}, err = {0};
    px_image_result result = {0};
    px_image_outcome outcome = px_read_body_image(app, &request->body, true, &result, &failure);
    if (outcome == PX_IMAGE_UNREADABLE && px_image_is_at_fault(&failure))
        upload->answers->unreadable(request, reply, &failure);
    else if (outcome == PX_IMAGE_UNREADABLE || (outcome == PX_IMAGE_FAILED && !upload->keep))
        px_reply_error(reply, request, &failure);
    else if (!px_xray_take_result(app, &upload->xray, request->id, &result, &failure, &err))
        px_reply_error(reply, request, &err);
    else if (!upload->keep)
        upload->answers->read(request, reply, upload);
    else
        px_request_continue(request, PX_RUN_STORE, keep);
    px_reading_free(result.reading);
}

/* ---- Starting ---- */

static bool hash_image(px_app *app, const px_request *request, px_xray *xray, px_error *err) {
    char *path = px_blobs_temporary_path(px_store_blobs(app->store), request->body.image, err);
    bool ok = path && px_sha256_file(path, xray->sha256, err);
    free(path);
    xray->bytes = (int64_t)request->body.image_size;
    return ok;
}

void px_upload_start(px_app *app, px_request *request, px_reply *reply, px_upload *upload) {
    px_error err = {0};
    int64_t before = 0;
    request->state = upload;
    request->free_state = free_state;
    if (!hash_image(app, request, &upload->xray, &err) ||
        (upload->idempotency_key &&
         !px_store_find_idempotent(app->store, upload->xray.user_id, upload->idempotency_key,
                                   &before, &err))) {
        px_reply_error(reply, request, &err);
    } else if (before) {
        upload->replayed = true;
        answer_kept(app, request, reply, upload, before);
    } else {
        px_request_continue(request, PX_RUN_READER, read_image);
    }
}
