/* Boxes of a table as shares of their images. */
#include "heat_boxes.h"

#include <stdlib.h>
#include <string.h>

#include "../base/memory.h"
#include "../image/image.h"

enum { MAX_IMAGE_BYTES = 256 << 20 }; /* as when they are scored */

/* Width and height of a row's image; false where it cannot be read. */
static bool find_size(const px_label_row *row, const px_image_source *source, int size[2]) {
    px_buffer bytes;
    px_image image;
    px_buffer_init(&bytes, MAX_IMAGE_BYTES);
    px_image_init(&image);
    const bool ok = row->image >= 0 && px_image_source_read(source, row->image, &bytes, NULL) &&
                    px_image_decode(bytes.data, bytes.size, NULL, &image, NULL);
    size[0] = image.width;
    size[1] = image.height;
    px_image_clear(&image);
    px_buffer_clear(&bytes);
    return ok;
}

bool px_heat_boxes_make(px_box_table *from, const px_label_table *table,
                        const px_image_source *source, px_heat_box **boxes, int64_t *count,
                        px_error *err) {
    px_heat_box *made = px_alloc((size_t)from->n_boxes, sizeof *made, err);
    int64_t n = 0, row = -1;
    int size[2];
    bool known = false, ok = true;
    if (!made)
        return false;
    for (int64_t i = 0; ok && i < from->n_boxes; i++) {
        const px_label_box *box = &from->boxes[i];
        if (box->reference_side > 0) {
            size[0] = size[1] = box->reference_side;
            known = true;
            row = -1;
        } else if (box->row != row) {
            row = box->row;
            known = find_size(&table->rows[row], source, size);
        }
        made[n] = (px_heat_box){.image = box->row, .finding = box->finding};
        if (!known)
            continue;
        if (px_label_box_fractions(box, size[0], size[1], made[n].box))
            n++;
        else
            ok = px_notes_add(&from->notes, PX_NOTE_BOX_OUTSIDE, box->line, err, "%s",
                              table->rows[box->row].path);
    }
    if (!ok) {
        free(made);
        return false;
    }
    *boxes = made;
    *count = n;
    return true;
}
