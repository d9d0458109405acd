/* The audit trail: what is noted, and that every kind of tampering is found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../src/base/sha256.h"
#include "store_fixture.h"

static bool collect(void *context, const px_audit_entry *entry, px_error *err) {
    return px_buffer_print(context, err, "%" PRId64 " %s %s by %" PRId64 "/%" PRId64 " %s\n",
                           entry->number, entry->action, entry->object, entry->user_id,
                           entry->key_id, entry->request_id);
}

static void check_trail(int64_t after, int64_t most, const char *expected) {
    px_buffer text;
    px_buffer_init(&text, 1 << 16);
    MUST(px_store_visit_audit(f.store, after, most, collect, &text, &err));
    assert_string_equal(text.data ? (const char *)text.data : "", expected);
    px_buffer_clear(&text);
}

static void the_trail_is_read_backwards_too(void **state) {
    (void)state;
    px_buffer text;
    px_buffer_init(&text, 1 << 16);
    for (int i = 1; i <= 4; i++)
        MUST(px_store_note(f.store, &tester, "xray.view", "xray:1", &err));
    MUST(px_store_visit_audit_back(f.store, INT64_MAX, 2, collect, &text, &err));
    MUST(px_store_visit_audit_back(f.store, 2, 2, collect, &text, &err));
    assert_string_equal(text.data, "4 xray.view xray:1 by 7/0 test\n"
                                   "3 xray.view xray:1 by 7/0 test\n"
                                   "1 xray.view xray:1 by 7/0 test\n");
    px_buffer_clear(&text);
}

static void everything_done_is_noted(void **state) {
    (void)state;
    const px_actor key = {.user_id = 2, .key_id = 3, .request_id = "r\n1"};
    const int64_t u = fixture_add_user(f.store, "ada");
    bool found, yes = true;
    px_key made = {.user_id = u};
    const int64_t session = fixture_add_session(f.store, u, "hash", "t", 1);
    MUST(px_store_set_password(f.store, &tester, u, "h", session, &err));
    MUST(px_store_end_session(f.store, &tester, u, session, &found, &err));
    MUST(px_store_set_user(f.store, &tester, u, PX_ROLE_ADMIN, true, &found, &err));
    MUST(px_store_set_user(f.store, &tester, u, PX_ROLE_ADMIN, false, &found, &err));
    MUST(px_store_add_key(f.store, &tester, &made, "k", &err));
    MUST(px_store_revoke_key(f.store, &tester, u, made.id, &found, &err));
    const int64_t x = fixture_add_xray(f.store, u, "Jane Doe", "image");
    MUST(px_store_note(f.store, &key, "xray.view", "xray:1", &err));
    MUST(px_store_change_xray(f.store, &key, u, x, "J", NULL, &yes, &found, &err));
    MUST(px_store_set_reading(f.store, &key, &(px_xray){.id = x, .user_id = u}, NULL, 0, &found,
                              &err));
    MUST(px_store_delete_xray(f.store, &key, u, x, &found, &err));
    MUST(px_store_delete_user(f.store, &tester, u, &err));
    /* What changes nothing is not noted. */
    MUST(px_store_end_session(f.store, &tester, u, session, &found, &err));
    MUST(px_store_delete_xray(f.store, &key, u, x, &found, &err));
    MUST(px_store_delete_user(f.store, &tester, u, &err));
    check_trail(0, 100,
                "1 user.add user:2 by 7/0 test\n2 user.login user:2 by 7/0 test\n"
                "3 user.password user:2 by 7/0 test\n4 session.end session:1 by 7/0 test\n"
                "5 user.role user:2 by 7/0 test\n6 user.disable user:2 by 7/0 test\n"
                "7 user.enable user:2 by 7/0 test\n8 key.add key:1 by 7/0 test\n"
                "9 key.revoke key:1 by 7/0 test\n10 xray.add xray:1 by 7/0 test\n"
                "11 xray.view xray:1 by 2/3 r?1\n12 xray.change xray:1 by 2/3 r?1\n"
                "13 xray.read xray:1 by 2/3 r?1\n14 xray.delete xray:1 by 2/3 r?1\n"
                "15 user.delete user:2 by 7/0 test\n");
    check_trail(13, 1, "14 xray.delete xray:1 by 2/3 r?1\n");
    check_trail(15, 9, "");
    check_trail(0, 0, "");
    MUST_FAIL(px_store_note(f.store, &key, "a\nb", "xray:1", &err), PX_ERR_USAGE);
}

static void check_verdict(int64_t expected_entries, int64_t expected_broken) {
    int64_t entries = -1, broken = -1;
    MUST(px_store_verify_audit(f.store, &entries, &broken, &err));
    assert_int_equal(entries, expected_entries);
    assert_int_equal(broken, expected_broken);
}

static void note_many(int count) {
    for (int i = 0; i < count; i++)
        MUST(px_store_note(f.store, &tester, "xray.view", "xray:1", &err));
}

static void a_true_trail_verifies(void **state) {
    (void)state;
    check_verdict(0, 0);
    note_many(1);
    check_verdict(1, 0);
    note_many(1003); /* more than two batches */
    check_verdict(1004, 0);
    px_buffer text;
    px_buffer_init(&text, 1 << 20);
    MUST(px_store_visit_audit(f.store, 1, 1002, collect, &text, &err));
    assert_non_null(strstr((char *)text.data, "\n1003 xray.view"));
    assert_null(strstr((char *)text.data, "\n1004 xray.view"));
    px_buffer_clear(&text);
}

/* What docs/store.md tells those who verify an export, done by hand. */
static bool hash_by_hand(void *context, const px_audit_entry *e, px_error *err) {
    char text[1000], hash[PX_SHA256_HEX];
    (void)err;
    int size = snprintf(
        text, sizeof text,
        "perxeptron-audit/1\n%" PRId64 "\n%" PRId64 "\n%" PRId64 "\n%" PRId64 "\n%s\n%s\n%s\n%s\n",
        e->number, e->time, e->user_id, e->key_id, e->action, e->object, e->request_id, e->before);
    px_sha256_bytes(text, (size_t)size, hash);
    assert_string_equal(hash, e->hash);
    assert_string_equal(e->before, (const char *)context);
    memcpy(context, hash, sizeof hash);
    return true;
}

static void the_hash_is_the_documented_one(void **state) {
    (void)state;
    char before[PX_SHA256_HEX];
    memset(before, '0', sizeof before - 1);
    before[sizeof before - 1] = '\0';
    note_many(3);
    MUST(px_store_visit_audit(f.store, 0, 10, hash_by_hand, before, &err));
}

static void the_trail_is_append_only(void **state) {
    (void)state;
    static const char *const attempts[] = {"UPDATE audit SET object = 'xray:2' WHERE number = 1",
                                           "DELETE FROM audit",
                                           "DELETE FROM audit WHERE number = 1"};
    note_many(2);
    for (int i = 0; i < 3; i++) {
        px_error err = {0};
        const px_sql_options options = {
            .url = f.scratch.url, .connections = 1, .patience_ms = 1000};
        px_sql *sql = px_sql_open(&options, &err);
        px_sql_link *link = px_sql_begin(sql, PX_SQL_WRITE, &err);
        assert_false(px_sql_run(link, attempts[i], NULL, 0, NULL, &err));
        assert_int_equal(err.code, PX_ERR_INPUT);
        px_sql_rollback(link);
        px_sql_close(sql);
    }
    check_verdict(2, 0);
}

/* As one who holds the database's file or its owner's password could. */
static void tamper(const char *how) {
    static const char *const sqlite[] = {"DROP TRIGGER audit_no_update",
                                         "DROP TRIGGER audit_no_delete",
                                         "DROP TRIGGER audit_no_replace"};
    static const char *const postgresql[] = {"DROP TRIGGER audit_no_change ON audit"};
    fixture_run_sql(&f, f.database ? postgresql : sqlite, f.database ? 1 : 3);
    fixture_run_sql(&f, &how, 1);
}

static void check_tampering(const char *how, int64_t entries, int64_t broken) {
    note_many(10);
    check_verdict(10, 0);
    tamper(how);
    check_verdict(entries, broken);
}

static void a_changed_entry_is_found(void **state) {
    (void)state;
    check_tampering("UPDATE audit SET user_id = 8 WHERE number = 4", 10, 4);
}

static void a_changed_hash_is_found(void **state) {
    (void)state;
    check_tampering("UPDATE audit SET hash = before WHERE number = 10", 10, 10);
}

static void a_deleted_entry_is_found(void **state) {
    (void)state;
    check_tampering("DELETE FROM audit WHERE number = 5", 9, 6);
}

static void a_deleted_beginning_is_found(void **state) {
    (void)state;
    check_tampering("DELETE FROM audit WHERE number <= 3", 7, 4);
}

static void a_deleted_end_is_found(void **state) {
    (void)state;
    check_tampering("DELETE FROM audit WHERE number > 8", 8, 9);
}

static void a_deleted_trail_is_found(void **state) {
    (void)state;
    check_tampering("DELETE FROM audit", 0, 1);
}

static void an_inserted_entry_is_found(void **state) {
    (void)state;
    check_tampering("INSERT INTO audit SELECT 11, time, user_id, key_id, action, object,"
                    " request_id, hash, hash FROM audit WHERE number = 10",
                    11, 11);
}

static void an_entry_before_the_first_is_found(void **state) {
    (void)state;
    check_tampering("UPDATE audit SET number = -1 WHERE number = 10", 10, -1);
}

static void reordered_entries_are_found(void **state) {
    (void)state;
    static const char *const swap[] = {"UPDATE audit SET number = -1 WHERE number = 3",
                                       "UPDATE audit SET number = 3 WHERE number = 6",
                                       "UPDATE audit SET number = 6 WHERE number = -1"};
    check_tampering("UPDATE audit SET number = number", 10, 0);
    fixture_run_sql(&f, swap, 3);
    check_verdict(10, 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        STORE_TEST(everything_done_is_noted),       STORE_TEST(a_true_trail_verifies),
        STORE_TEST(the_hash_is_the_documented_one), STORE_TEST(the_trail_is_append_only),
        STORE_TEST(a_changed_entry_is_found),       STORE_TEST(a_changed_hash_is_found),
        STORE_TEST(a_deleted_entry_is_found),       STORE_TEST(a_deleted_beginning_is_found),
        STORE_TEST(a_deleted_end_is_found),         STORE_TEST(a_deleted_trail_is_found),
        STORE_TEST(an_inserted_entry_is_found),     STORE_TEST(an_entry_before_the_first_is_found),
        STORE_TEST(reordered_entries_are_found),    STORE_TEST(the_trail_is_read_backwards_too)};
    return cmocka_run_group_tests_name("store_audit", tests, NULL, NULL);
}
