/* A hash table with chains, its entries also in a list by their last use. Entries are numbered from
 * 1; 0 is none, and entry 0 is the list's head: head.older is the newest, head.newer the oldest. */
#include "recent.h"

#include <stdlib.h>
#include <string.h>

#include "../base/memory.h"
#include "../base/secret.h"

typedef struct slot {
    char name[PX_MAC_HEX];
    int chain; /* the next of the same bucket, or of those that are free */
    int newer, older;
    px_recent_entry entry;
} slot;

struct px_recent {
    unsigned char key[PX_SECRET_KEY_BYTES];
    slot *slots;  /* [capacity + 1] */
    int *buckets; /* [n_buckets], a power of two */
    unsigned n_buckets;
    int capacity, count;
    int made; /* slots that were ever used */
    int free; /* first of those that were given back */
};

px_recent *px_recent_new(int capacity, px_error *err) {
    px_recent *recent = px_alloc(1, sizeof *recent, err);
    if (!recent)
        return NULL;
    recent->capacity = capacity;
    recent->n_buckets = 1;
    while (recent->n_buckets < (unsigned)capacity)
        recent->n_buckets *= 2;
    recent->slots = px_alloc((size_t)capacity + 1, sizeof *recent->slots, err);
    recent->buckets = px_alloc(recent->n_buckets, sizeof *recent->buckets, err);
    if (!recent->slots || !recent->buckets ||
        !px_secret_random(recent->key, sizeof recent->key, err)) {
        px_recent_free(recent);
        return NULL;
    }
    return recent;
}

void px_recent_free(px_recent *recent) {
    if (!recent)
        return;
    free(recent->slots);
    free(recent->buckets);
    free(recent);
}

int px_recent_count(const px_recent *recent) {
    return recent->count;
}

static int *bucket_of(px_recent *recent, const char *name) {
    char start[9] = {0};
    memcpy(start, name, 8);
    return &recent->buckets[strtoul(start, NULL, 16) & (recent->n_buckets - 1)];
}

/* Where the number of a name's slot stands; that number is 0 if there is none. */
static int *find_link(px_recent *recent, const char *name) {
    int *link = bucket_of(recent, name);
    while (*link && memcmp(recent->slots[*link].name, name, PX_MAC_HEX) != 0)
        link = &recent->slots[*link].chain;
    return link;
}

static void unlist(px_recent *recent, int number) {
    const slot *s = &recent->slots[number];
    recent->slots[s->newer].older = s->older;
    recent->slots[s->older].newer = s->newer;
}

static void list_as_newest(px_recent *recent, int number) {
    slot *head = &recent->slots[0], *s = &recent->slots[number];
    s->newer = 0;
    s->older = head->older;
    recent->slots[s->older].newer = number;
    head->older = number;
}

/* Takes a slot out of the chain that `link` is in. */
static void give_back(px_recent *recent, int *link) {
    const int number = *link;
    *link = recent->slots[number].chain;
    unlist(recent, number);
    recent->slots[number].chain = recent->free;
    recent->free = number;
    recent->count--;
}

static int take_slot(px_recent *recent) {
    if (recent->count == recent->capacity)
        give_back(recent, find_link(recent, recent->slots[recent->slots[0].newer].name));
    int number = recent->free;
    if (number)
        recent->free = recent->slots[number].chain;
    else
        number = ++recent->made;
    recent->count++;
    return number;
}

px_recent_entry *px_recent_find(px_recent *recent, const char *subject) {
    char name[PX_MAC_HEX];
    px_mac(recent->key, subject, strlen(subject), name);
    const int number = *find_link(recent, name);
    return number ? &recent->slots[number].entry : NULL;
}

px_recent_entry *px_recent_use(px_recent *recent, const char *subject) {
    char name[PX_MAC_HEX];
    px_mac(recent->key, subject, strlen(subject), name);
    int number = *find_link(recent, name);
    if (number) {
        unlist(recent, number);
    } else {
        number = take_slot(recent);
        int *first = bucket_of(recent, name);
        slot *s = &recent->slots[number];
        *s = (slot){.chain = *first};
        memcpy(s->name, name, sizeof name);
        *first = number;
    }
    list_as_newest(recent, number);
    return &recent->slots[number].entry;
}

void px_recent_forget(px_recent *recent, const char *subject) {
    char name[PX_MAC_HEX];
    px_mac(recent->key, subject, strlen(subject), name);
    int *link = find_link(recent, name);
    if (*link)
        give_back(recent, link);
}
