/* Base64: three bytes become four characters. */
#include "base64.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

bool px_base64_append(px_buffer *out, const void *bytes, size_t size, px_error *err) {
    const uint8_t *at = bytes;
    for (size_t done = 0; done < size; done += 3) {
        size_t left = size - done;
        uint32_t bits = (uint32_t)at[done] << 16;
        bits |= left > 1 ? (uint32_t)at[done + 1] << 8 : 0;
        bits |= left > 2 ? at[done + 2] : 0;
        const char text[4] = {digits[bits >> 18], digits[bits >> 12 & 63],
                              left > 1 ? digits[bits >> 6 & 63] : '=',
                              left > 2 ? digits[bits & 63] : '='};
        if (!px_buffer_append(out, text, sizeof text, err))
            return false;
    }
    return true;
}
