/* What the parts of a drawing share; inside of src/draw only. */
#ifndef PX_DRAW_DRAWING_PARTS_H
#define PX_DRAW_DRAWING_PARTS_H

#include <pango/pangocairo.h>

#include "drawing.h"

struct px_drawing {
    cairo_surface_t *surface;
    cairo_t *cairo;
    PangoFontMap *fonts;
    PangoContext *context;
    px_buffer pdf; /* what Cairo wrote */
    bool is_pdf;
    double scale;   /* pixels to the point */
    px_error error; /* the first failure */
};

void px_drawing_set_colour(px_drawing *drawing, uint32_t colour);

#endif
