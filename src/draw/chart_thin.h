/* Fewer points for the same line. */
#ifndef PX_DRAW_CHART_THIN_H
#define PX_DRAW_CHART_THIN_H

#include "drawing.h"

/**
 * Leave out points without which the line stays where it was, to within `tolerance`: first those
 * that lie within a tenth of it from the one before, then by Douglas and Peucker, "Algorithms for
 * the reduction of the number of points required to represent a digitized line or its caricature",
 * Cartographica (1973). The first and the last stay.
 *
 * @param points  [count] finite; those that stay are moved to the front.
 * @return how many stay, or 0 and PX_ERR_MEMORY.
 */
size_t px_chart_thin(px_point *points, size_t count, double tolerance, px_error *err);

#endif
