/* SQLite's file: its mode, damage, a full disk, other programs, backups. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../src/base/buffer.h"
#include "../src/base/file.h"
#include "scratch_database.h"
#include "sql_steps.h"

static scratch_database scratch;
static px_sql *sql;

static int set_up(void **state) {
    (void)state;
    scratch_make(&scratch);
    sql = sql_open(scratch.url, 4, 2000);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    px_sql_close(sql);
    sql = NULL;
    scratch_remove(&scratch);
    return 0;
}

static px_error_code try_to_open(const char *url, px_error *err) {
    const px_sql_options options = {url, 1, 200};
    *err = (px_error){0};
    px_sql *opened = px_sql_open(&options, err);
    px_sql_close(opened);
    assert_true((opened != NULL) == (err->code == PX_OK));
    assert_true(opened || err->message[0] != '\0');
    return err->code;
}

static void add_settings(int from, int count, size_t size) {
    px_sql_link *link = sql_begin(sql, PX_SQL_WRITE);
    char *bytes = test_calloc(1, size);
    for (int i = from; i < from + count; i++) {
        char name[16];
        snprintf(name, sizeof name, "%d", i);
        const px_sql_value values[] = {px_sql_text(name), px_sql_bytes(bytes, size)};
        sql_run(link, "INSERT INTO settings (name, value) VALUES ($1, $2)", values, 2);
    }
    test_free(bytes);
    sql_commit(link);
}

static void check_private(const char *name) {
    struct stat status;
    if (stat(scratch_path(&scratch, name), &status) != 0)
        fail_msg("%s is not there", name);
    assert_int_equal(status.st_mode & 0777, 0600);
}

static void its_files_are_private(void **state) {
    (void)state;
    px_sql_close(sql);
    unlink(scratch_path(&scratch, "perxeptron.db"));
    const mode_t mask = umask(0);
    sql = sql_open(scratch.url, 1, 100);
    add_settings(0, 1, 10);
    umask(mask);
    check_private("perxeptron.db");
    check_private("perxeptron.db-wal");
    check_private("perxeptron.db-shm");
}

/* What SQLite would take for a database in memory, or for a URI. */
static void special_names_are_files(void **state) {
    (void)state;
    static const char *const names[] = {":memory:", "file:x?mode=memory", "a b'\"%"};
    char before[400];
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(scratch.folder), 0);
    for (int i = 0; i < 3; i++) {
        char url[100];
        snprintf(url, sizeof url, "sqlite:%s", names[i]);
        px_error err;
        assert_int_equal(try_to_open(url, &err), PX_OK);
        assert_int_equal(access(names[i], F_OK), 0);
    }
    assert_int_equal(chdir(before), 0);
}

static void read_database(px_buffer *content) {
    px_buffer_init(content, 1 << 24);
    px_error err = {0};
    assert_true(px_file_read(scratch_path(&scratch, "perxeptron.db"), content, &err));
}

static void open_content(const void *bytes, size_t size, const char *what, bool may_open) {
    px_error err = {0};
    assert_true(px_file_write(scratch_path(&scratch, "damaged.db"), bytes, size, &err));
    char url[200];
    snprintf(url, sizeof url, "sqlite:%s", scratch_path(&scratch, "damaged.db"));
    const px_error_code code = try_to_open(url, &err);
    if (code != PX_ERR_INPUT && !(may_open && code == PX_OK))
        fail_msg("%s: %s: %s", what, px_error_code_name(code), err.message);
    if (code == PX_ERR_INPUT)
        assert_non_null(strstr(err.message, "damaged"));
    unlink(scratch_path(&scratch, "damaged.db-wal"));
    unlink(scratch_path(&scratch, "damaged.db-shm"));
}

static void a_damaged_file_is_refused(void **state) {
    (void)state;
    add_settings(0, 200, 300);
    px_sql_close(sql);
    sql = NULL;
    px_buffer content;
    read_database(&content);
    open_content("This is a text, and no database at all.", 39, "text", false);
    for (size_t i = 1; i < 16; i++)
        open_content(content.data, content.size * i / 16, "cut short", false);
    unsigned char *damaged = test_malloc(content.size);
    for (size_t i = 0; i < 16; i++) {
        memcpy(damaged, content.data, content.size);
        memset(damaged + content.size / 16 * i, 0xa5, content.size / 16);
        open_content(damaged, content.size, "overwritten", false);
    }
    for (size_t i = 0; i < 100; i++) { /* a byte of the header: not all of them matter */
        memcpy(damaged, content.data, content.size);
        damaged[i] ^= 0xff;
        px_error err = {0};
        assert_true(
            px_file_write(scratch_path(&scratch, "damaged.db"), damaged, content.size, &err));
        char url[200];
        snprintf(url, sizeof url, "sqlite:%s", scratch_path(&scratch, "damaged.db"));
        try_to_open(url, &err);
    }
    open_content(content.data, content.size, "whole", true);
    test_free(damaged);
    px_buffer_clear(&content);
}

static void an_empty_file_becomes_a_database(void **state) {
    (void)state;
    open_content("", 0, "empty", true);
}

/* Root may write everywhere: the test goes on as a user who may not. */
static void a_file_that_cannot_be_written_is_refused(void **state) {
    (void)state;
    px_sql_close(sql);
    sql = NULL;
    chmod(scratch_path(&scratch, "perxeptron.db"), 0444);
    chmod(scratch.folder, 0555);
    const bool root = geteuid() == 0;
    assert_int_equal(root ? seteuid(65534) : 0, 0);
    px_error err;
    const px_error_code code = try_to_open(scratch.url, &err);
    char url[200];
    snprintf(url, sizeof url, "sqlite:%s", scratch_path(&scratch, "new.db"));
    px_error other;
    const px_error_code other_code = try_to_open(url, &other);
    assert_int_equal(root ? seteuid(0) : 0, 0);
    chmod(scratch.folder, 0700);
    assert_int_equal(code, PX_ERR_IO);
    assert_string_equal(err.subject, scratch_path(&scratch, "perxeptron.db"));
    assert_int_equal(other_code, PX_ERR_IO);
    assert_int_equal(try_to_open("sqlite:/nowhere/at/all.db", &err), PX_ERR_IO);
    snprintf(url, sizeof url, "sqlite:%s", scratch.folder);
    assert_int_equal(try_to_open(url, &err), PX_ERR_IO);
}

static void limit_files(rlim_t bytes) {
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static bool add_large(px_error *err) {
    px_sql_link *link = px_sql_begin(sql, PX_SQL_WRITE, err);
    const size_t size = 1 << 20;
    char *bytes = test_calloc(1, size);
    const px_sql_value value = px_sql_bytes(bytes, size);
    const bool ok =
        link && px_sql_run(link, "INSERT INTO settings VALUES ('large', $1)", &value, 1, NULL, err);
    test_free(bytes);
    if (ok)
        return px_sql_commit(link, err);
    px_sql_rollback(link);
    return false;
}

static void a_full_disk_loses_nothing_and_passes(void **state) {
    (void)state;
    add_settings(0, 5, 10);
    signal(SIGXFSZ, SIG_IGN);
    for (rlim_t room = 0; room < 1 << 20; room = 4 * room + 4096) {
        struct stat status;
        assert_int_equal(stat(scratch_path(&scratch, "perxeptron.db-wal"), &status), 0);
        limit_files((rlim_t)status.st_size + room);
        px_error err = {0};
        const bool ok = add_large(&err);
        limit_files(RLIM_INFINITY);
        assert_false(ok);
        assert_int_equal(err.code, PX_ERR_IO);
        assert_int_equal(sql_ask_alone(sql, "SELECT COUNT(*) FROM settings"), 5);
    }
    px_error err = {0};
    assert_true(add_large(&err));
    px_sql_close(sql);
    sql = sql_open(scratch.url, 1, 100);
    assert_int_equal(sql_ask_alone(sql, "SELECT COUNT(*) FROM settings"), 6);
}

static void memory_that_sqlite_lacks_is_said_so(void **state) {
    (void)state;
    int failures = 0;
    for (int64_t room = 0; room < 1 << 21; room += room / 2 + 1000) {
        sqlite3_hard_heap_limit64(sqlite3_memory_used() + room);
        px_error err = {0};
        const bool ok = add_large(&err);
        sqlite3_hard_heap_limit64(0);
        assert_int_equal(err.code, ok ? PX_OK : PX_ERR_MEMORY);
        failures += !ok;
        sql_run_alone(sql, "DELETE FROM settings");
    }
    assert_in_range(failures, 3, 20);
    px_error err = {0};
    assert_true(add_large(&err));
}

static void another_program_is_waited_for(void **state) {
    (void)state;
    px_sql_close(sql);
    sql = sql_open(scratch.url, 1, 100);
    sqlite3 *other = NULL;
    assert_int_equal(sqlite3_open(scratch_path(&scratch, "perxeptron.db"), &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    px_error err = {0};
    assert_null(px_sql_begin(sql, PX_SQL_WRITE, &err));
    assert_int_equal(err.code, PX_ERR_BUSY);
    assert_true(px_sql_ping(sql, NULL)); /* readers are not kept waiting */
    assert_int_equal(sqlite3_exec(other, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(other);
    add_settings(0, 1, 1);
}

/* Functions and views that a stranger put into the file do not run. */
static void the_file_is_not_trusted(void **state) {
    (void)state;
    px_sql_link *link = sql_begin(sql, PX_SQL_WRITE);
    assert_int_equal(sql_ask(link, "PRAGMA trusted_schema"), 0);
    assert_int_equal(sql_ask(link, "PRAGMA foreign_keys"), 1);
    assert_int_equal(sql_ask(link, "PRAGMA secure_delete"), 1);
    px_error err = {0};
    assert_false(px_sql_run(link, "ATTACH 'other.db' AS other", NULL, 0, NULL, &err));
    px_sql_rollback(link);
    link = sql_begin(sql, PX_SQL_WRITE);
    sql_run(link, "PRAGMA writable_schema = ON", NULL, 0);
    assert_false(px_sql_run(link, "DELETE FROM sqlite_schema", NULL, 0, NULL, NULL));
    px_sql_rollback(link);
}

static atomic_bool stop;

static void *write_on(void *context) {
    (void)context;
    for (int i = 1000; !atomic_load(&stop); i += 2)
        add_settings(i, 2, 3000); /* both or none are in a backup */
    return NULL;
}

/* Each transaction begins before the one before it ends. */
static void *read_without_pause(void *context) {
    (void)context;
    px_sql_link *reader = sql_begin(sql, PX_SQL_READ);
    sql_ask(reader, "SELECT COUNT(*) FROM settings");
    while (!atomic_load(&stop)) {
        px_sql_link *next = sql_begin(sql, PX_SQL_READ);
        sql_ask(next, "SELECT COUNT(*) FROM settings");
        sql_commit(reader);
        reader = next;
        usleep(500);
    }
    sql_commit(reader);
    return NULL;
}

/* Some reader looks into the WAL at every moment; it is begun again all the same. */
static void the_wal_stays_short_under_readers(void **state) {
    (void)state;
    atomic_store(&stop, false);
    pthread_t reader;
    assert_int_equal(pthread_create(&reader, NULL, read_without_pause, NULL), 0);
    for (int i = 0; i < 80; i++) {
        px_error err = {0};
        assert_true(add_large(&err));
        sql_run_alone(sql, "DELETE FROM settings");
    }
    atomic_store(&stop, true);
    pthread_join(reader, NULL);
    struct stat status;
    assert_int_equal(stat(scratch_path(&scratch, "perxeptron.db-wal"), &status), 0);
    assert_in_range(status.st_size, 1, 64 << 20);
}

static void a_backup_is_one_moment_of_a_database_in_use(void **state) {
    (void)state;
    add_settings(0, 100, 3000);
    atomic_store(&stop, false);
    pthread_t writer;
    assert_int_equal(pthread_create(&writer, NULL, write_on, NULL), 0);
    static const char *const names[] = {"a.db", "b.db", "c.db"};
    px_error err = {0};
    for (int i = 0; i < 3; i++) {
        if (!px_sql_backup(sql, scratch_path(&scratch, names[i]), &err))
            fail_msg("%s", err.message);
    }
    atomic_store(&stop, true);
    pthread_join(writer, NULL);
    for (int i = 0; i < 3; i++) {
        check_private(names[i]);
        char url[200];
        snprintf(url, sizeof url, "sqlite:%s", scratch_path(&scratch, names[i]));
        px_sql *copy = sql_open(url, 1, 100);
        const int64_t count = sql_ask_alone(copy, "SELECT COUNT(*) FROM settings");
        assert_true(count >= 100 && count % 2 == 0);
        assert_int_equal(sql_ask_alone(copy, "SELECT COUNT(*) FROM users"), 1);
        px_sql_close(copy);
    }
}

static void a_backup_takes_the_place_of_nothing(void **state) {
    (void)state;
    px_error err = {0};
    assert_false(px_sql_backup(sql, scratch_path(&scratch, "perxeptron.db"), &err));
    assert_int_equal(err.code, PX_ERR_IO);
    assert_true(px_sql_ping(sql, NULL));
    err = (px_error){0};
    assert_false(px_sql_backup(sql, scratch_path(&scratch, "no/folder.db"), &err));
    assert_int_equal(err.code, PX_ERR_IO);
    add_settings(0, 100, 3000);
    signal(SIGXFSZ, SIG_IGN);
    limit_files(65536);
    err = (px_error){0};
    const bool ok = px_sql_backup(sql, scratch_path(&scratch, "full.db"), &err);
    limit_files(RLIM_INFINITY);
    assert_false(ok);
    assert_int_equal(err.code, PX_ERR_IO);
    assert_int_not_equal(access(scratch_path(&scratch, "full.db"), F_OK), 0);
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(its_files_are_private),
        CASE(special_names_are_files),
        CASE(a_damaged_file_is_refused),
        CASE(an_empty_file_becomes_a_database),
        CASE(a_file_that_cannot_be_written_is_refused),
        CASE(a_full_disk_loses_nothing_and_passes),
        CASE(memory_that_sqlite_lacks_is_said_so),
        CASE(another_program_is_waited_for),
        CASE(the_file_is_not_trusted),
        CASE(the_wal_stays_short_under_readers),
        CASE(a_backup_is_one_moment_of_a_database_in_use),
        CASE(a_backup_takes_the_place_of_nothing),
    };
    return cmocka_run_group_tests_name("sqlite", tests, NULL, NULL);
}
