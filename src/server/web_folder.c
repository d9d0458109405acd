/* Reading goes from descriptor to descriptor, so that no link leads out of the folder. */
#include "web_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/error.h"
#include "../base/memory.h"

#define DEPTH 8

typedef struct folder_walk {
    const char *root;
    bool (*wanted)(const char *name);
    px_folder *folder;
} folder_walk;

static bool fail_limit(const folder_walk *walk, const char *what, px_error *err) {
    return px_fail(err, PX_ERR_LIMIT, walk->root, "too much for the web app's folder: %s", what);
}

static bool make_room(const folder_walk *walk, size_t size, px_error *err) {
    px_folder *folder = walk->folder;
    if (folder->count == PX_FOLDER_FILES)
        return fail_limit(walk, "more than 4096 files", err);
    if (size > PX_FOLDER_BYTES - folder->bytes)
        return fail_limit(walk, "more than 128 MiB", err);
    if (folder->files)
        return true;
    folder->files = px_alloc(PX_FOLDER_FILES, sizeof *folder->files, err);
    return folder->files != NULL;
}

static bool read_bytes(int fd, uint8_t *bytes, size_t size, const char *name, px_error *err) {
    for (size_t done = 0; done < size;) {
        ssize_t got = read(fd, bytes + done, size - done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return px_fail_errno(err, name, "cannot read");
        if (got == 0)
            return px_fail(err, PX_ERR_IO, name, "became shorter while it was read");
        done += (size_t)got;
    }
    return true;
}

/* Takes `name`. */
static bool add_file(const folder_walk *walk, int fd, size_t size, char *name, px_error *err) {
    px_folder *folder = walk->folder;
    uint8_t *bytes = make_room(walk, size, err) ? px_alloc(size, 1, err) : NULL;
    if (!bytes || !read_bytes(fd, bytes, size, name, err)) {
        free(bytes);
        free(name);
        return false;
    }
    folder->files[folder->count++] = (px_folder_file){name, bytes, size};
    folder->bytes += size;
    return true;
}

static bool read_folder(const folder_walk *walk, int fd, const char *prefix, int depth,
                        px_error *err);

/* Takes `fd`. */
static bool read_opened(const folder_walk *walk, int fd, const char *prefix, const char *entry,
                        int depth, px_error *err) {
    struct stat info;
    char *name = px_format(err, "%s/%s", prefix, entry);
    if (!name || fstat(fd, &info) != 0) {
        close(fd);
        free(name);
        return name ? px_fail_errno(err, prefix, "cannot read") : false;
    }
    if (S_ISDIR(info.st_mode)) {
        bool ok = read_folder(walk, fd, name, depth + 1, err);
        free(name);
        return ok;
    }
    bool ok = true;
    if (S_ISREG(info.st_mode) && walk->wanted(entry))
        ok = add_file(walk, fd, (size_t)info.st_size, name, err);
    else
        free(name);
    close(fd);
    return ok;
}

static bool read_entry(const folder_walk *walk, int folder, const char *prefix, const char *entry,
                       int depth, px_error *err) {
    int fd = openat(folder, entry, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0)
        return read_opened(walk, fd, prefix, entry, depth, err);
    if (errno == ELOOP || errno == ENXIO) /* a link; a socket */
        return true;
    return px_fail_errno(err, entry, "cannot read");
}

/* Takes `fd`. */
static bool read_folder(const folder_walk *walk, int fd, const char *prefix, int depth,
                        px_error *err) {
    DIR *dir = depth < DEPTH ? fdopendir(fd) : NULL;
    if (!dir) {
        close(fd);
        return depth < DEPTH ? px_fail_errno(err, walk->root, "cannot read")
                             : fail_limit(walk, "folders deeper than 8", err);
    }
    bool ok = true;
    const struct dirent *entry = NULL;
    while (ok && (errno = 0, entry = readdir(dir)))
        if (entry->d_name[0] != '.')
            ok = read_entry(walk, dirfd(dir), prefix, entry->d_name, depth, err);
    if (ok && errno != 0)
        ok = px_fail_errno(err, walk->root, "cannot read");
    closedir(dir);
    return ok;
}

bool px_folder_read(const char *path, bool (*wanted)(const char *name), px_folder *folder,
                    px_error *err) {
    const folder_walk walk = {path, wanted, folder};
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return px_fail_errno(err, path, "cannot read the folder");
    return read_folder(&walk, fd, "", 0, err);
}

void px_folder_clear(px_folder *folder) {
    for (size_t i = 0; i < folder->count; i++) {
        free(folder->files[i].name);
        free(folder->files[i].bytes);
    }
    free(folder->files);
    *folder = (px_folder){0};
}
