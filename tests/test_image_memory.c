/* Running out of memory at each allocation in turn: an error, nothing lost, nothing half done. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "../src/image/overlay.h"
#include "../src/image/prepare.h"
#include "failing_memory.h"
#include "make_images.h"

static px_buffer png, jpeg;

static bool decode_and_turn(const px_buffer *file, px_error *err) {
    px_image image;
    px_image_init(&image);
    bool ok = px_image_decode(file->data, file->size, NULL, &image, err);
    assert_int_equal(image.width, ok ? 12 : 0);
    px_image_clear(&image);
    return ok;
}

static bool decode_png(px_error *err) {
    return decode_and_turn(&png, err);
}

static bool decode_jpeg(px_error *err) {
    return decode_and_turn(&jpeg, err);
}

static px_image image;

static bool prepare(px_error *err) {
    const px_input_spec spec = {
        .width = 8, .height = 8, .channels = 3, .equalise = PX_EQUALISE_CLAHE};
    float tensor[8 * 8 * 3];
    return px_image_prepare(&image, &spec, tensor, err);
}

static bool prepare_global(px_error *err) {
    const px_input_spec spec = {.width = 8,
                                .height = 8,
                                .channels = 1,
                                .equalise = PX_EQUALISE_GLOBAL,
                                .resize = PX_RESIZE_AREA};
    float tensor[8 * 8];
    return px_image_prepare(&image, &spec, tensor, err);
}

static bool resize(px_error *err) {
    const float from[4] = {1, 2, 3, 4};
    float to[12];
    return px_resize_f32(from, 2, 2, 1, to, 4, 3, PX_RESIZE_AREA, err);
}

static bool overlay(px_error *err) {
    static const float heat[20 * 12];
    px_image made;
    px_image_init(&made);
    bool ok = px_image_overlay(&image, heat, 0.5f, &made, err);
    assert_true(ok == (made.pixels != NULL));
    px_image_clear(&made);
    return ok;
}

static bool encode(bool (*run)(const px_image *, px_buffer *, px_error *), px_error *err) {
    px_buffer file;
    px_buffer_init(&file, 1 << 20);
    bool ok = run(&image, &file, err);
    assert_true(ok == (file.size > 0));
    px_buffer_clear(&file);
    return ok;
}

static bool encode_as_png(px_error *err) {
    return encode(px_image_encode_png, err);
}

static bool jpeg_of_90(const px_image *from, px_buffer *out, px_error *err) {
    return px_image_encode_jpeg(from, 90, out, err);
}

static bool encode_as_jpeg(px_error *err) {
    return encode(jpeg_of_90, err);
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    px_buffer_init(&png, 1 << 20);
    px_buffer_init(&jpeg, 1 << 20);
    make_png(&(png_kind){.width = 20, .height = 12, .bit_depth = 16, .orientation = 6}, &png);
    make_jpeg(&(jpeg_kind){.width = 20, .height = 12, .orientation = 5}, &jpeg);
    assert_true(px_image_new(&image, 20, 12, 1, 8, NULL));
    exhaust(decode_png, 2);
    exhaust(decode_jpeg, 2);
    exhaust(prepare, 5);
    exhaust(prepare_global, 9);
    exhaust(resize, 7);
    exhaust(overlay, 1);
    exhaust(encode_as_png, 1);
    exhaust(encode_as_jpeg, 1);
    px_image_clear(&image);
    px_buffer_clear(&png);
    px_buffer_clear(&jpeg);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_allocation_may_fail)};
    return cmocka_run_group_tests_name("image_memory", tests, NULL, NULL);
}
