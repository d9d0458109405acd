/* A table of labels against decisions, its cells shaded by their share of the class. */
#ifndef PX_DRAW_CHART_TABLE_H
#define PX_DRAW_CHART_TABLE_H

#include "chart.h"

typedef struct px_chart_confusion {
    const char *title; /**< NULL: none */
    int64_t true_positives, false_negatives, false_positives, true_negatives;
    const char *below; /**< a line below it; NULL: none */
} px_chart_confusion;

/** Height that px_chart_confusion_draw takes at a width. */
double px_chart_confusion_height(px_drawing *drawing, const px_chart_confusion *confusion,
                                 double width);
/** Draw it with its left upper corner at x, y. */
void px_chart_confusion_draw(px_drawing *drawing, const px_chart_confusion *confusion, double x,
                             double y, double width);

#endif
