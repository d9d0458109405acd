/* Round numbers along an axis. */
#ifndef PX_DRAW_CHART_TICKS_H
#define PX_DRAW_CHART_TICKS_H

#include "perxeptron.h"

enum { PX_TICKS_MOST = 16, PX_TICK_TEXT = 32 };

/** Ticks of an axis from `low` to `high`, low < high, both finite. */
typedef struct px_ticks {
    double low, high, step;
    int count;
    double values[PX_TICKS_MOST];
} px_ticks;

/**
 * Choose ticks at 1, 2 or 5 times a power of ten, after P. Heckbert, "Nice Numbers for Graph
 * Labels", Graphics Gems (1990). Any numbers will do: what is not finite becomes 0 to 1, ends in
 * the wrong order change places, and a range without length is widened around its number.
 *
 * @param about     how many ticks are wanted, 2 to 10; there may be a few more or less.
 * @param is_loose  move both ends outwards to a tick.
 */
void px_ticks_make(double low, double high, int about, bool is_loose, px_ticks *ticks);

/** The text at a tick: as many decimals as the step needs, in per cent if asked for. */
void px_ticks_label(const px_ticks *ticks, int index, bool is_percent, char text[PX_TICK_TEXT]);

#endif
