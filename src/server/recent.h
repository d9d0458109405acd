/* A bounded table of subjects: what was not used longest makes room for what is new. */
#ifndef PX_SERVER_RECENT_H
#define PX_SERVER_RECENT_H

#include "perxeptron.h"

/** Used by one thread at a time. All its memory is taken when it is made: subjects are kept as
 *  keyed hashes, so that nobody can choose ones that collide. */
typedef struct px_recent px_recent;

/** What is kept of a subject: its owner's to use, zeroed when it is new. Valid until the next call
 *  that adds. */
typedef struct px_recent_entry {
    int64_t time;
    int count;
} px_recent_entry;

/** @param capacity  subjects, above 0. PX_ERR_MEMORY, PX_ERR_IO without random numbers. */
px_recent *px_recent_new(int capacity, px_error *err);
void px_recent_free(px_recent *recent);

/** A subject's entry, or NULL where it is not known. Being looked at is no use. */
px_recent_entry *px_recent_find(px_recent *recent, const char *subject);
/** A subject's entry, made if need be; it is now the one used last. */
px_recent_entry *px_recent_use(px_recent *recent, const char *subject);
void px_recent_forget(px_recent *recent, const char *subject);

/** How many are kept. */
int px_recent_count(const px_recent *recent);

#endif
