/* A table of labels against decisions. */
#include "chart_table.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "chart_parts.h"

#define HEAD 22.0 /* what the columns are */
#define SIDE 74.0 /* what the rows are */
#define CELL 88.0 /* height */
#define GAP 4.0

static double draw_words(px_drawing *drawing, double x, double y, double width,
                         const px_text_style *style, const char *text, bool is_drawn) {
    double height = 0;
    if (!text)
        return 0;
    if (is_drawn)
        return px_drawing_text(drawing, x, y, width, style, text);
    px_drawing_measure_text(drawing, width, style, text, NULL, &height);
    return height;
}

static double draw_title(px_drawing *drawing, const px_chart_confusion *c, double x, double y,
                         double width, bool is_drawn) {
    const px_text_style style = {
        .size = PX_CHART_TITLE, .colour = PX_CHART_INK, .face = PX_FACE_BOLD, .lines = 2};
    double height = draw_words(drawing, x, y, width, &style, c->title, is_drawn);
    return height > 0 ? height + 5 : 0;
}

static double draw_below(px_drawing *drawing, const px_chart_confusion *c, double x, double y,
                         double width, bool is_drawn) {
    const px_text_style style = {.size = PX_CHART_TEXT, .colour = PX_CHART_SOFT, .lines = 4};
    return draw_words(drawing, x, y, width, &style, c->below, is_drawn);
}

double px_chart_confusion_height(px_drawing *drawing, const px_chart_confusion *c, double width) {
    double top = draw_title(drawing, c, 0, 0, width, false) + HEAD + 2 * (CELL + GAP) + 6;
    return ceil(top + draw_below(drawing, c, 0, 0, width, false));
}

/* Shade, count, share of its class, and what such a case is called. */
static void draw_cell(px_drawing *drawing, double x, double y, double width, int64_t count,
                      int64_t row, bool is_right, const char *class, const char *name) {
    uint32_t colour = is_right ? PX_CHART_BLUE : PX_CHART_VERMILION;
    double share = row > 0 ? (double)count / (double)row : 0;
    const px_point box[] = {{x, y}, {x + width, y}, {x + width, y + CELL}, {x, y + CELL}};
    px_text_style style = {.size = 20,
                           .colour = PX_CHART_INK,
                           .face = PX_FACE_BOLD,
                           .align = PX_ALIGN_CENTRE,
                           .lines = 1};
    char text[32];
    px_drawing_polygon(drawing, box, 4, colour, 0.06 + 0.3 * share);
    snprintf(text, sizeof text, "%" PRId64, count);
    px_drawing_text(drawing, x, y + 15, width, &style, text);
    style.size = PX_CHART_TEXT;
    style.face = PX_FACE_PLAIN;
    px_drawing_text(drawing, x, y + 57, width, &style, name);
    snprintf(text, sizeof text, "%.1f %% of %s", 100 * share, class);
    if (row > 0)
        px_drawing_text(drawing, x, y + 41, width, &style, text);
}

static void draw_heads(px_drawing *drawing, double x, double y, double cell) {
    static const char *const columns[] = {"decided positive", "decided negative"};
    static const char *const rows[] = {"labelled positive", "labelled negative"};
    px_text_style style = {
        .size = PX_CHART_TEXT, .colour = PX_CHART_SOFT, .align = PX_ALIGN_CENTRE, .lines = 2};
    for (int i = 0; i < 2; i++) {
        double left = x + SIDE + i * (cell + GAP), top = y + HEAD + i * (CELL + GAP);
        style.lines = 1;
        px_drawing_text(drawing, left, y + HEAD - 19, cell, &style, columns[i]);
        style.align = PX_ALIGN_LEFT;
        style.lines = 2;
        px_drawing_text(drawing, x, top + CELL / 2 - 15, SIDE - 8, &style, rows[i]);
        style.align = PX_ALIGN_CENTRE;
    }
}

void px_chart_confusion_draw(px_drawing *drawing, const px_chart_confusion *c, double x, double y,
                             double width) {
    double cell = fmax(1, (width - SIDE - GAP) / 2), left = x + SIDE;
    int64_t positive = c->true_positives + c->false_negatives;
    int64_t negative = c->false_positives + c->true_negatives;
    y += draw_title(drawing, c, x, y, width, true);
    draw_heads(drawing, x, y, cell);
    y += HEAD;
    draw_cell(drawing, left, y, cell, c->true_positives, positive, true, "positives",
              "true positives");
    draw_cell(drawing, left + cell + GAP, y, cell, c->false_negatives, positive, false, "positives",
              "false negatives");
    y += CELL + GAP;
    draw_cell(drawing, left, y, cell, c->false_positives, negative, false, "negatives",
              "false positives");
    draw_cell(drawing, left + cell + GAP, y, cell, c->true_negatives, negative, true, "negatives",
              "true negatives");
    draw_below(drawing, c, x, y + CELL + GAP + 6, width, true);
}
