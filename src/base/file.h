/* Files: read whole, map, write so that a reader sees the old file or the new one, never half. */
#ifndef PX_BASE_FILE_H
#define PX_BASE_FILE_H

#include "buffer.h"
#include "perxeptron.h"

/** A read-only memory-mapped file. */
typedef struct px_mapping {
    const uint8_t *data;
    size_t size;
} px_mapping;

/** Append the whole file to `out`, up to the buffer's cap. "-" is stdin. PX_ERR_IO, PX_ERR_LIMIT.
 */
bool px_file_read(const char *path, px_buffer *out, px_error *err);

/** Map a regular file, at most `cap` bytes. An empty file maps to size 0. */
bool px_mapping_open(px_mapping *mapping, const char *path, size_t cap, px_error *err);
void px_mapping_close(px_mapping *mapping);

/** A file being written beside its destination under a temporary name. */
typedef struct px_file_writer px_file_writer;

/** Start writing `path`. "-" is stdout, written as it comes. */
px_file_writer *px_file_writer_open(const char *path, px_error *err);
bool px_file_writer_write(px_file_writer *writer, const void *bytes, size_t size, px_error *err);
/** Flush, sync and rename into place; frees the writer in every case, and on failure removes the
 *  temporary file and leaves what was at `path` as it was. */
bool px_file_writer_commit(px_file_writer *writer, px_error *err);
/** Give up: removes the temporary file and frees the writer. NULL is fine. */
void px_file_writer_abandon(px_file_writer *writer);

/** Open-write-commit in one call. */
bool px_file_write(const char *path, const void *bytes, size_t size, px_error *err);

/** "dir/name" of a path's folder and a name; an absolute name stays. Release with free(). */
char *px_path_sibling(const char *path, const char *name, px_error *err);
/** Path of a file beside the running program, or NULL. Release with free(). */
char *px_path_beside_program(const char *relative, px_error *err);
/** mkdir -p. */
bool px_path_make_folders(const char *path, px_error *err);

#endif
