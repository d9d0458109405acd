/* Packed weights in memory and in the cache. An entry is a page of head, then the block as it lies
 * in memory. Nothing in it is used as a size or an offset: those come from the plan, and the entry
 * must agree. */
#include "packed_file.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "../base/error.h"

enum {
    HEAD_BYTES = 4096, /* so that the block starts on a page */
    LANES = 8,         /* sums at once: multiplications wait for each other otherwise */
    KEY_TEXT = 1 << 20
};

static const uint64_t most_kept = (uint64_t)4 << 30;

/* Padded with zeros to HEAD_BYTES. */
typedef struct head {
    char magic[16];
    char hash[PX_SHA256_HEX + 7];
    uint64_t bytes, checksum;
} head;

static const char magic[16] = "px packed block";

/* ---- memory -------------------------------------------------------------------------------- */

bool px_packed_block_new(px_packed_block *block, size_t bytes, px_error *err) {
    *block = (px_packed_block){.bytes = bytes};
    if (bytes == 0)
        return true;
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return px_fail_memory(err);
    block->memory = memory;
    madvise(memory, bytes, MADV_HUGEPAGE); /* a wish: small pages do as well */
    return true;
}

void px_packed_block_clear(px_packed_block *block) {
    if (block->mapping.data)
        px_mapping_close(&block->mapping);
    else if (block->memory)
        munmap(block->memory, block->bytes);
    *block = (px_packed_block){0};
}

/* ---- key ----------------------------------------------------------------------------------- */

static bool describe_packing(px_buffer *text, const px_program *program, const px_packed *packed,
                             px_error *err) {
    for (int i = 0; i < program->n_steps; i++) {
        const px_step *step = &program->steps[i];
        const px_conv *c = &packed[i].conv;
        size_t bytes = px_packed_bytes(&packed[i], step);
        if (bytes && !px_buffer_print(text, err, "%d %d: %zu %zu %zu, %d %d %d %d %d\n", i,
                                      (int)step->kind, bytes, c->group_floats, c->panel_floats,
                                      c->groups, c->panels, c->segments, c->depth, c->winograd))
            return false;
    }
    return true;
}

bool px_packed_key_make(px_packed_key *key, const px_program *program, const px_packed *packed,
                        px_cpu_tier tier, const char *model_sha256, px_error *err) {
    px_buffer text;
    px_buffer_init(&text, KEY_TEXT);
    bool ok = px_buffer_print(&text, err, "packing %d of %s for %s\n", PX_PACKED_VERSION,
                              model_sha256, px_cpu_tier_name(tier)) &&
              describe_packing(&text, program, packed, err);
    if (ok) {
        px_sha256_bytes(text.data, text.size, key->hash);
        snprintf(key->name, sizeof key->name, "%.64s-%s.packed", model_sha256,
                 px_cpu_tier_name(tier));
    }
    px_buffer_clear(&text);
    return ok;
}

/* ---- file ---------------------------------------------------------------------------------- */

/* Each step is a bijection of the sum and of the word: any one word that changed changes the
 * result, and other damage does but for one in 2^64. It finds what disks and crashes do, as fast as
 * memory is read; whoever can write this user's files at will has no need of the cache.
 * @param bytes  a multiple of 64 */
static uint64_t sum_up(const char *memory, size_t bytes) {
    const uint64_t odd = 0x9e3779b97f4a7c15u;
    uint64_t sums[LANES] = {1, 2, 3, 4, 5, 6, 7, 8}, total = bytes;
    for (size_t at = 0; at < bytes; at += sizeof sums) {
        uint64_t words[LANES];
        memcpy(words, memory + at, sizeof words);
        for (int i = 0; i < LANES; i++) {
            uint64_t mixed = (sums[i] ^ words[i]) * odd;
            sums[i] = mixed << 29 | mixed >> 35;
        }
    }
    for (int i = 0; i < LANES; i++)
        total = (total ^ sums[i]) * odd;
    return total;
}

static void fill_head(head *h, const px_packed_block *block, const px_packed_key *key) {
    *h = (head){.bytes = block->bytes, .checksum = sum_up(block->memory, block->bytes)};
    memcpy(h->magic, magic, sizeof magic);
    memcpy(h->hash, key->hash, sizeof key->hash);
}

bool px_packed_block_map(px_packed_block *block, size_t bytes, const px_cache *cache,
                         const px_packed_key *key) {
    px_mapping mapping;
    if (bytes == 0 || !px_cache_map(cache, key->name, HEAD_BYTES + bytes, &mapping))
        return false;
    px_packed_block found = {.bytes = bytes, .mapping = mapping};
    found.memory = (char *)(uintptr_t)(mapping.data + HEAD_BYTES);
    head expected;
    memcpy(&expected, mapping.data, sizeof expected);
    bool same = memcmp(expected.magic, magic, sizeof magic) == 0 &&
                memcmp(expected.hash, key->hash, sizeof key->hash) == 0;
    if (same) {
        fill_head(&expected, &found, key);
        same = memcmp(&expected, mapping.data, sizeof expected) == 0;
    }
    if (same)
        *block = found;
    else
        px_mapping_close(&mapping);
    return same;
}

bool px_packed_block_save(const px_packed_block *block, const px_cache *cache,
                          const px_packed_key *key, px_error *err) {
    char page[HEAD_BYTES] = {0};
    head h;
    fill_head(&h, block, key);
    memcpy(page, &h, sizeof h);
    const px_cache_piece pieces[] = {{page, sizeof page}, {block->memory, block->bytes}};
    if (!px_cache_write(cache, key->name, pieces, 2, err))
        return false;
    px_cache_trim(cache, most_kept);
    return true;
}
