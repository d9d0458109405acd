/* From an upload on disk to a reading, the same way for every interface. */
#include <stdlib.h>
#include <string.h>

#include "../base/log.h"
#include "../reader/reader.h"
#include "handlers.h"

static bool is_printable(const char *text) {
    for (; *text; text++)
        if (*text < ' ' || *text > '~')
            return false;
    return true;
}

bool px_check_body(const px_request *request, px_reply *reply) {
    const px_body *body = &request->body;
    const char *type = request->content_type;
    if (body->kind == PX_BODY_OTHER) {
        px_reply_fail(reply, request, 415, "Unsupported media type \"%.100s\" in request.",
                      type && is_printable(type) ? type : "");
        return false;
    }
    bool too_large = strcmp(body->error.subject, "image") == 0;
    if (body->error.code == PX_ERR_INPUT ||
        (body->error.code == PX_ERR_LIMIT && !too_large)) { /* of the form, not the image */
        px_reply_fail(reply, request, 400, "%s parse error - %s",
                      body->kind == PX_BODY_JSON ? "JSON" : "Multipart form", body->error.message);
        return false;
    }
    if (body->error.code != PX_OK) {
        px_log(PX_LOG_WARNING, "server", request->id, "upload: %s", body->error.message);
        px_reply_error(reply, request, &body->error);
        return false;
    }
    return true;
}

px_reading *px_read_image(px_app *app, const px_body *body, bool heat_maps, px_mapping *bytes,
                          px_error *err) {
    const px_read_options options = {.heat_maps = heat_maps && px_reader_has_heat_maps(app->reader),
                                     .heat_side = PX_READER_HEAT_SIDE};
    char *path = px_media_temporary_path(app->media, body->image, err);
    bool ok = path && px_mapping_open(bytes, path, app->options->max_upload, err);
    free(path);
    px_reading *reading =
        ok ? px_reader_read(app->reader, bytes->data, bytes->size, &options, err) : NULL;
    if (ok && !reading)
        px_mapping_close(bytes);
    return reading;
}
