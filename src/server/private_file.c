/* Headers of private files, and the images behind them. */
#include "private_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void px_etag_of(const char *parts, char etag[PX_ETAG_SIZE]) {
    char sha256[PX_SHA256_HEX];
    px_sha256_bytes(parts, strlen(parts), sha256);
    memcpy(etag, sha256, PX_ETAG_SIZE - 1);
    etag[PX_ETAG_SIZE - 1] = '\0';
}

void px_reply_private_file(px_reply *reply, const char *type, const char *etag, const char *name) {
    reply->status = type ? 200 : 304;
    reply->type = type;
    px_reply_add_header(reply, "ETag", "\"%s\"", etag);
    px_reply_add_header(reply, "Cache-Control", "private, no-cache");
    px_reply_add_header(reply, "Content-Disposition", "inline; filename=\"%s\"", name);
    if (type && strncmp(type, "image/", 6) == 0) /* browsers show no PDF in a sandbox; it is ours */
        px_reply_add_header(reply, "Content-Security-Policy", "default-src 'none'; sandbox");
}

static const char *type_of(const px_xray *xray) {
    return strcmp(xray->media_type, "image/png") == 0 ? "image/png" : "image/jpeg";
}

/* That a kept image cannot be read is no fault of the client's, nor of a full disk. */
static void reply_unread(px_reply *reply, const px_request *request, px_error *err) {
    if (err->code == PX_ERR_IO || err->code == PX_ERR_INPUT)
        err->code = PX_ERR_MISMATCH;
    px_reply_error(reply, request, err);
}

bool px_load_xray_image(px_app *app, const px_request *request, px_reply *reply,
                        const px_xray *xray, px_buffer *out) {
    px_error err = {0};
    px_buffer_init(out, (size_t)xray->bytes);
    if (px_blobs_read(px_store_blobs(app->store), &xray->image, out, &err))
        return true;
    px_buffer_clear(out);
    reply_unread(reply, request, &err);
    return false;
}

static void send_image(px_app *app, const px_request *request, px_reply *reply, const px_xray *xray,
                       const char *etag, const char *name) {
    px_error err = {0};
    if (xray->image.sealed) {
        if (!px_load_xray_image(app, request, reply, xray, &reply->body))
            return;
    } else {
        reply->file = px_blobs_open_plain(px_store_blobs(app->store), &xray->image, &err);
        reply->file_size = (uint64_t)xray->image.size;
        if (reply->file < 0) {
            reply_unread(reply, request, &err);
            return;
        }
    }
    px_reply_private_file(reply, type_of(xray), etag, name);
}

bool px_note_seen(px_app *app, const px_request *request, px_reply *reply, const char *action,
                  const px_xray *xray) {
    char object[32];
    px_error err = {0};
    const px_actor actor = px_request_actor(request);
    snprintf(object, sizeof object, "xray:%" PRId64, xray->id);
    if (px_store_note(app->store, &actor, action, object, &err))
        return true;
    px_reply_error(reply, request, &err);
    return false;
}

const char *px_xray_suffix(const px_xray *xray) {
    return strcmp(xray->media_type, "image/png") == 0 ? "png" : "jpg";
}

void px_reply_xray_image(px_app *app, const px_request *request, px_reply *reply,
                         const px_xray *xray, const char *prefix) {
    char etag[PX_ETAG_SIZE], name[40];
    snprintf(name, sizeof name, "%s%" PRId64 ".%s", prefix, xray->id, px_xray_suffix(xray));
    px_etag_of(xray->sha256, etag);
    if (px_request_has_version(request, etag))
        px_reply_private_file(reply, NULL, etag, name);
    else if (px_note_seen(app, request, reply, "xray.image", xray))
        send_image(app, request, reply, xray, etag, name);
}
