/* The data folder. Everything is made in tmp/ and renamed into media/ when complete. */
#include "media.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/error.h"
#include "../base/file.h"
#include "../base/memory.h"

#define HEAT_MAP_SUFFIX ".heatmap" /* of a heat map still in tmp/ */

struct px_media {
    char *folder;
    int root; /* descriptor of the folder, which the store has locked */
    pthread_mutex_t counting;
    int64_t last_id;
};

static bool make_folder(px_media *media, const char *name, px_error *err) {
    return mkdirat(media->root, name, 0700) == 0 || errno == EEXIST ||
           px_fail_errno(err, name, "cannot make the folder");
}

static bool clean_temporary(px_media *media, px_error *err) {
    int fd = openat(media->root, "tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
    if (!folder) {
        px_fail_errno(err, media->folder, "cannot open tmp/");
        if (fd >= 0)
            close(fd);
        return false;
    }
    for (const struct dirent *entry; (entry = readdir(folder));)
        if (entry->d_name[0] != '.')
            unlinkat(fd, entry->d_name, 0);
    closedir(folder);
    return true;
}

static bool read_last_id(px_media *media, px_error *err) {
    char text[32] = "0";
    int fd = openat(media->root, "last_id", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return errno == ENOENT || px_fail_errno(err, media->folder, "cannot read last_id");
    ssize_t size = read(fd, text, sizeof text - 1);
    close(fd);
    char *end = text;
    errno = 0;
    media->last_id = size > 0 ? strtoll(text, &end, 10) : -1;
    if (errno != 0 || media->last_id < 0 || (*end != '\n' && *end != '\0'))
        return px_fail(err, PX_ERR_INPUT, media->folder, "the file last_id holds no number");
    return true;
}

px_media *px_media_open(const char *folder, px_error *err) {
    px_media *media = px_alloc(1, sizeof *media, err);
    if (!media)
        return NULL;
    media->root = -1;
    pthread_mutex_init(&media->counting, NULL);
    bool ok = (media->folder = px_strdup(folder, err)) && px_path_make_folders(folder, err);
    if (ok && (media->root = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
        ok = px_fail_errno(err, folder, "cannot open the data folder");
    ok = ok && make_folder(media, "tmp", err) && make_folder(media, "media", err) &&
         make_folder(media, "media/images", err) && make_folder(media, "media/heatmaps", err) &&
         clean_temporary(media, err) && read_last_id(media, err);
    if (ok)
        return media;
    px_media_close(media);
    return NULL;
}

void px_media_close(px_media *media) {
    if (!media)
        return;
    if (media->root >= 0)
        close(media->root);
    pthread_mutex_destroy(&media->counting);
    free(media->folder);
    free(media);
}

bool px_media_new_name(char name[PX_MEDIA_NAME], px_error *err) {
    unsigned char bits[(PX_MEDIA_NAME - 1) / 2];
    if (getrandom(bits, sizeof bits, 0) != (ssize_t)sizeof bits)
        return px_fail_errno(err, NULL, "no random numbers");
    for (size_t i = 0; i < sizeof bits; i++)
        snprintf(name + 2 * i, 3, "%02x", bits[i]);
    return true;
}

/* "tmp/NAME", "media/images/NAME.jpg": always from our own parts, none longer than this. */
typedef struct media_path {
    char text[96];
} media_path;

static media_path join(const char *prefix, const char *name, const char *suffix) {
    media_path path;
    snprintf(path.text, sizeof path.text, "%s%s%s", prefix, name, suffix);
    return path;
}

int px_media_create_temporary(px_media *media, const char *name, px_error *err) {
    int fd = openat(media->root, join("tmp/", name, "").text,
                    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        px_fail_errno(err, "upload", "cannot start a temporary file");
    return fd;
}

char *px_media_temporary_path(px_media *media, const char *name, px_error *err) {
    return px_format(err, "%s/tmp/%s", media->folder, name);
}

void px_media_remove_temporary(px_media *media, const char *name) {
    unlinkat(media->root, join("tmp/", name, "").text, 0);
}

static bool write_temporary(px_media *media, const char *name, const void *bytes, size_t size,
                            px_error *err) {
    char *path = px_media_temporary_path(media, name, err);
    bool ok = path && px_file_write(path, bytes, size, err);
    free(path);
    return ok;
}

/* What is promised to be kept must survive a power cut. */
static bool sync_file(px_media *media, const char *path, px_error *err) {
    int fd = openat(media->root, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    bool ok = fd >= 0 && fsync(fd) == 0;
    if (!ok)
        px_fail_errno(err, "upload", "cannot store");
    if (fd >= 0)
        close(fd);
    return ok;
}

static bool next_id(px_media *media, int64_t *id, px_error *err) {
    pthread_mutex_lock(&media->counting);
    char text[32];
    int size = snprintf(text, sizeof text, "%" PRId64 "\n", media->last_id + 1);
    char *path = px_format(err, "%s/last_id", media->folder);
    bool ok = path && px_file_write(path, text, (size_t)size, err);
    if (ok)
        *id = ++media->last_id;
    free(path);
    pthread_mutex_unlock(&media->counting);
    return ok;
}

bool px_media_keep(px_media *media, const char *name, const char *suffix, const void *heat_map,
                   size_t heat_map_size, int64_t *id, px_error *err) {
    const media_path heat_from = join("tmp/", name, HEAT_MAP_SUFFIX);
    const media_path heat_to = join("media/heatmaps/heatmap_", name, ".jpg");
    const media_path image_from = join("tmp/", name, "");
    const media_path image_to = join("media/images/", name, suffix);
    bool ok = sync_file(media, image_from.text, err) &&
              write_temporary(media, heat_from.text + 4, heat_map, heat_map_size, err) &&
              next_id(media, id, err);
    if (ok && (renameat(media->root, heat_from.text, media->root, heat_to.text) != 0 ||
               renameat(media->root, image_from.text, media->root, image_to.text) != 0))
        ok = px_fail_errno(err, "upload", "cannot store");
    if (!ok) {
        unlinkat(media->root, heat_from.text, 0);
        unlinkat(media->root, heat_to.text, 0);
    }
    return ok;
}

/* PREFIX, 32 hexadecimal digits, SUFFIX, and nothing more. */
static bool is_name(const char *path, const char *prefix, const char *suffix) {
    size_t before = strlen(prefix), digits = PX_MEDIA_NAME - 1;
    return strncmp(path, prefix, before) == 0 &&
           strspn(path + before, "0123456789abcdef") == digits &&
           strcmp(path + before + digits, suffix) == 0;
}

int px_media_open_file(px_media *media, const char *path, uint64_t *size) {
    if (!is_name(path, "images/", ".jpg") && !is_name(path, "images/", ".png") &&
        !is_name(path, "heatmaps/heatmap_", ".jpg"))
        return -1;
    int fd = openat(media->root, join("media/", path, "").text, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    struct stat about;
    if (fd >= 0 && (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode))) {
        close(fd);
        return -1;
    }
    if (fd >= 0)
        *size = (uint64_t)about.st_size;
    return fd;
}
