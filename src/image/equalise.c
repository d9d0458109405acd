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

/* The nearest whole level, ties to even as OpenCV rounds: adding 1.5 x 2^23 leaves no fraction. */
static inline uint16_t to_level(float value, int levels) {
    const float whole = 0x1.8p23f;
    float top = (float)(levels - 1);
    float clamped = value < 0 ? 0 : value > top ? top : value;
    return (uint16_t)(clamped + whole - whole);
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

static void count_levels(const plane *p, int tile_x, int tile_y, int width, int height,
                         uint32_t *histogram) {
    int left = tile_x * width, right = left + width;
    int inside = right < p->width ? right : p->width;
    memset(histogram, 0, (size_t)p->levels * sizeof *histogram);
    for (int y = 0; y < height; y++) {
        const uint16_t *row =
            p->grey + (size_t)mirror(tile_y * height + y, p->height) * (size_t)p->width;
        for (int x = left; x < inside; x++)
            histogram[row[x]]++;
        for (int x = left > inside ? left : inside; x < right; x++)
            histogram[row[mirror(x, p->width)]]++;
    }
}

static void map_tile(const plane *p, int tile_x, int tile_y, int width, int height,
                     uint32_t *histogram, uint16_t *map) {
    count_levels(p, tile_x, tile_y, width, height, histogram);
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
    int low = position < 0 ? -1 : (int)position;
    return (blend){low < 0 ? 0 : low, low + 1 < TILES ? low + 1 : TILES - 1, position - (float)low};
}

static void apply_maps(plane *p, const uint16_t *maps, int tile_height, const blend *columns) {
    size_t levels = (size_t)p->levels;
    for (int y = 0; y < p->height; y++) {
        blend v = find_tiles(y, tile_height);
        const uint16_t *upper = maps + (size_t)v.low * TILES * levels;
        const uint16_t *lower = maps + (size_t)v.high * TILES * levels;
        uint16_t *row = p->grey + (size_t)y * (size_t)p->width;
        for (int x = 0; x < p->width; x++) {
            const blend *h = columns + x;
            size_t left = (size_t)h->low * levels + row[x];
            size_t right = (size_t)h->high * levels + row[x];
            float above = (float)upper[left] * (1 - h->part) + (float)upper[right] * h->part;
            float below = (float)lower[left] * (1 - h->part) + (float)lower[right] * h->part;
            row[x] = to_level(above * (1 - v.part) + below * v.part, p->levels);
        }
    }
}

/* OpenCV pads both axes, by a whole TILES where one is already a multiple and the other is not. */
static bool equalise_tiles(plane *p, uint32_t *histogram, uint16_t *maps, px_error *err) {
    bool pad = p->width % TILES != 0 || p->height % TILES != 0;
    int width = p->width / TILES + pad;
    int height = p->height / TILES + pad;
    blend *columns = px_alloc((size_t)p->width, sizeof *columns, err);
    if (!columns)
        return false;
    for (int x = 0; x < p->width; x++)
        columns[x] = find_tiles(x, width);
    for (int y = 0; y < TILES; y++)
        for (int x = 0; x < TILES; x++)
            map_tile(p, x, y, width, height, histogram,
                     maps + (size_t)(y * TILES + x) * (size_t)p->levels);
    apply_maps(p, maps, height, columns);
    free(columns);
    return true;
}

/* Luma of `n` pixels, and giving them another luma. */
#define DEFINE_LUMA(type, levels)                                                                  \
    static inline uint16_t luma_##type(const type *pixel) {                                        \
        return to_level(px_luma(pixel[0], pixel[1], pixel[2]), levels);                            \
    }                                                                                              \
    static void read_luma_##type(const type *pixels, int channels, size_t n, uint16_t *grey) {     \
        for (size_t i = 0; i < n; i++)                                                             \
            grey[i] = channels == 1 ? pixels[i] : luma_##type(pixels + 3 * i);                     \
    }                                                                                              \
    static void write_luma_##type(type *pixels, int channels, size_t n, const uint16_t *grey) {    \
        for (size_t i = 0; i < n; i++) {                                                           \
            type *pixel = pixels + (size_t)channels * i;                                           \
            int change = grey[i] - (channels == 1 ? pixel[0] : luma_##type(pixel));                \
            for (int c = 0; c < channels; c++)                                                     \
                pixel[c] = (type)to_level((float)(pixel[c] + change), levels);                     \
        }                                                                                          \
    }
DEFINE_LUMA(uint8_t, 256)
DEFINE_LUMA(uint16_t, 65536)

static bool equalise_plane(plane *p, px_equalise method, px_error *err) {
    size_t maps = method == PX_EQUALISE_CLAHE ? TILES * TILES : 1;
    uint32_t *histogram = px_alloc((size_t)p->levels, sizeof *histogram, err);
    uint16_t *map = px_alloc(maps * (size_t)p->levels, sizeof *map, err);
    bool ok = histogram && map;
    if (ok && method == PX_EQUALISE_CLAHE)
        ok = equalise_tiles(p, histogram, map, err);
    else if (ok)
        equalise_global(p, histogram, map);
    free(map);
    free(histogram);
    return ok;
}

bool px_image_equalise(px_image *image, px_equalise method, px_error *err) {
    if (method == PX_EQUALISE_NONE)
        return true;
    plane p = {image->width, image->height, 1 << image->depth, NULL};
    size_t pixels = (size_t)p.width * (size_t)p.height;
    p.grey = px_alloc(pixels, sizeof *p.grey, err);
    if (!p.grey)
        return false;
    if (image->depth == 8)
        read_luma_uint8_t(image->pixels, image->channels, pixels, p.grey);
    else
        read_luma_uint16_t(image->pixels, image->channels, pixels, p.grey);
    bool ok = equalise_plane(&p, method, err);
    if (ok && image->depth == 8)
        write_luma_uint8_t(image->pixels, image->channels, pixels, p.grey);
    else if (ok)
        write_luma_uint16_t(image->pixels, image->channels, pixels, p.grey);
    free(p.grey);
    return ok;
}
