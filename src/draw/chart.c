/* A chart's frame: title, axes, grid, what is written at points. */
#include "chart.h"

#include <math.h>

#include "chart_parts.h"

#define AFTER_TITLE 5.0
#define UP_LABEL 21.0  /* y's label */
#define LABEL_ROW 18.0 /* x's numbers, x's label */
#define TICK_GAP 6.0   /* between numbers and plot */
#define RIGHT 14.0     /* half of the last number hangs over */
#define LEGEND_GAP 5.0
#define TICKS 6       /* about as many */
#define PER_TICK 30.0 /* least distance, roughly */
#define FAR 1e5

static const px_text_style label_style = {
    .size = PX_CHART_TEXT, .colour = PX_CHART_SOFT, .lines = 1};

/* What lies far outside stays there, within what can be drawn. */
static double place_value(double value, const px_ticks *ticks, double length) {
    double share = (value - ticks->low) / (ticks->high - ticks->low);
    return fmax(-FAR, fmin(FAR, share * length));
}

double px_frame_x(const px_frame *frame, double value) {
    return frame->x + place_value(value, &frame->across, frame->width);
}

double px_frame_y(const px_frame *frame, double value) {
    return frame->y + frame->height - place_value(value, &frame->up, frame->height);
}

/* Ticks along a length: fewer on a short axis. */
static void make_ticks(const px_chart *chart, bool is_x, double length, px_ticks *ticks) {
    const px_axis *axis = is_x ? &chart->x : &chart->y;
    double low = axis->low, high = axis->high;
    if (!axis->is_fixed) {
        px_series_range(chart, is_x, &low, &high);
        if (axis->has_zero) {
            low = fmin(low, 0);
            high = fmax(high, 0);
        }
    }
    int about = length > 0 ? (int)fmin(TICKS, 1 + length / PER_TICK) : TICKS;
    if (axis->is_whole && low <= high)
        about = (int)fmin(about, 1 + high - low);
    px_ticks_make(low, high, about, !axis->is_fixed, ticks);
}

static double title_height(px_drawing *drawing, const px_chart *chart, double x, double y,
                           double width, bool is_drawn) {
    const px_text_style style = {
        .size = PX_CHART_TITLE, .colour = PX_CHART_INK, .face = PX_FACE_BOLD, .lines = 2};
    double height = 0;
    if (!chart->title)
        return 0;
    if (is_drawn)
        height = px_drawing_text(drawing, x, y, width, &style, chart->title);
    else
        px_drawing_measure_text(drawing, width, &style, chart->title, NULL, &height);
    return height + AFTER_TITLE;
}

/* Width of the widest number left of the plot. */
static double gutter_width(px_drawing *drawing, const px_chart *chart, const px_ticks *ticks) {
    double widest = 0;
    for (int i = 0; i < ticks->count && !chart->y.is_bare; i++) {
        char text[PX_TICK_TEXT];
        double wide;
        px_ticks_label(ticks, i, chart->y.is_percent, text);
        px_drawing_measure_text(drawing, 200, &label_style, text, &wide, NULL);
        widest = fmax(widest, wide);
    }
    return fmax(chart->gutter, ceil(widest) + TICK_GAP);
}

/* Place the frame below title and label. */
static px_frame place(px_drawing *drawing, const px_chart *chart, double x, double y, double width,
                      double plot_height) {
    px_frame frame = {0};
    make_ticks(chart, true, 0, &frame.across);
    make_ticks(chart, false, plot_height, &frame.up);
    double gutter = gutter_width(drawing, chart, &frame.up);
    frame.x = x + gutter;
    frame.y = y + (chart->y.label ? UP_LABEL : TICK_GAP);
    frame.width = fmax(1, width - gutter - RIGHT);
    frame.height = plot_height > 0 ? plot_height : frame.width;
    return frame;
}

/* What lies below the plot before the legend. */
static double below_plot(const px_chart *chart) {
    double rows = (chart->x.is_bare ? 0 : LABEL_ROW) + (chart->x.label ? LABEL_ROW : 0);
    return rows + LEGEND_GAP;
}

double px_chart_height(px_drawing *drawing, const px_chart *chart, double width,
                       double plot_height) {
    double top = title_height(drawing, chart, 0, 0, width, false);
    px_frame frame = place(drawing, chart, 0, top, width, plot_height);
    return ceil(frame.y + frame.height + below_plot(chart) +
                px_legend_draw(drawing, chart, 0, 0, width, false));
}

static void draw_across(px_drawing *drawing, const px_chart *chart, const px_frame *frame) {
    const px_pen grid = {PX_CHART_GRID, 1, PX_DASH_NONE};
    px_text_style style = label_style;
    style.align = PX_ALIGN_CENTRE;
    double bottom = frame->y + frame->height;
    for (int i = 0; i < frame->across.count; i++) {
        char text[PX_TICK_TEXT];
        double x = px_frame_x(frame, frame->across.values[i]);
        px_drawing_line(drawing, x, frame->y, x, bottom, &grid);
        if (chart->x.is_bare)
            continue;
        px_ticks_label(&frame->across, i, chart->x.is_percent, text);
        px_drawing_text(drawing, x - 40, bottom + 4, 80, &style, text);
    }
    if (chart->x.label)
        px_drawing_text(drawing, frame->x, bottom + 3 + (chart->x.is_bare ? 0 : LABEL_ROW - 1),
                        frame->width, &style, chart->x.label);
}

static void draw_up(px_drawing *drawing, const px_chart *chart, const px_frame *frame, double x) {
    const px_pen grid = {PX_CHART_GRID, 1, PX_DASH_NONE};
    px_text_style style = label_style;
    style.align = PX_ALIGN_RIGHT;
    for (int i = 0; i < frame->up.count; i++) {
        char text[PX_TICK_TEXT];
        double y = px_frame_y(frame, frame->up.values[i]), high;
        px_drawing_line(drawing, frame->x, y, frame->x + frame->width, y, &grid);
        if (chart->y.is_bare)
            continue;
        px_ticks_label(&frame->up, i, chart->y.is_percent, text);
        px_drawing_measure_text(drawing, 200, &style, text, NULL, &high);
        px_drawing_text(drawing, frame->x - TICK_GAP - 200, y - high / 2, 200, &style, text);
    }
    if (chart->y.label)
        px_drawing_text(drawing, x, frame->y - UP_LABEL, frame->x + frame->width - x, &label_style,
                        chart->y.label);
}

/* Beside its point, on the side where it has more room. */
static void draw_note(px_drawing *drawing, const px_frame *frame, const px_chart_note *note) {
    px_text_style style = {
        .size = PX_CHART_TEXT, .colour = note->colour, .lines = 1, .has_halo = true};
    double x = px_frame_x(frame, note->x), y = px_frame_y(frame, note->y), high;
    if (!isfinite(x) || !isfinite(y))
        return;
    double before = x - frame->x - 8, after = frame->x + frame->width - x - 8;
    px_drawing_measure_text(drawing, fmax(before, after), &style, note->text, NULL, &high);
    y = fmax(frame->y + 1, fmin(frame->y + frame->height - high - 1, y - high / 2));
    if (before > after) {
        style.align = PX_ALIGN_RIGHT;
        px_drawing_text(drawing, frame->x, y, before, &style, note->text);
    } else {
        px_drawing_text(drawing, x + 8, y, after, &style, note->text);
    }
}

static void draw_emptiness(px_drawing *drawing, const px_frame *frame) {
    px_text_style style = label_style;
    style.align = PX_ALIGN_CENTRE;
    style.has_halo = true;
    px_drawing_text(drawing, frame->x, frame->y + frame->height / 2 - 8, frame->width, &style,
                    "No data");
}

static bool is_empty(const px_chart *chart) {
    double low, high;
    px_series_range(chart, false, &low, &high);
    for (size_t i = 0; low <= high && i < chart->n_series; i++)
        if (chart->series[i].count > 0)
            return false;
    return true;
}

void px_chart_draw(px_drawing *drawing, const px_chart *chart, double x, double y, double width,
                   double plot_height) {
    const px_pen edge = {PX_CHART_SOFT, 1, PX_DASH_NONE};
    double top = y + title_height(drawing, chart, x, y, width, true);
    px_frame frame = place(drawing, chart, x, top, width, plot_height);
    double bottom = frame.y + frame.height;
    draw_across(drawing, chart, &frame);
    draw_up(drawing, chart, &frame, x);
    px_drawing_clip(drawing, frame.x - 4, frame.y - 4, frame.width + 8, frame.height + 8);
    for (size_t i = 0; i < chart->n_series; i++)
        px_series_draw(drawing, &frame, &chart->series[i]);
    px_drawing_unclip(drawing);
    px_drawing_line(drawing, frame.x, bottom, frame.x + frame.width, bottom, &edge);
    for (size_t i = 0; i < chart->n_notes; i++)
        draw_note(drawing, &frame, &chart->notes[i]);
    if (is_empty(chart))
        draw_emptiness(drawing, &frame);
    px_legend_draw(drawing, chart, x, bottom + below_plot(chart), width, true);
}
