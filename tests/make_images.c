/* PNG and JPEG files of every kind, made in memory for tests and fuzz corpora. */
#include "make_images.h"

#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#define PALETTE_ENTRIES(bits) (1 << (bits))

static void append(px_buffer *out, const void *bytes, size_t size) {
    if (!px_buffer_append(out, bytes, size, NULL))
        abort();
}

unsigned make_sample(int x, int y, int channel, int bits) {
    unsigned mixed = ((unsigned)x * 2654435761u) ^ ((unsigned)y * 40503u * 65539u) ^
                     ((unsigned)(channel + 1) * 0x9E3779B9u);
    mixed ^= mixed >> 15;
    mixed *= 0x85EBCA6Bu;
    return (mixed >> 13) & ((1u << bits) - 1);
}

void make_palette_entry(int index, uint8_t rgba[4]) {
    rgba[0] = (uint8_t)(index * 7);
    rgba[1] = (uint8_t)(255 - index);
    rgba[2] = (uint8_t)(index * 29 + 3);
    rgba[3] = (uint8_t)(index * 83);
}

uint8_t make_smooth_sample(int x, int y, int channel, int width, int height) {
    static const int corners[4][4] = {
        {20, 230, 120, 60}, {200, 30, 70, 10}, {90, 160, 240, 90}, {30, 60, 40, 120}};
    const int *c = corners[channel];
    int w = width > 1 ? width - 1 : 1, h = height > 1 ? height - 1 : 1;
    int top = c[0] * (w - x) + c[1] * x, bottom = c[2] * (w - x) + c[3] * x;
    return (uint8_t)((top * (h - y) + bottom * y) / (w * h));
}

static void put_number(uint8_t *to, int bytes, bool big_endian, uint32_t value) {
    for (int i = 0; i < bytes; i++, value >>= 8)
        to[big_endian ? bytes - 1 - i : i] = (uint8_t)value;
}

void make_exif(int orientation, bool big_endian, uint8_t exif[MAKE_EXIF_SIZE]) {
    memset(exif, 0, MAKE_EXIF_SIZE);
    memcpy(exif, big_endian ? "MM\0*" : "II*\0", 4);
    put_number(exif + 4, 4, big_endian, 8);
    put_number(exif + 8, 2, big_endian, 1);
    put_number(exif + 10, 2, big_endian, 0x0112);
    put_number(exif + 12, 2, big_endian, 3);
    put_number(exif + 14, 4, big_endian, 1);
    put_number(exif + 18, 2, big_endian, (uint32_t)orientation);
}

static void write_png_bytes(png_structp png, png_bytep bytes, size_t size) {
    append(png_get_io_ptr(png), bytes, size);
}

static int png_channels(int colour_type) {
    static const int channels[7] = {1, 0, 3, 1, 2, 0, 4};
    return channels[colour_type];
}

static void set_palette(png_structp png, png_infop info, const png_kind *kind) {
    png_color palette[256];
    png_byte alpha[256];
    int entries = PALETTE_ENTRIES(kind->bit_depth);
    for (int i = 0; i < entries; i++) {
        uint8_t rgba[4];
        make_palette_entry(i, rgba);
        palette[i] = (png_color){rgba[0], rgba[1], rgba[2]};
        alpha[i] = rgba[3];
    }
    png_set_PLTE(png, info, palette, entries);
    if (kind->transparent)
        png_set_tRNS(png, info, alpha, entries, NULL);
}

static void set_transparent_colour(png_structp png, png_infop info, const png_kind *kind) {
    int bits = kind->bit_depth;
    png_color_16 colour = {.gray = (png_uint_16)make_sample(0, 0, 0, bits),
                           .red = (png_uint_16)make_sample(0, 0, 0, bits),
                           .green = (png_uint_16)make_sample(0, 0, 1, bits),
                           .blue = (png_uint_16)make_sample(0, 0, 2, bits)};
    png_set_tRNS(png, info, NULL, 0, &colour);
}

/* Samples of one row as PNG packs them: the first in the highest bits, 16 bits big-endian. */
static void pack_row(const png_kind *kind, int y, uint8_t *row) {
    int channels = png_channels(kind->colour_type), bits = kind->bit_depth;
    size_t at = 0;
    for (int x = 0; x < kind->width; x++)
        for (int c = 0; c < channels; c++, at += (size_t)bits) {
            unsigned value = make_sample(x, y, c, bits);
            if (bits == 16) {
                row[at / 8] = (uint8_t)(value >> 8);
                row[at / 8 + 1] = (uint8_t)value;
            } else {
                row[at / 8] |= (uint8_t)(value << (8 - (size_t)bits - at % 8));
            }
        }
}

static void write_rows(png_structp png, const png_kind *kind) {
    size_t size = (size_t)kind->width * 8 + 8;
    uint8_t *row = malloc(size);
    if (!row)
        abort();
    int passes = png_set_interlace_handling(png);
    for (int pass = 0; pass < passes; pass++)
        for (int y = 0; y < kind->height; y++) {
            memset(row, 0, size);
            pack_row(kind, y, row);
            png_write_row(png, row);
        }
    free(row);
}

void make_png(const png_kind *kind, px_buffer *out) {
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    png_set_write_fn(png, out, write_png_bytes, NULL);
    png_set_IHDR(png, info, (png_uint_32)kind->width, (png_uint_32)kind->height, kind->bit_depth,
                 kind->colour_type, kind->interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    if (kind->colour_type == PNG_COLOR_TYPE_PALETTE)
        set_palette(png, info, kind);
    else if (kind->transparent)
        set_transparent_colour(png, info, kind);
    uint8_t exif[MAKE_EXIF_SIZE];
    make_exif(kind->orientation, true, exif);
    if (kind->orientation)
        png_set_eXIf_1(png, info, sizeof exif, exif);
    png_write_info(png, info);
    write_rows(png, kind);
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
}

static void choose_colours(j_compress_ptr jpeg, const jpeg_kind *kind) {
    static const J_COLOR_SPACE given[] = {JCS_GRAYSCALE, JCS_RGB,  JCS_RGB,
                                          JCS_CMYK,      JCS_CMYK, JCS_UNKNOWN};
    static const J_COLOR_SPACE stored[] = {JCS_GRAYSCALE, JCS_YCbCr, JCS_RGB,
                                           JCS_CMYK,      JCS_YCCK,  JCS_UNKNOWN};
    static const int components[] = {1, 3, 3, 4, 4, 2};
    jpeg->input_components = components[kind->colours];
    jpeg->in_color_space = given[kind->colours];
    jpeg_set_defaults(jpeg);
    jpeg_set_colorspace(jpeg, stored[kind->colours]);
    jpeg_set_quality(jpeg, 100, TRUE);
    for (int c = 0; c < jpeg->num_components; c++)
        jpeg->comp_info[c].h_samp_factor = jpeg->comp_info[c].v_samp_factor =
            kind->subsampled && c == 0 ? 2 : 1;
    if (kind->no_adobe)
        jpeg->write_Adobe_marker = FALSE;
}

static void write_exif(j_compress_ptr jpeg, const jpeg_kind *kind) {
    uint8_t segment[6 + MAKE_EXIF_SIZE] = "Exif\0";
    make_exif(kind->orientation, kind->big_endian, segment + 6);
    jpeg_write_marker(jpeg, JPEG_APP0 + 1, segment, sizeof segment);
}

static void write_scanlines(j_compress_ptr jpeg, const jpeg_kind *kind) {
    size_t channels = (size_t)jpeg->input_components;
    uint8_t *row = malloc((size_t)kind->width * channels);
    if (!row)
        abort();
    int flip = channels == 4 && !kind->no_adobe ? 255 : 0;
    for (int y = 0; y < kind->height; y++) {
        for (size_t i = 0; i < (size_t)kind->width * channels; i++)
            row[i] =
                (uint8_t)(flip ^ make_smooth_sample((int)(i / channels), y, (int)(i % channels),
                                                    kind->width, kind->height));
        jpeg_write_scanlines(jpeg, &row, 1);
    }
    free(row);
}

typedef struct jpeg_writer {
    struct jpeg_compress_struct jpeg;
    struct jpeg_error_mgr errors;
    unsigned char *bytes;
    unsigned long size;
} jpeg_writer;

static void start_jpeg(jpeg_writer *writer, const jpeg_kind *kind) {
    memset(writer, 0, sizeof *writer);
    writer->jpeg.err = jpeg_std_error(&writer->errors);
    jpeg_create_compress(&writer->jpeg);
    jpeg_mem_dest(&writer->jpeg, &writer->bytes, &writer->size);
    writer->jpeg.image_width = (JDIMENSION)kind->width;
    writer->jpeg.image_height = (JDIMENSION)kind->height;
    choose_colours(&writer->jpeg, kind);
}

static void finish_jpeg(jpeg_writer *writer, const jpeg_kind *kind, px_buffer *out) {
    jpeg_start_compress(&writer->jpeg, TRUE);
    if (kind->orientation)
        write_exif(&writer->jpeg, kind);
    write_scanlines(&writer->jpeg, kind);
    jpeg_finish_compress(&writer->jpeg);
    jpeg_destroy_compress(&writer->jpeg);
    append(out, writer->bytes, writer->size);
    free(writer->bytes);
}

void make_jpeg(const jpeg_kind *kind, px_buffer *out) {
    jpeg_writer writer;
    start_jpeg(&writer, kind);
    if (kind->progressive)
        jpeg_simple_progression(&writer.jpeg);
    writer.jpeg.restart_in_rows = kind->restarts ? 1 : 0;
    finish_jpeg(&writer, kind, out);
}

void make_jpeg_of_many_scans(px_buffer *out) {
    jpeg_scan_info scans[127];
    memset(scans, 0, sizeof scans);
    for (int i = 0; i < 127; i++) {
        scans[i].comps_in_scan = 1;
        scans[i].Ss = scans[i].Se = i % 64; /* one coefficient a scan, its lowest bit later */
        scans[i].Al = i < 64;
        scans[i].Ah = i >= 64;
    }
    const jpeg_kind kind = {.width = 8, .height = 8, .colours = JPEG_GREY};
    jpeg_writer writer;
    start_jpeg(&writer, &kind);
    writer.jpeg.scan_info = scans;
    writer.jpeg.num_scans = 127;
    finish_jpeg(&writer, &kind, out);
}

static void hand_on(make_each each, void *context, const char *format, int number,
                    px_buffer *file) {
    char name[64];
    snprintf(name, sizeof name, "%d.%s", number, format);
    each(context, name, file);
    px_buffer_clear(file);
}

static void make_every_png(make_each each, void *context, px_buffer *file) {
    static const int types[][2] = {{0, 1}, {0, 2}, {0, 4},  {0, 8}, {0, 16}, {3, 1}, {3, 2}, {3, 4},
                                   {3, 8}, {2, 8}, {2, 16}, {4, 8}, {4, 16}, {6, 8}, {6, 16}};
    int number = 0;
    for (size_t t = 0; t < sizeof types / sizeof *types; t++)
        for (int variant = 0; variant < 4; variant++) {
            png_kind kind = {.width = 13,
                             .height = 9,
                             .colour_type = types[t][0],
                             .bit_depth = types[t][1],
                             .interlaced = variant & 1,
                             .transparent = (variant & 2) && types[t][0] < 4,
                             .orientation = variant == 3 ? 6 : 0};
            make_png(&kind, file);
            hand_on(each, context, "png", number++, file);
        }
}

static void make_every_jpeg(make_each each, void *context, px_buffer *file) {
    int number = 0;
    for (int colours = JPEG_GREY; colours <= JPEG_YCCK; colours++)
        for (int variant = 0; variant < 8; variant++) {
            jpeg_kind kind = {.width = 21,
                              .height = 18,
                              .colours = (jpeg_colours)colours,
                              .subsampled = (variant & 1) && colours != JPEG_GREY,
                              .progressive = variant & 2,
                              .no_adobe = (variant & 4) && colours == JPEG_CMYK,
                              .restarts = variant & 4,
                              .orientation = variant + 1,
                              .big_endian = variant & 1};
            make_jpeg(&kind, file);
            hand_on(each, context, "jpeg", number++, file);
        }
    make_jpeg_of_many_scans(file);
    hand_on(each, context, "jpeg", number, file);
}

void make_every_image(make_each each, void *context) {
    px_buffer file;
    px_buffer_init(&file, 1 << 20);
    make_every_png(each, context, &file);
    make_every_jpeg(each, context, &file);
}
