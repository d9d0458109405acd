/* Images are decoded first, so that what is no image is told from what we fail to read. */
#include "read_image.h"

#include <stdlib.h>

#include "../base/clock.h"
#include "../base/error.h"
#include "../base/file.h"
#include "../reader/reader.h"

bool px_image_is_at_fault(const px_error *err) {
    return err->code == PX_ERR_INPUT || err->code == PX_ERR_UNSUPPORTED ||
           err->code == PX_ERR_LIMIT;
}

static void note_times(px_app *app, const px_reading_times *times) {
    px_metrics_observe(app->metrics, PX_METRIC_DECODE_S, times->decode);
    px_metrics_observe(app->metrics, PX_METRIC_PREPARE_S, times->prepare);
    px_metrics_observe(app->metrics, PX_METRIC_NETWORKS_S, times->networks);
    if (times->heat_maps > 0)
        px_metrics_observe(app->metrics, PX_METRIC_HEAT_MAPS_S, times->heat_maps);
}

px_image_outcome px_read_image(px_app *app, const void *bytes, size_t size, bool heat_maps,
                               px_image_result *result, px_error *err) {
    const px_read_options options = {.heat_maps = heat_maps && px_reader_has_heat_maps(app->reader),
                                     .heat_side = PX_READER_HEAT_SIDE};
    px_image image;
    px_image_init(&image);
    if (px_image_media_type(bytes, size) && !px_image_is_alone(bytes, size)) {
        px_fail(err, PX_ERR_INPUT, NULL, "another file is hidden behind the image; save it anew");
        return PX_IMAGE_UNREADABLE;
    }
    double start = px_clock_s();
    if (!px_image_decode(bytes, size, NULL, &image, err))
        return PX_IMAGE_UNREADABLE;
    double decoded = px_clock_s();
    px_reading *reading = px_reader_read_image(app->reader, &image, &options, err);
    *result =
        (px_image_result){px_image_media_type(bytes, size), image.width, image.height, reading};
    px_image_clear(&image);
    if (!reading) {
        if (px_image_is_at_fault(err))
            err->code = PX_ERR_MISMATCH; /* it is an image: the networks are at fault */
        return PX_IMAGE_FAILED;
    }
    px_sha256_bytes(bytes, size, reading->sha256);
    reading->times.decode = decoded - start;
    note_times(app, &reading->times);
    return PX_IMAGE_READ;
}

px_image_outcome px_read_body_image(px_app *app, const px_body *body, bool heat_maps,
                                    px_image_result *result, px_error *err) {
    px_mapping bytes;
    char *path = px_blobs_temporary_path(px_store_blobs(app->store), body->image, err);
    bool ok = path && px_mapping_open(&bytes, path, app->options->max_upload, err);
    free(path);
    if (!ok)
        return PX_IMAGE_UNREADABLE;
    px_image_outcome outcome = px_read_image(app, bytes.data, bytes.size, heat_maps, result, err);
    px_mapping_close(&bytes);
    return outcome;
}
