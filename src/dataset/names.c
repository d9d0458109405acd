/* Texts kept once each, in an open hash table; the texts themselves lie in large blocks. */
#include "names.h"

#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"

struct px_names_block {
    struct px_names_block *before;
    char texts[];
};

enum { BLOCK_BYTES = 1 << 18, MAX_NAMES = 1 << 30 };

/* FNV-1a (Fowler, Noll & Vo), its high bits folded in. */
static uint32_t hash(const char *text) {
    uint64_t h = 0xcbf29ce484222325u;
    for (const char *p = text; *p; p++)
        h = (h ^ (unsigned char)*p) * 0x100000001b3u;
    return (uint32_t)(h ^ h >> 32);
}

void px_names_clear(px_names *names) {
    for (struct px_names_block *block = names->block, *before; block; block = before) {
        before = block->before;
        free(block);
    }
    free(names->texts);
    free(names->slots);
    *names = (px_names){0};
}

/* The slot of a text, or the free one where it would go; needs a free one. */
static uint32_t find_slot(const px_names *names, const char *text) {
    uint32_t slot = hash(text) & (names->n_slots - 1);
    while (names->slots[slot] && strcmp(names->texts[names->slots[slot] - 1], text) != 0)
        slot = (slot + 1) & (names->n_slots - 1);
    return slot;
}

int32_t px_names_find(const px_names *names, const char *text) {
    return names->n_slots ? names->slots[find_slot(names, text)] - 1 : -1;
}

/* At least half of the slots stay free. */
static bool grow_slots(px_names *names, px_error *err) {
    px_names larger = *names;
    larger.n_slots = names->n_slots ? names->n_slots * 2 : 64;
    larger.slots = px_alloc(larger.n_slots, sizeof *larger.slots, err);
    if (!larger.slots)
        return false;
    for (int32_t i = 0; i < names->count; i++)
        larger.slots[find_slot(&larger, names->texts[i])] = i + 1;
    free(names->slots);
    *names = larger;
    return true;
}

static bool grow_texts(px_names *names, px_error *err) {
    void *texts = names->texts;
    const int32_t room = names->room ? names->room * 2 : 16;
    if (!px_realloc(&texts, (size_t)room, sizeof *names->texts, err))
        return false;
    names->texts = texts;
    names->room = room;
    return true;
}

static char *lay_text(px_names *names, const char *text, px_error *err) {
    const size_t size = strlen(text) + 1;
    if (size > names->free_bytes) {
        const size_t room = size > BLOCK_BYTES ? size : BLOCK_BYTES;
        struct px_names_block *block = px_alloc(sizeof *block + room, 1, err);
        if (!block)
            return NULL;
        block->before = names->block;
        names->block = block;
        names->free_at = block->texts;
        names->free_bytes = room;
    }
    char *at = names->free_at;
    memcpy(at, text, size);
    names->free_at += size;
    names->free_bytes -= size;
    return at;
}

int32_t px_names_add(px_names *names, const char *text, bool *added, px_error *err) {
    if (names->count >= (int32_t)(names->n_slots / 2) && !grow_slots(names, err))
        return -1;
    const uint32_t slot = find_slot(names, text);
    if (added)
        *added = names->slots[slot] == 0;
    if (names->slots[slot])
        return names->slots[slot] - 1;
    if (names->count == MAX_NAMES) {
        px_fail(err, PX_ERR_LIMIT, NULL, "more than %d different texts", MAX_NAMES);
        return -1;
    }
    char *at =
        names->count < names->room || grow_texts(names, err) ? lay_text(names, text, err) : NULL;
    if (!at)
        return -1;
    names->texts[names->count] = at;
    names->slots[slot] = ++names->count;
    return names->count - 1;
}
