/* A growing byte buffer with a cap given when it is made. */
#ifndef PX_BASE_BUFFER_H
#define PX_BASE_BUFFER_H

#include "perxeptron.h"

typedef struct px_buffer {
    uint8_t *data;
    size_t size;
    size_t capacity;
    size_t cap; /**< largest size allowed, in bytes */
} px_buffer;

void px_buffer_init(px_buffer *buffer, size_t cap);
void px_buffer_clear(px_buffer *buffer);

/** Add bytes at the end. PX_ERR_LIMIT past the cap, PX_ERR_MEMORY; the content stays as it was. */
bool px_buffer_append(px_buffer *buffer, const void *bytes, size_t size, px_error *err);

/** Add formatted text at the end; data is always followed by a zero byte, not counted in size. */
bool px_buffer_print(px_buffer *buffer, px_error *err, const char *format, ...) PX_PRINTF(3, 4);

#endif
