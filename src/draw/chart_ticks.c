/* Round numbers along an axis. */
#include "chart_ticks.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define LARGEST 1e300
#define SLACK 1e-9 /* of a step: what a sum of steps may be off */

/* The nearest of 1, 2, 5 and 10 times a power of ten. */
static double nice_number(double value) {
    double power = pow(10, floor(log10(value))), fraction = value / power;
    return power * (fraction < 1.5 ? 1 : fraction < 3 ? 2 : fraction < 7 ? 5 : 10);
}

static double limited(double value) {
    return fmax(-LARGEST, fmin(LARGEST, value));
}

/* Ends with a distance that a double can divide. */
static void set_range(double low, double high, px_ticks *ticks) {
    if (!isfinite(low) || !isfinite(high)) {
        low = 0;
        high = 1;
    }
    ticks->low = limited(fmin(low, high));
    ticks->high = limited(fmax(low, high));
    double size = fmax(fabs(ticks->low), fabs(ticks->high));
    if (size < 1e-290) {
        ticks->low = 0;
        ticks->high = 1;
    } else if (ticks->high - ticks->low < size * 1e-9) {
        ticks->low -= size / 2;
        ticks->high += size / 2;
    }
}

void px_ticks_make(double low, double high, int about, bool is_loose, px_ticks *ticks) {
    *ticks = (px_ticks){0};
    set_range(low, high, ticks);
    about = about < 2 ? 2 : about > 10 ? 10 : about;
    ticks->step = nice_number((ticks->high - ticks->low) / (about - 1));
    double first = ceil(ticks->low / ticks->step - SLACK);
    double last = floor(ticks->high / ticks->step + SLACK);
    if (is_loose) {
        first = floor(ticks->low / ticks->step + SLACK);
        last = ceil(ticks->high / ticks->step - SLACK);
        ticks->low = first * ticks->step;
        ticks->high = last * ticks->step;
    }
    for (double i = first; i <= last && ticks->count < PX_TICKS_MOST; i++)
        ticks->values[ticks->count++] = i * ticks->step + 0.0;
}

/* A minus sign is as wide as a digit; a hyphen is not. */
static void set_minus(char text[PX_TICK_TEXT]) {
    static const char minus[] = "\u2212";
    if (text[0] != '-')
        return;
    memmove(text + sizeof minus - 1, text + 1, strlen(text + 1) + 1);
    memcpy(text, minus, sizeof minus - 1);
}

void px_ticks_label(const px_ticks *ticks, int index, bool is_percent, char text[PX_TICK_TEXT]) {
    double scale = is_percent ? 100 : 1;
    double value = ticks->values[index] * scale, step = ticks->step * scale;
    double size = fmax(fabs(ticks->low), fabs(ticks->high)) * scale;
    int decimals = step < 1 ? (int)-floor(log10(step) + SLACK) : 0;
    const char *unit = is_percent ? " %" : "";
    if (size >= 1e7 || decimals > 6)
        snprintf(text, PX_TICK_TEXT - 4, "%.3g%s", value, unit);
    else
        snprintf(text, PX_TICK_TEXT - 4, "%.*f%s", decimals, value, unit);
    set_minus(text);
}
