/* GET /api/v1/xrays/{id}/thumbnail: the radiograph alone, small, for lists. */
#include <inttypes.h>
#include <stdio.h>

#include "../image/reduce.h"
#include "handlers.h"
#include "picture.h"
#include "v1_xrays.h"

#define SIDE 320
#define QUALITY 85
#define JPEG_CAP ((size_t)1 << 20)

/* The image never changes, whatever is changed of its X-ray. */
static void describe_file(const px_xray *xray, char etag[PX_ETAG_SIZE], char name[48]) {
    char parts[160];
    snprintf(parts, sizeof parts, "thumbnail %d %d %s", SIDE, QUALITY, xray->sha256);
    px_etag_of(parts, etag);
    snprintf(name, 48, "xray-%" PRId64 "-thumbnail.jpg", xray->id);
}

static bool draw_small(const px_buffer *file, px_buffer *out, px_error *err) {
    int width, height;
    px_image image, small;
    px_image_init(&image);
    px_image_init(&small);
    bool ok = px_image_decode(file->data, file->size, NULL, &image, err);
    if (ok) {
        px_image_fit(image.width, image.height, SIDE, &width, &height);
        ok = px_image_reduce(&image, width, height, &small, err) &&
             px_image_encode_jpeg(&small, QUALITY, out, err);
    }
    px_image_clear(&image);
    px_image_clear(&small);
    return ok;
}

static void draw_thumbnail(px_app *app, px_request *request, px_reply *reply) {
    const px_picture *picture = px_picture_load(app, request, reply);
    if (!picture)
        return;
    char etag[PX_ETAG_SIZE], name[48];
    px_error err = {0};
    describe_file(&picture->xray, etag, name);
    px_buffer_init(&reply->body, JPEG_CAP);
    if (draw_small(&picture->file, &reply->body, &err))
        px_reply_private_file(reply, "image/jpeg", etag, name);
    else
        px_reply_error(reply, request, &err);
}

void px_handle_xray_thumbnail(px_app *app, px_request *request, px_reply *reply) {
    char etag[PX_ETAG_SIZE], name[48];
    px_xray xray;
    if (!px_v1_find_xray(app, request, reply, &xray))
        return;
    describe_file(&xray, etag, name);
    if (px_request_has_version(request, etag))
        px_reply_private_file(reply, NULL, etag, name);
    else if (px_picture_begin(request, reply, &xray))
        px_picture_continue(app, request, reply, "xray.thumbnail", draw_thumbnail);
    px_xray_clear(&xray);
}
