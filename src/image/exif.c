/* Orientation: read from an EXIF block, and applied to pixels. */
#include <string.h>

#include "codec.h"

static uint32_t read_number(const uint8_t *from, int bytes, bool big_endian) {
    uint32_t value = 0;
    for (int i = 0; i < bytes; i++)
        value = value << 8 | from[big_endian ? i : bytes - 1 - i];
    return value;
}

/* TIFF 6.0: byte order, 42, offset of the first directory; there a count, then 12 bytes an entry:
 * tag, type, count, value. */
int px_exif_orientation(const uint8_t *tiff, size_t size) {
    if (size < 8 || (memcmp(tiff, "MM\0*", 4) != 0 && memcmp(tiff, "II*\0", 4) != 0))
        return 1;
    bool big = tiff[0] == 'M';
    size_t directory = read_number(tiff + 4, 4, big);
    if (directory > size - 2)
        return 1;
    size_t entries = read_number(tiff + directory, 2, big);
    for (size_t at = directory + 2; entries > 0 && size - at >= 12; at += 12, entries--) {
        const uint8_t *entry = tiff + at;
        if (read_number(entry, 2, big) != 0x0112)
            continue;
        uint32_t type = read_number(entry + 2, 2, big);
        uint32_t count = read_number(entry + 4, 4, big);
        uint32_t value = read_number(entry + 8, 2, big);
        return type == 3 && count == 1 && value >= 1 && value <= 8 ? (int)value : 1;
    }
    return 1;
}

bool px_image_orient(px_image *image, int orientation, px_error *err) {
    if (orientation <= 1)
        return true;
    bool transposed = orientation >= 5;
    bool flip_x = orientation == 2 || orientation == 3 || orientation >= 7;
    bool flip_y = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
    int width = transposed ? image->height : image->width;
    int height = transposed ? image->width : image->height;
    px_image upright;
    px_image_init(&upright);
    if (!px_image_new(&upright, width, height, image->channels, image->depth, err))
        return false;
    size_t pixel = (size_t)image->channels * (size_t)(image->depth / 8);
    ptrdiff_t right = (ptrdiff_t)pixel * (flip_x ? -1 : 1);
    ptrdiff_t down = (ptrdiff_t)px_image_row_bytes(image) * (flip_y ? -1 : 1);
    const uint8_t *corner = image->pixels;
    corner += flip_x ? px_image_row_bytes(image) - pixel : 0;
    corner += flip_y ? px_image_row_bytes(image) * (size_t)(image->height - 1) : 0;
    uint8_t *to = upright.pixels;
    for (int y = 0; y < height; y++) {
        const uint8_t *from = corner + y * (transposed ? right : down);
        for (int x = 0; x < width; x++, to += pixel, from += transposed ? down : right)
            memcpy(to, from, pixel);
    }
    px_image_clear(image);
    *image = upright;
    return true;
}
