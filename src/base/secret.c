/* Secrets: random tokens, password hashes, message authentication, comparison. */
#include "secret.h"

#include <errno.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "error.h"
#include "memory.h"

_Static_assert(PX_PASSWORD_HASH == crypto_pwhash_argon2id_STRBYTES, "room of an encoded hash");
_Static_assert(PX_SECRET_KEY_BYTES == crypto_generichash_KEYBYTES, "size of a key");
_Static_assert(PX_MAC_HEX == 2 * crypto_generichash_BYTES + 1, "room of a MAC's digits");

static bool system_random(void *bytes, size_t size) {
    for (size_t done = 0; done < size;) {
        ssize_t n = getrandom((unsigned char *)bytes + done, size - done, 0);
        if (n > 0)
            done += (size_t)n;
        else if (n == 0 || errno != EINTR)
            return false;
    }
    return true;
}

static bool sodium_is_ready;

/* Without random numbers sodium_init() would abort the program: ask for one first. */
static void start_sodium(void) {
    unsigned char one;
    sodium_is_ready = system_random(&one, sizeof one) && sodium_init() >= 0;
}

static bool prepare(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, start_sodium);
    return sodium_is_ready;
}

static bool fail_random(px_error *err) {
    return px_fail(err, PX_ERR_IO, NULL, "the system has no random numbers");
}

bool px_secret_random(void *bytes, size_t size, px_error *err) {
    return (prepare() && system_random(bytes, size)) || fail_random(err);
}

bool px_token_new(char token[PX_TOKEN_HEX], px_error *err) {
    unsigned char bits[(PX_TOKEN_HEX - 1) / 2];
    if (!px_secret_random(bits, sizeof bits, err))
        return false;
    sodium_bin2hex(token, PX_TOKEN_HEX, bits, sizeof bits);
    sodium_memzero(bits, sizeof bits);
    return true;
}

bool px_password_make(char password[PX_PASSWORD_MADE], px_error *err) {
    char token[PX_TOKEN_HEX];
    if (!px_token_new(token, err))
        return false;
    snprintf(password, PX_PASSWORD_MADE, "%.6s-%.6s-%.6s-%.6s", token, token + 6, token + 12,
             token + 18);
    px_secret_wipe(token, sizeof token);
    return true;
}

void px_token_hash(const char *token, char hash[PX_SHA256_HEX]) {
    px_sha256_bytes(token, strlen(token), hash);
}

bool px_password_hash(const char *password, size_t size, px_password_cost cost,
                      char hash[PX_PASSWORD_HASH], px_error *err) {
    char made[PX_PASSWORD_HASH];
    if (cost.passes < crypto_pwhash_argon2id_OPSLIMIT_MIN ||
        cost.passes > crypto_pwhash_argon2id_OPSLIMIT_MAX ||
        cost.memory < crypto_pwhash_argon2id_MEMLIMIT_MIN ||
        cost.memory > crypto_pwhash_argon2id_MEMLIMIT_MAX)
        return px_fail(err, PX_ERR_USAGE, NULL,
                       "a password hash takes at least %u pass and %u bytes of memory",
                       crypto_pwhash_argon2id_OPSLIMIT_MIN, crypto_pwhash_argon2id_MEMLIMIT_MIN);
    if (size > crypto_pwhash_argon2id_PASSWD_MAX)
        return px_fail(err, PX_ERR_LIMIT, "password", "too long");
    if (!prepare())
        return fail_random(err);
    if (crypto_pwhash_argon2id_str(made, password, size, cost.passes, cost.memory) != 0)
        return px_fail_memory(err);
    memcpy(hash, made, sizeof made);
    return true;
}

bool px_password_verify(const char *hash, const char *password, size_t size) {
    return prepare() && crypto_pwhash_argon2id_str_verify(hash, password, size) == 0;
}

bool px_password_is_outdated(const char *hash, px_password_cost cost) {
    return crypto_pwhash_argon2id_str_needs_rehash(hash, cost.passes, cost.memory) != 0;
}

void px_mac(const unsigned char key[PX_SECRET_KEY_BYTES], const void *message, size_t size,
            char mac[PX_MAC_HEX]) {
    unsigned char bytes[crypto_generichash_BYTES];
    crypto_generichash(bytes, sizeof bytes, message, size, key, PX_SECRET_KEY_BYTES);
    sodium_bin2hex(mac, PX_MAC_HEX, bytes, sizeof bytes);
}

/* The key serves MACs elsewhere: this use has one of its own. */
static void derive_text_key(const unsigned char key[PX_SECRET_KEY_BYTES],
                            unsigned char derived[crypto_secretbox_KEYBYTES]) {
    static const unsigned char purpose[] = "perxeptron sealed text";
    crypto_generichash(derived, crypto_secretbox_KEYBYTES, purpose, sizeof purpose, key,
                       PX_SECRET_KEY_BYTES);
}

#define TEXT_FORM sodium_base64_VARIANT_URLSAFE_NO_PADDING
#define TEXT_OVERHEAD (crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES)

char *px_secret_seal_text(const unsigned char key[PX_SECRET_KEY_BYTES], const char *text,
                          px_error *err) {
    const size_t size = strlen(text),
                 room = sodium_base64_encoded_len(size + TEXT_OVERHEAD, TEXT_FORM);
    unsigned char derived[crypto_secretbox_KEYBYTES];
    unsigned char *box = px_alloc(size + TEXT_OVERHEAD, 1, err);
    char *sealed = box ? px_alloc(room, 1, err) : NULL;
    if (sealed && px_secret_random(box, crypto_secretbox_NONCEBYTES, err)) {
        derive_text_key(key, derived);
        crypto_secretbox_easy(box + crypto_secretbox_NONCEBYTES, (const unsigned char *)text, size,
                              box, derived);
        sodium_memzero(derived, sizeof derived);
        sodium_bin2base64(sealed, room, box, size + TEXT_OVERHEAD, TEXT_FORM);
    } else {
        free(sealed);
        sealed = NULL;
    }
    free(box);
    return sealed;
}

static bool open_box(const unsigned char key[PX_SECRET_KEY_BYTES], const unsigned char *box,
                     size_t size, char *text) {
    unsigned char derived[crypto_secretbox_KEYBYTES];
    derive_text_key(key, derived);
    bool ok = crypto_secretbox_open_easy((unsigned char *)text, box + crypto_secretbox_NONCEBYTES,
                                         size - crypto_secretbox_NONCEBYTES, box, derived) == 0;
    sodium_memzero(derived, sizeof derived);
    return ok;
}

char *px_secret_open_text(const unsigned char key[PX_SECRET_KEY_BYTES], const char *sealed,
                          px_error *err) {
    const size_t length = strlen(sealed);
    size_t size = 0;
    unsigned char *box = px_alloc(length + 1, 1, err);
    char *text = box ? px_alloc(length + 1, 1, err) : NULL;
    if (text &&
        (sodium_base642bin(box, length, sealed, length, NULL, &size, NULL, TEXT_FORM) != 0 ||
         size < TEXT_OVERHEAD || !open_box(key, box, size, text))) {
        px_fail(err, PX_ERR_INPUT, NULL, "not sealed here");
        free(text);
        text = NULL;
    }
    free(box);
    return text;
}

bool px_secret_text_equal(const char *a, const char *b) {
    size_t size = strlen(a);
    return size == strlen(b) && sodium_memcmp(a, b, size) == 0;
}

void px_secret_wipe(void *bytes, size_t size) {
    sodium_memzero(bytes, size);
}
