/* Which user names may be chosen: those that the 2020 system's validator let through. */
#ifndef PX_SERVER_USERNAMES_H
#define PX_SERVER_USERNAMES_H

#include "perxeptron.h"

/** Characters [first, last]. */
typedef struct px_letter_range {
    uint32_t first, last;
} px_letter_range;

/** Unicode's letters and numbers beyond ASCII, in order. */
extern const px_letter_range px_letter_ranges[];
extern const size_t px_letter_ranges_count;

/** Does a name (UTF-8) have letters and numbers of any script and @ . + - _ alone, at least one?
 *  Its length is for the caller to check. Names are kept as they come: not normalised. */
bool px_username_is_valid(const char *name);

#endif
