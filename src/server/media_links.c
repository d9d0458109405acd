/* GET /media/…: what a signed link leads to. Forged, expired and wrong ones all get one answer. */
#include "media_links.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../report/reading_report.h"
#include "handlers.h"
#include "picture.h"

#define IMAGES "/media/images/"
#define HEATMAPS "/media/heatmaps/heatmap_"
#define OPACITY 0.5f
#define QUALITY 90
#define JPEG_CAP ((size_t)256 << 20)

static void sign(const px_app *app, const char *path, char link[PX_LINK_SIZE]) {
    int64_t expires = px_store_now() / PX_SECOND + app->options->link_minutes * INT64_C(60);
    px_link_sign(px_store_link_key(app->store), path, expires, link);
}

void px_media_link_image(const px_app *app, const px_xray *xray, char link[PX_LINK_SIZE]) {
    char path[64];
    snprintf(path, sizeof path, IMAGES "%" PRId64 ".%s", xray->id, px_xray_suffix(xray));
    sign(app, path, link);
}

void px_media_link_heatmap(const px_app *app, const px_xray *xray, char link[PX_LINK_SIZE]) {
    char path[64];
    snprintf(path, sizeof path, HEATMAPS "%" PRId64 ".jpg", xray->id);
    sign(app, path, link);
}

/* The number after a prefix; a signed path has one. */
static bool parse_id(const char *path, const char *prefix, int64_t *id) {
    if (strncmp(path, prefix, strlen(prefix)) != 0)
        return false;
    *id = strtoll(path + strlen(prefix), NULL, 10);
    return *id > 0;
}

/* The old clients' pages come from elsewhere. */
static void open_to_pages(px_reply *reply) {
    if (reply->status < 400)
        px_reply_add_header(reply, "Cross-Origin-Resource-Policy", "cross-origin");
}

static void refuse(const px_request *request, px_reply *reply) {
    px_reply_fail(reply, request, 404, "Not found.");
}

static void describe_heat_map(const px_xray *xray, char etag[PX_ETAG_SIZE], char name[40]) {
    char parts[160];
    snprintf(parts, sizeof parts, "overlay %s %" PRId64, xray->sha256, xray->updated);
    px_etag_of(parts, etag);
    snprintf(name, 40, "heatmap_%" PRId64 ".jpg", xray->id);
}

static void draw_heat_map(px_app *app, px_request *request, px_reply *reply) {
    const px_picture *picture = px_picture_load(app, request, reply);
    if (!picture)
        return;
    char etag[PX_ETAG_SIZE], name[40];
    px_error err = {0};
    px_image overlay;
    px_image_init(&overlay);
    px_buffer_init(&reply->body, JPEG_CAP);
    describe_heat_map(&picture->xray, etag, name);
    if (px_picture_draw(picture, NULL, &overlay, &err) &&
        px_image_encode_jpeg(&overlay, QUALITY, &reply->body, &err))
        px_reply_private_file(reply, "image/jpeg", etag, name);
    else
        px_reply_error(reply, request, &err);
    open_to_pages(reply);
    px_image_clear(&overlay);
}

/* Without heat maps it is the radiograph alone: old clients show what comes. */
static void answer_heat_map(px_app *app, px_request *request, px_reply *reply, px_xray *xray) {
    char etag[PX_ETAG_SIZE], name[40];
    describe_heat_map(xray, etag, name);
    if (px_request_has_version(request, etag)) {
        px_reply_private_file(reply, NULL, etag, name);
        open_to_pages(reply);
        return;
    }
    px_picture *picture = px_picture_begin(request, reply, xray);
    if (!picture)
        return;
    picture->finding = px_report_leading(picture->reading);
    picture->opacity = OPACITY;
    px_picture_continue(app, request, reply, "xray.heatmap", draw_heat_map);
}

void px_handle_media(px_app *app, px_request *request, px_reply *reply) {
    int64_t id = 0;
    bool found = false;
    px_xray xray = {0};
    px_error err = {0};
    bool is_image = parse_id(request->path, IMAGES, &id);
    if (!px_link_verify(px_store_link_key(app->store), request->path,
                        px_request_query(request, "expires"),
                        px_request_query(request, "signature"), px_store_now() / PX_SECOND) ||
        (!is_image && !parse_id(request->path, HEATMAPS, &id)))
        refuse(request, reply);
    else if (!px_store_get_xray(app->store, id, &xray, &found, &err))
        px_reply_error(reply, request, &err);
    else if (!found)
        refuse(request, reply);
    else if (is_image) {
        px_reply_xray_image(app, request, reply, &xray, "");
        open_to_pages(reply);
    } else
        answer_heat_map(app, request, reply, &xray);
    px_xray_clear(&xray);
}
