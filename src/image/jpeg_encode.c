/* Pixels into JPEG files, through libjpeg-turbo. */
#include <setjmp.h>
#include <stdio.h>

#include <jpeglib.h>

#include "../base/buffer.h"
#include "../base/error.h"
#include "image.h"

typedef struct jpeg_job {
    struct jpeg_compress_struct jpeg;
    struct jpeg_error_mgr errors;
    struct jpeg_destination_mgr destination;
    jmp_buf failed;
    px_buffer *out;
    px_error *err;
    uint8_t block[16384]; /* filled by libjpeg, then appended to `out` */
} jpeg_job;

static void on_error(j_common_ptr jpeg) {
    jpeg_job *job = jpeg->client_data;
    char text[JMSG_LENGTH_MAX];
    job->errors.format_message(jpeg, text);
    px_fail(job->err, PX_ERR_USAGE, NULL, "cannot encode a JPEG: %s", text);
    longjmp(job->failed, 1);
}

static void on_message(j_common_ptr jpeg, int level) {
    (void)jpeg;
    (void)level;
}

static void start_block(j_compress_ptr jpeg) {
    jpeg_job *job = jpeg->client_data;
    job->destination.next_output_byte = job->block;
    job->destination.free_in_buffer = sizeof job->block;
}

static void append_block(jpeg_job *job, size_t size) {
    if (!px_buffer_append(job->out, job->block, size, job->err))
        longjmp(job->failed, 1);
}

/* libjpeg calls this with the block full, whatever free_in_buffer says. */
static boolean flush_block(j_compress_ptr jpeg) {
    jpeg_job *job = jpeg->client_data;
    append_block(job, sizeof job->block);
    start_block(jpeg);
    return TRUE;
}

static void finish_block(j_compress_ptr jpeg) {
    jpeg_job *job = jpeg->client_data;
    append_block(job, sizeof job->block - job->destination.free_in_buffer);
}

/* libjpeg's errors jump here: everything that lives across the jump is in the job. */
static bool encode_job(jpeg_job *job, const px_image *image, int quality) {
    if (setjmp(job->failed))
        return false;
    jpeg_create_compress(&job->jpeg);
    job->jpeg.dest = &job->destination;
    job->jpeg.image_width = (JDIMENSION)image->width;
    job->jpeg.image_height = (JDIMENSION)image->height;
    job->jpeg.input_components = image->channels;
    job->jpeg.in_color_space = image->channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(&job->jpeg);
    jpeg_set_quality(&job->jpeg, quality, TRUE);
    jpeg_start_compress(&job->jpeg, TRUE);
    while (job->jpeg.next_scanline < job->jpeg.image_height) {
        JSAMPROW row =
            (JSAMPROW)image->pixels + px_image_row_bytes(image) * job->jpeg.next_scanline;
        jpeg_write_scanlines(&job->jpeg, &row, 1);
    }
    jpeg_finish_compress(&job->jpeg);
    return true;
}

bool px_image_encode_jpeg(const px_image *image, int quality, struct px_buffer *out,
                          px_error *err) {
    if (!image->pixels || image->depth != 8)
        return px_fail(err, PX_ERR_USAGE, NULL, "a JPEG needs an image of 8 bits a sample, not %d",
                       image->depth);
    if (quality < 1 || quality > 100)
        return px_fail(err, PX_ERR_USAGE, NULL, "a JPEG's quality is from 1 to 100, not %d",
                       quality);
    jpeg_job job = {.out = out, .err = err};
    job.jpeg.err = jpeg_std_error(&job.errors);
    job.jpeg.client_data = &job;
    job.errors.error_exit = on_error;
    job.errors.emit_message = on_message;
    job.destination.init_destination = start_block;
    job.destination.empty_output_buffer = flush_block;
    job.destination.term_destination = finish_block;
    size_t before = out->size;
    bool ok = encode_job(&job, image, quality);
    jpeg_destroy_compress(&job.jpeg);
    if (!ok)
        out->size = before;
    return ok;
}
