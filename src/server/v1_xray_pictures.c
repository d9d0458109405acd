/* GET /api/v1/xrays/{id}/image and /heatmaps/{finding}. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../reader/stored_map.h"
#include "handlers.h"
#include "picture.h"
#include "v1_fields.h"
#include "v1_xrays.h"

#define OPACITY 0.5f
#define PNG_CAP ((size_t)1 << 30)

/* ---- The image ---- */

void px_handle_xray_image(px_app *app, px_request *request, px_reply *reply) {
    px_xray xray;
    if (!px_v1_find_xray(app, request, reply, &xray))
        return;
    px_reply_xray_image(app, request, reply, &xray, "xray-");
    px_xray_clear(&xray);
}

/* ---- A heat map ---- */

static float parse_opacity(px_v1_fields *fields) {
    const char *text = px_request_query(fields->request, "opacity");
    char *end;
    float value = text ? strtof(text, &end) : OPACITY;
    if (!text || (end > text && *end == '\0' && strspn(text, "0123456789.") == strlen(text) &&
                  value >= 0 && value <= 1))
        return value;
    px_v1_refuse(fields, "opacity", "Must be a number from 0 to 1.");
    return OPACITY;
}

static px_colormap parse_colours(px_v1_fields *fields) {
    const char *name = px_request_query(fields->request, "colour_map");
    px_colormap colours = PX_COLORMAP_TURBO;
    if (name && !px_colormap_from_name(name, &colours))
        px_v1_refuse(fields, "colour_map", "Must be one of: turbo, viridis, inferno, grey.");
    return colours;
}

/* The heat map alone is for who colours it and lays it over the image elsewhere. */
static bool is_bare(const px_request *request) {
    const char *layer = px_request_query(request, "layer");
    return layer && strcmp(layer, "map") == 0;
}

static void check_layer(px_v1_fields *fields) {
    static const char *const styles[] = {"colour_map", "opacity"};
    const char *layer = px_request_query(fields->request, "layer");
    bool bare = is_bare(fields->request);
    if (layer && !bare && strcmp(layer, "overlay") != 0)
        px_v1_refuse(fields, "layer", "Must be one of: overlay, map.");
    for (size_t i = 0; bare && i < sizeof styles / sizeof *styles; i++)
        if (px_request_query(fields->request, styles[i]))
            px_v1_refuse(fields, styles[i], "Does not go with layer=map, which has no colours.");
}

static bool parse_style(const px_request *request, px_reply *reply, px_colormap *colours,
                        float *opacity) {
    px_v1_fields fields;
    if (!px_v1_begin(&fields, request, NULL, reply))
        return false;
    check_layer(&fields);
    *colours = parse_colours(&fields);
    *opacity = parse_opacity(&fields);
    return px_v1_end(&fields, reply);
}

static void describe_heat_map(const px_request *request, const px_picture *picture,
                              char etag[PX_ETAG_SIZE], char name[120]) {
    char parts[320];
    const char *finding = request->segments[1];
    bool bare = is_bare(request);
    snprintf(parts, sizeof parts, "%s %" PRId64 " %s %s %.9g", picture->xray.sha256,
             picture->xray.updated, finding, bare ? "map" : px_colormap_name(picture->colours),
             (double)picture->opacity);
    px_etag_of(parts, etag);
    snprintf(name, 120, "xray-%" PRId64 "-%s%s.png", picture->xray.id, finding, bare ? "-map" : "");
}

static void reply_heat_map(const px_request *request, px_reply *reply, const px_picture *picture,
                           const px_image *image) {
    char etag[PX_ETAG_SIZE], name[120];
    px_error err = {0};
    px_buffer_init(&reply->body, PNG_CAP);
    describe_heat_map(request, picture, etag, name);
    if (px_image_encode_png(image, &reply->body, &err))
        px_reply_private_file(reply, "image/png", etag, name);
    else
        px_reply_error(reply, request, &err);
}

static void draw_heat_map(px_app *app, px_request *request, px_reply *reply) {
    const px_picture *picture = px_picture_load(app, request, reply);
    if (!picture)
        return;
    px_error err = {0};
    px_image overlay;
    px_image_init(&overlay);
    if (px_picture_draw(picture, NULL, &overlay, &err))
        reply_heat_map(request, reply, picture, &overlay);
    else
        px_reply_error(reply, request, &err);
    px_image_clear(&overlay);
}

static void draw_bare_map(px_app *app, px_request *request, px_reply *reply) {
    (void)app;
    const px_picture *picture = request->state;
    int width = 0, height = 0;
    px_error err = {0};
    px_image grey;
    px_image_init(&grey);
    float *heat = px_heat_map_draw(json_object_get(picture->finding, "map"), &width, &height, &err);
    if (heat && px_draw_bare_map(heat, width, height, &grey, &err))
        reply_heat_map(request, reply, picture, &grey);
    else
        px_reply_error(reply, request, &err);
    px_image_clear(&grey);
    free(heat);
}

static void answer_heat_map(px_app *app, px_request *request, px_reply *reply,
                            px_picture *picture) {
    char etag[PX_ETAG_SIZE], name[120];
    picture->finding = px_reading_find(picture->reading, request->segments[1]);
    if (!json_object_get(picture->finding, "map")) {
        px_reply_fail(reply, request, 404, "This X-ray has no heat map of such a finding.");
        return;
    }
    describe_heat_map(request, picture, etag, name);
    if (px_request_has_version(request, etag))
        px_reply_private_file(reply, NULL, etag, name);
    else
        px_picture_continue(app, request, reply, "xray.heatmap",
                            is_bare(request) ? draw_bare_map : draw_heat_map);
}

void px_handle_xray_heatmap(px_app *app, px_request *request, px_reply *reply) {
    px_xray xray;
    px_colormap colours;
    float opacity;
    if (!px_v1_find_xray(app, request, reply, &xray))
        return;
    if (!parse_style(request, reply, &colours, &opacity)) {
        px_xray_clear(&xray);
        return;
    }
    px_picture *picture = px_picture_begin(request, reply, &xray);
    if (!picture)
        return;
    picture->colours = colours;
    picture->opacity = opacity;
    answer_heat_map(app, request, reply, picture);
}
