/* Smooth curves through a few points, tabulated: outlines of the anatomy. */
#include "curve.h"

static float slope_at(const px_point *p, int count, int i) {
    const int a = i > 0 ? i - 1 : i, b = i + 1 < count ? i + 1 : i;
    return (p[b].y - p[a].y) / (p[b].x - p[a].x);
}

void px_curve_through(px_curve *curve, const px_point *points, int count) {
    curve->low = points[0].x;
    curve->high = points[count - 1].x;
    curve->per_sample = PX_CURVE_SAMPLES / (curve->high - curve->low);
    int k = 0;
    for (int i = 0; i <= PX_CURVE_SAMPLES; i++) {
        const float x = curve->low + (float)i / curve->per_sample;
        while (k + 2 < count && x > points[k + 1].x) {
            k++;
        }
        const float width = points[k + 1].x - points[k].x;
        const float t = px_clamp((x - points[k].x) / width, 0, 1), u = 1 - t;
        curve->value[i] =
            (1 + 2 * t) * u * u * points[k].y + t * t * (3 - 2 * t) * points[k + 1].y +
            t * u * width * (u * slope_at(points, count, k) - t * slope_at(points, count, k + 1));
    }
}

float px_curve_max(const px_curve *curve) {
    float most = curve->value[0];
    for (int i = 1; i <= PX_CURVE_SAMPLES; i++) {
        most = curve->value[i] > most ? curve->value[i] : most;
    }
    return most;
}
