/* Writing safetensors files: the header first, then the data in an order that keeps it aligned. */
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/file.h"
#include "../base/json_fields.h"
#include "../base/memory.h"
#include "safetensors.h"

enum { ALIGNMENT = 64 };

/* A run of bytes to write: a tensor's data, or its scales. */
typedef struct px_piece {
    char *name;
    px_tensor shape; /* dtype and dimensions only */
    const void *data;
    size_t size;
    int order; /* as given: keeps the sort stable */
} px_piece;

/* The largest power of two, up to 64, that divides the size. */
static size_t natural_alignment(size_t size) {
    size_t lowest_bit = size & (~size + 1);
    return lowest_bit == 0 || lowest_bit > ALIGNMENT ? ALIGNMENT : lowest_bit;
}

/* Most aligned first: without holes, each then starts at a multiple of its own alignment. */
static int compare_pieces(const void *a, const void *b) {
    const px_piece *x = a, *y = b;
    size_t of_x = natural_alignment(x->size), of_y = natural_alignment(y->size);
    if (of_x != of_y)
        return of_x > of_y ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

static bool set_piece(px_piece *piece, char *name, const px_tensor *shape, const void *data,
                      px_error *err) {
    int64_t count = px_tensor_count(shape);
    *piece = (px_piece){.name = name, .shape = *shape, .data = data};
    if (!name)
        return false;
    if (count < 0 ||
        __builtin_mul_overflow((size_t)count, px_dtype_size(shape->dtype), &piece->size))
        return px_fail(err, PX_ERR_LIMIT, name, "a tensor this large cannot be stored");
    return true;
}

static bool add_pieces(const px_tensor *tensor, px_piece *pieces, int *count, px_error *err) {
    if (!set_piece(&pieces[(*count)++], px_strdup(tensor->name, err), tensor, tensor->data, err))
        return false;
    if (tensor->dtype != PX_I8)
        return true;
    px_tensor scale = {.dtype = PX_F32, .n_dims = 1, .dims = {tensor->dims[tensor->n_dims - 1]}};
    return set_piece(&pieces[(*count)++], px_format(err, "%s.scale", tensor->name), &scale,
                     tensor->scales, err);
}

static void free_pieces(px_piece *pieces, int count) {
    for (int i = 0; i < count; i++)
        free(pieces[i].name);
    free(pieces);
}

/* Every tensor's pieces in writing order. */
static px_piece *make_pieces(const px_tensor *tensors, int n_tensors, int *count, px_error *err) {
    px_piece *pieces = px_alloc((size_t)n_tensors * 2, sizeof *pieces, err);
    bool ok = pieces != NULL;
    *count = 0;
    for (int i = 0; ok && i < n_tensors; i++)
        ok = add_pieces(&tensors[i], pieces, count, err);
    if (!ok) {
        free_pieces(pieces, *count);
        return NULL;
    }
    for (int i = 0; i < *count; i++)
        pieces[i].order = i;
    qsort(pieces, (size_t)*count, sizeof *pieces, compare_pieces);
    return pieces;
}

static json_t *shape_to_json(const px_tensor *tensor) {
    json_t *shape = json_array();
    bool ok = shape != NULL;
    for (int i = 0; ok && i < tensor->n_dims; i++)
        ok = json_array_append_new(shape, json_integer(tensor->dims[i])) == 0;
    return px_json_keep_if(shape, ok);
}

static bool describe_piece(const px_piece *piece, size_t begin, json_t *header, px_error *err) {
    if (json_object_get(header, piece->name) || strcmp(piece->name, "__metadata__") == 0)
        return px_fail(err, PX_ERR_INPUT, piece->name, "two tensors cannot share a name");
    json_t *entry = json_pack("{s:s, s:o, s:[I, I]}", "dtype", px_dtype_name(piece->shape.dtype),
                              "shape", shape_to_json(&piece->shape), "data_offsets",
                              (json_int_t)begin, (json_int_t)(begin + piece->size));
    if (!entry)
        return px_fail_memory(err);
    if (json_object_set_new(header, piece->name, entry) != 0)
        return px_fail(err, PX_ERR_INPUT, piece->name, "its name is not UTF-8 text");
    return true;
}

/* The header's text. */
static char *make_header(const px_piece *pieces, int count, json_t *metadata, px_error *err) {
    json_t *header = json_object();
    bool ok = header && (!metadata || json_object_set(header, "__metadata__", metadata) == 0);
    if (!ok)
        px_fail_memory(err);
    size_t at = 0;
    for (int i = 0; ok && i < count; i++) {
        ok = describe_piece(&pieces[i], at, header, err);
        at += pieces[i].size;
    }
    char *text = ok ? px_json_dump(header, err) : NULL;
    json_decref(header);
    if (!text || strlen(text) <= PX_SAFETENSORS_MAX_HEADER - ALIGNMENT)
        return text;
    px_fail(err, PX_ERR_LIMIT, NULL, "%d tensors are too many for a file", count);
    free(text);
    return NULL;
}

/* Its length, the text, and spaces so that the data starts aligned. */
static bool write_header(px_file_writer *writer, const char *text, px_error *err) {
    char spaces[ALIGNMENT];
    memset(spaces, ' ', sizeof spaces);
    size_t length = strlen(text), tail = (8 + length) % ALIGNMENT;
    size_t padding = tail ? ALIGNMENT - tail : 0;
    uint8_t bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)((uint64_t)(length + padding) >> (8 * i));
    return px_file_writer_write(writer, bytes, sizeof bytes, err) &&
           px_file_writer_write(writer, text, length, err) &&
           px_file_writer_write(writer, spaces, padding, err);
}

static bool write_file(const char *path, const char *header, const px_piece *pieces, int count,
                       px_error *err) {
    px_file_writer *writer = px_file_writer_open(path, err);
    if (!writer)
        return false;
    bool ok = write_header(writer, header, err);
    for (int i = 0; ok && i < count; i++)
        ok = px_file_writer_write(writer, pieces[i].data, pieces[i].size, err);
    if (ok)
        return px_file_writer_commit(writer, err);
    px_file_writer_abandon(writer);
    return false;
}

bool px_safetensors_write(const char *path, const px_tensor *tensors, int n_tensors,
                          json_t *metadata, px_error *err) {
    int count;
    px_piece *pieces = make_pieces(tensors, n_tensors, &count, err);
    if (!pieces)
        return false;
    char *header = make_header(pieces, count, metadata, err);
    bool ok = header && write_file(path, header, pieces, count, err);
    free(header);
    free_pieces(pieces, count);
    return ok;
}
