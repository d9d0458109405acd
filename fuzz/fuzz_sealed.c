/* Sealed files: any bytes read as one; and a sealed file with changes that the input describes, of
 * which each must be found. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../src/base/sealed.h"

#define CAP ((size_t)1 << 22)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const unsigned char key[PX_SECRET_KEY_BYTES] = "thirty-two bytes of a fuzz key.";

static int open_bytes(const uint8_t *bytes, size_t size) {
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    if (fd < 0 || (size > 0 && write(fd, bytes, size) != (ssize_t)size) ||
        lseek(fd, 0, SEEK_SET) != 0)
        abort();
    return fd;
}

static bool unseal(const uint8_t *bytes, size_t size, px_buffer *out) {
    px_error err = {0};
    int fd = open_bytes(bytes, size);
    const bool ok = px_unseal_file(key, fd, out, &err);
    close(fd);
    if (ok != (err.code == PX_OK) || (!ok && (out->size != 0 || err.code != PX_ERR_INPUT)))
        abort();
    return ok;
}

/* The sealed form of some bytes; returns its size. */
static size_t seal(const uint8_t *plain, size_t size, uint8_t *sealed, size_t room) {
    int from = open_bytes(plain, size), to = memfd_create("fuzz", MFD_CLOEXEC);
    if (to < 0 || !px_seal_file(key, from, to, NULL) || lseek(to, 0, SEEK_SET) != 0)
        abort();
    const ssize_t n = read(to, sealed, room);
    close(from);
    close(to);
    if (n < 0)
        abort();
    return (size_t)n;
}

static size_t take_number(const uint8_t **data, size_t *size) {
    size_t value = 0;
    for (int i = 0; i < 3 && *size > 0; i++, (*size)--)
        value = value << 8 | *(*data)++;
    return value;
}

/* One change: cut, flip bits, copy a piece elsewhere, or add bytes. */
static size_t change(uint8_t *bytes, size_t size, const uint8_t *data, size_t left) {
    const size_t kind = take_number(&data, &left), at = take_number(&data, &left);
    const size_t from = take_number(&data, &left), many = take_number(&data, &left);
    if (kind % 4 == 0)
        return at % (size + 1);
    if (kind % 4 == 1)
        bytes[at % size] ^= (uint8_t)from;
    if (kind % 4 == 2) {
        const size_t to = at % size, of = from % size, later = to > of ? to : of;
        memmove(bytes + to, bytes + of, many % (size - later + 1));
    }
    if (kind % 4 == 3)
        memset(bytes + size, (int)(from & 255), many % 1000);
    return kind % 4 == 3 ? size + many % 1000 : size;
}

static void check_changed(const uint8_t *data, size_t size) {
    const size_t length = take_number(&data, &size) % (CAP / 8), room = length + 2000;
    uint8_t *plain = calloc(1, length + 1), *sealed = calloc(2, room);
    if (!plain || !sealed)
        abort();
    const size_t made = seal(plain, length, sealed, room);
    memcpy(sealed + room, sealed, made);
    const size_t changed = change(sealed, made, data, size);
    const bool same = changed == made && memcmp(sealed, sealed + room, made) == 0;
    px_buffer out;
    px_buffer_init(&out, CAP);
    if (unseal(sealed, changed, &out) != same ||
        (same && (out.size != length || (length > 0 && memcmp(out.data, plain, length) != 0))))
        abort();
    px_buffer_clear(&out);
    free(plain);
    free(sealed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0)
        return 0;
    px_buffer out;
    px_buffer_init(&out, CAP);
    if (data[0] & 1)
        check_changed(data + 1, size - 1);
    else
        unseal(data + 1, size - 1, &out);
    px_buffer_clear(&out);
    return 0;
}
