/* The process ends at every single step of its work, or a step fails: what was acknowledged is
 * whole afterwards, every file has a row and every row its file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "failing_calls.h"
#include "store_fixture.h"

static char key_path[256];

/* ---- Ending the process ---- */

/* What the child acknowledged, told over a pipe: an X-ray that is there from now on, or not. */
typedef struct news {
    int64_t added, deleted; /* 0: none */
} news;

static void tell(int pipe_end, int64_t added, int64_t deleted) {
    const news what = {added, deleted};
    calls_mode mode = calls_mode_now;
    calls_mode_now = CALLS_WORK;
    if (write(pipe_end, &what, sizeof what) != sizeof what)
        _exit(1);
    calls_mode_now = mode;
}

static int64_t child_adds(px_store *store, int64_t user_id, const char *image,
                          const px_xray_new *like) {
    px_error err = {0};
    int64_t id = 0;
    if (!fixture_try_xray(store, user_id, image, like, &id, &err))
        _exit(2);
    return id;
}

/* A life with every change that touches images. */
static void live(int pipe_end) {
    px_error err = {0};
    px_store_options options = fixture_options(&f);
    options.key_file = key_path;
    px_store *store = px_store_open(&options, &err);
    char title[] = "t", type[] = "image/png";
    px_xray xray = {.title = title, .media_type = type};
    int64_t user = 0, again;
    bool found, ok = store && px_store_add_user(store, &tester, "ada", "h", 0, &user, &err);
    if (!ok)
        _exit(3);
    const int64_t first = child_adds(store, PX_USER_ANONYMOUS, "image", NULL);
    tell(pipe_end, first, 0);
    const px_xray_new once = {.xray = &xray, .idempotency_key = "once"};
    const int64_t second = child_adds(store, PX_USER_ANONYMOUS, "image", &once);
    tell(pipe_end, second, 0);
    again = child_adds(store, PX_USER_ANONYMOUS, "image", &once);
    if (again != second)
        _exit(4);
    ok = px_store_delete_xray(store, &tester, PX_USER_ANONYMOUS, first, &found, &err) && found;
    tell(pipe_end, 0, first);
    xray.expires = 1;
    const int64_t expired =
        child_adds(store, PX_USER_ANONYMOUS, "image", &(px_xray_new){.xray = &xray});
    const int64_t theirs = child_adds(store, user, "image", NULL);
    ok = ok && px_store_sweep(store, NULL, &err);
    tell(pipe_end, 0, expired);
    ok = ok && px_store_delete_user(store, &tester, user, &err);
    tell(pipe_end, 0, theirs);
    px_store_close(store);
    _exit(ok ? 0 : 5);
}

/* @return false when the child came to its end; what it said is in `said`. */
static bool child_dies(int at, news *said, int *n_said) {
    int ends[2], status;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        calls_mode_now = CALLS_DIE;
        calls_left = at;
        live(ends[1]);
    }
    close(ends[1]);
    *n_said = 0;
    while (*n_said < 16 && read(ends[0], &said[*n_said], sizeof *said) == sizeof *said)
        ++*n_said;
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) != 0 && WEXITSTATUS(status) != CALLS_DIED)
        fail_msg("step %d: the child failed with %d", at, WEXITSTATUS(status));
    return WEXITSTATUS(status) == CALLS_DIED;
}

/* Nothing waits or is to be deleted any more; files and rows are the same in number. */
static void check_settled(void) {
    static const char *const age[] = {"UPDATE blobs SET created = 0 WHERE state = 'pending'"};
    if (f.database) { /* as if an hour had passed: other servers might still be uploading */
        fixture_run_sql(&f, age, 1);
        MUST(px_store_sweep(f.store, NULL, &err));
    }
    fixture_check_clean(f.store);
    assert_int_equal(fixture_ask_sql(&f, "SELECT count(*) FROM blobs WHERE state <> 'kept'"), 0);
    assert_int_equal(fixture_count_files(&f, "blobs"),
                     fixture_ask_sql(&f, "SELECT count(*) FROM xrays"));
}

static bool is_deleted_later(const news *said, int n_said, int64_t id) {
    for (int i = 0; i < n_said; i++)
        if (said[i].deleted == id)
            return true;
    return false;
}

static void check_after_death(const news *said, int n_said) {
    px_error err = {0};
    px_store_options options = fixture_options(&f);
    options.key_file = key_path;
    f.store = px_store_open(&options, &err);
    if (!f.store)
        fail_msg("%s: %s", err.subject, err.message);
    check_settled();
    for (int i = 0; i < n_said; i++) {
        if (said[i].added && !is_deleted_later(said, n_said, said[i].added)) {
            /* A deletion under way may have been kept and not told. */
            bool is_first = i == 0 && n_said == 2;
            assert_true(fixture_has_image(f.store, said[i].added, "image") || is_first);
        }
        if (said[i].deleted)
            assert_false(fixture_has_image(f.store, said[i].deleted, "image"));
    }
    if (!f.database)
        assert_int_equal(fixture_count_files(&f, "tmp"), 0);
}

static void write_key(const fixture *on) {
    static const char digits[] = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    snprintf(key_path, sizeof key_path, "%s", scratch_path(&on->scratch, "key"));
    int fd = open(key_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_int_equal(write(fd, digits, 64), 64);
    close(fd);
}

static void nothing_is_lost_wherever_it_dies(void **state) {
    (void)state;
    const int stride = scratch_is_postgres() ? 3 : 1; /* a new database there takes its time */
    bool died = true;
    int deaths = 0;
    for (int at = 0; died; at += stride) {
        news said[16];
        int n_said;
        fixture_begin(&f);
        write_key(&f);
        fixture_close(&f);
        died = child_dies(at, said, &n_said);
        check_after_death(said, n_said);
        fixture_end(&f);
        deaths += died;
    }
    assert_true(deaths * stride > 150);
}

/* ---- Steps that fail ---- */

static void sweep(void) {
    MUST(px_store_sweep(f.store, NULL, &err));
}

static void check_failed_add(int64_t xrays, int64_t audit) {
    sweep();
    check_settled();
    assert_int_equal(fixture_count_files(&f, "tmp"), 0);
    assert_int_equal(fixture_ask_sql(&f, "SELECT count(*) FROM xrays"), xrays);
    assert_int_equal(fixture_ask_sql(&f, "SELECT count(*) FROM audit"), audit);
}

/* Adds an X-ray while its Nth step fails; false when none failed any more. */
static bool add_while_failing(int at, int64_t *kept) {
    const int64_t xrays = fixture_ask_sql(&f, "SELECT count(*) FROM xrays"),
                  audit = fixture_ask_sql(&f, "SELECT count(*) FROM audit");
    char temporary[PX_BLOB_TEMPORARY], title[] = "t", type[] = "image/png";
    px_xray xray = {.user_id = PX_USER_ANONYMOUS, .title = title, .media_type = type, .bytes = 5};
    const px_xray_new what = {.xray = &xray, .temporary = temporary};
    px_error err = {0};
    fixture_write_temporary(f.store, "image", 5, temporary);
    px_sha256_bytes("image", 5, xray.sha256);
    calls_mode_now = CALLS_FAIL;
    calls_left = at;
    *kept = -1;
    bool ok = px_store_add_xray(f.store, &tester, &what, kept, &err);
    const bool failed = calls_left < 0;
    calls_mode_now = CALLS_WORK;
    if (!ok) {
        assert_true(failed);
        assert_true(err.code == PX_ERR_IO || err.code == PX_ERR_BUSY);
        assert_true(strlen(err.message) > 3);
        assert_int_equal(*kept, -1);
        px_blobs_remove_temporary(px_store_blobs(f.store), temporary);
        check_failed_add(xrays, audit);
    } else {
        assert_true(fixture_has_image(f.store, *kept, "image"));
    }
    return failed;
}

static void a_step_that_fails_leaves_nothing(void **state) {
    (void)state;
    write_key(&f);
    fixture_close(&f);
    px_store_options options = fixture_options(&f);
    options.key_file = key_path;
    MUST((f.store = px_store_open(&options, &err)));
    const int numbers[] = {EIO, ENOSPC, EROFS};
    for (int i = 0; i < 3; i++) {
        int64_t kept;
        int steps = 0;
        calls_errno = numbers[i];
        while (add_while_failing(steps, &kept))
            steps++;
        assert_true(steps > 20);
        assert_true(kept > 0);
    }
}

static void a_deletion_that_fails_is_made_up_for(void **state) {
    (void)state;
    bool failed = true;
    for (int at = 0; failed; at++) {
        bool found = false;
        px_error err = {0};
        const int64_t id = fixture_add_xray(f.store, PX_USER_ANONYMOUS, "t", "image");
        calls_mode_now = CALLS_FAIL;
        calls_left = at;
        bool ok = px_store_delete_xray(f.store, &tester, PX_USER_ANONYMOUS, id, &found, &err);
        failed = calls_left < 0;
        calls_mode_now = CALLS_WORK;
        assert_int_equal(ok, found);
        assert_int_equal(fixture_has_image(f.store, id, "image"), !ok);
        sweep();
        check_settled();
    }
}

/* The database kept the X-ray, and was lost before it could say so. */
static void a_lie_about_a_commit_destroys_nothing(void **state) {
    (void)state;
    int there = 0;
    bool chosen = true;
    for (int at = 0; chosen; at++) {
        px_error err = {0};
        int64_t id = -1;
        calls_left = at;
        calls_mode_now = CALLS_LIE;
        bool ok = fixture_try_xray(f.store, PX_USER_ANONYMOUS, "image", NULL, &id, &err);
        chosen = calls_left < 0;
        calls_mode_now = CALLS_WORK;
        assert_int_equal(ok, id > 0);
        sweep();
        const int64_t now = fixture_ask_sql(&f, "SELECT count(*) FROM xrays");
        assert_true(now == there + 1 || (!ok && now == there));
        there = (int)now;
    }
    fixture_check_clean(f.store);
    assert_int_equal(fixture_count_files(&f, "blobs"), there);
}

/* Of SQLite's write-ahead log, the largest file; more than an image is. */
static off_t size_of_log(void) {
    struct stat about;
    if (stat(scratch_path(&f.scratch, "perxeptron.db-wal"), &about) != 0)
        return 30000;
    return about.st_size > 30000 ? about.st_size : 30000;
}

/* A full disk, as SQLite too meets it: no file can grow beyond a limit. */
static void a_full_disk_is_survived(void **state) {
    (void)state;
    struct rlimit before, limit;
    char image[20001];
    int failures = 0, successes = 0;
    memset(image, 'x', sizeof image - 1);
    image[sizeof image - 1] = '\0';
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    for (off_t room = 0; room < 100000; room += 4096) {
        int64_t id = -1, audit = fixture_ask_sql(&f, "SELECT count(*) FROM audit");
        px_error err = {0};
        limit = before;
        limit.rlim_cur = (rlim_t)(size_of_log() + room);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
        bool ok = fixture_try_xray(f.store, PX_USER_ANONYMOUS, image, NULL, &id, &err);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
        if (ok) {
            assert_true(fixture_has_image(f.store, id, image));
            successes++;
        } else {
            assert_int_equal(err.code, PX_ERR_IO);
            failures++;
            check_failed_add(successes, audit);
        }
    }
    assert_true(successes > 0);
    assert_true(failures > 0 || f.database);
    fixture_check_clean(f.store);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_is_lost_wherever_it_dies),
                                       STORE_TEST(a_step_that_fails_leaves_nothing),
                                       STORE_TEST(a_deletion_that_fails_is_made_up_for),
                                       STORE_TEST(a_lie_about_a_commit_destroys_nothing),
                                       STORE_TEST(a_full_disk_is_survived)};
    return cmocka_run_group_tests_name("store_crash", tests, NULL, NULL);
}
