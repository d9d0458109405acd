/* Drawings: files and rectangles. */
#include "drawing.h"

#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "drawing_parts.h"

#define FILE_CAP ((size_t)64 << 20)
#define PDF_SIDE 14400 /* 200 inches: the largest page of PDF 1.x */
#define PNG_SIDE 16384

static cairo_status_t write_file(void *context, const unsigned char *bytes, unsigned size) {
    px_drawing *drawing = context;
    return px_buffer_append(&drawing->file, bytes, size, &drawing->error)
               ? CAIRO_STATUS_SUCCESS
               : CAIRO_STATUS_WRITE_ERROR;
}

static bool check_status(cairo_status_t status, px_error *err) {
    if (status == CAIRO_STATUS_SUCCESS)
        return true;
    if (status == CAIRO_STATUS_NO_MEMORY)
        return px_fail_memory(err);
    return px_fail(err, PX_ERR_USAGE, NULL, "drawing failed: %s", cairo_status_to_string(status));
}

/* Text is laid out the same on paper and screen: nothing is moved to whole pixels. */
static void make_context(px_drawing *drawing) {
    cairo_font_options_t *options = cairo_font_options_create();
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
    drawing->fonts = pango_cairo_font_map_new();
    drawing->context = pango_font_map_create_context(drawing->fonts);
    pango_cairo_context_set_font_options(drawing->context, options);
    cairo_font_options_destroy(options);
}

static px_drawing *new_drawing(px_drawn kind, px_error *err) {
    px_drawing *drawing = px_alloc(1, sizeof *drawing, err);
    if (drawing) {
        drawing->kind = kind;
        px_buffer_init(&drawing->file, FILE_CAP);
    }
    return drawing;
}

/* Take up a drawing whose surface was made; NULL, and freed, when it was not. */
static px_drawing *begin(px_drawing *drawing, px_error *err) {
    drawing->cairo = cairo_create(drawing->surface);
    if (!check_status(cairo_status(drawing->cairo), err)) {
        px_drawing_free(drawing);
        return NULL;
    }
    make_context(drawing);
    return drawing;
}

static px_drawing *new_page(px_drawn kind, double width, double height, px_error *err) {
    if (width >= 1 && width <= PDF_SIDE && height >= 1 && height <= PDF_SIDE)
        return new_drawing(kind, err);
    px_fail(err, PX_ERR_USAGE, NULL, "a page's sides are 1 to %d points", PDF_SIDE);
    return NULL;
}

static void set_properties(cairo_surface_t *surface, const char *title, int64_t made) {
    char date[32] = "";
    time_t seconds = (time_t)made;
    struct tm parts;
    if (gmtime_r(&seconds, &parts))
        strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", &parts);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, title);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATOR, "perXeptron " PX_VERSION);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, date);
}

px_drawing *px_drawing_new_pdf(double width, double height, const char *title, int64_t made,
                               px_error *err) {
    px_drawing *drawing = new_page(PX_DRAWN_PDF, width, height, err);
    if (!drawing)
        return NULL;
    drawing->surface = cairo_pdf_surface_create_for_stream(write_file, drawing, width, height);
    set_properties(drawing->surface, title, made);
    return begin(drawing, err);
}

px_drawing *px_drawing_new_png(double width, double height, double scale, px_error *err) {
    double across = ceil(width * scale), down = ceil(height * scale);
    if (!(across >= 1 && across <= PNG_SIDE && down >= 1 && down <= PNG_SIDE && scale > 0)) {
        px_fail(err, PX_ERR_USAGE, NULL, "a drawing's sides are 1 to %d pixels", PNG_SIDE);
        return NULL;
    }
    px_drawing *drawing = new_drawing(PX_DRAWN_PNG, err);
    if (!drawing)
        return NULL;
    drawing->scale = scale;
    drawing->surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)across, (int)down);
    drawing = begin(drawing, err);
    if (drawing) {
        cairo_set_source_rgb(drawing->cairo, 1, 1, 1);
        cairo_paint(drawing->cairo);
        cairo_scale(drawing->cairo, scale, scale);
    }
    return drawing;
}

px_drawing *px_drawing_new_svg(double width, double height, px_error *err) {
    px_drawing *drawing = new_page(PX_DRAWN_SVG, width, height, err);
    if (!drawing)
        return NULL;
    drawing->surface = cairo_svg_surface_create_for_stream(write_file, drawing, width, height);
    drawing = begin(drawing, err);
    if (drawing) {
        cairo_set_source_rgb(drawing->cairo, 1, 1, 1);
        cairo_paint(drawing->cairo);
    }
    return drawing;
}

px_drawing *px_drawing_new_markup(double width, double height, const char *description,
                                  px_error *err) {
    px_drawing *drawing = new_page(PX_DRAWN_MARKUP, width, height, err);
    if (!drawing)
        return NULL;
    make_context(drawing);
    px_markup_begin(drawing, width, height, description);
    return drawing;
}

void px_drawing_free(px_drawing *drawing) {
    if (!drawing)
        return;
    if (drawing->context)
        g_object_unref(drawing->context);
    if (drawing->fonts)
        g_object_unref(drawing->fonts);
    cairo_destroy(drawing->cairo); /* NULL is fine */
    cairo_surface_destroy(drawing->surface);
    px_buffer_clear(&drawing->file);
    free(drawing);
}

/* Cairo's pixels are 0xRRGGBB in native order. */
static bool encode_png(px_drawing *drawing, px_buffer *out, px_error *err) {
    int width = cairo_image_surface_get_width(drawing->surface);
    int height = cairo_image_surface_get_height(drawing->surface);
    const unsigned char *from = cairo_image_surface_get_data(drawing->surface);
    int stride = cairo_image_surface_get_stride(drawing->surface);
    px_image image;
    px_image_init(&image);
    if (!px_image_new(&image, width, height, 3, 8, err))
        return false;
    uint8_t *to = image.pixels;
    for (int y = 0; y < height; y++, from += stride)
        for (int x = 0; x < width; x++, to += 3) {
            uint32_t pixel;
            memcpy(&pixel, from + 4 * (size_t)x, sizeof pixel);
            to[0] = (uint8_t)(pixel >> 16);
            to[1] = (uint8_t)(pixel >> 8);
            to[2] = (uint8_t)pixel;
        }
    bool ok = px_image_encode_png(&image, out, err);
    px_image_clear(&image);
    return ok;
}

/* Cairo 1.16 names the drawing's group by a number that grows with each surface of the process;
 * nothing refers to it. */
static void drop_surface_number(px_buffer *file) {
    static const char mark[] = " id=\"surface";
    char *from = memmem(file->data, file->size, mark, sizeof mark - 1);
    if (!from)
        return;
    char *end = (char *)file->data + file->size, *to = from + sizeof mark - 1;
    while (to < end && isdigit((unsigned char)*to))
        to++;
    if (to == end || *to++ != '"')
        return;
    memmove(from, to, (size_t)(end - to));
    file->size -= (size_t)(to - from);
}

static void finish_surface(px_drawing *drawing) {
    check_status(cairo_status(drawing->cairo), &drawing->error);
    if (drawing->kind == PX_DRAWN_PNG)
        cairo_surface_flush(drawing->surface);
    else
        cairo_surface_finish(drawing->surface);
    check_status(cairo_surface_status(drawing->surface), &drawing->error);
}

bool px_drawing_finish(px_drawing *drawing, px_buffer *out, px_error *err) {
    if (drawing->kind == PX_DRAWN_MARKUP)
        px_buffer_print(&drawing->file, &drawing->error, "</svg>\n");
    else
        finish_surface(drawing);
    if (drawing->error.code != PX_OK)
        return px_fail(err, drawing->error.code, NULL, "%s", drawing->error.message);
    if (drawing->kind == PX_DRAWN_PNG)
        return encode_png(drawing, out, err);
    if (drawing->kind == PX_DRAWN_SVG)
        drop_surface_number(&drawing->file);
    return px_buffer_append(out, drawing->file.data, drawing->file.size, err);
}

void px_drawing_set_colour(px_drawing *drawing, uint32_t colour) {
    cairo_set_source_rgb(drawing->cairo, (colour >> 16 & 255) / 255.0, (colour >> 8 & 255) / 255.0,
                         (colour & 255) / 255.0);
}

static void add_rectangle(cairo_t *cairo, double x, double y, double width, double height,
                          double radius) {
    double r = fmin(radius, fmin(width, height) / 2);
    if (!(r > 0)) {
        cairo_rectangle(cairo, x, y, width, height);
        return;
    }
    cairo_new_sub_path(cairo);
    cairo_arc(cairo, x + width - r, y + r, r, -M_PI_2, 0);
    cairo_arc(cairo, x + width - r, y + height - r, r, 0, M_PI_2);
    cairo_arc(cairo, x + r, y + height - r, r, M_PI_2, M_PI);
    cairo_arc(cairo, x + r, y + r, r, M_PI, 3 * M_PI_2);
    cairo_close_path(cairo);
}

void px_drawing_fill(px_drawing *drawing, double x, double y, double width, double height,
                     double radius, uint32_t colour) {
    if (drawing->kind == PX_DRAWN_MARKUP) {
        px_markup_fill(drawing, x, y, width, height, radius, colour);
        return;
    }
    px_drawing_set_colour(drawing, colour);
    add_rectangle(drawing->cairo, x, y, width, height, radius);
    cairo_fill(drawing->cairo);
}
