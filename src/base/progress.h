/* A progress bar with rate and time left, on stderr, only when that is a terminal. */
#ifndef PX_BASE_PROGRESS_H
#define PX_BASE_PROGRESS_H

#include "perxeptron.h"

/** A bar; used by one thread at a time. */
typedef struct px_progress px_progress;

/** @param unit  borrowed until the end: the plural noun of what is counted, as "images". Never
 *  fails: NULL shows nothing. */
px_progress *px_progress_start(const char *title, const char *unit, int64_t total);
void px_progress_add(px_progress *progress, int64_t done);
/** Show another title and place, and figures of the caller's own instead of rate and time left;
 *  all are copied, as far as they fit. Another title is shown at once. */
void px_progress_set(px_progress *progress, const char *title, int64_t done, int64_t total,
                     const char *figures);
/** Take the bar off the screen so that a line can be printed; the next px_progress_add draws it. */
void px_progress_hide(px_progress *progress);
/** Remove the bar from the screen and free it. */
void px_progress_finish(px_progress *progress);

/** "1:02:03" or "2:03". */
void px_progress_seconds(int64_t seconds, char *text, size_t size);

#endif
