/* Files encrypted at rest: a magic number, secretstream's header, then sealed chunks of which the
 * last is marked as such. */
#include "sealed.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "error.h"
#include "file.h"
#include "memory.h"

#define CHUNK ((size_t)65536)
#define TAG crypto_secretstream_xchacha20poly1305_ABYTES
#define HEADER crypto_secretstream_xchacha20poly1305_HEADERBYTES
#define MAGIC 8
#define KEY_FILE 200 /* bytes: the digits, and white space around them */

_Static_assert(PX_SECRET_KEY_BYTES == crypto_secretstream_xchacha20poly1305_KEYBYTES, "key");

static const unsigned char magic[MAGIC] = {'p', 'x', 's', 'e', 'a', 'l', '1', '\n'};

/* A file on its way through; on the heap, because threads have small stacks. */
typedef struct stream {
    crypto_secretstream_xchacha20poly1305_state state;
    unsigned char opening[MAGIC + HEADER];
    unsigned char plain[2][CHUNK];
    unsigned char sealed[CHUNK + TAG];
} stream;

static void stream_free(stream *s) {
    if (s)
        px_secret_wipe(s, sizeof *s);
    free(s);
}

/* The digits of a key file's text, between white space, or NULL. */
static const char *find_digits(const char *text) {
    const char *digits = text + strspn(text, " \t\r\n");
    size_t size = strspn(digits, "0123456789abcdefABCDEF");
    const char *rest = digits + size;
    return size == 2 * PX_SECRET_KEY_BYTES && rest[strspn(rest, " \t\r\n")] == '\0' ? digits : NULL;
}

bool px_seal_read_key(const char *path, unsigned char key[PX_SECRET_KEY_BYTES], px_error *err) {
    px_buffer text;
    px_buffer_init(&text, KEY_FILE);
    bool ok = px_file_read(path, &text, err);
    if (ok) {
        const char *digits =
            text.data && !memchr(text.data, 0, text.size) ? find_digits((char *)text.data) : NULL;
        ok = digits && sodium_hex2bin(key, PX_SECRET_KEY_BYTES, digits, 2 * PX_SECRET_KEY_BYTES,
                                      NULL, NULL, NULL) == 0;
        if (!ok)
            px_fail(err, PX_ERR_INPUT, path, "not a key: 64 hexadecimal digits are needed");
    }
    if (text.data)
        px_secret_wipe(text.data, text.capacity);
    px_buffer_clear(&text);
    return ok;
}

/* Reads until `room` bytes are there or the file ends. */
static bool read_full(int fd, unsigned char *bytes, size_t room, size_t *size, px_error *err) {
    size_t done = 0;
    while (done < room) {
        ssize_t n = read(fd, bytes + done, room - done);
        if (n == 0)
            break;
        if (n > 0)
            done += (size_t)n;
        else if (errno != EINTR)
            return px_fail_errno(err, NULL, "cannot read");
    }
    *size = done;
    return true;
}

static bool write_full(int fd, const unsigned char *bytes, size_t size, px_error *err) {
    for (size_t done = 0; done < size;) {
        ssize_t n = write(fd, bytes + done, size - done);
        if (n >= 0)
            done += (size_t)n;
        else if (errno != EINTR)
            return px_fail_errno(err, NULL, "cannot write");
    }
    return true;
}

static bool seal_chunk(stream *s, const unsigned char *plain, size_t size, bool last, int to,
                       px_error *err) {
    crypto_secretstream_xchacha20poly1305_push(
        &s->state, s->sealed, NULL, plain, size, NULL, 0,
        last ? crypto_secretstream_xchacha20poly1305_TAG_FINAL : 0);
    return write_full(to, s->sealed, size + TAG, err);
}

/* One chunk is read ahead, to know which is the last: every one but that is full. */
static bool seal_chunks(stream *s, int from, int to, px_error *err) {
    size_t size, next;
    if (!read_full(from, s->plain[0], CHUNK, &size, err))
        return false;
    for (int now = 0;; now = 1 - now, size = next) {
        next = 0;
        if (size == CHUNK && !read_full(from, s->plain[1 - now], CHUNK, &next, err))
            return false;
        if (!seal_chunk(s, s->plain[now], size, next == 0, to, err))
            return false;
        if (next == 0)
            return true;
    }
}

bool px_seal_file(const unsigned char key[PX_SECRET_KEY_BYTES], int from, int to, px_error *err) {
    unsigned char probe; /* libsodium takes random numbers: it must be started, and have some */
    if (!px_secret_random(&probe, sizeof probe, err))
        return false;
    stream *s = px_alloc(1, sizeof *s, err);
    if (!s)
        return false;
    memcpy(s->opening, magic, MAGIC);
    crypto_secretstream_xchacha20poly1305_init_push(&s->state, s->opening + MAGIC, key);
    bool ok = write_full(to, s->opening, sizeof s->opening, err) && seal_chunks(s, from, to, err);
    stream_free(s);
    return ok;
}

static bool fail_damaged(px_error *err) {
    return px_fail(err, PX_ERR_INPUT, NULL,
                   "cannot decrypt: sealed with another key, or changed since");
}

/* Appends a chunk's content; `last` says whether it is the one that ends the file. */
static bool unseal_chunk(stream *s, int from, px_buffer *out, bool *last, px_error *err) {
    size_t size;
    unsigned long long plain;
    unsigned char tag;
    if (!read_full(from, s->sealed, sizeof s->sealed, &size, err))
        return false;
    if (size < TAG || crypto_secretstream_xchacha20poly1305_pull(
                          &s->state, s->plain[0], &plain, &tag, s->sealed, size, NULL, 0) != 0)
        return fail_damaged(err);
    *last = tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL;
    return px_buffer_append(out, s->plain[0], (size_t)plain, err);
}

static bool unseal_stream(stream *s, const unsigned char *key, int from, px_buffer *out,
                          px_error *err) {
    size_t size;
    if (!read_full(from, s->opening, sizeof s->opening, &size, err))
        return false;
    if (size != sizeof s->opening || memcmp(s->opening, magic, MAGIC) != 0)
        return px_fail(err, PX_ERR_INPUT, NULL, "not a sealed file");
    if (crypto_secretstream_xchacha20poly1305_init_pull(&s->state, s->opening + MAGIC, key) != 0)
        return fail_damaged(err);
    for (bool last = false; !last;)
        if (!unseal_chunk(s, from, out, &last, err))
            return false;
    return read_full(from, s->sealed, 1, &size, err) && (size == 0 || fail_damaged(err));
}

bool px_unseal_file(const unsigned char key[PX_SECRET_KEY_BYTES], int from, px_buffer *out,
                    px_error *err) {
    const size_t before = out->size;
    stream *s = px_alloc(1, sizeof *s, err);
    if (!s)
        return false;
    bool ok = unseal_stream(s, key, from, out, err);
    stream_free(s);
    if (!ok && out->data) {
        out->size = before;
        out->data[before] = 0;
    }
    return ok;
}
