/* The data folder as a whole: opening and locking it, walking through it, copying from it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../base/error.h"
#include "../base/file.h"
#include "../base/memory.h"
#include "blobs_parts.h"

#define STALE_S 3600 /* no upload takes as long */

int px_blobs_open_folder(px_blobs *blobs, const char *path, px_error *err) {
    int fd = openat(blobs->root, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        px_fail_errno(err, blobs->folder, "cannot open a folder in it");
    return fd;
}

static DIR *open_listing(px_blobs *blobs, const char *path, px_error *err) {
    int fd = px_blobs_open_folder(blobs, path, err);
    DIR *listing = fd >= 0 ? fdopendir(fd) : NULL;
    if (!listing && fd >= 0) {
        px_fail_errno(err, blobs->folder, "cannot list a folder in it");
        close(fd);
    }
    return listing;
}

static bool take_lock(px_blobs *blobs, px_blobs_mode mode, px_error *err) {
    blobs->lock = openat(blobs->root, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (blobs->lock < 0)
        return px_fail_errno(err, blobs->folder, "cannot write to the data folder");
    if (flock(blobs->lock, (mode == PX_BLOBS_ALONE ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0)
        return true;
    return px_fail(err, PX_ERR_IO, blobs->folder, "another server uses this data folder");
}

static bool make_folder(px_blobs *blobs, const char *name, px_error *err) {
    return mkdirat(blobs->root, name, 0700) == 0 || errno == EEXIST ||
           px_fail_errno(err, blobs->folder, "cannot make a folder in it");
}

bool px_blobs_make_folders(px_blobs *blobs, const px_blob *blob, px_error *err) {
    return make_folder(blobs, px_blob_path_at(blob, 0).text, err) &&
           make_folder(blobs, px_blob_path_at(blob, 1).text, err);
}

static bool is_stale(int folder, const char *name) {
    struct stat about;
    return fstatat(folder, name, &about, AT_SYMLINK_NOFOLLOW) == 0 &&
           about.st_mtime < time(NULL) - STALE_S;
}

static bool clean_temporary(px_blobs *blobs, px_blobs_mode mode, px_error *err) {
    DIR *listing = open_listing(blobs, "tmp", err);
    if (!listing)
        return false;
    for (const struct dirent *entry; (entry = readdir(listing));)
        if (entry->d_name[0] != '.' &&
            (mode == PX_BLOBS_ALONE || is_stale(dirfd(listing), entry->d_name)))
            unlinkat(dirfd(listing), entry->d_name, 0);
    closedir(listing);
    return true;
}

static bool prepare_folder(px_blobs *blobs, px_blobs_mode mode, px_error *err) {
    if (!take_lock(blobs, mode, err) || !make_folder(blobs, "tmp", err) ||
        !make_folder(blobs, "blobs", err) || !clean_temporary(blobs, mode, err))
        return false;
    return fsync(blobs->root) == 0 ||
           px_fail_errno(err, blobs->folder, "cannot write to the data folder");
}

px_blobs *px_blobs_open(const char *folder, const char *key_file, px_blobs_mode mode,
                        px_error *err) {
    px_blobs *blobs = px_alloc(1, sizeof *blobs, err);
    if (!blobs)
        return NULL;
    blobs->root = blobs->lock = -1;
    blobs->has_key = key_file != NULL;
    bool ok = (!key_file || px_seal_read_key(key_file, blobs->key, err)) &&
              (blobs->folder = px_strdup(folder, err)) &&
              (mode == PX_BLOBS_BESIDE || px_path_make_folders(folder, err));
    if (ok && (blobs->root = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
        ok = px_fail_errno(err, folder, "cannot open the data folder");
    if (ok && (mode == PX_BLOBS_BESIDE || prepare_folder(blobs, mode, err)))
        return blobs;
    px_blobs_close(blobs);
    return NULL;
}

void px_blobs_close(px_blobs *blobs) {
    if (!blobs)
        return;
    if (blobs->lock >= 0)
        close(blobs->lock);
    if (blobs->root >= 0)
        close(blobs->root);
    px_secret_wipe(blobs->key, sizeof blobs->key);
    free(blobs->folder);
    free(blobs);
}

bool px_blobs_mark_key(const px_blobs *blobs, char mark[PX_MAC_HEX]) {
    static const char purpose[] = "perxeptron: key of images";
    if (blobs->has_key)
        px_mac(blobs->key, purpose, sizeof purpose - 1, mark);
    return blobs->has_key;
}

typedef struct walk {
    px_blobs *blobs;
    bool (*visit)(void *context, const char *path, const px_blob *blob, px_error *err);
    void *context;
} walk;

/* Fills in a blob from its path when the path is exactly what that blob's would be. */
static bool parse_path(const char *path, px_blob *blob) {
    const char *name = strrchr(path, '/') + 1;
    if (strspn(name, "0123456789abcdef") != PX_SHA256_HEX - 1 || name[PX_SHA256_HEX - 1] != '-')
        return false;
    memcpy(blob->sha256, name, PX_SHA256_HEX - 1);
    errno = 0;
    blob->id = strtoll(name + PX_SHA256_HEX, NULL, 10);
    return errno == 0 && strcmp(path, px_blob_path_at(blob, 2).text) == 0;
}

static bool visit_entry(const walk *on, const char *path, const struct stat *about, px_error *err) {
    px_blob blob = {.size = about->st_size};
    bool known = S_ISREG(about->st_mode) && parse_path(path, &blob);
    return on->visit(on->context, path + strlen("blobs/"), known ? &blob : NULL, err);
}

static bool is_digits(const char *name) {
    return strspn(name, "0123456789abcdef") == 2 && name[2] == '\0';
}

static bool visit_folder(const walk *on, const char *path, int depth, px_error *err) {
    DIR *listing = open_listing(on->blobs, path, err);
    bool ok = listing != NULL;
    for (const struct dirent *entry; ok && (entry = readdir(listing));) {
        struct stat about;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
            fstatat(dirfd(listing), entry->d_name, &about, AT_SYMLINK_NOFOLLOW) != 0)
            continue; /* deleted meanwhile */
        char *below = px_format(err, "%s/%s", path, entry->d_name);
        if (!below)
            ok = false;
        else if (depth < 2 && S_ISDIR(about.st_mode) && is_digits(entry->d_name))
            ok = visit_folder(on, below, depth + 1, err);
        else
            ok = visit_entry(on, below, &about, err);
        free(below);
    }
    if (listing)
        closedir(listing);
    return ok;
}

bool px_blobs_visit(px_blobs *blobs,
                    bool (*visit)(void *context, const char *path, const px_blob *blob,
                                  px_error *err),
                    void *context, px_error *err) {
    return visit_folder(&(walk){blobs, visit, context}, "blobs", 0, err);
}

static bool write_all(int fd, const unsigned char *bytes, size_t size) {
    while (size > 0) {
        ssize_t n = write(fd, bytes, size);
        if (n < 0 && errno != EINTR)
            return false;
        if (n > 0) {
            bytes += n;
            size -= (size_t)n;
        }
    }
    return true;
}

static bool copy_bytes(int from, int to) {
    unsigned char chunk[32768];
    for (;;) {
        ssize_t n = read(from, chunk, sizeof chunk);
        if (n == 0)
            return true;
        if (n < 0 && errno != EINTR)
            return false;
        if (n > 0 && !write_all(to, chunk, (size_t)n))
            return false;
    }
}

static bool link_or_copy(px_blobs *blobs, px_blobs *to, const char *path, px_error *err) {
    if (linkat(blobs->root, path, to->root, path, 0) == 0)
        return true;
    int in = openat(blobs->root, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    int out = in < 0 ? -1 : openat(to->root, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool ok = out >= 0 && copy_bytes(in, out);
    if (out >= 0 && close(out) != 0)
        ok = false;
    if (!ok)
        px_fail_errno(err, "storage", "cannot copy an image");
    if (in >= 0)
        close(in);
    return ok;
}

bool px_blobs_copy(px_blobs *blobs, px_blobs *to, const px_blob *blob, px_error *err) {
    const blob_path path = px_blob_path_at(blob, 2);
    struct stat about;
    if (fstatat(blobs->root, path.text, &about, AT_SYMLINK_NOFOLLOW) != 0)
        return px_fail_errno(err, "storage", "cannot copy an image");
    if (about.st_size != blob->size)
        return px_fail(err, PX_ERR_MISMATCH, "storage", "an image has not the size stored");
    return px_blobs_make_folders(to, blob, err) && link_or_copy(blobs, to, path.text, err);
}

bool px_blobs_sync(px_blobs *blobs, px_error *err) {
    return syncfs(blobs->root) == 0 ||
           px_fail_errno(err, blobs->folder, "cannot write to the folder");
}
