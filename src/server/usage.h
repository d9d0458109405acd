/* What each account uses, gathered in memory and written to the store now and then: one row's
 * change for many requests.
 */
#ifndef PX_SERVER_USAGE_H
#define PX_SERVER_USAGE_H

#include "exchange.h"

/** Safe for concurrent calls. */
typedef struct px_usage px_usage;

px_usage *px_usage_new(px_error *err);
/** What was not written is lost. NULL is fine. */
void px_usage_free(px_usage *usage);

/** Count a request that was answered, and the image that it had read; of known users alone. */
void px_usage_count(px_usage *usage, const px_request *request, int status);

/** Write what was gathered of a user, or of all (0). What cannot be written stays for the next
 * time, while the store cannot be reached; else it is dropped: its user is gone. */
void px_usage_write(px_usage *usage, px_store *store, int64_t user_id);

#endif
