/* Which names requests may be sent to: pages of other sites, whose names were made to point here
 * (DNS rebinding), are told apart by them. */
#ifndef PX_SERVER_HOSTS_H
#define PX_SERVER_HOSTS_H

#include "perxeptron.h"

/** Is it a Host header's value: NAME, 192.0.2.1 or [::1], with or without a port? */
bool px_host_is_valid(const char *host);

/** @param names  without a port: any port is fine. */
bool px_host_is_among(const char *host, const char *const *names, int n_names);

/** Is it this machine to itself, "localhost" or an address of it? */
bool px_host_is_local(const char *host);

#endif
