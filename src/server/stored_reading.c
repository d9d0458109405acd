/* From a reading to an X-ray's row, and from the row to JSON. */
#include "stored_reading.h"

#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/json_fields.h"
#include "../base/log.h"
#include "../base/memory.h"
#include "../reader/reader.h"
#include "times.h"

static char *reading_to_text(const px_app *app, const px_reading *reading, px_error *err) {
    json_t *json = px_reading_to_json(app->reader, reading, true, err);
    char *text = json ? px_json_dump(json, err) : NULL;
    json_decref(json);
    return text;
}

bool px_xray_take_result(const px_app *app, px_xray *xray, const char *request_id,
                         const px_image_result *result, const px_error *failure, px_error *err) {
    bool done = result->reading != NULL;
    char *type = px_strdup(result->media_type, err);
    char *why =
        done ? px_strdup("", err) : px_format(err, "Reading it failed: %s.", failure->message);
    char *reading = done ? reading_to_text(app, result->reading, err) : px_strdup("", err);
    if (!type || !why || !reading) {
        free(type);
        free(why);
        free(reading);
        return false;
    }
    if (!done)
        px_log(PX_LOG_ERROR, "server", request_id, "reading failed: %s", failure->message);
    free(xray->media_type);
    free(xray->failure);
    free(xray->reading);
    xray->media_type = type;
    xray->failure = why;
    xray->reading = reading;
    xray->status = done ? PX_XRAY_DONE : PX_XRAY_FAILED;
    xray->width = result->width;
    xray->height = result->height;
    return true;
}

json_t *px_xray_get_reading(const px_xray *xray, px_error *err) {
    json_error_t problem;
    json_t *reading = json_loads(xray->reading, 0, &problem);
    if (json_is_array(json_object_get(reading, "findings")))
        return reading;
    if (!reading && json_error_code(&problem) == json_error_out_of_memory)
        px_fail_memory(err);
    else
        px_fail(err, PX_ERR_MISMATCH, NULL, "an X-ray's reading is damaged");
    json_decref(reading);
    return NULL;
}

json_t *px_review_to_json(const px_review *review) {
    static const char *const verdicts[] = {
        [PX_VERDICT_ACCEPTED] = "accepted", [PX_VERDICT_REJECTED] = "rejected"};
    return json_pack("{ss? ss so}", "verdict", verdicts[review->verdict], "note", review->note,
                     "updated", px_time_to_json(review->updated));
}

bool px_reading_add_reviews(json_t *reading, const px_xray *xray, px_error *err) {
    size_t i;
    json_t *finding;
    bool ok = true;
    json_array_foreach(json_object_get(reading, "findings"), i, finding) {
        const char *id = json_string_value(json_object_get(finding, "id"));
        const px_review *review = id ? px_xray_find_review(xray, id) : NULL;
        json_t *shown = review ? px_review_to_json(review) : json_null();
        ok = json_object_set_new(finding, "review", shown) == 0 && ok;
    }
    return ok || px_fail_memory(err);
}

json_t *px_reading_find(const json_t *reading, const char *id) {
    size_t i;
    json_t *finding;
    json_array_foreach(json_object_get(reading, "findings"), i, finding) {
        const char *own = json_string_value(json_object_get(finding, "id"));
        if (own && strcmp(own, id) == 0)
            return finding;
    }
    return NULL;
}

bool px_xray_get_decisions(const px_xray *xray, px_decisions *decisions, px_error *err) {
    if (xray->status == PX_XRAY_FAILED)
        return true;
    json_t *reading = px_xray_get_reading(xray, err);
    const json_t *findings = json_object_get(reading, "findings");
    px_xray_finding *items =
        reading ? px_alloc(json_array_size(findings), sizeof *items, err) : NULL;
    if (!items) {
        json_decref(reading);
        return false;
    }
    size_t i;
    const json_t *finding;
    json_array_foreach(findings, i, finding) items[i] =
        (px_xray_finding){.id = json_string_value(json_object_get(finding, "id")),
                          .score = json_number_value(json_object_get(finding, "score")),
                          .decision = json_is_true(json_object_get(finding, "decision"))};
    *decisions = (px_decisions){reading, items, (int)json_array_size(findings)};
    return true;
}

void px_decisions_clear(px_decisions *decisions) {
    json_decref(decisions->reading);
    free(decisions->items);
    *decisions = (px_decisions){0};
}
