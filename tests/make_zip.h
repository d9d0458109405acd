/* ZIP archives, honest and not, written byte by byte (APPNOTE.TXT 6.3). */
#ifndef MAKE_ZIP_H
#define MAKE_ZIP_H

#include "../src/base/buffer.h"

/** One file, stored without compression. */
typedef struct zip_part {
    const char *name;
    const void *data;
    size_t size;
    uint32_t mode;    /**< Unix mode, 0: a regular file's */
    uint16_t flags;   /**< of the general purpose; 1: encrypted */
    uint16_t method;  /**< of compression that it claims; 0: stored */
    uint32_t claimed; /**< uncompressed size that it claims; 0: the real one */
    bool broken;      /**< a wrong checksum */
} zip_part;

/** Append a whole archive. */
bool make_zip(const zip_part *parts, int count, px_buffer *out, px_error *err);

#endif
