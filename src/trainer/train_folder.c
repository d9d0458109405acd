/* A training's output folder: its files' names, and the lock that keeps others out. */
#include "train_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "../base/error.h"
#include "../base/file.h"
#include "../base/memory.h"

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

bool px_train_folder_open(px_train_folder *folder, const char *path, bool lock, px_error *err) {
    folder->checkpoint = px_format(err, "%s/checkpoint.safetensors", path);
    folder->best = px_format(err, "%s/best.safetensors", path);
    folder->model = px_format(err, "%s/model.safetensors", path);
    folder->history = px_format(err, "%s/history.csv", path);
    folder->report = px_format(err, "%s/report.html", path);
    if (!folder->checkpoint || !folder->best || !folder->model || !folder->history ||
        !folder->report)
        return false;
    return !lock || (px_path_make_folders(path, err) && lock_folder(folder, path, err));
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
    const char *const paths[] = {folder->checkpoint, folder->best, folder->model, folder->history,
                                 folder->report};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        if (unlink(paths[i]) != 0 && errno != ENOENT)
            return px_fail_errno(err, paths[i], "cannot remove");
    }
    return true;
}
