/* Drawings as an <svg> element of a page. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../base/markup.h"
#include "drawing_parts.h"

#define FAR 1e5

/* A number with at most two decimals, without zeros at its end. */
typedef struct number {
    char text[24];
} number;

static number brief(double value) {
    number made;
    snprintf(made.text, sizeof made.text, "%.2f", fmax(-FAR, fmin(FAR, value)) + 0.0);
    char *end = made.text + strlen(made.text);
    while (end[-1] == '0')
        *--end = '\0';
    if (end[-1] == '.')
        end[-1] = '\0';
    if (strcmp(made.text, "-0") == 0)
        snprintf(made.text, sizeof made.text, "0");
    return made;
}

/* ` fill="var(--c123456,#123456)"` */
static void print_colour(px_drawing *drawing, const char *attribute, uint32_t colour) {
    px_buffer_print(&drawing->file, &drawing->error, " %s=\"var(--c%06x,#%06x)\"", attribute,
                    (unsigned)colour & 0xffffff, (unsigned)colour & 0xffffff);
}

static void print_number(px_drawing *drawing, const char *attribute, double value) {
    px_buffer_print(&drawing->file, &drawing->error, " %s=\"%s\"", attribute, brief(value).text);
}

static void print(px_drawing *drawing, const char *text) {
    px_buffer_append(&drawing->file, text, strlen(text), &drawing->error);
}

void px_markup_begin(px_drawing *drawing, double width, double height, const char *description) {
    number w = brief(width), h = brief(height);
    px_buffer_print(&drawing->file, &drawing->error,
                    "<svg width=\"%s\" height=\"%s\" viewBox=\"0 0 %s %s\" role=\"img\""
                    " aria-label=\"",
                    w.text, h.text, w.text, h.text);
    px_markup_append(&drawing->file, description, &drawing->error);
    print(drawing, "\">\n");
}

void px_markup_fill(px_drawing *drawing, double x, double y, double width, double height,
                    double radius, uint32_t colour) {
    print(drawing, "<rect");
    print_number(drawing, "x", x);
    print_number(drawing, "y", y);
    print_number(drawing, "width", width);
    print_number(drawing, "height", height);
    if (radius > 0)
        print_number(drawing, "rx", radius);
    print_colour(drawing, "fill", colour);
    print(drawing, "/>\n");
}

static void print_pen(px_drawing *drawing, const px_pen *pen) {
    int count;
    const double *lengths = px_dash_lengths(pen->dash, &count);
    print(drawing, " fill=\"none\"");
    print_colour(drawing, "stroke", pen->colour);
    print_number(drawing, "stroke-width", pen->width);
    for (int i = 0; i < count; i++)
        px_buffer_print(&drawing->file, &drawing->error, "%s%s", i ? " " : " stroke-dasharray=\"",
                        brief(lengths[i] * pen->width).text);
    print(drawing, count ? "\"/>\n" : "/>\n");
}

static void print_path(px_drawing *drawing, const px_point *points, size_t count) {
    for (size_t i = 0; i < count; i++)
        px_buffer_print(&drawing->file, &drawing->error, "%s%s %s", i ? "L" : "<path d=\"M",
                        brief(points[i].x).text, brief(points[i].y).text);
}

void px_markup_polyline(px_drawing *drawing, const px_point *points, size_t count,
                        const px_pen *pen) {
    print_path(drawing, points, count);
    print(drawing, "\" stroke-linejoin=\"round\"");
    print_pen(drawing, pen);
}

void px_markup_polygon(px_drawing *drawing, const px_point *points, size_t count, uint32_t colour,
                       double opacity) {
    print_path(drawing, points, count);
    print(drawing, "Z\"");
    print_colour(drawing, "fill", colour);
    if (opacity < 1)
        print_number(drawing, "fill-opacity", opacity);
    print(drawing, "/>\n");
}

static void print_circle(px_drawing *drawing, double x, double y, double radius) {
    print(drawing, "<circle");
    print_number(drawing, "cx", x);
    print_number(drawing, "cy", y);
    print_number(drawing, "r", radius);
}

void px_markup_ring(px_drawing *drawing, double x, double y, double radius, const px_pen *pen) {
    print_circle(drawing, x, y, radius);
    print_pen(drawing, pen);
}

void px_markup_dot(px_drawing *drawing, double x, double y, double radius, uint32_t colour) {
    print_circle(drawing, x, y, radius);
    print_colour(drawing, "fill", colour);
    print(drawing, "/>\n");
}

/* An inner <svg> cuts off what lies outside of it, and needs no id. */
void px_markup_clip(px_drawing *drawing, double x, double y, double width, double height) {
    number box[] = {brief(x), brief(y), brief(width), brief(height)};
    px_buffer_print(&drawing->file, &drawing->error,
                    "<svg x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\" viewBox=\"%s %s %s %s\">\n",
                    box[0].text, box[1].text, box[2].text, box[3].text, box[0].text, box[1].text,
                    box[2].text, box[3].text);
}

void px_markup_unclip(px_drawing *drawing) {
    print(drawing, "</svg>\n");
}

void px_markup_line(px_drawing *drawing, double x, double baseline, const px_text_style *style,
                    const char *text, size_t size) {
    static const char *const anchors[] = {"", " text-anchor=\"middle\"", " text-anchor=\"end\""};
    static const char *const faces[] = {"", " font-weight=\"bold\"", " font-family=\"monospace\""};
    print(drawing, "<text");
    print_number(drawing, "x", x);
    print_number(drawing, "y", baseline);
    print_number(drawing, "font-size", style->size);
    print_colour(drawing, "fill", style->colour);
    print(drawing, anchors[style->align]);
    print(drawing, faces[style->face]);
    if (style->has_halo) {
        print_colour(drawing, "stroke", 0xffffff);
        print_number(drawing, "stroke-width", style->size / 3);
        print(drawing, " stroke-linejoin=\"round\" paint-order=\"stroke\"");
    }
    print(drawing, ">");
    char *line = g_strndup(text, size);
    px_markup_append(&drawing->file, line, &drawing->error);
    g_free(line);
    print(drawing, "</text>\n");
}
