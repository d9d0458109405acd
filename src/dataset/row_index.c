/* Rows in the order of their file names without folders and extension. */
#include "row_index.h"

#include <stdlib.h>
#include <string.h>

#include "../base/memory.h"
#include "source_parts.h"

struct px_row_index {
    const px_label_table *table;
    int32_t *order; /* [n_rows] rows by stem, then path */
};

/* A file's name without its folders and the extension of an image. */
typedef struct stem {
    const char *text;
    size_t length;
} stem;

static bool is_slash(char c) {
    return c == '/' || c == '\\';
}

static stem stem_of(const char *path) {
    const char *name = path;
    for (const char *p = path; *p; p++) {
        if (is_slash(*p))
            name = p + 1;
    }
    return (stem){name, px_source_stem_length(name)};
}

static int compare_stems(const char *a, const char *b) {
    const stem first = stem_of(a), second = stem_of(b);
    const size_t shorter = first.length < second.length ? first.length : second.length;
    const int difference = memcmp(first.text, second.text, shorter);
    return difference ? difference
                      : (first.length > second.length) - (first.length < second.length);
}

static int by_stem(const void *a, const void *b, void *context) {
    const px_label_table *table = context;
    const char *first = table->rows[*(const int32_t *)a].path;
    const char *second = table->rows[*(const int32_t *)b].path;
    const int difference = compare_stems(first, second);
    return difference ? difference : strcmp(first, second);
}

/* Bytes of a path before its name, without the slash between. */
static size_t folder_length(const char *path) {
    const char *name = stem_of(path).text;
    return name > path ? (size_t)(name - path) - 1 : 0;
}

/* Do the folders of both agree, from the last one up, as far as both name them? */
static bool folders_agree(const char *a, const char *b) {
    size_t at_a = folder_length(a), at_b = folder_length(b);
    if (at_a == 0 || at_b == 0)
        return true;
    for (; at_a > 0 && at_b > 0; at_a--, at_b--) {
        const char x = a[at_a - 1], y = b[at_b - 1];
        if (x != y && !(is_slash(x) && is_slash(y)))
            return false;
    }
    return (at_a == 0 || is_slash(a[at_a - 1])) && (at_b == 0 || is_slash(b[at_b - 1]));
}

px_row_index *px_row_index_new(const px_label_table *table, px_error *err) {
    px_row_index *index = px_alloc(1, sizeof *index, err);
    if (!index)
        return NULL;
    index->table = table;
    index->order = px_alloc((size_t)table->n_rows, sizeof *index->order, err);
    if (!index->order) {
        free(index);
        return NULL;
    }
    for (int32_t i = 0; i < table->n_rows; i++)
        index->order[i] = i;
    qsort_r(index->order, (size_t)table->n_rows, sizeof *index->order, by_stem, (void *)table);
    return index;
}

void px_row_index_free(px_row_index *index) {
    if (!index)
        return;
    free(index->order);
    free(index);
}

int64_t px_row_index_find(const px_row_index *index, const char *path) {
    const px_label_row *rows = index->table->rows;
    int64_t first = 0, last = index->table->n_rows;
    while (first < last) {
        const int64_t middle = first + (last - first) / 2;
        if (compare_stems(rows[index->order[middle]].path, path) < 0)
            first = middle + 1;
        else
            last = middle;
    }
    int64_t end = first;
    while (end < index->table->n_rows && compare_stems(rows[index->order[end]].path, path) == 0) {
        if (strcmp(rows[index->order[end]].path, path) == 0)
            return index->order[end];
        end++;
    }
    return end == first + 1 && folders_agree(rows[index->order[first]].path, path)
               ? index->order[first]
               : -1;
}
