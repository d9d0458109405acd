/* X-rays, their expiry, use and the state of the whole, as the store keeps them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store_fixture.h"

#define HOUR (3600 * INT64_C(1000000))

static void xrays_are_kept_whole(void **state) {
    (void)state;
    const int64_t user_id = fixture_add_user(f.store, "ada");
    char title[] = "Chest", reference[] = "P-12", reading[] = "{\"a\":1}", type[] = "image/png";
    px_xray xray = {.title = title,
                    .patient_reference = reference,
                    .consent = true,
                    .media_type = type,
                    .width = 640,
                    .height = 480,
                    .reading = reading};
    const px_xray_finding findings[] = {{"edema", 0.25, true}, {"atelectasis", 0.125, false}};
    const px_xray_new what = {.xray = &xray, .findings = findings, .n_findings = 2};
    int64_t id;
    MUST(fixture_try_xray(f.store, user_id, "the image", &what, &id, &err));
    px_xray got = {0};
    bool found;
    MUST(px_store_get_xray(f.store, id, &got, &found, &err));
    assert_true(found);
    assert_int_equal(got.id, id);
    assert_int_equal(got.user_id, user_id);
    assert_int_equal(got.created, got.updated);
    assert_true(got.created > px_store_now() - HOUR);
    assert_int_equal(got.expires, 0);
    assert_string_equal(got.title, title);
    assert_string_equal(got.patient_reference, reference);
    assert_true(got.consent);
    assert_int_equal(got.status, PX_XRAY_DONE);
    assert_string_equal(got.failure, "");
    assert_string_equal(got.media_type, type);
    assert_int_equal(got.width, 640);
    assert_int_equal(got.height, 480);
    assert_int_equal(got.bytes, strlen("the image"));
    assert_string_equal(got.reading, reading);
    assert_string_equal(got.sha256, got.image.sha256);
    px_xray_clear(&got);
    assert_true(fixture_has_image(f.store, id, "the image"));
    assert_int_equal(fixture_count_files(&f, "tmp"), 0);
    assert_int_equal(fixture_count_files(&f, "blobs"), 1);
    assert_int_equal(fixture_ask_sql(&f, "SELECT count(*) FROM xray_findings"), 2);
    MUST(px_store_get_xray(f.store, id + 1, &got, &found, &err));
    assert_false(found);
    fixture_check_clean(f.store);
    fixture_close(&f);
    fixture_open(&f);
    assert_true(fixture_has_image(f.store, id, "the image"));
}

static void equal_images_do_not_share_a_file(void **state) {
    (void)state;
    const int64_t user_id = fixture_add_user(f.store, "ada");
    const int64_t a = fixture_add_xray(f.store, user_id, "a", "same"),
                  b = fixture_add_xray(f.store, user_id, "b", "same");
    assert_int_equal(fixture_count_files(&f, "blobs"), 2);
    bool found;
    MUST(px_store_delete_xray(f.store, &tester, user_id, a, &found, &err));
    assert_true(found);
    assert_int_equal(fixture_count_files(&f, "blobs"), 1);
    assert_true(fixture_has_image(f.store, b, "same"));
    fixture_check_clean(f.store);
}

static void xrays_are_changed_by_their_owner_only(void **state) {
    (void)state;
    const int64_t user_id = fixture_add_user(f.store, "ada"),
                  other = fixture_add_user(f.store, "b");
    const int64_t id = fixture_add_xray(f.store, user_id, "before", "image");
    const bool yes = true;
    bool found;
    px_xray got = {0};
    MUST(px_store_change_xray(f.store, &tester, other, id, "theirs", NULL, NULL, &found, &err));
    assert_false(found);
    MUST(px_store_change_xray(f.store, &tester, user_id, id, "after", NULL, &yes, &found, &err));
    assert_true(found);
    MUST(px_store_get_xray(f.store, id, &got, &found, &err));
    assert_string_equal(got.title, "after");
    assert_string_equal(got.patient_reference, "");
    assert_true(got.consent);
    assert_true(got.updated >= got.created);
    px_xray_clear(&got);
    MUST(px_store_change_xray(f.store, &tester, user_id, id, NULL, "P", NULL, &found, &err));
    MUST(px_store_get_xray(f.store, id, &got, &found, &err));
    assert_string_equal(got.title, "after");
    assert_string_equal(got.patient_reference, "P");
    assert_true(got.consent);
    px_xray_clear(&got);
    MUST(px_store_delete_xray(f.store, &tester, other, id, &found, &err));
    assert_false(found);
    assert_true(fixture_has_image(f.store, id, "image"));
    MUST(px_store_delete_xray(f.store, &tester, user_id, id, &found, &err));
    assert_true(found);
    MUST(px_store_delete_xray(f.store, &tester, user_id, id, &found, &err));
    assert_false(found);
    MUST(px_store_get_xray(f.store, id, &got, &found, &err));
    assert_false(found);
    assert_int_equal(fixture_count_files(&f, "blobs"), 0);
    assert_int_equal(fixture_ask_sql(&f, "SELECT count(*) FROM blobs"), 0);
}

static void a_failed_reading_is_made_up_for(void **state) {
    (void)state;
    const int64_t user_id = fixture_add_user(f.store, "ada");
    char title[] = "t", type[] = "image/png", failure[] = "out of memory", reading[] = "{}";
    px_xray xray = {
        .title = title, .media_type = type, .status = PX_XRAY_FAILED, .failure = failure};
    int64_t id;
    MUST(fixture_try_xray(f.store, user_id, "image", &(px_xray_new){.xray = &xray}, &id, &err));
    px_xray got = {0};
    bool found;
    MUST(px_store_get_xray(f.store, id, &got, &found, &err));
    assert_int_equal(got.status, PX_XRAY_FAILED);
    assert_string_equal(got.failure, failure);
    assert_string_equal(got.reading, "");
    px_xray_clear(&got);
    const px_xray_finding findings[] = {{"edema", 0.25, true}};
    xray = (px_xray){.id = id, .user_id = user_id, .reading = reading, .width = 9, .height = 8};
    MUST(px_store_set_reading(f.store, &tester, &xray, findings, 1, &found, &err));
    assert_true(found);
    MUST(px_store_set_reading(f.store, &tester, &xray, findings, 1, &found, &err));
    MUST(px_store_get_xray(f.store, id, &got, &found, &err));
    assert_int_equal(got.status, PX_XRAY_DONE);
    assert_string_equal(got.failure, "");
    assert_string_equal(got.reading, reading);
    assert_int_equal(got.width, 9);
    px_xray_clear(&got);
    assert_int_equal(fixture_ask_sql(&f, "SELECT count(*) FROM xray_findings"), 1);
    xray.user_id = PX_USER_ANONYMOUS;
    MUST(px_store_set_reading(f.store, &tester, &xray, findings, 1, &found, &err));
    assert_false(found);
    fixture_check_clean(f.store);
}

static void an_idempotency_key_adds_one_xray(void **state) {
    (void)state;
    const int64_t user_id = fixture_add_user(f.store, "ada"),
                  other = fixture_add_user(f.store, "b");
    char title[] = "t", type[] = "image/png";
    const px_xray xray = {.title = title, .media_type = type};
    const px_xray_new what = {.xray = &xray, .idempotency_key = "once"};
    int64_t first, second, third, kept;
    MUST(px_store_find_idempotent(f.store, user_id, "once", &kept, &err));
    assert_int_equal(kept, 0);
    MUST(fixture_try_xray(f.store, user_id, "image", &what, &first, &err));
    MUST(fixture_try_xray(f.store, user_id, "image", &what, &second, &err));
    MUST(fixture_try_xray(f.store, other, "image", &what, &third, &err));
    assert_int_equal(first, second);
    assert_int_not_equal(first, third);
    MUST(px_store_find_idempotent(f.store, user_id, "once", &kept, &err));
    assert_int_equal(kept, first);
    assert_int_equal(fixture_count_files(&f, "blobs"), 2);
    assert_int_equal(fixture_ask_sql(&f, "SELECT count(*) FROM blobs"), 2);

    static const char *const age[] = {
        "UPDATE idempotency_keys SET created = created - 90000000000"};
    fixture_run_sql(&f, age, 1);
    MUST(px_store_find_idempotent(f.store, user_id, "once", &kept, &err));
    assert_int_equal(kept, 0);
    MUST(fixture_try_xray(f.store, user_id, "image", &what, &second, &err));
    assert_int_not_equal(first, second);
    MUST(px_store_find_idempotent(f.store, user_id, "once", &kept, &err));
    assert_int_equal(kept, second);
    MUST(px_store_sweep(f.store, NULL, &err));
    assert_int_equal(fixture_ask_sql(&f, "SELECT count(*) FROM idempotency_keys"), 1);
    fixture_check_clean(f.store);
}

static void anonymous_xrays_are_found_by_capability_until_they_expire(void **state) {
    (void)state;
    char title[] = "t", type[] = "image/png";
    px_xray xray = {.title = title, .media_type = type, .expires = px_store_now() + HOUR};
    const px_xray_new what = {.xray = &xray, .capability_hash = "secret"};
    int64_t id, late, removed = -1;
    bool found;
    px_xray got = {0};
    MUST(fixture_try_xray(f.store, PX_USER_ANONYMOUS, "image", &what, &id, &err));
    xray.expires = px_store_now() - 1;
    MUST(fixture_try_xray(f.store, PX_USER_ANONYMOUS, "image",
                          &(px_xray_new){.xray = &xray, .capability_hash = "other"}, &late, &err));
    MUST(px_store_find_capability(f.store, "secret", &got, &found, &err));
    assert_true(found);
    assert_int_equal(got.id, id);
    assert_int_equal(got.user_id, PX_USER_ANONYMOUS);
    px_xray_clear(&got);
    MUST(px_store_find_capability(f.store, "other", &got, &found, &err));
    assert_false(found);
    MUST(px_store_get_xray(f.store, late, &got, &found, &err));
    assert_false(found);
    MUST(px_store_sweep(f.store, &removed, &err));
    assert_int_equal(removed, 1);
    MUST(px_store_sweep(f.store, &removed, &err));
    assert_int_equal(removed, 0);
    assert_int_equal(fixture_count_files(&f, "blobs"), 1);
    assert_true(fixture_has_image(f.store, id, "image"));
    fixture_check_clean(f.store);
}

static void the_sweep_takes_all_that_expired(void **state) {
    (void)state;
    const int64_t user_id = fixture_add_user(f.store, "ada");
    char title[] = "t", type[] = "image/png";
    const px_xray xray = {.title = title, .media_type = type, .expires = 1};
    int64_t id, removed;
    for (int i = 0; i < 120; i++)
        MUST(fixture_try_xray(f.store, PX_USER_ANONYMOUS, "image", &(px_xray_new){.xray = &xray},
                              &id, &err));
    fixture_add_session(f.store, user_id, "hash", "old", -1);
    fixture_add_session(f.store, user_id, "hash", "new", HOUR);
    MUST(px_store_sweep(f.store, &removed, &err));
    assert_int_equal(removed, 120);
    assert_int_equal(fixture_count_files(&f, "blobs"), 0);
    assert_int_equal(fixture_ask_sql(&f, "SELECT count(*) FROM blobs"), 0);
    assert_int_equal(fixture_ask_sql(&f, "SELECT count(*) FROM sessions"), 1);
    assert_int_equal(fixture_ask_sql(&f, "SELECT count(*) FROM audit WHERE action = 'xray.expire'"),
                     120);
}

static void uploads_left_half_done_are_given_up(void **state) {
    (void)state;
    static const char *const make[] = {"INSERT INTO blobs (sha256, size, sealed, state, created) "
                                       "VALUES ('aa', 1, 0, 'pending', 0)",
                                       "INSERT INTO blobs (sha256, size, sealed, state, created)"
                                       " VALUES ('aa', 1, 0, 'pending', 9000000000000000)"};
    fixture_run_sql(&f, make, 2);
    MUST(px_store_sweep(f.store, NULL, &err));
    assert_int_equal(fixture_ask_sql(&f, "SELECT count(*) FROM blobs"), 1);
    fixture_close(&f);
    fixture_open(&f);
    /* With a database of its own, whoever was uploading is gone; another server may still be. */
    assert_int_equal(fixture_ask_sql(&f, "SELECT count(*) FROM blobs"), f.database ? 1 : 0);
}

static void a_deleted_account_leaves_nothing(void **state) {
    (void)state;
    const int64_t user_id = fixture_add_user(f.store, "ada"),
                  other = fixture_add_user(f.store, "b");
    char title[] = "t", type[] = "image/png";
    const px_xray xray = {.title = title, .media_type = type};
    const px_xray_finding findings[] = {{"edema", 0.25, true}};
    int64_t id;
    for (int i = 0; i < 3; i++)
        MUST(fixture_try_xray(f.store, user_id, "image",
                              &(px_xray_new){.xray = &xray,
                                             .findings = findings,
                                             .n_findings = 1,
                                             .idempotency_key = i ? NULL : "k"},
                              &id, &err));
    const int64_t theirs = fixture_add_xray(f.store, other, "theirs", "their image");
    fixture_add_session(f.store, user_id, "hash", "t", HOUR);
    fixture_add_key(f.store, user_id, "k", 0);
    MUST(px_store_add_usage(f.store, user_id, 1, 1, 1, &err));
    MUST(px_store_delete_user(f.store, &tester, user_id, &err));
    static const char *const tables[] = {"xray_findings", "sessions", "api_keys",
                                         "idempotency_keys"};
    char ask[80];
    for (int i = 0; i < 4; i++) {
        snprintf(ask, sizeof ask, "SELECT count(*) FROM %s", tables[i]);
        assert_int_equal(fixture_ask_sql(&f, ask), 0);
    }
    assert_int_equal(fixture_ask_sql(&f, "SELECT count(*) FROM users"), 2);
    assert_int_equal(fixture_ask_sql(&f, "SELECT count(*) FROM xrays"), 1);
    assert_int_equal(fixture_ask_sql(&f, "SELECT count(*) FROM blobs"), 1);
    assert_int_equal(fixture_ask_sql(&f, "SELECT count(*) FROM usage_days"), 1);
    assert_int_equal(fixture_count_files(&f, "blobs"), 1);
    assert_true(fixture_has_image(f.store, theirs, "their image"));
    fixture_check_clean(f.store);
    MUST(px_store_delete_user(f.store, &tester, user_id, &err));
    MUST_FAIL(px_store_delete_user(f.store, &tester, PX_USER_ANONYMOUS, &err), PX_ERR_USAGE);
    /* Its number is not given to anybody else. */
    assert_true(fixture_add_user(f.store, "ada") > other);
}

static void use_is_counted_by_day(void **state) {
    (void)state;
    const int64_t user_id = fixture_add_user(f.store, "ada");
    px_usage_day days[3];
    int count;
    MUST(px_store_add_usage(f.store, user_id, 1, 0, 10, &err));
    MUST(px_store_add_usage(f.store, user_id, 2, 5, INT64_C(3000000000), &err));
    fixture_add_xray(f.store, user_id, "t", "12345");
    static const char *const older[] = {"INSERT INTO usage_days VALUES (2, '2020-02-29', 7, 8, 9)"};
    fixture_run_sql(&f, older, 1);
    MUST(px_store_list_usage(f.store, user_id, days, 3, &count, &err));
    assert_int_equal(count, 2);
    assert_int_equal(days[0].requests, 3);
    assert_int_equal(days[0].readings, 5);
    assert_int_equal(days[0].bytes, INT64_C(3000000015));
    assert_string_equal(days[1].day, "2020-02-29");
    assert_int_equal(strlen(days[0].day), 10);
    MUST(px_store_list_usage(f.store, user_id, days, 1, &count, &err));
    assert_int_equal(count, 1);
    MUST_FAIL(px_store_add_usage(f.store, 999, 1, 0, 0, &err), PX_ERR_INPUT);
}

static void the_state_counts_everything(void **state) {
    (void)state;
    const int64_t user_id = fixture_add_user(f.store, "ada");
    fixture_add_xray(f.store, user_id, "t", "12345");
    fixture_add_session(f.store, user_id, "hash", "t1", HOUR);
    fixture_add_session(f.store, user_id, "hash", "t2", -1);
    fixture_add_key(f.store, user_id, "k", 0);
    px_store_state now;
    MUST(px_store_get_state(f.store, &now, &err));
    assert_int_equal(now.users, 1);
    assert_int_equal(now.xrays, 1);
    assert_int_equal(now.failed_xrays, 0);
    assert_int_equal(now.image_bytes, 5);
    assert_int_equal(now.sessions, 1);
    assert_int_equal(now.keys, 1);
    assert_int_equal(now.audit_entries, 5);
    assert_true(now.free_bytes > 0);
    assert_string_equal(now.driver, f.database ? "postgresql" : "sqlite");
    assert_true(now.schema >= 1);
    MUST(px_store_ping(f.store, &err));
}

static void hostile_texts_are_kept_as_they_are(void **state) {
    (void)state;
    static const char *const texts[] = {"'; DROP TABLE xrays; --",
                                        "\" OR \"\"=\"",
                                        "100%_!\\",
                                        "$1 $2 ?1 :a @b",
                                        "\xf0\x9f\xa9\xbb",
                                        "\xc3\x84rztin \xe2\x80\xae",
                                        "<script>alert(1)</script>",
                                        "%s%n%1000$d",
                                        "a\nb\tc",
                                        ""};
    const int64_t user_id = fixture_add_user(f.store, "ada");
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char *title = strdup(texts[i]), type[] = "image/png";
        const px_xray xray = {.title = title, .patient_reference = title, .media_type = type};
        const px_xray_new what = {
            .xray = &xray, .idempotency_key = texts[i], .capability_hash = texts[i]};
        int64_t id, kept, made;
        bool found;
        px_xray got = {0};
        px_user user;
        MUST(fixture_try_xray(f.store, user_id, "image", &what, &id, &err));
        MUST(px_store_find_idempotent(f.store, user_id, texts[i], &kept, &err));
        assert_int_equal(kept, id);
        MUST(px_store_find_capability(f.store, texts[i], &got, &found, &err));
        assert_true(found);
        assert_string_equal(got.title, texts[i]);
        assert_string_equal(got.patient_reference, texts[i]);
        px_xray_clear(&got);
        MUST(px_store_add_user(f.store, &tester, texts[i], "hash", PX_ROLE_USER, &made, &err));
        MUST(px_store_find_user(f.store, texts[i], &user, &found, &err));
        assert_true(found);
        assert_string_equal(user.username, texts[i]);
        free(title);
    }
    int64_t id;
    MUST_FAIL(px_store_add_user(f.store, &tester, "\xff\xfe", "hash", PX_ROLE_USER, &id, &err),
              PX_ERR_INPUT);
    char *longest = calloc(PX_USERNAME_BYTES + 1, 1);
    bool found = true;
    memset(longest, 'a', PX_USERNAME_BYTES);
    MUST_FAIL(px_store_add_user(f.store, &tester, longest, "hash", PX_ROLE_USER, &id, &err),
              PX_ERR_LIMIT);
    MUST(px_store_find_user(f.store, longest, &(px_user){0}, &found, &err));
    assert_false(found);
    free(longest);
    fixture_check_clean(f.store);
}

static void the_link_key_stays(void **state) {
    (void)state;
    unsigned char key[32], zeros[32] = {0};
    memcpy(key, px_store_link_key(f.store), sizeof key);
    assert_memory_not_equal(key, zeros, sizeof key);
    fixture_close(&f);
    fixture_open(&f);
    assert_memory_equal(key, px_store_link_key(f.store), sizeof key);
}

static void check_refused_beside(const char *change) {
    px_store_options options = fixture_options(&f);
    options.beside = true;
    fixture_run_sql(&f, &change, 1);
    MUST_FAIL(px_store_open(&options, &err), PX_ERR_UNSUPPORTED);
}

/* A newer program's commands leave an older server's database alone, and the other way round. */
static void a_newer_schema_is_left_alone(void **state) {
    (void)state;
    check_refused_beside("INSERT INTO schema_version VALUES (99, 0)");
}

static void an_older_schema_is_left_alone_beside_a_server(void **state) {
    (void)state;
    check_refused_beside("DELETE FROM schema_version");
    assert_int_equal(px_store_ping(f.store, NULL), true);
}

static void one_server_holds_the_folder(void **state) {
    (void)state;
    px_store_options options = fixture_options(&f);
    px_error err = {0};
    px_store *second = px_store_open(&options, &err);
    if (f.database) {
        assert_non_null(second); /* they share the database */
        px_store_close(second);
        return;
    }
    assert_null(second);
    assert_int_equal(err.code, PX_ERR_IO);
    options.beside = true;
    err = (px_error){0};
    const int64_t id = fixture_add_xray(f.store, PX_USER_ANONYMOUS, "t", "image");
    second = px_store_open(&options, &err);
    assert_non_null(second);
    assert_true(fixture_has_image(second, id, "image"));
    fixture_check_clean(second);
    px_store_close(second);
    options.folder = "/tmp/perxeptron-test-not-there";
    assert_null(px_store_open(&options, &err));
    assert_int_equal(err.code, PX_ERR_IO);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        STORE_TEST(xrays_are_kept_whole),
        STORE_TEST(equal_images_do_not_share_a_file),
        STORE_TEST(xrays_are_changed_by_their_owner_only),
        STORE_TEST(a_failed_reading_is_made_up_for),
        STORE_TEST(an_idempotency_key_adds_one_xray),
        STORE_TEST(anonymous_xrays_are_found_by_capability_until_they_expire),
        STORE_TEST(the_sweep_takes_all_that_expired),
        STORE_TEST(uploads_left_half_done_are_given_up),
        STORE_TEST(a_deleted_account_leaves_nothing),
        STORE_TEST(use_is_counted_by_day),
        STORE_TEST(the_state_counts_everything),
        STORE_TEST(hostile_texts_are_kept_as_they_are),
        STORE_TEST(the_link_key_stays),
        STORE_TEST(a_newer_schema_is_left_alone),
        STORE_TEST(an_older_schema_is_left_alone_beside_a_server),
        STORE_TEST(one_server_holds_the_folder)};
    return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
