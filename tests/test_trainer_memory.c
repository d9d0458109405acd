/* Sets and batches of a training when memory runs out at each allocation in turn: an error, and
 * nothing lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "../src/trainer/batch_feed.h"
#include "failing_memory.h"
#include "make_training_set.h"

enum { IMAGES = 6 };

static px_train_config config;

static bool open_set(px_error *err) {
    px_training_set *set = px_training_set_open(&config, NULL, NULL, err);
    px_training_set_free(set);
    return set != NULL;
}

static void sets(void **state) {
    (void)state;
    config = make_config("labels.csv", NULL);
    exhaust(open_set, 60);
    put_text("train.csv", "path,patient,edema,mass,hernia\n00.png,1,0,1,0\n01.png,1,1,0,1\n");
    put_text("valid.csv", "path,patient,edema,mass\n02.png,2,0,1\n03.png,3,1,0\n");
    config = make_config("train.csv", "valid.csv");
    exhaust(open_set, 100);
}

static px_training_set *open_for_use(void) {
    const int kept = allocations_left;
    allocations_left = -1;
    config = make_config("labels.csv", NULL);
    config.validation_fraction = 0;
    px_training_set *set = px_training_set_open(&config, NULL, NULL, NULL);
    assert_non_null(set);
    allocations_left = kept;
    return set;
}

static bool measure(px_error *err) {
    px_training_set *set = open_for_use();
    const px_input_spec input = {.width = 8, .height = 8, .channels = 1};
    float mean[3], std[3];
    int64_t unreadable;
    const bool ok =
        px_training_set_measure(set, &input, 1, NULL, NULL, NULL, mean, std, &unreadable, err);
    px_training_set_free(set);
    return ok;
}

/* One thread, so that memory is asked for in one order. */
static bool feed(px_error *err) {
    px_training_set *set = open_for_use();
    const px_batch_options options = {.part = PX_PART_TRAIN,
                                      .batch = 4,
                                      .share = 4,
                                      .input = {.width = 8, .height = 8, .channels = 3},
                                      .augmentation = {.rotation = 10, .mixup = 1},
                                      .shuffle = true,
                                      .threads = 1,
                                      .ahead = 1};
    px_batch_feed *made = px_batch_feed_new(set, &options, 0, 0, err);
    px_batch batch;
    px_error failure = {0};
    bool ok = made != NULL;
    int batches = 0;
    while (ok && px_batch_feed_next(made, &batch, &failure))
        batches++;
    px_batch_feed_free(made); /* before allocations_left is looked at: it joins the thread */
    px_training_set_free(set);
    if (failure.code != PX_OK) {
        *err = failure;
        ok = false;
    }
    assert_true(!ok || batches == 2);
    return ok;
}

static void images(void **state) {
    (void)state;
    put_text("02.png", "no image");
    exhaust(measure, 20);
    exhaust(feed, 30);
}

static int set_up(void **state) {
    (void)state;
    make_folder();
    put_set(IMAGES);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    remove_folder();
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sets),
        cmocka_unit_test(images),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
