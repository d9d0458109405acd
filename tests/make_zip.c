/* ZIP archives, honest and not, written byte by byte (APPNOTE.TXT 6.3). */
#include "make_zip.h"

#include <string.h>
#include <sys/stat.h>

/* CRC-32 of ISO 3309, bit by bit. */
static uint32_t checksum(const unsigned char *data, size_t size) {
    uint32_t crc = 0xffffffffu;
    for (size_t i = 0; i < size; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    return ~crc;
}

static bool add_number(px_buffer *out, uint32_t value, int bytes, px_error *err) {
    unsigned char little[4];
    for (int i = 0; i < bytes; i++)
        little[i] = (unsigned char)(value >> 8 * i);
    return px_buffer_append(out, little, (size_t)bytes, err);
}

/* What both headers of a file have: version to its length of name. */
static bool add_common(px_buffer *out, const zip_part *part, px_error *err) {
    const uint32_t crc = checksum(part->data, part->size) ^ (part->broken ? 1 : 0);
    const uint32_t size = (uint32_t)part->size;
    return add_number(out, 20, 2, err) && add_number(out, part->flags, 2, err) &&
           add_number(out, part->method, 2, err) && add_number(out, 0x5a210000u, 4, err) &&
           add_number(out, crc, 4, err) && add_number(out, size, 4, err) &&
           add_number(out, part->claimed ? part->claimed : size, 4, err) &&
           add_number(out, (uint32_t)strlen(part->name), 2, err) && add_number(out, 0, 2, err);
}

static bool add_file(px_buffer *out, const zip_part *part, px_error *err) {
    return add_number(out, 0x04034b50u, 4, err) && add_common(out, part, err) &&
           px_buffer_append(out, part->name, strlen(part->name), err) &&
           px_buffer_append(out, part->data, part->size, err);
}

static bool add_central(px_buffer *out, const zip_part *part, uint32_t offset, px_error *err) {
    const uint32_t mode = part->mode ? part->mode : S_IFREG | 0644;
    return add_number(out, 0x02014b50u, 4, err) && add_number(out, 3 << 8 | 20, 2, err) &&
           add_common(out, part, err) && add_number(out, 0, 4, err) && add_number(out, 0, 2, err) &&
           add_number(out, mode << 16, 4, err) && add_number(out, offset, 4, err) &&
           px_buffer_append(out, part->name, strlen(part->name), err);
}

bool make_zip(const zip_part *parts, int count, px_buffer *out, px_error *err) {
    uint32_t offsets[32];
    bool ok = count <= 32;
    for (int i = 0; ok && i < count; i++) {
        offsets[i] = (uint32_t)out->size;
        ok = add_file(out, &parts[i], err);
    }
    const uint32_t start = (uint32_t)out->size;
    for (int i = 0; ok && i < count; i++)
        ok = add_central(out, &parts[i], offsets[i], err);
    const uint32_t size = (uint32_t)out->size - start;
    return ok && add_number(out, 0x06054b50u, 4, err) && add_number(out, 0, 4, err) &&
           add_number(out, (uint32_t)count, 2, err) && add_number(out, (uint32_t)count, 2, err) &&
           add_number(out, size, 4, err) && add_number(out, start, 4, err) &&
           add_number(out, 0, 2, err);
}
