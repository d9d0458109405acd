/* Decoding and encoding: every kind of PNG and JPEG, orientation, limits, damaged files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../src/base/file.h"
#include "../src/image/image.h"
#include "make_images.h"

static px_buffer new_buffer(void) {
    px_buffer buffer;
    px_buffer_init(&buffer, 1 << 24);
    return buffer;
}

static int sample_at(const px_image *image, int x, int y, int c) {
    size_t i = ((size_t)y * (size_t)image->width + (size_t)x) * (size_t)image->channels + (size_t)c;
    return image->depth == 8 ? ((uint8_t *)image->pixels)[i] : ((uint16_t *)image->pixels)[i];
}

static px_image decode(const px_buffer *file) {
    px_image image;
    px_image_init(&image);
    px_error err = {0};
    if (!px_image_decode(file->data, file->size, NULL, &image, &err))
        fail_msg("%s", err.message);
    return image;
}

/* A failure says why, and leaves the image that was there. */
static px_error refuse(const void *bytes, size_t size, const px_image_limits *limits) {
    px_image image;
    px_image_init(&image);
    assert_true(px_image_new(&image, 3, 2, 1, 8, NULL));
    void *pixels = image.pixels;
    px_error err = {0};
    assert_false(px_image_decode(bytes, size, limits, &image, &err));
    assert_ptr_equal(image.pixels, pixels);
    assert_int_equal(image.width, 3);
    assert_int_not_equal(err.code, PX_OK);
    assert_true(strlen(err.message) > 5);
    px_image_clear(&image);
    return err;
}

/* ---- PNG ------------------------------------------------------------------------------------ */

/* What a pixel of a made PNG must decode to, by the PNG specification, over black. */
static int expect_png(const png_kind *kind, int x, int y, int c) {
    int bits = kind->bit_depth, top = bits == 16 ? 65535 : 255;
    bool alpha = kind->colour_type & 4;
    if (kind->colour_type == 3) {
        uint8_t rgba[4];
        make_palette_entry((int)make_sample(x, y, 0, bits), rgba);
        return kind->transparent ? (rgba[c] * rgba[3] + 127) / 255 : rgba[c];
    }
    int colours = kind->colour_type & 2 ? 3 : 1;
    bool hidden = kind->transparent;
    for (int i = 0; i < colours; i++)
        hidden = hidden && make_sample(x, y, i, bits) == make_sample(0, 0, i, bits);
    if (hidden)
        return 0;
    int64_t value = make_sample(x, y, c, bits);
    if (bits < 8)
        value = value * 255 / ((1 << bits) - 1);
    int64_t opacity = alpha ? make_sample(x, y, colours, bits) : (unsigned)top;
    return (int)((value * opacity + top / 2) / top);
}

static void check_png(const png_kind *kind) {
    px_buffer file = new_buffer();
    make_png(kind, &file);
    px_image image = decode(&file);
    assert_int_equal(image.width, kind->width);
    assert_int_equal(image.height, kind->height);
    assert_int_equal(image.depth, kind->bit_depth == 16 ? 16 : 8);
    assert_int_equal(image.channels, kind->colour_type & 2 ? 3 : 1);
    for (int y = 0; y < kind->height; y++)
        for (int x = 0; x < kind->width; x++)
            for (int c = 0; c < image.channels; c++)
                if (sample_at(&image, x, y, c) != expect_png(kind, x, y, c))
                    fail_msg("type %d depth %d interlaced %d transparent %d: (%d, %d, %d) is %d, "
                             "not %d",
                             kind->colour_type, kind->bit_depth, kind->interlaced,
                             kind->transparent, x, y, c, sample_at(&image, x, y, c),
                             expect_png(kind, x, y, c));
    px_image_clear(&image);
    px_buffer_clear(&file);
}

static void every_png_kind_decodes_exactly(void **state) {
    (void)state;
    static const int depths[7][6] = {{1, 2, 4, 8, 16}, {0}, {8, 16}, {1, 2, 4, 8},
                                     {8, 16},          {0}, {8, 16}};
    static const int sizes[][2] = {{1, 1}, {3, 2}, {37, 29}};
    for (int type = 0; type <= 6; type++)
        for (int d = 0; depths[type][d]; d++)
            for (int variant = 0; variant < (type < 4 ? 4 : 2); variant++)
                for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
                    check_png(&(png_kind){.width = sizes[s][0],
                                          .height = sizes[s][1],
                                          .bit_depth = depths[type][d],
                                          .colour_type = type,
                                          .interlaced = variant & 1,
                                          .transparent = variant & 2});
}

static void damaged_png_data_is_an_error(void **state) {
    (void)state;
    px_buffer file = new_buffer();
    make_png(&(png_kind){.width = 40, .height = 30, .bit_depth = 8, .orientation = 3}, &file);
    for (size_t at = 8; at < file.size; at += 7) { /* any bit anywhere: a checksum sees it */
        file.data[at] ^= 0x10;
        refuse(file.data, file.size, NULL);
        file.data[at] ^= 0x10;
    }
    px_image image = decode(&file);
    px_image_clear(&image);
    px_buffer_clear(&file);
}

/* ---- JPEG ----------------------------------------------------------------------------------- */

static int expect_jpeg(const jpeg_kind *kind, int x, int y, int c) {
    int value = make_smooth_sample(x, y, c, kind->width, kind->height);
    if (kind->colours < JPEG_CMYK)
        return value;
    int black = make_smooth_sample(x, y, 3, kind->width, kind->height);
    return ((255 - value) * (255 - black) + 127) / 255;
}

static void check_jpeg(const jpeg_kind *kind, int tolerance) {
    px_buffer file = new_buffer();
    make_jpeg(kind, &file);
    px_image image = decode(&file);
    assert_int_equal(image.width, kind->width);
    assert_int_equal(image.height, kind->height);
    assert_int_equal(image.depth, 8);
    assert_int_equal(image.channels, kind->colours == JPEG_GREY ? 1 : 3);
    for (int y = 0; y < kind->height; y++)
        for (int x = 0; x < kind->width; x++)
            for (int c = 0; c < image.channels; c++)
                if (abs(sample_at(&image, x, y, c) - expect_jpeg(kind, x, y, c)) > tolerance)
                    fail_msg("colours %d progressive %d: (%d, %d, %d) is %d, not about %d",
                             kind->colours, kind->progressive, x, y, c, sample_at(&image, x, y, c),
                             expect_jpeg(kind, x, y, c));
    px_image_clear(&image);
    px_buffer_clear(&file);
}

static void every_jpeg_kind_decodes(void **state) {
    (void)state;
    for (int colours = JPEG_GREY; colours <= JPEG_YCCK; colours++)
        for (int variant = 0; variant < 8; variant++) {
            bool subsampled = (variant & 4) && colours != JPEG_GREY;
            check_jpeg(&(jpeg_kind){.width = 61,
                                    .height = 45,
                                    .colours = (jpeg_colours)colours,
                                    .progressive = variant & 1,
                                    .restarts = variant & 2,
                                    .subsampled = subsampled},
                       subsampled ? 8 : 3);
        }
    check_jpeg(&(jpeg_kind){.width = 1, .height = 1}, 1);
}

static void cmyk_without_adobes_marker_is_not_inverted(void **state) {
    (void)state;
    check_jpeg(&(jpeg_kind){.width = 33, .height = 20, .colours = JPEG_CMYK, .no_adobe = true}, 3);
}

static void too_many_scans_are_refused(void **state) {
    (void)state;
    px_buffer file = new_buffer();
    make_jpeg_of_many_scans(&file);
    px_error err = refuse(file.data, file.size, NULL);
    assert_int_equal(err.code, PX_ERR_LIMIT);
    assert_non_null(strstr(err.message, "64 scans"));
    px_buffer_clear(&file);
}

/* First byte after the frame header's length: precision, then height and width in 16 bits. */
static uint8_t *find_frame(px_buffer *jpeg) {
    for (size_t i = 2; i + 4 < jpeg->size;
         i += 2 + (size_t)(jpeg->data[i + 2] << 8) + jpeg->data[i + 3])
        if (jpeg->data[i + 1] >= 0xC0 && jpeg->data[i + 1] <= 0xC2)
            return jpeg->data + i + 4;
    fail_msg("no frame header");
    return NULL;
}

static void twelve_bit_jpeg_is_unsupported(void **state) {
    (void)state;
    px_buffer file = new_buffer();
    make_jpeg(&(jpeg_kind){.width = 16, .height = 16}, &file);
    find_frame(&file)[0] = 12;
    assert_int_equal(refuse(file.data, file.size, NULL).code, PX_ERR_UNSUPPORTED);
    px_buffer_clear(&file);
}

static void jpeg_of_unknown_colours_is_unsupported(void **state) {
    (void)state;
    px_buffer file = new_buffer();
    make_jpeg(&(jpeg_kind){.width = 16, .height = 16, .colours = JPEG_TWO}, &file);
    px_error err = refuse(file.data, file.size, NULL);
    assert_int_equal(err.code, PX_ERR_UNSUPPORTED);
    assert_non_null(strstr(err.message, "2 components"));
    px_buffer_clear(&file);
}

/* ---- Orientation ---------------------------------------------------------------------------- */

/* EXIF 2.32, tag 0x0112: where row 0 and column 0 of the stored image lie. Stored position of what
 * must be seen at (x, y) in an image stored as w x h. */
static void stored_position(int orientation, int x, int y, int w, int h, int *sx, int *sy) {
    switch (orientation) {
    case 2:
        *sx = w - 1 - x, *sy = y;
        break;
    case 3:
        *sx = w - 1 - x, *sy = h - 1 - y;
        break;
    case 4:
        *sx = x, *sy = h - 1 - y;
        break;
    case 5:
        *sx = y, *sy = x;
        break;
    case 6:
        *sx = y, *sy = h - 1 - x;
        break;
    case 7:
        *sx = w - 1 - y, *sy = h - 1 - x;
        break;
    case 8:
        *sx = w - 1 - y, *sy = x;
        break;
    default:
        *sx = x, *sy = y;
    }
}

static void check_oriented(const px_image *image, const px_image *stored, int orientation) {
    bool turned = orientation >= 5 && orientation <= 8;
    assert_int_equal(image->width, turned ? stored->height : stored->width);
    assert_int_equal(image->height, turned ? stored->width : stored->height);
    for (int y = 0; y < image->height; y++)
        for (int x = 0; x < image->width; x++)
            for (int c = 0; c < image->channels; c++) {
                int sx, sy;
                stored_position(orientation, x, y, stored->width, stored->height, &sx, &sy);
                assert_int_equal(sample_at(image, x, y, c), sample_at(stored, sx, sy, c));
            }
}

static void png_orientation_is_applied(void **state) {
    (void)state;
    static const int types[][2] = {{0, 8}, {0, 16}, {2, 8}, {2, 16}};
    for (int t = 0; t < 4; t++) {
        png_kind kind = {
            .width = 7, .height = 4, .colour_type = types[t][0], .bit_depth = types[t][1]};
        px_buffer file = new_buffer();
        make_png(&kind, &file);
        px_image stored = decode(&file);
        for (kind.orientation = 1; kind.orientation <= 9; kind.orientation++) {
            px_buffer_clear(&file);
            make_png(&kind, &file);
            px_image image = decode(&file);
            check_oriented(&image, &stored, kind.orientation); /* 9 means nothing */
            px_image_clear(&image);
        }
        px_image_clear(&stored);
        px_buffer_clear(&file);
    }
}

static void jpeg_orientation_is_applied(void **state) {
    (void)state;
    jpeg_kind kind = {.width = 29, .height = 18, .colours = JPEG_YCBCR};
    px_buffer file = new_buffer();
    make_jpeg(&kind, &file);
    px_image stored = decode(&file);
    for (int i = 0; i < 18; i++) {
        kind.orientation = i / 2;
        kind.big_endian = i % 2;
        px_buffer_clear(&file);
        make_jpeg(&kind, &file);
        px_image image = decode(&file);
        check_oriented(&image, &stored, kind.orientation);
        px_image_clear(&image);
    }
    px_image_clear(&stored);
    px_buffer_clear(&file);
}

/* The pixels are sound: an EXIF block that makes no sense is passed over. */
static void damaged_exif_is_ignored(void **state) {
    (void)state;
    jpeg_kind kind = {.width = 24, .height = 16, .orientation = 6, .big_endian = true};
    px_buffer file = new_buffer();
    make_jpeg(&kind, &file);
    uint8_t *exif = NULL;
    for (size_t i = 0; i + 4 < file.size && !exif; i++)
        if (memcmp(file.data + i, "MM\0*", 4) == 0)
            exif = file.data + i;
    assert_non_null(exif);
    for (size_t at = 0; at < MAKE_EXIF_SIZE; at++)
        for (int value = 0; value < 256; value += 15) {
            uint8_t before = exif[at];
            exif[at] = (uint8_t)value;
            px_image image = decode(&file);
            assert_true(image.width == 24 || image.width == 16);
            px_image_clear(&image);
            exif[at] = before;
        }
    memset(exif + 4, 0xFF, 4); /* a directory beyond the block */
    px_image image = decode(&file);
    assert_int_equal(image.width, 24);
    px_image_clear(&image);
    px_buffer_clear(&file);
}

/* ---- Damaged files and limits --------------------------------------------------------------- */

static void check_truncated(void *context, const char *name, const px_buffer *file) {
    (void)context;
    if (strcmp(name, "40.jpeg") == 0) /* refused for its scans before the cut */
        return;
    for (size_t part = 0; part < 16; part++) {
        /* a copy of its own, so that reading past the end is seen by the sanitizer */
        size_t size = file->size * part / 16;
        void *copy = malloc(size ? size : 1);
        assert_non_null(copy);
        memcpy(copy, file->data, size);
        px_error err = refuse(copy, size, NULL);
        if (err.code != PX_ERR_INPUT && size >= 8)
            fail_msg("%s cut to %zu bytes: %s", name, size, err.message);
        free(copy);
    }
    refuse(file->data, file->size - 1, NULL);
}

static void truncated_files_are_errors(void **state) {
    (void)state;
    make_every_image(check_truncated, NULL);
}

static void other_files_are_refused(void **state) {
    (void)state;
    assert_int_equal(refuse("", 0, NULL).code, PX_ERR_INPUT);
    assert_int_equal(refuse(NULL, 0, NULL).code, PX_ERR_INPUT);
    assert_int_equal(refuse("GIF89a\1\0\1\0\0\0\0;", 14, NULL).code, PX_ERR_UNSUPPORTED);
    assert_int_equal(refuse("\x89PNG", 4, NULL).code, PX_ERR_UNSUPPORTED);
    assert_int_equal(refuse("\xff\xd8\xff", 3, NULL).code, PX_ERR_INPUT);
    assert_int_equal(refuse("\x89PNG\r\n\x1a\n", 8, NULL).code, PX_ERR_INPUT);
    uint8_t bytes[4096];
    for (unsigned seed = 0; seed < 200; seed++) {
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = (uint8_t)make_sample((int)i, (int)seed, 0, 8);
        if (seed % 2)
            memcpy(bytes, "\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16);
        else
            memcpy(bytes, "\xff\xd8\xff\xc0", 4);
        refuse(bytes, sizeof bytes, NULL);
    }
}

static void huge_headers_are_refused_before_memory_is_taken(void **state) {
    (void)state;
    static const uint8_t png[] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\xC3\x50\0\0\xC3\x50\x10\6\0\0";
    px_error err = refuse(png, sizeof png, NULL); /* 50,000 x 50,000, and nothing after it */
    assert_int_equal(err.code, PX_ERR_LIMIT);
    assert_non_null(strstr(err.message, "50000 x 50000"));
    assert_non_null(strstr(err.message, "100000000"));
    px_buffer file = new_buffer();
    make_jpeg(&(jpeg_kind){.width = 16, .height = 16, .progressive = true}, &file);
    memcpy(find_frame(&file) + 1, "\xC3\x50\xC3\x50", 4);
    err = refuse(file.data, file.size, NULL);
    assert_int_equal(err.code, PX_ERR_LIMIT);
    assert_non_null(strstr(err.message, "50000 x 50000"));
    memcpy(find_frame(&file) + 1, "\xFF\xFF\xFF\xFF", 4); /* more than libjpeg itself takes */
    assert_int_equal(refuse(file.data, file.size, NULL).code, PX_ERR_LIMIT);
    px_buffer_clear(&file);
}

static void limits_hold_to_the_pixel(void **state) {
    (void)state;
    px_buffer files[2] = {new_buffer(), new_buffer()};
    make_png(&(png_kind){.width = 20, .height = 10, .bit_depth = 8}, &files[0]);
    make_jpeg(&(jpeg_kind){.width = 20, .height = 10}, &files[1]);
    for (int i = 0; i < 2; i++) {
        const px_image_limits exact = {files[i].size, 200, 20};
        px_image image;
        px_image_init(&image);
        assert_true(px_image_decode(files[i].data, files[i].size, &exact, &image, NULL));
        px_image_clear(&image);
        px_image_limits less = exact;
        less.max_bytes--;
        assert_int_equal(refuse(files[i].data, files[i].size, &less).code, PX_ERR_LIMIT);
        less = exact;
        less.max_pixels--;
        assert_int_equal(refuse(files[i].data, files[i].size, &less).code, PX_ERR_LIMIT);
        less = exact;
        less.max_side--;
        assert_int_equal(refuse(files[i].data, files[i].size, &less).code, PX_ERR_LIMIT);
        px_buffer_clear(&files[i]);
    }
}

static void files_are_read_within_limits_and_named_in_errors(void **state) {
    (void)state;
    char path[] = "test_image_XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    px_buffer file = new_buffer();
    make_png(&(png_kind){.width = 20, .height = 10, .bit_depth = 8}, &file);
    assert_true(px_file_write(path, file.data, file.size, NULL));
    px_image image;
    px_image_init(&image);
    assert_true(px_image_read(path, NULL, &image, NULL));
    assert_int_equal(image.width, 20);
    assert_true(px_image_read(path, NULL, &image, NULL)); /* over an image that is there */
    px_image_limits limits = px_image_default_limits();
    limits.max_bytes = file.size - 1;
    px_error err = {0};
    assert_false(px_image_read(path, &limits, &image, &err));
    assert_int_equal(err.code, PX_ERR_LIMIT);
    assert_string_equal(err.subject, path);
    assert_int_equal(image.width, 20);
    assert_true(px_file_write(path, file.data, file.size / 2, NULL));
    err = (px_error){0};
    assert_false(px_image_read(path, NULL, &image, &err));
    assert_string_equal(err.subject, path);
    unlink(path);
    err = (px_error){0};
    assert_false(px_image_read(path, NULL, &image, &err));
    assert_int_equal(err.code, PX_ERR_IO);
    assert_string_equal(err.subject, path);
    px_image_clear(&image);
    px_buffer_clear(&file);
}

/* ---- Encoding ------------------------------------------------------------------------------- */

static px_image pattern(int width, int height, int channels, int depth, bool smooth) {
    px_image image;
    px_image_init(&image);
    assert_true(px_image_new(&image, width, height, channels, depth, NULL));
    for (int i = 0; i < width * height * channels; i++) {
        int x = i / channels % width, y = i / channels / width, c = i % channels;
        unsigned value =
            smooth ? make_smooth_sample(x, y, c, width, height) : make_sample(x, y, c, depth);
        if (depth == 8)
            ((uint8_t *)image.pixels)[i] = (uint8_t)value;
        else
            ((uint16_t *)image.pixels)[i] = (uint16_t)value;
    }
    return image;
}

static void png_round_trips_exactly(void **state) {
    (void)state;
    for (int kind = 0; kind < 4; kind++) {
        px_image image = pattern(31, 17, kind & 1 ? 3 : 1, kind & 2 ? 16 : 8, false);
        px_buffer file = new_buffer();
        assert_true(px_image_encode_png(&image, &file, NULL));
        px_image back = decode(&file);
        assert_int_equal(back.width, 31);
        assert_int_equal(back.height, 17);
        assert_int_equal(back.channels, image.channels);
        assert_int_equal(back.depth, image.depth);
        assert_memory_equal(back.pixels, image.pixels, px_image_row_bytes(&image) * 17);
        px_image_clear(&back);
        px_image_clear(&image);
        px_buffer_clear(&file);
    }
}

static void jpeg_round_trips_closely(void **state) {
    (void)state;
    for (int channels = 1; channels <= 3; channels += 2) {
        px_image image = pattern(90, 70, channels, 8, true);
        px_buffer file = new_buffer();
        assert_true(px_buffer_append(&file, "before", 6, NULL));
        assert_true(px_image_encode_jpeg(&image, 95, &file, NULL));
        assert_memory_equal(file.data, "before\xff\xd8", 8);
        px_image back;
        px_image_init(&back);
        assert_true(px_image_decode(file.data + 6, file.size - 6, NULL, &back, NULL));
        assert_int_equal(back.channels, channels);
        for (int i = 0; i < 90 * 70 * channels; i++)
            assert_in_range(((uint8_t *)image.pixels)[i] - ((uint8_t *)back.pixels)[i] + 8, 0, 16);
        px_image_clear(&back);
        px_image_clear(&image);
        px_buffer_clear(&file);
    }
}

static void encoders_refuse_what_they_cannot_write(void **state) {
    (void)state;
    px_image image = pattern(64, 64, 3, 16, false);
    px_buffer file = new_buffer();
    px_error err = {0};
    assert_false(px_image_encode_jpeg(&image, 90, &file, &err));
    assert_int_equal(err.code, PX_ERR_USAGE);
    px_image_clear(&image);
    err = (px_error){0};
    assert_false(px_image_encode_png(&image, &file, &err));
    assert_int_equal(err.code, PX_ERR_USAGE);
    image = pattern(64, 64, 3, 8, false);
    assert_false(px_image_encode_jpeg(&image, 0, &file, NULL));
    assert_false(px_image_encode_jpeg(&image, 101, &file, NULL));
    assert_int_equal(file.size, 0);
    px_image_clear(&image);
    px_buffer_clear(&file);
}

static void encoders_refuse_sides_that_no_file_can_have(void **state) {
    (void)state;
    px_buffer file = new_buffer();
    for (int width = 65536; width <= 1 << 20; width <<= 4) {
        px_image image = pattern(width, 1, 1, 8, true);
        px_error err = {0};
        assert_false(px_image_encode_jpeg(&image, 90, &file, &err));
        assert_int_equal(err.code, PX_ERR_USAGE);
        assert_int_equal(file.size, 0);
        px_image_clear(&image);
    }
    px_image image = pattern(1 << 20, 1, 1, 8, true);
    px_error err = {0};
    assert_false(px_image_encode_png(&image, &file, &err)); /* libpng's own limit is a million */
    assert_int_equal(err.code, PX_ERR_USAGE);
    assert_int_equal(file.size, 0);
    px_image_clear(&image);
    px_buffer_clear(&file);
}

static void encoders_stop_at_the_buffers_cap(void **state) {
    (void)state;
    px_image image = pattern(200, 200, 3, 8, false);
    px_buffer file;
    px_buffer_init(&file, 20000);
    assert_true(px_buffer_append(&file, "kept", 4, NULL));
    px_error err = {0};
    assert_false(px_image_encode_png(&image, &file, &err));
    assert_int_equal(err.code, PX_ERR_LIMIT);
    assert_int_equal(file.size, 4);
    err = (px_error){0};
    assert_false(px_image_encode_jpeg(&image, 100, &file, &err));
    assert_int_equal(err.code, PX_ERR_LIMIT);
    assert_int_equal(file.size, 4);
    assert_memory_equal(file.data, "kept", 4);
    px_image_clear(&image);
    px_buffer_clear(&file);
}

static void impossible_images_are_not_made(void **state) {
    (void)state;
    static const int bad[][4] = {{0, 1, 1, 8}, {1, -1, 1, 8}, {1, 1, 2, 8}, {1, 1, 1, 12}};
    px_image image;
    px_image_init(&image);
    for (size_t i = 0; i < 4; i++) {
        px_error err = {0};
        assert_false(px_image_new(&image, bad[i][0], bad[i][1], bad[i][2], bad[i][3], &err));
        assert_int_equal(err.code, PX_ERR_USAGE);
    }
    px_error err = {0};
    assert_false(px_image_new(&image, INT32_MAX, INT32_MAX, 3, 16, &err));
    assert_int_equal(err.code, PX_ERR_MEMORY);
    assert_null(image.pixels);
}

/* ---- What follows an image ------------------------------------------------------------------- */

static bool is_alone_with(const px_buffer *file, const void *more, size_t size) {
    px_buffer whole = new_buffer();
    px_buffer_append(&whole, file->data, file->size, NULL);
    px_buffer_append(&whole, more, size, NULL);
    bool alone = px_image_is_alone(whole.data, whole.size);
    px_buffer_clear(&whole);
    return alone;
}

static void check_alone(void *context, const char *name, const px_buffer *file) {
    static const char zip[] = "PK\003\004", page[] = "<html>", zeros[16], padded[] = "\0\0x";
    (void)context;
    bool jpeg = strcmp(px_image_media_type(file->data, file->size), "image/jpeg") == 0;
    if (!px_image_is_alone(file->data, file->size) || !is_alone_with(file, zeros, sizeof zeros))
        fail_msg("%s: something is seen behind it", name);
    if (is_alone_with(file, zip, 4) || is_alone_with(file, page, 6) ||
        is_alone_with(file, "x", 1) || is_alone_with(file, padded, 3) ||
        is_alone_with(file, file->data, file->size) != jpeg)
        fail_msg("%s: what is behind it is not seen", name);
    for (size_t i = 0; i < 16; i++)
        px_image_is_alone(file->data, file->size * i / 16);
}

static void other_files_behind_an_image_are_seen(void **state) {
    (void)state;
    px_buffer jpeg = new_buffer(), two = new_buffer();
    make_every_image(check_alone, NULL);
    make_jpeg(&(jpeg_kind){.width = 8, .height = 8}, &jpeg);
    px_buffer_append(&two, jpeg.data, jpeg.size, NULL);
    px_buffer_append(&two, jpeg.data, jpeg.size, NULL);
    assert_true(px_image_is_alone(two.data, two.size));
    assert_false(is_alone_with(&two, "PK", 2));
    assert_false(px_image_is_alone("GIF89a", 6));
    assert_false(px_image_is_alone("", 0));
    px_buffer_clear(&jpeg);
    px_buffer_clear(&two);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_files_behind_an_image_are_seen),
        cmocka_unit_test(every_png_kind_decodes_exactly),
        cmocka_unit_test(damaged_png_data_is_an_error),
        cmocka_unit_test(every_jpeg_kind_decodes),
        cmocka_unit_test(cmyk_without_adobes_marker_is_not_inverted),
        cmocka_unit_test(too_many_scans_are_refused),
        cmocka_unit_test(twelve_bit_jpeg_is_unsupported),
        cmocka_unit_test(jpeg_of_unknown_colours_is_unsupported),
        cmocka_unit_test(png_orientation_is_applied),
        cmocka_unit_test(jpeg_orientation_is_applied),
        cmocka_unit_test(damaged_exif_is_ignored),
        cmocka_unit_test(truncated_files_are_errors),
        cmocka_unit_test(other_files_are_refused),
        cmocka_unit_test(huge_headers_are_refused_before_memory_is_taken),
        cmocka_unit_test(limits_hold_to_the_pixel),
        cmocka_unit_test(files_are_read_within_limits_and_named_in_errors),
        cmocka_unit_test(png_round_trips_exactly),
        cmocka_unit_test(jpeg_round_trips_closely),
        cmocka_unit_test(encoders_refuse_what_they_cannot_write),
        cmocka_unit_test(encoders_refuse_sides_that_no_file_can_have),
        cmocka_unit_test(encoders_stop_at_the_buffers_cap),
        cmocka_unit_test(impossible_images_are_not_made),
    };
    return cmocka_run_group_tests_name("image_decode", tests, NULL, NULL);
}
