/* Reviews of findings: whose, how long they last, and that a page of X-rays has each its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "failing_memory.h"
#include "store_fixture.h"

/* One that was read, with these two findings. */
static int64_t add_xray(int64_t user_id) {
    char title[] = "t", type[] = "image/png", reading[] = "{}";
    const px_xray xray = {.title = title, .media_type = type, .reading = reading};
    const px_xray_finding findings[] = {{"edema", 0.5, true}, {"mass", 0.25, false}};
    const px_xray_new what = {.xray = &xray, .findings = findings, .n_findings = 2};
    int64_t id = 0;
    MUST(fixture_try_xray(f.store, user_id, "image", &what, &id, &err));
    return id;
}

static bool review(int64_t user_id, int64_t xray_id, const char *finding, px_verdict verdict,
                   const char *note) {
    px_review said = {.finding = finding, .verdict = verdict, .note = note};
    bool found = false;
    MUST(px_store_set_review(f.store, &tester, user_id, xray_id, &said, &found, &err));
    assert_int_equal(found, said.updated > px_store_now() - PX_HOUR);
    return found;
}

static bool take_back(int64_t user_id, int64_t xray_id, const char *finding) {
    bool found = false;
    MUST(px_store_delete_review(f.store, &tester, user_id, xray_id, finding, &found, &err));
    return found;
}

static px_xray get(int64_t id) {
    px_xray xray = {0};
    bool found;
    MUST(px_store_get_xray(f.store, id, &xray, &found, &err));
    assert_true(found);
    return xray;
}

static void expect(int64_t id, const char *finding, px_verdict verdict, const char *note) {
    px_xray xray = get(id);
    const px_review *said = px_xray_find_review(&xray, finding);
    assert_non_null(said);
    assert_int_equal(said->verdict, verdict);
    assert_string_equal(said->note, note);
    assert_true(said->updated >= xray.created);
    px_xray_clear(&xray);
}

static void expect_none(int64_t id, const char *finding) {
    px_xray xray = get(id);
    assert_null(px_xray_find_review(&xray, finding));
    px_xray_clear(&xray);
}

static void what_is_said_last_counts(void **state) {
    (void)state;
    const int64_t u = fixture_add_user(f.store, "ada"), x = add_xray(u);
    px_xray before = get(x);
    expect_none(x, "edema");
    assert_true(review(u, x, "edema", PX_VERDICT_ACCEPTED, ""));
    assert_true(review(u, x, "mass", PX_VERDICT_NONE, "two\nlines \xe2\x98\x82"));
    expect(x, "edema", PX_VERDICT_ACCEPTED, "");
    expect(x, "mass", PX_VERDICT_NONE, "two\nlines \xe2\x98\x82");
    assert_true(review(u, x, "edema", PX_VERDICT_REJECTED, "skin fold"));
    expect(x, "edema", PX_VERDICT_REJECTED, "skin fold");
    px_xray after = get(x);
    assert_int_equal(after.n_reviews, 2);
    assert_int_equal(after.updated, before.updated);
    px_xray_clear(&before);
    px_xray_clear(&after);
    fixture_check_clean(f.store);
}

static void only_findings_of_ones_own_are_reviewed(void **state) {
    (void)state;
    const int64_t u = fixture_add_user(f.store, "ada"), other = fixture_add_user(f.store, "b");
    const int64_t x = add_xray(u);
    assert_false(review(other, x, "edema", PX_VERDICT_ACCEPTED, ""));
    assert_false(review(u, x, "fracture", PX_VERDICT_ACCEPTED, ""));
    assert_false(review(u, x + 1, "edema", PX_VERDICT_ACCEPTED, ""));
    expect_none(x, "edema");
    assert_true(review(u, x, "edema", PX_VERDICT_ACCEPTED, ""));
    assert_false(take_back(other, x, "edema"));
    assert_false(take_back(u, x, "mass"));
    assert_true(take_back(u, x, "edema"));
    assert_false(take_back(u, x, "edema"));
    expect_none(x, "edema");
}

static void each_xray_of_a_page_has_its_own(void **state) {
    (void)state;
    enum { MANY = 60 };
    const int64_t u = fixture_add_user(f.store, "ada");
    int64_t ids[MANY];
    for (int i = 0; i < MANY; i++)
        ids[i] = add_xray(u);
    for (int i = 0; i < MANY; i += 3) {
        char note[2] = {(char)('A' + i / 3), '\0'};
        assert_true(review(u, ids[i], "mass", PX_VERDICT_REJECTED, note));
        assert_true(review(u, ids[i], "edema", PX_VERDICT_ACCEPTED, ""));
    }
    px_xray page[MANY] = {0};
    int count;
    char *next = NULL;
    const px_xray_filter filter = {.user_id = u, .limit = MANY};
    MUST(px_store_list_xrays(f.store, &filter, page, &count, &next, &err));
    assert_int_equal(count, MANY);
    for (int i = 0; i < MANY; i++) {
        const int nth = MANY - 1 - i;
        assert_int_equal(page[i].id, ids[nth]);
        assert_int_equal(page[i].n_reviews, nth % 3 == 0 ? 2 : 0);
        if (nth % 3 == 0)
            assert_int_equal(px_xray_find_review(&page[i], "mass")->note[0], 'A' + nth / 3);
        px_xray_clear(&page[i]);
    }
}

static void reviews_go_with_what_they_are_of(void **state) {
    (void)state;
    const int64_t u = fixture_add_user(f.store, "ada"), x = add_xray(u), y = add_xray(u);
    bool found;
    assert_true(review(u, x, "edema", PX_VERDICT_ACCEPTED, ""));
    assert_true(review(u, y, "edema", PX_VERDICT_ACCEPTED, ""));
    /* Another reading finds other things. */
    const px_xray_finding again[] = {{"edema", 0.1, false}};
    MUST(px_store_set_reading(f.store, &tester, &(px_xray){.id = x, .user_id = u}, again, 1, &found,
                              &err));
    expect_none(x, "edema");
    assert_true(review(u, x, "edema", PX_VERDICT_REJECTED, ""));
    MUST(px_store_delete_xray(f.store, &tester, u, x, &found, &err));
    assert_int_equal(fixture_ask_sql(&f, "SELECT count(*) FROM xray_reviews"), 1);
    MUST(px_store_delete_user(f.store, &tester, u, &err));
    assert_int_equal(fixture_ask_sql(&f, "SELECT count(*) FROM xray_reviews"), 0);
    fixture_check_clean(f.store);
}

static void an_expired_xray_is_not_reviewed(void **state) {
    (void)state;
    static const char *const expire[] = {"UPDATE xrays SET expires = 1"};
    const int64_t x = add_xray(PX_USER_ANONYMOUS);
    assert_true(review(PX_USER_ANONYMOUS, x, "edema", PX_VERDICT_ACCEPTED, ""));
    fixture_run_sql(&f, expire, 1);
    assert_false(review(PX_USER_ANONYMOUS, x, "edema", PX_VERDICT_REJECTED, ""));
}

static void changes_are_noted_and_nothing_else(void **state) {
    (void)state;
    const int64_t u = fixture_add_user(f.store, "ada"), x = add_xray(u);
    review(u, x, "edema", PX_VERDICT_ACCEPTED, "secret");
    review(u, x, "fracture", PX_VERDICT_ACCEPTED, "");
    take_back(u, x, "mass");
    take_back(u, x, "edema");
    assert_int_equal(fixture_ask_sql(&f, "SELECT count(*) FROM audit WHERE action = 'xray.review'"
                                         " AND object = 'xray:1' AND user_id = 7"),
                     2);
    assert_int_equal(x, 1);
}

static int64_t reviewed;

static bool get_reviewed(px_error *err) {
    px_xray xray = {0};
    bool found = false;
    if (!px_store_get_xray(f.store, reviewed, &xray, &found, err)) {
        assert_null(xray.title);
        return false;
    }
    assert_true(found && xray.n_reviews == 2);
    px_xray_clear(&xray);
    return true;
}

static void memory_may_run_out_anywhere(void **state) {
    (void)state;
    const int64_t u = fixture_add_user(f.store, "ada");
    reviewed = add_xray(u);
    review(u, reviewed, "edema", PX_VERDICT_ACCEPTED, "a note");
    review(u, reviewed, "mass", PX_VERDICT_NONE, "another");
    exhaust(get_reviewed, 10);
}

int main(void) {
    const struct CMUnitTest tests[] = {STORE_TEST(what_is_said_last_counts),
                                       STORE_TEST(only_findings_of_ones_own_are_reviewed),
                                       STORE_TEST(each_xray_of_a_page_has_its_own),
                                       STORE_TEST(reviews_go_with_what_they_are_of),
                                       STORE_TEST(an_expired_xray_is_not_reviewed),
                                       STORE_TEST(changes_are_noted_and_nothing_else),
                                       STORE_TEST(memory_may_run_out_anywhere)};
    return cmocka_run_group_tests_name("store_reviews", tests, NULL, NULL);
}
