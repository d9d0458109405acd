/* Resampling an image under an affine map. */
#include "warp.h"

/* One pixel's place in the source, as the sample above and left of it and the way beyond. */
typedef struct place {
    int x, y;
    float right, down; /* in [0, 1) */
} place;

static int floor_of(float value) {
    const int whole = (int)value;
    return whole - (value < (float)whole);
}

/* Half-sample symmetric: … c b a | a b c … */
static int mirror(int i, int n) {
    const int period = 2 * n;
    i %= period;
    i += i < 0 ? period : 0;
    return i < n ? i : period - 1 - i;
}

/* The sample's index along an axis; -1: there is none. */
static int find_sample(int i, int n, px_fill fill) {
    if (i >= 0 && i < n)
        return i;
    switch (fill) {
    case PX_FILL_CONSTANT:
        return -1;
    case PX_FILL_REFLECT:
        return mirror(i, n);
    case PX_FILL_NEAREST:
        break;
    }
    return i < 0 ? 0 : n - 1;
}

static float blend(float a, float b, float share) {
    return a * (1 - share) + b * share;
}

/* A place whose four samples need not all be in the image. */
static void sample_edge(const float *from, int width, int height, int channels, place at,
                        px_fill fill, float *to) {
    const int xs[2] = {find_sample(at.x, width, fill), find_sample(at.x + 1, width, fill)};
    const int ys[2] = {find_sample(at.y, height, fill), find_sample(at.y + 1, height, fill)};
    for (int c = 0; c < channels; c++) {
        float corner[2][2];
        for (int i = 0; i < 2; i++)
            for (int j = 0; j < 2; j++)
                corner[i][j] =
                    ys[i] < 0 || xs[j] < 0
                        ? 0
                        : from[((size_t)ys[i] * (size_t)width + (size_t)xs[j]) * (size_t)channels +
                               (size_t)c];
        to[c] = blend(blend(corner[0][0], corner[0][1], at.right),
                      blend(corner[1][0], corner[1][1], at.right), at.down);
    }
}

static void sample_inside(const float *from, int width, int channels, place at, float *to) {
    const size_t stride = (size_t)width * (size_t)channels;
    const float *above = from + (size_t)at.y * stride + (size_t)at.x * (size_t)channels;
    const float *below = above + stride;
    for (int c = 0; c < channels; c++)
        to[c] = blend(blend(above[c], above[c + channels], at.right),
                      blend(below[c], below[c + channels], at.right), at.down);
}

void px_warp(const float *from, int width, int height, int channels, const px_warp_map *map,
             px_fill fill, float *to) {
    const double centre_x = (width - 1) / 2.0, centre_y = (height - 1) / 2.0;
    const float step_x = (float)map->xx, step_y = (float)map->yx;
    for (int y = 0; y < height; y++) {
        const float row_x =
            (float)(map->xy * (y - centre_y) - map->xx * centre_x + map->x0 + centre_x);
        const float row_y =
            (float)(map->yy * (y - centre_y) - map->yx * centre_x + map->y0 + centre_y);
        for (int x = 0; x < width; x++, to += channels) {
            const float from_x = row_x + step_x * (float)x, from_y = row_y + step_y * (float)x;
            place at = {floor_of(from_x), floor_of(from_y), 0, 0};
            at.right = from_x - (float)at.x;
            at.down = from_y - (float)at.y;
            if (at.x >= 0 && at.x < width - 1 && at.y >= 0 && at.y < height - 1)
                sample_inside(from, width, channels, at, to);
            else
                sample_edge(from, width, height, channels, at, fill, to);
        }
    }
}
