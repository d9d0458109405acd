/* Images in memory, and decoding: limits, recognising the format, orientation. */
#include "image.h"

#include <stdlib.h>
#include <string.h>

#include "../base/buffer.h"
#include "../base/error.h"
#include "../base/file.h"
#include "../base/memory.h"
#include "codec.h"

void px_image_init(px_image *image) {
    *image = (px_image){0};
}

void px_image_clear(px_image *image) {
    free(image->pixels);
    px_image_init(image);
}

size_t px_image_row_bytes(const px_image *image) {
    return (size_t)image->width * (size_t)image->channels * (size_t)(image->depth / 8);
}

bool px_image_new(px_image *image, int width, int height, int channels, int depth, px_error *err) {
    if (width < 1 || height < 1 || (channels != 1 && channels != 3) || (depth != 8 && depth != 16))
        return px_fail(err, PX_ERR_USAGE, NULL, "no image has %d x %d pixels, %d channels, %d bits",
                       width, height, channels, depth);
    px_image made = {.width = width, .height = height, .channels = channels, .depth = depth};
    made.pixels = px_alloc((size_t)height, px_image_row_bytes(&made), err);
    if (!made.pixels)
        return false;
    px_image_clear(image);
    *image = made;
    return true;
}

px_image_limits px_image_default_limits(void) {
    return (px_image_limits){
        .max_bytes = (size_t)64 << 20, .max_pixels = 100000000, .max_side = 65500};
}

bool px_image_check_size(int64_t width, int64_t height, const px_image_limits *limits,
                         px_error *err) {
    if (width < 1 || height < 1)
        return px_fail(err, PX_ERR_INPUT, NULL, "the image has no pixels (%lld x %lld)",
                       (long long)width, (long long)height);
    if (width > limits->max_side || height > limits->max_side)
        return px_fail(err, PX_ERR_LIMIT, NULL,
                       "the image is %lld x %lld pixels; a side may have at most %d",
                       (long long)width, (long long)height, limits->max_side);
    if (width > limits->max_pixels / height)
        return px_fail(err, PX_ERR_LIMIT, NULL,
                       "the image is %lld x %lld pixels; at most %lld pixels are allowed",
                       (long long)width, (long long)height, (long long)limits->max_pixels);
    return true;
}

static bool is_png(const void *bytes, size_t size) {
    return size >= 8 && memcmp(bytes, "\x89PNG\r\n\x1a\n", 8) == 0;
}

static bool is_jpeg(const void *bytes, size_t size) {
    return size >= 3 && memcmp(bytes, "\xff\xd8\xff", 3) == 0;
}

const char *px_image_media_type(const void *bytes, size_t size) {
    return is_png(bytes, size) ? "image/png" : is_jpeg(bytes, size) ? "image/jpeg" : NULL;
}

static bool decode_any(const uint8_t *bytes, size_t size, const px_image_limits *limits,
                       px_image *image, int *orientation, px_error *err) {
    if (size == 0)
        return px_fail(err, PX_ERR_INPUT, NULL, "the file is empty");
    if (size > limits->max_bytes)
        return px_fail(err, PX_ERR_LIMIT, NULL, "the file has %zu bytes; at most %zu are allowed",
                       size, limits->max_bytes);
    if (is_png(bytes, size))
        return px_png_decode(bytes, size, limits, image, orientation, err);
    if (is_jpeg(bytes, size))
        return px_jpeg_decode(bytes, size, limits, image, orientation, err);
    return px_fail(err, PX_ERR_UNSUPPORTED, NULL, "neither a PNG nor a JPEG image");
}

bool px_image_decode(const void *bytes, size_t size, const px_image_limits *limits, px_image *image,
                     px_error *err) {
    px_image_limits allowed = limits ? *limits : px_image_default_limits();
    px_image decoded;
    px_image_init(&decoded);
    int orientation = 1;
    if (!decode_any(bytes, size, &allowed, &decoded, &orientation, err) ||
        !px_image_orient(&decoded, orientation, err)) {
        px_image_clear(&decoded);
        return false;
    }
    px_image_clear(image);
    *image = decoded;
    return true;
}

bool px_image_read(const char *path, const px_image_limits *limits, px_image *image,
                   px_error *err) {
    px_error failure = {0};
    px_buffer file;
    px_buffer_init(&file, limits ? limits->max_bytes : px_image_default_limits().max_bytes);
    bool ok = px_file_read(path, &file, &failure) &&
              px_image_decode(file.data, file.size, limits, image, &failure);
    px_buffer_clear(&file);
    if (!ok) {
        px_error_set_subject(&failure, path);
        if (err && err->code == PX_OK)
            *err = failure;
    }
    return ok;
}
