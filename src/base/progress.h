/* A progress bar with rate and time left, on stderr, only when that is a terminal. */
#ifndef PX_BASE_PROGRESS_H
#define PX_BASE_PROGRESS_H

#include "perxeptron.h"

/** A bar; used by one thread at a time. */
typedef struct px_progress px_progress;

/** @param title, unit  borrowed until the end; unit is the plural noun of what is counted:
 * "images". Never fails: NULL shows nothing. */
px_progress *px_progress_start(const char *title, const char *unit, int64_t total);
void px_progress_add(px_progress *progress, int64_t done);
/** Take the bar off the screen so that a line can be printed; the next px_progress_add draws it. */
void px_progress_hide(px_progress *progress);
/** Remove the bar from the screen and free it. */
void px_progress_finish(px_progress *progress);

#endif
