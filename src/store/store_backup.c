/* A copy of the store, made while it is in use: the database first, then the images its rows name.
 *
 * Files are only ever added and removed, never changed. With removal held off from before the
 * database is copied, each row that was copied has its file until the end.
 */
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/error.h"
#include "../base/file.h"
#include "../base/memory.h"
#include "store_parts.h"

#define BATCH 100
#define PATIENCE_MS 10000

/* Made when missing; what it holds must be ours to delete if the copy fails. */
static bool take_empty_folder(const char *folder, px_error *err) {
    if (!px_path_make_folders(folder, err))
        return false;
    DIR *listing = opendir(folder);
    if (!listing)
        return px_fail_errno(err, folder, "cannot list the folder");
    bool empty = true;
    for (const struct dirent *entry; (entry = readdir(listing));)
        empty = empty && (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0);
    closedir(listing);
    return empty || px_fail(err, PX_ERR_IO, folder, "the folder is not empty");
}

static int remove_entry(const char *path, const struct stat *about, int type, struct FTW *where) {
    (void)about, (void)type;
    if (where->level > 0)
        remove(path);
    return 0;
}

static void empty_folder(const char *folder) {
    nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

/* Uploads and deletions that were under way have no place in a copy. */
static bool copy_images(px_store *copy, px_blobs *from, px_error *err) {
    px_blob kept[BATCH];
    int count = BATCH;
    bool ok =
        px_store_run(copy, PX_SQL_WRITE, "DELETE FROM blobs WHERE state <> 'kept'", NULL, 0, err);
    for (int64_t last = 0; ok && count == BATCH; last = count > 0 ? kept[count - 1].id : 0) {
        const px_sql_value values[] = {px_sql_int(last), px_sql_int(BATCH)};
        ok = px_store_list_rows(copy,
                                "SELECT id, sha256, size, sealed FROM blobs WHERE id > $1"
                                " ORDER BY id LIMIT $2",
                                values, 2, px_read_blob, kept, sizeof *kept, BATCH, &count, err);
        for (int i = 0; ok && i < count; i++)
            ok = px_blobs_copy(from, copy->blobs, &kept[i], err);
    }
    return ok;
}

static bool fill_copy(px_store *store, const char *folder, const char *database, px_error *err) {
    px_store copy = {.blobs = px_blobs_open(folder, NULL, PX_BLOBS_ALONE, err)};
    char *url = px_format(err, "sqlite:%s", database);
    bool ok = copy.blobs && url && px_sql_backup(store->sql, database, err);
    if (ok) {
        const px_sql_options options = {.url = url, .connections = 2, .patience_ms = PATIENCE_MS};
        copy.sql = px_sql_open(&options, err);
        ok = copy.sql && copy_images(&copy, store->blobs, err);
    }
    px_sql_close(copy.sql);
    ok = ok && px_blobs_sync(copy.blobs, err);
    px_blobs_close(copy.blobs);
    free(url);
    return ok;
}

static bool sync_folder(const char *folder) {
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return ok;
}

/* The database gets its name last: a folder without it is no data folder. */
static bool copy_store(px_store *store, const char *folder, px_error *err) {
    char *part = px_format(err, "%s/%s.part", folder, PX_STORE_DATABASE);
    char *final = px_format(err, "%s/%s", folder, PX_STORE_DATABASE);
    bool ok = part && final && fill_copy(store, folder, part, err);
    if (ok && (rename(part, final) != 0 || !sync_folder(folder)))
        ok = px_fail_errno(err, final, "cannot write");
    free(part);
    free(final);
    return ok;
}

bool px_store_backup(px_store *store, const char *folder, px_error *err) {
    if (strcmp(px_sql_driver_name(store->sql), "sqlite") != 0)
        return px_fail(err, PX_ERR_UNSUPPORTED, folder,
                       "PostgreSQL is backed up by its own pg_dump: see docs/store.md");
    if (!take_empty_folder(folder, err))
        return false;
    int hold = px_blobs_hold_removal(store->blobs, err);
    bool ok = hold >= 0 && copy_store(store, folder, err);
    if (hold >= 0)
        close(hold);
    if (!ok)
        empty_folder(folder);
    return ok;
}
