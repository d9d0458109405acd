/* Memory that runs out at a chosen allocation. */
#include "failing_memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
char *__real_strdup(const char *text);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
char *__wrap_strdup(const char *text);

int allocations_left = -1;

bool allocation_fails(void) {
    return allocations_left >= 0 && allocations_left-- == 0;
}

void *__wrap_calloc(size_t count, size_t size) {
    return allocation_fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size) {
    return allocation_fails() ? NULL : __real_realloc(old, size);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size) {
    return allocation_fails() ? NULL : __real_aligned_alloc(alignment, size);
}

char *__wrap_strdup(const char *text) {
    return allocation_fails() ? NULL : __real_strdup(text);
}

void exhaust(bool (*run)(px_error *err), int at_least) {
    int failures = 0;
    for (bool done = false; !done; failures++) {
        px_error err = {0};
        allocations_left = failures;
        done = run(&err);
        const bool failed = allocations_left < 0;
        allocations_left = -1;
        if (done == failed || err.code != (done ? PX_OK : PX_ERR_MEMORY))
            fail_msg("allocation %d: %s, %s: %s", failures, done ? "done" : "failed", err.subject,
                     err.message);
    }
    assert_true(failures > at_least);
}
