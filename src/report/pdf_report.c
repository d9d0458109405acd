/* The report's page: from its head to the notice at its foot. */
#include "pdf_report.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "../base/error.h"
#include "report_parts.h"

#define TEXT 256
#define NOT_A_DEVICE                                                                               \
    "Not a medical device. This page was written by a program for research and teaching; it must " \
    "not be used for diagnosis or treatment. Scores are no substitute for a radiologist's "        \
    "reading."

#define LEGEND                                                                                     \
    "Score: weighted average of the members' outputs. Decision: positive at or above the "         \
    "operating "                                                                                   \
    "point (the mark on the bar). Members differ: weighted standard deviation of their scores. "   \
    "Made by perXeptron " PX_VERSION "."

/* Is there anything to show? */
static bool has(const char *text) {
    return text && *text;
}

static void format_time(int64_t seconds, char text[TEXT]) {
    time_t when = (time_t)seconds;
    struct tm parts;
    if (!gmtime_r(&when, &parts) || strftime(text, TEXT, "%Y-%m-%d %H:%M UTC", &parts) == 0)
        text[0] = '\0';
}

/* Large on two lines, or smaller on three. */
static double draw_title(px_drawing *drawing, double y, const char *title) {
    px_text_style style = {.size = 18, .colour = PX_INK, .face = PX_FACE_BOLD};
    double whole;
    px_drawing_measure_text(drawing, PX_REPORT_INSIDE, &style, title, NULL, &whole);
    bool is_long = whole > 2.9 * style.size;
    style.lines = is_long ? 3 : 2;
    style.size = is_long ? 12.5 : style.size;
    return px_drawing_text(drawing, PX_REPORT_LEFT, y, PX_REPORT_INSIDE, &style, title);
}

static double draw_head(px_drawing *drawing, const px_report *report, double y) {
    const px_text_style name = {.size = 9, .colour = PX_ACCENT, .face = PX_FACE_BOLD, .lines = 1};
    const px_text_style kind = {.size = 9, .colour = PX_SOFT, .lines = 1, .align = PX_ALIGN_RIGHT};
    char made[TEXT], right[TEXT + 32];
    format_time(report->made, made);
    snprintf(right, sizeof right, "Chest X-ray report · %s", made);
    px_drawing_fill(drawing, 0, 0, PX_REPORT_WIDTH, 6, 0, PX_ACCENT);
    px_drawing_text(drawing, PX_REPORT_LEFT, y, 150, &name, "perXeptron");
    y += px_drawing_text(drawing, PX_REPORT_LEFT + 150, y, PX_REPORT_INSIDE - 150, &kind, right);
    y += 6;
    return y + draw_title(drawing, y, has(report->title) ? report->title : "Chest X-ray");
}

/* A fact that there is takes a column; what there is not leaves none empty. */
static void draw_fact(px_drawing *drawing, int *column, double y, const char *label,
                      const char *value) {
    const px_text_style small = {.size = 7, .colour = PX_SOFT, .lines = 1};
    const px_text_style plain = {.size = 9, .colour = PX_INK, .lines = 1};
    double width = PX_REPORT_INSIDE / 4, x = PX_REPORT_LEFT + *column * width;
    if (!has(value))
        return;
    px_drawing_text(drawing, x, y, width - 10, &small, label);
    px_drawing_text(drawing, x, y + 10, width - 10, &plain, value);
    ++*column;
}

static double draw_facts(px_drawing *drawing, const px_report *report, double y) {
    char uploaded[TEXT] = "", size[TEXT] = "";
    int column = 0;
    if (report->taken_up)
        format_time(report->taken_up, uploaded);
    if (report->width > 0)
        snprintf(size, sizeof size, "%d × %d pixels", report->width, report->height);
    draw_fact(drawing, &column, y, "X-ray number", report->number);
    draw_fact(drawing, &column, y, "Patient reference", report->patient_reference);
    draw_fact(drawing, &column, y, "Uploaded", uploaded);
    draw_fact(drawing, &column, y, "Image", size);
    return column > 0 ? y + 26 : y;
}

static double box_height(px_drawing *drawing, const px_text_style *style, const char *text) {
    double height;
    px_drawing_measure_text(drawing, PX_REPORT_INSIDE - 20, style, text, NULL, &height);
    return height + 10;
}

static void draw_box(px_drawing *drawing, double y, double height, uint32_t ground,
                     const px_text_style *style, const char *text) {
    px_drawing_fill(drawing, PX_REPORT_LEFT, y, PX_REPORT_INSIDE, height, 4, ground);
    px_drawing_text(drawing, PX_REPORT_LEFT + 10, y + 5, PX_REPORT_INSIDE - 20, style, text);
}

static double draw_notice(px_drawing *drawing, const px_report *report, double y) {
    const px_text_style style = {.size = 8.4, .colour = PX_WARN, .face = PX_FACE_BOLD, .lines = 3};
    if (!has(report->notice))
        return y;
    double height = box_height(drawing, &style, report->notice);
    draw_box(drawing, y, height, PX_WARN_PALE, &style, report->notice);
    return y + height + 10;
}

/* The foot is drawn upwards: each of these ends at a height and tells where it begins. */
static double draw_source(px_drawing *drawing, double bottom, const char *label, const char *value,
                          px_text_face face, int lines) {
    const px_text_style small = {.size = 7, .colour = PX_SOFT, .lines = 1};
    const px_text_style plain = {.size = 7, .colour = PX_INK, .face = face, .lines = lines};
    double height, width = PX_REPORT_INSIDE - 82;
    if (!has(value))
        return bottom;
    px_drawing_measure_text(drawing, width, &plain, value, NULL, &height);
    double top = bottom - height;
    px_drawing_text(drawing, PX_REPORT_LEFT, top, 78, &small, label);
    px_drawing_text(drawing, PX_REPORT_LEFT + 82, top, width, &plain, value);
    return top - 1.5;
}

/* "xception 9f1c6b0de4f3c2b1, densenet121 0a1b2c3d4e5f6071" */
static void list_members(const px_report *report, char *text, size_t size) {
    text[0] = '\0';
    for (int i = 0; i < report->n_members && strlen(text) + 1 < size; i++) {
        size_t used = strlen(text);
        snprintf(text + used, size - used, "%s%s %.16s", i ? ", " : "", report->members[i].name,
                 report->members[i].sha256);
    }
}

/* What it takes to do it again, and what the networks are. */
static double draw_sources(px_drawing *drawing, const px_report *report, double bottom) {
    char ensemble[TEXT], members[2048];
    snprintf(ensemble, sizeof ensemble, "%s, version %s", report->ensemble ? report->ensemble : "",
             report->version ? report->version : "");
    list_members(report, members, sizeof members);
    bottom = draw_source(drawing, bottom, "Model card", report->card, PX_FACE_PLAIN, 3);
    bottom = draw_source(drawing, bottom, "Image, SHA-256", report->sha256, PX_FACE_MONO, 1);
    bottom = draw_source(drawing, bottom, "Members, SHA-256", members, PX_FACE_PLAIN, 3);
    return draw_source(drawing, bottom, "Read by", ensemble, PX_FACE_PLAIN, 1);
}

static double draw_foot(px_drawing *drawing, const px_report *report, double bottom) {
    const px_text_style legend = {.size = 6.6, .colour = PX_SOFT, .lines = 3};
    const px_text_style strong = {
        .size = 8.4, .colour = PX_ALARM, .face = PX_FACE_BOLD, .lines = 3};
    double height;
    px_drawing_measure_text(drawing, PX_REPORT_INSIDE, &legend, LEGEND, NULL, &height);
    bottom -= height;
    px_drawing_text(drawing, PX_REPORT_LEFT, bottom, PX_REPORT_INSIDE, &legend, LEGEND);
    height = box_height(drawing, &strong, NOT_A_DEVICE);
    bottom -= height + 6;
    draw_box(drawing, bottom, height, PX_ALARM_PALE, &strong, NOT_A_DEVICE);
    return draw_sources(drawing, report, bottom - 7);
}

static void draw_page(px_drawing *drawing, const px_report *report) {
    double y = draw_head(drawing, report, 24) + 8;
    y = draw_facts(drawing, report, y) + 4;
    y = draw_notice(drawing, report, y);
    double bottom = draw_foot(drawing, report, PX_REPORT_HEIGHT - 24) - 12;
    double pictures = bottom - y - px_report_findings_height(drawing, report, bottom - y - 150);
    y = px_report_draw_pictures(drawing, report, y, fmin(pictures - 8, 340)) + 8;
    px_report_draw_findings(drawing, report, y, bottom);
}

bool px_report_write_pdf(const px_report *report, px_buffer *out, px_error *err) {
    if (report->n_pictures < 0 || report->n_pictures > PX_REPORT_PICTURES)
        return px_fail(err, PX_ERR_USAGE, NULL, "a report has at most %d pictures",
                       PX_REPORT_PICTURES);
    char title[TEXT];
    snprintf(title, sizeof title, "perXeptron report%s%s", has(report->number) ? " on X-ray " : "",
             report->number ? report->number : "");
    px_drawing *drawing =
        px_drawing_new_pdf(PX_REPORT_WIDTH, PX_REPORT_HEIGHT, title, report->made, err);
    if (!drawing)
        return false;
    draw_page(drawing, report);
    bool ok = px_drawing_finish(drawing, out, err);
    px_drawing_free(drawing);
    return ok;
}
