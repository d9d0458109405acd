/* POST /api/v1/predict: one image is read, and nothing is kept. */
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../reader/reader.h"
#include "base64.h"
#include "drawn_map.h"
#include "handlers.h"
#include "read_image.h"
#include "v1_fields.h"
#include "v1_xrays.h"

#define HEAT_MAP_CAP ((size_t)4 << 20)

/* "data:image/png;base64,…" */
static json_t *describe_heat_map(const px_reading *reading, const px_finding *finding,
                                 px_error *err) {
    px_image grey;
    px_buffer png, text;
    px_image_init(&grey);
    px_buffer_init(&png, HEAT_MAP_CAP);
    px_buffer_init(&text, 2 * HEAT_MAP_CAP);
    bool ok =
        px_draw_bare_map(finding->heat, reading->heat_width, reading->heat_height, &grey, err) &&
        px_image_encode_png(&grey, &png, err) &&
        px_buffer_print(&text, err, "data:image/png;base64,") &&
        px_base64_append(&text, png.data, png.size, err);
    json_t *url = ok ? json_stringn((const char *)text.data, text.size) : NULL;
    px_image_clear(&grey);
    px_buffer_clear(&png);
    px_buffer_clear(&text);
    return url;
}

static json_t *describe_reading(const px_reader *reader, const px_reading *reading, px_error *err) {
    json_t *answer = px_reading_to_json(reader, reading, false, err);
    json_t *findings = json_object_get(answer, "findings");
    bool ok = answer != NULL;
    for (int i = 0; ok && i < reading->n_findings; i++)
        if (reading->findings[i].heat) {
            json_t *url = describe_heat_map(reading, &reading->findings[i], err);
            ok = json_object_set_new(json_array_get(findings, (size_t)i), "heatmap", url) == 0;
        }
    if (ok)
        return answer;
    json_decref(answer);
    px_fail_memory(err);
    return NULL;
}

static bool parse(const px_request *request, px_reply *reply, bool *heat_maps) {
    const char *wanted = px_request_query(request, "heatmaps");
    px_v1_fields fields;
    if (!px_check_body(request, reply) || !px_v1_begin(&fields, request, NULL, reply))
        return false;
    *heat_maps = wanted && strcmp(wanted, "1") == 0;
    if (wanted && !*heat_maps && strcmp(wanted, "0") != 0)
        px_v1_refuse(&fields, "heatmaps", "Must be 0 or 1.");
    if (!request->body.has_image)
        px_v1_refuse(&fields, "image",
                     "Required: send it as the body, with its Content-Type, or as this field of "
                     "multipart/form-data.");
    else if (request->body.image_size == 0)
        px_v1_refuse(&fields, "image", "The file is empty.");
    return px_v1_end(&fields, reply);
}

void px_handle_predict(px_app *app, px_request *request, px_reply *reply) {
    bool heat_maps;
    px_error err = {0};
    px_image_result result = {0};
    if (!parse(request, reply, &heat_maps))
        return;
    px_image_outcome outcome = px_read_body_image(app, &request->body, heat_maps, &result, &err);
    json_t *answer =
        outcome == PX_IMAGE_READ ? describe_reading(app->reader, result.reading, &err) : NULL;
    if (answer)
        px_reply_take_json(reply, 200, answer);
    else if (outcome == PX_IMAGE_UNREADABLE && px_image_is_at_fault(&err))
        px_v1_reply_unreadable(request, reply, &err);
    else
        px_reply_error(reply, request, &err);
    px_reading_free(result.reading);
}
