/* What a person holds of a finding, below its row: the verdict, and the note as far as it fits. */
#include <math.h>

#include "report_parts.h"

#define LEFT (PX_REPORT_LEFT + 8)
#define LABEL 92.0
#define WIDTH (PX_REPORT_INSIDE - 16 - LABEL)
#define BELOW 3.5

static const struct {
    const char *words;
    uint32_t colour;
} labels[] = {[PX_REPORT_UNJUDGED] = {"Review", PX_SOFT},
              [PX_REPORT_ACCEPTED] = {"Review: accepted", PX_ACCENT},
              [PX_REPORT_REJECTED] = {"Review: rejected", PX_WARN}};

static px_text_style label_style(px_report_verdict verdict) {
    return (px_text_style){
        .size = 7.6, .colour = labels[verdict].colour, .face = PX_FACE_BOLD, .lines = 1};
}

static px_text_style note_style(int lines) {
    return (px_text_style){.size = 7.6, .colour = PX_INK, .lines = lines};
}

static const char *note_of(const px_report_finding *finding) {
    return finding->note ? finding->note : "";
}

double px_report_review_height(px_drawing *drawing, const px_report_finding *finding, int lines) {
    const px_text_style label = label_style(finding->verdict), plain = note_style(lines);
    double first, all;
    if (finding->verdict == PX_REPORT_UNJUDGED && !*note_of(finding))
        return 0;
    px_drawing_measure_text(drawing, LABEL, &label, labels[finding->verdict].words, NULL, &first);
    px_drawing_measure_text(drawing, WIDTH, &plain, note_of(finding), NULL, &all);
    return fmax(first, all) + BELOW;
}

double px_report_draw_review(px_drawing *drawing, const px_report_finding *finding, double top,
                             int lines) {
    const px_text_style label = label_style(finding->verdict), plain = note_style(lines);
    double height = px_report_review_height(drawing, finding, lines);
    if (height == 0)
        return top;
    px_drawing_text(drawing, LEFT, top, LABEL, &label, labels[finding->verdict].words);
    px_drawing_text(drawing, LEFT + LABEL, top, WIDTH, &plain, note_of(finding));
    return top + height;
}
