/* Making and deleting stores for tests, and looking at them from outside. */
#include "store_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

fixture f;
const px_actor tester = {.user_id = 7, .request_id = "test"};

static void must(bool ok, const px_error *err) {
    if (!ok)
        fail_msg("%s: %s", err->subject, err->message);
}

int fixture_setup(void **state) {
    (void)state;
    fixture_begin(&f);
    return 0;
}

int fixture_teardown(void **state) {
    (void)state;
    fixture_end(&f);
    return 0;
}

static px_sql *open_sql(const fixture *on) {
    px_error err = {0};
    const px_sql_options options = {.url = on->scratch.url, .connections = 1, .patience_ms = 10000};
    px_sql *sql = px_sql_open(&options, &err);
    must(sql, &err);
    return sql;
}

void fixture_run_sql(const fixture *on, const char *const *texts, int n_texts) {
    px_error err = {0};
    px_sql *sql = open_sql(on);
    px_sql_link *link = px_sql_begin(sql, PX_SQL_WRITE, &err);
    must(link, &err);
    for (int i = 0; i < n_texts; i++)
        must(px_sql_run(link, texts[i], NULL, 0, NULL, &err), &err);
    must(px_sql_commit(link, &err), &err);
    px_sql_close(sql);
}

int64_t fixture_ask_sql(const fixture *on, const char *text) {
    px_error err = {0};
    px_sql *sql = open_sql(on);
    px_sql_link *link = px_sql_begin(sql, PX_SQL_READ, &err);
    must(link, &err);
    px_sql_rows *rows = px_sql_query(link, text, NULL, 0, &err);
    must(rows && px_sql_next(rows, &err), &err);
    int64_t value = px_sql_get_int(rows, 0);
    px_sql_rows_free(rows);
    px_sql_rollback(link);
    px_sql_close(sql);
    return value;
}

px_store_options fixture_options(const fixture *on) {
    return (px_store_options){
        .folder = on->folder, .database = on->database, .connections = 6, .patience_ms = 20000};
}

void fixture_open(fixture *on) {
    px_error err = {0};
    const px_store_options options = fixture_options(on);
    on->store = px_store_open(&options, &err);
    must(on->store, &err);
}

void fixture_close(fixture *on) {
    px_store_close(on->store);
    on->store = NULL;
}

void fixture_begin(fixture *on) {
    *on = (fixture){0};
    scratch_make(&on->scratch);
    on->folder = on->scratch.folder;
    on->database = scratch_is_postgres() ? on->scratch.url : NULL;
    fixture_open(on);
}

void fixture_end(fixture *on) {
    fixture_close(on);
    scratch_remove(&on->scratch);
}

void fixture_write_temporary(px_store *store, const void *bytes, size_t size,
                             char name[PX_BLOB_TEMPORARY]) {
    px_error err = {0};
    int fd = px_blobs_create_temporary(px_store_blobs(store), name, &err);
    must(fd >= 0, &err);
    assert_int_equal(write(fd, bytes, size), (int)size);
    close(fd);
}

bool fixture_try_xray(px_store *store, int64_t user_id, const char *image, const px_xray_new *like,
                      int64_t *id, px_error *err) {
    char temporary[PX_BLOB_TEMPORARY], title[] = "title", type[] = "image/png", reading[] = "{}";
    px_xray plain = {.title = title, .media_type = type, .reading = reading, .width = 3};
    px_xray xray = like ? *like->xray : plain;
    px_xray_new what = like ? *like : (px_xray_new){0};
    fixture_write_temporary(store, image, strlen(image), temporary);
    xray.user_id = user_id;
    xray.bytes = (int64_t)strlen(image);
    px_sha256_bytes(image, strlen(image), xray.sha256);
    what.xray = &xray;
    what.temporary = temporary;
    return px_store_add_xray(store, &tester, &what, id, err);
}

int64_t fixture_add_xray(px_store *store, int64_t user_id, const char *title, const char *image) {
    px_error err = {0};
    char *own = strdup(title), type[] = "image/jpeg", reading[] = "{}";
    const px_xray xray = {.title = own, .media_type = type, .reading = reading};
    int64_t id = 0;
    must(fixture_try_xray(store, user_id, image, &(px_xray_new){.xray = &xray}, &id, &err), &err);
    free(own);
    return id;
}

int64_t fixture_add_user(px_store *store, const char *name) {
    px_error err = {0};
    int64_t id = 0;
    must(px_store_add_user(store, &tester, name, "hash", PX_ROLE_USER, &id, &err), &err);
    return id;
}

int64_t fixture_add_session(px_store *store, int64_t user_id, const char *password_hash,
                            const char *token_hash, int64_t lasts) {
    px_error err = {0};
    px_session session = {.user_id = user_id,
                          .kind = PX_SESSION_TOKEN,
                          .client = "Firefox on Linux",
                          .expires = px_store_now() + lasts};
    must(px_store_add_session(store, &tester, &session, password_hash, token_hash, &err), &err);
    return session.id;
}

int64_t fixture_add_key(px_store *store, int64_t user_id, const char *hash, int64_t expires) {
    px_error err = {0};
    px_key key = {.user_id = user_id,
                  .name = "script",
                  .hint = "pxk_1234",
                  .scopes = PX_SCOPE_READ,
                  .per_minute = 5,
                  .expires = expires};
    must(px_store_add_key(store, &tester, &key, hash, &err), &err);
    assert_true(key.id > 0 && key.created > 0);
    return key.id;
}

bool fixture_has_image(px_store *store, int64_t id, const char *image) {
    px_error err = {0};
    px_xray xray = {0};
    bool found = false, equal = false;
    must(px_store_get_xray(store, id, &xray, &found, &err), &err);
    if (!found)
        return false;
    px_buffer content;
    px_buffer_init(&content, 1 << 20);
    must(px_blobs_read(px_store_blobs(store), &xray.image, &content, &err), &err);
    equal = content.size == strlen(image) && memcmp(content.data, image, content.size) == 0;
    px_buffer_clear(&content);
    px_xray_clear(&xray);
    return equal;
}

static void show(void *context, const char *line) {
    (void)context;
    print_error("%s\n", line);
}

void fixture_check_clean(px_store *store) {
    px_error err = {0};
    int problems = -1;
    must(px_store_check(store, show, NULL, &problems, &err), &err);
    assert_int_equal(problems, 0);
}

static int files_seen;

static int count_file(const char *path, const struct stat *about, int type, struct FTW *where) {
    (void)path, (void)about, (void)where;
    files_seen += type == FTW_F;
    return 0;
}

int fixture_count_files(const fixture *on, const char *folder) {
    files_seen = 0;
    nftw(scratch_path(&on->scratch, folder), count_file, 16, FTW_PHYS);
    return files_seen;
}
