/* From an image's bytes to a reading, the same way for every interface. */
#ifndef PX_SERVER_READ_IMAGE_H
#define PX_SERVER_READ_IMAGE_H

#include "exchange.h"

/** What became of an image. */
typedef enum {
    PX_IMAGE_READ,
    PX_IMAGE_UNREADABLE, /**< it cannot be decoded: the client's to mend, unless memory was short */
    PX_IMAGE_FAILED,     /**< it is an image, but the reading failed: ours to mend */
} px_image_outcome;

/** An image that was decoded, and its reading. */
typedef struct px_image_result {
    const char *media_type; /**< static */
    int width, height;      /**< orientation applied */
    px_reading *reading;    /**< to be freed; NULL when it failed */
} px_image_result;

/**
 * Decode and read an image, and note how long its stages took.
 *
 * @param heat_maps  wanted, where the networks allow them.
 * @param result     set unless the image is unreadable.
 * @param err        not NULL: why it is unreadable, or failed.
 */
px_image_outcome px_read_image(px_app *app, const void *bytes, size_t size, bool heat_maps,
                               px_image_result *result, px_error *err);

/** The same for the image of a request's body. */
px_image_outcome px_read_body_image(px_app *app, const px_body *body, bool heat_maps,
                                    px_image_result *result, px_error *err);

/** Is it the client's file that is at fault? Never when the reading failed. */
bool px_image_is_at_fault(const px_error *err);

#endif
