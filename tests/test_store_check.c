/* px_store_check finds every kind of damage; backups are whole stores of their own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../src/base/file.h"
#include "store_fixture.h"

/* Problems, each on a line. */
static void collect(void *context, const char *line) {
    px_buffer_print(context, NULL, "%s\n", line);
}

/* The only problem found is one that says this. */
static void check_finds(const char *expected) {
    px_buffer lines;
    px_buffer_init(&lines, 1 << 16);
    int problems = -1;
    MUST(px_store_check(f.store, collect, &lines, &problems, &err));
    assert_non_null(lines.data);
    if (problems != 1 || !strstr((char *)lines.data, expected))
        fail_msg("expected \"%s\", got %d problems:\n%s", expected, problems, (char *)lines.data);
    px_buffer_clear(&lines);
}

static char found_path[256];

static int note_path(const char *path, const struct stat *about, int type, struct FTW *where) {
    (void)about, (void)where;
    if (type == FTW_F)
        snprintf(found_path, sizeof found_path, "%s", path);
    return 0;
}

/* The path of the one image there is. */
static const char *find_image(const char *folder) {
    char below[200];
    snprintf(below, sizeof below, "%s/blobs", folder);
    found_path[0] = '\0';
    nftw(below, note_path, 16, FTW_PHYS);
    assert_true(found_path[0] != '\0');
    return found_path;
}

static void write_over(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_TRUNC | O_CREAT, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (int)strlen(text));
    close(fd);
}

static void an_empty_store_is_clean(void **state) {
    (void)state;
    fixture_check_clean(f.store);
}

static void a_missing_image_is_found(void **state) {
    (void)state;
    fixture_add_xray(f.store, PX_USER_ANONYMOUS, "Jane Doe", "image");
    assert_int_equal(unlink(find_image(f.folder)), 0);
    check_finds("image 1 of X-ray 1: cannot open an image: No such file");
}

static void a_changed_image_is_found(void **state) {
    (void)state;
    fixture_add_xray(f.store, PX_USER_ANONYMOUS, "Jane Doe", "image");
    write_over(find_image(f.folder), "imagE");
    check_finds("image 1 of X-ray 1: an image's bytes are not those stored");
    write_over(find_image(f.folder), "imag");
    check_finds("image 1 of X-ray 1: an image has not the size stored");
    write_over(find_image(f.folder), "image");
    fixture_check_clean(f.store);
}

static void a_file_that_nobody_knows_is_found(void **state) {
    (void)state;
    fixture_add_xray(f.store, PX_USER_ANONYMOUS, "t", "image");
    char path[256];
    snprintf(path, sizeof path, "%s9", find_image(f.folder));
    write_over(path, "image");
    check_finds("no row knows this file");
    assert_int_equal(unlink(path), 0);
    write_over(scratch_path(&f.scratch, "blobs/notes.txt"), "x");
    check_finds("blobs/notes.txt: not a file of this store");
    assert_int_equal(unlink(scratch_path(&f.scratch, "blobs/notes.txt")), 0);
    assert_int_equal(mkdir(scratch_path(&f.scratch, "blobs/zz"), 0700), 0);
    check_finds("blobs/zz: not a file of this store");
}

static void an_image_of_another_xray_is_found(void **state) {
    (void)state;
    static const char *const exchange[] = {"UPDATE xrays SET sha256 = 'ff'"};
    fixture_add_xray(f.store, PX_USER_ANONYMOUS, "t", "image");
    fixture_run_sql(&f, exchange, 1);
    check_finds("image 1 of X-ray 1: it is not the image that was uploaded");
}

static void rows_that_do_not_agree_are_found(void **state) {
    (void)state;
    static const char *const lose[] = {"UPDATE blobs SET state = 'gone'"};
    static const char *const regain[] = {"UPDATE blobs SET state = 'kept'"};
    static const char *const orphan[] = {
        "INSERT INTO blobs (sha256, size, sealed, state, created) VALUES ('a', 1, 0, 'kept', 0)"};
    static const char *const estrange[] = {
        "DELETE FROM blobs WHERE sha256 = 'a'",
        "INSERT INTO users (username, username_key, password_hash, role, created)"
        " VALUES ('b', 'b', 'x', 0, 0)",
        "INSERT INTO idempotency_keys (user_id, idempotency_key, xray_id, created)"
        " VALUES (2, 'k', 1, 0)"};
    static const char *const reconcile[] = {
        "DELETE FROM idempotency_keys", "DROP TABLE xray_reviews",
        "CREATE TABLE xray_reviews (xray_id BIGINT, finding VARCHAR(9))",
        "INSERT INTO xray_reviews VALUES (1, 'edema')"};
    fixture_add_xray(f.store, PX_USER_ANONYMOUS, "t", "image");
    fixture_run_sql(&f, lose, 1);
    check_finds("database: 1 X-rays without a kept image");
    fixture_run_sql(&f, regain, 1);
    fixture_check_clean(f.store);
    fixture_run_sql(&f, orphan, 1);
    check_finds("image 2 of X-ray 0: kept, though it belongs to no X-ray");
    fixture_run_sql(&f, estrange, 3);
    check_finds("database: 1 idempotency keys without their X-ray");
    fixture_run_sql(&f, reconcile, 4);
    check_finds("database: 1 reviews without their finding");
}

static void a_broken_audit_trail_is_found(void **state) {
    (void)state;
    static const char *const forge[] = {
        "INSERT INTO audit VALUES (1, 0, 0, 0, 'xray.view', 'xray:1', 'r', 'b', 'h')"};
    fixture_run_sql(&f, forge, 1);
    check_finds("audit trail: entry 1 does not fit the one before it");
}

/* ---- Backup ---- */

static void open_copy(const char *folder, px_store **copy) {
    const px_store_options options = {.folder = folder, .connections = 2, .patience_ms = 10000};
    px_error err = {0};
    *copy = px_store_open(&options, &err);
    if (!*copy)
        fail_msg("%s: %s", err.subject, err.message);
}

static void a_backup_is_a_store_of_its_own(void **state) {
    (void)state;
    const char *target = scratch_path(&f.scratch, "copy");
    char folder[256];
    snprintf(folder, sizeof folder, "%s", target);
    if (f.database) {
        MUST_FAIL(px_store_backup(f.store, folder, &err), PX_ERR_UNSUPPORTED);
        return;
    }
    const int64_t u = fixture_add_user(f.store, "ada");
    int64_t ids[3];
    bool found;
    for (int i = 0; i < 3; i++)
        ids[i] = fixture_add_xray(f.store, u, "t", "image");
    static const char *const half_done[] = {
        "INSERT INTO blobs (sha256, size, sealed, state, created)"
        " VALUES ('aa', 1, 0, 'pending', 9000000000000000)"};
    fixture_run_sql(&f, half_done, 1);
    MUST(px_store_backup(f.store, folder, &err));
    /* What happens to the original does not touch the copy. */
    MUST(px_store_delete_xray(f.store, &tester, u, ids[0], &found, &err));
    MUST(px_store_delete_user(f.store, &tester, u, &err));
    assert_int_equal(fixture_count_files(&f, "blobs"), 0);
    px_store *copy;
    open_copy(folder, &copy);
    fixture_check_clean(copy);
    for (int i = 0; i < 3; i++)
        assert_true(fixture_has_image(copy, ids[i], "image"));
    assert_memory_equal(px_store_link_key(copy), px_store_link_key(f.store), 32);
    assert_true(fixture_add_xray(copy, u, "more", "new image") > ids[2]);
    fixture_check_clean(copy);
    px_store_close(copy);
    MUST_FAIL(px_store_backup(f.store, folder, &err), PX_ERR_IO);
    open_copy(folder, &copy);
    fixture_check_clean(copy);
    px_store_close(copy);
}

static void a_backup_that_fails_leaves_nothing(void **state) {
    (void)state;
    if (f.database)
        skip();
    char folder[256];
    snprintf(folder, sizeof folder, "%s", scratch_path(&f.scratch, "copy"));
    fixture_add_xray(f.store, PX_USER_ANONYMOUS, "t", "one");
    assert_int_equal(unlink(find_image(f.folder)), 0);
    fixture_add_xray(f.store, PX_USER_ANONYMOUS, "t", "two");
    MUST_FAIL(px_store_backup(f.store, folder, &err), PX_ERR_IO);
    assert_int_equal(fixture_count_files(&f, "copy"), 0);
    assert_int_equal(rmdir(folder), 0);
}

static void images_deleted_during_a_backup_stay_until_it_ends(void **state) {
    (void)state;
    const int64_t u = fixture_add_user(f.store, "ada"), id = fixture_add_xray(f.store, u, "t", "i");
    bool found;
    int hold;
    MUST((hold = px_blobs_hold_removal(px_store_blobs(f.store), &err)) >= 0);
    MUST(px_store_delete_xray(f.store, &tester, u, id, &found, &err));
    assert_true(found);
    assert_int_equal(fixture_count_files(&f, "blobs"), 1);
    fixture_check_clean(f.store);
    MUST(px_store_sweep(f.store, NULL, &err));
    assert_int_equal(fixture_count_files(&f, "blobs"), 1);
    fixture_close(&f);
    fixture_open(&f);
    close(hold);
    MUST(px_store_sweep(f.store, NULL, &err));
    assert_int_equal(fixture_count_files(&f, "blobs"), 0);
    assert_int_equal(fixture_ask_sql(&f, "SELECT count(*) FROM blobs"), 0);
}

/* ---- Encryption ---- */

static px_store *open_with_key(const char *key_file) {
    px_error err = {0};
    px_store_options options = fixture_options(&f);
    options.key_file = key_file;
    px_store *store = px_store_open(&options, &err);
    if (!store)
        fail_msg("%s: %s", err.subject, err.message);
    return store;
}

static void encrypted_images_are_checked_too(void **state) {
    (void)state;
    char key[256], other[256];
    snprintf(key, sizeof key, "%s", scratch_path(&f.scratch, "key"));
    snprintf(other, sizeof other, "%s", scratch_path(&f.scratch, "other"));
    write_over(key, "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n");
    write_over(other, "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n");
    const int64_t plain = fixture_add_xray(f.store, PX_USER_ANONYMOUS, "t", "before the key");
    fixture_close(&f);
    /* While nothing is encrypted, another key is as good. */
    px_store_close(open_with_key(other));
    f.store = open_with_key(key);
    const int64_t sealed = fixture_add_xray(f.store, PX_USER_ANONYMOUS, "t", "with the key");
    assert_true(fixture_has_image(f.store, plain, "before the key"));
    assert_true(fixture_has_image(f.store, sealed, "with the key"));
    fixture_check_clean(f.store);
    fixture_close(&f);
    px_store_options options = fixture_options(&f);
    options.key_file = other;
    MUST_FAIL(px_store_open(&options, &err), PX_ERR_INPUT);
    options.beside = true;
    MUST_FAIL(px_store_open(&options, &err), PX_ERR_INPUT);
    fixture_open(&f);
    check_finds("image 2 of X-ray 2: an image is encrypted, and no key is given");
    fixture_close(&f);
    f.store = open_with_key(key);
    fixture_check_clean(f.store);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        STORE_TEST(an_empty_store_is_clean),
        STORE_TEST(a_missing_image_is_found),
        STORE_TEST(a_changed_image_is_found),
        STORE_TEST(a_file_that_nobody_knows_is_found),
        STORE_TEST(an_image_of_another_xray_is_found),
        STORE_TEST(rows_that_do_not_agree_are_found),
        STORE_TEST(a_broken_audit_trail_is_found),
        STORE_TEST(a_backup_is_a_store_of_its_own),
        STORE_TEST(a_backup_that_fails_leaves_nothing),
        STORE_TEST(images_deleted_during_a_backup_stay_until_it_ends),
        STORE_TEST(encrypted_images_are_checked_too)};
    return cmocka_run_group_tests_name("store_check", tests, NULL, NULL);
}
