/* The 2020 interface's X-rays (Django REST Framework): the same fields, order and messages, so that
 * an unmodified old client works.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "handlers.h"
#include "media_links.h"
#include "old_fields.h"
#include "private_file.h"
#include "stored_reading.h"
#include "times.h"
#include "upload.h"

#define TITLE_CHARACTERS 50

static const char *const old_findings[] = {"atelectasis", "cardiomegaly", "consolidation", "edema",
                                           "pleural_effusion"};

/* ---- The X-ray object ---- */

/* 1.0 or 0.0; null for a finding that was not looked for. */
static json_t *decision_of(const json_t *reading, const char *id) {
    const json_t *finding = px_reading_find(reading, id);
    return finding ? json_real(json_is_true(json_object_get(finding, "decision")) ? 1.0 : 0.0)
                   : json_null();
}

static json_t *describe(const px_app *app, const px_xray *xray, const json_t *reading) {
    char image[PX_LINK_SIZE], heat_map[PX_LINK_SIZE];
    px_media_link_image(app, xray, image);
    px_media_link_heatmap(app, xray, heat_map);
    json_t *object =
        json_pack("{sI ss ss so sI ss}", "id", (json_int_t)xray->id, "title", xray->title, "image",
                  image, "date_posted", px_time_to_json(xray->created), "userperson",
                  (json_int_t)xray->user_id, "heatmap_image", heat_map);
    for (size_t i = 0; i < sizeof old_findings / sizeof *old_findings; i++)
        json_object_set_new(object, old_findings[i], decision_of(reading, old_findings[i]));
    return object;
}

static bool lacks_thresholds(const json_t *reading) {
    size_t i;
    const json_t *finding;
    json_array_foreach(json_object_get(reading, "findings"), i,
                       finding) if (!json_object_get(finding, "threshold")) return true;
    return false;
}

/* This interface has no field for a warning; a header does not disturb its clients. */
static void add_notice(const px_xray *xray, const json_t *reading, px_reply *reply) {
    const char *notice = xray->status == PX_XRAY_FAILED
                             ? "it could not be read: null decides nothing"
                             : json_string_value(json_object_get(reading, "notice"));
    const char *undecided =
        lacks_thresholds(reading) ? "no operating points: 0.0 decides nothing" : NULL;
    if (notice || undecided)
        px_reply_add_header(reply, "X-Perxeptron-Notice", "%s%s%s", notice ? notice : "",
                            notice && undecided ? "; " : "", undecided ? undecided : "");
}

static void reply_xray(const px_app *app, const px_request *request, px_reply *reply, int status,
                       const px_xray *xray) {
    px_error err = {0};
    json_t *reading =
        xray->status == PX_XRAY_DONE ? px_xray_get_reading(xray, &err) : json_object();
    if (reading) {
        px_reply_take_json(reply, status, describe(app, xray, reading));
        add_notice(xray, reading, reply);
    } else {
        px_reply_error(reply, request, &err);
    }
    json_decref(reading);
}

/* ---- Uploading ---- */

static void reply_unreadable(const px_request *request, px_reply *reply, const px_error *reason) {
    (void)request;
    px_reply_take_json(reply, 400,
                       json_pack("{s:[s,s]}", "image",
                                 "Upload a valid image. The file you uploaded was either not an "
                                 "image or a corrupted image.",
                                 reason->message));
}

/* An old client would take an object without decisions for one without findings. */
static void reply_kept(const px_app *app, const px_request *request, px_reply *reply,
                       const px_upload *upload) {
    if (upload->xray.status == PX_XRAY_FAILED)
        px_reply_fail(reply, request, 503, "X-ray %" PRId64 " is stored, but could not be read.",
                      upload->xray.id);
    else
        reply_xray(app, request, reply, 201, &upload->xray);
}

static const px_upload_answers answers = {reply_unreadable, reply_kept, NULL};

static const char *image_problem(const px_body *body) {
    if (!body->has_image && body->image_is_text)
        return "The submitted data was not a file. Check the encoding type on the form.";
    if (!body->has_image)
        return "No file was submitted.";
    return body->image_size == 0 ? "The submitted file is empty." : NULL;
}

/* The title, to be freed; NULL with the reply filled in when it or the image is not as it must be.
 */
static char *parse_upload(const px_request *request, px_reply *reply) {
    px_old_fields fields;
    if (!px_old_begin(&fields, request, reply))
        return NULL;
    char *title = px_old_text(&fields, "title", true, TITLE_CHARACTERS);
    const char *problem = image_problem(&request->body);
    if (problem)
        px_old_refuse(&fields, "image", problem);
    if (px_old_end(&fields, reply))
        return title;
    free(title);
    return NULL;
}

static void start_upload(px_app *app, px_request *request, px_reply *reply, int64_t user_id) {
    px_error err = {0};
    char *title = parse_upload(request, reply);
    if (!title)
        return;
    px_upload *upload = px_upload_new(app, &answers, user_id, title, NULL, &err);
    free(title);
    if (upload)
        px_upload_start(app, request, reply, upload);
    else
        px_reply_error(reply, request, &err);
}

void px_handle_old_upload(px_app *app, px_request *request, px_reply *reply) {
    start_upload(app, request, reply, request->who.user.id);
}

/* Without storing there would be no image and no heat map for the links to lead to. */
void px_handle_old_anonupload(px_app *app, px_request *request, px_reply *reply) {
    if (app->options->anonymous == PX_ANONYMOUS_STORE)
        start_upload(app, request, reply, 0);
    else
        px_reply_fail(reply, request, 403, "This server stores no anonymous uploads.");
}

/* ---- Looking ---- */

/* Django REST Framework's IntegerField: int(), which takes white space, a sign and ".0". */
static bool parse_integer(const char *text, int64_t *number) {
    char *end;
    text += strspn(text, " \t\r\n\v\f");
    *number = strtoll(text, &end, 10); /* what is too large is no number of ours either */
    if (end == text)
        return false;
    if (*end == '.' && end[1] == '0')
        end += 1 + strspn(end + 1, "0");
    return end[strspn(end, " \t\r\n\v\f")] == '\0';
}

static bool parse_xray_id(const px_request *request, px_reply *reply, int64_t *id) {
    const json_t *value = json_object_get(request->body.fields, "xray_id");
    const char *text = px_body_text(&request->body, "xray_id");
    px_old_fields fields;
    if (!px_old_begin(&fields, request, reply))
        return false;
    if (!value)
        px_old_refuse(&fields, "xray_id", "This field is required.");
    else if (json_is_null(value))
        px_old_refuse(&fields, "xray_id", "This field may not be null.");
    else if (json_is_integer(value))
        *id = json_integer_value(value);
    else if (json_is_real(value) && fabs(json_real_value(value)) < 1e15 &&
             trunc(json_real_value(value)) == json_real_value(value))
        *id = (int64_t)json_real_value(value);
    else if (!text || !parse_integer(text, id))
        px_old_refuse(&fields, "xray_id", "A valid integer is required.");
    return px_old_end(&fields, reply);
}

/* The 2020 system refused with 200: its clients look at the body. */
static void show(px_app *app, const px_request *request, px_reply *reply, const px_xray *xray) {
    if (xray->user_id != request->who.user.id)
        px_reply_take_json(
            reply, 200, json_pack("{s:s}", "response", "You don't have permission to view this."));
    else if (px_note_seen(app, request, reply, "xray.view", xray))
        reply_xray(app, request, reply, 200, xray);
}

void px_handle_old_xray(px_app *app, px_request *request, px_reply *reply) {
    int64_t id = 0;
    bool found = false;
    px_xray xray = {0};
    px_error err = {0};
    if (!parse_xray_id(request, reply, &id))
        return;
    if (!px_store_get_xray(app->store, id, &xray, &found, &err))
        px_reply_error(reply, request, &err);
    else if (!found)
        px_reply_fail(reply, request, 404, "Not found.");
    else
        show(app, request, reply, &xray);
    px_xray_clear(&xray);
}
