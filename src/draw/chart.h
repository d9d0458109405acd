/* Charts with two axes: lines, steps, bands, points with error bars, bars.
 *
 * One description gives the same picture in a PNG, an SVG, a PDF and a page of HTML. Colours are
 * those of M. Okabe and K. Ito, "Color Universal Design" (2008), told apart with any kind of colour
 * vision; dashes and marks tell series apart without colour.
 */
#ifndef PX_DRAW_CHART_H
#define PX_DRAW_CHART_H

#include "drawing.h"

enum {
    PX_CHART_INK = 0x1b2a33,
    PX_CHART_SOFT = 0x566873,
    PX_CHART_GRID = 0xe3e8ec,
    PX_CHART_PAPER = 0xffffff,
    PX_CHART_BLUE = 0x0072b2,
    PX_CHART_VERMILION = 0xd55e00,
    PX_CHART_GREEN = 0x009e73,
    PX_CHART_PURPLE = 0xcc79a7,
    PX_CHART_ORANGE = 0xe69f00,
    PX_CHART_SKY = 0x56b4e9,
};

typedef enum {
    PX_SERIES_LINE,   /**< from point to point */
    PX_SERIES_STEP,   /**< from each point up or down to the next one's y, then level to it */
    PX_SERIES_BAND,   /**< filled between `low` and `high` */
    PX_SERIES_POINTS, /**< marks, with error bars where `low` and `high` or `x_low` and `x_high`
                           are */
    PX_SERIES_BARS,   /**< from 0 to y, between x_low and x_high */
} px_series_kind;

/** Numbers that are drawn the same way. Points with a number that is not finite are left out; a
 *  line is broken there. */
typedef struct px_series {
    px_series_kind kind;
    const char *name; /**< in the legend; NULL: not there */
    uint32_t colour;
    px_dash dash;
    px_mark mark;
    double width; /**< of the line; 0: 1.8 */
    size_t count;
    const double *x, *y;          /**< [count]; bars have no x, bands no y */
    const double *low, *high;     /**< [count], or NULL */
    const double *x_low, *x_high; /**< [count], or NULL */
} px_series;

typedef struct px_axis {
    const char *label;
    bool is_fixed; /**< from low to high; else as far as the series go, to the next tick */
    double low, high;
    bool has_zero;   /**< 0 is on it, wherever the series are */
    bool is_percent; /**< 0.5 is "50 %" */
    bool is_whole;   /**< only whole numbers are marked */
    bool is_bare;    /**< without numbers and label */
} px_axis;

/** Words at a point. */
typedef struct px_chart_note {
    double x, y;
    const char *text;
    uint32_t colour;
} px_chart_note;

typedef struct px_chart {
    const char *title;       /**< NULL: none */
    px_axis x, y;            /**< y's label stands above the plot */
    const px_series *series; /**< in the order of drawing */
    size_t n_series;
    const px_chart_note *notes;
    size_t n_notes;
    double gutter; /**< least width for the numbers left of the plot, to align charts */
} px_chart;

/**
 * Height that px_chart_draw takes.
 *
 * @param drawing      any, to measure text by; nothing is drawn.
 * @param plot_height  between the axes; 0: as high as it is wide, for equal scales.
 */
double px_chart_height(px_drawing *drawing, const px_chart *chart, double width,
                       double plot_height);
/** Draw a chart with its left upper corner at x, y. A chart without any number shows its axes and
 *  "No data". Failures are told by px_drawing_finish. */
void px_chart_draw(px_drawing *drawing, const px_chart *chart, double x, double y, double width,
                   double plot_height);

#endif
