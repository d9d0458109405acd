/* A radiograph's pixels, and what turns them into a network's input tensor. */
#ifndef PX_IMAGE_IMAGE_H
#define PX_IMAGE_IMAGE_H

#include "perxeptron.h"

/** Pixels, row-major, interleaved, no padding between rows. */
typedef struct px_image {
    int width, height;
    int channels; /**< 1 grey or 3 RGB */
    int depth;    /**< bits a sample: 8 (uint8_t) or 16 (uint16_t, native order) */
    void *pixels; /**< owned; [height, width, channels] */
} px_image;

void px_image_init(px_image *image);
void px_image_clear(px_image *image);
/** Replace what the image holds by zeroed pixels. PX_ERR_USAGE: a size, channel count or depth that
 *  no image has. */
bool px_image_new(px_image *image, int width, int height, int channels, int depth, px_error *err);
/** Bytes from one row to the next. */
size_t px_image_row_bytes(const px_image *image);

/** What a file may ask for; checked before memory is taken. */
typedef struct px_image_limits {
    size_t max_bytes;   /**< of the file; default 64 MiB */
    int64_t max_pixels; /**< width x height; default 100,000,000 */
    int max_side;       /**< default 65,500 */
} px_image_limits;
px_image_limits px_image_default_limits(void);

/** "image/png" or "image/jpeg", as the first bytes say (8 are enough), or NULL; static storage. */
const char *px_image_media_type(const void *bytes, size_t size);

/**
 * Decode PNG or JPEG, recognised by content. Alpha is composed over black, palettes are expanded,
 * CMYK is converted to RGB, EXIF orientation is applied, 16-bit samples stay 16-bit.
 *
 * @param limits  NULL for the defaults.
 * @param image   an initialised image; set on success, untouched on failure.
 * @param err     PX_ERR_INPUT damaged or empty; PX_ERR_UNSUPPORTED neither PNG nor JPEG;
 *                PX_ERR_LIMIT larger than the limits.
 */
bool px_image_decode(const void *bytes, size_t size, const px_image_limits *limits, px_image *image,
                     px_error *err);
/** The same from a file ("-" is stdin); errors name it. */
bool px_image_read(const char *path, const px_image_limits *limits, px_image *image, px_error *err);

/** Is nothing in the file but the image: no other file behind its end, that other programs would
 * see (a polyglot)? Zero bytes to its end are fine, and what cameras add as further JPEGs. */
bool px_image_is_alone(const void *bytes, size_t size);

/**
 * Encode; appended to a growing buffer (src/base/buffer.h), which on failure stays as it was.
 * PNG keeps both depths; JPEG takes 8-bit images only, `quality` from 1 to 100.
 *
 * @param err  PX_ERR_USAGE: empty image, depth or quality; PX_ERR_LIMIT: past the buffer's cap.
 */
struct px_buffer;
bool px_image_encode_png(const px_image *image, struct px_buffer *out, px_error *err);
bool px_image_encode_jpeg(const px_image *image, int quality, struct px_buffer *out, px_error *err);

#endif
