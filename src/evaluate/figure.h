/* A figure of the report while it is put together: charts, one below the other, or a forest plot,
 * or a table of decisions, with all the numbers and words they borrow. */
#ifndef PX_EVALUATE_FIGURE_H
#define PX_EVALUATE_FIGURE_H

#include "../base/buffer.h"
#include "../draw/chart.h"
#include "../draw/chart_forest.h"
#include "../draw/chart_table.h"
#include "evaluation.h"

typedef enum { PX_FIGURE_SVG, PX_FIGURE_PNG, PX_FIGURE_MARKUP } px_figure_format;

enum { PX_FIGURE_CHARTS = 2, PX_FIGURE_SERIES = 16, PX_FIGURE_NOTES = 4 };

typedef struct px_figure {
    double width;
    const char *title;                 /**< of a file; a page has its own */
    const char *description;           /**< what it shows, in words */
    px_chart charts[PX_FIGURE_CHARTS]; /**< the first n_charts */
    double heights[PX_FIGURE_CHARTS];  /**< of their plots; 0: square */
    px_series series[PX_FIGURE_CHARTS][PX_FIGURE_SERIES];
    px_chart_note notes[PX_FIGURE_CHARTS][PX_FIGURE_NOTES];
    int n_charts;
    px_forest forest; /**< drawn if it has rows */
    px_chart_confusion confusion;
    bool has_confusion;
    double level; /**< of intervals */
    void **kept;  /**< what is borrowed, freed in the end */
    size_t n_kept, kept_capacity;
    px_error error; /**< the first failure */
} px_figure;

/** Begin an empty figure. */
void px_figure_init(px_figure *figure, double width, double level);
void px_figure_clear(px_figure *figure);

/** Zeroed numbers or rows that live as long as the figure; NULL when memory runs out. */
void *px_figure_array(px_figure *figure, size_t count, size_t size);
/** A text that lives as long as the figure; "" when memory runs out. */
const char *px_figure_text(px_figure *figure, const char *format, ...) PX_PRINTF(2, 3);

/** Add an empty chart below those that there are. */
px_chart *px_figure_chart(px_figure *figure, double plot_height);
/** Add a series to the chart added last; PX_ERR_LIMIT, told in the end, past PX_FIGURE_SERIES. */
void px_figure_add(px_figure *figure, px_series series);
/** Write at a point of the chart added last. */
void px_figure_note(px_figure *figure, double x, double y, uint32_t colour, const char *text);

/** Draw it, and append the file, or the element for a page, to `out`. PX_ERR_MEMORY, PX_ERR_LIMIT,
 *  or what went wrong before. */
bool px_figure_write(px_figure *figure, px_figure_format format, px_buffer *out, px_error *err);

#endif
