/* Model files that were hashed and loaded before: a line in the cache for each, which must be the
 * same as the line that the file gives now. */
#include "known_model.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* Times of files go in steps: 4 ms on Linux, up to 2 s on old file systems. A change that follows
 * another within a step leaves no trace in them. */
enum { SETTLED_S = 3 };

bool px_file_state_get(px_file_state *state, const char *path) {
    struct stat info;
    struct timespec now;
    if (stat(path, &info) != 0 || clock_gettime(CLOCK_REALTIME, &now) != 0)
        return false;
    snprintf(state->text, sizeof state->text,
             "device %ju, inode %ju, %jd bytes, changed %jd.%09ld, %jd.%09ld",
             (uintmax_t)info.st_dev, (uintmax_t)info.st_ino, (intmax_t)info.st_size,
             (intmax_t)info.st_mtim.tv_sec, info.st_mtim.tv_nsec, (intmax_t)info.st_ctim.tv_sec,
             info.st_ctim.tv_nsec);
    state->settled = info.st_mtim.tv_sec + SETTLED_S < now.tv_sec &&
                     info.st_ctim.tv_sec + SETTLED_S < now.tv_sec;
    return true;
}

/* The entry's name and what it holds. */
static void describe(const px_file_state *state, const char *sha256, char name[128],
                     char line[512]) {
    snprintf(name, 128, "%.64s.known", sha256);
    snprintf(line, 512, "%.64s: %s\n", sha256, state->text);
}

bool px_known_model_find(const px_cache *cache, const px_file_state *state, const char *sha256) {
    char name[128], line[512];
    px_mapping found;
    describe(state, sha256, name, line);
    if (!px_cache_map(cache, name, strlen(line), &found))
        return false;
    bool same = memcmp(found.data, line, found.size) == 0;
    px_mapping_close(&found);
    return same;
}

bool px_known_model_record(const px_cache *cache, const px_file_state *state, const char *path,
                           const char *sha256, px_error *err) {
    px_file_state now;
    if (!state->settled || !px_file_state_get(&now, path) || strcmp(now.text, state->text) != 0)
        return true;
    char name[128], line[512];
    describe(state, sha256, name, line);
    return px_cache_write(cache, name, &(px_cache_piece){line, strlen(line)}, 1, err);
}
