/* Files encrypted at rest: libsodium's secretstream (XChaCha20-Poly1305) in chunks. */
#ifndef PX_BASE_SEALED_H
#define PX_BASE_SEALED_H

#include "buffer.h"
#include "secret.h"

/** Read a key file: 64 hexadecimal digits, white space around them. PX_ERR_IO; PX_ERR_INPUT, or
 *  PX_ERR_LIMIT for a large file: not a key. */
bool px_seal_read_key(const char *path, unsigned char key[PX_SECRET_KEY_BYTES], px_error *err);

/** Encrypt what `from` (a descriptor, from its current offset) holds into `to`. PX_ERR_IO. */
bool px_seal_file(const unsigned char key[PX_SECRET_KEY_BYTES], int from, int to, px_error *err);

/** Decrypt a descriptor's content, appended to `out`. PX_ERR_INPUT: another key, or the file was
 *  changed, cut short or extended; `out` then stays as it was. PX_ERR_LIMIT past the buffer's cap.
 */
bool px_unseal_file(const unsigned char key[PX_SECRET_KEY_BYTES], int from, px_buffer *out,
                    px_error *err);

#endif
