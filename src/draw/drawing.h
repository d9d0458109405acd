/* Drawing on a PDF's page, a PNG image, an SVG file or in a page of HTML: text of any script,
 * rectangles, lines, marks, pictures.
 *
 * A thin cover over Cairo and Pango, whose headers only this folder includes. Lengths are points
 * (1/72 inch) from the top left corner; colours are 0xRRGGBB. Drawing functions cannot fail one by
 * one: the first failure is kept and told by px_drawing_finish.
 */
#ifndef PX_DRAW_DRAWING_H
#define PX_DRAW_DRAWING_H

#include "../base/buffer.h"
#include "../image/image.h"
#include "perxeptron.h"

/** Used by one thread at a time. */
typedef struct px_drawing px_drawing;

/**
 * Start a PDF with one white page. The same drawing gives the same bytes.
 *
 * @param title  in the file's properties; no other properties tell of what is drawn.
 * @param made   in the file's properties: seconds since 1970.
 * @param err    PX_ERR_USAGE: a side below 1 or above 14,400 points; PX_ERR_MEMORY.
 */
px_drawing *px_drawing_new_pdf(double width, double height, const char *title, int64_t made,
                               px_error *err);
/** Start a white PNG image of width x height points, with `scale` pixels to the point.
 * PX_ERR_USAGE: more than 16,384 pixels a side, or none; PX_ERR_MEMORY. */
px_drawing *px_drawing_new_png(double width, double height, double scale, px_error *err);
/** Start an SVG file with a white ground. Letters are drawn, so that it looks the same everywhere,
 *  and the same drawing gives the same bytes. Errors as for a PDF. */
px_drawing *px_drawing_new_svg(double width, double height, px_error *err);
/**
 * Start an <svg> element to be put into a page of HTML. Its text is text, laid out as if for a
 * file. A colour 0x123456 is written as var(--c123456,#123456), for the page to change it in the
 * dark; no element has an id, so that a page may hold many. No ground is painted.
 *
 * @param description  what it shows, for who cannot see it.
 */
px_drawing *px_drawing_new_markup(double width, double height, const char *description,
                                  px_error *err);
void px_drawing_free(px_drawing *drawing);

/** Append the file to `out`; only px_drawing_free may follow. PX_ERR_MEMORY, PX_ERR_LIMIT past the
 *  buffer's cap, or whatever went wrong while drawing; `out` then stays as it was. */
bool px_drawing_finish(px_drawing *drawing, px_buffer *out, px_error *err);

typedef enum { PX_FACE_PLAIN, PX_FACE_BOLD, PX_FACE_MONO } px_text_face;
typedef enum { PX_ALIGN_LEFT, PX_ALIGN_CENTRE, PX_ALIGN_RIGHT } px_text_align;

typedef struct px_text_style {
    double size; /**< of the type, in points */
    uint32_t colour;
    px_text_face face;
    px_text_align align; /**< within the width given */
    int lines;           /**< most lines; what does not fit ends in an ellipsis. 0: as many as it
                              takes */
    bool has_halo;       /**< white around the letters, to be read over lines */
} px_text_style;

/** Longest text drawn, in bytes; the rest is left out. */
#define PX_TEXT_BYTES 4096

/**
 * Draw text, wrapped at a width.
 *
 * @param text  UTF-8 of any script; what is not becomes the replacement character, control
 *              characters become spaces.
 * @return the height it takes.
 */
double px_drawing_text(px_drawing *drawing, double x, double y, double width,
                       const px_text_style *style, const char *text);
/** Width and height that px_drawing_text would take; either may be NULL. */
void px_drawing_measure_text(px_drawing *drawing, double width, const px_text_style *style,
                             const char *text, double *text_width, double *text_height);

/** A filled rectangle, its corners rounded by `radius`. */
void px_drawing_fill(px_drawing *drawing, double x, double y, double width, double height,
                     double radius, uint32_t colour);

typedef struct px_point {
    double x, y;
} px_point;

typedef enum { PX_DASH_NONE, PX_DASH_LONG, PX_DASH_SHORT, PX_DASH_DOTS, PX_DASH_MIXED } px_dash;

typedef struct px_pen {
    uint32_t colour;
    double width;
    px_dash dash;
} px_pen;

/** Lines from point to point. Coordinates are kept within 100,000 points; none may be NaN. */
void px_drawing_polyline(px_drawing *drawing, const px_point *points, size_t count,
                         const px_pen *pen);
void px_drawing_line(px_drawing *drawing, double x0, double y0, double x1, double y1,
                     const px_pen *pen);
/** A filled outline; `opacity` is in (0, 1]. */
void px_drawing_polygon(px_drawing *drawing, const px_point *points, size_t count, uint32_t colour,
                        double opacity);

typedef enum {
    PX_MARK_CIRCLE,
    PX_MARK_SQUARE,
    PX_MARK_DIAMOND,
    PX_MARK_TRIANGLE,
    PX_MARK_RING
} px_mark;

/** A mark centred on a point, about `size` points across. */
void px_drawing_mark(px_drawing *drawing, px_mark mark, double x, double y, double size,
                     uint32_t colour);

/** Draw within a rectangle only, until px_drawing_unclip; not nested. */
void px_drawing_clip(px_drawing *drawing, double x, double y, double width, double height);
void px_drawing_unclip(px_drawing *drawing);

/** A picture, stretched over a rectangle; reduced to 250 pixels an inch where it has more. Grey or
 *  RGB of any depth. In a PDF it is a JPEG; a page of HTML takes none (PX_ERR_USAGE). */
void px_drawing_image(px_drawing *drawing, const px_image *image, double x, double y, double width,
                      double height);

#endif
