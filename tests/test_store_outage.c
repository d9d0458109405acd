/* PostgreSQL is killed and started again while X-rays are added and deleted: requests fail with
 * "try again later", the store recovers by itself, and what was acknowledged is whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "store_fixture.h"

#define THREADS 3
#define MOST 4000
#define OUTAGES 3

typedef struct worker {
    pthread_t thread;
    int64_t kept[MOST], deleted[MOST];
    int n_kept, n_deleted, wrong;
    atomic_int successes, failures;
} worker;

static worker workers[THREADS];
static atomic_bool over;
static px_store *store;

static void count_failure(worker *me, const px_error *err) {
    atomic_fetch_add(&me->failures, 1);
    if (err->code != PX_ERR_BUSY) {
        me->wrong++;
        print_error("%s: %s\n", err->subject, err->message);
    }
}

static bool add_one(int64_t *id, px_error *err) {
    char title[] = "t", type[] = "image/png", temporary[PX_BLOB_TEMPORARY];
    px_xray xray = {.user_id = PX_USER_ANONYMOUS, .title = title, .media_type = type};
    const px_xray_new what = {.xray = &xray, .temporary = temporary};
    int fd = px_blobs_create_temporary(px_store_blobs(store), temporary, err);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    bool written = file && fwrite("image", 1, 5, file) == 5;
    if (file)
        written = fclose(file) == 0 && written;
    px_sha256_bytes("image", 5, xray.sha256);
    xray.bytes = 5;
    return written && px_store_add_xray(store, &tester, &what, id, err);
}

/* Adds, and deletes every other one. A deletion that failed may have been kept all the same. */
static void *work(void *context) {
    worker *me = context;
    while (!atomic_load(&over) && me->n_kept < MOST && me->n_deleted < MOST) {
        px_error err = {0};
        int64_t id = 0;
        bool found = false;
        if (!add_one(&id, &err)) {
            count_failure(me, &err);
        } else if (me->n_kept <= me->n_deleted) {
            me->kept[me->n_kept++] = id;
            atomic_fetch_add(&me->successes, 1);
        } else if (px_store_delete_xray(store, &tester, PX_USER_ANONYMOUS, id, &found, &err)) {
            me->deleted[me->n_deleted++] = id;
            atomic_fetch_add(&me->successes, 1);
        } else {
            count_failure(me, &err);
        }
    }
    return NULL;
}

static void control(const char *what) {
    char command[400];
    snprintf(command, sizeof command, "%s %s >/dev/null 2>&1 </dev/null",
             getenv("PERXEPTRON_TEST_POSTGRES_CONTROL"), what);
    assert_int_equal(system(command), 0);
}

static void wait_ms(long ms) {
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

/* Until each worker has had some more successes, or failures; a minute at most. */
static void wait_for_more(bool failures, int more) {
    int before[THREADS], waited = 0;
    for (int i = 0; i < THREADS; i++)
        before[i] = atomic_load(failures ? &workers[i].failures : &workers[i].successes);
    for (int i = 0; i < THREADS && waited < 6000; waited++) {
        const int now = atomic_load(failures ? &workers[i].failures : &workers[i].successes);
        if (now >= before[i] + more)
            i++;
        else
            wait_ms(10);
    }
    assert_true(waited < 6000);
}

static void check_worker(const worker *me) {
    px_xray got = {0};
    bool found;
    assert_int_equal(me->wrong, 0);
    assert_true(me->n_kept > OUTAGES && me->n_deleted > OUTAGES);
    for (int i = 0; i < me->n_kept; i++)
        assert_true(fixture_has_image(store, me->kept[i], "image"));
    for (int i = 0; i < me->n_deleted; i++) {
        MUST(px_store_get_xray(store, me->deleted[i], &got, &found, &err));
        assert_false(found);
    }
}

static void check_settled(void) {
    static const char *const age[] = {"UPDATE blobs SET created = 0 WHERE state = 'pending'"};
    MUST(px_store_sweep(store, NULL, &err));
    fixture_run_sql(&f, age, 1); /* those whose row was kept, though nobody heard of it */
    MUST(px_store_sweep(store, NULL, &err));
    fixture_check_clean(store);
    assert_int_equal(fixture_ask_sql(&f, "SELECT count(*) FROM blobs WHERE state <> 'kept'"), 0);
    assert_int_equal(fixture_count_files(&f, "blobs"),
                     fixture_ask_sql(&f, "SELECT count(*) FROM xrays"));
    assert_int_equal(fixture_count_files(&f, "tmp"), 0);
}

static void outages_are_survived(void **state) {
    (void)state;
    if (!getenv("PERXEPTRON_TEST_POSTGRES_CONTROL"))
        skip();
    fixture_close(&f);
    px_store_options options = fixture_options(&f);
    options.patience_ms = 300;
    MUST((store = px_store_open(&options, &err)));
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    for (int i = 0; i < OUTAGES; i++) {
        wait_for_more(false, 4);
        control(i % 2 ? "stop" : "kill");
        assert_false(px_store_ping(store, NULL));
        wait_for_more(true, 1);
        control("start");
    }
    wait_for_more(false, 4);
    atomic_store(&over, true);
    for (int i = 0; i < THREADS; i++)
        pthread_join(workers[i].thread, NULL);
    MUST(px_store_ping(store, &err));
    check_settled();
    for (int i = 0; i < THREADS; i++)
        check_worker(&workers[i]);
    px_store_close(store);
}

int main(void) {
    const struct CMUnitTest tests[] = {STORE_TEST(outages_are_survived)};
    return cmocka_run_group_tests_name("store_outage", tests, NULL, NULL);
}
