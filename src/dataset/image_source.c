/* Images of a folder or archive: the list of them, and which of them a table's path means. */
#include "image_source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "../base/text.h"
#include "source_parts.h"

enum { MAX_PATH = 4096 };

/* Extensions that tables may write; the first three are those of images here. */
static const char *const extensions[] = {".png", ".jpg",  ".jpeg", ".dcm", ".dicom",
                                         ".tif", ".tiff", ".bmp",  ".webp"};
enum { OURS = 3, ALL = sizeof extensions / sizeof extensions[0] };

/* Bytes of a path without its extension, if that is one of the first `count`. */
static size_t stem_length(const char *path, int count) {
    const size_t length = strlen(path);
    for (int i = 0; i < count; i++) {
        const size_t size = strlen(extensions[i]);
        if (length > size && strcasecmp(path + length - size, extensions[i]) == 0)
            return length - size;
    }
    return length;
}

size_t px_source_stem_length(const char *path) {
    return stem_length(path, ALL);
}

bool px_source_is_image(const char *path) {
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    return name[0] != '.' && stem_length(name, OURS) < strlen(name);
}

bool px_source_pass_over(px_image_source *source, const char *path, const char *why,
                         px_error *err) {
    return px_notes_add(&source->notes, PX_NOTE_ENTRY_UNSAFE, 0, err, "%s: %s", path, why);
}

/* Relative, and every part a name. */
static bool is_inside(const char *path) {
    for (const char *part = path;; part++) {
        const size_t length = strcspn(part, "/");
        if (length == 0 || (length <= 2 && strncmp(part, "..", length) == 0))
            return false;
        part += length;
        if (*part == '\0')
            return true;
    }
}

static bool name_is_fine(const char *path) {
    return strlen(path) < MAX_PATH && is_inside(path) && !strchr(path, '\\') &&
           strncmp(path + 1, ":", 1) != 0 && px_text_is_plain(path) && px_text_is_utf8(path);
}

bool px_source_add(px_image_source *source, const char *path, int64_t place, px_error *err) {
    if (!name_is_fine(path))
        return px_source_pass_over(source, path, "a name that leads elsewhere or cannot be shown",
                                   err);
    if (source->count == PX_SOURCE_MAX_ENTRIES)
        return px_fail(err, PX_ERR_LIMIT, source->path, "more than the %d images allowed",
                       PX_SOURCE_MAX_ENTRIES);
    bool added;
    const int32_t name = px_names_add(&source->names, path, &added, err);
    if (name < 0)
        return false;
    if (!added)
        return px_source_pass_over(source, path, "another file has the same name", err);
    if (source->count == source->room) {
        void *entries = source->entries;
        const int64_t room = source->room ? source->room * 2 : 64;
        if (!px_realloc(&entries, (size_t)room, sizeof *source->entries, err))
            return false;
        source->entries = entries;
        source->room = room;
    }
    source->entries[source->count++] = (px_source_entry){source->names.texts[name], place};
    return true;
}

/* A text read from its end; `slash`: with a slash before it. */
typedef struct backwards {
    const char *text;
    size_t length;
    bool slash;
} backwards;

static size_t whole_length(backwards b) {
    return b.length + b.slash;
}

static unsigned char from_end(backwards b, size_t i) {
    return i < b.length ? (unsigned char)b.text[b.length - 1 - i] : '/';
}

static int compare_backwards(backwards a, backwards b) {
    const size_t la = whole_length(a), lb = whole_length(b), shorter = la < lb ? la : lb;
    for (size_t i = 0; i < shorter; i++) {
        const int difference = from_end(a, i) - from_end(b, i);
        if (difference)
            return difference;
    }
    return (la > lb) - (la < lb);
}

static bool ends_in(backwards text, backwards end) {
    const size_t length = whole_length(end);
    if (whole_length(text) < length)
        return false;
    size_t i = 0;
    while (i < length && from_end(text, i) == from_end(end, i))
        i++;
    return i == length;
}

static backwards entry_end(const px_image_source *source, int32_t entry, bool stem) {
    const char *path = source->entries[entry].path;
    return (backwards){path, stem ? stem_length(path, OURS) : strlen(path), false};
}

static int by_path(const void *a, const void *b) {
    return strcmp(((const px_source_entry *)a)->path, ((const px_source_entry *)b)->path);
}

static int by_end(const void *a, const void *b, void *source) {
    return compare_backwards(entry_end(source, *(const int32_t *)a, false),
                             entry_end(source, *(const int32_t *)b, false));
}

static int by_stem(const void *a, const void *b, void *source) {
    return compare_backwards(entry_end(source, *(const int32_t *)a, true),
                             entry_end(source, *(const int32_t *)b, true));
}

static int32_t *make_order(px_image_source *source,
                           int (*compare)(const void *, const void *, void *), px_error *err) {
    int32_t *order = px_alloc((size_t)source->count, sizeof *order, err);
    for (int32_t i = 0; order && i < source->count; i++)
        order[i] = i;
    if (order)
        qsort_r(order, (size_t)source->count, sizeof *order, compare, source);
    return order;
}

static bool make_orders(px_image_source *source, px_error *err) {
    if (source->count > 0)
        qsort(source->entries, (size_t)source->count, sizeof *source->entries, by_path);
    source->by_end = make_order(source, by_end, err);
    source->by_stem = source->by_end ? make_order(source, by_stem, err) : NULL;
    return source->by_stem != NULL;
}

static bool open_kind(px_image_source *source, px_error *err) {
    struct stat info;
    source->real_path = realpath(source->path, NULL);
    if (!source->real_path || stat(source->path, &info) != 0)
        return px_fail_errno(err, source->path, "cannot open");
    if (S_ISDIR(info.st_mode))
        return px_source_open_folder(source, err);
    return S_ISREG(info.st_mode)
               ? px_source_open_zip(source, err)
               : px_fail(err, PX_ERR_INPUT, source->path, "neither a folder nor a ZIP archive");
}

px_image_source *px_image_source_open(const char *path, px_error *err) {
    px_image_source *source = px_alloc(1, sizeof *source, err);
    if (!source)
        return NULL;
    px_notes_init(&source->notes, 0);
    source->path = px_strdup(path, err);
    if (source->path && open_kind(source, err) && make_orders(source, err))
        return source;
    px_image_source_free(source);
    return NULL;
}

void px_image_source_free(px_image_source *source) {
    if (!source)
        return;
    if (source->kind)
        source->kind->close(source->handle);
    px_notes_clear(&source->notes);
    px_names_clear(&source->names);
    free(source->by_stem);
    free(source->by_end);
    free(source->entries);
    free(source->real_path);
    free(source->path);
    free(source);
}

const char *px_image_source_path(const px_image_source *source) {
    return source->path;
}

const char *px_image_source_real_path(const px_image_source *source) {
    return source->real_path;
}

int64_t px_image_source_count(const px_image_source *source) {
    return source->count;
}

const char *px_image_source_name(const px_image_source *source, int64_t entry) {
    return source->entries[entry].path;
}

const px_notes *px_image_source_notes(const px_image_source *source) {
    return &source->notes;
}

int64_t px_image_source_find(const px_image_source *source, const char *name) {
    const px_source_entry key = {name, 0};
    const px_source_entry *found =
        source->count ? bsearch(&key, source->entries, (size_t)source->count, sizeof key, by_path)
                      : NULL;
    return found ? found - source->entries : PX_ENTRY_NONE;
}

/* The entry that is `key` or ends in it, if it is the only one. */
static int64_t find_end(const px_image_source *source, backwards key, bool stem) {
    const int32_t *order = stem ? source->by_stem : source->by_end;
    int64_t first = 0, last = source->count;
    while (first < last) {
        const int64_t middle = first + (last - first) / 2;
        if (compare_backwards(entry_end(source, order[middle], stem), key) < 0)
            first = middle + 1;
        else
            last = middle;
    }
    /* Without a slash before it, only an entry that is the key and no more. */
    int64_t count = 0;
    for (int64_t i = first; i < source->count && count < 2; i++) {
        const backwards end = entry_end(source, order[i], stem);
        if (!ends_in(end, key) || (!key.slash && end.length > key.length))
            break;
        count++;
    }
    return count == 0 ? PX_ENTRY_NONE : count == 1 ? order[first] : PX_ENTRY_AMBIGUOUS;
}

/* Path as it stands, and with fewer and fewer of its first folders. */
static int64_t match_ends(const px_image_source *source, const char *path, size_t length,
                          bool stem) {
    const bool two_parts = memchr(path, '/', length) == memrchr(path, '/', length);
    for (const char *at = path;; at++) {
        const size_t left = length - (size_t)(at - path);
        if (at > path && !two_parts && !memchr(at, '/', left))
            return PX_ENTRY_NONE;
        int64_t entry = find_end(source, (backwards){at, left, false}, stem);
        if (entry == PX_ENTRY_NONE)
            entry = find_end(source, (backwards){at, left, true}, stem);
        if (entry != PX_ENTRY_NONE)
            return entry;
        at = memchr(at, '/', left);
        if (!at)
            return PX_ENTRY_NONE;
    }
}

/* Slashes only, no empty parts, no "."; false when it leads out or is too long. */
static bool tidy_path(const px_image_source *source, const char *path, char tidy[MAX_PATH]) {
    const size_t root = strlen(source->real_path);
    if (strncmp(path, source->real_path, root) == 0 && path[root] == '/')
        path += root;
    size_t used = 0;
    while (*path) {
        const size_t length = strcspn(path, "/\\");
        if (length == 2 && strncmp(path, "..", 2) == 0)
            return false;
        if (length > 0 && !(length == 1 && *path == '.')) {
            if (used + (used > 0) + length >= MAX_PATH)
                return false;
            if (used)
                tidy[used++] = '/';
            memcpy(tidy + used, path, length);
            used += length;
        }
        path += length + (path[length] != '\0');
    }
    tidy[used] = '\0';
    return used > 0;
}

int64_t px_image_source_match(const px_image_source *source, const char *path, bool *by_stem) {
    char tidy[MAX_PATH];
    if (by_stem)
        *by_stem = false;
    if (!tidy_path(source, path, tidy))
        return PX_ENTRY_NONE;
    int64_t entry = match_ends(source, tidy, strlen(tidy), false);
    if (entry != PX_ENTRY_NONE)
        return entry;
    entry = match_ends(source, tidy, stem_length(tidy, ALL), true);
    if (by_stem)
        *by_stem = entry >= 0;
    return entry;
}

bool px_image_source_read(const px_image_source *source, int64_t entry, px_buffer *out,
                          px_error *err) {
    const px_source_entry *e = &source->entries[entry];
    px_error inner = {0};
    if (source->kind->read(source->handle, e, out, &inner))
        return true;
    return px_fail(err, inner.code, e->path, "%s", inner.message);
}
