/* The series of a chart. */
#include <math.h>
#include <stdlib.h>

#include "../base/memory.h"
#include "chart_parts.h"
#include "chart_thin.h"
#include "drawing_parts.h"

#define LINE_WIDTH 1.8
#define MARK_SIZE 7.0
#define CAP 2.5        /* half the width of an error bar's ends */
#define TOLERANCE 0.08 /* how far thinning may move a line: less than eyes or printers show */
#define BAND_OPACITY 0.16
#define BAR_OPACITY 0.75

static void widen(const double *values, size_t count, double *low, double *high) {
    for (size_t i = 0; values && i < count; i++)
        if (isfinite(values[i])) {
            *low = fmin(*low, values[i]);
            *high = fmax(*high, values[i]);
        }
}

void px_series_range(const px_chart *chart, bool is_x, double *low, double *high) {
    *low = INFINITY;
    *high = -INFINITY;
    for (size_t i = 0; i < chart->n_series; i++) {
        const px_series *s = &chart->series[i];
        widen(is_x ? s->x : s->y, s->count, low, high);
        widen(is_x ? s->x_low : s->low, s->count, low, high);
        widen(is_x ? s->x_high : s->high, s->count, low, high);
        if (!is_x && s->kind == PX_SERIES_BARS)
            widen((const double[]){0}, 1, low, high);
    }
}

/* Draw a run of points, thinned out. */
static void draw_run(px_drawing *drawing, px_point *points, size_t count, const px_pen *pen) {
    count = px_chart_thin(points, count, TOLERANCE, &drawing->error);
    px_drawing_polyline(drawing, points, count, pen);
}

static void draw_line(px_drawing *drawing, const px_frame *frame, const px_series *s) {
    const px_pen pen = {s->colour, s->width > 0 ? s->width : LINE_WIDTH, s->dash};
    px_point *points = px_alloc(s->count, 2 * sizeof *points, &drawing->error);
    size_t used = 0;
    for (size_t i = 0; points && i < s->count; i++) {
        if (!isfinite(s->x[i]) || !isfinite(s->y[i])) {
            draw_run(drawing, points, used, &pen);
            used = 0;
            continue;
        }
        px_point next = {px_frame_x(frame, s->x[i]), px_frame_y(frame, s->y[i])};
        if (s->kind == PX_SERIES_STEP && used > 0) {
            points[used] = (px_point){points[used - 1].x, next.y};
            used++;
        }
        points[used++] = next;
    }
    if (points)
        draw_run(drawing, points, used, &pen);
    free(points);
}

/* One edge of a band, from left to right. */
static size_t fill_edge(px_drawing *drawing, const px_frame *frame, const px_series *s,
                        const double *edge, px_point *points) {
    size_t used = 0;
    for (size_t i = 0; i < s->count; i++)
        if (isfinite(s->x[i]) && isfinite(s->low[i]) && isfinite(s->high[i]))
            points[used++] = (px_point){px_frame_x(frame, s->x[i]), px_frame_y(frame, edge[i])};
    return px_chart_thin(points, used, TOLERANCE, &drawing->error);
}

static void draw_band(px_drawing *drawing, const px_frame *frame, const px_series *s) {
    px_point *points = px_alloc(s->count, 2 * sizeof *points, &drawing->error);
    if (!points)
        return;
    size_t lower = fill_edge(drawing, frame, s, s->low, points);
    size_t upper = fill_edge(drawing, frame, s, s->high, points + lower);
    for (size_t i = 0; i < upper / 2; i++) {
        px_point *a = &points[lower + i], *b = &points[lower + upper - 1 - i], kept = *a;
        *a = *b;
        *b = kept;
    }
    px_drawing_polygon(drawing, points, lower + upper, s->colour, BAND_OPACITY);
    free(points);
}

static void draw_error_bars(px_drawing *drawing, const px_frame *frame, const px_series *s,
                            size_t i) {
    const px_pen pen = {s->colour, 1.3, PX_DASH_NONE};
    double x = px_frame_x(frame, s->x[i]), y = px_frame_y(frame, s->y[i]);
    if (s->low && s->high && isfinite(s->low[i]) && isfinite(s->high[i])) {
        double from = px_frame_y(frame, s->low[i]), to = px_frame_y(frame, s->high[i]);
        px_drawing_line(drawing, x, from, x, to, &pen);
        px_drawing_line(drawing, x - CAP, from, x + CAP, from, &pen);
        px_drawing_line(drawing, x - CAP, to, x + CAP, to, &pen);
    }
    if (s->x_low && s->x_high && isfinite(s->x_low[i]) && isfinite(s->x_high[i])) {
        double from = px_frame_x(frame, s->x_low[i]), to = px_frame_x(frame, s->x_high[i]);
        px_drawing_line(drawing, from, y, to, y, &pen);
        px_drawing_line(drawing, from, y - CAP, from, y + CAP, &pen);
        px_drawing_line(drawing, to, y - CAP, to, y + CAP, &pen);
    }
}

static void draw_points(px_drawing *drawing, const px_frame *frame, const px_series *s) {
    for (size_t i = 0; i < s->count; i++)
        if (isfinite(s->x[i]) && isfinite(s->y[i])) {
            draw_error_bars(drawing, frame, s, i);
            px_drawing_mark(drawing, s->mark, px_frame_x(frame, s->x[i]),
                            px_frame_y(frame, s->y[i]), MARK_SIZE, s->colour);
        }
}

static void draw_bars(px_drawing *drawing, const px_frame *frame, const px_series *s) {
    double ground = px_frame_y(frame, 0);
    for (size_t i = 0; i < s->count; i++) {
        if (!isfinite(s->x_low[i]) || !isfinite(s->x_high[i]) || !isfinite(s->y[i]) || s->y[i] == 0)
            continue;
        double left = px_frame_x(frame, s->x_low[i]), right = px_frame_x(frame, s->x_high[i]);
        double gap = fmin(0.5, (right - left) / 8), top = px_frame_y(frame, s->y[i]);
        const px_point corners[] = {
            {left + gap, ground}, {left + gap, top}, {right - gap, top}, {right - gap, ground}};
        px_drawing_polygon(drawing, corners, 4, s->colour, BAR_OPACITY);
    }
}

void px_series_draw(px_drawing *drawing, const px_frame *frame, const px_series *series) {
    static void (*const draw[])(px_drawing *, const px_frame *, const px_series *) = {
        draw_line, draw_line, draw_band, draw_points, draw_bars};
    draw[series->kind](drawing, frame, series);
}
