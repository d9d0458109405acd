/* Pictures on drawings. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "../image/reduce.h"
#include "drawing_parts.h"

#define PIXELS_PER_POINT (250 / 72.0)
#define JPEG_QUALITY 92
#define JPEG_CAP ((size_t)32 << 20)

/* Pixels along one side of a picture that is `length` points long. */
static int side_of(const px_drawing *drawing, int side, double length) {
    double most =
        ceil(length * (drawing->kind == PX_DRAWN_PNG ? drawing->scale : PIXELS_PER_POINT));
    return (int)fmax(1, fmin(side, most));
}

static void fill_surface(cairo_surface_t *surface, const px_image *image) {
    unsigned char *to = cairo_image_surface_get_data(surface);
    int stride = cairo_image_surface_get_stride(surface);
    const uint8_t *from = image->pixels;
    size_t green = image->channels == 3 ? 1 : 0, blue = 2 * green;
    for (int y = 0; y < image->height; y++, to += stride)
        for (int x = 0; x < image->width; x++, from += image->channels) {
            uint32_t pixel = (uint32_t)from[0] << 16 | (uint32_t)from[green] << 8 | from[blue];
            memcpy(to + 4 * (size_t)x, &pixel, sizeof pixel);
        }
    cairo_surface_mark_dirty(surface);
}

/* A PDF takes a JPEG as it is. */
static bool attach_jpeg(cairo_surface_t *surface, const px_image *image, px_error *err) {
    px_buffer jpeg;
    px_buffer_init(&jpeg, JPEG_CAP);
    if (!px_image_encode_jpeg(image, JPEG_QUALITY, &jpeg, err)) {
        px_buffer_clear(&jpeg);
        return false;
    }
    if (cairo_surface_set_mime_data(surface, CAIRO_MIME_TYPE_JPEG, jpeg.data, jpeg.size, free,
                                    jpeg.data) == CAIRO_STATUS_SUCCESS)
        return true;
    px_buffer_clear(&jpeg);
    return px_fail_memory(err);
}

static void paint(px_drawing *drawing, cairo_surface_t *surface, const px_image *image, double x,
                  double y, double width, double height) {
    cairo_t *cairo = drawing->cairo;
    cairo_save(cairo);
    cairo_rectangle(cairo, x, y, width, height);
    cairo_clip(cairo);
    cairo_translate(cairo, x, y);
    cairo_scale(cairo, width / image->width, height / image->height);
    cairo_set_source_surface(cairo, surface, 0, 0);
    if (drawing->kind !=
        PX_DRAWN_PDF) /* a PDF's viewer sees to the edges; padded, it would not be a JPEG */
        cairo_pattern_set_extend(cairo_get_source(cairo), CAIRO_EXTEND_PAD);
    cairo_paint(cairo);
    cairo_restore(cairo);
}

static void draw_reduced(px_drawing *drawing, const px_image *image, double x, double y,
                         double width, double height) {
    cairo_surface_t *surface =
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, image->width, image->height);
    if (cairo_surface_status(surface) != CAIRO_STATUS_SUCCESS) {
        px_fail_memory(&drawing->error);
        cairo_surface_destroy(surface);
        return;
    }
    fill_surface(surface, image);
    if (drawing->kind != PX_DRAWN_PDF || attach_jpeg(surface, image, &drawing->error))
        paint(drawing, surface, image, x, y, width, height);
    cairo_surface_destroy(surface);
}

void px_drawing_image(px_drawing *drawing, const px_image *image, double x, double y, double width,
                      double height) {
    px_image reduced;
    px_image_init(&reduced);
    if (!image->pixels || !(width > 0 && height > 0))
        px_fail(&drawing->error, PX_ERR_USAGE, NULL, "there is no picture to draw");
    else if (drawing->kind == PX_DRAWN_MARKUP)
        px_fail(&drawing->error, PX_ERR_USAGE, NULL, "pictures are not drawn into HTML");
    else if (px_image_reduce(image, side_of(drawing, image->width, width),
                             side_of(drawing, image->height, height), &reduced, &drawing->error))
        draw_reduced(drawing, &reduced, x, y, width, height);
    px_image_clear(&reduced);
}
