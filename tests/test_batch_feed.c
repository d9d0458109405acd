/* Batches ahead of time: the same bits whatever the threads, shares and first step; every image
 * once; what cannot be read; mixup. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../src/train/loss.h"
#include "../src/trainer/batch_feed.h"
#include "make_training_set.h"
#include "must.h"

enum {
    IMAGES = 22,
    BATCH = 8,
    STEPS = 3,
    MOST = 4,
    WIDTH = 10,
    HEIGHT = 12,
    SAMPLES = WIDTH * HEIGHT * 3
};

static px_training_set *set;
static char told[4096];

static void tell(void *context, const char *text) {
    assert_ptr_equal(context, told);
    const size_t used = strlen(told);
    snprintf(told + used, sizeof told - used, "%s\n", text);
}

static void open_set(int images) {
    put_set(images);
    px_train_config config = make_config("labels.csv", NULL);
    config.validation_fraction = 0;
    px_error err = {0};
    set = px_training_set_open(&config, NULL, NULL, &err);
    if (!set)
        fail_msg("%s: %s", err.subject, err.message);
}

static int set_up(void **state) {
    (void)state;
    make_folder();
    told[0] = '\0';
    open_set(IMAGES);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    px_training_set_free(set);
    remove_folder();
    return 0;
}

static px_batch_options plain_options(void) {
    return (px_batch_options){
        .part = PX_PART_TRAIN,
        .batch = BATCH,
        .share = BATCH,
        .input = {.width = WIDTH, .height = HEIGHT, .channels = 3, .scaling = PX_SCALING_IMAGENET},
        .seed = 3,
        .threads = 2,
        .ahead = 2,
        .most_unreadable = 0.1,
        .tell = tell,
        .tell_context = told};
}

static px_batch_options busy_options(void) {
    px_batch_options options = plain_options();
    options.shuffle = true;
    options.augmentation = (px_augmentation){
        .rotation = 20, .shift_x = 0.1, .flip = 0.5, .contrast = 0.2, .erase = 0.5, .mixup = 0.5};
    return options;
}

/* Batches of an epoch, one after the other. */
typedef struct epoch {
    int steps, count; /* count: of the last batch */
    int64_t known[MOST], rows[MOST * BATCH];
    float images[MOST * BATCH * SAMPLES], labels[MOST * BATCH * SET_FINDINGS];
} epoch;

static epoch *run(const px_batch_options *options, int number, int64_t first_step) {
    px_error err = {0};
    epoch *e = calloc(1, sizeof *e);
    px_batch_feed *feed = px_batch_feed_new(set, options, number, first_step, &err);
    if (!e || !feed)
        fail_msg("%s: %s", err.subject, err.message);
    px_batch batch;
    const size_t share = (size_t)options->share;
    for (; px_batch_feed_next(feed, &batch, &err); e->steps++) {
        const size_t at = (size_t)e->steps * share;
        assert_true(e->steps < MOST);
        memcpy(e->images + at * SAMPLES, batch.images, share * SAMPLES * sizeof(float));
        memcpy(e->labels + at * SET_FINDINGS, batch.labels, share * SET_FINDINGS * sizeof(float));
        memcpy(e->rows + at, batch.rows, share * sizeof *batch.rows);
        e->known[e->steps] = batch.known;
        e->count = batch.count;
    }
    if (err.code != PX_OK)
        fail_msg("%s: %s", err.subject, err.message);
    assert_int_equal(e->steps, px_batch_feed_steps(feed) - first_step);
    px_batch_feed_free(feed);
    return e;
}

static void check_image(const px_input_spec *input, int64_t row, const float *tensor) {
    float expected[SAMPLES];
    px_image image;
    px_image_init(&image);
    MUST(px_training_set_read(set, PX_PART_TRAIN, row, &image, &err));
    MUST(px_image_prepare(&image, input, expected, &err));
    assert_memory_equal(tensor, expected, sizeof expected);
    px_image_clear(&image);
}

static void plain_images_are_the_readers(void **state) {
    (void)state;
    px_batch_options options = plain_options();
    put_colours("04.png", 20, 30, 4);
    epoch *e = run(&options, 0, 0);
    for (int i = 0; i < STEPS * BATCH; i++) {
        const int64_t row = i % IMAGES;
        assert_int_equal(e->rows[i], row);
        check_image(&options.input, row, e->images + i * SAMPLES);
        assert_memory_equal(e->labels + i * SET_FINDINGS,
                            px_training_set_labels(set, PX_PART_TRAIN, row),
                            SET_FINDINGS * sizeof(float));
    }
    assert_int_equal(e->count, IMAGES % BATCH);
    for (int step = 0; step < STEPS; step++) {
        int64_t known = 0;
        for (int i = 0; i < BATCH * SET_FINDINGS; i++)
            known += e->labels[step * BATCH * SET_FINDINGS + i] != PX_LABEL_UNKNOWN;
        assert_int_equal(e->known[step], known);
    }
    free(e);
}

static void an_epoch_has_every_image_once(void **state) {
    (void)state;
    px_batch_options options = plain_options();
    options.shuffle = true;
    epoch *first = run(&options, 0, 0), *second = run(&options, 1, 0);
    for (int k = 0; k < 2; k++) {
        const epoch *e = k == 0 ? first : second;
        int seen[IMAGES] = {0}, moved = 0;
        for (int i = 0; i < IMAGES; i++) {
            seen[e->rows[i]]++;
            moved += e->rows[i] != i;
            check_image(&options.input, e->rows[i], e->images + i * SAMPLES);
        }
        for (int i = 0; i < IMAGES; i++)
            assert_int_equal(seen[i], 1);
        for (int i = IMAGES; i < STEPS * BATCH; i++)
            assert_int_equal(e->rows[i], e->rows[i - IMAGES]);
        assert_true(moved > IMAGES / 2);
    }
    assert_memory_not_equal(first->rows, second->rows, sizeof first->rows);
    free(first);
    free(second);
}

static void threads_and_resumes_change_nothing(void **state) {
    (void)state;
    px_batch_options options = busy_options();
    put_text("07.png", "no image");
    put_colours("08.png", 20, 30, 4);
    epoch *one = run(&options, 4, 0);
    for (int threads = 1; threads <= 5; threads += 2) {
        options.threads = threads;
        options.ahead = threads;
        epoch *other = run(&options, 4, 0);
        assert_memory_equal(other, one, sizeof *one);
        free(other);
        for (int step = 1; step <= STEPS; step++) {
            epoch *rest = run(&options, 4, step);
            const size_t left = (size_t)(STEPS - step) * BATCH;
            assert_memory_equal(rest->images, one->images + step * BATCH * SAMPLES,
                                left * SAMPLES * sizeof(float));
            assert_memory_equal(rest->labels, one->labels + step * BATCH * SET_FINDINGS,
                                left * SET_FINDINGS * sizeof(float));
            assert_memory_equal(rest->rows, one->rows + step * BATCH, left * sizeof *rest->rows);
            assert_memory_equal(rest->known, one->known + step,
                                (size_t)(STEPS - step) * sizeof *rest->known);
            free(rest);
        }
    }
    options.seed++;
    epoch *other = run(&options, 4, 0);
    assert_memory_not_equal(other->images, one->images, sizeof one->images);
    free(other);
    free(one);
}

static void shares_make_up_the_whole(void **state) {
    (void)state;
    px_batch_options options = busy_options();
    put_text("07.png", "no image");
    epoch *whole = run(&options, 2, 0);
    static const int shares[][2] = {{0, 4}, {4, 4}, {2, 6}, {6, 2}};
    for (int k = 0; k < 4; k++) {
        options.first = shares[k][0];
        options.share = shares[k][1];
        epoch *part = run(&options, 2, 0);
        for (int step = 0; step < STEPS; step++) {
            const int at = step * BATCH + options.first, of_part = step * options.share;
            assert_memory_equal(part->images + of_part * SAMPLES, whole->images + at * SAMPLES,
                                (size_t)options.share * SAMPLES * sizeof(float));
            assert_memory_equal(part->labels + of_part * SET_FINDINGS,
                                whole->labels + at * SET_FINDINGS,
                                (size_t)options.share * SET_FINDINGS * sizeof(float));
            assert_int_equal(part->known[step], whole->known[step]);
        }
        const int left = IMAGES % BATCH - options.first;
        assert_int_equal(part->count, left < 0 ? 0 : left < options.share ? left : options.share);
        free(part);
    }
    free(whole);
}

/* Pairs are blends of what they would be alone; the share is found by their labels. */
static void mixup_blends_neighbours(void **state) {
    (void)state;
    px_batch_options options = plain_options();
    options.batch = options.share = 7; /* the last of a batch is alone */
    epoch *alone = run(&options, 0, 0);
    options.augmentation.mixup = 1;
    epoch *mixed = run(&options, 0, 0);
    assert_memory_equal(alone->rows, mixed->rows, sizeof alone->rows);
    int different = 0;
    for (int i = 0; i < 14; i += 2) /* of two batches */
        different += mixed->labels[i * SET_FINDINGS] != mixed->labels[0];
    assert_true(different > 3);
    for (int i = 0; i < 7; i++) {
        const int other = i == 6 ? 6 : i ^ 1;
        const float *a = alone->labels + i * SET_FINDINGS, *m = mixed->labels + i * SET_FINDINGS;
        const float *b = alone->labels + other * SET_FINDINGS;
        const float share = a[0] == 1 ? m[0] : 1 - m[0]; /* neighbours' first labels differ */
        for (int f = 0; f < SET_FINDINGS; f++) {
            const bool known = a[f] != PX_LABEL_UNKNOWN && b[f] != PX_LABEL_UNKNOWN;
            const float expected = known ? share * a[f] + (1 - share) * b[f] : PX_LABEL_UNKNOWN;
            assert_float_equal(m[f], expected, 1e-6f);
        }
        for (int k = 0; k < SAMPLES; k++) {
            const float x = alone->images[i * SAMPLES + k];
            const float y = alone->images[other * SAMPLES + k];
            assert_float_equal(mixed->images[i * SAMPLES + k], (share * x + (1 - share) * y),
                               1e-5f);
        }
        if (i == 6)
            assert_true(share == 1);
        else
            assert_true(share > 0 && share < 1);
    }
    int64_t known = 0;
    for (int i = 0; i < 7 * SET_FINDINGS; i++)
        known += mixed->labels[i] != PX_LABEL_UNKNOWN;
    assert_int_equal(mixed->known[0], known);
    free(alone);
    free(mixed);
}

static void colours_stay_colours(void **state) {
    (void)state;
    px_batch_options options = plain_options();
    options.augmentation.flip = 1;
    options.input.scaling = PX_SCALING_UNIT;
    put_colours("01.png", 20, 30, 4);
    epoch *e = run(&options, 0, 0);
    for (int row = 0; row < 2; row++) {
        float expected[SAMPLES];
        px_image image;
        px_image_init(&image);
        MUST(px_training_set_read(set, PX_PART_TRAIN, row, &image, &err));
        MUST(px_image_prepare(&image, &options.input, expected, &err));
        for (int i = 0; i < SAMPLES; i++) {
            const int x = i / 3 % WIDTH, mirrored = i + 3 * (WIDTH - 1 - 2 * x);
            assert_float_equal(e->images[row * SAMPLES + i], expected[mirrored], 1e-6f);
        }
        px_image_clear(&image);
    }
    free(e);
}

static void augmentation_depends_on_the_epoch(void **state) {
    (void)state;
    px_batch_options options = plain_options();
    options.augmentation.rotation = 20;
    epoch *first = run(&options, 0, 0), *second = run(&options, 1, 0);
    assert_memory_equal(first->rows, second->rows, sizeof first->rows);
    for (int i = 0; i < STEPS * BATCH; i++)
        assert_memory_not_equal(first->images + i * SAMPLES, second->images + i * SAMPLES,
                                SAMPLES * sizeof(float));
    for (int i = IMAGES; i < STEPS * BATCH; i++) /* the same image, turned otherwise */
        assert_memory_not_equal(first->images + i * SAMPLES, first->images + (i - IMAGES) * SAMPLES,
                                SAMPLES * sizeof(float));
    free(first);
    free(second);
}

/* ---- What cannot be read ----------------------------------------------------------------------
 */

static void the_next_takes_the_place(void **state) {
    (void)state;
    const px_batch_options options = plain_options();
    put_text("05.png", "no image");
    put_text("06.png", "");
    put_text("21.png", "no image");
    for (int round = 0; round < 2; round++) {
        epoch *e = run(&options, round, 0);
        const int64_t expected[] = {4, 7, 7, 7, 8};
        assert_memory_equal(e->rows + 4, expected, sizeof expected);
        assert_int_equal(e->rows[21], 0); /* after the last comes the first */
        check_image(&options.input, 7, e->images + 5 * SAMPLES);
        assert_memory_equal(e->labels + 5 * SET_FINDINGS,
                            px_training_set_labels(set, PX_PART_TRAIN, 7),
                            SET_FINDINGS * sizeof(float));
        free(e);
    }
    const char *first = strstr(told, "05.png: "), *second = strstr(told, "06.png: ");
    const char *third = strstr(told, "21.png: ");
    assert_true(first == told && second > first && third > second);
    int lines = 0;
    for (const char *c = told; *c; c++)
        lines += *c == '\n';
    assert_int_equal(lines, 3);
}

static void spoil(int first, int last) {
    for (int i = first; i <= last; i++) {
        char name[16];
        snprintf(name, sizeof name, "%02d.png", i);
        put_text(name, "no image");
    }
}

/* Batches until the feed ends; what ended it is left in err. */
static int count_batches(const px_batch_options *options, int64_t *unreadable, px_error *err) {
    px_batch_feed *feed = px_batch_feed_new(set, options, 0, 0, err);
    px_batch batch;
    int batches = 0;
    assert_non_null(feed);
    while (px_batch_feed_next(feed, &batch, err))
        batches++;
    *unreadable = px_batch_feed_unreadable(feed);
    px_batch_feed_free(feed);
    return batches;
}

static void too_many_unreadable_images_end_it(void **state) {
    (void)state;
    px_batch_options options = plain_options();
    int64_t unreadable;
    options.batch = options.share = 4;
    options.most_unreadable = 0;
    spoil(2, 11);
    px_error err = {0};
    assert_int_equal(count_batches(&options, &unreadable, &err), 6); /* ten are always allowed */
    assert_int_equal(err.code, PX_OK);
    assert_int_equal(unreadable, 10);
    spoil(17, 17);
    for (options.threads = 1; options.threads <= 5; options.threads += 2) {
        err = (px_error){0};
        assert_int_equal(count_batches(&options, &unreadable, &err), 4);
        assert_int_equal(err.code, PX_ERR_INPUT);
        assert_int_equal(unreadable, 11);
        assert_non_null(strstr(err.message, "11 of 20 images cannot be read; the last: 17.png"));
    }
    options.most_unreadable = 0.05; /* of 20: one more */
    err = (px_error){0};
    assert_int_equal(count_batches(&options, &unreadable, &err), 6);
    assert_int_equal(err.code, PX_OK);
}

static void nothing_readable_ends_it(void **state) {
    (void)state;
    px_batch_options options = plain_options();
    int64_t unreadable;
    spoil(0, IMAGES - 1);
    for (options.most_unreadable = 0; options.most_unreadable <= 1; options.most_unreadable++) {
        px_error err = {0};
        assert_int_equal(count_batches(&options, &unreadable, &err), 0);
        assert_int_equal(err.code, PX_ERR_INPUT);
        assert_non_null(strstr(err.message, "00.png"));
    }
}

/* ---- Beginning and end ------------------------------------------------------------------------
 */

static void it_may_end_at_any_moment(void **state) {
    (void)state;
    px_batch_options options = busy_options();
    options.threads = 4;
    for (int taken = 0; taken <= STEPS; taken++)
        for (options.ahead = 1; options.ahead <= 4; options.ahead += 3) {
            px_error err = {0};
            px_batch_feed *feed = px_batch_feed_new(set, &options, 0, 0, &err);
            px_batch batch;
            assert_non_null(feed);
            for (int i = 0; i < taken; i++)
                assert_true(px_batch_feed_next(feed, &batch, &err));
            px_batch_feed_free(feed);
        }
    px_batch_feed_free(NULL);
}

/* While a batch is in the caller's hands, all others are made, but none in its place. */
static void a_borrowed_batch_stays(void **state) {
    (void)state;
    static float copy[BATCH * SAMPLES];
    px_batch_options options = busy_options();
    const struct timespec while_others_are_made = {.tv_nsec = 50000000};
    for (options.ahead = 1; options.ahead <= STEPS; options.ahead++) {
        px_error err = {0};
        px_batch_feed *feed = px_batch_feed_new(set, &options, 0, 0, &err);
        px_batch batch;
        assert_non_null(feed);
        for (int step = 0; step < STEPS; step++) {
            assert_true(px_batch_feed_next(feed, &batch, &err));
            memcpy(copy, batch.images, sizeof copy);
            nanosleep(&while_others_are_made, NULL);
            assert_memory_equal(batch.images, copy, sizeof copy);
        }
        px_batch_feed_free(feed);
    }
}

static void a_batch_may_be_larger_than_the_set(void **state) {
    (void)state;
    px_batch_options options = plain_options();
    options.batch = 50;
    options.first = 40;
    options.share = 8;
    epoch *e = run(&options, 0, 0);
    assert_int_equal(e->steps, 1);
    assert_int_equal(e->count, 0);
    for (int i = 0; i < 8; i++)
        assert_int_equal(e->rows[i], (40 + i) % IMAGES);
    free(e);
}

static void senseless_options_are_refused(void **state) {
    (void)state;
    const px_batch_options good = plain_options();
    px_batch_options bad[14];
    for (int i = 0; i < 14; i++)
        bad[i] = good;
    bad[0].batch = 0;
    bad[1].first = -1;
    bad[2].first = 1;
    bad[3].share = 0;
    bad[4].threads = 0;
    bad[5].ahead = 0;
    bad[6].input.width = 0;
    bad[7].input.channels = 2;
    bad[8].most_unreadable = 2;
    bad[9].augmentation.rotation = 1000;
    bad[10].part = PX_PART_VALIDATION; /* empty */
    bad[11].augmentation.mixup = 1;
    bad[11].first = 3;
    bad[11].share = 5;
    bad[12].augmentation.mixup = 1;
    bad[12].share = 3;
    bad[13].threads = 100000;
    for (int i = 0; i < 14; i++)
        MUST_FAIL(px_batch_feed_new(set, &bad[i], 0, 0, &err), PX_ERR_USAGE);
    MUST_FAIL(px_batch_feed_new(set, &good, -1, 0, &err), PX_ERR_USAGE);
    MUST_FAIL(px_batch_feed_new(set, &good, 0, -1, &err), PX_ERR_USAGE);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(plain_images_are_the_readers),
        TEST(an_epoch_has_every_image_once),
        TEST(threads_and_resumes_change_nothing),
        TEST(shares_make_up_the_whole),
        TEST(mixup_blends_neighbours),
        TEST(colours_stay_colours),
        TEST(augmentation_depends_on_the_epoch),
        TEST(the_next_takes_the_place),
        TEST(too_many_unreadable_images_end_it),
        TEST(nothing_readable_ends_it),
        TEST(it_may_end_at_any_moment),
        TEST(a_borrowed_batch_stays),
        TEST(a_batch_may_be_larger_than_the_set),
        TEST(senseless_options_are_refused),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
