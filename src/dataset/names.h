/* Texts kept once each, known by numbers from 0 in the order of their coming. */
#ifndef PX_DATASET_NAMES_H
#define PX_DATASET_NAMES_H

#include "perxeptron.h"

/** Set up zeroed, released with px_names_clear. */
typedef struct px_names {
    int32_t count;
    char **texts; /**< [count] */
    int32_t room;
    int32_t *slots; /**< [n_slots] numbers + 1, 0: empty; by hash, then the next free one */
    uint32_t n_slots;
    struct px_names_block *block; /**< where texts are laid, the newest one */
    char *free_at;
    size_t free_bytes; /**< of the block, from free_at */
} px_names;

void px_names_clear(px_names *names);
/** Number of a text, or -1. */
int32_t px_names_find(const px_names *names, const char *text);
/** The same, added when it is new. @param added nullable. -1 and PX_ERR_MEMORY, or PX_ERR_LIMIT
 * past 2^30 texts. */
int32_t px_names_add(px_names *names, const char *text, bool *added, px_error *err);

#endif
