/* Laying out blocks of memory whose lifetimes are known ahead. */
#include "memory_plan.h"

#include <stdlib.h>

#include "../base/error.h"
#include "../base/memory.h"

enum { ALIGNMENT = 64 };

static int by_falling_size(const void *left, const void *right) {
    const px_block *a = *(px_block *const *)left, *b = *(px_block *const *)right;
    if (a->bytes != b->bytes)
        return a->bytes < b->bytes ? 1 : -1;
    return (a > b) - (a < b); /* the same layout on every machine */
}

static bool alive_together(const px_block *a, const px_block *b) {
    return a->first <= b->last && b->first <= a->last;
}

/* The lowest offset where `block` overlaps none of the placed ones it meets. */
static bool find_place(px_block *block, px_block *const *placed, int count, px_error *err) {
    size_t offset = 0, end;
    for (bool moved = true; moved;) {
        moved = false;
        if (__builtin_add_overflow(offset, block->bytes, &end) || end > SIZE_MAX - ALIGNMENT)
            return px_fail(err, PX_ERR_LIMIT, NULL, "the activations do not fit in memory");
        for (int i = 0; i < count; i++) {
            const px_block *other = placed[i];
            size_t other_end = other->offset + other->bytes;
            if (alive_together(block, other) && offset < other_end && other->offset < end) {
                offset = (other_end + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
                moved = true;
                break;
            }
        }
    }
    block->offset = offset;
    return true;
}

bool px_memory_place(px_block *blocks, int count, size_t *total, px_error *err) {
    px_block **order = px_alloc((size_t)count, sizeof(px_block *), err);
    if (!order)
        return false;
    for (int i = 0; i < count; i++)
        order[i] = &blocks[i];
    qsort(order, (size_t)count, sizeof *order, by_falling_size);
    size_t size = 0;
    bool ok = true;
    for (int i = 0; ok && i < count; i++) {
        ok = find_place(order[i], order, i, err);
        size_t end = order[i]->offset + order[i]->bytes;
        size = end > size ? end : size;
    }
    free(order);
    if (ok)
        *total = size;
    return ok;
}
