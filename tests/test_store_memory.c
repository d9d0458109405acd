/* Memory that runs out at every allocation of the store's own: reported, and nothing left behind.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "failing_memory.h"
#include "store_fixture.h"

static int64_t user_id;

static bool add(px_error *err) {
    char temporary[PX_BLOB_TEMPORARY], title[] = "t", type[] = "image/png";
    px_xray xray = {.user_id = user_id, .title = title, .media_type = type, .bytes = 5};
    const px_xray_finding findings[] = {{"edema", 0.25, true}};
    const px_xray_new what = {
        .xray = &xray, .findings = findings, .n_findings = 1, .temporary = temporary};
    const int left = allocations_left;
    int64_t id = -1;
    allocations_left = -1;
    fixture_write_temporary(f.store, "image", 5, temporary);
    px_sha256_bytes("image", 5, xray.sha256);
    allocations_left = left;
    bool ok = px_store_add_xray(f.store, &tester, &what, &id, err);
    assert_int_equal(ok, id > 0);
    return ok;
}

static void adding_runs_out_of_memory(void **state) {
    (void)state;
    user_id = PX_USER_ANONYMOUS;
    exhaust(add, 15);
    MUST(px_store_sweep(f.store, NULL, &err));
    fixture_check_clean(f.store);
    assert_int_equal(fixture_ask_sql(&f, "SELECT count(*) FROM xrays"), 1);
    assert_int_equal(fixture_count_files(&f, "blobs"), 1);
    assert_int_equal(fixture_count_files(&f, "tmp"), 0);
}

static bool list(px_error *err) {
    px_xray page[2] = {0};
    int count = -1;
    char *next = NULL;
    const px_xray_filter filter = {.user_id = user_id, .text = "t", .limit = 2};
    if (!px_store_list_xrays(f.store, &filter, page, &count, &next, err)) {
        assert_int_equal(count, -1);
        assert_null(next);
        return false;
    }
    assert_int_equal(count, 2);
    assert_non_null(next);
    free(next);
    px_xray_clear(&page[0]);
    px_xray_clear(&page[1]);
    return true;
}

static void listing_runs_out_of_memory(void **state) {
    (void)state;
    user_id = fixture_add_user(f.store, "ada");
    for (int i = 0; i < 3; i++)
        fixture_add_xray(f.store, user_id, "t", "image");
    exhaust(list, 12);
}

static bool open_and_check(px_error *err) {
    const px_store_options options = fixture_options(&f);
    int problems = -1;
    px_store *store = px_store_open(&options, err);
    bool ok = store && px_store_check(store, NULL, NULL, &problems, err);
    assert_int_equal(ok, problems == 0);
    px_store_close(store);
    return ok;
}

static void opening_and_checking_run_out_of_memory(void **state) {
    (void)state;
    fixture_add_xray(f.store, PX_USER_ANONYMOUS, "t", "image");
    fixture_close(&f);
    exhaust(open_and_check, 40);
    fixture_open(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {STORE_TEST(adding_runs_out_of_memory),
                                       STORE_TEST(listing_runs_out_of_memory),
                                       STORE_TEST(opening_and_checking_run_out_of_memory)};
    return cmocka_run_group_tests_name("store_memory", tests, NULL, NULL);
}
