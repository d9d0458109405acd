/* Fewer points for the same line. */
#include "chart_thin.h"

#include <math.h>
#include <stdlib.h>

#include "../base/memory.h"

typedef struct range {
    size_t first, last;
} range;

/* Drop neighbours that nobody can tell apart. */
static size_t drop_near(px_point *points, size_t count, double distance) {
    size_t kept = 1;
    for (size_t i = 1; i < count; i++) {
        double dx = fabs(points[i].x - points[kept - 1].x);
        double dy = fabs(points[i].y - points[kept - 1].y);
        if (dx > distance || dy > distance)
            points[kept++] = points[i];
        else if (i + 1 == count && kept > 1)
            points[kept - 1] = points[i];
        else if (i + 1 == count)
            points[kept++] = points[i];
    }
    return kept;
}

/* Distance of a point from the line between two others, not beyond its ends. */
static double distance(px_point p, px_point a, px_point b) {
    double dx = b.x - a.x, dy = b.y - a.y, length = dx * dx + dy * dy;
    double along = length > 0 ? ((p.x - a.x) * dx + (p.y - a.y) * dy) / length : 0;
    along = fmax(0, fmin(1, along));
    return hypot(p.x - a.x - along * dx, p.y - a.y - along * dy);
}

/* Mark the points that are needed. `open` has room for as many ranges as there are points: those
 * that wait do not overlap. */
static void mark_needed(const px_point *points, size_t count, double tolerance, bool *needed,
                        range *open) {
    size_t waiting = 0;
    needed[0] = needed[count - 1] = true;
    open[waiting++] = (range){0, count - 1};
    while (waiting > 0) {
        range now = open[--waiting];
        double most = tolerance;
        size_t farthest = 0;
        for (size_t i = now.first + 1; i < now.last; i++) {
            double off = distance(points[i], points[now.first], points[now.last]);
            if (off > most) {
                most = off;
                farthest = i;
            }
        }
        if (farthest == 0)
            continue;
        needed[farthest] = true;
        open[waiting++] = (range){now.first, farthest};
        open[waiting++] = (range){farthest, now.last};
    }
}

size_t px_chart_thin(px_point *points, size_t count, double tolerance, px_error *err) {
    if (count < 3)
        return count;
    count = drop_near(points, count, tolerance / 10);
    bool *needed = px_alloc(count, sizeof *needed, err);
    range *open = px_alloc(count + 1, sizeof *open, err);
    size_t kept = 0;
    if (needed && open) {
        mark_needed(points, count, tolerance, needed, open);
        for (size_t i = 0; i < count; i++)
            if (needed[i])
                points[kept++] = points[i];
    }
    free(needed);
    free(open);
    return kept;
}
