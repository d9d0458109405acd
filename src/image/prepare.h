/* Image to tensor: crop, equalise, resize, scale. One code for CLI, server and trainer. */
#ifndef PX_IMAGE_PREPARE_H
#define PX_IMAGE_PREPARE_H

#include "image.h"

typedef enum {
    PX_RESIZE_BILINEAR,           /**< half-pixel centres, no antialias: OpenCV's INTER_LINEAR,
                                     8-bit images to the last bit */
    PX_RESIZE_BILINEAR_ANTIALIAS, /**< the triangle filter widened by the reduction factor */
    PX_RESIZE_AREA,               /**< mean over the pixel's area: OpenCV's INTER_AREA */
} px_resize;

typedef enum { PX_CROP_NONE, PX_CROP_CENTRE } px_crop; /* centre: the largest central square */

typedef enum { PX_EQUALISE_NONE, PX_EQUALISE_GLOBAL, PX_EQUALISE_CLAHE } px_equalise;

/** With x in [0, 255]. */
typedef enum {
    PX_SCALING_UNIT,        /**< x / 255 */
    PX_SCALING_TF,          /**< x / 127.5 - 1 */
    PX_SCALING_IMAGENET,    /**< (x / 255 - mean) / std, ImageNet's RGB mean and std */
    PX_SCALING_XRV,         /**< (2 x / 255 - 1) * 1024 */
    PX_SCALING_FEATUREWISE, /**< (x - mean) / std for each channel, as given */
} px_scaling;

/** What a network expects of its input; part of the model file. */
typedef struct px_input_spec {
    int width, height, channels; /**< channels 1 or 3 (grey is repeated) */
    px_crop crop;
    px_equalise equalise;
    px_resize resize;
    px_scaling scaling;
    float mean[3], std[3]; /**< PX_SCALING_FEATUREWISE, in grey levels */
} px_input_spec;

/** Names as the model file and the command line write them: bilinear, bilinear-antialias, area;
 *  none, centre; none, global, clahe; unit, tf, imagenet, xrv, featurewise. NULL for no such value;
 *  false for no such name. */
const char *px_resize_name(px_resize value);
const char *px_crop_name(px_crop value);
const char *px_equalise_name(px_equalise value);
const char *px_scaling_name(px_scaling value);
bool px_resize_from_name(const char *name, px_resize *value);
bool px_crop_from_name(const char *name, px_crop *value);
bool px_equalise_from_name(const char *name, px_equalise *value);
bool px_scaling_from_name(const char *name, px_scaling *value);

/**
 * Crop, equalise, resize, scale, in this order. Resizing gives whole levels of the image's own
 * depth (256 or 65,536), as OpenCV does; only then 16-bit levels become x = level / 257. Colours
 * given to a one-channel network become BT.601 luma.
 *
 * @param tensor  [spec->height, spec->width, spec->channels] float32 NHWC, the caller's; untouched
 *                on failure.
 * @param err     PX_ERR_USAGE: a spec that makes no sense, no image; PX_ERR_MEMORY.
 */
bool px_image_prepare(const px_image *image, const px_input_spec *spec, float *tensor,
                      px_error *err);

/**
 * Scale levels that were prepared with PX_SCALING_UNIT, as the spec asks.
 *
 * @param levels    [spec->height, spec->width, channels] in [0, 1].
 * @param channels  1, which is repeated where the spec has 3, or as many as the spec has.
 * @param tensor    [spec->height, spec->width, spec->channels]; not levels.
 */
void px_image_scale(const float *levels, int channels, const px_input_spec *spec, float *tensor);

/** Resize float32 [height, width, channels] samples, without rounding: heat maps. `from` and `to`
 *  must not overlap. */
bool px_resize_f32(const float *from, int from_width, int from_height, int channels, float *to,
                   int to_width, int to_height, px_resize method, px_error *err);

#endif
