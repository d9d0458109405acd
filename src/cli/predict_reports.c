/* Reports of predict: a PDF for each radiograph. */
#include "predict_reports.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../base/error.h"
#include "../base/file.h"
#include "../base/memory.h"
#include "../image/overlay.h"
#include "../reader/reader.h"
#include "../report/reading_report.h"

#define PDF_CAP ((size_t)256 << 20)

bool px_report_folder_open(px_report_folder *folder, const char *path, float opacity,
                           px_error *err) {
    if (!px_path_make_folders(path, err))
        return false;
    if (access(path, W_OK | X_OK) != 0)
        return px_fail_errno(err, path, "cannot write reports");
    *folder = (px_report_folder){.path = path, .opacity = opacity};
    return true;
}

void px_report_folder_close(px_report_folder *folder) {
    px_stems_clear(&folder->stems);
    *folder = (px_report_folder){0};
}

static const px_finding *find_leading(const json_t *json, const px_reading *reading) {
    const char *id = json_string_value(json_object_get(px_report_leading(json), "id"));
    for (int i = 0; id && i < reading->n_findings; i++)
        if (strcmp(reading->findings[i].id, id) == 0)
            return &reading->findings[i];
    return NULL;
}

/* The radiograph, and the leading heat map over it. @return how many there are, or -1. */
static int make_pictures(const px_report_folder *folder, const px_image *image,
                         const px_finding *leading, px_image *overlay, char *caption, size_t size,
                         px_report_picture *pictures, px_error *err) {
    pictures[0] = (px_report_picture){image, "Radiograph", false};
    if (!leading)
        return 1;
    if (!px_image_overlay(image, leading->heat, folder->opacity, overlay, err))
        return -1;
    snprintf(caption, size, "Heat map: %s", leading->name);
    pictures[1] = (px_report_picture){overlay, caption, true};
    return 2;
}

static bool draw(const px_report_folder *folder, const char *file, const px_image *image,
                 const px_reader *reader, const px_reading *reading, const json_t *json,
                 px_buffer *pdf, px_error *err) {
    const char *slash = strrchr(file, '/');
    char caption[160];
    px_report_parts parts = {0};
    px_report report = {.title = slash ? slash + 1 : file, .made = time(NULL)};
    px_image overlay;
    px_image_init(&overlay);
    report.n_pictures = make_pictures(folder, image, find_leading(json, reading), &overlay, caption,
                                      sizeof caption, report.pictures, err);
    bool ok =
        report.n_pictures > 0 &&
        px_report_fill_reading(&report, json, px_reader_ensemble(reader)->card, &parts, err) &&
        px_report_write_pdf(&report, pdf, err);
    px_report_parts_clear(&parts);
    px_image_clear(&overlay);
    return ok;
}

bool px_report_folder_write(px_report_folder *folder, const char *file, const px_image *image,
                            const px_reader *reader, const px_reading *reading, px_error *err) {
    char *stem = px_stems_claim(&folder->stems, file, err);
    char *path = stem ? px_format(err, "%s/%s.pdf", folder->path, stem) : NULL;
    json_t *json = path ? px_reading_to_json(reader, reading, false, err) : NULL;
    px_buffer pdf;
    px_buffer_init(&pdf, PDF_CAP);
    bool ok = json && draw(folder, file, image, reader, reading, json, &pdf, err) &&
              px_file_write(path, pdf.data, pdf.size, err);
    px_buffer_clear(&pdf);
    json_decref(json);
    free(path);
    free(stem);
    return ok;
}
