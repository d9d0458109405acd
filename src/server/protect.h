/* Headers that tell browsers what a reply may not be used for. */
#ifndef PX_SERVER_PROTECT_H
#define PX_SERVER_PROTECT_H

#include "exchange.h"

/** Add to a finished reply what its handler has not said otherwise: a Content-Security-Policy that
 *  allows nothing, no sniffing, framing or referrer, for this origin only, not to be kept anywhere;
 *  and over TLS that only TLS is to be used (HSTS). */
void px_protect_reply(const px_request *request, px_reply *reply);

#endif
