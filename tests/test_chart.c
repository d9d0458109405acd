/* Charts: ticks are round, files are whole and the same each time, any numbers can be drawn. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../src/base/markup.h"
#include "../src/draw/chart.h"
#include "../src/draw/chart_forest.h"
#include "../src/draw/chart_table.h"
#include "../src/draw/chart_thin.h"
#include "../src/draw/chart_ticks.h"
#include "must.h"
#include "well_formed.h"

#define CAP ((size_t)16 << 20)
#define COUNT(list) (sizeof(list) / sizeof *(list))

/* "0 0.2 0.4 …" */
static const char *ticks_text(double low, double high, int about, bool is_loose, bool is_percent) {
    static char text[512];
    px_ticks ticks;
    px_ticks_make(low, high, about, is_loose, &ticks);
    text[0] = '\0';
    for (int i = 0; i < ticks.count; i++) {
        char label[PX_TICK_TEXT];
        px_ticks_label(&ticks, i, is_percent, label);
        size_t used = strlen(text);
        snprintf(text + used, sizeof text - used, "%s%s", i ? " " : "", label);
    }
    return text;
}

static void ticks_are_round_numbers(void **state) {
    (void)state;
    assert_string_equal(ticks_text(0, 1, 6, false, false), "0.0 0.2 0.4 0.6 0.8 1.0");
    assert_string_equal(ticks_text(0, 1, 6, false, true), "0 % 20 % 40 % 60 % 80 % 100 %");
    assert_string_equal(ticks_text(0.013, 0.087, 5, false, false), "0.02 0.04 0.06 0.08");
    assert_string_equal(ticks_text(0.013, 0.087, 5, true, false), "0.00 0.02 0.04 0.06 0.08 0.10");
    /* the example of Heckbert's paper: 105 to 543, five of them */
    assert_string_equal(ticks_text(105, 543, 5, true, false), "100 200 300 400 500 600");
    assert_string_equal(ticks_text(-0.3, 0.1, 5, false, false), "−0.3 −0.2 −0.1 0.0 0.1");
    assert_string_equal(ticks_text(0, 25000, 6, false, false), "0 5000 10000 15000 20000 25000");
    assert_string_equal(ticks_text(0, 4e7, 5, false, false), "0 1e+07 2e+07 3e+07 4e+07");
}

static void any_range_has_ticks(void **state) {
    (void)state;
    const double ends[] = {0,      -0.0,  1,         -1,     0.3,  1e-300, 5e-324,   1e300,
                           -1e300, 1e308, -1.79e308, 1 / 3., 1e16, NAN,    INFINITY, -INFINITY};
    for (size_t i = 0; i < COUNT(ends); i++)
        for (size_t k = 0; k < COUNT(ends); k++)
            for (int about = 0; about < 13; about++)
                for (int loose = 0; loose < 2; loose++) {
                    px_ticks t;
                    px_ticks_make(ends[i], ends[k], about, loose, &t);
                    assert_true(isfinite(t.low) && isfinite(t.high) && t.low < t.high);
                    assert_in_range(t.count, 1, PX_TICKS_MOST);
                    for (int n = 0; n < t.count; n++) {
                        char label[PX_TICK_TEXT];
                        px_ticks_label(&t, n, n % 2, label);
                        assert_true(strlen(label) > 0 && strlen(label) < PX_TICK_TEXT);
                        assert_true(t.values[n] >= t.low - t.step * 1e-6 &&
                                    t.values[n] <= t.high + t.step * 1e-6);
                        assert_true(n == 0 || t.values[n] > t.values[n - 1]);
                    }
                }
}

/* Greatest distance of the points of one line from another line. */
static double greatest_distance(const px_point *points, size_t count, const px_point *line,
                                size_t kept) {
    double greatest = 0;
    for (size_t i = 0; i < count; i++) {
        double least = INFINITY;
        for (size_t k = 0; k + 1 < kept; k++) {
            double dx = line[k + 1].x - line[k].x, dy = line[k + 1].y - line[k].y;
            double t = ((points[i].x - line[k].x) * dx + (points[i].y - line[k].y) * dy) /
                       fmax(1e-300, dx * dx + dy * dy);
            t = fmax(0, fmin(1, t));
            least = fmin(least,
                         hypot(points[i].x - line[k].x - t * dx, points[i].y - line[k].y - t * dy));
        }
        greatest = fmax(greatest, least);
    }
    return greatest;
}

static void thinning_keeps_the_line(void **state) {
    (void)state;
    enum { N = 20000 };
    px_point *points = malloc(N * sizeof *points), *line = malloc(N * sizeof *line);
    for (int i = 0; i < N; i++) { /* a staircase on a bent line, as a ROC curve is */
        double t = (double)(i / 2) / (N / 2 - 1);
        points[i] = (px_point){300 * t, 300 - 300 * sqrt((double)((i + 1) / 2) / (N / 2))};
    }
    memcpy(line, points, N * sizeof *line);
    px_error err = {0};
    size_t kept = px_chart_thin(line, N, 0.08, &err);
    assert_in_range(kept, 20, 400);
    assert_true(greatest_distance(points, N, line, kept) < 0.1);
    assert_memory_equal(&line[0], &points[0], sizeof *line);
    assert_memory_equal(&line[kept - 1], &points[N - 1], sizeof *line);
    free(points);
    free(line);
}

static void thinning_keeps_corners_and_ends(void **state) {
    (void)state;
    px_point line[] = {{0, 0}, {0, 50}, {0, 100}, {50, 100}, {100, 100}};
    px_error err = {0};
    assert_int_equal(px_chart_thin(line, 5, 0.08, &err), 3);
    assert_true(line[1].x == 0 && line[1].y == 100);
    px_point back[] = {{0, 0}, {100, 0}, {20, 0}};
    assert_int_equal(px_chart_thin(back, 3, 0.08, &err), 3);
    px_point same[] = {{7, 7}, {7, 7}, {7, 7}, {7, 7}};
    assert_int_equal(px_chart_thin(same, 4, 0.08, &err), 2);
    assert_int_equal(px_chart_thin(line, 0, 0.08, &err), 0);
}

/* One chart with every kind of series. */
static void draw_all(px_drawing *drawing) {
    static const double x[] = {0, 0.1, 0.4, 1}, y[] = {0, 0.7, 0.9, 1}, low[] = {0, 0.6, 0.8, 1},
                        high[] = {0, 0.8, 0.95, 1}, left[] = {0, 0.25, 0.5, 0.75},
                        right[] = {0.25, 0.5, 0.75, 1};
    const px_series series[] = {
        {.kind = PX_SERIES_BARS,
         .name = "bars",
         .colour = PX_CHART_SKY,
         .count = 4,
         .y = y,
         .x_low = left,
         .x_high = right},
        {.kind = PX_SERIES_BAND,
         .name = "band",
         .colour = PX_CHART_BLUE,
         .count = 4,
         .x = x,
         .low = low,
         .high = high},
        {.kind = PX_SERIES_LINE,
         .name = "line",
         .colour = PX_CHART_BLUE,
         .count = 4,
         .x = x,
         .y = y,
         .dash = PX_DASH_MIXED},
        {.kind = PX_SERIES_STEP,
         .name = "step",
         .colour = PX_CHART_GREEN,
         .count = 4,
         .x = x,
         .y = y},
        {.kind = PX_SERIES_POINTS,
         .name = "points",
         .colour = PX_CHART_VERMILION,
         .count = 4,
         .x = x,
         .y = y,
         .low = low,
         .high = high,
         .x_low = left,
         .x_high = right,
         .mark = PX_MARK_RING},
    };
    const px_chart_note notes[] = {{0.1, 0.7, "here & <now>", PX_CHART_INK},
                                   {0.9, 1, "there", PX_CHART_INK}};
    const px_chart chart = {.title = "All \"kinds\"",
                            .x = {.label = "across", .is_fixed = true, .high = 1},
                            .y = {.label = "up", .is_percent = true},
                            .series = series,
                            .n_series = COUNT(series),
                            .notes = notes,
                            .n_notes = 2};
    px_chart_draw(drawing, &chart, 8, 8, 300, 0);
}

static void draw_rows(px_drawing *drawing) {
    const px_forest_row rows[] = {
        {.label = "Sex", .is_heading = true},
        {.label = "F", .text = "0.81 [0.70, 0.92]", .value = 0.81, .low = 0.7, .high = 0.92},
        {.label = "M", .text = "–", .value = NAN, .low = NAN, .high = NAN},
        {.label = "(none)", .value = 0.5, .low = NAN, .high = INFINITY, .is_strong = true},
    };
    const px_forest forest = {.title = "Groups",
                              .axis = "AUC",
                              .text_heading = "AUC [95 %]",
                              .reference = 0.5,
                              .rows = rows,
                              .n_rows = COUNT(rows)};
    const px_chart_confusion table = {"Decisions", 30, 4, 12, 200, "score ≥ 0.24"};
    px_forest_draw(drawing, &forest, 8, 400, 300);
    px_chart_confusion_draw(drawing, &table, 8, 560, 300);
}

typedef enum { PNG, SVG, MARKUP } file_kind;

static px_drawing *begin(file_kind kind, double width, double height) {
    px_error err = {0};
    px_drawing *drawing = kind == PNG ? px_drawing_new_png(width, height, 1.5, &err)
                          : kind == SVG
                              ? px_drawing_new_svg(width, height, &err)
                              : px_drawing_new_markup(width, height, "<all> & \"both\"", &err);
    if (!drawing)
        fail_msg("%s", err.message);
    return drawing;
}

static px_buffer finish(px_drawing *drawing) {
    px_buffer out;
    px_buffer_init(&out, CAP);
    MUST(px_drawing_finish(drawing, &out, &err));
    px_drawing_free(drawing);
    return out;
}

static px_buffer draw_everything(file_kind kind) {
    px_drawing *drawing = begin(kind, 316, 860);
    draw_all(drawing);
    draw_rows(drawing);
    return finish(drawing);
}

static void files_are_the_same_each_time(void **state) {
    (void)state;
    for (file_kind kind = PNG; kind <= MARKUP; kind++) {
        px_buffer first = draw_everything(kind), second = draw_everything(kind);
        assert_int_equal(first.size, second.size);
        assert_memory_equal(first.data, second.data, first.size);
        if (kind != PNG)
            expect_well_formed((char *)first.data);
        px_buffer_clear(&first);
        px_buffer_clear(&second);
    }
}

static void pages_get_text_and_files_get_letters(void **state) {
    (void)state;
    px_buffer page = draw_everything(MARKUP), file = draw_everything(SVG);
    assert_non_null(strstr((char *)page.data, ">here &amp; &lt;now&gt;</text>"));
    assert_non_null(strstr((char *)page.data, "aria-label=\"&lt;all&gt; &amp; &quot;both&quot;\""));
    assert_non_null(strstr((char *)page.data, "var(--c0072b2,#0072b2)"));
    assert_null(strstr((char *)page.data, " id="));
    assert_null(strstr((char *)file.data, "<text"));
    assert_null(strstr((char *)file.data, "surface"));
    px_buffer_clear(&page);
    px_buffer_clear(&file);
}

static void charts_take_the_height_they_say(void **state) {
    (void)state;
    px_drawing *drawing = begin(PNG, 400, 500);
    const double ends[] = {0, 1};
    const px_series line = {
        .kind = PX_SERIES_LINE, .name = "line", .colour = 0xff, .count = 2, .x = ends, .y = ends};
    const px_chart chart = {
        .title = "Title", .x = {.label = "x"}, .series = &line, .n_series = 1, .y = {.label = "y"}};
    double height = px_chart_height(drawing, &chart, 300, 0);
    px_chart_draw(drawing, &chart, 20, 30, 300, 0);
    px_buffer png = finish(drawing);
    px_image image;
    px_image_init(&image);
    MUST(px_image_decode(png.data, png.size, NULL, &image, &err));
    int lowest = 0;
    const uint8_t *p = image.pixels;
    for (int y = 0; y < image.height; y++)
        for (int x = 0; x < 3 * image.width; x++)
            if (*p++ != 255)
                lowest = y;
    assert_in_range(lowest, 1.5 * (30 + height - 12), 1.5 * (30 + height) + 1);
    px_image_clear(&image);
    px_buffer_clear(&png);
}

/* Counts have no halves, however few there are; an axis without series is drawn, too. */
static void whole_axes_have_whole_numbers(void **state) {
    (void)state;
    const double at[] = {1, 3};
    for (size_t count = 0; count <= 2; count += 2) {
        px_drawing *drawing = begin(MARKUP, 400, 300);
        const px_series line = {.kind = PX_SERIES_LINE, .count = count, .x = at, .y = at};
        const px_chart chart = {
            .x = {.is_whole = true}, .y = {.is_bare = true}, .series = &line, .n_series = 1};
        px_chart_draw(drawing, &chart, 0, 0, 300, 200);
        px_buffer page = finish(drawing);
        assert_null(strstr((char *)page.data, ".5</text>"));
        assert_int_equal(strstr((char *)page.data, ">2</text>") != NULL, count == 2);
        px_buffer_clear(&page);
    }
}

/* Any kind of series with any numbers is drawn in any kind of file. */
static void any_numbers_are_drawn(void **state) {
    (void)state;
    static const double lists[][6] = {{0.5, 0.5, 0.5, 0.5, 0.5, 0.5},
                                      {NAN, NAN, NAN, NAN, NAN, NAN},
                                      {1, NAN, 3, INFINITY, 5, 6},
                                      {-1e308, 1e308, 0, 1, 2, 3},
                                      {0, 1e-320, 0, 5e-324, 0, 0},
                                      {3, 1, 2, 9, -4, 0},
                                      {INFINITY, -INFINITY, NAN, 1e5, -1e5, 0}};
    for (size_t a = 0; a < COUNT(lists); a++)
        for (size_t b = 0; b < COUNT(lists); b++) {
            px_drawing *drawing = begin(a % 2 ? SVG : MARKUP, 300, 900);
            for (int s = PX_SERIES_LINE; s <= PX_SERIES_BARS; s++) {
                const double *x = lists[a], *y = lists[b];
                const px_series series = {.kind = (px_series_kind)s,
                                          .name = "s",
                                          .count = b % 7,
                                          .x = x,
                                          .y = y,
                                          .low = y,
                                          .high = x,
                                          .x_low = x,
                                          .x_high = y};
                const px_chart_note note = {x[0], y[1], "note", 0};
                const px_chart chart = {.series = &series,
                                        .n_series = 1,
                                        .notes = &note,
                                        .n_notes = 1,
                                        .x = {.is_fixed = a == 3, .high = 1}};
                px_chart_draw(drawing, &chart, 5, 5 + 170 * s, 280, 80);
            }
            px_buffer out = finish(drawing);
            expect_well_formed((char *)out.data);
            assert_null(strstr((char *)out.data, "nan"));
            assert_null(strstr((char *)out.data, "inf"));
            px_buffer_clear(&out);
        }
}

static void charts_without_numbers_say_so(void **state) {
    (void)state;
    const double nothing = NAN;
    const px_series series[] = {{.kind = PX_SERIES_LINE, .x = &nothing, .y = &nothing, .count = 1},
                                {.kind = PX_SERIES_POINTS}};
    for (size_t n = 0; n <= 2; n++) {
        px_drawing *drawing = begin(MARKUP, 300, 300);
        const px_chart chart = {.series = series, .n_series = n};
        px_chart_draw(drawing, &chart, 0, 0, 300, 200);
        px_buffer out = finish(drawing);
        assert_non_null(strstr((char *)out.data, "No data"));
        px_buffer_clear(&out);
    }
}

static void text_that_is_too_long_is_cut_alike(void **state) {
    (void)state;
    px_drawing *drawing = begin(MARKUP, 300, 300);
    const px_text_style style = {.size = 11, .lines = 1};
    char text[600];
    memset(text, 'm', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    double width;
    px_drawing_text(drawing, 0, 0, 100, &style, text);
    px_buffer out = finish(drawing);
    char *from = strstr((char *)out.data, ">m"), *to = strstr((char *)out.data, "…</text>");
    assert_non_null(from);
    assert_non_null(to);
    drawing = begin(MARKUP, 300, 300);
    *to = '\0';
    px_drawing_measure_text(drawing, 300, &style, from + 1, &width, NULL);
    assert_true(width > 60 && width <= 100);
    px_drawing_free(drawing);
    px_buffer_clear(&out);
}

static void markup_never_comes_from_text(void **state) {
    (void)state;
    px_buffer out;
    px_buffer_init(&out, 1000);
    MUST(px_markup_append(&out, "<b a='1' b=\"2\">&amp;\x01 é</b>", &err));
    assert_string_equal((char *)out.data,
                        "&lt;b a=&#39;1&#39; b=&quot;2&quot;&gt;&amp;amp;  é&lt;/b&gt;");
    out.size = 0;
    MUST(px_markup_append(&out, "broken \xff\xc3", &err));
    assert_string_equal((char *)out.data, "broken ??");
    MUST(px_markup_append(&out, NULL, &err));
    px_buffer_clear(&out);
    px_buffer_init(&out, 5);
    MUST_FAIL(px_markup_append(&out, "<<", &err), PX_ERR_LIMIT);
    px_buffer_clear(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ticks_are_round_numbers),
        cmocka_unit_test(any_range_has_ticks),
        cmocka_unit_test(thinning_keeps_the_line),
        cmocka_unit_test(thinning_keeps_corners_and_ends),
        cmocka_unit_test(files_are_the_same_each_time),
        cmocka_unit_test(pages_get_text_and_files_get_letters),
        cmocka_unit_test(charts_take_the_height_they_say),
        cmocka_unit_test(whole_axes_have_whole_numbers),
        cmocka_unit_test(any_numbers_are_drawn),
        cmocka_unit_test(charts_without_numbers_say_so),
        cmocka_unit_test(text_that_is_too_long_is_cut_alike),
        cmocka_unit_test(markup_never_comes_from_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
