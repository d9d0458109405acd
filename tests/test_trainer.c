/* The training loop: it learns; a stop at any step changes nothing; it stops by itself where it
 * must; and files are whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../src/base/file.h"
#include "../src/base/sha256.h"
#include "must.h"
#include "tiny_training.h"

enum { LINE = 500 };

static int make(void **state) {
    *state = tiny_make();
    return 0;
}

static int remove_all(void **state) {
    tiny_remove(*state);
    return 0;
}

static bool exists(const char *folder, const char *name) {
    return access(tiny_path(folder, name), F_OK) == 0;
}

/* ---- learning ------------------------------------------------------------------------------ */

static void it_learns(void **state) {
    const char *folder = *state;
    px_train_config config = tiny_config(folder, "{'training.epochs':8}");
    px_train_outcome outcome = tiny_train(&config, PX_START_RESUME);
    const px_history *h = &outcome.history;
    assert_int_equal(h->n_rows, 8);
    assert_true(h->rows[7].train_loss < 0.6 * h->rows[0].train_loss);
    assert_true(outcome.best_auc > 0.95);
    assert_float_equal(h->rows[outcome.best_epoch - 1].mean_auc, outcome.best_auc, 0);
    assert_false(outcome.stopped_early);
    px_train_outcome_clear(&outcome);
    px_train_config_clear(&config);
    const char *const files[] = {"out/history.csv", "out/report.html", "out/checkpoint.safetensors",
                                 "out/best.safetensors"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        assert_true(exists(folder, files[i]));
    tiny_assert_same_model(tiny_path(folder, "out/best.safetensors"),
                           tiny_path(folder, "out/model.safetensors"));
}

static void the_model_tells_how_it_was_made(void **state) {
    const char *folder = *state;
    px_train_config config =
        tiny_config(folder, "{'output':'mine','training.epochs':2,'input.scaling':'featurewise',"
                            "'name':'mine'}");
    px_train_outcome outcome = tiny_train(&config, PX_START_RESUME);
    px_error err = {0};
    px_model *model = px_model_load(tiny_path(folder, "mine/model.safetensors"), &err);
    assert_non_null(model);
    assert_string_equal(model->name, "mine");
    assert_true(model->trained);
    assert_int_equal(model->n_labels, 2);
    assert_int_equal(model->input.scaling, PX_SCALING_FEATUREWISE);
    assert_true(model->input.mean[0] > 90 && model->input.mean[0] < 180);
    assert_true(model->input.std[0] > 10 && model->input.std[0] < 90);
    const json_t *training = json_object_get(model->provenance, "training");
    const json_t *data = json_object_get(training, "data"),
                 *validation = json_object_get(training, "validation");
    assert_int_equal(json_integer_value(json_object_get(data, "images")), 32);
    assert_int_equal(json_integer_value(json_object_get(data, "validation_images")), 16);
    assert_int_equal(json_integer_value(json_object_get(training, "steps")), 8);
    assert_int_equal(json_integer_value(json_object_get(validation, "epoch")), outcome.best_epoch);
    assert_true(json_is_true(json_object_get(training, "averaged")));
    assert_true(json_real_value(json_object_get(training, "seconds")) > 0);
    assert_non_null(json_object_get(model->provenance, "started_from"));
    px_model_unref(model);
    px_train_outcome_clear(&outcome);
    px_train_config_clear(&config);
}

/* What is learned depends neither on threads nor on readers. */
static void threads_change_nothing(void **state) {
    const char *folder = *state;
    px_train_config one = tiny_config(folder, "{'output':'one','run.threads':1,'run.readers':1}");
    px_train_config three =
        tiny_config(folder, "{'output':'three','run.threads':3,'run.readers':3,'run.ahead':1}");
    px_train_outcome a = tiny_train(&one, PX_START_RESUME), b = tiny_train(&three, PX_START_RESUME);
    tiny_assert_same_history(&a.history, &b.history);
    tiny_assert_same_model(tiny_path(folder, "one/model.safetensors"),
                           tiny_path(folder, "three/model.safetensors"));
    px_train_outcome_clear(&a);
    px_train_outcome_clear(&b);
    px_train_config_clear(&one);
    px_train_config_clear(&three);
}

/* ---- stop and resume ----------------------------------------------------------------------- */

#define EVERYTHING                                                                                 \
    "'training.sizes':[{'size':16,'epochs':1}],'model.dropout':0.2,'augmentation.mixup':0.4,"      \
    "'augmentation.flip':0.5,'loss.smoothing':0.1,'optimiser.average':0.8,'input.scaling':"        \
    "'featurewise'"

static void resume_with(const char *folder, const char *keys, const int *stops, int n_stops) {
    char changes[1024];
    snprintf(changes, sizeof changes, "{%s,'output':'whole'}", keys);
    px_train_config whole = tiny_config(folder, changes);
    snprintf(changes, sizeof changes, "{%s,'output':'parts'}", keys);
    px_train_config parts = tiny_config(folder, changes);
    px_train_outcome a = tiny_train(&whole, PX_START_OVER);
    unlink(tiny_path(folder, "parts/checkpoint.safetensors"));
    for (int i = 0; i < n_stops; i++)
        assert_true(tiny_train_until(&parts, stops[i]));
    px_train_outcome b = tiny_train(&parts, PX_START_RESUME);
    assert_int_equal(a.best_epoch, b.best_epoch);
    tiny_assert_same_history(&a.history, &b.history);
    tiny_assert_same_model(tiny_path(folder, "whole/model.safetensors"),
                           tiny_path(folder, "parts/model.safetensors"));
    px_train_outcome_clear(&a);
    px_train_outcome_clear(&b);
    px_train_config_clear(&whole);
    px_train_config_clear(&parts);
}

/* One look at the hook comes before each step, and one with each batch of the validation. Stops are
 * so far apart that each comes somewhere else: in a step, in a validation, before a new size. */
static void a_stop_changes_nothing(void **state) {
    const int early[] = {1}, often[] = {2, 3, 1, 4, 2}, in_validation[] = {4, 0};
    resume_with(*state, EVERYTHING, early, 1);
    resume_with(*state, EVERYTHING, often, 5);
    resume_with(*state, EVERYTHING, in_validation, 2);
    resume_with(*state, "'optimiser.kind':'sgd','optimiser.average':0,'schedule.kind':'plateau'",
                often, 5);
    resume_with(*state, "'optimiser.kind':'adam','schedule.kind':'one_cycle','model.dropout':0.5",
                often, 4);
}

static void keep_line(void *context, const char *text) {
    snprintf(context, LINE, "%s", text);
}

/* It says so, and all that it writes again is the same. */
static void a_finished_training_is_not_repeated(void **state) {
    const char *folder = *state;
    px_train_config config = tiny_config(folder, "{'output':'done','training.epochs':2}");
    px_train_outcome a = tiny_train(&config, PX_START_RESUME), b = {0};
    char before[PX_SHA256_HEX], after[PX_SHA256_HEX], line[LINE] = "";
    MUST(px_sha256_file(tiny_path(folder, "done/model.safetensors"), before, &err));
    px_train_hooks hooks = {.tell = keep_line, .context = line};
    MUST(px_train(&config, PX_START_RESUME, &hooks, &b, &err));
    MUST(px_sha256_file(tiny_path(folder, "done/model.safetensors"), after, &err));
    assert_string_equal(before, after);
    assert_non_null(strstr(line, "has ended, after 2 epochs"));
    tiny_assert_same_history(&a.history, &b.history);
    assert_float_equal(a.history.rows[1].seconds, b.history.rows[1].seconds, 0);
    px_train_outcome_clear(&a);
    px_train_outcome_clear(&b);
    px_train_config_clear(&config);
}

/* ---- stopping by itself -------------------------------------------------------------------- */

/* Decay that is too strong makes weights grow by a factor of 99 each step, until they are no
 * numbers. */
static void what_is_no_number_stops_it(void **state) {
    const char *folder = *state;
    px_train_config config = tiny_config(
        folder, "{'output':'nan','optimiser.kind':'sgd','optimiser.momentum':0,'optimiser.nesterov'"
                ":false,'schedule.rate':10,'optimiser.decay':10,'optimiser.clip':0,"
                "'optimiser.average':0,'training.epochs':20,'run.checkpoint_minutes':0,"
                "'data.validation.labels':null,'data.validation.images':null,"
                "'data.validation.fraction':0}");
    px_train_outcome outcome = {0};
    px_error err = {0};
    assert_false(px_train(&config, PX_START_RESUME, &(px_train_hooks){0}, &outcome, &err));
    assert_int_equal(err.code, PX_ERR_INPUT);
    assert_non_null(strstr(err.message, "not a number"));
    assert_non_null(strstr(err.message, ".png, "));
    assert_true(exists(folder, "nan/checkpoint.safetensors"));
    px_error again = {0};
    px_train_outcome_clear(&outcome);
    assert_false(px_train(&config, PX_START_RESUME, &(px_train_hooks){0}, &outcome, &again));
    assert_string_equal(again.message, err.message); /* the checkpoint is of just before */
    px_train_outcome_clear(&outcome);
    px_train_config_clear(&config);
}

static void a_plateau_reduces_the_rate(void **state) {
    px_train_config config =
        tiny_config(*state, "{'output':'plateau','schedule.kind':'plateau','schedule.patience':1,"
                            "'schedule.factor':0.5,'schedule.least_change':1,'training.epochs':5}");
    px_train_outcome outcome = tiny_train(&config, PX_START_RESUME);
    const px_history_row *rows = outcome.history.rows;
    assert_float_equal(rows[0].rate, 0.01, 1e-12);
    assert_true(rows[4].rate < 0.006);
    px_train_outcome_clear(&outcome);
    px_train_config_clear(&config);
}

static void it_stops_early(void **state) {
    px_train_config config =
        tiny_config(*state, "{'output':'early','schedule.rate':1e-9,'training.epochs':9,"
                            "'training.stop_after':2,'model.norm_momentum':0.999}");
    px_train_outcome outcome = tiny_train(&config, PX_START_RESUME);
    assert_true(outcome.stopped_early);
    assert_true(outcome.history.n_rows < 9);
    assert_int_equal(outcome.history.n_rows, outcome.best_epoch + 2);
    px_train_outcome_clear(&outcome);
    px_train_config_clear(&config);
}

/* Epochs of smaller images do not count: those of the full size are still to come. */
static void it_does_not_stop_before_the_full_size(void **state) {
    px_train_config config = tiny_config(
        *state, "{'output':'small','schedule.rate':1e-9,'training.epochs':9,'training.stop_after':1"
                ",'model.norm_momentum':0.999,'training.sizes':[{'size':16,'epochs':5}]}");
    px_train_outcome outcome = tiny_train(&config, PX_START_RESUME);
    assert_true(outcome.stopped_early);
    assert_in_range(outcome.history.n_rows, 6, 8);
    px_train_outcome_clear(&outcome);
    px_train_config_clear(&config);
}

/* The last model is the result then, and a plateau is one of the loss. */
static void nothing_to_validate_with(void **state) {
    const char *folder = *state;
    px_train_config config = tiny_config(
        folder, "{'output':'blind','data.validation.labels':null,'data.validation.images':null,"
                "'data.validation.fraction':0,'training.stop_after':0,'schedule.kind':'plateau'}");
    px_train_outcome outcome = tiny_train(&config, PX_START_RESUME);
    assert_int_equal(outcome.history.n_rows, TINY_EPOCHS);
    assert_int_equal(outcome.best_epoch, 0);
    assert_true(isnan(outcome.history.rows[0].mean_auc));
    assert_float_equal(outcome.history.rows[TINY_EPOCHS - 1].rate, 0.01, 1e-12);
    assert_false(exists(folder, "blind/best.safetensors"));
    assert_true(exists(folder, "blind/model.safetensors"));
    px_train_outcome_clear(&outcome);
    px_train_config_clear(&config);
}

/* An AUC that is never measured neither ends the training nor reduces the rate while it learns. */
static void one_class_to_validate_with(void **state) {
    const char *folder = *state;
    static const char table[] = "path,edema,pleural_effusion\n33.png,1,1\n34.png,1,1\n";
    MUST(px_file_write(tiny_path(folder, "ones.csv"), table, sizeof table - 1, &err));
    px_train_config config = tiny_config(
        folder, "{'output':'ones','data.validation.labels':'ones.csv','training.stop_after':1,"
                "'schedule.kind':'plateau','schedule.patience':2}");
    px_train_outcome outcome = tiny_train(&config, PX_START_RESUME);
    const px_history_row *last = &outcome.history.rows[outcome.history.n_rows - 1];
    assert_int_equal(last->epoch, TINY_EPOCHS);
    assert_float_equal(last->rate, 0.01, 1e-12);
    assert_true(isnan(last->mean_auc) && isfinite(last->valid_loss));
    assert_int_equal(outcome.best_epoch, 0);
    assert_true(exists(folder, "ones/model.safetensors"));
    px_train_outcome_clear(&outcome);
    px_train_config_clear(&config);
}

/* A model of which only the validation sees that it is broken: its statistics overflow. */
static void a_validation_without_numbers_stops_it(void **state) {
    const char *folder = *state;
    px_train_config config =
        tiny_config(folder, "{'output':'broken','optimiser.kind':'sgd','optimiser.momentum':0,"
                            "'optimiser.nesterov':false,'schedule.rate':10,'optimiser.decay':10,"
                            "'optimiser.clip':0,'optimiser.average':0,'training.epochs':60,"
                            "'training.batch':32}");
    px_train_outcome outcome = {0};
    px_error why = {0};
    assert_false(px_train(&config, PX_START_RESUME, &(px_train_hooks){0}, &outcome, &why));
    assert_int_equal(why.code, PX_ERR_INPUT);
    assert_string_equal(why.subject, "33.png");
    assert_non_null(strstr(why.message, "validation: "));
    px_buffer report;
    px_buffer_init(&report, 1 << 20);
    MUST(px_file_read(tiny_path(folder, "broken/report.html"), &report, &err));
    assert_non_null(px_buffer_print(&report, NULL, "%c", 0) ? strstr((char *)report.data, "stopped")
                                                            : NULL);
    px_buffer_clear(&report);
    px_train_outcome_clear(&outcome);
    px_train_config_clear(&config);
}

static void count_line(void *context, const char *text) {
    int *count = context;
    *count += strstr(text, "03.png") != NULL;
}

static void unreadable_images_are_passed_over(void **state) {
    const char *folder = *state;
    MUST(px_file_write(tiny_path(folder, "03.png"), "\x89PNG no image", 13, &err));
    px_train_config config =
        tiny_config(folder, "{'output':'holes','training.epochs':2,'data.most_unreadable':0.5}");
    int told = 0;
    px_train_hooks hooks = {.tell = count_line, .context = &told};
    px_train_outcome outcome = {0};
    MUST(px_train(&config, PX_START_RESUME, &hooks, &outcome, &err));
    assert_int_equal(told, 1);
    px_train_outcome_clear(&outcome);
    px_train_config_clear(&config);

    for (int i = 1; i <= 30; i++) {
        char name[16];
        snprintf(name, sizeof name, "%02d.png", i);
        MUST(px_file_write(tiny_path(folder, name), "\x89PNG no image", 13, &err));
    }
    config = tiny_config(folder, "{'output':'none','data.most_unreadable':0.1}");
    MUST_FAIL(px_train(&config, PX_START_RESUME, &hooks, &outcome, &err), PX_ERR_INPUT);
    px_train_outcome_clear(&outcome);
    px_train_config_clear(&config);
}

/* ---- files --------------------------------------------------------------------------------- */

/* No file may grow beyond 1,000 bytes: as if the disk were full. */
static void a_full_disk_leaves_the_checkpoint(void **state) {
    const char *folder = *state;
    px_train_config config = tiny_config(folder, "{'output':'full'}");
    assert_true(tiny_train_until(&config, 3));
    char before[PX_SHA256_HEX], after[PX_SHA256_HEX];
    MUST(px_sha256_file(tiny_path(folder, "full/checkpoint.safetensors"), before, &err));
    struct rlimit usual, small;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &usual), 0);
    small = usual;
    small.rlim_cur = 1000;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    px_train_outcome outcome = {0};
    px_error why = {0};
    bool ok = px_train(&config, PX_START_RESUME, &(px_train_hooks){0}, &outcome, &why);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &usual), 0);
    assert_false(ok);
    assert_int_equal(why.code, PX_ERR_IO);
    MUST(px_sha256_file(tiny_path(folder, "full/checkpoint.safetensors"), after, &err));
    assert_string_equal(before, after);
    px_train_outcome_clear(&outcome);
    outcome = tiny_train(&config, PX_START_RESUME);
    px_train_outcome_clear(&outcome);
    px_train_config_clear(&config);
}

/* A report that cannot be written costs no epoch. */
static void the_report_comes_after_the_checkpoint(void **state) {
    const char *folder = *state;
    px_train_config config = tiny_config(folder, "{'output':'unseen','training.epochs':1}");
    assert_int_equal(mkdir(tiny_path(folder, "unseen"), 0777), 0);
    assert_int_equal(mkdir(tiny_path(folder, "unseen/report.html"), 0777), 0);
    px_train_outcome outcome = {0};
    MUST_FAIL(px_train(&config, PX_START_RESUME, &(px_train_hooks){0}, &outcome, &err), PX_ERR_IO);
    px_train_outcome_clear(&outcome);
    assert_true(exists(folder, "unseen/checkpoint.safetensors"));
    assert_int_equal(rmdir(tiny_path(folder, "unseen/report.html")), 0);
    outcome = tiny_train(&config, PX_START_RESUME);
    assert_false(outcome.history.rows[0].restarted);
    px_train_outcome_clear(&outcome);
    px_train_config_clear(&config);
}

static void one_process_at_a_time(void **state) {
    const char *folder = *state;
    px_train_config config = tiny_config(folder, "{'output':'busy'}");
    assert_int_equal(mkdir(tiny_path(folder, "busy"), 0777), 0);
    int fd = open(tiny_path(folder, "busy/.lock"), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    assert_true(fd >= 0 && flock(fd, LOCK_EX) == 0);
    px_train_outcome outcome = {0};
    MUST_FAIL(px_train(&config, PX_START_RESUME, &(px_train_hooks){0}, &outcome, &err),
              PX_ERR_BUSY);
    close(fd);
    outcome = tiny_train(&config, PX_START_RESUME);
    px_train_outcome_clear(&outcome);
    px_train_config_clear(&config);
}

static void what_was_half_written_is_cleared(void **state) {
    const char *folder = *state;
    px_train_config config = tiny_config(folder, "{'output':'half','training.epochs':1}");
    static const char *const names[] = {"half/checkpoint.safetensors.77-0.part",
                                        "half/report.html.77-3.part", "half/mine.part"};
    assert_int_equal(mkdir(tiny_path(folder, "half"), 0777), 0);
    for (int i = 0; i < 3; i++)
        MUST(px_file_write(tiny_path(folder, names[i]), "half", 4, &err));
    px_train_outcome outcome = tiny_train(&config, PX_START_RESUME);
    assert_false(exists(folder, names[0]));
    assert_false(exists(folder, names[1]));
    assert_true(exists(folder, names[2]));
    px_train_outcome_clear(&outcome);
    px_train_config_clear(&config);
}

/* ---- progress ------------------------------------------------------------------------------ */

typedef struct seen {
    int steps, batches;
    double left, mean_auc;
} seen;

static void see(void *context, const px_train_progress *p) {
    seen *s = context;
    assert_in_range(p->epoch, 1, TINY_EPOCHS);
    assert_in_range(p->step, 1, p->steps);
    s->steps += !p->validating;
    s->batches += p->validating;
    s->left = p->seconds_left;
    s->mean_auc = p->mean_auc;
    assert_true(p->images_per_second > 0);
}

static void progress_is_told(void **state) {
    px_train_config config = tiny_config(*state, "{'output':'told'}");
    seen s = {0};
    px_train_hooks hooks = {.progress = see, .context = &s};
    px_train_outcome outcome = {0};
    MUST(px_train(&config, PX_START_RESUME, &hooks, &outcome, &err));
    assert_int_equal(s.steps, TINY_EPOCHS * TINY_STEPS);
    assert_int_equal(s.batches, TINY_EPOCHS * 2); /* the batch, and what came of it */
    assert_float_equal(s.mean_auc, outcome.history.rows[TINY_EPOCHS - 1].mean_auc, 0);
    assert_true(s.left >= 0 && s.left < 1);
    px_train_outcome_clear(&outcome);
    px_train_config_clear(&config);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_learns),
        cmocka_unit_test(the_model_tells_how_it_was_made),
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(a_stop_changes_nothing),
        cmocka_unit_test(a_finished_training_is_not_repeated),
        cmocka_unit_test(what_is_no_number_stops_it),
        cmocka_unit_test(a_plateau_reduces_the_rate),
        cmocka_unit_test(it_stops_early),
        cmocka_unit_test(it_does_not_stop_before_the_full_size),
        cmocka_unit_test(nothing_to_validate_with),
        cmocka_unit_test(one_class_to_validate_with),
        cmocka_unit_test(a_validation_without_numbers_stops_it),
        cmocka_unit_test(a_full_disk_leaves_the_checkpoint),
        cmocka_unit_test(the_report_comes_after_the_checkpoint),
        cmocka_unit_test(one_process_at_a_time),
        cmocka_unit_test(what_was_half_written_is_cleared),
        cmocka_unit_test(progress_is_told),
        cmocka_unit_test(unreadable_images_are_passed_over),
    };
    return cmocka_run_group_tests_name("trainer", tests, make, remove_all);
}
