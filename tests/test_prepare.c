/* Image to tensor: every resize against plain double-precision formulas and OpenCV's results,
 * equalisation, crop, channels, scalings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../src/base/random.h"
#include "../src/image/prepare.h"
#include "must.h"
#include "opencv_values.h"

static void set_sample(px_image *image, size_t i, unsigned value) {
    if (image->depth == 8)
        ((uint8_t *)image->pixels)[i] = (uint8_t)value;
    else
        ((uint16_t *)image->pixels)[i] = (uint16_t)value;
}

static double sample_at(const px_image *image, int x, int y, int c) {
    size_t i = ((size_t)y * (size_t)image->width + (size_t)x) * (size_t)image->channels + (size_t)c;
    return image->depth == 8 ? ((uint8_t *)image->pixels)[i] : ((uint16_t *)image->pixels)[i];
}

static px_image new_image(int width, int height, int channels, int depth) {
    px_image image;
    px_image_init(&image);
    assert_true(px_image_new(&image, width, height, channels, depth, NULL));
    return image;
}

static px_image noise(int width, int height, int channels, int depth) {
    px_image image = new_image(width, height, channels, depth);
    px_random random;
    px_random_init(&random, 5, (uint64_t)(width * 1000 + height));
    for (size_t i = 0; i < (size_t)width * (size_t)height * (size_t)channels; i++)
        set_sample(&image, i, (unsigned)px_random_below(&random, 1u << depth));
    return image;
}

/* The image of opencv_values.h. */
static px_image fixed_image(int width, int height, int depth) {
    px_image image = new_image(width, height, 1, depth);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            int level = (3 * x * x + 7 * y + x * y % 11 * 5) % 200 + 20;
            set_sample(&image, (size_t)(y * width + x),
                       (unsigned)(depth == 8 ? level : level * 251));
        }
    return image;
}

/* The tensor in grey levels: scaled so that x stays x. */
static float *levels(const px_image *image, px_input_spec spec) {
    spec.scaling = PX_SCALING_FEATUREWISE;
    for (int c = 0; c < 3; c++)
        spec.std[c] = 1;
    float *tensor =
        calloc((size_t)spec.width * (size_t)spec.height * (size_t)spec.channels, sizeof *tensor);
    assert_non_null(tensor);
    px_error err = {0};
    if (!px_image_prepare(image, &spec, tensor, &err))
        fail_msg("%s", err.message);
    return tensor;
}

/* ---- Resizing ------------------------------------------------------------------------------- */

/* Weight of old sample k in new sample i along one axis, before it is made to sum to 1. */
static double weight(px_resize method, int from, int to, bool shrinks, int i, int k) {
    double scale = (double)from / to;
    if (method == PX_RESIZE_BILINEAR_ANTIALIAS)
        return fmax(0, 1 - fabs((i + 0.5) * scale - (k + 0.5)) / fmax(scale, 1));
    if (method == PX_RESIZE_AREA && shrinks)
        return fmax(0, fmin((i + 1) * scale, k + 1) - fmax(i * scale, k));
    double position = (i + 0.5) * scale - 0.5;
    if (method == PX_RESIZE_AREA) { /* a step, blended inside the new sample that it crosses */
        double left = floor(i * scale);
        double part = (i + 1) - (left + 1) / scale;
        position = left + (part <= 0 ? 0 : part - floor(part));
    }
    position = fmin(fmax(position, 0), from - 1);
    return fmax(0, 1 - fabs(position - k));
}

static double resampled(const px_image *image, px_resize method, int width, int height, int x,
                        int y, int c) {
    bool shrinks = image->width >= width && image->height >= height;
    double sum = 0, weights = 0;
    for (int j = 0; j < image->height; j++) {
        double down = weight(method, image->height, height, shrinks, y, j);
        for (int i = 0; down > 0 && i < image->width; i++) {
            double w = down * weight(method, image->width, width, shrinks, x, i);
            sum += w * sample_at(image, i, j, c);
            weights += w;
        }
    }
    return sum / weights;
}

static void check_resize(const px_image *image, int width, int height, px_resize method) {
    float *tensor = levels(
        image, (px_input_spec){.width = width, .height = height, .channels = 3, .resize = method});
    double unit = image->depth == 8 ? 1 : 257;
    for (int i = 0; i < width * height * 3; i++) {
        int c = image->channels == 3 ? i % 3 : 0;
        double expected = resampled(image, method, width, height, i / 3 % width, i / 3 / width, c);
        /* rounding to a whole level, and before it float32 or OpenCV's 11 bits */
        bool integers = image->depth == 8 && method == PX_RESIZE_BILINEAR;
        double error = integers ? 0.75 : 2e-6 * 255 * unit;
        if (fabs((double)tensor[i] * unit - expected) > 0.5 + error)
            fail_msg("%s, %d x %d x %d (%d bits) to %d x %d: value %d is %g, not %g",
                     px_resize_name(method), image->width, image->height, image->channels,
                     image->depth, width, height, i, (double)tensor[i] * unit, expected);
    }
    free(tensor);
}

static void resizing_follows_the_formulas(void **state) {
    (void)state;
    static const int from[][2] = {{1, 1}, {1, 9}, {2, 3}, {16, 16}, {23, 31}, {64, 40}};
    static const int to[][2] = {{1, 1}, {5, 1}, {8, 8}, {16, 16}, {37, 11}, {11, 41}};
    for (size_t f = 0; f < 6; f++)
        for (int kind = 0; kind < 4; kind++) {
            px_image image = noise(from[f][0], from[f][1], kind & 1 ? 3 : 1, kind & 2 ? 16 : 8);
            for (size_t t = 0; t < 6; t++)
                for (int method = PX_RESIZE_BILINEAR; method <= PX_RESIZE_AREA; method++)
                    check_resize(&image, to[t][0], to[t][1], (px_resize)method);
            px_image_clear(&image);
        }
}

static void check_levels(const px_image *image, px_input_spec spec, const uint8_t *expected,
                         float tolerance) {
    spec.channels = 1;
    float *tensor = levels(image, spec);
    for (int i = 0; i < spec.width * spec.height; i++)
        if (fabsf(tensor[i] - (float)expected[i]) > tolerance)
            fail_msg("value %d is %g, not %d", i, (double)tensor[i], expected[i]);
    free(tensor);
}

static void resizing_gives_opencvs_levels(void **state) {
    (void)state;
    px_image image = fixed_image(20, 12, 8), corner = new_image(4, 3, 1, 8);
    for (int y = 0; y < 3; y++)
        memcpy((uint8_t *)corner.pixels + 4 * y, (uint8_t *)image.pixels + 20 * y, 4);
    px_input_spec small = {.width = 7, .height = 5}, large = {.width = 9, .height = 5};
    check_levels(&image, small, opencv_linear_down, 0);
    check_levels(&corner, large, opencv_linear_up, 0);
    small.resize = large.resize = PX_RESIZE_AREA;
    check_levels(&image, small, opencv_area_down, 1);
    check_levels(&corner, large, opencv_area_up, 1);
    px_image_clear(&image);
    px_image_clear(&corner);
}

static void antialias_gives_pytorchs_values(void **state) {
    (void)state;
    px_image image = fixed_image(20, 12, 8);
    float from[240], to[35];
    for (size_t i = 0; i < 240; i++)
        from[i] = ((uint8_t *)image.pixels)[i];
    assert_true(px_resize_f32(from, 20, 12, 1, to, 7, 5, PX_RESIZE_BILINEAR_ANTIALIAS, NULL));
    for (size_t i = 0; i < 35; i++)
        assert_float_equal(to[i], torch_antialias[i], 2e-3f);
    px_image_clear(&image);
}

static void floats_keep_their_sign_and_fraction(void **state) {
    (void)state;
    const float from[4] = {-1, 1, 0.25f, 0.5f};
    float to[8];
    assert_true(px_resize_f32(from, 2, 1, 2, to, 4, 1, PX_RESIZE_BILINEAR, NULL));
    const float expected[8] = {-1, 1, -0.6875f, 0.875f, -0.0625f, 0.625f, 0.25f, 0.5f};
    for (int i = 0; i < 8; i++)
        assert_float_equal(to[i], expected[i], 1e-6f);
    px_error err = {0};
    assert_false(px_resize_f32(from, 2, 0, 2, to, 4, 1, PX_RESIZE_BILINEAR, &err));
    assert_int_equal(err.code, PX_ERR_USAGE);
}

/* ---- Equalisation --------------------------------------------------------------------------- */

static void equalisation_gives_opencvs_levels(void **state) {
    (void)state;
    px_image image = fixed_image(20, 12, 8), even = fixed_image(16, 8, 8);
    px_input_spec spec = {.width = 20, .height = 12, .equalise = PX_EQUALISE_GLOBAL};
    check_levels(&image, spec, opencv_global, 0);
    spec.equalise = PX_EQUALISE_CLAHE;
    check_levels(&image, spec, opencv_clahe, 1);
    spec.width = 16;
    spec.height = 8;
    check_levels(&even, spec, opencv_clahe_even, 1);
    px_image_clear(&image);
    px_image_clear(&even);
}

static void sixteen_bits_are_equalised_in_full_depth(void **state) {
    (void)state;
    px_image image = fixed_image(20, 12, 16);
    px_input_spec spec = {.width = 20, .height = 12, .channels = 1, .equalise = PX_EQUALISE_CLAHE};
    float *tensor = levels(&image, spec);
    for (int i = 0; i < 240; i++)
        if (fabsf(tensor[i] * 257 - (float)opencv_clahe_16[i]) > 1.5f)
            fail_msg("value %d is %g, not %d", i, (double)(tensor[i] * 257), opencv_clahe_16[i]);
    free(tensor);
    spec.equalise = PX_EQUALISE_GLOBAL; /* few levels are used: the same as in 8 bits */
    tensor = levels(&image, spec);
    for (int i = 0; i < 240; i++)
        assert_float_equal(tensor[i], opencv_global[i], 0.51f);
    free(tensor);
    px_image_clear(&image);
}

static void equalisation_takes_images_of_one_level_and_one_pixel(void **state) {
    (void)state;
    for (int depth = 8; depth <= 16; depth += 8) {
        px_image image = new_image(1, 1, 1, depth);
        set_sample(&image, 0, depth == 8 ? 77 : 77 * 257);
        px_input_spec spec = {
            .width = 2, .height = 2, .channels = 1, .equalise = PX_EQUALISE_GLOBAL};
        float *tensor = levels(&image, spec);
        assert_float_equal(tensor[3], 77, 1e-4f);
        free(tensor);
        spec.equalise = PX_EQUALISE_CLAHE;
        tensor = levels(&image, spec);
        assert_true(tensor[0] >= 0 && tensor[0] <= 255);
        free(tensor);
        px_image_clear(&image);
    }
}

/* Grey stored as RGB is equalised as grey; a tint keeps its differences between channels. */
static void colours_are_equalised_on_their_luma(void **state) {
    (void)state;
    px_image grey = fixed_image(20, 12, 8), colour = new_image(20, 12, 3, 8);
    for (size_t i = 0; i < 240; i++) {
        uint8_t level = ((uint8_t *)grey.pixels)[i];
        memset((uint8_t *)colour.pixels + 3 * i, level, 3);
    }
    px_input_spec spec = {.width = 20, .height = 12, .channels = 3, .equalise = PX_EQUALISE_CLAHE};
    float *from_grey = levels(&grey, spec), *from_colour = levels(&colour, spec);
    assert_memory_equal(from_grey, from_colour, 720 * sizeof *from_grey);
    free(from_grey);
    free(from_colour);
    memcpy(colour.pixels, (uint8_t[]){60, 40, 50, 90, 90, 90}, 6);
    colour.width = 2;
    colour.height = 1;
    spec = (px_input_spec){.width = 2, .height = 1, .channels = 3, .equalise = PX_EQUALISE_GLOBAL};
    from_colour = levels(&colour, spec);
    const float expected[6] = {13, 0, 3, 255, 255, 255}; /* luma 47 becomes 0, 90 becomes 255 */
    for (int i = 0; i < 6; i++)
        assert_float_equal(from_colour[i], expected[i], 1e-4f);
    free(from_colour);
    px_image_clear(&grey);
    px_image_clear(&colour);
}

static void the_image_itself_stays(void **state) {
    (void)state;
    px_image image = noise(30, 20, 3, 16), copy = noise(30, 20, 3, 16);
    float *tensor = levels(&image, (px_input_spec){.width = 8,
                                                   .height = 8,
                                                   .channels = 3,
                                                   .crop = PX_CROP_CENTRE,
                                                   .equalise = PX_EQUALISE_CLAHE});
    assert_memory_equal(image.pixels, copy.pixels, px_image_row_bytes(&image) * 20);
    free(tensor);
    px_image_clear(&image);
    px_image_clear(&copy);
}

/* ---- Crop, channels, scaling ---------------------------------------------------------------- */

static void centre_crop_is_the_largest_central_square(void **state) {
    (void)state;
    static const int sizes[][2] = {{9, 4}, {4, 9}, {5, 5}, {1, 3}};
    for (size_t s = 0; s < 4; s++)
        for (int kind = 0; kind < 4; kind++) {
            int width = sizes[s][0], height = sizes[s][1], channels = kind & 1 ? 3 : 1;
            int side = width < height ? width : height;
            int left = (width - side) / 2, top = (height - side) / 2;
            px_image image = noise(width, height, channels, kind & 2 ? 16 : 8);
            px_input_spec spec = {
                .width = side, .height = side, .channels = channels, .crop = PX_CROP_CENTRE};
            float *tensor = levels(&image, spec);
            for (int i = 0; i < side * side * channels; i++) {
                double level = sample_at(&image, left + i / channels % side,
                                         top + i / channels / side, i % channels);
                assert_float_equal(tensor[i], (float)(kind & 2 ? level / 257 : level), 1e-4f);
            }
            free(tensor);
            px_image_clear(&image);
        }
}

/* What is outside the square must not change its histogram. */
static void crop_comes_before_equalisation(void **state) {
    (void)state;
    px_image image = new_image(4, 2, 1, 8);
    memcpy(image.pixels, (uint8_t[]){255, 10, 20, 0, 255, 30, 40, 0}, 8);
    px_input_spec spec = {.width = 2,
                          .height = 2,
                          .channels = 1,
                          .crop = PX_CROP_CENTRE,
                          .equalise = PX_EQUALISE_GLOBAL};
    float *tensor = levels(&image, spec);
    const float expected[4] = {0, 85, 170, 255};
    for (int i = 0; i < 4; i++)
        assert_float_equal(tensor[i], expected[i], 1e-4f);
    free(tensor);
    px_image_clear(&image);
}

static void channels_are_repeated_or_become_luma(void **state) {
    (void)state;
    px_image grey = new_image(1, 1, 1, 8), colour = new_image(1, 1, 3, 8);
    set_sample(&grey, 0, 123);
    memcpy(colour.pixels, (uint8_t[]){200, 100, 50}, 3);
    px_input_spec spec = {.width = 1, .height = 1, .channels = 3};
    float *tensor = levels(&grey, spec);
    for (int c = 0; c < 3; c++)
        assert_float_equal(tensor[c], 123, 0);
    free(tensor);
    tensor = levels(&colour, spec);
    const float order[3] = {200, 100, 50};
    assert_memory_equal(tensor, order, sizeof order);
    free(tensor);
    spec.channels = 1;
    tensor = levels(&colour, spec);
    assert_float_equal(tensor[0], 0.299f * 200 + 0.587f * 100 + 0.114f * 50, 1e-4f);
    free(tensor);
    px_image_clear(&grey);
    px_image_clear(&colour);
}

static void check_scaling(px_scaling scaling, const float expected[3][3]) {
    static const unsigned values[3] = {0, 51, 255};
    for (int i = 0; i < 3; i++)
        for (int depth = 8; depth <= 16; depth += 8) {
            px_image image = new_image(1, 1, 1, depth);
            set_sample(&image, 0, depth == 8 ? values[i] : values[i] * 257);
            const px_input_spec spec = {.width = 1,
                                        .height = 1,
                                        .channels = 3,
                                        .scaling = scaling,
                                        .mean = {100, 51, 0},
                                        .std = {50, 2, 255}};
            float tensor[3];
            assert_true(px_image_prepare(&image, &spec, tensor, NULL));
            for (int c = 0; c < 3; c++)
                if (fabsf(tensor[c] - expected[i][c]) > 1e-6f * fmaxf(1, fabsf(expected[i][c])))
                    fail_msg("%s of %u, channel %d: %.9g, not %.9g", px_scaling_name(scaling),
                             values[i], c, (double)tensor[c], (double)expected[i][c]);
            px_image_clear(&image);
        }
}

static void scalings_follow_their_formulas(void **state) {
    (void)state;
    check_scaling(PX_SCALING_UNIT, (const float[3][3]){{0, 0, 0}, {.2f, .2f, .2f}, {1, 1, 1}});
    check_scaling(PX_SCALING_TF, (const float[3][3]){{-1, -1, -1}, {-.6f, -.6f, -.6f}, {1, 1, 1}});
    check_scaling(PX_SCALING_XRV, (const float[3][3]){{-1024, -1024, -1024},
                                                      {-614.4f, -614.4f, -614.4f},
                                                      {1024, 1024, 1024}});
    check_scaling(PX_SCALING_FEATUREWISE,
                  (const float[3][3]){{-2, -25.5f, 0}, {-.98f, 0, .2f}, {3.1f, 102, 1}});
    static const double mean[3] = {0.485, 0.456, 0.406}, std[3] = {0.229, 0.224, 0.225};
    float imagenet[3][3];
    for (int c = 0; c < 3; c++) {
        imagenet[0][c] = (float)(-mean[c] / std[c]);
        imagenet[1][c] = (float)((0.2 - mean[c]) / std[c]);
        imagenet[2][c] = (float)((1 - mean[c]) / std[c]);
    }
    check_scaling(PX_SCALING_IMAGENET, imagenet);
}

/* Levels that were changed after PX_SCALING_UNIT are scaled as if they had not been taken apart. */
static void levels_are_scaled_afterwards(void **state) {
    (void)state;
    enum { WIDTH = 5, HEIGHT = 4, COUNT = WIDTH * HEIGHT * 3 };
    for (int kind = PX_SCALING_UNIT; kind <= PX_SCALING_FEATUREWISE; kind++)
        for (int channels = 1; channels <= 3; channels += 2)
            for (int of_network = channels; of_network <= 3; of_network += 2) {
                px_image image;
                px_image_init(&image);
                MUST(px_image_new(&image, WIDTH, HEIGHT, channels, 8, &err));
                for (int i = 0; i < WIDTH * HEIGHT * channels; i++)
                    ((uint8_t *)image.pixels)[i] = (uint8_t)(i * 37 + 11);
                px_input_spec spec = {.width = WIDTH,
                                      .height = HEIGHT,
                                      .channels = of_network,
                                      .scaling = (px_scaling)kind,
                                      .mean = {120, 130, 140},
                                      .std = {50, 60, 70}};
                float expected[COUNT], levels[COUNT], scaled[COUNT];
                MUST(px_image_prepare(&image, &spec, expected, &err));
                px_input_spec unit = spec;
                unit.scaling = PX_SCALING_UNIT;
                unit.channels = channels;
                MUST(px_image_prepare(&image, &unit, levels, &err));
                px_image_scale(levels, channels, &spec, scaled);
                const float slack = kind == PX_SCALING_XRV ? 1e-3f : 1e-6f;
                for (int i = 0; i < WIDTH * HEIGHT * of_network; i++)
                    assert_float_equal(scaled[i], expected[i], slack);
                px_image_clear(&image);
            }
}

static void sixteen_bits_keep_their_depth(void **state) {
    (void)state;
    px_image image = new_image(2, 1, 1, 16);
    set_sample(&image, 0, 30000);
    set_sample(&image, 1, 30001);
    px_input_spec spec = {.width = 2, .height = 1, .channels = 1};
    float *tensor = levels(&image, spec);
    assert_float_equal(tensor[0], 30000 / 257.0f, 1e-5f);
    assert_float_equal(tensor[1] - tensor[0], 1 / 257.0f, 1e-4f);
    free(tensor);
    px_image_clear(&image);
}

/* ---- Refusals and names --------------------------------------------------------------------- */

static void senseless_specs_are_refused(void **state) {
    (void)state;
    px_image image = new_image(2, 2, 1, 8), empty;
    px_image_init(&empty);
    const px_input_spec good = {.width = 1,
                                .height = 1,
                                .channels = 1,
                                .scaling = PX_SCALING_FEATUREWISE,
                                .mean = {1},
                                .std = {1}};
    px_input_spec bad[6] = {good, good, good, good, good, good};
    bad[0].width = 0;
    bad[1].height = -4;
    bad[2].channels = 2;
    bad[3].std[0] = 0;
    bad[4].std[0] = NAN;
    bad[5].mean[0] = INFINITY;
    float tensor = 42;
    for (int i = 0; i < 6; i++) {
        px_error err = {0};
        assert_false(px_image_prepare(&image, &bad[i], &tensor, &err));
        assert_int_equal(err.code, PX_ERR_USAGE);
    }
    assert_false(px_image_prepare(&empty, &good, &tensor, NULL));
    assert_float_equal(tensor, 42, 0);
    assert_true(px_image_prepare(&image, &good, &tensor, NULL));
    assert_float_equal(tensor, -1, 0);
    px_image_clear(&image);
}

static void names_lead_back_to_values(void **state) {
    (void)state;
    for (int i = 0; i < 6; i++) {
        px_resize resize;
        px_crop crop;
        px_equalise equalise;
        px_scaling scaling;
        const char *name = px_resize_name((px_resize)i);
        assert_true(name ? px_resize_from_name(name, &resize) && (int)resize == i
                         : i == 3 || i > 3);
        name = px_crop_name((px_crop)i);
        assert_true(name ? px_crop_from_name(name, &crop) && (int)crop == i : i >= 2);
        name = px_equalise_name((px_equalise)i);
        assert_true(name ? px_equalise_from_name(name, &equalise) && (int)equalise == i : i >= 3);
        name = px_scaling_name((px_scaling)i);
        assert_true(name ? px_scaling_from_name(name, &scaling) && (int)scaling == i : i >= 5);
    }
    px_resize kept = PX_RESIZE_AREA;
    assert_false(px_resize_from_name("bicubic", &kept));
    assert_false(px_resize_from_name("", &kept));
    assert_int_equal(kept, PX_RESIZE_AREA);
    assert_string_equal(px_scaling_name(PX_SCALING_XRV), "xrv");
    assert_string_equal(px_resize_name(PX_RESIZE_BILINEAR), "bilinear");
    assert_string_equal(px_equalise_name(PX_EQUALISE_CLAHE), "clahe");
    assert_string_equal(px_crop_name(PX_CROP_CENTRE), "centre");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resizing_follows_the_formulas),
        cmocka_unit_test(resizing_gives_opencvs_levels),
        cmocka_unit_test(antialias_gives_pytorchs_values),
        cmocka_unit_test(floats_keep_their_sign_and_fraction),
        cmocka_unit_test(equalisation_gives_opencvs_levels),
        cmocka_unit_test(sixteen_bits_are_equalised_in_full_depth),
        cmocka_unit_test(equalisation_takes_images_of_one_level_and_one_pixel),
        cmocka_unit_test(colours_are_equalised_on_their_luma),
        cmocka_unit_test(the_image_itself_stays),
        cmocka_unit_test(centre_crop_is_the_largest_central_square),
        cmocka_unit_test(crop_comes_before_equalisation),
        cmocka_unit_test(channels_are_repeated_or_become_luma),
        cmocka_unit_test(scalings_follow_their_formulas),
        cmocka_unit_test(levels_are_scaled_afterwards),
        cmocka_unit_test(sixteen_bits_keep_their_depth),
        cmocka_unit_test(senseless_specs_are_refused),
        cmocka_unit_test(names_lead_back_to_values),
    };
    return cmocka_run_group_tests_name("prepare", tests, NULL, NULL);
}
