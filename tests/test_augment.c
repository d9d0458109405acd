/* Augmentation: what it does to pixels, how it draws, what it refuses; and mixup. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../src/train/loss.h"
#include "../src/trainer/mixup.h"
#include "../src/trainer/warp.h"
#include "must.h"

enum { WIDTH = 7, HEIGHT = 5, CHANNELS = 3, COUNT = WIDTH * HEIGHT * CHANNELS, SIDE = 64 };

static void fill_noise(float *image, size_t count, uint64_t seed) {
    px_random random;
    px_random_init(&random, seed, 0);
    for (size_t i = 0; i < count; i++)
        image[i] = (float)px_random_uniform(&random);
}

/* ---- Warp -------------------------------------------------------------------------------------
 */

static float at(const float *image, int width, int channels, int x, int y, int c) {
    return image[(y * width + x) * channels + c];
}

static void check_pixels(const float *from, const float *to, int width, int height, int channels,
                         void (*source)(int x, int y, int width, int height, int *sx, int *sy)) {
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            for (int c = 0; c < channels; c++) {
                int sx, sy;
                source(x, y, width, height, &sx, &sy);
                const float expected = sx < 0 ? 0 : at(from, width, channels, sx, sy, c);
                if (at(to, width, channels, x, y, c) != expected)
                    fail_msg("%d, %d, %d: %g, not %g", x, y, c,
                             (double)at(to, width, channels, x, y, c), (double)expected);
            }
}

static void same(int x, int y, int width, int height, int *sx, int *sy) {
    (void)width, (void)height;
    *sx = x;
    *sy = y;
}

static void mirrored(int x, int y, int width, int height, int *sx, int *sy) {
    (void)height;
    *sx = width - 1 - x;
    *sy = y;
}

/* A quarter turn: the top row becomes the left column. */
static void turned(int x, int y, int width, int height, int *sx, int *sy) {
    (void)width;
    *sx = height - 1 - y;
    *sy = x;
}

/* Two to the right, one up. */
static void moved_nearest(int x, int y, int width, int height, int *sx, int *sy) {
    (void)width;
    *sx = x < 2 ? 0 : x - 2;
    *sy = y + 1 < height ? y + 1 : height - 1;
}

static void moved_constant(int x, int y, int width, int height, int *sx, int *sy) {
    (void)width;
    *sx = y + 1 < height ? x - 2 : -1;
    *sy = y + 1;
}

static void moved_reflect(int x, int y, int width, int height, int *sx, int *sy) {
    (void)width;
    *sx = x < 2 ? 1 - x : x - 2;
    *sy = y + 1 < height ? y + 1 : height - 1;
}

static void whole_pixels_stay_exact(void **state) {
    (void)state;
    const px_warp_map identity = {.xx = 1, .yy = 1}, mirror = {.xx = -1, .yy = 1};
    const px_warp_map shift = {.xx = 1, .x0 = -2, .yy = 1, .y0 = 1};
    const double angle = acos(0); /* its cosine is not quite 0 */
    const px_warp_map turn = {
        .xx = cos(angle), .xy = -sin(angle), .yx = sin(angle), .yy = cos(angle)};
    for (int channels = 1; channels <= CHANNELS; channels += 2)
        for (int fill = PX_FILL_NEAREST; fill <= PX_FILL_REFLECT; fill++) {
            float from[COUNT], to[COUNT];
            fill_noise(from, COUNT, 1);
            px_warp(from, WIDTH, HEIGHT, channels, &identity, (px_fill)fill, to);
            check_pixels(from, to, WIDTH, HEIGHT, channels, same);
            px_warp(from, WIDTH, HEIGHT, channels, &mirror, (px_fill)fill, to);
            check_pixels(from, to, WIDTH, HEIGHT, channels, mirrored);
            px_warp(from, WIDTH, HEIGHT, channels, &shift, (px_fill)fill, to);
            check_pixels(from, to, WIDTH, HEIGHT, channels,
                         fill == PX_FILL_NEAREST    ? moved_nearest
                         : fill == PX_FILL_CONSTANT ? moved_constant
                                                    : moved_reflect);
        }
    float from[25], to[25];
    fill_noise(from, 25, 2);
    px_warp(from, 5, 5, 1, &turn, PX_FILL_NEAREST, to);
    for (int i = 0; i < 25; i++) {
        int sx, sy;
        turned(i % 5, i / 5, 5, 5, &sx, &sy);
        assert_float_equal(to[i], from[sy * 5 + sx], 1e-6f);
    }
}

static void between_pixels_is_blended(void **state) {
    (void)state;
    const px_warp_map map = {.xx = 1, .x0 = 0.25, .yy = 1, .y0 = -0.5};
    float from[COUNT], to[COUNT];
    fill_noise(from, COUNT, 3);
    px_warp(from, WIDTH, HEIGHT, 1, &map, PX_FILL_CONSTANT, to);
    const float *f = from + 2 * WIDTH + 3;
    const float above = 0.75f * f[-WIDTH] + 0.25f * f[1 - WIDTH];
    const float beside = 0.75f * f[0] + 0.25f * f[1];
    assert_float_equal(to[2 * WIDTH + 3], 0.5f * (above + beside), 1e-6f);
    const float top = 0.75f * from[3] + 0.25f * from[4];
    assert_float_equal(to[3], 0.5f * top, 1e-6f); /* the other half is black */
    const float right = from[WIDTH - 1] + from[2 * WIDTH - 1];
    assert_float_equal(to[2 * WIDTH - 1], 0.5f * 0.75f * right, 1e-6f);
}

/* A map far off must not read outside, whatever the size. */
static void far_places_are_filled(void **state) {
    (void)state;
    const px_warp_map far = {.xx = 3, .xy = 1, .x0 = -1000, .yx = 2, .yy = 5, .y0 = 777};
    for (int side = 1; side <= 3; side++)
        for (int fill = PX_FILL_NEAREST; fill <= PX_FILL_REFLECT; fill++) {
            float *from = malloc(sizeof *from * (size_t)(side * side));
            float *to = malloc(sizeof *to * (size_t)(side * side));
            assert_true(from && to);
            fill_noise(from, (size_t)(side * side), 4);
            px_warp(from, side, side, 1, &far, (px_fill)fill, to);
            float least = 1, most = 0;
            for (int i = 0; i < side * side; i++) {
                least = fminf(least, fill == PX_FILL_CONSTANT ? 0 : from[i]);
                most = fmaxf(most, fill == PX_FILL_CONSTANT ? 0 : from[i]);
            }
            for (int i = 0; i < side * side; i++)
                assert_true(to[i] >= least - 1e-6f && to[i] <= most + 1e-6f);
            free(from);
            free(to);
        }
}

/* ---- Drawing ----------------------------------------------------------------------------------
 */

static const px_augmentation everything = {.rotation = 20,
                                           .shift_x = 0.1,
                                           .shift_y = 0.2,
                                           .zoom = 0.3,
                                           .shear = 10,
                                           .flip = 0.5,
                                           .brightness = 0.2,
                                           .contrast = 0.3,
                                           .gamma = 0.4,
                                           .erase = 0.5,
                                           .fill = PX_FILL_REFLECT};

static px_random augment(const px_augmentation *augmentation, uint64_t seed, float *image) {
    static float scratch[SIDE * SIDE];
    px_random random;
    px_random_init(&random, seed, 5);
    fill_noise(image, SIDE * SIDE, 6);
    px_augment(augmentation, &random, image, scratch, SIDE, SIDE, 1);
    return random;
}

static void nothing_asked_changes_nothing(void **state) {
    (void)state;
    static float image[SIDE * SIDE], original[SIDE * SIDE];
    const px_augmentation none = {0}, mixup = {.mixup = 0.2};
    fill_noise(original, SIDE * SIDE, 6);
    for (uint64_t seed = 0; seed < 20; seed++) {
        augment(&none, seed, image);
        assert_memory_equal(image, original, sizeof image);
    }
    assert_true(px_augmentation_is_none(&none) && px_augmentation_is_none(&mixup));
    assert_false(px_augmentation_is_none(&everything));
}

static void the_same_draw_gives_the_same_image(void **state) {
    (void)state;
    static float one[SIDE * SIDE], other[SIDE * SIDE];
    augment(&everything, 1, one);
    augment(&everything, 1, other);
    assert_memory_equal(one, other, sizeof one);
    augment(&everything, 2, other);
    assert_memory_not_equal(one, other, sizeof one);
}

/* Switching one thing off leaves what is drawn for the others as it was. */
static void always_takes_as_many_random_numbers(void **state) {
    (void)state;
    static float image[SIDE * SIDE];
    const px_augmentation none = {0}, box = {.erase = 1}, mirror = {.flip = 1};
    for (uint64_t seed = 0; seed < 50; seed++) {
        const px_random expected = augment(&none, seed, image);
        const px_augmentation *const kinds[] = {&box, &mirror, &everything};
        for (int i = 0; i < 3; i++) {
            const px_random left = augment(kinds[i], seed, image);
            assert_memory_equal(&left, &expected, sizeof left);
        }
    }
}

static void levels_stay_between_black_and_white(void **state) {
    (void)state;
    static float image[SIDE * SIDE];
    const px_augmentation wild = {.rotation = 180,
                                  .shift_x = 1,
                                  .shift_y = 1,
                                  .zoom = 1,
                                  .shear = 45,
                                  .flip = 1,
                                  .brightness = 1,
                                  .contrast = 1,
                                  .gamma = 1,
                                  .erase = 1,
                                  .fill = PX_FILL_CONSTANT};
    for (uint64_t seed = 0; seed < 100; seed++) {
        augment(&wild, seed, image);
        for (int i = 0; i < SIDE * SIDE; i++)
            assert_true(image[i] >= 0 && image[i] <= 1);
    }
}

/* How far a bright spot right of the centre has gone, in pixels; NaN: out of the image. */
static void follow_spot(const px_augmentation *augmentation, uint64_t seed, double *x, double *y) {
    static float image[SIDE * SIDE], scratch[SIDE * SIDE];
    px_random random;
    px_random_init(&random, seed, 7);
    memset(image, 0, sizeof image);
    for (int i = 31; i <= 33; i++)
        for (int j = 39; j <= 41; j++)
            image[i * SIDE + j] = 1;
    px_augment(augmentation, &random, image, scratch, SIDE, SIDE, 1);
    double sum = 0, sum_x = 0, sum_y = 0;
    for (int i = 0; i < SIDE * SIDE; i++) {
        sum += (double)image[i];
        sum_x += (double)image[i] * (i % SIDE - 31.5);
        sum_y += (double)image[i] * (i / SIDE - 31.5);
    }
    *x = sum_x / sum;
    *y = sum_y / sum;
}

/* Over many draws the most and the least of each lie near what was asked for, and not beyond. */
static void draws_fill_their_ranges(void **state) {
    (void)state;
    const px_augmentation turn = {.rotation = 30}, shift = {.shift_x = 0.125, .shift_y = 0.25};
    const px_augmentation zoom = {.zoom = 0.5}, shear = {.shear = 30};
    double most[5] = {0}, least[5] = {0}, sizes[2] = {9, 0};
    for (uint64_t seed = 0; seed < 400; seed++) {
        double x, y, v[5];
        follow_spot(&turn, seed, &x, &y);
        assert_true(fabs(hypot(x, y) - hypot(8.5, 0.5)) < 0.2);
        v[0] = (atan2(y, x) - atan2(0.5, 8.5)) * 180 / acos(-1);
        follow_spot(&shift, seed, &x, &y);
        v[1] = (x - 8.5) / SIDE;
        v[2] = (y - 0.5) / SIDE;
        follow_spot(&zoom, seed, &x, &y);
        sizes[0] = fmin(sizes[0], x / 8.5);
        sizes[1] = fmax(sizes[1], x / 8.5);
        follow_spot(&shear, seed, &x, &y);
        v[3] = (x - 8.5) / 0.5; /* tangent of the angle */
        v[4] = y - 0.5;
        for (int i = 0; i < 5; i++) {
            most[i] = fmax(most[i], v[i]);
            least[i] = fmin(least[i], v[i]);
        }
    }
    const double expected[5] = {30, 0.125, 0.25, tan(acos(-1) / 6), 0};
    for (int i = 0; i < 5; i++) {
        const double slack = 0.05 * expected[i] + 0.02;
        if (fabs(most[i] - expected[i]) > slack || fabs(least[i] + expected[i]) > slack)
            fail_msg("%d: %g to %g", i, least[i], most[i]);
    }
    assert_true(fabs(sizes[0] - exp(-0.5)) < 0.03 && fabs(sizes[1] - exp(0.5)) < 0.05);
}

/* First sheared, then turned, then shifted: what is drawn for one does not depend on the others. */
static void movements_add_up(void **state) {
    (void)state;
    const px_augmentation turn = {.rotation = 40}, shift = {.shift_x = 0.1, .shift_y = 0.1};
    const px_augmentation zoom = {.zoom = 0.3}, all = {.rotation = 40,
                                                       .shift_x = 0.1,
                                                       .shift_y = 0.1,
                                                       .zoom = 0.3,
                                                       .flip = 1};
    for (uint64_t seed = 0; seed < 20; seed++) {
        double turned_x, turned_y, shifted_x, shifted_y, wide_x, wide_y, x, y;
        follow_spot(&turn, seed, &turned_x, &turned_y);
        follow_spot(&shift, seed, &shifted_x, &shifted_y);
        follow_spot(&zoom, seed, &wide_x, &wide_y);
        follow_spot(&all, seed, &x, &y);
        const double angle = atan2(turned_y, turned_x) - atan2(0.5, 8.5);
        const double at_x = -wide_x, at_y = wide_y; /* mirrored */
        const double expected_x = cos(angle) * at_x - sin(angle) * at_y + shifted_x - 8.5;
        const double expected_y = sin(angle) * at_x + cos(angle) * at_y + shifted_y - 0.5;
        assert_true(fabs(x - expected_x) < 0.2 && fabs(y - expected_y) < 0.2);
    }
}

static void flips_as_often_as_asked(void **state) {
    (void)state;
    static float image[SIDE * SIDE], original[SIDE * SIDE];
    const px_augmentation some = {.flip = 0.25};
    int flips = 0;
    fill_noise(original, SIDE * SIDE, 6);
    for (uint64_t seed = 0; seed < 400; seed++) {
        augment(&some, seed, image);
        if (memcmp(image, original, sizeof image) == 0)
            continue;
        flips++;
        check_pixels(original, image, SIDE, SIDE, 1, mirrored);
    }
    assert_in_range(flips, 70, 130);
}

static void grey_levels_follow_their_formulas(void **state) {
    (void)state;
    static float image[SIDE * SIDE], original[SIDE * SIDE];
    const px_augmentation bright = {.brightness = 0.3}, strong = {.contrast = 0.1};
    const px_augmentation bent = {.gamma = 0.5};
    fill_noise(original, SIDE * SIDE, 6);
    double mean = 0, spread[2] = {1, 0};
    for (int i = 0; i < SIDE * SIDE; i++)
        mean += (double)original[i] / (SIDE * SIDE);
    for (uint64_t seed = 0; seed < 100; seed++) {
        augment(&bright, seed, image);
        int k = 0;
        while (image[k] == 0 || image[k] == 1)
            k++;
        const double added = (double)image[k] - (double)original[k];
        assert_true(fabs(added) <= 0.3);
        for (int i = 0; i < SIDE * SIDE; i++)
            assert_float_equal(image[i], fmin(1, fmax(0, (double)original[i] + added)), 1e-6);
        augment(&strong, seed, image);
        const int middle = 100; /* far enough from the mean, and not clamped */
        const double factor = ((double)image[middle] - mean) / ((double)original[middle] - mean);
        for (int i = 0; i < SIDE * SIDE; i++)
            assert_float_equal(
                image[i], fmin(1, fmax(0, mean + ((double)original[i] - mean) * factor)), 1e-5);
        spread[0] = fmin(spread[0], factor);
        spread[1] = fmax(spread[1], factor);
        augment(&bent, seed, image);
        const double power = log((double)image[k]) / log((double)original[k]);
        assert_true(power >= exp(-0.501) && power <= exp(0.501));
        for (int i = 0; i < SIDE * SIDE; i++)
            assert_float_equal(image[i], pow((double)original[i], power), 1e-4);
    }
    assert_true(spread[0] < 0.93 && spread[0] > 0.904 && spread[1] > 1.07 && spread[1] < 1.106);
}

static void a_box_is_erased(void **state) {
    (void)state;
    static float image[SIDE * SIDE], original[SIDE * SIDE];
    const px_augmentation box = {.erase = 1};
    fill_noise(original, SIDE * SIDE, 6);
    double least = 1, most = 0;
    for (uint64_t seed = 0; seed < 200; seed++) {
        int left = SIDE, right = -1, top = SIDE, bottom = -1, count = 0;
        augment(&box, seed, image);
        for (int i = 0; i < SIDE * SIDE; i++) {
            if (image[i] == original[i])
                continue;
            count++;
            left = i % SIDE < left ? i % SIDE : left;
            right = i % SIDE > right ? i % SIDE : right;
            top = i / SIDE < top ? i / SIDE : top;
            bottom = i / SIDE > bottom ? i / SIDE : bottom;
        }
        assert_int_equal(count, (right - left + 1) * (bottom - top + 1));
        for (int y = top; y <= bottom; y++)
            for (int x = left; x <= right; x++)
                assert_true(image[y * SIDE + x] == image[top * SIDE + left]);
        least = fmin(least, (double)count / (SIDE * SIDE));
        most = fmax(most, (double)count / (SIDE * SIDE));
    }
    assert_true(least > 0.015 && least < 0.04 && most > 0.17 && most < 0.21);
}

/* ---- What is refused --------------------------------------------------------------------------
 */

static void numbers_out_of_range_are_named(void **state) {
    (void)state;
    const struct {
        px_augmentation augmentation;
        const char *name;
    } cases[] = {
        {{.rotation = 181}, "rotation"}, {{.rotation = -1}, "rotation"},
        {{.shift_x = 1.1}, "shift_x"},   {{.shift_y = (double)NAN}, "shift_y"},
        {{.zoom = 2}, "zoom"},           {{.shear = 46}, "shear"},
        {{.flip = 1.5}, "flip"},         {{.brightness = (double)INFINITY}, "brightness"},
        {{.contrast = 3}, "contrast"},   {{.gamma = -0.1}, "gamma"},
        {{.erase = 2}, "erase"},         {{.mixup = -0.001}, "mixup"},
        {{.mixup = 11}, "mixup"},        {{.fill = (px_fill)3}, "fill"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        px_error err = {0};
        assert_false(px_augmentation_check(&cases[i].augmentation, &err));
        assert_int_equal(err.code, PX_ERR_USAGE);
        assert_string_equal(err.subject, cases[i].name);
    }
    const px_augmentation none = {0};
    MUST(px_augmentation_check(&none, &err));
    MUST(px_augmentation_check(&everything, &err));
}

static void fills_have_names(void **state) {
    (void)state;
    assert_string_equal(px_fill_name(PX_FILL_REFLECT), "reflect");
    assert_null(px_fill_name((px_fill)3));
}

/* ---- Mixup ------------------------------------------------------------------------------------
 */

/* Mean 1/2 and variance 1 / (4 (2 alpha + 1)) of the beta distribution. */
static void mixups_shares_are_betas(void **state) {
    (void)state;
    const double alphas[] = {0.01, 0.2, 1, 10};
    for (int k = 0; k < 4; k++) {
        enum { DRAWS = 20000 };
        px_random random;
        px_random_init(&random, 8, (uint64_t)k);
        double sum = 0, squares = 0;
        for (int i = 0; i < DRAWS; i++) {
            const double share = px_mixup_draw(alphas[k], &random);
            assert_true(share >= 0 && share <= 1);
            sum += share;
            squares += (share - 0.5) * (share - 0.5);
        }
        assert_true(fabs(sum / DRAWS - 0.5) < 0.015);
        assert_true(fabs(squares / DRAWS * 4 * (2 * alphas[k] + 1) - 1) < 0.03);
    }
}

static void mixup_blends_both(void **state) {
    (void)state;
    float a[] = {1, 0, 1, PX_LABEL_UNKNOWN, 0}, b[] = {0, 0, 1, 1, PX_LABEL_UNKNOWN};
    px_mixup_labels(0.75f, a, b, 5);
    const float expected_a[] = {0.75f, 0, 1, PX_LABEL_UNKNOWN, PX_LABEL_UNKNOWN};
    const float expected_b[] = {0.25f, 0, 1, PX_LABEL_UNKNOWN, PX_LABEL_UNKNOWN};
    assert_memory_equal(a, expected_a, sizeof a);
    assert_memory_equal(b, expected_b, sizeof b);
    float x[] = {-1, 4}, y[] = {3, 8};
    px_mixup_images(0.25f, x, y, 2);
    assert_true(x[0] == 2 && x[1] == 7 && y[0] == 0 && y[1] == 5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_pixels_stay_exact),
        cmocka_unit_test(between_pixels_is_blended),
        cmocka_unit_test(far_places_are_filled),
        cmocka_unit_test(nothing_asked_changes_nothing),
        cmocka_unit_test(the_same_draw_gives_the_same_image),
        cmocka_unit_test(always_takes_as_many_random_numbers),
        cmocka_unit_test(levels_stay_between_black_and_white),
        cmocka_unit_test(draws_fill_their_ranges),
        cmocka_unit_test(movements_add_up),
        cmocka_unit_test(flips_as_often_as_asked),
        cmocka_unit_test(grey_levels_follow_their_formulas),
        cmocka_unit_test(a_box_is_erased),
        cmocka_unit_test(numbers_out_of_range_are_named),
        cmocka_unit_test(fills_have_names),
        cmocka_unit_test(mixups_shares_are_betas),
        cmocka_unit_test(mixup_blends_both),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
