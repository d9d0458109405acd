/* Token buckets against a simple model over random sequences, log-in delays, bounded memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "../src/base/random.h"
#include "../src/server/limits.h"

#define SUBJECTS 5
#define START_MS 1000000

static px_limits *make_limits(int requests, int readings, int logins) {
    px_limits *limits = px_limits_new(&(px_limits_options){requests, readings, logins}, NULL);
    assert_non_null(limits);
    return limits;
}

static bool take(px_limits *limits, const char *subject, int64_t now_ms, px_limit_state *state) {
    return px_limits_take(limits, PX_LIMIT_REQUEST, &subject, 1, 0, now_ms, state);
}

/* Buckets that are filled at every step, in floating point. */
typedef struct model {
    double tokens[SUBJECTS];
    int quota;
    int64_t now_ms;
} model;

static void model_wait(model *m, int64_t ms) {
    m->now_ms += ms;
    for (int i = 0; i < SUBJECTS; i++) {
        m->tokens[i] += (double)ms * m->quota / 60000;
        if (m->tokens[i] > m->quota)
            m->tokens[i] = m->quota;
    }
}

/* A request of some of the subjects; where the model itself is on the edge it follows. */
static void check_step(px_limits *limits, model *m, px_random *random) {
    static const char *const names[SUBJECTS] = {"user:1", "key:2", "address:::1", "user:4",
                                                "key:5"};
    const char *subjects[SUBJECTS];
    int chosen[SUBJECTS], n = 0;
    double least = m->quota;
    for (int i = 0; i < SUBJECTS; i++)
        if (px_random_below(random, 3) == 0) {
            chosen[n] = i;
            subjects[n++] = names[i];
            least = m->tokens[i] < least ? m->tokens[i] : least;
        }
    px_limit_state state;
    const bool granted =
        px_limits_take(limits, PX_LIMIT_REQUEST, subjects, n, 0, m->now_ms, &state);
    const bool on_edge = least > 1 - 1e-6 && least < 1 + 1e-6;
    if (!on_edge && granted != (least >= 1))
        fail_msg("quota %d: %d with %.9f tokens", m->quota, granted, least);
    for (int i = 0; granted && n > 0 && i < n; i++)
        m->tokens[chosen[i]] -= 1;
    least -= granted && n > 0 ? 1 : 0;
    assert_int_equal(state.quota, m->quota);
    if (granted)
        assert_true(state.remaining <= least + 1e-6 && state.remaining > least - 1 - 1e-6);
    else
        assert_int_equal(state.remaining, 0);
}

static void check_quota(int quota, int64_t longest_step_ms) {
    px_limits *limits = make_limits(quota, 0, 0);
    model m = {.quota = quota, .now_ms = START_MS};
    px_random random;
    px_random_init(&random, (uint64_t)quota, (uint64_t)longest_step_ms);
    for (int i = 0; i < SUBJECTS; i++)
        m.tokens[i] = quota;
    for (int i = 0; i < 5000; i++) {
        check_step(limits, &m, &random);
        model_wait(&m, (int64_t)px_random_below(&random, (uint64_t)longest_step_ms));
    }
    px_limits_free(limits);
}

static void buckets_follow_the_model(void **state) {
    (void)state;
    static const int quotas[] = {1, 2, 7, 60, 100, 1000, 60000};
    for (size_t i = 0; i < sizeof quotas / sizeof *quotas; i++) {
        check_quota(quotas[i], 120000 / quotas[i] + 2);
        check_quota(quotas[i], 40000 / quotas[i] + 1);
        check_quota(quotas[i], 200000);
    }
}

static void a_burst_is_as_many_as_the_quota(void **state) {
    (void)state;
    static const int quotas[] = {1, 3, 7, 59, 60, 1001, 70000};
    for (size_t i = 0; i < sizeof quotas / sizeof *quotas; i++) {
        px_limits *limits = make_limits(quotas[i], 0, 0);
        px_limit_state now;
        for (int left = quotas[i] - 1; left >= 0; left--) {
            assert_true(take(limits, "user:1", START_MS, &now));
            assert_int_equal(now.remaining, left);
        }
        assert_in_range(now.retry_s, 59, 60);
        assert_false(take(limits, "user:1", START_MS, &now));
        assert_int_equal(now.retry_s, (60 + quotas[i] - 1) / quotas[i]);
        assert_true(take(limits, "user:2", START_MS, &now));
        assert_true(take(limits, "user:1", START_MS + now.retry_s * 1000, &now));
        px_limits_free(limits);
    }
}

static void retry_says_when(void **state) {
    (void)state;
    px_limits *limits = make_limits(2, 0, 0);
    px_limit_state now;
    assert_true(take(limits, "a", START_MS, &now));
    assert_true(take(limits, "a", START_MS + 10000, &now));
    assert_false(take(limits, "a", START_MS + 10000, &now));
    assert_int_equal(now.retry_s, 20);
    assert_false(take(limits, "a", START_MS + 29999, &now));
    assert_int_equal(now.retry_s, 1);
    assert_true(take(limits, "a", START_MS + 30000, &now));
    assert_int_equal(now.remaining, 0);
    assert_int_equal(now.retry_s, 60);
    assert_true(take(limits, "a", START_MS + 200000, &now));
    assert_int_equal(now.remaining, 1);
    assert_int_equal(now.retry_s, 30);
    px_limits_free(limits);
}

static void all_are_charged_or_none(void **state) {
    (void)state;
    const char *const both[] = {"user:1", "address:a"}, *const other[] = {"user:2", "address:a"};
    px_limits *limits = make_limits(3, 0, 0);
    px_limit_state now;
    for (int i = 0; i < 3; i++)
        assert_true(px_limits_take(limits, PX_LIMIT_REQUEST, both, 2, 0, START_MS, &now));
    for (int i = 0; i < 10; i++)
        assert_false(px_limits_take(limits, PX_LIMIT_REQUEST, other, 2, 0, START_MS, &now));
    assert_true(take(limits, "user:2", START_MS, &now));
    assert_int_equal(now.remaining, 2);
    assert_true(px_limits_take(limits, PX_LIMIT_REQUEST, both, 0, 0, START_MS, &now));
    assert_int_equal(now.remaining, 3);
    px_limits_free(limits);
}

static void kinds_have_buckets_of_their_own(void **state) {
    (void)state;
    const char *const subject = "user:1";
    px_limits *limits = make_limits(3, 2, 1);
    static const px_limit_kind kinds[] = {PX_LIMIT_LOGIN, PX_LIMIT_READING, PX_LIMIT_REQUEST};
    px_limit_state now;
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j <= i; j++)
            assert_true(px_limits_take(limits, kinds[i], &subject, 1, 0, START_MS, &now));
        assert_int_equal(now.quota, i + 1);
        assert_false(px_limits_take(limits, kinds[i], &subject, 1, 0, START_MS, &now));
    }
    px_limits_free(limits);
}

static void without_a_limit_there_is_none(void **state) {
    (void)state;
    const char *const subject = "user:1";
    px_limits *limits = make_limits(0, 1, 1);
    px_limit_state now;
    for (int i = 0; i < 1000; i++) {
        assert_true(take(limits, subject, START_MS, &now));
        assert_int_equal(now.quota, 0);
        assert_true(px_limits_take(limits, PX_LIMIT_NONE, &subject, 1, 0, START_MS, &now));
    }
    px_limits_free(limits);
}

static void a_quota_of_ones_own_counts(void **state) {
    (void)state;
    const char *const one = "key:1", *const two = "key:2", *const three = "key:3";
    px_limits *limits = make_limits(2, 0, 0);
    px_limit_state now;
    for (int i = 0; i < 5; i++)
        assert_true(px_limits_take(limits, PX_LIMIT_REQUEST, &one, 1, 5, START_MS, &now));
    assert_false(px_limits_take(limits, PX_LIMIT_REQUEST, &one, 1, 5, START_MS, &now));
    assert_int_equal(now.quota, 5);
    assert_true(px_limits_take(limits, PX_LIMIT_REQUEST, &two, 1, 1, START_MS, &now));
    assert_false(px_limits_take(limits, PX_LIMIT_REQUEST, &two, 1, 1, START_MS, &now));
    assert_true(px_limits_take(limits, PX_LIMIT_READING, &three, 1, 1, START_MS, &now));
    assert_false(px_limits_take(limits, PX_LIMIT_READING, &three, 1, 1, START_MS, &now));
    px_limits_free(limits);
}

static void memory_is_bounded(void **state) {
    (void)state;
    px_limits *limits = make_limits(1, 0, 0);
    px_limit_state now;
    const size_t before = mallinfo2().uordblks;
    for (int i = 0; i < 1000000; i++) {
        char name[40];
        const px_login_subject login = {name, 3};
        snprintf(name, sizeof name, "address:2001:db8::%x", i);
        assert_true(take(limits, name, START_MS + i / 1000, &now));
        if (i % 8 == 0)
            assert_int_equal(px_limits_login_begin(limits, &login, 1, START_MS), 0);
    }
    assert_int_equal(mallinfo2().uordblks, before);
    assert_false(take(limits, "address:2001:db8::f423f", START_MS + 1000, &now)); /* the last */
    assert_true(take(limits, "address:2001:db8::0", START_MS + 1000, &now)); /* long forgotten */
    px_limits_free(limits);
}

typedef struct sharing {
    px_limits *limits;
    atomic_int granted;
} sharing;

static void *take_many(void *context) {
    sharing *shared = context;
    const px_login_subject subject = {"login:a", 3};
    for (int i = 0; i < 2000; i++) {
        char name[20];
        px_limit_state state;
        snprintf(name, sizeof name, "user:%d", i % 100);
        if (take(shared->limits, name, START_MS, &state))
            atomic_fetch_add(&shared->granted, 1);
        px_limits_login_begin(shared->limits, &subject, 1, START_MS + i);
        px_limits_login_succeeded(shared->limits, &subject, 1);
    }
    return NULL;
}

static void threads_share_the_buckets(void **state) {
    (void)state;
    pthread_t threads[4];
    sharing shared = {make_limits(10, 0, 0), 0};
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, take_many, &shared), 0);
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(atomic_load(&shared.granted), 100 * 10);
    px_limits_free(shared.limits);
}

static int begin(px_limits *limits, const char *subject, int64_t now_ms) {
    return px_limits_login_begin(limits, &(px_login_subject){subject, 3}, 1, now_ms);
}

static void delays_double_to_a_quarter_of_an_hour(void **state) {
    (void)state;
    px_limits *limits = make_limits(0, 0, 0);
    int64_t now = START_MS;
    for (int i = 0; i < 3; i++)
        assert_int_equal(begin(limits, "login:a", now), 0);
    static const int waits[] = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900};
    for (size_t i = 0; i < sizeof waits / sizeof *waits; i++) {
        for (int j = 0; j < 5; j++) /* asking does not make it longer */
            assert_int_equal(begin(limits, "login:a", now), waits[i]);
        assert_int_equal(begin(limits, "login:b", now + 1000 * (int64_t)i * 4000), 0);
        now += waits[i] * 1000;
        assert_int_equal(begin(limits, "login:a", now - 1), 1);
        assert_int_equal(begin(limits, "login:a", now), 0);
    }
    px_limits_free(limits);
}

static void more_failures_may_be_free(void **state) {
    (void)state;
    px_limits *limits = make_limits(0, 0, 0);
    const px_login_subject both[] = {{"login:a", 30}, {"login-address:x", 20}};
    for (int i = 0; i < 20; i++)
        assert_int_equal(px_limits_login_begin(limits, both, 2, START_MS), 0);
    assert_int_equal(px_limits_login_begin(limits, both, 2, START_MS), 1);
    for (int i = 0; i < 10; i++)
        assert_int_equal(px_limits_login_begin(limits, both, 1, START_MS), 0);
    assert_int_equal(px_limits_login_begin(limits, both, 1, START_MS), 1);
    px_limits_free(limits);
}

static void success_forgets(void **state) {
    (void)state;
    const char *const a = "login:a";
    px_limits *limits = make_limits(0, 0, 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(begin(limits, a, START_MS), 0);
    assert_int_equal(begin(limits, a, START_MS), 1);
    px_limits_login_succeeded(limits, &(px_login_subject){a, 3}, 1);
    for (int i = 0; i < 3; i++)
        assert_int_equal(begin(limits, a, START_MS), 0);
    assert_int_equal(begin(limits, a, START_MS), 1);
    px_limits_free(limits);
}

static void an_hour_forgets(void **state) {
    (void)state;
    px_limits *limits = make_limits(0, 0, 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(begin(limits, "login:a", START_MS), 0);
    assert_int_equal(begin(limits, "login:a", START_MS + 3599999), 0); /* the fourth */
    assert_int_equal(begin(limits, "login:a", START_MS + 3599999), 2);
    for (int i = 0; i < 3; i++)
        assert_int_equal(begin(limits, "login:a", START_MS + 3599999 + 3600000), 0);
    assert_int_equal(begin(limits, "login:a", START_MS + 3599999 + 3600000), 1);
    px_limits_free(limits);
}

static void a_log_in_counts_for_all_or_none(void **state) {
    (void)state;
    px_limits *limits = make_limits(0, 0, 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(begin(limits, "login-address:x", START_MS), 0);
    const px_login_subject both[] = {{"login:a", 3}, {"login-address:x", 3}};
    for (int i = 0; i < 10; i++)
        assert_int_equal(px_limits_login_begin(limits, both, 2, START_MS), 1);
    for (int i = 0; i < 3; i++)
        assert_int_equal(begin(limits, "login:a", START_MS), 0);
    assert_int_equal(begin(limits, "login:a", START_MS), 1);
    px_limits_login_succeeded(limits, both, 2);
    assert_int_equal(px_limits_login_begin(limits, both, 2, START_MS), 0);
    px_limits_free(limits);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(buckets_follow_the_model),
                                       cmocka_unit_test(a_burst_is_as_many_as_the_quota),
                                       cmocka_unit_test(retry_says_when),
                                       cmocka_unit_test(all_are_charged_or_none),
                                       cmocka_unit_test(kinds_have_buckets_of_their_own),
                                       cmocka_unit_test(without_a_limit_there_is_none),
                                       cmocka_unit_test(a_quota_of_ones_own_counts),
                                       cmocka_unit_test(memory_is_bounded),
                                       cmocka_unit_test(more_failures_may_be_free),
                                       cmocka_unit_test(threads_share_the_buckets),
                                       cmocka_unit_test(delays_double_to_a_quarter_of_an_hour),
                                       cmocka_unit_test(success_forgets),
                                       cmocka_unit_test(an_hour_forgets),
                                       cmocka_unit_test(a_log_in_counts_for_all_or_none)};
    return cmocka_run_group_tests_name("limits", tests, NULL, NULL);
}
