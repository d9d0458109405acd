/* Drawing on a PDF's page or on a PNG image: text of any script, rectangles, pictures.
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
/** A picture, stretched over a rectangle; reduced to 250 pixels an inch where it has more. Grey or
 *  RGB of any depth. In a PDF it is a JPEG. */
void px_drawing_image(px_drawing *drawing, const px_image *image, double x, double y, double width,
                      double height);

#endif
