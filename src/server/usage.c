/* A list of users with counters: as many as made requests since it was last written. */
#include "usage.h"

#include <pthread.h>
#include <stdlib.h>

#include "../base/log.h"
#include "../base/memory.h"
#include "routes.h"

typedef struct entry {
    int64_t user_id, requests, readings;
} entry;

struct px_usage {
    pthread_mutex_t mutex;
    entry *entries;
    size_t count, room;
};

px_usage *px_usage_new(px_error *err) {
    px_usage *usage = px_alloc(1, sizeof *usage, err);
    if (usage)
        pthread_mutex_init(&usage->mutex, NULL);
    return usage;
}

void px_usage_free(px_usage *usage) {
    if (!usage)
        return;
    pthread_mutex_destroy(&usage->mutex);
    free(usage->entries);
    free(usage);
}

/* The entry of a user, made when missing; NULL without memory. The mutex is held. */
static entry *entry_of(px_usage *usage, int64_t user_id) {
    for (size_t i = 0; i < usage->count; i++)
        if (usage->entries[i].user_id == user_id)
            return &usage->entries[i];
    if (usage->count == usage->room) {
        void *entries = usage->entries;
        if (!px_realloc(&entries, 2 * usage->room + 16, sizeof *usage->entries, NULL))
            return NULL;
        usage->entries = entries;
        usage->room = 2 * usage->room + 16;
    }
    usage->entries[usage->count] = (entry){.user_id = user_id};
    return &usage->entries[usage->count++];
}

static void add(px_usage *usage, const entry *more) {
    pthread_mutex_lock(&usage->mutex);
    entry *sum = entry_of(usage, more->user_id);
    if (sum) {
        sum->requests += more->requests;
        sum->readings += more->readings;
    }
    pthread_mutex_unlock(&usage->mutex);
}

void px_usage_count(px_usage *usage, const px_request *request, int status) {
    if (request->who.user.id <= PX_USER_ANONYMOUS || !request->route)
        return;
    bool read = request->route->limit == PX_LIMIT_READING && status < 300;
    add(usage, &(entry){request->who.user.id, 1, read});
}

/* Take one entry, of a user or of anyone (0), off the list. */
static bool take(px_usage *usage, int64_t user_id, entry *taken) {
    bool found = false;
    pthread_mutex_lock(&usage->mutex);
    for (size_t i = 0; i < usage->count && !found; i++) {
        found = user_id == 0 || usage->entries[i].user_id == user_id;
        if (found) {
            *taken = usage->entries[i];
            usage->entries[i] = usage->entries[--usage->count];
        }
    }
    pthread_mutex_unlock(&usage->mutex);
    return found;
}

void px_usage_write(px_usage *usage, px_store *store, int64_t user_id) {
    entry taken;
    while (take(usage, user_id, &taken)) {
        px_error err = {0};
        if (px_store_add_usage(store, taken.user_id, taken.requests, taken.readings, 0, &err))
            continue;
        if (err.code != PX_ERR_INPUT) /* refused: there is no such user any more */
            px_log(PX_LOG_WARNING, "server", NULL, "use not written: %s", err.message);
        if (err.code == PX_ERR_BUSY) {
            add(usage, &taken);
            return;
        }
    }
}
