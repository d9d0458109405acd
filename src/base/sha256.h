/* SHA-256 of bytes and files, as lower-case hex (libsodium). */
#ifndef PX_BASE_SHA256_H
#define PX_BASE_SHA256_H

#include "perxeptron.h"

#define PX_SHA256_HEX 65 /**< 64 digits and the closing zero */

void px_sha256_bytes(const void *bytes, size_t size, char hex[PX_SHA256_HEX]);
bool px_sha256_file(const char *path, char hex[PX_SHA256_HEX], px_error *err);

#endif
