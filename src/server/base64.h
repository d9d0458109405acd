/* Base64 (RFC 4648), for images inside JSON. */
#ifndef PX_SERVER_BASE64_H
#define PX_SERVER_BASE64_H

#include "../base/buffer.h"

/** Append the text of `size` bytes, padded. PX_ERR_LIMIT, PX_ERR_MEMORY. */
bool px_base64_append(px_buffer *out, const void *bytes, size_t size, px_error *err);

#endif
