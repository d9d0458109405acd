/* The memory of a plan's packed weights: one block, packed here or mapped from a cache. */
#ifndef PX_GRAPH_PACKED_FILE_H
#define PX_GRAPH_PACKED_FILE_H

#include "../base/cache.h"
#include "../base/sha256.h"
#include "execute.h"

/** To be raised whenever a graph comes to pack to other values than before; sizes and shapes of the
 *  packing are part of the key by themselves. */
#define PX_PACKED_VERSION 1

typedef struct px_packed_block {
    char *memory; /**< from a page's start on; huge pages where the system has them */
    size_t bytes;
    px_mapping mapping; /**< memory lies in it, read-only, after a page for the head */
} px_packed_block;

/** An entry's name in the cache, and what its head must say. */
typedef struct px_packed_key {
    char name[128];           /**< of the model's hash and the tier: a newer packing replaces it */
    char hash[PX_SHA256_HEX]; /**< of version, model, tier and every step's packing */
} px_packed_key;

/** @param packed  [n_steps] prepared.  @param model_sha256  of the model's file. */
bool px_packed_key_make(px_packed_key *key, const px_program *program, const px_packed *packed,
                        px_cpu_tier tier, const char *model_sha256, px_error *err);

/** A block of zeros to be filled. */
bool px_packed_block_new(px_packed_block *block, size_t bytes, px_error *err);
/** The block as it was filled before: true only when all of the entry is as it was written. */
bool px_packed_block_map(px_packed_block *block, size_t bytes, const px_cache *cache,
                         const px_packed_key *key);
/** Keep a filled block for the next start. */
bool px_packed_block_save(const px_packed_block *block, const px_cache *cache,
                          const px_packed_key *key, px_error *err);
void px_packed_block_clear(px_packed_block *block);

#endif
