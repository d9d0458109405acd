/* Lists of X-rays: filters, and pages by cursor in each order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store_fixture.h"

#define MANY 1000
#define PAGE 37

static int64_t add_xray(int64_t user_id, const char *title, const char *reference,
                        px_xray_status status, double score, bool decision) {
    char *own_title = strdup(title), *own_reference = strdup(reference), type[] = "image/png";
    const px_xray xray = {.title = own_title,
                          .patient_reference = own_reference,
                          .media_type = type,
                          .status = status};
    const px_xray_finding findings[] = {{"edema", score, decision}, {"mass", 1.0 - score, true}};
    const px_xray_new what = {.xray = &xray, .findings = findings, .n_findings = 2};
    int64_t id = 0;
    MUST(fixture_try_xray(f.store, user_id, "image", &what, &id, &err));
    free(own_title);
    free(own_reference);
    return id;
}

/* Rows straight into the tables: images would take minutes. Many share times, titles and scores. */
static void add_many(void) {
    static const char *const make[] = {
        "INSERT INTO users (id, username, username_key, password_hash, role, created)"
        " VALUES (50, 'u', 'u', '!', 0, 0)",
        "INSERT INTO blobs (id, sha256, size, sealed, state, created)"
        " WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)"
        " SELECT i, 'x', 1, 0, 'kept', 0 FROM n",
        "INSERT INTO xrays (id, user_id, blob_id, created, updated, title, consent, status, sha256,"
        " media_type, width, height, bytes)"
        " SELECT id, 50, id, (id * 7919) % 101, 0, 'title ' || CAST((id * 31) % 97 AS TEXT), 0,"
        " 0, 'x', 'image/png', 1, 1, 1 FROM blobs",
        "INSERT INTO xray_findings (xray_id, user_id, finding, score, decision)"
        " SELECT id, 50, 'edema', ((id * 17) % 89) / 89.0, CASE WHEN id % 10 = 0 THEN 0 ELSE 1 END"
        " FROM xrays"};
    fixture_run_sql(&f, make, 4);
}

static int compare_rows(px_xray_sort sort, const px_xray *a, const px_xray *b) {
    int by = sort == PX_SORT_TITLE ? strcmp(a->title, b->title)
                                   : (a->created > b->created) - (a->created < b->created);
    if (by == 0)
        by = (a->id > b->id) - (a->id < b->id);
    return sort == PX_SORT_NEWEST ? -by : by;
}

/* Every X-ray comes once, in order. */
static void check_pages(px_xray_filter filter, int expected) {
    bool seen[MANY + 1] = {false};
    int total = 0;
    char *cursor = NULL;
    px_xray last = {0}, page[PAGE];
    do {
        int count = 0;
        char *next = NULL;
        memset(page, 0, sizeof page);
        filter.cursor = cursor;
        filter.limit = PAGE;
        MUST(px_store_list_xrays(f.store, &filter, page, &count, &next, &err));
        assert_true(count == PAGE || !next);
        for (int i = 0; i < count; i++) {
            assert_false(seen[page[i].id]);
            seen[page[i].id] = true;
            if (filter.sort != PX_SORT_SCORE && last.title)
                assert_true(compare_rows(filter.sort, &last, &page[i]) < 0);
            px_xray_clear(&last);
            last = page[i];
        }
        total += count;
        free(cursor);
        cursor = next;
    } while (cursor);
    px_xray_clear(&last);
    assert_int_equal(total, expected);
}

static void every_order_gives_each_xray_once(void **state) {
    (void)state;
    add_many();
    const px_xray_sort sorts[] = {PX_SORT_NEWEST, PX_SORT_OLDEST, PX_SORT_TITLE};
    for (int i = 0; i < 3; i++) {
        check_pages((px_xray_filter){.user_id = 50, .sort = sorts[i]}, MANY);
        check_pages((px_xray_filter){.user_id = 50, .sort = sorts[i], .finding = "edema"}, 900);
        check_pages((px_xray_filter){.user_id = 50, .sort = sorts[i], .text = "TITLE 9"}, 83);
    }
    check_pages((px_xray_filter){.user_id = 50, .sort = PX_SORT_SCORE, .finding = "edema"}, 900);
    check_pages((px_xray_filter){.user_id = 50, .finding = "mass"}, 0);
    check_pages((px_xray_filter){.user_id = 51}, 0);
}

static void scores_fall_from_page_to_page(void **state) {
    (void)state;
    add_many();
    px_xray page[7] = {0};
    px_xray_filter filter = {.user_id = 50, .sort = PX_SORT_SCORE, .finding = "edema", .limit = 7};
    double before = 2.0;
    char *cursor = NULL;
    for (int n = 0; n < 20; n++) {
        int count;
        char *next = NULL;
        filter.cursor = cursor;
        MUST(px_store_list_xrays(f.store, &filter, page, &count, &next, &err));
        assert_int_equal(count, 7);
        for (int i = 0; i < count; i++) {
            const double score = (double)(page[i].id * 17 % 89) / 89.0;
            assert_true(score <= before);
            before = score;
            px_xray_clear(&page[i]);
        }
        free(cursor);
        cursor = next;
    }
    free(cursor);
}

static void ids_are_listed_newest_first(void **state) {
    (void)state;
    const int64_t user_id = fixture_add_user(f.store, "ada");
    int64_t made[3], ids[5];
    int count;
    for (int i = 0; i < 3; i++)
        made[i] = fixture_add_xray(f.store, user_id, "t", "image");
    fixture_add_xray(f.store, PX_USER_ANONYMOUS, "t", "image");
    MUST(px_store_list_xray_ids(f.store, user_id, ids, 5, &count, &err));
    assert_int_equal(count, 3);
    for (int i = 0; i < 3; i++)
        assert_int_equal(ids[i], made[2 - i]);
    MUST(px_store_list_xray_ids(f.store, user_id, ids, 2, &count, &err));
    assert_int_equal(count, 2);
    assert_int_equal(ids[0], made[2]);
}

static int count_with(px_xray_filter filter) {
    px_xray page[20] = {0};
    char *next = NULL;
    int count = -1;
    filter.limit = 20;
    MUST(px_store_list_xrays(f.store, &filter, page, &count, &next, &err));
    assert_null(next);
    for (int i = 0; i < count; i++)
        px_xray_clear(&page[i]);
    return count;
}

static void filters_let_through_what_they_should(void **state) {
    (void)state;
    const int64_t u = fixture_add_user(f.store, "ada");
    const px_xray_status done = PX_XRAY_DONE, failed = PX_XRAY_FAILED;
    add_xray(u, "Chest PA", "P-1", PX_XRAY_DONE, 0.75, true);
    add_xray(u, "chest lateral", "P-2", PX_XRAY_DONE, 0.25, false);
    add_xray(u, "100% sure_ly!", "p-3", PX_XRAY_FAILED, 0.5, false);
    add_xray(u,
             "\xc3\x9c"
             "bersicht",
             "", PX_XRAY_DONE, 0.5, true);
    add_xray(PX_USER_ANONYMOUS, "Chest", "P-1", PX_XRAY_DONE, 0.5, true);
    const int64_t now = px_store_now();

    assert_int_equal(count_with((px_xray_filter){.user_id = u}), 4);
    assert_int_equal(count_with((px_xray_filter){.user_id = u, .finding = "edema"}), 2);
    assert_int_equal(count_with((px_xray_filter){.user_id = u, .finding = "mass"}), 4);
    assert_int_equal(count_with((px_xray_filter){.user_id = u, .finding = "none"}), 0);
    assert_int_equal(count_with((px_xray_filter){.user_id = u, .status = &done}), 3);
    assert_int_equal(count_with((px_xray_filter){.user_id = u, .status = &failed}), 1);
    assert_int_equal(count_with((px_xray_filter){.user_id = u, .text = "CHEST"}), 2);
    assert_int_equal(count_with((px_xray_filter){.user_id = u, .text = "p-"}), 3);
    assert_int_equal(count_with((px_xray_filter){.user_id = u, .text = "%"}), 1);
    assert_int_equal(count_with((px_xray_filter){.user_id = u, .text = "_"}), 1);
    assert_int_equal(count_with((px_xray_filter){.user_id = u, .text = "!"}), 1);
    assert_int_equal(count_with((px_xray_filter){.user_id = u, .text = "0%%"}), 0);
    assert_int_equal(count_with((px_xray_filter){.user_id = u, .text = ""}), 4);
    assert_int_equal(count_with((px_xray_filter){.user_id = u,
                                                 .text = "\xc3\x9c"
                                                         "BER"}),
                     1);
    assert_int_equal(count_with((px_xray_filter){.user_id = u, .text = "' OR 1=1 --"}), 0);
    assert_int_equal(count_with((px_xray_filter){.user_id = u, .since = now}), 0);
    assert_int_equal(count_with((px_xray_filter){.user_id = u, .until = now}), 4);
    assert_int_equal(count_with((px_xray_filter){.user_id = u, .until = 1}), 0);
}

static void only_true_cursors_are_taken(void **state) {
    (void)state;
    const int64_t u = fixture_add_user(f.store, "ada");
    for (int i = 0; i < 3; i++)
        fixture_add_xray(f.store, u, "'; DROP TABLE xrays; -- \xc3\xa4", "image");
    const px_xray_sort sorts[] = {PX_SORT_NEWEST, PX_SORT_OLDEST, PX_SORT_TITLE};
    char *cursors[3] = {NULL};
    for (int i = 0; i < 3; i++) {
        px_xray page[2] = {0};
        int count;
        px_xray_filter filter = {.user_id = u, .sort = sorts[i], .limit = 2};
        MUST(px_store_list_xrays(f.store, &filter, page, &count, &cursors[i], &err));
        assert_non_null(cursors[i]);
        filter.cursor = cursors[i];
        px_xray_clear(&page[0]);
        px_xray_clear(&page[1]);
        char *next = NULL;
        MUST(px_store_list_xrays(f.store, &filter, page, &count, &next, &err));
        assert_int_equal(count, 1);
        assert_null(next);
        px_xray_clear(&page[0]);
    }
    char changed[3][256];
    const char *bad[] = {
        "",         "n",        "' OR 1=1", "n\xff", "n0000000000000001000000000000000f",
        changed[0], changed[1], changed[2]};
    for (int i = 0; i < 3; i++) {
        snprintf(changed[i], sizeof changed[i], "%s", cursors[i]);
        changed[i][7 + i] = changed[i][7 + i] == 'A' ? 'B' : 'A';
        assert_null(strstr(cursors[i], "DROP")); /* it says nothing to who sees it */
    }
    for (int i = 0; i < 3; i++) {
        px_xray page[2] = {0};
        int count = 5;
        char *next = NULL;
        px_xray_filter filter = {.user_id = u, .sort = sorts[i], .limit = 2};
        for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
            filter.cursor = bad[k];
            MUST_FAIL(px_store_list_xrays(f.store, &filter, page, &count, &next, &err),
                      PX_ERR_INPUT);
        }
        filter.cursor = cursors[(i + 1) % 3];
        MUST_FAIL(px_store_list_xrays(f.store, &filter, page, &count, &next, &err), PX_ERR_INPUT);
        assert_int_equal(count, 5);
        assert_null(next);
    }
    px_xray_filter unnamed = {.user_id = u, .sort = PX_SORT_SCORE, .limit = 2};
    MUST_FAIL(px_store_list_xrays(f.store, &unnamed, NULL, NULL, NULL, &err), PX_ERR_USAGE);
    for (int i = 0; i < 3; i++)
        free(cursors[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        STORE_TEST(every_order_gives_each_xray_once), STORE_TEST(scores_fall_from_page_to_page),
        STORE_TEST(ids_are_listed_newest_first), STORE_TEST(filters_let_through_what_they_should),
        STORE_TEST(only_true_cursors_are_taken)};
    return cmocka_run_group_tests_name("store_list", tests, NULL, NULL);
}
