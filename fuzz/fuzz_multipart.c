/* The multipart parser: any Content-Type and any body, in pieces whose sizes the input decides. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../src/server/multipart.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Counts open parts: begin and end come in pairs, content only between them. */
static bool on_begin(void *context, const char *name, const char *filename, px_error *err) {
    (void)err;
    int *open = context;
    if ((*open)++ != 0 || strlen(name) > PX_MULTIPART_HEADERS ||
        (filename && strlen(filename) > PX_MULTIPART_HEADERS))
        abort();
    return true;
}

static bool on_data(void *context, const void *bytes, size_t size, px_error *err) {
    (void)err;
    const int *open = context;
    if (*open != 1 || size == 0 || !bytes)
        abort();
    return true;
}

static bool on_end(void *context, px_error *err) {
    (void)err;
    int *open = context;
    if (--*open != 0)
        abort();
    return true;
}

/* Input: the piece size, the Content-Type up to a zero byte, the body. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const px_multipart_handler handler = {on_begin, on_data, on_end};
    const uint8_t *type_end = size > 1 ? memchr(data + 1, 0, size - 1) : NULL;
    if (!type_end)
        return 0;
    int open = 0;
    px_multipart parser;
    px_error err = {0};
    bool ok = px_multipart_init(&parser, (const char *)data + 1, &handler, &open, &err);
    size_t piece = data[0] ? data[0] : SIZE_MAX;
    for (const uint8_t *at = type_end + 1, *end = data + size; ok && at < end;) {
        size_t left = (size_t)(end - at), step = left < piece ? left : piece;
        ok = px_multipart_feed(&parser, at, step, &err);
        at += step;
    }
    ok = ok && px_multipart_finish(&parser, &err);
    if (ok != (err.code == PX_OK) || (ok && open != 0))
        abort();
    return 0;
}
