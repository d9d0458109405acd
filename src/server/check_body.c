/* Bodies that no handler can use are refused in one way. */
#include <string.h>

#include "../base/log.h"
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
