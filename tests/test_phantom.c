/* Phantoms: the same every time, findings where the boxes say, tables that tell what was drawn. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../src/base/buffer.h"
#include "../src/base/file.h"
#include "../src/phantom/phantom_set.h"

#define ALL_FINDINGS ((1u << PX_PHANTOM_FINDINGS) - 1)

static void draw(int size, unsigned findings, uint64_t index, px_image *image,
                 px_phantom_truth *truth) {
    px_phantom_options options = px_phantom_default_options();
    options.size = size;
    options.chosen = true;
    options.findings = findings;
    px_error err = {0};
    px_image_init(image);
    assert_true(px_phantom_draw(&options, 7, index, image, truth, &err));
    assert_int_equal(err.code, PX_OK);
}

static const uint8_t *grey(const px_image *image) {
    return image->pixels;
}

static void same_seed_same_pixels(void **state) {
    (void)state;
    px_image first, again, other;
    px_phantom_truth truth, truth_again, truth_other;
    draw(96, ALL_FINDINGS, 3, &first, &truth);
    draw(96, ALL_FINDINGS, 4, &other, &truth_other);
    draw(96, ALL_FINDINGS, 3, &again, &truth_again);
    assert_memory_equal(first.pixels, again.pixels, 96 * 96);
    assert_int_equal(truth.boxes, truth_again.boxes);
    assert_memory_equal(truth.box, truth_again.box, (size_t)truth.boxes * sizeof truth.box[0]);
    assert_memory_not_equal(first.pixels, other.pixels, 96 * 96);
    px_image_clear(&first);
    px_image_clear(&again);
    px_image_clear(&other);
}

static bool box_is_inside(const px_phantom_box *box, int size) {
    return box->x >= 0 && box->y >= 0 && box->width >= 1 && box->height >= 1 &&
           box->x + box->width <= size && box->y + box->height <= size;
}

static void every_combination_draws(void **state) {
    (void)state;
    for (unsigned findings = 0; findings <= ALL_FINDINGS; findings++) {
        for (uint64_t index = 0; index < 6; index++) {
            px_image image;
            px_phantom_truth truth;
            draw(128, findings, index, &image, &truth);
            unsigned boxed = 0;
            for (int i = 0; i < truth.boxes; i++) {
                assert_true(box_is_inside(&truth.box[i], 128));
                boxed |= 1u << truth.box[i].finding;
            }
            assert_int_equal(truth.findings, findings);
            assert_int_equal(boxed, findings); /* each finding has a box, and nothing else */
            px_image_clear(&image);
        }
    }
}

/* Mean absolute difference of two images inside and outside a finding's boxes. */
static void compare(const px_image *a, const px_image *b, const px_phantom_truth *truth,
                    double *inside, double *outside) {
    double sum[2] = {0};
    long count[2] = {0};
    for (int y = 0; y < a->height; y++) {
        for (int x = 0; x < a->width; x++) {
            int in = 0;
            for (int i = 0; i < truth->boxes; i++) {
                const px_phantom_box *box = &truth->box[i];
                in |= x >= box->x && x < box->x + box->width && y >= box->y &&
                      y < box->y + box->height;
            }
            const int at = y * a->width + x;
            sum[in] += fabs((double)grey(a)[at] - (double)grey(b)[at]);
            count[in]++;
        }
    }
    *inside = sum[1] / (double)count[1];
    *outside = sum[0] / (double)count[0];
}

static void findings_show_in_their_boxes(void **state) {
    (void)state;
    for (unsigned finding = 0; finding < PX_PHANTOM_FINDINGS; finding++) {
        for (uint64_t index = 0; index < 20; index++) {
            px_image healthy, ill;
            px_phantom_truth truth;
            draw(192, 0, index, &healthy, NULL);
            draw(192, 1u << finding, index, &ill, &truth);
            double inside, outside;
            compare(&healthy, &ill, &truth, &inside, &outside);
            if (inside < 4 || inside < 2 * outside) {
                fail_msg("%s %d: %.2f grey levels inside, %.2f outside",
                         px_phantom_finding_id((px_phantom_finding)finding), (int)index, inside,
                         outside);
            }
            px_image_clear(&healthy);
            px_image_clear(&ill);
        }
    }
}

static void boxes_are_on_the_finding_s_side(void **state) {
    (void)state;
    int both = 0, one = 0;
    for (uint64_t index = 0; index < 40; index++) {
        px_image image;
        px_phantom_truth truth;
        draw(64, 1u << PX_PHANTOM_EDEMA, index, &image, &truth);
        assert_int_equal(truth.boxes, 2); /* bat wings have two sides */
        px_image_clear(&image);
        draw(64, 1u << PX_PHANTOM_PLEURAL_EFFUSION, index, &image, &truth);
        both += truth.boxes == 2;
        one += truth.boxes == 1;
        for (int i = 0; i < truth.boxes; i++) {
            /* Fluid lies at the bottom. */
            assert_true(truth.box[i].y + truth.box[i].height > 64 * 6 / 10);
        }
        px_image_clear(&image);
    }
    assert_true(both > 5 && one > 5);
    assert_int_equal(both + one, 40);
}

static void cardiomegaly_is_a_ratio_above_a_half(void **state) {
    (void)state;
    for (uint64_t index = 0; index < 40; index++) {
        px_image image;
        px_phantom_truth truth;
        draw(64, 0, index, &image, &truth);
        assert_true(truth.cardiothoracic_ratio > 0.35f && truth.cardiothoracic_ratio < 0.5f);
        px_image_clear(&image);
        draw(64, 1u << PX_PHANTOM_CARDIOMEGALY, index, &image, &truth);
        assert_true(truth.cardiothoracic_ratio > 0.52f && truth.cardiothoracic_ratio < 0.75f);
        /* The box is the heart's: its width over the thorax, 62 to 80 % of the picture. */
        assert_true(truth.box[0].width > 64 * 0.33 && truth.box[0].width < 64 * 0.62);
        px_image_clear(&image);
    }
}

static double mean_of(const px_image *image, double left, double top, double right, double bottom) {
    double sum = 0, count = 0;
    for (int y = (int)(top * image->height); y < (int)(bottom * image->height); y++) {
        for (int x = (int)(left * image->width); x < (int)(right * image->width); x++) {
            sum += grey(image)[y * image->width + x];
            count++;
        }
    }
    return sum / count;
}

static void greys_are_a_radiograph_s(void **state) {
    (void)state;
    double lungs = 0, heart = 0, abdomen = 0, whole = 0;
    for (uint64_t index = 0; index < 20; index++) {
        px_image image;
        draw(128, 0, index, &image, NULL);
        const double right_lung = mean_of(&image, 0.27, 0.30, 0.38, 0.60);
        const double left_lung = mean_of(&image, 0.68, 0.30, 0.76, 0.60);
        const double middle = mean_of(&image, 0.47, 0.45, 0.53, 0.65);
        assert_true(right_lung + 20 < middle);
        assert_true(left_lung + 20 < middle);
        lungs += (right_lung + left_lung) / 2;
        heart += middle;
        abdomen += mean_of(&image, 0.30, 0.85, 0.50, 0.95);
        whole += mean_of(&image, 0, 0, 1, 1);
        px_image_clear(&image);
    }
    assert_true(lungs / 20 > 20 && lungs / 20 < 120);
    assert_true(heart / 20 > 120 && heart / 20 < 230);
    assert_true(abdomen / 20 > 140 && abdomen / 20 < 250);
    assert_true(whole / 20 > 70 && whole / 20 < 170);
}

static void sizes_and_depths(void **state) {
    (void)state;
    const int sizes[] = {64, 65, 101, 224, 300, 1024};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        px_phantom_options options = px_phantom_default_options();
        options.size = sizes[i];
        options.depth = 16;
        px_image image;
        px_image_init(&image);
        assert_true(px_phantom_draw(&options, 1, 1, &image, NULL, NULL));
        assert_int_equal(image.width, sizes[i]);
        assert_int_equal(image.height, sizes[i]);
        assert_int_equal(image.channels, 1);
        assert_int_equal(image.depth, 16);
        const uint16_t *pixels = image.pixels;
        int fine = 0, bright = 0; /* all 16 bits are used */
        for (int k = 0; k < sizes[i] * sizes[i]; k++) {
            fine += pixels[k] % 257 != 0;
            bright += pixels[k] > 40000;
        }
        assert_true(fine > sizes[i] * sizes[i] / 4);
        assert_true(bright > sizes[i] * sizes[i] / 100);
        px_image_clear(&image);
    }
}

/* The same patient, whatever the size: a smaller picture is the larger one, reduced. */
static void size_does_not_change_the_patient(void **state) {
    (void)state;
    px_image small, large;
    px_phantom_truth a, b;
    draw(64, 1u << PX_PHANTOM_CONSOLIDATION, 5, &small, &a);
    draw(256, 1u << PX_PHANTOM_CONSOLIDATION, 5, &large, &b);
    double difference = 0;
    for (int y = 0; y < 64; y++) {
        for (int x = 0; x < 64; x++) {
            double sum = 0;
            for (int k = 0; k < 16; k++) {
                sum += grey(&large)[(4 * y + k / 4) * 256 + 4 * x + k % 4];
            }
            difference += fabs(sum / 16 - grey(&small)[y * 64 + x]) / (64 * 64);
        }
    }
    assert_true(difference < 8);
    assert_int_equal(a.boxes, b.boxes);
    assert_true(abs(4 * a.box[0].x - b.box[0].x) <= 16);
    px_image_clear(&small);
    px_image_clear(&large);
}

static void prevalence_is_kept(void **state) {
    (void)state;
    px_phantom_options options = px_phantom_default_options();
    options.size = 64;
    options.prevalence = 0.5;
    int count[PX_PHANTOM_FINDINGS] = {0};
    for (uint64_t index = 0; index < 200; index++) {
        px_image image;
        px_phantom_truth truth;
        px_image_init(&image);
        assert_true(px_phantom_draw(&options, 11, index, &image, &truth, NULL));
        for (int i = 0; i < PX_PHANTOM_FINDINGS; i++) {
            count[i] += truth.findings >> i & 1;
        }
        px_image_clear(&image);
    }
    for (int i = 0; i < PX_PHANTOM_FINDINGS; i++) {
        assert_in_range(count[i], 72, 128); /* 100 and four standard deviations */
    }
}

static void bad_options_are_named(void **state) {
    (void)state;
    const px_phantom_options good = px_phantom_default_options();
    px_phantom_options bad[7];
    for (int i = 0; i < 7; i++) {
        bad[i] = good;
    }
    const char *const subjects[7] = {"size",       "size",       "depth",   "prevalence",
                                     "prevalence", "prevalence", "findings"};
    bad[0].size = 63;
    bad[1].size = 4097;
    bad[2].depth = 12;
    bad[3].prevalence = -0.1;
    bad[4].prevalence = 1.1;
    bad[5].prevalence = NAN;
    bad[6].findings = 1u << PX_PHANTOM_FINDINGS;
    for (int i = 0; i < 7; i++) {
        px_error err = {0};
        px_image image = {.width = 5};
        assert_false(px_phantom_draw(&bad[i], 1, 1, &image, NULL, &err));
        assert_int_equal(err.code, PX_ERR_USAGE);
        assert_string_equal(err.subject, subjects[i]);
        assert_int_equal(image.width, 5); /* untouched */
    }
}

static void findings_are_parsed(void **state) {
    (void)state;
    unsigned set = 99;
    px_error err = {0};
    assert_true(px_phantom_parse_findings("none", &set, &err));
    assert_int_equal(set, 0);
    assert_true(px_phantom_parse_findings("edema,atelectasis", &set, &err));
    assert_int_equal(set, 1u << PX_PHANTOM_EDEMA | 1u << PX_PHANTOM_ATELECTASIS);
    const char *const wrong[] = {
        "", "edema,", ",edema", "edem", "Edema", "edema;atelectasis", "none,edema"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        err = (px_error){0};
        set = 99;
        assert_false(px_phantom_parse_findings(wrong[i], &set, &err));
        assert_int_equal(err.code, PX_ERR_USAGE);
        assert_int_equal(set, 99);
    }
    assert_null(px_phantom_finding_id((px_phantom_finding)PX_PHANTOM_FINDINGS));
}

/* ---- Sets ---- */

static char folder[64];

static int make_folder(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/px_phantom_XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state) {
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

static char *path_of(const char *name) {
    static char path[160];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

/* A file of the folder as text. */
static char *text_of(const char *name, px_buffer *buffer) {
    px_buffer_init(buffer, 1 << 24);
    assert_true(px_file_read(path_of(name), buffer, NULL));
    assert_true(px_buffer_print(buffer, NULL, "%s", ""));
    return (char *)buffer->data;
}

static px_phantom_set small_set(void) {
    px_phantom_set set = {.options = px_phantom_default_options(),
                          .seed = 7,
                          .count = 9,
                          .folder = folder,
                          .threads = 2};
    set.options.size = 64;
    set.options.prevalence = 0.5;
    return set;
}

/* Check one row of labels.csv and its rows of boxes.csv against a phantom drawn again. */
static void check_row(const char *row, const char *boxes, const px_phantom_set *set,
                      uint64_t number) {
    char name[32], expected[96];
    px_image drawn, stored;
    px_phantom_truth truth;
    px_image_init(&drawn);
    px_image_init(&stored);
    assert_true(px_phantom_draw(&set->options, set->seed, number, &drawn, &truth, NULL));
    snprintf(name, sizeof name, "phantom_%05d.png", (int)number);
    const unsigned f = truth.findings;
    snprintf(expected, sizeof expected, "%s,%u,%u,%u,%u,%u\n", name, f & 1, f >> 1 & 1, f >> 2 & 1,
             f >> 3 & 1, f >> 4 & 1);
    assert_memory_equal(row, expected, strlen(expected));
    for (int i = 0; i < truth.boxes; i++) {
        const px_phantom_box *box = &truth.box[i];
        snprintf(expected, sizeof expected, "\n%s,%s,%d,%d,%d,%d\n", name,
                 px_phantom_finding_id(box->finding), box->x, box->y, box->width, box->height);
        assert_non_null(strstr(boxes, expected));
    }
    assert_true(px_image_read(path_of(name), NULL, &stored, NULL));
    assert_memory_equal(stored.pixels, drawn.pixels, 64 * 64);
    px_image_clear(&drawn);
    px_image_clear(&stored);
}

static int count_lines(const char *text) {
    int lines = 0;
    for (; *text; text++) {
        lines += *text == '\n';
    }
    return lines;
}

static void tables_tell_what_was_drawn(void **state) {
    (void)state;
    const px_phantom_set set = small_set();
    assert_true(px_phantom_write_set(&set, NULL));
    px_buffer labels, boxes;
    const char *row = text_of("labels.csv", &labels), *all_boxes = text_of("boxes.csv", &boxes);
    const char *header = "path,atelectasis,cardiomegaly,consolidation,edema,pleural_effusion\n";
    assert_memory_equal(row, header, strlen(header));
    assert_memory_equal(all_boxes, "path,finding,x,y,width,height\n", 30);
    assert_int_equal(count_lines(row), 10);
    for (uint64_t number = 1; number <= 9; number++) {
        row = strchr(row, '\n') + 1;
        check_row(row, all_boxes, &set, number);
    }
    px_buffer_clear(&labels);
    px_buffer_clear(&boxes);
}

static void count_and_threads_change_nothing(void **state) {
    (void)state;
    px_phantom_set set = small_set();
    assert_true(px_phantom_write_set(&set, NULL));
    px_buffer before, after;
    text_of("phantom_00003.png", &before);
    set.count = 3;
    set.threads = 1;
    assert_true(px_phantom_write_set(&set, NULL));
    text_of("phantom_00003.png", &after);
    assert_int_equal(before.size, after.size);
    assert_memory_equal(before.data, after.data, before.size);
    px_buffer_clear(&before);
    px_buffer_clear(&after);
}

static void jpeg_files_can_be_read(void **state) {
    (void)state;
    px_phantom_set set = small_set();
    set.count = 1;
    set.format = PX_PHANTOM_JPEG;
    assert_true(px_phantom_write_set(&set, NULL));
    px_image image;
    px_image_init(&image);
    assert_true(px_image_read(path_of("phantom_00001.jpg"), NULL, &image, NULL));
    assert_int_equal(image.width, 64);
    px_image_clear(&image);
}

static bool stop_at_once(void *context, int64_t finished) {
    *(int64_t *)context += finished;
    return false;
}

static void stopping_keeps_what_is_finished(void **state) {
    (void)state;
    px_phantom_set set = small_set();
    int64_t finished = 0;
    set.count = 100000;
    set.carry_on = stop_at_once;
    set.context = &finished;
    px_error err = {0};
    assert_false(px_phantom_write_set(&set, &err));
    assert_int_equal(err.code, PX_ERR_CANCELLED);
    assert_true(finished > 0 && finished < 100);
    px_buffer labels;
    assert_int_equal(count_lines(text_of("labels.csv", &labels)), finished + 1);
    px_buffer_clear(&labels);
}

static void a_failed_image_stops_but_keeps_the_others(void **state) {
    (void)state;
    const px_phantom_set set = small_set();
    /* A folder in the place of one image: it cannot be replaced by a file. */
    assert_int_equal(mkdir(path_of("phantom_00002.png"), 0700), 0);
    px_error err = {0};
    assert_false(px_phantom_write_set(&set, &err));
    assert_int_equal(err.code, PX_ERR_IO);
    assert_non_null(strstr(err.subject, "phantom_00002.png"));
    px_buffer labels;
    const char *text = text_of("labels.csv", &labels);
    assert_non_null(strstr(text, "phantom_00001.png,"));
    assert_null(strstr(text, "phantom_00002.png,"));
    px_buffer_clear(&labels);
}

static void sets_that_cannot_be_written(void **state) {
    (void)state;
    px_error err = {0};
    px_phantom_set set = small_set();
    set.folder = "/proc/no/such";
    assert_false(px_phantom_write_set(&set, &err));
    assert_int_equal(err.code, PX_ERR_IO);
    const int64_t counts[] = {0, -1, 10000001};
    for (int i = 0; i < 3; i++) {
        err = (px_error){0};
        set = small_set();
        set.count = counts[i];
        assert_false(px_phantom_write_set(&set, &err));
        assert_int_equal(err.code, PX_ERR_USAGE);
        assert_string_equal(err.subject, "count");
    }
    err = (px_error){0};
    set = small_set();
    set.format = PX_PHANTOM_JPEG;
    set.options.depth = 16;
    assert_false(px_phantom_write_set(&set, &err));
    assert_string_equal(err.subject, "depth");
    assert_int_equal(access(path_of("labels.csv"), F_OK), -1); /* nothing was written */
}

#define SET_TEST(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_seed_same_pixels),
        cmocka_unit_test(every_combination_draws),
        cmocka_unit_test(findings_show_in_their_boxes),
        cmocka_unit_test(boxes_are_on_the_finding_s_side),
        cmocka_unit_test(cardiomegaly_is_a_ratio_above_a_half),
        cmocka_unit_test(greys_are_a_radiograph_s),
        cmocka_unit_test(sizes_and_depths),
        cmocka_unit_test(size_does_not_change_the_patient),
        cmocka_unit_test(prevalence_is_kept),
        cmocka_unit_test(bad_options_are_named),
        cmocka_unit_test(findings_are_parsed),
        SET_TEST(tables_tell_what_was_drawn),
        SET_TEST(count_and_threads_change_nothing),
        SET_TEST(jpeg_files_can_be_read),
        SET_TEST(stopping_keeps_what_is_finished),
        SET_TEST(a_failed_image_stops_but_keeps_the_others),
        SET_TEST(sets_that_cannot_be_written),
    };
    return cmocka_run_group_tests_name("phantom", tests, NULL, NULL);
}
