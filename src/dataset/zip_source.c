/* Images in a ZIP archive, by libzip. Its handles are for one thread at a time: reads take turns.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zip.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "source_parts.h"

typedef struct archive {
    zip_t *zip;
    pthread_mutex_t lock;
} archive;

static px_error_code code_of(int zip_code) {
    switch (zip_code) {
    case ZIP_ER_MEMORY:
        return PX_ERR_MEMORY;
    case ZIP_ER_OPEN:
    case ZIP_ER_READ:
    case ZIP_ER_SEEK:
        return PX_ERR_IO;
    case ZIP_ER_COMPNOTSUPP:
    case ZIP_ER_ENCRNOTSUPP:
    case ZIP_ER_NOPASSWD:
        return PX_ERR_UNSUPPORTED;
    default:
        return PX_ERR_INPUT;
    }
}

static bool fail_zip(zip_error_t *error, const char *subject, const char *action, px_error *err) {
    return px_fail(err, code_of(zip_error_code_zip(error)), subject, "%s: %s", action,
                   zip_error_strerror(error));
}

/* What the archive says of an entry's size is not believed: the buffer's cap holds. */
static bool read_file(zip_file_t *file, px_buffer *out, px_error *err) {
    unsigned char piece[65536];
    for (;;) {
        const zip_int64_t n = zip_fread(file, piece, sizeof piece);
        if (n == 0)
            return true;
        if (n < 0)
            return fail_zip(zip_file_get_error(file), NULL, "damaged in the archive", err);
        if (!px_buffer_append(out, piece, (size_t)n, err))
            return false;
    }
}

static bool read_locked(archive *a, int64_t place, px_buffer *out, px_error *err) {
    zip_stat_t info;
    if (zip_stat_index(a->zip, (zip_uint64_t)place, 0, &info) == 0 &&
        (info.valid & ZIP_STAT_SIZE) && info.size > out->cap - out->size)
        return px_fail(err, PX_ERR_LIMIT, NULL, "%llu bytes, more than the %zu allowed",
                       (unsigned long long)info.size, out->cap);
    zip_file_t *file = zip_fopen_index(a->zip, (zip_uint64_t)place, 0);
    if (!file)
        return fail_zip(zip_get_error(a->zip), NULL, "cannot be read from the archive", err);
    const bool ok = read_file(file, out, err);
    zip_fclose(file);
    return ok;
}

static bool read_entry(void *handle, const px_source_entry *entry, px_buffer *out, px_error *err) {
    archive *a = handle;
    pthread_mutex_lock(&a->lock);
    const bool ok = read_locked(a, entry->place, out, err);
    pthread_mutex_unlock(&a->lock);
    return ok;
}

static void close_archive(void *handle) {
    archive *a = handle;
    if (a->zip)
        zip_discard(a->zip);
    pthread_mutex_destroy(&a->lock);
    free(a);
}

/* Made on Unix, the upper half of the attributes is the file's mode. */
static bool is_link(zip_t *zip, zip_uint64_t place) {
    zip_uint8_t system;
    zip_uint32_t attributes;
    return zip_file_get_external_attributes(zip, place, 0, &system, &attributes) == 0 &&
           system == ZIP_OPSYS_UNIX && S_ISLNK(attributes >> 16);
}

static bool add_item(px_image_source *source, zip_t *zip, zip_uint64_t place, px_error *err) {
    zip_stat_t info;
    if (zip_stat_index(zip, place, 0, &info) != 0)
        return fail_zip(zip_get_error(zip), source->path, "damaged archive", err);
    const char *name = info.valid & ZIP_STAT_NAME ? info.name : NULL;
    if (!name || !px_source_is_image(name))
        return true;
    if ((info.valid & ZIP_STAT_ENCRYPTION_METHOD) && info.encryption_method != ZIP_EM_NONE)
        return px_source_pass_over(source, name, "encrypted", err);
    if (is_link(zip, place))
        return px_source_pass_over(source, name, "a link", err);
    return px_source_add(source, name, (int64_t)place, err);
}

bool px_source_open_zip(px_image_source *source, px_error *err) {
    static const px_source_kind kind = {read_entry, close_archive};
    archive *a = px_alloc(1, sizeof *a, err);
    if (!a)
        return false;
    pthread_mutex_init(&a->lock, NULL);
    source->kind = &kind;
    source->handle = a;
    int code = 0;
    a->zip = zip_open(source->path, ZIP_RDONLY, &code);
    if (!a->zip) {
        zip_error_t error;
        zip_error_init_with_code(&error, code);
        const bool ok = fail_zip(&error, source->path,
                                 "neither a folder nor a ZIP archive that can be read", err);
        zip_error_fini(&error);
        return ok;
    }
    const zip_int64_t count = zip_get_num_entries(a->zip, 0);
    bool ok = true;
    for (zip_int64_t i = 0; ok && i < count; i++)
        ok = add_item(source, a->zip, (zip_uint64_t)i, err);
    return ok;
}
