/* PostgreSQL's server: lost, stopped, killed and back again. Needs postgres.sh. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "scratch_database.h"
#include "sql_steps.h"

static scratch_database scratch;
static px_sql *sql;

static int set_up(void **state) {
    (void)state;
    scratch_make(&scratch);
    sql = sql_open(scratch.url, 4, 300);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    px_sql_close(sql);
    sql = NULL;
    scratch_remove(&scratch);
    return 0;
}

/* "stop", "start" or "kill". */
static void control(const char *what) {
    char command[300];
    snprintf(command, sizeof command, "%s %s >/dev/null 2>&1",
             getenv("PERXEPTRON_TEST_POSTGRES_CONTROL"), what);
    assert_int_equal(system(command), 0);
}

static void end_connections(void) {
    char text[200];
    snprintf(text, sizeof text,
             "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '%s'",
             scratch.name);
    scratch_run_on_server(text);
}

static void connections_lost_while_idle_are_replaced(void **state) {
    (void)state;
    px_sql_link *links[4];
    for (int i = 0; i < 4; i++)
        links[i] = sql_begin(sql, PX_SQL_READ);
    for (int i = 0; i < 4; i++)
        sql_commit(links[i]);
    end_connections();
    for (int i = 0; i < 8; i++)
        sql_run_alone(sql, "INSERT INTO settings VALUES ('a', '') ON CONFLICT DO NOTHING");
    assert_int_equal(sql_ask_alone(sql, "SELECT COUNT(*) FROM settings"), 1);
}

static void a_transaction_of_a_lost_connection_is_busy_and_undone(void **state) {
    (void)state;
    px_sql_link *link = sql_begin(sql, PX_SQL_WRITE);
    sql_run(link, "INSERT INTO settings VALUES ('a', '')", NULL, 0);
    px_sql_link *other = sql_begin(sql, PX_SQL_WRITE);
    sql_run(other, "INSERT INTO settings VALUES ('b', '')", NULL, 0);
    end_connections();
    px_error err = {0};
    assert_false(px_sql_run(link, "INSERT INTO settings VALUES ('c', '')", NULL, 0, NULL, &err));
    assert_int_equal(err.code, PX_ERR_BUSY);
    px_sql_rollback(link);
    err = (px_error){0};
    assert_false(px_sql_commit(other, &err));
    assert_int_equal(err.code, PX_ERR_BUSY);
    assert_int_equal(sql_ask_alone(sql, "SELECT COUNT(*) FROM settings"), 0);
}

static void check_away(void) {
    for (int i = 0; i < 6; i++) { /* more often than there are connections */
        px_error err = {0};
        assert_null(px_sql_begin(sql, PX_SQL_WRITE, &err));
        assert_int_equal(err.code, PX_ERR_BUSY);
        assert_null(strstr(err.message, scratch.folder));
        assert_null(strstr(err.message, "//"));
    }
    assert_false(px_sql_ping(sql, NULL));
}

static void a_server_that_is_away_is_busy_until_it_is_back(void **state) {
    (void)state;
    static const char *const ways[] = {"stop", "kill"};
    sql_run_alone(sql, "INSERT INTO settings VALUES ('kept', '')");
    for (int i = 0; i < 2; i++) {
        px_sql_link *link = sql_begin(sql, PX_SQL_WRITE);
        sql_run(link, "INSERT INTO settings VALUES ('a', '')", NULL, 0);
        control(ways[i]);
        px_error err = {0};
        assert_false(px_sql_commit(link, &err));
        assert_int_equal(err.code, PX_ERR_BUSY);
        check_away();
        const px_sql_options options = {scratch.url, 1, 300};
        err = (px_error){0};
        assert_null(px_sql_open(&options, &err));
        assert_int_equal(err.code, PX_ERR_IO);
        control("start");
        assert_int_equal(sql_ask_alone(sql, "SELECT COUNT(*) FROM settings"), 1);
    }
}

static void *start_later(void *context) {
    (void)context;
    const struct timespec while_away = {.tv_nsec = 300000000};
    nanosleep(&while_away, NULL);
    control("start");
    return NULL;
}

static void patience_outlasts_a_restart(void **state) {
    (void)state;
    px_sql_close(sql);
    sql = sql_open(scratch.url, 2, 60000);
    control("kill");
    pthread_t starter;
    assert_int_equal(pthread_create(&starter, NULL, start_later, NULL), 0);
    assert_int_equal(sql_ask_alone(sql, "SELECT COUNT(*) FROM users"), 1);
    pthread_join(starter, NULL);
}

static void more_connections_than_the_server_has_are_busy(void **state) {
    (void)state;
    px_sql_close(sql);
    sql = sql_open(scratch.url, 60, 100);
    px_sql_link *links[60];
    int n = 0;
    px_error err = {0};
    while (n < 60 && (links[n] = px_sql_begin(sql, PX_SQL_READ, &err)))
        n++;
    assert_in_range(n, 10, 59);
    assert_int_equal(err.code, PX_ERR_BUSY);
    while (n > 0)
        sql_commit(links[--n]);
    assert_true(px_sql_ping(sql, NULL));
}

static void types_that_are_not_read_are_refused(void **state) {
    (void)state;
    px_sql_link *link = sql_begin(sql, PX_SQL_READ);
    px_error err = {0};
    assert_null(px_sql_query(link, "SELECT SUM(id) AS total FROM users", NULL, 0, &err));
    assert_int_equal(err.code, PX_ERR_UNSUPPORTED);
    assert_non_null(strstr(err.message, "total"));
    px_sql_rollback(link);
    link = sql_begin(sql, PX_SQL_READ);
    err = (px_error){0};
    px_sql_rows *rows = px_sql_query(link,
                                     "SELECT true, CAST(-7 AS SMALLINT), CAST(-7 AS INTEGER),"
                                     " CAST(-0.5 AS REAL), CAST('x' AS VARCHAR), pg_sleep(0)",
                                     NULL, 0, &err);
    assert_true(px_sql_next(rows, &err));
    assert_int_equal(px_sql_get_int(rows, 0), 1);
    assert_int_equal(px_sql_get_int(rows, 1), -7);
    assert_int_equal(px_sql_get_int(rows, 2), -7);
    assert_true(px_sql_get_real(rows, 3) == -0.5);
    assert_string_equal(px_sql_get_text(rows, 4), "x");
    assert_true(px_sql_is_null(rows, 5));
    px_sql_rows_free(rows);
    sql_commit(link);
}

static void refuse_to_open(const char *name, px_error_code code) {
    char url[500];
    snprintf(url, sizeof url, "%s&password=secret&dbname=%s", scratch.url, name);
    const px_sql_options options = {url, 1, 100};
    px_error err = {0};
    assert_null(px_sql_open(&options, &err));
    if (err.code != code)
        fail_msg("%s: %s: %s", name, px_error_code_name(err.code), err.message);
    assert_null(strstr(err.message, "secret"));
}

static void other_databases_are_refused(void **state) {
    (void)state;
    scratch_run_on_server("CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'");
    refuse_to_open("latin", PX_ERR_UNSUPPORTED);
    scratch_run_on_server("DROP DATABASE latin WITH (FORCE)");
    refuse_to_open("not_there", PX_ERR_IO);
    px_error err = {0};
    assert_false(px_sql_backup(sql, scratch_path(&scratch, "backup"), &err));
    assert_int_equal(err.code, PX_ERR_UNSUPPORTED);
}

static void set_default(const char *setting) {
    char text[200];
    snprintf(text, sizeof text, "ALTER DATABASE %s SET %s", scratch.name, setting);
    scratch_run_on_server(text);
    end_connections();
}

static void a_commit_is_on_disk_whatever_the_default(void **state) {
    (void)state;
    set_default("synchronous_commit = off");
    px_sql_link *link = sql_begin(sql, PX_SQL_WRITE);
    assert_int_equal(sql_ask(link, "SELECT CASE current_setting('synchronous_commit')"
                                   " WHEN 'on' THEN 1 ELSE 0 END"),
                     1);
    sql_commit(link);
}

/* What a server that only mirrors another answers. */
static void a_server_that_may_not_be_written_is_said_so(void **state) {
    (void)state;
    set_default("default_transaction_read_only = on");
    px_sql_link *link = sql_begin(sql, PX_SQL_WRITE);
    px_error err = {0};
    assert_false(px_sql_run(link, "DELETE FROM settings", NULL, 0, NULL, &err));
    assert_int_equal(err.code, PX_ERR_IO);
    px_sql_rollback(link);
    assert_true(px_sql_ping(sql, NULL));
}

int main(void) {
    if (!scratch_is_postgres()) {
        print_message("run this through postgres.sh\n");
        return 77;
    }
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(connections_lost_while_idle_are_replaced),
        CASE(a_transaction_of_a_lost_connection_is_busy_and_undone),
        CASE(a_server_that_is_away_is_busy_until_it_is_back),
        CASE(patience_outlasts_a_restart),
        CASE(more_connections_than_the_server_has_are_busy),
        CASE(types_that_are_not_read_are_refused),
        CASE(other_databases_are_refused),
        CASE(a_commit_is_on_disk_whatever_the_default),
        CASE(a_server_that_may_not_be_written_is_said_so),
    };
    return cmocka_run_group_tests_name("postgres", tests, NULL, NULL);
}
