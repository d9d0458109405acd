/* Lines, outlines and marks on drawings. */
#include <math.h>

#include "drawing_parts.h"

#define FAR 1e5 /* Cairo counts in 24 bits before the point */

const double *px_dash_lengths(px_dash dash, int *count) {
    static const double of_long[] = {5, 2.5}, of_short[] = {2.5, 2}, of_dots[] = {1, 1.6},
                        of_mixed[] = {6, 2, 1, 2};
    static const double *const lengths[] = {NULL, of_long, of_short, of_dots, of_mixed};
    *count = dash == PX_DASH_NONE ? 0 : dash == PX_DASH_MIXED ? 4 : 2;
    return lengths[dash];
}

static void set_pen(px_drawing *drawing, const px_pen *pen) {
    int count;
    const double *lengths = px_dash_lengths(pen->dash, &count);
    double scaled[4] = {0};
    for (int i = 0; i < count; i++)
        scaled[i] = lengths[i] * pen->width;
    px_drawing_set_colour(drawing, pen->colour);
    cairo_set_line_width(drawing->cairo, pen->width);
    cairo_set_line_join(drawing->cairo, CAIRO_LINE_JOIN_ROUND);
    cairo_set_dash(drawing->cairo, scaled, count, 0);
}

static double near(double value) {
    return fmax(-FAR, fmin(FAR, value));
}

static void add_path(cairo_t *cairo, const px_point *points, size_t count) {
    cairo_new_path(cairo);
    for (size_t i = 0; i < count; i++)
        cairo_line_to(cairo, near(points[i].x), near(points[i].y));
}

void px_drawing_polyline(px_drawing *drawing, const px_point *points, size_t count,
                         const px_pen *pen) {
    if (count < 2)
        return;
    if (drawing->kind == PX_DRAWN_MARKUP) {
        px_markup_polyline(drawing, points, count, pen);
        return;
    }
    set_pen(drawing, pen);
    add_path(drawing->cairo, points, count);
    cairo_stroke(drawing->cairo);
}

void px_drawing_line(px_drawing *drawing, double x0, double y0, double x1, double y1,
                     const px_pen *pen) {
    px_drawing_polyline(drawing, (px_point[]){{x0, y0}, {x1, y1}}, 2, pen);
}

void px_drawing_polygon(px_drawing *drawing, const px_point *points, size_t count, uint32_t colour,
                        double opacity) {
    if (count < 3)
        return;
    if (drawing->kind == PX_DRAWN_MARKUP) {
        px_markup_polygon(drawing, points, count, colour, opacity);
        return;
    }
    cairo_set_source_rgba(drawing->cairo, (colour >> 16 & 255) / 255.0, (colour >> 8 & 255) / 255.0,
                          (colour & 255) / 255.0, opacity);
    add_path(drawing->cairo, points, count);
    cairo_fill(drawing->cairo);
}

static void draw_round(px_drawing *drawing, px_mark mark, double x, double y, double r,
                       uint32_t colour) {
    const px_pen pen = {.colour = colour, .width = r / 2};
    bool is_ring = mark == PX_MARK_RING;
    if (drawing->kind == PX_DRAWN_MARKUP) {
        if (is_ring)
            px_markup_ring(drawing, x, y, r, &pen);
        else
            px_markup_dot(drawing, x, y, r, colour);
        return;
    }
    set_pen(drawing, &pen);
    cairo_new_path(drawing->cairo);
    cairo_arc(drawing->cairo, x, y, r, 0, 2 * M_PI);
    if (is_ring)
        cairo_stroke(drawing->cairo);
    else
        cairo_fill(drawing->cairo);
}

void px_drawing_mark(px_drawing *drawing, px_mark mark, double x, double y, double size,
                     uint32_t colour) {
    double r = size / 2, s = 0.9 * r, d = 1.2 * r;
    const px_point square[] = {{x - s, y - s}, {x + s, y - s}, {x + s, y + s}, {x - s, y + s}};
    const px_point diamond[] = {{x - d, y}, {x, y - d}, {x + d, y}, {x, y + d}};
    const px_point triangle[] = {{x - d, y + s}, {x, y - d}, {x + d, y + s}};
    x = near(x);
    y = near(y);
    switch (mark) {
    case PX_MARK_SQUARE:
        px_drawing_polygon(drawing, square, 4, colour, 1);
        break;
    case PX_MARK_DIAMOND:
        px_drawing_polygon(drawing, diamond, 4, colour, 1);
        break;
    case PX_MARK_TRIANGLE:
        px_drawing_polygon(drawing, triangle, 3, colour, 1);
        break;
    default:
        draw_round(drawing, mark, x, y, r, colour);
    }
}

void px_drawing_clip(px_drawing *drawing, double x, double y, double width, double height) {
    if (drawing->kind == PX_DRAWN_MARKUP) {
        px_markup_clip(drawing, x, y, width, height);
        return;
    }
    cairo_save(drawing->cairo);
    cairo_rectangle(drawing->cairo, x, y, width, height);
    cairo_clip(drawing->cairo);
}

void px_drawing_unclip(px_drawing *drawing) {
    if (drawing->kind == PX_DRAWN_MARKUP)
        px_markup_unclip(drawing);
    else
        cairo_restore(drawing->cairo);
}
