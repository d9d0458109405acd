/* A number of places that threads take in the order in which they came: a fair semaphore. */
#ifndef PX_STORE_TURNS_H
#define PX_STORE_TURNS_H

#include <pthread.h>

#include "perxeptron.h"

typedef struct px_turns {
    pthread_mutex_t mutex;
    int free;
    struct px_turns_waiter *first, **last; /**< who waits, in order */
} px_turns;

void px_turns_init(px_turns *turns, int places);
void px_turns_clear(px_turns *turns);

/** Take a place. @param deadline  of px_clock_ms. @return false: none was free by then. */
bool px_turns_take(px_turns *turns, int64_t deadline);
/** Give it back: whoever waits longest has it. */
void px_turns_give(px_turns *turns);

#endif
