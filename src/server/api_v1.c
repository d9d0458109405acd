/* The first part of /api/v1: which ensemble reads here, and one reading without storing anything.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/log.h"
#include "../base/memory.h"
#include "../image/prepare.h"
#include "../reader/reader.h"
#include "base64.h"
#include "handlers.h"

#define HEAT_MAP_SIDE 512 /* pixels of a heat map in JSON; it is smooth, clients scale it up */
#define HEAT_MAP_CAP ((size_t)4 << 20)

static json_t *describe_ensemble(const px_reader *reader) {
    json_t *members = json_array();
    for (int i = 0; i < px_reader_members(reader); i++)
        json_array_append_new(members, json_string(px_reader_member_name(reader, i)));
    return json_pack("{s:s,s:s,s:b,s:o}", "name", px_reader_name(reader), "version",
                     px_reader_version(reader), "trained", px_reader_trained(reader), "members",
                     members);
}

void px_handle_ensemble(px_app *app, px_request *request, px_reply *reply) {
    (void)request;
    px_reply_take_json(reply, 200,
                       json_pack("{s:o,s:s?,s:I}", "ensemble", describe_ensemble(app->reader),
                                 "notice", px_reader_notice(app->reader), "max_upload_bytes",
                                 (json_int_t)app->options->max_upload));
}

/* The heat map as 8-bit grey, reduced so that its longer side is HEAT_MAP_SIDE at most. */
static bool reduce_heat_map(const float *heat, int width, int height, px_image *grey,
                            px_error *err) {
    int longer = width > height ? width : height;
    double factor = longer > HEAT_MAP_SIDE ? (double)HEAT_MAP_SIDE / longer : 1;
    int to_width = (int)fmax(1, round(width * factor));
    int to_height = (int)fmax(1, round(height * factor));
    size_t pixels = (size_t)to_width * (size_t)to_height;
    float *reduced = px_alloc(pixels, sizeof *reduced, err);
    bool ok =
        reduced &&
        px_resize_f32(heat, width, height, 1, reduced, to_width, to_height, PX_RESIZE_AREA, err) &&
        px_image_new(grey, to_width, to_height, 1, 8, err);
    uint8_t *to = grey->pixels;
    for (size_t i = 0; ok && i < pixels; i++)
        to[i] = (uint8_t)lrintf(255 * fminf(fmaxf(reduced[i], 0), 1));
    free(reduced);
    return ok;
}

/* "data:image/png;base64,…" */
static json_t *describe_heat_map(const px_reading *reading, const px_finding *finding,
                                 px_error *err) {
    px_image grey;
    px_buffer png, text;
    px_image_init(&grey);
    px_buffer_init(&png, HEAT_MAP_CAP);
    px_buffer_init(&text, 2 * HEAT_MAP_CAP);
    bool ok =
        reduce_heat_map(finding->heat, reading->heat_width, reading->heat_height, &grey, err) &&
        px_image_encode_png(&grey, &png, err) &&
        px_buffer_print(&text, err, "data:image/png;base64,") &&
        px_base64_append(&text, png.data, png.size, err);
    json_t *url = ok ? json_stringn((const char *)text.data, text.size) : NULL;
    px_image_clear(&grey);
    px_buffer_clear(&png);
    px_buffer_clear(&text);
    return url;
}

/* A finding as the command line has it, with its name and, where it was asked for, its heat map. */
static bool complete_finding(json_t *found, const px_reading *reading, const px_finding *finding,
                             px_error *err) {
    bool ok = json_object_set_new(found, "name", json_string(finding->name)) == 0;
    if (ok && finding->heat)
        ok = json_object_set_new(found, "heatmap", describe_heat_map(reading, finding, err)) == 0;
    return ok || px_fail_memory(err);
}

static json_t *describe_reading(const px_reader *reader, const px_reading *reading, px_error *err) {
    json_t *findings = px_reading_findings_to_json(reader, reading, false, err);
    bool ok = findings != NULL;
    for (int i = 0; ok && i < reading->n_findings; i++)
        ok = complete_finding(json_array_get(findings, (size_t)i), reading, &reading->findings[i],
                              err);
    if (!ok) {
        json_decref(findings);
        return NULL;
    }
    json_t *answer =
        json_pack("{s:o,s:s?,s:s,s:i,s:i,s:o}", "ensemble", describe_ensemble(reader), "notice",
                  px_reader_notice(reader), "sha256", reading->sha256, "width", reading->width,
                  "height", reading->height, "findings", findings);
    if (!answer)
        px_fail_memory(err);
    return answer;
}

/* A file that is no radiograph is the client's to mend; anything else is ours. */
static void reply_failed(px_reply *reply, const px_request *request, const px_error *err) {
    bool theirs =
        err->code == PX_ERR_INPUT || err->code == PX_ERR_UNSUPPORTED || err->code == PX_ERR_LIMIT;
    if (theirs) {
        px_reply_fail(reply, request, 400, "Not an image that can be read: %s.", err->message);
        return;
    }
    px_log(PX_LOG_WARNING, "server", request->id, "reading failed: %s", err->message);
    px_reply_error(reply, request, err);
}

void px_handle_predict(px_app *app, px_request *request, px_reply *reply) {
    const px_body *body = &request->body;
    if (!px_check_body(request, reply))
        return;
    if (!body->has_image || body->image_size == 0) {
        px_reply_fail(reply, request, 400,
                      body->has_image ? "The image is empty."
                                      : "No image: send it as the body, with its Content-Type, "
                                        "or as the field \"image\" of multipart/form-data.");
        return;
    }
    const char *wanted = px_request_query(request, "heatmaps");
    px_error err = {0};
    px_mapping bytes;
    px_reading *reading =
        px_read_image(app, body, wanted && strcmp(wanted, "1") == 0, &bytes, &err);
    json_t *answer = reading ? describe_reading(app->reader, reading, &err) : NULL;
    if (answer)
        px_reply_take_json(reply, 200, answer);
    else
        reply_failed(reply, request, &err);
    if (reading)
        px_mapping_close(&bytes);
    px_reading_free(reading);
}
