/* Allocation that reports failure and never overflows a size. */
#include "memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "error.h"

void *px_alloc(size_t count, size_t size, px_error *err) {
    void *p = calloc(count ? count : 1, size ? size : 1); /* calloc checks the product */
    if (!p)
        px_fail_memory(err);
    return p;
}

bool px_realloc(void **items, size_t count, size_t size, px_error *err) {
    if (size != 0 && count > SIZE_MAX / size)
        return px_fail_memory(err);
    void *p = realloc(*items, count && size ? count * size : 1);
    if (!p)
        return px_fail_memory(err);
    *items = p;
    return true;
}

void *px_alloc_aligned(size_t bytes, px_error *err) {
    if (bytes > SIZE_MAX - 63) {
        px_fail_memory(err);
        return NULL;
    }
    void *p = aligned_alloc(64, bytes ? (bytes + 63) & ~(size_t)63 : 64);
    if (!p)
        px_fail_memory(err);
    return p;
}

void px_wish_large_pages(void *memory, size_t bytes) {
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), begin = (uintptr_t)memory;
    uintptr_t first = (begin + page - 1) / page * page, end = (begin + bytes) / page * page;
    if (first < end) /* madvise takes nothing but whole pages */
        madvise((void *)first, end - first, MADV_HUGEPAGE);
}

char *px_strdup(const char *text, px_error *err) {
    if (!text)
        return NULL;
    char *copy = strdup(text);
    if (!copy)
        px_fail_memory(err);
    return copy;
}

char *px_format(px_error *err, const char *format, ...) {
    char *text = NULL;
    va_list args;
    va_start(args, format);
    int n = vasprintf(&text, format, args);
    va_end(args);
    if (n < 0) {
        px_fail_memory(err);
        return NULL;
    }
    return text;
}
