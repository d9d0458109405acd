/* Rows of a label table by the paths that other tables give their images. */
#ifndef PX_DATASET_ROW_INDEX_H
#define PX_DATASET_ROW_INDEX_H

#include "label_table.h"

/** Safe for any number of threads; the table is borrowed and must stay as it is. */
typedef struct px_row_index px_row_index;

/** @return freed by px_row_index_free, or NULL and PX_ERR_MEMORY. */
px_row_index *px_row_index_new(const px_label_table *table, px_error *err);
void px_row_index_free(px_row_index *index);

/** The row of exactly this path; else the only row of the same file name, whatever the extension,
 * if the folders that both paths name agree, from the last one up (one may name more of them, or
 * none); else -1. */
int64_t px_row_index_find(const px_row_index *index, const char *path);

#endif
