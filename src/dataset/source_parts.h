/* Inside of image sources: what folders and ZIP archives give to image_source.c. */
#ifndef PX_DATASET_SOURCE_PARTS_H
#define PX_DATASET_SOURCE_PARTS_H

#include "image_source.h"
#include "names.h"

typedef struct px_source_entry {
    const char *path; /* in names */
    int64_t place;    /* the ZIP's own number; 0 in folders */
} px_source_entry;

/* A kind of source. `handle` is its own. */
typedef struct px_source_kind {
    bool (*read)(void *handle, const px_source_entry *entry, px_buffer *out, px_error *err);
    void (*close)(void *handle);
} px_source_kind;

struct px_image_source {
    char *path, *real_path;
    const px_source_kind *kind;
    void *handle;
    px_names names;
    px_source_entry *entries; /* [count] by path, once all are there */
    int64_t count, room;
    int32_t *by_end;  /* [count] entries by their paths read backwards */
    int32_t *by_stem; /* [count] the same without the extension */
    px_notes notes;
};

/* Set kind and handle, and add what is there. */
bool px_source_open_folder(px_image_source *source, px_error *err);
bool px_source_open_zip(px_image_source *source, px_error *err);

/* Does the name of a file end as an image's does, and not begin with a dot? */
bool px_source_is_image(const char *path);
/* Bytes of a path without the extension of an image, of any kind that tables write. */
size_t px_source_stem_length(const char *path);
/* Add an entry; one that is there already or has a name that no entry may have is noted. */
bool px_source_add(px_image_source *source, const char *path, int64_t place, px_error *err);
/* Note a file that is passed over. */
bool px_source_pass_over(px_image_source *source, const char *path, const char *why, px_error *err);

#endif
