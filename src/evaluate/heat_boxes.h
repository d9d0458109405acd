/* Boxes of a table as shares of their images, which the heat-map check compares. */
#ifndef PX_EVALUATE_HEAT_BOXES_H
#define PX_EVALUATE_HEAT_BOXES_H

#include "../dataset/box_table.h"
#include "heat_check.h"

/**
 * Make them. Where boxes are in pixels of the image itself, the image is read to know its size; one
 * that cannot be read is passed over, since it has no heat map either. Boxes that turn out to lie
 * outside are left out.
 *
 * @param from    gets a note of each that is left out.
 * @param source  of the table's images.
 * @param boxes   set to an array for free(), by row; untouched on failure.
 * @param err     PX_ERR_MEMORY.
 */
bool px_heat_boxes_make(px_box_table *from, const px_label_table *table,
                        const px_image_source *source, px_heat_box **boxes, int64_t *count,
                        px_error *err);

#endif
