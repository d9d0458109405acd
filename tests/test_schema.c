/* The schema: its versions, what it deletes along, and the trail that it lets nobody change. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "../src/base/sha256.h"
#include "../src/store/migrations.h"
#include "scratch_database.h"
#include "sql_steps.h"

static scratch_database scratch;
static px_sql *sql;

static int set_up(void **state) {
    (void)state;
    scratch_make(&scratch);
    sql = sql_open(scratch.url, 2, 5000);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    px_sql_close(sql);
    sql = NULL;
    scratch_remove(&scratch);
    return 0;
}

static void refuse(const char *text) {
    px_sql_link *link = sql_begin(sql, PX_SQL_WRITE);
    px_error err = {0};
    if (px_sql_run(link, text, NULL, 0, NULL, &err))
        fail_msg("not refused: %s", text);
    if (err.code != PX_ERR_INPUT)
        fail_msg("%s: %s: %s", text, px_error_code_name(err.code), err.message);
    px_sql_rollback(link);
}

static int64_t count(const char *table) {
    char text[100];
    snprintf(text, sizeof text, "SELECT COUNT(*) FROM %s", table);
    return sql_ask_alone(sql, text);
}

static const char *const one_user_with_all[] = {
    "INSERT INTO users (username, username_key, password_hash, role, created)"
    " VALUES ('Ada', 'ada', 'x', 1, 1)",
    "INSERT INTO sessions (user_id, kind, token_hash, created, expires) VALUES (2, 0, 'a', 1, 2)",
    "INSERT INTO api_keys (user_id, name, hint, key_hash, scopes, created)"
    " VALUES (2, 'k', 'h', 'a', 3, 1)",
    "INSERT INTO blobs (sha256, size, sealed, state, created) VALUES ('s', 9, 0, 'kept', 1)",
    "INSERT INTO xrays (user_id, blob_id, created, updated, title, consent, status, sha256,"
    " media_type, width, height, bytes) VALUES (2, 1, 1, 1, 't', 0, 0, 's', 'image/png', 1, 1, 9)",
    "INSERT INTO xray_findings (xray_id, user_id, finding, score, decision)"
    " VALUES (1, 2, 'edema', 0.5, 1)",
    "INSERT INTO xray_reviews (xray_id, finding, verdict, note, updated)"
    " VALUES (1, 'edema', 1, 'n', 1)",
    "INSERT INTO idempotency_keys (user_id, idempotency_key, xray_id, created)"
    " VALUES (2, 'i', 1, 1)",
    "INSERT INTO usage_days (user_id, day, requests, readings, bytes)"
    " VALUES (2, '2026-11-23', 1, 1, 9)",
    "INSERT INTO audit (number, time, user_id, key_id, action, object, request_id, before, hash)"
    " VALUES (1, 1, 2, 0, 'user.add', 'user:2', 'r', '', 'h')",
};

static void add_user_with_all(void) {
    for (size_t i = 0; i < sizeof one_user_with_all / sizeof *one_user_with_all; i++)
        sql_run_alone(sql, one_user_with_all[i]);
}

static void user_1_is_nobody(void **state) {
    (void)state;
    assert_int_equal(sql_ask_alone(sql, "SELECT id FROM users WHERE username = 'anonymous'"
                                        " AND password_hash = '!' AND role = 0"),
                     1);
    sql_run_alone(sql, one_user_with_all[0]);
    assert_int_equal(sql_ask_alone(sql, "SELECT id FROM users WHERE username_key = 'ada'"), 2);
    refuse(one_user_with_all[0]);
}

/* An id that was deleted never comes back: it may stand in the audit trail. */
static void ids_are_used_once(void **state) {
    (void)state;
    sql_run_alone(sql, one_user_with_all[0]);
    sql_run_alone(sql, "DELETE FROM users WHERE id = 2");
    sql_run_alone(sql, one_user_with_all[0]);
    assert_int_equal(sql_ask_alone(sql, "SELECT MAX(id) FROM users"), 3);
}

static void a_user_goes_with_everything_but_blobs_and_the_trail(void **state) {
    (void)state;
    add_user_with_all();
    refuse("DELETE FROM blobs");
    sql_run_alone(sql, "DELETE FROM users WHERE id = 2");
    static const char *const gone[] = {"sessions",      "api_keys",     "xrays",
                                       "xray_findings", "xray_reviews", "idempotency_keys",
                                       "usage_days"};
    for (size_t i = 0; i < sizeof gone / sizeof *gone; i++)
        assert_int_equal(count(gone[i]), 0);
    assert_int_equal(count("users"), 1);
    assert_int_equal(count("audit"), 1);
    assert_int_equal(count("blobs"), 1);
    sql_run_alone(sql, "DELETE FROM blobs");
}

static void what_refers_to_nothing_is_refused(void **state) {
    (void)state;
    for (size_t i = 1; i < sizeof one_user_with_all / sizeof *one_user_with_all - 1; i++) {
        if (!strstr(one_user_with_all[i], "INTO blobs"))
            refuse(one_user_with_all[i]);
    }
}

static void values_outside_of_their_range_are_refused(void **state) {
    (void)state;
    add_user_with_all();
    static const char *const wrong[] = {
        "UPDATE users SET role = 2",
        "UPDATE users SET disabled = -1",
        "UPDATE users SET username = NULL",
        "UPDATE sessions SET kind = 2",
        "UPDATE blobs SET state = 'lost'",
        "UPDATE blobs SET sealed = 3",
        "UPDATE xrays SET status = 7",
        "UPDATE xrays SET consent = 2",
        "UPDATE xray_findings SET score = NULL",
        "UPDATE xray_findings SET decision = 2",
        "UPDATE users SET username_key = 'anonymous'",
        "UPDATE xray_findings SET user_id = 1",
        "UPDATE xray_reviews SET verdict = 3",
        "UPDATE xray_reviews SET finding = 'mass'",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        refuse(wrong[i]);
    if (!scratch_is_postgres())
        refuse("UPDATE users SET created = 'yesterday'");
}

static void the_trail_grows_and_nothing_else(void **state) {
    (void)state;
    add_user_with_all();
    refuse("UPDATE audit SET action = 'other'");
    refuse("UPDATE audit SET number = 2 WHERE number = 1");
    refuse("DELETE FROM audit");
    refuse("DELETE FROM audit WHERE number = 1");
    refuse(one_user_with_all[9]);
    if (scratch_is_postgres())
        refuse("TRUNCATE audit");
    else
        refuse("INSERT OR REPLACE INTO audit VALUES (1, 2, 2, 0, 'a', 'o', 'r', '', 'h')");
    assert_int_equal(
        sql_ask_alone(sql, "SELECT COUNT(*) FROM audit WHERE number = 1 AND action = 'user.add'"),
        1);
}

static void a_newer_schema_is_left_alone(void **state) {
    (void)state;
    sql_run_alone(sql, "INSERT INTO schema_version (version, applied) VALUES (9999, 1)");
    const px_sql_options options = {scratch.url, 1, 1000};
    px_error err = {0};
    assert_null(px_sql_open(&options, &err));
    assert_int_equal(err.code, PX_ERR_UNSUPPORTED);
    assert_non_null(strstr(err.message, "9999"));
    assert_int_equal(sql_ask_alone(sql, "SELECT MAX(version) FROM schema_version"), 9999);
    sql_run_alone(sql, "DELETE FROM schema_version WHERE version = 9999");
    px_sql_close(sql_open(scratch.url, 1, 1000));
}

/* From this program's schema back to the first: what the later steps did is undone. */
static void go_back_to_schema_1(void) {
    sql_run_alone(sql, "DROP TABLE xray_reviews");
    sql_run_alone(sql, "ALTER TABLE sessions DROP COLUMN client");
    sql_run_alone(sql, "DELETE FROM schema_version WHERE version > 1");
}

static void an_older_database_is_brought_up_to_date(void **state) {
    (void)state;
    add_user_with_all();
    go_back_to_schema_1();
    const px_sql_options options = {scratch.url, 1, 5000};
    px_error err = {0};
    assert_null(px_sql_open_beside(&options, &err));
    assert_int_equal(err.code, PX_ERR_UNSUPPORTED);
    assert_int_equal(sql_ask_alone(sql, "SELECT MAX(version) FROM schema_version"), 1);
    px_sql_close(sql_open(scratch.url, 1, 5000));
    assert_int_equal(count("schema_version"), PX_SCHEMA_VERSION);
    assert_int_equal(sql_ask_alone(sql, "SELECT COUNT(*) FROM sessions WHERE id = 1 AND user_id = 2"
                                        " AND token_hash = 'a' AND client = ''"),
                     1);
    sql_run_alone(sql, one_user_with_all[6]);
    px_sql_close(sql_open(scratch.url, 1, 5000)); /* and stays so */
    assert_int_equal(count("xray_reviews"), 1);
    assert_int_equal(count("schema_version"), PX_SCHEMA_VERSION);
}

/* Databases were made by it. */
static void the_first_step_is_as_it_was_released(void **state) {
    (void)state;
    char sha256[PX_SHA256_HEX];
    const px_migration *first = &px_migrations[0];
    const char *const texts[] = {first->common, first->sqlite, first->postgresql};
    static const char *const released[] = {
        "4338ac21565e2d3595c7b3ae1b7cba9a29fdef37d97d115c4af8447e658bc04f",
        "68102b62389d96c514ec5267d2c599987de46d5787be7650a90d968b4d70b86e",
        "50b0c5df10374109bf4fb5cf2c7cc8a80237a729e9db881da67e1a5b14c216cc"};
    for (int i = 0; i < 3; i++) {
        px_sha256_bytes(texts[i], strlen(texts[i]), sha256);
        assert_string_equal(sha256, released[i]);
    }
}

/* A table of the same name that is there already: the step is undone whole. */
static void a_step_that_fails_leaves_nothing(void **state) {
    (void)state;
    add_user_with_all();
    sql_run_alone(sql, "DELETE FROM schema_version");
    const px_sql_options options = {scratch.url, 1, 1000};
    px_error err = {0};
    assert_null(px_sql_open(&options, &err));
    assert_int_equal(err.code, PX_ERR_IO);
    assert_int_equal(count("schema_version"), 0);
    assert_int_equal(count("users"), 2);
}

static void a_later_step_that_fails_leaves_the_schema_before_it(void **state) {
    (void)state;
    go_back_to_schema_1();
    sql_run_alone(sql, "CREATE TABLE xray_reviews (a BIGINT)");
    const px_sql_options options = {scratch.url, 1, 1000};
    px_error err = {0};
    assert_null(px_sql_open(&options, &err));
    assert_int_equal(err.code, PX_ERR_IO);
    assert_int_equal(sql_ask_alone(sql, "SELECT MAX(version) FROM schema_version"), 1);
    sql_run_alone(sql, "DROP TABLE xray_reviews");
    px_sql_close(sql_open(scratch.url, 1, 5000)); /* which adds to the table of sessions again */
    assert_int_equal(count("schema_version"), PX_SCHEMA_VERSION);
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(user_1_is_nobody),
        CASE(ids_are_used_once),
        CASE(a_user_goes_with_everything_but_blobs_and_the_trail),
        CASE(what_refers_to_nothing_is_refused),
        CASE(values_outside_of_their_range_are_refused),
        CASE(the_trail_grows_and_nothing_else),
        CASE(a_newer_schema_is_left_alone),
        CASE(an_older_database_is_brought_up_to_date),
        CASE(the_first_step_is_as_it_was_released),
        CASE(a_step_that_fails_leaves_nothing),
        CASE(a_later_step_that_fails_leaves_the_schema_before_it),
    };
    return cmocka_run_group_tests_name("schema", tests, NULL, NULL);
}
