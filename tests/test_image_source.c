/* Images of folders and ZIP archives: found by what tables call them, read, never from outside. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

#include "../src/base/file.h"
#include "../src/dataset/label_table.h"
#include "make_zip.h"
#include "must.h"

static char folder[] = "/tmp/px_source_XXXXXX";

static const char *in_folder(const char *name) {
    static char paths[2][256];
    static int next;
    char *path = paths[next ^= 1]; /* two may be in use at once */
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static void put(const char *name, const char *content) {
    char path[256];
    snprintf(path, sizeof path, "%s", in_folder(name));
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0755);
        *slash = '/';
    }
    MUST(px_file_write(path, content, strlen(content), &err));
}

static int set_up(void **state) {
    (void)state;
    memcpy(folder + sizeof folder - 7, "XXXXXX", 6);
    return mkdtemp(folder) ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    char command[300];
    snprintf(command, sizeof command, "chmod -R u+rwX '%s' && rm -rf '%s'", folder, folder);
    return system(command);
}

static px_image_source *open_source(const char *path) {
    px_error err = {0};
    px_image_source *source = px_image_source_open(path, &err);
    if (!source)
        fail_msg("%s: %s", err.subject, err.message);
    return source;
}

static void check_content(const px_image_source *source, const char *name, const char *content) {
    px_buffer bytes;
    px_buffer_init(&bytes, 1000);
    const int64_t entry = px_image_source_find(source, name);
    assert_true(entry >= 0);
    assert_string_equal(px_image_source_name(source, entry), name);
    MUST(px_image_source_read(source, entry, &bytes, &err));
    assert_int_equal(bytes.size, strlen(content));
    assert_memory_equal(bytes.data, content, bytes.size);
    px_buffer_clear(&bytes);
}

static px_error_code read_code(const px_image_source *source, const char *name, size_t cap) {
    px_buffer bytes;
    px_error err = {0};
    px_buffer_init(&bytes, cap);
    const int64_t entry = px_image_source_find(source, name);
    assert_true(entry >= 0);
    if (!px_image_source_read(source, entry, &bytes, &err))
        assert_string_equal(err.subject, name);
    assert_true(bytes.size <= cap);
    px_buffer_clear(&bytes);
    return err.code;
}

/* The entry's name that a table's path means, "" for none, "?" when it is not clear, with a "~"
 * before it for another extension. */
static const char *match(const px_image_source *source, const char *path) {
    static char text[300];
    bool by_stem;
    const int64_t entry = px_image_source_match(source, path, &by_stem);
    if (entry < 0)
        return entry == PX_ENTRY_AMBIGUOUS ? "?" : "";
    snprintf(text, sizeof text, "%s%s", by_stem ? "~" : "", px_image_source_name(source, entry));
    return text;
}

static void a_folder(void **state) {
    (void)state;
    put("a.png", "1");
    put("b/c/d.JPG", "22");
    put("b/e.jpeg", "");
    put("b/notes.txt", "x");
    put(".hidden/f.png", "x");
    put("b/._e.jpeg", "x");
    mkdir(in_folder("folder.png"), 0755);
    px_image_source *s = open_source(folder);
    assert_int_equal(px_image_source_count(s), 3);
    assert_string_equal(px_image_source_name(s, 0), "a.png");
    assert_string_equal(px_image_source_path(s), folder);
    check_content(s, "a.png", "1");
    check_content(s, "b/c/d.JPG", "22");
    check_content(s, "b/e.jpeg", "");
    assert_int_equal(px_image_source_find(s, "b/c/d.jpg"), PX_ENTRY_NONE);
    assert_int_equal(read_code(s, "b/c/d.JPG", 1), PX_ERR_LIMIT);
    assert_int_equal(read_code(s, "b/c/d.JPG", 2), PX_OK);
    assert_int_equal(px_image_source_notes(s)->kinds[PX_NOTE_ENTRY_UNSAFE].count, 0);
    px_image_source_free(s);
}

static void links_are_not_followed(void **state) {
    (void)state;
    put("out/secret.png", "secret");
    put("root/b/c.png", "1");
    assert_int_equal(symlink("../out/secret.png", in_folder("root/link.png")), 0);
    assert_int_equal(symlink("../out", in_folder("root/below")), 0);
    assert_int_equal(mkfifo(in_folder("root/pipe.png"), 0600), 0);
    px_image_source *s = open_source(in_folder("root"));
    assert_int_equal(px_image_source_count(s), 1);
    assert_int_equal(px_image_source_notes(s)->kinds[PX_NOTE_ENTRY_UNSAFE].count, 3);
    assert_string_equal(match(s, "../out/secret.png"), "");
    assert_string_equal(match(s, "b/../../out/secret.png"), "");
    assert_string_equal(match(s, in_folder("out/secret.png")), "");
    px_image_source_free(s);
}

static void what_changes_after_listing(void **state) {
    (void)state;
    put("root/b/c.png", "1");
    put("root/gone.png", "1");
    put("out/c.png", "secret");
    px_image_source *s = open_source(in_folder("root"));
    assert_int_equal(rename(in_folder("root/b"), in_folder("root/was")), 0);
    assert_int_equal(symlink("../out", in_folder("root/b")), 0);
    assert_int_equal(unlink(in_folder("root/gone.png")), 0);
    assert_int_equal(read_code(s, "b/c.png", 100), PX_ERR_IO);
    assert_int_equal(read_code(s, "gone.png", 100), PX_ERR_IO);
    px_image_source_free(s);
}

static void paths_of_tables(void **state) {
    (void)state;
    put("valid/patient1/study1/view1_frontal.jpg", "x");
    put("valid/patient2/study1/view1_frontal.jpg", "x");
    put("images_001/images/00000001_000.png", "x");
    put("images_002/images/00000002_000.png", "x");
    put("both.png", "x");
    put("both.jpg", "x");
    put("top/deep/both.png", "x");
    put("twice/a.png", "x");
    put("again/a.png", "x");
    put("flat.png", "x");
    px_image_source *s = open_source(folder);
    const char *one = "valid/patient1/study1/view1_frontal.jpg";
    assert_string_equal(match(s, one), one);
    assert_string_equal(match(s, "CheXpert-v1.0-small/valid/patient1/study1/view1_frontal.jpg"),
                        one);
    assert_string_equal(match(s, "/data/x/valid/patient1/study1/view1_frontal.jpg"), one);
    assert_string_equal(match(s, "patient1/study1/view1_frontal.jpg"), one);
    assert_string_equal(match(s, ".\\valid\\patient1//study1\\view1_frontal.jpg"), one);
    assert_string_equal(match(s, in_folder(one)), one);
    assert_string_equal(match(s, "study1/view1_frontal.jpg"), "?");
    assert_string_equal(match(s, "valid/patient3/study1/view1_frontal.jpg"), "?");
    assert_string_equal(match(s, "valid/patient3/study2/view1_frontal.jpg"), "");
    assert_string_equal(match(s, "00000001_000.png"), "images_001/images/00000001_000.png");
    assert_string_equal(match(s, "00000002_000.jpg"), "~images_002/images/00000002_000.png");
    assert_string_equal(match(s, "00000002_000.dcm"), "~images_002/images/00000002_000.png");
    assert_string_equal(match(s, "00000002_000"), "~images_002/images/00000002_000.png");
    assert_string_equal(match(s, "00000003_000.png"), "");
    assert_string_equal(match(s, "both.png"), "both.png"); /* as it stands, before any other */
    assert_string_equal(match(s, "both.jpeg"), "?");
    assert_string_equal(match(s, "a.png"), "?");
    assert_string_equal(match(s, "twice/a.png"), "twice/a.png");
    assert_string_equal(match(s, "images/flat.png"), "flat.png");
    assert_string_equal(match(s, "more/images/flat.png"), "");
    assert_string_equal(match(s, ""), "");
    assert_string_equal(match(s, "/"), "");
    px_image_source_free(s);
}

static void write_zip(const char *name, const zip_part *parts, int count) {
    px_buffer bytes;
    px_buffer_init(&bytes, 1 << 20);
    MUST(make_zip(parts, count, &bytes, &err));
    MUST(px_file_write(in_folder(name), bytes.data, bytes.size, &err));
    px_buffer_clear(&bytes);
}

static void an_archive(void **state) {
    (void)state;
    const zip_part parts[] = {{.name = "CheXpert/"},
                              {.name = "CheXpert/valid/p/s/a.jpg", .data = "one", .size = 3},
                              {.name = "CheXpert/valid.csv", .data = "x", .size = 1},
                              {.name = "__MACOSX/._a.jpg", .data = "x", .size = 1},
                              {.name = "b.png", .data = "", .size = 0}};
    write_zip("a.zip", parts, 5);
    px_image_source *s = open_source(in_folder("a.zip"));
    assert_int_equal(px_image_source_count(s), 2);
    check_content(s, "CheXpert/valid/p/s/a.jpg", "one");
    check_content(s, "b.png", "");
    assert_string_equal(match(s, "CheXpert-v1.0/valid/p/s/a.jpg"), "CheXpert/valid/p/s/a.jpg");
    assert_int_equal(px_image_source_notes(s)->kinds[PX_NOTE_ENTRY_UNSAFE].count, 0);
    px_image_source_free(s);
}

static void a_hostile_archive(void **state) {
    (void)state;
    const zip_part parts[] = {
        {.name = "../up.png", .data = "x", .size = 1},
        {.name = "a/../../up.png", .data = "x", .size = 1},
        {.name = "/etc/passwd.png", .data = "x", .size = 1},
        {.name = "C:/windows.png", .data = "x", .size = 1},
        {.name = "a\\b.png", .data = "x", .size = 1},
        {.name = "a//b.png", .data = "x", .size = 1},
        {.name = "\x1b[2J.png", .data = "x", .size = 1},
        {.name = "link.png", .data = "/etc/passwd", .size = 11, .mode = S_IFLNK | 0777},
        {.name = "secret.png", .data = "0123456789abc", .size = 13, .flags = 1},
        {.name = "good.png", .data = "good", .size = 4},
        {.name = "good.png", .data = "bad", .size = 3},
        {.name = "sum.png", .data = "x", .size = 1, .broken = true},
        {.name = "large.png", .data = "x", .size = 1, .claimed = 0xfffffff0u},
        {.name = "strange.png", .data = "x", .size = 1, .method = 77},
        {.name = "damaged.png", .data = "\xff\xff\xff", .size = 3, .method = 8, .claimed = 100}};
    enum { COUNT = sizeof parts / sizeof parts[0] };
    write_zip("h.zip", parts, COUNT);
    px_image_source *s = open_source(in_folder("h.zip"));
    assert_int_equal(px_image_source_count(s), 6);
    assert_int_equal(px_image_source_notes(s)->kinds[PX_NOTE_ENTRY_UNSAFE].count, 9);
    /* Control characters are taken for those that DOS showed in their place. */
    assert_true(px_image_source_find(s, "\xe2\x86\x90[2J.png") >= 0);
    check_content(s, "good.png", "good");
    assert_int_equal(read_code(s, "sum.png", 100), PX_ERR_INPUT);
    assert_int_equal(read_code(s, "large.png", 100), PX_ERR_LIMIT);
    assert_int_equal(read_code(s, "strange.png", 100), PX_ERR_UNSUPPORTED);
    assert_int_equal(read_code(s, "damaged.png", 100), PX_ERR_INPUT);
    check_content(s, "good.png", "good"); /* and goes on */
    px_image_source_free(s);
}

/* Replace each place where 4 bytes of a number stand; how often. */
static int replace_number(px_buffer *bytes, uint32_t old, uint32_t new) {
    int count = 0;
    for (size_t i = 0; i + 4 <= bytes->size; i++) {
        if (memcmp(bytes->data + i, &old, 4) == 0) {
            memcpy(bytes->data + i, &new, 4);
            count++;
        }
    }
    return count;
}

/* 8 MB of zeros in 8 KB, which says so, and then says that they are 100 bytes. */
static void a_bomb(void **state) {
    (void)state;
    enum { SIZE = 8123456, CAP = 1 << 20 };
    char path[256];
    snprintf(path, sizeof path, "%s", in_folder("b.zip"));
    zip_t *zip = zip_open(path, ZIP_CREATE, NULL);
    assert_non_null(zip);
    assert_true(zip_file_add(zip, "b.png", zip_source_buffer(zip, calloc(SIZE, 1), SIZE, 1), 0) >=
                0);
    assert_int_equal(zip_close(zip), 0);
    px_image_source *s = open_source(path);
    assert_int_equal(read_code(s, "b.png", CAP), PX_ERR_LIMIT);
    assert_int_equal(read_code(s, "b.png", SIZE), PX_OK);
    px_image_source_free(s);
    px_buffer bytes;
    px_buffer_init(&bytes, CAP);
    MUST(px_file_read(path, &bytes, &err));
    assert_true(bytes.size < CAP / 64);
    assert_true(replace_number(&bytes, SIZE, 100) >= 1);
    MUST(px_file_write(path, bytes.data, bytes.size, &err));
    px_buffer_clear(&bytes);
    s = open_source(path);
    assert_true(read_code(s, "b.png", CAP) != PX_OK);
    px_image_source_free(s);
}

static void what_is_neither(void **state) {
    (void)state;
    put("text.zip", "this is no archive");
    put("empty.zip", "");
    const char *const names[] = {"text.zip", "empty.zip", "gone.zip"};
    const px_error_code codes[] = {PX_ERR_INPUT, PX_ERR_INPUT, PX_ERR_IO};
    for (int i = 0; i < 3; i++) {
        px_error err = {0};
        assert_null(px_image_source_open(in_folder(names[i]), &err));
        if (err.code != codes[i])
            fail_msg("%s: %s", names[i], err.message);
        assert_string_equal(err.subject, in_folder(names[i]));
    }
    px_error failure = {0};
    assert_null(px_image_source_open("/dev/null", &failure));
    assert_int_equal(failure.code, PX_ERR_INPUT);
    /* Cut off anywhere, an archive is no longer one. */
    const zip_part part = {.name = "a.png", .data = "one", .size = 3};
    px_buffer bytes;
    px_buffer_init(&bytes, 1000);
    MUST(make_zip(&part, 1, &bytes, &err));
    for (size_t size = 1; size < bytes.size; size += 7) {
        failure = (px_error){0};
        MUST(px_file_write(in_folder("cut.zip"), bytes.data, size, &err));
        assert_null(px_image_source_open(in_folder("cut.zip"), &failure));
        assert_int_equal(failure.code, PX_ERR_INPUT);
    }
    px_buffer_clear(&bytes);
}

static atomic_int wrong;

static void *read_often(void *context) {
    const px_image_source *source = context;
    for (int i = 0; i < 200; i++) {
        px_buffer bytes;
        px_buffer_init(&bytes, 100);
        const int64_t entry = i % px_image_source_count(source);
        const char *name = px_image_source_name(source, entry);
        if (!px_image_source_read(source, entry, &bytes, NULL) || bytes.size != strlen(name) ||
            memcmp(bytes.data, name, bytes.size) != 0)
            atomic_fetch_add(&wrong, 1);
        px_buffer_clear(&bytes);
    }
    return NULL;
}

static void many_threads(void **state) {
    (void)state;
    enum { FILES = 20, THREADS = 4 };
    char names[FILES][16];
    zip_part parts[FILES] = {0};
    for (int i = 0; i < FILES; i++) {
        snprintf(names[i], sizeof names[i], "%d.png", 1 << i);
        parts[i] = (zip_part){.name = names[i], .data = names[i], .size = strlen(names[i])};
        put(names[i], names[i]);
    }
    write_zip("t.zip", parts, FILES);
    char paths[2][256];
    snprintf(paths[0], sizeof paths[0], "%s", folder);
    snprintf(paths[1], sizeof paths[1], "%s/t.zip", folder);
    for (int kind = 0; kind < 2; kind++) {
        px_image_source *s = open_source(paths[kind]);
        pthread_t threads[THREADS];
        assert_int_equal(px_image_source_count(s), FILES);
        for (int i = 0; i < THREADS; i++)
            assert_int_equal(pthread_create(&threads[i], NULL, read_often, s), 0);
        for (int i = 0; i < THREADS; i++)
            pthread_join(threads[i], NULL);
        assert_int_equal(atomic_load(&wrong), 0);
        px_image_source_free(s);
    }
}

static void rows_find_their_images(void **state) {
    (void)state;
    static const char text[] = "path,site,edema\na.png,x,1\nb.png,y,0\nc.jpg,x,1\nmissing.png,x,0\n"
                               "d/e.png,x,1\ne.png,y,1\n";
    put("a.png", "x");
    put("sub/b.png", "x");
    put("c.png", "x");
    put("e.png", "x");
    put("extra.png", "x");
    px_image_source *s = open_source(folder);
    px_error failure = {0};
    px_label_table *t = px_label_table_parse(text, strlen(text), "t.csv", NULL, &failure);
    assert_non_null(t);
    MUST(px_label_table_find_images(t, s, &err));
    assert_int_equal(t->n_rows, 3);
    assert_string_equal(px_image_source_name(s, t->rows[1].image), "sub/b.png");
    assert_int_equal(t->columns[0].value[1], 1);
    assert_int_equal(t->labels[1], 0);
    const px_note_list *notes = t->notes.kinds;
    assert_int_equal(notes[PX_NOTE_IMAGE_MISSING].count, 1);
    assert_int_equal(notes[PX_NOTE_IMAGE_MISSING].items[0].line, 5);
    assert_int_equal(notes[PX_NOTE_IMAGE_AMBIGUOUS].count, 2); /* d/e.png and e.png */
    assert_int_equal(notes[PX_NOTE_IMAGE_BY_STEM].count, 1);
    assert_string_equal(notes[PX_NOTE_IMAGE_BY_STEM].items[0].text, "c.jpg");
    assert_int_equal(notes[PX_NOTE_IMAGE_UNLABELLED].count, 1);
    assert_string_equal(notes[PX_NOTE_IMAGE_UNLABELLED].items[0].text, "extra.png");
    px_label_table_free(t);
    static const char other[] = "path,edema\nnone.png,1\n";
    t = px_label_table_parse(other, strlen(other), "t.csv", NULL, &failure);
    assert_non_null(t);
    MUST_FAIL(px_label_table_find_images(t, s, &err), PX_ERR_INPUT);
    px_label_table_free(t);
    static const char twice[] = "path,edema\nd/e.png,1\ne.png,1\n";
    t = px_label_table_parse(twice, strlen(twice), "t.csv", NULL, &failure);
    assert_non_null(t);
    failure = (px_error){0};
    assert_false(px_label_table_find_images(t, s, &failure));
    assert_non_null(strstr(failure.message, "is there for one row alone"));
    px_label_table_free(t);
    px_image_source_free(s);
}

static void no_row_gets_another_patients_image(void **state) {
    (void)state;
    static const char text[] = "path,edema\nC/valid/patient1/study1/view1.jpg,1\n"
                               "C/valid/patient2/study1/view1.jpg,0\n"
                               "C/valid/patient2/study3/view2.jpg,0\n";
    put("valid/patient1/study1/view1.jpg", "x");
    put("valid/patient11/study3/view2.jpg", "x");
    px_image_source *s = open_source(folder);
    px_error failure = {0};
    px_label_table *t = px_label_table_parse(text, strlen(text), "t.csv", NULL, &failure);
    assert_non_null(t);
    MUST(px_label_table_find_images(t, s, &err));
    assert_int_equal(t->n_rows, 1);
    assert_int_equal(t->rows[0].line, 2);
    assert_int_equal(t->notes.kinds[PX_NOTE_IMAGE_MISSING].count, 2);
    px_label_table_free(t);
    px_image_source_free(s);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_folder),
        TEST(links_are_not_followed),
        TEST(what_changes_after_listing),
        TEST(paths_of_tables),
        TEST(an_archive),
        TEST(a_hostile_archive),
        TEST(a_bomb),
        TEST(what_is_neither),
        TEST(many_threads),
        TEST(rows_find_their_images),
        TEST(no_row_gets_another_patients_image),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
