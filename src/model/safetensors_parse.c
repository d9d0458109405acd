/* Reading safetensors files: every number of the header is checked before it is used. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "safetensors.h"

enum { LENGTH_BYTES = 8 };

static const char metadata_key[] = "__metadata__";
static const char scale_suffix[] = ".scale";

/* Where the tensors' bytes lie. */
typedef struct px_data_area {
    const uint8_t *bytes;
    uint64_t size;
} px_data_area;

/* A tensor as the header describes it. */
typedef struct px_entry {
    const char *name; /* the header's */
    px_dtype dtype;
    int n_dims;
    int64_t dims[PX_MAX_DIMS];
    uint64_t begin, end;
} px_entry;

static uint64_t read_length(const uint8_t *bytes) {
    uint64_t length = 0;
    for (int i = LENGTH_BYTES - 1; i >= 0; i--)
        length = length << 8 | bytes[i];
    return length;
}

/* Parse the header and say where the data after it lies. */
static json_t *read_header(const uint8_t *bytes, size_t size, px_data_area *area, px_error *err) {
    if (size < LENGTH_BYTES) {
        px_fail(err, PX_ERR_INPUT, NULL, "%zu bytes are too few for a model file", size);
        return NULL;
    }
    uint64_t length = read_length(bytes), rest = size - LENGTH_BYTES;
    if (length > PX_SAFETENSORS_MAX_HEADER && length <= rest) {
        px_fail(err, PX_ERR_LIMIT, NULL, "a header of %" PRIu64 " bytes: at most %d are allowed",
                length, PX_SAFETENSORS_MAX_HEADER);
        return NULL;
    }
    if (length < 2 || length > rest || bytes[LENGTH_BYTES] != '{') {
        px_fail(err, PX_ERR_INPUT, NULL, "not a safetensors model, or cut short");
        return NULL;
    }
    json_error_t json_error;
    json_t *header = json_loadb((const char *)bytes + LENGTH_BYTES, (size_t)length,
                                JSON_REJECT_DUPLICATES, &json_error);
    if (!header)
        px_fail(err, PX_ERR_INPUT, NULL, "its header is not JSON: %s at byte %d", json_error.text,
                json_error.position);
    *area = (px_data_area){bytes + LENGTH_BYTES + length, rest - length};
    return header;
}

static bool read_dtype(const char *text, const char *name, px_dtype *dtype, px_error *err) {
    const px_dtype known[] = {PX_F32, PX_F16, PX_I8};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(text, px_dtype_name(known[i])) == 0) {
            *dtype = known[i];
            return true;
        }
    }
    return px_fail(err, PX_ERR_UNSUPPORTED, name, "type \"%s\": F32, F16 and I8 are known", text);
}

static bool read_shape(const json_t *shape, px_entry *entry, px_error *err) {
    size_t n = json_array_size(shape);
    if (n > PX_MAX_DIMS)
        return px_fail(err, PX_ERR_UNSUPPORTED, entry->name, "%zu dimensions: at most %d are known",
                       n, PX_MAX_DIMS);
    entry->n_dims = (int)n;
    for (size_t i = 0; i < n; i++) {
        const json_t *dim = json_array_get(shape, i);
        if (!json_is_integer(dim) || json_integer_value(dim) < 0)
            return px_fail(err, PX_ERR_INPUT, entry->name, "a dimension is not a natural number");
        entry->dims[i] = json_integer_value(dim);
    }
    return true;
}

static bool read_offsets(const json_t *offsets, uint64_t data_size, px_entry *entry,
                         px_error *err) {
    const json_t *begin = json_array_get(offsets, 0), *end = json_array_get(offsets, 1);
    if (json_array_size(offsets) != 2 || !json_is_integer(begin) || !json_is_integer(end))
        return px_fail(err, PX_ERR_INPUT, entry->name, "its data_offsets are not two integers");
    json_int_t from = json_integer_value(begin), to = json_integer_value(end);
    if (from < 0 || to < from || (uint64_t)to > data_size)
        return px_fail(err, PX_ERR_INPUT, entry->name,
                       "bytes %" PRId64 " to %" PRId64 " lie outside the %" PRIu64
                       " bytes of data: damaged or cut short",
                       (int64_t)from, (int64_t)to, data_size);
    entry->begin = (uint64_t)from;
    entry->end = (uint64_t)to;
    return true;
}

/* The shape's bytes are the ones between the offsets. */
static bool check_size(const px_entry *entry, px_error *err) {
    px_tensor shape = {.n_dims = entry->n_dims};
    memcpy(shape.dims, entry->dims, sizeof shape.dims);
    int64_t count = px_tensor_count(&shape), bytes;
    char text[96];
    px_tensor_describe_shape(&shape, text, sizeof text);
    if (count < 0 || __builtin_mul_overflow(count, (int64_t)px_dtype_size(entry->dtype), &bytes) ||
        (uint64_t)bytes != entry->end - entry->begin)
        return px_fail(err, PX_ERR_INPUT, entry->name,
                       "shape %s in %s does not take %" PRIu64 " bytes", text,
                       px_dtype_name(entry->dtype), entry->end - entry->begin);
    if (entry->dtype == PX_I8 && entry->n_dims < 1)
        return px_fail(err, PX_ERR_INPUT, entry->name, "an int8 tensor without dimensions");
    return true;
}

static bool read_entry(const char *name, const json_t *value, uint64_t data_size, px_entry *entry,
                       px_error *err) {
    const json_t *dtype = json_object_get(value, "dtype"), *shape = json_object_get(value, "shape"),
                 *offsets = json_object_get(value, "data_offsets");
    if (!json_is_string(dtype) || !json_is_array(shape) || !json_is_array(offsets) ||
        json_object_size(value) != 3)
        return px_fail(err, PX_ERR_INPUT, name,
                       "its entry is not \"dtype\", \"shape\" and \"data_offsets\"");
    *entry = (px_entry){.name = name};
    return read_dtype(json_string_value(dtype), name, &entry->dtype, err) &&
           read_shape(shape, entry, err) && read_offsets(offsets, data_size, entry, err) &&
           check_size(entry, err);
}

static bool check_metadata(const json_t *metadata, px_error *err) {
    bool ok = json_is_object(metadata);
    for (void *it = json_object_iter((json_t *)(uintptr_t)metadata); ok && it;
         it = json_object_iter_next((json_t *)(uintptr_t)metadata, it))
        ok = json_is_string(json_object_iter_value(it));
    return ok || px_fail(err, PX_ERR_INPUT, metadata_key, "not an object of texts");
}

static int compare_entries(const void *a, const void *b) {
    const px_entry *x = a, *y = b;
    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    return (x->end > y->end) - (x->end < y->end);
}

/* In order, without holes and overlaps, to the end of the data. */
static bool check_cover(const px_entry *entries, size_t count, uint64_t data_size, px_error *err) {
    uint64_t at = 0;
    for (size_t i = 0; i < count; i++) {
        if (entries[i].begin != at)
            return px_fail(err, PX_ERR_INPUT, entries[i].name,
                           "its data starts at byte %" PRIu64
                           " of the data, not where the one before ends (%" PRIu64 ")",
                           entries[i].begin, at);
        at = entries[i].end;
    }
    if (at != data_size)
        return px_fail(err, PX_ERR_INPUT, NULL,
                       "%" PRIu64 " bytes of data, but its tensors take %" PRIu64, data_size, at);
    return true;
}

/* All tensors of the header, sorted by offset. */
static px_entry *read_entries(json_t *header, uint64_t data_size, size_t *count, px_error *err) {
    px_entry *entries = px_alloc(json_object_size(header), sizeof *entries, err);
    const char *name;
    json_t *value;
    bool ok = entries != NULL;
    *count = 0;
    json_object_foreach(header, name, value) {
        if (!ok)
            break;
        ok = strcmp(name, metadata_key) == 0
                 ? check_metadata(value, err)
                 : read_entry(name, value, data_size, &entries[(*count)++], err);
    }
    if (ok) {
        qsort(entries, *count, sizeof *entries, compare_entries);
        ok = check_cover(entries, *count, data_size, err);
    }
    if (ok)
        return entries;
    free(entries);
    return NULL;
}

static bool is_scale_name(const char *name) {
    size_t length = strlen(name), suffix = strlen(scale_suffix);
    return length > suffix && strcmp(name + length - suffix, scale_suffix) == 0;
}

/* Positions of entries by name. */
static json_t *make_index(const px_entry *entries, size_t count, px_error *err) {
    json_t *index = json_object();
    bool ok = index != NULL;
    for (size_t i = 0; ok && i < count; i++)
        ok = json_object_set_new(index, entries[i].name, json_integer((json_int_t)i)) == 0;
    if (ok)
        return index;
    px_fail_memory(err);
    json_decref(index);
    return NULL;
}

static const px_entry *find_entry(const json_t *index, const px_entry *entries, const char *name,
                                  size_t length) {
    const json_t *position = json_object_getn(index, name, length);
    return position ? &entries[json_integer_value(position)] : NULL;
}

/* "T.scale" belongs to the int8 tensor T, and is not a tensor of its own. */
static bool is_scale(const px_entry *entry, const json_t *index, const px_entry *entries) {
    if (!is_scale_name(entry->name))
        return false;
    const px_entry *of =
        find_entry(index, entries, entry->name, strlen(entry->name) - strlen(scale_suffix));
    return of && of->dtype == PX_I8;
}

static const px_entry *find_scale(const px_entry *entry, const json_t *index,
                                  const px_entry *entries, px_error *err) {
    char *name = px_format(err, "%s%s", entry->name, scale_suffix);
    if (!name)
        return NULL;
    const px_entry *scale = find_entry(index, entries, name, strlen(name));
    free(name);
    if (scale && scale->dtype == PX_F32 && scale->n_dims == 1 &&
        scale->dims[0] == entry->dims[entry->n_dims - 1])
        return scale;
    px_fail(err, PX_ERR_MISMATCH, entry->name,
            "an int8 tensor needs \"%s%s\": float32, one for each of its last dimension",
            entry->name, scale_suffix);
    return NULL;
}

static bool is_aligned(const px_entry *entry, const px_data_area *area) {
    return (uintptr_t)(area->bytes + entry->begin) % px_dtype_size(entry->dtype) == 0;
}

static const void *take_bytes(const px_entry *entry, const px_data_area *area, bool copy,
                              px_error *err) {
    const uint8_t *bytes = area->bytes + entry->begin;
    if (!copy)
        return bytes;
    size_t size = (size_t)(entry->end - entry->begin);
    void *own = px_alloc_aligned(size, err);
    if (own)
        memcpy(own, bytes, size);
    return own;
}

/* Borrow the data where it is aligned for its type; a foreign writer's may not be. */
static bool make_tensor(const px_entry *entry, const px_entry *scale, const px_data_area *area,
                        px_tensor *tensor, px_error *err) {
    bool copy = !is_aligned(entry, area) || (scale && !is_aligned(scale, area));
    *tensor = (px_tensor){.dtype = entry->dtype, .n_dims = entry->n_dims, .owned = copy};
    memcpy(tensor->dims, entry->dims, sizeof tensor->dims);
    tensor->name = px_strdup(entry->name, err);
    tensor->data = take_bytes(entry, area, copy, err);
    if (scale)
        tensor->scales = take_bytes(scale, area, copy, err);
    return tensor->name && tensor->data && (!scale || tensor->scales);
}

static bool make_tensors(const px_entry *entries, size_t count, const px_data_area *area,
                         px_safetensors *file, px_error *err) {
    json_t *index = make_index(entries, count, err);
    file->tensors = px_alloc(count, sizeof *file->tensors, err);
    bool ok = index && file->tensors;
    for (size_t i = 0; ok && i < count; i++) {
        const px_entry *entry = &entries[i], *scale = NULL;
        if (is_scale(entry, index, entries))
            continue;
        if (entry->dtype == PX_I8)
            ok = (scale = find_scale(entry, index, entries, err)) != NULL;
        ok = ok && make_tensor(entry, scale, area, &file->tensors[file->n_tensors++], err);
    }
    json_decref(index);
    return ok;
}

bool px_safetensors_parse(const void *bytes, size_t size, px_safetensors *file, px_error *err) {
    px_safetensors parsed = {0};
    px_data_area area;
    px_entry *entries = NULL;
    size_t count;
    bool ok = false;
    json_t *header = read_header(bytes, size, &area, err);
    if (!header)
        goto done;
    entries = read_entries(header, area.size, &count, err);
    if (!entries || !make_tensors(entries, count, &area, &parsed, err))
        goto done;
    parsed.metadata = json_incref(json_object_get(header, metadata_key));
    *file = parsed;
    ok = true;
done:
    if (!ok)
        px_safetensors_clear(&parsed);
    free(entries);
    json_decref(header);
    return ok;
}

void px_safetensors_clear(px_safetensors *file) {
    for (int i = 0; i < file->n_tensors; i++)
        px_tensor_clear(&file->tensors[i]);
    free(file->tensors);
    json_decref(file->metadata);
    *file = (px_safetensors){0};
}
