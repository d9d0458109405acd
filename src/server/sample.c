/* Synthetic radiographs for those who want to try the server and have none. */
#include <stdlib.h>

#include "../phantom/phantom.h"
#include "handlers.h"

#define SAMPLE_SIDE 768
#define SAMPLE_PREVALENCE 0.4
#define SAMPLE_LEAST 64
#define SAMPLE_CAP ((size_t)8 << 20)

/* Smaller ones are for looks; what is no such number gives the usual size. */
static int parse_side(const char *text) {
    const long side = text ? strtol(text, NULL, 10) : SAMPLE_SIDE;
    return side >= SAMPLE_LEAST && side <= SAMPLE_SIDE ? (int)side : SAMPLE_SIDE;
}

void px_handle_phantom(px_app *app, px_request *request, px_reply *reply) {
    (void)app;
    const char *text = px_request_query(request, "seed");
    uint64_t seed = text ? strtoull(text, NULL, 10) : 1; /* any text is a seed: 0 if no number */
    px_phantom_options options = px_phantom_default_options();
    options.size = parse_side(px_request_query(request, "size"));
    options.prevalence = SAMPLE_PREVALENCE;
    px_error err = {0};
    px_image image;
    px_image_init(&image);
    px_buffer_init(&reply->body, SAMPLE_CAP);
    if (px_phantom_draw(&options, seed, 0, &image, NULL, &err) &&
        px_image_encode_png(&image, &reply->body, &err)) {
        reply->status = 200;
        reply->type = "image/png";
        px_reply_add_header(reply, "Cache-Control", "public, max-age=86400");
    } else {
        px_reply_error(reply, request, &err);
    }
    px_image_clear(&image);
}
