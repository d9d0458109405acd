/* NumPy's .npy files, read strictly: magic, version, a Python dict of three known keys, values. */
#include "npy.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"

enum { MAGIC_BYTES = 6, MAX_SIDE = 4096, MAX_HEADER = 65536 };

static const uint8_t magic[MAGIC_BYTES] = {0x93, 'N', 'U', 'M', 'P', 'Y'};

/* The header's text, and how far it has been read. */
typedef struct scanner {
    const char *at, *end;
} scanner;

static void skip_space(scanner *s) {
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\n'))
        s->at++;
}

static bool take(scanner *s, const char *text) {
    skip_space(s);
    size_t length = strlen(text);
    if ((size_t)(s->end - s->at) < length || memcmp(s->at, text, length) != 0)
        return false;
    s->at += length;
    return true;
}

/* A whole number of at most 9 digits, or -1. */
static int take_number(scanner *s) {
    skip_space(s);
    int value = 0, digits = 0;
    for (; s->at < s->end && *s->at >= '0' && *s->at <= '9' && digits < 9; digits++)
        value = value * 10 + (*s->at++ - '0');
    return digits ? value : -1;
}

/* "(224, 224, 3)": three sides. */
static bool take_shape(scanner *s, int shape[3]) {
    if (!take(s, "("))
        return false;
    for (int i = 0; i < 3; i++) {
        shape[i] = take_number(s);
        if (shape[i] < 0 || (i < 2 && !take(s, ",")))
            return false;
    }
    (void)take(s, ",");
    return take(s, ")");
}

/* Each of the three keys must be there once; numpy writes them in any order. */
static bool parse_header(scanner *s, int shape[3], px_error *err) {
    bool descr = false, order = false, sides = false;
    bool ok = take(s, "{");
    for (int i = 0; ok && i < 3; i++) {
        if (!descr && take(s, "'descr'"))
            ok = descr = take(s, ":") && take(s, "'<f4'");
        else if (!order && take(s, "'fortran_order'"))
            ok = order = take(s, ":") && take(s, "False");
        else if (!sides && take(s, "'shape'"))
            ok = sides = take(s, ":") && take_shape(s, shape);
        else
            ok = false;
        ok = ok && (take(s, ",") || i == 2);
    }
    ok = ok && take(s, "}");
    skip_space(s);
    if (!ok || s->at != s->end)
        return px_fail(err, PX_ERR_UNSUPPORTED, NULL,
                       "a .npy tensor must be float32 ('<f4') of shape (S, S, 3) in C order");
    return true;
}

/* Where the header's text starts and its length; false when the file is too short for it. */
static bool find_header(const uint8_t *bytes, size_t size, scanner *s, px_error *err) {
    if (!px_npy_recognise(bytes, size))
        return px_fail(err, PX_ERR_INPUT, NULL, "not a .npy file");
    if (size < 12)
        return px_fail(err, PX_ERR_INPUT, NULL, "the .npy file ends inside its header");
    if (bytes[6] != 1 && bytes[6] != 2)
        return px_fail(err, PX_ERR_UNSUPPORTED, NULL, ".npy version %d: 1 and 2 are known",
                       bytes[6]);
    size_t start = bytes[6] == 1 ? 10 : 12;
    size_t length = bytes[8] | (size_t)bytes[9] << 8;
    if (bytes[6] == 2)
        length |= (size_t)bytes[10] << 16 | (size_t)bytes[11] << 24;
    if (length > MAX_HEADER || length > size - start)
        return px_fail(err, PX_ERR_INPUT, NULL, "the .npy file ends inside its header");
    s->at = (const char *)bytes + start;
    s->end = s->at + length;
    return true;
}

bool px_npy_recognise(const void *bytes, size_t size) {
    return size >= MAGIC_BYTES && memcmp(bytes, magic, MAGIC_BYTES) == 0;
}

bool px_npy_parse(const void *bytes, size_t size, float **tensor, int *side, px_error *err) {
    scanner s = {0};
    int shape[3] = {0};
    if (!find_header(bytes, size, &s, err) || !parse_header(&s, shape, err))
        return false;
    if (shape[0] != shape[1] || shape[2] != 3 || shape[0] < 1 || shape[0] > MAX_SIDE)
        return px_fail(err, PX_ERR_UNSUPPORTED, NULL,
                       "its shape is (%d, %d, %d): (S, S, 3) with S up to %d is needed", shape[0],
                       shape[1], shape[2], MAX_SIDE);
    size_t count = (size_t)shape[0] * (size_t)shape[0] * 3;
    size_t left = size - (size_t)(s.end - (const char *)bytes);
    if (left != count * sizeof(float))
        return px_fail(err, PX_ERR_INPUT, NULL, "it holds %zu bytes of values, its shape %zu", left,
                       count * sizeof(float));
    float *values = px_alloc_aligned(left, err);
    if (!values)
        return false;
    memcpy(values, s.end, left);
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(values[i])) {
            free(values);
            return px_fail(err, PX_ERR_INPUT, NULL, "value %zu is not a finite number", i);
        }
    }
    *tensor = values;
    *side = shape[0];
    return true;
}
