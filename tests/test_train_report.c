/* The report on a training, and the advice: what they say, whatever the training is like. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "failing_memory.h"
#include "make_training.h"
#include "must.h"
#include "report_page.h"
#include "well_formed.h"

#define CAP ((size_t)32 << 20)
#define HOSTILE "</title><script src=\"http://evil.example/x\">alert('1')</script>&\x01\xff"
#define COUNT(list) (sizeof(list) / sizeof *(list))

static made_training made; /* of forty epochs; tests that change one make their own */

static int make_all(void **state) {
    (void)state;
    MUST(make_training(MADE_TRAINING_EPOCHS, &made, &err));
    return 0;
}

static int clear_all(void **state) {
    (void)state;
    clear_training(&made);
    return 0;
}

static char *page_of(const px_train_summary *summary) {
    px_buffer out;
    px_buffer_init(&out, CAP);
    MUST(px_train_report_html(summary, &out, &err));
    return (char *)out.data;
}

/* ---- The page ---------------------------------------------------------------------------------
 */

static void the_page_tells_all_there_is(void **state) {
    (void)state;
    char *page = page_of(&made.summary), *again = page_of(&made.summary), best[64];
    expect_sound_page(page);
    assert_string_equal(page, again);
    snprintf(best, sizeof best, "epoch 31: <strong>%.3f</strong>", made.history.rows[30].mean_auc);
    expect_text(page, best);
    static const char *const parts[] = {
        "<title>Training of Five findings, DenseNet-121</title>",
        "<p class=\"notice\">Overfitting: ",
        "is <strong>running</strong>: the page is written anew",
        "<strong>densenet121</strong>, starting from random weights,",
        "1458 <span class=\"ci\">of 1104 patients</span>",
        "40 <span class=\"ci\">of at most 60</span>",
        "Fewer than 30 validation images with or without Consolidation: ",
        "An image could not be read 2 times in all epochs together",
        "It was resumed 2 times",
        "<figcaption>Pleural Effusion</figcaption>",
        ">input 112, 160, 224 pixels</text>",
        ">resumed</text>",
        "31 <span class=\"ci\">best</span> <span class=\"ci\">resumed</span>",
        "112 pixels for 12 epochs, then 160 pixels for 12 epochs, then 224 pixels until the end",
        "turned by up to 10°, shifted across by up to 5 % of the width",
        "positives count by the root of negatives over positives",
        "AdamW with beta 0.9 and 0.999, epsilon 1e-08; weight decay 0.05; gradients clipped",
        "One cycle: from 4e-05 up to 0.001 in 30 % of the steps, then down to 1e-06",
        "<strong>train.csv</strong>",
        "<code>5d41402abc",
    };
    for (size_t i = 0; i < COUNT(parts); i++)
        expect_text(page, parts[i]);
    expect_no_text(page, "/data/chest"); /* where things lie is nobody's business */
    assert_int_equal(count_of(page, "<figure>"), 3 + MADE_TRAINING_FINDINGS);
    assert_int_equal(count_of(page, "class=\"strong\""), 1);
    free(page);
    free(again);
}

static void names_are_never_markup(void **state) {
    (void)state;
    static char hostile[] = HOSTILE;
    char *const frozen[] = {hostile};
    const char *const ids[] = {HOSTILE, "edema"};
    made_training own;
    MUST(make_training(0, &own, &err));
    px_history_clear(&own.history);
    MUST(px_history_init(&own.history, 2, ids, &err));
    MUST(px_history_add(&own.history, &(px_history_row){.epoch = 1, .auc = (double[]){0.5, 0.6}},
                        &err));
    own.config.name = own.config.path = own.config.start = own.config.sha256 = hostile;
    own.config.train = own.config.validation = (px_train_table){hostile, hostile};
    own.config.n_freeze = 1;
    own.config.freeze = (char **)(uintptr_t)frozen;
    own.summary.state = hostile;
    char *page = page_of(&own.summary);
    expect_well_formed(page);
    expect_no_text(page, "<script");
    expect_text(page, "<h1>&lt;/title&gt;&lt;script src=&quot;http:");
    assert_true(count_of(page, "&lt;script") >= 4);
    free(page);
    clear_training(&own);
}

static void a_training_of_any_length_has_a_page(void **state) {
    (void)state;
    static const int lengths[] = {0, 1, 2, 3, 9, 1000};
    for (size_t i = 0; i < COUNT(lengths); i++) {
        made_training own;
        MUST(make_training(lengths[i], &own, &err));
        char *page = page_of(&own.summary);
        expect_sound_page(page);
        assert_int_equal(count_of(page, "<figure>"), 3 + MADE_TRAINING_FINDINGS);
        assert_true(count_of(page, "<tr") < 130);
        assert_int_equal(count_of(page, "No epoch is done yet"), lengths[i] == 0);
        assert_int_equal(count_of(page, "of 1000 epochs are shown"), lengths[i] == 1000);
        assert_int_equal(count_of(page, "class=\"strong\""), lengths[i] > 0);
        free(page);
        clear_training(&own);
    }
}

/* Epochs without validation, without numbers, and a configuration of other choices. */
static void what_is_not_known_is_left_out(void **state) {
    (void)state;
    made_training own;
    MUST(make_training(0, &own, &err));
    double none[MADE_TRAINING_FINDINGS];
    for (int f = 0; f < MADE_TRAINING_FINDINGS; f++)
        none[f] = NAN;
    for (int e = 1; e <= 4; e++)
        MUST(px_history_add(&own.history,
                            &(px_history_row){.epoch = e,
                                              .train_loss = e == 2 ? INFINITY : 0.5,
                                              .gradient = e == 3 ? INFINITY : 1,
                                              .rate = 0.01,
                                              .valid_loss = NAN,
                                              .mean_auc = NAN,
                                              .auc = none,
                                              .images_per_second = NAN,
                                              .seconds = e == 4 ? NAN : 1e12},
                            &err));
    px_train_config *c = &own.config;
    static char start[] = "imagenet.safetensors";
    c->has_arch = false;
    c->start = start;
    c->validation = (px_train_table){0};
    c->augmentation = (px_augmentation){0};
    c->optimiser = (px_optimiser_options){.kind = PX_OPTIMISER_SGD, .momentum = 0.9f};
    c->rate = (px_rate){.kind = PX_RATE_CONSTANT, .high = 0.01};
    c->n_stages = 1;
    c->focus = 2;
    c->smoothing = 0.1f;
    c->stop_after = 1;
    c->n_auxiliary = 1;
    c->train = (px_train_table){"labels.csv", "."};
    c->validation_fraction = 0.1;
    own.summary.counts = NULL;
    own.summary.valid_images = own.summary.valid_patients = own.summary.train_patients = 0;
    own.summary.unreadable = 0;
    own.summary.state = "stopped early";
    char *page = page_of(&own.summary);
    expect_sound_page(page);
    expect_text(page, "Nothing is validated");
    expect_text(page, "Patients are not known");
    expect_text(page, "A network, starting from <strong>imagenet.safetensors</strong>,");
    expect_text(page, "SGD with plain momentum 0.9.");
    expect_text(page, "Constant, 0.01.");
    expect_text(page, "gamma 2; ");
    expect_text(page, "<dt>Augmentation</dt><dd>None.</dd>");
    expect_text(page, "after 1 epoch without");
    expect_text(page,
                "<strong>labels.csv</strong> and the images beside it; validated with 10 % of "
                "the images, which");
    expect_text(page, "1 further finding.");
    expect_no_text(page, "It grows");
    expect_no_text(page, "best:");
    free(page);
    clear_training(&own);
}

static void every_schedule_has_its_words(void **state) {
    (void)state;
    static const char *const words[PX_RATES] = {
        [PX_RATE_CONSTANT] = "Constant, 0.001",
        [PX_RATE_CYCLIC] = "Triangles between 4e-05 and 0.001, 2 epochs up and as many down",
        [PX_RATE_ONE_CYCLE] = "One cycle: ",
        [PX_RATE_COSINE] = "Half a cosine from 0.001 down to 4e-05",
        [PX_RATE_PLATEAU] = "0.001, times 0.5 after more than 3 epochs in which"};
    px_train_config config = made.config;
    px_train_summary summary = made.summary;
    summary.config = &config;
    config.half_cycle_epochs = 2;
    config.warm_up_epochs = 1.5;
    config.rate.factor = 0.5;
    config.rate.patience = 3;
    for (int kind = 0; kind < PX_RATES; kind++) {
        config.rate.kind = (px_rate_kind)kind;
        char *page = page_of(&summary);
        expect_sound_page(page);
        expect_text(page, words[kind]);
        expect_text(page, "; warmed up over 1.5 epochs.");
        free(page);
    }
}

static void limits_are_told(void **state) {
    (void)state;
    px_buffer out;
    px_buffer_init(&out, 5000);
    MUST(px_buffer_print(&out, &err, "before"));
    MUST_FAIL(px_train_report_html(&made.summary, &out, &err), PX_ERR_LIMIT);
    assert_int_equal(out.size, 6);
    px_buffer_clear(&out);
}

/* ---- Advice -----------------------------------------------------------------------------------
 */

/* A history of so many epochs in which nothing moves but what is asked for. */
static void make_flat(px_history *history, int epochs, double auc, double rate, double train_fall,
                      double valid_rise) {
    MUST(px_history_init(history, 0, NULL, &err));
    for (int e = 0; e < epochs; e++)
        MUST(px_history_add(history,
                            &(px_history_row){.epoch = e + 1,
                                              .size = 224,
                                              .rate = rate * (e < 3 ? 2 : 1),
                                              .train_loss = 0.5 - train_fall * e + (e ? 0 : 0.2),
                                              .valid_loss = 0.5 + valid_rise * e,
                                              .mean_auc = auc},
                            &err));
}

static void expect_advice(const px_train_config *config, px_history *history,
                          const char *expected) {
    px_error err = {0};
    char *advice = px_train_advice(config, history, &err);
    assert_int_equal(err.code, PX_OK);
    if (!advice || !expected) {
        if (advice || expected)
            fail_msg("advice: %s", advice ? advice : "none");
    } else {
        assert_string_equal(advice, expected);
    }
    free(advice);
    px_history_clear(history);
}

/* The 2020 team's trouble: AUC at 0.70 after the first quarter of an epoch, and nobody knew why. */
static void a_plateau_is_told_with_what_to_try(void **state) {
    (void)state;
    px_train_config config = made.config;
    px_history history = {0};
    config.rate = (px_rate){.kind = PX_RATE_CONSTANT, .high = 1e-3};
    make_flat(&history, 12, 0.7, 1e-3, 0, 0);
    expect_advice(&config, &history,
                  "Plateau: the validation has brought nothing new for 5 epochs or more; the best "
                  "mean AUC is 0.700, of epoch 1. The learning rate has been 0.001 since epoch 4. "
                  "Try schedule.kind \"plateau\" or \"one_cycle\", or schedule.rate 0.0001; "
                  "model.start: weights that have seen other images.");
    config.rate.kind = PX_RATE_CYCLIC;
    config.start = config.name;
    config.input.width = 112;
    config.n_freeze = 1;
    make_flat(&history, 12, 0.51, 1e-3, 0, 0);
    expect_advice(
        &config, &history,
        "Plateau: the validation has brought nothing new for 5 epochs or more; the best "
        "mean AUC is 0.510, of epoch 1. The learning rate has been 0.001 since epoch 4. "
        "Try looking at labels and images: such an AUC is hardly better than chance; "
        "schedule.kind \"one_cycle\", whose rate comes to rest, or schedule.rate 0.00033; "
        "fewer layers in model.freeze.");
    config.rate = (px_rate){.kind = PX_RATE_PLATEAU, .high = 1e-3, .factor = 0.5, .patience = 7};
    config.n_freeze = 0;
    make_flat(&history, 12, NAN, 1e-3, 0, NAN);
    expect_advice(&config, &history,
                  "Plateau: the training loss has not fallen for 5 epochs or more. The learning "
                  "rate has been 0.001 since epoch 4. Try waiting: the rate is multiplied by 0.5 "
                  "after more than 7 epochs without a rise; a larger input.size than 112.");
    config.rate = (px_rate){.kind = PX_RATE_COSINE, .high = 1e-3};
    config.input.width = 224;
    make_flat(&history, 10, 0.7, 5e-4, 0.02, 0);
    expect_advice(&config, &history,
                  "Plateau: the validation has brought nothing new for 5 epochs or more; the best "
                  "mean AUC is 0.700, of epoch 1. The learning rate has been 0.0005 since epoch 4. "
                  "The training loss still falls: what is learned now is of no use elsewhere. Try "
                  "waiting: AUC often rises as the rate falls towards epoch 60; if not, "
                  "schedule.rate 0.00033; model.dropout 0.3; augmentation.mixup 0.2.");
}

static void a_rate_at_which_nothing_is_learned_is_told(void **state) {
    (void)state;
    px_train_config config = made.config;
    px_history history = {0};
    config.rate = (px_rate){.kind = PX_RATE_CONSTANT, .high = 1e-5};
    make_flat(&history, 12, 0.6, 1e-5, 0, 0);
    history.rows[0].train_loss = 0.51;
    expect_advice(&config, &history,
                  "Plateau: the validation has brought nothing new for 5 epochs or more; the best "
                  "mean AUC is 0.600, of epoch 1. The learning rate has been 1e-05 since epoch 4. "
                  "Try schedule.rate 1e-06, then 0.0001: the training loss has hardly fallen since "
                  "the first epoch; model.start: weights that have seen other images.");
}

/* What is said stays the same while a plateau lasts. */
static void the_same_words_are_no_news(void **state) {
    (void)state;
    px_history history = {0};
    make_flat(&history, 9, 0.7, 1e-3, 0.01, 0.01);
    char *first = px_train_advice(&made.config, &history, NULL);
    px_history_clear(&history);
    make_flat(&history, 14, 0.7, 1e-3, 0.01, 0.01);
    assert_non_null(first);
    expect_advice(&made.config, &history, first);
    free(first);
}

static void overfitting_is_told_with_what_to_try(void **state) {
    (void)state;
    px_train_config config = made.config;
    px_history history = {0};
    config.augmentation = (px_augmentation){0};
    config.optimiser = (px_optimiser_options){.kind = PX_OPTIMISER_ADAM};
    make_flat(&history, 12, 0.7, 1e-3, 0.03, 0.02);
    expect_advice(&config, &history,
                  "Overfitting: the training loss still falls, the validation gets worse; its loss "
                  "was least, 0.5, in epoch 1; the best mean AUC is 0.700, of epoch 1, whose model "
                  "is kept. Try augmentation.rotation 10, shift_x and "
                  "shift_y 0.05, zoom 0.1; model.dropout 0.3; optimiser.kind \"adamw\" with "
                  "optimiser.decay 0.05.");
    config = made.config;
    config.dropout = 0.3f;
    config.augmentation.mixup = 0.2;
    config.stop_after = 20;
    make_flat(&history, 12, 0.7, 1e-3, 0.03, 0.02);
    expect_advice(&config, &history,
                  "Overfitting: the training loss still falls, the validation gets worse; its loss "
                  "was least, 0.5, in epoch 1; the best mean AUC is 0.700, of epoch 1, whose model "
                  "is kept. Try more images, or a smaller network.");
    config.stop_after = 0;
    config.rate.kind = PX_RATE_ONE_CYCLE; /* whose end is not to be cut off */
    make_flat(&history, 12, 0.7, 1e-3, 0.03, 0.02);
    char *advice = px_train_advice(&config, &history, NULL);
    expect_text(advice, "is kept. Try more images, or a smaller network.");
    free(advice);
    px_history_clear(&history);
}

/* Advice that would come after the end comes earlier. */
static void what_learns_gets_no_advice(void **state) {
    (void)state;
    px_train_config config = made.config;
    px_history history = {0};
    make_flat(&history, 0, 0.7, 1e-3, 0, 0);
    expect_advice(&config, &history, NULL);
    make_flat(&history, 5, 0.7, 1e-3, 0, 0);
    expect_advice(&config, &history, NULL);
    make_flat(&history, 12, 0.7, 1e-3, 0.02, -0.02);
    expect_advice(&config, &history, NULL);
    config.stop_after = 3;
    make_flat(&history, 3, 0.7, 1e-3, 0, 0);
    char *advice = px_train_advice(&config, &history, NULL);
    assert_non_null(advice);
    expect_text(advice, "nothing new for 2 epochs");
    free(advice);
    config.stop_after = 2;
    advice = px_train_advice(&config, &history, NULL);
    assert_non_null(advice);
    expect_text(advice, "nothing new for 1 epoch or more");
    free(advice);
    px_history_clear(&history);
}

/* ---- Memory -----------------------------------------------------------------------------------
 */

static bool write_report(px_error *err) {
    px_buffer out;
    px_buffer_init(&out, CAP);
    bool ok = px_train_report_html(&made.summary, &out, err);
    assert_true(ok || out.size == 0);
    px_buffer_clear(&out);
    return ok;
}

static bool give_advice(px_error *err) {
    char *advice = px_train_advice(&made.config, &made.history, err);
    free(advice);
    return advice != NULL;
}

static void running_out_of_memory_is_told(void **state) {
    (void)state;
    exhaust(write_report, 30);
    exhaust(give_advice, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_page_tells_all_there_is),
        cmocka_unit_test(names_are_never_markup),
        cmocka_unit_test(a_training_of_any_length_has_a_page),
        cmocka_unit_test(what_is_not_known_is_left_out),
        cmocka_unit_test(every_schedule_has_its_words),
        cmocka_unit_test(limits_are_told),
        cmocka_unit_test(a_plateau_is_told_with_what_to_try),
        cmocka_unit_test(a_rate_at_which_nothing_is_learned_is_told),
        cmocka_unit_test(the_same_words_are_no_news),
        cmocka_unit_test(overfitting_is_told_with_what_to_try),
        cmocka_unit_test(what_learns_gets_no_advice),
        cmocka_unit_test(running_out_of_memory_is_told),
    };
    return cmocka_run_group_tests(tests, make_all, clear_all);
}
