/* A training's output folder: its files' names, and the lock that keeps others out. */
#include "train_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "../base/error.h"
#include "../base/file.h"
#include "../base/memory.h"

enum { FILES = 5 };
static const char *const names[FILES] = {"checkpoint.safetensors", "best.safetensors",
                                         "model.safetensors", "history.csv", "report.html"};

static bool lock_folder(px_train_folder *folder, const char *path, px_error *err) {
    char *name = px_format(err, "%s/.lock", path);
    if (!name)
        return false;
    int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    bool ok = fd >= 0 || px_fail_errno(err, name, "cannot open");
    free(name);
    if (!ok)
        return false;
    folder->lock = fd + 1;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        return true;
    if (errno == EWOULDBLOCK)
        return px_fail(err, PX_ERR_BUSY, path, "another process trains into this folder");
    return px_fail_errno(err, path, "cannot lock");
}

/* What a process that was killed while it wrote has left: "checkpoint.safetensors.123-0.part". */
static bool is_leftover(const char *name) {
    static const char ending[] = ".part";
    size_t length = strlen(name);
    if (length < sizeof ending || strcmp(name + length + 1 - sizeof ending, ending) != 0)
        return false;
    for (size_t i = 0; i < FILES; i++) {
        size_t stem = strlen(names[i]);
        if (strncmp(name, names[i], stem) == 0 && name[stem] == '.')
            return true;
    }
    return false;
}

/* Whoever has the lock is the only one who writes. What cannot be removed only takes room. */
static void remove_leftovers(const char *path) {
    DIR *listing = opendir(path);
    for (struct dirent *entry; listing && (entry = readdir(listing)) != NULL;) {
        if (is_leftover(entry->d_name))
            unlinkat(dirfd(listing), entry->d_name, 0);
    }
    if (listing)
        closedir(listing);
}

bool px_train_folder_open(px_train_folder *folder, const char *path, bool lock, px_error *err) {
    char **const paths[FILES] = {&folder->checkpoint, &folder->best, &folder->model,
                                 &folder->history, &folder->report};
    for (size_t i = 0; i < FILES; i++) {
        *paths[i] = px_format(err, "%s/%s", path, names[i]);
        if (!*paths[i])
            return false;
    }
    if (!lock)
        return true;
    if (!px_path_make_folders(path, err) || !lock_folder(folder, path, err))
        return false;
    remove_leftovers(path);
    return true;
}

void px_train_folder_close(px_train_folder *folder) {
    free(folder->checkpoint);
    free(folder->best);
    free(folder->model);
    free(folder->history);
    free(folder->report);
    if (folder->lock)
        close(folder->lock - 1);
    *folder = (px_train_folder){0};
}

bool px_train_folder_has_checkpoint(const px_train_folder *folder) {
    return access(folder->checkpoint, F_OK) == 0;
}

bool px_train_folder_empty(const px_train_folder *folder, px_error *err) {
    const char *const paths[FILES] = {folder->checkpoint, folder->best, folder->model,
                                      folder->history, folder->report};
    for (size_t i = 0; i < FILES; i++) {
        if (unlink(paths[i]) != 0 && errno != ENOENT)
            return px_fail_errno(err, paths[i], "cannot remove");
    }
    return true;
}
