/* Where an image ends in its file (PNG 1.2, section 3.2; ITU-T T.81, annex B). */
#include <string.h>

#include "image.h"

enum { JPEG_START = 0xd8, JPEG_END = 0xd9, JPEG_SCAN = 0xda, JPEG_TEM = 0x01 };

static size_t read_number(const unsigned char *bytes, int size) {
    size_t number = 0;
    for (int i = 0; i < size; i++)
        number = number << 8 | bytes[i];
    return number;
}

/* Chunks are length, name, data, checksum. */
static size_t find_png_end(const unsigned char *bytes, size_t size) {
    size_t at = 8;
    while (size - at >= 12) {
        size_t length = read_number(bytes + at, 4);
        bool last = memcmp(bytes + at + 4, "IEND", 4) == 0;
        if (length > size - at - 12)
            return size;
        at += 12 + length;
        if (last)
            return at;
    }
    return size;
}

static bool is_restart(unsigned char marker) {
    return marker >= 0xd0 && marker <= 0xd7;
}

/* The next marker's code; in a scan, FF 00 is a byte of data and restarts belong to it. `at` comes
 * behind it, or to the file's end. */
static unsigned char next_marker(const unsigned char *bytes, size_t size, size_t *at) {
    while (*at + 1 < size) {
        const unsigned char *found = memchr(bytes + *at, 0xff, size - *at - 1);
        if (!found)
            break;
        *at = (size_t)(found - bytes) + 1;
        unsigned char code = bytes[*at];
        if (code != 0 && code != 0xff && !is_restart(code)) {
            ++*at;
            return code;
        }
    }
    *at = size;
    return 0;
}

static size_t find_jpeg_end(const unsigned char *bytes, size_t size) {
    size_t at = 2;
    for (;;) {
        unsigned char marker = next_marker(bytes, size, &at);
        if (marker == 0 || marker == JPEG_END)
            return at;
        if (marker == JPEG_TEM)
            continue;
        if (size - at < 2 || read_number(bytes + at, 2) > size - at)
            return size;
        at += read_number(bytes + at, 2);
    }
}

/* Cameras put further pictures behind the first (CIPA DC-007, Multi-Picture Format). */
static bool is_jpeg(const unsigned char *bytes, size_t size) {
    return size > 3 && bytes[0] == 0xff && bytes[1] == JPEG_START && bytes[2] == 0xff;
}

static bool is_padding(const unsigned char *bytes, size_t size) {
    return size == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, size - 1) == 0);
}

bool px_image_is_alone(const void *file, size_t size) {
    const unsigned char *bytes = file;
    const char *type = px_image_media_type(file, size);
    if (!type)
        return false;
    if (strcmp(type, "image/png") == 0) {
        size_t end = find_png_end(bytes, size);
        return is_padding(bytes + end, size - end);
    }
    while (is_jpeg(bytes, size)) {
        size_t end = find_jpeg_end(bytes, size);
        bytes += end;
        size -= end;
    }
    return is_padding(bytes, size);
}
