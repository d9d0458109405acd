/* The Cookie header (RFC 6265, 4.2.1). */
#ifndef PX_SERVER_COOKIES_H
#define PX_SERVER_COOKIES_H

#include "perxeptron.h"

/**
 * Find a cookie by its name.
 *
 * @param header       Cookie; NULL: none came.
 * @param value, size  of the last one; borrowed, not zero-terminated; untouched where there is
 * none.
 * @return how many have that name: of several none can be trusted.
 */
int px_cookie_find(const char *header, const char *name, const char **value, size_t *size);

#endif
