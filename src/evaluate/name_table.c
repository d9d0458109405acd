/* Numbers by name: a hash table of borrowed strings, open addressing, at most half full. */
#include "name_table.h"

#include <stdlib.h>
#include <string.h>

#include "../base/memory.h"
#include "../base/secret.h"

enum { FIRST_SLOTS = 64 };

typedef struct slot {
    const char *name; /* NULL: free */
    uint64_t hash;
    int64_t value;
} slot;

struct px_name_table {
    uint64_t seed; /* drawn anew: nobody can prepare names that collide */
    size_t used, slots;
    slot *items;
};

px_name_table *px_name_table_new(px_error *err) {
    px_name_table *table = px_alloc(1, sizeof *table, err);
    if (!table)
        return NULL;
    table->slots = FIRST_SLOTS;
    table->items = px_alloc(table->slots, sizeof *table->items, err);
    if (table->items && px_secret_random(&table->seed, sizeof table->seed, err))
        return table;
    px_name_table_free(table);
    return NULL;
}

void px_name_table_free(px_name_table *table) {
    if (!table)
        return;
    free(table->items);
    free(table);
}

static uint64_t mix(uint64_t h) {
    h = (h ^ (h >> 32)) * 0x9fb21c651e98df25u;
    return h ^ (h >> 28);
}

static uint64_t hash_name(const px_name_table *table, const char *name) {
    size_t left = strlen(name);
    uint64_t h = table->seed ^ (left * 0x9e3779b97f4a7c15u);
    for (; left >= 8; left -= 8, name += 8) {
        uint64_t word;
        memcpy(&word, name, 8);
        h = mix(h ^ word);
    }
    uint64_t rest = 0;
    memcpy(&rest, name, left);
    return mix(mix(h ^ rest));
}

/* The slot that holds a name, or the free one where it would stand. */
static slot *find_slot(const px_name_table *table, const char *name, uint64_t hash) {
    size_t at = (size_t)hash & (table->slots - 1);
    while (table->items[at].name &&
           (table->items[at].hash != hash || strcmp(table->items[at].name, name) != 0))
        at = (at + 1) & (table->slots - 1);
    return &table->items[at];
}

static bool grow(px_name_table *table, px_error *err) {
    px_name_table wider = {.slots = table->slots * 2};
    wider.items = px_alloc(wider.slots, sizeof *wider.items, err);
    if (!wider.items)
        return false;
    for (size_t i = 0; i < table->slots; i++) {
        const slot *old = &table->items[i];
        if (old->name)
            *find_slot(&wider, old->name, old->hash) = *old;
    }
    free(table->items);
    table->slots = wider.slots;
    table->items = wider.items;
    return true;
}

int64_t *px_name_table_put(px_name_table *table, const char *name, px_error *err) {
    uint64_t hash = hash_name(table, name);
    slot *at = find_slot(table, name, hash);
    if (at->name)
        return &at->value;
    if ((table->used + 1) * 2 > table->slots) {
        if (!grow(table, err))
            return NULL;
        at = find_slot(table, name, hash);
    }
    table->used++;
    *at = (slot){.name = name, .hash = hash, .value = PX_NAME_NONE};
    return &at->value;
}

int64_t px_name_table_find(const px_name_table *table, const char *name) {
    const slot *at = find_slot(table, name, hash_name(table, name));
    return at->name ? at->value : PX_NAME_NONE;
}
