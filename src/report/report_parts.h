/* What the parts of the report's page share; inside of src/report only. */
#ifndef PX_REPORT_REPORT_PARTS_H
#define PX_REPORT_REPORT_PARTS_H

#include "../draw/drawing.h"
#include "pdf_report.h"

/* Points: A4, and the frame within it. */
#define PX_REPORT_WIDTH 595.28
#define PX_REPORT_HEIGHT 841.89
#define PX_REPORT_LEFT 45.0
#define PX_REPORT_RIGHT (PX_REPORT_WIDTH - PX_REPORT_LEFT)
#define PX_REPORT_INSIDE (PX_REPORT_RIGHT - PX_REPORT_LEFT)

enum {
    PX_INK = 0x11212b,
    PX_SOFT = 0x566873,
    PX_LINE = 0xd9e0e5,
    PX_PALE = 0xf3f6f8,
    PX_ACCENT = 0x0f766e,
    PX_ALARM = 0xb42318,
    PX_ALARM_PALE = 0xfdeceb,
    PX_WARN = 0x7a4b00,
    PX_WARN_PALE = 0xfff3d6,
};

/** Height to keep for the table: rows of a good height for up to ten findings, lower ones for more,
 *  with what was said of them, and no more than `most`. */
double px_report_findings_height(px_drawing *drawing, const px_report *report, double most);
/** Draw the table of findings between two heights. @return where it ends. */
double px_report_draw_findings(px_drawing *drawing, const px_report *report, double top,
                               double bottom);

/** Height of what was said of a finding, with a note of at most so many lines; 0 for nothing. */
double px_report_review_height(px_drawing *drawing, const px_report_finding *finding, int lines);
/** Draw it. @return where it ends. */
double px_report_draw_review(px_drawing *drawing, const px_report_finding *finding, double top,
                             int lines);

/** Draw the pictures side by side with captions, `height` points high at most. @return where they
 *  end. */
double px_report_draw_pictures(px_drawing *drawing, const px_report *report, double top,
                               double height);

#endif
