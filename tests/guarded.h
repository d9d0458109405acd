/* Arrays of floats between guard values and pages that may not be touched. Include cmocka.h first.
 */
#ifndef TESTS_GUARDED_H
#define TESTS_GUARDED_H

#include <stdbool.h>
#include <stddef.h>

#include "../src/base/random.h"

typedef struct {
    float *data;
    size_t count;
    int slot; /* its memory, with an unreadable page at either end */
} guarded;

/** An array of guards: a NaN of bits that no arithmetic makes, so that what is read beside its
 * place spoils a result, and what is written there shows. The array lies against the unreadable
 * page before it or behind it, as `random` has it. Up to 1 MiB, and 32 of them at a time.
 *  @param alignment of the first float, in bytes; behind, as near the page as it lets. */
guarded guarded_new(px_random *random, size_t count, size_t alignment);
/** The same with [-1, 1) in place of the guards. */
guarded guarded_values(px_random *random, size_t count, size_t alignment);
/** Guards again in all but the first `used` of each `pitch` floats: gaps, which must not matter. */
void guarded_gaps(guarded *g, size_t pitch, size_t used);
/** Is what lies around the array as it was? */
bool guarded_intact(const guarded *g);
void guarded_free(guarded *g);

bool is_guard(float value);

#endif
