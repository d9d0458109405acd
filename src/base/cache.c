/* A folder of files that can be made again: every name is looked up below its descriptor. */
#include "cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "error.h"
#include "memory.h"

enum { LEFTOVER_S = 3600, MOST_ENTRIES = 1024 };

static const char unfinished[] = ".part";

struct px_cache {
    char *folder;
    int fd;
};

typedef struct entry {
    char name[NAME_MAX + 1];
    uint64_t bytes;
    struct timespec used;
} entry;

static char *default_folder(px_error *err) {
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    if (cache && cache[0] == '/')
        return px_format(err, "%s/perxeptron", cache);
    if (home && home[0] == '/')
        return px_format(err, "%s/.cache/perxeptron", home);
    px_fail(err, PX_ERR_IO, "cache", "neither XDG_CACHE_HOME nor HOME names a folder");
    return NULL;
}

/* The last folder of the path is made for this user alone, those above as the umask has it. */
static bool make_folder(const char *folder, px_error *err) {
    char *parent = px_strdup(folder, err);
    char *slash = parent ? strrchr(parent, '/') : NULL;
    bool ok = parent != NULL;
    if (slash && slash != parent) {
        *slash = '\0';
        ok = px_path_make_folders(parent, err);
    }
    free(parent);
    if (!ok || mkdir(folder, 0700) == 0 || errno == EEXIST)
        return ok;
    return px_fail_errno(err, folder, "cannot make the folder");
}

static bool open_folder(px_cache *cache, px_error *err) {
    struct stat info;
    cache->fd = open(cache->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (cache->fd < 0 && errno == ENOENT && make_folder(cache->folder, err))
        cache->fd = open(cache->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (cache->fd < 0 || fstat(cache->fd, &info) != 0)
        return px_fail_errno(err, cache->folder, "cannot open");
    if (info.st_uid != geteuid() || (info.st_mode & (S_IWGRP | S_IWOTH)))
        return px_fail(err, PX_ERR_IO, cache->folder,
                       "not used as a cache: others may write in it, or it is another user's");
    return true;
}

px_cache *px_cache_open(const char *folder, px_error *err) {
    px_cache *cache = px_alloc(1, sizeof *cache, err);
    if (!cache)
        return NULL;
    cache->fd = -1;
    cache->folder = folder ? px_strdup(folder, err) : default_folder(err);
    if (cache->folder && open_folder(cache, err))
        return cache;
    px_cache_free(cache);
    return NULL;
}

void px_cache_free(px_cache *cache) {
    if (!cache)
        return;
    if (cache->fd >= 0)
        close(cache->fd);
    free(cache->folder);
    free(cache);
}

const char *px_cache_folder(const px_cache *cache) {
    return cache->folder;
}

static bool is_ours(const struct stat *info) {
    return S_ISREG(info->st_mode) && info->st_uid == geteuid() &&
           (info->st_mode & (S_IRWXG | S_IRWXO)) == 0;
}

bool px_cache_map(const px_cache *cache, const char *name, size_t size, px_mapping *mapping) {
    int fd = openat(cache->fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return false;
    struct stat info;
    void *data = MAP_FAILED;
    if (size > 0 && fstat(fd, &info) == 0 && is_ours(&info) && (uintmax_t)info.st_size == size)
        data = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
    if (data != MAP_FAILED) {
        *mapping = (px_mapping){data, size};
        futimens(fd, NULL); /* where that fails it merely looks older */
    }
    close(fd);
    return data != MAP_FAILED;
}

static bool write_pieces(int fd, const px_cache_piece *pieces, int n_pieces) {
    for (int i = 0; i < n_pieces; i++) {
        const char *from = pieces[i].bytes;
        for (size_t left = pieces[i].size; left > 0;) {
            ssize_t n = write(fd, from, left);
            if (n < 0 && errno == EINTR)
                continue;
            if (n <= 0)
                return false;
            from += n;
            left -= (size_t)n;
        }
    }
    return true;
}

bool px_cache_write(const px_cache *cache, const char *name, const px_cache_piece *pieces,
                    int n_pieces, px_error *err) {
    static atomic_uint counter;
    char *temporary = px_format(err, "%s.%ld-%u%s", name, (long)getpid(),
                                atomic_fetch_add(&counter, 1), unfinished);
    if (!temporary)
        return false;
    int fd = openat(cache->fd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool ok = fd >= 0 && write_pieces(fd, pieces, n_pieces);
    int number = errno;
    if (fd >= 0 && close(fd) != 0 && ok) {
        ok = false;
        number = errno;
    }
    if (ok && renameat(cache->fd, temporary, cache->fd, name) != 0) {
        ok = false;
        number = errno;
    }
    if (!ok) {
        if (fd >= 0)
            unlinkat(cache->fd, temporary, 0);
        errno = number;
        px_fail_errno(err, cache->folder, "cannot write");
    }
    free(temporary);
    return ok;
}

static bool is_unfinished(const char *name) {
    size_t length = strlen(name), suffix = strlen(unfinished);
    return length > suffix && strcmp(name + length - suffix, unfinished) == 0;
}

/* Oldest first. */
static int compare_entries(const void *a, const void *b) {
    const struct timespec *x = &((const entry *)a)->used, *y = &((const entry *)b)->used;
    if (x->tv_sec != y->tv_sec)
        return x->tv_sec < y->tv_sec ? -1 : 1;
    return (x->tv_nsec > y->tv_nsec) - (x->tv_nsec < y->tv_nsec);
}

/* This user's finished files; old leftovers are removed on the way. */
static int list_entries(const px_cache *cache, DIR *folder, entry *entries) {
    int count = 0;
    const time_t now = time(NULL);
    for (const struct dirent *d; count < MOST_ENTRIES && (d = readdir(folder));) {
        struct stat info;
        if (fstatat(cache->fd, d->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0 || !is_ours(&info))
            continue;
        if (!is_unfinished(d->d_name)) {
            entry *e = &entries[count++];
            snprintf(e->name, sizeof e->name, "%s", d->d_name);
            e->bytes = (uint64_t)info.st_size;
            e->used = info.st_mtim;
        } else if (info.st_mtim.tv_sec < now - LEFTOVER_S) {
            unlinkat(cache->fd, d->d_name, 0);
        }
    }
    return count;
}

void px_cache_trim(const px_cache *cache, uint64_t most) {
    entry *entries = px_alloc(MOST_ENTRIES, sizeof *entries, NULL);
    int fd = openat(cache->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
    if (!folder && fd >= 0)
        close(fd);
    int count = entries && folder ? list_entries(cache, folder, entries) : 0;
    uint64_t total = 0;
    for (int i = 0; i < count; i++)
        total += entries[i].bytes;
    if (count > 0)
        qsort(entries, (size_t)count, sizeof *entries, compare_entries);
    for (int i = 0; i < count && total > most; i++) {
        if (unlinkat(cache->fd, entries[i].name, 0) == 0)
            total -= entries[i].bytes;
    }
    if (folder)
        closedir(folder);
    free(entries);
}
