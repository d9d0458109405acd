/* Accounts, sessions and API keys as the store keeps them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store_fixture.h"

#define HOUR (3600 * INT64_C(1000000))

static void users_are_added_and_found(void **state) {
    (void)state;
    int64_t ada, again = -1, other;
    px_user user;
    bool found;
    MUST(px_store_add_user(f.store, &tester, "Ada", "hash 1", PX_ROLE_ADMIN, &ada, &err));
    assert_true(ada > PX_USER_ANONYMOUS);
    MUST(px_store_add_user(f.store, &tester, "aDA", "hash 2", PX_ROLE_USER, &again, &err));
    assert_int_equal(again, 0);
    MUST(px_store_add_user(f.store, &tester,
                           "\xc3\x84"
                           "da",
                           "hash 3", PX_ROLE_USER, &other, &err));
    assert_true(other > ada);

    MUST(px_store_find_user(f.store, "ADA", &user, &found, &err));
    assert_true(found);
    assert_int_equal(user.id, ada);
    assert_string_equal(user.username, "Ada");
    assert_string_equal(user.password_hash, "hash 1");
    assert_int_equal(user.role, PX_ROLE_ADMIN);
    assert_false(user.disabled);
    assert_true(user.created > px_store_now() - HOUR && user.created <= px_store_now());
    assert_int_equal(user.last_login, 0);
    MUST(px_store_find_user(f.store,
                            "\xc3\xa4"
                            "da",
                            &user, &found, &err));
    assert_false(found);
    MUST(px_store_get_user(f.store, other, &user, &found, &err));
    assert_true(found);
    assert_string_equal(user.username, "\xc3\x84"
                                       "da");
    MUST(px_store_get_user(f.store, 1000, &user, &found, &err));
    assert_false(found);

    px_user users[4];
    int count;
    MUST(px_store_list_users(f.store, PX_USER_ANONYMOUS, NULL, users, 4, &count, &err));
    assert_int_equal(count, 2);
    assert_int_equal(users[0].id, ada);
    assert_int_equal(users[1].id, other);
    MUST(px_store_list_users(f.store, 0, NULL, users, 1, &count, &err));
    assert_int_equal(count, 1);
    assert_int_equal(users[0].id, PX_USER_ANONYMOUS);
    MUST(px_store_list_users(f.store, PX_USER_ANONYMOUS, "dA", users, 4, &count, &err));
    assert_int_equal(count, 2);
    MUST(px_store_list_users(f.store, PX_USER_ANONYMOUS, "AD", users, 4, &count, &err));
    assert_int_equal(count, 1);
    assert_int_equal(users[0].id, ada);
    MUST(px_store_list_users(f.store, ada, "\xc3\x84", users, 4, &count, &err));
    assert_int_equal(count, 1);
    assert_int_equal(users[0].id, other);
    MUST(px_store_list_users(f.store, PX_USER_ANONYMOUS, "_da", users, 4, &count, &err));
    assert_int_equal(count, 0);
}

static bool session_lives(const char *token) {
    px_session session;
    px_user user;
    bool found = false;
    MUST(px_store_find_session(f.store, token, &session, &user, &found, &err));
    return found;
}

static void sessions_live_until_they_end(void **state) {
    (void)state;
    const int64_t user_id = fixture_add_user(f.store, "ada");
    const int64_t first = fixture_add_session(f.store, user_id, "hash", "t1", HOUR);
    const int64_t second = fixture_add_session(f.store, user_id, "hash", "t2", HOUR);
    fixture_add_session(f.store, user_id, "hash", "t3", -1);
    px_session session;
    px_user user;
    bool found;
    MUST(px_store_find_session(f.store, "t1", &session, &user, &found, &err));
    assert_true(found);
    assert_int_equal(session.id, first);
    assert_int_equal(session.user_id, user_id);
    assert_int_equal(session.kind, PX_SESSION_TOKEN);
    assert_string_equal(session.client, "Firefox on Linux");
    assert_int_equal(session.expires > session.created, 1);
    assert_int_equal(user.id, user_id);
    assert_string_equal(user.username, "ada");
    assert_true(user.last_login >= user.created);
    assert_true(session_lives("t2"));
    assert_false(session_lives("t3"));
    assert_false(session_lives(""));
    MUST(px_store_end_session(f.store, &tester, user_id + 1, second, &found, &err));
    assert_false(found);
    assert_true(session_lives("t2"));
    MUST(px_store_end_session(f.store, &tester, user_id, second, &found, &err));
    assert_true(found);
    assert_false(session_lives("t2"));
    MUST(px_store_end_session(f.store, &tester, user_id, second, &found, &err));
    assert_false(found);
    assert_true(session_lives("t1"));
    assert_int_equal(fixture_add_session(f.store, 999, "hash", "t4", HOUR), 0);
}

static void living_sessions_are_listed_newest_first(void **state) {
    (void)state;
    const int64_t ada = fixture_add_user(f.store, "ada"), bob = fixture_add_user(f.store, "bob");
    const int64_t first = fixture_add_session(f.store, ada, "hash", "t1", HOUR);
    fixture_add_session(f.store, bob, "hash", "t2", HOUR);
    fixture_add_session(f.store, ada, "hash", "t3", -1);
    const int64_t last = fixture_add_session(f.store, ada, "hash", "t4", HOUR);
    px_session sessions[4];
    int count;
    MUST(px_store_list_sessions(f.store, ada, INT64_MAX, sessions, 4, &count, &err));
    assert_int_equal(count, 2);
    assert_int_equal(sessions[0].id, last);
    assert_int_equal(sessions[1].id, first);
    assert_int_equal(sessions[1].user_id, ada);
    assert_int_equal(sessions[1].kind, PX_SESSION_TOKEN);
    assert_string_equal(sessions[1].client, "Firefox on Linux");
    assert_true(sessions[1].created <= sessions[0].created);
    assert_true(sessions[0].expires > px_store_now());
    MUST(px_store_list_sessions(f.store, ada, last, sessions, 4, &count, &err));
    assert_int_equal(count, 1);
    assert_int_equal(sessions[0].id, first);
    MUST(px_store_list_sessions(f.store, ada, INT64_MAX, sessions, 1, &count, &err));
    assert_int_equal(count, 1);
    assert_int_equal(sessions[0].id, last);
    MUST(px_store_list_sessions(f.store, ada, first, sessions, 4, &count, &err));
    assert_int_equal(count, 0);
}

/* A log-in whose password is replaced, or whose user is shut out, before its session begins. */
static void a_session_is_of_the_password_that_was_checked(void **state) {
    (void)state;
    const int64_t user_id = fixture_add_user(f.store, "ada");
    bool found;
    MUST(px_store_set_password(f.store, &tester, user_id, "hash 1", 0, &err));
    assert_true(fixture_add_session(f.store, user_id, "hash 1", "t1", HOUR) > 0);
    assert_true(session_lives("t1"));
    MUST(px_store_refresh_password(f.store, user_id, "hash 0", "hash 2", &err));
    assert_int_equal(fixture_add_session(f.store, user_id, "hash 2", "t2", HOUR), 0);
    assert_false(session_lives("t2"));
    MUST(px_store_set_user(f.store, &tester, user_id, PX_ROLE_USER, true, &found, &err));
    assert_int_equal(fixture_add_session(f.store, user_id, "hash 1", "t3", HOUR), 0);
    MUST(px_store_set_user(f.store, &tester, user_id, PX_ROLE_USER, false, &found, &err));
    assert_false(session_lives("t1") || session_lives("t3"));
}

static void a_new_password_ends_other_sessions(void **state) {
    (void)state;
    const int64_t user_id = fixture_add_user(f.store, "ada"),
                  other = fixture_add_user(f.store, "b");
    fixture_add_session(f.store, user_id, "hash", "t1", HOUR);
    const int64_t kept = fixture_add_session(f.store, user_id, "hash", "t2", HOUR);
    fixture_add_session(f.store, other, "hash", "t3", HOUR);
    px_user user;
    bool found;
    MUST(px_store_get_user(f.store, user_id, &user, &found, &err));
    MUST(px_store_refresh_password(f.store, user_id, user.password_hash, "hash 2", &err));
    MUST(px_store_refresh_password(f.store, user_id, user.password_hash, "hash 1", &err));
    MUST(px_store_get_user(f.store, user_id, &user, &found, &err));
    assert_string_equal(user.password_hash, "hash 2");
    assert_true(session_lives("t1"));
    MUST(px_store_set_password(f.store, &tester, user_id, "hash 3", kept, &err));
    assert_false(session_lives("t1"));
    assert_true(session_lives("t2"));
    assert_true(session_lives("t3"));
    MUST(px_store_get_user(f.store, user_id, &user, &found, &err));
    assert_string_equal(user.password_hash, "hash 3");
    MUST(px_store_set_password(f.store, &tester, user_id, "hash 4", 0, &err));
    assert_false(session_lives("t2"));
    MUST(px_store_set_password(f.store, &tester, 999, "hash 4", 0, &err));
}

static bool key_works(const char *hash, px_key *key) {
    px_user user;
    bool found = false;
    MUST(px_store_find_key(f.store, hash, key, &user, &found, &err));
    return found;
}

static void keys_work_until_they_are_revoked(void **state) {
    (void)state;
    const int64_t user_id = fixture_add_user(f.store, "ada"),
                  other = fixture_add_user(f.store, "b");
    const int64_t id = fixture_add_key(f.store, user_id, "k1", 0);
    fixture_add_key(f.store, user_id, "k2", px_store_now() + HOUR);
    fixture_add_key(f.store, user_id, "k3", px_store_now() - 1);
    px_key key, keys[4];
    bool found;
    int count;
    assert_true(key_works("k1", &key));
    assert_int_equal(key.id, id);
    assert_int_equal(key.user_id, user_id);
    assert_string_equal(key.name, "script");
    assert_string_equal(key.hint, "pxk_1234");
    assert_int_equal(key.scopes, PX_SCOPE_READ);
    assert_int_equal(key.per_minute, 5);
    const int64_t used = key.last_used;
    assert_true(used > 0);
    assert_true(key_works("k1", &key));
    assert_int_equal(key.last_used, used);
    assert_true(key_works("k2", &key));
    assert_false(key_works("k3", &key));
    MUST(px_store_list_keys(f.store, user_id, keys, 4, &count, &err));
    assert_int_equal(count, 3);
    assert_int_equal(keys[0].last_used, used);
    assert_int_equal(keys[2].last_used, 0);
    MUST(px_store_revoke_key(f.store, &tester, other, id, &found, &err));
    assert_false(found);
    assert_true(key_works("k1", &key));
    MUST(px_store_revoke_key(f.store, &tester, user_id, id, &found, &err));
    assert_true(found);
    assert_false(key_works("k1", &key));
}

static void disabled_users_cannot_come_in(void **state) {
    (void)state;
    const int64_t user_id = fixture_add_user(f.store, "ada");
    fixture_add_session(f.store, user_id, "hash", "t1", HOUR);
    fixture_add_key(f.store, user_id, "k1", 0);
    bool found;
    px_key key;
    px_user user;
    MUST(px_store_set_user(f.store, &tester, user_id, PX_ROLE_ADMIN, true, &found, &err));
    assert_true(found);
    assert_false(session_lives("t1"));
    assert_false(key_works("k1", &key));
    fixture_add_session(f.store, user_id, "hash", "t2", HOUR);
    assert_false(session_lives("t2"));
    MUST(px_store_get_user(f.store, user_id, &user, &found, &err));
    assert_true(user.disabled);
    assert_int_equal(user.role, PX_ROLE_ADMIN);
    MUST(px_store_set_user(f.store, &tester, user_id, PX_ROLE_USER, false, &found, &err));
    assert_false(session_lives("t1"));
    assert_true(key_works("k1", &key));
    MUST(px_store_set_user(f.store, &tester, 999, PX_ROLE_USER, false, &found, &err));
    assert_false(found);
}

int main(void) {
    const struct CMUnitTest tests[] = {STORE_TEST(users_are_added_and_found),
                                       STORE_TEST(sessions_live_until_they_end),
                                       STORE_TEST(living_sessions_are_listed_newest_first),
                                       STORE_TEST(a_session_is_of_the_password_that_was_checked),
                                       STORE_TEST(a_new_password_ends_other_sessions),
                                       STORE_TEST(keys_work_until_they_are_revoked),
                                       STORE_TEST(disabled_users_cannot_come_in)};
    return cmocka_run_group_tests_name("store_accounts", tests, NULL, NULL);
}
