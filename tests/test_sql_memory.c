/* Each allocation of the database's front and drivers fails once: nothing is lost but the call. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>

#include "failing_memory.h"
#include "scratch_database.h"
#include "sql_steps.h"

static scratch_database scratch;

static int set_up(void **state) {
    (void)state;
    scratch_make(&scratch);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    scratch_remove(&scratch);
    return 0;
}

static bool write_and_read(px_sql_link *link, px_error *err) {
    const px_sql_value values[] = {px_sql_text("a"), px_sql_bytes("\0", 1)};
    if (!px_sql_lock(link, 1, err) ||
        !px_sql_run(link,
                    "INSERT INTO settings (name, value) VALUES ($1, $2)"
                    " ON CONFLICT (name) DO NOTHING",
                    values, 2, NULL, err))
        return false;
    px_sql_rows *rows =
        px_sql_query(link, "SELECT value FROM settings WHERE name = $1", values, 1, err);
    const bool ok = px_sql_next(rows, err);
    px_sql_rows_free(rows);
    return ok;
}

static bool use_once(px_sql *sql, px_error *err) {
    px_sql_link *link = px_sql_begin(sql, PX_SQL_WRITE, err);
    if (link && write_and_read(link, err))
        return px_sql_commit(link, err);
    px_sql_rollback(link);
    return false;
}

static bool open_and_use(px_error *err) {
    const px_sql_options options = {scratch.url, 2, 5000};
    px_sql *sql = px_sql_open(&options, err);
    const bool ok = sql && use_once(sql, err) && px_sql_ping(sql, err);
    px_sql_close(sql);
    return ok;
}

static void a_new_database_survives_every_failure(void **state) {
    (void)state;
    exhaust(open_and_use, 10);
    px_sql *sql = sql_open(scratch.url, 1, 1000);
    assert_int_equal(sql_ask_alone(sql, "SELECT COUNT(*) FROM settings"), 1);
    px_sql_close(sql);
}

static bool back_up(px_error *err) {
    static int count;
    char name[20];
    snprintf(name, sizeof name, "copy%d", count++);
    const px_sql_options options = {scratch.url, 2, 5000};
    px_sql *sql = px_sql_open(&options, err);
    const bool ok = sql && px_sql_backup(sql, scratch_path(&scratch, name), err);
    px_sql_close(sql);
    return ok;
}

static void a_backup_survives_every_failure(void **state) {
    (void)state;
    if (scratch_is_postgres())
        skip();
    exhaust(back_up, 10);
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(a_new_database_survives_every_failure),
        CASE(a_backup_survives_every_failure),
    };
    return cmocka_run_group_tests_name("sql_memory", tests, NULL, NULL);
}
