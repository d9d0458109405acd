/* The state that a picture's two steps share. */
#include "picture.h"

#include <stdlib.h>

#include "../base/memory.h"

static void free_picture(void *state) {
    px_picture *picture = state;
    px_xray_clear(&picture->xray);
    json_decref(picture->reading);
    px_buffer_clear(&picture->file);
    free(picture);
}

px_picture *px_picture_begin(px_request *request, px_reply *reply, px_xray *xray) {
    px_error err = {0};
    px_picture *picture = px_alloc(1, sizeof *picture, &err);
    if (!picture) {
        px_xray_clear(xray);
        px_reply_error(reply, request, &err);
        return NULL;
    }
    picture->xray = *xray;
    *xray = (px_xray){0};
    request->state = picture;
    request->free_state = free_picture;
    if (picture->xray.status == PX_XRAY_FAILED ||
        (picture->reading = px_xray_get_reading(&picture->xray, &err)))
        return picture;
    px_reply_error(reply, request, &err);
    return NULL;
}

void px_picture_continue(px_app *app, px_request *request, px_reply *reply, const char *action,
                         px_handler *draw) {
    const px_picture *picture = request->state;
    if (px_note_seen(app, request, reply, action, &picture->xray))
        px_request_continue(request, PX_RUN_DRAW, draw);
}

const px_picture *px_picture_load(px_app *app, const px_request *request, px_reply *reply) {
    px_picture *picture = request->state;
    bool ok = px_load_xray_image(app, request, reply, &picture->xray, &picture->file);
    return ok ? picture : NULL;
}

bool px_picture_draw(const px_picture *picture, px_image *radiograph, px_image *overlay,
                     px_error *err) {
    px_image image;
    px_image_init(&image);
    bool ok = px_image_decode(picture->file.data, picture->file.size, NULL, &image, err) &&
              px_draw_heat_map(&image, json_object_get(picture->finding, "map"), picture->colours,
                               picture->opacity, overlay, err);
    if (ok && radiograph)
        *radiograph = image;
    else
        px_image_clear(&image);
    return ok;
}
