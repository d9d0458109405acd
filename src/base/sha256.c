/* SHA-256 of bytes and files, as lower-case hex (libsodium). */
#include "sha256.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <unistd.h>

#include "error.h"

static void to_hex(const unsigned char digest[crypto_hash_sha256_BYTES], char hex[PX_SHA256_HEX]) {
    sodium_bin2hex(hex, PX_SHA256_HEX, digest, crypto_hash_sha256_BYTES);
}

/* Plain hashing keeps no state in libsodium, so sodium_init() is not needed for it. */
void px_sha256_bytes(const void *bytes, size_t size, char hex[PX_SHA256_HEX]) {
    unsigned char digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(digest, bytes, size);
    to_hex(digest, hex);
}

static bool hash_descriptor(int fd, unsigned char digest[crypto_hash_sha256_BYTES]) {
    crypto_hash_sha256_state state;
    unsigned char chunk[32768];
    crypto_hash_sha256_init(&state);
    for (;;) {
        ssize_t n = read(fd, chunk, sizeof chunk);
        if (n > 0)
            crypto_hash_sha256_update(&state, chunk, (unsigned long long)n);
        else if (n == 0)
            break;
        else if (errno != EINTR)
            return false;
    }
    crypto_hash_sha256_final(&state, digest);
    return true;
}

bool px_sha256_file(const char *path, char hex[PX_SHA256_HEX], px_error *err) {
    unsigned char digest[crypto_hash_sha256_BYTES];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return px_fail_errno(err, path, "cannot open");
    bool ok = hash_descriptor(fd, digest) || px_fail_errno(err, path, "cannot read");
    close(fd);
    if (ok)
        to_hex(digest, hex);
    return ok;
}
