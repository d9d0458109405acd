/* A picture or document made of an X-ray: found where the store is, drawn where drawing is done. */
#ifndef PX_SERVER_PICTURE_H
#define PX_SERVER_PICTURE_H

#include "drawn_map.h"
#include "private_file.h"
#include "stored_reading.h"

/** What drawing needs; between the two steps it is the request's state. */
typedef struct px_picture {
    px_xray xray;
    json_t *reading; /**< with maps; NULL when it failed */
    json_t *finding; /**< of `reading`: whose heat map; NULL for none */
    px_colormap colours;
    float opacity;
    px_buffer file; /**< the image as it was uploaded */
} px_picture;

/** Make it the request's state, to be freed with it; takes `xray`. NULL with the reply filled in:
 *  its reading is damaged, or memory ran out. */
px_picture *px_picture_begin(px_request *request, px_reply *reply, px_xray *xray);

/** Note that it is seen, and go on with drawing. */
void px_picture_continue(px_app *app, px_request *request, px_reply *reply, const char *action,
                         px_handler *draw);

/** For the drawing: read the image, of which few are in memory that way. The request's picture, or
 *  NULL with the reply filled in. */
const px_picture *px_picture_load(px_app *app, const px_request *request, px_reply *reply);

/** Decode the radiograph and draw the finding's heat map over it. Both images are initialised;
 *  `radiograph` may be NULL. */
bool px_picture_draw(const px_picture *picture, px_image *radiograph, px_image *overlay,
                     px_error *err);

#endif
