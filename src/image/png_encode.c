/* Pixels into PNG files, through libpng. */
#include <png.h>
#include <zlib.h>

#include "../base/buffer.h"
#include "../base/error.h"
#include "image.h"

typedef struct png_job {
    png_structp png;
    png_infop info;
    const px_image *image;
    px_buffer *out;
    px_error *err;
} png_job;

static void write_bytes(png_structp png, png_bytep from, size_t size) {
    png_job *job = png_get_io_ptr(png);
    if (!px_buffer_append(job->out, from, size, job->err))
        png_error(png, "cannot grow the output");
}

static void flush_bytes(png_structp png) {
    (void)png;
}

static void on_error(png_structp png, png_const_charp message) {
    png_job *job = png_get_error_ptr(png);
    px_fail(job->err, PX_ERR_USAGE, NULL, "cannot encode a PNG: %s", message);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp message) {
    (void)png;
    (void)message;
}

/* libpng's errors jump here: everything that lives across the jump is in the job. */
static bool encode_job(png_job *job) {
    if (setjmp(png_jmpbuf(job->png)))
        return false;
    const px_image *image = job->image;
    png_set_write_fn(job->png, job, write_bytes, flush_bytes);
    /* On radiographs as small as libpng's defaults, several times faster. */
    png_set_compression_level(job->png, Z_BEST_SPEED);
    png_set_compression_strategy(job->png, Z_RLE);
    png_set_filter(job->png, PNG_FILTER_TYPE_BASE, PNG_FILTER_UP);
    png_set_IHDR(job->png, job->info, (png_uint_32)image->width, (png_uint_32)image->height,
                 image->depth, image->channels == 1 ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB,
                 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(job->png, job->info);
    if (image->depth == 16 && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)
        png_set_swap(job->png);
    for (int y = 0; y < image->height; y++)
        png_write_row(job->png,
                      (png_const_bytep)image->pixels + px_image_row_bytes(image) * (size_t)y);
    png_write_end(job->png, job->info);
    return true;
}

bool px_image_encode_png(const px_image *image, struct px_buffer *out, px_error *err) {
    if (!image->pixels)
        return px_fail(err, PX_ERR_USAGE, NULL, "cannot encode an image without pixels");
    png_job job = {.image = image, .out = out, .err = err};
    size_t before = out->size;
    bool ok = false;
    job.png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &job, on_error, on_warning);
    job.info = job.png ? png_create_info_struct(job.png) : NULL;
    if (!job.info)
        px_fail_memory(err);
    else
        ok = encode_job(&job);
    png_destroy_write_struct(&job.png, &job.info);
    if (!ok)
        out->size = before;
    return ok;
}
