/* Class activation maps: made, mixed over members, brought to the radiograph's size. */
#include "heatmap.h"

#include <stdlib.h>
#include <string.h>

#include "../base/memory.h"
#include "../image/prepare.h"

void px_heat_pool(const float *features, px_shape shape, float *pooled) {
    size_t cells = (size_t)shape.h * (size_t)shape.w, channels = (size_t)shape.c;
    for (size_t c = 0; c < channels; c++) {
        double sum = 0;
        for (size_t i = 0; i < cells; i++)
            sum += features[i * channels + c];
        pooled[c] = (float)(sum / (double)cells);
    }
}

void px_heat_class_map(const float *features, px_shape shape, const float *gradient, float *map) {
    size_t cells = (size_t)shape.h * (size_t)shape.w, channels = (size_t)shape.c;
    for (size_t i = 0; i < cells; i++) {
        double sum = 0;
        for (size_t c = 0; c < channels; c++)
            sum += (double)gradient[c] * features[i * channels + c];
        map[i] = (float)(sum / (double)cells);
    }
}

static bool same_region(px_region a, px_region b) {
    return a.x == b.x && a.y == b.y && a.width == b.width && a.height == b.height;
}

/* Position in cells (centres at 0, 1, …) split into a cell, the next one and the way between. */
static int split_position(double position, int count, int *next, double *way) {
    double last = count - 1;
    position = position < 0 ? 0 : position > last ? last : position;
    int cell = (int)position;
    *next = cell + 1 < count ? cell + 1 : cell;
    *way = position - cell;
    return cell;
}

/* Bilinear value of a map at a point of the radiograph; 0 outside its region. */
static double sample(const px_heat *map, double x, double y) {
    const px_region *r = &map->region;
    if (x < r->x || y < r->y || x > r->x + r->width || y > r->y + r->height)
        return 0;
    int x1, y1;
    double fx, fy;
    int x0 = split_position((x - r->x) * map->width / r->width - 0.5, map->width, &x1, &fx);
    int y0 = split_position((y - r->y) * map->height / r->height - 0.5, map->height, &y1, &fy);
    const float *top = map->values + (size_t)y0 * (size_t)map->width;
    const float *low = map->values + (size_t)y1 * (size_t)map->width;
    double above = top[x0] + fx * ((double)top[x1] - top[x0]);
    double below = low[x0] + fx * ((double)low[x1] - low[x0]);
    return above + fy * (below - above);
}

static void add_map(px_heat *mixed, const px_heat *map, double weight) {
    double cell_w = (double)mixed->region.width / mixed->width;
    double cell_h = (double)mixed->region.height / mixed->height;
    double share = cell_w * cell_h * map->width * map->height /
                   ((double)map->region.width * map->region.height);
    float *out = mixed->values;
    for (int y = 0; y < mixed->height; y++) {
        for (int x = 0; x < mixed->width; x++) {
            double value = sample(map, mixed->region.x + (x + 0.5) * cell_w,
                                  mixed->region.y + (y + 0.5) * cell_h);
            *out++ += (float)(weight * share * value);
        }
    }
}

bool px_heat_mix(const px_heat *maps, const double *weight, int n, px_region whole, px_heat *mixed,
                 px_error *err) {
    px_heat grid = {.region = maps[0].region};
    for (int i = 0; i < n; i++) {
        grid.width = maps[i].width > grid.width ? maps[i].width : grid.width;
        grid.height = maps[i].height > grid.height ? maps[i].height : grid.height;
        if (!same_region(grid.region, maps[i].region))
            grid.region = whole;
    }
    grid.values = px_alloc((size_t)grid.width * (size_t)grid.height, sizeof(float), err);
    if (!grid.values)
        return false;
    for (int i = 0; i < n; i++)
        add_map(&grid, &maps[i], weight[i]);
    *mixed = grid;
    return true;
}

static float *copy_positive(const px_heat *map, px_error *err) {
    size_t count = (size_t)map->width * (size_t)map->height;
    float *positive = px_alloc(count, sizeof *positive, err);
    for (size_t i = 0; positive && i < count; i++)
        positive[i] = map->values[i] > 0 ? map->values[i] : 0;
    return positive;
}

/* Divide by the maximum; zeros stay zeros. */
static void normalise(float *values, size_t count) {
    float most = 0;
    for (size_t i = 0; i < count; i++)
        most = values[i] > most ? values[i] : most;
    for (size_t i = 0; most > 0 && i < count; i++)
        values[i] /= most;
}

/* Put a region's pixels in their place, zeros around them. */
static void place(const float *part, const px_region *region, px_region whole, float *heat) {
    memset(heat, 0, (size_t)whole.width * (size_t)whole.height * sizeof *heat);
    for (int y = 0; y < region->height; y++)
        memcpy(heat + (size_t)(region->y + y) * (size_t)whole.width + (size_t)region->x,
               part + (size_t)y * (size_t)region->width, (size_t)region->width * sizeof *heat);
}

bool px_heat_render(const px_heat *map, px_region whole, float *heat, px_error *err) {
    const px_region *region = &map->region;
    bool all = same_region(*region, whole);
    size_t count = (size_t)region->width * (size_t)region->height;
    float *positive = copy_positive(map, err);
    float *part = all ? heat : px_alloc(count, sizeof *part, err);
    bool ok = positive && part &&
              px_resize_f32(positive, map->width, map->height, 1, part, region->width,
                            region->height, PX_RESIZE_BILINEAR, err);
    if (ok)
        normalise(part, count);
    if (ok && !all)
        place(part, region, whole, heat);
    free(positive);
    if (!all)
        free(part);
    return ok;
}
