/* Tokens, password hashes, message authentication and comparison of secrets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "../src/base/secret.h"

static const px_password_cost cheap = {1, 8192};

static void random_bytes_differ(void **state) {
    (void)state;
    unsigned char *bytes = calloc(2, 1000);
    px_error err = {0};
    assert_non_null(bytes);
    assert_true(px_secret_random(bytes, 0, &err));
    assert_int_equal(bytes[0], 0);
    assert_true(px_secret_random(bytes, 999, &err));
    assert_true(px_secret_random(bytes + 1000, 999, &err));
    assert_int_equal(bytes[999], 0);
    assert_int_equal(bytes[1999], 0);
    assert_memory_not_equal(bytes, bytes + 1000, 999);
    int counts[256] = {0}, seen = 0;
    for (int i = 0; i < 999; i++)
        seen += counts[bytes[i]]++ == 0;
    assert_true(seen > 200);
    free(bytes);
}

static void tokens_are_64_digits(void **state) {
    (void)state;
    char tokens[50][PX_TOKEN_HEX];
    for (int i = 0; i < 50; i++) {
        assert_true(px_token_new(tokens[i], NULL));
        assert_int_equal(strlen(tokens[i]), 64);
        assert_int_equal(strspn(tokens[i], "0123456789abcdef"), 64);
        for (int j = 0; j < i; j++)
            assert_string_not_equal(tokens[i], tokens[j]);
    }
}

static void a_token_is_stored_as_its_sha256(void **state) {
    (void)state;
    char hash[PX_SHA256_HEX];
    px_token_hash("abc", hash); /* FIPS 180-4's example */
    assert_string_equal(hash, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    px_token_hash("", hash);
    assert_string_equal(hash, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void passwords_verify(void **state) {
    (void)state;
    static const char password[] = "corr\0ct h\xc3\xb6rse\xff";
    char hash[PX_PASSWORD_HASH], other[PX_PASSWORD_HASH];
    px_error err = {0};
    assert_true(px_password_hash(password, sizeof password - 1, cheap, hash, &err));
    assert_true(px_password_hash(password, sizeof password - 1, cheap, other, &err));
    assert_string_not_equal(hash, other); /* salted */
    assert_memory_equal(hash, "$argon2id$v=19$m=8,t=1,p=1$", 27);
    assert_true(px_password_verify(hash, password, sizeof password - 1));
    assert_true(px_password_verify(other, password, sizeof password - 1));
    for (size_t size = 0; size < sizeof password - 1; size++)
        assert_false(px_password_verify(hash, password, size));
    assert_false(px_password_verify(hash, password, sizeof password));
    for (size_t i = 0; i < 8 * (sizeof password - 1); i++) {
        char changed[sizeof password];
        memcpy(changed, password, sizeof password);
        changed[i / 8] = (char)(changed[i / 8] ^ 1 << i % 8);
        assert_false(px_password_verify(hash, changed, sizeof password - 1));
    }
}

static void the_empty_password_is_a_password(void **state) {
    (void)state;
    char hash[PX_PASSWORD_HASH];
    assert_true(px_password_hash("", 0, cheap, hash, NULL));
    assert_true(px_password_verify(hash, "", 0));
    assert_false(px_password_verify(hash, "a", 1));
}

static void damaged_hashes_verify_nothing(void **state) {
    (void)state;
    char hash[PX_PASSWORD_HASH];
    assert_true(px_password_hash("secret", 6, cheap, hash, NULL));
    const size_t length = strlen(hash);
    for (size_t size = 0; size < length; size++) {
        char cut[PX_PASSWORD_HASH] = {0};
        memcpy(cut, hash, size);
        assert_false(px_password_verify(cut, "secret", 6));
    }
    static const char *const wrong[] = {"",
                                        "secret",
                                        "!",
                                        "$argon2id$",
                                        "$2b$10$abcdefghijk",
                                        "$argon2i$v=19$m=8,t=3,p=1$c2FsdHNhbHQ$c2FsdHNhbHQ"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_false(px_password_verify(wrong[i], "secret", 6));
        assert_true(px_password_is_outdated(wrong[i], cheap));
    }
}

static void a_cost_is_outdated_by_another(void **state) {
    (void)state;
    char hash[PX_PASSWORD_HASH];
    assert_true(px_password_hash("secret", 6, (px_password_cost){2, 16384}, hash, NULL));
    assert_false(px_password_is_outdated(hash, (px_password_cost){2, 16384}));
    assert_true(px_password_is_outdated(hash, (px_password_cost){3, 16384}));
    assert_true(px_password_is_outdated(hash, (px_password_cost){1, 16384}));
    assert_true(px_password_is_outdated(hash, (px_password_cost){2, 32768}));
    assert_true(px_password_is_outdated(hash, (px_password_cost){2, 8192}));
}

static void check_cost(px_password_cost cost, px_error_code code) {
    char hash[PX_PASSWORD_HASH] = "as it was";
    px_error err = {0};
    assert_false(px_password_hash("secret", 6, cost, hash, &err));
    assert_int_equal(err.code, code);
    assert_string_equal(hash, "as it was");
}

static void impossible_costs_are_refused(void **state) {
    (void)state;
    check_cost((px_password_cost){0, 8192}, PX_ERR_USAGE);
    check_cost((px_password_cost){1, 8191}, PX_ERR_USAGE);
    check_cost((px_password_cost){1ull << 40, 8192}, PX_ERR_USAGE);
    check_cost((px_password_cost){1, (size_t)1 << 50}, PX_ERR_USAGE);
}

/* Sanitizers need address space of their own. */
#ifndef __has_feature
#define __has_feature(feature) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) ||                               \
    __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define IS_SANITIZED 1
#else
#define IS_SANITIZED 0
#endif

static void a_hash_without_memory_fails(void **state) {
    (void)state;
    if (IS_SANITIZED)
        skip();
    struct rlimit before, none;
    assert_int_equal(getrlimit(RLIMIT_AS, &before), 0);
    none = (struct rlimit){1 << 20, before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_AS, &none), 0);
    char hash[PX_PASSWORD_HASH] = "as it was";
    px_error err = {0};
    const bool ok = px_password_hash("secret", 6, (px_password_cost){1, 64 << 20}, hash, &err);
    assert_int_equal(setrlimit(RLIMIT_AS, &before), 0);
    assert_false(ok);
    assert_int_equal(err.code, PX_ERR_MEMORY);
    assert_string_equal(hash, "as it was");
}

static void macs_are_of_key_and_message(void **state) {
    (void)state;
    unsigned char key[PX_SECRET_KEY_BYTES], message[70];
    char mac[PX_MAC_HEX], again[PX_MAC_HEX];
    for (unsigned char i = 0; i < sizeof key; i++)
        key[i] = i;
    for (unsigned char i = 0; i < sizeof message; i++)
        message[i] = i;
    /* Python: hashlib.blake2b(bytes(range(70)), key=bytes(range(32)), digest_size=32) */
    px_mac(key, message, sizeof message, mac);
    assert_string_equal(mac, "8e29570c51b3f6f029a9c6d006d2d2cf5887e1f2bdd91155ab9b2f162524ba97");
    px_mac(key, message, 69, again);
    assert_string_not_equal(mac, again);
    key[31] ^= 1;
    px_mac(key, message, sizeof message, again);
    assert_string_not_equal(mac, again);
    px_mac(key, "", 0, again);
    assert_int_equal(strlen(again), 64);
}

static void equal_is_equal(void **state) {
    (void)state;
    assert_true(px_secret_text_equal("", ""));
    assert_true(px_secret_text_equal("token", "token"));
    assert_false(px_secret_text_equal("token", "toke"));
    assert_false(px_secret_text_equal("toke", "token"));
    assert_false(px_secret_text_equal("token", "tokeN"));
    assert_false(px_secret_text_equal("", "t"));
}

static void wiped_is_zero(void **state) {
    (void)state;
    char secret[20] = "nineteen characters";
    px_secret_wipe(secret, 8);
    assert_memory_equal(secret, "\0\0\0\0\0\0\0\0 characters", 19);
}

static void *hash_on_thread(void *context) {
    (void)context;
    char hash[PX_PASSWORD_HASH], token[PX_TOKEN_HEX];
    for (int i = 0; i < 10; i++)
        if (!px_token_new(token, NULL) || !px_password_hash(token, 64, cheap, hash, NULL) ||
            !px_password_verify(hash, token, 64))
            return NULL;
    return context;
}

static void threads_may_share_it(void **state) {
    (void)state;
    pthread_t threads[4];
    int done;
    void *result;
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, hash_on_thread, &done), 0);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(threads[i], &result), 0);
        assert_ptr_equal(result, &done);
    }
}

static void sealed_texts_come_back(void **state) {
    (void)state;
    static const unsigned char key[PX_SECRET_KEY_BYTES] = {1}, other[PX_SECRET_KEY_BYTES] = {2};
    static const char *const texts[] = {"", "a", "t0000000000000001 M\xc3\xbcller, chest"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        px_error err = {0};
        char *sealed = px_secret_seal_text(key, texts[i], &err);
        char *again = px_secret_seal_text(key, texts[i], &err);
        assert_string_not_equal(sealed, again);
        assert_int_equal(strspn(sealed, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                        "0123456789-_"),
                         strlen(sealed));
        char *text = px_secret_open_text(key, sealed, &err);
        assert_string_equal(text, texts[i]);
        free(text);
        assert_null(px_secret_open_text(other, sealed, &err));
        assert_int_equal(err.code, PX_ERR_INPUT);
        for (char *at = sealed; *at; at++) { /* changed or cut short anywhere */
            const char before = *at;
            *at = before == 'A' ? 'B' : 'A';
            assert_null(px_secret_open_text(key, sealed, NULL));
            *at = '\0';
            assert_null(px_secret_open_text(key, sealed, NULL));
            *at = before;
        }
        free(sealed);
        free(again);
    }
}

int main(void) {
    /* Threads first: they race to start libsodium. */
    const struct CMUnitTest tests[] = {cmocka_unit_test(threads_may_share_it),
                                       cmocka_unit_test(random_bytes_differ),
                                       cmocka_unit_test(tokens_are_64_digits),
                                       cmocka_unit_test(a_token_is_stored_as_its_sha256),
                                       cmocka_unit_test(passwords_verify),
                                       cmocka_unit_test(the_empty_password_is_a_password),
                                       cmocka_unit_test(damaged_hashes_verify_nothing),
                                       cmocka_unit_test(a_cost_is_outdated_by_another),
                                       cmocka_unit_test(impossible_costs_are_refused),
                                       cmocka_unit_test(a_hash_without_memory_fails),
                                       cmocka_unit_test(macs_are_of_key_and_message),
                                       cmocka_unit_test(sealed_texts_come_back),
                                       cmocka_unit_test(equal_is_equal),
                                       cmocka_unit_test(wiped_is_zero)};
    return cmocka_run_group_tests_name("secret", tests, NULL, NULL);
}
