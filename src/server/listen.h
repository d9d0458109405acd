/* Listening sockets from addresses as people write them. */
#ifndef PX_SERVER_LISTEN_H
#define PX_SERVER_LISTEN_H

#include "perxeptron.h"

#define PX_URL_SIZE 128

/**
 * Listen on "HOST:PORT"; IPv6 addresses in brackets; port 0 takes a free one.
 *
 * @param address  NULL: take the socket that systemd hands over.
 * @param scheme   "http" or "https", for the URL.
 * @param url      set to "SCHEME://HOST:PORT/" with the port taken.
 * @return a non-blocking socket, or -1. PX_ERR_USAGE: not an address of that form, or unknown; not
 *         one listening TCP socket; PX_ERR_IO: it is in use, or not this machine's.
 */
int px_listen(const char *address, const char *scheme, char url[PX_URL_SIZE], px_error *err);

/** Does systemd hand over sockets to this process ($LISTEN_PID, $LISTEN_FDS; sd_listen_fds(3))? */
bool px_listen_is_handed_over(void);

#endif
