/* Histogram equalisation, of the whole image or by tiles. */
#include "equalise.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"

#define TILES 8
#define CLIP_LIMIT 2.0

/* Grey levels of an image, one uint16 a pixel whatever its depth. */
typedef struct plane {
    int width, height;
    int levels; /* 256 or 65536 */
    uint16_t *grey;
} plane;

static uint16_t to_level(float value, int levels) {
    float top = (float)(levels - 1);
    return (uint16_t)(value <= 0 ? 0 : value >= top ? (long)top : lrintf(value));
}

/* OpenCV: the lowest level present becomes 0, the highest the top one. */
static void equalise_global(plane *p, uint32_t *histogram, uint16_t *map) {
    size_t pixels = (size_t)p->width * (size_t)p->height;
    for (size_t i = 0; i < pixels; i++)
        histogram[p->grey[i]]++;
    int lowest = 0;
    while (histogram[lowest] == 0)
        lowest++;
    if (histogram[lowest] == pixels)
        return;
    float scale = (float)(p->levels - 1) / (float)(pixels - histogram[lowest]);
    uint64_t sum = 0;
    for (int v = lowest + 1; v < p->levels; v++) {
        sum += histogram[v];
        map[v] = to_level((float)sum * scale, p->levels);
    }
    for (size_t i = 0; i < pixels; i++)
        p->grey[i] = map[p->grey[i]];
}

/* Position mirrored into [0, size) without repeating the edge. */
static int mirror(int at, int size) {
    if (size == 1)
        return 0;
    int period = 2 * (size - 1);
    at %= period;
    return at < size ? at : period - at;
}

/* Cut the histogram at `limit` and share out what was cut, as OpenCV does. */
static void clip_histogram(uint32_t *histogram, int levels, uint32_t limit) {
    uint32_t clipped = 0;
    for (int v = 0; v < levels; v++)
        if (histogram[v] > limit) {
            clipped += histogram[v] - limit;
            histogram[v] = limit;
        }
    uint32_t each = clipped / (uint32_t)levels;
    uint32_t rest = clipped % (uint32_t)levels;
    for (int v = 0; v < levels; v++)
        histogram[v] += each;
    int step = rest ? levels / (int)rest : 0;
    for (int v = 0; v < levels && rest > 0; v += step, rest--)
        histogram[v]++;
}

static void map_tile(const plane *p, int tile_x, int tile_y, int width, int height,
                     uint32_t *histogram, uint16_t *map) {
    memset(histogram, 0, (size_t)p->levels * sizeof *histogram);
    for (int y = 0; y < height; y++) {
        const uint16_t *row =
            p->grey + (size_t)mirror(tile_y * height + y, p->height) * (size_t)p->width;
        for (int x = 0; x < width; x++)
            histogram[row[mirror(tile_x * width + x, p->width)]]++;
    }
    double pixels = (double)width * height;
    double limit = floor(CLIP_LIMIT * pixels / p->levels);
    clip_histogram(histogram, p->levels, limit < 1 ? 1 : (uint32_t)limit);
    float scale = (float)((p->levels - 1) / pixels);
    uint64_t sum = 0;
    for (int v = 0; v < p->levels; v++) {
        sum += histogram[v];
        map[v] = to_level((float)sum * scale, p->levels);
    }
}

/* The two tiles whose centres surround a position, and the weight of the second. */
typedef struct blend {
    int low, high;
    float part;
} blend;

static blend find_tiles(int at, int tile) {
    float position = (float)at / (float)tile - 0.5f;
    float below = floorf(position);
    int low = (int)below;
    return (blend){low < 0 ? 0 : low, low + 1 < TILES ? low + 1 : TILES - 1, position - below};
}

static void apply_maps(plane *p, const uint16_t *maps, int tile_width, int tile_height) {
    size_t levels = (size_t)p->levels;
    for (int y = 0; y < p->height; y++) {
        blend v = find_tiles(y, tile_height);
        const uint16_t *upper = maps + (size_t)v.low * TILES * levels;
        const uint16_t *lower = maps + (size_t)v.high * TILES * levels;
        uint16_t *row = p->grey + (size_t)y * (size_t)p->width;
        for (int x = 0; x < p->width; x++) {
            blend h = find_tiles(x, tile_width);
            size_t left = (size_t)h.low * levels + row[x], right = (size_t)h.high * levels + row[x];
            float above = (float)upper[left] * (1 - h.part) + (float)upper[right] * h.part;
            float below = (float)lower[left] * (1 - h.part) + (float)lower[right] * h.part;
            row[x] = to_level(above * (1 - v.part) + below * v.part, p->levels);
        }
    }
}

/* OpenCV pads both axes, by a whole TILES where one is already a multiple and the other is not. */
static void equalise_tiles(plane *p, uint32_t *histogram, uint16_t *maps) {
    bool pad = p->width % TILES != 0 || p->height % TILES != 0;
    int width = pad ? p->width / TILES + 1 : p->width / TILES;
    int height = pad ? p->height / TILES + 1 : p->height / TILES;
    for (int y = 0; y < TILES; y++)
        for (int x = 0; x < TILES; x++)
            map_tile(p, x, y, width, height, histogram,
                     maps + (size_t)(y * TILES + x) * (size_t)p->levels);
    apply_maps(p, maps, width, height);
}

static uint32_t sample(const px_image *image, size_t i) {
    return image->depth == 8 ? ((const uint8_t *)image->pixels)[i]
                             : ((const uint16_t *)image->pixels)[i];
}

static void set_sample(px_image *image, size_t i, uint16_t value) {
    if (image->depth == 8)
        ((uint8_t *)image->pixels)[i] = (uint8_t)value;
    else
        ((uint16_t *)image->pixels)[i] = value;
}

static uint16_t luma_of(const px_image *image, size_t pixel, int levels) {
    if (image->channels == 1)
        return (uint16_t)sample(image, pixel);
    size_t i = 3 * pixel;
    return to_level(
        px_luma((float)sample(image, i), (float)sample(image, i + 1), (float)sample(image, i + 2)),
        levels);
}

static void set_luma(px_image *image, size_t pixel, uint16_t grey, int levels) {
    if (image->channels == 1) {
        set_sample(image, pixel, grey);
        return;
    }
    int change = grey - luma_of(image, pixel, levels);
    for (size_t i = 3 * pixel; i < 3 * pixel + 3; i++)
        set_sample(image, i, to_level((float)((int)sample(image, i) + change), levels));
}

bool px_image_equalise(px_image *image, px_equalise method, px_error *err) {
    if (method == PX_EQUALISE_NONE)
        return true;
    plane p = {image->width, image->height, 1 << image->depth, NULL};
    size_t pixels = (size_t)p.width * (size_t)p.height;
    size_t maps = method == PX_EQUALISE_CLAHE ? TILES * TILES : 1;
    uint32_t *histogram = px_alloc((size_t)p.levels, sizeof *histogram, err);
    uint16_t *map = px_alloc(maps * (size_t)p.levels, sizeof *map, err);
    p.grey = px_alloc(pixels, sizeof *p.grey, err);
    bool ok = histogram && map && p.grey;
    if (ok) {
        for (size_t i = 0; i < pixels; i++)
            p.grey[i] = luma_of(image, i, p.levels);
        if (method == PX_EQUALISE_CLAHE)
            equalise_tiles(&p, histogram, map);
        else
            equalise_global(&p, histogram, map);
        for (size_t i = 0; i < pixels; i++)
            set_luma(image, i, p.grey[i], p.levels);
    }
    free(p.grey);
    free(map);
    free(histogram);
    return ok;
}
