/* The cache: whose files are used, what is kept, and that no damaged entry is ever read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../src/base/sha256.h"
#include "../src/graph/plan.h"
#include "../src/reader/known_model.h"
#include "../src/reader/reader.h"
#include "make_ensemble.h"
#include "random_graph.h"

static char *folder;
static px_cache *cache;

static int set_up(void **state) {
    (void)state;
    folder = make_folder();
    char *inside = path_in(folder, "new/cache");
    cache = px_cache_open(inside, NULL);
    free(inside);
    return cache ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    px_cache_free(cache);
    remove_folder(folder);
    return 0;
}

static char *entry_path(const char *name) {
    return path_in(px_cache_folder(cache), name);
}

static void keep(const char *name, const char *text) {
    assert_true(px_cache_write(cache, name, &(px_cache_piece){text, strlen(text)}, 1, NULL));
}

static bool has(const char *name, const char *text) {
    px_mapping found;
    if (!px_cache_map(cache, name, strlen(text), &found))
        return false;
    bool same = memcmp(found.data, text, found.size) == 0;
    px_mapping_close(&found);
    return same;
}

static void entries_are_replaced_whole(void **state) {
    (void)state;
    assert_false(has("a", "one"));
    keep("a", "one");
    px_mapping old;
    assert_true(px_cache_map(cache, "a", 3, &old));
    keep("a", "other");
    assert_memory_equal(old.data, "one", 3); /* who has it mapped keeps it */
    px_mapping_close(&old);
    assert_true(has("a", "other"));
    assert_false(has("a", "othe"));
    assert_false(has("a", "other!"));
}

static void only_ones_own_files_are_used(void **state) {
    (void)state;
    keep("a", "one");
    char *path = entry_path("a"), *link = entry_path("b"), *inside = entry_path("c");
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    assert_int_equal(stat(px_cache_folder(cache), &info), 0);
    assert_int_equal(info.st_mode & 0777, 0700);
    assert_int_equal(symlink(path, link), 0);
    assert_false(has("b", "one"));
    static const mode_t open_to_others[] = {0640, 0620, 0604, 0602, 0610};
    for (size_t i = 0; i < sizeof open_to_others / sizeof *open_to_others; i++) {
        assert_int_equal(chmod(path, open_to_others[i]), 0);
        assert_false(has("a", "one"));
    }
    assert_int_equal(chmod(path, 0600), 0);
    assert_true(has("a", "one"));
    if (geteuid() == 0) {
        assert_int_equal(chown(path, 1, 0), 0);
        assert_false(has("a", "one"));
    }
    assert_int_equal(mkfifo(inside, 0600), 0);
    assert_false(has("c", "one"));
    free(path);
    free(link);
    free(inside);
}

static void expect_no_cache(const char *path, const char *says) {
    px_error err = {0};
    assert_null(px_cache_open(path, &err));
    assert_int_equal(err.code, PX_ERR_IO);
    if (!strstr(err.message, says))
        fail_msg("not \"%s\" but: %s", says, err.message);
}

static void folders_that_do_not_serve_are_refused(void **state) {
    (void)state;
    expect_no_cache("/dev/null/cache", "Not a directory");
    assert_int_equal(chmod(px_cache_folder(cache), 0777), 0);
    expect_no_cache(px_cache_folder(cache), "others may write");
    assert_int_equal(chmod(px_cache_folder(cache), 0755), 0);
    px_cache_free(px_cache_open(px_cache_folder(cache), NULL));
    if (geteuid() == 0) {
        assert_int_equal(chown(px_cache_folder(cache), 1, 0), 0);
        expect_no_cache(px_cache_folder(cache), "another user");
    }
}

static void set_age(const char *name, time_t seconds) {
    char *path = entry_path(name);
    struct timespec then[2] = {{.tv_sec = time(NULL) - seconds}, {.tv_sec = time(NULL) - seconds}};
    assert_int_equal(utimensat(AT_FDCWD, path, then, 0), 0);
    free(path);
}

static void the_oldest_entries_go_first(void **state) {
    (void)state;
    keep("a", "0123456789");
    keep("b", "0123456789");
    keep("c", "0123456789");
    keep("d.1-2.part", "0123456789");
    keep("e.1-2.part", "0123456789");
    set_age("a", 300);
    set_age("b", 200);
    set_age("c", 100);
    set_age("e.1-2.part", 7200);
    assert_true(has("a", "0123456789")); /* used now */
    px_cache_trim(cache, 20);
    assert_true(has("a", "0123456789") && has("c", "0123456789"));
    assert_false(has("b", "0123456789"));
    assert_true(has("d.1-2.part", "0123456789")); /* may be being written */
    assert_false(has("e.1-2.part", "0123456789"));
    px_cache_trim(cache, 0);
    assert_false(has("a", "0123456789") || has("c", "0123456789"));
}

/* ---- Packed weights -------------------------------------------------------------------------- */

static const char hash_a[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
static const char hash_b[] = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

enum { SIDE = 24, CHANNELS = 17, OUTPUTS = 20 };

/* Winograd's, pointwise, grouped and depthwise convolutions, and a dense layer. */
static px_graph make_graph(uint64_t seed) {
    px_graph graph;
    px_random random;
    px_random_init(&random, seed, 0);
    int x = start_graph(&graph, SIDE, SIDE, CHANNELS);
    x = add_random_conv(&graph, &random, x, 3, 3, 1, PX_PADDING_SAME, 1, 40, true);
    x = add_plain(&graph, PX_OP_RELU, add_random_norm(&graph, &random, x));
    x = add_random_conv(&graph, &random, x, 3, 3, 2, PX_PADDING_SAME, 40, 40, false);
    x = add_random_conv(&graph, &random, x, 1, 1, 1, PX_PADDING_SAME, 1, 36, true);
    x = add_random_conv(&graph, &random, x, 3, 1, 1, PX_PADDING_SAME, 2, 24, true);
    x = add_plain(&graph, PX_OP_GLOBAL_AVG_POOL, x);
    add_random_dense(&graph, &random, x, OUTPUTS);
    return graph;
}

static px_error_code why_not_kept = PX_OK; /* what run_stored must see */

/* Compile with the cache, run, and say whether the weights were mapped. */
static bool run_stored(const px_graph *graph, const char *hash, int batch, px_cpu_tier tier,
                       float output[OUTPUTS]) {
    px_plan_store store = {cache, hash};
    px_plan_options options = {.batch = batch, .tier = tier};
    px_plan *plan = px_plan_new_stored(graph, &options, hash ? &store : NULL, NULL);
    px_workspace *workspace = px_workspace_new(plan, NULL);
    float *input = calloc((size_t)batch * SIDE * SIDE * CHANNELS, sizeof *input);
    float *all = calloc((size_t)batch * OUTPUTS, sizeof *all);
    for (size_t i = 0; i < (size_t)batch * SIDE * SIDE * CHANNELS; i++)
        input[i] = (float)(i % 29) / 29 - 0.5f;
    px_plan_run(plan, workspace, NULL, input, all, NULL);
    memcpy(output, all, OUTPUTS * sizeof *output);
    px_error why;
    bool mapped = px_plan_is_mapped(plan, &why);
    assert_int_equal(why.code, why_not_kept);
    free(input);
    free(all);
    px_workspace_free(workspace);
    px_plan_free(plan);
    return mapped;
}

static void mapped_weights_are_the_packed_ones(void **state) {
    (void)state;
    px_graph graph = make_graph(1);
    for (px_cpu_tier tier = PX_CPU_PORTABLE; tier <= px_cpu_best(); tier++) {
        float plain[OUTPUTS], first[OUTPUTS], second[OUTPUTS], batched[OUTPUTS];
        assert_false(run_stored(&graph, NULL, 1, tier, plain));
        assert_false(run_stored(&graph, hash_a, 1, tier, first));
        assert_true(run_stored(&graph, hash_a, 1, tier, second));
        assert_true(run_stored(&graph, hash_a, 3, tier, batched));
        assert_memory_equal(first, plain, sizeof plain);
        assert_memory_equal(second, plain, sizeof plain);
        assert_memory_equal(batched, plain, sizeof plain);
        assert_false(run_stored(&graph, hash_b, 1, tier, first));
    }
    px_graph_clear(&graph);
}

/* The one entry of a model and a tier. */
static char *packed_path(const char *hash) {
    char name[128];
    snprintf(name, sizeof name, "%s-%s.packed", hash, px_cpu_tier_name(px_cpu_best()));
    return entry_path(name);
}

static px_buffer read_whole(const char *path) {
    px_buffer bytes;
    px_buffer_init(&bytes, 1 << 26);
    assert_true(px_file_read(path, &bytes, NULL));
    return bytes;
}

/* The entry with other bytes is not used, the answer is right, and the entry is made anew. */
static void expect_repair(const px_graph *graph, const char *path, const uint8_t *bytes,
                          size_t size, const float expected[OUTPUTS]) {
    float got[OUTPUTS];
    assert_true(px_file_write(path, bytes, size, NULL));
    assert_false(run_stored(graph, hash_a, 1, px_cpu_best(), got));
    assert_memory_equal(got, expected, sizeof got);
    assert_true(run_stored(graph, hash_a, 1, px_cpu_best(), got));
    assert_memory_equal(got, expected, sizeof got);
}

static void damaged_entries_are_made_anew(void **state) {
    (void)state;
    px_graph graph = make_graph(2);
    float expected[OUTPUTS];
    run_stored(&graph, hash_a, 1, px_cpu_best(), expected);
    char *path = packed_path(hash_a);
    px_buffer bytes = read_whole(path);
    px_random random;
    px_random_init(&random, 3, 0);
    for (int i = 0; i < 200; i++) { /* half of them in the head's first bytes */
        size_t from = i % 2 ? 4096 : 0, to = i % 2 ? bytes.size : 104;
        size_t at = from + (size_t)px_random_range(&random, 0, (double)(to - from));
        uint8_t before = bytes.data[at];
        bytes.data[at] ^= (uint8_t)(1u << i % 8);
        expect_repair(&graph, path, bytes.data, bytes.size, expected);
        bytes.data[at] = before;
    }
    for (int i = 0; i < 20; i++)
        expect_repair(&graph, path, bytes.data, bytes.size * (size_t)i / 20, expected);
    expect_repair(&graph, path, bytes.data, bytes.size - 1, expected);
    memset(bytes.data + bytes.size / 2, 0, bytes.size / 4); /* as a crash may leave it */
    expect_repair(&graph, path, bytes.data, bytes.size, expected);
    free(path);
    px_buffer_clear(&bytes);
    px_graph_clear(&graph);
}

/* Whose name says a, but which was packed from b. */
static void entries_of_other_models_are_refused(void **state) {
    (void)state;
    px_graph a = make_graph(4), b = make_graph(5);
    float expected[OUTPUTS], other[OUTPUTS];
    run_stored(&a, hash_a, 1, px_cpu_best(), expected);
    run_stored(&b, hash_b, 1, px_cpu_best(), other);
    char *path_a = packed_path(hash_a), *path_b = packed_path(hash_b);
    px_buffer bytes = read_whole(path_b);
    expect_repair(&a, path_a, bytes.data, bytes.size, expected);
    px_buffer_clear(&bytes);
    free(path_a);
    free(path_b);
    px_graph_clear(&a);
    px_graph_clear(&b);
}

static void a_cache_that_cannot_be_written_changes_nothing(void **state) {
    (void)state;
    px_graph graph = make_graph(6);
    float expected[OUTPUTS], got[OUTPUTS];
    run_stored(&graph, NULL, 1, px_cpu_best(), expected);
    remove_folder(strdup(px_cache_folder(cache)));
    why_not_kept = PX_ERR_IO;
    assert_false(run_stored(&graph, hash_a, 1, px_cpu_best(), got));
    why_not_kept = PX_OK;
    assert_memory_equal(got, expected, sizeof got);
    px_graph_clear(&graph);
}

/* ---- Models that were hashed before ---------------------------------------------------------- */

static const test_member member = {
    "small",         PX_ARCH_DENSENET121, PX_HEAD_PLAIN, "Edema",        1,
    PX_SCALING_UNIT, PX_CROP_NONE,        true,          "{\"edema\":1}"};

static px_reader *open_reader(const char *path, px_error *err) {
    const px_reader_options options = {.threads = 1, .cache = px_cache_folder(cache)};
    return px_reader_open(path, &options, err);
}

static void expect_note(const char *path, const char *says) {
    px_error err = {0};
    px_reader *reader = open_reader(path, &err);
    if (!reader || !strstr(px_reader_cache_note(reader), says))
        fail_msg("%s: not \"%s\" but: %s", err.message, says,
                 reader ? px_reader_cache_note(reader) : "");
    px_reader_free(reader);
}

static void readers_use_the_cache(void **state) {
    (void)state;
    char *path = make_ensemble(folder, &member, 1, "[{\"id\":\"edema\",\"name\":\"Edema\"}]", "");
    expect_note(path, "0 of 1");
    expect_note(path, "1 of 1");
    px_reader *reader = px_reader_open(path, &(px_reader_options){.cache = ""}, NULL);
    assert_string_equal(px_reader_cache_note(reader), "packed weights are not kept");
    px_reader_free(reader);
    reader = px_reader_open(path, &(px_reader_options){.cache = "/dev/null/cache"}, NULL);
    assert_non_null(strstr(px_reader_cache_note(reader), "Not a directory"));
    px_reader_free(reader);
    free(path);
}

/* What a file's state says decides whether it is hashed again, and it changes with the file. */
static void changed_models_are_hashed_again(void **state) {
    (void)state;
    char *path = make_ensemble(folder, &member, 1, "[{\"id\":\"edema\",\"name\":\"Edema\"}]", "");
    char *model = path_in(folder, "small.safetensors"), hash[PX_SHA256_HEX];
    assert_true(px_sha256_file(model, hash, NULL));
    px_buffer bytes = read_whole(model);
    bytes.data[bytes.size - 2] ^= 1; /* the last weight, a little */
    assert_true(px_file_write(model, bytes.data, bytes.size, NULL));
    px_error err = {0};
    assert_null(open_reader(path, &err));
    assert_int_equal(err.code, PX_ERR_MISMATCH);
    px_file_state seen;
    assert_true(px_file_state_get(&seen, model));
    assert_false(seen.settled); /* it was written just now */
    assert_true(px_known_model_record(cache, &seen, model, hash, NULL));
    assert_false(px_known_model_find(cache, &seen, hash));
    seen.settled = true;
    assert_true(px_known_model_record(cache, &seen, model, hash, NULL));
    assert_true(px_known_model_find(cache, &seen, hash));
    px_reader *reader = open_reader(path, NULL);
    assert_non_null(reader); /* the cache was believed, here wrongly: the file was not hashed */
    px_reader_free(reader);
    struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = 1}};
    bytes.data[bytes.size - 2] ^= 2;
    int fd = open(model, O_WRONLY | O_CLOEXEC);
    assert_int_equal(pwrite(fd, bytes.data, bytes.size, 0), (ssize_t)bytes.size);
    assert_int_equal(futimens(fd, times), 0);
    close(fd);
    err = (px_error){0};
    assert_null(open_reader(path, &err)); /* the same file, size and place */
    assert_int_equal(err.code, PX_ERR_MISMATCH);
    assert_true(px_known_model_record(cache, &seen, model, hash, NULL)); /* changed meanwhile */
    px_buffer_clear(&bytes);
    free(model);
    free(path);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(entries_are_replaced_whole),
        TEST(only_ones_own_files_are_used),
        TEST(folders_that_do_not_serve_are_refused),
        TEST(the_oldest_entries_go_first),
        TEST(mapped_weights_are_the_packed_ones),
        TEST(damaged_entries_are_made_anew),
        TEST(entries_of_other_models_are_refused),
        TEST(a_cache_that_cannot_be_written_changes_nothing),
        TEST(readers_use_the_cache),
        TEST(changed_models_are_hashed_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
