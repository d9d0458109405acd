/* Secrets (libsodium): random tokens, password hashes, message authentication, comparison. */
#ifndef PX_BASE_SECRET_H
#define PX_BASE_SECRET_H

#include "perxeptron.h"
#include "sha256.h"

#define PX_TOKEN_HEX 65      /**< 256 bits as hexadecimal digits, and the closing zero */
#define PX_PASSWORD_HASH 128 /**< an encoded Argon2id hash, with its closing zero */
#define PX_SECRET_KEY_BYTES 32
#define PX_MAC_HEX 65

/** Fill with random bytes; false (PX_ERR_IO) when the system has none to give. */
bool px_secret_random(void *bytes, size_t size, px_error *err);

/** A new random token. Only its hash is to be stored. */
bool px_token_new(char token[PX_TOKEN_HEX], px_error *err);

/** What is stored of a token: its SHA-256. 256 random bits need neither salt nor stretching. */
void px_token_hash(const char *token, char hash[PX_SHA256_HEX]);

#define PX_PASSWORD_MADE 28 /**< a made-up password, with its closing zero */

/** Make up a password of 96 random bits, for people to copy. PX_ERR_IO as px_secret_random. */
bool px_password_make(char password[PX_PASSWORD_MADE], px_error *err);

/** Cost of a password hash: passes, and memory in bytes (Argon2id, RFC 9106). */
typedef struct px_password_cost {
    unsigned long long passes; /**< at least 1 */
    size_t memory;             /**< at least 8 KiB */
} px_password_cost;

/** Hash a password (any bytes). Takes the time and memory of its cost. PX_ERR_MEMORY;
 *  PX_ERR_USAGE: not a possible cost. */
bool px_password_hash(const char *password, size_t size, px_password_cost cost,
                      char hash[PX_PASSWORD_HASH], px_error *err);
/** Is this the hash of that password? Takes the time and memory of the hash's own cost; false, too,
 *  where that memory cannot be had. */
bool px_password_verify(const char *hash, const char *password, size_t size);
/** Was the hash made with another cost? */
bool px_password_is_outdated(const char *hash, px_password_cost cost);

/** Keyed BLAKE2b of a message, as hexadecimal digits. */
void px_mac(const unsigned char key[PX_SECRET_KEY_BYTES], const void *message, size_t size,
            char mac[PX_MAC_HEX]);

/**
 * Encrypt a text so that it can be given away and recognised when it comes back: XSalsa20-Poly1305
 * under a key derived from `key`, in URL-safe base64. Other every time.
 *
 * @return to be freed; NULL and PX_ERR_MEMORY or PX_ERR_IO (no random numbers).
 */
char *px_secret_seal_text(const unsigned char key[PX_SECRET_KEY_BYTES], const char *text,
                          px_error *err);
/** The text again, to be freed. NULL and PX_ERR_INPUT: not sealed with this key; PX_ERR_MEMORY. */
char *px_secret_open_text(const unsigned char key[PX_SECRET_KEY_BYTES], const char *sealed,
                          px_error *err);

/** Compare in a time that does not depend on where they differ, but on their length. */
bool px_secret_text_equal(const char *a, const char *b);

/** Overwrite what must not stay in memory. */
void px_secret_wipe(void *bytes, size_t size);

#endif
