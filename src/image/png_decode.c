/* PNG files into pixels, through libpng. */
#include <png.h>
#include <string.h>

#include "../base/error.h"
#include "codec.h"

typedef struct png_job {
    png_structp png;
    png_infop info;
    const uint8_t *bytes;
    size_t size, at;
    px_image image;
    int orientation;
    px_error *err;
} png_job;

static void read_bytes(png_structp png, png_bytep to, size_t size) {
    png_job *job = png_get_io_ptr(png);
    if (size > job->size - job->at)
        png_error(png, "the file is cut short");
    memcpy(to, job->bytes + job->at, size);
    job->at += size;
}

static void on_error(png_structp png, png_const_charp message) {
    png_job *job = png_get_error_ptr(png);
    px_fail(job->err, PX_ERR_INPUT, NULL, "damaged PNG: %s", message);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp message) {
    (void)png;
    (void)message;
}

static uint32_t big_endian_32(const uint8_t *from) {
    return (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 | (uint32_t)from[2] << 8 | from[3];
}

/* The size stands at a fixed place: checked before libpng sees the file. libpng refuses a second
 * header, so it cannot find another size. */
static bool check_header(const png_job *job, const px_image_limits *limits) {
    if (job->size < 24 || memcmp(job->bytes + 12, "IHDR", 4) != 0)
        return px_fail(job->err, PX_ERR_INPUT, NULL,
                       "damaged PNG: it does not start with a header");
    return px_image_check_size(big_endian_32(job->bytes + 16), big_endian_32(job->bytes + 20),
                               limits, job->err);
}

/* Only transparency and orientation matter of what may stand beside the pixels; the rest (texts,
 * colour profiles) is skipped unread. */
static void configure(png_job *job) {
    static const png_byte exif[] = "eXIf";
    png_set_read_fn(job->png, job, read_bytes);
    png_set_user_limits(job->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_chunk_cache_max(job->png, 16);
    png_set_chunk_malloc_max(job->png, 1 << 20);
    png_set_crc_action(job->png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
    png_set_keep_unknown_chunks(job->png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    png_set_keep_unknown_chunks(job->png, PNG_HANDLE_CHUNK_AS_DEFAULT, exif, 1);
}

/* To grey or RGB of 8 or 16 bits in native order, alpha over black without gamma. */
static void set_transforms(png_job *job) {
    png_set_expand(job->png);
    bool transparent = png_get_valid(job->png, job->info, PNG_INFO_tRNS) != 0 ||
                       (png_get_color_type(job->png, job->info) & PNG_COLOR_MASK_ALPHA) != 0;
    if (transparent) {
        const png_color_16 black = {0};
        png_set_background(job->png, &black, PNG_BACKGROUND_GAMMA_SCREEN, 0, 1.0);
    }
    if (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)
        png_set_swap(job->png);
}

static void read_orientation(png_job *job) {
    png_uint_32 size = 0;
    png_bytep exif = NULL;
    if (png_get_eXIf_1(job->png, job->info, &size, &exif) != 0)
        job->orientation = px_exif_orientation(exif, size);
}

static bool make_pixels(png_job *job) {
    return px_image_new(&job->image, (int)png_get_image_width(job->png, job->info),
                        (int)png_get_image_height(job->png, job->info),
                        png_get_channels(job->png, job->info),
                        png_get_bit_depth(job->png, job->info), job->err);
}

static void read_pixels(png_job *job, int passes) {
    size_t stride = px_image_row_bytes(&job->image);
    if (png_get_rowbytes(job->png, job->info) != stride)
        png_error(job->png, "unexpected row size");
    for (int pass = 0; pass < passes; pass++)
        for (int y = 0; y < job->image.height; y++)
            png_read_row(job->png, (png_bytep)job->image.pixels + stride * (size_t)y, NULL);
}

/* libpng's errors jump here: everything that lives across the jump is in the job. */
static bool decode_job(png_job *job) {
    if (setjmp(png_jmpbuf(job->png)))
        return false;
    configure(job);
    png_read_info(job->png, job->info);
    set_transforms(job);
    int passes = png_set_interlace_handling(job->png);
    png_read_update_info(job->png, job->info);
    if (!make_pixels(job))
        return false;
    read_pixels(job, passes);
    png_read_end(job->png, job->info);
    read_orientation(job);
    return true;
}

bool px_png_decode(const uint8_t *bytes, size_t size, const px_image_limits *limits,
                   px_image *image, int *orientation, px_error *err) {
    png_job job = {.bytes = bytes, .size = size, .orientation = 1, .err = err};
    bool ok = false;
    if (!check_header(&job, limits))
        goto done;
    job.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &job, on_error, on_warning);
    job.info = job.png ? png_create_info_struct(job.png) : NULL;
    if (!job.info) {
        px_fail_memory(err);
        goto done;
    }
    if (!decode_job(&job))
        goto done;
    *image = job.image;
    *orientation = job.orientation;
    px_image_init(&job.image);
    ok = true;
done:
    px_image_clear(&job.image);
    png_destroy_read_struct(&job.png, &job.info, NULL);
    return ok;
}
