/* Heat maps: where in a radiograph the evidence for a finding lies. */
#ifndef PX_READER_HEATMAP_H
#define PX_READER_HEATMAP_H

#include "../graph/graph.h"
#include "perxeptron.h"

/** A rectangle of the radiograph's pixels. */
typedef struct px_region {
    int x, y, width, height;
} px_region;

/** A map over a region: signed evidence for each cell. */
typedef struct px_heat {
    float *values; /**< [height, width] */
    int width, height;
    px_region region;
} px_heat;

/** Mean of each channel: what the global average pool hands on.
 *  @param features [shape.h, shape.w, shape.c]. @param pooled [shape.c], the caller's. */
void px_heat_pool(const float *features, px_shape shape, float *pooled);

/**
 * Gradient-weighted class activation (Grad-CAM: Selvaraju et al. 2017, before its ReLU), divided by
 * the number of cells: each cell's own share of gradient . pooled. For a linear head the map's sum
 * plus the bias is the logit exactly.
 *
 * @param gradient  [shape.c]: d logit / d pooled.
 * @param map       [shape.h, shape.w], the caller's.
 */
void px_heat_class_map(const float *features, px_shape shape, const float *gradient, float *map);

/**
 * Weighted sum of maps on one grid: as fine as the finest, over their region where they share one,
 * else over the whole radiograph. Where grids differ, maps are sampled bilinearly and rescaled by
 * the area of a cell, which keeps their sum.
 *
 * @param maps    [n], n > 0; borrowed.
 * @param weight  [n].
 * @param whole   the radiograph.
 * @param mixed   values are allocated (free() them); untouched on failure.
 */
bool px_heat_mix(const px_heat *maps, const double *weight, int n, px_region whole, px_heat *mixed,
                 px_error *err);

/**
 * The positive part at the radiograph's size, divided by its maximum; zero outside the map's region
 * and everywhere when nothing is positive.
 *
 * @param heat  [whole.height, whole.width], the caller's.
 */
bool px_heat_render(const px_heat *map, px_region whole, float *heat, px_error *err);

/** Share of the maximum above which a pixel belongs to the hottest region. */
#define PX_HOT_SHARE 0.5f

/**
 * Box around the hottest region: the pixels of at least PX_HOT_SHARE of the maximum that are
 * connected (by their sides) to the maximum, the first one in reading order.
 *
 * @param heat  [height, width] in [0, 1].
 * @param box   x, y, width, height; all 0 when no pixel is above 0.
 */
bool px_heat_box(const float *heat, int width, int height, int box[4], px_error *err);

#endif
