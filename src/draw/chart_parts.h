/* What the parts of a chart share; inside of src/draw only. */
#ifndef PX_DRAW_CHART_PARTS_H
#define PX_DRAW_CHART_PARTS_H

#include "chart.h"
#include "chart_ticks.h"

#define PX_CHART_TITLE 13.0 /* sizes of type */
#define PX_CHART_TEXT 11.0

/* Where the plot lies, and which numbers it shows. */
typedef struct px_frame {
    double x, y, width, height;
    px_ticks across, up;
} px_frame;

double px_frame_x(const px_frame *frame, double value);
double px_frame_y(const px_frame *frame, double value);

/* Lowest and highest number of the series along an axis; infinities the wrong way round when there
 * is none. */
void px_series_range(const px_chart *chart, bool is_x, double *low, double *high);
void px_series_draw(px_drawing *drawing, const px_frame *frame, const px_series *series);

/* Draw the legend, or measure it where drawing is not wanted. @return its height. */
double px_legend_draw(px_drawing *drawing, const px_chart *chart, double x, double y, double width,
                      bool is_drawn);

#endif
