/* Images in a folder. Every folder on the way is opened from the one above it without following
 * links, so that nothing outside the root is reached, whatever is renamed meanwhile. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "source_parts.h"

typedef struct folder {
    int fd; /* of the root */
} folder;

static int open_folder_at(int parent, const char *name) {
    return openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Open "a/b/c.png" part by part; -1 and errno. */
static int open_inside(int root, const char *path) {
    char name[NAME_MAX + 1];
    int parent = dup(root);
    for (const char *slash; parent >= 0 && (slash = strchr(path, '/')) != NULL; path = slash + 1) {
        const size_t length = (size_t)(slash - path);
        int below = -1;
        if (length < sizeof name) {
            memcpy(name, path, length);
            name[length] = '\0';
            below = open_folder_at(parent, name);
        } else {
            errno = ENAMETOOLONG;
        }
        const int error = errno;
        close(parent);
        errno = error;
        parent = below;
    }
    if (parent < 0)
        return -1;
    const int fd = openat(parent, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    const int error = errno;
    close(parent);
    errno = error;
    return fd;
}

static bool read_all(int fd, px_buffer *out, px_error *err) {
    struct stat info;
    if (fstat(fd, &info) != 0)
        return px_fail_errno(err, NULL, "cannot read");
    if (!S_ISREG(info.st_mode))
        return px_fail(err, PX_ERR_INPUT, NULL, "not a regular file");
    if (info.st_size < 0 || (uintmax_t)info.st_size > out->cap - out->size)
        return px_fail(err, PX_ERR_LIMIT, NULL, "%jd bytes, more than the %zu allowed",
                       (intmax_t)info.st_size, out->cap);
    unsigned char piece[65536];
    for (;;) {
        const ssize_t n = read(fd, piece, sizeof piece);
        if (n == 0)
            return true;
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return px_fail_errno(err, NULL, "cannot read");
        if (!px_buffer_append(out, piece, (size_t)n, err))
            return false;
    }
}

static bool read_entry(void *handle, const px_source_entry *entry, px_buffer *out, px_error *err) {
    const folder *f = handle;
    const int fd = open_inside(f->fd, entry->path);
    if (fd < 0)
        return px_fail_errno(err, NULL, "cannot open");
    const bool ok = read_all(fd, out, err);
    close(fd);
    return ok;
}

static void close_folder(void *handle) {
    folder *f = handle;
    if (f->fd >= 0)
        close(f->fd);
    free(f);
}

static bool walk(px_image_source *source, int fd, const char *path, int depth, px_error *err);

static bool walk_below(px_image_source *source, int parent, const char *name, const char *path,
                       int depth, px_error *err) {
    if (depth == PX_SOURCE_MAX_DEPTH)
        return px_source_pass_over(source, path, "a folder too deep", err);
    const int fd = open_folder_at(parent, name);
    if (fd < 0)
        return px_source_pass_over(source, path, strerror(errno), err);
    return walk(source, fd, path, depth + 1, err);
}

static bool add_item(px_image_source *source, int parent, const char *name, const char *path,
                     int depth, px_error *err) {
    struct stat info;
    if (fstatat(parent, name, &info, AT_SYMLINK_NOFOLLOW) != 0)
        return px_source_pass_over(source, path, strerror(errno), err);
    if (S_ISDIR(info.st_mode))
        return walk_below(source, parent, name, path, depth, err);
    if (S_ISLNK(info.st_mode))
        return px_source_pass_over(source, path, "a link", err);
    if (!px_source_is_image(path))
        return true;
    return S_ISREG(info.st_mode) ? px_source_add(source, path, 0, err)
                                 : px_source_pass_over(source, path, "not a regular file", err);
}

/* Takes `fd`. */
static bool walk(px_image_source *source, int fd, const char *path, int depth, px_error *err) {
    DIR *dir = fdopendir(fd);
    if (!dir) {
        const bool ok = px_fail_errno(err, source->path, "cannot list the folder");
        close(fd);
        return ok;
    }
    bool ok = true;
    while (ok) {
        errno = 0;
        const struct dirent *item = readdir(dir);
        if (!item) { /* the end, or half a list */
            ok = errno == 0 || px_fail_errno(err, source->path, "cannot list the folder");
            break;
        }
        if (item->d_name[0] == '.')
            continue;
        char *below = px_format(err, "%s%s%s", path, *path ? "/" : "", item->d_name);
        ok = below && add_item(source, dirfd(dir), item->d_name, below, depth, err);
        free(below);
    }
    closedir(dir);
    return ok;
}

bool px_source_open_folder(px_image_source *source, px_error *err) {
    static const px_source_kind kind = {read_entry, close_folder};
    folder *f = px_alloc(1, sizeof *f, err);
    if (!f)
        return false;
    source->kind = &kind;
    source->handle = f;
    f->fd = open(source->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (f->fd < 0)
        return px_fail_errno(err, source->path, "cannot open");
    const int fd = open_folder_at(f->fd, ".");
    return fd >= 0 ? walk(source, fd, "", 0, err)
                   : px_fail_errno(err, source->path, "cannot list the folder");
}
