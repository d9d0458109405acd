/* Image to tensor: crop, equalise, resize, scale. */
#include "prepare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "equalise.h"
#include "resize.h"

/* Every scaling is (x - shift) / divisor, with x in [0, white]. */
typedef struct affine {
    float shift[3], divisor[3];
} affine;

static affine find_scaling(const px_input_spec *spec, double white) {
    static const double imagenet_mean[3] = {0.485, 0.456, 0.406};
    static const double imagenet_std[3] = {0.229, 0.224, 0.225};
    const double share = white / 255;
    affine a;
    for (int c = 0; c < 3; c++) {
        double shift = 127.5, divisor = 127.5;
        if (spec->scaling == PX_SCALING_UNIT) {
            shift = 0;
            divisor = 255;
        } else if (spec->scaling == PX_SCALING_IMAGENET) {
            shift = 255 * imagenet_mean[c];
            divisor = 255 * imagenet_std[c];
        } else if (spec->scaling == PX_SCALING_XRV) {
            divisor = 127.5 / 1024;
        } else if (spec->scaling == PX_SCALING_FEATUREWISE) {
            shift = spec->mean[c];
            divisor = spec->std[c];
        }
        a.shift[c] = (float)(shift * share);
        a.divisor[c] = (float)(divisor * share);
    }
    return a;
}

static bool check_spec(const px_input_spec *spec, px_error *err) {
    if (spec->width < 1 || spec->height < 1 || (spec->channels != 1 && spec->channels != 3))
        return px_fail(err, PX_ERR_USAGE, "input",
                       "a network's input cannot be %d x %d pixels with %d channels", spec->width,
                       spec->height, spec->channels);
    if (spec->scaling != PX_SCALING_FEATUREWISE)
        return true;
    for (int c = 0; c < spec->channels; c++)
        if (!isfinite(spec->mean[c]) || !isfinite(spec->std[c]) || !(spec->std[c] > 0))
            return px_fail(err, PX_ERR_USAGE, "input",
                           "channel %d cannot be scaled with mean %g and std %g", c,
                           (double)spec->mean[c], (double)spec->std[c]);
    return true;
}

/* The part of the image that is kept, as a view of its pixels. */
static px_view crop_view(const px_image *image, px_crop crop) {
    int width = image->width, height = image->height;
    if (crop == PX_CROP_CENTRE)
        width = height = width < height ? width : height;
    size_t left = (size_t)(image->width - width) / 2, top = (size_t)(image->height - height) / 2;
    size_t pixel = (size_t)image->channels * (size_t)(image->depth / 8);
    return (px_view){.samples = (const uint8_t *)image->pixels + px_image_row_bytes(image) * top +
                                pixel * left,
                     .type = image->depth == 8 ? PX_SAMPLE_U8 : PX_SAMPLE_U16,
                     .width = width,
                     .height = height,
                     .channels = image->channels,
                     .stride = (size_t)image->width * (size_t)image->channels};
}

/* Equalise a copy of what the view shows, and show that instead. */
static bool equalise_view(px_view *view, px_equalise method, px_image *copy, px_error *err) {
    if (method == PX_EQUALISE_NONE)
        return true;
    int depth = view->type == PX_SAMPLE_U8 ? 8 : 16;
    if (!px_image_new(copy, view->width, view->height, view->channels, depth, err))
        return false;
    size_t row_bytes = px_image_row_bytes(copy), stride = view->stride * (size_t)(depth / 8);
    for (size_t y = 0; y < (size_t)view->height; y++)
        memcpy((uint8_t *)copy->pixels + row_bytes * y, (const uint8_t *)view->samples + stride * y,
               row_bytes);
    view->samples = copy->pixels;
    view->stride = (size_t)view->width * (size_t)view->channels;
    return px_image_equalise(copy, method, err);
}

/* Whole levels of the image's depth, as OpenCV's resize gives, then [0, 255]. */
static void round_levels(float *row, size_t n, px_sample type) {
    for (size_t i = 0; i < n; i++)
        row[i] = (float)(int)(row[i] + 0.5f);
    if (type == PX_SAMPLE_U16)
        for (size_t i = 0; i < n; i++)
            row[i] /= 65535 / 255;
}

static void write_row(const float *row, int channels, const px_input_spec *spec, const affine *a,
                      float *tensor) {
    for (int x = 0; x < spec->width; x++, row += channels) {
        float luma = channels == 3 && spec->channels == 1 ? px_luma(row[0], row[1], row[2]) : 0;
        for (int c = 0; c < spec->channels; c++) {
            float value = channels == 1 ? row[0] : spec->channels == 1 ? luma : row[c];
            *tensor++ = (value - a->shift[c]) / a->divisor[c];
        }
    }
}

static bool resize_and_scale(const px_view *view, const px_input_spec *spec, float *tensor,
                             px_error *err) {
    size_t samples = (size_t)spec->width * (size_t)view->channels;
    affine scaling = find_scaling(spec, 255);
    px_resizer resizer = {0};
    bool ok = false;
    float *row = px_alloc(samples, sizeof *row, err);
    if (!row || !px_resizer_init(&resizer, view, spec->width, spec->height, spec->resize, err))
        goto done;
    for (int y = 0; y < spec->height; y++) {
        px_resizer_row(&resizer, y, row);
        round_levels(row, samples, view->type);
        write_row(row, view->channels, spec, &scaling,
                  tensor + (size_t)y * (size_t)spec->width * (size_t)spec->channels);
    }
    ok = true;
done:
    px_resizer_clear(&resizer);
    free(row);
    return ok;
}

bool px_image_prepare(const px_image *image, const px_input_spec *spec, float *tensor,
                      px_error *err) {
    if (!image->pixels)
        return px_fail(err, PX_ERR_USAGE, NULL, "an image without pixels");
    if (!check_spec(spec, err))
        return false;
    px_view view = crop_view(image, spec->crop);
    px_image copy;
    px_image_init(&copy);
    bool ok = equalise_view(&view, spec->equalise, &copy, err) &&
              resize_and_scale(&view, spec, tensor, err);
    px_image_clear(&copy);
    return ok;
}

void px_image_scale(const float *levels, int channels, const px_input_spec *spec, float *tensor) {
    affine scaling = find_scaling(spec, 1);
    for (int y = 0; y < spec->height; y++) {
        size_t first = (size_t)y * (size_t)spec->width;
        write_row(levels + first * (size_t)channels, channels, spec, &scaling,
                  tensor + first * (size_t)spec->channels);
    }
}
