/* A training from its configuration to a model file: epochs, what is decided between them, and the
 * end. */
#include "trainer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "train_parts.h"
#include "train_report.h"
#include "validate.h"

enum { VALIDATION_BATCH = 16 };

/* ---- validation ---------------------------------------------------------------------------- */

static void report_batch(void *context, int64_t step, int64_t steps) {
    px_trainer_report_progress(context, step, steps, true);
}

static bool validate(px_trainer *t, const px_model *model, px_validation *result, px_error *err) {
    int64_t images = px_training_set_images(t->set, PX_PART_VALIDATION);
    if (images == 0)
        return true;
    px_validation_options options = {.set = t->set,
                                     .model = model,
                                     .loss = &t->loss,
                                     .pool = t->pool,
                                     .batch =
                                         images < VALIDATION_BATCH ? (int)images : VALIDATION_BATCH,
                                     .readers = t->readers,
                                     .ahead = t->config->ahead,
                                     .most_unreadable = t->config->most_unreadable,
                                     .stopped = t->hooks->stopped,
                                     .progress = report_batch,
                                     .context = t,
                                     .tell = t->hooks->tell,
                                     .tell_context = t->hooks->context};
    if (!px_validate(&options, result, err))
        return false;
    t->last_auc = result->mean_auc;
    px_trainer_report_progress(t, 1, 1, true);
    return true;
}

/* ---- the end of an epoch ------------------------------------------------------------------- */

static double mean_loss(const px_trainer *t) {
    return t->state.loss_sum / (double)t->state.step;
}

/* What the next epoch begins with. @return whether the epoch was the best so far. */
static bool advance(px_trainer *t, double mean_auc) {
    px_train_state *s = &t->state;
    bool measured = !isnan(mean_auc), best = measured && !(mean_auc <= s->best_auc);
    bool full = t->side == t->config->input.width;
    bool reduced = px_rate_watch(&t->rate, &s->rate, measured ? mean_auc : -mean_loss(t));
    if (reduced)
        px_trainer_tell(t, "nothing has got better for a while: the learning rate is reduced");
    s->epoch++;
    s->step = 0;
    s->loss_sum = s->gradient_sum = 0;
    s->epochs_without_rise = best || !measured || !full ? 0 : s->epochs_without_rise + 1;
    if (best) {
        s->best_auc = mean_auc;
        s->best_epoch = s->epoch;
    }
    t->last_auc = mean_auc;
    return best;
}

static bool add_row(px_trainer *t, const px_validation *found, px_error *err) {
    const px_train_state *s = &t->state;
    px_history_row row = {.epoch = s->epoch + 1,
                          .steps = s->steps,
                          .size = t->side,
                          .rate = px_rate_at(&t->rate, &s->rate, s->steps - 1),
                          .train_loss = mean_loss(t),
                          .gradient = s->gradient_sum / (double)s->step,
                          .valid_loss = found->loss,
                          .mean_auc = found->mean_auc,
                          .auc = found->auc,
                          .images_per_second = t->speed,
                          .seconds = px_trainer_seconds(t),
                          .best = !isnan(found->mean_auc) && !(found->mean_auc <= s->best_auc),
                          .restarted = t->resumed};
    t->resumed = false;
    return px_history_add(t->history, &row, err);
}

/* Say what the last epochs mean, unless that was said before. */
static bool advise(px_trainer *t, px_error *err) {
    px_error own = {0};
    char *text = px_train_advice(t->config, t->history, &own);
    if (text && (!t->advice || strcmp(text, t->advice) != 0))
        px_trainer_tell(t, text);
    free(t->advice);
    t->advice = text;
    return own.code == PX_OK || px_fail(err, own.code, own.subject, "%s", own.message);
}

/* Rank 0 alone: validate and write all files: the checkpoint after what it counts on, and before
 * what can be made of it again. */
static bool finish_epoch(px_trainer *t, px_validation *found, px_error *err) {
    px_model *model = px_trainer_make_model(t, err);
    if (!model)
        return false;
    px_error why = {0};
    bool ok = validate(t, model, found, &why);
    if (!ok && (why.code != PX_ERR_CANCELLED || px_trainer_save(t, err)))
        px_fail(err, why.code, why.subject, "%s", why.message);
    if (ok) {
        ok = add_row(t, found, err);
        bool best = ok && advance(t, found->mean_auc);
        ok = ok && (!best || px_trainer_write_model(t, model, t->folder.best, err)) &&
             px_trainer_save(t, err) && advise(t, err) &&
             px_trainer_write_history(t, "running", err);
    }
    px_model_unref(model);
    return ok;
}

/* The same for all: what rank 0 found decides. */
static bool end_epoch(px_trainer *t, px_error *err) {
    px_validation found = {.loss = NAN, .mean_auc = NAN};
    found.auc = px_alloc((size_t)t->config->n_findings, sizeof *found.auc, err);
    bool ok = found.auc != NULL;
    for (int i = 0; ok && i < t->config->n_findings; i++)
        found.auc[i] = NAN;
    if (ok && px_trainer_leads(t))
        ok = finish_epoch(t, &found, err);
    free(found.auc);
    double mean_auc = px_trainer_leads(t) ? found.mean_auc : 0;
    if (!px_trainer_agree(t, ok, err))
        return false;
    px_trainer_sum(t, &mean_auc, 1);
    if (!px_trainer_leads(t))
        advance(t, mean_auc);
    return true;
}

/* ---- all epochs ---------------------------------------------------------------------------- */

static bool stops_early(const px_trainer *t) {
    return t->config->stop_after > 0 && t->state.epochs_without_rise >= t->config->stop_after &&
           t->state.epoch < t->config->epochs;
}

bool px_trainer_is_done(const px_trainer *t) {
    return t->state.epoch >= t->config->epochs || stops_early(t);
}

static bool run_epochs(px_trainer *t, px_error *err) {
    while (!px_trainer_is_done(t)) {
        if (!px_trainer_agree(t, px_trainer_set_size(t, err), err))
            return false;
        if (!px_trainer_run_epoch(t, err) || !end_epoch(t, err))
            return false;
    }
    return true;
}

/* The best model again, or the last where no AUC was measured. */
static bool write_result(px_trainer *t, px_error *err) {
    px_model *model = t->state.best_epoch > 0 ? px_model_load(t->folder.best, err)
                                              : px_trainer_make_model(t, err);
    bool ok = model && px_trainer_write_model(t, model, t->folder.model, err) &&
              px_trainer_write_history(t, stops_early(t) ? "stopped early" : "finished", err);
    px_model_unref(model);
    return ok;
}

bool px_train(const px_train_config *config, px_train_start start, const px_train_hooks *hooks,
              px_train_outcome *outcome, px_error *err) {
    px_error own = {0};
    px_trainer t = {.config = config, .hooks = hooks, .history = &outcome->history};
    bool opened = px_trainer_open(&t, start, &own);
    bool ok = opened && run_epochs(&t, &own) &&
              px_trainer_agree(&t, !px_trainer_leads(&t) || write_result(&t, &own), &own);
    if (opened && !ok && px_trainer_leads(&t))
        px_trainer_write_history(&t, "stopped", NULL);
    outcome->stopped_early = ok && stops_early(&t);
    outcome->best_epoch = t.state.best_epoch;
    outcome->best_auc = t.state.best_auc;
    px_trainer_close(&t);
    if (!ok)
        px_fail(err, own.code, own.subject, "%s", own.message);
    return ok;
}

void px_train_outcome_clear(px_train_outcome *outcome) {
    px_history_clear(&outcome->history);
    *outcome = (px_train_outcome){0};
}
