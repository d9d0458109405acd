/* The gate before every handler that is more than a static file. */
#ifndef PX_SERVER_ADMIT_H
#define PX_SERVER_ADMIT_H

#include "exchange.h"

/** Find out who asks, whether the route is for them, and whether it is not too often. When not:
 *  request->refused is set and the reply filled in. Runs where the store may be asked. */
px_handler px_admit;

/** Answer 429 with Retry-After, in the interface's own words. */
void px_reply_wait(px_reply *reply, const px_request *request, int seconds);

#endif
