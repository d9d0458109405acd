/* The data folder: temporary files, images kept and read, locks, damage, hostile names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utime.h>

#include "../src/store/blobs.h"
#include "must.h"

#define LARGE ((size_t)300000)

static char folder[64];

static int set_up(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/perxeptron-test.XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *about, int type, struct FTW *where) {
    (void)about, (void)type, (void)where;
    return remove(path);
}

static int tear_down(void **state) {
    (void)state;
    return nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static const char *path_of(const char *name) {
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void write_file(const char *path, const void *bytes, size_t size) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, size), (int)size);
    close(fd);
}

static px_blobs *open_blobs(px_blobs_mode mode, const char *key) {
    px_blobs *blobs;
    char key_path[256];
    snprintf(key_path, sizeof key_path, "%s", path_of("key"));
    if (key)
        write_file(key_path, key, strlen(key));
    MUST((blobs = px_blobs_open(folder, key ? key_path : NULL, mode, &err)));
    return blobs;
}

static px_blob keep(px_blobs *blobs, int64_t id, const void *bytes, size_t size) {
    char name[PX_BLOB_TEMPORARY];
    int fd;
    px_blob blob = {.id = id};
    MUST((fd = px_blobs_create_temporary(blobs, name, &err)) >= 0);
    assert_int_equal(write(fd, bytes, size), (int)size);
    close(fd);
    MUST(px_blobs_prepare(blobs, name, &blob, &err));
    MUST(px_blobs_keep(blobs, name, &blob, &err));
    return blob;
}

static char *file_of(const px_blob *blob) {
    static char path[256];
    snprintf(path, sizeof path, "%s/blobs/%.2s/%.2s/%s-%lld", folder, blob->sha256,
             blob->sha256 + 2, blob->sha256, (long long)blob->id);
    return path;
}

static void check_content(px_blobs *blobs, const px_blob *blob, const void *bytes, size_t size) {
    px_buffer out;
    px_buffer_init(&out, size + 3);
    MUST(px_buffer_append(&out, "abc", 3, &err));
    MUST(px_blobs_read(blobs, blob, &out, &err));
    assert_int_equal(out.size, size + 3);
    assert_memory_equal(out.data, "abc", 3);
    assert_memory_equal(out.data + 3, bytes, size);
    px_buffer_clear(&out);
    if (blob->sealed)
        return;
    char *content = malloc(size + 1);
    int fd;
    MUST((fd = px_blobs_open_plain(blobs, blob, &err)) >= 0);
    assert_non_null(content);
    assert_int_equal(read(fd, content, size + 1), (int)size);
    assert_memory_equal(content, bytes, size);
    close(fd);
    free(content);
}

static void check_refused(px_blobs *blobs, const px_blob *blob, px_error_code code) {
    px_buffer out;
    px_buffer_init(&out, LARGE + 1000);
    MUST(px_buffer_append(&out, "abc", 3, &err));
    MUST_FAIL(px_blobs_read(blobs, blob, &out, &err), code);
    assert_int_equal(out.size, 3);
    px_buffer_clear(&out);
    px_error err = {0};
    if (!blob->sealed) {
        assert_int_equal(px_blobs_open_plain(blobs, blob, &err), -1);
        assert_int_equal(err.code, code);
    }
}

static unsigned char *make_large(void) {
    unsigned char *bytes = malloc(LARGE);
    assert_non_null(bytes);
    for (size_t i = 0; i < LARGE; i++)
        bytes[i] = (unsigned char)(i * 2654435761u >> 13);
    return bytes;
}

static const char key_text[] = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

static void images_come_back(void **state) {
    unsigned char *large = make_large();
    struct stat about;
    const char *key = *state ? key_text : NULL;
    px_blobs *blobs = open_blobs(PX_BLOBS_ALONE, key);
    const px_blob one = keep(blobs, 1, "image", 5), two = keep(blobs, 2, "image", 5),
                  big = keep(blobs, INT64_MAX, large, LARGE), none = keep(blobs, 4, "", 0);
    check_content(blobs, &one, "image", 5);
    check_content(blobs, &two, "image", 5);
    check_content(blobs, &big, large, LARGE);
    check_content(blobs, &none, "", 0);
    assert_int_equal(one.sealed, key != NULL);
    assert_int_equal(one.size == 5, key == NULL);
    assert_int_equal(stat(file_of(&one), &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    assert_int_equal(about.st_size, one.size);
    assert_int_equal(stat(path_of("blobs"), &about), 0);
    assert_int_equal(about.st_mode & 0777, 0700);
    bool there;
    MUST(px_blobs_exists(blobs, &two, &there, &err));
    assert_true(there);
    MUST(px_blobs_remove(blobs, &one, &err));
    MUST(px_blobs_remove(blobs, &one, &err));
    MUST(px_blobs_exists(blobs, &one, &there, &err));
    assert_false(there);
    check_refused(blobs, &one, PX_ERR_IO);
    check_content(blobs, &two, "image", 5);
    px_blobs_close(blobs);
    free(large);
}

static void sealed_images_hide_their_content(void **state) {
    (void)state;
    px_blobs *blobs = open_blobs(PX_BLOBS_ALONE, key_text);
    const px_blob a = keep(blobs, 1, "a secret in the image", 21),
                  b = keep(blobs, 2, "a secret in the image", 21);
    char bytes[4096];
    FILE *file = fopen(file_of(&a), "rb");
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    assert_int_equal(size, a.size);
    assert_null(memmem(bytes, size, "secret", 6));
    assert_string_not_equal(a.sha256, b.sha256);
    px_blobs_close(blobs);
    blobs = open_blobs(PX_BLOBS_ALONE, NULL);
    check_refused(blobs, &a, PX_ERR_INPUT);
    const px_blob plain = keep(blobs, 3, "plain", 5);
    px_blobs_close(blobs);
    blobs = open_blobs(PX_BLOBS_ALONE, key_text);
    check_content(blobs, &plain, "plain", 5);
    check_content(blobs, &a, "a secret in the image", 21);
    px_blobs_close(blobs);
    char other[] = "100102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    blobs = open_blobs(PX_BLOBS_ALONE, other);
    check_refused(blobs, &a, PX_ERR_INPUT);
    px_blobs_close(blobs);
}

/* Every sixteenth of a file cut off, a bit changed, a byte too many. */
static void damage_is_noticed(void **state) {
    unsigned char *large = make_large();
    px_blobs *blobs = open_blobs(PX_BLOBS_ALONE, *state ? key_text : NULL);
    const px_blob blob = keep(blobs, 1, large, LARGE);
    unsigned char *whole = malloc((size_t)blob.size + 1);
    FILE *file = fopen(file_of(&blob), "rb");
    assert_int_equal(fread(whole, 1, (size_t)blob.size, file), blob.size);
    fclose(file);
    whole[blob.size] = 'x';
    for (int i = 0; i < 16; i++) {
        write_file(file_of(&blob), whole, (size_t)blob.size * (size_t)i / 16);
        check_refused(blobs, &blob, PX_ERR_MISMATCH);
        whole[blob.size * i / 16] ^= 4;
        write_file(file_of(&blob), whole, (size_t)blob.size);
        check_refused(blobs, &blob, PX_ERR_MISMATCH);
        whole[blob.size * i / 16] ^= 4;
    }
    write_file(file_of(&blob), whole, (size_t)blob.size + 1);
    check_refused(blobs, &blob, PX_ERR_MISMATCH);
    write_file(file_of(&blob), whole, (size_t)blob.size);
    check_content(blobs, &blob, large, LARGE);
    px_buffer small;
    px_buffer_init(&small, 100);
    MUST_FAIL(px_blobs_read(blobs, &blob, &small, &err), PX_ERR_LIMIT);
    assert_int_equal(small.size, 0);
    px_buffer_clear(&small);
    px_blobs_close(blobs);
    free(large);
    free(whole);
}

static void links_are_not_followed(void **state) {
    (void)state;
    px_blobs *blobs = open_blobs(PX_BLOBS_ALONE, NULL);
    const px_blob blob = keep(blobs, 1, "image", 5);
    write_file(path_of("elsewhere"), "image", 5);
    assert_int_equal(unlink(file_of(&blob)), 0);
    assert_int_equal(symlink(path_of("elsewhere"), file_of(&blob)), 0);
    check_refused(blobs, &blob, PX_ERR_IO);
    px_blobs_close(blobs);
}

static void temporary_files_are_cleaned_up(void **state) {
    (void)state;
    px_blobs *blobs = open_blobs(PX_BLOBS_ALONE, NULL);
    char name[PX_BLOB_TEMPORARY], second[PX_BLOB_TEMPORARY];
    int fd;
    MUST((fd = px_blobs_create_temporary(blobs, name, &err)) >= 0);
    close(fd);
    MUST((fd = px_blobs_create_temporary(blobs, second, &err)) >= 0);
    close(fd);
    assert_int_equal(strspn(name, "0123456789abcdef"), PX_BLOB_TEMPORARY - 1);
    assert_string_not_equal(name, second);
    char *path;
    MUST((path = px_blobs_temporary_path(blobs, name, &err)));
    assert_int_equal(access(path, F_OK), 0);
    px_blobs_remove_temporary(blobs, name);
    assert_int_equal(access(path, F_OK), -1);
    free(path);
    MUST((path = px_blobs_temporary_path(blobs, second, &err)));
    px_blobs_close(blobs);
    blobs = open_blobs(PX_BLOBS_BESIDE, NULL);
    px_blobs_close(blobs);
    blobs = open_blobs(PX_BLOBS_SHARED, NULL);
    px_blobs_close(blobs);
    assert_int_equal(access(path, F_OK), 0);
    assert_int_equal(utime(path, &(struct utimbuf){1, 1}), 0);
    blobs = open_blobs(PX_BLOBS_SHARED, NULL);
    px_blobs_close(blobs);
    assert_int_equal(access(path, F_OK), -1);
    write_file(path, "x", 1);
    blobs = open_blobs(PX_BLOBS_ALONE, NULL);
    px_blobs_close(blobs);
    assert_int_equal(access(path, F_OK), -1);
    free(path);
}

static void the_folder_is_held(void **state) {
    (void)state;
    px_blobs *alone = open_blobs(PX_BLOBS_ALONE, NULL);
    MUST_FAIL(px_blobs_open(folder, NULL, PX_BLOBS_ALONE, &err), PX_ERR_IO);
    MUST_FAIL(px_blobs_open(folder, NULL, PX_BLOBS_SHARED, &err), PX_ERR_IO);
    px_blobs *beside = open_blobs(PX_BLOBS_BESIDE, NULL);
    px_blobs_close(beside);
    px_blobs_close(alone);
    px_blobs *one = open_blobs(PX_BLOBS_SHARED, NULL), *two = open_blobs(PX_BLOBS_SHARED, NULL);
    MUST_FAIL(px_blobs_open(folder, NULL, PX_BLOBS_ALONE, &err), PX_ERR_IO);
    px_blobs_close(one);
    px_blobs_close(two);
    px_blobs_close(NULL);
    px_blobs_close(open_blobs(PX_BLOBS_ALONE, NULL));
}

static void what_cannot_be_opened_is_refused(void **state) {
    (void)state;
    MUST_FAIL(px_blobs_open(path_of("none"), NULL, PX_BLOBS_BESIDE, &err), PX_ERR_IO);
    assert_int_equal(access(path_of("none"), F_OK), -1);
    MUST_FAIL(px_blobs_open("/proc/nowhere", NULL, PX_BLOBS_ALONE, &err), PX_ERR_IO);
    write_file(path_of("file"), "x", 1);
    MUST_FAIL(px_blobs_open(path_of("file"), NULL, PX_BLOBS_ALONE, &err), PX_ERR_IO);
    char key[256];
    snprintf(key, sizeof key, "%s", path_of("key"));
    MUST_FAIL(px_blobs_open(folder, key, PX_BLOBS_ALONE, &err), PX_ERR_IO);
    write_file(key, "0123", 4);
    MUST_FAIL(px_blobs_open(folder, key, PX_BLOBS_ALONE, &err), PX_ERR_INPUT);
    px_blobs *deep;
    char below[300];
    snprintf(below, sizeof below, "%s", path_of("a/b/c"));
    MUST((deep = px_blobs_open(below, NULL, PX_BLOBS_ALONE, &err)));
    uint64_t bytes = 0;
    MUST(px_blobs_free_space(deep, &bytes, &err));
    assert_true(bytes > 0);
    px_blobs_close(deep);
}

static void removal_waits_for_a_backup(void **state) {
    (void)state;
    px_blobs *blobs = open_blobs(PX_BLOBS_ALONE, NULL), *beside = open_blobs(PX_BLOBS_BESIDE, NULL);
    const px_blob blob = keep(blobs, 1, "image", 5);
    int hold;
    MUST((hold = px_blobs_hold_removal(beside, &err)) >= 0);
    MUST_FAIL(px_blobs_remove(blobs, &blob, &err), PX_ERR_BUSY);
    check_content(blobs, &blob, "image", 5);
    close(hold);
    MUST(px_blobs_remove(blobs, &blob, &err));
    px_blobs_close(beside);
    px_blobs_close(blobs);
}

typedef struct visited {
    int known, unknown;
    int64_t ids;
} visited;

static bool count(void *context, const char *path, const px_blob *blob, px_error *err) {
    visited *all = context;
    (void)err;
    assert_true(path[0] != '/');
    if (!blob) {
        all->unknown++;
        return true;
    }
    all->known++;
    all->ids += blob->id;
    assert_int_equal(blob->size, 5);
    assert_int_equal(strlen(blob->sha256), PX_SHA256_HEX - 1);
    return true;
}

static bool stop(void *context, const char *path, const px_blob *blob, px_error *err) {
    (void)path, (void)blob, (void)err;
    ++*(int *)context;
    return false;
}

static void every_file_is_visited(void **state) {
    (void)state;
    px_blobs *blobs = open_blobs(PX_BLOBS_ALONE, NULL);
    char other[300];
    for (int i = 1; i <= 20; i++) {
        char text[6];
        snprintf(text, sizeof text, "im%03d", i);
        const px_blob blob = keep(blobs, i, text, 5);
        if (i > 3)
            continue;
        /* Names that are nearly right. */
        const char *const ends[] = {"x", "", "-"};
        snprintf(other, sizeof other, "%.*s%s", (int)(strlen(file_of(&blob)) - (i == 2)),
                 file_of(&blob), ends[i - 1]);
        write_file(other, "12345", 5);
    }
    write_file(path_of("blobs/stray"), "x", 1);
    visited all = {0};
    MUST(px_blobs_visit(blobs, count, &all, &err));
    assert_int_equal(all.known, 20);
    assert_int_equal(all.ids, 210);
    assert_int_equal(all.unknown, 4);
    int stops = 0;
    px_error err = {0};
    assert_false(px_blobs_visit(blobs, stop, &stops, &err));
    assert_int_equal(stops, 1);
    px_blobs_close(blobs);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define SEALED_TEST(name)                                                                          \
    { #name " (sealed)", name, set_up_sealed, tear_down, NULL }

static int set_up_sealed(void **state) {
    static int yes;
    int failed = set_up(state);
    *state = &yes;
    return failed;
}

int main(void) {
    const struct CMUnitTest tests[] = {TEST(images_come_back),
                                       SEALED_TEST(images_come_back),
                                       TEST(sealed_images_hide_their_content),
                                       TEST(damage_is_noticed),
                                       SEALED_TEST(damage_is_noticed),
                                       TEST(links_are_not_followed),
                                       TEST(temporary_files_are_cleaned_up),
                                       TEST(the_folder_is_held),
                                       TEST(what_cannot_be_opened_is_refused),
                                       TEST(removal_waits_for_a_backup),
                                       TEST(every_file_is_visited)};
    return cmocka_run_group_tests_name("blobs", tests, NULL, NULL);
}
