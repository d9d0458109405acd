/* Model files that were hashed and loaded before, so that a start need not read them again. */
#ifndef PX_READER_KNOWN_MODEL_H
#define PX_READER_KNOWN_MODEL_H

#include "../base/cache.h"

/** Which file a path leads to, and in what state, as the system sees it: device, inode, size, times
 *  of the last change of content and of inode, in nanoseconds. */
typedef struct px_file_state {
    char text[256];
    bool settled; /**< it has not changed for so long that another change would show in the times */
} px_file_state;

/** @return false when the file cannot be examined. */
bool px_file_state_get(px_file_state *state, const char *path);

/** Whether the cache says that a file in this very state had this SHA-256 and could be loaded. */
bool px_known_model_find(const px_cache *cache, const px_file_state *state, const char *sha256);

/**
 * Say so, after both were seen. Nothing is said of a file that is not settled, or that was changed
 * meanwhile.
 *
 * @param state  taken before the file was read.
 */
bool px_known_model_record(const px_cache *cache, const px_file_state *state, const char *path,
                           const char *sha256, px_error *err);

#endif
