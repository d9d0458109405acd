/* Drawings: what is drawn is where it was asked for, and nowhere else; files are whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../src/draw/drawing.h"

#define CAP ((size_t)16 << 20)
#define TEXT_STYLE                                                                                 \
    (px_text_style) {                                                                              \
        .size = 12                                                                                 \
    }

static px_drawing *new_png(double width, double height, double scale) {
    px_error err = {0};
    px_drawing *drawing = px_drawing_new_png(width, height, scale, &err);
    if (!drawing)
        fail_msg("%s", err.message);
    return drawing;
}

/* Finish a PNG and decode it. */
static px_image finish(px_drawing *drawing) {
    px_buffer out;
    px_buffer_init(&out, CAP);
    px_image image;
    px_image_init(&image);
    px_error err = {0};
    if (!px_drawing_finish(drawing, &out, &err) ||
        !px_image_decode(out.data, out.size, NULL, &image, &err))
        fail_msg("%s", err.message);
    px_drawing_free(drawing);
    px_buffer_clear(&out);
    assert_int_equal(image.channels, 3);
    return image;
}

static unsigned pixel_at(const px_image *image, int x, int y) {
    const uint8_t *p =
        (const uint8_t *)image->pixels + 3 * ((size_t)y * (size_t)image->width + (size_t)x);
    return (unsigned)p[0] << 16 | (unsigned)p[1] << 8 | p[2];
}

/* The box around everything that is not white; all 0 when all is. */
static void ink_box(const px_image *image, int box[4]) {
    int left = image->width, top = image->height, right = 0, bottom = 0;
    for (int y = 0; y < image->height; y++)
        for (int x = 0; x < image->width; x++)
            if (pixel_at(image, x, y) != 0xffffff) {
                left = x < left ? x : left;
                right = x >= right ? x + 1 : right;
                top = y < top ? y : top;
                bottom = y + 1;
            }
    int found[4] = {left, top, right, bottom};
    memcpy(box, right ? found : (int[4]){0}, sizeof found);
}

static void expect_ink(const px_image *image, int left, int top, int right, int bottom) {
    int box[4];
    ink_box(image, box);
    if (box[0] != left || box[1] != top || box[2] != right || box[3] != bottom)
        fail_msg("ink in %d %d %d %d, not %d %d %d %d", box[0], box[1], box[2], box[3], left, top,
                 right, bottom);
}

static void pages_have_their_size_and_are_white(void **state) {
    (void)state;
    px_image image = finish(new_png(20.2, 10, 2));
    assert_int_equal(image.width, 41);
    assert_int_equal(image.height, 20);
    expect_ink(&image, 0, 0, 0, 0);
    px_image_clear(&image);
}

static void sizes_that_no_page_has_are_refused(void **state) {
    (void)state;
    static const double sizes[][2] = {{0, 10},   {10, -1},    {NAN, 10},
                                      {10, 1e9}, {1e300, 10}, {INFINITY, 10}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        px_error err = {0};
        assert_null(px_drawing_new_png(sizes[i][0], sizes[i][1], 1, &err));
        assert_int_equal(err.code, PX_ERR_USAGE);
        err = (px_error){0};
        assert_null(px_drawing_new_pdf(sizes[i][0], sizes[i][1], "", 0, &err));
        assert_int_equal(err.code, PX_ERR_USAGE);
    }
    assert_null(px_drawing_new_png(10, 10, 0, NULL));
    assert_null(px_drawing_new_png(10, 10, NAN, NULL));
    px_drawing_free(NULL);
}

static void rectangles_fill_their_pixels(void **state) {
    (void)state;
    px_drawing *drawing = new_png(20, 20, 2);
    px_drawing_fill(drawing, 3, 4, 5, 6, 0, 0x12ab9f);
    px_image image = finish(drawing);
    expect_ink(&image, 6, 8, 16, 20);
    assert_int_equal(pixel_at(&image, 6, 8), 0x12ab9f);
    assert_int_equal(pixel_at(&image, 15, 19), 0x12ab9f);
    px_image_clear(&image);
}

static void rounded_corners_are_left_out(void **state) {
    (void)state;
    px_drawing *drawing = new_png(40, 40, 1);
    px_drawing_fill(drawing, 0, 0, 40, 20, 100, 0); /* a pill: no more than half the height */
    px_image image = finish(drawing);
    assert_int_equal(pixel_at(&image, 0, 0), 0xffffff);
    assert_int_equal(pixel_at(&image, 39, 19), 0xffffff);
    assert_int_equal(pixel_at(&image, 20, 0), 0);
    assert_int_equal(pixel_at(&image, 20, 10), 0);
    px_image_clear(&image);
}

static void text_lies_in_what_it_is_measured_at(void **state) {
    (void)state;
    px_drawing *drawing = new_png(200, 60, 3);
    const px_text_style style = {.size = 12, .colour = 0x123456};
    double width, height;
    px_drawing_measure_text(drawing, 180, &style, "Radiograph", &width, &height);
    assert_true(width > 40 && width < 100 && height > 11 && height < 20);
    assert_true(fabs(px_drawing_text(drawing, 10, 20, 180, &style, "Radiograph") - height) < 1e-6);
    px_image image = finish(drawing);
    int box[4];
    ink_box(&image, box);
    assert_in_range(box[0], 30, 36);
    assert_in_range(box[2], (int)(3 * (10 + width)) - 6, (int)(3 * (10 + width)) + 1);
    assert_in_range(box[1], 60, 3 * 32);
    assert_in_range(box[3], 3 * 28, (int)(3 * (20 + height)) + 1);
    px_image_clear(&image);
}

static void text_is_aligned(void **state) {
    (void)state;
    static const px_text_align aligns[] = {PX_ALIGN_LEFT, PX_ALIGN_CENTRE, PX_ALIGN_RIGHT};
    int lefts[3];
    for (int i = 0; i < 3; i++) {
        px_drawing *drawing = new_png(100, 30, 1);
        px_drawing_text(drawing, 0, 5, 100, &(px_text_style){.size = 12, .align = aligns[i]}, "mm");
        px_image image = finish(drawing);
        int box[4];
        ink_box(&image, box);
        lefts[i] = box[0];
        px_image_clear(&image);
    }
    assert_true(lefts[0] < 3);
    assert_in_range(lefts[1], 35, 45);
    assert_in_range(lefts[2], 70, 85);
}

static double height_of(double width, int lines, const char *text) {
    px_drawing *drawing = new_png(10, 10, 1);
    double height;
    px_drawing_measure_text(drawing, width, &(px_text_style){.size = 10, .lines = lines}, text,
                            NULL, &height);
    px_drawing_free(drawing);
    return height;
}

static void long_text_is_wrapped_and_cut(void **state) {
    (void)state;
    const char *words = "one two three four five six seven eight nine ten eleven twelve thirteen";
    double one = height_of(1000, 0, words);
    assert_true(height_of(60, 0, words) > 4 * one);
    assert_true(fabs(height_of(60, 2, words) - 2 * one) < 1);
    assert_true(fabs(height_of(60, 1, words) - one) < 1);
    /* without a place to break between words, within one */
    assert_true(height_of(60, 0, "Pneumonoultramicroscopicsilicovolcanoconiosis") > 2 * one);
}

static void any_bytes_are_text(void **state) {
    (void)state;
    static const char *const texts[] = {"",
                                        "\xff\xfe\x80",
                                        "a\tb\nc\r\x01\x7f",
                                        "\xc3",
                                        "\xf4\x90\x80\x80",
                                        "\xd8\xb5\xd9\x88\xd8\xb1\xd8\xa9 \xe2\x80\xae abc",
                                        "\xe8\x83\xb8\xe9\x83\xa8",
                                        "<b>&amp;</b>"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        px_drawing *drawing = new_png(100, 40, 1);
        assert_true(px_drawing_text(drawing, 0, 0, 100, &TEXT_STYLE, texts[i]) > 0);
        px_image image = finish(drawing);
        px_image_clear(&image);
    }
    /* a new line begins none here */
    assert_true(fabs(height_of(500, 0, "a\nb") - height_of(500, 0, "a b")) < 1e-6);
}

static void very_long_text_is_bounded(void **state) {
    (void)state;
    char *text = malloc(1000001);
    assert_non_null(text);
    memset(text, 'x', 1000000);
    text[1000000] = '\0';
    double all = height_of(100, 0, text);
    text[PX_TEXT_BYTES] = '\0';
    assert_true(fabs(all - height_of(100, 0, text)) < 1e-6);
    free(text);
}

static px_image halves(int channels, int depth) {
    px_image image;
    px_image_init(&image);
    assert_true(px_image_new(&image, 64, 32, channels, depth, NULL));
    for (int i = 0; i < 64 * 32 * channels; i++) {
        bool bright = i / channels % 64 >= 32;
        if (depth == 8)
            ((uint8_t *)image.pixels)[i] = bright ? 200 : 50;
        else
            ((uint16_t *)image.pixels)[i] = bright ? 200 * 257 : 50 * 257;
    }
    return image;
}

static void pictures_fill_their_place(void **state) {
    (void)state;
    static const int kinds[][2] = {{1, 8}, {3, 8}, {1, 16}, {3, 16}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        for (int scale = 1; scale <= 8; scale *= 8) { /* reduced, and enlarged */
            px_image picture = halves(kinds[i][0], kinds[i][1]);
            px_drawing *drawing = new_png(40, 30, scale);
            px_drawing_image(drawing, &picture, 4, 5, 32, 16);
            px_image image = finish(drawing);
            expect_ink(&image, 4 * scale, 5 * scale, 36 * scale, 21 * scale);
            assert_int_equal(pixel_at(&image, 8 * scale, 6 * scale), 0x323232);
            assert_int_equal(pixel_at(&image, 32 * scale, 20 * scale), 0xc8c8c8);
            px_image_clear(&image);
            px_image_clear(&picture);
        }
}

static void colours_of_pictures_are_kept(void **state) {
    (void)state;
    px_image picture;
    px_image_init(&picture);
    assert_true(px_image_new(&picture, 2, 2, 3, 8, NULL));
    for (int i = 0; i < 4; i++)
        memcpy((uint8_t *)picture.pixels + 3 * i, (const uint8_t[]){0x10, 0x80, 0xf0}, 3);
    px_drawing *drawing = new_png(10, 10, 1);
    px_drawing_image(drawing, &picture, 0, 0, 10, 10);
    px_image image = finish(drawing);
    assert_int_equal(pixel_at(&image, 5, 5), 0x1080f0);
    px_image_clear(&image);
    px_image_clear(&picture);
}

static void the_first_failure_is_told_at_the_end(void **state) {
    (void)state;
    px_image none;
    px_image_init(&none);
    px_drawing *drawing = new_png(10, 10, 1);
    px_drawing_image(drawing, &none, 0, 0, 5, 5);
    px_drawing_fill(drawing, 0, 0, 5, 5, 0, 0);
    px_buffer out;
    px_buffer_init(&out, CAP);
    px_error err = {0};
    assert_false(px_drawing_finish(drawing, &out, &err));
    assert_int_equal(err.code, PX_ERR_USAGE);
    assert_int_equal(out.size, 0);
    px_drawing_free(drawing);
    px_buffer_clear(&out);
}

static void draw_pdf(px_buffer *out, const px_image *picture) {
    px_error err = {0};
    px_drawing *drawing = px_drawing_new_pdf(200, 300, "Title", 1795422700, &err);
    assert_non_null(drawing);
    px_drawing_text(drawing, 10, 10, 180, &TEXT_STYLE, "Page");
    px_drawing_image(drawing, picture, 10, 100, 100, 50);
    assert_true(px_drawing_finish(drawing, out, &err));
    px_drawing_free(drawing);
}

static int count(const px_buffer *in, const char *word) {
    int found = 0;
    const uint8_t *at = in->data, *end = in->data + in->size;
    while ((at = memmem(at, (size_t)(end - at), word, strlen(word)))) {
        found++;
        at++;
    }
    return found;
}

static void pdfs_are_whole_and_the_same_each_time(void **state) {
    (void)state;
    px_image picture = halves(1, 8);
    px_buffer first, second;
    px_buffer_init(&first, CAP);
    px_buffer_init(&second, CAP);
    draw_pdf(&first, &picture);
    draw_pdf(&second, &picture);
    assert_int_equal(first.size, second.size);
    assert_memory_equal(first.data, second.data, first.size);
    assert_memory_equal(first.data, "%PDF-1.", 7);
    assert_memory_equal(first.data + first.size - 6, "%%EOF\n", 6);
    assert_int_equal(count(&first, "/Type /Page") - count(&first, "/Type /Pages"), 1);
    assert_true(count(&first, "/DCTDecode") >= 1);
    assert_int_equal(count(&first, "20261123083140"), 1);
    px_image_clear(&picture);
    px_buffer_clear(&first);
    px_buffer_clear(&second);
}

static void files_larger_than_the_buffer_are_an_error(void **state) {
    (void)state;
    px_drawing *drawings[] = {new_png(10, 10, 1), px_drawing_new_pdf(10, 10, "", 0, NULL)};
    for (int i = 0; i < 2; i++) {
        px_buffer out;
        px_buffer_init(&out, 20);
        px_error err = {0};
        assert_false(px_drawing_finish(drawings[i], &out, &err));
        assert_int_equal(err.code, PX_ERR_LIMIT);
        assert_int_equal(out.size, 0);
        px_buffer_clear(&out);
        px_drawing_free(drawings[i]);
    }
}

static void lines_and_marks_lie_where_they_are_drawn(void **state) {
    (void)state;
    const px_pen pen = {.colour = 0x102030, .width = 2};
    px_drawing *drawing = new_png(40, 40, 1);
    px_drawing_line(drawing, 5, 10, 25, 10, &pen);
    px_image image = finish(drawing);
    expect_ink(&image, 5, 9, 25, 11);
    assert_int_equal(pixel_at(&image, 15, 10), 0x102030);
    px_image_clear(&image);
    for (int mark = PX_MARK_CIRCLE; mark <= PX_MARK_RING; mark++) {
        int box[4];
        drawing = new_png(40, 40, 1);
        px_drawing_mark(drawing, (px_mark)mark, 20, 20, 10, 0);
        image = finish(drawing);
        ink_box(&image, box);
        assert_in_range(box[2] - box[0], 8, 14);
        assert_in_range(box[0] + box[2], 39, 41);
        px_image_clear(&image);
    }
}

static void nothing_is_drawn_outside_of_a_clip(void **state) {
    (void)state;
    const px_pen pen = {.colour = 0, .width = 4};
    px_drawing *drawing = new_png(40, 40, 1);
    px_drawing_clip(drawing, 10, 12, 20, 8);
    px_drawing_line(drawing, -1e300, 20, 1e300, 20, &pen);
    px_drawing_unclip(drawing);
    px_image image = finish(drawing);
    expect_ink(&image, 10, 18, 30, 20);
    px_image_clear(&image);
}

static void pages_take_no_pictures(void **state) {
    (void)state;
    px_error err = {0};
    px_image image;
    px_image_init(&image);
    assert_true(px_image_new(&image, 4, 4, 1, 8, &err));
    px_drawing *drawing = px_drawing_new_markup(10, 10, "a page", &err);
    px_drawing_image(drawing, &image, 0, 0, 4, 4);
    px_buffer out;
    px_buffer_init(&out, CAP);
    assert_false(px_drawing_finish(drawing, &out, &err));
    assert_int_equal(err.code, PX_ERR_USAGE);
    assert_int_equal(out.size, 0);
    px_drawing_free(drawing);
    px_image_clear(&image);
    assert_null(px_drawing_new_svg(0, 10, NULL));
    assert_null(px_drawing_new_markup(10, 1e9, "", NULL));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_have_their_size_and_are_white),
        cmocka_unit_test(sizes_that_no_page_has_are_refused),
        cmocka_unit_test(rectangles_fill_their_pixels),
        cmocka_unit_test(rounded_corners_are_left_out),
        cmocka_unit_test(text_lies_in_what_it_is_measured_at),
        cmocka_unit_test(text_is_aligned),
        cmocka_unit_test(long_text_is_wrapped_and_cut),
        cmocka_unit_test(any_bytes_are_text),
        cmocka_unit_test(very_long_text_is_bounded),
        cmocka_unit_test(pictures_fill_their_place),
        cmocka_unit_test(colours_of_pictures_are_kept),
        cmocka_unit_test(the_first_failure_is_told_at_the_end),
        cmocka_unit_test(pdfs_are_whole_and_the_same_each_time),
        cmocka_unit_test(files_larger_than_the_buffer_are_an_error),
        cmocka_unit_test(lines_and_marks_lie_where_they_are_drawn),
        cmocka_unit_test(nothing_is_drawn_outside_of_a_clip),
        cmocka_unit_test(pages_take_no_pictures),
    };
    return cmocka_run_group_tests_name("drawing", tests, NULL, NULL);
}
