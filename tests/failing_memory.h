/* Memory that runs out at a chosen allocation. The linker's --wrap sends the library's allocations
 * here (see meson.build); those inside other libraries are not touched. */
#ifndef FAILING_MEMORY_H
#define FAILING_MEMORY_H

#include "perxeptron.h"

/** Allocations until one fails; negative: none does. */
extern int allocations_left;

/** One more allocation is asked for: must it fail? For allocators that a test hands on. */
bool allocation_fails(void);

/** Fail the first allocation of `run`, then the second…, until it needs no more: each time it must
 *  say so with PX_ERR_MEMORY. @param at_least  how many allocations it surely makes. */
void exhaust(bool (*run)(px_error *err), int at_least);

#endif
