/* Signed links: whoever holds one may fetch that path until it expires, and nothing else. */
#ifndef PX_SERVER_LINKS_H
#define PX_SERVER_LINKS_H

#include "perxeptron.h"

#define PX_LINK_SIZE 160

/** "PATH?expires=SECONDS&signature=MAC", good until `expires` (seconds since 1970).
 *  @param key   [PX_SECRET_KEY_BYTES].
 *  @param link  "" where the path is too long for it. */
void px_link_sign(const unsigned char *key, const char *path, int64_t expires,
                  char link[PX_LINK_SIZE]);

/** Is the signature this path's, and not yet expired?
 *  @param expires, signature  as they came with the request; NULL where they did not. */
bool px_link_verify(const unsigned char *key, const char *path, const char *expires,
                    const char *signature, int64_t now);

#endif
