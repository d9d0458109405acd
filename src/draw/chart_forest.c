/* Forest plots. */
#include "chart_forest.h"

#include <math.h>

#include "chart_parts.h"

#define ROW 20.0
#define GAP 14.0    /* between columns */
#define INDENT 12.0 /* of rows below a heading */
#define FOOT 38.0   /* numbers and label of the axis */
#define HEAD 20.0
#define MARK 7.5

/* Where the columns begin: labels, plot, texts. */
typedef struct columns {
    double label, label_width, text, text_width;
    px_frame frame;
} columns;

static double title_height(px_drawing *drawing, const px_forest *forest, double x, double y,
                           double width, bool is_drawn) {
    const px_text_style style = {
        .size = PX_CHART_TITLE, .colour = PX_CHART_INK, .face = PX_FACE_BOLD, .lines = 2};
    double height = 0;
    if (!forest->title)
        return 0;
    if (is_drawn)
        height = px_drawing_text(drawing, x, y, width, &style, forest->title);
    else
        px_drawing_measure_text(drawing, width, &style, forest->title, NULL, &height);
    return height + 4;
}

double px_forest_height(px_drawing *drawing, const px_forest *forest, double width) {
    return ceil(title_height(drawing, forest, 0, 0, width, false) + HEAD +
                ROW * (double)forest->n_rows + FOOT);
}

/* Width of the widest text of a column, at most `most`. */
static double column_width(px_drawing *drawing, const px_forest *forest, bool is_label,
                           double most) {
    double widest = 40;
    for (size_t i = 0; i < forest->n_rows; i++) {
        const px_forest_row *row = &forest->rows[i];
        const px_text_style style = {.size = PX_CHART_TEXT,
                                     .face = row->is_strong || row->is_heading ? PX_FACE_BOLD
                                                                               : PX_FACE_PLAIN,
                                     .lines = 1};
        const char *text = is_label ? row->label : row->text;
        double wide = 0;
        if (text)
            px_drawing_measure_text(drawing, most, &style, text, &wide, NULL);
        widest = fmax(widest, wide + (is_label ? INDENT : 0));
    }
    return fmin(most, ceil(1.05 * widest) + 4); /* a page's own fonts may be wider */
}

static void widen(double value, double *low, double *high) {
    if (isfinite(value)) {
        *low = fmin(*low, value);
        *high = fmax(*high, value);
    }
}

static void find_range(const px_forest *forest, px_ticks *ticks) {
    double low = INFINITY, high = -INFINITY;
    widen(forest->reference, &low, &high);
    for (size_t i = 0; i < forest->n_rows; i++) {
        const px_forest_row *row = &forest->rows[i];
        if (row->is_heading)
            continue;
        widen(row->value, &low, &high);
        widen(row->low, &low, &high);
        widen(row->high, &low, &high);
    }
    px_ticks_make(low, high, 5, true, ticks);
}

static columns place(px_drawing *drawing, const px_forest *forest, double x, double y,
                     double width) {
    columns made = {.label = x};
    made.label_width = column_width(drawing, forest, true, 0.4 * width);
    made.text_width = column_width(drawing, forest, false, 0.38 * width);
    made.text = x + width - made.text_width;
    find_range(forest, &made.frame.across);
    made.frame.x = x + made.label_width + GAP;
    made.frame.y = y + HEAD;
    made.frame.width = fmax(1, made.text - GAP - made.frame.x);
    made.frame.height = ROW * (double)forest->n_rows;
    return made;
}

static void draw_axis(px_drawing *drawing, const px_forest *forest, const px_frame *frame) {
    const px_pen grid = {PX_CHART_GRID, 1, PX_DASH_NONE}, edge = {PX_CHART_SOFT, 1, PX_DASH_NONE};
    const px_pen reference = {PX_CHART_SOFT, 1.2, PX_DASH_SHORT};
    const px_text_style style = {
        .size = PX_CHART_TEXT, .colour = PX_CHART_SOFT, .align = PX_ALIGN_CENTRE, .lines = 1};
    double bottom = frame->y + frame->height;
    for (int i = 0; i < frame->across.count; i++) {
        char text[PX_TICK_TEXT];
        double x = px_frame_x(frame, frame->across.values[i]);
        px_ticks_label(&frame->across, i, false, text);
        px_drawing_line(drawing, x, frame->y, x, bottom, &grid);
        px_drawing_text(drawing, x - 30, bottom + 3, 60, &style, text);
    }
    px_drawing_line(drawing, frame->x, bottom, frame->x + frame->width, bottom, &edge);
    if (isfinite(forest->reference)) {
        double x = px_frame_x(frame, forest->reference);
        px_drawing_line(drawing, x, frame->y, x, bottom, &reference);
    }
    px_drawing_text(drawing, frame->x, bottom + 19, frame->width, &style, forest->axis);
}

static void draw_estimate(px_drawing *drawing, const px_frame *frame, const px_forest_row *row,
                          double middle) {
    const px_pen pen = {row->colour, row->is_strong ? 2.2 : 1.5, PX_DASH_NONE};
    if (isfinite(row->low) && isfinite(row->high))
        px_drawing_line(drawing, px_frame_x(frame, row->low), middle, px_frame_x(frame, row->high),
                        middle, &pen);
    if (isfinite(row->value))
        px_drawing_mark(drawing, row->mark, px_frame_x(frame, row->value), middle, MARK,
                        row->colour);
}

/* A text in a row, at the height of its middle. */
static void draw_cell(px_drawing *drawing, double x, double middle, double width,
                      const px_text_style *style, const char *text) {
    double high;
    if (!text)
        return;
    px_drawing_measure_text(drawing, width, style, text, NULL, &high);
    px_drawing_text(drawing, x, middle - high / 2, width, style, text);
}

static void draw_row(px_drawing *drawing, const columns *at, const px_forest_row *row,
                     double middle, bool is_indented) {
    px_text_style style = {.size = PX_CHART_TEXT, .colour = PX_CHART_INK, .lines = 1};
    double indent = is_indented ? INDENT : 0;
    style.face = row->is_strong || row->is_heading ? PX_FACE_BOLD : PX_FACE_PLAIN;
    if (row->is_heading) {
        draw_cell(drawing, at->label, middle, at->text + at->text_width - at->label, &style,
                  row->label);
        return;
    }
    draw_cell(drawing, at->label + indent, middle, at->label_width - indent, &style, row->label);
    draw_cell(drawing, at->text, middle, at->text_width, &style, row->text);
    draw_estimate(drawing, &at->frame, row, middle);
}

void px_forest_draw(px_drawing *drawing, const px_forest *forest, double x, double y,
                    double width) {
    const px_text_style head = {.size = PX_CHART_TEXT, .colour = PX_CHART_SOFT, .lines = 1};
    double top = y + title_height(drawing, forest, x, y, width, true);
    columns at = place(drawing, forest, x, top, width);
    bool is_indented = false;
    draw_axis(drawing, forest, &at.frame);
    draw_cell(drawing, at.text, top + HEAD / 2, at.text_width, &head, forest->text_heading);
    for (size_t i = 0; i < forest->n_rows; i++) {
        draw_row(drawing, &at, &forest->rows[i], at.frame.y + ROW * ((double)i + 0.5), is_indented);
        is_indented = is_indented || forest->rows[i].is_heading;
    }
}
