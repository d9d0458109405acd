/* What decoding an image file is made of: one reader a format, size checks, orientation. */
#ifndef PX_IMAGE_CODEC_H
#define PX_IMAGE_CODEC_H

#include "image.h"

/** PX_ERR_LIMIT with the numbers when width x height is more than the limits allow; PX_ERR_INPUT
 *  for an image without pixels. */
bool px_image_check_size(int64_t width, int64_t height, const px_image_limits *limits,
                         px_error *err);

/**
 * Decode a whole file whose first bytes are the format's signature.
 *
 * @param image        initialised; set on success, untouched on failure. Not yet oriented.
 * @param orientation  the file's EXIF orientation, 1 to 8; 1 when it has none.
 */
bool px_png_decode(const uint8_t *bytes, size_t size, const px_image_limits *limits,
                   px_image *image, int *orientation, px_error *err);
bool px_jpeg_decode(const uint8_t *bytes, size_t size, const px_image_limits *limits,
                    px_image *image, int *orientation, px_error *err);

/** Orientation (tag 0x0112 of the first directory) in a TIFF block as EXIF 2.32 stores it; 1 when
 *  the block is damaged or has none. Never reads outside [tiff, tiff + size). */
int px_exif_orientation(const uint8_t *tiff, size_t size);

/** Turn and mirror the pixels so that an image stored in this orientation (1 to 8) is upright. */
bool px_image_orient(px_image *image, int orientation, px_error *err);

#endif
