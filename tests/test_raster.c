/* The phantoms' drawing tools: planes, strokes, ellipses, curves, textures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>

#include "../src/phantom/curve.h"
#include "../src/phantom/texture.h"

#define W 90
#define H 70

static px_plane plane, scratch, scratch_2;
static const px_frame frame = {20, 40, 35, 1, 0}; /* 20 pixels a unit, origin at (40, 35) */

static int make_planes(void **state) {
    (void)state;
    return px_plane_new(&plane, W, H, NULL) && px_plane_new(&scratch, W, H, NULL) &&
                   px_plane_new(&scratch_2, W, H, NULL)
               ? 0
               : -1;
}

static int clear_planes(void **state) {
    (void)state;
    px_plane_clear(&plane);
    px_plane_clear(&scratch);
    px_plane_clear(&scratch_2);
    return 0;
}

static float at(int x, int y) {
    return plane.data[y * W + x];
}

static void frames_go_there_and_back(void **state) {
    (void)state;
    const px_frame turned = {33, 50, 60, cosf(0.3f), sinf(0.3f)};
    const px_point pixel = px_frame_to_pixel(&turned, 0.7f, -0.4f);
    const px_point back = px_frame_to_patient(&turned, pixel.x, pixel.y);
    assert_float_equal(back.x, 0.7f, 1e-5f);
    assert_float_equal(back.y, -0.4f, 1e-5f);
    /* A patient tilted clockwise: the left side is lower. */
    assert_true(px_frame_to_pixel(&turned, 1, 0).y > 60);
}

static void blur_keeps_a_constant(void **state) {
    (void)state;
    const float sigmas[] = {0, 0.4f, 1, 3, 12, 60};
    for (size_t k = 0; k < sizeof sigmas / sizeof *sigmas; k++) {
        for (int i = 0; i < W * H; i++) {
            plane.data[i] = 2.5f;
        }
        px_plane_blur(&plane, sigmas[k], &scratch);
        for (int i = 0; i < W * H; i++) {
            assert_float_equal(plane.data[i], 2.5f, 1e-4f);
        }
    }
}

static void blur_is_as_wide_as_asked(void **state) {
    (void)state;
    plane.data[35 * W + 45] = 1;
    px_plane_blur(&plane, 4, &scratch);
    double sum = 0, across = 0, down = 0;
    for (int i = 0; i < W * H; i++) {
        const double dx = i % W - 45, dy = i / W - 35.0;
        sum += plane.data[i];
        across += plane.data[i] * dx * dx;
        down += plane.data[i] * dy * dy;
    }
    assert_float_equal(sum, 1, 1e-4);
    assert_float_equal(sqrt(across), 4, 0.5);
    assert_float_equal(across, down, 1e-3);
    assert_float_equal(at(41, 35), at(49, 35), 1e-6f);
    assert_float_equal(at(45, 30), at(50, 35), 1e-6f);
}

static float bowl(const void *context, px_point p) {
    const float radius = *(const float *)context;
    return 3 * (radius * radius - p.x * p.x - p.y * p.y);
}

static void fields_become_distances(void **state) {
    (void)state;
    const float radius = 1.2f;
    px_plane_fill(&plane, NULL, &frame, bowl, &radius);
    px_plane_to_distance(&plane, frame.pixels_per_unit, &scratch);
    assert_float_equal(at(40 + 24, 35), 0, 1e-4f);
    assert_float_equal(at(40 + 22, 35), 0.1f, 0.01f); /* two pixels inside */
    assert_float_equal(at(40, 35 - 26), -0.1f, 0.01f);
}

static void fill_leaves_out_what_is_not_wanted(void **state) {
    (void)state;
    const float radius = 1;
    scratch.data[35 * W + 40] = -1; /* any value but 0 */
    plane.data[0] = 9;
    px_plane_fill(&plane, &scratch, &frame, bowl, &radius);
    assert_float_equal(at(40, 35), 3, 1e-5f);
    assert_float_equal(at(41, 35), 0, 0);
    assert_float_equal(at(0, 0), 0, 0);
    px_plane_erase(&scratch);
    assert_float_equal(scratch.data[35 * W + 40], 0, 0);
}

static void strokes_have_their_profile(void **state) {
    (void)state;
    const px_stroke_point line[] = {{-1, 0, 0.5f, 2}, {1, 0, 0.5f, 4}};
    px_stroke_draw(&plane, &frame, line, 2, PX_PROFILE_TUBE);
    assert_float_equal(at(20, 35), 2, 1e-5f); /* radius 10 pixels */
    assert_float_equal(at(40, 35), 3, 1e-5f);
    assert_float_equal(at(60, 35), 4, 1e-5f);
    assert_float_equal(at(40, 35 + 6), 3 * 0.8f, 1e-5f);
    assert_float_equal(at(40, 35 - 10), 0, 0);
    assert_float_equal(at(12, 35), 2 * 0.6f, 1e-5f); /* the round end */
    px_stroke_draw(&plane, &frame, line, 2, PX_PROFILE_TUBE);
    assert_float_equal(at(40, 35), 3, 1e-5f); /* the larger stays, nothing adds up */
}

static void thin_strokes_are_fainter(void **state) {
    (void)state;
    const px_stroke_point line[] = {{-1, 0, 0.00375f, 1}, {1, 0, 0.00375f, 1}};
    px_stroke_draw(&plane, &frame, line, 2, PX_PROFILE_TUBE); /* radius 0.075 pixels */
    assert_float_equal(at(40, 35), 0.1f, 1e-5f);
    assert_float_equal(at(40, 36), 0, 0);
}

static void added_strokes_have_no_seams(void **state) {
    (void)state;
    px_pen pen = {&scratch, &scratch_2};
    const px_stroke_point line[] = {
        {-1.5f, 0, 0.5f, 1}, {-0.5f, 0, 0.5f, 1}, {0.5f, 0, 0.5f, 1}, {1.5f, 0, 0.5f, 1}};
    px_stroke_add(&plane, &pen, &frame, line, 4, PX_PROFILE_CORTICAL);
    for (int y = 26; y <= 44; y++) {
        for (int x = 12; x <= 68; x++) {
            assert_float_equal(at(x, y), at(40, y), 1e-5f);
        }
    }
    assert_true(at(40, 35 + 8) > at(40, 35)); /* the shell is denser than the marrow */
    const float once = at(40, 35);
    px_stroke_add(&plane, &pen, &frame, line, 4, PX_PROFILE_CORTICAL);
    assert_float_equal(at(40, 35), 2 * once, 1e-5f);
    for (int i = 0; i < W * H; i++) {
        assert_float_equal(scratch.data[i], 0, 0);
        assert_float_equal(scratch_2.data[i], 0, 0);
    }
}

static void shapes_may_lie_outside(void **state) {
    (void)state;
    px_pen pen = {&scratch, &scratch_2};
    const px_stroke_point far[] = {{-90, -80, 2, 1}, {-70, 90, 2, 1}, {80, 900, 1, 1}};
    px_stroke_draw(&plane, &frame, far, 3, PX_PROFILE_SOFT);
    px_stroke_add(&plane, &pen, &frame, far, 3, PX_PROFILE_SOFT);
    const px_ellipse ellipse = {1e4f, -1e4f, 3, 2, 0.5f, 1};
    px_ellipse_add(&plane, &frame, &ellipse, PX_PROFILE_TUBE);
    for (int i = 0; i < W * H; i++) {
        assert_float_equal(plane.data[i], 0, 0);
    }
    const px_stroke_point point[] = {{0, 0, 0.5f, 1}, {0, 0, 0.5f, 1}};
    px_stroke_draw(&plane, &frame, point, 2, PX_PROFILE_TUBE); /* no length: a disc */
    assert_float_equal(at(40 + 6, 35), 0.8f, 1e-5f);
}

static void ellipses_turn(void **state) {
    (void)state;
    const px_ellipse ellipse = {0, 0, 1, 0.25f, 0.78539816f, 2};
    px_ellipse_add(&plane, &frame, &ellipse, PX_PROFILE_SOFT);
    assert_float_equal(at(40, 35), 2, 1e-5f);
    assert_true(at(40 + 10, 35 + 10) > 0.3f); /* along it: right and down */
    assert_float_equal(at(40 + 10, 35 - 10), 0, 0);
    px_ellipse_add(&plane, &frame, &ellipse, PX_PROFILE_SOFT);
    assert_float_equal(at(40, 35), 4, 1e-5f);
}

static void curves_pass_through_their_points(void **state) {
    (void)state;
    const px_point points[] = {{-1, 0}, {-0.5f, 1}, {0.5f, 1.5f}, {2, -1}};
    px_curve curve;
    px_curve_through(&curve, points, 4);
    for (int i = 0; i < 4; i++) {
        assert_float_equal(px_curve_at(&curve, points[i].x), points[i].y, 0.01f);
    }
    assert_float_equal(px_curve_at(&curve, -7), 0, 1e-6f); /* constant outside */
    assert_float_equal(px_curve_at(&curve, 7), -1, 1e-5f);
    assert_true(px_curve_max(&curve) >= 1.5f - 0.01f && px_curve_max(&curve) < 1.8f);
    for (float x = -1; x < 2; x += 0.01f) {
        const float step = px_curve_at(&curve, x + 0.01f) - px_curve_at(&curve, x);
        assert_true(fabsf(step) < 0.04f);
    }
}

static void textures_are_smooth_and_seeded(void **state) {
    (void)state;
    float least = 1, most = -1, different = 0;
    for (int i = 0; i < 4000; i++) {
        const float x = (float)(i % 80) * 0.31f - 9, y = (float)(i / 80) * 0.37f - 11;
        const float value = px_texture_octaves(5, x, y, 4);
        assert_float_equal(px_texture_octaves(5, x, y, 4), value, 0);
        assert_true(fabsf(px_texture_value(5, x + 0.001f, y) - px_texture_value(5, x, y)) < 0.01f);
        least = fminf(least, value);
        most = fmaxf(most, value);
        different += fabsf(value - px_texture_octaves(6, x, y, 4));
    }
    assert_true(least >= -1 && least < -0.4f);
    assert_true(most <= 1 && most > 0.4f);
    assert_true(different / 4000 > 0.1f);
}

#define PLANE_TEST(test) cmocka_unit_test_setup_teardown(test, make_planes, clear_planes)

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_go_there_and_back),
        PLANE_TEST(blur_keeps_a_constant),
        PLANE_TEST(blur_is_as_wide_as_asked),
        PLANE_TEST(fields_become_distances),
        PLANE_TEST(fill_leaves_out_what_is_not_wanted),
        PLANE_TEST(strokes_have_their_profile),
        PLANE_TEST(thin_strokes_are_fainter),
        PLANE_TEST(added_strokes_have_no_seams),
        PLANE_TEST(shapes_may_lie_outside),
        PLANE_TEST(ellipses_turn),
        cmocka_unit_test(curves_pass_through_their_points),
        cmocka_unit_test(textures_are_smooth_and_seeded),
    };
    return cmocka_run_group_tests_name("raster", tests, NULL, NULL);
}
