/* Heat maps as picture files: names, overlays. */
#include "predict_heatmaps.h"

#include <stdlib.h>
#include <unistd.h>

#include "../base/error.h"
#include "../base/file.h"
#include "../base/memory.h"
#include "../image/overlay.h"

enum { JPEG_QUALITY = 90, MAX_OVERLAY_BYTES = 1 << 30 };

bool px_heatmap_folder_open(px_heatmap_folder *folder, const char *path, float opacity,
                            px_error *err) {
    if (!px_path_make_folders(path, err))
        return false;
    if (access(path, W_OK | X_OK) != 0)
        return px_fail_errno(err, path, "cannot write heat maps");
    *folder = (px_heatmap_folder){.path = path, .opacity = opacity};
    return true;
}

void px_heatmap_folder_close(px_heatmap_folder *folder) {
    px_stems_clear(&folder->stems);
    *folder = (px_heatmap_folder){0};
}

static bool write_overlay(const px_heatmap_folder *folder, const px_image *image,
                          const px_finding *finding, const char *path, px_error *err) {
    px_image overlay;
    px_buffer jpeg;
    px_image_init(&overlay);
    px_buffer_init(&jpeg, MAX_OVERLAY_BYTES);
    bool ok = px_image_overlay(image, finding->heat, folder->opacity, &overlay, err) &&
              px_image_encode_jpeg(&overlay, JPEG_QUALITY, &jpeg, err) &&
              px_file_write(path, jpeg.data, jpeg.size, err);
    px_buffer_clear(&jpeg);
    px_image_clear(&overlay);
    return ok;
}

bool px_heatmap_folder_write(px_heatmap_folder *folder, const char *file, const px_image *image,
                             const px_reading *reading, json_t **paths, px_error *err) {
    char *stem = px_stems_claim(&folder->stems, file, err);
    json_t *list = json_array();
    bool ok = stem && (list || px_fail_memory(err));
    for (int i = 0; ok && i < reading->n_findings; i++) {
        const px_finding *finding = &reading->findings[i];
        char *path = px_format(err, "%s/%s_%s.jpg", folder->path, stem, finding->id);
        ok = path && write_overlay(folder, image, finding, path, err) &&
             (json_array_append_new(list, json_string(path)) == 0 || px_fail_memory(err));
        free(path);
    }
    free(stem);
    if (ok)
        *paths = list;
    else
        json_decref(list);
    return ok;
}

bool px_heatmap_tensor_image(const float *tensor, int side, px_image *image, px_error *err) {
    if (!px_image_new(image, side, side, 1, 8, err))
        return false;
    size_t count = (size_t)side * (size_t)side;
    double least = (double)tensor[0], most = least;
    for (size_t i = 0; i < count; i++) {
        double value = (double)tensor[3 * i];
        least = value < least ? value : least;
        most = value > most ? value : most;
    }
    uint8_t *pixels = image->pixels;
    for (size_t i = 0; most > least && i < count; i++)
        pixels[i] = (uint8_t)(255 * ((double)tensor[3 * i] - least) / (most - least) + 0.5);
    return true;
}
