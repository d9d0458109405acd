/* What the parts of a drawing share; inside of src/draw only. */
#ifndef PX_DRAW_DRAWING_PARTS_H
#define PX_DRAW_DRAWING_PARTS_H

#include <pango/pangocairo.h>

#include "drawing.h"

typedef enum { PX_DRAWN_PDF, PX_DRAWN_PNG, PX_DRAWN_SVG, PX_DRAWN_MARKUP } px_drawn;

struct px_drawing {
    px_drawn kind;
    cairo_surface_t *surface; /* NULL for markup, and so is cairo */
    cairo_t *cairo;
    PangoFontMap *fonts;
    PangoContext *context;
    px_buffer file; /* what Cairo wrote, or the markup */
    double scale;   /* pixels to the point, of a PNG */
    px_error error; /* the first failure */
};

void px_drawing_set_colour(px_drawing *drawing, uint32_t colour);

/* The same as their namesakes, into markup. */
void px_markup_begin(px_drawing *drawing, double width, double height, const char *description);
void px_markup_fill(px_drawing *drawing, double x, double y, double width, double height,
                    double radius, uint32_t colour);
void px_markup_polyline(px_drawing *drawing, const px_point *points, size_t count,
                        const px_pen *pen);
void px_markup_polygon(px_drawing *drawing, const px_point *points, size_t count, uint32_t colour,
                       double opacity);
void px_markup_ring(px_drawing *drawing, double x, double y, double radius, const px_pen *pen);
void px_markup_dot(px_drawing *drawing, double x, double y, double radius, uint32_t colour);
void px_markup_clip(px_drawing *drawing, double x, double y, double width, double height);
void px_markup_unclip(px_drawing *drawing);
/* One line of text on its baseline, at x as it is aligned. */
void px_markup_line(px_drawing *drawing, double x, double baseline, const px_text_style *style,
                    const char *text, size_t size);

/* Lengths of dash and gap, in widths of the pen; NULL for none. */
const double *px_dash_lengths(px_dash dash, int *count);

#endif
