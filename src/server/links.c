/* Signed links: a MAC over the path and the time it ends. */
#include "links.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "../base/secret.h"

/* The number comes first, so that no path can pass for part of it. */
static bool sign(const unsigned char *key, const char *path, int64_t expires,
                 char mac[PX_MAC_HEX]) {
    char message[PX_LINK_SIZE + 32];
    int size = snprintf(message, sizeof message, "link %" PRId64 " %s", expires, path);
    if (size < 0 || (size_t)size >= sizeof message)
        return false;
    px_mac(key, message, (size_t)size, mac);
    return true;
}

void px_link_sign(const unsigned char *key, const char *path, int64_t expires,
                  char link[PX_LINK_SIZE]) {
    char mac[PX_MAC_HEX];
    int size = PX_LINK_SIZE;
    if (sign(key, path, expires, mac))
        size =
            snprintf(link, PX_LINK_SIZE, "%s?expires=%" PRId64 "&signature=%s", path, expires, mac);
    if (size < 0 || size >= PX_LINK_SIZE)
        link[0] = '\0';
}

/* A time as px_link_sign writes it, and in no other way. */
static bool parse_time(const char *text, int64_t *time) {
    char again[24];
    int64_t value = strtoll(text, NULL, 10);
    snprintf(again, sizeof again, "%" PRId64, value);
    *time = value;
    return px_secret_text_equal(again, text);
}

bool px_link_verify(const unsigned char *key, const char *path, const char *expires,
                    const char *signature, int64_t now) {
    char mac[PX_MAC_HEX];
    int64_t end;
    return path && expires && signature && parse_time(expires, &end) && sign(key, path, end, mac) &&
           px_secret_text_equal(mac, signature) && now < end;
}
