/* The store as a whole: opening it, its own key, its clock. */
#include "store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "store_parts.h"

static bool read_link_key(const px_sql_rows *rows, void *item, px_error *err) {
    size_t size;
    const void *bytes = px_sql_get_bytes(rows, 0, &size);
    if (!bytes || size != PX_SECRET_KEY_BYTES)
        return px_fail(err, PX_ERR_INPUT, "settings", "the key of links has not %d bytes",
                       PX_SECRET_KEY_BYTES);
    memcpy(item, bytes, size);
    return true;
}

/* Several servers may make one at once: the first one's stays. */
static bool make_link_key(px_store *store, px_error *err) {
    unsigned char key[PX_SECRET_KEY_BYTES];
    if (!px_secret_random(key, sizeof key, err))
        return false;
    const px_sql_value value = px_sql_bytes(key, sizeof key);
    bool ok = px_store_run(store, PX_SQL_WRITE,
                           "INSERT INTO settings (name, value) VALUES ('link_key', $1)"
                           " ON CONFLICT (name) DO NOTHING",
                           &value, 1, err);
    px_secret_wipe(key, sizeof key);
    return ok;
}

static bool load_link_key(px_store *store, px_error *err) {
    static const char ask[] = "SELECT value FROM settings WHERE name = 'link_key'";
    bool found;
    if (!px_store_find_row(store, ask, NULL, 0, read_link_key, store->link_key, &found, err))
        return false;
    if (found || store->beside)
        return true;
    return make_link_key(store, err) &&
           px_store_find_row(store, ask, NULL, 0, read_link_key, store->link_key, &found, err);
}

static bool read_mark(const px_sql_rows *rows, void *item, px_error *err) {
    size_t size;
    const void *bytes = px_sql_get_bytes(rows, 0, &size);
    if (!bytes || size != PX_MAC_HEX - 1)
        return px_fail(err, PX_ERR_INPUT, "settings", "the mark of the images' key is damaged");
    memcpy(item, bytes, size);
    return true;
}

static bool note_key(px_store *store, const char *mark, px_error *err) {
    const px_sql_value value = px_sql_bytes(mark, PX_MAC_HEX - 1);
    return store->beside ||
           px_store_run(store, PX_SQL_WRITE,
                        "INSERT INTO settings (name, value) VALUES ('image_key', $1)"
                        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                        &value, 1, err);
}

/* Two keys in one store would be one too many to lose. */
static bool check_key(px_store *store, px_error *err) {
    char mark[PX_MAC_HEX], known[PX_MAC_HEX] = "";
    bool found, any = false;
    int64_t id;
    if (!px_blobs_mark_key(store->blobs, mark))
        return true;
    if (!px_store_find_row(store, "SELECT value FROM settings WHERE name = 'image_key'", NULL, 0,
                           read_mark, known, &found, err))
        return false;
    if (found && px_secret_text_equal(known, mark))
        return true;
    if (found && !px_store_find_row(store, "SELECT id FROM blobs WHERE sealed = 1 LIMIT 1", NULL, 0,
                                    px_read_integer, &id, &any, err))
        return false;
    return any ? px_fail(err, PX_ERR_INPUT, "key file",
                         "not the key that images in this store are encrypted with")
               : note_key(store, mark, err);
}

/* Where the database is: to be freed. */
static char *database_url(const px_store_options *options, px_error *err) {
    if (options->database)
        return px_strdup(options->database, err);
    char *url = px_format(err, "sqlite:%s/%s", options->folder, PX_STORE_DATABASE);
    if (url && options->beside && access(url + strlen("sqlite:"), R_OK) != 0) {
        px_fail_errno(err, url + strlen("sqlite:"), "cannot open the database");
        free(url);
        return NULL;
    }
    return url;
}

static bool open_parts(px_store *store, const px_store_options *options, px_error *err) {
    const px_blobs_mode mode = options->beside     ? PX_BLOBS_BESIDE
                               : options->database ? PX_BLOBS_SHARED
                                                   : PX_BLOBS_ALONE;
    store->beside = options->beside;
    store->alone = mode == PX_BLOBS_ALONE;
    if (!(store->blobs = px_blobs_open(options->folder, options->key_file, mode, err)))
        return false;
    char *url = database_url(options, err);
    const px_sql_options sql = {
        .url = url, .connections = options->connections, .patience_ms = options->patience_ms};
    if (url)
        store->sql = store->beside ? px_sql_open_beside(&sql, err) : px_sql_open(&sql, err);
    free(url);
    return store->sql && load_link_key(store, err) && check_key(store, err) &&
           (store->beside || px_store_recover(store, err));
}

px_store *px_store_open(const px_store_options *options, px_error *err) {
    px_store *store = px_alloc(1, sizeof *store, err);
    if (!store)
        return NULL;
    pthread_mutex_init(&store->mutex, NULL);
    if (open_parts(store, options, err))
        return store;
    px_store_close(store);
    return NULL;
}

void px_store_close(px_store *store) {
    if (!store)
        return;
    px_sql_close(store->sql);
    px_blobs_close(store->blobs);
    pthread_mutex_destroy(&store->mutex);
    px_secret_wipe(store->link_key, sizeof store->link_key);
    free(store);
}

px_blobs *px_store_blobs(px_store *store) {
    return store->blobs;
}

const unsigned char *px_store_link_key(const px_store *store) {
    return store->link_key;
}

bool px_store_ping(px_store *store, px_error *err) {
    return px_sql_ping(store->sql, err);
}

int64_t px_store_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * PX_SECOND + now.tv_nsec / 1000;
}
