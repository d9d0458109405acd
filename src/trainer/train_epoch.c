/* The steps of an epoch: a batch, its loss, the way back, a step of the optimiser; and what may
 * come between: a stop, a batch that cannot be read, a loss that is no number, a process that is
 * gone. */
#include <math.h>
#include <stdio.h>

#include "../base/clock.h"
#include "../base/error.h"
#include "../base/random.h"
#include "train_parts.h"

enum { MOST_NAMED = 8, ROOM_FOR_NAMES = 300, MAX_NAMES = 1 << 14 };

static double work_of_step(const px_trainer *t, int side) {
    return (double)t->config->batch * (double)side * (double)side;
}

/* By the pixels that are still to be gone through, and the seconds that they took so far. */
static double seconds_left(const px_trainer *t) {
    double left = 0, seconds = px_clock_s() - t->began;
    for (int epoch = t->state.epoch; epoch < t->config->epochs; epoch++) {
        int64_t done = epoch == t->state.epoch ? t->state.step : 0;
        left += work_of_step(t, px_train_config_size(t->config, epoch)) *
                (double)(t->epoch_steps - done);
    }
    return t->work_done > 0 ? seconds / t->work_done * left : NAN;
}

void px_trainer_report_progress(const px_trainer *t, int64_t step, int64_t steps, bool validating) {
    if (!t->hooks->progress || !px_trainer_leads(t))
        return;
    px_train_progress progress = {
        .epoch = t->state.epoch + 1,
        .epochs = t->config->epochs,
        .step = step,
        .steps = steps,
        .validating = validating,
        .loss = t->state.step > 0 ? t->state.loss_sum / (double)t->state.step : NAN,
        .mean_auc = t->last_auc,
        .rate = px_rate_at(&t->rate, &t->state.rate, t->state.steps > 0 ? t->state.steps - 1 : 0),
        .images_per_second = t->speed,
        .seconds_left = seconds_left(t)};
    t->hooks->progress(t->hooks->context, &progress);
}

/* ---- failures ------------------------------------------------------------------------------ */

/* The first images of a batch, as many as a message has room for. */
static void name_images(const px_trainer *t, const px_batch *batch, px_buffer *names) {
    int named = 0;
    while (named < t->share && named < MOST_NAMED && names->size < ROOM_FOR_NAMES) {
        px_buffer_print(names, NULL, "%s%s", named ? ", " : "",
                        px_training_set_path(t->set, PX_PART_TRAIN, batch->rows[named]));
        named++;
    }
    if (named < t->share)
        px_buffer_print(names, NULL, " and %d more", t->share - named);
}

/* Stop, naming the images of the batch: one of them may be the cause. */
static bool fail_not_finite(const px_trainer *t, const px_batch *batch, const char *what,
                            px_error *err) {
    px_buffer names;
    px_buffer_init(&names, MAX_NAMES);
    name_images(t, batch, &names);
    px_fail(err, PX_ERR_INPUT, t->config->path,
            "the %s of step %lld of epoch %d is not a number: try a lower rate; images: %s", what,
            (long long)t->state.step + 1, t->state.epoch + 1,
            names.data ? (const char *)names.data : "?");
    px_buffer_clear(&names);
    return false;
}

/* Keep what there was before the step that could not be completed. */
static bool fail_gone(px_trainer *t, px_error *err) {
    if (px_trainer_leads(t) && !px_trainer_save(t, err))
        return false;
    return px_fail(err, PX_ERR_BUSY, t->config->path,
                   "a process of the training is gone; the checkpoint is of step %lld",
                   (long long)t->state.steps);
}

/* ---- a step -------------------------------------------------------------------------------- */

/* The next batch, if all processes have theirs and nobody wants to stop. */
static bool begin_step(px_trainer *t, px_batch_feed *feed, px_batch *batch, px_error *err) {
    px_error own = {0};
    bool ready = px_batch_feed_next(feed, batch, &own);
    if (!ready)
        px_fail(&own, PX_ERR_INPUT, t->config->path, "the images end before the epoch");
    double votes[2] = {ready ? 0 : 1, t->hooks->stopped && t->hooks->stopped()};
    px_trainer_sum(t, votes, 2);
    if (px_trainer_alone(t))
        return fail_gone(t, err);
    if (!ready)
        return px_fail(err, own.code, own.subject, "%s", own.message);
    if (votes[0] > 0)
        return px_fail(err, PX_ERR_BUSY, NULL, "another process of the training failed");
    if (!(votes[1] > 0))
        return true;
    return px_trainer_agree(t, !px_trainer_leads(t) || px_trainer_save(t, err), err) &&
           px_fail(err, PX_ERR_CANCELLED, NULL, "stopped; the checkpoint is of step %lld",
                   (long long)t->state.steps);
}

static uint64_t step_seed(const px_trainer *t) {
    px_random random;
    px_random_init(&random, t->config->seed, (uint64_t)t->state.steps);
    return px_random_u64(&random);
}

static bool run_step(px_trainer *t, const px_batch *batch, px_error *err) {
    px_training_pass pass = {.seed = step_seed(t), .first_image = t->rank * t->share};
    px_training_net_clear_gradients(t->net);
    px_training_net_forward(t->net, &pass, batch->images, t->logits);
    double loss =
        px_loss_mean(&t->loss, t->share, t->logits, batch->labels, batch->known, t->gradient);
    px_trainer_sum(t, &loss, 1);
    if (!isfinite(loss) && !px_trainer_alone(t))
        return fail_not_finite(t, batch, "loss", err);
    px_training_net_backward(t->net, t->gradient);
    if (px_trainer_alone(t)) {
        px_training_net_undo(t->net);
        return fail_gone(t, err);
    }
    double rate = px_rate_at(&t->rate, &t->state.rate, t->state.steps);
    double norm = px_optimiser_step(t->optimiser, rate);
    if (!isfinite(norm))
        return fail_not_finite(t, batch, "gradient", err);
    t->state.loss_sum += loss;
    t->state.gradient_sum += norm;
    t->state.step++;
    t->state.steps++;
    t->work_done += work_of_step(t, t->side);
    t->speed = (double)(t->state.step - t->epoch_first) * t->config->batch /
               (px_clock_s() - t->epoch_began);
    return true;
}

/* Only rank 0 looks at its clock, and only it writes: others need not know. */
static bool save_in_time(px_trainer *t, px_error *err) {
    bool due = px_trainer_leads(t) &&
               px_clock_s() - t->saved >= t->config->checkpoint_minutes * 60 &&
               t->state.step < t->epoch_steps;
    return !due || px_trainer_save(t, err);
}

static px_batch_feed *open_feed(const px_trainer *t, px_error *err) {
    px_batch_options options = {.part = PX_PART_TRAIN,
                                .batch = t->config->batch,
                                .first = t->rank * t->share,
                                .share = t->share,
                                .input = t->input,
                                .augmentation = t->config->augmentation,
                                .shuffle = true,
                                .seed = t->config->seed,
                                .threads = t->readers,
                                .ahead = t->config->ahead,
                                .most_unreadable = t->config->most_unreadable,
                                .tell = t->hooks->tell,
                                .tell_context = t->hooks->context};
    const px_shape shape = t->model->graph.nodes[0].shape;
    options.input.width = shape.w;
    options.input.height = shape.h;
    return px_batch_feed_new(t->set, &options, t->state.epoch, t->state.step, err);
}

bool px_trainer_run_epoch(px_trainer *t, px_error *err) {
    t->epoch_began = px_clock_s();
    t->epoch_first = t->state.step;
    t->speed = NAN;
    if (t->state.step >= t->epoch_steps)
        return true;
    px_batch_feed *feed = open_feed(t, err);
    bool ok = px_trainer_agree(t, feed != NULL, err);
    int64_t unreadable = t->state.unreadable;
    while (ok && t->state.step < t->epoch_steps) {
        px_batch batch;
        ok = begin_step(t, feed, &batch, err) && run_step(t, &batch, err);
        if (!ok)
            break;
        t->state.unreadable = unreadable + px_batch_feed_unreadable(feed);
        px_trainer_report_progress(t, t->state.step, t->epoch_steps, false);
        ok = save_in_time(t, err);
    }
    px_batch_feed_free(feed);
    return ok;
}
