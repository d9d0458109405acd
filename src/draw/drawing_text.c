/* Text on drawings, laid out by Pango. */
#include <string.h>

#include "../base/error.h"
#include "drawing_parts.h"

/* Fonts by preference: the first that is installed; other scripts are found by Pango. */
#define SANS "Noto Sans, Open Sans, DejaVu Sans, sans-serif"
#define MONO "Noto Sans Mono, DejaVu Sans Mono, monospace"

/* Valid UTF-8 without control characters, to be freed with g_free; GLib ends the program when it
 * has no memory for such small things. */
static char *clean_text(const char *text) {
    char *valid = g_utf8_make_valid(text, (gssize)strnlen(text, PX_TEXT_BYTES));
    for (char *c = valid; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 127)
            *c = ' ';
    return valid;
}

static void set_font(PangoLayout *layout, const px_text_style *style) {
    PangoFontDescription *font = pango_font_description_new();
    pango_font_description_set_family_static(font, style->face == PX_FACE_MONO ? MONO : SANS);
    if (style->face == PX_FACE_BOLD)
        pango_font_description_set_weight(font, PANGO_WEIGHT_BOLD);
    pango_font_description_set_absolute_size(font, style->size * PANGO_SCALE);
    pango_layout_set_font_description(layout, font);
    pango_font_description_free(font);
}

static PangoLayout *make_layout(px_drawing *drawing, double width, const px_text_style *style,
                                const char *text) {
    static const PangoAlignment align[] = {PANGO_ALIGN_LEFT, PANGO_ALIGN_CENTER, PANGO_ALIGN_RIGHT};
    PangoLayout *layout = pango_layout_new(drawing->context);
    set_font(layout, style);
    pango_layout_set_width(layout, pango_units_from_double(width));
    pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
    pango_layout_set_alignment(layout, align[style->align]);
    if (style->lines > 0) {
        pango_layout_set_height(layout, -style->lines);
        pango_layout_set_ellipsize(layout, PANGO_ELLIPSIZE_END);
    }
    char *clean = clean_text(text);
    pango_layout_set_text(layout, clean, -1);
    g_free(clean);
    return layout;
}

static double height_of(PangoLayout *layout) {
    int height;
    pango_layout_get_size(layout, NULL, &height);
    return pango_units_to_double(height);
}

/* Of a text that was cut, as much as is shown: shorter by a character until it fits. */
static void cut_ellipsized(PangoLayout *layout) {
    while (pango_layout_is_ellipsized(layout)) {
        const char *text = pango_layout_get_text(layout);
        static const char dots[] = "…";
        size_t size = strlen(text), tail = sizeof dots - 1;
        if (size > tail && memcmp(text + size - tail, dots, tail) == 0)
            size -= tail;
        size -= size > 200 ? size / 8 : 0;
        const char *end = g_utf8_find_prev_char(text, text + size);
        if (!end || end == text)
            return;
        while (end > text && end[-1] == ' ')
            end--;
        char *shorter = g_strdup_printf("%.*s%s", (int)(end - text), text, dots);
        pango_layout_set_text(layout, shorter, -1);
        g_free(shorter);
    }
}

/* Into markup line by line, where Pango laid them. */
static void write_lines(px_drawing *drawing, PangoLayout *layout, double x, double y, double width,
                        const px_text_style *style) {
    cut_ellipsized(layout);
    const char *text = pango_layout_get_text(layout);
    double at = style->align == PX_ALIGN_LEFT     ? x
                : style->align == PX_ALIGN_CENTRE ? x + width / 2
                                                  : x + width;
    PangoLayoutIter *lines = pango_layout_get_iter(layout);
    do {
        const PangoLayoutLine *line = pango_layout_iter_get_line_readonly(lines);
        double baseline = y + pango_units_to_double(pango_layout_iter_get_baseline(lines));
        px_markup_line(drawing, at, baseline, style, text + line->start_index,
                       (size_t)line->length);
    } while (pango_layout_iter_next_line(lines));
    pango_layout_iter_free(lines);
}

static void draw_halo(px_drawing *drawing, PangoLayout *layout, double size) {
    cairo_set_source_rgb(drawing->cairo, 1, 1, 1);
    cairo_set_line_width(drawing->cairo, size / 3);
    cairo_set_line_join(drawing->cairo, CAIRO_LINE_JOIN_ROUND);
    cairo_set_dash(drawing->cairo, NULL, 0, 0);
    pango_cairo_layout_path(drawing->cairo, layout);
    cairo_stroke(drawing->cairo);
}

double px_drawing_text(px_drawing *drawing, double x, double y, double width,
                       const px_text_style *style, const char *text) {
    PangoLayout *layout = make_layout(drawing, width, style, text);
    double height = height_of(layout);
    if (drawing->kind == PX_DRAWN_MARKUP) {
        write_lines(drawing, layout, x, y, width, style);
    } else {
        cairo_move_to(drawing->cairo, x, y);
        if (style->has_halo)
            draw_halo(drawing, layout, style->size);
        cairo_move_to(drawing->cairo, x, y);
        px_drawing_set_colour(drawing, style->colour);
        pango_cairo_show_layout(drawing->cairo, layout);
        cairo_new_path(drawing->cairo);
    }
    g_object_unref(layout);
    return height;
}

void px_drawing_measure_text(px_drawing *drawing, double width, const px_text_style *style,
                             const char *text, double *text_width, double *text_height) {
    PangoLayout *layout = make_layout(drawing, width, style, text);
    PangoRectangle taken;
    pango_layout_get_extents(layout, NULL, &taken);
    if (text_width)
        *text_width = pango_units_to_double(taken.width);
    if (text_height)
        *text_height = height_of(layout);
    g_object_unref(layout);
}
