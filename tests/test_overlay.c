/* Heat maps as pictures: TURBO's colours, blending, boxes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../src/image/overlay.h"

static px_image new_image(int width, int height, int channels, int depth) {
    px_image image;
    px_image_init(&image);
    assert_true(px_image_new(&image, width, height, channels, depth, NULL));
    return image;
}

static void expect_colour(float value, int red, int green, int blue) {
    uint8_t rgb[3];
    px_colormap_turbo(value, rgb);
    if (rgb[0] != red || rgb[1] != green || rgb[2] != blue)
        fail_msg("%g is %d %d %d", (double)value, rgb[0], rgb[1], rgb[2]);
}

/* Entries of the published table, times 255, at both ends and in the middle. */
static void turbo_has_the_published_colours(void **state) {
    (void)state;
    expect_colour(0, 48, 18, 59);
    expect_colour(128 / 255.0f, 164, 252, 60);
    expect_colour(1, 122, 4, 3);
}

static void expect_near(px_colormap map, float value, int red, int green, int blue, int most) {
    const int wanted[] = {red, green, blue};
    uint8_t rgb[3];
    px_colormap_rgb(map, value, rgb);
    for (int c = 0; c < 3; c++)
        if (abs(rgb[c] - wanted[c]) > most)
            fail_msg("%s at %g is %d %d %d, not %d %d %d", px_colormap_name(map), (double)value,
                     rgb[0], rgb[1], rgb[2], red, green, blue);
}

/* Entries of the published tables at both ends, and between. */
static void viridis_and_inferno_have_the_published_colours(void **state) {
    (void)state;
    expect_near(PX_COLORMAP_VIRIDIS, 0, 68, 1, 84, 3);
    expect_near(PX_COLORMAP_VIRIDIS, 0.5f, 33, 145, 140, 3);
    expect_near(PX_COLORMAP_VIRIDIS, 1, 253, 231, 37, 4);
    expect_near(PX_COLORMAP_INFERNO, 0, 0, 0, 4, 4);
    expect_near(PX_COLORMAP_INFERNO, 40 / 255.0f, 47, 10, 91, 6);
    expect_near(PX_COLORMAP_INFERNO, 79 / 255.0f, 111, 25, 110, 3);
    expect_near(PX_COLORMAP_INFERNO, 0.5f, 188, 55, 84, 3);
    expect_near(PX_COLORMAP_INFERNO, 1, 252, 255, 164, 4);
    expect_near(PX_COLORMAP_GREY, 0.2f, 51, 51, 51, 0);
}

/* Printed in grey, more heat is brighter: what turbo cannot. */
static void lightness_grows_with_heat(void **state) {
    (void)state;
    static const px_colormap maps[] = {PX_COLORMAP_VIRIDIS, PX_COLORMAP_INFERNO, PX_COLORMAP_GREY};
    for (int m = 0; m < 3; m++) {
        double before = -1;
        for (int i = 0; i <= 32; i++) {
            uint8_t rgb[3];
            px_colormap_rgb(maps[m], (float)i / 32, rgb);
            double light = 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2];
            if (light <= before)
                fail_msg("%s darkens at %d/32", px_colormap_name(maps[m]), i);
            before = light;
        }
    }
}

static void colour_maps_have_names_and_clamp(void **state) {
    (void)state;
    for (int i = 0; i < PX_COLORMAPS; i++) {
        px_colormap map;
        assert_true(px_colormap_from_name(px_colormap_name((px_colormap)i), &map));
        assert_int_equal(map, i);
        uint8_t low[3], high[3], rgb[3];
        px_colormap_rgb(map, 0, low);
        px_colormap_rgb(map, 1, high);
        px_colormap_rgb(map, -INFINITY, rgb);
        assert_memory_equal(rgb, low, 3);
        px_colormap_rgb(map, NAN, rgb);
        assert_memory_equal(rgb, low, 3);
        px_colormap_rgb(map, INFINITY, rgb);
        assert_memory_equal(rgb, high, 3);
    }
    px_colormap map = PX_COLORMAP_GREY;
    assert_false(px_colormap_from_name("jet", &map));
    assert_false(px_colormap_from_name("", &map));
    assert_int_equal(map, PX_COLORMAP_GREY);
}

static void overlays_take_any_colour_map(void **state) {
    (void)state;
    px_image image = new_image(2, 1, 1, 8), overlay;
    px_image_init(&overlay);
    const float heat[] = {0, 1};
    assert_true(px_image_overlay_map(&image, heat, PX_COLORMAP_GREY, 1, &overlay, NULL));
    assert_memory_equal(overlay.pixels, ((uint8_t[]){0, 0, 0, 255, 255, 255}), 6);
    px_image_clear(&image);
    px_image_clear(&overlay);
}

/* Mikhailov's polynomial is within 0.13 of his table, and neighbours in it differ by 8 levels at
 * most: a shuffled or mistyped entry does not. */
static void turbo_is_smooth_and_follows_its_polynomial(void **state) {
    (void)state;
    static const double polynomial[3][6] = {
        {0.13572138, 4.61539260, -42.66032258, 132.13108234, -152.94239396, 59.28637943},
        {0.09140261, 2.19418839, 4.84296658, -14.18503333, 4.27729857, 2.82956604},
        {0.10667330, 12.64194608, -60.58204836, 110.36276771, -89.90310912, 27.34824973}};
    for (int level = 0; level < 256; level++) {
        uint8_t rgb[3], next[3];
        px_colormap_turbo((float)level / 255.0f, rgb);
        px_colormap_turbo((float)(level + 1) / 255.0f, next);
        for (int c = 0; c < 3; c++) {
            double x = level / 255.0, value = 0;
            for (int power = 5; power >= 0; power--)
                value = value * x + polynomial[c][power];
            assert_in_range(next[c] - rgb[c] + 8, 0, 16);
            if (fabs(value - rgb[c] / 255.0) > 0.13)
                fail_msg("level %d, channel %d: %d is far from %g", level, c, rgb[c], value * 255);
        }
    }
}

static void values_outside_are_clamped(void **state) {
    (void)state;
    expect_colour(-3, 48, 18, 59);
    expect_colour(NAN, 48, 18, 59);
    expect_colour(INFINITY, 122, 4, 3);
}

static void overlay_blends(void **state) {
    (void)state;
    px_image image = new_image(3, 1, 1, 8), overlay;
    px_image_init(&overlay);
    memcpy(image.pixels, (uint8_t[]){0, 100, 255}, 3);
    const float heat[3] = {0, 1, 1};
    assert_true(px_image_overlay(&image, heat, 0.5f, &overlay, NULL));
    assert_int_equal(overlay.channels, 3);
    assert_int_equal(overlay.depth, 8);
    static const uint8_t half[9] = {24, 9, 30, 111, 52, 52, 189, 130, 129};
    assert_memory_equal(overlay.pixels, half, 9);
    assert_true(px_image_overlay(&image, heat, 0, &overlay, NULL)); /* over the one that is there */
    static const uint8_t none[9] = {0, 0, 0, 100, 100, 100, 255, 255, 255};
    assert_memory_equal(overlay.pixels, none, 9);
    assert_true(px_image_overlay(&image, heat, 1, &overlay, NULL));
    static const uint8_t full[9] = {48, 18, 59, 122, 4, 3, 122, 4, 3};
    assert_memory_equal(overlay.pixels, full, 9);
    px_image_clear(&image);
    px_image_clear(&overlay);
}

static void overlay_takes_colours_and_16_bits(void **state) {
    (void)state;
    px_image image = new_image(1, 2, 3, 16), overlay;
    px_image_init(&overlay);
    memcpy(image.pixels, (uint16_t[]){0, 257 * 10, 65535, 257 * 200, 0, 257}, 12);
    const float heat[2] = {0.3f, 0.9f};
    assert_true(px_image_overlay(&image, heat, 0, &overlay, NULL));
    static const uint8_t expected[6] = {0, 10, 255, 200, 0, 1};
    assert_memory_equal(overlay.pixels, expected, 6);
    px_image_clear(&image);
    px_image_clear(&overlay);
}

static void bad_overlays_are_refused(void **state) {
    (void)state;
    px_image image = new_image(1, 1, 1, 8), overlay, empty;
    px_image_init(&overlay);
    px_image_init(&empty);
    const float heat = 0.5f;
    const float opacities[] = {-0.01f, 1.01f, NAN};
    for (int i = 0; i < 3; i++) {
        px_error err = {0};
        assert_false(px_image_overlay(&image, &heat, opacities[i], &overlay, &err));
        assert_int_equal(err.code, PX_ERR_USAGE);
    }
    assert_false(px_image_overlay(&empty, &heat, 0.5f, &overlay, NULL));
    assert_null(overlay.pixels);
    px_image_clear(&image);
}

/* Draw a box in a 6 x 5 image and compare with a picture of it. */
static void expect_box(const int box[4], int thickness, const char *picture) {
    static const uint8_t rgb[3] = {1, 2, 3};
    px_image image = new_image(6, 5, 3, 8);
    assert_true(px_image_draw_box(&image, box, thickness, rgb, NULL));
    for (int i = 0; i < 30; i++) {
        const uint8_t *pixel = (uint8_t *)image.pixels + 3 * i;
        uint8_t on = picture[i] == '#';
        if (pixel[0] != on || pixel[1] != 2 * on || pixel[2] != 3 * on)
            fail_msg("box %d %d %d %d: pixel %d, %d", box[0], box[1], box[2], box[3], i % 6, i / 6);
    }
    px_image_clear(&image);
}

static void boxes_are_outlines(void **state) {
    (void)state;
    expect_box((int[]){1, 0, 4, 5}, 1,
               ".####."
               ".#..#."
               ".#..#."
               ".#..#."
               ".####.");
    expect_box((int[]){-2, 1, 6, 9}, 2,
               "......"
               "####.."
               "####.."
               "..##.."
               "..##..");
    expect_box((int[]){2, 2, 1, 1}, 9,
               "......"
               "......"
               "..#..."
               "......"
               "......");
    const char *nothing = "..............................";
    expect_box((int[]){2, 2, 0, 0}, 1, nothing);
    expect_box((int[]){2, 2, -3, 4}, 1, nothing);
    expect_box((int[]){INT32_MAX, INT32_MIN, INT32_MAX, INT32_MAX}, INT32_MAX, nothing);
}

static void boxes_need_8_bit_rgb(void **state) {
    (void)state;
    static const uint8_t rgb[3] = {1, 2, 3};
    px_image images[3] = {new_image(4, 4, 1, 8), new_image(4, 4, 3, 16), {0}};
    for (int i = 0; i < 3; i++) {
        px_error err = {0};
        assert_false(px_image_draw_box(&images[i], (int[]){0, 0, 2, 2}, 1, rgb, &err));
        assert_int_equal(err.code, PX_ERR_USAGE);
        px_image_clear(&images[i]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(turbo_has_the_published_colours),
        cmocka_unit_test(turbo_is_smooth_and_follows_its_polynomial),
        cmocka_unit_test(viridis_and_inferno_have_the_published_colours),
        cmocka_unit_test(lightness_grows_with_heat),
        cmocka_unit_test(colour_maps_have_names_and_clamp),
        cmocka_unit_test(overlays_take_any_colour_map),
        cmocka_unit_test(values_outside_are_clamped),
        cmocka_unit_test(overlay_blends),
        cmocka_unit_test(overlay_takes_colours_and_16_bits),
        cmocka_unit_test(bad_overlays_are_refused),
        cmocka_unit_test(boxes_are_outlines),
        cmocka_unit_test(boxes_need_8_bit_rgb),
    };
    return cmocka_run_group_tests_name("overlay", tests, NULL, NULL);
}
