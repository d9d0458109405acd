/* Log-ins: the same answer and the same work whoever is asked for, delays, refreshed hashes. The
 * linker's --wrap puts a store of two users and a counter of hashing behind them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>
#include <strings.h>

#include "../src/base/error.h"
#include "../src/server/login.h"

static const px_password_cost cost = {1, 16384}, old_cost = {1, 8192};

static px_user users[3];
static bool store_is_away, store_takes_nothing;
static int refreshed;
/* What was hashed in the last log-in. */
static int verified, hashed;
static char verified_cost[64];

bool __wrap_px_store_find_user(px_store *store, const char *username, px_user *user, bool *found,
                               px_error *err);
bool __wrap_px_store_refresh_password(px_store *store, int64_t user_id, const char *before,
                                      const char *password_hash, px_error *err);
bool __real_px_password_verify(const char *hash, const char *password, size_t size);
bool __wrap_px_password_verify(const char *hash, const char *password, size_t size);
bool __real_px_password_hash(const char *password, size_t size, px_password_cost at,
                             char hash[PX_PASSWORD_HASH], px_error *err);
bool __wrap_px_password_hash(const char *password, size_t size, px_password_cost at,
                             char hash[PX_PASSWORD_HASH], px_error *err);

bool __wrap_px_store_find_user(px_store *store, const char *username, px_user *user, bool *found,
                               px_error *err) {
    (void)store;
    if (store_is_away)
        return px_fail(err, PX_ERR_BUSY, "database", "away");
    *found = false;
    for (int i = 0; i < 3; i++)
        if (strcasecmp(users[i].username, username) == 0) {
            *user = users[i];
            *found = true;
        }
    return true;
}

bool __wrap_px_store_refresh_password(px_store *store, int64_t user_id, const char *before,
                                      const char *password_hash, px_error *err) {
    (void)store;
    if (store_takes_nothing)
        return px_fail(err, PX_ERR_BUSY, "database", "away");
    for (int i = 0; i < 3; i++)
        if (users[i].id == user_id && strcmp(users[i].password_hash, before) == 0)
            memcpy(users[i].password_hash, password_hash, strlen(password_hash) + 1);
    refreshed++;
    return true;
}

bool __wrap_px_password_verify(const char *hash, const char *password, size_t size) {
    const char *salt = strchr(strstr(hash, "m="), '$');
    verified++;
    memset(verified_cost, 0, sizeof verified_cost);
    memcpy(verified_cost, hash, (size_t)(salt - hash));
    return __real_px_password_verify(hash, password, size);
}

bool __wrap_px_password_hash(const char *password, size_t size, px_password_cost at,
                             char hash[PX_PASSWORD_HASH], px_error *err) {
    hashed++;
    return __real_px_password_hash(password, size, at, hash, err);
}

/* A server's parts, fresh for each test. */
typedef struct setting {
    px_server_options options;
    px_app app;
    px_request request;
} setting;

static void set_user(int at, int64_t id, const char *name, px_password_cost with) {
    users[at] = (px_user){.id = id};
    memcpy(users[at].username, name, strlen(name) + 1);
    assert_true(__real_px_password_hash("right one", 9, with, users[at].password_hash, NULL));
}

static int set_up(void **state) {
    static setting it;
    it = (setting){.options = {.password_cost = cost, .limits.logins_per_minute = 100}};
    it.app = (px_app){.options = &it.options,
                      .limits = px_limits_new(&it.options.limits, NULL),
                      .metrics = px_metrics_new(NULL)};
    assert_true(px_login_prepare(&it.app, NULL));
    memcpy(it.request.address, "192.0.2.7", 10);
    memcpy(it.request.id, "0123456789abcdef", 17);
    set_user(0, 7, "Mina", cost);
    set_user(1, 8, "Gone", cost);
    set_user(2, PX_USER_ANONYMOUS, "anonymous", cost);
    users[1].disabled = true;
    store_is_away = store_takes_nothing = false;
    refreshed = 0;
    *state = &it;
    return 0;
}

static int tear_down(void **state) {
    setting *it = *state;
    px_limits_free(it->app.limits);
    px_metrics_free(it->app.metrics);
    return 0;
}

static px_login_result log_in(setting *it, const char *name, const char *password) {
    px_user user = {.id = -1};
    px_error err = {0};
    int wait_s = -1;
    verified = hashed = 0;
    const px_login_result result = px_login_check(&it->app, &it->request, name, password,
                                                  strlen(password), &user, &wait_s, &err);
    assert_int_equal(result == PX_LOGIN_OK, user.id > 0);
    assert_int_equal(result == PX_LOGIN_WAIT, wait_s > 0);
    assert_int_equal(result == PX_LOGIN_FAILED, err.code != PX_OK);
    if (result == PX_LOGIN_OK) {
        assert_int_equal(strcasecmp(user.username, name), 0);
        assert_string_equal(user.password_hash, users[0].password_hash);
    }
    return result;
}

/* Wrong, after the work of one hash of the configured cost. */
static void check_wrong(setting *it, const char *name, const char *password) {
    assert_int_equal(log_in(it, name, password), PX_LOGIN_WRONG);
    assert_int_equal(verified, 1);
    assert_int_equal(hashed, 0);
    assert_string_equal(verified_cost, "$argon2id$v=19$m=16,t=1,p=1");
}

static void the_password_logs_in(void **state) {
    setting *it = *state;
    assert_int_equal(log_in(it, "Mina", "right one"), PX_LOGIN_OK);
    assert_int_equal(verified, 1);
    assert_int_equal(hashed, 0);
    assert_int_equal(log_in(it, "mINA", "right one"), PX_LOGIN_OK);
    assert_int_equal(refreshed, 0);
}

static void a_wrong_password_and_an_unknown_user_are_alike(void **state) {
    setting *it = *state;
    check_wrong(it, "Mina", "wrong one");
    check_wrong(it, "nobody", "wrong one");
    tear_down(state);
    set_up(state);
    check_wrong(it, "nobody", "right one");
    check_wrong(it, "nobody", "");
    tear_down(state);
    set_up(state);
    check_wrong(it, "", "right one");
    check_wrong(it, "' OR 1=1 --", "right one");
}

static void some_accounts_are_as_if_unknown(void **state) {
    setting *it = *state;
    check_wrong(it, "Gone", "right one");
    check_wrong(it, "anonymous", "right one");
    memcpy(users[2].password_hash, "!", 2);
    check_wrong(it, "anonymous", "!");
}

static void an_account_waits_after_three_failures(void **state) {
    setting *it = *state;
    for (int i = 0; i < 3; i++) {
        it->request.address[0] = (char)('a' + i); /* from three addresses */
        check_wrong(it, i == 1 ? "MINA" : "mina", "wrong one");
    }
    it->request.address[0] = 'd';
    assert_int_equal(log_in(it, "Mina", "right one"), PX_LOGIN_WAIT);
    assert_int_equal(verified + hashed, 0);
    check_wrong(it, "nobody", "wrong one");
}

static void so_does_one_that_is_not_there(void **state) {
    setting *it = *state;
    for (int i = 0; i < 3; i++) {
        it->request.address[0] = (char)('a' + i);
        check_wrong(it, "nobody", "wrong one");
    }
    it->request.address[0] = 'd';
    assert_int_equal(log_in(it, "nobody", "wrong one"), PX_LOGIN_WAIT);
}

static void an_address_waits_after_twenty_failures(void **state) {
    setting *it = *state;
    for (int i = 0; i < 20; i++) {
        char name[8];
        snprintf(name, sizeof name, "user%d", i);
        check_wrong(it, name, "wrong one");
    }
    assert_int_equal(log_in(it, "Mina", "right one"), PX_LOGIN_WAIT);
    it->request.address[0] = '9';
    assert_int_equal(log_in(it, "Mina", "right one"), PX_LOGIN_OK);
}

static void success_forgets_failures(void **state) {
    setting *it = *state;
    for (int i = 0; i < 5; i++) {
        check_wrong(it, "Mina", "wrong one");
        check_wrong(it, "Mina", "wrong one");
        assert_int_equal(log_in(it, "Mina", "right one"), PX_LOGIN_OK);
    }
}

static void another_cost_makes_a_new_hash(void **state) {
    setting *it = *state;
    set_user(0, 7, "Mina", old_cost);
    assert_int_equal(log_in(it, "Mina", "wrong one"), PX_LOGIN_WRONG);
    assert_int_equal(refreshed, 0);
    assert_int_equal(log_in(it, "Mina", "right one"), PX_LOGIN_OK);
    assert_int_equal(refreshed, 1);
    assert_false(px_password_is_outdated(users[0].password_hash, cost));
    assert_int_equal(log_in(it, "Mina", "right one"), PX_LOGIN_OK);
    assert_int_equal(refreshed, 1);
    assert_string_equal(verified_cost, "$argon2id$v=19$m=16,t=1,p=1");
}

static void an_old_hash_that_stays_does_no_harm(void **state) {
    setting *it = *state;
    set_user(0, 7, "Mina", old_cost);
    store_takes_nothing = true;
    assert_int_equal(log_in(it, "Mina", "right one"), PX_LOGIN_OK);
}

static void a_store_that_is_away_counts_no_failure(void **state) {
    setting *it = *state;
    store_is_away = true;
    for (int i = 0; i < 10; i++) {
        assert_int_equal(log_in(it, "Mina", "right one"), PX_LOGIN_FAILED);
        assert_int_equal(verified, 0);
    }
    store_is_away = false;
    assert_int_equal(log_in(it, "Mina", "right one"), PX_LOGIN_OK);
}

static void hashing_is_measured(void **state) {
    setting *it = *state;
    char hash[PX_PASSWORD_HASH];
    px_buffer text;
    px_buffer_init(&text, 1 << 20);
    assert_true(px_login_hash(&it->app, "right one", 9, hash, NULL));
    assert_true(__real_px_password_verify(hash, "right one", 9));
    assert_false(px_password_is_outdated(hash, cost));
    check_wrong(it, "Mina", "wrong one");
    assert_true(px_metrics_print(it->app.metrics, &text, NULL));
    assert_non_null(strstr((char *)text.data, "\nperxeptron_password_seconds_count 2\n"));
    px_buffer_clear(&text);
}

static void nobodys_password_is_not_known(void **state) {
    setting *it = *state;
    char before[PX_PASSWORD_HASH];
    memcpy(before, it->app.nobodys_password, sizeof before);
    assert_true(px_login_prepare(&it->app, NULL));
    assert_string_not_equal(before, it->app.nobodys_password);
    assert_false(__real_px_password_verify(before, "", 0));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {TEST(the_password_logs_in),
                                       TEST(a_wrong_password_and_an_unknown_user_are_alike),
                                       TEST(some_accounts_are_as_if_unknown),
                                       TEST(an_account_waits_after_three_failures),
                                       TEST(so_does_one_that_is_not_there),
                                       TEST(an_address_waits_after_twenty_failures),
                                       TEST(success_forgets_failures),
                                       TEST(another_cost_makes_a_new_hash),
                                       TEST(an_old_hash_that_stays_does_no_harm),
                                       TEST(a_store_that_is_away_counts_no_failure),
                                       TEST(hashing_is_measured),
                                       TEST(nobodys_password_is_not_known)};
    return cmocka_run_group_tests_name("login", tests, NULL, NULL);
}
