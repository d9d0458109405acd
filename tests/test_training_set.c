/* Training sets: tables and images found, patients kept apart, labels counted, pixels measured. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../src/base/file.h"
#include "../src/train/loss.h"
#include "make_training_set.h"
#include "make_zip.h"
#include "must.h"

enum { IMAGES = 32, MANY = 70 }; /* MANY: more than a round of measuring */

static char told[4096];

static void tell(void *context, const char *text) {
    assert_ptr_equal(context, told);
    assert_null(strchr(text, '\n'));
    const size_t used = strlen(told);
    snprintf(told + used, sizeof told - used, "%s\n", text);
}

static int set_up(void **state) {
    (void)state;
    make_folder();
    told[0] = '\0';
    put_set(IMAGES);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    remove_folder();
    return 0;
}

static px_training_set *open_set(const px_train_config *config) {
    px_error err = {0};
    px_training_set *set = px_training_set_open(config, tell, told, &err);
    if (!set)
        fail_msg("%s: %s", err.subject, err.message);
    assert_int_equal(err.code, PX_OK);
    return set;
}

static void refuse(const px_train_config *config, const char *subject, const char *message) {
    px_error err = {0};
    assert_null(px_training_set_open(config, NULL, NULL, &err));
    assert_int_equal(err.code, PX_ERR_INPUT);
    if (!strstr(err.subject, subject) || !strstr(err.message, message))
        fail_msg("%s: %s", err.subject, err.message);
}

/* The number in a path, as put_set names images. */
static int number_of(const px_training_set *set, px_part part, int64_t image) {
    return (int)strtol(px_training_set_path(set, part, image), NULL, 10);
}

static void patients_are_in_one_part(void **state) {
    (void)state;
    const px_train_config config = make_config("labels.csv", NULL);
    px_training_set *set = open_set(&config);
    int part_of[IMAGES / 2], seen = 0;
    memset(part_of, -1, sizeof part_of);
    for (int part = 0; part < PX_PARTS; part++)
        for (int64_t i = 0; i < px_training_set_images(set, (px_part)part); i++) {
            const int patient = number_of(set, (px_part)part, i) / 2;
            assert_true(part_of[patient] == -1 || part_of[patient] == part);
            part_of[patient] = part;
            seen++;
        }
    assert_int_equal(seen, IMAGES);
    assert_int_equal(px_training_set_patients(set, PX_PART_TRAIN), 12);
    assert_int_equal(px_training_set_patients(set, PX_PART_VALIDATION), 4);
    assert_int_equal(px_training_set_images(set, PX_PART_VALIDATION), 8);
    px_training_set_free(set);
}

static void labels_are_the_tables(void **state) {
    (void)state;
    const px_train_config config = make_config("labels.csv", NULL);
    px_training_set *set = open_set(&config);
    int64_t positives[SET_FINDINGS] = {0}, negatives[SET_FINDINGS] = {0};
    assert_int_equal(px_training_set_findings(set), SET_FINDINGS);
    for (int64_t i = 0; i < px_training_set_images(set, PX_PART_TRAIN); i++) {
        const int n = number_of(set, PX_PART_TRAIN, i);
        const float *labels = px_training_set_labels(set, PX_PART_TRAIN, i);
        const float expected[] = {(float)(n % 2), (float)(n / 2 % 2),
                                  n % 5 == 4 ? PX_LABEL_UNKNOWN : (float)(n / 4 % 2)};
        assert_memory_equal(labels, expected, sizeof expected);
        for (int f = 0; f < SET_FINDINGS; f++) {
            positives[f] += labels[f] == 1;
            negatives[f] += labels[f] == 0;
        }
    }
    float weights[SET_FINDINGS];
    for (int f = 0; f < SET_FINDINGS; f++) {
        int64_t counted[2];
        px_training_set_count(set, PX_PART_TRAIN, f, &counted[0], &counted[1]);
        assert_int_equal(counted[0], positives[f]);
        assert_int_equal(counted[1], negatives[f]);
        const double balance = (double)negatives[f] / (double)positives[f];
        px_training_set_weights(set, PX_WEIGHTS_NONE, weights);
        assert_true(weights[f] == 1);
        px_training_set_weights(set, PX_WEIGHTS_BALANCED, weights);
        assert_true(weights[f] == (float)balance);
        px_training_set_weights(set, PX_WEIGHTS_SQUARE_ROOT, weights);
        assert_true(weights[f] == (float)sqrt(balance));
    }
    px_training_set_free(set);
}

static void everything_may_be_trained_with(void **state) {
    (void)state;
    px_train_config config = make_config("labels.csv", NULL);
    config.validation_fraction = 0;
    px_training_set *set = open_set(&config);
    assert_int_equal(px_training_set_images(set, PX_PART_TRAIN), IMAGES);
    assert_int_equal(px_training_set_images(set, PX_PART_VALIDATION), 0);
    px_training_set_free(set);
}

static void images_without_patients_are_their_own(void **state) {
    (void)state;
    put_text("plain.csv", "path,edema,mass,hernia,nodule,notes\n00.png,0,1,0,1,\n01.png,1,0,1,0,\n"
                          "02.png,0,1,0,0,\n03.png,1,0,1,1,\nnone.png,1,1,1,1,\n");
    const px_train_config config = make_config("plain.csv", NULL);
    px_training_set *set = open_set(&config);
    assert_int_equal(px_training_set_images(set, PX_PART_TRAIN), 3);
    assert_int_equal(px_training_set_images(set, PX_PART_VALIDATION), 1);
    assert_int_equal(px_training_set_patients(set, PX_PART_TRAIN), 0);
    assert_non_null(strstr(told, "patients are not told"));
    assert_non_null(strstr(told, "plain.csv: 1 rows left out: their image is missing\n"));
    assert_non_null(strstr(told, "for edema: it will have no AUC"));
    assert_null(strstr(told, "none.png"));
    assert_null(strstr(told, "columns not used"));
    assert_null(strstr(told, "not asked for"));
    px_training_set_free(set);
}

static void two_tables(void **state) {
    (void)state;
    put_text("train.csv",
             "path,patient,edema,mass,hernia\n00.png,1,0,1,0\n01.png,1,1,0,1\n05.png,1,,,\n");
    put_text("valid.csv", "path,patient,edema,mass\n02.png,2,0,1\n03.png,3,1,0\n04.png,,1,0\n"
                          "06.png,4,,\n");
    const px_train_config config = make_config("train.csv", "valid.csv");
    px_training_set *set = open_set(&config);
    assert_int_equal(px_training_set_images(set, PX_PART_TRAIN), 2);
    assert_int_equal(px_training_set_patients(set, PX_PART_TRAIN), 1);
    assert_int_equal(px_training_set_images(set, PX_PART_VALIDATION), 3);
    assert_int_equal(px_training_set_patients(set, PX_PART_VALIDATION), 3);
    assert_true(px_training_set_labels(set, PX_PART_VALIDATION, 0)[2] == PX_LABEL_UNKNOWN);
    px_training_set_free(set);
}

static void nobody_is_in_both_tables(void **state) {
    (void)state;
    static const char train[] = "path,patient,edema,mass,hernia\n00.png,1,0,1,0\n01.png,2,1,0,1\n";
    put_text("train.csv", train);
    put_text("valid.csv", "path,patient,edema,mass\n02.png,2,0,1\n03.png,3,1,0\n04.png,2,1,0\n"
                          "05.png,1,1,0\n");
    px_train_config config = make_config("train.csv", "valid.csv");
    refuse(&config, "valid.csv", "2 patients are also in");
    put_text("plain.csv", "path,edema,mass,hernia\n00.png,0,1,0\n01.png,1,0,1\n");
    put_text("same.csv", "path,edema,mass,hernia\n01.png,0,1,0\n02.png,1,0,1\n");
    config = make_config("plain.csv", "same.csv");
    refuse(&config, "same.csv", "1 images are also in");
    config.validation.images = in_folder("."); /* another name of the folder */
    refuse(&config, "same.csv", "1 images are also in");
    put_text("named.csv", "path,patient,edema,mass\n01.png,9,0,1\n02.png,8,1,0\n");
    config = make_config("train.csv", "named.csv");
    refuse(&config, "named.csv", "1 images are also in");
}

static void useless_tables_are_refused(void **state) {
    (void)state;
    put_text("few.csv", "path,patient,edema,mass,hernia\n00.png,1,0,1,0\n01.png,2,0,0,1\n"
                        "02.png,3,0,1,1\n");
    put_text("lacks.csv", "path,patient,edema,mass\n00.png,1,0,1\n01.png,2,1,0\n");
    put_text("valid.csv", "path,patient,edema,hernia\n02.png,3,0,1\n03.png,4,1,0\n");
    put_text("one.csv", "path,patient,edema,mass,hernia\n00.png,1,0,1,0\n01.png,1,1,0,1\n");
    px_train_config config = make_config("few.csv", NULL);
    refuse(&config, "few.csv", "labelled 1 for edema");
    config = make_config("lacks.csv", NULL);
    refuse(&config, "lacks.csv", "does not label hernia");
    config = make_config("one.csv", "valid.csv");
    refuse(&config, "valid.csv", "does not label mass");
    config = make_config("one.csv", NULL);
    refuse(&config, "one.csv", "cannot be split");
    put_text("gone.csv", "path,patient,edema,mass,hernia\nnone.png,1,0,1,0\n");
    config = make_config("gone.csv", NULL);
    px_error err = {0};
    assert_null(px_training_set_open(&config, NULL, NULL, &err));
    assert_int_equal(err.code, PX_ERR_INPUT);
    config = make_config("there_is_none.csv", NULL);
    err = (px_error){0};
    assert_null(px_training_set_open(&config, NULL, NULL, &err));
    assert_int_equal(err.code, PX_ERR_IO);
    config = make_config("labels.csv", NULL);
    config.train.images = in_folder("no_folder");
    err = (px_error){0};
    assert_null(px_training_set_open(&config, NULL, NULL, &err));
    assert_int_equal(err.code, PX_ERR_IO);
}

static void hash_of(const px_train_config *config, char hash[65]) {
    px_training_set *set = open_set(config);
    snprintf(hash, 65, "%s", px_training_set_sha256(set));
    assert_int_equal(strlen(hash), 64);
    px_training_set_free(set);
}

static void other_data_have_another_hash(void **state) {
    (void)state;
    char hashes[5][65], again[65];
    px_train_config config = make_config("labels.csv", NULL);
    hash_of(&config, hashes[0]);
    hash_of(&config, again);
    assert_string_equal(hashes[0], again);
    config.seed++; /* other patients to validate with */
    hash_of(&config, hashes[1]);
    put_text("a.csv", "path,patient,edema,mass,hernia\n00.png,1,0,1,0\n01.png,2,1,0,1\n"
                      "02.png,1,1,0,1\n");
    put_text("b.csv", "path,patient,edema,mass,hernia\n00.png,1,0,1,0\n01.png,2,1,0,1\n"
                      "02.png,1,1,0,0\n");
    put_text("c.csv", "path,patient,edema,mass,hernia\n00.png,1,0,1,0\n01.png,2,1,0,1\n"
                      "02.png,3,1,0,1\n");
    config.validation_fraction = 0;
    for (int i = 0; i < 3; i++) {
        config.train.labels = in_folder((const char *const[]){"a.csv", "b.csv", "c.csv"}[i]);
        hash_of(&config, hashes[2 + i]);
    }
    for (int i = 0; i < 5; i++)
        for (int j = 0; j < i; j++)
            assert_string_not_equal(hashes[i], hashes[j]);
}

static void images_are_read_or_named(void **state) {
    (void)state;
    px_train_config config = make_config("labels.csv", NULL);
    config.validation_fraction = 0;
    px_training_set *set = open_set(&config);
    put_text("03.png", "no image");
    px_image image;
    px_image_init(&image);
    MUST(px_training_set_read(set, PX_PART_TRAIN, 2, &image, &err));
    assert_int_equal(image.width, 18);
    assert_int_equal(image.height, 18);
    px_error err = {0};
    assert_false(px_training_set_read(set, PX_PART_TRAIN, 3, &image, &err));
    assert_int_equal(err.code, PX_ERR_UNSUPPORTED);
    assert_string_equal(err.subject, "03.png");
    assert_true(px_training_set_note_unreadable(set, PX_PART_TRAIN, 3));
    assert_false(px_training_set_note_unreadable(set, PX_PART_TRAIN, 3));
    assert_true(px_training_set_note_unreadable(set, PX_PART_TRAIN, 2));
    px_image_clear(&image);
    px_training_set_free(set);
}

static void images_may_be_in_an_archive(void **state) {
    (void)state;
    zip_part parts[IMAGES];
    char names[IMAGES][16];
    px_buffer files[IMAGES], zip;
    px_buffer_init(&zip, 1 << 20);
    for (int i = 0; i < IMAGES; i++) {
        snprintf(names[i], sizeof names[i], "%02d.png", i);
        px_buffer_init(&files[i], 1 << 16);
        MUST(px_file_read(in_folder(names[i]), &files[i], &err));
        parts[i] = (zip_part){.name = names[i], .data = files[i].data, .size = files[i].size};
    }
    MUST(make_zip(parts, IMAGES, &zip, &err));
    MUST(px_file_write(in_folder("images.zip"), zip.data, zip.size, &err));
    px_train_config config = make_config("labels.csv", NULL);
    px_training_set *folder = open_set(&config);
    config.train.images = in_folder("images.zip");
    px_training_set *archive = open_set(&config);
    assert_string_equal(px_training_set_sha256(archive), px_training_set_sha256(folder));
    const px_input_spec input = {.width = 12, .height = 9, .channels = 1};
    float mean[2][3], std[2][3];
    int64_t unreadable = 0;
    for (int i = 0; i < 2; i++)
        MUST(px_training_set_measure(i ? archive : folder, &input, 2, NULL, NULL, NULL, mean[i],
                                     std[i], &unreadable, &err));
    assert_memory_equal(mean[0], mean[1], sizeof mean[0]);
    assert_memory_equal(std[0], std[1], sizeof std[0]);
    px_training_set_free(archive);
    px_training_set_free(folder);
    for (int i = 0; i < IMAGES; i++)
        px_buffer_clear(&files[i]);
    px_buffer_clear(&zip);
}

/* ---- Mean and deviation -----------------------------------------------------------------------
 */

static int steps;

static void count_step(void *context) {
    assert_ptr_equal(context, &steps);
    steps++;
}

static bool stop_after_ten(void) {
    return steps >= 10;
}

/* By a plain sum over all that px_image_prepare gives. */
static void measure_plainly(const px_training_set *set, const px_input_spec *input, double mean[3],
                            double std[3]) {
    px_input_spec spec = *input;
    spec.scaling = PX_SCALING_UNIT;
    float *tensor = malloc(sizeof *tensor * (size_t)(spec.width * spec.height * spec.channels));
    double sums[3] = {0}, squares[3] = {0}, count = 0;
    for (int64_t i = 0; i < px_training_set_images(set, PX_PART_TRAIN); i++) {
        px_image image;
        px_image_init(&image);
        if (!px_training_set_read(set, PX_PART_TRAIN, i, &image, NULL))
            continue;
        MUST(px_image_prepare(&image, &spec, tensor, &err));
        for (int k = 0; k < spec.width * spec.height * spec.channels; k++) {
            const double level = 255 * (double)tensor[k];
            sums[k % spec.channels] += level;
            squares[k % spec.channels] += level * level;
        }
        count += spec.width * spec.height;
        px_image_clear(&image);
    }
    for (int c = 0; c < 3; c++) {
        const int of = c < spec.channels ? c : 0;
        mean[c] = sums[of] / count;
        std[c] = sqrt(squares[of] / count - mean[c] * mean[c]);
    }
    free(tensor);
}

static void moments_are_measured(void **state) {
    (void)state;
    put_set(MANY);
    px_train_config config = make_config("labels.csv", NULL);
    config.validation_fraction = 0;
    px_training_set *set = open_set(&config);
    put_text("05.png", "no image");
    put_colours("06.png", 30, 20, 99);
    for (int channels = 1; channels <= 3; channels += 2) {
        const px_input_spec input = {.width = 12, .height = 9, .channels = channels};
        double expected_mean[3], expected_std[3];
        float first_mean[3] = {0}, first_std[3] = {0};
        measure_plainly(set, &input, expected_mean, expected_std);
        for (int threads = 1; threads <= 5; threads += 2) {
            float mean[3], std[3];
            int64_t unreadable = 0;
            steps = 0;
            MUST(px_training_set_measure(set, &input, threads, NULL, count_step, &steps, mean, std,
                                         &unreadable, &err));
            assert_int_equal(steps, MANY);
            assert_int_equal(unreadable, 1);
            for (int c = 0; c < 3; c++) {
                assert_true(fabs((double)mean[c] - expected_mean[c]) < 1e-4);
                assert_true(fabs((double)std[c] - expected_std[c]) < 1e-4);
            }
            if (threads == 1) {
                memcpy(first_mean, mean, sizeof mean);
                memcpy(first_std, std, sizeof std);
            }
            assert_memory_equal(mean, first_mean, sizeof mean);
            assert_memory_equal(std, first_std, sizeof std);
        }
    }
    px_training_set_free(set);
}

static void measuring_stops_and_fails(void **state) {
    (void)state;
    px_train_config config = make_config("labels.csv", NULL);
    config.validation_fraction = 0;
    px_training_set *set = open_set(&config);
    px_input_spec input = {.width = 12, .height = 9, .channels = 1};
    float mean[3], std[3];
    int64_t unreadable = 0;
    steps = 0;
    MUST_FAIL(px_training_set_measure(set, &input, 2, stop_after_ten, count_step, &steps, mean, std,
                                      &unreadable, &err),
              PX_ERR_CANCELLED);
    assert_in_range(steps, 10, 12);
    input.channels = 2;
    MUST_FAIL(
        px_training_set_measure(set, &input, 2, NULL, NULL, NULL, mean, std, &unreadable, &err),
        PX_ERR_USAGE);
    input.channels = 1;
    MUST_FAIL(
        px_training_set_measure(set, &input, -1, NULL, NULL, NULL, mean, std, &unreadable, &err),
        PX_ERR_USAGE);
    for (int i = 0; i < IMAGES; i++) {
        char name[16];
        snprintf(name, sizeof name, "%02d.png", i);
        put_text(name, "no image");
    }
    MUST_FAIL(
        px_training_set_measure(set, &input, 2, NULL, NULL, NULL, mean, std, &unreadable, &err),
        PX_ERR_INPUT);
    px_training_set_free(set);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(patients_are_in_one_part),
        TEST(labels_are_the_tables),
        TEST(everything_may_be_trained_with),
        TEST(images_without_patients_are_their_own),
        TEST(two_tables),
        TEST(nobody_is_in_both_tables),
        TEST(useless_tables_are_refused),
        TEST(other_data_have_another_hash),
        TEST(images_are_read_or_named),
        TEST(images_may_be_in_an_archive),
        TEST(moments_are_measured),
        TEST(measuring_stops_and_fails),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
