/* Heat maps as picture files: names, overlays. */
#ifndef PX_CLI_PREDICT_HEATMAPS_H
#define PX_CLI_PREDICT_HEATMAPS_H

#include <jansson.h>

#include "../image/image.h"
#include "perxeptron.h"
#include "predict_stems.h"

/** A folder that overlays are written to. */
typedef struct px_heatmap_folder {
    const char *path;
    float opacity;
    px_stems stems;
} px_heatmap_folder;

/** Make the folder and try to write into it. PX_ERR_IO. */
bool px_heatmap_folder_open(px_heatmap_folder *folder, const char *path, float opacity,
                            px_error *err);
void px_heatmap_folder_close(px_heatmap_folder *folder);

/**
 * Write an overlay a finding, STEM_FINDING.jpg, with a stem that px_stems_claim gives.
 *
 * @param image  what the heat maps lie over, of the reading's size.
 * @param paths  gets the overlays' paths: a new list of texts in the findings' order.
 */
bool px_heatmap_folder_write(px_heatmap_folder *folder, const char *file, const px_image *image,
                             const px_reading *reading, json_t **paths, px_error *err);

/** Channel 0 of a tensor [side, side, 3], from its least to its largest value, as a grey image. */
bool px_heatmap_tensor_image(const float *tensor, int side, px_image *image, px_error *err);

#endif
