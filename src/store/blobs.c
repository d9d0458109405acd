/* Images on disk: every file is made in tmp/, synced, and renamed to its place. */
#include "blobs.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "blobs_parts.h"

#define SEALED_SUFFIX ".sealed" /* of a file in tmp/ that is being encrypted */

static blob_path temporary_path(const char *name, const char *suffix) {
    blob_path path;
    snprintf(path.text, sizeof path.text, "tmp/%.40s%s", name, suffix);
    return path;
}

blob_path px_blob_path_at(const px_blob *blob, int depth) {
    blob_path path;
    int n = snprintf(path.text, sizeof path.text, "blobs/%.2s", blob->sha256);
    if (depth > 0)
        n += snprintf(path.text + n, sizeof path.text - (size_t)n, "/%.2s", blob->sha256 + 2);
    if (depth > 1)
        snprintf(path.text + n, sizeof path.text - (size_t)n, "/%s-%" PRId64, blob->sha256,
                 blob->id);
    return path;
}

int px_blobs_create_temporary(px_blobs *blobs, char name[PX_BLOB_TEMPORARY], px_error *err) {
    unsigned char bits[(PX_BLOB_TEMPORARY - 1) / 2];
    if (!px_secret_random(bits, sizeof bits, err))
        return -1;
    for (size_t i = 0; i < sizeof bits; i++)
        snprintf(name + 2 * i, 3, "%02x", bits[i]);
    int fd = openat(blobs->root, temporary_path(name, "").text,
                    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        px_fail_errno(err, "storage", "cannot start a temporary file");
    return fd;
}

char *px_blobs_temporary_path(px_blobs *blobs, const char *name, px_error *err) {
    return px_format(err, "%s/%s", blobs->folder, temporary_path(name, "").text);
}

void px_blobs_remove_temporary(px_blobs *blobs, const char *name) {
    unlinkat(blobs->root, temporary_path(name, "").text, 0);
}

static int open_file(px_blobs *blobs, blob_path path, px_error *err) {
    int fd = openat(blobs->root, path.text, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        px_fail_errno(err, "storage", "cannot open an image");
    return fd;
}

/* Encrypts tmp/FROM, open as `from`, to a second file, which takes the first one's name. */
static bool seal_temporary(px_blobs *blobs, const char *name, int from, px_error *err) {
    const blob_path sealed = temporary_path(name, SEALED_SUFFIX);
    int to = openat(blobs->root, sealed.text, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
                    0600);
    if (to < 0)
        return px_fail_errno(err, "storage", "cannot encrypt an image");
    bool ok = px_seal_file(blobs->key, from, to, err);
    if (close(to) != 0 && ok)
        ok = px_fail_errno(err, "storage", "cannot encrypt an image");
    if (ok && renameat(blobs->root, sealed.text, blobs->root, temporary_path(name, "").text) != 0)
        ok = px_fail_errno(err, "storage", "cannot encrypt an image");
    if (!ok)
        unlinkat(blobs->root, sealed.text, 0);
    return ok;
}

static bool sync_and_measure(px_blobs *blobs, const char *name, px_blob *blob, px_error *err) {
    struct stat about;
    char sha256[PX_SHA256_HEX];
    char *path = px_blobs_temporary_path(blobs, name, err);
    int fd = path ? open_file(blobs, temporary_path(name, ""), err) : -1;
    bool ok = fd >= 0;
    if (ok && (fsync(fd) != 0 || fstat(fd, &about) != 0))
        ok = px_fail_errno(err, "storage", "cannot write an image");
    ok = ok && px_sha256_file(path, sha256, err);
    if (ok) {
        memcpy(blob->sha256, sha256, sizeof sha256);
        blob->size = about.st_size;
        blob->sealed = blobs->has_key;
    }
    if (fd >= 0)
        close(fd);
    free(path);
    return ok;
}

bool px_blobs_prepare(px_blobs *blobs, const char *temporary, px_blob *blob, px_error *err) {
    if (blobs->has_key) {
        int from = open_file(blobs, temporary_path(temporary, ""), err);
        bool ok = from >= 0 && seal_temporary(blobs, temporary, from, err);
        if (from >= 0)
            close(from);
        if (!ok)
            return false;
    }
    return sync_and_measure(blobs, temporary, blob, err);
}

static bool sync_folder(px_blobs *blobs, const char *path, px_error *err) {
    int fd = px_blobs_open_folder(blobs, path, err);
    if (fd < 0)
        return false;
    bool ok = fsync(fd) == 0 || px_fail_errno(err, "storage", "cannot write a folder");
    close(fd);
    return ok;
}

/* The folders above are synced every time: another thread may have made one, and not synced it. */
bool px_blobs_keep(px_blobs *blobs, const char *temporary, const px_blob *blob, px_error *err) {
    if (!px_blobs_make_folders(blobs, blob, err))
        return false;
    if (renameat(blobs->root, temporary_path(temporary, "").text, blobs->root,
                 px_blob_path_at(blob, 2).text) != 0)
        return px_fail_errno(err, "storage", "cannot store an image");
    return sync_folder(blobs, px_blob_path_at(blob, 1).text, err) &&
           sync_folder(blobs, px_blob_path_at(blob, 0).text, err) &&
           sync_folder(blobs, "blobs", err);
}

static bool read_whole(int fd, size_t size, px_buffer *out, px_error *err) {
    unsigned char chunk[32768];
    for (size_t done = 0; done < size;) {
        ssize_t n = read(fd, chunk, size - done < sizeof chunk ? size - done : sizeof chunk);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return px_fail_errno(err, "storage", "cannot read an image");
        if (n == 0)
            return px_fail(err, PX_ERR_MISMATCH, "storage", "an image is cut short");
        if (!px_buffer_append(out, chunk, (size_t)n, err))
            return false;
        done += (size_t)n;
    }
    return true;
}

static bool check_hash(const px_blob *blob, const char *sha256, px_error *err) {
    return strcmp(sha256, blob->sha256) == 0 ||
           px_fail(err, PX_ERR_MISMATCH, "storage", "an image's bytes are not those stored");
}

static bool read_plain(const px_blob *blob, int fd, px_buffer *out, px_error *err) {
    char sha256[PX_SHA256_HEX];
    size_t before = out->size;
    bool ok = read_whole(fd, (size_t)blob->size, out, err);
    if (ok) {
        px_sha256_bytes(out->data ? out->data + before : out->data, out->size - before, sha256);
        ok = check_hash(blob, sha256, err);
    }
    if (!ok && out->data) {
        out->size = before;
        out->data[before] = 0;
    }
    return ok;
}

static bool check_file(px_blobs *blobs, const px_blob *blob, px_error *err) {
    char sha256[PX_SHA256_HEX];
    char *path = px_format(err, "%s/%s", blobs->folder, px_blob_path_at(blob, 2).text);
    bool ok = path && px_sha256_file(path, sha256, err) && check_hash(blob, sha256, err);
    free(path);
    return ok;
}

static bool read_sealed(px_blobs *blobs, const px_blob *blob, int fd, px_buffer *out,
                        px_error *err) {
    if (!blobs->has_key)
        return px_fail(err, PX_ERR_INPUT, "storage", "an image is encrypted, and no key is given");
    return check_file(blobs, blob, err) && px_unseal_file(blobs->key, fd, out, err);
}

/* A blob's file, of the size that its row says; -1 on failure. */
static int open_blob(px_blobs *blobs, const px_blob *blob, px_error *err) {
    struct stat about;
    int fd = open_file(blobs, px_blob_path_at(blob, 2), err);
    if (fd < 0)
        return -1;
    bool ok = fstat(fd, &about) == 0 || px_fail_errno(err, "storage", "cannot read an image");
    if (ok && about.st_size != blob->size)
        ok = px_fail(err, PX_ERR_MISMATCH, "storage", "an image has not the size stored");
    if (ok)
        return fd;
    close(fd);
    return -1;
}

bool px_blobs_read(px_blobs *blobs, const px_blob *blob, px_buffer *out, px_error *err) {
    int fd = open_blob(blobs, blob, err);
    bool ok = fd >= 0 && (blob->sealed ? read_sealed(blobs, blob, fd, out, err)
                                       : read_plain(blob, fd, out, err));
    if (fd >= 0)
        close(fd);
    return ok;
}

int px_blobs_open_plain(px_blobs *blobs, const px_blob *blob, px_error *err) {
    int fd = open_blob(blobs, blob, err);
    if (fd < 0 || check_file(blobs, blob, err))
        return fd;
    close(fd);
    return -1;
}

bool px_blobs_exists(px_blobs *blobs, const px_blob *blob, bool *exists, px_error *err) {
    struct stat about;
    int failed = fstatat(blobs->root, px_blob_path_at(blob, 2).text, &about, AT_SYMLINK_NOFOLLOW);
    if (failed && errno != ENOENT)
        return px_fail_errno(err, "storage", "cannot look for an image");
    *exists = !failed;
    return true;
}

static int open_removal_lock(px_blobs *blobs, px_error *err) {
    int fd = openat(blobs->root, "removal", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        px_fail_errno(err, blobs->folder, "cannot write to the data folder");
    return fd;
}

int px_blobs_hold_removal(px_blobs *blobs, px_error *err) {
    int fd = open_removal_lock(blobs, err);
    while (fd >= 0 && flock(fd, LOCK_EX) != 0) {
        if (errno == EINTR)
            continue;
        px_fail_errno(err, blobs->folder, "cannot hold off removal");
        close(fd);
        fd = -1;
    }
    return fd;
}

static bool remove_file(px_blobs *blobs, const px_blob *blob, px_error *err) {
    if (unlinkat(blobs->root, px_blob_path_at(blob, 2).text, 0) != 0 && errno != ENOENT)
        return px_fail_errno(err, "storage", "cannot delete an image");
    struct stat about;
    const blob_path folder = px_blob_path_at(blob, 1);
    if (fstatat(blobs->root, folder.text, &about, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT)
        return true; /* the file never came to be */
    return sync_folder(blobs, folder.text, err);
}

bool px_blobs_remove(px_blobs *blobs, const px_blob *blob, px_error *err) {
    int lock = open_removal_lock(blobs, err);
    if (lock < 0)
        return false;
    bool ok = flock(lock, LOCK_SH | LOCK_NB) == 0
                  ? remove_file(blobs, blob, err)
                  : px_fail(err, PX_ERR_BUSY, "storage", "images are not deleted during a backup");
    close(lock);
    return ok;
}

bool px_blobs_free_space(px_blobs *blobs, uint64_t *bytes, px_error *err) {
    struct statvfs about;
    if (fstatvfs(blobs->root, &about) != 0)
        return px_fail_errno(err, blobs->folder, "cannot ask for free space");
    if (__builtin_mul_overflow((uint64_t)about.f_bavail, (uint64_t)about.f_frsize, bytes))
        *bytes = UINT64_MAX;
    return true;
}

void px_blobs_keep_free(px_blobs *blobs, uint64_t bytes) {
    blobs->least_free = bytes;
}

bool px_blobs_has_room(px_blobs *blobs, px_error *err) {
    uint64_t bytes = 0;
    return px_blobs_free_space(blobs, &bytes, err) &&
           (bytes >= blobs->least_free ||
            px_fail(err, PX_ERR_IO, blobs->folder, "only %llu MiB are free",
                    (unsigned long long)(bytes >> 20)));
}
