/* Running out of memory at each allocation in turn while loading, saving and building a model.
 * Linked so that this program's own allocators stand in for the library's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "../src/model/model.h"
#include "make_models.h"

void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
char *__real_strdup(const char *text);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
char *__wrap_strdup(const char *text);

static int left = -1; /* allocations until one fails; negative: none does */

static bool runs_out(void) {
    return left >= 0 && left-- == 0;
}

void *__wrap_calloc(size_t count, size_t size) {
    return runs_out() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size) {
    return runs_out() ? NULL : __real_realloc(old, size);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size) {
    return runs_out() ? NULL : __real_aligned_alloc(alignment, size);
}

char *__wrap_strdup(const char *text) {
    return runs_out() ? NULL : __real_strdup(text);
}

static void *json_alloc(size_t size) {
    return runs_out() ? NULL : malloc(size);
}

static px_buffer bytes;

static bool parse(px_error *err) {
    px_model *model = px_model_parse(bytes.data, bytes.size, err);
    px_model_unref(model);
    return model != NULL;
}

static px_model *saved;

static bool save(px_error *err) {
    return px_model_save(saved, "/dev/null", err);
}

/* Fail the first allocation, then the second…, until the operation needs no more. */
static void exhaust(bool (*run)(px_error *err), int at_least) {
    int failures = 0;
    for (bool done = false; !done; failures++) {
        px_error err = {0};
        left = failures;
        done = run(&err);
        bool failed = left < 0;
        left = -1;
        if (done == failed || (err.code == PX_OK) != done)
            fail_msg("allocation %d: %s, %s: %s", failures, done ? "done" : "failed", err.subject,
                     err.message);
    }
    assert_true(failures > at_least);
}

static void loading_survives(void **state) {
    (void)state;
    const small_file files[] = {make_small_file(), make_small_types_file()};
    for (int i = 0; i < 2; i++) {
        bytes = make_model_file(&files[i]);
        exhaust(parse, 100);
        px_buffer_clear(&bytes);
    }
}

static void saving_survives(void **state) {
    (void)state;
    const small_file file = make_small_types_file();
    bytes = make_model_file(&file);
    saved = px_model_parse(bytes.data, bytes.size, NULL);
    assert_non_null(saved);
    exhaust(save, 50);
    px_model_unref(saved);
    px_buffer_clear(&bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(loading_survives),
                                       cmocka_unit_test(saving_survives)};
    json_set_alloc_funcs(json_alloc, free);
    return cmocka_run_group_tests_name("model_memory", tests, NULL, NULL);
}
