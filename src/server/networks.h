/* Internet addresses and networks of them, IPv4 and IPv6 alike. */
#ifndef PX_SERVER_NETWORKS_H
#define PX_SERVER_NETWORKS_H

#include <sys/socket.h>

#include "perxeptron.h"

#define PX_ADDRESS_TEXT 64

/** An address; IPv4 as ::ffff:a.b.c.d, so that both ways of writing it are one. */
typedef struct px_address {
    unsigned char bytes[16];
} px_address;

/** The addresses whose first `bits` are those of `address`. */
typedef struct px_network {
    px_address address;
    int bits;
} px_network;

/** @return false for what is neither IPv4 nor IPv6. */
bool px_address_from_socket(const struct sockaddr *from, px_address *address);

/** "192.0.2.1", "2001:db8::1"; not NUL-terminated. */
bool px_address_parse(const char *text, size_t size, px_address *address);

/** The text by which limits know a client: an IPv4 address, or the /64 network of an IPv6 one,
 * since whoever has one address there has all of them. */
void px_address_print_client(const px_address *address, char text[PX_ADDRESS_TEXT]);

/** Are two addresses one client, as px_address_print_client sees it? */
bool px_address_is_same_client(const px_address *a, const px_address *b);

bool px_address_is_loopback(const px_address *address);

/** "192.0.2.0/24", "2001:db8::/32", or a single address. PX_ERR_USAGE. */
bool px_network_parse(const char *text, px_network *network, px_error *err);
bool px_network_contains(const px_network *network, const px_address *address);

#endif
