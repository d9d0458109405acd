/* Many threads in one store: adding, deleting, sweeping, looking, all at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store_fixture.h"

#define THREADS 6
#define ROUNDS 12

/* cmocka's assertions belong to the main thread: others count what went wrong. */
static atomic_int wrong;
static atomic_bool over;

static void expect(bool ok, const px_error *err) {
    if (!ok) {
        atomic_fetch_add(&wrong, 1);
        print_error("%s: %s\n", err->subject, err->message);
    }
}

static void report_line(void *context, const char *line) {
    (void)context;
    print_error("%s\n", line);
}

static void run_threads(void *(*run)(void *), int64_t *contexts, size_t each) {
    pthread_t threads[THREADS];
    atomic_store(&wrong, 0);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(
            pthread_create(&threads[i], NULL, run, contexts ? contexts + (size_t)i * each : NULL),
            0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&wrong), 0);
}

/* @param refused  nullable: that the user is gone is no mistake, but told here. */
static int64_t try_add(int64_t user_id, const char *key, bool *refused) {
    char title[] = "t", type[] = "image/png", temporary[PX_BLOB_TEMPORARY];
    px_error err = {0};
    px_xray xray = {.user_id = user_id, .title = title, .media_type = type, .bytes = 5};
    const px_xray_new what = {.xray = &xray, .temporary = temporary, .idempotency_key = key};
    int64_t id = 0;
    px_sha256_bytes("image", 5, xray.sha256);
    FILE *file = NULL;
    int fd = px_blobs_create_temporary(px_store_blobs(f.store), temporary, &err);
    expect(fd >= 0 && (file = fdopen(fd, "w")) && fwrite("image", 1, 5, file) == 5, &err);
    if (file)
        fclose(file);
    bool ok = px_store_add_xray(f.store, &tester, &what, &id, &err);
    if (refused)
        *refused = !ok;
    expect(ok || (refused && err.code == PX_ERR_INPUT), &err);
    return id;
}

/* Adds, looks, changes and deletes X-rays of one user; every third stays. */
static void *work(void *context) {
    const int64_t user_id = *(int64_t *)context;
    for (int i = 0; i < ROUNDS; i++) {
        px_error err = {0};
        bool found = false;
        px_xray got = {0};
        const int64_t id = try_add(user_id, NULL, NULL);
        expect(px_store_get_xray(f.store, id, &got, &found, &err) && found, &err);
        px_xray_clear(&got);
        expect(px_store_note(f.store, &tester, "xray.view", "xray:1", &err), &err);
        expect(px_store_add_usage(f.store, user_id, 1, 1, 0, &err), &err);
        expect(
            px_store_change_xray(f.store, &tester, user_id, id, "new", NULL, NULL, &found, &err) &&
                found,
            &err);
        if (i % 3 != 0)
            expect(px_store_delete_xray(f.store, &tester, user_id, id, &found, &err) && found,
                   &err);
    }
    return NULL;
}

static void *sweep_until_over(void *context) {
    (void)context;
    while (!atomic_load(&over)) {
        px_error err = {0};
        int problems = 1;
        expect(px_store_sweep(f.store, NULL, &err), &err);
        expect(px_store_check(f.store, report_line, NULL, &problems, &err), &err);
        expect(problems == 0, &err);
    }
    return NULL;
}

static void adds_and_deletes_go_on_beside_sweeps_and_checks(void **state) {
    (void)state;
    int64_t users[THREADS];
    pthread_t sweeper;
    char name[20];
    for (int i = 0; i < THREADS; i++) {
        snprintf(name, sizeof name, "user %d", i);
        users[i] = fixture_add_user(f.store, name);
    }
    atomic_store(&over, false);
    assert_int_equal(pthread_create(&sweeper, NULL, sweep_until_over, NULL), 0);
    run_threads(work, users, 1);
    atomic_store(&over, true);
    pthread_join(sweeper, NULL);
    assert_int_equal(atomic_load(&wrong), 0);
    fixture_check_clean(f.store);
    const int kept = THREADS * (ROUNDS / 3);
    assert_int_equal(fixture_ask_sql(&f, "SELECT count(*) FROM xrays"), kept);
    assert_int_equal(fixture_ask_sql(&f, "SELECT count(*) FROM blobs"), kept);
    assert_int_equal(fixture_count_files(&f, "blobs"), kept);
    assert_int_equal(fixture_count_files(&f, "tmp"), 0);
    for (int i = 0; i < THREADS; i++) {
        px_usage_day day;
        int count;
        MUST(px_store_list_usage(f.store, users[i], &day, 1, &count, &err));
        assert_int_equal(day.requests, ROUNDS);
        assert_int_equal(day.bytes, 5 * ROUNDS);
        MUST(px_store_delete_user(f.store, &tester, users[i], &err));
    }
    assert_int_equal(fixture_count_files(&f, "blobs"), 0);
    fixture_check_clean(f.store);
}

static void *add_once(void *context) {
    int64_t *id = context;
    *id = try_add(PX_USER_ANONYMOUS, "the same key", NULL);
    return NULL;
}

static void a_race_for_an_idempotency_key_adds_one_xray(void **state) {
    (void)state;
    int64_t ids[THREADS];
    run_threads(add_once, ids, 1);
    for (int i = 1; i < THREADS; i++)
        assert_int_equal(ids[i], ids[0]);
    assert_int_equal(fixture_ask_sql(&f, "SELECT count(*) FROM xrays"), 1);
    assert_int_equal(fixture_ask_sql(&f, "SELECT count(*) FROM blobs"), 1);
    assert_int_equal(fixture_count_files(&f, "blobs"), 1);
    fixture_check_clean(f.store);
}

static atomic_int taken;

static void *add_same_user(void *context) {
    (void)context;
    px_error err = {0};
    int64_t id = 0;
    expect(px_store_add_user(f.store, &tester, "ada", "h", PX_ROLE_USER, &id, &err), &err);
    atomic_fetch_add(&taken, id != 0);
    return NULL;
}

static void a_race_for_a_name_has_one_winner(void **state) {
    (void)state;
    atomic_store(&taken, 0);
    run_threads(add_same_user, NULL, 0);
    assert_int_equal(atomic_load(&taken), 1);
}

/* Uploads of an account that is being deleted: each is refused, or goes with it. */
static int64_t doomed;

static void *add_to_doomed(void *context) {
    bool *refused = context;
    for (int i = 0; i < 500 && !*refused; i++)
        try_add(doomed, NULL, refused);
    return NULL;
}

static void *delete_doomed(void *context) {
    (void)context;
    px_error err = {0};
    expect(px_store_delete_user(f.store, &tester, doomed, &err), &err);
    return NULL;
}

static void an_account_can_be_deleted_while_it_uploads(void **state) {
    (void)state;
    bool refused[2] = {false, false};
    pthread_t deleter;
    doomed = fixture_add_user(f.store, "ada");
    for (int i = 0; i < 5; i++)
        fixture_add_xray(f.store, doomed, "t", "image");
    atomic_store(&wrong, 0);
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, add_to_doomed, &refused[i]), 0);
    assert_int_equal(pthread_create(&deleter, NULL, delete_doomed, NULL), 0);
    pthread_join(deleter, NULL);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&wrong), 0);
    assert_true(refused[0] && refused[1]);
    MUST(px_store_sweep(f.store, NULL, &err));
    fixture_check_clean(f.store);
    assert_int_equal(fixture_ask_sql(&f, "SELECT count(*) FROM xrays"), 0);
    assert_int_equal(fixture_ask_sql(&f, "SELECT count(*) FROM blobs"), 0);
    assert_int_equal(fixture_count_files(&f, "blobs"), 0);
}

static void *back_up(void *context) {
    (void)context;
    for (int i = 0; i < 4; i++) {
        char folder[256];
        px_error err = {0};
        px_store_options options = fixture_options(&f);
        snprintf(folder, sizeof folder, "%s/copy%d", f.folder, i);
        options.beside = true;
        px_store *beside = px_store_open(&options, &err);
        expect(beside && px_store_backup(beside, folder, &err), &err);
        px_store_close(beside);
        options = (px_store_options){.folder = folder, .connections = 2, .patience_ms = 9000};
        px_store *copy = px_store_open(&options, &err);
        int problems = 1;
        expect(copy && px_store_check(copy, report_line, NULL, &problems, &err), &err);
        expect(problems == 0, &err);
        px_store_close(copy);
    }
    return NULL;
}

static void backups_are_whole_while_much_changes(void **state) {
    (void)state;
    int64_t users[THREADS];
    pthread_t saver;
    if (f.database)
        skip();
    for (int i = 0; i < THREADS; i++)
        users[i] = PX_USER_ANONYMOUS;
    atomic_store(&wrong, 0);
    assert_int_equal(pthread_create(&saver, NULL, back_up, NULL), 0);
    run_threads(work, users, 1);
    pthread_join(saver, NULL);
    assert_int_equal(atomic_load(&wrong), 0);
    MUST(px_store_sweep(f.store, NULL, &err));
    fixture_check_clean(f.store);
    assert_int_equal(fixture_ask_sql(&f, "SELECT count(*) FROM blobs WHERE state <> 'kept'"), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {STORE_TEST(adds_and_deletes_go_on_beside_sweeps_and_checks),
                                       STORE_TEST(a_race_for_an_idempotency_key_adds_one_xray),
                                       STORE_TEST(a_race_for_a_name_has_one_winner),
                                       STORE_TEST(an_account_can_be_deleted_while_it_uploads),
                                       STORE_TEST(backups_are_whole_while_much_changes)};
    return cmocka_run_group_tests_name("store_threads", tests, NULL, NULL);
}
