/* The report's table of findings. */
#include <math.h>
#include <stdio.h>

#include "report_parts.h"

#define HEAD 20.0
#define ROW_MOST 22.0
#define ROW_LEAST 10.0
#define BAR 78.0

/* Columns: where each begins, and how wide it is. */
enum { NAME, SCORE, PROBABILITY, THRESHOLD, DECISION, DISAGREEMENT, COLUMNS };
static const struct {
    const char *head;
    double x, width;
    px_text_align align;
} columns[COLUMNS] = {
    {"Finding", 8, 140, PX_ALIGN_LEFT},       {"Score", 156, 38, PX_ALIGN_RIGHT},
    {"Probability", 285, 56, PX_ALIGN_RIGHT}, {"Operating point", 345, 48, PX_ALIGN_RIGHT},
    {"Decision", 402, 52, PX_ALIGN_CENTRE},   {"Members differ", 454, 45, PX_ALIGN_RIGHT},
};

static void draw_cell(px_drawing *drawing, int column, double top, double row, px_text_style style,
                      const char *text) {
    double height, x = PX_REPORT_LEFT + columns[column].x;
    style.align = columns[column].align;
    px_drawing_measure_text(drawing, columns[column].width, &style, text, NULL, &height);
    px_drawing_text(drawing, x, top + (row - height) / 2, columns[column].width, &style, text);
}

static void draw_head(px_drawing *drawing, double top) {
    const px_text_style style = {.size = 7.2, .colour = PX_SOFT, .face = PX_FACE_BOLD, .lines = 2};
    px_drawing_fill(drawing, PX_REPORT_LEFT, top, PX_REPORT_INSIDE, HEAD, 3, PX_PALE);
    for (int i = 0; i < COLUMNS; i++)
        draw_cell(drawing, i, top, HEAD, style, columns[i].head);
}

/* The score as a bar, with a mark at the operating point. */
static void draw_bar(px_drawing *drawing, const px_report_finding *finding, double middle) {
    double x = PX_REPORT_LEFT + columns[SCORE].x + columns[SCORE].width + 8;
    double score = fmin(fmax(finding->score, 0), 1),
           threshold = fmin(fmax(finding->threshold, 0), 1);
    uint32_t colour = finding->has_threshold && finding->decision ? PX_ALARM : PX_ACCENT;
    px_drawing_fill(drawing, x, middle - 2.5, BAR, 5, 2.5, 0xe3e9ed);
    if (score > 0)
        px_drawing_fill(drawing, x, middle - 2.5, fmax(score * BAR, 1), 5, 2.5, colour);
    if (finding->has_threshold)
        px_drawing_fill(drawing, x + threshold * BAR - 0.6, middle - 4.5, 1.2, 9, 0, PX_INK);
}

static void draw_decision(px_drawing *drawing, const px_report_finding *finding, double top,
                          double row, double size) {
    double height = fmin(row - 3, 13), x = PX_REPORT_LEFT + columns[DECISION].x;
    px_text_style style = {.size = size, .colour = PX_SOFT, .lines = 1};
    if (finding->has_threshold && finding->decision) {
        px_drawing_fill(drawing, x, top + (row - height) / 2, columns[DECISION].width, height,
                        height / 2, PX_ALARM_PALE);
        style.colour = PX_ALARM;
        style.face = PX_FACE_BOLD;
    }
    draw_cell(drawing, DECISION, top, row, style,
              !finding->has_threshold ? "–"
              : finding->decision     ? "positive"
                                      : "negative");
}

static void draw_number(px_drawing *drawing, int column, double top, double row,
                        const px_text_style *style, bool there, const char *sign, double value) {
    char text[32] = "–";
    if (there)
        snprintf(text, sizeof text, "%s%.3f", sign, value);
    draw_cell(drawing, column, top, row, *style, text);
}

static void draw_row(px_drawing *drawing, const px_report_finding *finding, double top,
                     double row) {
    const px_text_style plain = {.size = fmin(8.6, row * 0.62), .colour = PX_INK, .lines = 1};
    px_text_style strong = plain;
    if (finding->has_threshold && finding->decision)
        strong.face = PX_FACE_BOLD;
    draw_cell(drawing, NAME, top, row, strong, finding->name);
    draw_number(drawing, SCORE, top, row, &strong, true, "", finding->score);
    draw_bar(drawing, finding, top + row / 2);
    draw_number(drawing, PROBABILITY, top, row, &plain, finding->has_probability, "",
                finding->probability);
    draw_number(drawing, THRESHOLD, top, row, &plain, finding->has_threshold, "≥ ",
                finding->threshold);
    draw_decision(drawing, finding, top, row, plain.size - 0.4);
    draw_number(drawing, DISAGREEMENT, top, row, &plain, true, "± ", finding->disagreement);
    double bottom = top + row;
    px_drawing_fill(drawing, PX_REPORT_LEFT, bottom - 0.25, PX_REPORT_INSIDE, 0.5, 0, PX_LINE);
}

static double draw_remainder(px_drawing *drawing, int count, double top) {
    const px_text_style style = {.size = 7.5, .colour = PX_SOFT, .lines = 1};
    char text[64];
    snprintf(text, sizeof text, "and %d more findings, which are not shown here", count);
    return top + 3 +
           px_drawing_text(drawing, PX_REPORT_LEFT + columns[NAME].x, top + 3, PX_REPORT_INSIDE,
                           &style, text);
}

double px_report_findings_height(const px_report *report, double most) {
    double comfortable = fmin(ROW_MOST * report->n_findings, 210);
    return fmin(HEAD + fmax(comfortable, ROW_LEAST * report->n_findings + 1), most);
}

double px_report_draw_findings(px_drawing *drawing, const px_report *report, double top,
                               double bottom) {
    double room = bottom - top - HEAD;
    int n = report->n_findings;
    int most = (int)fmax(0, floor(room / ROW_LEAST));
    int shown = n <= most ? n : most > 1 ? most - 1 : 0;
    double row = shown > 0 ? fmin(ROW_MOST, room / (shown < n ? shown + 1 : shown)) : ROW_MOST;
    draw_head(drawing, top);
    top += HEAD;
    for (int i = 0; i < shown; i++, top += row)
        draw_row(drawing, &report->findings[i], top, row);
    return shown < n ? draw_remainder(drawing, n - shown, top) : top;
}
