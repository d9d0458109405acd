/* Keras' HDF5 layout through the HDF5 library: runs in the child process of hdf5_child.c. */
#include "hdf5_reader.h"

#include <errno.h>
#include <hdf5.h>
#include <hdf5_hl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/error.h"
#include "../base/memory.h"

typedef struct {
    int fd;
    int64_t numbers_left;
    size_t tensors;
    px_error err;
} sender;

/* Strings of an attribute, one after the other. */
typedef struct {
    size_t count;
    char **items;
} string_list;

int64_t px_hdf5_max_numbers(size_t file_size) {
    const int64_t most = (int64_t)1 << 28, floor = 1 << 20;
    int64_t expanded = file_size > (size_t)most / 512 ? most : (int64_t)file_size * 512;
    return expanded < floor ? floor : expanded;
}

int64_t px_hdf5_count(const int64_t *dims, uint32_t n_dims, int64_t most) {
    int64_t count = 1;
    for (uint32_t i = 0; i < n_dims; i++) {
        if (dims[i] < 1 || __builtin_mul_overflow(count, dims[i], &count) || count > most)
            return -1;
    }
    return count;
}

static bool send_bytes(int fd, const void *bytes, size_t size) {
    const char *at = bytes;
    while (size > 0) {
        ssize_t n = write(fd, at, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        at += n;
        size -= (size_t)n;
    }
    return true;
}

static bool send_record(sender *s, px_hdf5_record *record, const char *group, const char *name,
                        const void *payload, size_t size) {
    record->group_size = (uint32_t)strlen(group);
    record->name_size = (uint32_t)strlen(name);
    return send_bytes(s->fd, record, sizeof *record) &&
           send_bytes(s->fd, group, record->group_size) &&
           send_bytes(s->fd, name, record->name_size) && send_bytes(s->fd, payload, size);
}

static void clear_strings(string_list *list) {
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i]);
    free(list->items);
    *list = (string_list){0};
}

static bool add_string(string_list *list, const char *text, size_t length, px_error *err) {
    if (list->count >= PX_HDF5_MAX_TENSORS)
        return px_fail(err, PX_ERR_LIMIT, NULL, "more than %d names", (int)PX_HDF5_MAX_TENSORS);
    void *items = list->items;
    if ((list->count & (list->count - 1)) == 0 &&
        !px_realloc(&items, list->count ? list->count * 2 : 1, sizeof *list->items, err))
        return false;
    list->items = items;
    char *copy = strndup(text, length);
    if (!copy)
        return px_fail_memory(err);
    list->items[list->count++] = copy;
    return true;
}

static bool read_variable_strings(hid_t attribute, hid_t type, size_t count, string_list *list,
                                  px_error *err) {
    char **texts = px_alloc(count, sizeof *texts, err);
    bool ok = texts != NULL;
    if (ok && H5Aread(attribute, type, texts) < 0)
        ok = px_fail(err, PX_ERR_INPUT, NULL, "damaged HDF5: names that cannot be read");
    for (size_t i = 0; ok && i < count; i++)
        ok = add_string(list, texts[i] ? texts[i] : "", SIZE_MAX - 1, err);
    free(texts); /* the strings themselves end with the child */
    return ok;
}

static bool read_fixed_strings(hid_t attribute, hid_t type, size_t count, string_list *list,
                               px_error *err) {
    size_t width = H5Tget_size(type);
    char *text = width > PX_HDF5_MAX_CONFIG || count > PX_HDF5_MAX_CONFIG / (width ? width : 1)
                     ? NULL
                     : px_alloc(count, width, err);
    bool ok = text != NULL;
    if (!ok)
        px_fail(err, PX_ERR_LIMIT, NULL, "names of too many bytes");
    if (ok && H5Aread(attribute, type, text) < 0)
        ok = px_fail(err, PX_ERR_INPUT, NULL, "damaged HDF5: names that cannot be read");
    for (size_t i = 0; ok && i < count; i++)
        ok = add_string(list, text + i * width, strnlen(text + i * width, width), err);
    free(text);
    return ok;
}

/* h5py and Keras write fixed-length strings or variable-length ones, one or an array of them. */
static bool read_strings(hid_t object, const char *name, string_list *list, px_error *err) {
    hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    hid_t type = attribute < 0 ? -1 : H5Aget_type(attribute);
    hid_t space = attribute < 0 ? -1 : H5Aget_space(attribute);
    hssize_t count = space < 0 ? -1 : H5Sget_simple_extent_npoints(space);
    bool ok = false;
    if (type < 0 || count < 0)
        px_fail(err, PX_ERR_INPUT, name, "damaged HDF5: an attribute that cannot be read");
    else if (count == 0)
        ok = true; /* layers without weights; h5py gives the empty array a number's type */
    else if (H5Tget_class(type) != H5T_STRING || count > PX_HDF5_MAX_TENSORS)
        px_fail(err, PX_ERR_INPUT, name, "not a list of names");
    else if (H5Tis_variable_str(type) > 0)
        ok = read_variable_strings(attribute, type, (size_t)count, list, err);
    else
        ok = read_fixed_strings(attribute, type, (size_t)count, list, err);
    if (space >= 0)
        H5Sclose(space);
    if (type >= 0)
        H5Tclose(type);
    if (attribute >= 0)
        H5Aclose(attribute);
    return ok;
}

/* Keras splits an attribute above 64 KiB into layer_names0, layer_names1, … */
static bool read_names(hid_t object, const char *name, string_list *list, px_error *err) {
    if (H5Aexists(object, name) > 0)
        return read_strings(object, name, list, err);
    char part[64];
    for (int i = 0;; i++) {
        snprintf(part, sizeof part, "%s%d", name, i);
        if (H5Aexists(object, part) <= 0)
            return i > 0 || px_fail(err, PX_ERR_INPUT, name,
                                    "not a Keras 2 weights file: this attribute is missing");
        if (!read_strings(object, part, list, err))
            return false;
    }
}

static bool read_shape(hid_t dataset, const char *name, px_hdf5_record *record, px_error *err) {
    hid_t space = H5Dget_space(dataset), type = H5Dget_type(dataset);
    int n_dims = space < 0 ? -1 : H5Sget_simple_extent_ndims(space);
    hsize_t dims[H5S_MAX_RANK] = {0};
    bool ok = false;
    if (type < 0 || n_dims < 0 || H5Sget_simple_extent_dims(space, dims, NULL) < 0)
        px_fail(err, PX_ERR_INPUT, name, "damaged HDF5: a weight without a shape");
    else if (H5Tget_class(type) != H5T_FLOAT)
        px_fail(err, PX_ERR_UNSUPPORTED, name, "weights must be floating-point numbers");
    else if (n_dims < 1 || n_dims > PX_HDF5_MAX_DIMS)
        px_fail(err, PX_ERR_UNSUPPORTED, name, "a weight of %d dimensions", n_dims);
    else
        ok = true;
    record->n_dims = ok ? (uint32_t)n_dims : 0;
    for (uint32_t i = 0; i < record->n_dims; i++)
        record->dims[i] = dims[i] > INT64_MAX ? -1 : (int64_t)dims[i];
    if (space >= 0)
        H5Sclose(space);
    if (type >= 0)
        H5Tclose(type);
    return ok;
}

static bool send_dataset(sender *s, hid_t dataset, const char *group, const char *name) {
    px_hdf5_record record = {.kind = PX_HDF5_TENSOR};
    if (!read_shape(dataset, name, &record, &s->err))
        return false;
    int64_t count = px_hdf5_count(record.dims, record.n_dims, s->numbers_left);
    if (count < 0)
        return px_fail(&s->err, PX_ERR_LIMIT, name, "an empty weight, or more than allowed");
    s->numbers_left -= count;
    float *data = px_alloc((size_t)count, sizeof *data, &s->err);
    bool ok = data != NULL;
    if (ok && H5Dread(dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) < 0)
        ok = px_fail(&s->err, PX_ERR_INPUT, name, "damaged HDF5: a weight that cannot be read");
    ok = ok && send_record(s, &record, group, name, data, (size_t)count * sizeof *data);
    free(data);
    return ok;
}

static bool send_layer(sender *s, hid_t parent, const char *layer) {
    string_list names = {0};
    hid_t group = H5Gopen2(parent, layer, H5P_DEFAULT);
    bool ok = group >= 0 || px_fail(&s->err, PX_ERR_INPUT, layer, "the file has no such group");
    ok = ok && read_names(group, "weight_names", &names, &s->err);
    for (size_t i = 0; ok && i < names.count; i++) {
        const char *name = names.items[i];
        if (strlen(name) > PX_HDF5_MAX_NAME || strlen(layer) > PX_HDF5_MAX_NAME ||
            ++s->tensors > PX_HDF5_MAX_TENSORS) {
            ok = px_fail(&s->err, PX_ERR_LIMIT, "weight_names", "too long or too many names");
            break;
        }
        hid_t dataset = H5Dopen2(group, name, H5P_DEFAULT);
        ok = dataset >= 0 || px_fail(&s->err, PX_ERR_INPUT, name, "the file has no such weight");
        ok = ok && send_dataset(s, dataset, layer, name);
        if (dataset >= 0)
            H5Dclose(dataset);
    }
    if (group >= 0)
        H5Gclose(group);
    clear_strings(&names);
    return ok;
}

static bool send_config(sender *s, hid_t file) {
    string_list config = {0};
    if (H5Aexists(file, "model_config") <= 0)
        return true;
    bool ok = read_strings(file, "model_config", &config, &s->err);
    ok = ok && (config.count == 1 || px_fail(&s->err, PX_ERR_INPUT, "model_config", "not a text"));
    size_t size = ok ? strlen(config.items[0]) : 0;
    ok = ok && (size <= PX_HDF5_MAX_CONFIG ||
                px_fail(&s->err, PX_ERR_LIMIT, "model_config", "%zu bytes", size));
    px_hdf5_record record = {.kind = PX_HDF5_CONFIG, .n_dims = 1, .dims = {(int64_t)size}};
    ok = ok && send_record(s, &record, "", "", config.items[0], size);
    clear_strings(&config);
    return ok;
}

static bool send_file(sender *s, hid_t file) {
    if (!send_config(s, file))
        return false;
    bool full = H5Lexists(file, "model_weights", H5P_DEFAULT) > 0;
    hid_t root = H5Gopen2(file, full ? "model_weights" : "/", H5P_DEFAULT);
    string_list layers = {0};
    bool ok = root >= 0 || px_fail(&s->err, PX_ERR_INPUT, NULL, "damaged HDF5: no root group");
    ok = ok && read_names(root, "layer_names", &layers, &s->err);
    for (size_t i = 0; ok && i < layers.count; i++)
        ok = send_layer(s, root, layers.items[i]);
    clear_strings(&layers);
    if (root >= 0)
        H5Gclose(root);
    return ok;
}

void px_hdf5_send(const void *bytes, size_t size, int fd) {
    sender s = {.fd = fd, .numbers_left = px_hdf5_max_numbers(size)};
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    hid_t file = H5LTopen_file_image((void *)(uintptr_t)bytes, size,
                                     H5LT_FILE_IMAGE_DONT_COPY | H5LT_FILE_IMAGE_DONT_RELEASE);
    bool ok =
        file >= 0 || px_fail(&s.err, PX_ERR_INPUT, NULL, "not an HDF5 file, or a damaged one");
    ok = ok && send_file(&s, file);
    px_hdf5_record last = {.kind = ok ? PX_HDF5_END : PX_HDF5_FAILURE, .code = s.err.code};
    send_record(&s, &last, s.err.subject, s.err.message, NULL, 0);
}
