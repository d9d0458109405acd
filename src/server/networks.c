/* Addresses as sixteen bytes, and prefixes of them. */
#include "networks.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"

#define IPV4_BITS 96 /* before an IPv4 address */
#define CLIENT_BITS 64

static const unsigned char ipv4_prefix[12] = {[10] = 0xff, [11] = 0xff};

static void take_ipv4(px_address *address, const void *bytes) {
    memcpy(address->bytes, ipv4_prefix, sizeof ipv4_prefix);
    memcpy(address->bytes + sizeof ipv4_prefix, bytes, 4);
}

static bool is_ipv4(const px_address *address) {
    return memcmp(address->bytes, ipv4_prefix, sizeof ipv4_prefix) == 0;
}

bool px_address_from_socket(const struct sockaddr *from, px_address *address) {
    struct sockaddr_in ipv4;
    struct sockaddr_in6 ipv6;
    if (from->sa_family == AF_INET) {
        memcpy(&ipv4, from, sizeof ipv4);
        take_ipv4(address, &ipv4.sin_addr);
    } else if (from->sa_family == AF_INET6) {
        memcpy(&ipv6, from, sizeof ipv6);
        memcpy(address->bytes, &ipv6.sin6_addr, sizeof address->bytes);
    }
    return from->sa_family == AF_INET || from->sa_family == AF_INET6;
}

bool px_address_parse(const char *text, size_t size, px_address *address) {
    char copy[INET6_ADDRSTRLEN];
    struct in_addr ipv4;
    if (size >= sizeof copy || memchr(text, '\0', size))
        return false;
    memcpy(copy, text, size);
    copy[size] = '\0';
    if (inet_pton(AF_INET, copy, &ipv4) != 1)
        return inet_pton(AF_INET6, copy, address->bytes) == 1;
    take_ipv4(address, &ipv4);
    return true;
}

void px_address_print_client(const px_address *address, char text[PX_ADDRESS_TEXT]) {
    unsigned char network[16] = {0};
    memcpy(network, address->bytes, CLIENT_BITS / 8);
    if (is_ipv4(address))
        inet_ntop(AF_INET, address->bytes + sizeof ipv4_prefix, text, PX_ADDRESS_TEXT);
    else
        inet_ntop(AF_INET6, network, text, PX_ADDRESS_TEXT);
}

bool px_address_is_same_client(const px_address *a, const px_address *b) {
    return memcmp(a, b, is_ipv4(a) ? sizeof a->bytes : CLIENT_BITS / 8) == 0;
}

bool px_address_is_loopback(const px_address *address) {
    static const unsigned char ipv6_loopback[16] = {[15] = 1};
    return (is_ipv4(address) && address->bytes[sizeof ipv4_prefix] == 127) ||
           memcmp(address->bytes, ipv6_loopback, sizeof ipv6_loopback) == 0;
}

/* The number after the slash, or -1. */
static int parse_bits(const char *text, int most) {
    size_t digits = strspn(text, "0123456789");
    long bits = digits > 0 && digits <= 3 && text[digits] == '\0' ? strtol(text, NULL, 10) : -1;
    return bits <= most ? (int)bits : -1;
}

bool px_network_parse(const char *text, px_network *network, px_error *err) {
    const char *slash = strchr(text, '/');
    px_network parsed;
    if (px_address_parse(text, slash ? (size_t)(slash - text) : strlen(text), &parsed.address)) {
        int before = is_ipv4(&parsed.address) && strchr(text, '.') ? IPV4_BITS : 0;
        int bits = slash ? parse_bits(slash + 1, 128 - before) : 128 - before;
        parsed.bits = before + bits;
        if (bits >= 0) {
            *network = parsed;
            return true;
        }
    }
    return px_fail(err, PX_ERR_USAGE, text,
                   "not an address or network like 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32");
}

bool px_network_contains(const px_network *network, const px_address *address) {
    size_t whole = (size_t)network->bits / 8;
    int rest = network->bits % 8;
    const unsigned char *a = network->address.bytes, *b = address->bytes;
    return memcmp(a, b, whole) == 0 && (rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0);
}
