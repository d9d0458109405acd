/* A folder of files that can be made again at any time: mapped whole, replaced in one step, and
 * removed when there are too many. Nothing in it is trusted because of its place: only files of
 * this user that nobody else may touch are used. */
#ifndef PX_BASE_CACHE_H
#define PX_BASE_CACHE_H

#include "file.h"

typedef struct px_cache px_cache; /* immutable, shared by threads and processes */

/**
 * Open a cache, making its folder (for this user alone) where it is missing.
 *
 * @param folder  NULL: perxeptron/ in $XDG_CACHE_HOME, or in ~/.cache.
 * @return NULL with PX_ERR_IO: it cannot be made, belongs to another user, or others may write in
 *         it.
 */
px_cache *px_cache_open(const char *folder, px_error *err);
void px_cache_free(px_cache *cache);
const char *px_cache_folder(const px_cache *cache);

/**
 * Map an entry for reading. It counts as used now.
 *
 * @param name  a file's name, without folders.
 * @return false when there is none, or it is not a regular file of this user that nobody else may
 *         read or write, or has another size. Nothing that goes wrong is an error: the caller makes
 *         the content anew.
 */
bool px_cache_map(const px_cache *cache, const char *name, size_t size, px_mapping *mapping);

/** Bytes to write one after the other. */
typedef struct px_cache_piece {
    const void *bytes;
    size_t size;
} px_cache_piece;

/** Write an entry beside its place and rename it: who has the old one mapped keeps it. It is not
 *  synced: after a crash it may be damaged, and who reads it must be able to tell. */
bool px_cache_write(const px_cache *cache, const char *name, const px_cache_piece *pieces,
                    int n_pieces, px_error *err);

/** Remove the entries that were not used for the longest time until `most` bytes are left, and what
 *  interrupted writers left behind more than an hour ago. */
void px_cache_trim(const px_cache *cache, uint64_t most);

#endif
