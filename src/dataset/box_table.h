/* Tables of boxes that radiologists, or phantoms' makers, drew around findings. */
#ifndef PX_DATASET_BOX_TABLE_H
#define PX_DATASET_BOX_TABLE_H

#include "label_table.h"

/** One box, in pixels of an image of reference_side x reference_side, or of the image itself. */
typedef struct px_label_box {
    int64_t row; /**< of the label table */
    int finding; /**< of the label table */
    int64_t line;
    int reference_side; /**< NIH: 1024; 0: pixels of the image itself */
    double x, y, width, height;
} px_label_box;

typedef struct px_box_table {
    int64_t n_boxes;
    px_label_box *boxes; /**< by row, then line */
    int64_t rows_read;
    px_notes notes; /**< findings not asked for, boxes of images that are not in the table */
} px_box_table;

/**
 * Read boxes and match them with a label table's rows, by px_row_index_find. Formats, by the
 * header: NIH's "Image Index,Finding Label" and four numbers, and "path,finding,x,y,width,height".
 *
 * @param table  borrowed; after px_label_table_find_images, where images are used at all.
 * @param err    PX_ERR_INPUT naming file and line: another header, no number, a box twice as wide
 *               as any image (more than 100,000 pixels), a negative size. PX_ERR_LIMIT, PX_ERR_IO,
 *               PX_ERR_MEMORY.
 * @return freed by px_box_table_free, or NULL.
 */
px_box_table *px_box_table_read(const char *path, const px_label_table *table, int notes_cap,
                                px_error *err);
px_box_table *px_box_table_parse(const void *bytes, size_t size, const char *name,
                                 const px_label_table *table, int notes_cap, px_error *err);
void px_box_table_free(px_box_table *table);

/**
 * A box in fractions of an image's sides, cut to the image.
 *
 * @param width, height  of the image, in pixels.
 * @param fractions      x, y, width, height in [0, 1]; untouched on false.
 * @return false: nothing of it lies in the image.
 */
bool px_label_box_fractions(const px_label_box *box, int width, int height, double fractions[4]);

#endif
