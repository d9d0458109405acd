/* Sealed files: every size comes back, and whatever is changed in one is found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../src/base/random.h"
#include "../src/base/sealed.h"

#define CHUNK 65536
#define SEALED_CHUNK (CHUNK + 17)
#define OPENING 32 /* bytes before the first chunk */

static const unsigned char key[PX_SECRET_KEY_BYTES] = "thirty-two bytes of a test's key";
static const unsigned char other_key[PX_SECRET_KEY_BYTES] = "thirty-two bytes of a Test's key";

static int open_bytes(const uint8_t *bytes, size_t size) {
    int fd = memfd_create("sealed", MFD_CLOEXEC);
    assert_true(fd >= 0);
    for (size_t done = 0; done < size;) {
        ssize_t n = write(fd, bytes + done, size - done);
        assert_true(n > 0);
        done += (size_t)n;
    }
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

static uint8_t *make_plain(size_t size) {
    uint8_t *bytes = malloc(size + 1);
    assert_non_null(bytes);
    px_random random;
    px_random_init(&random, size, 0);
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)px_random_u64(&random);
    return bytes;
}

/* What px_seal_file makes of some bytes. */
static px_buffer seal(const uint8_t *plain, size_t size) {
    px_error err = {0};
    px_buffer sealed;
    px_buffer_init(&sealed, 10 * CHUNK);
    int from = open_bytes(plain, size), to = memfd_create("to", MFD_CLOEXEC);
    assert_true(to >= 0);
    assert_true(px_seal_file(key, from, to, &err));
    const off_t end = lseek(to, 0, SEEK_END);
    uint8_t *bytes = malloc((size_t)end);
    assert_non_null(bytes);
    assert_int_equal(pread(to, bytes, (size_t)end, 0), end);
    assert_true(px_buffer_append(&sealed, bytes, (size_t)end, &err));
    free(bytes);
    close(from);
    close(to);
    return sealed;
}

static bool unseal(const unsigned char *with, const uint8_t *bytes, size_t size, px_buffer *out,
                   px_error *err) {
    int fd = open_bytes(bytes, size);
    bool ok = px_unseal_file(with, fd, out, err);
    close(fd);
    return ok;
}

/* Such a file gives nothing but an error, and leaves what the buffer held. */
static void check_refused(const unsigned char *with, const uint8_t *bytes, size_t size,
                          const char *what, size_t where) {
    px_error err = {0};
    px_buffer out;
    px_buffer_init(&out, 10 * CHUNK);
    assert_true(px_buffer_print(&out, NULL, "before"));
    if (unseal(with, bytes, size, &out, &err) || err.code != PX_ERR_INPUT)
        fail_msg("%s %zu: %s", what, where, err.message);
    assert_int_equal(out.size, 6);
    assert_string_equal((char *)out.data, "before");
    px_buffer_clear(&out);
}

static const size_t sizes[] = {0,         1,
                               2,         100,
                               CHUNK - 1, CHUNK,
                               CHUNK + 1, 2 * CHUNK - 1,
                               2 * CHUNK, 2 * CHUNK + 1,
                               3 * CHUNK, 3 * CHUNK + 4567};
enum { N_SIZES = sizeof sizes / sizeof *sizes };

static void every_size_comes_back(void **state) {
    (void)state;
    for (int i = 0; i < N_SIZES; i++) {
        px_error err = {0};
        uint8_t *plain = make_plain(sizes[i]);
        px_buffer sealed = seal(plain, sizes[i]), out;
        const size_t chunks = sizes[i] == 0 ? 1 : (sizes[i] + CHUNK - 1) / CHUNK;
        assert_int_equal(sealed.size, OPENING + sizes[i] + 17 * chunks);
        px_buffer_init(&out, sizes[i] + 3);
        assert_true(px_buffer_print(&out, NULL, "abc"));
        if (!unseal(key, sealed.data, sealed.size, &out, &err))
            fail_msg("%zu bytes: %s", sizes[i], err.message);
        assert_int_equal(out.size, sizes[i] + 3);
        assert_memory_equal(out.data, "abc", 3);
        assert_memory_equal(out.data + 3, plain, sizes[i]);
        px_buffer_clear(&out);
        px_buffer_clear(&sealed);
        free(plain);
    }
}

static void nothing_of_the_content_shows(void **state) {
    (void)state;
    static const char text[] = "the patient's name, were it here";
    px_buffer one = seal((const uint8_t *)text, sizeof text), two;
    two = seal((const uint8_t *)text, sizeof text);
    assert_null(memmem(one.data, one.size, text, 8));
    assert_memory_not_equal(one.data + 8, two.data + 8, 24); /* a nonce of its own */
    assert_memory_not_equal(one.data + OPENING, two.data + OPENING, sizeof text);
    px_buffer_clear(&one);
    px_buffer_clear(&two);
}

static void another_key_opens_nothing(void **state) {
    (void)state;
    for (int i = 0; i < N_SIZES; i++) {
        uint8_t *plain = make_plain(sizes[i]);
        px_buffer sealed = seal(plain, sizes[i]);
        check_refused(other_key, sealed.data, sealed.size, "size", sizes[i]);
        px_buffer_clear(&sealed);
        free(plain);
    }
}

static void every_truncation_is_found(void **state) {
    (void)state;
    uint8_t *plain = make_plain(3 * CHUNK);
    px_buffer small = seal(plain, 300), large = seal(plain, 3 * CHUNK);
    for (size_t size = 0; size < small.size; size++)
        check_refused(key, small.data, size, "truncated to", size);
    for (size_t chunk = 0; chunk <= 3; chunk++)
        for (size_t near = 0; near < 40; near++) {
            size_t size = OPENING + chunk * SEALED_CHUNK + near - 20;
            if (size < large.size)
                check_refused(key, large.data, size, "truncated to", size);
        }
    for (size_t part = 0; part < 16; part++)
        check_refused(key, large.data, large.size * part / 16, "truncated to sixteenth", part);
    px_buffer_clear(&small);
    px_buffer_clear(&large);
    free(plain);
}

static void every_bit_flip_is_found(void **state) {
    (void)state;
    uint8_t *plain = make_plain(2 * CHUNK + 5);
    px_buffer small = seal(plain, 40), large = seal(plain, 2 * CHUNK + 5);
    for (size_t bit = 0; bit < 8 * small.size; bit++) {
        small.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        check_refused(key, small.data, small.size, "bit", bit);
        small.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    px_random random;
    px_random_init(&random, 5, 0);
    for (int i = 0; i < 200; i++) {
        size_t bit = px_random_below(&random, 8 * large.size);
        large.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        check_refused(key, large.data, large.size, "bit", bit);
        large.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    px_buffer_clear(&small);
    px_buffer_clear(&large);
    free(plain);
}

/* A file of chosen sealed chunks of another, in a chosen order ('0' is the first). */
static px_buffer arrange(const px_buffer *sealed, const char *order) {
    px_buffer made;
    px_buffer_init(&made, 10 * CHUNK);
    assert_true(px_buffer_append(&made, sealed->data, OPENING, NULL));
    for (; *order; order++) {
        size_t at = OPENING + (size_t)(*order - '0') * SEALED_CHUNK;
        size_t left = sealed->size - at;
        assert_true(px_buffer_append(&made, sealed->data + at,
                                     left < SEALED_CHUNK ? left : SEALED_CHUNK, NULL));
    }
    return made;
}

static void other_orders_of_chunks_are_found(void **state) {
    (void)state;
    static const char *const orders[] = {"102", "120", "021",  "210",  "12",   "02",   "01",
                                         "2",   "0",   "0012", "0112", "0122", "0120", ""};
    uint8_t *plain = make_plain(3 * CHUNK);
    px_buffer full = seal(plain, 3 * CHUNK), part = seal(plain, 2 * CHUNK + 9);
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        px_buffer one = arrange(&full, orders[i]), two = arrange(&part, orders[i]);
        check_refused(key, one.data, one.size, orders[i], i);
        check_refused(key, two.data, two.size, orders[i], i);
        px_buffer_clear(&one);
        px_buffer_clear(&two);
    }
    px_buffer_clear(&full);
    px_buffer_clear(&part);
    free(plain);
}

static void chunks_of_another_file_are_found(void **state) {
    (void)state;
    uint8_t *plain = make_plain(2 * CHUNK);
    px_buffer one = seal(plain, 2 * CHUNK), two = seal(plain, 2 * CHUNK);
    for (size_t chunk = 0; chunk < 2; chunk++) {
        px_buffer mixed = arrange(&one, "01");
        memcpy(mixed.data + OPENING + chunk * SEALED_CHUNK,
               two.data + OPENING + chunk * SEALED_CHUNK, SEALED_CHUNK);
        check_refused(key, mixed.data, mixed.size, "foreign chunk", chunk);
        px_buffer_clear(&mixed);
    }
    px_buffer_clear(&one);
    px_buffer_clear(&two);
    free(plain);
}

static void every_extension_is_found(void **state) {
    (void)state;
    static const size_t extensions[] = {1, 2, 16, 17, 18, 100, SEALED_CHUNK};
    for (int i = 0; i < N_SIZES; i++) {
        uint8_t *plain = make_plain(sizes[i]);
        px_buffer sealed = seal(plain, sizes[i]);
        const size_t size = sealed.size;
        uint8_t *zeros = calloc(1, SEALED_CHUNK);
        assert_non_null(zeros);
        for (size_t j = 0; j < sizeof extensions / sizeof *extensions; j++) {
            sealed.size = size;
            assert_true(px_buffer_append(&sealed, zeros, extensions[j], NULL));
            check_refused(key, sealed.data, sealed.size, "extended by", extensions[j]);
        }
        sealed.size = size;
        px_buffer twice;
        px_buffer_init(&twice, 10 * CHUNK);
        assert_true(px_buffer_append(&twice, sealed.data, size, NULL));
        assert_true(px_buffer_append(&twice, sealed.data, size, NULL));
        check_refused(key, twice.data, twice.size, "twice", sizes[i]);
        px_buffer_clear(&twice);
        px_buffer_clear(&sealed);
        free(zeros);
        free(plain);
    }
}

static void a_full_buffer_takes_nothing(void **state) {
    (void)state;
    uint8_t *plain = make_plain(CHUNK + 10);
    px_buffer sealed = seal(plain, CHUNK + 10), out;
    for (size_t cap = 0; cap < CHUNK + 10; cap += 7777) {
        px_error err = {0};
        px_buffer_init(&out, cap);
        assert_false(unseal(key, sealed.data, sealed.size, &out, &err));
        assert_int_equal(err.code, PX_ERR_LIMIT);
        assert_int_equal(out.size, 0);
        px_buffer_clear(&out);
    }
    px_buffer_clear(&sealed);
    free(plain);
}

static void failures_of_files_are_told(void **state) {
    (void)state;
    px_error err = {0};
    px_buffer out;
    px_buffer_init(&out, 100);
    int from = open_bytes((const uint8_t *)"x", 1), full = open("/dev/full", O_RDWR | O_CLOEXEC);
    assert_true(full >= 0);
    assert_false(px_seal_file(key, from, full, &err));
    assert_int_equal(err.code, PX_ERR_IO);
    err = (px_error){0};
    assert_false(px_seal_file(key, -1, full, &err));
    assert_int_equal(err.code, PX_ERR_IO);
    err = (px_error){0};
    assert_false(px_unseal_file(key, -1, &out, &err));
    assert_int_equal(err.code, PX_ERR_IO);
    close(from);
    close(full);
}

static void sealing_starts_at_the_offset(void **state) {
    (void)state;
    px_buffer out;
    int from = open_bytes((const uint8_t *)"0123456789", 10), to = memfd_create("to", MFD_CLOEXEC);
    assert_int_equal(lseek(from, 4, SEEK_SET), 4);
    assert_true(px_seal_file(key, from, to, NULL));
    assert_int_equal(lseek(to, 0, SEEK_SET), 0);
    px_buffer_init(&out, 100);
    assert_true(px_unseal_file(key, to, &out, NULL));
    assert_int_equal(out.size, 6);
    assert_memory_equal(out.data, "456789", 6);
    px_buffer_clear(&out);
    close(from);
    close(to);
}

static void check_key(const char *text, size_t size, px_error_code code) {
    unsigned char read[PX_SECRET_KEY_BYTES] = "untouched";
    char path[64];
    px_error err = {0};
    int fd = open_bytes((const uint8_t *)text, size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    const bool ok = px_seal_read_key(path, read, &err);
    assert_int_equal(err.code, code);
    assert_int_equal(ok, code == PX_OK);
    if (ok)
        for (int i = 0; i < PX_SECRET_KEY_BYTES; i++)
            assert_int_equal(read[i], 0xa0 + i % 16);
    else
        assert_string_equal((char *)read, "untouched");
    assert_null(strstr(err.message, "a0a1"));
    close(fd);
}

#define DIGITS "a0a1a2a3a4a5a6a7a8a9aaABacadaeafA0a1a2a3a4a5a6a7a8a9aaabacadaeAF"

static void keys_are_64_digits(void **state) {
    (void)state;
    check_key(DIGITS, 64, PX_OK);
    check_key(DIGITS "\n", 65, PX_OK);
    check_key(" \t\r\n" DIGITS "\r\n\n ", 72, PX_OK);
    check_key("", 0, PX_ERR_INPUT);
    check_key("\n", 1, PX_ERR_INPUT);
    check_key(DIGITS, 63, PX_ERR_INPUT);
    check_key(DIGITS "a", 65, PX_ERR_INPUT);
    check_key(DIGITS "a0", 66, PX_ERR_INPUT);
    check_key(DIGITS "\n" DIGITS, 129, PX_ERR_INPUT);
    check_key(DIGITS "\0", 65, PX_ERR_INPUT);
    check_key("0x" DIGITS, 66, PX_ERR_INPUT);
    check_key("g0a1a2a3a4a5a6a7a8a9aaABacadaeafA0a1a2a3a4a5a6a7a8a9aaabacadaeAF", 64, PX_ERR_INPUT);
    char *large = calloc(1, 10000);
    assert_non_null(large);
    memset(large, 'a', 10000);
    check_key(large, 10000, PX_ERR_LIMIT);
    free(large);
    unsigned char read[PX_SECRET_KEY_BYTES];
    px_error err = {0};
    assert_false(px_seal_read_key("/nonexistent/key", read, &err));
    assert_int_equal(err.code, PX_ERR_IO);
    assert_string_equal(err.subject, "/nonexistent/key");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_size_comes_back),
                                       cmocka_unit_test(nothing_of_the_content_shows),
                                       cmocka_unit_test(another_key_opens_nothing),
                                       cmocka_unit_test(every_truncation_is_found),
                                       cmocka_unit_test(every_bit_flip_is_found),
                                       cmocka_unit_test(other_orders_of_chunks_are_found),
                                       cmocka_unit_test(chunks_of_another_file_are_found),
                                       cmocka_unit_test(every_extension_is_found),
                                       cmocka_unit_test(a_full_buffer_takes_nothing),
                                       cmocka_unit_test(failures_of_files_are_told),
                                       cmocka_unit_test(sealing_starts_at_the_offset),
                                       cmocka_unit_test(keys_are_64_digits)};
    return cmocka_run_group_tests_name("sealed", tests, NULL, NULL);
}
