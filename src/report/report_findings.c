/* The report's table of findings, each with what a person said of it. */
#include <math.h>
#include <stdio.h>

#include "report_parts.h"

#define HEAD 20.0
#define ROW_MOST 22.0
#define ROW_LEAST 10.0
#define BAR 78.0
#define NOTE_LINES 4

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
}

static double draw_remainder(px_drawing *drawing, int count, double top) {
    const px_text_style style = {.size = 7.5, .colour = PX_SOFT, .lines = 1};
    char text[64];
    snprintf(text, sizeof text, "and %d more findings, which are not shown here", count);
    return top + 3 +
           px_drawing_text(drawing, PX_REPORT_LEFT + columns[NAME].x, top + 3, PX_REPORT_INSIDE,
                           &style, text);
}

/* ---- Sharing out the height ---- */

static double good_height(const px_report *report) {
    return fmax(fmin(ROW_MOST * report->n_findings, 210), ROW_LEAST * report->n_findings);
}

static double reviews_height(px_drawing *drawing, const px_report *report, int lines) {
    double height = 0;
    for (int i = 0; i < report->n_findings; i++)
        height += px_report_review_height(drawing, &report->findings[i], lines);
    return height;
}

/* As many lines for each note as leave rows of a good height; one in any case. */
static int note_lines(px_drawing *drawing, const px_report *report, double room) {
    int lines = NOTE_LINES;
    while (lines > 1 && good_height(report) + reviews_height(drawing, report, lines) > room)
        lines--;
    return lines;
}

/* Rows that fit, with a line for the rest where that are not all. @param said  height of what was
 * said of them. */
static int count_rows(px_drawing *drawing, const px_report *report, double room, int lines,
                      double *said) {
    const int n = report->n_findings;
    *said = reviews_height(drawing, report, lines);
    if (ROW_LEAST * n + *said <= room)
        return n;
    *said = 0;
    for (int i = 0; i < n; i++) {
        double height = px_report_review_height(drawing, &report->findings[i], lines);
        if (ROW_LEAST * (i + 2) + *said + height > room)
            return i;
        *said += height;
    }
    return n;
}

double px_report_findings_height(px_drawing *drawing, const px_report *report, double most) {
    int lines = note_lines(drawing, report, most - HEAD - 1);
    return fmin(HEAD + good_height(report) + 1 + reviews_height(drawing, report, lines), most);
}

double px_report_draw_findings(px_drawing *drawing, const px_report *report, double top,
                               double bottom) {
    double room = bottom - top - HEAD, said;
    int n = report->n_findings, lines = note_lines(drawing, report, room);
    int shown = count_rows(drawing, report, room, lines, &said);
    int places = shown < n ? shown + 1 : shown;
    double row = shown > 0 ? fmin(ROW_MOST, (room - said) / places) : ROW_MOST;
    draw_head(drawing, top);
    top += HEAD;
    for (int i = 0; i < shown; i++) {
        draw_row(drawing, &report->findings[i], top, row);
        top = px_report_draw_review(drawing, &report->findings[i], top + row, lines);
        px_drawing_fill(drawing, PX_REPORT_LEFT, top - 0.25, PX_REPORT_INSIDE, 0.5, 0, PX_LINE);
    }
    return shown < n ? draw_remainder(drawing, n - shown, top) : top;
}
