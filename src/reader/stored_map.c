/* Raw heat maps to JSON and back. */
#include "stored_map.h"

#include <stdlib.h>

#include "../base/error.h"
#include "../base/json_fields.h"
#include "../base/memory.h"
#include "../image/image.h"
#include "heatmap.h"

enum {
    MAX_CELLS = 4096, /* a side of a map: more than any network's features have */
    MAX_SIDE = 65500  /* a side of a radiograph */
};
static const char subject[] = "heat map";

json_t *px_heat_map_to_json(const px_reading *reading, const px_finding *finding) {
    const int *r = finding->raw_region;
    json_t *values = json_array();
    bool ok = values != NULL;
    for (int i = 0; ok && i < finding->raw_width * finding->raw_height; i++)
        ok = json_array_append_new(values, px_json_from_float(finding->raw_heat[i])) == 0;
    return json_pack("{si si so s[iiii] s[ii]}", "width", finding->raw_width, "height",
                     finding->raw_height, "values", px_json_keep_if(values, ok), "region", r[0],
                     r[1], r[2], r[3], "whole", reading->heat_width, reading->heat_height);
}

static bool lies_within(const px_region *part, const px_region *whole) {
    return part->width > 0 && part->height > 0 && part->x <= whole->width - part->width &&
           part->y <= whole->height - part->height;
}

/* Everything but the values. */
static bool read_frame(const json_t *json, px_heat *map, px_region *whole, px_error *err) {
    int region[4], size[2];
    if (!px_json_int(json, "width", subject, 1, MAX_CELLS, &map->width, err) ||
        !px_json_int(json, "height", subject, 1, MAX_CELLS, &map->height, err) ||
        !px_json_ints(json, "region", subject, 0, MAX_SIDE, 4, region, err) ||
        !px_json_ints(json, "whole", subject, 1, MAX_SIDE, 2, size, err))
        return false;
    map->region = (px_region){region[0], region[1], region[2], region[3]};
    *whole = (px_region){0, 0, size[0], size[1]};
    if ((int64_t)size[0] * size[1] > px_image_default_limits().max_pixels)
        return px_fail(err, PX_ERR_INPUT, subject, "more pixels than a radiograph may have");
    return lies_within(&map->region, whole) ||
           px_fail(err, PX_ERR_INPUT, subject, "its region is not within the whole");
}

float *px_heat_map_draw(const json_t *json, int *width, int *height, px_error *err) {
    px_heat map = {0};
    px_region whole;
    float *heat = NULL;
    if (!read_frame(json, &map, &whole, err))
        return NULL;
    int cells = map.width * map.height;
    map.values = px_alloc((size_t)cells, sizeof *map.values, err);
    bool ok = map.values && px_json_floats(json, "values", subject, cells, map.values, err) &&
              (heat = px_alloc((size_t)whole.width * (size_t)whole.height, sizeof *heat, err)) &&
              px_heat_render(&map, whole, heat, err);
    free(map.values);
    if (ok) {
        *width = whole.width;
        *height = whole.height;
        return heat;
    }
    free(heat);
    return NULL;
}
