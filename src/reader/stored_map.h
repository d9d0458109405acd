/* A finding's raw heat map as JSON, from which its picture can be drawn again. */
#ifndef PX_READER_STORED_MAP_H
#define PX_READER_STORED_MAP_H

#include <jansson.h>

#include "perxeptron.h"

/**
 * {"width", "height", "values", "region", "whole"}: the cells row by row; x, y, width, height of
 * what they cover; and width, height of the picture that this lies in, the reading's heat.
 *
 * @param finding  with raw_heat.
 * @return a new reference, or NULL without memory.
 */
json_t *px_heat_map_to_json(const px_reading *reading, const px_finding *finding);

/**
 * Draw a heat map from what px_heat_map_to_json made: bit for bit the finding's heat.
 *
 * @param width, height  set to the picture's size: "whole".
 * @return [height, width] float32 in [0, 1], to be freed; NULL with PX_ERR_INPUT: no such map, or
 *         PX_ERR_MEMORY.
 */
float *px_heat_map_draw(const json_t *map, int *width, int *height, px_error *err);

#endif
