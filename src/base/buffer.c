/* A growing byte buffer with a cap given when it is made. */
#include "buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "memory.h"

void px_buffer_init(px_buffer *buffer, size_t cap) {
    *buffer = (px_buffer){.cap = cap};
}

void px_buffer_clear(px_buffer *buffer) {
    free(buffer->data);
    *buffer = (px_buffer){.cap = buffer->cap};
}

/* Room for `extra` more bytes and a closing zero. */
static bool reserve(px_buffer *buffer, size_t extra, px_error *err) {
    if (extra > buffer->cap || buffer->size > buffer->cap - extra)
        return px_fail(err, PX_ERR_LIMIT, NULL, "more than %zu bytes", buffer->cap);
    size_t need = buffer->size + extra + 1;
    if (need <= buffer->capacity)
        return true;
    size_t capacity = buffer->capacity ? buffer->capacity : 256;
    while (capacity < need)
        capacity = capacity > SIZE_MAX / 2 ? need : capacity * 2;
    void *data = buffer->data;
    if (!px_realloc(&data, capacity, 1, err))
        return false;
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

bool px_buffer_append(px_buffer *buffer, const void *bytes, size_t size, px_error *err) {
    if (!reserve(buffer, size, err))
        return false;
    if (size)
        memcpy(buffer->data + buffer->size, bytes, size);
    buffer->size += size;
    buffer->data[buffer->size] = 0;
    return true;
}

bool px_buffer_print(px_buffer *buffer, px_error *err, const char *format, ...) {
    va_list args;
    va_start(args, format);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (length < 0 || !reserve(buffer, (size_t)length, err))
        return length < 0 ? px_fail_memory(err) : false;
    va_start(args, format);
    vsnprintf((char *)buffer->data + buffer->size, (size_t)length + 1, format, args);
    va_end(args);
    buffer->size += (size_t)length;
    return true;
}
