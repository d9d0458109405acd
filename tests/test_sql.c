/* The database as the store meets it: the same on SQLite and on PostgreSQL. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../src/base/clock.h"
#include "../src/store/migrations.h"
#include "../src/store/sql.h"
#include "../src/store/turns.h"
#include "scratch_database.h"
#include "sql_steps.h"

static scratch_database scratch;
static px_sql *sql;

/* A statement that must fail with a code; the transaction that it was in is undone. */
static px_error refuse(const char *text, const px_sql_value *values, int n_values,
                       px_error_code code) {
    px_sql_link *link = sql_begin(sql, PX_SQL_WRITE);
    px_error err = {0};
    if (px_sql_run(link, text, values, n_values, NULL, &err))
        fail_msg("not refused: %s", text);
    if (err.code != code)
        fail_msg("%s: %s: %s", text, px_error_code_name(err.code), err.message);
    px_sql_rollback(link);
    return err;
}

static int set_up(void **state) {
    (void)state;
    scratch_make(&scratch);
    sql = sql_open(scratch.url, 8, 5000);
    sql_run_alone(
        sql, scratch_is_postgres()
                 ? "CREATE TABLE t (id BIGINT PRIMARY KEY, r DOUBLE PRECISION, s TEXT, b BYTEA)"
                 : "CREATE TABLE t (id INTEGER PRIMARY KEY, r REAL, s TEXT, b BLOB) STRICT");
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    px_sql_close(sql);
    sql = NULL;
    scratch_remove(&scratch);
    return 0;
}

/* ---- Values ---- */

static const char insert[] = "INSERT INTO t (id, r, s, b) VALUES ($1, $2, $3, $4)";

static void add_row(int64_t id, px_sql_value real, px_sql_value text, px_sql_value bytes) {
    const px_sql_value values[] = {px_sql_int(id), real, text, bytes};
    px_sql_link *link = sql_begin(sql, PX_SQL_WRITE);
    assert_int_equal(sql_run(link, insert, values, 4), 1);
    sql_commit(link);
}

static void values_come_back_as_they_were(void **state) {
    (void)state;
    static const int64_t integers[] = {INT64_MIN, -1, 0, 1, 4294967296, INT64_MAX};
    static const double reals[] = {0.1, -3.0, 5e-324, 1.7976931348623157e308, -INFINITY, 1.0 / 3};
    static const char *const texts[] = {"",
                                        "a",
                                        "\xc3\xbc \xe2\x82\xac \xf0\x9f\xab\x80",
                                        "'; DROP TABLE t; --",
                                        "line\nline\t\x01",
                                        "%_\\"};
    static const char bytes[] = "\0\xff\x80\0'\\";
    for (int i = 0; i < 6; i++) {
        add_row(integers[i], px_sql_real(reals[i]), px_sql_text(texts[i]),
                px_sql_bytes(bytes, (size_t)i));
        px_sql_link *link = sql_begin(sql, PX_SQL_READ);
        const px_sql_value id = px_sql_int(integers[i]);
        px_error err = {0};
        px_sql_rows *rows =
            px_sql_query(link, "SELECT id, r, s, b FROM t WHERE id = $1", &id, 1, &err);
        assert_true(px_sql_next(rows, &err));
        assert_true(px_sql_get_int(rows, 0) == integers[i]);
        const double real = px_sql_get_real(rows, 1);
        assert_memory_equal(&real, &reals[i], sizeof real);
        assert_string_equal(px_sql_get_text(rows, 2), texts[i]);
        size_t size = 99;
        const void *given = px_sql_get_bytes(rows, 3, &size);
        assert_non_null(given);
        assert_int_equal(size, i);
        assert_memory_equal(given, bytes, size);
        assert_false(px_sql_next(rows, &err));
        assert_int_equal(err.code, PX_OK);
        px_sql_rows_free(rows);
        sql_commit(link);
    }
}

static void nulls_are_nulls_and_other_columns_nothing(void **state) {
    (void)state;
    add_row(1, px_sql_null(), px_sql_text(NULL), px_sql_null());
    add_row(2, px_sql_real(2), px_sql_text("2"), px_sql_bytes(NULL, 0));
    px_sql_link *link = sql_begin(sql, PX_SQL_READ);
    px_error err = {0};
    px_sql_rows *rows = px_sql_query(link, "SELECT r, s, b FROM t ORDER BY id", NULL, 0, &err);
    assert_true(px_sql_is_null(rows, 0)); /* before the first row */
    assert_true(px_sql_next(rows, &err));
    size_t size;
    for (int column = 0; column < 3; column++)
        assert_true(px_sql_is_null(rows, column));
    assert_true(px_sql_get_real(rows, 0) == 0);
    assert_null(px_sql_get_text(rows, 1));
    assert_null(px_sql_get_bytes(rows, 2, &size));
    assert_int_equal(size, 0);
    assert_true(px_sql_next(rows, &err));
    for (int column = 0; column < 3; column++)
        assert_false(px_sql_is_null(rows, column));
    assert_true(px_sql_is_null(rows, 3));
    assert_true(px_sql_is_null(rows, -1));
    assert_int_equal(px_sql_get_int(rows, 1), 0);
    assert_null(px_sql_get_text(rows, 0));
    assert_false(px_sql_next(rows, &err));
    assert_false(px_sql_next(rows, &err));
    assert_true(px_sql_is_null(rows, 0)); /* behind the last */
    px_sql_rows_free(rows);
    sql_commit(link);
}

static void values_that_cannot_be_are_refused(void **state) {
    (void)state;
    static const char *const broken[] = {
        "\x80",     "a\xff", "\xc0\x80",        "\xed\xa0\x80", "\xf4\x90\x80\x80",
        "\xe2\x82", "\xc3",  "\xf0\x8f\xbf\xbf"};
    px_sql_value values[70] = {px_sql_int(1), px_sql_real(1)};
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        values[2] = px_sql_text(broken[i]);
        refuse(insert, values, 4, PX_ERR_INPUT);
    }
    values[2] = px_sql_null();
    refuse(insert, values, 70, PX_ERR_USAGE);
    values[0] = px_sql_text("secret");
    px_error err =
        refuse("INSERT INTO t (id) VALUES (CAST(NULL AS BIGINT)), (1), (1)", NULL, 0, PX_ERR_INPUT);
    assert_null(strstr(err.message, "secret"));
    add_row(1, px_sql_null(), px_sql_text("known"), px_sql_null());
    values[0] = px_sql_int(1);
    values[2] = px_sql_text("secret");
    err = refuse(insert, values, 4, PX_ERR_INPUT);
    assert_null(strstr(err.message, "secret"));
    assert_int_equal(sql_ask_alone(sql, "SELECT COUNT(*) FROM t"), 1);
}

static void wrong_statements_are_refused(void **state) {
    (void)state;
    static const char *const wrong[] = {"", "SELEKT 1", "SELECT 1; SELECT 2",
                                        "SELECT * FROM nothing", "SELECT $1"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        px_sql_link *link = sql_begin(sql, PX_SQL_READ);
        px_error err = {0};
        assert_null(px_sql_query(link, wrong[i], NULL, 0, &err));
        assert_true(err.code == PX_ERR_IO || err.code == PX_ERR_USAGE);
        assert_true(err.message[0] != '\0');
        px_sql_rollback(link);
    }
}

/* ---- Transactions ---- */

static void a_transaction_is_kept_or_undone_whole(void **state) {
    (void)state;
    px_sql_link *link = sql_begin(sql, PX_SQL_WRITE);
    sql_run(link, "INSERT INTO t (id) VALUES (1)", NULL, 0);
    sql_run(link, "INSERT INTO t (id) VALUES (2)", NULL, 0);
    px_sql_rollback(link);
    px_sql_rollback(NULL);
    assert_int_equal(sql_ask_alone(sql, "SELECT COUNT(*) FROM t"), 0);
    link = sql_begin(sql, PX_SQL_WRITE_RELAXED);
    assert_int_equal(sql_run(link, "INSERT INTO t (id) VALUES (1), (2), (3)", NULL, 0), 3);
    assert_int_equal(sql_run(link, "UPDATE t SET r = 1 WHERE id > 1", NULL, 0), 2);
    assert_int_equal(sql_run(link, "DELETE FROM t WHERE id > 5", NULL, 0), 0);
    sql_commit(link);
    assert_int_equal(sql_ask_alone(sql, "SELECT COUNT(*) FROM t WHERE r = 1"), 2);
}

static void what_failed_commits_nothing(void **state) {
    (void)state;
    px_sql_link *link = sql_begin(sql, PX_SQL_WRITE);
    sql_run(link, "INSERT INTO t (id) VALUES (1)", NULL, 0);
    px_error err = {0};
    assert_false(px_sql_run(link, "INSERT INTO t (id) VALUES (1)", NULL, 0, NULL, &err));
    assert_int_equal(err.code, PX_ERR_INPUT);
    err = (px_error){0};
    assert_false(px_sql_run(link, "INSERT INTO t (id) VALUES (2)", NULL, 0, NULL, &err));
    assert_int_equal(err.code, PX_ERR_IO);
    err = (px_error){0};
    assert_false(px_sql_commit(link, &err));
    assert_int_equal(err.code, PX_ERR_IO);
    assert_int_equal(sql_ask_alone(sql, "SELECT COUNT(*) FROM t"), 0);
}

static void a_reader_sees_one_moment_and_changes_nothing(void **state) {
    (void)state;
    px_sql_link *reader = sql_begin(sql, PX_SQL_READ);
    assert_int_equal(sql_ask(reader, "SELECT COUNT(*) FROM t"), 0);
    sql_run_alone(sql, "INSERT INTO t (id) VALUES (1)");
    assert_int_equal(sql_ask(reader, "SELECT COUNT(*) FROM t"), 0);
    px_error err = {0};
    assert_false(px_sql_lock(reader, 1, &err));
    assert_int_equal(err.code, PX_ERR_USAGE);
    err = (px_error){0};
    assert_false(px_sql_run(reader, "INSERT INTO t (id) VALUES (2)", NULL, 0, NULL, &err));
    assert_true(err.code != PX_OK);
    px_sql_rollback(reader);
    assert_int_equal(sql_ask_alone(sql, "SELECT COUNT(*) FROM t"), 1);
}

static void durability_is_what_was_asked_for(void **state) {
    (void)state;
    const bool postgres = scratch_is_postgres();
    const char *text = postgres ? "SELECT CASE current_setting('synchronous_commit')"
                                  " WHEN 'on' THEN 2 WHEN 'off' THEN 1 END"
                                : "PRAGMA synchronous";
    static const px_sql_mode modes[] = {PX_SQL_WRITE, PX_SQL_WRITE_RELAXED, PX_SQL_READ,
                                        PX_SQL_WRITE, PX_SQL_WRITE_RELAXED};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        px_sql_link *link = sql_begin(sql, modes[i]);
        const int64_t level = sql_ask(link, text);
        if (modes[i] != PX_SQL_READ)
            assert_int_equal(level, modes[i] == PX_SQL_WRITE ? 2 : 1);
        sql_commit(link);
    }
}

static void rows_may_be_open_side_by_side(void **state) {
    (void)state;
    sql_run_alone(sql, "INSERT INTO t (id) VALUES (1), (2), (3)");
    px_sql_link *link = sql_begin(sql, PX_SQL_WRITE);
    px_error err = {0};
    const char *text = "SELECT id FROM t ORDER BY id";
    int64_t seen = 0;
    px_sql_rows *outer = px_sql_query(link, text, NULL, 0, &err);
    while (px_sql_next(outer, &err)) {
        px_sql_rows *inner = px_sql_query(link, text, NULL, 0, &err);
        while (px_sql_next(inner, &err))
            seen = 10 * seen + px_sql_get_int(inner, 0);
        px_sql_rows_free(inner);
    }
    px_sql_rows_free(outer);
    assert_int_equal(seen, 123123123);
    px_sql_rows *rows = px_sql_query(
        link, "UPDATE t SET r = id WHERE id > 1 RETURNING CAST(id AS BIGINT)", NULL, 0, &err);
    assert_true(px_sql_next(rows, &err));
    px_sql_rows_free(rows); /* before its end: the change is whole all the same */
    assert_int_equal(sql_ask(link, "SELECT COUNT(*) FROM t WHERE r > 1"), 2);
    sql_commit(link);
    assert_int_equal(err.code, PX_OK);
}

/* More than a connection keeps prepared. */
static void many_statements_are_no_matter(void **state) {
    (void)state;
    px_sql_link *link = sql_begin(sql, PX_SQL_READ);
    for (int i = 0; i < 900; i++) {
        char text[40];
        snprintf(text, sizeof text, "SELECT CAST(%d AS BIGINT)", i % 450);
        assert_int_equal(sql_ask(link, text), i % 450);
    }
    sql_commit(link);
}

static void a_parameter_may_change_its_type(void **state) {
    (void)state;
    const char *text = "SELECT COUNT(*) FROM users WHERE created >= COALESCE($1, 0) OR $1 IS NULL";
    static const int64_t limits[] = {0, INT64_MAX};
    for (int i = 0; i < 6; i++) {
        px_sql_link *link = sql_begin(sql, PX_SQL_READ);
        const px_sql_value value = i % 3 == 2 ? px_sql_null() : px_sql_int(limits[i % 3]);
        px_error err = {0};
        px_sql_rows *rows = px_sql_query(link, text, &value, 1, &err);
        assert_true(px_sql_next(rows, &err));
        assert_int_equal(px_sql_get_int(rows, 0), i % 3 == 1 ? 0 : 1);
        px_sql_rows_free(rows);
        sql_commit(link);
    }
}

/* ---- Processes ---- */

/* Commits 1, 2, 3, … and says so for each, until it is killed. */
static void commit_for_ever(int out) {
    px_sql *ours = sql_open(scratch.url, 1, 5000);
    for (int64_t id = sql_ask_alone(ours, "SELECT COALESCE(MAX(id), 0) FROM t") + 1;; id++) {
        const px_sql_value value = px_sql_int(id);
        px_sql_link *link = sql_begin(ours, PX_SQL_WRITE);
        sql_run(link, "INSERT INTO t (id) VALUES ($1)", &value, 1);
        sql_run(link, "UPDATE t SET r = $1 WHERE id = 1", &value, 1);
        sql_commit(link);
        if (write(out, &id, sizeof id) != (ssize_t)sizeof id)
            _exit(1);
    }
}

static int64_t kill_after(int commits) {
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    const pid_t child = fork();
    if (child == 0)
        commit_for_ever(ends[1]);
    close(ends[1]);
    int64_t said = 0;
    for (int i = 0; i < commits; i++)
        assert_int_equal(read(ends[0], &said, sizeof said), sizeof said);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    for (int64_t more; read(ends[0], &more, sizeof more) == (ssize_t)sizeof more;)
        said = more;
    close(ends[0]);
    return said;
}

static void what_was_committed_outlives_a_kill(void **state) {
    (void)state;
    px_sql_close(sql);
    for (int i = 1; i <= 8; i++) {
        const int64_t said = kill_after(i * i);
        sql = sql_open(scratch.url, 1, 5000);
        const int64_t kept = sql_ask_alone(sql, "SELECT COUNT(*) FROM t");
        assert_in_range(kept, said, said + 1);
        assert_int_equal(sql_ask_alone(sql, "SELECT MAX(id) FROM t"), kept);
        assert_int_equal(sql_ask_alone(sql, "SELECT CAST(r AS BIGINT) FROM t WHERE id = 1"), kept);
        if (i < 8)
            px_sql_close(sql);
    }
}

/* ---- Threads ---- */

enum { THREADS = 6, ROUNDS = 30 };

static char failed[] = "failed";

static void in_threads(void *(*work)(void *)) {
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, work, NULL), 0);
    for (int i = 0; i < THREADS; i++) {
        void *failure;
        pthread_join(threads[i], &failure);
        assert_null(failure);
    }
}

/* Take a lock, look for the highest number, add the next: a race would use one twice. */
static bool append_once(px_sql_link *link, px_error *err) {
    px_sql_rows *rows = NULL;
    bool ok = px_sql_lock(link, 1, err) &&
              (rows = px_sql_query(link, "SELECT COALESCE(MAX(id), 0) FROM t", NULL, 0, err)) &&
              px_sql_next(rows, err);
    const px_sql_value value = px_sql_int(ok ? px_sql_get_int(rows, 0) + 1 : 0);
    px_sql_rows_free(rows);
    return ok && px_sql_run(link, "INSERT INTO t (id) VALUES ($1)", &value, 1, NULL, err);
}

static void *append_often(void *context) {
    (void)context;
    for (int i = 0; i < ROUNDS; i++) {
        px_sql_link *link = px_sql_begin(sql, PX_SQL_WRITE_RELAXED, NULL);
        if (!link || !append_once(link, NULL)) {
            px_sql_rollback(link);
            return failed;
        }
        if (!px_sql_commit(link, NULL) || !px_sql_ping(sql, NULL))
            return failed;
    }
    return NULL;
}

static void writers_take_turns(void **state) {
    (void)state;
    in_threads(append_often);
    assert_int_equal(sql_ask_alone(sql, "SELECT COUNT(*) FROM t"), THREADS * ROUNDS);
    assert_int_equal(sql_ask_alone(sql, "SELECT MAX(id) FROM t"), THREADS * ROUNDS);
}

static void *open_and_close(void *context) {
    (void)context;
    const px_sql_options options = {scratch.url, 1, 20000};
    px_error err = {0};
    px_sql *opened = px_sql_open(&options, &err);
    px_sql_close(opened);
    if (!opened)
        print_error("%s: %s\n", err.subject, err.message);
    return opened ? NULL : failed;
}

static void many_may_make_the_schema_at_once(void **state) {
    (void)state;
    scratch_database ours = scratch;
    scratch_make(&scratch);
    in_threads(open_and_close);
    px_sql *other = sql;
    sql = sql_open(scratch.url, 1, 1000);
    assert_int_equal(sql_ask_alone(sql, "SELECT COUNT(*) FROM schema_version"), PX_SCHEMA_VERSION);
    assert_int_equal(sql_ask_alone(sql, "SELECT COUNT(*) FROM users"), 1);
    px_sql_close(sql);
    scratch_remove(&scratch);
    sql = other;
    scratch = ours;
}

static void a_full_pool_is_busy(void **state) {
    (void)state;
    px_sql_close(sql);
    sql = sql_open(scratch.url, 2, 50);
    px_sql_link *first = sql_begin(sql, PX_SQL_READ), *second = sql_begin(sql, PX_SQL_READ);
    px_error err = {0};
    assert_null(px_sql_begin(sql, PX_SQL_READ, &err));
    assert_int_equal(err.code, PX_ERR_BUSY);
    err = (px_error){0};
    assert_null(px_sql_begin(sql, PX_SQL_WRITE, &err));
    assert_int_equal(err.code, PX_ERR_BUSY);
    assert_false(px_sql_ping(sql, NULL));
    px_sql_rollback(first);
    sql_commit(sql_begin(sql, PX_SQL_WRITE));
    px_sql_rollback(second);
    assert_true(px_sql_ping(sql, NULL));
}

static void a_lock_not_had_is_busy(void **state) {
    (void)state;
    px_sql_close(sql);
    sql = sql_open(scratch.url, 3, 100);
    px_sql_link *holder = sql_begin(sql, PX_SQL_WRITE);
    px_error err = {0};
    assert_true(px_sql_lock(holder, 1, &err));
    px_sql_link *other = px_sql_begin(sql, PX_SQL_WRITE, &err);
    if (other) {
        assert_true(px_sql_lock(other, 2, &err));
        assert_false(px_sql_lock(other, 1, &err));
        px_sql_rollback(other);
    }
    assert_int_equal(err.code, PX_ERR_BUSY);
    sql_commit(holder);
    other = sql_begin(sql, PX_SQL_WRITE);
    err = (px_error){0};
    assert_true(px_sql_lock(other, 1, &err));
    sql_commit(other);
}

static void *take_and_note(void *context) {
    px_turns *turns = context;
    return px_turns_take(turns, px_clock_ms() + 60000) ? NULL : failed;
}

/* Who gives up leaves the queue, wherever in it. */
static void turns_are_handed_on(void **state) {
    (void)state;
    px_turns turns;
    px_turns_init(&turns, 1);
    assert_true(px_turns_take(&turns, 0));
    assert_false(px_turns_take(&turns, px_clock_ms() + 10));
    pthread_t threads[3];
    for (int i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, take_and_note, &turns), 0);
    assert_false(px_turns_take(&turns, px_clock_ms() + 10));
    for (int i = 0; i < 3; i++)
        px_turns_give(&turns);
    for (int i = 0; i < 3; i++) {
        void *failure;
        pthread_join(threads[i], &failure);
        assert_null(failure);
    }
    assert_false(px_turns_take(&turns, 0));
    px_turns_give(&turns);
    assert_true(px_turns_take(&turns, 0));
    px_turns_clear(&turns);
}

/* ---- Options ---- */

static void wrong_options_are_refused(void **state) {
    (void)state;
    const px_sql_options wrong[] = {
        {"", 1, 1},
        {"sqlite:", 1, 1},
        {"mysql://u:secret@h/x", 1, 1},
        {scratch.url, 0, 1},
        {scratch.url, 100000, 1},
        {scratch.url, 1, -1},
        {"postgresql://u:secret@h/%zz", 1, 1},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        px_error err = {0};
        assert_null(px_sql_open(&wrong[i], &err));
        assert_int_equal(err.code, PX_ERR_USAGE);
        assert_null(strstr(err.message, "secret"));
    }
    px_sql_close(NULL);
    assert_string_equal(px_sql_driver_name(sql), scratch_is_postgres() ? "postgresql" : "sqlite");
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(values_come_back_as_they_were),
        CASE(nulls_are_nulls_and_other_columns_nothing),
        CASE(values_that_cannot_be_are_refused),
        CASE(wrong_statements_are_refused),
        CASE(a_transaction_is_kept_or_undone_whole),
        CASE(what_failed_commits_nothing),
        CASE(a_reader_sees_one_moment_and_changes_nothing),
        CASE(durability_is_what_was_asked_for),
        CASE(rows_may_be_open_side_by_side),
        CASE(many_statements_are_no_matter),
        CASE(a_parameter_may_change_its_type),
        CASE(what_was_committed_outlives_a_kill),
        CASE(writers_take_turns),
        CASE(many_may_make_the_schema_at_once),
        CASE(a_full_pool_is_busy),
        CASE(a_lock_not_had_is_busy),
        CASE(turns_are_handed_on),
        CASE(wrong_options_are_refused),
    };
    return cmocka_run_group_tests_name("sql", tests, NULL, NULL);
}
