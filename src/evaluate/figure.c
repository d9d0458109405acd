/* Figures of the report: kept together and drawn. */
#include "figure.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "../base/error.h"
#include "../base/memory.h"

#define MARGIN 10.0   /* of files; in a page, the page's */
#define BETWEEN 10.0  /* charts */
#define PNG_SCALE 2.0 /* pixels to the point */

void px_figure_init(px_figure *figure, double width, double level) {
    *figure = (px_figure){.width = width, .level = level};
}

void px_figure_clear(px_figure *figure) {
    for (size_t i = 0; i < figure->n_kept; i++)
        free(figure->kept[i]);
    free(figure->kept);
    *figure = (px_figure){0};
}

static bool make_room(px_figure *figure) {
    if (figure->n_kept < figure->kept_capacity)
        return true;
    size_t capacity = figure->kept_capacity ? 2 * figure->kept_capacity : 32;
    void *kept = figure->kept;
    if (!px_realloc(&kept, capacity, sizeof *figure->kept, &figure->error))
        return false;
    figure->kept = kept;
    figure->kept_capacity = capacity;
    return true;
}

/* Keep what was allocated, or free it where that is not possible. */
static void *keep(px_figure *figure, void *memory) {
    if (!memory)
        return NULL;
    if (!make_room(figure)) {
        free(memory);
        return NULL;
    }
    return figure->kept[figure->n_kept++] = memory;
}

void *px_figure_array(px_figure *figure, size_t count, size_t size) {
    return keep(figure, px_alloc(count, size, &figure->error));
}

const char *px_figure_text(px_figure *figure, const char *format, ...) {
    va_list args;
    va_start(args, format);
    char *text = NULL;
    if (vasprintf(&text, format, args) < 0) {
        text = NULL;
        px_fail_memory(&figure->error);
    }
    va_end(args);
    text = keep(figure, text);
    return text ? text : "";
}

px_chart *px_figure_chart(px_figure *figure, double plot_height) {
    if (figure->n_charts < PX_FIGURE_CHARTS)
        figure->n_charts++;
    else
        px_fail(&figure->error, PX_ERR_LIMIT, NULL, "too many charts in a figure");
    int last = figure->n_charts - 1;
    figure->heights[last] = plot_height;
    figure->charts[last] = (px_chart){.series = figure->series[last], .notes = figure->notes[last]};
    return &figure->charts[last];
}

void px_figure_add(px_figure *figure, px_series series) {
    px_chart *chart = &figure->charts[figure->n_charts - 1];
    if (chart->n_series == PX_FIGURE_SERIES)
        px_fail(&figure->error, PX_ERR_LIMIT, NULL, "too many series in a chart");
    else
        figure->series[figure->n_charts - 1][chart->n_series++] = series;
}

void px_figure_note(px_figure *figure, double x, double y, uint32_t colour, const char *text) {
    px_chart *chart = &figure->charts[figure->n_charts - 1];
    if (chart->n_notes < PX_FIGURE_NOTES)
        figure->notes[figure->n_charts - 1][chart->n_notes++] = (px_chart_note){x, y, text, colour};
}

/* The parts from top to bottom, drawn or only measured. @return where they end. */
static double lay_out(const px_figure *figure, px_drawing *drawing, double margin, bool is_drawn) {
    double y = margin;
    for (int i = 0; i < figure->n_charts; i++) {
        const px_chart *chart = &figure->charts[i];
        y += i > 0 ? BETWEEN : 0;
        if (is_drawn)
            px_chart_draw(drawing, chart, margin, y, figure->width, figure->heights[i]);
        y += px_chart_height(drawing, chart, figure->width, figure->heights[i]);
    }
    if (figure->forest.n_rows > 0) {
        if (is_drawn)
            px_forest_draw(drawing, &figure->forest, margin, y, figure->width);
        y += px_forest_height(drawing, &figure->forest, figure->width);
    }
    if (figure->has_confusion) {
        if (is_drawn)
            px_chart_confusion_draw(drawing, &figure->confusion, margin, y, figure->width);
        y += px_chart_confusion_height(drawing, &figure->confusion, figure->width);
    }
    return y + margin;
}

static px_drawing *begin(const px_figure *figure, px_figure_format format, double width,
                         double height, px_error *err) {
    switch (format) {
    case PX_FIGURE_SVG:
        return px_drawing_new_svg(width, height, err);
    case PX_FIGURE_PNG:
        return px_drawing_new_png(width, height, PNG_SCALE, err);
    default:
        return px_drawing_new_markup(width, height, figure->description, err);
    }
}

/* The figure's height, by a drawing that is thrown away. */
static bool measure(const px_figure *figure, double margin, double *height, px_error *err) {
    px_buffer nothing;
    px_buffer_init(&nothing, 1000);
    px_drawing *drawing = px_drawing_new_markup(1, 1, NULL, err);
    if (!drawing)
        return false;
    *height = ceil(lay_out(figure, drawing, margin, false));
    bool ok = px_drawing_finish(drawing, &nothing, err);
    px_drawing_free(drawing);
    px_buffer_clear(&nothing);
    return ok;
}

static void set_title(px_figure *figure, const char *title) {
    if (figure->n_charts > 0)
        figure->charts[0].title = title;
    figure->forest.title = title;
    figure->confusion.title = title;
}

bool px_figure_write(px_figure *figure, px_figure_format format, px_buffer *out, px_error *err) {
    double margin = format == PX_FIGURE_MARKUP ? 0 : MARGIN;
    if (figure->error.code != PX_OK)
        return px_fail(err, figure->error.code, NULL, "%s", figure->error.message);
    set_title(figure, format == PX_FIGURE_MARKUP ? NULL : figure->title);
    double height;
    if (!measure(figure, margin, &height, err))
        return false;
    px_drawing *drawing = begin(figure, format, figure->width + 2 * margin, height, err);
    if (!drawing)
        return false;
    lay_out(figure, drawing, margin, true);
    bool ok = px_drawing_finish(drawing, out, err);
    px_drawing_free(drawing);
    return ok;
}
