/* An ensemble file in another folder than the one it came from. */
#include "ensemble_move.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/error.h"
#include "../base/file.h"
#include "../base/memory.h"

#define MAX_MODEL_BYTES ((size_t)1 << 36)

/* Absolute path of a file beside another, links followed. */
static char *real_beside(const char *path, const char *name, px_error *err) {
    char *beside = px_path_sibling(path, name, err);
    char *real = beside ? realpath(beside, NULL) : NULL;
    if (beside && !real)
        px_fail_errno(err, beside, "not found");
    free(beside);
    return real;
}

/* The rest of a path below a folder, or NULL. */
static const char *path_below(const char *path, const char *folder) {
    size_t length = strlen(folder);
    if (length > 0 && folder[length - 1] == '/') /* the root */
        length--;
    return strncmp(path, folder, length) == 0 && path[length] == '/' ? path + length + 1 : NULL;
}

static bool copy_bytes(const char *from, const char *to, px_error *err) {
    px_mapping model;
    if (!px_mapping_open(&model, from, MAX_MODEL_BYTES, err))
        return false;
    bool ok = px_file_write(to, model.data, model.size, err);
    px_mapping_close(&model);
    return ok;
}

static bool is_model(const char *path, const char *sha256, px_error *err) {
    char hash[PX_SHA256_HEX];
    return px_sha256_file(path, hash, err) &&
           (strcmp(hash, sha256) == 0 ||
            px_fail(err, PX_ERR_MISMATCH, path, "another file has the member's name"));
}

static bool place_copy(const char *from, const char *to, const char *sha256, px_error *err) {
    if (access(to, F_OK) == 0)
        return is_model(to, sha256, err);
    return link(from, to) == 0 || copy_bytes(from, to, err);
}

static bool move_member(px_ensemble_member *member, const char *from, const char *folder, bool copy,
                        px_error *err) {
    char *real = real_beside(from, member->file, err);
    if (!real)
        return false;
    const char *name = path_below(real, folder);
    char *target = NULL;
    bool ok = name != NULL;
    if (!name && !copy) {
        px_fail(err, PX_ERR_USAGE, real,
                "a member does not lie in the folder of the new ensemble file or below it: write "
                "it beside the old one, or have the models copied");
    } else if (!name) {
        name = strrchr(real, '/') + 1;
        target = px_format(err, "%s/%s", folder, name);
        ok = target && place_copy(real, target, member->sha256, err);
    }
    char *file = ok ? px_strdup(name, err) : NULL;
    if (file) {
        free(member->file);
        member->file = file;
    }
    free(target);
    free(real);
    return file != NULL;
}

static bool names_differ(const px_ensemble *ensemble, px_error *err) {
    for (int i = 0; i < ensemble->n_members; i++) {
        for (int k = 0; k < i; k++) {
            if (strcmp(ensemble->members[i].file, ensemble->members[k].file) == 0 &&
                strcmp(ensemble->members[i].sha256, ensemble->members[k].sha256) != 0)
                return px_fail(err, PX_ERR_MISMATCH, ensemble->members[i].file,
                               "two members' files have this name");
        }
    }
    return true;
}

bool px_ensemble_move(px_ensemble *ensemble, const char *from, const char *to, bool copy,
                      px_error *err) {
    char *folder = real_beside(to, ".", err);
    bool ok = folder != NULL;
    for (int i = 0; ok && i < ensemble->n_members; i++)
        ok = move_member(&ensemble->members[i], from, folder, copy, err);
    free(folder);
    return ok && names_differ(ensemble, err);
}
