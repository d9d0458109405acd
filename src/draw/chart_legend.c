/* A chart's legend: samples and names below the plot, as many to a line as fit. */
#include <math.h>

#include "chart_parts.h"

#define SAMPLE 24.0 /* width of a sample */
#define GAP 16.0    /* between entries */
#define ROW 17.0

static void draw_sample(px_drawing *drawing, const px_series *s, double x, double y) {
    const px_pen pen = {s->colour, s->width > 0 ? s->width : 1.8, s->dash};
    double left = x + 2, right = x + SAMPLE - 3;
    const px_point box[] = {{left, y - 4.5}, {right, y - 4.5}, {right, y + 4.5}, {left, y + 4.5}};
    switch (s->kind) {
    case PX_SERIES_BAND:
        px_drawing_polygon(drawing, box, 4, s->colour, 0.22);
        break;
    case PX_SERIES_BARS:
        px_drawing_polygon(drawing, box, 4, s->colour, 0.75);
        break;
    case PX_SERIES_POINTS:
        px_drawing_mark(drawing, s->mark, x + SAMPLE / 2, y, 7, s->colour);
        break;
    default:
        px_drawing_line(drawing, left - 2, y, right + 1, y, &pen);
    }
}

double px_legend_draw(px_drawing *drawing, const px_chart *chart, double x, double y, double width,
                      bool is_drawn) {
    const px_text_style style = {.size = PX_CHART_TEXT, .colour = PX_CHART_INK, .lines = 1};
    double room = fmax(1, width - SAMPLE), at = 0, row = 0;
    int entries = 0;
    for (size_t i = 0; i < chart->n_series; i++) {
        const px_series *s = &chart->series[i];
        double wide, high;
        if (!s->name)
            continue;
        px_drawing_measure_text(drawing, room, &style, s->name, &wide, &high);
        wide = ceil(fmin(wide, room)) + 1;
        if (entries++ > 0 && at + SAMPLE + wide > width) {
            at = 0;
            row += ROW;
        }
        if (is_drawn) {
            draw_sample(drawing, s, x + at, y + row + ROW / 2);
            px_drawing_text(drawing, x + at + SAMPLE, y + row + (ROW - high) / 2,
                            fmin(wide + 1, room), &style, s->name);
        }
        at += SAMPLE + wide + GAP;
    }
    return entries > 0 ? row + ROW : 0;
}
