/* Arrays of floats between guard values and pages that may not be touched. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>
#include <sys/mman.h>

#include "guarded.h"

/* A page is at most 64 KiB on the processors we know. */
enum { SLOTS = 32, SLOT_BYTES = 1 << 20, PAGE = 1 << 16, BESIDE = 256 };

static const uint32_t guard = 0x7fc5a5a5;
static unsigned char *slots; /* mapped once, for as long as the program runs */
static bool taken[SLOTS];

static unsigned char *slot_start(int slot) {
    return slots + PAGE + (size_t)slot * (SLOT_BYTES + PAGE);
}

static void map_slots(void) {
    slots = mmap(NULL, PAGE + SLOTS * (SLOT_BYTES + PAGE), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
                 -1, 0);
    assert_ptr_not_equal(slots, MAP_FAILED);
    for (int i = 0; i < SLOTS; i++)
        assert_int_equal(mprotect(slot_start(i), SLOT_BYTES, PROT_READ | PROT_WRITE), 0);
}

/* The array and what is looked at on either side, as far as its memory goes. */
static void surroundings(const guarded *g, float **first, float **end) {
    float *start = (float *)(void *)slot_start(g->slot),
          *limit = start + SLOT_BYTES / sizeof(float);
    *first = g->data - start < BESIDE ? start : g->data - BESIDE;
    *end = limit - (g->data + g->count) < BESIDE ? limit : g->data + g->count + BESIDE;
}

guarded guarded_new(px_random *random, size_t count, size_t alignment) {
    if (!slots)
        map_slots();
    guarded g = {.count = count};
    while (g.slot < SLOTS && taken[g.slot])
        g.slot++;
    size_t bytes = count * sizeof(float);
    assert_true(g.slot < SLOTS && bytes <= SLOT_BYTES);
    taken[g.slot] = true;
    size_t behind = (SLOT_BYTES - bytes) / alignment * alignment;
    g.data = (float *)(void *)(slot_start(g.slot) + (px_random_below(random, 2) ? behind : 0));
    float *p, *end;
    for (surroundings(&g, &p, &end); p < end; p++)
        memcpy(p, &guard, sizeof guard);
    return g;
}

guarded guarded_values(px_random *random, size_t count, size_t alignment) {
    guarded g = guarded_new(random, count, alignment);
    for (size_t i = 0; i < count; i++)
        g.data[i] = (float)px_random_range(random, -1, 1);
    return g;
}

void guarded_gaps(guarded *g, size_t pitch, size_t used) {
    for (size_t i = 0; i < g->count; i++) {
        if (i % pitch >= used)
            memcpy(g->data + i, &guard, sizeof guard);
    }
}

bool is_guard(float value) {
    return memcmp(&value, &guard, sizeof guard) == 0;
}

bool guarded_intact(const guarded *g) {
    float *p, *end;
    for (surroundings(g, &p, &end); p < end; p++) {
        if ((p < g->data || p >= g->data + g->count) && !is_guard(*p))
            return false;
    }
    return true;
}

void guarded_free(guarded *g) {
    taken[g->slot] = false;
}
