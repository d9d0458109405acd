/* OpenCV's INTER_LINEAR on 8-bit samples, to the last bit (modules/imgproc/src/resize.cpp of 4.x:
 * HResizeLinear, VResizeLinear). It works in integers and truncates twice, so that about one level
 * in nine is one lower than rounding gives; networks trained on its output notice. */
#include "linear_u8.h"

#include <math.h>

#define ONE 2048 /* a weight of 1 */

static int inside(int at, int size) {
    return at < 0 ? 0 : at < size ? at : size - 1;
}

static px_pair find_pair(int i, int from, int to, bool sharp_edges) {
    double scale = 1.0 / ((double)to / from);
    float position = (float)((i + 0.5) * scale - 0.5);
    int left = (int)floorf(position);
    float part = position - (float)left;
    if (sharp_edges && (left < 0 || left >= from - 1))
        part = 0;
    return (px_pair){.first = inside(left, from),
                     .second = inside(left + 1, from),
                     .weights = {(int)lrintf((1 - part) * ONE), (int)lrintf(part * ONE)}};
}

px_pair px_linear_u8_column(int i, int from, int to) {
    return find_pair(i, from, to, true);
}

px_pair px_linear_u8_row(int i, int from, int to) {
    return find_pair(i, from, to, false);
}

void px_linear_u8_blend(const uint8_t *first, const uint8_t *second, const px_pair *down,
                        const px_pair *columns, int width, int channels, float *to) {
    for (int x = 0; x < width; x++) {
        const px_pair *across = columns + x;
        for (int c = 0; c < channels; c++) {
            size_t left = (size_t)across->first * (size_t)channels + (size_t)c;
            size_t right = (size_t)across->second * (size_t)channels + (size_t)c;
            int above = first[left] * across->weights[0] + first[right] * across->weights[1];
            int below = second[left] * across->weights[0] + second[right] * across->weights[1];
            int quarters =
                (down->weights[0] * (above >> 4) >> 16) + (down->weights[1] * (below >> 4) >> 16);
            *to++ = (float)((quarters + 2) >> 2);
        }
    }
}
