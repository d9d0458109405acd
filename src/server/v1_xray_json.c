/* X-rays and readings as the new interface describes them. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../base/error.h"
#include "../base/json_fields.h"
#include "stored_reading.h"
#include "times.h"
#include "v1_xrays.h"

/* "/api/v1/xrays/12/image", with the capability where there is one. */
static json_t *make_link(const px_xray *xray, const char *tail, const char *capability) {
    return json_sprintf("/api/v1/xrays/%" PRId64 "%s%s%s", xray->id, tail,
                        capability ? "?capability=" : "", capability ? capability : "");
}

static json_t *make_heat_map_link(const px_xray *xray, const json_t *finding,
                                  const char *capability) {
    const char *id = json_string_value(json_object_get(finding, "id"));
    if (!id || !json_object_get(finding, "map"))
        return json_null();
    return json_sprintf("/api/v1/xrays/%" PRId64 "/heatmaps/%s%s%s", xray->id, id,
                        capability ? "?capability=" : "", capability ? capability : "");
}

/* Findings with what a person holds of them and links to their heat maps, in place of what these
 * are drawn from. */
static json_t *describe_findings(json_t *reading, const px_xray *xray, const char *capability) {
    json_t *findings = json_incref(json_object_get(reading, "findings")), *finding;
    size_t i;
    bool ok = findings != NULL && px_reading_add_reviews(reading, xray, NULL);
    json_array_foreach(findings, i, finding) {
        json_t *links = json_pack("{so}", "heatmap", make_heat_map_link(xray, finding, capability));
        ok = ok && json_object_set_new(finding, "links", links) == 0;
        json_object_del(finding, "map");
    }
    return px_json_keep_if(findings, ok);
}

static json_t *describe_links(const px_xray *xray, const char *capability) {
    bool read = xray->status == PX_XRAY_DONE;
    return json_pack("{so so so so}", "self", make_link(xray, "", capability), "image",
                     make_link(xray, "/image", capability), "thumbnail",
                     make_link(xray, "/thumbnail", capability), "report",
                     read ? make_link(xray, "/report.pdf", capability) : json_null());
}

static json_t *text_or_null(const char *text) {
    return text[0] ? json_string(text) : json_null();
}

static json_t *borrow_or_null(const json_t *object, const char *key) {
    json_t *value = json_object_get(object, key);
    return value ? json_incref(value) : json_null();
}

static json_t *describe_file(const px_xray *xray) {
    return json_pack(
        "{sI ss so sb ss so so so so si si sI ss ss}", "id", (json_int_t)xray->id, "title",
        xray->title, "patient_reference", text_or_null(xray->patient_reference), "consent",
        xray->consent, "status", xray->status == PX_XRAY_DONE ? "done" : "failed", "failure",
        text_or_null(xray->failure), "created", px_time_to_json(xray->created), "updated",
        px_time_to_json(xray->updated), "expires", px_time_to_json(xray->expires), "width",
        xray->width, "height", xray->height, "bytes", (json_int_t)xray->bytes, "media_type",
        xray->media_type, "sha256", xray->sha256);
}

json_t *px_v1_xray_to_json(const px_xray *xray, const char *capability, px_error *err) {
    bool read = xray->status == PX_XRAY_DONE;
    json_t *reading = read ? px_xray_get_reading(xray, err) : NULL;
    if (read && !reading)
        return NULL;
    json_t *object = describe_file(xray);
    bool ok = object &&
              json_object_set_new(object, "ensemble", borrow_or_null(reading, "ensemble")) == 0 &&
              json_object_set_new(object, "notice", borrow_or_null(reading, "notice")) == 0 &&
              json_object_set_new(object, "findings",
                                  read ? describe_findings(reading, xray, capability)
                                       : json_array()) == 0 &&
              json_object_set_new(object, "links", describe_links(xray, capability)) == 0;
    json_decref(reading);
    if (!ok)
        px_fail_memory(err);
    return px_json_keep_if(object, ok);
}

json_t *px_v1_prediction_of(const px_xray *xray, px_error *err) {
    json_t *reading = px_xray_get_reading(xray, err), *finding;
    size_t i;
    json_array_foreach(json_object_get(reading, "findings"), i, finding)
        json_object_del(finding, "map");
    return reading;
}

void px_v1_reply_xray(px_reply *reply, const px_request *request, int status, const px_xray *xray,
                      const char *capability) {
    px_error err = {0};
    json_t *json = px_v1_xray_to_json(xray, capability, &err);
    if (json)
        px_reply_take_json(reply, status, json);
    else
        px_reply_error(reply, request, &err);
}

void px_v1_reply_unreadable(const px_request *request, px_reply *reply, const px_error *reason) {
    char message[sizeof reason->message + 40];
    json_t *errors = json_array();
    snprintf(message, sizeof message, "Not an image that can be read: %s.", reason->message);
    px_errors_add(errors, "image", message);
    px_reply_take_errors(reply, request, errors);
}
