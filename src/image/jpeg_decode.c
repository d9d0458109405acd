/* JPEG files into pixels, through libjpeg-turbo. */
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jerror.h>
#include <jpeglib.h>

#include "../base/error.h"
#include "codec.h"

/* Progressive files have about ten scans; each costs a pass over the whole image. */
#define MAX_SCANS 64
#define EXIF_MARKER (JPEG_APP0 + 1)

typedef struct jpeg_job {
    struct jpeg_decompress_struct jpeg;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    jmp_buf failed;
    px_image image;
    int orientation;
    px_error *err;
} jpeg_job;

static px_error_code code_of(int message) {
    switch (message) {
    case JERR_OUT_OF_MEMORY:
        return PX_ERR_MEMORY;
    case JERR_IMAGE_TOO_BIG:
        return PX_ERR_LIMIT;
    case JERR_BAD_PRECISION:
    case JERR_SOF_UNSUPPORTED:
    case JERR_ARITH_NOTIMPL:
    case JERR_CONVERSION_NOTIMPL:
        return PX_ERR_UNSUPPORTED;
    default:
        return PX_ERR_INPUT;
    }
}

static void on_error(j_common_ptr jpeg) {
    jpeg_job *job = jpeg->client_data;
    char text[JMSG_LENGTH_MAX];
    job->errors.format_message(jpeg, text);
    px_fail(job->err, code_of(job->errors.msg_code), NULL, "cannot decode this JPEG: %s", text);
    longjmp(job->failed, 1);
}

/* libjpeg paints grey over what is missing and calls it a warning (level -1): in a radiograph that
 * is a failure. */
static void on_message(j_common_ptr jpeg, int level) {
    if (level < 0)
        on_error(jpeg);
}

static void on_progress(j_common_ptr jpeg) {
    jpeg_job *job = jpeg->client_data;
    if (job->jpeg.input_scan_number <= MAX_SCANS)
        return;
    px_fail(job->err, PX_ERR_LIMIT, NULL, "the JPEG has more than %d scans", MAX_SCANS);
    longjmp(job->failed, 1);
}

static void read_orientation(jpeg_job *job) {
    static const char name[6] = "Exif\0";
    for (jpeg_saved_marker_ptr m = job->jpeg.marker_list; m; m = m->next)
        if (m->marker == EXIF_MARKER && m->data_length > sizeof name &&
            memcmp(m->data, name, sizeof name) == 0) {
            job->orientation =
                px_exif_orientation(m->data + sizeof name, m->data_length - sizeof name);
            return;
        }
}

static bool choose_colours(jpeg_job *job) {
    switch (job->jpeg.jpeg_color_space) {
    case JCS_GRAYSCALE:
        job->jpeg.out_color_space = JCS_GRAYSCALE;
        return true;
    case JCS_YCbCr:
    case JCS_RGB:
        job->jpeg.out_color_space = JCS_RGB;
        return true;
    case JCS_CMYK:
    case JCS_YCCK:
        job->jpeg.out_color_space = JCS_CMYK;
        return true;
    default:
        return px_fail(job->err, PX_ERR_UNSUPPORTED, NULL,
                       "a JPEG with %d components in an unknown colour space",
                       job->jpeg.num_components);
    }
}

/* Adobe's programs store inks inverted (255 is none), and mark their files. */
static void cmyk_to_rgb(const uint8_t *inks, bool inverted, uint8_t *rgb, int width) {
    int flip = inverted ? 0 : 255;
    for (int x = 0; x < width; x++, inks += 4, rgb += 3)
        for (int c = 0; c < 3; c++)
            rgb[c] = (uint8_t)(((inks[c] ^ flip) * (inks[3] ^ flip) + 127) / 255);
}

static void read_pixels(jpeg_job *job) {
    j_decompress_ptr jpeg = &job->jpeg;
    bool cmyk = jpeg->out_color_space == JCS_CMYK;
    JSAMPARRAY inks = NULL;
    if (cmyk)
        inks = jpeg->mem->alloc_sarray((j_common_ptr)jpeg, JPOOL_IMAGE, jpeg->output_width * 4, 1);
    size_t stride = px_image_row_bytes(&job->image);
    while (jpeg->output_scanline < jpeg->output_height) {
        JSAMPROW row = (JSAMPROW)job->image.pixels + stride * jpeg->output_scanline;
        jpeg_read_scanlines(jpeg, cmyk ? inks : &row, 1);
        if (cmyk)
            cmyk_to_rgb(inks[0], jpeg->saw_Adobe_marker, row, job->image.width);
    }
}

/* libjpeg's errors jump here: everything that lives across the jump is in the job. */
static bool decode_job(jpeg_job *job, const uint8_t *bytes, size_t size,
                       const px_image_limits *limits) {
    if (setjmp(job->failed))
        return false;
    jpeg_create_decompress(&job->jpeg);
    job->jpeg.progress = &job->progress;
    jpeg_mem_src(&job->jpeg, bytes, size);
    jpeg_save_markers(&job->jpeg, EXIF_MARKER, 0xFFFF);
    jpeg_read_header(&job->jpeg, TRUE);
    if (!px_image_check_size(job->jpeg.image_width, job->jpeg.image_height, limits, job->err) ||
        !choose_colours(job))
        return false;
    read_orientation(job);
    if (!px_image_new(&job->image, (int)job->jpeg.image_width, (int)job->jpeg.image_height,
                      job->jpeg.out_color_space == JCS_GRAYSCALE ? 1 : 3, 8, job->err))
        return false;
    jpeg_start_decompress(&job->jpeg);
    read_pixels(job);
    jpeg_finish_decompress(&job->jpeg);
    return true;
}

bool px_jpeg_decode(const uint8_t *bytes, size_t size, const px_image_limits *limits,
                    px_image *image, int *orientation, px_error *err) {
    jpeg_job job = {.orientation = 1, .err = err};
    job.jpeg.err = jpeg_std_error(&job.errors);
    job.jpeg.client_data = &job;
    job.errors.error_exit = on_error;
    job.errors.emit_message = on_message;
    job.progress.progress_monitor = on_progress;
    bool ok = decode_job(&job, bytes, size, limits);
    jpeg_destroy_decompress(&job.jpeg);
    if (!ok) {
        px_image_clear(&job.image);
        return false;
    }
    *image = job.image;
    *orientation = job.orientation;
    return true;
}
