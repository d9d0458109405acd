/* Laying out blocks of memory whose lifetimes are known ahead. */
#ifndef PX_GRAPH_MEMORY_PLAN_H
#define PX_GRAPH_MEMORY_PLAN_H

#include "perxeptron.h"

/** A block needed from step `first` to step `last`, both included. */
typedef struct px_block {
    size_t bytes;
    int first, last;
    size_t offset; /**< the answer; a multiple of 64 */
} px_block;

/**
 * Place blocks so that no two that live at the same time overlap: the largest first, each at the
 * lowest place that is free for its whole life.
 *
 * @param total  bytes of the whole arena.
 * @param err    PX_ERR_LIMIT when it does not fit the address space, PX_ERR_MEMORY.
 */
bool px_memory_place(px_block *blocks, int count, size_t *total, px_error *err);

#endif
