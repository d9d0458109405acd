/* Reports of predict: a PDF for each radiograph. */
#ifndef PX_CLI_PREDICT_REPORTS_H
#define PX_CLI_PREDICT_REPORTS_H

#include "../image/image.h"
#include "perxeptron.h"
#include "predict_stems.h"

/** A folder that reports are written to. */
typedef struct px_report_folder {
    const char *path;
    float opacity;
    px_stems stems;
} px_report_folder;

/** Make the folder and try to write into it. PX_ERR_IO. */
bool px_report_folder_open(px_report_folder *folder, const char *path, float opacity,
                           px_error *err);
void px_report_folder_close(px_report_folder *folder);

/**
 * Write STEM.pdf, with a stem that px_stems_claim gives: the radiograph, and the heat map of the
 * finding that stands out where the reading has heat maps.
 *
 * @param image  the radiograph, of the reading's size.
 */
bool px_report_folder_write(px_report_folder *folder, const char *file, const px_image *image,
                            const px_reader *reader, const px_reading *reading, px_error *err);

#endif
