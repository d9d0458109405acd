/* Forest plots: a row for each estimate, with its interval as a line and its numbers in words. */
#ifndef PX_DRAW_CHART_FOREST_H
#define PX_DRAW_CHART_FOREST_H

#include "chart.h"

typedef struct px_forest_row {
    const char *label;
    const char *text;        /**< at the right, "0.89 [0.85, 0.93]"; NULL: none */
    double value, low, high; /**< no mark where the value, no line where an end is not finite */
    bool is_heading;         /**< label alone, in bold; the rows below it stand further right */
    bool is_strong;          /**< stands out: the ensemble, or a group that differs */
    px_mark mark;
    uint32_t colour;
} px_forest_row;

typedef struct px_forest {
    const char *title;        /**< NULL: none */
    const char *axis;         /**< what is estimated */
    const char *text_heading; /**< above the rows' texts */
    double reference;         /**< a dashed line across; NaN: none */
    const px_forest_row *rows;
    size_t n_rows;
} px_forest;

/** Height that px_forest_draw takes at a width. */
double px_forest_height(px_drawing *drawing, const px_forest *forest, double width);
/** Draw it with its left upper corner at x, y. */
void px_forest_draw(px_drawing *drawing, const px_forest *forest, double x, double y, double width);

#endif
