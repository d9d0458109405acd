/* The foundation: errors, memory, buffers, files, hashes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../src/base/buffer.h"
#include "../src/base/error.h"
#include "../src/base/file.h"
#include "../src/base/memory.h"
#include "../src/base/sha256.h"

static char folder[64];

static int remove_entry(const char *path, const struct stat *info, int flag, struct FTW *walk) {
    (void)info, (void)flag, (void)walk;
    return remove(path);
}

static int make_folder(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/px_base.XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state) {
    (void)state;
    return nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

/* Path of a file in the test's folder; valid until the eighth next call. */
static const char *in_folder(const char *name) {
    static char paths[8][256];
    static int next;
    char *path = paths[next++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static int entries;
static int count_entry(const char *path, const struct stat *info, int flag, struct FTW *walk) {
    (void)path, (void)info, (void)flag, (void)walk;
    entries++;
    return 0;
}

/* Number of files and folders below the test's folder. */
static int entries_below(void) {
    entries = -1; /* the folder itself */
    nftw(folder, count_entry, 8, FTW_PHYS);
    return entries;
}

static void assert_content(const char *path, const char *expected) {
    px_buffer buffer;
    px_buffer_init(&buffer, 1 << 20);
    assert_true(px_file_read(path, &buffer, NULL));
    assert_int_equal(buffer.size, strlen(expected));
    assert_memory_equal(buffer.data ? (char *)buffer.data : "", expected, buffer.size);
    px_buffer_clear(&buffer);
}

/* ---- errors ---- */

static void first_failure_wins(void **state) {
    (void)state;
    px_error err = {0};
    assert_false(px_fail(&err, PX_ERR_INPUT, "a.png", "row %d", 7));
    assert_false(px_fail(&err, PX_ERR_MEMORY, "b.png", "later"));
    px_error_set_subject(&err, "c.png");
    assert_int_equal(err.code, PX_ERR_INPUT);
    assert_string_equal(err.subject, "a.png");
    assert_string_equal(err.message, "row 7");
    assert_false(px_fail(NULL, PX_ERR_INPUT, NULL, "nobody listens"));
    px_error_set_subject(NULL, "x");
}

static void subject_is_added_once(void **state) {
    (void)state;
    px_error err = {0};
    px_error_set_subject(&err, "no failure yet");
    assert_string_equal(err.subject, "");
    px_fail_memory(&err);
    assert_int_equal(err.code, PX_ERR_MEMORY);
    px_error_set_subject(&err, "first");
    px_error_set_subject(&err, "second");
    assert_string_equal(err.subject, "first");
}

static void control_characters_are_hidden(void **state) {
    (void)state;
    px_error err = {0};
    px_fail(&err, PX_ERR_INPUT, "a\033[2J", "is \"%s\"", "\n\177");
    assert_string_equal(err.subject, "a?[2J");
    assert_string_equal(err.message, "is \"??\"");
    px_error_add_whole(&err, "b\r.png");
    assert_string_equal(err.subject, "b?.png");
    assert_string_equal(err.message, "a?[2J: is \"??\"");
    px_error_add_whole(&err, "b\r.png"); /* it is already about that file */
    assert_string_equal(err.message, "a?[2J: is \"??\"");
    px_error later = {0};
    px_fail_memory(&later);
    px_error_set_subject(&later, "c\t.png");
    assert_string_equal(later.subject, "c?.png");
}

static void long_texts_are_cut(void **state) {
    (void)state;
    char text[2000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = 0;
    px_error err = {0};
    px_fail(&err, PX_ERR_INPUT, text, "%s", text);
    assert_int_equal(strlen(err.subject), sizeof err.subject - 1);
    assert_int_equal(strlen(err.message), sizeof err.message - 1);
}

static void errno_becomes_words(void **state) {
    (void)state;
    px_error err = {0};
    errno = ENOENT;
    px_fail_errno(&err, "a", "cannot open");
    assert_int_equal(err.code, PX_ERR_IO);
    assert_string_equal(err.message, "cannot open: No such file or directory");
    err = (px_error){0};
    errno = ENOMEM;
    px_fail_errno(&err, "a", "cannot map");
    assert_int_equal(err.code, PX_ERR_MEMORY);
}

static void codes_have_distinct_names(void **state) {
    (void)state;
    for (int a = PX_OK; a <= PX_ERR_BUSY; a++)
        for (int b = PX_OK; b < a; b++)
            assert_string_not_equal(px_error_code_name((px_error_code)a),
                                    px_error_code_name((px_error_code)b));
    assert_string_equal(px_error_code_name(PX_ERR_LIMIT), "limit");
    assert_string_equal(px_error_code_name((px_error_code)99), "unknown");
}

static void version_is_three_numbers(void **state) {
    (void)state;
    int major, minor, patch, length = 0;
    assert_int_equal(sscanf(px_version(), "%d.%d.%d%n", &major, &minor, &patch, &length), 3);
    assert_int_equal(length, strlen(px_version()));
}

/* ---- memory ---- */

static void allocation_is_zeroed_and_checked(void **state) {
    (void)state;
    px_error err = {0};
    unsigned char *p = px_alloc(100, 3, &err);
    assert_non_null(p);
    for (int i = 0; i < 300; i++)
        assert_int_equal(p[i], 0);
    free(p);
    p = px_alloc(0, 8, &err);
    assert_non_null(p);
    free(p);
    assert_int_equal(err.code, PX_OK);
    assert_null(px_alloc(SIZE_MAX / 2, 3, &err));
    assert_int_equal(err.code, PX_ERR_MEMORY);
}

static void failed_growth_keeps_the_old(void **state) {
    (void)state;
    px_error err = {0};
    void *items = px_alloc(4, sizeof(int), &err);
    ((int *)items)[3] = 42;
    void *before = items;
    assert_false(px_realloc(&items, SIZE_MAX / 2, 8, &err));
    assert_int_equal(err.code, PX_ERR_MEMORY);
    assert_ptr_equal(items, before);
    assert_true(px_realloc(&items, 100, sizeof(int), NULL));
    assert_int_equal(((int *)items)[3], 42);
    assert_true(px_realloc(&items, 0, sizeof(int), NULL));
    assert_non_null(items);
    free(items);
}

static void aligned_memory_is_aligned(void **state) {
    (void)state;
    for (size_t bytes = 0; bytes < 300; bytes += 37) {
        void *p = px_alloc_aligned(bytes, NULL);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % 64, 0);
        memset(p, 1, (bytes + 63) / 64 * 64); /* the sanitizer checks the padding */
        free(p);
    }
    px_error err = {0};
    assert_null(px_alloc_aligned(SIZE_MAX - 10, &err));
    assert_int_equal(err.code, PX_ERR_MEMORY);
}

static void strings_are_copied_and_formatted(void **state) {
    (void)state;
    char *copy = px_strdup("abc", NULL);
    assert_string_equal(copy, "abc");
    free(copy);
    px_error err = {0};
    assert_null(px_strdup(NULL, &err));
    assert_int_equal(err.code, PX_OK);
    char *text = px_format(&err, "%d-%s", 7, "x");
    assert_string_equal(text, "7-x");
    free(text);
}

/* ---- buffer ---- */

static void buffer_grows_to_its_cap(void **state) {
    (void)state;
    px_buffer buffer;
    px_buffer_init(&buffer, 1000);
    for (int i = 0; i < 100; i++)
        assert_true(px_buffer_append(&buffer, "0123456789", 10, NULL));
    assert_int_equal(buffer.size, 1000);
    assert_int_equal(buffer.data[1000], 0);
    px_error err = {0};
    assert_false(px_buffer_append(&buffer, "x", 1, &err));
    assert_int_equal(err.code, PX_ERR_LIMIT);
    assert_false(px_buffer_append(&buffer, "x", SIZE_MAX, NULL));
    assert_false(px_buffer_print(&buffer, NULL, "%d", 1));
    assert_int_equal(buffer.size, 1000);
    assert_true(px_buffer_append(&buffer, NULL, 0, NULL));
    px_buffer_clear(&buffer);
    assert_null(buffer.data);
    assert_true(px_buffer_append(&buffer, "again", 5, NULL));
    px_buffer_clear(&buffer);
}

static void buffer_prints_and_ends_with_zero(void **state) {
    (void)state;
    px_buffer buffer;
    px_buffer_init(&buffer, 5000);
    assert_true(px_buffer_print(&buffer, NULL, "%s", ""));
    assert_string_equal((char *)buffer.data, "");
    assert_true(px_buffer_print(&buffer, NULL, "%d/%d", 1, 2));
    assert_true(px_buffer_print(&buffer, NULL, "%04000d", 7));
    assert_int_equal(buffer.size, 4003);
    assert_int_equal(strlen((char *)buffer.data), 4003);
    px_buffer_clear(&buffer);
}

/* ---- files ---- */

static void file_round_trip(void **state) {
    (void)state;
    const char *path = in_folder("a.bin");
    unsigned char bytes[200000], *middle;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i * 7 + i / 256);
    assert_true(px_file_write(path, bytes, sizeof bytes, NULL));
    px_buffer buffer;
    px_buffer_init(&buffer, sizeof bytes + 3);
    px_buffer_append(&buffer, "abc", 3, NULL);
    assert_true(px_file_read(path, &buffer, NULL)); /* adds at the end */
    assert_int_equal(buffer.size, sizeof bytes + 3);
    middle = buffer.data + 3;
    assert_memory_equal(middle, bytes, sizeof bytes);
    px_buffer_clear(&buffer);

    px_mapping mapping;
    assert_true(px_mapping_open(&mapping, path, sizeof bytes, NULL));
    assert_int_equal(mapping.size, sizeof bytes);
    assert_memory_equal(mapping.data, bytes, sizeof bytes);
    px_mapping_close(&mapping);
    assert_null(mapping.data);
    px_mapping_close(&mapping);
}

static void files_too_large_are_refused(void **state) {
    (void)state;
    const char *path = in_folder("large");
    assert_true(px_file_write(path, "0123456789", 10, NULL));
    px_error err = {0};
    px_buffer buffer;
    px_buffer_init(&buffer, 12);
    px_buffer_append(&buffer, "abc", 3, NULL);
    assert_false(px_file_read(path, &buffer, &err));
    assert_int_equal(err.code, PX_ERR_LIMIT);
    assert_string_equal(err.subject, path);
    assert_int_equal(buffer.size, 3);
    assert_string_equal((char *)buffer.data, "abc");
    px_buffer_clear(&buffer);
    px_mapping mapping = {(const uint8_t *)"", 77};
    err = (px_error){0};
    assert_false(px_mapping_open(&mapping, path, 9, &err));
    assert_int_equal(err.code, PX_ERR_LIMIT);
    assert_int_equal(mapping.size, 77);
}

static void empty_and_odd_files(void **state) {
    (void)state;
    const char *path = in_folder("empty");
    assert_true(px_file_write(path, NULL, 0, NULL));
    assert_content(path, "");
    px_mapping mapping;
    assert_true(px_mapping_open(&mapping, path, 10, NULL));
    assert_int_equal(mapping.size, 0);
    px_mapping_close(&mapping);

    px_error err = {0};
    assert_false(px_mapping_open(&mapping, folder, 10, &err));
    assert_int_equal(err.code, PX_ERR_INPUT);
    const char *pipe = in_folder("pipe");
    assert_int_equal(mkfifo(pipe, 0600), 0);
    err = (px_error){0};
    assert_false(px_mapping_open(&mapping, pipe, 10, &err)); /* and does not wait for a writer */
    assert_int_equal(err.code, PX_ERR_INPUT);

    px_buffer buffer;
    px_buffer_init(&buffer, 10);
    err = (px_error){0};
    assert_false(px_file_read(folder, &buffer, &err));
    assert_int_equal(err.code, PX_ERR_IO);
    err = (px_error){0};
    assert_false(px_file_read(in_folder("nowhere"), &buffer, &err));
    assert_int_equal(err.code, PX_ERR_IO);
    assert_non_null(strstr(err.message, "No such file"));
    px_buffer_clear(&buffer);
}

static void writing_replaces_only_on_commit(void **state) {
    (void)state;
    const char *path = in_folder("target");
    assert_true(px_file_write(path, "old", 3, NULL));
    int before = entries_below();

    px_file_writer *writer = px_file_writer_open(path, NULL);
    assert_non_null(writer);
    assert_true(px_file_writer_write(writer, "new content", 11, NULL));
    assert_content(path, "old");
    assert_int_equal(entries_below(), before + 1);
    px_file_writer_abandon(writer);
    assert_content(path, "old");
    assert_int_equal(entries_below(), before);

    writer = px_file_writer_open(path, NULL);
    px_file_writer *other = px_file_writer_open(path, NULL); /* two writers do not collide */
    assert_true(px_file_writer_write(writer, "one", 3, NULL));
    assert_true(px_file_writer_write(other, "two!", 4, NULL));
    assert_true(px_file_writer_commit(writer, NULL));
    assert_content(path, "one");
    assert_true(px_file_writer_commit(other, NULL));
    assert_content(path, "two!");
    assert_int_equal(entries_below(), before);
    px_file_writer_abandon(NULL);
}

static void writing_keeps_links_and_permissions(void **state) {
    (void)state;
    const char *path = in_folder("real"), *link = in_folder("link");
    assert_true(px_file_write(path, "old", 3, NULL));
    assert_int_equal(chmod(path, 0640), 0);
    assert_int_equal(symlink(path, link), 0);
    assert_true(px_file_write(link, "new", 3, NULL));
    struct stat info;
    assert_int_equal(lstat(link, &info), 0);
    assert_true(S_ISLNK(info.st_mode));
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0640);
    assert_content(path, "new");

    mode_t mask = umask(022);
    const char *fresh = in_folder("fresh");
    assert_true(px_file_write(fresh, "x", 1, NULL));
    umask(mask);
    assert_int_equal(stat(fresh, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0644);
}

static void unwritable_places_say_so(void **state) {
    (void)state;
    int before = entries_below();
    px_error err = {0};
    assert_null(px_file_writer_open(in_folder("no/such/folder/x"), &err));
    assert_int_equal(err.code, PX_ERR_IO);
    err = (px_error){0};
    assert_null(px_file_writer_open(folder, &err));
    assert_int_equal(err.code, PX_ERR_IO);
    assert_non_null(strstr(err.message, "folder"));
    err = (px_error){0};
    assert_false(px_file_write("/dev/full", "x", 1, &err));
    assert_int_equal(err.code, PX_ERR_IO);
    assert_non_null(strstr(err.message, "No space left"));
    assert_true(px_file_write("/dev/null", "x", 1, NULL));
    assert_int_equal(entries_below(), before);
}

/* A limit on the size of files stands for a full disk. */
static void full_disk_leaves_nothing_behind(void **state) {
    (void)state;
    const char *path = in_folder("disk");
    assert_true(px_file_write(path, "old", 3, NULL));
    int before = entries_below();
    struct rlimit old, small;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small = old;
    small.rlim_cur = 50000;
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    static char bytes[200000];
    for (size_t size = 50001; size <= sizeof bytes; size += 49999) {
        px_error err = {0};
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
        bool ok = px_file_write(path, bytes, size, &err);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
        assert_false(ok);
        assert_int_equal(err.code, PX_ERR_IO);
        assert_string_equal(err.subject, path);
        assert_int_equal(entries_below(), before);
        assert_content(path, "old");
    }
    signal(SIGXFSZ, handler);
}

static void siblings_and_folders(void **state) {
    (void)state;
    const char *cases[][3] = {{"dir/e.json", "m.bin", "dir/m.bin"},
                              {"e.json", "m.bin", "m.bin"},
                              {"/e.json", "m.bin", "/m.bin"},
                              {"a/b/", "c", "a/b/c"},
                              {"dir/e.json", "/abs", "/abs"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *path = px_path_sibling(cases[i][0], cases[i][1], NULL);
        assert_string_equal(path, cases[i][2]);
        free(path);
    }
    assert_true(px_path_make_folders(in_folder("x/y//z/"), NULL));
    assert_true(px_path_make_folders(in_folder("x/y/z"), NULL));
    struct stat info;
    assert_int_equal(stat(in_folder("x/y/z"), &info), 0);
    assert_true(S_ISDIR(info.st_mode));
    assert_true(px_file_write(in_folder("x/file"), "", 0, NULL));
    px_error err = {0};
    assert_false(px_path_make_folders(in_folder("x/file/below"), &err));
    assert_int_equal(err.code, PX_ERR_IO);
    assert_false(px_path_make_folders("", NULL));
}

/* ---- hashes: FIPS 180-2, appendix B ---- */

static void sha256_known_answers(void **state) {
    (void)state;
    char hex[PX_SHA256_HEX];
    px_sha256_bytes("abc", 3, hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    px_sha256_bytes("", 0, hex);
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");

    char *million = px_alloc(1000000, 1, NULL);
    memset(million, 'a', 1000000);
    const char *path = in_folder("million");
    assert_true(px_file_write(path, million, 1000000, NULL));
    free(million);
    assert_true(px_sha256_file(path, hex, NULL));
    assert_string_equal(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

static void sha256_of_no_file(void **state) {
    (void)state;
    char hex[PX_SHA256_HEX] = "untouched";
    px_error err = {0};
    assert_false(px_sha256_file(in_folder("nowhere"), hex, &err));
    assert_int_equal(err.code, PX_ERR_IO);
    err = (px_error){0};
    assert_false(px_sha256_file(folder, hex, &err));
    assert_int_equal(err.code, PX_ERR_IO);
    assert_string_equal(hex, "untouched");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_failure_wins),
        cmocka_unit_test(subject_is_added_once),
        cmocka_unit_test(control_characters_are_hidden),
        cmocka_unit_test(long_texts_are_cut),
        cmocka_unit_test(errno_becomes_words),
        cmocka_unit_test(codes_have_distinct_names),
        cmocka_unit_test(version_is_three_numbers),
        cmocka_unit_test(allocation_is_zeroed_and_checked),
        cmocka_unit_test(failed_growth_keeps_the_old),
        cmocka_unit_test(aligned_memory_is_aligned),
        cmocka_unit_test(strings_are_copied_and_formatted),
        cmocka_unit_test(buffer_grows_to_its_cap),
        cmocka_unit_test(buffer_prints_and_ends_with_zero),
        cmocka_unit_test(file_round_trip),
        cmocka_unit_test(files_too_large_are_refused),
        cmocka_unit_test(empty_and_odd_files),
        cmocka_unit_test(writing_replaces_only_on_commit),
        cmocka_unit_test(writing_keeps_links_and_permissions),
        cmocka_unit_test(unwritable_places_say_so),
        cmocka_unit_test(full_disk_leaves_nothing_behind),
        cmocka_unit_test(siblings_and_folders),
        cmocka_unit_test(sha256_known_answers),
        cmocka_unit_test(sha256_of_no_file),
    };
    return cmocka_run_group_tests_name("base", tests, make_folder, remove_folder);
}
