/* Who a request is from when it comes through proxies: X-Forwarded-For and X-Forwarded-Proto. */
#ifndef PX_SERVER_FORWARDED_H
#define PX_SERVER_FORWARDED_H

#include "head.h"
#include "networks.h"

/**
 * Follow the addresses that proxies added to X-Forwarded-For, from the last one back, as long as
 * the one who added it is trusted. Anybody can send the header: what an untrusted address says
 * counts for nothing.
 *
 * @param client  [in] the connection's address; [out] the client's.
 * @param secure  [in] did it come by TLS? [out] also true when a trusted proxy says it did.
 */
void px_forwarded_follow(const px_network *trusted, int n_trusted, const px_head *head,
                         px_address *client, bool *secure);

#endif
